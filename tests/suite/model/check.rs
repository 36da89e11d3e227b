//! Every state of the model, and two models that leave out what Parte rests on.

use super::{Delivery, Plan};
use stateright::{Checker as _, HasDiscoveries, Model as _};
use std::collections::{HashMap, VecDeque};

fn check(name: &str, plan: Plan) {
    let checker = plan.checker().threads(2).spawn_bfs().join();
    println!("{name}: {} states, {} steps deep", checker.unique_state_count(), checker.max_depth());
    checker.assert_properties();
}

#[test]
fn two_workers_keep_every_promise_in_every_state() {
    check("two workers, four tries", Plan::sound(2, 4));
}

#[test]
fn three_workers_keep_every_promise_in_every_state() {
    check("three workers, three tries", Plan::sound(3, 3));
}

#[test]
fn held_doubts_never_make_a_second_message() {
    // Held, a doubt cannot be followed by a success: the properties that say that it can are not asked for.
    let checker = Plan { hold: true, ..Plan::sound(2, 4) }.checker().threads(2).spawn_bfs().join();
    println!("doubts held: {} states", checker.unique_state_count());
    let missing: Vec<_> = Plan::sound(2, 4).properties().iter().map(|it| it.name).collect();
    for name in missing.into_iter().filter(|name| !name.starts_with("it is")) {
        checker.assert_no_discovery(name);
    }
    checker.assert_any_discovery("it is done");
    checker.assert_no_discovery("it is done after a doubt");
}

/// A report is lost when it stands where nothing can end it any more.
#[test]
fn from_every_state_the_delivery_can_still_come_to_an_end() {
    let plan = Plan::sound(2, 3);
    let mut numbers: HashMap<Delivery, usize> = HashMap::new();
    let mut before: Vec<Vec<usize>> = Vec::new();
    let mut ends = VecDeque::new();
    let mut open: VecDeque<Delivery> = plan.init_states().into();
    for start in &open {
        numbers.insert(start.clone(), 0);
        before.push(Vec::new());
    }
    while let Some(state) = open.pop_front() {
        let number = numbers[&state];
        if state.record.state.is_final() {
            ends.push_back(number);
        }
        for next in plan.next_states(&state) {
            let known = *numbers.entry(next.clone()).or_insert_with(|| {
                before.push(Vec::new());
                open.push_back(next);
                before.len() - 1
            });
            before[known].push(number);
        }
    }
    let mut can_end = vec![false; before.len()];
    while let Some(number) = ends.pop_front() {
        if !std::mem::replace(&mut can_end[number], true) {
            ends.extend(&before[number]);
        }
    }
    let stuck = can_end.iter().filter(|can| !**can).count();
    println!("{} states, {stuck} from which it never ends", can_end.len());
    assert_eq!(stuck, 0);
}

/// Breaks each of these, and shows how.
fn refute(plan: &Plan, names: &[&'static str]) {
    for &name in names {
        let first = HasDiscoveries::AnyOf([name].into());
        let checker = plan.clone().checker().finish_when(first).spawn_bfs().join();
        let path = checker.assert_any_discovery(name);
        println!("`{name}` is broken by {:?}", path.into_actions());
    }
}

#[test]
fn without_the_fence_a_finish_of_the_past_is_believed_and_the_model_shows_how() {
    let plan = Plan { without_fence: true, ..Plan::sound(2, 3) };
    refute(&plan, &["a fence is finished at most once", "done is final"]);
}

#[test]
fn a_message_that_leaves_unasked_reaches_somebody_a_second_time_beside_no_doubt() {
    let plan = Plan { without_asking: true, ..Plan::sound(2, 3) };
    refute(&plan, &["no message leaves unasked", "a second message only beside a doubt in the record"]);
}

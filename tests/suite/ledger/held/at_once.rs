//! Several who decide about a held run at once, and one who dies while it releases: each delivery goes once or not at all.

use super::{detail, held, impossible, stands};
use crate::ledger::base::{Base, both, integrity};
use crate::ledger::fixtures::{LEASE, child, childs_folder, open, query, take};
use crate::ledger::killed::files;
use crate::ledger::working::{hands, over, worker};
use crate::support::count;
use parte::ledger::{Finish, RunFilter, RunState};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::watch;

both! {
    of_many_who_release_it_at_once_one_has_and_each_delivery_goes_once,
    a_process_that_dies_while_it_releases_has_released_all_or_nothing,
}

async fn of_many_who_release_it_at_once_one_has_and_each_delivery_goes_once(folder: Base) {
    let rounds = count(5, 100);
    let mut released = 0;
    for round in 0..rounds {
        let ledger = open(folder.path()).await;
        let id = held(&ledger, round, 4).await;
        let others = [open(folder.path()).await, open(folder.path()).await];
        let mut asking = tokio::task::JoinSet::new();
        for who in 0..8_usize {
            let ledger = others[who % 2].clone();
            // Most release it, some give it up.
            asking.spawn(async move {
                match who % 4 {
                    3 => ledger.cancel_run(id).await.map(|_| "given up"),
                    _ => ledger.release_held(id).await.map(|it| if it.len() == 4 { "released" } else { "?" }),
                }
            });
        }
        let answers: Vec<_> = asking.join_all().await;
        let decided: Vec<_> = answers.iter().filter_map(|it| it.as_ref().ok().copied()).collect();
        let (state, deliveries) = stands(&ledger, id).await;
        if decided.first() == Some(&"given up") || decided == ["given up"] {
            // Who gives up what is on its way already calls it off: that is no second decision about what is held.
            assert_eq!(
                (state, deliveries),
                (RunState::Cancelled, BTreeSet::from(["cancelled"])),
                "{decided:?}"
            );
            continue;
        }
        let releases = decided.iter().filter(|it| **it == "released").count();
        assert!(releases <= 1, "{decided:?}");
        released += releases;
        while let Some(taken) = take(&ledger, LEASE).await {
            let receipt = "ok".to_owned();
            ledger.finish_delivery(taken.id, taken.fence, Finish::Done { receipt }).await.unwrap();
        }
        for delivery in detail(&ledger, id).await.deliveries {
            assert!(delivery.attempts.len() <= 1, "{delivery:?}");
        }
        impossible(ledger.release_held(id).await, "is not held");
    }
    // Among equals one alone has.
    let ledger = open(folder.path()).await;
    for round in 0..rounds {
        let id = held(&ledger, 1000 + round, 4).await;
        let mut asking = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let ledger = open(folder.path()).await;
            asking.spawn(async move { ledger.release_held(id).await });
        }
        let answers = asking.join_all().await;
        assert_eq!(answers.iter().filter(|it| it.is_ok()).count(), 1, "{answers:?}");
        let mut tries = 0;
        while let Some(taken) = take(&ledger, LEASE).await {
            tries += 1;
            let receipt = "ok".to_owned();
            ledger.finish_delivery(taken.id, taken.fence, Finish::Done { receipt }).await.unwrap();
        }
        let after = detail(&ledger, id).await;
        assert_eq!((tries, after.run.state, after.run.error), (4, RunState::Done, None));
        assert!(after.run.held_at < after.run.released_at && after.run.released_at < after.run.finished_at);
        assert_eq!(
            after.run.unmet.as_deref(),
            Some("6 rows"),
            "what was not as expected stays in the record"
        );
    }
    println!(
        "{rounds} runs, 8 who decide at once each: {released} released or given up by one; {rounds} by one of 8 equals"
    );
    integrity(folder.path());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child of `a_process_that_dies_while_it_releases_has_released_all_or_nothing`"]
async fn releases_until_killed() {
    let Some(folder) = childs_folder() else { return };
    let ledger = open(&folder).await;
    loop {
        let filter = RunFilter { state: Some(RunState::Held), ..RunFilter::default() };
        for run in ledger.runs(&filter).await.unwrap() {
            let _ = ledger.release_held(run.id).await;
        }
    }
}

async fn a_process_that_dies_while_it_releases_has_released_all_or_nothing(folder: Base) {
    let kills = count(6_u32, 100);
    let ledger = open(folder.path()).await;
    let mut runs = Vec::new();
    for minutes in 0..20 {
        runs.push(held(&ledger, minutes, 60).await);
    }
    let (mut seen, mut open_ones) = (Vec::new(), runs.clone());
    for kill in 0..kills {
        let mut child = child("held::at_once::releases_until_killed", folder.path());
        // the instant of the fault, not a wait for something: while it opens the record, and while it releases
        tokio::time::sleep(Duration::from_millis(u64::from(30 + 37 * (kill % 7)))).await;
        child.kill();
        let mut still = Vec::new();
        for id in open_ones {
            let (state, deliveries) = stands(&ledger, id).await;
            match state {
                RunState::Held => assert_eq!(deliveries, BTreeSet::from(["held"]), "run {id}"),
                RunState::Delivering => assert_eq!(deliveries, BTreeSet::from(["pending"]), "run {id}"),
                other => panic!("run {id} is {other}"),
            }
            if state == RunState::Held {
                still.push(id);
            }
        }
        seen.push(still.len());
        open_ones = still;
        if open_ones.is_empty() {
            // Further kills need further runs to meet.
            for minutes in 0..5 {
                let id = held(&ledger, 100 + i64::from(kill) * 10 + minutes, 60).await;
                runs.push(id);
                open_ones.push(id);
            }
        }
    }
    for id in &runs {
        let _ = ledger.release_held(*id).await;
    }
    let worker = worker(&ledger, folder.path(), hands(0));
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn(async move { worker.run_until(stopped).await });
    over(&ledger).await;
    stop.send_replace(true);
    working.await.unwrap();
    let there = files(&folder.path().join("drop"));
    assert_eq!(there.len(), runs.len() * 60, "each file once");
    assert_eq!(query(folder.path(), "select count(*) from attempt"), [(runs.len() * 60).to_string()]);
    integrity(folder.path());
    println!(
        "{kills} kills while runs were released, still held after each: {seen:?}; {} files, each tried once",
        there.len()
    );
}

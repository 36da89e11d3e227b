//! Runs that are made and held back: nothing of them goes out until somebody decides, and what is released goes out once.

mod at_once;
mod told;

use super::base::{Base, both, integrity};
use super::fixtures::{LEASE, artifact, at, claimed, delivery, open, run, take};
use parte::ledger::{
    Backfill, BackfillStart, DeliveryState, Finish, Held, Ledger, LedgerError, NewRun, Production, Reprocess,
    RunDetail, RunId, RunState, Target, Trigger,
};
use std::collections::BTreeSet;

both! {
    a_held_run_stands_still_and_nothing_waits_for_it,
    given_up_it_is_not_sent_and_ends_as_a_whole_or_piece_by_piece,
    done_again_it_is_given_up_and_cannot_be_released_any_more,
    a_run_that_goes_on_begins_where_a_held_one_ends,
    of_a_run_without_deliveries_nothing_is_held,
}

const WHY: &str = "the data are not as the report expects: 6 rows";

fn why() -> Held {
    Held { why: WHY.to_owned(), said: "Filas de tareas: 6.".to_owned() }
}

/// Records that a claimed run is made and held, with so many deliveries of one file.
async fn hold(ledger: &Ledger, claimed: parte::ledger::ClaimedRun, deliveries: usize) -> RunId {
    let name = |n| format!("{}-{n}.csv", claimed.id);
    let production = Production {
        artifacts: vec![artifact("a.csv", b"1,2\n")],
        deliveries: (0..deliveries).map(|n| delivery("drop", &name(n), 0)).collect(),
        unmet: Some("6 rows".to_owned()),
        held: Some(why()),
        ..Production::default()
    };
    ledger.record_production(claimed.id, claimed.fence, production).await.unwrap();
    claimed.id
}

async fn held(ledger: &Ledger, minutes: i64, deliveries: usize) -> RunId {
    let claimed = claimed(ledger, minutes).await;
    hold(ledger, claimed, deliveries).await
}

async fn detail(ledger: &Ledger, run: RunId) -> RunDetail {
    ledger.run(run).await.unwrap().unwrap()
}

/// Where a run and its deliveries stand.
async fn stands(ledger: &Ledger, run: RunId) -> (RunState, BTreeSet<&'static str>) {
    let detail = detail(ledger, run).await;
    (detail.run.state, detail.deliveries.iter().map(|it| it.state.as_str()).collect())
}

fn impossible<T: std::fmt::Debug>(answer: Result<T, LedgerError>, words: &str) {
    match answer {
        Err(error @ LedgerError::Impossible { .. }) => assert!(error.to_string().contains(words), "{error}"),
        other => panic!("{other:?}"),
    }
}

async fn a_held_run_stands_still_and_nothing_waits_for_it(folder: Base) {
    let ledger = open(folder.path()).await;
    let id = held(&ledger, 0, 3).await;
    let before = detail(&ledger, id).await;
    assert_eq!((before.run.state, before.run.error.as_deref()), (RunState::Held, Some(WHY)));
    assert_eq!((before.run.deliveries.held, before.run.deliveries.open), (3, 0));
    assert!(before.deliveries.iter().all(|it| it.last_error.as_deref() == Some(WHY)));

    // Nobody takes it, and nothing that people ask for of the whole record touches it.
    assert_eq!(take(&ledger, LEASE).await, None);
    assert_eq!(ledger.claim_run_by_id(id, "w", LEASE).await.unwrap(), None);
    assert_eq!(ledger.next_due().await.unwrap(), None);
    assert!(ledger.waiting_channels().await.unwrap().is_empty());
    assert_eq!(ledger.rescue().await.unwrap(), Default::default());
    let all = ledger.retry_all(at("2020-01-01T00:00:00Z")).await.unwrap();
    assert_eq!(all, Default::default());
    for target in [Target::Run(id), Target::Delivery(before.deliveries[0].id)] {
        impossible(ledger.retry(target).await, "is held, and nothing of it has been sent");
        impossible(ledger.resend(target, vec![]).await, "is held, and nothing of it has been sent");
        let to = vec!["ana@example.com".to_owned()];
        impossible(ledger.resend(target, to).await, "is held, and nothing of it has been sent");
    }
    impossible(ledger.send_again(before.deliveries[0].id).await, "is done or still under way");
    // It is neither late, nor lost, nor old.
    let queue = ledger.queue().await.unwrap();
    assert_eq!((queue.held, queue.due_since, queue.deliveries, queue.in_doubt), (1, None, 0, 0));
    assert_eq!(ledger.undelivered(0).await.unwrap(), []);
    assert!(ledger.causes().await.unwrap().is_empty(), "it has not failed");
    assert_eq!(ledger.prune(at("2100-01-01T00:00:00Z")).await.unwrap(), 0);
    assert_eq!(detail(&ledger, id).await, before);
    // The next one of its report goes its way.
    let next = claimed(&ledger, 1).await;
    let file = vec![delivery("drop", "next.csv", 0)];
    ledger.record_products(next.id, next.fence, vec![artifact("a.csv", b"3\n")], file).await.unwrap();
    let taken = take(&ledger, LEASE).await.unwrap();
    ledger.finish_delivery(taken.id, taken.fence, Finish::Done { receipt: "ok".to_owned() }).await.unwrap();
    assert_eq!(stands(&ledger, next.id).await.0, RunState::Done);
    assert_eq!(detail(&ledger, id).await, before);
    // Its rows are no measure for others as long as nobody has said that they are right.
    assert!(ledger.earlier_rows(next.id).await.unwrap().is_empty());
    integrity(folder.path());
}

async fn given_up_it_is_not_sent_and_ends_as_a_whole_or_piece_by_piece(folder: Base) {
    let ledger = open(folder.path()).await;
    let id = held(&ledger, 0, 2).await;
    let off = ledger.cancel_run(id).await.unwrap();
    assert_eq!((off.was, off.deliveries, off.sending), (RunState::Held, 2, 0));
    assert_eq!(stands(&ledger, id).await, (RunState::Cancelled, BTreeSet::from(["cancelled"])));
    impossible(ledger.release_held(id).await, "run 1 is not held (cancelled)");
    impossible(ledger.cancel_run(id).await, "has ended (cancelled)");
    // What was given up may be sent by who insists, as everything that was called off.
    assert_eq!(ledger.resend(Target::Run(id), vec![]).await.unwrap().len(), 2);
    ledger.cancel_run(id).await.unwrap();

    let id = held(&ledger, 1, 3).await;
    let deliveries = detail(&ledger, id).await.deliveries;
    let decided = ledger.cancel_delivery(deliveries[0].id).await.unwrap();
    assert_eq!(decided.was, Some(DeliveryState::Held));
    assert_eq!(stands(&ledger, id).await.0, RunState::Held);
    // The others go without it.
    let released = ledger.release_held(id).await.unwrap();
    assert_eq!(
        released.iter().map(|it| it.delivery).collect::<Vec<_>>(),
        [deliveries[1].id, deliveries[2].id]
    );
    let mut tries = 0;
    while let Some(taken) = take(&ledger, LEASE).await {
        tries += 1;
        ledger
            .finish_delivery(taken.id, taken.fence, Finish::Done { receipt: "ok".to_owned() })
            .await
            .unwrap();
    }
    assert_eq!((tries, stands(&ledger, id).await.0), (2, RunState::Partial));

    let id = held(&ledger, 2, 2).await;
    for delivery in detail(&ledger, id).await.deliveries {
        ledger.cancel_delivery(delivery.id).await.unwrap();
    }
    assert_eq!(stands(&ledger, id).await.0, RunState::Cancelled, "nothing of it is left to decide about");
    assert_eq!(
        ledger.prune(at("2100-01-01T00:00:00Z")).await.unwrap(),
        3,
        "nothing keeps what was decided about"
    );
}

async fn done_again_it_is_given_up_and_cannot_be_released_any_more(folder: Base) {
    let ledger = open(folder.path()).await;
    let old = held(&ledger, 0, 2).await;
    let asked = Backfill {
        report: "daily".to_owned(),
        from: at("2026-03-10T00:00:00Z"),
        to: at("2026-03-11T00:00:00Z"),
        reprocess: Reprocess::Failed,
        deliver: true,
    };
    let backfill = ledger.begin_backfill(&asked).await.unwrap();
    let again = NewRun { trigger: Trigger::Backfill, ..run("daily", 0) };
    let started = ledger.start_backfill_run(backfill, again, Some(old), "w", LEASE).await.unwrap();
    let BackfillStart::Claimed(new) = started else { panic!("{started:?}") };
    assert_eq!(stands(&ledger, old).await, (RunState::Cancelled, BTreeSet::from(["cancelled"])));
    impossible(ledger.release_held(old).await, &format!("run {old} was done again as run {}", new.id));
    let file = vec![delivery("drop", &format!("{old}-0.csv"), 0)];
    ledger.record_products(new.id, new.fence, vec![artifact("a.csv", b"3\n")], file).await.unwrap();
    let planned = detail(&ledger, new.id).await.deliveries;
    assert_eq!(planned.len(), 1, "nobody had it");
}

async fn a_run_that_goes_on_begins_where_a_held_one_ends(folder: Base) {
    let ledger = open(folder.path()).await;
    let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap();
    let since = |minutes, from: &str, to: &str| NewRun {
        continues: true,
        period_from: day(from),
        period_to: day(to),
        ..run("daily", minutes)
    };
    let begun = async |new| {
        let id = ledger.enqueue_run(new).await.unwrap().id();
        ledger.claim_run_by_id(id, "w", LEASE).await.unwrap().unwrap()
    };
    let first = begun(since(0, "2026-03-09", "2026-03-10")).await;
    let first = hold(&ledger, first, 1).await;
    let second = begun(since(1, "2026-03-09", "2026-03-11")).await;
    assert_eq!(second.period_from, day("2026-03-10"), "each day is in one run, whatever is decided later");
    ledger.fail_run(second.id, second.fence, "no", None).await.unwrap();
    ledger.cancel_run(first).await.unwrap();
    let third = begun(since(2, "2026-03-09", "2026-03-12")).await;
    assert_eq!(third.period_from, day("2026-03-09"), "what was given up before is covered by the next");
}

async fn of_a_run_without_deliveries_nothing_is_held(folder: Base) {
    let ledger = open(folder.path()).await;
    let id = held(&ledger, 0, 0).await;
    let run = detail(&ledger, id).await.run;
    assert_eq!((run.state, run.error, run.held_at), (RunState::Done, None, None));
    assert_eq!(run.unmet.as_deref(), Some("6 rows"));
}

//! Firings that come while the run of an earlier one is still to be made: `overlap = "skip"`.

use super::base::{Base, both};
use super::fixtures::{LEASE, artifact, at, definitions, delivery, fixed, open, query, report, run};
use crate::support::count;
use chrono::{DateTime, TimeDelta, Utc};
use parte::definition::{CatchUp, Overlap, Report};
use parte::ledger::{ClaimedRun, Enqueued, Ledger, NewRun, RunFilter, RunId, RunState, Trigger};
use parte::scheduler::{DueKind, Scheduler, due};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

both! {
    a_firing_is_missed_while_the_run_before_it_is_still_to_be_made,
    of_firings_found_at_once_the_latest_is_made_unless_an_earlier_run_is_still_to_be,
    who_asks_for_a_run_by_hand_keeps_the_schedule_from_nothing,
    four_schedulers_and_two_workers_never_have_two_runs_to_be_made,
}

fn busy() -> Report {
    Report { overlap: Overlap::Skip, catch_up: CatchUp::All, ..report("busy", "every 5 minutes") }
}

fn scheduler(ledger: &Ledger, folder: &Path) -> Scheduler {
    Scheduler::new(ledger.clone(), fixed(definitions(folder, vec![busy()])))
}

async fn claim(ledger: &Ledger) -> ClaimedRun {
    ledger.claim_run("w", LEASE).await.unwrap().unwrap()
}

/// Minute of the firing, state and the run in its way, oldest first.
async fn runs(ledger: &Ledger) -> Vec<(String, RunState, Option<i64>)> {
    let runs = ledger.runs(&RunFilter::default()).await.unwrap();
    let minute = |at: DateTime<Utc>| at.format("%H:%M").to_string();
    runs.iter()
        .rev()
        .map(|run| (minute(run.scheduled_for), run.state, run.overlapped.map(RunId::number)))
        .collect()
}

async fn a_firing_is_missed_while_the_run_before_it_is_still_to_be_made(folder: Base) {
    let ledger = open(folder.path()).await;
    let mut scheduler = scheduler(&ledger, folder.path());
    let mut tick = async |minute: &str| {
        let enqueued = scheduler.tick(at(&format!("2026-03-10T{minute}:01Z"))).await.unwrap();
        assert!(enqueued.len() <= 1);
        enqueued.first().is_some_and(|it| matches!(it, Enqueued::New(_)))
    };
    tick("12:01").await;
    assert!(tick("12:05").await);
    assert!(!tick("12:10").await, "the first waits");
    let first = claim(&ledger).await;
    assert!(!tick("12:15").await, "it is in the making");
    ledger.fail_run(first.id, first.fence, "no data yet", Some(Duration::ZERO)).await.unwrap();
    assert!(!tick("12:20").await, "it waits for another try");
    let first = claim(&ledger).await;
    let products = (vec![artifact("a.csv", b"1")], vec![delivery("drop", "a.csv", 0)]);
    ledger.record_products(first.id, first.fence, products.0, products.1).await.unwrap();
    assert!(tick("12:25").await, "what is made and under way is in nobody's way");
    let second = claim(&ledger).await;
    ledger.fail_run(second.id, second.fence, "no data", None).await.unwrap();
    assert!(tick("12:30").await, "nor is what has failed");
    use RunState::{Delivering, Failed, Missed, Queued};
    let expected = [
        ("12:05", Delivering, None),
        ("12:10", Missed, Some(1)),
        ("12:15", Missed, Some(1)),
        ("12:20", Missed, Some(1)),
        ("12:25", Failed, None),
        ("12:30", Queued, None),
    ];
    let expected = expected.map(|(minute, state, overlapped)| (minute.to_owned(), state, overlapped));
    assert_eq!(runs(&ledger).await, expected);
    let missed =
        query(folder.path(), "select finished_at is not null, cause from run where state = 'missed'");
    assert!(missed.iter().all(|row| ["1 schedule", "t schedule"].contains(&row.as_str())), "{missed:?}");
}

async fn of_firings_found_at_once_the_latest_is_made_unless_an_earlier_run_is_still_to_be(folder: Base) {
    let ledger = open(folder.path()).await;
    scheduler(&ledger, folder.path()).tick(at("2026-03-10T12:01:00Z")).await.unwrap();
    // Late by some minutes, and an hour later by a new process.
    scheduler(&ledger, folder.path()).tick(at("2026-03-10T12:11:00Z")).await.unwrap();
    use RunState::{Missed, Queued};
    let made = |minute: &str, state, overlapped| (minute.to_owned(), state, overlapped);
    assert_eq!(runs(&ledger).await, [made("12:05", Missed, None), made("12:10", Queued, None)]);
    scheduler(&ledger, folder.path()).tick(at("2026-03-10T13:11:00Z")).await.unwrap();
    let later = runs(&ledger).await.split_off(2);
    assert_eq!(later.len(), 12);
    assert!(later.iter().all(|run| run.1 == Missed), "{later:?}");
    let last = RunId::from_number(2).number();
    assert_eq!((later[10].2, later[11].2), (None, Some(last)), "{later:?}");
}

#[test]
fn with_all_made_up_for_only_the_latest_is_where_runs_are_not_to_overlap() {
    let kinds: Vec<DueKind> = due(&busy(), at("2026-03-10T12:01:00Z"), at("2026-03-10T12:21:00Z"))
        .iter()
        .map(|due| due.kind)
        .collect();
    assert_eq!(kinds, [DueKind::Missed, DueKind::Missed, DueKind::Missed, DueKind::OnTime]);
}

async fn who_asks_for_a_run_by_hand_keeps_the_schedule_from_nothing(folder: Base) {
    let ledger = open(folder.path()).await;
    let mut scheduler = scheduler(&ledger, folder.path());
    scheduler.tick(at("2026-03-10T12:01:00Z")).await.unwrap();
    for trigger in [Trigger::Manual, Trigger::Backfill] {
        ledger.enqueue_run(NewRun { trigger, ..run("busy", 0) }).await.unwrap();
    }
    claim(&ledger).await;
    scheduler.tick(at("2026-03-10T12:05:01Z")).await.unwrap();
    assert_eq!(runs(&ledger).await[2], ("12:05".to_owned(), RunState::Queued, None));
}

async fn four_schedulers_and_two_workers_never_have_two_runs_to_be_made(folder: Base) {
    let firings = count(40, 1000);
    let start = at("2026-03-10T12:00:30Z");
    let over = Arc::new(AtomicBool::new(false));
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..2 {
        let (ledger, over) = (open(folder.path()).await, Arc::clone(&over));
        workers.spawn(async move {
            let mut made = 0;
            while !over.load(Ordering::SeqCst) {
                if let Some(run) = ledger.claim_run("w", LEASE).await.unwrap() {
                    tokio::time::sleep(Duration::from_millis(15)).await;
                    ledger.record_products(run.id, run.fence, Vec::new(), Vec::new()).await.unwrap();
                    made += 1;
                }
                tokio::task::yield_now().await;
            }
            made
        });
    }
    let mut schedulers = tokio::task::JoinSet::new();
    for number in 0..4 {
        let ledger = open(folder.path()).await;
        let mut scheduler = scheduler(&ledger, folder.path());
        let skew = TimeDelta::seconds(5 * number);
        schedulers.spawn(async move {
            let mut most = 0;
            for minute in 0..=5 * i64::from(firings) {
                scheduler.tick(start + TimeDelta::minutes(minute) + skew).await.unwrap();
                let waiting = ledger.runs(&RunFilter::default()).await.unwrap();
                let waiting = waiting.iter().filter(|run| !run.state.is_final()).count();
                most = most.max(waiting);
            }
            most
        });
    }
    let mut most = 0;
    while let Some(seen) = schedulers.join_next().await {
        most = most.max(seen.unwrap());
    }
    over.store(true, Ordering::SeqCst);
    let mut made = 0;
    while let Some(worked) = workers.join_next().await {
        made += worked.unwrap();
    }
    let counted =
        "select count(*), count(distinct scheduled_for), count(*) filter (where overlapped is not null)";
    let counted = query(folder.path(), &format!("{counted} from run"));
    println!(
        "4 schedulers, 2 workers, {firings} firings: {made} made; recorded, instants, overlapping: {}; at once {most}",
        counted[0]
    );
    assert_eq!(most, 1, "to be made at once");
    assert!(counted[0].starts_with(&format!("{firings} {firings} ")), "{counted:?}");
    // Each was recorded when the one before had been made: nothing waits beside another.
    let beside = query(
        folder.path(),
        "select count(*) from run l join run e on e.scheduled_for < l.scheduled_for and e.state <> 'missed'
         where l.state <> 'missed' and (e.finished_at is null or e.finished_at > l.created_at)",
    );
    assert_eq!(beside, ["0"]);
}

//! Runs that stand in the place of earlier ones: the earlier ones stay as they are.

use super::base::{Base, both, integrity};
use super::fixtures::{LEASE, artifact, at, delivering, delivery, open, run, take};
use parte::ledger::{
    Backfill, BackfillStart, Finish, Ledger, LedgerError, NewRun, Reprocess, RunFilter, RunId, RunState,
    Trigger,
};

both! {
    the_earlier_run_keeps_everything_and_its_deliveries_are_never_sent_again,
    a_run_that_has_not_ended_or_has_made_room_before_is_not_replaced,
    the_same_question_goes_on_until_it_has_come_to_its_end,
}

fn asked(reprocess: Reprocess) -> Backfill {
    Backfill {
        report: "daily".to_owned(),
        from: at("2026-03-10T00:00:00Z"),
        to: at("2026-03-11T00:00:00Z"),
        reprocess,
        deliver: true,
    }
}

fn again(minutes: i64) -> NewRun {
    NewRun { trigger: Trigger::Backfill, ..run("daily", minutes) }
}

/// A run of which `file-0.csv` arrived and `file-1.csv` did not.
async fn partial(ledger: &Ledger) -> RunId {
    let id = delivering(ledger, 0, 2).await;
    let first = take(ledger, LEASE).await.unwrap();
    ledger.finish_delivery(first.id, first.fence, Finish::Done { receipt: "ok".into() }).await.unwrap();
    let second = take(ledger, LEASE).await.unwrap();
    ledger.finish_delivery(second.id, second.fence, Finish::Refused { error: "no".into() }).await.unwrap();
    id
}

async fn the_earlier_run_keeps_everything_and_its_deliveries_are_never_sent_again(folder: Base) {
    let ledger = open(folder.path()).await;
    let old = partial(&ledger).await;
    let before = ledger.run(old).await.unwrap().unwrap();
    assert_eq!(before.run.state, RunState::Partial);

    let backfill = ledger.begin_backfill(&asked(Reprocess::Failed)).await.unwrap();
    let started = ledger.start_backfill_run(backfill, again(0), Some(old), "w", LEASE).await.unwrap();
    let BackfillStart::Claimed(new) = started else { panic!("{started:?}") };
    let files = (0..2).map(|n| delivery("drop", &format!("file-{n}.csv"), 0)).collect();
    ledger.record_products(new.id, new.fence, vec![artifact("a.csv", b"3,4\n")], files).await.unwrap();

    let after = ledger.run(old).await.unwrap().unwrap();
    assert_eq!((&after.artifacts, &after.deliveries), (&before.artifacts, &before.deliveries));
    assert_eq!(after.run.superseded_by, Some(new.id));
    let refused = ledger.send_again(before.deliveries[1].id).await;
    assert!(matches!(refused, Err(LedgerError::Impossible { .. })), "{refused:?}");
    // who has it does not get it again
    let planned = ledger.run(new.id).await.unwrap().unwrap().deliveries;
    assert_eq!(planned.iter().map(|it| it.recipient.as_str()).collect::<Vec<_>>(), ["file-1.csv"]);
    assert_ne!(planned[0].key, before.deliveries[1].key, "another message than the earlier one");
    let counting =
        ledger.runs_of_firings("daily", asked(Reprocess::All).from, asked(Reprocess::All).to).await.unwrap();
    assert_eq!(counting.iter().map(|it| it.id).collect::<Vec<_>>(), [new.id]);
    integrity(folder.path());
}

async fn a_run_that_has_not_ended_or_has_made_room_before_is_not_replaced(folder: Base) {
    let ledger = open(folder.path()).await;
    let under_way = delivering(&ledger, 0, 1).await;
    let backfill = ledger.begin_backfill(&asked(Reprocess::All)).await.unwrap();
    let start = |old| ledger.start_backfill_run(backfill, again(0), Some(old), "w", LEASE);
    assert_eq!(start(under_way).await.unwrap(), BackfillStart::Taken(under_way));
    let delivery = take(&ledger, LEASE).await.unwrap();
    ledger.finish_delivery(delivery.id, delivery.fence, Finish::Done { receipt: "ok".into() }).await.unwrap();
    assert!(matches!(start(under_way).await.unwrap(), BackfillStart::Claimed(_)));
    assert_eq!(start(under_way).await.unwrap(), BackfillStart::Taken(under_way), "once");
    // the schedule's own firing finds the run that counts
    let enqueued = ledger.enqueue_run(run("daily", 0)).await.unwrap();
    assert_ne!(enqueued.id(), under_way);
    assert_eq!(ledger.runs(&RunFilter::default()).await.unwrap().len(), 2);
}

async fn the_same_question_goes_on_until_it_has_come_to_its_end(folder: Base) {
    let ledger = open(folder.path()).await;
    let id = ledger.begin_backfill(&asked(Reprocess::All)).await.unwrap();
    let found = ledger.unfinished_backfill(&asked(Reprocess::All)).await.unwrap();
    assert_eq!(found.map(|it| it.id), Some(id));
    assert_eq!(ledger.unfinished_backfill(&asked(Reprocess::Failed)).await.unwrap(), None);
    let quiet = Backfill { deliver: false, ..asked(Reprocess::All) };
    assert_eq!(ledger.unfinished_backfill(&quiet).await.unwrap(), None);
    ledger.end_backfill(id).await.unwrap();
    assert_eq!(ledger.unfinished_backfill(&asked(Reprocess::All)).await.unwrap(), None);
}

#[tokio::test]
async fn looking_makes_no_ledger_and_cannot_write_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    assert!(Ledger::look(&path).await.is_err());
    assert!(!path.exists());
    open(folder.path()).await.close().await;
    let looking = Ledger::look(&path).await.unwrap();
    assert!(looking.enqueue_run(run("daily", 0)).await.is_err());
    assert_eq!(looking.runs(&RunFilter::default()).await.unwrap(), []);
}

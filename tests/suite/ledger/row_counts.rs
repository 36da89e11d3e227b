//! What runs had, and runs that wait for their data.

use super::base::{Base, both};
use super::fixtures::{LEASE, artifact, at, delivery, open, query, run};
use chrono::TimeDelta;
use parte::ledger::{Fence, Had, Ledger, LedgerError, NewRun, Production, RowCount, RunId};
use std::collections::BTreeMap;
use std::time::Duration;

both! {
    earlier_runs_are_those_of_other_periods_that_were_made_and_sent_each_period_once,
    what_a_run_had_is_written_with_what_it_made_and_under_its_fence,
    counts_of_a_record_that_was_made_by_an_earlier_version_stay,
    a_run_that_waits_for_its_data_is_taken_again_later_and_no_try_is_counted,
}

/// A run over the day so many days after 9 March.
fn daily(day: i64) -> NewRun {
    let daily = run("daily", day * 1440);
    NewRun {
        period_from: daily.period_from + TimeDelta::days(day),
        period_to: daily.period_to + TimeDelta::days(day),
        ..daily
    }
}

async fn begun(ledger: &Ledger, run: NewRun) -> (RunId, Fence) {
    let run = ledger.start_run(run, "w", LEASE).await.unwrap();
    (run.id, run.fence)
}

fn had(tasks: u64) -> Production {
    let rows = BTreeMap::from([("tasks".to_owned(), tasks)]);
    Production { had: Had { rows, ..Had::default() }, ..Production::default() }
}

async fn produced(ledger: &Ledger, run: NewRun, tasks: u64) -> RunId {
    let (id, fence) = begun(ledger, run).await;
    ledger.record_production(id, fence, had(tasks)).await.unwrap();
    id
}

async fn earlier(ledger: &Ledger, run: RunId) -> Vec<u64> {
    ledger.earlier_rows(run).await.unwrap().iter().map(|it: &RowCount| it.rows).collect()
}

async fn earlier_runs_are_those_of_other_periods_that_were_made_and_sent_each_period_once(folder: Base) {
    let ledger = open(folder.path()).await;
    for (day, tasks) in [(0, 10), (1, 11), (2, 12)] {
        produced(&ledger, daily(day), tasks).await;
    }
    // The same day by hand, later: it stands for its period.
    let by_hand = NewRun { trigger: parte::ledger::Trigger::Manual, ..daily(2) };
    produced(&ledger, NewRun { scheduled_for: by_hand.scheduled_for + TimeDelta::hours(1), ..by_hand }, 22)
        .await;
    // None of these counts: not sent, of other parameters, of another report, later, failed.
    produced(&ledger, NewRun { deliver: false, ..daily(3) }, 1_000).await;
    let chosen = BTreeMap::from([("team".to_owned(), "sur".to_owned())]);
    produced(&ledger, NewRun { chosen, ..daily(4) }, 1_001).await;
    produced(&ledger, NewRun { report: "other".to_owned(), ..daily(5) }, 1_002).await;
    produced(&ledger, daily(20), 1_003).await;
    let (failed, fence) = begun(&ledger, daily(6)).await;
    ledger.fail_run(failed, fence, "no", None).await.unwrap();
    let (id, _) = begun(&ledger, daily(7)).await;
    assert_eq!(earlier(&ledger, id).await, [22, 11, 10], "the latest first");
    let same_day = NewRun { trigger: parte::ledger::Trigger::Manual, ..daily(1) };
    let (again, _) = begun(&ledger, same_day).await;
    assert_eq!(earlier(&ledger, again).await, [10], "its own period says nothing about it");
    let frames = ledger.earlier_rows(id).await.unwrap();
    assert!(frames.iter().all(|it| it.frame == "tasks" && (it.period_to - it.period_from).num_days() == 1));
}

async fn what_a_run_had_is_written_with_what_it_made_and_under_its_fence(folder: Base) {
    let ledger = open(folder.path()).await;
    let (id, fence) = begun(&ledger, daily(0)).await;
    ledger.release_run(id, fence).await.unwrap();
    let later = ledger.claim_run_by_id(id, "other", LEASE).await.unwrap().unwrap();
    let stale = ledger.record_production(id, fence, had(1)).await;
    assert!(matches!(stale, Err(LedgerError::Stale { .. })), "{stale:?}");
    assert_eq!(query(folder.path(), "select count(*) from figure"), ["0"]);
    let production = Production {
        artifacts: vec![artifact("a.csv", b"1")],
        deliveries: vec![delivery("drop", "a.csv", 0)],
        had: Had {
            rows: BTreeMap::from([("tasks".to_owned(), 7), ("user_states".to_owned(), 0)]),
            ..Had::default()
        },
        unmet: Some("7 rows".to_owned()),
        held: None,
    };
    ledger.record_production(id, later.fence, production).await.unwrap();
    assert_eq!(
        query(folder.path(), "select name, cast(value as integer) from figure order by name"),
        ["tasks 7", "user_states 0"]
    );
    assert_eq!(ledger.run(id).await.unwrap().unwrap().run.unmet.as_deref(), Some("7 rows"));
    // What came to no good end takes its counts along.
    ledger.cancel_run(id).await.unwrap();
    ledger.prune(at("2100-01-01T00:00:00Z")).await.unwrap();
    assert_eq!(query(folder.path(), "select count(*) from figure"), ["0"]);
}

async fn counts_of_a_record_that_was_made_by_an_earlier_version_stay(folder: Base) {
    let ledger = open(folder.path()).await;
    for day in 0..3 {
        produced(&ledger, daily(day), 10 + u64::try_from(day).unwrap()).await;
    }
    ledger.close().await;
    // As the version before had it.
    for sql in [
        "create table row_count (run_id bigint not null references run (id) on delete cascade, frame text not null,
             total bigint not null, primary key (run_id, frame))",
        "insert into row_count select run_id, name, cast(value as bigint) from figure",
        "drop table figure",
        "drop table past_run",
        "delete from _sqlx_migrations where description = 'figures'",
    ] {
        // As the record's own user: what another one made, it could not take away.
        let role = if folder.is_file() { "" } else { "set role parte; " };
        query(folder.path(), &format!("{role}{sql}"));
    }
    let ledger = open(folder.path()).await;
    let (id, _) = begun(&ledger, daily(3)).await;
    assert_eq!(earlier(&ledger, id).await, [12, 11, 10]);
    let gone = query(folder.path(), "select count(*) from _sqlx_migrations where description = 'figures'");
    assert_eq!(gone, ["1"], "brought up to date");
}

async fn a_run_that_waits_for_its_data_is_taken_again_later_and_no_try_is_counted(folder: Base) {
    let ledger = open(folder.path()).await;
    ledger.enqueue_run(daily(0)).await.unwrap();
    for _ in 0..5 {
        let claimed = ledger.claim_run("w", LEASE).await.unwrap().unwrap();
        assert_eq!(claimed.attempt, 1);
        ledger.postpone_run(claimed.id, claimed.fence, "no data yet", Duration::ZERO).await.unwrap();
        let stale = ledger.postpone_run(claimed.id, claimed.fence, "again", Duration::ZERO).await;
        assert!(matches!(stale, Err(LedgerError::Stale { .. })), "{stale:?}");
    }
    let claimed = ledger.claim_run("w", LEASE).await.unwrap().unwrap();
    ledger.postpone_run(claimed.id, claimed.fence, "no data yet", Duration::from_secs(300)).await.unwrap();
    assert!(ledger.claim_run("w", LEASE).await.unwrap().is_none(), "not before its time");
    let run = ledger.run(claimed.id).await.unwrap().unwrap().run;
    assert_eq!((run.attempts, run.error.as_deref()), (0, Some("no data yet")));
    let due = ledger.next_due().await.unwrap().unwrap();
    assert!((250..=300).contains(&due.as_secs()), "{due:?}");
}

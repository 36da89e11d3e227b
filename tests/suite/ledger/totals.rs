//! Metrics as a whole, as later runs of the same report find them.

use super::base::{Base, both};
use super::fixtures::{LEASE, artifact, at, delivery, open, query, run};
use chrono::TimeDelta;
use parte::ledger::{Had, Ledger, NewRun, NewTotal, Production, RunId, Trigger};
use std::collections::BTreeMap;

both! {
    each_period_counts_once_as_it_was_made_last_and_none_that_is_not_over_before,
    what_is_not_comparable_or_came_to_no_good_end_does_not_count,
    figures_outlive_their_run_and_go_when_they_are_old,
}

/// A run over the week so many weeks after 9 March, made by the schedule.
fn weekly(week: i64) -> NewRun {
    let of = run("weekly", week * 10_080);
    NewRun {
        period_from: of.period_from + TimeDelta::weeks(week),
        period_to: of.period_from + TimeDelta::weeks(week + 1),
        ..of
    }
}

fn total(value: f64) -> NewTotal {
    NewTotal {
        metric: "rate".to_owned(),
        basis: "0123456789abcdef".to_owned(),
        unit: "percent.1".to_owned(),
        value,
        raw: value + 0.000_123_456_789,
    }
}

fn had(kind: Option<&str>, value: f64) -> Production {
    let had = Had { rows: BTreeMap::new(), kind: kind.map(str::to_owned), totals: vec![total(value)] };
    Production { had, ..Production::default() }
}

async fn made(ledger: &Ledger, run: NewRun, production: Production) -> RunId {
    let run = ledger.start_run(run, "w", LEASE).await.unwrap();
    ledger.record_production(run.id, run.fence, production).await.unwrap();
    run.id
}

async fn begun(ledger: &Ledger, run: NewRun) -> RunId {
    ledger.start_run(run, "w", LEASE).await.unwrap().id
}

async fn earlier(ledger: &Ledger, run: RunId) -> Vec<f64> {
    let totals = ledger.earlier_totals(run, "week.1").await.unwrap();
    totals.iter().map(|it| it.total.value).collect()
}

async fn each_period_counts_once_as_it_was_made_last_and_none_that_is_not_over_before(folder: Base) {
    let ledger = open(folder.path()).await;
    for (week, value) in [(0, 0.1), (1, 0.2), (2, 0.3), (4, 0.5)] {
        made(&ledger, weekly(week), had(Some("week.1"), value)).await;
    }
    // Week 1 by hand, made after all of them: it stands for its week, and so does one that was not sent.
    let by_hand = NewRun { trigger: Trigger::Manual, deliver: false, ..weekly(1) };
    made(&ledger, NewRun { scheduled_for: at("2026-12-01T00:00:00Z"), ..by_hand }, had(Some("week.1"), 0.25))
        .await;
    let id = begun(&ledger, weekly(3)).await;
    assert_eq!(earlier(&ledger, id).await, [0.3, 0.25, 0.1], "the latest period first, none after its own");
    // An old period made again knows what came before it, and nothing else; nor does it know itself.
    let again = NewRun { trigger: Trigger::Manual, ..weekly(2) };
    let again = begun(&ledger, NewRun { report: "weekly".to_owned(), ..again }).await;
    assert_eq!(earlier(&ledger, again).await, [0.25, 0.1]);
    let totals = ledger.earlier_totals(again, "week.1").await.unwrap();
    assert_eq!(totals[1].total, total(0.1), "as it was written, to the last bit");
    assert_eq!(totals[1].period_from, weekly(0).period_from);
}

async fn what_is_not_comparable_or_came_to_no_good_end_does_not_count(folder: Base) {
    let ledger = open(folder.path()).await;
    let id = |week| weekly(week);
    made(&ledger, id(0), had(Some("week.7"), 1.0)).await;
    made(&ledger, id(1), had(None, 1.0)).await;
    made(&ledger, NewRun { zone: "America/Santiago".to_owned(), ..id(2) }, had(Some("week.1"), 1.0)).await;
    made(&ledger, NewRun { report: "other".to_owned(), ..id(3) }, had(Some("week.1"), 1.0)).await;
    let chosen = BTreeMap::from([("team".to_owned(), "sur".to_owned())]);
    made(&ledger, NewRun { chosen, ..id(4) }, had(Some("week.1"), 1.0)).await;
    let unmet = Production { unmet: Some("few rows".to_owned()), ..had(Some("week.1"), 1.0) };
    made(&ledger, id(5), unmet).await;
    // Sent to nobody in the end.
    let sent = Production {
        artifacts: vec![artifact("a.csv", b"1")],
        deliveries: vec![delivery("drop", "a.csv", 0)],
        ..had(Some("week.1"), 1.0)
    };
    let called_off = made(&ledger, id(6), sent).await;
    let next = begun(&ledger, id(9)).await;
    assert_eq!(earlier(&ledger, next).await, [1.0], "on its way");
    ledger.cancel_run(called_off).await.unwrap();
    assert_eq!(earlier(&ledger, next).await, Vec::<f64>::new());
    made(&ledger, id(7), had(Some("week.1"), 0.7)).await;
    assert_eq!(earlier(&ledger, next).await, [0.7]);
    assert_eq!(
        query(folder.path(), "select count(*) from figure where run_id = 2"),
        ["0"],
        "of the elapsed part of a week nothing is kept"
    );
}

async fn figures_outlive_their_run_and_go_when_they_are_old(folder: Base) {
    let ledger = open(folder.path()).await;
    made(&ledger, weekly(0), had(Some("week.1"), 0.1)).await;
    let monthly = NewRun { report: "monthly".to_owned(), ..weekly(0) };
    made(&ledger, monthly, had(Some("month"), 0.4)).await;
    assert_eq!(ledger.prune(at("2100-01-01T00:00:00Z")).await.unwrap(), 2);
    assert_eq!(query(folder.path(), "select count(*) from run"), ["0"]);
    let id = begun(&ledger, weekly(1)).await;
    assert_eq!(earlier(&ledger, id).await, [0.1], "the run is gone, what it had is not");
    let (past, future) = (at("2000-01-01T00:00:00Z"), at("2100-01-01T00:00:00Z"));
    assert_eq!(ledger.forget_figures(past, past).await.unwrap(), 0);
    assert_eq!(ledger.forget_figures(future, past).await.unwrap(), 1, "a month is kept for longer");
    assert_eq!(earlier(&ledger, id).await, Vec::<f64>::new());
    assert_eq!(query(folder.path(), "select name from figure"), ["rate"]);
    assert_eq!(ledger.forget_figures(past, future).await.unwrap(), 1);
    assert_eq!(query(folder.path(), "select count(*) from figure"), ["0"]);
}

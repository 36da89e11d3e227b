//! Schedules that change while the program runs: paused, bounded anew, taken out and put back; the clock set back; many at once.

use super::base::{Base, both};
use super::fixtures::{at, definitions, fixed, open, query, report};
use chrono::{DateTime, TimeDelta, Utc};
use parte::calendar::OnFreeDay;
use parte::definition::{CatchUp, Report};
use parte::ledger::{Ledger, RunFilter, RunState};
use parte::scheduler::Scheduler;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;

both! {
    a_report_paused_in_the_record_fires_nothing_and_nothing_is_made_up_for,
    new_bounds_make_another_schedule_that_begins_when_it_is_changed,
    a_report_taken_out_and_put_back_begins_anew,
    a_clock_set_back_an_hour_fires_nothing_twice_and_then_goes_on,
    ten_thousand_due_runs_are_enqueued_in_one_step,
}

/// Fires at 07:00 in Bogotá (12:00 UTC), and makes up for everything.
fn daily() -> Report {
    Report { catch_up: CatchUp::All, ..report("daily", "every day at 07:00") }
}

fn scheduler(ledger: &Ledger, folder: &Path, report: Report) -> Scheduler {
    Scheduler::new(ledger.clone(), fixed(definitions(folder, vec![report])))
}

/// Scheduled instant and state of every run, oldest first.
async fn runs(ledger: &Ledger) -> Vec<(DateTime<Utc>, RunState)> {
    let runs = ledger.runs(&RunFilter::default()).await.unwrap();
    runs.iter().rev().map(|run| (run.scheduled_for, run.state)).collect()
}

async fn a_report_paused_in_the_record_fires_nothing_and_nothing_is_made_up_for(folder: Base) {
    let ledger = open(folder.path()).await;
    let mut running = scheduler(&ledger, folder.path(), daily());
    running.tick(at("2026-03-09T20:00:00Z")).await.unwrap();
    assert!(ledger.pause("daily", "the shop is closed", at("2026-03-09T21:00:00Z")).await.unwrap());
    assert!(!ledger.pause("daily", "again", at("2026-03-09T22:00:00Z")).await.unwrap(), "it is paused");
    let pauses = ledger.pauses().await.unwrap();
    assert_eq!((pauses.len(), pauses[0].reason.as_str()), (1, "the shop is closed"));
    assert_eq!(pauses[0].since, at("2026-03-09T21:00:00Z"));
    running.tick(at("2026-03-10T12:00:01Z")).await.unwrap();
    // The scheduler is away while somebody lets it go on: the firing of the 11th was under the pause all the same.
    assert!(ledger.resume("daily", at("2026-03-11T20:00:00Z")).await.unwrap());
    assert!(!ledger.resume("daily", at("2026-03-11T20:00:00Z")).await.unwrap());
    running.tick(at("2026-03-11T20:00:01Z")).await.unwrap();
    scheduler(&ledger, folder.path(), daily()).tick(at("2026-03-11T20:00:02Z")).await.unwrap();
    assert_eq!(runs(&ledger).await, []);
    running.tick(at("2026-03-12T12:00:01Z")).await.unwrap();
    assert_eq!(runs(&ledger).await, [(at("2026-03-12T12:00:00Z"), RunState::Queued)]);
}

async fn new_bounds_make_another_schedule_that_begins_when_it_is_changed(folder: Base) {
    let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap();
    let changes: [fn(parte::calendar::Schedule) -> parte::calendar::Schedule; 5] = [
        |schedule| schedule.starting("2026-03-01".parse().unwrap()),
        |schedule| schedule.ending("2026-12-31".parse().unwrap()),
        |schedule| schedule.except(["2026-05-01".parse().unwrap()]),
        |schedule| schedule.on_free_day(OnFreeDay::NextWorkday),
        |schedule| schedule.jittered(TimeDelta::seconds(1)),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let folder = folder.another(&format!("bounds_{number}"));
        let ledger = open(folder.path()).await;
        let mut bounded = daily();
        bounded.schedule = bounded.schedule.map(|schedule| schedule.ending(day("2026-03-10")));
        scheduler(&ledger, folder.path(), bounded).tick(at("2026-03-09T20:00:00Z")).await.unwrap();
        // Days later it has other bounds: what lies before was not promised by this schedule.
        let mut changed = daily();
        changed.schedule = changed.schedule.map(change);
        let mut changed = scheduler(&ledger, folder.path(), changed);
        changed.tick(at("2026-03-18T20:00:00Z")).await.unwrap();
        assert_eq!(runs(&ledger).await, []);
        changed.tick(at("2026-03-19T12:00:05Z")).await.unwrap();
        assert_eq!(runs(&ledger).await, [(at("2026-03-19T12:00:00Z"), RunState::Queued)]);
    }
}

async fn a_report_taken_out_and_put_back_begins_anew(folder: Base) {
    let ledger = open(folder.path()).await;
    let with = |reports: Vec<Report>| Arc::new(definitions(folder.path(), reports));
    let other = || report("other", "every day at 07:00");
    let (change, current) = watch::channel(with(vec![daily(), other()]));
    let mut running = Scheduler::new(ledger.clone(), current);
    running.tick(at("2026-03-09T20:00:00Z")).await.unwrap();
    change.send_replace(with(vec![other()]));
    running.tick(at("2026-03-09T21:00:00Z")).await.unwrap();
    running.tick(at("2026-03-11T12:00:01Z")).await.unwrap();
    change.send_replace(with(vec![daily(), other()]));
    running.tick(at("2026-03-11T21:00:00Z")).await.unwrap();
    assert_eq!(query(folder.path(), "select count(*) from run where report = 'daily'"), ["0"]);
    assert_eq!(query(folder.path(), "select count(*) from run where report = 'other'"), ["2"]);
    running.tick(at("2026-03-12T12:00:01Z")).await.unwrap();
    assert_eq!(query(folder.path(), "select count(*) from run where report = 'daily'"), ["1"]);
}

async fn a_clock_set_back_an_hour_fires_nothing_twice_and_then_goes_on(folder: Base) {
    let ledger = open(folder.path()).await;
    let busy = || report("busy", "every 5 minutes");
    let mut running = scheduler(&ledger, folder.path(), busy());
    let mut tick = async |from: &str, minutes: i64| {
        for minute in 0..minutes {
            running.tick(at(from) + TimeDelta::minutes(minute)).await.unwrap();
        }
    };
    tick("2026-03-10T12:00:30Z", 61).await; // 12 firings
    tick("2026-03-10T12:00:30Z", 61).await; // the same hour again
    // A process begun under the clock that was set back agrees.
    scheduler(&ledger, folder.path(), busy()).tick(at("2026-03-10T12:30:30Z")).await.unwrap();
    tick("2026-03-10T13:01:30Z", 60).await; // 12 more
    let counted = query(
        folder.path(),
        "select count(*), count(distinct scheduled_for), count(*) filter (where state = 'queued') from run",
    );
    println!("an hour twice: {} runs, distinct instants, queued; 24 24 24 promised", counted[0]);
    assert_eq!(counted, ["24 24 24"]);
}

async fn ten_thousand_due_runs_are_enqueued_in_one_step(folder: Base) {
    let ledger = open(folder.path()).await;
    let reports: Vec<Report> = (0..10_000).map(|n| report(&format!("r{n}"), "every day at 07:00")).collect();
    let mut running = Scheduler::new(ledger.clone(), fixed(definitions(folder.path(), reports)));
    let begun = std::time::Instant::now();
    running.tick(at("2026-03-09T20:00:00Z")).await.unwrap();
    let seen = begun.elapsed();
    let begun = std::time::Instant::now();
    let enqueued = running.tick(at("2026-03-10T12:00:01Z")).await.unwrap();
    println!(
        "10000 reports seen for the first time in {seen:?}, 10000 due runs enqueued in {:?}; under a second promised of a release build",
        begun.elapsed()
    );
    assert_eq!(enqueued.len(), 10_000);
    assert_eq!(
        query(folder.path(), "select count(distinct report) from run where state = 'queued'"),
        ["10000"]
    );
    // A second scheduler decides the same at the same time and adds nothing.
    let again = running.tick(at("2026-03-10T12:00:02Z")).await.unwrap();
    assert!(again.is_empty());
}

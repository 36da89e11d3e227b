//! What is due, by simulated clocks: days away, daylight saving, several schedulers, changed and paused schedules.

use super::base::{Base, both};
use super::fixtures::{at, definitions, fixed, open, query, report};
use crate::support::count;
use chrono::{DateTime, TimeDelta, Utc};
use parte::definition::CatchUp;
use parte::ledger::{Ledger, RunFilter, RunState, Trigger};
use parte::scheduler::{DueKind, Scheduler, due};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;

both! {
    a_report_seen_for_the_first_time_begins_now_and_fires_once_at_each_of_its_instants,
    after_three_days_away_none_the_latest_or_all_are_made_up_for_and_the_rest_is_recorded_as_missed,
    four_schedulers_with_clocks_seconds_apart_enqueue_each_firing_once,
    a_jittered_report_is_due_later_by_its_own_delay_and_keeps_its_scheduled_instant_and_period,
    a_paused_report_fires_nothing_and_nothing_is_made_up_for_when_it_goes_on,
    a_changed_schedule_begins_when_it_is_changed_and_so_does_one_that_returns,
    the_wake_up_tick_enqueues_within_seconds_and_stops_when_told,
}

/// Scheduled instant, cause and state of every run, oldest first.
async fn runs(ledger: &Ledger) -> Vec<(DateTime<Utc>, Trigger, RunState)> {
    let runs = ledger.runs(&RunFilter::default()).await.unwrap();
    runs.iter().rev().map(|run| (run.scheduled_for, run.trigger, run.state)).collect()
}

/// A scheduler for one report that fires at 07:00 in Bogotá (12:00 UTC).
fn daily(ledger: &Ledger, folder: &Path, catch_up: CatchUp) -> Scheduler {
    let mut report = report("daily", "every day at 07:00");
    report.catch_up = catch_up;
    Scheduler::new(ledger.clone(), fixed(definitions(folder, vec![report])))
}

async fn a_report_seen_for_the_first_time_begins_now_and_fires_once_at_each_of_its_instants(folder: Base) {
    let ledger = open(folder.path()).await;
    let mut scheduler = daily(&ledger, folder.path(), CatchUp::All);
    let mut now = at("2026-03-10T13:00:00Z");
    while now < at("2026-03-12T13:00:00Z") {
        scheduler.tick(now).await.unwrap();
        now += TimeDelta::seconds(977);
    }
    assert_eq!(
        runs(&ledger).await,
        [
            (at("2026-03-11T12:00:00Z"), Trigger::Schedule, RunState::Queued),
            (at("2026-03-12T12:00:00Z"), Trigger::CatchUp, RunState::Queued),
        ],
        "ticks are 16 minutes apart here: the second firing is noticed 15 minutes late, and still made up for"
    );
    assert_eq!(
        query(folder.path(), "select period_from, period_to, zone from run"),
        ["2026-03-10 2026-03-11 America/Bogota", "2026-03-11 2026-03-12 America/Bogota"],
        "the period is that of the scheduled instant"
    );
}

async fn after_three_days_away_none_the_latest_or_all_are_made_up_for_and_the_rest_is_recorded_as_missed(
    folder: Base,
) {
    for (catch_up, queued) in [(CatchUp::None, 0), (CatchUp::Latest, 1), (CatchUp::All, 3)] {
        let folder = folder.another(&format!("made_up_{queued}"));
        let ledger = open(folder.path()).await;
        daily(&ledger, folder.path(), catch_up).tick(at("2026-03-09T20:00:00Z")).await.unwrap();
        // A new process, three days later.
        let mut scheduler = daily(&ledger, folder.path(), catch_up);
        scheduler.tick(at("2026-03-12T20:00:00Z")).await.unwrap();
        scheduler.tick(at("2026-03-12T20:00:01Z")).await.unwrap();
        let runs = runs(&ledger).await;
        let (made_up, missed): (Vec<_>, Vec<_>) =
            runs.iter().copied().partition(|run| run.2 == RunState::Queued);
        println!(
            "three days away, {catch_up:?}: {} runs, {} missed; {queued} promised",
            made_up.len(),
            missed.len()
        );
        assert_eq!((made_up.len(), missed.len()), (queued, 3 - queued), "{catch_up:?}: {runs:?}");
        assert!(missed.iter().all(|run| run.2 == RunState::Missed));
        if catch_up == CatchUp::Latest {
            assert_eq!(made_up[0].0, at("2026-03-12T12:00:00Z"));
        }
        assert_eq!(ledger.last_scheduled("daily").await.unwrap(), Some(at("2026-03-12T12:00:00Z")));
    }
}

async fn four_schedulers_with_clocks_seconds_apart_enqueue_each_firing_once(folder: Base) {
    let firings = count(50, 1000);
    let start = at("2026-03-10T12:00:30Z");
    let mut schedulers = tokio::task::JoinSet::new();
    for number in 0..4 {
        // Connections of its own, as another process has.
        let ledger = open(folder.path()).await;
        let definitions = fixed(definitions(folder.path(), vec![report("busy", "every 5 minutes")]));
        let skew = TimeDelta::seconds(5 * number);
        schedulers.spawn(async move {
            let mut scheduler = Scheduler::new(ledger, definitions);
            for minute in 0..=5 * i64::from(firings) {
                scheduler.tick(start + TimeDelta::minutes(minute) + skew).await.unwrap();
            }
        });
    }
    while let Some(ended) = schedulers.join_next().await {
        ended.unwrap();
    }
    assert_eq!(
        query(
            folder.path(),
            "select count(*), count(distinct scheduled_for), (max(scheduled_for) - min(scheduled_for)) / 300000000, count(*) filter (where state = 'queued') from run"
        ),
        [format!("{firings} {firings} {} {firings}", firings - 1)]
    );
    println!("4 schedulers, {firings} firings, {firings} runs");
}

async fn a_jittered_report_is_due_later_by_its_own_delay_and_keeps_its_scheduled_instant_and_period(
    folder: Base,
) {
    let ledger = open(folder.path()).await;
    let mut daily = report("daily", "every day at 07:00");
    daily.schedule = daily.schedule.map(|schedule| schedule.jittered(TimeDelta::minutes(60)));
    // 26 minutes and 4 seconds: later than what else counts as late.
    assert_eq!(daily.schedule.as_ref().unwrap().delay("daily"), TimeDelta::seconds(1564));
    assert_eq!(due(&daily, at("2026-03-10T13:00:00Z"), at("2026-03-11T12:26:03Z")), []);
    let mut scheduler = Scheduler::new(ledger.clone(), fixed(definitions(folder.path(), vec![daily])));
    scheduler.tick(at("2026-03-10T13:00:00Z")).await.unwrap();
    for early in ["2026-03-11T12:00:00Z", "2026-03-11T12:15:00Z", "2026-03-11T12:26:03Z"] {
        assert!(scheduler.tick(at(early)).await.unwrap().is_empty(), "{early}");
    }
    scheduler.tick(at("2026-03-11T12:26:04Z")).await.unwrap();
    scheduler.tick(at("2026-03-11T12:26:05Z")).await.unwrap();
    assert_eq!(
        runs(&ledger).await,
        [(at("2026-03-11T12:00:00Z"), Trigger::Schedule, RunState::Queued)],
        "once, and on time"
    );
    assert_eq!(query(folder.path(), "select period_from, period_to from run"), ["2026-03-10 2026-03-11"]);
    // Of the next one, noticed before its delay has passed by another process, nothing is lost.
    scheduler.tick(at("2026-03-12T12:20:00Z")).await.unwrap();
    scheduler.tick(at("2026-03-12T12:30:00Z")).await.unwrap();
    assert_eq!(runs(&ledger).await.len(), 2);
}

#[test]
fn a_firing_inside_the_lost_hour_comes_once_after_it_and_one_in_the_doubled_hour_once() {
    let mut madrid = report("daily", "every day at 02:30");
    madrid.zone = chrono_tz::Europe::Madrid;
    let fired = |last: &str, now: &str| -> Vec<_> {
        due(&madrid, at(last), at(now)).iter().map(|due| due.scheduled_for).collect()
    };
    // 2026-03-29: 02:00 to 03:00 does not exist. 2026-10-25: 02:00 to 03:00 comes twice.
    assert_eq!(
        fired("2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z"),
        [at("2026-03-29T01:00:00Z"), at("2026-03-30T00:30:00Z")]
    );
    assert_eq!(
        fired("2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z"),
        [at("2026-10-25T00:30:00Z"), at("2026-10-26T01:30:00Z")]
    );
}

#[test]
fn a_year_ticked_through_fires_every_civil_day_once_whatever_the_ticks() {
    let mut london = report("daily", "every day at 01:15");
    london.zone = chrono_tz::Europe::London;
    let (mut last, mut now) = (at("2026-01-01T12:00:00Z"), at("2026-01-01T12:00:00Z"));
    let mut periods = Vec::new();
    let mut step = 1;
    while now < at("2027-01-01T12:00:00Z") {
        step = step * 7919 % 9973; // seconds: uneven, up to almost three hours
        now += TimeDelta::seconds(step);
        for due in due(&london, last, now) {
            last = due.scheduled_for;
            periods.push(london.period_at(due.scheduled_for, None));
        }
    }
    assert_eq!(periods.len(), 365);
    assert!(periods.windows(2).all(|pair| pair[0].to() == pair[1].from()), "contiguous");
}

async fn a_paused_report_fires_nothing_and_nothing_is_made_up_for_when_it_goes_on(folder: Base) {
    let ledger = open(folder.path()).await;
    let mut daily = report("daily", "every day at 07:00");
    daily.catch_up = CatchUp::All;
    let mut paused = daily.clone();
    paused.paused = true;
    let (change, current) = watch::channel(Arc::new(definitions(folder.path(), vec![paused])));
    let mut scheduler = Scheduler::new(ledger.clone(), current);
    scheduler.tick(at("2026-03-09T20:00:00Z")).await.unwrap();
    scheduler.tick(at("2026-03-10T12:00:01Z")).await.unwrap();
    scheduler.tick(at("2026-03-11T12:00:01Z")).await.unwrap();
    change.send_replace(Arc::new(definitions(folder.path(), vec![daily])));
    scheduler.tick(at("2026-03-11T20:00:00Z")).await.unwrap();
    assert_eq!(runs(&ledger).await, []);
    scheduler.tick(at("2026-03-12T12:00:01Z")).await.unwrap();
    assert_eq!(runs(&ledger).await, [(at("2026-03-12T12:00:00Z"), Trigger::Schedule, RunState::Queued)]);
}

async fn a_changed_schedule_begins_when_it_is_changed_and_so_does_one_that_returns(folder: Base) {
    let ledger = open(folder.path()).await;
    let with = |schedule: &str| {
        let mut report = report("daily", schedule);
        report.catch_up = CatchUp::All;
        Scheduler::new(ledger.clone(), fixed(definitions(folder.path(), vec![report])))
    };
    with("every monday at 07:00").tick(at("2026-03-09T11:00:00Z")).await.unwrap();
    // Wednesday: daily from now on. Tuesday's was never promised.
    let mut daily = with("every day at 07:00");
    daily.tick(at("2026-03-11T20:00:00Z")).await.unwrap();
    assert_eq!(runs(&ledger).await, []);
    daily.tick(at("2026-03-12T12:00:00Z")).await.unwrap();
    assert_eq!(runs(&ledger).await.len(), 1);
    // Weeks later, Mondays again: the Mondays in between were not promised either.
    with("every monday at 07:00").tick(at("2026-04-01T20:00:00Z")).await.unwrap();
    assert_eq!(runs(&ledger).await.len(), 1);
}

#[test]
fn a_report_without_a_schedule_is_never_due() {
    let mut by_hand = report("by-hand", "every day at 07:00");
    by_hand.schedule = None;
    assert_eq!(due(&by_hand, at("2020-01-01T00:00:00Z"), at("2026-01-01T00:00:00Z")), []);
    let all =
        due(&report("daily", "every day at 07:00"), at("2026-03-12T11:00:00Z"), at("2026-03-12T12:00:00Z"));
    assert_eq!(all[0].kind, DueKind::OnTime);
}

async fn the_wake_up_tick_enqueues_within_seconds_and_stops_when_told(folder: Base) {
    let ledger = open(folder.path()).await;
    let report = report("busy", "every minute");
    // As if it had been seen a minute ago: a firing is due at the first tick.
    let name = "every minute (America/Bogota)";
    let minute_ago = parte::clock::now() - TimeDelta::seconds(61);
    ledger.begin_schedule("busy", name, minute_ago).await.unwrap();
    let scheduler = Scheduler::new(ledger.clone(), fixed(definitions(folder.path(), vec![report])));
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(scheduler.run_until(stopped));
    let patience = std::time::Duration::from_secs(60);
    tokio::time::timeout(patience, async {
        while ledger.runs(&RunFilter::default()).await.unwrap().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    })
    .await
    .unwrap();
    stop.send_replace(true);
    tokio::time::timeout(patience, running).await.unwrap().unwrap().unwrap();
}

//! `since last run`: each run goes on where the latest one that succeeded ended, whatever happened in between.

use super::base::{Base, both};
use super::fixtures::{LEASE, at, definitions, fixed, open, report, run};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use parte::calendar::PeriodRule;
use parte::definition::CatchUp;
use parte::ledger::{ClaimedRun, Ledger, NewRun, RunFilter, RunState, Trigger};
use parte::scheduler::Scheduler;
use rand::{Rng as _, SeedableRng as _};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

both! {
    three_days_away_are_covered_by_the_one_run_that_makes_up_for_them,
    what_a_failed_run_leaves_is_covered_by_the_next_and_no_run_overtakes_another,
    a_run_that_nobody_got_or_of_other_parameters_counts_nothing,
    a_firing_is_recorded_once_for_each_choice_of_parameters,
    every_day_is_covered_once_over_thirty_random_lives,
}

/// A scheduler for one report that fires at 07:00 in Bogotá (12:00 UTC) and goes on where it ended.
fn daily(ledger: &Ledger, folder: &Path, catch_up: CatchUp) -> Scheduler {
    let mut report = report("daily", "every day at 07:00");
    report.catch_up = catch_up;
    report.period = PeriodRule::SinceLastRun;
    Scheduler::new(ledger.clone(), fixed(definitions(folder, vec![report])))
}

async fn claim(ledger: &Ledger) -> Option<ClaimedRun> {
    ledger.claim_run("w", LEASE).await.unwrap()
}

async fn succeed(ledger: &Ledger, run: &ClaimedRun) {
    ledger.record_products(run.id, run.fence, Vec::new(), Vec::new()).await.unwrap();
}

async fn fail(ledger: &Ledger, run: &ClaimedRun, again: Option<Duration>) {
    ledger.fail_run(run.id, run.fence, "no data", again).await.unwrap();
}

fn days(run: &ClaimedRun) -> (String, String) {
    (run.period_from.to_string(), run.period_to.to_string())
}

fn pair(from: &str, to: &str) -> (String, String) {
    (from.to_owned(), to.to_owned())
}

async fn three_days_away_are_covered_by_the_one_run_that_makes_up_for_them(folder: Base) {
    let ledger = open(folder.path()).await;
    let mut scheduler = daily(&ledger, folder.path(), CatchUp::Latest);
    scheduler.tick(at("2026-03-09T20:00:00Z")).await.unwrap();
    scheduler.tick(at("2026-03-10T12:00:00Z")).await.unwrap();
    let first = claim(&ledger).await.unwrap();
    assert_eq!(days(&first), pair("2026-03-09", "2026-03-10"), "the first one covers the day before");
    succeed(&ledger, &first).await;
    scheduler.tick(at("2026-03-13T20:00:00Z")).await.unwrap();
    let all = claim(&ledger).await.unwrap();
    assert_eq!(days(&all), pair("2026-03-10", "2026-03-13"));
    assert!(claim(&ledger).await.is_none());
}

async fn what_a_failed_run_leaves_is_covered_by_the_next_and_no_run_overtakes_another(folder: Base) {
    let ledger = open(folder.path()).await;
    let mut scheduler = daily(&ledger, folder.path(), CatchUp::All);
    scheduler.tick(at("2026-03-09T20:00:00Z")).await.unwrap();
    scheduler.tick(at("2026-03-13T20:00:00Z")).await.unwrap();
    // Four firings wait; while the first one is in hand, or waits for another try, the second one does too.
    let first = claim(&ledger).await.unwrap();
    assert!(claim(&ledger).await.is_none());
    fail(&ledger, &first, Some(Duration::from_secs(60))).await;
    assert!(claim(&ledger).await.is_none());
    let first = ledger.claim_run_by_id(first.id, "w", LEASE).await.unwrap().unwrap();
    fail(&ledger, &first, None).await;
    let second = claim(&ledger).await.unwrap();
    assert_eq!(
        days(&second),
        pair("2026-03-09", "2026-03-11"),
        "nothing had succeeded, the first day is not lost"
    );
    succeed(&ledger, &second).await;
    let third = claim(&ledger).await.unwrap();
    assert_eq!(days(&third), pair("2026-03-11", "2026-03-12"));
    fail(&ledger, &third, None).await;
    let fourth = claim(&ledger).await.unwrap();
    assert_eq!(days(&fourth), pair("2026-03-11", "2026-03-13"));
}

async fn a_run_that_nobody_got_or_of_other_parameters_counts_nothing(folder: Base) {
    let ledger = open(folder.path()).await;
    let day = |text: &str| -> NaiveDate { text.parse().unwrap() };
    let usual = NewRun { continues: true, trigger: Trigger::Manual, ..run("daily", 0) };
    let sur = BTreeMap::from([("team".to_owned(), "sur".to_owned())]);
    for other in [
        NewRun { deliver: false, ..usual.clone() },
        NewRun { formats: vec!["csv".to_owned()], ..usual.clone() },
        NewRun { continues: false, ..usual.clone() },
        NewRun { chosen: sur.clone(), params: sur.clone(), ..usual.clone() },
    ] {
        let run = ledger.start_run(other, "w", LEASE).await.unwrap();
        succeed(&ledger, &run).await;
    }
    let reached = |chosen: BTreeMap<String, String>| {
        let ledger = ledger.clone();
        async move { ledger.reached("daily", &chosen, day("2026-03-12")).await.unwrap() }
    };
    assert_eq!(reached(BTreeMap::new()).await, None);
    assert_eq!(reached(sur).await, Some(day("2026-03-10")));
    let run = ledger.start_run(usual, "w", LEASE).await.unwrap();
    succeed(&ledger, &run).await;
    assert_eq!(reached(BTreeMap::new()).await, Some(day("2026-03-10")));
}

async fn a_firing_is_recorded_once_for_each_choice_of_parameters(folder: Base) {
    let ledger = open(folder.path()).await;
    let chosen = |team: &str| BTreeMap::from([("team".to_owned(), team.to_owned())]);
    let mut ids = Vec::new();
    for team in ["sur", "norte", "sur"] {
        let run = NewRun { chosen: chosen(team), params: chosen(team), ..run("daily", 0) };
        ids.push(ledger.enqueue_run(run).await.unwrap().id());
    }
    assert_eq!(ids[0], ids[2]);
    assert_ne!(ids[0], ids[1]);
    let plain = ledger.enqueue_run(run("daily", 0)).await.unwrap().id();
    assert!(!ids.contains(&plain));
    let row = ledger.run(ids[1]).await.unwrap().unwrap().run;
    assert_eq!((row.params, row.chosen), (chosen("norte"), chosen("norte")));
    let taken = ledger.claim_run_by_id(ids[0], "w", LEASE).await.unwrap().unwrap();
    assert_eq!(taken.params, chosen("sur"));
}

/// Days of a random life: ticks at odd times, processes that begin anew, tries that fail and are tried again.
async fn live(folder: Base, seed: u64) -> Vec<(NaiveDate, NaiveDate, RunState)> {
    let mut dice = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let ledger = open(folder.path()).await;
    let catch_up = [CatchUp::None, CatchUp::Latest, CatchUp::All][dice.random_range(0..3)];
    let mut scheduler = daily(&ledger, folder.path(), catch_up);
    let mut now: DateTime<Utc> = at("2026-03-01T13:00:00Z");
    scheduler.tick(now).await.unwrap();
    while now < at("2026-04-10T00:00:00Z") {
        now += TimeDelta::minutes(dice.random_range(1..4_000));
        if dice.random_bool(0.2) {
            scheduler = daily(&ledger, folder.path(), catch_up);
        }
        scheduler.tick(now).await.unwrap();
        for _ in 0..dice.random_range(0..4) {
            let Some(run) = claim(&ledger).await else { break };
            match dice.random_range(0..10) {
                0..3 => fail(&ledger, &run, None).await,
                3 => fail(&ledger, &run, Some(Duration::ZERO)).await,
                4 => ledger.release_run(run.id, run.fence).await.unwrap(),
                _ => succeed(&ledger, &run).await,
            }
        }
    }
    while let Some(run) = claim(&ledger).await {
        succeed(&ledger, &run).await;
    }
    let runs = ledger.runs(&RunFilter::default()).await.unwrap();
    let mut covered: Vec<_> = runs.iter().map(|run| (run.period_from, run.period_to, run.state)).collect();
    covered.sort_by_key(|run| (run.0, run.1));
    covered
}

async fn every_day_is_covered_once_over_thirty_random_lives(folder: Base) {
    let mut several = 0;
    let lives = if folder.is_file() { 30 } else { 6 };
    for seed in 0..lives {
        let runs = live(folder.another(&format!("life_{seed}")), seed).await;
        let done: Vec<_> = runs.iter().filter(|run| run.2 == RunState::Done).collect();
        for two in done.windows(2) {
            assert_eq!(two[0].1, two[1].0, "seed {seed}: a day twice or never in {runs:?}");
        }
        several += done.len();
    }
    assert!(several > 5 * lives as usize, "only {several} runs succeeded in all");
}

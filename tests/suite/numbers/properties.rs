//! What holds for any data, tried on a thousand random sources: identities, sums of groups and of days, no number that is none, and
//! numbers that do not depend on the order of rows.

use super::promises::*;
use super::random_rows::{Batch, Case, TOGETHER};
use super::setting::*;
use chrono_tz::Tz;
use parte::calendar::Period;
use parte::definition::{MetricDefinition, Report, Rows};
use parte::metrics::{Engine, catalogue, need};
use parte::source::{Frames, Remark, load};
use polars::prelude::DataFrame;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

const CASES: u64 = 1000;

/// How the cases are grouped: one of these in turn, of the tasks and of the states.
const BY: [(&str, &str); 6] = [
    ("seller", "state_start"),
    ("type", "region"),
    ("status", "state_end"),
    ("region", "signup_month"),
    ("user_id", "user_id"),
    ("outcome", "engaged_days"),
];

/// The metrics of the catalogue with dimensions of their own.
fn with_dimensions() -> impl Iterator<Item = &'static MetricDefinition> {
    METRICS.iter().filter(|m| !m.by.is_empty())
}

fn ids() -> Vec<&'static str> {
    METRICS.iter().map(|m| m.id.as_str()).collect()
}

fn of_tasks(metric: &MetricDefinition) -> bool {
    !matches!(metric.rows, Rows::Edges | Rows::Days)
}

/// Metrics without dimensions of their own.
fn plain(of: impl Fn(&MetricDefinition) -> bool) -> Vec<&'static str> {
    METRICS.iter().filter(|m| m.by.is_empty() && of(m)).map(|m| m.id.as_str()).collect()
}

fn report_of(batch: &Batch) -> (Report, (&'static str, &'static str)) {
    let seed = batch.cases.first().map_or(0, |case| case.seed);
    let by = BY[usize::try_from(seed / TOGETHER).expect("a number") % BY.len()];
    let (tasks, states) = (plain(of_tasks), plain(|m| !of_tasks(m)));
    let sections = vec![
        table(&["case_id"], &ids()),
        table(&["case_id", by.0], &tasks),
        table(&["case_id", by.1], &states),
    ];
    (report(Tz::UTC, sections), by)
}

fn frames(
    batch: &Batch,
    path: &Path,
    shuffled: bool,
    report: &Report,
    periods: &[Period],
) -> Result<Frames, String> {
    batch.write(path, shuffled);
    let needed = need(report, &METRICS, periods).expect("what is needed");
    load(&source(path), &needed).map_err(|e| e.to_string())
}

fn values(engine: &Engine, metrics: &[&str], by: &[&str]) -> Result<Values, String> {
    let table = engine.values(metrics, by).map_err(|e| e.to_string())?;
    by_metric(&table, table.width() - metrics.len())
}

/// Gives each case its part of the values: the first dimension is its name.
fn share_out(values: Values, all: &mut All, part: impl Fn(&mut Seen, &str, &str, Option<f64>)) {
    for (metric, of) in values {
        for (key, value) in of {
            let (case, rest) = key.split_once('|').unwrap_or((&key, ""));
            part(all.entry(case.to_owned()).or_default(), &metric, rest, value);
        }
    }
}

fn totals(engine: &Engine, metrics: &[&str], all: &mut All) -> Result<(), String> {
    share_out(values(engine, metrics, &["case_id"])?, all, |seen, metric, _, value| {
        seen.totals.insert(metric.to_owned(), value);
    });
    Ok(())
}

fn look(engine: &Engine, (tasks, states): (&str, &str)) -> Result<All, String> {
    let mut all = All::new();
    totals(engine, &plain(|_| true), &mut all)?;
    // The days have neither edge.
    let edge = states == "state_start" || states == "state_end";
    let of_states = plain(|m| !of_tasks(m) && (!edge || m.rows == Rows::Edges));
    for (metrics, by) in [(plain(of_tasks), tasks), (of_states, states)] {
        share_out(values(engine, &metrics, &["case_id", by])?, &mut all, |seen, metric, group, value| {
            seen.groups.entry(metric.to_owned()).or_default().insert(group.to_owned(), value);
        });
    }
    for metric in with_dimensions() {
        share_out(values(engine, &[&metric.id], &["case_id"])?, &mut all, |seen, metric, group, value| {
            seen.own.entry(metric.to_owned()).or_default().insert(group.to_owned(), value);
        });
    }
    match engine.remarks().into_iter().find(|r| matches!(r, Remark::Identity { .. })) {
        Some(remark) => Err(format!("{remark:?}")),
        None => Ok(all),
    }
}

/// Everything that must hold for the cases of a batch: the first thing that does not, and the case where one can be named.
fn broken(batch: &Batch, path: &Path) -> Result<(), (Option<Case>, String)> {
    let together = |what: String| (None, what);
    let (report, by) = report_of(batch);
    let days: Vec<Period> = (0..batch.days.count).map(|day| batch.days.between(day, day + 1)).collect();
    let (whole, before) = (batch.days.period(), batch.days.between(-1, 0));
    let periods: Vec<Period> = [&whole, &before].into_iter().chain(&days).cloned().collect();
    let read = frames(batch, path, false, &report, &periods).map_err(together)?;
    let engine_of = |frames: &Frames, period: &Period| {
        Engine::new(&report, &METRICS, frames, period).map_err(|e| together(e.to_string()))
    };

    let of_whole = engine_of(&read, &whole)?;
    let seen = look(&of_whole, by).map_err(together)?;
    let mut of_before = All::new();
    let engine = engine_of(&read, &before)?;
    totals(&engine, &["engaged_users"], &mut of_before).map_err(together)?;
    let at_start = values(&engine, &["state_distribution"], &["case_id"]).map_err(together)?;
    share_out(at_start, &mut of_before, |seen, metric, state, value| {
        seen.own.entry(metric.to_owned()).or_default().insert(state.to_owned(), value);
    });
    let mut of_days = Vec::new();
    for day in &days {
        let mut all = All::new();
        totals(&engine_of(&read, day)?, &OVER_TIME, &mut all).map_err(together)?;
        of_days.push(all);
    }
    let read = frames(batch, path, true, &report, std::slice::from_ref(&whole)).map_err(together)?;
    let shuffled = look(&engine_of(&read, &whole)?, by).map_err(together)?;

    let nothing = Seen::default();
    for case in &batch.cases {
        let name = case.name();
        let part = seen.get(&name).unwrap_or(&nothing);
        let check = || -> Result<(), String> {
            identities(part, of_before.get(&name).unwrap_or(&nothing))?;
            groups(part)?;
            for id in OVER_TIME {
                let sum = of_days.iter().map(|all| all.get(&name).map_or(0.0, |day| day.total(id))).sum();
                hold(&format!("{id}: sum of the days and period"), sum, part.total(id))?;
            }
            let other = shuffled.get(&name).unwrap_or(&nothing);
            same(&part.groups, &other.groups)?;
            same(&part.own, &other.own)?;
            same(&alone(&part.totals), &alone(&other.totals))
        };
        check().map_err(|what| (Some(case.clone()), what))?;
    }
    for_any_choice(&of_whole, batch).map_err(together)?;
    // The batch in total, against its cases.
    let table = of_whole.totals(&ids()).map_err(|e| together(e.to_string()))?;
    for (id, of) in by_metric(&table, 0).map_err(together)? {
        let metric = METRICS.iter().find(|m| m.id == id).expect("a metric");
        if metric.additive && metric.by.is_empty() {
            let sum = seen.values().map(|seen| seen.total(&id)).sum();
            hold(&format!("{id}: sum of the cases and total"), sum, of[""].unwrap_or(0.0))
                .map_err(together)?;
        }
    }
    Ok(())
}

/// What a metric says does not depend on which others are asked for beside it.
fn for_any_choice(engine: &Engine, batch: &Batch) -> Result<(), String> {
    let seed = batch.cases.first().map_or(0, |case| case.seed);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let all = by_metric(&engine.totals(&ids()).map_err(|e| e.to_string())?, 0)?;
    for _ in 0..12 {
        let mut few: Vec<&str> =
            (0..1 + random.next_u32() % 6).map(|_| ids()[random.next_u32() as usize % ids().len()]).collect();
        few.sort_unstable();
        few.dedup();
        // A panic inside Polars is a broken promise like another.
        let asked = catch_unwind(AssertUnwindSafe(|| engine.totals(&few)))
            .map_err(|_| format!("{few:?} in total: a panic"))?;
        for (id, of) in by_metric(&asked.map_err(|e| e.to_string())?, 0)? {
            same(&BTreeMap::from([(id.clone(), of)]), &all).map_err(|what| format!("{few:?}: {what}"))?;
        }
    }
    Ok(())
}

/// Batches shared out among the processors; what is to be said of the first that fails, with the smallest case that still does.
fn try_all(batches: u64) -> Option<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let next = AtomicU64::new(0);
    let failed: Mutex<Option<(Batch, Option<Case>, String)>> = Mutex::default();
    let several = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..several {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= batches || failed.lock().expect("no panic").is_some() {
                        return;
                    }
                    let batch = Batch::of(number);
                    if let Err((case, what)) = broken(&batch, &folder.path().join(format!("{number}.db"))) {
                        failed.lock().expect("no panic").get_or_insert((batch, case, what));
                    }
                }
            });
        }
    });
    let (batch, case, what) = failed.into_inner().expect("no panic")?;
    let path = folder.path().join("alone.db");
    let wrong = |case: &Case| broken(&Batch::alone(case.clone()), &path).err().map(|(_, what)| what);
    // What was told of the whole batch may be one case's doing.
    match case.into_iter().chain(batch.cases.iter().cloned()).find(|case| wrong(case).is_some()) {
        Some(case) => {
            let smallest = case.shrunk(&wrong);
            Some(format!("{}\nthe smallest case: {}", wrong(&smallest).unwrap_or(what), smallest.shown()))
        }
        None => {
            let seeds: Vec<u64> = batch.cases.iter().map(|case| case.seed).collect();
            Some(format!("{what}\nonly with several cases together: seeds {seeds:?}, {:?}", batch.days))
        }
    }
}

#[test]
fn a_thousand_random_sources_keep_every_promise() {
    let started = std::time::Instant::now();
    if let Some(what) = try_all(CASES / TOGETHER) {
        panic!("{what}");
    }
    println!("{CASES} cases, 0 broken promises ({:.1} s)", started.elapsed().as_secs_f64());
}

/// A source that writes minus zero: its median and its sum kept the sign, and reached records as -0.
#[test]
fn a_minus_zero_of_the_source_is_zero_in_every_metric() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("minus.db");
    let db = rusqlite::Connection::open(&path).expect("a database");
    db.execute_batch(
        "create table tasks (task_id, type, status, seller_id, user_id, scheduled_at, completed_at, duration_min, sales_amount);
         insert into tasks values ('T1', 'visit', 'completed', 'S1', 'U1', '2026-03-04T15:00:00Z', '2026-03-04T16:00:00Z', '-0', '-0.0'),
             ('T2', 'visit', 'completed', 'S1', 'U1', '2026-03-05T15:00:00Z', '2026-03-05T14:00:00Z', -0.0, -0.0)",
    )
    .expect("rows");
    let ids = [
        "handling_time",
        "handling_time_p90",
        "handling_time_total",
        "sales_amount",
        "sales_per_visit",
        "time_to_complete",
    ];
    let report = report(Tz::UTC, vec![table(&["seller"], &ids)]);
    let (engine, _) =
        engine_over(&source(&path), &report, catalogue(), &period("2026-03-01", "2026-03-08", Tz::UTC));
    for (by, key) in [(vec![], ""), (vec!["seller"], "S1")] {
        let found = values(&engine, &ids, &by).expect("no minus zero");
        for id in ids {
            assert_eq!(found[id][key], Some(0.0), "{id} by {by:?}");
        }
    }
}

#[test]
fn every_additive_metric_is_said_to_sum_over_days_or_not_to() {
    for metric in catalogue() {
        let by_day = !matches!(metric.rows, Rows::Open | Rows::Edges);
        let sums = metric.additive && by_day;
        // A metric with dimensions of its own is tried by what its groups sum to.
        let id = if metric.id == "states_by_day" { "states_of_days" } else { &metric.id };
        assert_eq!(OVER_TIME.contains(&id), sums, "{id}");
    }
    assert!(WEIGHTED.iter().chain(&OVER_TIME).all(|id| METRICS.iter().any(|m| m.id == *id)));
}

#[test]
fn a_metric_that_is_wrongly_called_additive_is_caught() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut wrong = metric("contacted", Rows::Scheduled, "count(distinct user_id)");
    wrong.additive = true;
    let metrics = with_own(&[wrong]);
    let report = report(Tz::UTC, vec![table(&["seller"], &["contacted"])]);
    let mut caught = 0;
    for case in (0..40).map(Case::of) {
        let path = folder.path().join("x.db");
        let batch = Batch::alone(case.clone());
        batch.write(&path, false);
        let period = batch.days.period();
        let needed = need(&report, &metrics, std::slice::from_ref(&period)).expect("what is needed");
        // A source that is nothing but unreadable is refused.
        let Ok(frames) = load(&source(&path), &needed) else { continue };
        let engine = Engine::new(&report, &metrics, &frames, &period).expect("an engine");
        let of = |table: &DataFrame, width| {
            by_metric(table, width).expect("numbers").remove("contacted").expect("it")
        };
        let groups = of(&engine.values(&["contacted"], &["seller"]).expect("values"), 1);
        let total = of(&engine.totals(&["contacted"]).expect("a total"), 0)[""].unwrap_or(0.0);
        let sum: f64 = groups.values().flatten().sum();
        let told = engine
            .remarks()
            .iter()
            .any(|r| matches!(r, Remark::Identity { identity, .. } if identity.starts_with("contacted")));
        assert_eq!(told, !near(sum, total), "{sum} in groups, {total} in total: {}", case.shown());
        caught += usize::from(told);
    }
    assert!(caught > 10, "{caught} of 40 have a customer of two sellers");
}

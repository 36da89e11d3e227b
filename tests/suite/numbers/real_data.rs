//! Two public data sets against numbers computed from them by other programs (`tests/expected`): no cell may differ.

use super::setting::*;
use chrono_tz::Tz;
use parte::definition::{FrameName, FrameSource, Rows, Source, StatusMapping};
use parte::metrics::{Engine, need};
use parte::source::load;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::OnceLock;

const STATES: [&str; 9] =
    ["sign_up", "setup", "aha", "casual", "habit", "core", "power", "dormant", "churned"];

pub(super) fn database() -> &'static PathBuf {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        // Other test processes may make the same file at the same time: it appears whole, or not at all.
        let (path, draft) =
            (folder.join("numbers_public.db"), folder.join(format!("numbers_{}.db", std::process::id())));
        if !path.exists() {
            let counts = python("numbers_make_data.py", &[&draft.to_string_lossy()]);
            assert_eq!(counts.trim(), "336776 1186260");
            std::fs::rename(draft, &path).expect("the database in its place");
        }
        path
    })
}

pub(super) fn real() -> Source {
    let status = StatusMapping {
        done: vec!["completed".to_owned()],
        failed: vec!["diverted".to_owned()],
        cancelled: vec!["cancelled".to_owned()],
        ..StatusMapping::default()
    };
    let how = FrameSource { status: Some(status), ..FrameSource::default() };
    source_with(database(), FrameName::Tasks, how)
}

fn expected(name: &str) -> Vec<Vec<String>> {
    let path = repository().join("tests/expected").join(name);
    csv_rows(&std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
}

/// Cells compared; panics with all that differ.
fn compare(name: &str, got: &[Vec<String>], expected: &[Vec<String>]) -> usize {
    let mut differing = Vec::new();
    let mut compared = 0;
    assert_eq!(got.len(), expected.len(), "{name}: number of rows");
    for (got, expected) in got.iter().zip(expected) {
        assert_eq!(got.len(), expected.len(), "{name}: number of columns");
        for (got, expected) in got.iter().zip(expected) {
            compared += 1;
            if got != expected {
                differing.push(format!("{got} instead of {expected}"));
            }
        }
    }
    assert!(differing.is_empty(), "{name}: {differing:?}");
    compared
}

#[test]
fn flights_by_carrier_agree_in_both_zones_in_the_week_and_the_month_of_the_clock_change() {
    // The expected files count every departure scheduled in the period, cancelled ones too, and call "done" what left.
    let own = [
        metric("created_n", Rows::Scheduled, "count(*) filter (where false)"),
        metric("due_n", Rows::Scheduled, "count(*)"),
        metric("due_done_n", Rows::Scheduled, "count(completed_at)"),
        metric("due_on_time_n", Rows::Scheduled, "count(*) filter (where completed_at <= scheduled_at)"),
        metric(
            "due_on_time_15m_n",
            Rows::Scheduled,
            "count(*) filter (where completed_at <= scheduled_at + interval '15 minutes')",
        ),
        metric("completed_n", Rows::Completed, "count(*)"),
        metric(
            "completed_on_time_n",
            Rows::Completed,
            "count(*) filter (where completed_at <= scheduled_at)",
        ),
        metric("within_72h_n", Rows::Scheduled, "count(*) filter (where false)"),
        metric("median_hours", Rows::Scheduled, "nullif(count(*), count(*))"),
        metric("median_late_hours", Rows::Completed, "median(completed_at - scheduled_at)"),
    ];
    let ids: Vec<&str> = own.iter().map(|m| m.id.as_str()).collect();
    let metrics = with_own(&own);
    let mut compared = 0;
    for (unit, from, to) in [("week", "2013-03-04", "2013-03-11"), ("month", "2013-03-01", "2013-04-01")] {
        for (zone, spelled) in [(Tz::America__New_York, "America-New_York"), (Tz::UTC, "UTC")] {
            let start = if unit == "week" { from } else { &from[..7] };
            let name = format!("expected_flights_{unit}_{start}_{spelled}_by_assignee.csv");
            let period = period(from, to, zone);
            let report = report(zone, vec![table(&["seller"], &ids)]);
            let (engine, _) = engine_over(&real(), &report, &metrics, &period);
            let mut rows = rows_of(&engine.values(&ids, &["seller"]).expect("values"));
            let mut total = rows_of(&engine.values(&ids, &[]).expect("totals")).remove(0);
            total.insert(0, "*".to_owned());
            rows.push(total);
            // A share of a group without completed flights is absent in both; "-0.000000" is 0.
            for cell in rows.iter_mut().flatten() {
                if cell == "-0.000000" {
                    "0.000000".clone_into(cell);
                }
            }
            compared += compare(&name, &rows, &expected(&name)[1..]);
        }
    }
    assert_eq!(compared, 4 * 16 * 11, "cells compared");
}

#[test]
fn customers_by_state_agree_on_every_day() {
    let mut compared = 0;
    for (name, from, to) in [
        ("month_1997-03", "1997-03-01", "1997-04-01"),
        ("month_1997-06", "1997-06-01", "1997-07-01"),
        ("week_1997-03-24", "1997-03-24", "1997-03-31"),
    ] {
        let file = format!("expected_cdnow_{name}_state_dist.csv");
        let period = period(from, to, Tz::UTC);
        let metrics = with_own(&[]);
        let report = report(Tz::UTC, vec![table(&[], &["states_by_day"])]);
        let (engine, _) = engine_over(&real(), &report, &metrics, &period);
        let mut by_day: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
        for row in rows_of(&engine.values(&["states_by_day"], &[]).expect("values")) {
            by_day
                .entry(row[0].clone())
                .or_default()
                .insert(row[1].clone(), row[2].parse().expect("a count"));
        }
        let rows: Vec<Vec<String>> = by_day.into_iter().map(|(day, counts)| wide(day, &counts)).collect();
        compared += compare(&file, &rows, &expected(&file)[1..]);
        assert!(engine.remarks().is_empty(), "{:?}", engine.remarks());
    }
    assert_eq!(compared, (31 + 30 + 7) * 11);
}

#[test]
fn movements_between_the_edges_and_from_day_to_day_agree() {
    let metrics = with_own(&[]);
    let mut compared = 0;
    for (name, from, to) in [
        ("month_1997-03", "1997-03-01", "1997-04-01"),
        ("month_1997-06", "1997-06-01", "1997-07-01"),
        ("week_1997-03-24", "1997-03-24", "1997-03-31"),
    ] {
        let whole = period(from, to, Tz::UTC);
        let file = format!("expected_cdnow_{name}_state_transitions_edge.csv");
        compared += compare(
            &file,
            &matrix(&movements(std::slice::from_ref(&whole), &metrics)),
            &expected(&file)[1..],
        );
        // Each day of the period is a period of its own: its edges are the day before and the day.
        let days: Vec<_> = whole
            .days()
            .map(|d| period(&d.to_string(), &d.succ_opt().expect("a day").to_string(), Tz::UTC))
            .collect();
        let file = format!("expected_cdnow_{name}_state_transitions_daily.csv");
        compared += compare(&file, &matrix(&movements(&days, &metrics)), &expected(&file)[1..]);
    }
    assert_eq!(compared, 6 * 10 * 11);
}

type Movements = BTreeMap<(String, String), usize>;

fn movements(
    periods: &[parte::calendar::Period],
    metrics: &[parte::definition::MetricDefinition],
) -> Movements {
    let mut all = Movements::new();
    let report = report(Tz::UTC, vec![table(&[], &["state_transitions"])]);
    let frames = load(&real(), &need(&report, metrics, periods).expect("a need")).expect("frames");
    for period in periods {
        let engine = Engine::new(&report, metrics, &frames, period).expect("an engine");
        for row in rows_of(&engine.values(&["state_transitions"], &[]).expect("values")) {
            let count: usize = row[2].parse().expect("a count");
            *all.entry((row[0].clone(), row[1].clone())).or_default() += count;
        }
        assert!(engine.remarks().is_empty(), "{:?}", engine.remarks());
    }
    all
}

fn matrix(movements: &Movements) -> Vec<Vec<String>> {
    let known: BTreeSet<&str> = STATES.into_iter().chain(["absent"]).collect();
    assert!(movements.keys().all(|(s, e)| known.contains(s.as_str()) && known.contains(e.as_str())));
    std::iter::once("absent")
        .chain(STATES)
        .map(|start| {
            let counts: BTreeMap<String, usize> = STATES
                .iter()
                .filter_map(|end| {
                    let count = movements.get(&(start.to_owned(), (*end).to_owned()))?;
                    Some(((*end).to_owned(), *count))
                })
                .collect();
            let label = if start == "absent" { String::new() } else { start.to_owned() };
            wide(label, &counts)
        })
        .collect()
}

/// A row with one count a state and their sum.
fn wide(label: String, counts: &BTreeMap<String, usize>) -> Vec<String> {
    let values: Vec<usize> = STATES.iter().map(|s| counts.get(*s).copied().unwrap_or(0)).collect();
    let total: usize = counts.values().sum();
    std::iter::once(label).chain(values.iter().map(ToString::to_string)).chain([total.to_string()]).collect()
}

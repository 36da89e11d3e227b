//! Every metric of the catalogue, by groups and in total, against the same metric written apart in DuckDB's SQL over a source
//! full of nulls, strange spellings and doubles.

use super::setting::*;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use parte::definition::{Flaw, FrameName, FrameSource, Source, Treatment};
use parte::metrics::{Engine, catalogue, need};
use parte::source::{Need, Remark, load};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const FROM: &str = "2025-09-01";
const TO: &str = "2025-09-08";

fn dirty(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("numbers_dirty_{name}.db"));
    python("numbers_make_dirty.py", &[&path.to_string_lossy()]);
    path
}

fn equal(left: &str, right: &str) -> bool {
    match (left.parse::<f64>(), right.parse::<f64>()) {
        (Ok(l), Ok(r)) => (l - r).abs() <= 2e-6_f64.max(1e-9 * l.abs()),
        _ => left == right,
    }
}

/// Every metric over a source is what DuckDB computes from another file; gives what was told of the source.
fn compare(source: &Source, path: &Path, made: Option<DateTime<Utc>>) -> Vec<Remark> {
    let told = python("numbers_duckdb.py", &[&path.to_string_lossy(), FROM, TO, "America/Santiago"]);
    let mut expected: BTreeMap<(String, String), BTreeMap<String, String>> = BTreeMap::new();
    for line in told.lines() {
        let [metric, by, key, value] = line.split('\t').collect::<Vec<_>>().try_into().expect("four parts");
        let table = expected.entry((metric.to_owned(), by.to_owned())).or_default();
        table.insert(key.to_owned(), value.to_owned());
    }
    let known: BTreeSet<&str> = catalogue().iter().map(|m| m.id.as_str()).collect();
    let asked: BTreeSet<&str> = expected.keys().map(|(metric, _)| metric.as_str()).collect();
    let without: Vec<&&str> =
        known.symmetric_difference(&asked).filter(|id| !ELSEWHERE.contains(id)).collect();
    assert!(without.is_empty(), "every metric has its counterpart: {without:?}");

    let zone = Tz::America__Santiago;
    let all: Vec<&str> = known.into_iter().collect();
    let by_all = ["team", "seller", "day", "type", "region", "category", "age_band", "state_end"];
    let report = report(zone, vec![table(&[], &all), table(&by_all, &all)]);
    let period = period(FROM, TO, zone);
    let asked = need(&report, catalogue(), std::slice::from_ref(&period)).expect("what is needed");
    let frames = load(source, &Need { made, ..asked }).expect("frames");
    let engine = Engine::new(&report, catalogue(), &frames, &period).expect("an engine");
    let (mut compared, mut differing) = (0, Vec::new());
    for ((metric, by), expected) in &expected {
        let own = catalogue().iter().find(|m| m.id == *metric).expect("a metric").by.clone();
        let by: Vec<&str> =
            if own.is_empty() { by.split(',').filter(|d| !d.is_empty()).collect() } else { Vec::new() };
        let values =
            engine.values(&[metric], &by).unwrap_or_else(|e| panic!("{metric} by {by:?}: {e}; {}", e.hint));
        let width = by.len() + own.len();
        let mut got: BTreeMap<String, String> = BTreeMap::new();
        for row in rows_of(&values) {
            assert_eq!(row.len(), width + 1);
            let twice = got.insert(row[..width].join("|"), row[width].clone());
            assert!(twice.is_none(), "{metric} by {by:?}: a group twice");
        }
        for key in got.keys().chain(expected.keys()).collect::<BTreeSet<_>>() {
            compared += 1;
            match (got.get(key), expected.get(key)) {
                (Some(got), Some(expected)) if equal(got, expected) => {}
                (got, expected) => {
                    differing.push(format!("{metric} by {by:?} [{key}]: {got:?} instead of {expected:?}"));
                }
            }
        }
    }
    assert!(differing.is_empty(), "{} of {compared}:\n{}", differing.len(), differing.join("\n"));
    assert_eq!(compared, told.lines().count(), "cells compared");
    let remarks = engine.remarks();
    let breaches: Vec<&Remark> = remarks.iter().filter(|r| matches!(r, Remark::Identity { .. })).collect();
    assert_eq!(breaches, Vec::<&Remark>::new());
    remarks
}

#[test]
fn every_metric_agrees_with_duckdb_by_group_and_in_total() {
    let path = dirty("duckdb");
    compare(&source(&path), &path, None);
}

#[test]
fn every_metric_over_rows_left_out_by_rules_agrees_with_duckdb_over_a_source_without_them() {
    let made = "2025-09-20T00:00:00Z";
    let dirty = dirty("rules");
    let (dirtier, clean) = (dirty.with_extension("dirtier.db"), dirty.with_extension("clean.db"));
    let files = [&dirty, &dirtier, &clean].map(|path| path.to_string_lossy().into_owned());
    let [dirty, dirtier_name, clean_name] = &files;
    python("numbers_clean.py", &[dirty, dirtier_name, clean_name, made]);
    let all_dropped = |frame: FrameName| FrameSource {
        quality: Flaw::ALL
            .into_iter()
            .filter(|flaw| flaw.is_of(frame) && *flaw != Flaw::Gaps)
            .map(|flaw| (flaw, Treatment::Drop))
            .collect(),
        ..FrameSource::default()
    };
    let frames = [FrameName::Tasks, FrameName::UserStates].map(|frame| (frame, all_dropped(frame)));
    let ruled = Source { frames: frames.into(), ..source(&dirtier) };
    let remarks = compare(&ruled, &clean, made.parse().ok());
    let told: BTreeSet<(FrameName, Flaw)> = remarks
        .iter()
        .filter_map(|remark| match remark {
            Remark::LeftOut { frame, flaw, count, of, .. } if 0 < *count && count < of => {
                Some((*frame, *flaw))
            }
            _ => None,
        })
        .collect();
    let expected = [FrameName::Tasks, FrameName::UserStates].into_iter().flat_map(|frame| {
        let of_frame = Flaw::ALL.into_iter().filter(move |flaw| flaw.is_of(frame) && *flaw != Flaw::Gaps);
        of_frame.map(move |flaw| (frame, flaw))
    });
    // No state of this source is of a day to come.
    let expected: BTreeSet<_> = expected.filter(|it| *it != (FrameName::UserStates, Flaw::Future)).collect();
    assert_eq!(told, expected, "{remarks:?}");
}

#[test]
fn what_is_odd_in_the_source_is_told_and_counted() {
    let path = dirty("remarks");
    let report = report(
        Tz::UTC,
        vec![table(&["team"], &["tasks_planned", "completion_rate", "backlog", "users_total", "stickiness"])],
    );
    let (engine, _) = engine_over(&source(&path), &report, catalogue(), &period(FROM, TO, Tz::UTC));
    let remarks = engine.remarks();
    let found = |test: &dyn Fn(&Remark) -> bool| remarks.iter().any(test);
    assert!(
        found(&|r| matches!(r, Remark::NoSeller { count, of } if *count > 0 && count < of)),
        "{remarks:?}"
    );
    assert!(
        found(&|r| matches!(r, Remark::UnknownStatus { values, .. } if values.len() == 2)),
        "{remarks:?}"
    );
    assert!(
        found(&|r| matches!(r, Remark::CompletedBeforeScheduled { count, .. } if *count > 0)),
        "{remarks:?}"
    );
    assert!(
        found(&|r| matches!(r, Remark::UnknownState { values, .. } if values[0].0 == "zombie")),
        "{remarks:?}"
    );
    assert!(
        found(&|r| matches!(r, Remark::Unreadable { column, .. } if column == "tasks.scheduled_at")),
        "{remarks:?}"
    );
    // Users have no team: the table still stands, and says which metrics it cannot show by it.
    assert!(
        found(&|r| matches!(r, Remark::Unavailable { metric, .. } if metric == "users_total")),
        "{remarks:?}"
    );
    let values = engine.values(&["tasks_planned", "users_total"], &["team"]).expect("values");
    assert_eq!(values.column("users_total").expect("a column").null_count(), values.height());
    assert!(values.height() > 1);
}

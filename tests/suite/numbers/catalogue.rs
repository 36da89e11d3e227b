//! What the catalogue says of itself, and its metrics over assignments, stretches of days and cohorts, against DuckDB.

use super::setting::*;
use chrono_tz::Tz;
use parte::definition::{Language, MetricDefinition, Rows, Text, ValueFormat, check_example};
use parte::metrics::{Engine, catalogue, requirements};
use parte::source::Remark;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

const ZONE: Tz = Tz::America__Santiago;
const WEEK: (&str, &str) = ("2025-09-01", "2025-09-08");
const DAY: (&str, &str) = ("2025-09-10", "2025-09-11");

/// A source full of oddities, without assignments.
fn without_assignments(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("numbers_catalogue_{name}.db"));
    python("numbers_make_dirty.py", &[&path.to_string_lossy()]);
    path
}

fn with_assignments(name: &str) -> PathBuf {
    let path = without_assignments(name);
    python("numbers_make_assignments.py", &[&path.to_string_lossy()]);
    path
}

/// What a reader says of a period: by metric and dimensions the value of each group.
fn told(
    script: &str,
    path: &str,
    (from, to): (&str, &str),
) -> BTreeMap<[String; 2], BTreeMap<String, String>> {
    let mut all: BTreeMap<[String; 2], BTreeMap<String, String>> = BTreeMap::new();
    for line in python(script, &[path, from, to, "America/Santiago"]).lines() {
        let [metric, by, key, value] = line.split('\t').collect::<Vec<_>>().try_into().expect("four parts");
        let twice =
            all.entry([metric, by].map(str::to_owned)).or_default().insert(key.to_owned(), value.to_owned());
        assert!(twice.is_none(), "{metric} by {by}: {key} twice");
    }
    all
}

fn equal(left: &str, right: &str) -> bool {
    match (left.parse::<f64>(), right.parse::<f64>()) {
        (Ok(l), Ok(r)) => (l - r).abs() <= 2e-6,
        _ => left == right,
    }
}

fn known(id: &str) -> &'static MetricDefinition {
    catalogue().iter().find(|m| m.id == id).unwrap_or_else(|| panic!("no metric {id}"))
}

fn asked(path: &std::path::Path, filter: Option<&str>, by: &[&str], metrics: &[&str]) -> Engine {
    let mut report = report(ZONE, vec![table(by, metrics)]);
    report.filter = filter.map(str::to_owned);
    engine_over(&source(path), &report, catalogue(), &period(WEEK.0, WEEK.1, ZONE)).0
}

#[test]
fn coverage_stretches_cohorts_and_ages_agree_with_duckdb_over_a_week_and_over_a_day() {
    let path = with_assignments("duckdb");
    for days in [WEEK, DAY] {
        let expected = told("numbers_catalogue.py", &path.to_string_lossy(), days);
        let all: BTreeSet<&str> = expected.keys().map(|[metric, _]| metric.as_str()).collect();
        let all: Vec<&str> = all.into_iter().collect();
        let by_all = ["team", "seller", "region", "category", "assignment_type"];
        // The dimensions that a report asks for are those of all its tables.
        let report = report(ZONE, vec![table(&[], &all), table(&by_all, &all)]);
        let period = period(days.0, days.1, ZONE);
        let (engine, _) = engine_over(&source(&path), &report, catalogue(), &period);
        let (mut compared, mut differing) = (0, Vec::new());
        for ([metric, by], expected) in &expected {
            let own = known(metric).by.len();
            let by: Vec<&str> =
                if own == 0 { by.split(',').filter(|d| !d.is_empty()).collect() } else { Vec::new() };
            let values = engine
                .values(&[metric], &by)
                .unwrap_or_else(|e| panic!("{metric} by {by:?}: {e}; {}", e.hint));
            let width = by.len() + own;
            let got: BTreeMap<String, String> = rows_of(&values)
                .into_iter()
                .map(|row| (row[..width].join("|"), row[width].clone()))
                .collect();
            assert_eq!(got.len(), values.height(), "{metric} by {by:?}: a group twice");
            for key in got.keys().chain(expected.keys()).collect::<BTreeSet<_>>() {
                compared += 1;
                if !matches!((got.get(key), expected.get(key)), (Some(g), Some(e)) if equal(g, e)) {
                    let (got, expected) = (got.get(key), expected.get(key));
                    differing.push(format!("{metric} by {by:?} [{key}]: {got:?} instead of {expected:?}"));
                }
            }
        }
        assert!(
            differing.is_empty(),
            "{days:?}: {} of {compared}:\n{}",
            differing.len(),
            differing.join("\n")
        );
        assert!(compared > 100, "{compared} values");
        let remarks = engine.remarks();
        assert!(!remarks.iter().any(|r| matches!(r, Remark::Identity { .. })), "{remarks:?}");
    }
}

#[test]
fn every_metric_of_the_catalogue_has_a_counterpart_written_apart() {
    let path = with_assignments("counterparts");
    let of = |script| told(script, &path.to_string_lossy(), WEEK).into_keys().map(|[metric, _]| metric);
    let apart: BTreeSet<String> = of("numbers_duckdb.py").chain(of("numbers_catalogue.py")).collect();
    let all: BTreeSet<String> = catalogue().iter().map(|m| m.id.clone()).collect();
    assert_eq!(all, apart);
}

#[test]
fn coverage_is_of_planned_users_where_nobody_is_assigned_and_the_definition_used_is_told() {
    let planned = {
        let path = without_assignments("planned");
        let engine = asked(&path, None, &["region"], &["visit_coverage"]);
        let told = told("numbers_duckdb.py", &path.to_string_lossy(), WEEK);
        let expected = &told[&["visit_coverage".to_owned(), "region".to_owned()]];
        for row in rows_of(&engine.values(&["visit_coverage"], &["region"]).expect("values")) {
            assert!(equal(&row[1], &expected[&row[0]]), "{row:?}: {expected:?}");
        }
        let used = engine.metrics().iter().find(|m| m.id == "visit_coverage").expect("a metric").clone();
        assert_eq!((used.rows, used.of.as_str()), (Rows::Planned, "tasks"));
        // A table that holds no row at all says no more than none.
        Connection::open(&path)
            .and_then(|db| db.execute_batch("create table assignments (seller_id text, user_id text)"))
            .expect("a table");
        let engine = asked(&path, None, &["region"], &["visit_coverage"]);
        assert!(engine.metrics().contains(&used));
        used
    };
    let engine = asked(&with_assignments("assigned"), None, &["region"], &["visit_coverage"]);
    let assigned = engine.metrics().iter().find(|m| m.id == "visit_coverage").expect("a metric");
    assert_eq!(assigned.rows, Rows::Assigned);
    let said = |m: &MetricDefinition| {
        [Some(&m.formula), m.denominator.as_ref()].map(|t| t.map(|t| t.in_language(Language::Es).to_owned()))
    };
    assert_ne!(said(assigned)[0], said(&planned)[0]);
    assert_ne!(said(assigned)[1], said(&planned)[1]);
}

#[test]
fn coverage_is_absent_by_what_assignments_do_not_have_and_never_of_another_denominator() {
    let path = with_assignments("unavailable");
    for by in ["day", "type"] {
        let engine = asked(&path, None, &[by], &["visit_coverage", "tasks_planned"]);
        let values = engine.values(&["visit_coverage", "tasks_planned"], &[by]).expect("values");
        assert!(values.height() > 1);
        assert_eq!(
            values.column("visit_coverage").expect("a column").null_count(),
            values.height(),
            "by {by}"
        );
        let remarks = engine.remarks();
        let told = |r: &Remark| matches!(r, Remark::Unavailable { metric, .. } if metric == "visit_coverage");
        assert!(remarks.iter().any(told), "by {by}: {remarks:?}");
        let alone = asked(&path, None, &[by], &["visit_coverage"]);
        assert_eq!(alone.values(&["visit_coverage"], &[by]).expect("no error").height(), 0, "by {by}");
    }
    // A condition on tasks would leave everybody who is assigned in the denominator.
    let engine = asked(&path, Some("channel = 'salesman'"), &[], &["visit_coverage", "tasks_planned"]);
    let values = engine.values(&["visit_coverage", "tasks_planned"], &[]).expect("values");
    assert_eq!(values.column("visit_coverage").expect("a column").null_count(), 1);
    let engine = asked(&path, Some("team = 'Norte'"), &[], &["visit_coverage", "tasks_planned"]);
    assert_eq!(
        engine
            .values(&["visit_coverage"], &[])
            .expect("values")
            .column("visit_coverage")
            .expect("a column")
            .null_count(),
        0
    );
}

#[test]
fn an_analyst_counts_assignments_as_anything_else() {
    let path = with_assignments("own");
    let own = [MetricDefinition {
        by: vec!["assignment_type".to_owned()],
        format: ValueFormat::Integer,
        ..metric(
            "unvisited",
            Rows::Assigned,
            "count(*) filter (where not was_visited and assigned_from < :first_day)",
        )
    }];
    let metrics = with_own(&own);
    let report = report(ZONE, vec![table(&[], &["unvisited"])]);
    let (engine, _) = engine_over(&source(&path), &report, &metrics, &period(WEEK.0, WEEK.1, ZONE));
    let values = engine.values(&["unvisited"], &[]).expect("values");
    assert_eq!(values.height(), 4, "{values}");
    let unvisited = |row: &Vec<String>| row[1].parse::<u32>().expect("a count");
    assert!(rows_of(&values).iter().all(|row| unvisited(row) > 0), "{values}");
}

/// Does an expression divide, or average?
fn divides(expr: &str) -> bool {
    expr.contains(" / ") || expr.contains("avg(")
}

#[test]
fn a_metric_says_what_it_divides_by_if_and_only_if_it_divides_and_always_what_it_follows() {
    for metric in catalogue() {
        for way in metric.ways() {
            assert_eq!(way.denominator.is_some(), divides(&way.expr), "{} of {}", metric.id, way.of);
            let texts =
                [Some(&way.label), Some(&way.formula), way.denominator.as_ref(), way.follows.as_ref()];
            assert!(way.follows.is_some(), "{} does not say what it follows", metric.id);
            for text in texts.into_iter().flatten() {
                let Text::Translated(all) = text else {
                    panic!("{}: {text:?} is in one language", metric.id)
                };
                let languages: Vec<Language> = all.keys().copied().collect();
                assert_eq!(languages, [Language::Es, Language::En, Language::Pt], "{}: {text:?}", metric.id);
                assert!(all.values().all(|words| !words.trim().is_empty()), "{}", metric.id);
            }
        }
    }
}

#[test]
fn what_a_metric_is_said_to_need_is_what_it_cannot_do_without() {
    let path = with_assignments("needs");
    let mut tried = 0;
    for id in [
        "completion_rate",
        "strike_rate",
        "visit_coverage",
        "engaged_days_l28",
        "cohort_retention_months",
        "backlog_age",
    ] {
        let metric = known(id);
        let of = requirements(metric).expect("what it needs");
        assert!(!of.needed.is_empty(), "{id}");
        for needed in of.needed.iter().filter(|ways| ways.len() == 1).flatten() {
            let (frame, column) = needed.split_once('.').expect("a frame and a column");
            let report = report(ZONE, vec![table(&[], &[id])]);
            let period = period(WEEK.0, WEEK.1, ZONE);
            let asked =
                parte::metrics::need(&report, catalogue(), std::slice::from_ref(&period)).expect("a need");
            let mut frames = parte::source::load(&source(&path), &asked).expect("frames");
            let name =
                parte::definition::FrameName::ALL.into_iter().find(|f| f.as_str() == frame).expect("a frame");
            let data = frames.frames.get_mut(&name).expect("the frame is read");
            assert!(data.has(column), "{id} does not ask for {needed}");
            *data = data.without(&[column]);
            let engine = Engine::new(&report, catalogue(), &frames, &period).expect("an engine");
            let used = engine.metrics().iter().find(|m| m.id == id).expect("a metric");
            let lacks =
                |r: &Remark| matches!(r, Remark::Unavailable { missing, .. } if missing.contains(needed));
            let told = engine.remarks().iter().any(lacks);
            assert!(told || used.rows != metric.rows, "{id} without {needed}: {:?}", engine.remarks());
            tried += 1;
        }
    }
    assert!(tried > 15, "{tried} columns taken away");
}

#[test]
fn every_metric_can_be_shown_by_the_example_that_is_given_for_it() {
    let home = tempfile::tempdir().expect("a folder");
    let program = |arguments: &[&str]| {
        let out = std::process::Command::new(env!("CARGO_BIN_EXE_parte"))
            .args(arguments)
            .current_dir(home.path())
            .output()
            .expect("the program runs");
        assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).expect("UTF-8")
    };
    let listed: serde_json::Value =
        serde_json::from_str(&program(&["metrics", "--json", "--lang", "es"])).expect("JSON");
    let listed = listed.as_array().expect("a list");
    assert_eq!(listed.len(), catalogue().len());
    for metric in listed {
        let example = metric["example"].as_str().expect("an example");
        let text = format!(
            "version = 1\n[defaults]\ntimezone = \"America/Bogota\"\n[sources.crm]\nurl = \"sqlite:crm.db\"\n[[report]]\n\
             id = \"a\"\ntitle = \"A\"\nperiod = \"previous week\"\nformats = [\"pdf\"]\n{example}\n"
        );
        let found = check_example(&text, catalogue());
        assert!(found.is_ok(), "{}: {example}", metric["id"]);
    }
    let coverage = program(&["metrics", "visit_coverage", "--lang", "pt"]);
    for said in [
        "clientes distintos atribuídos",
        "clientes distintos com visita planejada",
        "85,3%",
        "where a source has no assignments",
        "kpis = [\"visit_coverage\"]",
    ] {
        assert!(coverage.contains(said), "{said}: {coverage}");
    }
    let table = program(&["metrics"]);
    let line = table.lines().find(|line| line.contains(" completion_rate ")).expect("a line");
    assert!(line.contains("tasks planned"), "{line}");
}

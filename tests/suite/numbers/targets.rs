//! Targets of groups that rows of the source say, against pandas and sets (`tests/readers/numbers_targets.py`).

use super::setting::*;
use parte::calendar::Period;
use parte::definition::{ElseTarget, MetricDefinition, Report, Rows, SectionBody, Target};
use parte::metrics::Engine;
use parte::source::{Remark, TargetFault};
use polars::prelude::DataFrame;
use std::collections::BTreeMap;

/// Databases that are made and compared.
const SEEDS: usize = 12;

/// As in the reader, in its order.
const CONDITIONS: [Option<&str>; 5] = [
    None,
    Some("channel in ('c1', 'c2')"),
    Some("team = 'N'"),
    Some("'c1' = channel"),
    Some("team <> 'S' and channel = 'c2'"),
];
const METRICS: [&str; 3] = ["done", "rate", "shops"];

fn metrics(otherwise: ElseTarget) -> Vec<MetricDefinition> {
    let of = |id: &str, expr: &str, additive: bool| MetricDefinition {
        additive,
        target: Some(Target::FromTable(otherwise)),
        ..metric(id, Rows::Planned, expr)
    };
    with_own(&[
        of("done", "count(*) filter (where is_done)", true),
        of("rate", "count(*) filter (where is_done) / count(*)", false),
        of("shops", "count(distinct user_id)", false),
    ])
}

fn march() -> Period {
    Period::parse("2026-03-01..2026-04-01", chrono_tz::UTC).expect("a period")
}

/// The report shows the metrics by everything that is asked for.
fn asking(filter: Option<&str>, groupings: &[&str]) -> Report {
    let by = |grouping: &&str| -> SectionBody {
        table(&grouping.split(',').filter(|name| !name.is_empty()).collect::<Vec<_>>(), &METRICS)
    };
    let sections = groupings.iter().map(by).collect();
    Report { filter: filter.map(str::to_owned), ..report(chrono_tz::UTC, sections) }
}

/// The cells of a table by group: the dimensions, then a number for each metric.
fn by_group(table: &DataFrame, dimensions: usize) -> BTreeMap<String, Vec<Option<f64>>> {
    let number = |text: &String| text.parse::<f64>().ok();
    rows_of(table)
        .into_iter()
        .map(|row| (row[..dimensions].join("|"), row[dimensions..].iter().map(number).collect()))
        .collect()
}

fn shown(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.6}"))
}

#[test]
fn what_part_of_its_target_each_group_reached_is_what_sets_say() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = python("numbers_targets.py", &[&folder.path().to_string_lossy(), &SEEDS.to_string()]);
    // seed, condition and dimensions: the lines of one question
    let mut questions: BTreeMap<(usize, usize, &str), Vec<Vec<&str>>> = BTreeMap::new();
    for line in told.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let key = (cells[0].parse().expect("a seed"), cells[1].parse().expect("a number"), cells[2]);
        questions.entry(key).or_default().push(cells[3..].to_vec());
    }
    let groupings: Vec<&str> = {
        let mut all: Vec<&str> = questions.keys().map(|(_, _, by)| *by).collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let metrics = metrics(ElseTarget::Nothing);
    let mut engines: BTreeMap<(usize, usize), Engine> = BTreeMap::new();
    let (mut compared, mut reached, mut differing) = (0, 0, Vec::new());
    for ((seed, condition, grouping), lines) in &questions {
        let engine = engines.entry((*seed, *condition)).or_insert_with(|| {
            let asked = asking(CONDITIONS[*condition], &groupings);
            let source = source(&folder.path().join(format!("{seed}.db")));
            engine_over(&source, &asked, &metrics, &march()).0
        });
        let by: Vec<&str> = grouping.split(',').filter(|name| !name.is_empty()).collect();
        let dimensions: Vec<String> = by.iter().map(|name| (*name).to_owned()).collect();
        let values = engine.values(&METRICS, &by).expect("values");
        let targets = match by.is_empty() {
            true => engine.target_totals(&METRICS).expect("targets"),
            false => engine.targets(&METRICS, &values, &dimensions).expect("targets"),
        };
        let (values, targets) = (by_group(&values, by.len()), by_group(&targets, by.len()));
        assert_eq!(values.len(), lines.len() / METRICS.len(), "{seed} {condition} {grouping}");
        for line in lines {
            let [group, metric, value, target, part] = line.as_slice() else { panic!("{line:?}") };
            let at = METRICS.iter().position(|id| id == metric).expect("a metric");
            let (own, goal) = (values[*group][at], targets[*group][at]);
            let reckoned = own.zip(goal).map(|(own, goal)| own / goal);
            let short = |text: &str| if text == "-" { text.to_owned() } else { shown(text.parse().ok()) };
            let ours = [shown(own), shown(goal), shown(reckoned)];
            let theirs = [short(value), short(target), short(part)];
            compared += 1;
            reached += usize::from(reckoned.is_some());
            // Shares are written with six decimals by the one and divided from nine by the other.
            let near = |(one, other): (&String, &String)| match (one.parse::<f64>(), other.parse::<f64>()) {
                (Ok(one), Ok(other)) => (one - other).abs() < 2e-6,
                _ => one == other,
            };
            if !ours.iter().zip(&theirs).all(near) {
                differing.push(format!(
                    "{seed} {condition} {grouping} {group} {metric}: {ours:?}, sets {theirs:?}"
                ));
            }
        }
    }
    assert!(differing.is_empty(), "{} of {compared}:\n{}", differing.len(), differing.join("\n"));
    assert!(compared > 5_000 && reached > 1_000, "{compared} compared, {reached} with a target");
}

/// A file with tasks of two teams, and these targets.
fn file(rows: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("data.db");
    let db = rusqlite::Connection::open(&path).expect("a database");
    db.execute_batch(&format!(
        "create table tasks (task_id, seller_id, channel, user_id, status, scheduled_at);
         create table sellers (seller_id, full_name, team);
         insert into sellers values ('S1', 'Ana', 'Norte'), ('S2', 'Luz', 'Norte'), ('S3', 'José', 'Sur');
         insert into tasks values
           ('T1', 'S1', 'call', 'U1', 'completed', '2026-03-02T12:00:00Z'),
           ('T2', 'S2', 'call', 'U2', 'completed', '2026-03-02T12:00:00Z'),
           ('T3', 'S3', 'visit', 'U3', 'pending', '2026-03-02T12:00:00Z');
         {rows}"
    ))
    .expect("rows");
    (folder, path)
}

fn whole(path: &std::path::Path, otherwise: ElseTarget) -> (Option<f64>, Vec<Remark>) {
    let (engine, _) = engine_over(&source(path), &asking(None, &["", "team"]), &metrics(otherwise), &march());
    let targets = engine.whole_targets().expect("targets");
    let remarks = engine.remarks();
    (
        targets["done"],
        remarks
            .into_iter()
            .filter(|it| matches!(it, Remark::Targets { metric, .. } if metric == "done"))
            .collect(),
    )
}

#[test]
fn a_source_without_targets_is_told_and_what_the_definition_says_otherwise_holds() {
    let (_folder, path) = file("");
    let absent = |example: &str| Remark::Targets {
        metric: "done".to_owned(),
        fault: TargetFault::Absent,
        count: 0,
        example: example.to_owned(),
    };
    assert_eq!(whole(&path, ElseTarget::Nothing), (None, vec![absent("targets")]));
    assert_eq!(whole(&path, ElseTarget::Always(9.0)), (Some(9.0), vec![absent("targets")]));
    let (_folder, path) = file("create table targets (metric, team, target);");
    assert_eq!(whole(&path, ElseTarget::Nothing), (None, vec![absent("targets.value")]));
}

#[test]
fn kinds_of_periods_that_are_none_are_counted_and_hold_nothing() {
    let (_folder, path) = file(
        "create table targets (metric, period, value);
         insert into targets values ('done', 'mes', 1), ('done', 'mes', 2), ('done', 'quincena', 3), ('rate', 'mes', 1);",
    );
    let (target, remarks) = whole(&path, ElseTarget::Nothing);
    let [Remark::Targets { fault: TargetFault::Period, count: 3, example, .. }] = remarks.as_slice() else {
        panic!("{remarks:?}")
    };
    assert_eq!((target, example.as_str()), (None, "mes"));
}

#[test]
fn targets_at_odds_are_told_once_for_each_group_and_no_constant_takes_their_place() {
    let (_folder, path) = file(
        "create table targets (metric, team, period, value);
         insert into targets values ('done', 'Norte', 'month', 1), ('done', 'Norte', 'month', 2), ('done', 'Sur', 'month', 4);",
    );
    let metrics = metrics(ElseTarget::Always(7.0));
    let (engine, _) = engine_over(&source(&path), &asking(None, &["team"]), &metrics, &march());
    for _ in 0..2 {
        let values = engine.values(&["done"], &["team"]).expect("values");
        let targets = engine.targets(&["done"], &values, &["team".to_owned()]).expect("targets");
        let targets = by_group(&targets, 1);
        assert_eq!((targets["Norte"][0], targets["Sur"][0]), (None, Some(4.0)));
        assert_eq!(engine.whole_targets().expect("targets")["done"], None);
    }
    let told: Vec<Remark> =
        engine.remarks().into_iter().filter(|it| matches!(it, Remark::Targets { .. })).collect();
    let [Remark::Targets { metric, fault: TargetFault::AtOdds, count: 2, example }] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!((metric.as_str(), example.as_str()), ("done", ""), "the whole and one team");
}

#[test]
fn a_group_that_only_the_source_knows_counts_where_its_columns_name_it() {
    let (_folder, path) = file(
        "create table targets (metric, marca, period, value);
         insert into targets values ('done', 'A', 'month', 5), ('done', null, 'month', 8);
         alter table tasks add column brand;
         update tasks set brand = 'A' where task_id = 'T1';",
    );
    let how = |columns: &[(&str, &str)]| parte::definition::FrameSource {
        columns: columns.iter().map(|(name, theirs)| ((*name).to_owned(), (*theirs).to_owned())).collect(),
        ..parte::definition::FrameSource::default()
    };
    let of = |columns: &[(&str, &str)]| {
        let source = source_with(&path, parte::definition::FrameName::Targets, how(columns));
        let asked = asking(None, &["", "brand"]);
        let (engine, _) = engine_over(&source, &asked, &metrics(ElseTarget::Nothing), &march());
        let values = engine.values(&["done"], &["brand"]).expect("values");
        let targets = engine.targets(&["done"], &values, &["brand".to_owned()]).expect("targets");
        (by_group(&targets, 1)["A"][0], engine.whole_targets().expect("targets")["done"])
    };
    assert_eq!(of(&[("brand", "marca")]), (Some(5.0), Some(8.0)));
    assert_eq!(of(&[]), (None, None), "without the word both are said of everything, and differ");
}

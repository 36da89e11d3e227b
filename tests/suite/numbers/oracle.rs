//! Every metric of the catalogue, by every grouping that its rows have and in total, over the demo's data and two public data sets,
//! against the formulas written apart in DuckDB's SQL over the raw rows (`tests/readers/numbers_oracle.py`).

use super::real_data;
use super::setting::*;
use chrono::{NaiveDate, Weekday};
use parte::calendar::Period;
use parte::definition::{MetricDefinition, Report, Rows, Source};
use parte::demo::{Plan, generate};
use parte::metrics::{Engine, catalogue, need};
use parte::source::load;
use polars::prelude::{AnyValue, DataFrame, DataType};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A period in a zone, by its bounds, and the first day of the report's week.
type Case = (&'static str, &'static str, &'static str, &'static str);

/// The values of one group, in the order of the kind's metrics; `None`: the source lacks the metric's columns.
type Group = Vec<Option<String>>;

/// The groups of one case, by kind of rows and grouping, and by their key.
type OfCase = BTreeMap<(String, String), BTreeMap<String, Group>>;

/// What DuckDB says: the metrics of each kind of rows, and for each case, kind and grouping the groups by their key.
#[derive(Default)]
struct Told {
    metrics: BTreeMap<String, Vec<String>>,
    cases: BTreeMap<usize, OfCase>,
}

fn ask(path: &Path, cases: &[Case]) -> Told {
    let mut arguments = vec![path.to_string_lossy().into_owned()];
    arguments.extend(cases.iter().map(|(zone, from, to, week)| format!("{zone}:{from}:{to}:{week}")));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut told = Told::default();
    for line in python("numbers_oracle.py", &arguments).lines() {
        let parts: Vec<&str> = line.split('\t').collect();
        if parts[0] == "rows" {
            told.metrics.insert(parts[1].to_owned(), parts[2..].iter().map(|m| (*m).to_owned()).collect());
            continue;
        }
        let case = told.cases.entry(parts[0].parse().expect("a case")).or_default();
        let groups = case.entry((parts[1].to_owned(), parts[2].to_owned())).or_default();
        let cell = |value: &&str| (*value != "-").then(|| (*value).to_owned());
        let twice = groups.insert(parts[3].to_owned(), parts[4..].iter().map(cell).collect());
        assert!(twice.is_none(), "{line}: a group twice");
    }
    told
}

/// Cells compared, and what differs.
#[derive(Default)]
struct Compared {
    cells: usize,
    /// Of these, the ones with a number.
    filled: usize,
    groups: usize,
    differing: Vec<String>,
    metrics: BTreeSet<String>,
}

/// A report that shows everything by everything, so that each relation is prepared once with all its columns.
fn everything(told: &Told, case: &OfCase, week: &str) -> Report {
    let mut sections = Vec::new();
    for (kind, metrics) in &told.metrics {
        let ids: Vec<&str> = metrics.iter().map(String::as_str).collect();
        let by: BTreeSet<&str> = case
            .keys()
            .filter(|(k, by)| k == kind && !by.is_empty())
            .flat_map(|(_, by)| by.split(','))
            .collect();
        sections.push(table(&by.into_iter().collect::<Vec<_>>(), &ids));
    }
    let week_start = if week == "sun" { Weekday::Sun } else { Weekday::Mon };
    Report { week_start, ..report(chrono_tz::Tz::UTC, sections) }
}

fn definition(id: &str) -> &'static MetricDefinition {
    catalogue().iter().find(|m| m.id == id).unwrap_or_else(|| panic!("the catalogue has no {id}"))
}

/// The grouping as it is asked for: a metric's own dimensions are added by the engine. `None`: the grouping lacks them.
fn asked<'a>(metric: &'a MetricDefinition, by: &[&'a str]) -> Option<Vec<&'a str>> {
    let own: Vec<&str> = metric.by.iter().map(String::as_str).collect();
    // A total is recomputed without the metric's own dimensions.
    if own.is_empty() || by.is_empty() {
        Some(by.to_vec())
    } else {
        by.strip_suffix(own.as_slice()).map(<[_]>::to_vec)
    }
}

/// A metric by its kind of rows and its place among that kind's values.
type Place<'a> = (&'a str, usize);

/// The metrics of each question, by the dimensions said and those that the answer has.
type Questions<'a> = BTreeMap<(Vec<&'a str>, Vec<&'a str>), Vec<Vec<Place<'a>>>>;

/// What is asked of an engine for one period.
fn questions<'a>(told: &'a Told, case: &'a OfCase) -> Questions<'a> {
    let mut all = Questions::new();
    for (kind, by) in case.keys() {
        let by: Vec<&str> = by.split(',').filter(|d| !d.is_empty()).collect();
        let mut of_kind: BTreeMap<Vec<&str>, Vec<Place<'a>>> = BTreeMap::new();
        for (place, id) in told.metrics[kind].iter().enumerate() {
            let metric = definition(id);
            assert_eq!(kind, word(metric.rows), "{id} looks at other rows");
            if let Some(said) = asked(metric, &by) {
                of_kind.entry(said).or_default().push((kind, place));
            }
        }
        for (said, places) in of_kind {
            all.entry((said, by.clone())).or_default().push(places);
        }
    }
    // Tables show metrics of several kinds of rows side by side: some groupings are asked for once more, of all kinds at once.
    for ((said, by), questions) in &mut all {
        if questions.len() > 1 && said == by && matches!(said.as_slice(), [] | ["day" | "team" | "category"])
        {
            questions.push(questions.concat());
        }
    }
    all
}

/// Holds all groups and the totals of one period against what was told of it.
fn compare(engine: &Engine, told: &Told, case: usize, name: &str, compared: &mut Compared) {
    let case = &told.cases[&case];
    for ((said, by), questions) in questions(told, case) {
        for places in questions {
            let ids: Vec<&str> =
                places.iter().map(|(kind, place)| told.metrics[*kind][*place].as_str()).collect();
            let values = if by.is_empty() { engine.totals(&ids) } else { engine.values(&ids, &said) };
            let values = values.unwrap_or_else(|e| panic!("{name}: {ids:?} by {said:?}: {e}; {}", e.hint));
            let got = groups(&values, by.len());
            let joined = by.join(",");
            let expected: BTreeMap<&str, &BTreeMap<String, Group>> = places
                .iter()
                .map(|(kind, _)| (*kind, &case[&((*kind).to_owned(), joined.clone())]))
                .collect();
            let keys: BTreeSet<&String> =
                got.keys().chain(expected.values().flat_map(|g| g.keys())).collect();
            for key in keys {
                compared.groups += 1;
                for (at, (kind, place)) in places.iter().enumerate() {
                    let got = got.get(key).and_then(|row| row[at]);
                    let expected = expected[kind].get(key).and_then(|row| row[*place].as_deref());
                    let expected: Option<f64> = expected
                        .filter(|text| !text.is_empty())
                        .map(|text| text.parse().unwrap_or_else(|e| panic!("{text}: {e}")));
                    compared.cells += 1;
                    compared.filled += usize::from(expected.is_some());
                    if !equal(got, expected) {
                        let what = format!("{} by {by:?} [{key}]", ids[at]);
                        compared.differing.push(format!("{name}: {what}: {got:?} instead of {expected:?}"));
                    }
                }
            }
            compared.metrics.extend(ids.into_iter().map(str::to_owned));
        }
    }
}

fn word(rows: Rows) -> &'static str {
    match rows {
        Rows::Planned => "planned",
        Rows::Scheduled => "scheduled",
        Rows::Completed => "completed",
        Rows::Created => "created",
        Rows::Open => "open",
        Rows::Edges => "edges",
        Rows::Days => "days",
        Rows::Last7Days | Rows::Last28Days | Rows::Assigned => unreachable!("compared elsewhere"),
    }
}

/// Equal but for the rounding of sums and quotients; absent equals absent alone.
fn equal(got: Option<f64>, expected: Option<f64>) -> bool {
    match (got, expected) {
        (None, None) => true,
        (Some(got), Some(expected)) => (got - expected).abs() <= 1e-9 * expected.abs().max(1.0),
        _ => false,
    }
}

/// Rows by their key, of which the first columns are made.
fn groups(values: &DataFrame, width: usize) -> BTreeMap<String, Vec<Option<f64>>> {
    let (keys, numbers) = values.columns().split_at(width);
    let numbers: Vec<_> =
        numbers.iter().map(|column| column.cast(&DataType::Float64).expect("numbers")).collect();
    let mut found = BTreeMap::new();
    for row in 0..values.height() {
        let key: Vec<String> = keys.iter().map(|column| text(&column.get(row).expect("a cell"))).collect();
        let row: Vec<Option<f64>> =
            numbers.iter().map(|column| column.f64().expect("numbers").get(row)).collect();
        let key = key.join("|");
        assert!(row.iter().flatten().all(|v| v.is_finite()), "{key}: {row:?}");
        assert!(found.insert(key.clone(), row).is_none(), "{key}: a group twice");
    }
    found
}

fn text(value: &AnyValue<'_>) -> String {
    match value {
        AnyValue::Null => String::new(),
        AnyValue::String(text) => (*text).to_owned(),
        AnyValue::StringOwned(text) => text.to_string(),
        other => other.to_string(),
    }
}

/// Every case over a source, which is the file at `path`. Cases with the same days share what is read.
fn hold(what: &str, source: &Source, path: &Path, cases: &[Case], least: usize) {
    let started = std::time::Instant::now();
    let told = ask(path, cases);
    let asked_after = started.elapsed();
    let mut same_days: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (number, (_, from, to, _)) in cases.iter().enumerate() {
        same_days.entry((from, to)).or_default().push(number);
    }
    let mut compared = Compared::default();
    for ((from, to), numbers) in same_days {
        let periods: Vec<Period> =
            numbers.iter().map(|n| period(from, to, cases[*n].0.parse().expect("a zone"))).collect();
        let reports: Vec<Report> =
            numbers.iter().map(|n| everything(&told, &told.cases[n], cases[*n].3)).collect();
        let needed = need(&reports[0], catalogue(), &periods).expect("what is needed");
        let frames = load(source, &needed).expect("frames");
        for ((number, period), report) in numbers.iter().zip(&periods).zip(&reports) {
            let engine = Engine::new(report, catalogue(), &frames, period).expect("an engine");
            let name = format!("{what} {from}..{to} {}", cases[*number].0);
            compare(&engine, &told, *number, &name, &mut compared);
            let breaches: Vec<_> = engine
                .remarks()
                .into_iter()
                .filter(|r| matches!(r, parte::source::Remark::Identity { .. }))
                .collect();
            assert!(breaches.is_empty(), "{name}: {breaches:?}");
        }
    }
    println!(
        "{what}: {} periods in zones, {} groups, cells compared: {} ({} with a number), differences: {} ({:.1} s, of which DuckDB {:.1} s)",
        cases.len(),
        compared.groups,
        compared.cells,
        compared.filled,
        compared.differing.len(),
        started.elapsed().as_secs_f64(),
        asked_after.as_secs_f64()
    );
    let shown = compared.differing.iter().take(40).cloned().collect::<Vec<_>>().join("\n");
    assert!(compared.differing.is_empty(), "{} of {}:\n{shown}", compared.differing.len(), compared.cells);
    assert!(compared.filled >= least, "{} numbers compared, at least {least} are expected", compared.filled);
    assert_eq!(compared.metrics, covered_here(), "metrics compared");
}

/// Metrics that this oracle must know: all but those with one of their own.
fn covered_here() -> BTreeSet<String> {
    let ids = catalogue().iter().map(|m| m.id.as_str());
    ids.filter(|id| !ELSEWHERE.contains(id)).map(str::to_owned).collect()
}

/// The demo's data up to the day before `today`.
fn demo(tasks: usize, today: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let today: NaiveDate = day(today);
    let plan = Plan { tasks, today, ..Plan::default() };
    generate(&plan, &folder.path().join("demo.db"), &|_, _| ()).expect("the demo's data");
    folder
}

#[test]
fn every_metric_of_the_demo_agrees_in_days_and_weeks_of_seven_zones_with_clock_changes_and_without_data() {
    let folder = demo(45_000, "2026-11-20");
    let path = folder.path().join("demo.db");
    let cases = [
        // a day, wherever it begins
        ("America/Bogota", "2026-11-17", "2026-11-18", "mon"),
        ("Asia/Kolkata", "2026-11-17", "2026-11-18", "mon"),
        ("Pacific/Chatham", "2026-11-17", "2026-11-18", "mon"),
        // days of 23 and 25 hours, one of which begins at 01:00
        ("America/Santiago", "2026-09-06", "2026-09-07", "mon"),
        ("America/New_York", "2026-11-01", "2026-11-02", "mon"),
        ("Pacific/Chatham", "2026-09-27", "2026-09-28", "mon"),
        // weeks
        ("America/Bogota", "2026-11-09", "2026-11-16", "mon"),
        ("America/Sao_Paulo", "2026-11-09", "2026-11-16", "mon"),
        ("Asia/Kolkata", "2026-11-09", "2026-11-16", "mon"),
        // weeks with a change of the clocks
        ("America/Santiago", "2026-08-31", "2026-09-07", "mon"),
        ("America/New_York", "2026-10-26", "2026-11-02", "mon"),
        ("Pacific/Chatham", "2026-09-21", "2026-09-28", "mon"),
        // weeks that begin on a Sunday, at the edges of the data
        ("UTC", "2026-07-26", "2026-08-02", "sun"),
        ("America/Bogota", "2026-11-15", "2026-11-22", "sun"),
        // nothing before, nothing after
        ("America/Bogota", "2025-01-06", "2025-01-13", "mon"),
        ("UTC", "2027-01-04", "2027-01-11", "mon"),
    ];
    hold("demo, days and weeks", &source(&path), &path, &cases, 700_000);
}

#[test]
fn every_metric_of_the_demo_agrees_in_months_quarters_and_the_month_so_far() {
    let folder = demo(45_000, "2026-11-20");
    let path = folder.path().join("demo.db");
    let cases = [
        ("America/Bogota", "2026-10-01", "2026-11-01", "mon"),
        ("America/Santiago", "2026-09-01", "2026-10-01", "sun"),
        ("Pacific/Chatham", "2026-10-01", "2026-11-01", "mon"),
        // the month so far
        ("America/Bogota", "2026-11-01", "2026-11-20", "mon"),
        ("America/New_York", "2026-11-01", "2026-11-20", "sun"),
        // a quarter, and one that is not over
        ("America/Sao_Paulo", "2026-07-01", "2026-10-01", "mon"),
        ("Asia/Kolkata", "2026-10-01", "2027-01-01", "mon"),
    ];
    hold("demo, months and quarters", &source(&path), &path, &cases, 950_000);
}

#[test]
fn every_metric_agrees_on_a_leap_day_and_around_it() {
    let folder = demo(6_000, "2028-03-10");
    let path = folder.path().join("demo.db");
    let cases = [
        ("America/Bogota", "2028-02-29", "2028-03-01", "mon"),
        ("America/Sao_Paulo", "2028-02-28", "2028-03-06", "mon"),
        ("Pacific/Chatham", "2028-02-01", "2028-03-01", "mon"),
        ("America/Santiago", "2028-03-01", "2028-04-01", "mon"),
    ];
    hold("demo, leap year", &source(&path), &path, &cases, 130_000);
}

#[test]
fn every_metric_of_the_public_data_agrees_in_the_year_of_the_flights_and_that_of_the_customers() {
    let path = real_data::database();
    let cases = [
        // departures: the week and the day on which the clocks of New York go forward, and back
        ("America/New_York", "2013-03-10", "2013-03-11", "mon"),
        ("America/New_York", "2013-03-04", "2013-03-11", "mon"),
        ("UTC", "2013-03-04", "2013-03-11", "mon"),
        ("America/New_York", "2013-10-28", "2013-11-04", "mon"),
        ("America/Santiago", "2013-09-02", "2013-09-09", "mon"),
        // São Paulo's clocks went forward at midnight then
        ("America/Sao_Paulo", "2013-10-14", "2013-10-21", "sun"),
        ("America/New_York", "2013-06-01", "2013-07-01", "mon"),
        // customers
        ("UTC", "1997-03-24", "1997-03-31", "mon"),
        ("America/Bogota", "1997-03-01", "1997-04-01", "mon"),
        ("Asia/Kolkata", "1997-04-01", "1997-07-01", "sun"),
        ("UTC", "1997-12-31", "1998-01-01", "mon"),
        // the last day there is, and after it
        ("UTC", "1998-06-30", "1998-07-01", "mon"),
        ("UTC", "1998-07-01", "1998-07-08", "mon"),
    ];
    hold("flights and CDNOW", &real_data::real(), path, &cases, 48_000);
}

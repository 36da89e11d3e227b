//! Reports, sources and periods made by hand, and the Python that independent numbers come from.

use chrono::{NaiveDate, Weekday};
use chrono_tz::Tz;
use parte::calendar::{Period, PeriodRule, Workdays};
use parte::definition::Better;
use parte::definition::{
    CatchUp, CsvDialect, FrameName, FrameSource, MetricDefinition, Overlap, QuerySection, Report, ReportId,
    Rows, Section, SectionBody, Source, SourceId, SourceKind, TableSection, Text, ValueFormat,
};
use parte::metrics::{Engine, catalogue, need};
use parte::source::{Frames, load};
use polars::prelude::{AnyValue, DataFrame};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Metrics with an oracle of their own beside those over raw rows.
pub(super) const ELSEWHERE: [&str; 10] = [
    "visit_coverage",
    "users_assigned",
    "backlog_by_age",
    "users_by_l7",
    "users_by_l28",
    "engaged_days_l7",
    "engaged_days_l28",
    "engaged_days_l28_median",
    "cohort_retention_weeks",
    "cohort_retention_months",
];

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

pub(super) fn period(from: &str, to: &str, zone: Tz) -> Period {
    Period::new(day(from), day(to), zone, None).expect("a period")
}

/// A report with these sections.
pub(super) fn report(zone: Tz, bodies: Vec<SectionBody>) -> Report {
    let sections = bodies
        .into_iter()
        .enumerate()
        .map(|(n, body)| Section { id: format!("s{n}"), title: None, only: Vec::new(), body })
        .collect();
    Report {
        id: ReportId::parse("try").expect("an id"),
        title: Text::from("Try"),
        subtitle: None,
        zone,
        locale: "es-CO".to_owned(),
        currency: None,
        week_start: Weekday::Mon,
        workdays: Workdays::monday_to_friday(),
        schedule: None,
        period: PeriodRule::Fixed(day("2026-01-01"), day("2026-01-02")),
        csv: CsvDialect::default(),
        summary: true,
        compare: Vec::new(),
        source: SourceId::parse("real").expect("an id"),
        filter: None,
        params: parte::definition::Params::default(),
        formats: Vec::new(),
        catch_up: CatchUp::None,
        overlap: Overlap::Queue,
        expect: None,
        paused: false,
        time_limit: std::time::Duration::from_secs(3600),
        sections,
        deliver: Vec::new(),
        owner: Vec::new(),
    }
}

pub(super) fn table(by: &[&str], metrics: &[&str]) -> SectionBody {
    SectionBody::Table(TableSection {
        by: by.iter().map(|b| (*b).to_owned()).collect(),
        metrics: metrics.iter().map(|m| (*m).to_owned()).collect(),
        totals: true,
        ..TableSection::default()
    })
}

/// A section of an analyst's own query.
pub(super) fn own_query(sql: &str) -> SectionBody {
    SectionBody::Sql(QuerySection { sql: sql.to_owned(), limit: None })
}

pub(super) fn metric(id: &str, rows: Rows, expr: &str) -> MetricDefinition {
    MetricDefinition {
        id: id.to_owned(),
        label: Text::from(id),
        description: Text::from(id),
        formula: Text::from(id),
        denominator: None,
        follows: None,
        of: rows.frame().as_str().to_owned(),
        rows,
        expr: expr.to_owned(),
        by: Vec::new(),
        optional: Vec::new(),
        format: ValueFormat::Hours(1),
        better: Better::Neither,
        additive: false,
        target: None,
        otherwise: None,
    }
}

pub(super) fn source(path: &Path) -> Source {
    Source {
        id: SourceId::parse("real").expect("an id"),
        kind: SourceKind::Sqlite(path.to_owned()),
        frames: BTreeMap::new(),
    }
}

pub(super) fn source_with(path: &Path, frame: FrameName, how: FrameSource) -> Source {
    Source { frames: BTreeMap::from([(frame, how)]), ..source(path) }
}

/// The catalogue with these over it.
pub(super) fn with_own(own: &[MetricDefinition]) -> Vec<MetricDefinition> {
    catalogue().iter().filter(|m| own.iter().all(|o| o.id != m.id)).chain(own).cloned().collect()
}

/// From a source to an engine, as the pipeline does it.
pub(super) fn engine_over(
    source: &Source,
    report: &Report,
    metrics: &[MetricDefinition],
    period: &Period,
) -> (Engine, Frames) {
    let need = need(report, metrics, std::slice::from_ref(period)).expect("what is needed");
    let frames = load(source, &need).expect("frames");
    let engine = Engine::new(report, metrics, &frames, period).expect("an engine");
    (engine, frames)
}

/// Rows of a table as text; absent is empty, floats with six decimals.
pub(super) fn rows_of(table: &DataFrame) -> Vec<Vec<String>> {
    (0..table.height())
        .map(|row| table.columns().iter().map(|c| cell(&c.get(row).expect("a cell"))).collect())
        .collect()
}

fn cell(value: &AnyValue<'_>) -> String {
    match value {
        AnyValue::Null => String::new(),
        AnyValue::String(text) => (*text).to_owned(),
        AnyValue::StringOwned(text) => text.to_string(),
        AnyValue::Int64(n) => n.to_string(),
        AnyValue::Float64(n) => format!("{n:.6}"),
        other => other.to_string(),
    }
}

/// Rows of a CSV file without quotes in it, the head first.
pub(super) fn csv_rows(text: &str) -> Vec<Vec<String>> {
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

pub(super) fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Runs one of the Python readers and gives what it wrote to its standard output.
pub(super) fn python(script: &str, arguments: &[&str]) -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "the interpreter with the independent readers is named by the environment"
    )]
    let interpreter = std::env::var("PARTE_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let out = Command::new(&interpreter)
        .arg(repository().join("tests/readers").join(script))
        .args(arguments)
        .output()
        .unwrap_or_else(|e| panic!("{interpreter}: {e}"));
    assert!(out.status.success(), "{script}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).expect("UTF-8")
}

//! `[[report.section]]`: what a report says, in order.

use super::file::Known;
use super::frames::Frames;
use super::problems::{Read, Reported};
use super::report::some_formats;
use super::source::known;
use super::table::{Refused, Spot, Table};
use super::{chart, detail, kpis, metric, metric_table, slug, sql, sql_names, template, words};
use crate::calendar::PeriodRule;
use crate::definition::{ChartKind, Comparison, Format, Language, QuerySection, Section, SectionBody, Text};
use crate::suggest;
use std::collections::{BTreeMap, BTreeSet};

pub(super) const KINDS: [&str; 6] = ["kpis", "table", "chart", "sql", "detail", "text"];

const LATER: &[Refused] = &[
    ("metrics", "metrics stand inside of a table or chart: table = { by = [...], metrics = [...] }"),
    ("by", "it stands inside of a table or chart: table = { by = [...], metrics = [...] }"),
];

pub(super) const CHARTS: [(&str, ChartKind); 9] = [
    ("bars", ChartKind::Bars),
    ("line", ChartKind::Line),
    ("area", ChartKind::Area),
    ("heatmap", ChartKind::Heatmap),
    ("cohort", ChartKind::Cohort),
    ("flow", ChartKind::Flow),
    ("funnel", ChartKind::Funnel),
    ("bullet", ChartKind::Bullet),
    ("spark", ChartKind::Spark),
];

/// Nobody reads more rows than this; a query gives more.
pub(super) const MOST_ROWS: i64 = 100_000;

/// What the numbers of a report are compared with, and the period that they are of: each where it is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Compared<'a> {
    pub(super) with: Option<&'a [Comparison]>,
    pub(super) period: Option<&'a PeriodRule>,
}

/// Reads the sections of a report; `formats` are the report's, where they are known.
pub(super) fn read_all(
    report: &Table<'_>,
    known: &Known<'_>,
    frames: &Frames,
    formats: Option<&Vec<Spot<Format>>>,
    compared: Compared<'_>,
) -> Read<Vec<Section>> {
    let mut taken = BTreeSet::new();
    let mut sections = Vec::new();
    let tables = report.tables("section", "[[report.section]]", LATER)?;
    let mut fault: Option<Reported> = None;
    if tables.is_empty() {
        report.misspelt("section")?;
        if report.page().lost_mentions("section") {
            return Err(report.problems().told_by_syntax());
        }
        let what = format!("{} has no section", report.name());
        let hint = "add a line [[report.section]] below it, then kpis = [...], table = { ... } or another";
        fault = Some(report.problems().add("missing-section", &report.place(), what, "says nothing", hint));
    }
    for table in &tables {
        match read(table, known, frames, formats, compared, &mut taken) {
            Ok(section) => sections.push(section),
            Err(reported) => fault = Some(reported),
        }
    }
    fault.map_or(Ok(sections), Err)
}

fn read(
    table: &Table<'_>,
    known: &Known<'_>,
    frames: &Frames,
    formats: Option<&Vec<Spot<Format>>>,
    compared: Compared<'_>,
    taken: &mut BTreeSet<String>,
) -> Read<Section> {
    let title = words::text(table, "title").map(|title| title.map(words::WrittenText::into_text));
    let only = some_formats(table, "only", formats);
    let kinds: Vec<&'static str> = KINDS.into_iter().filter(|kind| table.has(kind)).collect();
    let body = match kinds.as_slice() {
        [kind] => body(table, kind, known, frames, compared),
        [] if table.has_unknown_keys() => Err(table.problems().told_later()),
        [] if KINDS.iter().any(|kind| table.page().lost_mentions(kind)) => {
            Err(table.problems().told_by_syntax())
        }
        [] => {
            let what = "this section has no content";
            let hint = "write one of kpis = [...], table = { ... }, chart = { ... }, sql = \"...\", detail = { ... }, text = \"...\"";
            Err(table.problems().add("missing-content", &table.place(), what, "says nothing", hint))
        }
        [first, second, ..] => {
            let what = format!("this section has both `{first}` and `{second}`");
            let hint = "a section shows one thing: begin another [[report.section]] for the second";
            let place = table.key_place(second);
            Err(table.problems().add("conflicting-keys", &place, what, "one too many", hint))
        }
    };
    let (title, body, only) = (title?, body?, only?);
    let kind = kinds.first().copied().unwrap_or_default();
    let name = title.as_ref().and_then(title_name).unwrap_or_else(|| kind.to_owned());
    let id = slug::unique(name, |name| taken.contains(name));
    taken.insert(id.clone());
    Ok(Section { id, title, only: only.unwrap_or_default(), body })
}

fn title_name(title: &Text) -> Option<String> {
    slug::slug(title.in_language(Language::Es))
}

fn body(
    table: &Table<'_>,
    kind: &'static str,
    known: &Known<'_>,
    frames: &Frames,
    compared: Compared<'_>,
) -> Read<SectionBody> {
    match kind {
        "kpis" => kpis::read(table, known, frames).map(SectionBody::Kpis),
        "table" => {
            const HINT: &str = "write table = { by = [\"team\"], metrics = [\"tasks_planned\"] }";
            let inner = table.need("table", table.table("table", "table", HINT, &[]), HINT)?;
            metric_table::read(&inner, known, frames, compared).map(SectionBody::Table)
        }
        "chart" => {
            const HINT: &str =
                "write chart = { kind = \"bars\", x = \"day\", metrics = [\"tasks_completed\"] }";
            let inner = table.need("chart", table.table("chart", "chart", HINT, &[]), HINT)?;
            chart::read(&inner, known, frames).map(SectionBody::Chart)
        }
        "sql" => {
            let spot = table.need("sql", table.string("sql"), "write sql = \"select ...\"")?;
            let tree = sql::select(table.page(), &spot)?;
            sql_names::query(table.page(), &spot, &tree, frames)?;
            Ok(SectionBody::Sql(QuerySection { sql: spot.value, limit: None }))
        }
        "detail" => {
            let inner =
                table.need("detail", table.table("detail", "detail", detail::HINT, &[]), detail::HINT)?;
            detail::query(&inner, frames).map(SectionBody::Sql)
        }
        _ => {
            let text = table.need("text", words::text(table, "text"), "write text = \"...\"")?;
            template::check(table.page(), &text, template::PARAGRAPH, known)?;
            template::check_comparisons(table.page(), &text, known, compared.with)?;
            Ok(SectionBody::Text(text.into_text()))
        }
    }
}

/// A list of known metrics that must be there and not be empty.
pub(super) fn metrics(
    table: &Table<'_>,
    key: &'static str,
    hint: &'static str,
    things: &Known<'_>,
) -> Read<Vec<Spot<String>>> {
    let list = table.need(key, table.strings(key), hint)?;
    let mut fault = None;
    if list.value.is_empty() {
        let what = format!("`{key}` is empty");
        fault = Some(table.problems().add("empty-list", &list.place, what, "nothing here", hint));
    }
    let mut kept: Vec<Spot<String>> = Vec::new();
    for spot in list.value {
        if kept.iter().any(|other| other.value == spot.value) {
            fault = Some(metric::twice(table, &spot));
            continue;
        }
        if let Err(reported) = known(table, &spot, "metric", "unknown-metric", things.metrics) {
            fault = Some(reported);
        }
        kept.push(spot);
    }
    fault.map_or(Ok(kept), Err)
}

/// Are these columns of the rows that one of the metrics looks at?
pub(super) fn dimensions(
    inner: &Table<'_>,
    by: &[Spot<String>],
    metrics: &Read<Vec<Spot<String>>>,
    known: &Known<'_>,
    frames: &Frames,
) -> Read<()> {
    let Ok(metrics) = metrics else { return Ok(()) };
    if by.is_empty() {
        return Ok(());
    }
    let (mut of_rows, mut own) = (BTreeMap::new(), BTreeSet::new());
    for metric in metrics {
        let Some(definition) = known.metric(&metric.value) else { return Ok(()) };
        for way in definition.ways() {
            let Some(columns) = frames.of_rows(way.rows) else { return Ok(()) };
            of_rows.insert(way.rows, columns);
            own.extend(way.by.iter().chain(&way.optional).map(String::as_str));
        }
    }
    let is_there = |name: &str| own.contains(name) || of_rows.values().any(|columns| columns.contains(name));
    let mut fault = None;
    for spot in by.iter().filter(|spot| !is_there(&spot.value)) {
        let what = format!("no metric here can be shown by `{}`: their rows have no such column", spot.value);
        let columns = of_rows.values().flat_map(|columns| columns.iter().map(String::as_str));
        let columns: BTreeSet<&str> = columns.chain(own.iter().copied()).collect();
        let hint = match suggest::closest(&spot.value, columns) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => sql_names::declare_it(&spot.value),
        };
        fault = Some(inner.problems().add("unknown-column", &spot.place, what, "no such column", hint));
    }
    fault.map_or(Ok(()), Err)
}

/// Reads `limit = 20`: at most so many rows.
pub(super) fn limit(inner: &Table<'_>) -> Read<Option<usize>> {
    let Some(spot) = inner.integer("limit")? else { return Ok(None) };
    match usize::try_from(spot.value) {
        Ok(limit) if (1..=MOST_ROWS).contains(&spot.value) => Ok(Some(limit)),
        _ => {
            let what = format!("a table cannot be cut after {} rows", spot.value);
            let hint = format!("write 1 to {MOST_ROWS}, or delete it to show all");
            Err(inner.problems().add("out-of-range", &spot.place, what, "not a number of rows", hint))
        }
    }
}

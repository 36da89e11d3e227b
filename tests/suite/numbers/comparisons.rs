//! Tables with comparisons, a condition on groups and the rest beyond a limit, against the same tables written apart in
//! DuckDB's SQL, with periods that were computed apart too.

use super::setting::python;
use chrono::{NaiveDate, NaiveTime};
use parte::calendar::{Period, instant_of};
use parte::definition::{Definitions, load};
use parte::document::{Body, BuildInput, Document, Table, Value, build};
use parte::metrics::{Engine, catalogue, need};
use parte::source;
use std::path::{Path, PathBuf};

/// Rules and days: among them the end of a month after a shorter one, days around 29 February, the turn of a year, and periods
/// a year before which there is nothing.
const CASES: [(&str, &str); 17] = [
    ("previous day", "2026-03-11"),
    ("previous week", "2026-03-11"),
    ("previous week", "2025-01-02"),
    ("previous month", "2026-03-31"),
    ("previous month", "2025-03-01"),
    ("previous month", "2025-01-15"),
    ("previous quarter", "2026-02-10"),
    ("previous 7 days", "2026-03-11"),
    ("previous 45 days", "2025-03-31"),
    ("week to date", "2026-03-12"),
    ("week to date", "2025-01-03"),
    ("month to date", "2026-03-11"),
    ("month to date", "2025-03-31"),
    ("month to date", "2025-12-31"),
    ("quarter to date", "2025-12-31"),
    ("quarter to date", "2026-02-10"),
    ("year to date", "2026-03-11"),
];
const LIMIT: usize = 6;
const METRICS: [&str; 5] = ["n", "share", "minutes", "people", "sales"];

fn data(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("numbers_{name}.db"));
    let _ = std::fs::remove_file(&path);
    python("comparisons.py", &["make", &path.to_string_lossy()]);
    path
}

fn definitions(data: &Path, rule: &str, compare: &str) -> Definitions {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("reports.toml");
    let metric = |id: &str, expr: &str, format: &str| {
        format!("[metrics.{id}]\nlabel = \"{id}\"\nexpr = \"{expr}\"\nformat = \"{format}\"\n")
    };
    let metrics = [
        metric("n", "count(*)", "integer"),
        metric("share", "count(*) filter (where is_done) / count(*)", "percent.1"),
        metric("minutes", "median(duration_min)", "decimal.2"),
        metric("people", "count(distinct user_id)", "integer"),
        metric("sales", "coalesce(sum(sales_amount), 0)", "integer"),
    ]
    .concat();
    let text = format!(
        "version = 1\n[defaults]\ntimezone = \"America/Bogota\"\nlocale = \"es-CO\"\n[sources.data]\nurl = \"sqlite:{}\"\n\
         {metrics}[[report]]\nid = \"r\"\ntitle = \"R\"\nperiod = \"{rule}\"\nformats = [\"pdf\"]\n[[report.section]]\n\
         table = {{ by = [\"seller\"], metrics = [{}], compare = [{compare}], sort = \"-n\", limit = {LIMIT}, others = true, \
         having = \"n >= 2 and share > 0.3\", totals = true }}\n",
        data.display(),
        METRICS.map(|id| format!("\"{id}\"")).join(", "),
    );
    std::fs::write(&path, text).expect("written");
    load(&path, catalogue()).unwrap_or_else(|e| panic!("{}", e.render(false, 120)))
}

/// The document of a day, and the periods it is about: its own, then the others.
fn document(definitions: &Definitions, day: &str) -> (Document, Vec<Period>) {
    let report = &definitions.reports[0];
    let day: NaiveDate = day.parse().expect("a day");
    let at = instant_of(day.and_time(NaiveTime::from_hms_opt(7, 0, 0).expect("a time")), report.zone);
    let period = report.period_at(at, None);
    let others = report.compared_periods(&period);
    let periods: Vec<Period> =
        std::iter::once(period.clone()).chain(others.iter().map(|(_, other)| other.clone())).collect();
    let needed = need(report, &definitions.metrics, &periods).expect("what is needed");
    let frames = source::load(&definitions.sources[&report.source], &needed).expect("the frames");
    let engine = |of: &Period| Engine::new(report, &definitions.metrics, &frames, of).expect("an engine");
    let compared: Vec<_> = others.iter().map(|(with, other)| (*with, engine(other))).collect();
    let current = engine(&period);
    let input = BuildInput {
        definitions,
        report,
        period: &period,
        current: &current,
        compared: &compared,
        earlier: &[],
        generated: at,
    };
    (build(&input).unwrap_or_else(|e| panic!("{e}: {}", e.hint)), periods)
}

fn table(document: &Document) -> &Table {
    match &document.sections[0].body {
        Body::Table(table) => table,
        other => panic!("no table: {other:?}"),
    }
}

fn text(value: Option<Value>) -> String {
    match value {
        None => String::new(),
        Some(Value::Text(text)) => text,
        Some(Value::Number(number)) => format!("{:?}", number + 0.0),
        Some(other) => panic!("{other:?}"),
    }
}

/// The table's rows as the other engine writes them.
fn lines(table: &Table, others: bool) -> Vec<String> {
    let mut lines: Vec<String> = (0..table.len())
        .map(|row| table.columns.iter().map(|c| text(c.values.get(row))).collect::<Vec<_>>().join("\t"))
        .collect();
    if others {
        let last = lines.pop().expect("the rest");
        lines.push(last.replacen("Otros\t", "others\t", 1));
    }
    let totals = table.totals.iter().flatten().skip(1).cloned().map(text);
    lines.push(std::iter::once("total".to_owned()).chain(totals).collect::<Vec<_>>().join("\t"));
    lines.into_iter().map(|line| line.replacen("(sin vendedor)", "", 1)).collect()
}

#[test]
fn tables_agree_with_duckdb_for_every_rule_whatever_they_are_compared_with() {
    let path = data("comparisons");
    let (mut cells, mut absent) = (0, 0);
    for (rule, day) in CASES {
        let both = rule != "year to date";
        let definitions = definitions(&path, rule, if both { "\"previous\", \"year\"" } else { "\"year\"" });
        let (document, periods) = document(&definitions, day);
        let having = "n >= 2 and share > 0.3";
        let told = python(
            "comparisons.py",
            &["ask", &path.to_string_lossy(), rule, day, &LIMIT.to_string(), having],
        );
        let of = |kind: &str| -> Vec<String> {
            let lines = told.lines().filter_map(|line| line.strip_prefix(&format!("{kind}\t")));
            lines.map(str::to_owned).collect()
        };
        let mut expected_periods = of("period");
        if !both {
            expected_periods.remove(1);
        }
        let names = if both { vec!["own", "previous", "year"] } else { vec!["own", "year"] };
        let shown: Vec<String> = names
            .iter()
            .zip(&periods)
            .map(|(name, period)| format!("{name}\t{}\t{}", period.from(), period.to()))
            .collect();
        assert_eq!(shown, expected_periods, "{rule} on {day}");

        let mut rows = of("row");
        if !both {
            rows.iter_mut().for_each(|row| *row = without_previous(row));
        }
        let has_others = rows.iter().any(|row| row.starts_with("others\t"));
        assert_eq!(lines(table(&document), has_others), rows, "{rule} on {day}");
        cells += rows.iter().map(|row| row.split('\t').count()).sum::<usize>();
        absent += rows.iter().flat_map(|row| row.split('\t')).filter(|cell| cell.is_empty()).count();

        let cut: Vec<usize> = of("cut")[0].split('\t').map(|n| n.parse().expect("a number")).collect();
        let notes = document.sections[0].notes.join(" ");
        let stated = format!("Se muestran {} de {} vendedores.", cut[0], cut[1]);
        assert_eq!(notes.contains(&stated), cut[0] < cut[1], "{rule} on {day}: {notes}");
        let left_out =
            format!("Sin mostrar (vendedores): {}, que no cumplen «n >= 2 y share > 0.3».", cut[2]);
        assert_eq!(notes.contains(&left_out), cut[2] > 0, "{rule} on {day}: {notes}");
    }
    assert!(cells > 2000 && absent > 100, "{cells} cells, {absent} of them absent");
}

/// A row of the other engine without what is said of the period before: each metric has a value, and for each
/// comparison a change and, but for shares, a relative change.
fn without_previous(row: &str) -> String {
    let cells: Vec<&str> = row.split('\t').collect();
    let mut kept = vec![cells[0]];
    let mut at = 1;
    for metric in METRICS {
        let of_comparison = if metric == "share" { 1 } else { 2 };
        kept.push(cells[at]);
        kept.extend(&cells[at + 1 + of_comparison..at + 1 + 2 * of_comparison]);
        at += 1 + 2 * of_comparison;
    }
    kept.join("\t")
}

#[test]
fn no_comparison_is_ever_infinite_or_a_false_zero() {
    let path = data("absent");
    // There is nothing a year before the first months of the data.
    let definitions = definitions(&path, "previous month", "\"previous\", \"year\"");
    let (document, _) = document(&definitions, "2024-02-05");
    let table = table(&document);
    let of_year: Vec<_> = table.columns.iter().filter(|column| column.id.contains("_year_")).collect();
    assert_eq!(of_year.len(), 9);
    for column in of_year {
        assert!((0..table.len()).all(|row| column.values.get(row).is_none()), "{column:?}");
    }
    let shown = lines(table, true).join("\n").to_lowercase();
    assert!(!shown.contains("nan") && !shown.contains("inf"), "{shown}");
}

//! Heatmaps: cells are those of a table by the same two columns, and what has no row has no value.

use super::setting::{Setting, weekly};
use parte::document::{Body, Chart, ChartStyle, Document, Table, Value};
use std::collections::BTreeMap;

const SECTIONS: &str = r#"
  [[report.section]]
  chart = { kind = "heatmap", x = "day", by = "team", metrics = ["tasks_completed"] }

  [[report.section]]
  table = { by = ["team", "day"], metrics = ["tasks_completed"] }

  [[report.section]]
  chart = { kind = "heatmap", x = "state_end", metrics = ["state_transitions"] }

  [[report.section]]
  table = { metrics = ["state_transitions"] }

  [[report.section]]
  chart = { kind = "heatmap", x = "user_name", by = "type", metrics = ["completion_rate"] }
"#;

fn chart(document: &Document, section: usize) -> &Chart {
    match &document.sections[section].body {
        Body::Chart(chart) if chart.style == ChartStyle::Heatmap => chart,
        other => panic!("no heatmap: {other:?}"),
    }
}

fn table(document: &Document, section: usize) -> &Table {
    match &document.sections[section].body {
        Body::Table(table) => table,
        other => panic!("no table: {other:?}"),
    }
}

fn text(value: Option<Value>) -> String {
    match value {
        Some(Value::Text(text)) => text,
        Some(Value::Date(day)) => day.format("%-d").to_string(),
        other => panic!("{other:?}"),
    }
}

fn number(value: Option<Value>) -> Option<f64> {
    match value {
        None => None,
        Some(Value::Number(number)) => Some(number),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_cells_of_a_heatmap_are_those_of_a_table_by_the_same_columns() {
    let setting = Setting::new();
    let document = setting.document(&setting.definitions("es-CO", &weekly(SECTIONS)));
    let (drawn, listed) = (chart(&document, 0), table(&document, 1));
    assert_eq!(drawn.categories, ["lun 9", "mar 10", "mié 11", "jue 12", "vie 13", "sáb 14", "dom 15"]);
    assert_eq!((drawn.x_label.as_str(), drawn.series_label.as_deref()), ("Día", Some("Equipo")));
    let cells: BTreeMap<(String, String), Option<f64>> = (0..listed.len())
        .map(|row| {
            let of = |column: usize| listed.columns[column].values.get(row);
            ((text(of(0)), text(of(1))), number(of(2)))
        })
        .collect();
    let mut seen = 0;
    for series in &drawn.series {
        for (category, value) in drawn.categories.iter().zip(&series.values) {
            let day = category.rsplit(' ').next().expect("a day").to_owned();
            let expected = cells.get(&(series.label.clone(), day)).copied().flatten();
            assert_eq!(*value, expected, "{} on {category}", series.label);
            seen += usize::from(value.is_some());
        }
    }
    assert!(seen == cells.values().flatten().count() && seen >= 18, "{seen}");
    // No work on Sundays: the day stays, and has no value, though a count of nothing would be 0.
    assert!(drawn.series.iter().all(|series| series.values[6].is_none()));
    assert!(drawn.alt.contains("Sin dato: dom 15"), "{}", drawn.alt);
}

#[test]
fn a_metric_with_two_columns_of_its_own_has_the_other_one_down_the_rows() {
    let setting = Setting::new();
    let document = setting.document(&setting.definitions("es-CO", &weekly(SECTIONS)));
    let (drawn, listed) = (chart(&document, 2), table(&document, 3));
    let headings: Vec<&str> = listed.columns.iter().skip(1).map(|column| column.label.as_str()).collect();
    assert_eq!(drawn.categories, headings);
    for (row, series) in drawn.series.iter().enumerate() {
        assert_eq!(series.label, text(listed.columns[0].values.get(row)));
        let values: Vec<Option<f64>> =
            listed.columns.iter().skip(1).map(|column| number(column.values.get(row))).collect();
        assert_eq!(series.values, values, "{}", series.label);
    }
    assert_eq!(drawn.series.len(), listed.len());
}

#[test]
fn more_columns_than_can_be_read_are_cut_and_that_is_stated_in_each_language() {
    let setting = Setting::new();
    for (locale, note) in [
        ("es-CO", "Se muestran las 31 columnas mayores de 40."),
        ("en-US", "The 31 largest of 40 columns are shown."),
        ("pt-BR", "São mostradas as 31 maiores colunas de 40."),
    ] {
        let document = setting.document(&setting.definitions(locale, &weekly(SECTIONS)));
        assert_eq!(document.sections[4].notes, [note]);
        let drawn = chart(&document, 4);
        assert_eq!(drawn.categories.len(), 31);
        assert!(drawn.series.iter().all(|series| series.values.len() == 31));
    }
}

#[test]
fn cohorts_have_bare_numbers_along_and_weeks_down_and_none_without_a_value() {
    let setting = Setting::of_the_demo();
    let section = "\n  [[report.section]]\n  \
         chart = { kind = \"heatmap\", x = \"weeks_since_signup\", metrics = [\"cohort_retention_weeks\"] }\n";
    let report = weekly(section).replace("previous week", "2026-08-01..2026-11-01");
    let definitions =
        setting.definitions("es-CO", &report.replace("compare = [\"previous\", \"target\"]\n", ""));
    let document = setting.document(&definitions);
    let drawn = chart(&document, 0);
    let weeks: Vec<String> = (0..=12).map(|week: u32| week.to_string()).collect();
    assert_eq!(drawn.categories, weeks, "beyond the twelfth nothing is computed");
    assert!(drawn.series.iter().all(|series| series.label.starts_with("sem. ")), "{:?}", drawn.series);
    assert!(drawn.series.iter().all(|series| series.values.iter().any(Option::is_some)));
    let last = drawn.series.last().expect("the latest cohort");
    assert!(last.values[0].is_some() && last.values[2..].iter().all(Option::is_none), "{last:?}");
}

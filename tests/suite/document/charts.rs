//! Areas, cohorts, flows, funnels, bullets and sparks: their numbers are those of tables and tiles of the same metrics, and their words say them.

use super::setting::{Setting, weekly};
use parte::document::{Body, Chart, ChartStyle, Direction, Document, Kpi, Table, Value};

const SECTIONS: &str = r#"
  [[report.section]]
  kpis = { metrics = ["tasks_planned", "tasks_completed", "completion_rate", "engaged_share"], spark = "day" }

  [[report.section]]
  chart = { kind = "flow", metrics = ["state_transitions"] }

  [[report.section]]
  table = { metrics = ["state_transitions"] }

  [[report.section]]
  chart = { kind = "flow", x = "type", by = "team", metrics = ["tasks_completed"] }

  [[report.section]]
  chart = { kind = "funnel", metrics = ["tasks_planned", "tasks_completed", "sales"] }

  [[report.section]]
  chart = { kind = "funnel", metrics = ["state_distribution"] }

  [[report.section]]
  chart = { kind = "bullet", metrics = ["completion_rate", "on_time_rate", "tasks_planned"] }

  [[report.section]]
  chart = { kind = "bullet", x = "team", metrics = ["completion_rate"] }

  [[report.section]]
  table = { by = ["team"], metrics = ["completion_rate"], compare = ["target"] }

  [[report.section]]
  chart = { kind = "spark", x = "day", metrics = ["tasks_completed", "completion_rate"] }

  [[report.section]]
  chart = { kind = "area", x = "day", by = "type", metrics = ["tasks_completed"], stacked = true }

  [[report.section]]
  chart = { kind = "area", x = "day", metrics = ["completion_rate"] }

  [[report.section]]
  chart = { kind = "line", x = "day", metrics = ["completion_rate"] }
"#;

fn document(locale: &str) -> Document {
    let setting = Setting::new();
    setting.document(&setting.definitions(locale, &weekly(SECTIONS)))
}

fn chart(document: &Document, section: usize, style: ChartStyle) -> &Chart {
    match &document.sections[section].body {
        Body::Chart(chart) if chart.style == style => chart,
        other => panic!("no {style:?}: {other:?}"),
    }
}

fn table(document: &Document, section: usize) -> &Table {
    match &document.sections[section].body {
        Body::Table(table) => table,
        other => panic!("no table: {other:?}"),
    }
}

fn tiles(document: &Document) -> &[Kpi] {
    match &document.sections[0].body {
        Body::Kpis(tiles) => tiles,
        other => panic!("no tiles: {other:?}"),
    }
}

fn number(value: Option<Value>) -> Option<f64> {
    if let Some(Value::Number(number)) = value { Some(number) } else { None }
}

fn plain(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

#[test]
fn the_ribbons_of_a_flow_are_the_cells_of_the_matrix_and_know_which_way_they_go() {
    let document = document("es-CO");
    let (drawn, listed) = (chart(&document, 1, ChartStyle::Flow), table(&document, 2));
    assert_eq!(
        (drawn.series_label.as_deref(), drawn.x_label.as_str()),
        (Some("Estado al inicio"), "Estado al cierre")
    );
    let mut seen = 0;
    for series in &drawn.series {
        let row = (0..listed.len())
            .find(|row| matches!(listed.columns[0].values.get(*row), Some(Value::Text(name)) if name == series.label))
            .expect("a row of the same state");
        assert_eq!(series.moves.len(), drawn.categories.len());
        for (at, category) in drawn.categories.iter().enumerate() {
            let column = listed.columns.iter().find(|column| column.label == *category).expect("a column");
            assert_eq!(series.values[at], number(column.values.get(row)), "{} to {category}", series.label);
            seen += usize::from(series.values[at].is_some());
            let stays = series.label == *category;
            assert_eq!(series.moves[at] == Direction::Level, stays, "{} to {category}", series.label);
        }
    }
    assert!(seen > 12, "{seen}");
    let way = |from: &str, to: &str| {
        let series = drawn.series.iter().find(|series| series.label == from).expect("a state");
        series.moves[drawn.categories.iter().position(|name| name == to).expect("a state")]
    };
    assert_eq!((way("Hábito", "Intensivo"), way("Hábito", "Ocasional")), (Direction::Up, Direction::Down));
    let all: f64 = drawn.series.iter().flat_map(|series| &series.values).flatten().sum();
    assert!(drawn.alt.contains(&format!("En total, {all}; suben o entran ")), "{}", drawn.alt);
    // Teams and types have no way up.
    assert!(chart(&document, 3, ChartStyle::Flow).series.iter().all(|series| series.moves.is_empty()));
}

#[test]
fn a_funnel_has_the_metrics_in_the_order_written_with_their_parts_of_the_first_and_of_the_one_before() {
    let document = document("es-CO");
    let drawn = chart(&document, 4, ChartStyle::Funnel);
    let of_tiles: Vec<Option<f64>> = tiles(&document)[..2].iter().map(|tile| tile.value).collect();
    assert_eq!(drawn.categories[..2], ["Tareas planificadas", "Tareas completadas"]);
    assert_eq!(drawn.series[0].values[..2], of_tiles);
    let values: Vec<f64> = drawn.series[0].values.iter().copied().map(|v| v.expect("a number")).collect();
    let rounded = |share: f64| Some((share * 1000.0).round() / 1000.0);
    assert_eq!(
        drawn.series[1].values,
        [Some(1.0), rounded(values[1] / values[0]), rounded(values[2] / values[0])]
    );
    assert_eq!(
        drawn.series[2].values,
        [None, rounded(values[1] / values[0]), rounded(values[2] / values[1])]
    );
    // One metric over the values of its own column, in their order.
    let states = chart(&document, 5, ChartStyle::Funnel);
    assert_eq!(states.categories.first().map(String::as_str), Some("Registro"));
    assert_eq!(states.x_label, "Estado al cierre");
}

#[test]
fn bullets_say_of_their_targets_what_tiles_and_tables_say() {
    let document = document("es-CO");
    let of_metrics = chart(&document, 6, ChartStyle::Bullet);
    let rate = tiles(&document).iter().find(|tile| tile.metric == "completion_rate").expect("a tile");
    let told =
        rate.changes.iter().find(|change| change.attainment.is_some()).expect("held against its target");
    let row = &of_metrics.series[0];
    assert_eq!((row.values[0], row.target.as_ref().map(|t| &t.text)), (rate.value, Some(&told.text)));
    assert!(of_metrics.series[2].target.is_none(), "nobody says how many are to be planned");
    let (by_team, listed) = (chart(&document, 7, ChartStyle::Bullet), table(&document, 8));
    assert_eq!(by_team.series.len(), listed.len());
    for (row, series) in by_team.series.iter().enumerate() {
        let of = |column: usize| listed.columns[column].values.get(row);
        assert!(matches!(of(0), Some(Value::Text(name)) if name == series.label));
        assert_eq!(series.values[0], number(of(1)));
        let attainment = listed.columns.last().map(|column| number(column.values.get(row)));
        assert_eq!(series.target.as_ref().map(|target| target.attainment), attainment, "{}", series.label);
    }
}

#[test]
fn a_tile_has_a_spark_where_its_rows_say_when_and_it_adds_up_to_the_tile() {
    let document = document("es-CO");
    let tiles = tiles(&document);
    let spark =
        |metric: &str| tiles.iter().find(|tile| tile.metric == metric).and_then(|tile| tile.spark.as_ref());
    let completed = spark("tasks_completed").expect("completed each day");
    assert_eq!(completed.values.len(), 7);
    let tile = tiles.iter().find(|tile| tile.metric == "tasks_completed").and_then(|tile| tile.value);
    assert_eq!(Some(completed.values.iter().flatten().sum::<f64>()), tile);
    assert!(plain(&completed.alt).starts_with("Por día. De "), "{}", completed.alt);
    // On a Sunday without work nothing was completed, and of nothing there is no rate.
    assert_eq!(completed.values[6], Some(0.0));
    assert_eq!(spark("completion_rate").map(|spark| spark.values[6]), Some(None));
    assert!(spark("engaged_share").is_none(), "it looks at the end of the period");
    // And that it has none is no fault of the source.
    assert!(
        document.remarks.iter().all(|remark| !remark.contains("Comprometidos")),
        "{:?}",
        document.remarks
    );
}

#[test]
fn small_lines_are_each_shown_in_their_own_way_and_areas_have_gaps() {
    let document = document("es-CO");
    let sparks = chart(&document, 9, ChartStyle::Spark);
    assert_eq!(sparks.series.len(), 2);
    let shown: Vec<String> = sparks
        .series
        .iter()
        .map(|series| {
            plain(
                &document
                    .locale
                    .show(series.values[0].map(Value::Number).as_ref(), sparks.display_of(series)),
            )
        })
        .collect();
    assert!(!shown[0].contains('%') && shown[1].ends_with('%'), "{shown:?}");
    let stacked = chart(&document, 10, ChartStyle::StackedArea);
    assert_eq!(stacked.series.len(), 3);
    let area = chart(&document, 11, ChartStyle::Area);
    assert_eq!(area.series[0].values, chart(&document, 12, ChartStyle::Line).series[0].values);
    assert_eq!(area.series[0].values[6], None, "no rate of nothing");
}

#[test]
fn cohorts_have_the_cells_of_a_heatmap_without_being_told_their_columns() {
    let setting = Setting::of_the_demo();
    let sections = "\n  [[report.section]]\n  \
         chart = { kind = \"heatmap\", x = \"weeks_since_signup\", metrics = [\"cohort_retention_weeks\"] }\n\n  \
         [[report.section]]\n  chart = { kind = \"cohort\", metrics = [\"cohort_retention_weeks\"] }\n";
    let report = weekly(sections).replace("previous week", "2026-08-01..2026-11-01");
    let report = report.replace("compare = [\"previous\", \"target\"]\n", "");
    let document = setting.document(&setting.definitions("es-CO", &report));
    let (map, cohorts) = (chart(&document, 0, ChartStyle::Heatmap), chart(&document, 1, ChartStyle::Cohort));
    let cells = |chart: &Chart| {
        let rows = chart.series.iter().map(|series| (series.label.clone(), series.values.clone()));
        (chart.categories.clone(), rows.collect::<Vec<_>>())
    };
    assert_eq!(cells(map), cells(cohorts));
}

#[test]
fn every_kind_of_chart_is_told_in_words_in_each_language() {
    let mut told = String::new();
    for locale in ["es-CO", "en-US", "pt-BR"] {
        let document = document(locale);
        told.push_str(&format!("## {locale}\n"));
        for section in &document.sections {
            if let Body::Chart(chart) = &section.body {
                told.push_str(&format!("{:?}: {}\n", chart.style, plain(&chart.alt)));
            }
        }
        for spark in tiles(&document).iter().filter_map(|tile| tile.spark.as_ref()) {
            told.push_str(&format!("tile: {}\n", plain(&spark.alt)));
        }
    }
    insta::assert_snapshot!(told);
}

//! Targets that rows of the source say, in a document: tiles, tables with totals and a rest, texts, the summary, remarks.

use super::setting::Setting;
use parte::calendar::Period;
use parte::definition::Comparison;
use parte::document::{Body, Change, Document, Table, Value, Values};

const REPORT: &str = r#"
[metrics.done]
label    = { es = "Hechas", en = "Done", pt = "Feitas" }
expr     = "count(*) filter (where is_done)"
format   = "integer"
better   = "higher"
additive = true
target   = { from = "targets" }

[metrics.rate]
label  = { es = "Avance", en = "Progress", pt = "Avanço" }
expr   = "count(*) filter (where is_done) / count(*)"
format = "percent"
better = "higher"
target = { from = "targets" }

[[report]]
id      = "semana"
title   = { es = "Semana", en = "Week", pt = "Semana" }
period  = "previous week"
compare = ["previous", "target"]
source  = "data"
formats = ["pdf"]

  [[report.section]]
  kpis = ["done", "rate"]

  [[report.section]]
  text = { es = "{{ done }} de {{ done.target }} ({{ done.attainment }})", en = "{{ done }} of {{ done.target }} ({{ done.attainment }})", pt = "{{ done }} de {{ done.target }} ({{ done.attainment }})" }

  [[report.section]]
  table = { by = ["seller"], metrics = ["done", "rate"], compare = ["target"], limit = 3, others = true, totals = true }

  [[report.section]]
  table = { by = ["team", "channel"], metrics = ["done"], compare = ["target"] }

  [[report.section]]
  table = { by = ["day"], metrics = ["rate"], compare = ["target"] }
"#;

fn with(locale: &str, rows: &str, period: Option<&str>) -> Document {
    of(REPORT, locale, rows, period)
}

fn of(report: &str, locale: &str, rows: &str, period: Option<&str>) -> Document {
    let setting = Setting::new();
    let db = rusqlite::Connection::open(setting.data()).expect("the data");
    db.execute_batch(&format!(
        "create table targets (metric text, seller_id text, team text, channel text, period text, \"from\" text, \"to\" text, value real);
         {rows}"
    ))
    .expect("targets");
    let zone = chrono_tz::America::Bogota;
    let period = period.map(|text| Period::parse(text, zone).expect("a period"));
    setting
        .try_document(&setting.definitions(locale, report), period)
        .unwrap_or_else(|e| panic!("{e}: {}", e.hint))
}

/// Of four sellers a week, of everybody's share and that of one team.
const WEEKLY: &str = "insert into targets values
  ('done', 's1', null, null, 'week', null, null, 20), ('done', 's2', null, null, 'week', null, null, 8),
  ('done', 's5', null, null, 'week', null, null, 10), ('done', 's6', null, null, 'week', null, null, 5),
  ('rate', null, null, null, 'week', null, null, 0.9), ('rate', null, 'Norte', null, 'week', null, null, 0.5);";

fn table(document: &Document, section: usize) -> &Table {
    match &document.sections[section].body {
        Body::Table(table) => table,
        other => panic!("section {section} is no table: {other:?}"),
    }
}

fn numbers<'t>(table: &'t Table, id: &str) -> &'t [Option<f64>] {
    let column = table.columns.iter().find(|column| column.id == id);
    match &column.unwrap_or_else(|| panic!("no column {id}")).values {
        Values::Number(numbers) => numbers,
        other => panic!("{id} has no numbers: {other:?}"),
    }
}

fn names(table: &Table) -> Vec<&str> {
    match &table.columns[0].values {
        Values::Text(texts) => texts.iter().map(|text| text.as_deref().unwrap_or("–")).collect(),
        other => panic!("no names: {other:?}"),
    }
}

fn total(table: &Table, id: &str) -> Option<f64> {
    let at = table.columns.iter().position(|column| column.id == id).expect("a column");
    match table.totals.as_ref().expect("totals").get(at).expect("a cell") {
        Some(Value::Number(number)) => Some(*number),
        _ => None,
    }
}

/// What part a value is of a target, as it is shown.
fn part(value: Option<f64>, target: f64) -> Option<f64> {
    value.map(|value| (value / target * 1000.0).round() / 1000.0)
}

fn against_target(document: &Document, tile: usize) -> &Change {
    let Body::Kpis(tiles) = &document.sections[0].body else { panic!("tiles first") };
    let change = tiles[tile].changes.iter().find(|change| change.with == Comparison::Target);
    change.expect("a target")
}

#[test]
fn each_group_has_its_own_target_and_the_whole_the_sum_of_them() {
    let document = with("es-CO", WEEKLY, None);
    let sellers = table(&document, 2);
    // By name, three shown: Íñigo has no target; the rest is José, Lucía, Óscar, Zoila and tasks of nobody.
    assert_eq!(names(sellers)[..2], ["Ángela Ávila", "Íñigo Güell"]);
    assert_eq!(names(sellers)[3], "Otros");
    let done = numbers(sellers, "done");
    let attained = numbers(sellers, "done_attainment");
    assert_eq!(attained[0], part(done[0], 8.0));
    assert_eq!(attained[1], None, "no row: a dash, and never 0");
    assert_eq!(names(sellers)[2], "José Muñoz");
    assert_eq!(attained[2], part(done[2], 20.0));
    assert_eq!(attained[3], part(done[3], 15.0), "the rest is to reach what its members are");
    assert_eq!(total(sellers, "done_attainment"), part(total(sellers, "done"), 43.0));
    // A share of all is that of each, but where a closer row says another.
    let (rate, attained) = (numbers(sellers, "rate"), numbers(sellers, "rate_attainment"));
    for (row, target) in [(0, 0.5), (1, 0.9), (2, 0.5), (3, 0.9)] {
        let expected = part(rate[row], target).expect("a share");
        let shown = attained[row].expect("an attainment");
        // The share itself is shown rounded to a thousandth.
        assert!((shown - expected).abs() < 0.0021, "{row}: {shown} against {expected}");
    }
    let tile = against_target(&document, 0);
    assert_eq!(tile.reference, Some(43.0), "{tile:?}");
    assert!(tile.text.contains("del objetivo (43)"), "{tile:?}");
    let Body::Text(text) = &document.sections[1].body else { panic!("a text") };
    assert!(text.contains(" de 43 ("), "{text}");
    let summary: Vec<&str> = document.summary.iter().map(|it| it.text.as_str()).collect();
    let told = summary.iter().any(|it| it.contains("Avance") && it.contains("90,0"));
    assert!(told, "the share lies below 90 %: {summary:?}");
    // Neither parts of a seller's week nor its days have a target.
    assert!(numbers(table(&document, 3), "done_attainment").iter().all(Option::is_none));
    assert!(numbers(table(&document, 4), "rate_attainment").iter().all(Option::is_none));
    assert!(!document.remarks.iter().any(|it| it.contains("objetivo")), "{:?}", document.remarks);
}

#[test]
fn a_target_of_a_week_says_nothing_of_a_month_and_that_is_a_dash() {
    let document = with("es-CO", WEEKLY, Some("2026-11-01..2026-12-01"));
    let tile = against_target(&document, 0);
    assert_eq!((tile.reference, tile.attainment, tile.text.as_str()), (None, None, "objetivo –"), "{tile:?}");
    assert!(numbers(table(&document, 2), "done_attainment").iter().all(Option::is_none));
    assert!(numbers(table(&document, 2), "rate_attainment").iter().all(Option::is_none));
    let Body::Text(text) = &document.sections[1].body else { panic!("a text") };
    assert!(text.ends_with(" de – (–)"), "{text}");
}

#[test]
fn targets_that_cannot_be_told_are_remarked_in_each_language() {
    let rows = "insert into targets values
      ('done', null, 'Norte', null, 'week', null, null, 20), ('done', null, null, 'salesman', 'week', null, null, 20),
      ('rate', null, null, null, 'week', null, null, 0.9), ('rate', null, null, null, 'week', null, null, 0.8),
      ('rate', null, 'Norte', null, 'mensual', null, null, 0.5);";
    let said = [
        (
            "es-CO",
            [
                "Los objetivos de «Hechas» son de partes que se traslapan y no se suman en el total; allí no se muestra ninguno.",
                "Hay objetivos de «Avance» que se contradicen en ",
                "1 objetivo de «Avance» no cuenta: su periodo («mensual») no es ninguno de day, week, month, quarter, year.",
            ],
        ),
        (
            "en-US",
            [
                "Targets of “Done” are of parts that overlap and are not summed in the total; none is shown there.",
                "Targets of “Progress” contradict each other in ",
                "1 target of “Progress” does not count: its period (“mensual”) is none of day, week, month, quarter, year.",
            ],
        ),
        (
            "pt-BR",
            [
                "As metas de “Feitas” são de partes que se sobrepõem e não são somadas no total; ali não se mostra nenhuma.",
                "Há metas de “Avanço” que se contradizem em ",
                "1 meta de “Avanço” não conta: seu período (“mensual”) não é nenhum de day, week, month, quarter, year.",
            ],
        ),
    ];
    for (locale, sentences) in said {
        let document = with(locale, rows, None);
        for sentence in sentences {
            let told = document.remarks.iter().filter(|it| it.starts_with(sentence)).count();
            assert_eq!(told, 1, "{sentence}: {:#?}", document.remarks);
        }
        assert_eq!(against_target(&document, 1).reference, None, "neither of two that contradict each other");
    }
}

#[test]
fn what_is_below_zero_is_no_part_of_a_target_in_tiles_texts_and_tables_and_the_table_says_so() {
    let less =
        REPORT.replacen("\"count(*) filter (where is_done)\"", "\"0 - count(*) filter (where is_done)\"", 1);
    let said = [
        (
            "es-CO",
            "objetivo 43",
            "El % del objetivo se muestra como «–» donde el valor es negativo o el objetivo no es mayor que 0.",
        ),
        (
            "en-US",
            "target 43",
            "The % of target is shown as “–” where the value is negative or the target is not above 0.",
        ),
        (
            "pt-BR",
            "meta 43",
            "O % da meta é mostrado como “–” onde o valor é negativo ou a meta não é maior que 0.",
        ),
    ];
    for (locale, tile, note) in said {
        let document = of(&less, locale, WEEKLY, None);
        let shown = against_target(&document, 0);
        assert!(shown.absolute.is_some_and(|absolute| absolute < -43.0), "{shown:?}");
        assert_eq!((shown.text.as_str(), shown.attainment), (tile, None), "{shown:?}");
        let Body::Text(text) = &document.sections[1].body else { panic!("a text") };
        assert!(text.ends_with(" 43 (–)"), "{text}");
        let sellers = table(&document, 2);
        assert!(numbers(sellers, "done").iter().flatten().any(|value| *value < 0.0));
        assert!(numbers(sellers, "done_attainment").iter().all(Option::is_none), "{sellers:?}");
        assert!(numbers(sellers, "rate_attainment").iter().all(Option::is_some), "{sellers:?}");
        assert_eq!(total(sellers, "done_attainment"), None);
        assert_eq!(
            document.sections[2].notes.iter().filter(|it| *it == note).count(),
            1,
            "{:?}",
            document.sections[2].notes
        );
        // Nor is it said where every share of a target is there, or nothing is held against one.
        let as_it_is = of(REPORT, locale, WEEKLY, None);
        assert!(as_it_is.sections.iter().all(|section| !section.notes.iter().any(|it| it == note)));
    }
}

//! Several comparisons in one document: tiles, texts, tables with what is beyond a limit and what a condition leaves out.

use super::dump::dump;
use super::setting::Setting;
use parte::document::{Body, Document, Table, Values};

const REPORT: &str = r#"
[metrics.goal_rate]
label  = { es = "Meta de cumplimiento", en = "Completion goal", pt = "Meta de conclusão" }
expr   = "count(*) filter (where is_done) / count(*)"
format = "percent"
better = "higher"
target = 0.8

[[report]]
id      = "semana"
title   = { es = "Semana", en = "Week", pt = "Semana" }
period  = "previous week"
compare = ["previous", "year", "target"]
source  = "data"
formats = ["pdf", "xlsx", "csv"]

  [[report.section]]
  kpis = ["tasks_planned", "goal_rate", "sales_amount"]

  [[report.section]]
  text = { es = "{{ sales_amount }} ({{ sales_amount.change }}; antes {{ sales_amount.previous }}, hace un año {{ sales_amount.year }}: {{ sales_amount.year.change }}). Meta {{ goal_rate.target }}, {{ goal_rate.attainment }}: {{ goal_rate.target.change }}{% if goal_rate.previous.value > 0.5 %}, antes más de la mitad{% endif %}.", en = "{{ sales_amount }} ({{ sales_amount.change }}; before {{ sales_amount.previous }}, a year ago {{ sales_amount.year }}: {{ sales_amount.year.change }}). Goal {{ goal_rate.target }}, {{ goal_rate.attainment }}: {{ goal_rate.target.change }}.", pt = "{{ sales_amount }} ({{ sales_amount.change }}; antes {{ sales_amount.previous }}, há um ano {{ sales_amount.year }}: {{ sales_amount.year.change }}). Meta {{ goal_rate.target }}, {{ goal_rate.attainment }}: {{ goal_rate.target.change }}." }

  [[report.section]]
  title = { es = "Vendedores", en = "Sellers", pt = "Vendedores" }
  table = { by = ["seller"], metrics = ["tasks_planned", "goal_rate", "handling_time"], compare = ["previous", "target"], sort = "-tasks_planned", limit = 2, others = true, having = "tasks_planned >= 5 and seller <> 'Lucía Ñáñez'", totals = true }

  [[report.section]]
  title  = { es = "Ventas", en = "Sales", pt = "Vendas" }
  detail = { columns = ["user_name", "sales_amount"], where = "sales_amount > 0", sort = "-sales_amount", limit = 3 }
"#;

fn document(locale: &str) -> Document {
    let setting = Setting::new();
    setting.document(&setting.definitions(locale, REPORT))
}

fn table(document: &Document, section: usize) -> &Table {
    match &document.sections[section].body {
        Body::Table(table) => table,
        other => panic!("section {section} is no table: {other:?}"),
    }
}

#[test]
fn comparisons_in_colombian_spanish() {
    insta::assert_snapshot!(dump(&document("es-CO")));
}

#[test]
fn comparisons_in_english_of_the_united_states() {
    insta::assert_snapshot!(dump(&document("en-US")));
}

#[test]
fn comparisons_in_brazilian_portuguese() {
    insta::assert_snapshot!(dump(&document("pt-BR")));
}

#[test]
fn a_period_without_any_data_is_a_dash_and_not_zero() {
    let document = document("es-CO");
    let Body::Kpis(tiles) = &document.sections[0].body else { panic!("tiles first") };
    for tile in tiles {
        let year = &tile.changes[1];
        assert_eq!((year.reference, year.absolute, year.relative), (None, None, None), "{tile:?}");
        assert_eq!(year.text, "– frente a la misma semana un año antes");
    }
}

#[test]
fn the_rest_is_the_last_row_and_totals_are_of_all_rows() {
    let document = document("es-CO");
    let shown = table(&document, 2);
    let Values::Text(names) = &shown.columns[0].values else { panic!("names") };
    assert_eq!((names.len(), names.last()), (3, Some(&Some("Otros".to_owned()))));
    let Values::Number(planned) = &shown.columns[1].values else { panic!("numbers") };
    let Some(Some(parte::document::Value::Number(total))) = shown.totals.as_ref().map(|t| t[1].clone())
    else {
        panic!("a total")
    };
    // One seller and tasks without any are left out by the condition, and count in the total alone.
    assert!(planned.iter().flatten().sum::<f64>() < total, "{planned:?} of {total}");
    let notes = document.sections[2].notes.join(" ");
    assert!(notes.contains("Se muestran 2 de 5 vendedores."), "{notes}");
    assert!(
        document.sections[3].notes[0].starts_with("Se muestran 3 de "),
        "{:?}",
        document.sections[3].notes
    );
}

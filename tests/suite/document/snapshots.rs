//! A whole document in each language, as committed.

use super::dump::dump;
use super::setting::{Setting, weekly};

/// Every kind of section, in three languages.
pub(super) const SECTIONS: &str = r#"
subtitle = { es = "Qué se hizo y quién", en = "What was done and by whom", pt = "O que foi feito e por quem" }

  [[report.section]]
  kpis = ["tasks_planned", "tasks_completed", "completion_rate", "on_time_rate", "sales_amount", "overdue", "handling_time", "engaged_share"]

  [[report.section]]
  text = { es = "{{ period }}: {{ tasks_completed }} de {{ tasks_planned }} tareas ({{ tasks_completed.change }}; antes {{ tasks_completed.previous }}), venta media de {{ average_sale }}{% if completion_rate.value < 0.9 %}; falta para el 90 %{% endif %}.", en = "{{ period }}: {{ tasks_completed }} of {{ tasks_planned }} tasks ({{ tasks_completed.change }}; before {{ tasks_completed.previous }}), average sale {{ average_sale }}{% if completion_rate.value < 0.9 %}; short of 90%{% endif %}.", pt = "{{ period }}: {{ tasks_completed }} de {{ tasks_planned }} tarefas ({{ tasks_completed.change }}; antes {{ tasks_completed.previous }}), venda média de {{ average_sale }}{% if completion_rate.value < 0.9 %}; faltou para 90%{% endif %}." }

  [[report.section]]
  title = { es = "Por día y tipo", en = "By day and type", pt = "Por dia e tipo" }
  chart = { kind = "bars", x = "day", metrics = ["tasks_completed"], by = "type", stacked = true }

  [[report.section]]
  title = { es = "Cumplimiento", en = "Completion", pt = "Conclusão" }
  chart = { kind = "line", x = "day", metrics = ["completion_rate", "on_time_rate"] }

  [[report.section]]
  title = { es = "Estados al cierre", en = "States at the end", pt = "Estados no fechamento" }
  chart = { kind = "bars", x = "state_end", metrics = ["state_distribution"] }

  [[report.section]]
  title = { es = "Equipos", en = "Teams", pt = "Equipes" }
  table = { by = ["team", "seller"], metrics = ["tasks_planned", "completion_rate", "handling_time", "sales_amount"], totals = true }

  [[report.section]]
  title = { es = "Ciudades", en = "Cities", pt = "Cidades" }
  table = { by = ["city"], metrics = ["tasks_completed", "strike_rate"], sort = "-strike_rate", limit = 2, totals = true }

  [[report.section]]
  title = { es = "De qué estado a cuál", en = "From which state to which", pt = "De qual estado para qual" }
  table = { metrics = ["state_transitions"], totals = true }

  [[report.section]]
  title = { es = "Ventas más altas", en = "Largest sales", pt = "Maiores vendas" }
  sql = """
select user_name, seller_name, type, day, completed_at, is_done, attempts, duration_min / 7 as duration_weeks, sales_amount
from tasks where is_done and sales_amount > 0 order by sales_amount desc, user_name limit 4"""
"#;

fn of(locale: &str) -> String {
    let setting = Setting::new();
    dump(&setting.document(&setting.definitions(locale, &weekly(SECTIONS))))
}

#[test]
fn a_whole_document_in_colombian_spanish() {
    insta::assert_snapshot!(of("es-CO"));
}

#[test]
fn a_whole_document_in_english_of_the_united_states() {
    insta::assert_snapshot!(of("en-US"));
}

#[test]
fn a_whole_document_in_brazilian_portuguese() {
    insta::assert_snapshot!(of("pt-BR"));
}

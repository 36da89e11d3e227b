//! What documents say, and what they never say.

use super::dump::dump;
use super::setting::{Setting, weekly};
use chrono::NaiveDate;
use parte::calendar::Period;
use parte::definition::{Definitions, SectionBody, Text, ValueFormat};
use parte::document::{Body, Display, Document, Table, Value, Values};

const TILES: &str = "[[report.section]]\nkpis = [\"tasks_planned\", \"completion_rate\", \"sales_amount\"]\n";

fn table(document: &Document, section: usize) -> &Table {
    match &document.sections[section].body {
        Body::Table(table) => table,
        other => panic!("section {section} is no table: {other:?}"),
    }
}

/// Puts a text into the first section; what the definition's own check would refuse gets here too.
fn with_text(mut definitions: Definitions, text: &str) -> Definitions {
    definitions.reports[0].sections[0].body = SectionBody::Text(Text::from(text));
    definitions
}

#[test]
fn an_empty_period_has_every_section_with_dashes_and_a_remark() {
    let setting = Setting::new();
    let sections = format!(
        "{TILES}[[report.section]]\ntitle = \"T\"\ntable = {{ by = [\"team\"], metrics = [\"tasks_planned\", \"completion_rate\"], totals = true }}\n\
         [[report.section]]\ntitle = \"C\"\nchart = {{ kind = \"bars\", x = \"day\", metrics = [\"tasks_completed\"] }}\n\
         [[report.section]]\ntitle = \"M\"\ntable = {{ metrics = [\"state_transitions\"], totals = true }}\n\
         [[report.section]]\ntitle = \"Q\"\nsql = \"select user_name, sales_amount from tasks\"\n\
         [[report.section]]\ntext = \"Hubo {{{{ tasks_planned }}}} tareas ({{{{ tasks_planned.change }}}}).\"\n"
    );
    let definitions = setting.definitions("es-CO", &weekly(&sections));
    let day = |d| NaiveDate::from_ymd_opt(2031, 3, d).expect("a day");
    let period = Period::new(day(3), day(10), chrono_tz::America::Bogota, None).expect("a period");
    let document = setting.try_document(&definitions, Some(period)).expect("never an error");
    assert_eq!(document.sections.len(), 6);
    let Body::Kpis(kpis) = &document.sections[0].body else { panic!("tiles first") };
    assert!(kpis.iter().all(|k| k.value.is_none()), "{kpis:?}");
    assert!(table(&document, 1).is_empty());
    let totals = table(&document, 1).totals.as_ref().expect("totals");
    assert!(totals.iter().all(Option::is_none), "{totals:?}");
    let Body::Chart(chart) = &document.sections[2].body else { panic!("a chart") };
    assert_eq!(chart.categories.len(), 7);
    assert!(chart.series[0].values.iter().all(Option::is_none), "{:?}", chart.series);
    assert!(chart.alt.ends_with("Sin datos en este periodo."), "{}", chart.alt);
    assert!(table(&document, 3).is_empty() && table(&document, 4).is_empty());
    let Body::Text(text) = &document.sections[5].body else { panic!("a text") };
    assert_eq!(text, "Hubo – tareas (sin comparación).");
    assert!(document.remarks.iter().any(|r| r == "No hay tareas en el periodo."), "{:?}", document.remarks);
}

#[test]
fn every_number_is_already_rounded_as_it_is_shown() {
    let setting = Setting::new();
    let sections = format!(
        "{TILES}[[report.section]]\ntitle = \"T\"\ntable = {{ by = [\"seller\"], metrics = [\"completion_rate\", \"handling_time\", \"average_sale\", \"tasks_per_seller_day\"], totals = true }}\n\
         [[report.section]]\ntitle = \"Q\"\nsql = \"select user_name, avg(duration_min) as minutes, sum(sales_amount) / 7 as week_amount, count(*) / 3 as done_rate from tasks group by user_name\"\n"
    );
    let document = setting.document(&setting.definitions("es-CO", &weekly(&sections)));
    let check = |value: Option<f64>, display: &Display, whose: &str| {
        let (Some(value), Display::Number { format, .. }) = (value, display) else { return };
        let scale = match *format {
            ValueFormat::Integer => 0,
            ValueFormat::Percent(n) => n + 2,
            ValueFormat::Decimal(n)
            | ValueFormat::Currency(n)
            | ValueFormat::Hours(n)
            | ValueFormat::Minutes(n)
            | ValueFormat::Days(n) => n,
        };
        let text = value.to_string();
        let decimals = text.split_once('.').map_or(0, |(_, d)| d.len());
        assert!(
            value.is_finite() && decimals <= usize::from(scale),
            "{whose}: {value} is shown as {format:?}"
        );
        assert!(!(value == 0.0 && value.is_sign_negative()), "{whose}: no negative zero");
    };
    let mut seen = 0;
    for section in &document.sections {
        match &section.body {
            Body::Kpis(kpis) => kpis.iter().for_each(|k| check(k.value, &k.display, &k.metric)),
            Body::Table(table) => {
                for (at, column) in table.columns.iter().enumerate() {
                    let Values::Number(values) = &column.values else { continue };
                    seen += values.len();
                    values.iter().for_each(|v| check(*v, &column.display, &column.id));
                    if let Some(Some(Value::Number(total))) = table.totals.as_ref().map(|t| t[at].clone()) {
                        check(Some(total), &column.display, &column.id);
                    }
                }
            }
            _ => {}
        }
    }
    assert!(seen > 100, "the tables hold numbers");
}

#[test]
fn totals_of_rates_come_from_rows_and_not_from_the_rows_shown() {
    let setting = Setting::new();
    let of = |limit: &str| {
        let sections = format!(
            "[[report.section]]\ntitle = \"T\"\ntable = {{ by = [\"seller\"], metrics = [\"tasks_planned\", \"completion_rate\"], sort = \"-completion_rate\", totals = true{limit} }}\n"
        );
        setting.document(&setting.definitions("es-CO", &weekly(&sections)))
    };
    let (all, cut) = (of(""), of(", limit = 2"));
    assert_eq!(table(&all, 0).totals, table(&cut, 0).totals);
    assert_eq!(table(&all, 0).len(), 7);
    assert_eq!(table(&cut, 0).len(), 2);
    assert_eq!(cut.sections[0].notes, ["Se muestran 2 de 7 vendedores."]);
    assert!(all.sections[0].notes.is_empty());
    let Values::Number(rates) = &table(&all, 0).columns[2].values else { panic!("rates") };
    assert!(rates.windows(2).all(|w| w[0] >= w[1]), "{rates:?}");
    let mean = rates.iter().flatten().sum::<f64>() / 7.0;
    let Some(Value::Number(total)) = table(&all, 0).totals.as_ref().expect("totals")[2] else {
        panic!("a total")
    };
    assert!((mean - total).abs() > 0.005, "the total {total} is no mean of rates ({mean})");
}

#[test]
fn rows_and_columns_of_a_matrix_sum_to_its_total() {
    let setting = Setting::new();
    let sections =
        "[[report.section]]\ntitle = \"M\"\ntable = { metrics = [\"state_transitions\"], totals = true }\n";
    let document = setting.document(&setting.definitions("en-US", &weekly(sections)));
    let matrix = table(&document, 0);
    let last = matrix.columns.last().expect("columns");
    assert_eq!((last.id.as_str(), last.label.as_str()), ("state_transitions_total", "Total"));
    let Values::Number(of_rows) = &last.values else { panic!("numbers") };
    let totals = matrix.totals.as_ref().expect("totals");
    let number = |v: &Option<Value>| if let Some(Value::Number(n)) = v { *n } else { 0.0 };
    let of_all = number(totals.last().expect("a total"));
    assert!(of_all > 0.0);
    assert_eq!(of_rows.iter().flatten().sum::<f64>(), of_all);
    assert_eq!(totals[1..totals.len() - 1].iter().map(number).sum::<f64>(), of_all);
    let mut ids: Vec<_> = matrix.columns.iter().map(|c| c.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), matrix.columns.len(), "an id a column");
}

#[test]
fn instants_of_a_query_are_shown_in_the_zone_of_the_report() {
    let setting = Setting::new();
    let sections = "[[report.section]]\ntitle = \"Q\"\nsql = \"select task_id, scheduled_at, due_at - scheduled_at as window, priority_id from (select *, 1234567 as priority_id from tasks) order by task_id limit 1\"\n";
    let document = setting.document(&setting.definitions("es-CO", &weekly(sections)));
    let shown: Vec<_> = table(&document, 0)
        .columns
        .iter()
        .map(|c| document.locale.show(c.values.get(0).as_ref(), &c.display).replace('\u{a0}', " "))
        .collect();
    // The source says 2026-11-09T14:00Z or later; Bogotá is five hours behind. Ids are not grouped.
    assert!(shown[1].starts_with("9 nov 2026, "), "{shown:?}");
    assert_eq!(shown[2], "1,5", "hours");
    assert_eq!(shown[3], "1234567");
    let Values::DateTime(at) = &table(&document, 0).columns[1].values else { panic!("instants") };
    let hour = chrono::Timelike::hour(&at[0].expect("a time"));
    assert!((8..16).contains(&hour), "{hour} is an hour of Bogotá");
}

#[test]
fn a_text_that_names_what_does_not_exist_is_told_with_what_was_meant() {
    let setting = Setting::new();
    let definitions = setting.definitions("es-CO", &weekly(TILES));
    for (text, what, hint) in [
        ("{{ task_completed }}", "`task_completed`, which does not exist", "did you mean `tasks_completed`?"),
        ("{{ perod }}", "`perod`, which does not exist", "did you mean `period`?"),
        ("{{ tasks_completed.chang }}", "`tasks_completed.chang`", "did you mean `change`?"),
        ("{{ tasks_completed", "line 1 of the text: syntax error", "a text is words with"),
        ("{% include 'x' %}", "line 1 of the text: template not found", "a text is words with"),
        (
            "{% for i in range(99999) %}{% for j in range(99999) %}x{% endfor %}{% endfor %}",
            "out of fuel",
            "a text is",
        ),
    ] {
        let error = setting.try_document(&with_text(definitions.clone(), text), None).expect_err(text);
        let said = error.to_string();
        assert!(said.starts_with("failed to put together section `kpis` of report `semana`: "), "{said}");
        assert!(said.contains(what), "{text}: {said}");
        assert!(error.hint.contains(hint), "{text}: {}", error.hint);
    }
}

#[test]
fn a_text_knows_the_report_and_computes_only_what_it_names() {
    let setting = Setting::new();
    let text =
        "{{ brand }} · {{ title }} · {{ period }} · {% if overdue.value > 3 %}{{ overdue }} & <b>{% endif %}";
    let document = setting.document(&with_text(setting.definitions("es-CO", &weekly(TILES)), text));
    let Body::Text(text) = &document.sections[0].body else { panic!("a text") };
    assert_eq!(text, "Distribuciones Ñandú · Semana · 9–15 de noviembre de 2026 · 17 & <b>");
    let labels: Vec<_> = document.definitions.iter().map(|(label, _)| label.as_str()).collect();
    assert_eq!(labels, ["Vencidas"]);
}

#[test]
fn a_chart_of_two_kinds_of_values_is_refused_with_its_section() {
    let setting = Setting::new();
    let mut definitions = setting.definitions(
        "es-CO",
        &weekly("[[report.section]]\ntitle = \"Mezcla\"\nchart = { kind = \"bars\", x = \"day\", metrics = [\"tasks_completed\"] }\n"),
    );
    if let SectionBody::Chart(chart) = &mut definitions.reports[0].sections[0].body {
        chart.metrics.push("completion_rate".to_owned());
    }
    let error = setting.try_document(&definitions, None).expect_err("two kinds");
    assert!(error.to_string().contains("section `mezcla`"), "{error}");
    assert!(error.to_string().contains("cannot share an axis"), "{error}");
}

#[test]
fn the_shipped_reports_become_documents_in_every_language() {
    let shipped =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/reports.toml")).expect("reports.toml");
    let setting = Setting::new();
    for locale in ["es-CO", "en-US", "pt-BR"] {
        let definitions = setting.shipped(&shipped, locale);
        assert_eq!(definitions.reports.len(), 3);
        for at in 0..definitions.reports.len() {
            let mut one = definitions.clone();
            one.reports.swap(0, at);
            let document = setting.document(&one);
            assert_eq!(document.sections.len(), one.reports[0].sections.len());
            let text = dump(&document);
            for never in ["NaN", "inf ", "-0 ", "null", "Some(-0.0)"] {
                assert!(!text.contains(never), "{locale} {}: `{never}` in\n{text}", document.report);
            }
        }
    }
}

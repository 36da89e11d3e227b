//! Sections put together from tables of numbers made by hand, without an engine.

use super::*;
use crate::calendar::{PeriodRule, Unit, Workdays};
use crate::definition::{
    Better, CatchUp, ChartKind, ChartSection, Flaw, Overlap, ReportId, Rows, SourceId, TableSection, Text,
};
use crate::document::{Chart, Value, Values};
use chrono::{NaiveDate, Weekday};
use polars::prelude::{Column, DataFrame, DataType, NamedFrom as _, Series};

fn day(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, day).expect("a day")
}

fn report(locale: &str) -> Report {
    Report {
        id: ReportId::parse("prueba").expect("a name"),
        title: Text::from("Prueba"),
        subtitle: None,
        zone: chrono_tz::America::Bogota,
        locale: locale.to_owned(),
        currency: Some("COP".to_owned()),
        week_start: Weekday::Mon,
        workdays: Workdays::monday_to_friday(),
        schedule: None,
        period: PeriodRule::Previous(Unit::Month),
        summary: true,
        csv: Default::default(),
        compare: vec![Comparison::Previous],
        source: SourceId::parse("datos").expect("a name"),
        filter: None,
        params: crate::definition::Params::default(),
        formats: Vec::new(),
        catch_up: CatchUp::Latest,
        overlap: Overlap::Queue,
        expect: None,
        paused: false,
        time_limit: std::time::Duration::from_secs(3600),
        sections: Vec::new(),
        deliver: Vec::new(),
        owner: Vec::new(),
    }
}

fn metric(id: &str, format: ValueFormat, additive: bool, by: &[&str]) -> MetricDefinition {
    MetricDefinition {
        id: id.to_owned(),
        label: Text::from(id),
        description: Text::from(""),
        formula: Text::from(""),
        denominator: None,
        follows: None,
        of: "tasks".to_owned(),
        rows: Rows::Planned,
        expr: String::new(),
        by: by.iter().map(|b| (*b).to_owned()).collect(),
        optional: Vec::new(),
        format,
        better: Better::Higher,
        additive,
        target: None,
        otherwise: None,
    }
}

fn metrics() -> Vec<MetricDefinition> {
    vec![
        metric("ventas", ValueFormat::Integer, true, &[]),
        metric("tasa", ValueFormat::Percent(1), false, &[]),
        metric("indice", ValueFormat::Decimal(2), false, &["state_start", "state_end"]),
    ]
}

/// A section of one locale over a period, put together.
fn with<T>(locale: &str, first: NaiveDate, last: NaiveDate, of: impl FnOnce(&Setting<'_>) -> T) -> T {
    let (report, metrics) = (report(locale), metrics());
    let to = last.succ_opt().expect("a day");
    let period = Period::new(first, to, report.zone, None).expect("a period");
    let setting = Setting::of(&report, "Marca", &metrics, &period, Vec::new());
    of(&setting.expect("a setting"))
}

#[test]
fn a_target_by_period_is_that_of_the_report_s_own_period() {
    use crate::definition::{ByPeriod, Target};
    let by = ByPeriod { day: Some(20.0), month: Some(430.0), ..ByPeriod::default() };
    let metric = MetricDefinition {
        target: Some(Target::ByPeriod(by)),
        ..metric("ventas", ValueFormat::Integer, true, &[])
    };
    // Days that no rule says to be a unit are days.
    assert_eq!(with("es-CO", day(11, 9), day(11, 9), |setting| setting.target(&metric)), Some(20.0));
    assert_eq!(with("es-CO", day(11, 9), day(11, 15), |setting| setting.target(&metric)), None);
}

fn texts(name: &str, values: &[Option<&str>]) -> Column {
    Series::new(name.into(), values).into()
}

fn numbers(name: &str, values: &[Option<f64>]) -> Column {
    Series::new(name.into(), values).into()
}

fn dates(name: &str, values: &[Option<NaiveDate>]) -> Column {
    let days: Vec<Option<i32>> = values
        .iter()
        .map(|d| d.map(|d| i32::try_from((d - NaiveDate::default()).num_days()).expect("a near day")))
        .collect();
    Column::from(Series::new(name.into(), days)).cast(&DataType::Date).expect("dates")
}

fn frame(columns: Vec<Column>) -> DataFrame {
    DataFrame::new(columns[0].len(), columns).expect("columns of equal length")
}

fn chart(x: &str, metrics: &[&str], by: Option<&str>) -> ChartSection {
    ChartSection {
        kind: ChartKind::Bars,
        x: Some(x.to_owned()),
        metrics: metrics.iter().map(|m| (*m).to_owned()).collect(),
        by: by.map(str::to_owned),
        stacked: false,
    }
}

fn values(chart: &Chart, series: usize) -> &[Option<f64>] {
    &chart.series[series].values
}

#[test]
fn a_day_without_rows_is_zero_of_a_count_and_a_gap_of_a_rate() {
    let data = frame(vec![
        dates("day", &[Some(day(11, 9)), Some(day(11, 11))]),
        numbers("ventas", &[Some(4.0), Some(7.0)]),
    ]);
    let rates = frame(vec![
        dates("day", &[Some(day(11, 9)), Some(day(11, 11))]),
        numbers("tasa", &[Some(0.85251), None]),
    ]);
    with("es-CO", day(11, 9), day(11, 12), |setting| {
        let (counts, notes) =
            chart::build(&chart("day", &["ventas"], None), setting, &data).expect("a chart");
        assert_eq!(counts.categories, ["lun 9", "mar 10", "mié 11", "jue 12"]);
        assert_eq!(values(&counts, 0), [Some(4.0), Some(0.0), Some(7.0), Some(0.0)]);
        assert!(notes.is_empty());
        let (rates, _) = chart::build(&chart("day", &["tasa"], None), setting, &rates).expect("a chart");
        assert_eq!(values(&rates, 0), [Some(0.853), None, None, None]);
        assert_eq!(
            rates.alt.replace('\u{a0}', " "),
            "tasa por día, de lun 9 a jue 12. El valor más alto es 85,3 % (lun 9). Sin dato: mar 10, mié 11 y jue 12."
        );
    });
}

#[test]
fn an_unavailable_metric_is_a_gap_everywhere() {
    let data = frame(vec![dates("day", &[Some(day(11, 9))]), numbers("ventas", &[None])]);
    with("en-US", day(11, 9), day(11, 10), |setting| {
        let (chart, _) = chart::build(&chart("day", &["ventas"], None), setting, &data).expect("a chart");
        assert_eq!(values(&chart, 0), [None, None]);
        assert_eq!(chart.alt, "ventas by day. No data in this period.");
    });
}

#[test]
fn weeks_and_months_of_a_period_are_all_there() {
    let weeks = frame(vec![dates("week", &[Some(day(10, 5))]), numbers("ventas", &[Some(3.0)])]);
    let months = frame(vec![
        dates("month", &[Some(day(8, 1)), Some(day(3, 1)), None]),
        numbers("ventas", &[Some(3.0), Some(1.0), Some(1.0)]),
    ]);
    with("es-CO", day(10, 1), day(10, 31), |setting| {
        let (chart, _) = chart::build(&chart("week", &["ventas"], None), setting, &weeks).expect("a chart");
        assert_eq!(
            chart.categories,
            ["sem. 28 sept", "sem. 5 oct", "sem. 12 oct", "sem. 19 oct", "sem. 26 oct"]
        );
        assert_eq!(values(&chart, 0), [0.0, 3.0, 0.0, 0.0, 0.0].map(Some));
    });
    with("pt-BR", day(7, 15), day(9, 2), |setting| {
        let (chart, notes) =
            chart::build(&chart("month", &["ventas"], None), setting, &months).expect("a chart");
        assert_eq!(chart.categories, ["jul 2026", "ago 2026", "set 2026"]);
        assert_eq!(values(&chart, 0), [Some(0.0), Some(3.0), Some(0.0)]);
        assert_eq!(notes, ["2 datas fora do período não são mostradas."]);
    });
}

#[test]
fn series_of_a_dimension_stand_in_order_with_words_for_codes() {
    let data = frame(vec![
        texts("state_end", &[Some("power"), Some("sign_up"), Some("sign_up")]),
        texts("type", &[None, Some("visit"), Some("call")]),
        numbers("ventas", &[Some(1.0), Some(2.0), Some(5.0)]),
    ]);
    with("es-CO", day(11, 9), day(11, 15), |setting| {
        let section = chart("state_end", &["ventas"], Some("type"));
        let (chart, _) = chart::build(&section, setting, &data).expect("a chart");
        assert_eq!(chart.categories, ["Registro", "Intensivo"]);
        let labels: Vec<_> = chart.series.iter().map(|s| s.label.as_str()).collect();
        assert_eq!(labels, ["Llamada", "Visita", "(sin tipo)"]);
        assert_eq!(values(&chart, 0), [Some(5.0), Some(0.0)]);
    });
}

#[test]
fn too_many_categories_or_series_are_cut_with_a_note() {
    let names: Vec<String> = (0..50).map(|n| format!("Tienda {n:02}")).collect();
    let names: Vec<Option<&str>> = names.iter().map(|n| Some(n.as_str())).collect();
    let sizes: Vec<Option<f64>> = (0..50).map(|n| Some(f64::from(n))).collect();
    let many = frame(vec![texts("user_name", &names), numbers("ventas", &sizes)]);
    let series = frame(vec![
        texts("team", &[Some("Norte"); 50]),
        texts("user_name", &names),
        numbers("ventas", &sizes),
    ]);
    with("es-CO", day(11, 9), day(11, 15), |setting| {
        let (cut, notes) =
            chart::build(&chart("user_name", &["ventas"], None), setting, &many).expect("a chart");
        assert_eq!((cut.categories.len(), cut.categories[0].as_str()), (40, "Tienda 10"));
        assert_eq!(notes, ["Se muestran las 40 categorías mayores de 50."]);
        let section = chart("team", &["ventas"], Some("user_name"));
        let (cut, notes) = chart::build(&section, setting, &series).expect("a chart");
        assert_eq!((cut.series.len(), cut.series[0].label.as_str()), (8, "Tienda 42"));
        assert_eq!(notes, ["Se muestran las 8 series mayores de 50."]);
    });
}

#[test]
fn a_chart_with_two_dimensions_beside_its_axis_is_refused() {
    let data = frame(vec![
        texts("team", &[Some("Norte")]),
        texts("state_start", &[Some("aha")]),
        texts("state_end", &[Some("core")]),
        numbers("indice", &[Some(1.0)]),
    ]);
    with("es-CO", day(11, 9), day(11, 15), |setting| {
        let fault = chart::build(&chart("team", &["indice"], None), setting, &data).expect_err("too many");
        assert!(fault.what.contains("`state_start`, `state_end`"), "{}", fault.what);
    });
}

/// A table over one period.
fn sorted(
    setting: &Setting<'_>,
    section: &TableSection,
    values: &DataFrame,
) -> Result<(crate::document::Table, Vec<String>), Fault> {
    let choice = table::choose(section, setting, values, &[], None)?;
    let own = table::Side {
        with: None,
        empty: Vec::new(),
        values: values.clone(),
        totals: None,
        subtotals: Vec::new(),
        others: None,
    };
    table::build(section, setting, &choice, &[own])
}

#[test]
fn rows_sort_by_a_metric_with_absent_values_last_and_ties_by_name() {
    let data = frame(vec![
        texts("team", &[Some("Zeta"), None, Some("Ávila"), Some("Beta")]),
        numbers("tasa", &[Some(0.5), Some(0.9), None, Some(0.5)]),
    ]);
    let section = |sort: &str, descending| TableSection {
        by: vec!["team".to_owned()],
        metrics: vec!["tasa".to_owned()],
        sort: Some((sort.to_owned(), descending)),
        ..TableSection::default()
    };
    with("es-CO", day(11, 9), day(11, 15), |setting| {
        let teams = |sort: &str, descending| {
            let (table, _) = sorted(setting, &section(sort, descending), &data).expect("a table");
            let Values::Text(teams) = &table.columns[0].values else { panic!("texts") };
            teams.iter().flatten().cloned().collect::<Vec<_>>()
        };
        assert_eq!(teams("tasa", true), ["(sin equipo)", "Beta", "Zeta", "Ávila"]);
        assert_eq!(teams("tasa", false), ["Beta", "Zeta", "(sin equipo)", "Ávila"]);
        assert_eq!(teams("team", true), ["Zeta", "Beta", "Ávila", "(sin equipo)"]);
        let fault = sorted(setting, &section("tassa", true), &data).expect_err("no such column");
        assert!(fault.what.contains("`tassa`") && fault.hint.contains("did you mean `tasa`?"), "{fault:?}");
    });
}

#[test]
fn a_matrix_that_is_no_count_has_no_totals() {
    let data = frame(vec![
        texts("state_start", &[Some("core"), Some("aha")]),
        texts("state_end", &[Some("aha"), Some("core")]),
        numbers("indice", &[Some(1.005), Some(2.0)]),
    ]);
    with("es-CO", day(11, 9), day(11, 15), |setting| {
        let metric = setting.metric("indice").expect("a metric");
        let totals = frame(vec![numbers("indice", &[Some(9.0)])]);
        let table = matrix::build(metric, setting, &data, Some(&totals)).expect("a matrix");
        assert_eq!(
            table.columns.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(),
            ["state_start", "indice_aha", "indice_core"]
        );
        assert_eq!(table.columns[1].values.get(1), Some(Value::Number(1.01)));
        assert_eq!(table.columns[1].values.get(0), None);
        assert!(table.totals.is_none());
    });
}

fn left_out(frame: FrameName, flaw: Flaw, column: &str, values: &[(String, usize)], count: usize) -> Remark {
    Remark::LeftOut { frame, flaw, column: column.to_owned(), values: values.to_vec(), count, of: 4310 }
}

#[test]
fn every_remark_is_a_sentence_in_every_language() {
    let values = |n: usize| (0..n).map(|n| (format!("v{n}"), 1)).collect::<Vec<_>>();
    let remarks = [
        Remark::NoSeller { count: 12, of: 4310 },
        Remark::NoSeller { count: 1, of: 4310 },
        Remark::UnknownStatus { values: vec![("en_revision".to_owned(), 3)], of: 4310 },
        Remark::UnknownStatus { values: values(7), of: 4310 },
        Remark::CompletedBeforeScheduled { count: 2, of: 9 },
        Remark::UnknownState { values: values(1), of: 9 },
        Remark::Unreadable { column: "tasks.score".to_owned(), count: 2, example: "abc".to_owned() },
        Remark::Empty { frame: FrameName::Tasks },
        Remark::Empty { frame: FrameName::UserStates },
        Remark::Unavailable { metric: "tasa".to_owned(), missing: vec!["due_at".to_owned()] },
        Remark::Identity { identity: "a = b".to_owned(), left: 3.0, right: 2.5 },
        Remark::NoKey { frame: FrameName::Tasks, column: "user_id".to_owned(), count: 3, of: 4310 },
        Remark::NoKey { frame: FrameName::UserStates, column: "user_id".to_owned(), count: 1, of: 9 },
        Remark::Repeated { frame: FrameName::Tasks, count: 1, of: 4310 },
        Remark::Repeated { frame: FrameName::UserStates, count: 2, of: 4310 },
        Remark::Future { frame: FrameName::Tasks, column: "completed_at".to_owned(), count: 2, of: 9 },
        Remark::MixedOffsets {
            column: "tasks.due_at".to_owned(),
            count: 2,
            of: 1900,
            zone: "America/Bogota".to_owned(),
        },
        Remark::Gaps { count: 5, of: 80, days: 7 },
        left_out(FrameName::Tasks, Flaw::UnmappedStatus, "status", &values(2), 12),
        left_out(FrameName::Tasks, Flaw::NullKeys, "task_id", &[], 1),
        left_out(FrameName::Tasks, Flaw::EarlyCompletion, "completed_at", &[], 2),
        left_out(FrameName::Tasks, Flaw::Future, "created_at", &[], 2),
        left_out(FrameName::Tasks, Flaw::MixedOffsets, "scheduled_at", &[], 2),
        left_out(FrameName::Tasks, Flaw::Duplicates, "task_id", &[], 30),
        left_out(FrameName::UserStates, Flaw::UnknownState, "state", &values(1), 1),
        left_out(FrameName::UserStates, Flaw::Duplicates, "user_id", &[], 2),
        Remark::NoSeller { count: 12, of: 4310 },
    ];
    let of = |locale| with(locale, day(11, 9), day(11, 15), |setting| remarks::sentences(&remarks, setting));
    for locale in ["es-CO", "en-US", "pt-BR"] {
        let sentences = of(locale);
        assert_eq!(sentences.len(), remarks.len() - 1, "each once");
        assert!(sentences.iter().all(|s| s.ends_with('.') && !s.contains("  ")), "{sentences:#?}");
    }
    let es = of("es-CO");
    assert_eq!(
        es[0],
        "12 de 4.310 tareas no tienen vendedor; cuentan en los totales, sin nombre en las tablas."
    );
    assert_eq!(
        es[1],
        "1 de 4.310 tareas no tiene vendedor; cuenta en los totales, sin nombre en las tablas."
    );
    assert!(
        es[2].starts_with("3 de 4.310 tareas tienen una situación desconocida: en_revision (3); no cuentan")
    );
    assert!(es[3].contains("v0 (1), v1 (1), v2 (1), v3 (1), v4 (1) y 2 más;"), "{}", es[3]);
    assert_eq!(es[9], "«tasa» no se puede calcular con estos datos: falta due_at.");
    assert_eq!(es[10], "No cuadra «a = b»: 3 frente a 2,50.");
    assert_eq!(es[11], "3 de 4.310 tareas no tienen user_id; cuentan en los totales.");
    assert_eq!(es[13], "1 de 4.310 tareas repite el task_id de otra; todas cuentan.");
    assert_eq!(
        es[16],
        "2 de 1.900 valores de tasks.due_at no llevan desfase horario; se leen como hora de America/Bogota."
    );
    assert_eq!(
        es[18],
        "Se dejaron fuera 12 de 4.310 tareas: tienen una situación desconocida: v0 (1), v1 (1)."
    );
    assert_eq!(es[19], "Se dejó fuera 1 de 4.310 tareas: no tiene task_id.");
    let (en, pt) = (of("en-US"), of("pt-BR"));
    assert_eq!(en[23], "30 of 4,310 tasks were left out: they repeat the task_id of another.");
    assert_eq!(en[24], "1 of 4,310 state records was left out: it has an unknown value: v0 (1).");
    assert_eq!(pt[25], "Ficaram de fora 2 de 4.310 registros de estado: repetem o cliente e o dia de outro.");
}

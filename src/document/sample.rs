//! The document that every renderer is tested on: one of everything that a report can say, with the texts, gaps and
//! lengths that break layouts.

mod stress;
mod stress_tables;
mod tables;

pub use stress::stress;
pub use stress_tables::stress_tables;

use super::against::Against;
use super::change::{self, Pair};
use super::{Body, Chart, ChartStyle, Display, Document, Kpi, Locale, Section, Series, rounding};
use crate::calendar::{Shape, Unit};
use crate::definition::{Better, Comparison, Format, ValueFormat};
use chrono::{DateTime, NaiveDate};

const COUNT: ValueFormat = ValueFormat::Integer;
const SHARE: ValueFormat = ValueFormat::Percent(1);
const PESOS: ValueFormat = ValueFormat::Currency(0);

const TEAMS: [&str; 7] = [
    "Norte",
    "Sur",
    "Eje Cafetero",
    "Distribuidores mayoristas de la Costa Caribe y San Andrés",
    "Peñalolén–Ñuñoa",
    "Telemercadeo",
    "Altiplano cundiboyacense",
];

/// The document that every renderer is tested on: a weekly report in es-CO with tiles (good, bad, neutral, absent),
/// texts, bars with long names, grouped and stacked bars, a line with a gap, a heatmap with empty cells, a table with totals, one of 70 rows, a
/// matrix, an empty table, a table of one row, a section for one format only, notes, remarks and definitions.
///
/// # Panics
/// Never: its locale and dates are fixed and valid.
#[must_use]
#[expect(clippy::expect_used, reason = "a fixed locale and fixed instants, checked by tests")]
pub fn sample() -> Document {
    let locale = Locale::parse("es-CO").expect("es-CO is a locale");
    let days = (day(2026, 11, 9), day(2026, 11, 15));
    let generated_utc =
        DateTime::from_timestamp(1_794_832_200, 0).expect("2026-11-16 12:30 UTC is an instant");
    let generated = generated_utc.with_timezone(&chrono_tz::America::Bogota).naive_local();
    Document {
        report: "equipo-semanal".to_owned(),
        brand: "Distribuciones Ñandú".to_owned(),
        logo: None,
        color: [0x0b, 0x7a, 0x75],
        footer: Some("Confidencial · ¿Dudas? informes@nandu.example".to_owned()),
        title: "Productividad semanal de los equipos".to_owned(),
        subtitle: Some("Qué se planificó, qué se hizo y quién; la semana frente a la anterior".to_owned()),
        parameters: Vec::new(),
        period: locale.period(days.0, days.1),
        days,
        zone: chrono_tz::America::Bogota,
        generated,
        generated_utc,
        summary: Vec::new(),
        sections: sections(&locale),
        warnings: Vec::new(),
        remarks: vec![
            "12 de 4.310 tareas no tienen vendedor; cuentan en los totales, sin nombre en las tablas.".to_owned(),
            "3 de 4.310 tareas tienen un valor de estado desconocido: en_revision (2), «por validar» (1).".to_owned(),
        ],
        definitions: [
            ("Tareas planificadas", "tareas programadas en el periodo y no canceladas"),
            ("Tareas completadas", "tareas planificadas en el periodo y hechas"),
            ("Tasa de cumplimiento", "tareas completadas / tareas planificadas"),
            (
                "Puntualidad",
                "tareas hechas a más tardar en su hora límite (sin ella, al cierre del día programado) / tareas planificadas",
            ),
            ("Ventas", "suma de las ventas de las tareas hechas"),
        ]
        .map(|(label, formula)| (label.to_owned(), formula.to_owned()))
        .to_vec(),
        totals: Vec::new(),
        locale,
    }
}

fn sections(locale: &Locale) -> Vec<Section> {
    let section = |id: &str, title: Option<&str>, body| Section {
        id: id.to_owned(),
        title: title.map(str::to_owned),
        only: Vec::new(),
        body,
        notes: Vec::new(),
    };
    let mut largest =
        section("las-diez-ventas-mas-altas", Some("Las diez ventas más altas"), Body::Table(tables::sales()));
    largest.notes.push("Se muestran 12 de 134 filas.".to_owned());
    let mut only_pdf = section(
        "nota-para-impresion",
        None,
        Body::Text(
            "Este párrafo aparece solo en el PDF: «¿cuántas tiendas visitó el pingüino Ñoño?», preguntó."
                .into(),
        ),
    );
    only_pdf.only.push(Format::Pdf);
    vec![
        section("kpis", None, Body::Kpis(kpis(locale))),
        section(
            "text",
            None,
            Body::Text(
                "La semana del 9–15 de noviembre de 2026 se completaron 3.675 de 4.310 tareas (85,3\u{a0}%), con \
                 ventas por $\u{a0}1.284.930.450 (8,4\u{a0}% más que la semana anterior). El equipo del Eje Cafetero \
                 ganó 1.240 visitas; la señal más débil llega del Altiplano cundiboyacense."
                    .to_owned(),
            ),
        ),
        section("tareas-por-equipo", Some("Tareas por equipo"), Body::Chart(by_team())),
        section("planificadas-y-completadas", Some("Planificadas y completadas"), Body::Chart(grouped())),
        section("tareas-por-tipo", Some("Tareas completadas por día y tipo"), Body::Chart(stacked(locale))),
        section("puntualidad-por-dia", Some("Puntualidad por día"), Body::Chart(line(locale))),
        section("retencion-por-cohorte", Some("Retención por cohorte"), Body::Chart(cohorts(locale))),
        section("equipos", Some("Equipos"), Body::Table(tables::teams())),
        section("vendedores-y-agentes", Some("Vendedores y agentes"), Body::Table(tables::sellers())),
        section("de-que-estado-a-cual", Some("De qué estado a cuál"), Body::Table(tables::matrix(locale))),
        largest,
        section("sin-filas", Some("Tareas fallidas por número equivocado"), Body::Table(tables::empty())),
        section("una-fila", Some("El mejor día"), Body::Table(tables::one_row())),
        only_pdf,
    ]
}

/// Metric, label, value, previous, target, format, which direction is good.
type Tile = (&'static str, &'static str, Option<f64>, Option<f64>, Option<f64>, ValueFormat, Better);

fn kpis(locale: &Locale) -> Vec<Kpi> {
    use Better::{Higher, Lower, Neither};
    let against = |with| Against::of(with, Shape::Unit(Unit::Week), locale.language());
    let (before, goal) = (against(Comparison::Previous), against(Comparison::Target));
    let all: [Tile; 8] = [
        ("tasks_planned", "Tareas planificadas", Some(4310.0), Some(4310.0), None, COUNT, Neither),
        ("tasks_completed", "Tareas completadas", Some(3675.0), Some(3390.0), None, COUNT, Higher),
        ("completion_rate", "Tasa de cumplimiento", Some(0.8527), Some(0.8561), Some(0.85), SHARE, Higher),
        ("on_time_rate", "Puntualidad", Some(0.7423), Some(0.7012), Some(0.80), SHARE, Higher),
        ("sales_amount", "Ventas", Some(1_284_930_450.0), Some(1_185_360_000.0), None, PESOS, Higher),
        ("overdue", "Tareas vencidas", Some(214.0), Some(180.0), Some(150.0), COUNT, Lower),
        (
            "time_to_complete",
            "Tiempo hasta completar (mediana)",
            Some(3.46),
            Some(0.0),
            None,
            ValueFormat::Hours(1),
            Lower,
        ),
        ("contact_rate", "Tasa de contacto", None, Some(0.41), None, SHARE, Higher),
    ];
    all.into_iter()
        .map(|(metric, label, value, previous, target, format, better)| {
            let currency = (format == PESOS).then_some("COP");
            let pair = |reference| Pair { value, reference, format, currency, better };
            let mut changes = vec![change::change(pair(previous), &before, locale)];
            if target.is_some() {
                changes.push(change::change(pair(target), &goal, locale));
            }
            Kpi {
                metric: metric.to_owned(),
                label: label.to_owned(),
                value: value.and_then(|v| rounding::rounded(v, format)),
                display: number(format),
                changes,
                spark: None,
            }
        })
        .collect()
}

fn by_team() -> Chart {
    Chart {
        style: ChartStyle::Bars,
        x_label: "Equipo".to_owned(),
        series_label: None,
        categories: owned(&TEAMS),
        series: vec![series("Tareas completadas", [812, 640, 1240, 405, 96, 482, 0].map(whole))],
        display: number(COUNT),
        alt: "Tareas completadas por equipo, 7 categorías, de Norte a Altiplano cundiboyacense; el valor más alto es \
              1.240 (Eje Cafetero)."
            .to_owned(),
    }
}

fn grouped() -> Chart {
    let mut chart = by_team();
    let planned = [903, 790, 1310, 560, 121, 530, 96].map(whole);
    chart.series.insert(0, series("Tareas planificadas", planned));
    chart.alt =
        "Tareas planificadas y tareas completadas por equipo, 7 categorías; el valor más alto es 1.310 \
                 (Tareas planificadas, Eje Cafetero)."
            .to_owned();
    chart
}

fn stacked(locale: &Locale) -> Chart {
    Chart {
        style: ChartStyle::StackedBars,
        x_label: "Día".to_owned(),
        series_label: None,
        categories: week().map(|d| locale.short_day(d)).to_vec(),
        series: vec![
            series("Visita", [310, 295, 322, 301, 288, 140, 0].map(whole)),
            series("Llamada", [210, 198, 240, 205, 190, 66, 0].map(whole)),
            series("Mensaje", [150, 170, 155, 160, 145, 130, 0].map(whole)),
        ],
        display: number(COUNT),
        alt:
            "Tareas completadas por día y tipo, de lun 9 a dom 15; el valor más alto es 322 (Visita, mié 11)."
                .to_owned(),
    }
}

fn line(locale: &Locale) -> Chart {
    let values = [Some(0.712), Some(0.734), None, Some(0.751), Some(0.768), Some(0.70), Some(0.745)].to_vec();
    Chart {
        style: ChartStyle::Line,
        x_label: "Día".to_owned(),
        series_label: None,
        categories: week().map(|d| locale.short_day(d)).to_vec(),
        series: vec![Series::new("Puntualidad", values)],
        display: number(SHARE),
        alt:
            "Puntualidad por día, de lun 9 a dom 15; el valor más alto es 76,8\u{a0}% (vie 13), el más bajo \
              70,0\u{a0}% (sáb 14); sin dato: mié 11."
                .to_owned(),
    }
}

/// Cohorts of seven weeks: what is still to come has no value.
fn cohorts(locale: &Locale) -> Chart {
    let first = |weeks: usize| day(2026, 9, 28) + chrono::TimeDelta::weeks(i64::try_from(weeks).unwrap_or(0));
    let shares = [1.0, 0.824, 0.731, 0.655, 0.602, 0.588, 0.571];
    let row = |cohort: usize| {
        let values = (0..7_usize).map(|week| {
            let share = shares[week] - 0.013 * (cohort * week % 5) as f64;
            (cohort + week < 7).then_some(share).and_then(|share| rounding::rounded(share, SHARE))
        });
        Series::new(locale.short_week(first(cohort)), values.collect())
    };
    Chart {
        style: ChartStyle::Heatmap,
        x_label: "Semanas desde el registro".to_owned(),
        series_label: Some("Semana de registro".to_owned()),
        categories: (0..7).map(|week| week.to_string()).collect(),
        series: (0..7).map(row).collect(),
        display: number(SHARE),
        alt: "Retención por semanas desde el registro y semana de registro, de 0 a 6; el valor más alto es \
              100,0\u{a0}% (0, sem. 28 sept)."
            .to_owned(),
    }
}

fn number(format: ValueFormat) -> Display {
    let currency = matches!(format, ValueFormat::Currency(_)).then(|| "COP".to_owned());
    Display::Number { format, currency }
}

fn series<const N: usize>(label: &str, values: [Option<f64>; N]) -> Series {
    Series::new(label, values.to_vec())
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|t| (*t).to_owned()).collect()
}

fn whole(count: u32) -> Option<f64> {
    Some(f64::from(count))
}

fn week() -> [NaiveDate; 7] {
    [9, 10, 11, 12, 13, 14, 15].map(|d| day(2026, 11, d))
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_holds_together() {
        let document = sample();
        let mut ids: Vec<_> = document.sections.iter().map(|s| s.id.clone()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), document.sections.len(), "ids are unique");
        for section in &document.sections {
            match &section.body {
                Body::Table(table) => {
                    assert!(table.columns.iter().all(|c| c.values.len() == table.len()), "{}", section.id);
                    assert!(
                        table.totals.as_ref().is_none_or(|t| t.len() == table.columns.len()),
                        "{}",
                        section.id
                    );
                }
                Body::Chart(chart) => {
                    assert!(
                        chart.series.iter().all(|s| s.values.len() == chart.categories.len()),
                        "{}",
                        section.id
                    );
                }
                Body::Kpis(kpis) => assert_eq!(kpis.len(), 8),
                Body::Text(text) => assert!(!text.contains("  ")),
            }
        }
        assert_eq!(document.period, "9–15 de noviembre de 2026");
        assert_eq!(document.locale.date_time(document.generated), "16 nov 2026, 07:30");
    }
}

//! The document with everything that breaks drawings: every kind of chart, long names, values below zero and none, one category and sixty.

use super::{COUNT, PESOS, SHARE, TEAMS, day, number, sample};
use crate::calendar::{Shape, Unit};
use crate::definition::{Better, Comparison, ValueFormat};
use crate::document::against::Against;
use crate::document::change::{self, Pair};
use crate::document::{
    Body, Chart, ChartStyle, Direction, Display, Document, Kpi, Locale, Section, Series, Spark, Word,
    rounding, state_label,
};
use crate::source::STATES;
use chrono::TimeDelta;

/// Every chart kind, and tiles with small lines, with values that are hard to draw.
#[must_use]
pub fn stress() -> Document {
    let plain = sample();
    let locale = plain.locale.clone();
    Document {
        report: "prueba-de-esfuerzo".to_owned(),
        title: "Prueba de esfuerzo: todo lo que rompe un dibujo".to_owned(),
        subtitle: None,
        sections: sections(&locale),
        remarks: Vec::new(),
        definitions: Vec::new(),
        ..plain
    }
}

fn sections(locale: &Locale) -> Vec<Section> {
    let mut sections = vec![section("kpis", None, Body::Kpis(tiles(locale)))];
    let charts = [
        ("lineas", "Cuatro líneas con sus nombres", lines(locale, 4, 14)),
        ("lineas-largas", "Tres líneas de sesenta días", lines(locale, 3, 60)),
        ("seis-lineas", "Seis líneas con leyenda", lines(locale, 6, 10)),
        ("area", "Un área con huecos", areas(locale, ChartStyle::Area, 1)),
        ("areas", "Tres áreas", areas(locale, ChartStyle::Area, 3)),
        ("areas-apiladas", "Áreas apiladas", areas(locale, ChartStyle::StackedArea, 4)),
        ("areas-de-ocho", "Ocho áreas apiladas", areas(locale, ChartStyle::StackedArea, 8)),
        ("embudo", "Del plan a la venta", funnel(locale)),
        ("movimientos", "Clientes que cambiaron de estado", states(locale)),
        ("de-equipo-a-canal", "De equipo a canal", teams_and_channels(locale)),
        ("objetivos", "Frente a los objetivos", bullets(locale)),
        ("objetivos-por-equipo", "Ventas por equipo frente al objetivo", bullets_by_team(locale)),
        ("cohortes", "Retención por cohorte", cohorts(locale)),
        ("minigraficos", "Cada indicador por día", sparks(locale)),
        ("barras-apiladas", "Siete partes, unas bajo cero", stacked(locale)),
        ("sesenta-barras", "Sesenta ciudades", bars(60)),
        ("una-barra", "Una sola categoría", bars(1)),
        ("un-punto", "Un solo día", lines(locale, 3, 1)),
        ("sin-datos", "Sin datos", nothing()),
    ];
    sections.extend(charts.map(|(id, title, chart)| section(id, Some(title), Body::Chart(chart))));
    sections
}

fn section(id: &str, title: Option<&str>, body: Body) -> Section {
    Section { id: id.to_owned(), title: title.map(str::to_owned), only: Vec::new(), body, notes: Vec::new() }
}

/// Numbers from 0 to 1 that look random and are the same on every machine.
fn noise(seed: u32, at: usize) -> f64 {
    let mut bits =
        seed.wrapping_mul(2_654_435_761).wrapping_add(u32::try_from(at).unwrap_or(0).wrapping_mul(40_503));
    bits ^= bits >> 15;
    bits = bits.wrapping_mul(2_246_822_519);
    bits ^= bits >> 13;
    f64::from(bits % 10_000) / 10_000.0
}

fn days(locale: &Locale, count: usize) -> Vec<String> {
    let first = day(2026, 9, 17);
    (0..count)
        .map(|at| locale.day_of_month(first + TimeDelta::days(i64::try_from(at).unwrap_or(0))))
        .collect()
}

fn chart(
    style: ChartStyle,
    x_label: &str,
    categories: Vec<String>,
    series: Vec<Series>,
    format: ValueFormat,
) -> Chart {
    let alt = format!("{x_label}: {} series, {} categorías.", series.len(), categories.len());
    let display = number(format);
    Chart { style, x_label: x_label.to_owned(), series_label: None, categories, series, display, alt }
}

fn lines(locale: &Locale, count: usize, length: usize) -> Chart {
    let names = ["Norte", "Eje Cafetero", "Peñalolén–Ñuñoa", "Telemercadeo", "Sur", "Altiplano"];
    let series = names.iter().take(count).enumerate().map(|(of, name)| {
        let seed = u32::try_from(of).unwrap_or(0) + 3;
        let values = (0..length).map(|at| {
            let level = 0.52 + 0.09 * of as f64;
            let share = level + 0.11 * (noise(seed, at) - 0.5) + 0.002 * at as f64;
            (noise(seed + 50, at) > 0.06 || length == 1).then_some(share.clamp(0.0, 1.0))
        });
        Series::new(*name, values.map(|v| v.and_then(|v| rounding::rounded(v, SHARE))).collect())
    });
    chart(ChartStyle::Line, "Día", days(locale, length), series.collect(), SHARE)
}

fn areas(locale: &Locale, style: ChartStyle, count: usize) -> Chart {
    let names = [
        "Visita",
        "Llamada",
        "Mensaje",
        "Encuesta",
        "Cobro",
        "Auditoría de góndola y precios",
        "Capacitación",
        "Otros",
    ];
    let series = names.iter().take(count).enumerate().map(|(of, name)| {
        let seed = u32::try_from(of).unwrap_or(0) + 21;
        let values = (0..30).map(|at| {
            let missing = (of == 0 && count == 1 && (11..14).contains(&at)) || (of == 1 && at == 20);
            let size = (260.0 / (of + 1) as f64) * (0.75 + 0.5 * noise(seed, at));
            (!missing).then_some(size.round())
        });
        Series::new(*name, values.collect())
    });
    chart(style, "Día", days(locale, 30), series.collect(), COUNT)
}

fn funnel(locale: &Locale) -> Chart {
    let steps = [
        ("Tareas planificadas", Some(4310.0)),
        ("Tareas completadas", Some(3675.0)),
        ("Visitas y llamadas con conversación", Some(2214.0)),
        ("Clientes contactados por primera vez en el periodo", Some(2391.0)),
        ("Ventas", Some(486.0)),
        ("Ventas cobradas a la fecha", None),
    ];
    let values: Vec<Option<f64>> = steps.iter().map(|(_, value)| *value).collect();
    let share = |of: Option<f64>, whole: Option<f64>| rounding::rounded(of? / whole?, SHARE);
    let of_first = values.iter().map(|v| share(*v, values[0])).collect();
    let of_before = (0..values.len()).map(|at| share(values[at], *values.get(at.checked_sub(1)?)?)).collect();
    let shares = |word: Word, values| Series {
        display: Some(number(SHARE)),
        ..Series::new(word.in_language(locale.language()), values)
    };
    let series = vec![
        Series::new("Valor", values.clone()),
        shares(Word::OfFirst, of_first),
        shares(Word::OfBefore, of_before),
    ];
    let names = steps.map(|(name, _)| name.to_owned()).to_vec();
    chart(ChartStyle::Funnel, "Paso", names, series, COUNT)
}

/// Twelve hundred shops from state to state; most stay, one goes from the highest to the lowest.
fn states(locale: &Locale) -> Chart {
    let codes: Vec<&str> = STATES.into_iter().chain(["absent"]).collect();
    // The place of each state on the way up: those at risk stand below all.
    let rank = |at: usize| match at {
        0..=6 => at as i64,
        7 => -1,
        8 => -2,
        _ => -9,
    };
    let label = |code: &&str| state_label(code, locale.language());
    let series = codes.iter().enumerate().map(|(from, code)| Series {
        label: label(code),
        values: (0..codes.len())
            .map(|to| {
                let distance = from.abs_diff(to);
                let size = match distance {
                    0 if from == 9 => 0.0,
                    0 => 30.0 + 260.0 * noise(5, from),
                    1 | 2 => 36.0 * noise(6, from * 10 + to),
                    _ if noise(7, from * 10 + to) > 0.72 => 1.0 + 6.0 * noise(8, from * 10 + to),
                    _ => 0.0,
                };
                (size >= 1.0).then_some(size.round())
            })
            .collect(),
        moves: (0..codes.len())
            .map(|to| match rank(to) - rank(from) {
                1.. => Direction::Up,
                0 => Direction::Level,
                _ => Direction::Down,
            })
            .collect(),
        ..Series::default()
    });
    let names = codes.iter().map(label).collect();
    let chart = chart(ChartStyle::Flow, "Estado al cierre", names, series.collect(), COUNT);
    Chart { series_label: Some("Estado al inicio".to_owned()), ..chart }
}

fn teams_and_channels(locale: &Locale) -> Chart {
    let channels = ["salesman", "callcenter", "whatsapp", "email", "push"];
    let series = TEAMS.iter().enumerate().map(|(of, team)| {
        let seed = u32::try_from(of).unwrap_or(0) + 60;
        Series::new(*team, (0..5).map(|at| Some((900.0 * noise(seed, at).powi(3)).round())).collect())
    });
    let names = channels.map(|code| state_label(code, locale.language())).to_vec();
    let chart = chart(ChartStyle::Flow, "Canal", names, series.collect(), COUNT);
    Chart { series_label: Some("Equipo".to_owned()), ..chart }
}

fn against(
    value: Option<f64>,
    reference: Option<f64>,
    format: ValueFormat,
    better: Better,
    locale: &Locale,
) -> Series {
    let goal = Against::of(Comparison::Target, Shape::Unit(Unit::Week), locale.language());
    let pair = Pair { value, reference, format, currency: Some("COP"), better };
    Series {
        values: vec![value.and_then(|v| rounding::rounded(v, format))],
        target: reference.map(|_| change::change(pair, &goal, locale)),
        ..Series::default()
    }
}

fn bullets(locale: &Locale) -> Chart {
    use Better::{Higher, Lower};
    let rows = [
        ("Ventas", Some(1_284_930_450.0), Some(1_350_000_000.0), PESOS, Higher),
        ("Tasa de cumplimiento", Some(0.8527), Some(0.85), SHARE, Higher),
        ("Tareas vencidas", Some(214.0), Some(150.0), COUNT, Lower),
        ("Tiempo hasta completar (mediana)", Some(3.46), None, ValueFormat::Hours(1), Lower),
        ("Clientes nuevos", Some(97.0), Some(40.0), COUNT, Higher),
        ("Cobertura de visitas de la red de distribuidores", None, Some(0.6), SHARE, Higher),
        ("Margen de las devoluciones", Some(-1_250_000.0), Some(500_000.0), PESOS, Higher),
    ];
    let series = rows.map(|(label, value, target, format, better)| Series {
        label: label.to_owned(),
        display: Some(number(format)),
        ..against(value, target, format, better, locale)
    });
    let value = vec![Word::Value.in_language(locale.language()).to_owned()];
    chart(ChartStyle::Bullet, "Indicador", value, series.to_vec(), COUNT)
}

fn bullets_by_team(locale: &Locale) -> Chart {
    let values =
        [284_930_450.0, 190_400_000.0, 512_000_000.0, 181_600_000.0, -1_250_000.0, 117_250_000.0, 0.0];
    let targets = [Some(270e6), Some(240e6), Some(480e6), None, Some(9e6), Some(117_250_000.0), Some(20e6)];
    let rows = TEAMS.iter().zip(values).zip(targets).map(|((team, value), target)| Series {
        label: (*team).to_owned(),
        ..against(Some(value), target, PESOS, Better::Higher, locale)
    });
    let value = vec![Word::Value.in_language(locale.language()).to_owned()];
    chart(ChartStyle::Bullet, "Equipo", value, rows.collect(), PESOS)
}

fn cohorts(locale: &Locale) -> Chart {
    let series = (0..12_usize).map(|cohort| {
        let first = day(2026, 8, 24) + TimeDelta::weeks(i64::try_from(cohort).unwrap_or(0));
        let values = (0..12_usize).map(|week| {
            let share = 0.34 + 0.56 / (1.0 + 0.45 * week as f64) + 0.05 * noise(91, cohort * 12 + week);
            let there = cohort + week < 12 && (cohort, week) != (2, 4);
            there.then_some(share).and_then(|share| rounding::rounded(share, SHARE))
        });
        Series::new(locale.short_week(first), values.collect())
    });
    let weeks = (0..12).map(|week| week.to_string()).collect();
    let chart = chart(ChartStyle::Cohort, "Semanas desde el registro", weeks, series.collect(), SHARE);
    Chart { series_label: Some("Semana de registro".to_owned()), ..chart }
}

fn sparks(locale: &Locale) -> Chart {
    let rows = [
        ("Tareas completadas", COUNT, 640.0),
        ("Tasa de cumplimiento", SHARE, 0.9),
        ("Ventas", PESOS, 61_000_000.0),
        ("Tiempo hasta completar (mediana)", ValueFormat::Hours(1), 7.5),
        ("Devoluciones, netas de reposiciones y notas de crédito", PESOS, -900_000.0),
        ("Sin movimiento", COUNT, 0.0),
    ];
    let series = rows.iter().enumerate().map(|(of, (label, format, size))| {
        let seed = u32::try_from(of).unwrap_or(0) + 31;
        let values = (0..30).map(|at| {
            let missing = of == 3 && (8..12).contains(&at);
            let value = size * (0.55 + 0.45 * noise(seed, at));
            (!missing).then_some(value).and_then(|v| rounding::rounded(v, *format))
        });
        Series { display: Some(number(*format)), ..Series::new(*label, values.collect()) }
    });
    chart(ChartStyle::Spark, "Día", days(locale, 30), series.collect(), COUNT)
}

fn stacked(locale: &Locale) -> Chart {
    let series = TEAMS.iter().enumerate().map(|(of, team)| {
        let seed = u32::try_from(of).unwrap_or(0) + 71;
        let sign = if of == 5 { -0.4 } else { 1.0 };
        let values = (0..8).map(|at| Some((sign * 120e6 * noise(seed, at)).round()));
        Series::new(*team, values.collect())
    });
    let first = day(2026, 9, 21);
    let weeks = (0..8).map(|week| locale.short_week(first + TimeDelta::weeks(week))).collect();
    chart(ChartStyle::StackedBars, "Semana", weeks, series.collect(), PESOS)
}

fn bars(count: usize) -> Chart {
    let places =
        ["Bogotá", "Medellín", "San José del Guaviare", "Ibagué", "Cúcuta", "Ñemby", "Santa Cruz de Lorica"];
    let categories = (0..count).map(|at| format!("{} {}", places[at % places.len()], at + 1)).collect();
    let values = (0..count).map(|at| (at % 17 != 5).then(|| (900.0 * noise(13, at) - 60.0).round()));
    chart(
        ChartStyle::Bars,
        "Ciudad",
        categories,
        vec![Series::new("Tareas completadas", values.collect())],
        COUNT,
    )
}

fn nothing() -> Chart {
    Chart { categories: Vec::new(), alt: "Ciudad: sin datos.".to_owned(), ..bars(1) }
}

fn tiles(locale: &Locale) -> Vec<Kpi> {
    let Some(kpis) = sample().sections.into_iter().find_map(|section| match section.body {
        Body::Kpis(kpis) => Some(kpis),
        _ => None,
    }) else {
        return Vec::new();
    };
    let spark = |at: usize, kpi: &Kpi| {
        let seed = u32::try_from(at).unwrap_or(0) + 41;
        let value = |day: usize| {
            let shown = (noise(seed, day) + 0.02 * day as f64) * kpi.value.unwrap_or(1.0);
            match kpi.display {
                Display::Number { format, .. } => rounding::rounded(shown, format),
                _ => Some(shown),
            }
        };
        let values = (0..30).map(|day| value(day).filter(|_| at != 3 || day % 7 != 6)).collect();
        let labels = days(locale, 30);
        let ends = labels.first().zip(labels.last());
        let alt = ends.map_or_else(String::new, |(first, last)| format!("Por día, de {first} a {last}."));
        Spark { x_label: "Día".to_owned(), labels, values, alt }
    };
    // Some metrics have none.
    let with = |(at, kpi): (usize, Kpi)| Kpi { spark: (at < 6).then(|| spark(at, &kpi)), ..kpi };
    kpis.into_iter().enumerate().map(with).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_style_of_chart_is_in_the_sample_of_what_is_hard_to_draw() {
        let document = stress();
        let charts: Vec<&Chart> = document
            .sections
            .iter()
            .filter_map(|section| if let Body::Chart(chart) = &section.body { Some(chart) } else { None })
            .collect();
        for style in ChartStyle::ALL.into_iter().filter(|style| *style != ChartStyle::Heatmap) {
            assert!(charts.iter().any(|chart| chart.style == style), "{style:?}");
        }
        for chart in &charts {
            let count = chart.categories.len();
            assert!(count == 0 || chart.series.iter().all(|s| s.values.len() == count), "{}", chart.alt);
        }
        for (categories, what) in [(0, "none"), (1, "one"), (60, "sixty")] {
            assert!(charts.iter().any(|chart| chart.categories.len() == categories), "{what}");
        }
        let values = || charts.iter().flat_map(|chart| &chart.series).flat_map(|series| &series.values);
        assert!(values().any(Option::is_none) && values().flatten().any(|value| *value < 0.0));
        let mut ids: Vec<&str> = document.sections.iter().map(|section| section.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), document.sections.len());
    }
}

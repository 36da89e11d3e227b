//! Charts: every category of the axis, a series a metric or a value of a dimension, and the chart in words.

use super::frame::{self, Key};
use super::table::distinct;
use super::{Fault, Setting, alt};
use crate::definition::{ChartKind, ChartSection, Language, MetricDefinition, ValueFormat};
use crate::document::{Chart, ChartStyle, Series, dimension_label, rounding};
use chrono::{Datelike as _, Days, Months, NaiveDate};
use polars::prelude::DataFrame;
use std::collections::{HashMap, HashSet};

/// More categories than this cannot be read; the largest are kept.
const MOST_CATEGORIES: usize = 40;
/// More series than this cannot be told apart; the largest are kept. Parts of a stack never cross, and small lines have a row of their own.
const MOST_SERIES: usize = 8;
const MOST_PARTS: usize = 10;
const MOST_ROWS: usize = 12;

/// A chart, and notes on what was cut.
pub(super) fn build(
    section: &ChartSection,
    setting: &Setting<'_>,
    values: &DataFrame,
) -> Result<(Chart, Vec<String>), Fault> {
    let metrics = setting.metrics_of(&section.metrics)?;
    // Rows share no axis, so that they may be of any kinds.
    let in_rows = section.kind == ChartKind::Spark && metrics.len() > 1;
    let format = match metrics.first() {
        Some(first) if in_rows => first.format,
        _ => common_format(&metrics)?,
    };
    let by = series_dimension(section, values)?;
    let x = axis_of(section)?;
    let x_keys = frame::dimension(values, x)?.keys();
    let by_keys = match &by {
        Some(by) => frame::dimension(values, by)?.keys(),
        None => vec![Key::Absent; x_keys.len()],
    };

    let mut notes = Vec::new();
    let mut lines = Vec::new();
    for metric in &metrics {
        let numbers: Vec<Option<f64>> =
            frame::numbers(values, &metric.id)?.into_iter().map(|v| setting.known(metric, v)).collect();
        // Where an additive metric has no row, nothing was counted; one that is absent everywhere is unknown.
        let gap = (metric.additive && numbers.iter().any(Option::is_some)).then_some(0.0);
        let cells: HashMap<(&Key, &Key), Option<f64>> =
            x_keys.iter().zip(&by_keys).zip(&numbers).map(|((x, by), v)| ((x, by), *v)).collect();
        let of = match &by {
            Some(by) => distinct(by, &by_keys),
            None => vec![Key::Absent],
        };
        for key in of {
            let label = series_label(metric, by.as_deref(), &key, metrics.len() > 1, setting);
            let cells: HashMap<Key, Option<f64>> = cells
                .iter()
                .filter(|((_, by), _)| **by == key)
                .map(|((x, _), v)| ((*x).clone(), *v))
                .collect();
            let format = if in_rows { metric.format } else { format };
            lines.push(Line { label, gap, cells, format });
        }
    }
    let most = match section.kind {
        ChartKind::Spark => MOST_ROWS,
        _ if section.stacked => MOST_PARTS,
        _ => MOST_SERIES,
    };
    keep_largest_series(&mut lines, most, setting, &mut notes);

    let axis = axis(x, MOST_CATEGORIES, setting, &x_keys, &lines, &mut notes);
    let series: Vec<Series> = lines
        .iter()
        .map(|line| Series {
            label: line.label.clone(),
            values: axis
                .iter()
                .map(|(key, _)| line.at(key))
                .map(|v| v.and_then(|v| rounding::rounded(v, line.format)))
                .collect(),
            display: in_rows.then(|| setting.display(line.format)),
            ..Series::default()
        })
        .collect();
    let mut chart = Chart {
        style: match (section.kind, section.stacked) {
            (ChartKind::Line, _) => ChartStyle::Line,
            (ChartKind::Area, true) => ChartStyle::StackedArea,
            (ChartKind::Area, false) => ChartStyle::Area,
            (ChartKind::Bars, true) => ChartStyle::StackedBars,
            (ChartKind::Spark, _) => ChartStyle::Spark,
            _ => ChartStyle::Bars,
        },
        x_label: dimension_label(x, setting.language),
        series_label: by.as_ref().map(|by| dimension_label(by, setting.language)),
        categories: axis.into_iter().map(|(_, label)| label).collect(),
        series,
        display: setting.display(format),
        alt: String::new(),
    };
    chart.alt = alt::in_words(&chart, &metrics, by.as_deref(), setting);
    Ok((chart, notes))
}

/// One series before it is laid along the axis.
pub(super) struct Line {
    pub(super) label: String,
    /// What stands where there is no row.
    pub(super) gap: Option<f64>,
    pub(super) cells: HashMap<Key, Option<f64>>,
    pub(super) format: ValueFormat,
}

impl Line {
    /// Its value of a category.
    pub(super) fn at(&self, key: &Key) -> Option<f64> {
        self.cells.get(key).copied().unwrap_or(self.gap)
    }

    fn size(&self) -> f64 {
        self.cells.values().flatten().map(|v| v.abs()).sum()
    }
}

/// One axis shows one kind of value; the decimals of the finest.
pub(super) fn common_format(metrics: &[&MetricDefinition]) -> Result<ValueFormat, Fault> {
    let Some(first) = metrics.first() else {
        return Err(Fault::new("the chart names no metric", "write metrics = [\"tasks_completed\"]"));
    };
    if let Some(other) = metrics.iter().find(|m| !m.format.shares_axis_with(first.format)) {
        return Err(Fault::new(
            format!(
                "`{}` and `{}` are values of different kinds and cannot share an axis",
                first.id, other.id
            ),
            "draw them in two charts",
        ));
    }
    let decimals = |m: &&&MetricDefinition| rounding::decimals_shown(m.format);
    Ok(metrics.iter().max_by_key(decimals).map_or(first.format, |m| m.format))
}

/// The dimension along the axis.
pub(super) fn axis_of(section: &ChartSection) -> Result<&str, Fault> {
    section.x.as_deref().ok_or_else(|| Fault::new("the chart has no axis", "write x = \"day\""))
}

/// The dimension whose values are series: `by`, or a column of the metric's own beside the axis.
pub(super) fn series_dimension(section: &ChartSection, values: &DataFrame) -> Result<Option<String>, Fault> {
    let mut others: Vec<String> = frame::dimensions(values, &section.metrics)
        .into_iter()
        .filter(|dimension| section.x.as_ref() != Some(dimension))
        .collect();
    if others.len() > 1 {
        return Err(Fault::new(
            format!("a chart shows one dimension beside its axis, this has `{}`", others.join("`, `")),
            "show it as a table, or take a metric without columns of its own",
        ));
    }
    Ok(others.pop())
}

fn series_label(
    metric: &MetricDefinition,
    by: Option<&str>,
    key: &Key,
    several: bool,
    setting: &Setting<'_>,
) -> String {
    let label = setting.label(metric);
    match by {
        None => label,
        Some(by) if several => format!("{label}: {}", setting.value_label(by, key)),
        Some(by) => setting.value_label(by, key),
    }
}

fn keep_largest_series(lines: &mut Vec<Line>, most: usize, setting: &Setting<'_>, notes: &mut Vec<String>) {
    if lines.len() <= most {
        return;
    }
    let all = lines.len();
    let sizes = lines.iter().map(Line::size).collect();
    keep_largest(lines, sizes, most);
    let (shown, of) = (setting.count(most), setting.count(all));
    notes.push(match setting.language {
        Language::Es => format!("Se muestran las {shown} series mayores de {of}."),
        Language::En => format!("The {shown} largest of {of} series are shown."),
        Language::Pt => format!("São mostradas as {shown} maiores séries de {of}."),
    });
}

/// Leaves the largest, in their order; there is a size for each.
pub(super) fn keep_largest<T>(all: &mut Vec<T>, sizes: Vec<f64>, most: usize) {
    let mut places: Vec<usize> = (0..sizes.len()).collect();
    places.sort_by(|a, b| sizes[*b].total_cmp(&sizes[*a]));
    let kept: HashSet<usize> = places.into_iter().take(most).collect();
    let mut place = 0..;
    all.retain(|_| place.next().is_some_and(|place| kept.contains(&place)));
}

/// The categories along the axis: every day, week or month of the period, or every value there is.
pub(super) fn axis(
    x: &str,
    most: usize,
    setting: &Setting<'_>,
    x_keys: &[Key],
    lines: &[Line],
    notes: &mut Vec<String>,
) -> Vec<(Key, String)> {
    if let Some(days) = days_of(x, setting) {
        let all: HashSet<Key> = days.iter().copied().map(Key::Date).collect();
        let outside: HashSet<&Key> = x_keys.iter().filter(|key| !all.contains(key)).collect();
        if !outside.is_empty() {
            let count = setting.count(outside.len());
            notes.push(match (setting.language, outside.len()) {
                (Language::Es, 1) => "No se muestra 1 fecha fuera del periodo.".to_owned(),
                (Language::Es, _) => format!("No se muestran {count} fechas fuera del periodo."),
                (Language::En, 1) => "1 date outside the period is not shown.".to_owned(),
                (Language::En, _) => format!("{count} dates outside the period are not shown."),
                (Language::Pt, 1) => "1 data fora do período não é mostrada.".to_owned(),
                (Language::Pt, _) => format!("{count} datas fora do período não são mostradas."),
            });
        }
        let label = |day: NaiveDate| time_label(x, day, setting);
        return days.into_iter().map(|day| (Key::Date(day), label(day))).collect();
    }
    let mut all = distinct(x, x_keys);
    if all.len() > most {
        let size =
            |key: &Key| lines.iter().filter_map(|l| l.cells.get(key).copied().flatten()).map(f64::abs).sum();
        let (shown, of) = (setting.count(most), setting.count(all.len()));
        let sizes = all.iter().map(size).collect();
        keep_largest(&mut all, sizes, most);
        notes.push(match setting.language {
            Language::Es => format!("Se muestran las {shown} categorías mayores de {of}."),
            Language::En => format!("The {shown} largest of {of} categories are shown."),
            Language::Pt => format!("São mostradas as {shown} maiores categorias de {of}."),
        });
    }
    all.into_iter()
        .map(|key| {
            let label = setting.value_label(x, &key);
            (key, label)
        })
        .collect()
}

/// The days, first days of weeks or first days of months that a period touches; `None` for other dimensions.
pub(super) fn days_of(dimension: &str, setting: &Setting<'_>) -> Option<Vec<NaiveDate>> {
    let (from, to) = (setting.period.from(), setting.period.to());
    let (first, next): (_, fn(NaiveDate) -> Option<NaiveDate>) = match dimension {
        "day" => (from, |d| d.succ_opt()),
        "week" => {
            let back = from.weekday().days_since(setting.report.week_start);
            (from.checked_sub_days(Days::new(back.into()))?, |d| d.checked_add_days(Days::new(7)))
        }
        "month" => (from.with_day(1)?, |d| d.checked_add_months(Months::new(1))),
        _ => return None,
    };
    Some(std::iter::successors(Some(first), |d| next(*d)).take_while(|d| *d < to).collect())
}

/// A day, or the first day of a week or month, as it stands along an axis.
pub(super) fn time_label(dimension: &str, day: NaiveDate, setting: &Setting<'_>) -> String {
    match dimension {
        "week" => setting.locale.short_week(day),
        "month" => setting.locale.short_month(day),
        _ => day_label(day, setting),
    }
}

/// Short periods tell the weekday, long ones of one month the day alone, others the month too.
pub(super) fn day_label(day: NaiveDate, setting: &Setting<'_>) -> String {
    let (from, last) = (setting.period.from(), setting.period.last());
    if (last - from).num_days() < 14 {
        setting.locale.short_day(day)
    } else if (from.year(), from.month()) == (last.year(), last.month()) {
        day.day().to_string()
    } else {
        setting.locale.day_of_month(day)
    }
}

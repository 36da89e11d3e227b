//! Tables of metrics by dimensions: sorted, cut with a word about it, totals from rows.

use super::frame::{self, Dimension, Key};
use super::{Fault, Setting};
use crate::definition::{MetricDefinition, TableSection};
use crate::document::ordering::Place;
use crate::document::{Column, Display, Table, Value, Values, Word, dimension_label, rounding};
use polars::prelude::DataFrame;
use std::cmp::Ordering;

/// A table, and notes on what was cut.
pub(super) fn build(
    section: &TableSection,
    setting: &Setting<'_>,
    values: &DataFrame,
    totals: Option<&DataFrame>,
) -> Result<(Table, Vec<String>), Fault> {
    let dimensions = frame::dimensions(values, &section.metrics)
        .into_iter()
        .map(|name| frame::dimension(values, &name).map(|of| (name, of)))
        .collect::<Result<Vec<_>, _>>()?;
    let metrics = section
        .metrics
        .iter()
        .map(|id| {
            let metric = setting.metric(id)?;
            let numbers = frame::numbers(values, id)?;
            Ok((metric, numbers.into_iter().map(|v| setting.known(metric, v)).collect::<Vec<_>>()))
        })
        .collect::<Result<Vec<_>, Fault>>()?;

    let mut rows = ordered(section, &dimensions, &metrics)?;
    let all = rows.len();
    let mut notes = Vec::new();
    if let Some(limit) = section.limit.filter(|limit| *limit < all) {
        rows.truncate(limit);
        notes.push(cut(limit, all, setting));
    }

    let mut columns: Vec<Column> =
        dimensions.iter().map(|(name, of)| dimension_column(name, of, &rows, setting)).collect();
    columns.extend(metrics.iter().map(|(metric, numbers)| {
        let shown = rows.iter().map(|row| numbers.get(*row).copied().flatten());
        metric_column(metric, setting, shown)
    }));

    let totals = match totals {
        None => None,
        Some(totals) => {
            let mut line: Vec<Option<Value>> = vec![None; dimensions.len()];
            for (metric, _) in &metrics {
                let total = frame::numbers(totals, &metric.id)?.first().copied().flatten();
                line.push(number(metric, setting.known(metric, total)));
            }
            Some(line)
        }
    };
    Ok((Table { columns, totals }, notes))
}

/// The rows in the order asked for, else in that of the dimensions.
fn ordered(
    section: &TableSection,
    dimensions: &[(String, Dimension)],
    metrics: &[(&MetricDefinition, Vec<Option<f64>>)],
) -> Result<Vec<usize>, Fault> {
    let count = dimensions
        .first()
        .map(|(_, of)| of.len())
        .or_else(|| metrics.first().map(|(_, numbers)| numbers.len()))
        .unwrap_or(0);
    let places: Vec<Vec<Place>> = dimensions
        .iter()
        .map(|(name, of)| of.keys().iter().map(|key| Place::of(name, key)).collect())
        .collect();
    let by_dimensions = |a: usize, b: usize| -> Ordering {
        places.iter().fold(Ordering::Equal, |so_far, of| so_far.then_with(|| of[a].compare(&of[b], false)))
    };
    let mut rows: Vec<usize> = (0..count).collect();
    rows.sort_by(|a, b| by_dimensions(*a, *b));
    let Some((column, descending)) = &section.sort else { return Ok(rows) };
    if let Some(at) = dimensions.iter().position(|(name, _)| name == column) {
        let of = &places[at];
        rows.sort_by(|a, b| of[*a].compare(&of[*b], *descending));
    } else if let Some((_, numbers)) = metrics.iter().find(|(metric, _)| metric.id == *column) {
        rows.sort_by(|a, b| by_size(numbers[*a], numbers[*b], *descending));
    } else {
        let there = dimensions
            .iter()
            .map(|(name, _)| name.as_str())
            .chain(metrics.iter().map(|(m, _)| m.id.as_str()));
        let there: Vec<_> = there.collect();
        return Err(Fault::new(
            format!("it is sorted by `{column}`, which is none of its columns"),
            super::nearest(column, there.iter().copied(), &format!("its columns: {}", there.join(", "))),
        ));
    }
    Ok(rows)
}

/// Absent numbers last, whatever the direction.
fn by_size(a: Option<f64>, b: Option<f64>, descending: bool) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if descending => b.total_cmp(&a),
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

fn cut(shown: usize, of: usize, setting: &Setting<'_>) -> String {
    let sentence = Word::RowsShown.in_language(setting.language);
    sentence.replace("{n}", &setting.count(shown)).replace("{m}", &setting.count(of))
}

/// A dimension's column: days as dates, everything else in words.
pub(super) fn dimension_column(name: &str, of: &Dimension, rows: &[usize], setting: &Setting<'_>) -> Column {
    let months = matches!(name, "month" | "signup_month");
    let (display, values) = match of {
        Dimension::Date(days) if !months => {
            (Display::Date, Values::Date(rows.iter().map(|row| days.get(*row).copied().flatten()).collect()))
        }
        _ => {
            let text = |row: &usize| Some(setting.value_label(name, &of.key(*row)));
            (Display::Text, Values::Text(rows.iter().map(text).collect()))
        }
    };
    Column {
        id: name.to_owned(),
        label: dimension_label(name, setting.language),
        display,
        is_dimension: true,
        values,
    }
}

fn metric_column(
    metric: &MetricDefinition,
    setting: &Setting<'_>,
    values: impl Iterator<Item = Option<f64>>,
) -> Column {
    Column {
        id: metric.id.clone(),
        label: setting.label(metric),
        display: setting.display(metric.format),
        is_dimension: false,
        values: Values::Number(values.map(|v| v.and_then(|v| rounding::rounded(v, metric.format))).collect()),
    }
}

/// A metric's value, rounded.
pub(super) fn number(metric: &MetricDefinition, value: Option<f64>) -> Option<Value> {
    value.and_then(|v| rounding::rounded(v, metric.format)).map(Value::Number)
}

/// The distinct values of a dimension, in order.
pub(super) fn distinct(name: &str, keys: &[Key]) -> Vec<Key> {
    let mut seen = std::collections::HashSet::new();
    let mut all: Vec<Key> = keys.iter().filter(|k| seen.insert(*k)).cloned().collect();
    all.sort_by(|a, b| Place::of(name, a).compare(&Place::of(name, b), false));
    all
}

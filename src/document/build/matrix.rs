//! A metric with two columns of its own as a matrix: the first down the rows, the second along the columns.

use super::frame::{self, Dimension, Key};
use super::table::{self, distinct};
use super::{Fault, Setting};
use crate::definition::{MetricDefinition, TableSection};
use crate::document::{Column, Table, Value, Values, Word, rounding};
use polars::prelude::DataFrame;
use std::collections::HashMap;

/// The metric, when a section asks for such a matrix.
pub(super) fn metric<'a>(
    section: &TableSection,
    setting: &Setting<'a>,
) -> Result<Option<&'a MetricDefinition>, Fault> {
    let ([id], []) = (section.metrics.as_slice(), section.by.as_slice()) else { return Ok(None) };
    let metric = setting.metric(id)?;
    Ok((metric.by.len() == 2).then_some(metric))
}

/// The matrix. Pairs that do not occur are absent. Rows and columns of an additive metric are totalled; the total of
/// all is computed from rows.
pub(super) fn build(
    metric: &MetricDefinition,
    setting: &Setting<'_>,
    values: &DataFrame,
    totals: Option<&DataFrame>,
) -> Result<Table, Fault> {
    let [down, along] = metric.by.as_slice() else {
        return Err(Fault::new(
            format!("metric `{}` has no two columns of its own", metric.id),
            "use table.by",
        ));
    };
    let numbers = frame::numbers(values, &metric.id)?;
    let of_rows = frame::dimension(values, down)?;
    let (row_keys, column_keys) = (of_rows.keys(), frame::dimension(values, along)?.keys());
    let mut cells: HashMap<(&Key, &Key), f64> = HashMap::new();
    for ((row, column), number) in row_keys.iter().zip(&column_keys).zip(&numbers) {
        if let Some(number) = number {
            cells.insert((row, column), *number);
        }
    }
    let (rows, along_keys) = (distinct(down, &row_keys), distinct(along, &column_keys));
    let rounded = |v: Option<f64>| v.and_then(|v| rounding::rounded(v, metric.format));
    let column = |id: String, label: String, values: Vec<Option<f64>>| {
        let values = Values::Number(values.into_iter().map(rounded).collect());
        let column = Column::new(id, label, setting.display(metric.format), false, values);
        Column { is_sum: metric.additive, ..column }
    };

    let all_rows: Vec<usize> = (0..rows.len()).collect();
    let mut columns = vec![table::dimension_column(down, &as_dimension(&rows), &all_rows, setting)];
    let mut line: Vec<Option<Value>> = vec![None];
    for key in &along_keys {
        let values: Vec<_> = rows.iter().map(|row| cells.get(&(row, key)).copied()).collect();
        line.push(rounded(sum(&values)).map(Value::Number));
        columns.push(column(column_id(metric, key), setting.value_label(along, key), values));
    }
    let Some(totals) = totals else { return Ok(Table::new(columns, None)) };
    let total = frame::numbers(totals, &metric.id)?.first().copied().flatten();
    if !metric.additive {
        return Ok(Table::new(columns, None));
    }
    let of_each_row = rows
        .iter()
        .map(|row| sum(&along_keys.iter().map(|key| cells.get(&(row, key)).copied()).collect::<Vec<_>>()))
        .collect();
    let label = Word::Total.in_language(setting.language).to_owned();
    columns.push(column(format!("{}_total", metric.id), label, of_each_row));
    line.push(table::number(metric, setting.known(metric, total)));
    Ok(Table::new(columns, Some(line)))
}

/// Groups of an additive metric do not overlap, so their sum is that of their rows.
fn sum(values: &[Option<f64>]) -> Option<f64> {
    let mut there = values.iter().flatten().peekable();
    there.peek()?;
    Some(there.sum())
}

/// `state_transitions_power`
fn column_id(metric: &MetricDefinition, key: &Key) -> String {
    match key {
        Key::Text(text) => format!("{}_{text}", metric.id),
        Key::Date(day) => format!("{}_{day}", metric.id),
        Key::Absent => format!("{}_none", metric.id),
    }
}

fn as_dimension(keys: &[Key]) -> Dimension {
    if keys.iter().any(|k| matches!(k, Key::Date(_))) {
        let day = |key: &Key| if let Key::Date(day) = key { Some(*day) } else { None };
        return Dimension::Date(keys.iter().map(day).collect());
    }
    let text = |key: &Key| if let Key::Text(text) = key { Some(text.clone()) } else { None };
    Dimension::Text(keys.iter().map(text).collect())
}

//! The types that computed values are given out in: whole numbers, floats without NaN and minus zero, text, dates, instants in UTC.

use super::MetricsError;
use super::columns;
use super::relation::INSTANT;
use crate::definition::{MetricDefinition, Rows, ValueFormat};
use crate::source::column_type;
use polars::prelude::*;

/// An optional column that the source lacks: null, of the type that it would have.
pub(super) fn absent_column(rows: Rows, column: &str, height: usize) -> Column {
    let kind = match column_type(columns::frame_of(rows), column) {
        DataType::Datetime(..) => INSTANT,
        other => other,
    };
    Column::full_null(column.into(), height, &kind)
}

/// No metric can be computed: no groups, or one row of nulls.
pub(super) fn no_values(chosen: &[&MetricDefinition], dimensions: &[String]) -> DataFrame {
    let height = usize::from(dimensions.is_empty());
    let columns: Vec<Column> = dimensions
        .iter()
        .map(|d| Series::full_null(d.as_str().into(), height, &DataType::String))
        .chain(chosen.iter().map(|m| Series::full_null(m.id.as_str().into(), height, &DataType::Float64)))
        .map(IntoColumn::into_column)
        .collect();
    DataFrame::new(height, columns).unwrap_or_default()
}

/// Whole numbers are `Int64`, others `Float64` without NaN and infinities; a span of time is a number of the metric's unit.
pub(super) fn as_number(
    metric: &MetricDefinition,
    name: &str,
    kind: Option<&DataType>,
) -> Result<Expr, MetricsError> {
    let value = col(name);
    let fail = |what: String| {
        MetricsError {
        subject: format!("metric `{}`", metric.id),
        what,
        hint: "an expression gives one number for each group: count(...), sum(...), median(...), a ratio of them"
            .to_owned(),
    }
    };
    let finite = |value: Expr| when(value.clone().is_finite()).then(value).otherwise(lit(NULL));
    Ok(match kind {
        Some(DataType::Float64 | DataType::Float32) => finite(value.cast(DataType::Float64)),
        Some(kind) if kind.is_integer() => value.cast(DataType::Int64),
        Some(DataType::Boolean) => value.cast(DataType::Int64),
        Some(DataType::Null) => value.cast(DataType::Float64),
        Some(DataType::Duration(unit)) => {
            let ticks = match unit {
                TimeUnit::Nanoseconds => 1e9,
                TimeUnit::Microseconds => 1e6,
                TimeUnit::Milliseconds => 1e3,
            };
            let seconds = match metric.format {
                ValueFormat::Hours(_) => 3600.0,
                ValueFormat::Minutes(_) => 60.0,
                ValueFormat::Days(_) => 86_400.0,
                _ => {
                    return Err(fail(
                        "it gives a span of time, and its format is neither hours, minutes nor days"
                            .to_owned(),
                    ));
                }
            };
            value.cast(DataType::Int64).cast(DataType::Float64) / lit(ticks * seconds)
        }
        Some(other) => return Err(fail(format!("it gives {other}, not a number"))),
        None => return Err(fail("it gives no value".to_owned())),
    }
    .alias(metric.id.as_str()))
}

/// Columns that came out of a join of relations keep their type. Minus zero, of which a source may hold one and whose sign medians
/// and sums keep, becomes zero.
pub(super) fn as_numbers(table: DataFrame, chosen: &[&MetricDefinition]) -> PolarsResult<DataFrame> {
    let mut table = table;
    for metric in chosen {
        let column = table.column(&metric.id)?;
        if matches!(column.dtype(), DataType::Int64) {
            continue;
        }
        let column = column.cast(&DataType::Float64)?;
        let numbers = column.f64()?.apply_values(|number| number + 0.0);
        table.with_column(numbers.into_series().into_column())?;
    }
    Ok(table)
}

/// Types that a table can show: instants in UTC, signed numbers, hours for spans of time, text for the rest.
pub(super) fn presentable(table: DataFrame) -> PolarsResult<DataFrame> {
    let columns = table
        .columns()
        .iter()
        .map(|column| match column.dtype() {
            DataType::Datetime(..) => column
                .cast(&INSTANT)?
                .cast(&DataType::Int64)?
                .cast(&DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC))),
            kind if kind.is_integer() => column.cast(&DataType::Int64),
            DataType::Float32 => column.cast(&DataType::Float64),
            DataType::Duration(_) => {
                let micros =
                    column.cast(&DataType::Duration(TimeUnit::Microseconds))?.cast(&DataType::Int64)?;
                let hours = micros.cast(&DataType::Float64)? / 3.6e9;
                Ok(hours)
            }
            DataType::Boolean | DataType::String | DataType::Date | DataType::Float64 => Ok(column.clone()),
            _ => column.cast(&DataType::String),
        })
        .collect::<PolarsResult<Vec<_>>>()?;
    DataFrame::new(table.height(), columns)
}

//! The answer of an analyst's own query as a table: columns by their types, headings and formats by their names.

use super::{Fault, Setting, frame};
use crate::definition::ValueFormat;
use crate::document::labels::value_label;
use crate::document::{Column, Display, Table, Values, dimension_label, rounding};
use chrono::{DateTime, NaiveDateTime};
use polars::prelude::{Column as Data, DataFrame, DataType, TimeUnit, TimeZone};

/// The answer as a table.
pub(super) fn build(answer: &DataFrame, setting: &Setting<'_>) -> Result<Table, Fault> {
    let columns = answer.columns().iter().map(|data| column(data, setting)).collect::<Result<_, _>>()?;
    Ok(Table::new(columns, None))
}

fn column(data: &Data, setting: &Setting<'_>) -> Result<Column, Fault> {
    let name = data.name().as_str();
    let metric = setting.metric(name).ok();
    let (display, values) = match data.dtype() {
        DataType::Boolean => {
            let values = data.bool().map_err(|e| frame::unreadable(data, &e))?;
            (Display::Boolean, Values::Boolean(values.iter().collect()))
        }
        DataType::Date => (Display::Date, Values::Date(frame::dates(data)?)),
        DataType::Datetime(..) => {
            (Display::DateTime, Values::DateTime(civil_times(data, setting.report.zone)?))
        }
        kind if kind.is_integer() && is_name(name) => (Display::Text, Values::Text(frame::texts(data)?)),
        kind if kind.is_numeric() => {
            let values = frame::floats(data)?;
            let format = metric.map_or_else(|| format_of(name, kind.is_integer(), &values), |m| m.format);
            numbers(format, values, setting)
        }
        _ => {
            let texts = frame::texts(data)?.into_iter();
            let shown = texts.map(|t| t.map(|t| value_label(name, Some(&t), setting.language)));
            (Display::Text, Values::Text(shown.collect()))
        }
    };
    let label = metric.map_or_else(|| dimension_label(name, setting.language), |m| setting.label(m));
    let is_dimension = !matches!(values, Values::Number(_));
    Ok(Column::new(name, label, display, is_dimension, values))
}

fn numbers(format: ValueFormat, values: Vec<Option<f64>>, setting: &Setting<'_>) -> (Display, Values) {
    let rounded = values.into_iter().map(|v| v.and_then(|v| rounding::rounded(v, format)));
    (setting.display(format), Values::Number(rounded.collect()))
}

/// Numbers that name something: digits of them are not grouped.
fn is_name(column: &str) -> bool {
    column == "id" || column.ends_with("_id") || matches!(column, "year" | "anio" | "año" | "ano")
}

/// Amounts and shares by their names; else as many decimals as the values need, up to two.
fn format_of(column: &str, whole: bool, values: &[Option<f64>]) -> ValueFormat {
    let decimals = if whole { 0 } else { decimals_needed(values) };
    if column == "amount" || column.ends_with("_amount") {
        ValueFormat::Currency(if decimals == 0 { 0 } else { 2 })
    } else if column.ends_with("_rate") || column.ends_with("_share") {
        ValueFormat::Percent(1)
    } else if whole {
        ValueFormat::Integer
    } else {
        // Shown like whole numbers where it needs no decimals, but none: another week may have some.
        ValueFormat::Decimal(decimals)
    }
}

fn decimals_needed(values: &[Option<f64>]) -> u8 {
    let fits = |n: u8, v: f64| rounding::round(v, n) == rounding::round(v, 2);
    (0..2).find(|n| values.iter().flatten().all(|v| fits(*n, *v))).unwrap_or(2)
}

/// Instants (the engine gives microseconds in UTC) as civil times of a zone.
fn civil_times(data: &Data, zone: chrono_tz::Tz) -> Result<Vec<Option<NaiveDateTime>>, Fault> {
    let cast = data
        .cast(&DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)))
        .and_then(|instants| instants.cast(&DataType::Int64))
        .map_err(|e| frame::unreadable(data, &e))?;
    let values = cast.i64().map_err(|e| frame::unreadable(data, &e))?;
    let civil =
        |micros: i64| Some(DateTime::from_timestamp_micros(micros)?.with_timezone(&zone).naive_local());
    Ok(values.iter().map(|v| v.and_then(civil)).collect())
}

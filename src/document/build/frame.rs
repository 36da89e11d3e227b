//! Reads the columns of a table of numbers into values of a document.

use super::Fault;
use chrono::{Datelike as _, NaiveDate};
use polars::prelude::{Column, DataFrame, DataType};

/// The values of a dimension.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::document) enum Dimension {
    /// Names and codes.
    Text(Vec<Option<String>>),
    /// Civil days.
    Date(Vec<Option<NaiveDate>>),
}

/// One value of a dimension.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::document) enum Key {
    /// A name or a code.
    Text(String),
    /// A civil day.
    Date(NaiveDate),
    /// None.
    Absent,
}

impl Dimension {
    pub(in crate::document) fn len(&self) -> usize {
        match self {
            Self::Text(values) => values.len(),
            Self::Date(values) => values.len(),
        }
    }

    pub(in crate::document) fn key(&self, row: usize) -> Key {
        match self {
            Self::Text(values) => values.get(row).cloned().flatten().map_or(Key::Absent, Key::Text),
            Self::Date(values) => values.get(row).copied().flatten().map_or(Key::Absent, Key::Date),
        }
    }

    pub(in crate::document) fn keys(&self) -> Vec<Key> {
        (0..self.len()).map(|row| self.key(row)).collect()
    }
}

/// A column by name.
pub(super) fn column<'a>(frame: &'a DataFrame, name: &str) -> Result<&'a Column, Fault> {
    frame.column(name).map_err(|_| {
        let there: Vec<_> = frame.get_column_names().iter().map(|c| format!("`{c}`")).collect();
        Fault::new(format!("no column `{name}`"), format!("the columns there are: {}", there.join(", ")))
    })
}

/// A column as numbers; what is not finite is absent.
pub(super) fn numbers(frame: &DataFrame, name: &str) -> Result<Vec<Option<f64>>, Fault> {
    floats(column(frame, name)?)
}

/// A column of numbers; what is not finite is absent.
pub(super) fn floats(column: &Column) -> Result<Vec<Option<f64>>, Fault> {
    let cast = column.cast(&DataType::Float64).map_err(|e| unreadable(column, &e))?;
    let values = cast.f64().map_err(|e| unreadable(column, &e))?;
    Ok(values.iter().map(|v| v.filter(|v| v.is_finite())).collect())
}

/// A column of texts; other types as Polars writes them.
pub(super) fn texts(column: &Column) -> Result<Vec<Option<String>>, Fault> {
    let cast = column.cast(&DataType::String).map_err(|e| unreadable(column, &e))?;
    let values = cast.str().map_err(|e| unreadable(column, &e))?;
    Ok(values.iter().map(|v| v.map(str::to_owned)).collect())
}

/// A column of civil days.
pub(super) fn dates(column: &Column) -> Result<Vec<Option<NaiveDate>>, Fault> {
    let cast = column.cast(&DataType::Int32).map_err(|e| unreadable(column, &e))?;
    let values = cast.i32().map_err(|e| unreadable(column, &e))?;
    let epoch = NaiveDate::default().num_days_from_ce();
    Ok(values.iter().map(|days| NaiveDate::from_num_days_from_ce_opt(epoch.checked_add(days?)?)).collect())
}

/// A dimension column.
pub(super) fn dimension(frame: &DataFrame, name: &str) -> Result<Dimension, Fault> {
    let column = column(frame, name)?;
    Ok(match column.dtype() {
        DataType::Date => Dimension::Date(dates(column)?),
        _ => Dimension::Text(texts(column)?),
    })
}

/// The columns that are not metrics: the dimensions, in their order.
pub(super) fn dimensions(frame: &DataFrame, metrics: &[String]) -> Vec<String> {
    frame
        .get_column_names()
        .iter()
        .map(ToString::to_string)
        .filter(|name| !metrics.iter().any(|m| m == name))
        .collect()
}

/// What Polars refused to read.
pub(super) fn unreadable(column: &Column, e: &polars::prelude::PolarsError) -> Fault {
    let text = e.to_string();
    Fault::new(
        format!(
            "column `{}` of type {} cannot be shown: {}",
            column.name(),
            column.dtype(),
            text.lines().next().unwrap_or_default()
        ),
        "give numbers, texts, dates or instants; cast(... as text) shows anything",
    )
}

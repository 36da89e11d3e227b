//! Rows of a source as they are, for who traces a number to them: texts without a locale.

use chrono::{DateTime, SecondsFormat};
use polars::prelude::{AnyValue, Column, DataFrame};

/// Rows with their columns.
pub struct PlainRows(DataFrame);

impl PlainRows {
    /// These rows.
    #[must_use]
    pub fn new(rows: DataFrame) -> Self {
        Self(rows)
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.height()
    }

    /// None at all?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The names of the columns.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.columns().iter().map(|column| column.name().as_str())
    }

    /// A row's cells, and whether each is a text at the source: numbers with a decimal point, instants in UTC as ISO 8601, an empty
    /// text where there is nothing.
    pub fn row(&self, number: usize) -> impl Iterator<Item = (String, bool)> {
        self.0.columns().iter().map(move |column| cell(column, number))
    }
}

fn cell(column: &Column, row: usize) -> (String, bool) {
    match column.get(row) {
        Err(_) | Ok(AnyValue::Null) => (String::new(), false),
        Ok(AnyValue::String(text)) => (text.to_owned(), true),
        Ok(AnyValue::StringOwned(text)) => (text.to_string(), true),
        Ok(AnyValue::Datetime(micros, ..) | AnyValue::DatetimeOwned(micros, ..)) => {
            let instant = DateTime::from_timestamp_micros(micros);
            (instant.map_or_else(String::new, |at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true)), false)
        }
        Ok(other) => (other.to_string(), false),
    }
}

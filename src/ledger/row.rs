//! From columns to types: every value is checked, since a file on a disk may hold anything.

use super::error::Fault;
use super::sql::Row;
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeMap;
use std::time::Duration;

/// An instant as it is stored: microseconds since the epoch.
pub(super) fn micros(instant: DateTime<Utc>) -> i64 {
    instant.timestamp_micros()
}

/// A length of time as it is added to the clock: microseconds.
pub(super) fn span(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX / 4)
}

/// Reads an instant.
pub(super) fn instant(row: &Row, column: &str) -> Result<DateTime<Utc>, Fault> {
    of_micros(row.try_get(column)?, column)
}

/// Reads an instant that may be absent.
pub(super) fn instant_if_any(row: &Row, column: &str) -> Result<Option<DateTime<Utc>>, Fault> {
    row.try_get::<Option<i64>>(column)?.map(|micros| of_micros(micros, column)).transpose()
}

pub(super) fn of_micros(micros: i64, column: &str) -> Result<DateTime<Utc>, Fault> {
    DateTime::from_timestamp_micros(micros)
        .ok_or_else(|| Fault::Unreadable(format!("`{column}` holds {micros}, which is no instant")))
}

/// Reads a civil day.
pub(super) fn day(row: &Row, column: &str) -> Result<NaiveDate, Fault> {
    word(row, column, |text| text.parse().ok())
}

/// Reads a word of a closed set.
pub(super) fn word<T>(row: &Row, column: &str, parse: fn(&str) -> Option<T>) -> Result<T, Fault> {
    let text: String = row.try_get(column)?;
    parse(&text).ok_or_else(|| Fault::Unreadable(format!("`{column}` holds `{text}`")))
}

/// Reads a count.
pub(super) fn count(row: &Row, column: &str) -> Result<u32, Fault> {
    let number: i64 = row.try_get(column)?;
    u32::try_from(number)
        .map_err(|_| Fault::Unreadable(format!("`{column}` holds {number}, which is no count")))
}

/// Reads words separated by commas.
pub(super) fn list(row: &Row, column: &str) -> Result<Vec<String>, Fault> {
    let text: String = row.try_get(column)?;
    Ok(text.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect())
}

/// Texts by name as they are stored: a JSON object, or nothing.
pub(super) fn object(texts: &BTreeMap<String, String>) -> String {
    serde_json::json!(texts).to_string()
}

/// Reads texts by name.
pub(super) fn texts(row: &Row, column: &str) -> Result<BTreeMap<String, String>, Fault> {
    let text: String = row.try_get(column)?;
    if text.is_empty() {
        return Ok(BTreeMap::new());
    }
    serde_json::from_str(&text)
        .map_err(|_| Fault::Unreadable(format!("`{column}` holds `{text}`, which is no object of texts")))
}

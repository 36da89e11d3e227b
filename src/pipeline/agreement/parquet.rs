//! What a Parquet file has of a table: its columns by their places, its totals in what it says of itself.

use super::Tabled;
use polars_io::SerReader as _;
use polars_io::parquet::read::ParquetReader;
use serde_json::{Map, Value};
use std::io::Cursor;

pub(super) fn read(bytes: &[u8], mut table: Tabled<'_>) -> Result<(), String> {
    let unread = |what: String| format!("it cannot be read: {what}");
    let mut reader = ParquetReader::new(Cursor::new(bytes));
    let said = reader.get_metadata().map_err(|error| unread(error.to_string()))?.key_value_metadata().clone();
    let totals =
        said.into_iter().flatten().find(|said| said.key == "parte.totals").and_then(|said| said.value);
    let totals: Map<String, Value> = match totals {
        Some(text) => serde_json::from_str(&text).map_err(|error| unread(error.to_string()))?,
        None => Map::new(),
    };
    let frame = reader.finish().map_err(|error| unread(error.to_string()))?;
    table.seen = frame.height();
    for (at, column) in frame.columns().iter().enumerate() {
        if table.column(at).is_none() {
            continue;
        }
        if let Ok(whole) = column.i64() {
            let there = whole.iter().enumerate().filter_map(|(row, value)| Some((row, value?)));
            there.for_each(|(row, value)| table.number(row, at, value as f64));
        } else {
            let numbers = column.f64().map_err(|error| unread(error.to_string()))?;
            let there = numbers.iter().enumerate().filter_map(|(row, value)| Some((row, value?)));
            there.for_each(|(row, value)| table.number(row, at, value));
        }
        if let Some(total) = totals.get(column.name().as_str()).and_then(Value::as_f64) {
            table.total(at, total);
        }
    }
    table.judge()
}

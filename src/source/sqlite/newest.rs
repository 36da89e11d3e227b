//! The newest instant of a frame in a SQLite file: one bound query for rows from a moment on, a second one only when there are none.

use super::{Reader, open};
use crate::calendar::instant_of;
use crate::definition::{FrameName, FrameSource, Source};
use crate::source::SourceError;
use crate::source::newest::{AsOf, columns};
use crate::source::select::{SourceColumn, rows_between};
use crate::source::shape::kind_of;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use parte_columns::{Buffer, Held, Zone};
use polars::prelude::{Column, DataType};
use rusqlite::types::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Asks a SQLite file how new its frames are.
pub(in crate::source) fn newest(
    source: &Source,
    path: &Path,
    frames: &[FrameName],
    as_of: &AsOf,
) -> Result<BTreeMap<FrameName, Option<DateTime<Utc>>>, SourceError> {
    let reader = Reader { source, connection: open(source, path)?, path };
    reader.execute("begin")?;
    let tables = reader.tables()?;
    let mut all = BTreeMap::new();
    for frame in frames {
        let own = source.frames.get(frame).cloned().unwrap_or_default();
        all.insert(*frame, reader.newest(*frame, &own, &tables, as_of)?);
    }
    Ok(all)
}

impl Reader<'_> {
    fn newest(
        &self,
        frame: FrameName,
        own: &FrameSource,
        tables: &[String],
        as_of: &AsOf,
    ) -> Result<Option<DateTime<Utc>>, SourceError> {
        let Some(from) = self.table_of(frame, own, tables)? else { return Ok(None) };
        let there = self.columns_of(frame, own, &from)?;
        let wanted: BTreeSet<String> = columns(frame).iter().map(|name| (*name).to_owned()).collect();
        let (columns, _) = self.chosen(frame, own, &wanted, &there)?;
        if columns.is_empty() {
            return Ok(None);
        }
        let days = (as_of.since.date_naive(), as_of.now.max(as_of.due).date_naive());
        let (condition, values) = rows_between(&columns, days).into_parts();
        let condition = condition.unwrap_or_else(|| "true".to_owned());
        let list: Vec<&str> = columns.iter().map(|c| c.sql.as_str()).collect();
        let recent = format!("select {} from {from} where {condition}", list.join(", "));
        let newest = self.greatest(frame, own, &columns, &recent, values, as_of)?;
        if newest.is_some_and(|newest| newest >= as_of.since) {
            return Ok(newest);
        }
        // Only words are made of this: the greatest text is the newest instant where a column keeps to one spelling.
        let list: Vec<String> = columns.iter().map(|c| format!("max({})", c.sql)).collect();
        let older = format!("select {} from {from}", list.join(", "));
        Ok(newest.max(self.greatest(frame, own, &columns, &older, Vec::new(), as_of)?))
    }

    /// The newest instant that counts among what a query gives.
    fn greatest(
        &self,
        frame: FrameName,
        own: &FrameSource,
        columns: &[SourceColumn],
        sql: &str,
        values: Vec<Value>,
        as_of: &AsOf,
    ) -> Result<Option<DateTime<Utc>>, SourceError> {
        let zone = own.zone.unwrap_or(chrono_tz::Tz::UTC);
        let mut buffers: Vec<Buffer> = columns
            .iter()
            .map(|c| Buffer::new(c.name.clone(), kind_of(frame, &c.name), Zone::new(zone, instant_of)))
            .collect();
        self.stream(sql, values, &mut buffers)
            .map_err(|e| self.sqlite(&format!("asking how new {} are", frame.as_str()), &e))?;
        let mut newest = None;
        for (buffer, column) in buffers.into_iter().zip(columns) {
            let Held::Plain(typed) = buffer.finish().map_err(|e| self.polars(&e))? else { continue };
            newest = newest.max(latest(&typed, &column.name, as_of).map_err(|e| self.polars(&e))?);
        }
        Ok(newest)
    }
}

/// The latest value of a column of instants or days that counts.
fn latest(column: &Column, name: &str, as_of: &AsOf) -> polars::prelude::PolarsResult<Option<DateTime<Utc>>> {
    let numbers = column.cast(&DataType::Int64)?;
    let values = numbers.i64()?.iter().flatten();
    Ok(if column.dtype() == &DataType::Date {
        let day = |days: i64| NaiveDate::default().checked_add_signed(TimeDelta::try_days(days)?);
        values.filter_map(day).filter_map(|day| as_of.of_day(day)).max()
    } else {
        let until = as_of.until(name);
        values.filter_map(DateTime::from_timestamp_micros).filter(|at| *at <= until).max()
    })
}

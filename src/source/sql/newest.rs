//! The newest instant of a frame in a database: one bound query for rows from a moment on, a second one only when there are none.

use super::{Database, Table, statement};
use crate::calendar::instant_of;
use crate::definition::{FrameName, FrameSource};
use crate::source::SourceError;
use crate::source::newest::{AsOf, columns, latest};
use crate::source::select::{Bound, SourceColumn, rows_between};
use crate::source::shape::kind_of;
use chrono::{DateTime, Utc};
use parte_columns::{Buffer, Zone};
use std::collections::{BTreeMap, BTreeSet};

/// Asks a database how new its frames are.
pub(in crate::source) fn newest(
    database: &dyn Database,
    frames: &[FrameName],
    as_of: &AsOf,
) -> Result<BTreeMap<FrameName, Option<DateTime<Utc>>>, SourceError> {
    let tables = database.tables()?;
    let mut all = BTreeMap::new();
    for frame in frames {
        let own = database.source().frames.get(frame).cloned().unwrap_or_default();
        all.insert(*frame, of_frame(database, *frame, &own, &tables, as_of)?);
    }
    Ok(all)
}

fn of_frame(
    database: &dyn Database,
    frame: FrameName,
    own: &FrameSource,
    tables: &[Table],
    as_of: &AsOf,
) -> Result<Option<DateTime<Utc>>, SourceError> {
    let Some(from) = statement::table_of(database, frame, own, tables)? else { return Ok(None) };
    let there = database.columns_of(frame, own, &from)?;
    let wanted: BTreeSet<String> = columns(frame).iter().map(|name| (*name).to_owned()).collect();
    let (columns, _) = statement::columns_read(database, frame, own, &wanted, &there)?;
    if columns.is_empty() {
        return Ok(None);
    }
    let days = (as_of.since.date_naive(), as_of.now.max(as_of.due).date_naive());
    let (condition, values) = rows_between(database, &columns, days).into_parts();
    let condition = condition.unwrap_or_else(|| "1 = 1".to_owned());
    let list: Vec<&str> = columns.iter().map(|c| c.sql.as_str()).collect();
    let recent = format!("select {} from {from} where {condition}", list.join(", "));
    let newest = greatest(database, frame, own, &columns, (&recent, &values), as_of)?;
    if newest.is_some_and(|newest| newest >= as_of.since) {
        return Ok(newest);
    }
    // Only words are made of this: the greatest text is the newest instant where a column keeps to one spelling.
    let list: Vec<String> = columns.iter().map(|c| format!("max({})", c.sql)).collect();
    let older = format!("select {} from {from}", list.join(", "));
    Ok(newest.max(greatest(database, frame, own, &columns, (&older, &[]), as_of)?))
}

/// The newest instant that counts among what a query gives.
fn greatest(
    database: &dyn Database,
    frame: FrameName,
    own: &FrameSource,
    columns: &[SourceColumn],
    (sql, values): (&str, &[Bound]),
    as_of: &AsOf,
) -> Result<Option<DateTime<Utc>>, SourceError> {
    let zone = own.zone.unwrap_or(chrono_tz::Tz::UTC);
    let mut buffers: Vec<Buffer> = columns
        .iter()
        .map(|c| Buffer::new(c.name.clone(), kind_of(frame, &c.name), Zone::new(zone, instant_of)))
        .collect();
    database.stream(&format!("asking how new {} are", frame.as_str()), sql, values, &mut buffers)?;
    let mut newest = None;
    for (buffer, column) in buffers.into_iter().zip(columns) {
        newest = newest.max(latest(buffer, &column.name, as_of).map_err(|e| database.polars(&e))?);
    }
    Ok(newest)
}

//! The tables that reports read, one for each frame, with the documented columns that the API fills.

use crate::definition::FrameName;
use crate::sync::mapping::{Mapping, key};
use rusqlite::{Connection, Result};
use std::collections::BTreeSet;

pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The tasks' windows: which window a task was last seen in. Whether the API compares the day of a task or that of its creation is
/// not documented, so that it cannot be told from the row.
pub(super) const SEEN: &str = "parte_sync_tasks";

/// The columns of a table; none when it is not there.
pub(super) fn columns(connection: &Connection, table: &str) -> Result<BTreeSet<String>> {
    connection
        .prepare_cached("select name from pragma_table_xinfo(?1)")?
        .query_map([table], |row| row.get(0))?
        .collect()
}

/// Makes the table of a frame as far as it is not there: the columns that it always has, and those that have a value now.
pub(super) fn make(
    connection: &Connection,
    frame: FrameName,
    mapping: &Mapping,
    filled: impl Fn(usize) -> bool,
) -> Result<BTreeSet<String>> {
    let table = frame.as_str();
    let mut there = columns(connection, table)?;
    let wanted = mapping.columns.iter().enumerate().filter(|(at, column)| column.always || filled(*at));
    let missing: Vec<&str> =
        wanted.map(|(_, column)| column.name.as_str()).filter(|name| !there.contains(*name)).collect();
    if there.is_empty() {
        let list: Vec<String> = missing.iter().map(|name| quoted(name)).collect();
        connection.execute_batch(&format!("create table {table} ({})", list.join(", ")))?;
        let key: Vec<String> =
            key(frame).iter().map(|name| format!("ifnull({}, '')", quoted(name))).collect();
        connection.execute_batch(&format!(
            "create unique index parte_sync_key_{table} on {table} ({})",
            key.join(", ")
        ))?;
        let by = match frame {
            FrameName::Tasks => Some("scheduled_at"),
            FrameName::UserStates => Some("date"),
            _ => None,
        };
        if let Some(by) = by {
            connection
                .execute_batch(&format!("create index parte_sync_by_{by} on {table} ({})", quoted(by)))?;
        }
        if frame == FrameName::Tasks {
            connection.execute_batch(&format!(
                "create table if not exists {SEEN} (task_id text primary key, window text not null) without rowid; \
                 create index if not exists parte_sync_by_window on {SEEN} (window)"
            ))?;
        }
    } else {
        for name in &missing {
            connection.execute_batch(&format!("alter table {table} add column {}", quoted(name)))?;
        }
    }
    there.extend(missing.into_iter().map(str::to_owned));
    Ok(there)
}

/// Drops what a source copies no more: old rows would be taken for those of today.
pub(super) fn keep_only(connection: &Connection, frames: &[FrameName]) -> Result<()> {
    for frame in FrameName::ALL {
        if !frames.contains(&frame) {
            drop_one(connection, frame)?;
        }
    }
    Ok(())
}

pub(super) fn drop_all(connection: &Connection) -> Result<()> {
    FrameName::ALL.into_iter().try_for_each(|frame| drop_one(connection, frame))?;
    connection.execute_batch("delete from parte_sync_meta")
}

fn drop_one(connection: &Connection, frame: FrameName) -> Result<()> {
    let name = frame.as_str();
    connection.execute_batch(&format!("drop table if exists {name}"))?;
    if frame == FrameName::Tasks {
        connection.execute_batch(&format!("drop table if exists {SEEN}"))?;
    }
    for table in ["parte_sync_windows", "parte_sync_pages"] {
        connection.execute(&format!("delete from {table} where listing = ?1"), [name])?;
    }
    connection.execute("delete from parte_sync_meta where key = ?1", [format!("completed.{name}")])?;
    Ok(())
}

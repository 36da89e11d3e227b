//! A window into the copy: rows by their keys, those that are gone taken out, and its position, all or nothing.
//!
//! A row that the API no longer has in a window that was read whole is deleted, not marked: reports read these tables as they are, and a
//! copy that is brought up to date says the same as one that is made today.

use super::Copy;
use super::tables::{self, SEEN, quoted};
use crate::definition::FrameName;
use crate::sync::error::Tried;
use crate::sync::listing::Window;
use crate::sync::mapping::{Mapping, Row, key};
use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::types::Value;
use rusqlite::{Connection, Result, TransactionBehavior, params, params_from_iter};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// A window that was read.
#[derive(Debug)]
pub(in crate::sync) struct Written {
    pub(in crate::sync) frame: FrameName,
    pub(in crate::sync) window: Window,
    /// `None`: the API says that nothing changed since the last time.
    pub(in crate::sync) rows: Option<Vec<Row>>,
    /// What each page was marked with; empty where one was not.
    pub(in crate::sync) marks: Vec<String>,
    pub(in crate::sync) read_at: DateTime<Utc>,
    /// Nothing moved while it was read.
    pub(in crate::sync) whole: bool,
    pub(in crate::sync) pages: u64,
    pub(in crate::sync) requests: u64,
    pub(in crate::sync) duration_ms: u64,
    /// What became of it, in words.
    pub(in crate::sync) outcome: String,
}

/// What a window changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::sync) struct Counted {
    pub(in crate::sync) rows: u64,
    pub(in crate::sync) changed: u64,
    pub(in crate::sync) removed: u64,
}

impl Copy {
    /// Makes the table of a frame: it is there also when no window of it is read.
    pub(in crate::sync) fn make_table(&self, frame: FrameName, mapping: &Mapping) -> Tried<()> {
        let mut connection = self.connection();
        let mut make = || -> Result<()> {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            tables::make(&transaction, frame, mapping, |_| false)?;
            transaction.commit()
        };
        make().map_err(|error| self.failed(&error))
    }

    /// Writes a window on a thread that may block.
    pub(in crate::sync) async fn write(&self, mapping: &Arc<Mapping>, written: Written) -> Tried<Counted> {
        let (copy, mapping) = (self.clone(), Arc::clone(mapping));
        let done = tokio::task::spawn_blocking(move || {
            copy.write_now(&mapping, &written).map_err(|error| copy.failed(&error))
        });
        match done.await {
            Ok(counted) => counted,
            Err(error) => Err(crate::sync::error::Fault::new(
                format!("writing the copy broke off: {error}"),
                "this is a fault in Parte: please report it",
            )),
        }
    }

    fn write_now(&self, mapping: &Mapping, written: &Written) -> Result<Counted> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut counted = Counted::default();
        if let Some(rows) = &written.rows {
            counted = take(&transaction, mapping, written, rows)?;
        } else {
            counted.rows = there(&transaction, written.frame, written.window)?.len() as u64;
        }
        position(&transaction, written, counted)?;
        transaction.commit()?;
        Ok(counted)
    }
}

/// Puts the rows in, and takes those out that are gone.
fn take(connection: &Connection, mapping: &Mapping, written: &Written, rows: &[Row]) -> Result<Counted> {
    let filled = |at: usize| rows.iter().any(|row| row.cells[at] != Value::Null);
    let columns = tables::make(connection, written.frame, mapping, filled)?;
    let mut gone = there(connection, written.frame, written.window)?;
    let sql = upsert(written.frame, mapping, &columns);
    let cells: Vec<usize> =
        (0..mapping.columns.len()).filter(|at| columns.contains(&mapping.columns[*at].name)).collect();
    let mut counted = Counted { rows: rows.len() as u64, ..Counted::default() };
    let mut statement = connection.prepare_cached(&sql)?;
    let is_task = written.frame == FrameName::Tasks;
    let window = written.window.to_string();
    let mut seen = if is_task {
        Some(connection.prepare_cached(&format!(
            "insert into {SEEN} (task_id, window) values (?1, ?2) \
             on conflict (task_id) do update set window = excluded.window where window is not excluded.window"
        ))?)
    } else {
        None
    };
    let task_id = mapping.at("task_id");
    for row in rows {
        counted.changed +=
            statement.execute(params_from_iter(cells.iter().map(|at| &row.cells[*at])))? as u64;
        if let (Some(seen), Some(at)) = (&mut seen, task_id) {
            seen.execute(params![row.cells[at], window])?;
        }
        gone.remove(&row.key);
    }
    for rowid in gone.values() {
        if is_task {
            connection
                .prepare_cached(&format!(
                    "delete from {SEEN} where task_id = (select task_id from tasks where rowid = ?1)"
                ))?
                .execute([rowid])?;
        }
        let sql = format!("delete from {} where rowid = ?1", written.frame.as_str());
        counted.removed += connection.prepare_cached(&sql)?.execute([rowid])? as u64;
    }
    Ok(counted)
}

/// One statement that leaves a row alone that says the same already.
fn upsert(frame: FrameName, mapping: &Mapping, columns: &BTreeSet<String>) -> String {
    let names: Vec<String> = mapping
        .columns
        .iter()
        .filter(|column| columns.contains(&column.name))
        .map(|column| quoted(&column.name))
        .collect();
    let places: Vec<String> = (1..=names.len()).map(|number| format!("?{number}")).collect();
    let key: Vec<String> = key(frame).iter().map(|name| format!("ifnull({}, '')", quoted(name))).collect();
    let set: Vec<String> = names.iter().map(|name| format!("{name} = excluded.{name}")).collect();
    let table = frame.as_str();
    let differs: Vec<String> =
        names.iter().map(|name| format!("{table}.{name} is not excluded.{name}")).collect();
    format!(
        "insert into {table} ({}) values ({}) on conflict ({}) do update set {} where {}",
        names.join(", "),
        places.join(", "),
        key.join(", "),
        set.join(", "),
        differs.join(" or ")
    )
}

/// The rows of a window by their keys, with their numbers.
fn there(connection: &Connection, frame: FrameName, window: Window) -> Result<HashMap<String, i64>> {
    let list: Vec<String> = key(frame).iter().map(|name| format!("ifnull({}, '')", quoted(name))).collect();
    let table = frame.as_str();
    let select = format!("select rowid, {} from {table}", list.join(", "));
    let (sql, bound) = match (frame, window) {
        (FrameName::Tasks, Window::Day(_)) => (
            format!("{select} where task_id in (select task_id from {SEEN} where window = ?1)"),
            Value::Text(window.to_string()),
        ),
        (FrameName::UserStates, Window::Day(day)) => {
            (format!("{select} where date = ?1"), Value::Text(day.to_string()))
        }
        _ => (format!("{select} where ?1 is null"), Value::Null),
    };
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([bound])?;
    let mut all = HashMap::new();
    while let Some(row) = rows.next()? {
        let mut text = String::new();
        for at in 1..=key(frame).len() {
            let part: String = row.get(at)?;
            text.push_str(&format!("{}:{part}", part.len()));
        }
        all.insert(text, row.get(0)?);
    }
    Ok(all)
}

fn position(connection: &Connection, written: &Written, counted: Counted) -> Result<()> {
    let (listing, window) = (written.frame.as_str(), written.window.to_string());
    let int = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    connection
        .prepare_cached(
            "insert or replace into parte_sync_windows \
             (listing, window, read_at, whole, pages, rows, changed, removed, requests, duration_ms, outcome) \
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            listing,
            window,
            written.read_at.to_rfc3339_opts(SecondsFormat::Millis, true),
            written.whole,
            int(written.pages),
            int(counted.rows),
            int(counted.changed),
            int(counted.removed),
            int(written.requests),
            int(written.duration_ms),
            written.outcome
        ])?;
    if written.rows.is_none() {
        return Ok(());
    }
    connection
        .prepare_cached("delete from parte_sync_pages where listing = ?1 and window = ?2")?
        .execute([listing, &window])?;
    let mut insert = connection.prepare_cached(
        "insert into parte_sync_pages (listing, window, page, etag) values (?1, ?2, ?3, ?4)",
    )?;
    for (page, mark) in (1_i64..).zip(&written.marks) {
        insert.execute(params![listing, window, page, mark])?;
    }
    Ok(())
}

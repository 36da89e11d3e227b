//! What was read when: windows with their position, passes, requests. Never: rows of reports.

use super::Copy;
use crate::definition::FrameName;
use crate::sync::error::Tried;
use crate::sync::listing::Window;
use crate::sync::plan::Read;
use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Result, params};
use std::collections::BTreeMap;
use std::path::Path;

/// Passes that are remembered.
const PASSES: u32 = 1000;

const TABLES: &str = "
create table if not exists parte_sync_meta (key text primary key, value text not null) without rowid;
create table if not exists parte_sync_windows (
  listing text not null, window text not null,
  read_at text not null, whole integer not null,
  pages integer not null, rows integer not null, changed integer not null, removed integer not null,
  requests integer not null, duration_ms integer not null, outcome text not null,
  primary key (listing, window)) without rowid;
create table if not exists parte_sync_pages (
  listing text not null, window text not null, page integer not null, etag text not null,
  primary key (listing, window, page)) without rowid;
create table if not exists parte_sync_requests (number integer primary key, sent_ms integer not null, answered_ms integer);
create table if not exists parte_sync_passes (
  pass integer primary key, source text not null, started_at text not null, ended_at text,
  full integer not null, windows integer, rows integer, changed integer, removed integer, requests integer,
  duration_ms integer, outcome text, told text);
";

pub(super) fn make(connection: &Connection) -> Result<()> {
    connection.execute_batch(TABLES)
}

pub(super) fn meta(connection: &Connection, key: &str) -> Result<Option<String>> {
    connection
        .query_row("select value from parte_sync_meta where key = ?1", [key], |row| row.get(0))
        .optional()
}

pub(super) fn set_meta(connection: &Connection, key: &str, value: &str) -> Result<()> {
    connection.execute(
        "insert into parte_sync_meta (key, value) values (?1, ?2) on conflict (key) do update set value = excluded.value",
        [key, value],
    )?;
    Ok(())
}

/// Every window is to be read again.
pub(super) fn forget_windows(connection: &Connection) -> Result<()> {
    connection.execute_batch("delete from parte_sync_windows; delete from parte_sync_pages")
}

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A pass over a source, from its beginning to its end.
#[derive(Debug, Clone, Copy)]
pub(in crate::sync) struct Pass(i64);

/// What a pass came to.
#[derive(Debug, Default)]
pub(in crate::sync) struct Ended {
    pub(in crate::sync) windows: u64,
    pub(in crate::sync) rows: u64,
    pub(in crate::sync) changed: u64,
    pub(in crate::sync) removed: u64,
    pub(in crate::sync) requests: u64,
    pub(in crate::sync) duration_ms: u64,
    /// Why it did not come to its end.
    pub(in crate::sync) fault: Option<String>,
}

impl Copy {
    pub(in crate::sync) fn begin_pass(&self, source: &str, full: bool, now: DateTime<Utc>) -> Tried<Pass> {
        let connection = self.connection();
        let begun = connection
            .execute(
                "insert into parte_sync_passes (source, started_at, full) values (?1, ?2, ?3)",
                params![source, written(now), full],
            )
            .map_err(|error| self.failed(&error))?;
        debug_assert_eq!(begun, 1);
        Ok(Pass(connection.last_insert_rowid()))
    }

    pub(in crate::sync) fn end_pass(&self, pass: Pass, ended: &Ended, now: DateTime<Utc>) -> Tried<()> {
        let connection = self.connection();
        let outcome = if ended.fault.is_none() { "complete" } else { "failed" };
        let int = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        connection
            .execute(
                "update parte_sync_passes set ended_at = ?2, windows = ?3, rows = ?4, changed = ?5, removed = ?6, \
                 requests = ?7, duration_ms = ?8, outcome = ?9, told = ?10 where pass = ?1",
                params![
                    pass.0,
                    written(now),
                    int(ended.windows),
                    int(ended.rows),
                    int(ended.changed),
                    int(ended.removed),
                    int(ended.requests),
                    int(ended.duration_ms),
                    outcome,
                    ended.fault
                ],
            )
            .and_then(|_| {
                connection.execute("delete from parte_sync_passes where pass <= ?1 - ?2", params![pass.0, PASSES])
            })
            .map_err(|error| self.failed(&error))?;
        Ok(())
    }

    /// All windows of these frames are up to date as of the instant at which the pass began.
    pub(in crate::sync) fn complete(&self, frame: Option<FrameName>, began: DateTime<Utc>) -> Tried<()> {
        let key =
            frame.map_or_else(|| "completed".to_owned(), |frame| format!("completed.{}", frame.as_str()));
        set_meta(&self.connection(), &key, &written(began)).map_err(|error| self.failed(&error))
    }

    /// When each window of a frame was read.
    pub(in crate::sync) fn windows(&self, frame: FrameName) -> Tried<BTreeMap<Window, Read>> {
        let connection = self.connection();
        let read = || -> Result<BTreeMap<Window, Read>> {
            let mut all = BTreeMap::new();
            let mut statement = connection.prepare_cached(
                "select window, read_at, whole, rows from parte_sync_windows where listing = ?1",
            )?;
            let mut rows = statement.query([frame.as_str()])?;
            while let Some(row) = rows.next()? {
                let (window, at): (String, String) = (row.get(0)?, row.get(1)?);
                let window =
                    if window == "all" { Some(Window::Whole) } else { window.parse().ok().map(Window::Day) };
                // what cannot be read was never read
                if let (Some(window), Ok(at)) = (window, at.parse()) {
                    all.insert(window, Read { at, whole: row.get(2)?, rows: row.get::<_, u32>(3)?.into() });
                }
            }
            Ok(all)
        };
        read().map_err(|error| self.failed(&error))
    }

    /// What each page of a window was marked with when it was read last; none when a page had no mark.
    pub(in crate::sync) fn marks(&self, frame: FrameName, window: Window) -> Tried<Vec<String>> {
        let connection = self.connection();
        let read = || -> Result<Vec<(u64, String)>> {
            connection
                .prepare_cached(
                    "select page, etag from parte_sync_pages where listing = ?1 and window = ?2 order by page",
                )?
                .query_map([frame.as_str(), &window.to_string()], |row| Ok((row.get::<_, u32>(0)?.into(), row.get(1)?)))?
                .collect()
        };
        let marks = read().map_err(|error| self.failed(&error))?;
        let in_a_row = marks.iter().zip(1..).all(|((page, _), number)| *page == number);
        Ok(if in_a_row { marks.into_iter().map(|(_, etag)| etag).collect() } else { Vec::new() })
    }

    /// The requests that may still count, and when each was answered.
    pub(in crate::sync) fn requests(&self) -> Tried<Vec<(i64, Option<DateTime<Utc>>)>> {
        let connection = self.connection();
        let read = || -> Result<Vec<(i64, Option<DateTime<Utc>>)>> {
            connection
                .prepare("select number, answered_ms from parte_sync_requests")?
                .query_map([], |row| {
                    let answered: Option<i64> = row.get(1)?;
                    Ok((row.get(0)?, answered.and_then(DateTime::from_timestamp_millis)))
                })?
                .collect()
        };
        read().map_err(|error| self.failed(&error))
    }

    /// Writes down that a request is about to be made, which ones were answered since, and forgets those that count no more.
    pub(in crate::sync) fn note_requests(
        &self,
        sent: Option<(i64, DateTime<Utc>)>,
        answered: &[(i64, DateTime<Utc>)],
        oldest: DateTime<Utc>,
    ) -> Tried<()> {
        let mut connection = self.connection();
        let mut write = || -> Result<()> {
            let transaction = connection.transaction()?;
            for (number, at) in answered {
                transaction
                    .prepare_cached("update parte_sync_requests set answered_ms = ?2 where number = ?1")?
                    .execute(params![number, at.timestamp_millis()])?;
            }
            if let Some((number, at)) = sent {
                transaction
                    .prepare_cached(
                        "insert or replace into parte_sync_requests (number, sent_ms) values (?1, ?2)",
                    )?
                    .execute(params![number, at.timestamp_millis()])?;
            }
            transaction
                .prepare_cached("delete from parte_sync_requests where answered_ms < ?1")?
                .execute([oldest.timestamp_millis()])?;
            transaction.commit()
        };
        write().map_err(|error| self.failed(&error))
    }
}

/// What is known of a copy from the outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastSync {
    /// When the last pass began that came to its end; `None`: none ever did.
    pub completed: Option<DateTime<Utc>>,
    /// When the last pass began, whatever became of it.
    pub started: Option<DateTime<Utc>>,
    /// When it ended; `None` while it goes on, or when it was killed.
    pub ended: Option<DateTime<Utc>>,
    /// Why it did not come to its end.
    pub fault: Option<String>,
}

/// What the record of a copy says; `None` where there is no copy, or none that can be read.
#[must_use]
pub fn last_sync(path: &Path) -> Option<LastSync> {
    if !path.is_file() {
        return None;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).ok()?;
    let instant = |text: Option<String>| text.and_then(|text| text.parse().ok());
    let completed = instant(meta(&connection, "completed").ok()?);
    let last = connection
        .query_row(
            "select started_at, ended_at, told from parte_sync_passes order by pass desc limit 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()
        .ok()?;
    let (started, ended, fault) = last.unwrap_or_default();
    Some(LastSync { completed, started: instant(started), ended: instant(ended), fault })
}

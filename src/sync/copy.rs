//! The copy: a SQLite file with a table for each frame, and beside them what was read when. One sync at a time; each window is written
//! with its position in one transaction, so that whoever is killed leaves a copy that can be gone on with.

mod lock;
mod record;
mod tables;
mod write;

pub(super) use record::Ended;
pub use record::{LastSync, last_sync};
pub(super) use write::Written;

use super::error::{Extent, Fault, Tried};
use crate::definition::ApiSource;
use lock::Lock;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, TransactionBehavior};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a reader may hold the file before a write is given up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// A copy that is written to by nobody else.
#[derive(Clone)]
pub(super) struct Copy {
    connection: Arc<Mutex<Connection>>,
    path: PathBuf,
    /// Let go when the last of these is dropped.
    _lock: Arc<Lock>,
}

impl Copy {
    /// Opens the copy of a source, or makes it. `full`: everything is to be read again.
    pub(super) fn open(source: &ApiSource, full: bool) -> Tried<Self> {
        let path = source.copy.clone();
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| {
                Fault::new(
                    format!("{}: {error}", folder.display()),
                    "name another file as `copy`, or make room for it",
                )
            })?;
        }
        let lock = Lock::take(&path)?;
        let failed = |error: rusqlite::Error| unusable(&path, &error);
        let mut connection = Connection::open(&path).map_err(failed)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
        refuse_what_is_no_copy(&connection, &path)?;
        connection.pragma_update(None, "journal_mode", "wal").map_err(failed)?;
        connection.pragma_update(None, "synchronous", "normal").map_err(failed)?;
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        record::make(&transaction).map_err(failed)?;
        same_source(&transaction, source, full, &path)?;
        tables::keep_only(&transaction, &source.read).map_err(failed)?;
        if full {
            record::forget_windows(&transaction).map_err(failed)?;
        }
        transaction.commit().map_err(failed)?;
        let copy = Self { connection: Arc::new(Mutex::new(connection)), path, _lock: Arc::new(lock) };
        Ok(copy)
    }

    /// Opens the copy of a source to count requests in, and for nothing else; `None` where there is none that can be written.
    ///
    /// # Errors
    /// A sync of it is under way, which counts by itself.
    pub(super) fn to_count_in(source: &ApiSource) -> Tried<Option<Self>> {
        let path = source.copy.clone();
        if !path.is_file() {
            return Ok(None);
        }
        let lock = match Lock::take_to_ask(&path) {
            Ok(lock) => lock,
            Err(busy) if busy.extent == Extent::Now => return Err(busy),
            Err(_) => return Ok(None),
        };
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let Ok(connection) = Connection::open_with_flags(&path, flags) else { return Ok(None) };
        if connection.busy_timeout(BUSY_TIMEOUT).is_err() || connection.is_readonly("main").unwrap_or(true) {
            return Ok(None);
        }
        let copy = Self { connection: Arc::new(Mutex::new(connection)), path, _lock: Arc::new(lock) };
        Ok(copy.requests().is_ok().then_some(copy))
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, error: &rusqlite::Error) -> Fault {
        unusable(&self.path, error)
    }
}

fn unusable(path: &Path, error: &rusqlite::Error) -> Fault {
    let words = error.to_string();
    let mut chars = words.chars();
    let words: String = chars.next().into_iter().flat_map(char::to_lowercase).chain(chars).collect();
    Fault::new(
        format!("{}: {words}", path.display()),
        "the copy must be a file that this process may write; one that is broken can be deleted, the next sync makes it anew",
    )
}

/// A file with tables of somebody else is not touched.
fn refuse_what_is_no_copy(connection: &Connection, path: &Path) -> Tried<()> {
    let others: Option<String> = connection
        .query_row(
            "select name from sqlite_schema where type = 'table' and not exists \
             (select 1 from sqlite_schema where name = 'parte_sync_meta') limit 1",
            [],
            |row| row.get(0),
        )
        .optional()
        .map_err(|error| unusable(path, &error))?;
    match others {
        None => Ok(()),
        Some(table) => Err(Fault::new(
            format!("{} is no copy of an API: it has a table `{table}` of its own", path.display()),
            "name another file as `copy`; this one was not touched",
        )),
    }
}

/// A copy is of one API: what was read of another would stand among its rows.
fn same_source(connection: &Connection, source: &ApiSource, full: bool, path: &Path) -> Tried<()> {
    let fields: Vec<String> = source
        .fields
        .iter()
        .flat_map(|(frame, columns)| {
            columns.iter().map(move |(column, path)| format!("{}.{column}={path}", frame.as_str()))
        })
        .collect();
    let of = [
        ("url", source.endpoint.url.to_string()),
        ("api", source.generation.as_str().to_owned()),
        ("fields", fields.join(", ")),
    ];
    let failed = |error: rusqlite::Error| unusable(path, &error);
    let mut differs = None;
    for (key, value) in &of {
        let before = record::meta(connection, key).map_err(failed)?;
        if let Some(before) = before.filter(|before| before != value) {
            differs = differs.or(Some((*key, before)));
        }
    }
    match differs {
        Some((key, before)) if !full => {
            return Err(Fault::new(
                format!("the copy {} was made with another `{key}`: {before}", path.display()),
                "read everything again (`parte sync --full`), or name another file as `copy`",
            ));
        }
        Some(_) => tables::drop_all(connection).map_err(failed)?,
        None => {}
    }
    for (key, value) in &of {
        record::set_meta(connection, key, value).map_err(failed)?;
    }
    Ok(())
}

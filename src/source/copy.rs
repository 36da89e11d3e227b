//! The copy of an API: a SQLite file that `parte sync` keeps up to date, read like any other. Never: the API itself.

use super::SourceError;
use crate::definition::{ApiSource, FrameName, Source};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use std::path::Path;

/// The file of a copy that was read to its end at least once.
pub(super) fn file<'a>(source: &Source, api: &'a ApiSource) -> Result<&'a Path, SourceError> {
    let error = |what: String| SourceError {
        source_id: source.id.to_string(),
        what,
        hint: format!(
            "run `parte sync {}`: it reads the API into this file, and can be stopped and gone on with",
            source.id
        ),
    };
    if !api.copy.is_file() {
        return Err(error(format!("it was never synced: there is no {}", api.copy.display())));
    }
    match completed(&api.copy, "completed") {
        Ok(Some(_)) => Ok(&api.copy),
        Ok(None) => {
            let why = last_fault(&api.copy).map_or_else(String::new, |why| format!(" ({why})"));
            Err(error(format!("it was never synced to its end: {} has only a part{why}", api.copy.display())))
        }
        Err(why) if why.to_string().starts_with("no such table") => Err(match table_of_others(&api.copy) {
            // Killed before there was anything in it.
            None => error(format!("it was never synced: {} has nothing in it yet", api.copy.display())),
            Some(table) => SourceError {
                source_id: source.id.to_string(),
                what: format!(
                    "{} is no copy of an API: it has a table `{table}` of its own",
                    api.copy.display()
                ),
                hint: "name another file as `copy`".to_owned(),
            },
        }),
        Err(why) => Err(SourceError {
            source_id: source.id.to_string(),
            what: format!("{} is no copy that can be read: {why}", api.copy.display()),
            hint: format!("delete it and run `parte sync {}`, or name another file as `copy`", source.id),
        }),
    }
}

/// How old a frame can be at most: when the pass began that read it last. Rows alone cannot tell: what is planned for yesterday may
/// have been read last week.
pub(super) fn read_at(api: &ApiSource, frame: FrameName) -> Option<DateTime<Utc>> {
    completed(&api.copy, &format!("completed.{}", frame.as_str())).ok().flatten()
}

fn open(copy: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(copy, flags)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    Ok(connection)
}

/// A table in what should be a copy and has none of a copy's.
fn table_of_others(copy: &Path) -> Option<String> {
    let first = "select name from sqlite_schema where type = 'table' limit 1";
    open(copy).ok()?.query_row(first, [], |row| row.get(0)).ok()
}

/// Why the last pass did not come to its end.
fn last_fault(copy: &Path) -> Option<String> {
    let last = "select told from parte_sync_passes where ended_at is not null order by pass desc limit 1";
    open(copy).ok()?.query_row(last, [], |row| row.get(0)).ok()
}

fn completed(copy: &Path, key: &str) -> Result<Option<DateTime<Utc>>, rusqlite::Error> {
    let connection = open(copy)?;
    let written: Option<String> = connection
        .query_row("select value from parte_sync_meta where key = ?1", [key], |row| row.get(0))
        .optional()?;
    Ok(written.and_then(|written| written.parse().ok()))
}

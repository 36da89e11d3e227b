//! Several connections to one SQLite file that see it as of the same moment.

use super::{Reader, open};
use crate::definition::Source;
use crate::source::SourceError;
use rusqlite::Connection;
use std::path::Path;
use std::time::Duration;

/// How often connections are opened again because somebody wrote meanwhile.
const ATTEMPTS: usize = 3;

/// So many readers, or a single one where a writer keeps several from seeing the same moment.
pub(super) fn readers<'a>(
    source: &'a Source,
    path: &'a Path,
    count: usize,
) -> Result<Vec<Reader<'a>>, SourceError> {
    for _ in 0..if count > 1 { ATTEMPTS } else { 0 } {
        if let Some(connections) = of_one_moment(source, path, count)? {
            return Ok(connections
                .into_iter()
                .map(|connection| Reader { source, connection, path })
                .collect());
        }
    }
    let reader = Reader { source, connection: open(source, path)?, path };
    reader.execute("begin")?;
    Ok(vec![reader])
}

/// Connections whose snapshots are the same: nothing was committed from before the first of them until after the last.
fn of_one_moment(source: &Source, path: &Path, count: usize) -> Result<Option<Vec<Connection>>, SourceError> {
    let watch = open(source, path)?;
    let version = || watch.query_row("pragma data_version", [], |row| row.get::<_, i64>(0));
    let Ok(before) = version() else { return Ok(None) };
    let mut connections: Vec<Connection> = Vec::with_capacity(count);
    for _ in 0..count {
        let connection = open(source, path)?;
        // A writer may wait for the first of them to end, and keep out every further one meanwhile.
        let patience = if connections.is_empty() { super::BUSY_TIMEOUT } else { Duration::ZERO };
        let seen = connection
            .busy_timeout(patience)
            .and_then(|()| connection.execute_batch("begin"))
            .and_then(|()| connection.query_row("select count(*) from sqlite_schema", [], |_| Ok(())))
            .and_then(|()| connection.busy_timeout(super::BUSY_TIMEOUT));
        if seen.is_err() {
            return Ok(None);
        }
        connections.push(connection);
    }
    Ok((version().ok() == Some(before)).then_some(connections))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::{SourceId, SourceKind};
    use std::collections::BTreeMap;
    use std::sync::atomic::{AtomicBool, Ordering};

    fn source(path: &Path) -> Source {
        Source {
            id: SourceId::parse("it").expect("a name"),
            kind: SourceKind::Sqlite(path.to_owned()),
            frames: BTreeMap::new(),
        }
    }

    fn rows(reader: &Reader<'_>, table: &str) -> i64 {
        let sql = format!("select count(*) from {table}");
        reader.connection.query_row(&sql, [], |row| row.get(0)).expect("a count")
    }

    fn written_to_meanwhile(journal: &str, reading: impl Fn(&[Reader<'_>])) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("it.db");
        let writer = Connection::open(&path).expect("a database");
        writer.busy_timeout(Duration::from_secs(20)).expect("patience");
        let begin = format!("pragma journal_mode = {journal}; create table one (x); create table other (x);");
        writer.execute_batch(&begin).expect("tables");
        let is_done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let is_done = &is_done;
            scope.spawn(move || {
                while !is_done.load(Ordering::Relaxed) {
                    let both =
                        "begin immediate; insert into one values (1); insert into other values (1); commit;";
                    writer.execute_batch(both).expect("a row in both");
                }
            });
            let source = source(&path);
            for _ in 0..40 {
                reading(&readers(&source, &path, 2).expect("readers"));
            }
            is_done.store(true, Ordering::Relaxed);
        });
    }

    #[test]
    fn readers_see_the_same_moment_while_somebody_writes() {
        for journal in ["wal", "delete"] {
            written_to_meanwhile(journal, |readers| {
                let (first, last) = (readers.first().expect("a reader"), readers.last().expect("a reader"));
                assert_eq!(rows(first, "one"), rows(last, "other"), "{journal}");
            });
        }
    }

    #[test]
    fn a_file_that_nobody_writes_to_has_as_many_readers_as_are_asked_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("it.db");
        Connection::open(&path).and_then(|it| it.execute_batch("create table one (x)")).expect("a table");
        assert_eq!(readers(&source(&path), &path, 4).expect("readers").len(), 4);
    }
}

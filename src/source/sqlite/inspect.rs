//! Looks at a SQLite file without taking the rows of a report: what is there, how many, how new, and a sample.

use super::{Reader, open, open_as};
use crate::definition::{FrameName, Source};
use crate::source::chosen::lower;
use crate::source::sql::{self, Database as _, PATIENCE};
use crate::source::{Inspection, SourceError};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// How long a writer may hold the database: who asks is waiting.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);
/// Asks a SQLite file.
pub(in crate::source) fn inspect(
    source: &Source,
    path: &Path,
    needed: &BTreeMap<FrameName, BTreeSet<String>>,
) -> Result<Inspection, SourceError> {
    let reader = Reader { source, connection: open_without_trace(source, path)?, path };
    if path.metadata().is_ok_and(|facts| facts.len() == 0) {
        return Err(reader.error(
            format!("{} is empty: it has no byte in it", path.display()),
            "something made the file and wrote nothing; check the path under [sources]".to_owned(),
        ));
    }
    reader.connection.busy_timeout(BUSY_TIMEOUT).map_err(|e| reader.sqlite("opening", &e))?;
    reader.execute("begin")?;
    reader.first_read()?;
    sql::inspect(&reader, needed)
}

/// A database in WAL mode that nobody has open would get two files beside it from a reader, which stay. It is read as a
/// file that does not change; should a writer come just then, an answer may be wrong, and nothing else.
fn open_without_trace(source: &Source, path: &Path) -> Result<Connection, SourceError> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let unused = is_wal(path).unwrap_or(false) && !Path::new(&log).exists();
    let address =
        path.canonicalize().ok().filter(|_| unused).and_then(|path| url::Url::from_file_path(path).ok());
    match address {
        Some(mut address) => {
            address.set_query(Some("immutable=1"));
            open_as(source, path, Path::new(address.as_str()), OpenFlags::SQLITE_OPEN_URI)
        }
        None => open(source, path),
    }
}

/// The version of the format for writing and reading, bytes 18 and 19 of the header: 2 is WAL.
fn is_wal(path: &Path) -> std::io::Result<bool> {
    let mut header = [0; 20];
    std::fs::File::open(path)?.read_exact(&mut header)?;
    Ok(header[18..20].contains(&2))
}

impl Reader<'_> {
    /// The first statement that takes a lock and reads the header: here a file shows that it is held or is no database.
    fn first_read(&self) -> Result<(), SourceError> {
        let read = self.connection.query_row("select count(*) from sqlite_schema", [], |_| Ok(()));
        let hint = match read.as_ref().err().and_then(rusqlite::Error::sqlite_error_code) {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                "another program holds it; ask again when that is done"
            }
            Some(ErrorCode::NotADatabase) => {
                "the file is something else, or encrypted; name a SQLite database as `url` of the source"
            }
            _ => "check the file with `sqlite3 FILE 'pragma integrity_check'`",
        };
        read.map_err(|e| {
            self.error(format!("{}: {}", self.path.display(), lower(&e.to_string())), hint.to_owned())
        })
    }

    /// Runs a statement; `None` when it took longer than the patience.
    pub(super) fn within_patience<T>(
        &self,
        run: impl FnOnce() -> Result<T, rusqlite::Error>,
    ) -> Result<Option<T>, rusqlite::Error> {
        let interrupt = self.connection.get_interrupt_handle();
        let (done, waiting) = channel::<()>();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                if waiting.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                    interrupt.interrupt();
                }
            });
            let outcome = run();
            drop(done);
            match outcome {
                Err(e) if e.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => Ok(None),
                other => other.map(Some),
            }
        })
    }
}

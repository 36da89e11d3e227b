//! What can go wrong with the record, and what to do about it.

use super::{DeliveryId, RunId};
use miette::Diagnostic;
use sqlx::error::DatabaseError as _;
use sqlx::postgres::PgDatabaseError;
use sqlx::sqlite::SqliteError;
use std::borrow::Cow;

/// Why the record could not be read or written.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum LedgerError {
    /// There is no such file and none could be made, or it may not be read or written.
    #[error("failed to open ledger {path}")]
    #[diagnostic(help(
        "check that the folder exists and that this user may write there; `[ledger] url` in the definition says where it is"
    ))]
    Open {
        /// The file.
        path: String,
        /// What the database says.
        #[source]
        source: sqlx::Error,
    },
    /// The server is away, or does not let us in.
    #[error("failed to connect to ledger {path}")]
    #[diagnostic(help("{hint}"))]
    Connect {
        /// The server and its database.
        path: String,
        /// What to do.
        hint: &'static str,
        /// What the server says, or why it says nothing.
        #[source]
        source: sqlx::Error,
    },
    /// The server was lost, or does not do what it is asked for.
    #[error("failed to use ledger {path}")]
    #[diagnostic(help("{hint}"))]
    Server {
        /// The server and its database.
        path: String,
        /// What to do.
        hint: &'static str,
        /// What the server says, or why it says nothing.
        #[source]
        source: sqlx::Error,
    },
    /// The file is something else.
    #[error("{path} is not a ledger: {what}")]
    #[diagnostic(help("give `[ledger] url` a file name of its own; it is made when it does not exist"))]
    NotALedger {
        /// The file.
        path: String,
        /// What it is instead, as a lower-case fragment.
        what: &'static str,
    },
    /// Made by a later Parte.
    #[error("ledger {path} was written by a newer version of Parte (step {found})")]
    #[diagnostic(help("use that version, or restore the copy of the ledger made before the upgrade"))]
    Newer {
        /// The file.
        path: String,
        /// The migration that is not known here.
        found: i64,
    },
    /// Made by an earlier Parte, and only looked at.
    #[error("ledger {path} was written by an older version of Parte")]
    #[diagnostic(help("`parte runs`, and every command that runs something, bring it up to date"))]
    Older {
        /// The file.
        path: String,
    },
    /// A migration could not be done.
    #[error("failed to prepare ledger {path}")]
    #[diagnostic(help("nothing was changed; keep the file and report what is said below"))]
    Migrate {
        /// The file.
        path: String,
        /// What the database says.
        #[source]
        source: sqlx::migrate::MigrateError,
    },
    /// No room for it.
    #[error("failed to write ledger {path}: the disk is full")]
    #[diagnostic(help("free some space; what was acknowledged is kept, and work goes on by itself"))]
    DiskFull {
        /// The file.
        path: String,
    },
    /// Somebody else is writing and does not finish.
    #[error("failed to write ledger {path}: another process keeps it locked")]
    #[diagnostic(help("look for a backup or a database tool that has it open"))]
    Busy {
        /// The file.
        path: String,
    },
    /// The file's content contradicts itself.
    #[error("ledger {path} is damaged: {what}")]
    #[diagnostic(help("stop Parte, keep the file with its -wal and -shm companions, and restore a copy"))]
    Damaged {
        /// The file.
        path: String,
        /// What was found.
        what: String,
    },
    /// Somebody else has the work: stop.
    #[error("{what} is no longer held by this worker")]
    #[diagnostic(help(
        "nothing to do: the worker was away longer than its lease and somebody else took over"
    ))]
    Stale {
        /// `run 12`, `delivery 34`.
        what: String,
    },
    /// A step that is not possible from where the thing stands.
    #[error("{what}")]
    #[diagnostic(help("{hint}"))]
    Impossible {
        /// What and why, as a lower-case fragment.
        what: String,
        /// What to do.
        hint: &'static str,
    },
    /// The ledger was closed, or the program is stopping.
    #[error("ledger {path} is closed")]
    Closed {
        /// The file.
        path: String,
    },
    /// Anything else the database says.
    #[error("failed to use ledger {path}")]
    #[diagnostic(help("check the disk that holds it"))]
    Database {
        /// The file.
        path: String,
        /// What the database says.
        #[source]
        source: sqlx::Error,
    },
}

impl LedgerError {
    /// May the same call succeed later without anybody changing the program or the definitions?
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::DiskFull { .. }
                | Self::Busy { .. }
                | Self::Database { .. }
                | Self::Connect { .. }
                | Self::Server { .. }
        )
    }

    /// The same for others who wrote by the same commit.
    pub(super) fn told_again(&self) -> Self {
        match self {
            Self::DiskFull { path } => Self::DiskFull { path: path.clone() },
            Self::Busy { path } => Self::Busy { path: path.clone() },
            Self::Closed { path } => Self::Closed { path: path.clone() },
            Self::Damaged { path, what } => Self::Damaged { path: path.clone(), what: what.clone() },
            Self::Database { path, source } => {
                let source = std::io::Error::other(source.to_string());
                Self::Database { path: path.clone(), source: source.into() }
            }
            other => {
                let source = std::io::Error::other(other.to_string());
                Self::Database { path: String::new(), source: source.into() }
            }
        }
    }

    /// With its causes and what to do, in one line: for a log.
    #[must_use]
    pub fn in_full(&self) -> String {
        in_one_line(self)
    }

    /// The server gave no connection for as long as anybody waits for one.
    pub(super) fn unreachable(path: &str, source: sqlx::Error) -> Self {
        Self::Server { path: path.to_owned(), hint: AWAY, source }
    }

    pub(super) fn stale_run(run: RunId) -> Self {
        Self::Stale { what: format!("run {run}") }
    }

    pub(super) fn stale_delivery(delivery: DeliveryId) -> Self {
        Self::Stale { what: format!("delivery {delivery}") }
    }
}

/// An error with its causes and what to do, in one line.
#[must_use]
pub fn in_one_line(error: &dyn Diagnostic) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        let words = source.to_string();
        if !text.ends_with(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = source.source();
    }
    if let Some(help) = error.help() {
        text.push_str(&format!(" ({help})"));
    }
    text
}

/// What went wrong inside a call, before it is known which file it was about.
#[derive(Debug)]
pub(super) enum Fault {
    /// The database refused.
    Sql(sqlx::Error),
    /// A value in the record is not one that Parte writes.
    Unreadable(String),
    /// Said in full already.
    Ledger(LedgerError),
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<LedgerError> for Fault {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl Fault {
    /// Says it in full, for this file.
    pub(super) fn at(self, path: &str) -> LedgerError {
        match self {
            Self::Sql(source) => of_sql(source, path),
            Self::Unreadable(what) => LedgerError::Damaged { path: path.to_owned(), what },
            Self::Ledger(error) => error,
        }
    }
}

// https://www.sqlite.org/rescode.html: the low byte is the primary code.
const BUSY: i64 = 5;
const LOCKED: i64 = 6;
const CORRUPT: i64 = 11;
const FULL: i64 = 13;
const NOTADB: i64 = 26;
/// The shared-memory companion could not grow: no room either.
const IOERR_SHMSIZE: i64 = 4874;

/// SQLite's result code, extended.
fn code_of(error: &sqlx::Error) -> Option<i64> {
    error.as_database_error()?.try_downcast_ref::<SqliteError>()?.code()?.parse().ok()
}

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const DISK_FULL: &str = "53100";
/// A transaction stood in the way of another, or waited too long for one.
const IN_THE_WAY: [&str; 4] = ["40001", "40P01", "55P03", "57014"];

/// What to do about an answer of the server; for want of a known one, what helps when it is away.
fn hint_of(code: &str) -> &'static str {
    match code {
        "28P01" | "28000" => {
            "check user and password in `[ledger] url`, and what the server's pg_hba.conf lets in from here"
        }
        "3D000" => {
            "make the database once, as the server's administrator: `create database NAME owner USER`; its tables are made by Parte"
        }
        "42501" => {
            "let this user make a schema (`grant create on database NAME to USER`), or make it once: `create schema parte authorization USER`"
        }
        _ => AWAY,
    }
}

/// About a server that cannot be reached, or was lost.
const AWAY: &str = "see whether the server runs and can be reached from here; what was acknowledged is kept, and work goes on by itself";

/// Why no connection is made.
pub(super) fn of_connecting(source: sqlx::Error, path: &str) -> LedgerError {
    let path = path.to_owned();
    let code = source.as_database_error().and_then(|error| error.code().map(Cow::into_owned));
    let hint = match (&code, &source) {
        (Some(code), _) => hint_of(code),
        (None, source) if is_tls(source) => {
            "check `ca` in [ledger] and that the certificate is of this host; `?sslmode=` at the end of the url says how the connection is protected"
        }
        _ => "see whether the server runs and can be reached from here: `[ledger] url` says where it is",
    };
    LedgerError::Connect { path, hint, source }
}

/// Did the two not agree on how the connection is protected?
fn is_tls(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Tls(_) => true,
        sqlx::Error::Io(error) => error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()),
        _ => false,
    }
}

fn of_postgres(code: &str, source: sqlx::Error, path: String) -> LedgerError {
    match code {
        DISK_FULL => LedgerError::DiskFull { path },
        code if IN_THE_WAY.contains(&code) => LedgerError::Busy { path },
        // A damaged page or index.
        code if code.starts_with("XX") => LedgerError::Damaged { path, what: source.to_string() },
        _ => LedgerError::Server { path, hint: hint_of(code), source },
    }
}

pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    code_of(error).is_some_and(|code| matches!(code & 0xff, BUSY | LOCKED))
}

pub(super) fn of_sql(source: sqlx::Error, path: &str) -> LedgerError {
    let path = path.to_owned();
    match &source {
        // One process waits for its own writer as it would for another's.
        sqlx::Error::PoolTimedOut => return LedgerError::Busy { path },
        sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => return LedgerError::Closed { path },
        // A file is not spoken to over a connection.
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => {
            return LedgerError::Server { path, hint: AWAY, source };
        }
        _ => {}
    }
    let postgres = source.as_database_error().and_then(|error| error.try_downcast_ref::<PgDatabaseError>());
    if let Some(code) = postgres.map(|error| error.code().to_owned()) {
        return of_postgres(&code, source, path);
    }
    match code_of(&source) {
        Some(IOERR_SHMSIZE) => LedgerError::DiskFull { path },
        Some(code) => match code & 0xff {
            BUSY | LOCKED => LedgerError::Busy { path },
            FULL => LedgerError::DiskFull { path },
            NOTADB => LedgerError::NotALedger { path, what: "not a SQLite file" },
            CORRUPT => LedgerError::Damaged { path, what: source.to_string() },
            _ => LedgerError::Database { path, source },
        },
        None => LedgerError::Database { path, source },
    }
}

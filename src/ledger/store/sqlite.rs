//! A record in a SQLite file: opened, brought up to date, written by one connection and read by several.

use super::together::Waiting;
use super::{BUSY_TIMEOUT, steps};
use crate::ledger::LedgerError;
use crate::ledger::error::{is_busy, of_sql};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

/// The steps from an empty file to today's tables, in order. A step that has shipped is never edited.
fn migrations() -> Migrator {
    steps(&[
        (1, "record", include_str!("../migrations/sqlite/0001_record.sql")),
        (2, "params", include_str!("../migrations/sqlite/0002_params.sql")),
        (3, "backfill", include_str!("../migrations/sqlite/0003_backfill.sql")),
        (4, "truths", include_str!("../migrations/sqlite/0004_truths.sql")),
        (5, "care", include_str!("../migrations/sqlite/0005_care.sql")),
        (6, "overlap", include_str!("../migrations/sqlite/0006_overlap.sql")),
        (7, "waiting", include_str!("../migrations/sqlite/0007_waiting.sql")),
        (8, "expectations", include_str!("../migrations/sqlite/0008_expectations.sql")),
        (9, "kept", include_str!("../migrations/sqlite/0009_kept.sql")),
        (10, "figures", include_str!("../migrations/sqlite/0010_figures.sql")),
        (11, "held", include_str!("../migrations/sqlite/0011_held.sql")),
    ])
}

/// Written into the file's header, so that another program's database is never taken for a ledger: "PART".
const APPLICATION_ID: i64 = 0x5041_5254;

/// Connections that read beside the one that writes.
const READERS: u32 = 4;

/// The connections to a file.
#[derive(Clone)]
pub(super) struct File {
    pub(super) writer: SqlitePool,
    pub(super) readers: SqlitePool,
    /// Small writes that wait for the writer.
    pub(super) waiting: Waiting,
}

/// Opens the file; makes it when there is none and brings an older one up to date.
pub(super) async fn open(path: &Path, name: &str) -> Result<File, LedgerError> {
    keep_from_others(path);
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        // Of a new file: what is deleted gives its room back. An older one uses it again itself.
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        .journal_mode(SqliteJournalMode::Wal)
        // What was acknowledged survives a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .optimize_on_close(false, None);
    let writer = connect(&options, 1, name).await?;
    if let Err(error) = prepare(&writer, name).await {
        writer.close().await;
        return Err(error);
    }
    let readers = connect(&options.pragma("query_only", "1"), READERS, name).await?;
    Ok(File { writer, readers, waiting: Waiting::default() })
}

/// A new file is made so that not everybody on this machine may read it: it will hold every report. Its companions get the rights
/// that it has. Whether it can be made at all is seen, and said, when it is opened.
fn keep_from_others(path: &Path) {
    let _ = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o640).open(path);
}

/// Opens the file to look at it.
pub(super) async fn look(path: &Path, name: &str) -> Result<File, LedgerError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(BUSY_TIMEOUT)
        .optimize_on_close(false, None)
        .pragma("query_only", "1");
    let readers = connect(&options, READERS, name).await?;
    if let Err(error) = check_version(&readers, name).await {
        readers.close().await;
        return Err(error);
    }
    Ok(File { writer: readers.clone(), readers, waiting: Waiting::default() })
}

/// Connects. Turning a new file to WAL takes a lock that the busy timeout does not wait for, so that processes
/// which make the same ledger at the same time try again here.
async fn connect(
    options: &SqliteConnectOptions,
    connections: u32,
    path: &str,
) -> Result<SqlitePool, LedgerError> {
    let mut tries = 0;
    loop {
        let pool = SqlitePoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(2 * BUSY_TIMEOUT)
            .connect_with(options.clone())
            .await;
        match pool {
            Ok(pool) => return Ok(pool),
            Err(error) if is_busy(&error) && tries < 100 => {
                tries += 1;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(source) => {
                return Err(match of_sql(source, path) {
                    LedgerError::Database { path, source } => LedgerError::Open { path, source },
                    other => other,
                });
            }
        }
    }
}

/// Checks that the file is a ledger of this version.
async fn check_version(readers: &SqlitePool, path: &str) -> Result<(), LedgerError> {
    let sql = |error| of_sql(error, path);
    let application: i64 =
        sqlx::query_scalar("pragma application_id").fetch_one(readers).await.map_err(sql)?;
    if application != APPLICATION_ID {
        let what = "a file of another kind";
        return Err(LedgerError::NotALedger { path: path.to_owned(), what });
    }
    let found: i64 = sqlx::query_scalar("select coalesce(max(version), 0) from _sqlx_migrations")
        .fetch_one(readers)
        .await
        .map_err(sql)?;
    super::same_version(&migrations(), found, path)
}

/// Checks that the file is ours and brings it up to date, all in one transaction.
async fn prepare(writer: &SqlitePool, path: &str) -> Result<(), LedgerError> {
    let mut transaction = writer.begin_with("begin immediate").await.map_err(|e| match of_sql(e, path) {
        LedgerError::Database { path, source } => LedgerError::Open { path, source },
        other => other,
    })?;
    let sql = |error| of_sql(error, path);
    let application: i64 =
        sqlx::query_scalar("pragma application_id").fetch_one(&mut *transaction).await.map_err(sql)?;
    if application != APPLICATION_ID {
        let tables: i64 = sqlx::query_scalar("select count(*) from sqlite_schema")
            .fetch_one(&mut *transaction)
            .await
            .map_err(sql)?;
        if application != 0 || tables != 0 {
            return Err(LedgerError::NotALedger {
                path: path.to_owned(),
                what: "a database of another program",
            });
        }
        sqlx::query("pragma application_id = 0x50415254").execute(&mut *transaction).await.map_err(sql)?;
    }
    // `run_direct` and not `run`: the latter's future cannot be sent to another thread when it borrows a connection.
    migrations().run_direct(None, &mut *transaction, false).await.map_err(|error| match error {
        MigrateError::VersionMissing(found) => LedgerError::Newer { path: path.to_owned(), found },
        // A full or locked disk is no fault of the migration.
        MigrateError::Execute(source) => of_sql(source, path),
        MigrateError::ExecuteMigration(source, step) => match of_sql(source, path) {
            LedgerError::Database { path, source } => {
                LedgerError::Migrate { path, source: MigrateError::ExecuteMigration(source, step) }
            }
            other => other,
        },
        source => LedgerError::Migrate { path: path.to_owned(), source },
    })?;
    transaction.commit().await.map_err(sql)
}

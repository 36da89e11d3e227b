//! The file behind the record: opened, brought up to date, written by one connection and read by several.
//! Never: what a row means.

use super::error::{Fault, is_busy, of_sql};
use super::{InDoubt, LedgerError};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{Connection as _, SqlSafeStr as _};
use std::borrow::Cow;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// The steps from an empty file to today's tables, in order. They are listed here rather than by `sqlx::migrate!`, whose
/// macro compiles SQLite a second time for the building machine. A step that has shipped is never edited.
fn migrations() -> Migrator {
    let record = Migration::new(
        1,
        Cow::Borrowed("record"),
        MigrationType::Simple,
        include_str!("migrations/0001_record.sql").into_sql_str(),
        false,
    );
    let params = Migration::new(
        2,
        Cow::Borrowed("params"),
        MigrationType::Simple,
        include_str!("migrations/0002_params.sql").into_sql_str(),
        false,
    );
    Migrator::with_migrations(vec![record, params])
}

/// Written into the file's header, so that another program's database is never taken for a ledger: "PART".
const APPLICATION_ID: i64 = 0x5041_5254;

/// How long a writer waits for another process's transaction. Ours take milliseconds; a backup may take longer.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// Connections that read beside the one that writes.
const READERS: u32 = 4;

/// What ran and what went out to whom. Clones share the same connections.
#[derive(Clone)]
pub struct Ledger {
    path: Arc<str>,
    writer: SqlitePool,
    readers: SqlitePool,
    in_doubt: InDoubt,
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").field("path", &self.path).finish_non_exhaustive()
    }
}

/// What is done inside one transaction.
pub(super) type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'c>>;

impl Ledger {
    /// Opens the ledger in this file; makes it when there is none and brings an older one up to date. Several
    /// processes may have the same ledger open.
    ///
    /// # Errors
    /// [`LedgerError::Open`], [`LedgerError::NotALedger`], [`LedgerError::Newer`], [`LedgerError::Migrate`],
    /// [`LedgerError::DiskFull`], [`LedgerError::Busy`].
    pub async fn open(path: &Path) -> Result<Self, LedgerError> {
        let name: Arc<str> = path.display().to_string().into();
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // What was acknowledged survives a power cut.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .optimize_on_close(false, None);
        let writer = connect(&options, 1, &name).await?;
        if let Err(error) = prepare(&writer, &name).await {
            writer.close().await;
            return Err(error);
        }
        let readers = connect(&options.pragma("query_only", "1"), READERS, &name).await?;
        Ok(Self { path: name, writer, readers, in_doubt: InDoubt::default() })
    }

    /// The same ledger, with this word on deliveries that are in doubt.
    #[must_use]
    pub fn with_in_doubt(self, in_doubt: InDoubt) -> Self {
        Self { in_doubt, ..self }
    }

    pub(super) fn in_doubt(&self) -> InDoubt {
        self.in_doubt
    }

    /// Waits for what is being written and closes the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// The file, for messages.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Does `work` in a transaction of its own and returns when it is on the disk. An error leaves no trace.
    ///
    /// The transaction runs as a task of its own: a caller that stops waiting cannot leave it half begun on the
    /// one connection that writes.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> Work<'c, T> + Send + 'static,
    {
        let writer = self.writer.clone();
        let task = tokio::spawn(async move {
            let mut connection = writer.acquire().await?;
            let result = transact(&mut connection, work).await;
            if let Err(Fault::Sql(_)) = result {
                // A full disk makes SQLite end the transaction by itself, which sqlx does not notice: it would take
                // this connection to be inside one for ever. The next write gets a new connection.
                let _ = connection.close().await;
            }
            result
        });
        match task.await {
            Ok(result) => result.map_err(|fault| fault.at(&self.path)),
            Err(stopped) if stopped.is_panic() => std::panic::resume_unwind(stopped.into_panic()),
            Err(_) => Err(LedgerError::Closed { path: self.path.to_string() }),
        }
    }

    /// Where reading happens.
    pub(super) fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    /// Says in full what went wrong while reading.
    pub(super) fn fault(&self, fault: impl Into<Fault>) -> LedgerError {
        fault.into().at(&self.path)
    }
}

/// Begins, works, and commits or rolls back.
async fn transact<T, F>(connection: &mut SqliteConnection, work: F) -> Result<T, Fault>
where
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> Work<'c, T>,
{
    // The lock is taken at once: a transaction that reads first and writes later could be refused.
    let mut transaction = connection.begin_with("begin immediate").await?;
    match work(&mut transaction).await {
        Ok(value) => {
            transaction.commit().await?;
            Ok(value)
        }
        Err(fault) => {
            // The reason is the first fault; a failing rollback means that SQLite has done it already.
            let rolled_back = transaction.rollback().await;
            match (fault, rolled_back) {
                (Fault::Sql(error), _) => Err(Fault::Sql(error)),
                (_, Err(error)) => Err(Fault::Sql(error)),
                (fault, Ok(())) => Err(fault),
            }
        }
    }
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

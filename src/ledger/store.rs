//! The database behind the record: opened, brought up to date, read and written. Never: what a row means.

mod postgres;
mod sqlite;
mod together;

pub use postgres::{Protection, Server};

use super::LedgerError;
use super::contents::Contents;
use super::error::Fault;
use super::sql::Db;
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::PgPool;
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// How long a writer waits for another process's transaction. Ours take milliseconds; a backup may take longer.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// Steps by their numbers, which rise and may leave some out, and names. They are listed rather than by `sqlx::migrate!`, whose
/// macro compiles SQLite a second time for the building machine.
fn steps(steps: &[(i64, &'static str, &'static str)]) -> Migrator {
    let migration = |&(number, name, text): &(i64, &'static str, &'static str)| {
        Migration::new(number, Cow::Borrowed(name), MigrationType::Simple, text.into_sql_str(), false)
    };
    Migrator::with_migrations(steps.iter().map(migration).collect())
}

/// Where a record stands.
#[derive(Debug, Clone)]
pub enum Place {
    /// In a SQLite file.
    File(PathBuf),
    /// In a PostgreSQL database, which several machines can share.
    Server(Box<Server>),
}

impl From<&Path> for Place {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl From<&PathBuf> for Place {
    fn from(path: &PathBuf) -> Self {
        Self::File(path.clone())
    }
}

impl std::fmt::Display for Place {
    /// For people: never a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Server(server) => server.fmt(f),
        }
    }
}

/// The connections to either database.
#[derive(Clone)]
enum Base {
    File(sqlite::File),
    Server(PgPool),
}

/// What ran and what went out to whom. Clones share the same connections.
#[derive(Clone)]
pub struct Ledger {
    name: Arc<str>,
    base: Base,
    pub(super) contents: Contents,
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What is done inside one transaction.
pub(super) type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'c>>;

impl Ledger {
    /// Opens the ledger at this place; makes it when there is none and brings an older one up to date. Several
    /// processes may have the same ledger open.
    ///
    /// # Errors
    /// [`LedgerError::Open`], [`LedgerError::NotALedger`], [`LedgerError::Newer`], [`LedgerError::Migrate`],
    /// [`LedgerError::DiskFull`], [`LedgerError::Busy`].
    pub async fn open(place: impl Into<Place>) -> Result<Self, LedgerError> {
        let place = place.into();
        let name: Arc<str> = place.to_string().into();
        let base = match &place {
            Place::File(path) => Base::File(sqlite::open(path, &name).await?),
            Place::Server(server) => Base::Server(postgres::open(server, &name).await?),
        };
        Ok(Self { name, base, contents: Contents::default() })
    }

    /// Opens the ledger at this place to look at it: it is neither made nor brought up to date.
    ///
    /// # Errors
    /// [`LedgerError::Open`], [`LedgerError::NotALedger`], [`LedgerError::Older`], [`LedgerError::Newer`],
    /// [`LedgerError::Busy`].
    pub async fn look(place: impl Into<Place>) -> Result<Self, LedgerError> {
        let place = place.into();
        let name: Arc<str> = place.to_string().into();
        let base = match &place {
            Place::File(path) => Base::File(sqlite::look(path, &name).await?),
            Place::Server(server) => Base::Server(postgres::look(server, &name).await?),
        };
        Ok(Self { name, base, contents: Contents::default() })
    }

    /// Is there a ledger at this place? Nothing is made by asking.
    ///
    /// # Errors
    /// [`LedgerError::Open`] when the server cannot be asked.
    pub async fn exists(place: impl Into<Place>) -> Result<bool, LedgerError> {
        match place.into() {
            Place::File(path) => Ok(path.exists()),
            Place::Server(server) => postgres::exists(&server, &server.to_string()).await,
        }
    }

    /// Waits for what is being written and closes the connections.
    pub async fn close(&self) {
        match &self.base {
            Base::File(file) => {
                file.readers.close().await;
                file.writer.close().await;
            }
            Base::Server(pool) => pool.close().await,
        }
    }

    /// Where it stands, for messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Does `work` in a transaction of its own and returns when it is on the disk. An error leaves no trace.
    ///
    /// The transaction runs as a task of its own: a caller that stops waiting cannot leave it half begun on the
    /// one connection that writes.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Db) -> Work<'c, T> + Send + 'static,
    {
        let base = self.base.clone();
        let task = tokio::spawn(async move {
            let mut db = match base {
                Base::File(file) => Db::from(file.writer.acquire().await?),
                Base::Server(pool) => Db::from(pool.acquire().await?),
            };
            transact(&mut db, work).await
        });
        match task.await {
            Ok(result) => result.map_err(|fault| self.fault(fault)),
            Err(stopped) if stopped.is_panic() => std::panic::resume_unwind(stopped.into_panic()),
            Err(_) => Err(LedgerError::Closed { path: self.name.to_string() }),
        }
    }

    /// The same for a small write of which many come at the same time: in a file they share a commit. Neither can undo the other.
    pub(super) async fn write_together<T, F>(&self, work: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Db) -> Work<'c, T> + Send + 'static,
    {
        match &self.base {
            Base::File(file) => together::write(file, &self.name, work).await,
            // the server groups commits by itself
            Base::Server(_) => self.write(work).await,
        }
    }

    /// A connection to read with.
    pub(super) async fn reader(&self) -> Result<Db, LedgerError> {
        let acquired = match &self.base {
            Base::File(file) => file.readers.acquire().await.map(Db::from),
            Base::Server(pool) => pool.acquire().await.map(Db::from),
        };
        acquired.map_err(|error| self.fault(error))
    }

    /// Says in full what went wrong.
    pub(super) fn fault(&self, fault: impl Into<Fault>) -> LedgerError {
        match (fault.into(), &self.base) {
            // Nobody holds eight connections for so long: no new one was to be had.
            (Fault::Sql(source @ sqlx::Error::PoolTimedOut), Base::Server(_)) => {
                LedgerError::unreachable(&self.name, source)
            }
            (fault, _) => fault.at(&self.name),
        }
    }
}

/// Begins, works, and commits or rolls back.
async fn transact<T, F>(db: &mut Db, work: F) -> Result<T, Fault>
where
    F: for<'c> FnOnce(&'c mut Db) -> Work<'c, T>,
{
    db.begin().await?;
    match work(db).await {
        Ok(value) => {
            db.commit().await?;
            Ok(value)
        }
        Err(fault) => {
            // The reason is the first fault; a failing rollback means that the database has done it already.
            let rolled_back = db.rollback().await;
            match (fault, rolled_back) {
                (Fault::Sql(error), _) => Err(Fault::Sql(error)),
                (_, Err(error)) => Err(Fault::Sql(error)),
                (fault, Ok(())) => Err(fault),
            }
        }
    }
}

/// Is the record at the step that this program knows as the last one?
fn same_version(known: &Migrator, found: i64, name: &str) -> Result<(), LedgerError> {
    let known = known.iter().map(|migration| migration.version).max().unwrap_or_default();
    match found.cmp(&known) {
        std::cmp::Ordering::Less => Err(LedgerError::Older { path: name.to_owned() }),
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(LedgerError::Newer { path: name.to_owned(), found }),
    }
}

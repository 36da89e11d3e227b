//! A record in a PostgreSQL database, shared by several machines: in a schema of its own, so that it can stand beside other tables.

use super::{BUSY_TIMEOUT, steps};
use crate::ledger::LedgerError;
use crate::ledger::error::{of_connecting, of_sql};
use secrecy::{ExposeSecret, SecretString};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgSslMode};
use sqlx::{Connection as _, PgConnection};
use std::path::PathBuf;
use std::time::Duration;

/// The steps from nothing to today's tables, in order. A step that has shipped is never edited.
fn migrations() -> Migrator {
    steps(&[
        (1, "record", include_str!("../migrations/postgres/0001_record.sql")),
        (2, "overlap", include_str!("../migrations/postgres/0002_overlap.sql")),
        (3, "waiting", include_str!("../migrations/postgres/0003_waiting.sql")),
        (4, "expectations", include_str!("../migrations/postgres/0004_expectations.sql")),
        (5, "kept", include_str!("../migrations/postgres/0005_kept.sql")),
        (6, "figures", include_str!("../migrations/postgres/0006_figures.sql")),
        (7, "held", include_str!("../migrations/postgres/0007_held.sql")),
    ])
}

/// The schema that holds the tables.
const SCHEMA: &str = "parte";

/// Connections of one process: each is held for one short transaction at a time.
const CONNECTIONS: u32 = 8;

/// No single statement of ours takes longer: what does is cut off, and tried again.
const LONGEST_STATEMENT: &str = "60s";

/// How long an answer from a server that is away may take, before it is said that it is away.
const CONNECTING: Duration = Duration::from_secs(10);

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Protection {
    /// Not at all.
    Off,
    /// Encrypted; whoever answers is believed.
    Encrypted,
    /// Encrypted, and the server's certificate is of its name and trusted.
    #[default]
    Verified,
}

/// Where a record stands on a server.
#[derive(Debug, Clone)]
pub struct Server {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Who we are there.
    pub user: Option<String>,
    /// The password.
    pub password: Option<SecretString>,
    /// Name of the database.
    pub database: String,
    /// How the connection is protected.
    pub protection: Protection,
    /// A PEM file with certificates to trust beside the system's.
    pub ca: Option<PathBuf>,
}

impl std::fmt::Display for Server {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        write!(f, "postgres://{host}:{}/{}", self.port, self.database)
    }
}

fn options(server: &Server) -> PgConnectOptions {
    let options = PgConnectOptions::new_without_pgpass()
        .host(&server.host)
        .port(server.port)
        .database(&server.database)
        .application_name("parte")
        .ssl_mode(match server.protection {
            Protection::Off => PgSslMode::Disable,
            Protection::Encrypted => PgSslMode::Require,
            Protection::Verified => PgSslMode::VerifyFull,
        })
        .options([
            ("search_path", SCHEMA),
            ("statement_timeout", LONGEST_STATEMENT),
            // A process that hangs in the middle keeps nobody waiting for ever.
            ("idle_in_transaction_session_timeout", LONGEST_STATEMENT),
        ]);
    let options = server.user.iter().fold(options, |options, user| options.username(user));
    let password = server.password.iter().map(ExposeSecret::expose_secret);
    let options = password.fold(options, |options, password| options.password(password));
    server.ca.iter().fold(options, |options, ca| options.ssl_root_cert(ca))
}

async fn connect(server: &Server, name: &str) -> Result<PgPool, LedgerError> {
    let options = options(server);
    // Asked once by itself: a pool would try until its time is over, and then not say why.
    let first = tokio::time::timeout(CONNECTING, PgConnection::connect_with(&options)).await;
    match first {
        Ok(Ok(connection)) => {
            // Nothing hangs on the goodbye.
            let _ = connection.close().await;
        }
        Ok(Err(error)) => return Err(of_connecting(error, name)),
        Err(_) => {
            let silent = std::io::Error::new(std::io::ErrorKind::TimedOut, "the server does not answer");
            return Err(of_connecting(silent.into(), name));
        }
    }
    Ok(PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(BUSY_TIMEOUT)
        .connect_lazy_with(options))
}

/// Connects; makes the tables when there are none and brings older ones up to date.
pub(super) async fn open(server: &Server, name: &str) -> Result<PgPool, LedgerError> {
    let pool = connect(server, name).await?;
    if let Err(error) = prepare(&pool, name).await {
        pool.close().await;
        return Err(error);
    }
    Ok(pool)
}

/// Connects to look.
pub(super) async fn look(server: &Server, name: &str) -> Result<PgPool, LedgerError> {
    let pool = connect(server, name).await?;
    if let Err(error) = check_version(&pool, name).await {
        pool.close().await;
        return Err(error);
    }
    Ok(pool)
}

/// Is there a record already?
pub(super) async fn exists(server: &Server, name: &str) -> Result<bool, LedgerError> {
    let pool = connect(server, name).await?;
    let there: Result<bool, sqlx::Error> =
        sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null").fetch_one(&pool).await;
    pool.close().await;
    there.map_err(|error| of_sql(error, name))
}

async fn check_version(pool: &PgPool, name: &str) -> Result<(), LedgerError> {
    let sql = |error| of_sql(error, name);
    let there: bool = sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null")
        .fetch_one(pool)
        .await
        .map_err(sql)?;
    if !there {
        let what = "it has no tables of Parte";
        return Err(LedgerError::NotALedger { path: name.to_owned(), what });
    }
    let found: i64 = sqlx::query_scalar("select coalesce(max(version), 0) from _sqlx_migrations")
        .fetch_one(pool)
        .await
        .map_err(sql)?;
    super::same_version(&migrations(), found, name)
}

/// Makes the schema and its tables, all in one transaction, one process after the other.
async fn prepare(pool: &PgPool, name: &str) -> Result<(), LedgerError> {
    let sql = |error| of_sql(error, name);
    let mut transaction = pool.begin().await.map_err(sql)?;
    // Any number will do that nobody else takes: "PART".
    sqlx::query("select pg_advisory_xact_lock(1346458196)").execute(&mut *transaction).await.map_err(sql)?;
    let there: bool = sqlx::query_scalar("select to_regnamespace('parte') is not null")
        .fetch_one(&mut *transaction)
        .await
        .map_err(sql)?;
    // One who may not make schemas can be given this one.
    if !there {
        sqlx::query("create schema parte").execute(&mut *transaction).await.map_err(sql)?;
    }
    migrations().run_direct(None, &mut *transaction, false).await.map_err(|error| match error {
        MigrateError::VersionMissing(found) => LedgerError::Newer { path: name.to_owned(), found },
        MigrateError::Execute(source) => of_sql(source, name),
        source => LedgerError::Migrate { path: name.to_owned(), source },
    })?;
    transaction.commit().await.map_err(sql)
}

//! The seam between the record and the database behind it: one connection, one kind of statement, one kind of row for SQLite and
//! PostgreSQL alike. Statements are the same for both; the few words that differ are methods of [`Db`]. Never: what a row means.

use sqlx::pool::PoolConnection;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Decode, Postgres, Row as _, Sqlite, Type};
use std::borrow::Cow;
use std::time::Duration;

/// A connection to one of the databases that a record may stand in.
pub(super) struct Db {
    connection: Connection,
    /// Inside of a transaction.
    begun: bool,
    /// A server was asked, and its answer did not come or was no good one.
    asking: bool,
}

/// A server that is still there answers sooner: it cuts off a statement of its own accord after a minute, once it has all of it,
/// and an artifact may be on its way for as long again. One whose machine or network is gone says nothing at all, for as long
/// as anybody waits.
const LONGEST_ANSWER: Duration = Duration::from_mins(3);

async fn answered<T>(statement: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    tokio::time::timeout(LONGEST_ANSWER, statement).await.unwrap_or_else(|_| {
        let silent = std::io::Error::new(std::io::ErrorKind::TimedOut, "the server does not answer");
        Err(silent.into())
    })
}

enum Connection {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

impl From<PoolConnection<Sqlite>> for Db {
    fn from(connection: PoolConnection<Sqlite>) -> Self {
        Self { connection: Connection::Sqlite(connection), begun: false, asking: false }
    }
}

impl From<PoolConnection<Postgres>> for Db {
    fn from(connection: PoolConnection<Postgres>) -> Self {
        Self { connection: Connection::Postgres(connection), begun: false, asking: false }
    }
}

impl Db {
    /// Begins a transaction.
    pub(super) async fn begin(&mut self) -> Result<(), sqlx::Error> {
        self.begun = true;
        let begin = match self.connection {
            // The lock is taken at once: a transaction that reads first and writes later could be refused.
            Connection::Sqlite(_) => "begin immediate",
            Connection::Postgres(_) => "begin",
        };
        query(begin).execute(self).await.map(drop)
    }

    pub(super) async fn commit(&mut self) -> Result<(), sqlx::Error> {
        query("commit").execute(self).await?;
        self.begun = false;
        Ok(())
    }

    pub(super) async fn rollback(&mut self) -> Result<(), sqlx::Error> {
        query("rollback").execute(self).await?;
        self.begun = false;
        Ok(())
    }

    /// Is it a SQLite file? What only one of the two databases can be asked is asked behind this.
    pub(super) fn is_sqlite(&self) -> bool {
        matches!(self.connection, Connection::Sqlite(_))
    }

    /// At the end of a subquery that finds what is claimed: rows that another worker is about to claim are passed over. SQLite has
    /// one writer at a time.
    pub(super) fn skipping_locked(&self) -> &'static str {
        match self.connection {
            Connection::Sqlite(_) => "",
            Connection::Postgres(_) => "for update skip locked",
        }
    }

    /// Until this transaction ends, no other comes past this point: for what has to see what the one before it did. SQLite has one
    /// writer at a time.
    pub(super) async fn one_at_a_time(&mut self) -> Result<(), sqlx::Error> {
        match self.connection {
            Connection::Sqlite(_) => Ok(()),
            // A number of our own among the locks of this database: "PART".
            Connection::Postgres(_) => {
                query("select pg_advisory_xact_lock(1346458196)").fetch_all(self).await.map(drop)
            }
        }
    }

    /// Until this transaction ends, nobody adds to a table or takes from it. SQLite has one writer at a time.
    pub(super) async fn no_other_writes(&mut self, table: &'static str) -> Result<(), sqlx::Error> {
        match self.connection {
            Connection::Sqlite(_) => Ok(()),
            Connection::Postgres(_) => {
                query(format!("lock table {table} in share row exclusive mode")).execute(self).await.map(drop)
            }
        }
    }

    /// At the end of a query: its rows stay as they are until this transaction ends.
    pub(super) fn locking(&self) -> &'static str {
        match self.connection {
            Connection::Sqlite(_) => "",
            Connection::Postgres(_) => "for update",
        }
    }
}

impl Drop for Db {
    /// Whatever broke off a transaction (a failed statement, a full disk, a panic): a connection that may still be inside of
    /// one is ended, which undoes it, and not given back. Nor is one on which an answer may still be under way.
    fn drop(&mut self) {
        match &mut self.connection {
            Connection::Sqlite(db) if self.begun => db.close_on_drop(),
            Connection::Postgres(db) if self.begun || self.asking => db.close_on_drop(),
            _ => {}
        }
    }
}

/// A value that a statement is given.
#[derive(PartialEq)]
pub(super) enum Value<'q> {
    Integer(Option<i64>),
    Real(f64),
    Text(Option<Cow<'q, str>>),
    Truth(bool),
    Bytes(&'q [u8]),
}

macro_rules! value {
    ($($type:ty => |$it:ident| $value:expr;)+) => {
        $(impl<'q> From<$type> for Value<'q> {
            fn from($it: $type) -> Self {
                $value
            }
        })+
    };
}

value! {
    i64 => |it| Self::Integer(Some(it));
    Option<i64> => |it| Self::Integer(it);
    f64 => |it| Self::Real(it);
    bool => |it| Self::Truth(it);
    &'q [u8] => |it| Self::Bytes(it);
    &'q str => |it| Self::Text(Some(Cow::Borrowed(it)));
    Option<&'q str> => |it| Self::Text(it.map(Cow::Borrowed));
    &'q String => |it| Self::Text(Some(Cow::Borrowed(it)));
    String => |it| Self::Text(Some(Cow::Owned(it)));
    Option<String> => |it| Self::Text(it.map(Cow::Owned));
}

/// PostgreSQL takes no NUL in a text, and SQLite's functions end there; a peer's words or a cell of somebody's data may hold one.
fn without_nul(text: Cow<'_, str>) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text.into_owned() }
}

/// A statement with its values, in the order `$1`, `$2`, ...
pub(super) struct Query<'q> {
    sql: Cow<'static, str>,
    values: Vec<Value<'q>>,
}

/// A statement. What it is made of is written in this room: values are bound, never written into it.
pub(super) fn query<'q>(sql: impl Into<Cow<'static, str>>) -> Query<'q> {
    Query { sql: sql.into(), values: Vec::new() }
}

/// The statement for one database, with its values bound.
macro_rules! bound {
    ($query:expr, $database:ty) => {{
        let query = sqlx::query::<$database>(AssertSqlSafe($query.sql));
        $query.values.into_iter().fold(query, |query, value| match value {
            Value::Integer(it) => query.bind(it),
            Value::Real(it) => query.bind(it),
            Value::Text(it) => query.bind(it.map(without_nul)),
            Value::Truth(it) => query.bind(it),
            Value::Bytes(it) => query.bind(it),
        })
    }};
}

impl<'q> Query<'q> {
    /// Gives the next value.
    pub(super) fn bind(mut self, value: impl Into<Value<'q>>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Does it and says how many rows it touched.
    pub(super) async fn execute(self, db: &mut Db) -> Result<u64, sqlx::Error> {
        match &mut db.connection {
            Connection::Sqlite(db) => Ok(bound!(self, Sqlite).execute(&mut **db).await?.rows_affected()),
            Connection::Postgres(server) => {
                db.asking = true;
                let done = answered(bound!(self, Postgres).execute(&mut **server)).await?;
                db.asking = false;
                Ok(done.rows_affected())
            }
        }
    }

    pub(super) async fn fetch_one(self, db: &mut Db) -> Result<Row, sqlx::Error> {
        self.fetch_optional(db).await?.ok_or(sqlx::Error::RowNotFound)
    }

    pub(super) async fn fetch_optional(self, db: &mut Db) -> Result<Option<Row>, sqlx::Error> {
        Ok(match &mut db.connection {
            Connection::Sqlite(db) => bound!(self, Sqlite).fetch_optional(&mut **db).await?.map(Row::Sqlite),
            Connection::Postgres(server) => {
                db.asking = true;
                let row = answered(bound!(self, Postgres).fetch_optional(&mut **server)).await?;
                db.asking = false;
                row.map(Row::Postgres)
            }
        })
    }

    pub(super) async fn fetch_all(self, db: &mut Db) -> Result<Vec<Row>, sqlx::Error> {
        Ok(match &mut db.connection {
            Connection::Sqlite(db) => {
                let rows = bound!(self, Sqlite).fetch_all(&mut **db).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Connection::Postgres(server) => {
                db.asking = true;
                let rows = answered(bound!(self, Postgres).fetch_all(&mut **server)).await?;
                db.asking = false;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// The first column of the one row that there is.
    pub(super) async fn fetch_value<T: Readable>(self, db: &mut Db) -> Result<T, sqlx::Error> {
        self.fetch_one(db).await?.first()
    }

    /// The first column of the row, if there is one.
    pub(super) async fn fetch_value_if_any<T: Readable>(self, db: &mut Db) -> Result<Option<T>, sqlx::Error> {
        self.fetch_optional(db).await?.map(|row| row.first()).transpose()
    }

    /// The first column of every row.
    pub(super) async fn fetch_values<T: Readable>(self, db: &mut Db) -> Result<Vec<T>, sqlx::Error> {
        self.fetch_all(db).await?.iter().map(Row::first).collect()
    }
}

/// A row of either database.
pub(super) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// What both databases can hold in a column.
pub(super) trait Readable:
    for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>
{
}

impl<T> Readable for T where
    T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>
{
}

impl Row {
    /// The value of a column.
    pub(super) fn try_get<T: Readable>(&self, column: &str) -> Result<T, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        }
    }

    fn first<T: Readable>(&self) -> Result<T, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get(0),
            Self::Postgres(row) => row.try_get(0),
        }
    }
}

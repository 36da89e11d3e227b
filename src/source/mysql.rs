//! MySQL and MariaDB, in a transaction that reads alone and shows one moment: rows arrive one by one from a prepared statement, and their
//! bytes are pushed into columns.

mod types;

use super::SourceError;
use super::chosen::There;
use super::select::{Bound, Dialect};
use super::sql::{Database, Failed, Fault, Held, PATIENCE, Table, Waiting};
use crate::definition::{DatabaseProtection, FrameName, FrameSource, Source, SourceServer};
use parte_columns::{Buffer, Prepared, read_prepared};
use sqlx::mysql::{MySqlArguments, MySqlConnectOptions, MySqlSslMode};
use sqlx::query::Query;
use sqlx::{
    AssertSqlSafe, Connection as _, Executor as _, MySql, MySqlConnection, SqlSafeStr as _, Statement as _,
};
use std::time::Duration;
use types::Column;

/// A server, and a transaction there.
pub(super) struct Server<'a> {
    source: &'a Source,
    server: &'a SourceServer,
    held: Held<MySqlConnection>,
    is_mariadb: bool,
}

/// What begins a transaction that sees one moment.
const BEGIN: &str = "start transaction with consistent snapshot, read only";

/// Connects, and begins to read as of one moment.
pub(super) fn connect<'a>(source: &'a Source, server: &'a SourceServer) -> Result<Server<'a>, SourceError> {
    let fault = Fault { source, server, kind: "MySQL" };
    let seat = fault.seat()?;
    let waiting = Waiting::new().map_err(|e| fault.of_connecting(&e.into()))?;
    let options = options(server);
    let connecting = async {
        let mut connection = MySqlConnection::connect_with(&options).await?;
        let version: String = sqlx::query_scalar("select version()").fetch_one(&mut connection).await?;
        let is_mariadb = version.contains("MariaDB");
        connection.execute(AssertSqlSafe(limit(is_mariadb, server.timeout))).await?;
        connection.execute("set session transaction isolation level repeatable read").await?;
        connection.execute(BEGIN).await?;
        Ok((connection, is_mariadb))
    };
    let (connection, is_mariadb) = fault.connected(&waiting, connecting)?;
    Ok(Server { source, server, held: Held::new(waiting, connection, seat), is_mariadb })
}

/// The statement that limits the time of those that follow.
fn limit(is_mariadb: bool, most: Duration) -> String {
    if is_mariadb {
        format!("set session max_statement_time = {}", most.as_secs())
    } else {
        format!("set session max_execution_time = {}", most.as_millis())
    }
}

fn options(server: &SourceServer) -> MySqlConnectOptions {
    let at = &server.at;
    let options = MySqlConnectOptions::new()
        .host(&at.server.host)
        .port(at.server.port)
        .database(&at.database)
        // What it shows of `timestamp` is then UTC.
        .timezone("+00:00".to_owned())
        .ssl_mode(match at.protection {
            DatabaseProtection::Off => MySqlSslMode::Disabled,
            DatabaseProtection::Encrypted => MySqlSslMode::Required,
            DatabaseProtection::Verified => MySqlSslMode::VerifyIdentity,
        });
    let options = at.server.login.iter().fold(options, |options, (user, password)| {
        let options = options.username(user);
        password.iter().fold(options, |options, password| options.password(password.expose()))
    });
    at.ca.iter().fold(options, |options, ca| options.ssl_ca(ca))
}

impl Dialect for Server<'_> {
    fn quoted(&self, name: &str) -> String {
        format!("`{}`", name.replace('`', "``"))
    }

    fn place_of(&self, _number: usize, _value: &Bound) -> String {
        "?".to_owned()
    }

    fn bytewise(&self, sql: &str) -> String {
        format!("cast({sql} as binary)")
    }

    fn as_text(&self, sql: &str) -> String {
        format!("cast({sql} as char)")
    }

    fn of_both(&self, values: Vec<Bound>) -> Vec<Bound> {
        [values.clone(), values].concat()
    }
}

impl Server<'_> {
    fn fault(&self) -> Fault<'_> {
        let kind = if self.is_mariadb { "MariaDB" } else { "MySQL" };
        Fault { source: self.source, server: self.server, kind }
    }

    /// Runs what it is given on the connection; an error of a query is of that query alone.
    fn held<T>(&self, work: impl FnOnce(&mut MySqlConnection) -> Result<T, Failed>) -> Result<T, Failed> {
        self.held.with(work, |_| true)
    }

    /// Reads what a query gives.
    fn rows(
        &self,
        sql: &str,
        values: &[Bound],
        buffers: &mut [Buffer],
        patience: Option<Duration>,
    ) -> Result<usize, Failed> {
        let sent: Vec<Prepared> = self.described(sql)?.iter().map(|column| column.sent).collect();
        let limited = |most| AssertSqlSafe(limit(self.is_mariadb, most));
        let (patience, whole) = (patience.map(limited), limited(self.server.timeout));
        let is_limited = patience.is_some();
        self.held(|connection| {
            self.fault().in_time(&self.held.waiting, async {
                if let Some(patience) = patience {
                    connection.execute(patience).await?;
                }
                let query = sqlx::query(AssertSqlSafe(sql.to_owned()).into_sql_str());
                let query = values.iter().fold(query, bound);
                let read = read_prepared(connection, query, &sent, buffers).await;
                if is_limited {
                    connection.execute(whole).await?;
                }
                read
            })
        })
    }

    /// The columns that a query gives.
    fn described(&self, sql: &str) -> Result<Vec<Column>, Failed> {
        self.held(|connection| {
            self.fault().in_time(&self.held.waiting, async {
                let prepared = connection.prepare(AssertSqlSafe(sql.to_owned()).into_sql_str()).await?;
                Ok(prepared.columns().iter().map(Column::of).collect())
            })
        })
    }
}

fn bound<'q>(query: Query<'q, MySql, MySqlArguments>, value: &Bound) -> Query<'q, MySql, MySqlArguments> {
    match value {
        Bound::Text(text) => query.bind(text.clone()),
        Bound::Whole(number) => query.bind(*number),
        Bound::Instant(day) => query.bind(day.and_time(chrono::NaiveTime::MIN)),
        Bound::Day(day) => query.bind(*day),
    }
}

impl Database for Server<'_> {
    fn source(&self) -> &Source {
        self.source
    }

    fn place(&self) -> String {
        self.server.at.place()
    }

    fn tables(&self) -> Result<Vec<Table>, SourceError> {
        // Those of the url's database, then all others.
        const TABLES: &str = "
            select cast(table_schema as char), cast(table_name as char), coalesce(table_schema = database(), 0)
            from information_schema.tables
            where table_schema not in ('information_schema', 'mysql', 'performance_schema', 'sys')
            order by table_schema <> database(), 1, 2";
        let listed = self.held(|connection| {
            self.fault().in_time(&self.held.waiting, async {
                sqlx::query_as::<_, (String, String, i64)>(TABLES).fetch_all(connection).await
            })
        });
        let table = |(schema, name, near)| Table { schema: Some(schema), name, is_near: near != 0 };
        let listed = listed.map(|rows| rows.into_iter().map(table).collect());
        listed.map_err(|failed| self.fault().of_query("listing the tables", &failed, false))
    }

    fn columns_of(&self, frame: FrameName, own: &FrameSource, from: &str) -> Result<Vec<There>, SourceError> {
        let described = self.described(&format!("select * from {from} limit 0"));
        let columns = described.map_err(|failed| match &own.query {
            Some(_) => self.fault().of_query(&format!("the query of {}", frame.as_str()), &failed, true),
            None => self.fault().of_query(&format!("reading {}", frame.as_str()), &failed, false),
        })?;
        Ok(columns.into_iter().map(|column| column.there(&self.quoted(&column.name))).collect())
    }

    fn stream(
        &self,
        doing: &str,
        sql: &str,
        values: &[Bound],
        buffers: &mut [Buffer],
    ) -> Result<usize, SourceError> {
        let read = self.rows(sql, values, buffers, None);
        read.map_err(|failed| self.fault().of_query(doing, &failed, false))
    }

    fn stream_within_patience(
        &self,
        doing: &str,
        sql: &str,
        buffers: &mut [Buffer],
    ) -> Result<Option<usize>, SourceError> {
        match self.rows(sql, &[], buffers, Some(PATIENCE)) {
            Ok(rows) => Ok(Some(rows)),
            Err(Failed::TooLong) => Ok(None),
            Err(failed) => Err(self.fault().of_query(doing, &failed, false)),
        }
    }

    fn is_unique(&self, table: &Table, column: &str) -> bool {
        const UNIQUE: &str = "
            select count(*) from information_schema.statistics s
            where s.table_schema = coalesce(?, database()) and s.table_name = ? and s.column_name = ?
                and s.non_unique = 0 and s.sub_part is null
                and not exists (select 1 from information_schema.statistics o
                    where o.table_schema = s.table_schema and o.table_name = s.table_name
                        and o.index_name = s.index_name and o.seq_in_index > 1)";
        let (schema, table) = (table.schema.as_deref(), table.name.as_str());
        let count = self.held(|connection| {
            self.fault().in_time(&self.held.waiting, async {
                let query = sqlx::query_scalar::<_, i64>(UNIQUE).bind(schema).bind(table).bind(column);
                query.fetch_one(connection).await
            })
        });
        count.is_ok_and(|count| count > 0)
    }
}

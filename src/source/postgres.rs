//! PostgreSQL, in a transaction that reads alone and shows one moment: rows arrive by COPY in binary, without being made into rows.
//!
//! COPY takes no bound values. They are set as settings of the transaction, which does take bound ones, and the query looks them up
//! (`current_setting`), so that no value ever stands in SQL. The planner knows them as it would know literals.

mod beside;
mod types;

pub(super) use beside::load;

use super::SourceError;
use super::chosen::There;
use super::select::{Bound, Dialect};
use super::sql::{Bundles, Database, Failed, Fault, Held, PATIENCE, Seat, Table, Waiting, in_two_threads};
use crate::definition::{DatabaseProtection, FrameName, FrameSource, Source, SourceServer};
use futures_util::TryStreamExt as _;
use parte_columns::{Buffer, Copied, Copyable};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqlSafeStr as _, Statement as _};
use std::time::Duration;

/// A server, and a transaction there.
pub(super) struct Postgres<'a> {
    source: &'a Source,
    server: &'a SourceServer,
    held: Held<PgConnection>,
}

/// Connects, and begins to read as of one moment.
pub(super) fn connect<'a>(source: &'a Source, server: &'a SourceServer) -> Result<Postgres<'a>, SourceError> {
    let seat = Fault { source, server, kind: "PostgreSQL" }.seat()?;
    connect_at(source, server, seat, None)
}

/// The same at the moment of another transaction, by the name that it has given it.
fn connect_at<'a>(
    source: &'a Source,
    server: &'a SourceServer,
    seat: Seat,
    moment: Option<&str>,
) -> Result<Postgres<'a>, SourceError> {
    let fault = Fault { source, server, kind: "PostgreSQL" };
    let moment = moment.map_or_else(String::new, |moment| format!("; set transaction snapshot '{moment}'"));
    let waiting = Waiting::new().map_err(|e| fault.of_connecting(&e.into()))?;
    let options = options(server);
    let begin = format!(
        "set timezone = 'UTC'; set statement_timeout = {}; set idle_in_transaction_session_timeout = '1h'; \
         begin isolation level repeatable read read only{moment}",
        server.timeout.as_millis()
    );
    let connecting = async {
        let mut connection = PgConnection::connect_with(&options).await?;
        connection.execute(AssertSqlSafe(begin)).await?;
        Ok(connection)
    };
    let connection = fault.connected(&waiting, connecting)?;
    Ok(Postgres { source, server, held: Held::new(waiting, connection, seat) })
}

fn options(server: &SourceServer) -> PgConnectOptions {
    let at = &server.at;
    let options = PgConnectOptions::new_without_pgpass()
        .host(&at.server.host)
        .port(at.server.port)
        .database(&at.database)
        .application_name("parte")
        .ssl_mode(match at.protection {
            DatabaseProtection::Off => PgSslMode::Disable,
            DatabaseProtection::Encrypted => PgSslMode::Require,
            DatabaseProtection::Verified => PgSslMode::VerifyFull,
        });
    let options = at.server.login.iter().fold(options, |options, (user, password)| {
        let options = options.username(user);
        password.iter().fold(options, |options, password| options.password(password.expose()))
    });
    at.ca.iter().fold(options, |options, ca| options.ssl_root_cert(ca))
}

impl Dialect for Postgres<'_> {
    fn quoted(&self, name: &str) -> String {
        format!("\"{}\"", name.replace('"', "\"\""))
    }

    fn place_of(&self, number: usize, value: &Bound) -> String {
        let kind = match value {
            Bound::Text(_) => "text",
            Bound::Whole(_) => "bigint",
            Bound::Instant(_) => "timestamptz",
            Bound::Day(_) => "date",
        };
        // Looked up once and not for each row, which a filter would do.
        format!("(select current_setting('parte.v{number}')::{kind})")
    }

    fn bytewise(&self, sql: &str) -> String {
        format!("{sql} collate \"C\"")
    }
}

impl Postgres<'_> {
    fn fault(&self) -> Fault<'_> {
        Fault { source: self.source, server: self.server, kind: "PostgreSQL" }
    }

    /// Runs what it is given on the connection; after an error there is a new transaction, or no connection any more.
    fn held<T: Send>(&self, work: impl FnOnce(&mut PgConnection) -> Result<T, Failed>) -> Result<T, Failed> {
        self.held.with(work, |connection| {
            let again = connection.execute(AGAIN);
            self.fault().in_time(&self.held.waiting, again).is_ok()
        })
    }

    /// Copies what a query gives.
    fn copy(
        &self,
        sql: &str,
        values: &[Bound],
        buffers: &mut [Buffer],
        patience: Option<Duration>,
    ) -> Result<usize, Failed> {
        let sent = self.described(sql, values)?;
        let sent: Vec<Copyable> = sent.iter().map(|column| column.sent).collect();
        let copy = format!("copy ({sql}) to stdout (format binary)");
        let arrive = |mut messages_on: Bundles<_>| {
            self.held(|connection| {
                self.fault().in_time(&self.held.waiting, async {
                    if let Some(patience) = patience {
                        set(connection, "statement_timeout", patience.as_millis().to_string()).await?;
                    }
                    for (number, value) in (1..).zip(values) {
                        set(connection, &format!("parte.v{number}"), text_of(value)).await?;
                    }
                    {
                        let mut messages = connection.copy_out_raw(&copy).await?;
                        while let Some(message) = messages.try_next().await? {
                            messages_on.push(message);
                        }
                    }
                    drop(messages_on);
                    if patience.is_some() {
                        let whole = self.server.timeout.as_millis().to_string();
                        set(connection, "statement_timeout", whole).await?;
                    }
                    Ok(())
                })
            })
        };
        let (arrived, copied) = in_two_threads(arrive, |mut messages| {
            let mut copied = Copied::new(&sent);
            messages.try_for_each(|message| copied.take(&message, buffers))?;
            copied.end()
        });
        arrived?;
        let not_a_copy = || sqlx::Error::Protocol("rows that are not those asked for".to_owned());
        copied.map_err(|_| Failed::Lost(not_a_copy()))
    }

    /// The columns that a query gives.
    fn described(&self, sql: &str, values: &[Bound]) -> Result<Vec<types::Column>, Failed> {
        self.held(|connection| {
            self.fault().in_time(&self.held.waiting, async {
                // Settings that are looked up must be there.
                for (number, value) in (1..).zip(values) {
                    set(connection, &format!("parte.v{number}"), text_of(value)).await?;
                }
                let prepared = connection.prepare(AssertSqlSafe(sql.to_owned()).into_sql_str()).await?;
                Ok(prepared.columns().iter().map(types::Column::of).collect())
            })
        })
    }
}

/// What gives a new moment after an error, with the same settings.
const AGAIN: &str = "rollback; begin isolation level repeatable read read only";

/// Sets a setting until the transaction ends; the value is bound.
async fn set(connection: &mut PgConnection, name: &str, value: String) -> Result<(), sqlx::Error> {
    sqlx::query("select set_config($1, $2, true)")
        .bind(name)
        .bind(value)
        .execute(connection)
        .await
        .map(|_| ())
}

/// A value as a setting holds it.
fn text_of(value: &Bound) -> String {
    match value {
        Bound::Text(text) => text.clone(),
        Bound::Whole(number) => number.to_string(),
        Bound::Instant(day) => format!("{day} 00:00:00+00"),
        Bound::Day(day) => day.to_string(),
    }
}

impl Database for Postgres<'_> {
    fn source(&self) -> &Source {
        self.source
    }

    fn place(&self) -> String {
        self.server.at.place()
    }

    fn tables(&self) -> Result<Vec<Table>, SourceError> {
        // Those that are found without their schema's name, then all others.
        const TABLES: &str = "
            select n.nspname::text, c.relname::text, pg_table_is_visible(c.oid)
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where c.relkind in ('r', 'v', 'm', 'f', 'p')
                and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
                and has_table_privilege(c.oid, 'select')
            order by not pg_table_is_visible(c.oid), 1, 2";
        let listed = self.held(|connection| {
            self.fault().in_time(&self.held.waiting, async {
                sqlx::query_as::<_, (String, String, bool)>(TABLES).fetch_all(connection).await
            })
        });
        let table = |(schema, name, is_near)| Table { schema: Some(schema), name, is_near };
        let listed = listed.map(|rows| rows.into_iter().map(table).collect());
        listed.map_err(|failed| self.fault().of_query("listing the tables", &failed, false))
    }

    fn columns_of(&self, frame: FrameName, own: &FrameSource, from: &str) -> Result<Vec<There>, SourceError> {
        let described = self.described(&format!("select * from {from} limit 0"), &[]);
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
        let copied = self.copy(sql, values, buffers, None);
        copied.map_err(|failed| self.fault().of_query(doing, &failed, false))
    }

    fn stream_within_patience(
        &self,
        doing: &str,
        sql: &str,
        buffers: &mut [Buffer],
    ) -> Result<Option<usize>, SourceError> {
        match self.copy(sql, &[], buffers, Some(PATIENCE)) {
            Ok(rows) => Ok(Some(rows)),
            Err(Failed::TooLong) => Ok(None),
            Err(failed) => Err(self.fault().of_query(doing, &failed, false)),
        }
    }

    fn is_unique(&self, table: &Table, column: &str) -> bool {
        const UNIQUE: &str = "
            select count(*) from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
            where i.indrelid = to_regclass($1) and i.indisunique and i.indisvalid and i.indnatts = 1
                and i.indpred is null and a.attname = $2";
        let table = table.sql(self);
        let count = self.held(|connection| {
            self.fault().in_time(&self.held.waiting, async {
                sqlx::query_scalar::<_, i64>(UNIQUE).bind(table).bind(column).fetch_one(connection).await
            })
        });
        count.is_ok_and(|count| count > 0)
    }
}

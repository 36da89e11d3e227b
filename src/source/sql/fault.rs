//! What is said when a server does not do what it is asked for: which server, what for, and what to do.

use super::waiting::{Seat, Waiting};
use crate::definition::{Source, SourceServer};
use crate::source::SourceError;
use crate::source::chosen::lower;
use std::time::Duration;

/// How long a server may take to let us in.
const CONNECTING: Duration = Duration::from_secs(15);
/// How much longer than the server itself one waits for it to give a query up.
const GRACE: Duration = Duration::from_secs(20);

/// A server that may fail.
#[derive(Clone, Copy)]
pub(in crate::source) struct Fault<'a> {
    pub(in crate::source) source: &'a Source,
    pub(in crate::source) server: &'a SourceServer,
    /// What it is called.
    pub(in crate::source) kind: &'static str,
}

/// Why a query gave nothing.
#[derive(Debug)]
pub(in crate::source) enum Failed {
    /// It took longer than it may.
    TooLong,
    /// The server said no: the connection can be used further.
    Refused(sqlx::Error),
    /// The connection is of no use any more.
    Lost(sqlx::Error),
}

impl Failed {
    /// What PostgreSQL (SQLSTATE) and MySQL (numbers) say of a query that was stopped.
    const STOPPED: [&'static str; 2] = ["57014", "70100"];
    const STOPPED_NUMBERS: [&'static str; 3] = ["1969", "3024", "1317"];

    fn of(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(said) => {
                let code = said.code().unwrap_or_default();
                let number = number_of(said.as_ref());
                if Self::STOPPED.contains(&code.as_ref())
                    || number.is_some_and(|number| Self::STOPPED_NUMBERS.contains(&number.as_str()))
                {
                    Self::TooLong
                } else if code.starts_with("57P") || code.starts_with("08") {
                    // Ended by an administrator, or shutting down.
                    Self::Lost(error)
                } else {
                    Self::Refused(error)
                }
            }
            _ => Self::Lost(error),
        }
    }
}

/// MySQL's own number of an error.
fn number_of(said: &dyn sqlx::error::DatabaseError) -> Option<String> {
    said.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>().map(|it| it.number().to_string())
}

impl<'a> Fault<'a> {
    fn place(&self) -> String {
        format!("{} at {}", self.kind, self.server.at.place())
    }

    fn error(&self, what: String, hint: impl Into<String>) -> SourceError {
        SourceError { source_id: self.source.id.to_string(), what, hint: hint.into() }
    }

    /// One of the connections that the server may have from here.
    pub(in crate::source) fn seat(&self) -> Result<Seat, SourceError> {
        let most = self.server.connections;
        // Whoever has one reads a report's rows, each query in its time.
        Seat::take(&self.place(), most, self.server.timeout).ok_or_else(|| {
            self.error(
                format!(
                    "{}: all {most} connections have been busy for {}",
                    self.place(),
                    span(self.server.timeout)
                ),
                format!(
                    "raise `connections` under [sources.{}], or let reports be made at other times",
                    self.source.id
                ),
            )
        })
    }

    /// One of them, if there is one to be had at once.
    pub(in crate::source) fn seat_if_free(&self) -> Option<Seat> {
        Seat::take(&self.place(), self.server.connections, Duration::ZERO)
    }

    /// Waits until one is let in.
    pub(in crate::source) fn connected<T: Send>(
        &self,
        waiting: &Waiting,
        connecting: impl Future<Output = Result<T, sqlx::Error>> + Send,
    ) -> Result<T, SourceError> {
        match waiting.wait(async { tokio::time::timeout(CONNECTING, connecting).await }) {
            Some(Ok(Ok(connection))) => Ok(connection),
            Some(Ok(Err(error))) => Err(self.of_connecting(&error)),
            Some(Err(_)) | None => Err(self.error(
                format!("{} does not answer within {}", self.place(), span(CONNECTING)),
                "check host and port of the url, and that no firewall stands between",
            )),
        }
    }

    /// Waits for a query. The server gives it up by itself when its time is over, unless the server is gone.
    pub(in crate::source) fn in_time<T: Send>(
        &self,
        waiting: &Waiting,
        work: impl Future<Output = Result<T, sqlx::Error>> + Send,
    ) -> Result<T, Failed> {
        let most = self.server.timeout.saturating_add(GRACE);
        match waiting.wait(async { tokio::time::timeout(most, work).await }) {
            Some(Ok(done)) => done.map_err(Failed::of),
            Some(Err(_)) | None => {
                let silent =
                    std::io::Error::new(std::io::ErrorKind::TimedOut, "the server has fallen silent");
                Err(Failed::Lost(silent.into()))
            }
        }
    }

    /// The error of a server that does not let us in.
    pub(in crate::source) fn of_connecting(&self, error: &sqlx::Error) -> SourceError {
        let place = self.place();
        let id = &self.source.id;
        let user = self.server.at.server.login.as_ref().map_or("", |(user, _)| user.as_str());
        let sqlx::Error::Database(said) = error else {
            let hint = match error {
                sqlx::Error::Tls(_) => {
                    "the certificate is held against the system's and those of `ca`; name the authority's file there, or write \
                     ?sslmode=require behind the url where whoever answers may be believed"
                }
                sqlx::Error::Io(e) if e.kind() == std::io::ErrorKind::ConnectionRefused => {
                    "no server listens there: check host and port of the url, and that it is running"
                }
                _ => "check host and port of the url, and that the server is running",
            };
            return self.error(format!("{place} cannot be reached: {}", root(error)), hint);
        };
        let code = said.code().unwrap_or_default().into_owned();
        let number = number_of(said.as_ref()).unwrap_or_default();
        let message = lower(said.message());
        let hint = match (code.as_str(), number.as_str()) {
            ("28P01", _) | (_, "1045") => format!(
                "the password of `{user}` is wrong or has changed: set the secret that the url of [sources.{id}] refers to"
            ),
            ("28000", _) | (_, "1698" | "1130") => {
                format!("let `{user}` connect from this machine (pg_hba.conf of PostgreSQL, grants of MySQL)")
            }
            ("3D000", _) | (_, "1049") => {
                format!("check the database's name at the end of the url of [sources.{id}]")
            }
            (_, "1044") | ("42501", _) => format!("grant `{user}` the right to use this database"),
            ("53300", _) | (_, "1040" | "1203") => {
                format!("lower `connections` under [sources.{id}], or let the server have more")
            }
            ("57P03", _) => "the server is starting; run it again in a moment".to_owned(),
            _ => "check the url, and the server's own log".to_owned(),
        };
        self.error(format!("{place} does not let us in: {message}"), hint)
    }

    /// The error of a query; `query` says that the definition has it, not we.
    pub(in crate::source) fn of_query(&self, doing: &str, failed: &Failed, query: bool) -> SourceError {
        let place = self.place();
        let id = &self.source.id;
        match failed {
            Failed::TooLong => self.error(
                format!("{doing} in {place} took longer than {}", span(self.server.timeout)),
                format!(
                    "raise `timeout` under [sources.{id}], give the table an index on the column that the period is asked for, or \
                     name a table instead of a slow view"
                ),
            ),
            Failed::Lost(error) => self.error(
                format!("{doing} in {place} broke off: {}", root(error)),
                "nothing was taken from it; the run is tried again as its report says, or run it again",
            ),
            Failed::Refused(error) => {
                let (code, message) = match error {
                    sqlx::Error::Database(said) => {
                        (said.code().unwrap_or_default().into_owned(), lower(said.message()))
                    }
                    other => (String::new(), root(other)),
                };
                let hint = match code.as_str() {
                    "42501" => "grant the user `select` on it".to_owned(),
                    "25006" => "the source is only read: leave out what writes".to_owned(),
                    _ if query => format!("write one `select` that {} runs, without a semicolon", self.kind),
                    _ => format!("try the query in {}; `parte plan` shows it", self.kind),
                };
                self.error(format!("{doing} in {place}: {message}"), hint)
            }
        }
    }
}

/// The words at the bottom of an error, which say what happened.
fn root(error: &sqlx::Error) -> String {
    let mut last: &dyn std::error::Error = error;
    while let Some(deeper) = last.source() {
        last = deeper;
    }
    let text = lower(&last.to_string());
    match error {
        sqlx::Error::Io(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            "the server hung up".to_owned()
        }
        _ => text,
    }
}

/// A time in words.
pub(in crate::source) fn span(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds > 0 && seconds % 60 == 0 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}

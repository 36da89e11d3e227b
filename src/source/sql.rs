//! What all databases share: which query a frame is read with, how its columns are chosen, how new and how it looks. What is a
//! database's own (connections, its SQL's spelling, how values arrive) stands beside it, one file a kind.

mod fault;
mod held;
mod inspect;
mod newest;
mod reading;
mod statement;
mod tables;
mod waiting;

pub(super) use fault::{Failed, Fault};
pub(super) use held::Held;
pub(super) use inspect::{first as first_instant, inspect, is_timed, looked_at, without_absent};
pub(super) use newest::newest;
pub(super) use reading::{load, load_in_two};
pub(super) use statement::{Statement, no_table_at_all, statement};
pub(super) use tables::Table;
pub(super) use waiting::{Bundles, Seat, Waiting, in_two_threads};

use super::chosen::{There, lower};
use super::select::{Bound, Dialect};
use super::{Need, Query, SourceError, status::Folding};
use crate::definition::{FrameName, FrameSource, Source};
use parte_columns::Buffer;
use polars::prelude::PolarsError;
use std::time::Duration;

/// How long one pass over a table may take while somebody waits for an answer; larger tables are not counted.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// A database that is asked.
pub(super) trait Database: Dialect {
    /// The source that it is.
    fn source(&self) -> &Source;

    /// Where it stands, in words: a file, a server.
    fn place(&self) -> String;

    /// Tables and views.
    fn tables(&self) -> Result<Vec<Table>, SourceError>;

    /// The columns of a table or a query that stands behind `from`.
    fn columns_of(&self, frame: FrameName, own: &FrameSource, from: &str) -> Result<Vec<There>, SourceError>;

    /// Runs a query and pushes the values of each row into the buffers, one a column; gives how many rows there were.
    /// `doing` tells what for, should it fail.
    fn stream(
        &self,
        doing: &str,
        sql: &str,
        values: &[Bound],
        buffers: &mut [Buffer],
    ) -> Result<usize, SourceError>;

    /// The same for who waits for an answer: `None` when it took too long.
    fn stream_within_patience(
        &self,
        doing: &str,
        sql: &str,
        buffers: &mut [Buffer],
    ) -> Result<Option<usize>, SourceError>;

    /// No two rows of the table have the same value there.
    fn is_unique(&self, _table: &Table, _column: &str) -> bool {
        false
    }

    /// The columns as they stand in the condition, where the database is not to look for an index.
    fn for_condition(
        &self,
        _frame: FrameName,
        _own: &FrameSource,
        columns: &[super::select::SourceColumn],
        _need: &Need,
    ) -> Vec<super::select::SourceColumn> {
        columns.to_vec()
    }

    /// An error of columns that do not fit together.
    fn polars(&self, e: &PolarsError) -> SourceError {
        self.error(lower(&e.to_string()), "the columns read do not fit together".to_owned())
    }

    /// An error of this source.
    fn error(&self, what: String, hint: String) -> SourceError {
        SourceError { source_id: self.source().id.to_string(), what, hint }
    }
}

/// The queries with which the frames would be read, in which nothing but names is looked up.
pub(super) fn queries(database: &dyn Database, need: &Need) -> Result<Vec<Query>, SourceError> {
    let tables = database.tables()?;
    let mut queries = Vec::new();
    for (frame, wanted) in &need.columns {
        let own = database.source().frames.get(frame).cloned().unwrap_or_default();
        let folding = Folding::new(own.status.as_ref());
        queries.push(match statement(database, *frame, &own, wanted, &tables, need, &folding)? {
            Some(it) => Query {
                frame: *frame,
                sql: Some(it.sql()),
                values: it.values.iter().map(Bound::literal).collect(),
                missing: it.missing,
            },
            None => {
                let missing = wanted.iter().filter(|c| *c != "*").cloned().collect();
                Query { frame: *frame, sql: None, values: Vec::new(), missing }
            }
        });
    }
    Ok(queries)
}

/// How many values a column has, in rows of all times.
pub(super) fn count_of_values(
    database: &dyn Database,
    frame: FrameName,
    from: &str,
    column: &super::select::SourceColumn,
) -> Result<usize, SourceError> {
    use super::select::Form;
    let c = &column.sql;
    let has_value = match column.form {
        Form::Any | Form::Text => format!("{c} is not null and {c} <> ''"),
        Form::Number | Form::Instant | Form::Day => format!("{c} is not null"),
    };
    let sql = format!("select count(*) from {from} where {has_value}");
    count(database, &format!("counting {}", frame.as_str()), &sql)
}

/// The one whole number that a query gives.
fn count(database: &dyn Database, doing: &str, sql: &str) -> Result<usize, SourceError> {
    let mut buffers = [counter()];
    database.stream(doing, sql, &[], &mut buffers)?;
    let [buffer] = buffers;
    Ok(counted(buffer).unwrap_or(0))
}

fn counter() -> Buffer {
    let zone = parte_columns::Zone::new(chrono_tz::Tz::UTC, crate::calendar::instant_of);
    Buffer::new("count".to_owned(), parte_columns::Kind::Integer, zone)
}

fn counted(buffer: Buffer) -> Option<usize> {
    let parte_columns::Held::Plain(column) = buffer.finish().ok()? else { return None };
    usize::try_from(column.i64().ok()?.get(0)?).ok()
}

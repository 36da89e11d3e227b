//! SQLite read column by column through rusqlite: read-only, as of one moment, only what is needed.

mod inspect;
mod moment;
mod parts;
mod reading;
mod scan;

pub(super) use inspect::inspect;
pub(super) use reading::load;

use super::chosen::{There, lower};
use super::select::{Bound, Dialect, Form, SourceColumn};
use super::sql::{Database, Table};
use super::{Need, SourceError};
use crate::definition::{FrameName, FrameSource, Source};
use parte_columns::{Buffer, read_rows};
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// How long a writer may hold the database before the read is given up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// A reader of a SQLite file, which sees it as of one moment.
pub(super) fn reader<'a>(source: &'a Source, path: &'a Path) -> Result<Reader<'a>, SourceError> {
    let reader = Reader { source, connection: open(source, path)?, path };
    reader.execute("begin")?;
    Ok(reader)
}

fn open(source: &Source, path: &Path) -> Result<Connection, SourceError> {
    open_as(source, path, path, OpenFlags::empty())
}

/// Opens `path`, called by `name` and with more flags where SQLite is to treat it in a way of its own.
fn open_as(source: &Source, path: &Path, name: &Path, more: OpenFlags) -> Result<Connection, SourceError> {
    let fail = |what: String, hint: &str| SourceError {
        source_id: source.id.to_string(),
        what,
        hint: hint.to_owned(),
    };
    if !path.is_file() {
        let what = if path.exists() { "is not a file" } else { "does not exist" };
        return Err(fail(
            format!("{} {what}", path.display()),
            "a source is never created; check the path under [sources] (it stands from the folder of the definition file)",
        ));
    }
    // Read-only, and never immutable for a run: a database that is being written to is read as of one moment.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
    let unreadable = |e: rusqlite::Error| {
        fail(
            format!("{}: {}", path.display(), lower(&e.to_string())),
            "the file must be a SQLite database that this process may read",
        )
    };
    let connection = Connection::open_with_flags(name, flags).map_err(unreadable)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(unreadable)?;
    connection.pragma_update(None, "query_only", true).map_err(unreadable)?;
    Ok(connection)
}

pub(super) struct Reader<'a> {
    source: &'a Source,
    connection: Connection,
    path: &'a Path,
}

impl Reader<'_> {
    fn sqlite(&self, doing: &str, e: &rusqlite::Error) -> SourceError {
        self.error(
            format!("{doing} in {}: {}", self.path.display(), lower(&e.to_string())),
            "nothing was taken from it; check the file with `sqlite3 FILE 'pragma integrity_check'`, or run the report again".to_owned(),
        )
    }

    fn execute(&self, sql: &str) -> Result<(), SourceError> {
        self.connection.execute_batch(sql).map_err(|e| self.sqlite("opening", &e))
    }

    /// Whether a column is declared as text; a name with INT in it is a number whatever else it says (SQLite's rule of affinity).
    fn is_text(&self, table: &str, name: &str) -> Result<bool, rusqlite::Error> {
        let declared: Option<String> = self
            .connection
            .prepare_cached("select type from pragma_table_xinfo(?1) where name = ?2")?
            .query_row([table, name], |row| row.get(0))
            .ok();
        let declared = declared.unwrap_or_default().to_ascii_uppercase();
        Ok(!declared.contains("INT") && ["CHAR", "CLOB", "TEXT"].iter().any(|t| declared.contains(t)))
    }
}

impl Dialect for Reader<'_> {
    fn quoted(&self, name: &str) -> String {
        quoted(name)
    }

    fn place_of(&self, number: usize, _value: &Bound) -> String {
        format!("?{number}")
    }

    fn bytewise(&self, sql: &str) -> String {
        sql.to_owned()
    }
}

impl Database for Reader<'_> {
    fn source(&self) -> &Source {
        self.source
    }

    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn tables(&self) -> Result<Vec<Table>, SourceError> {
        let names = || {
            self.connection
                .prepare("select name from sqlite_schema where type in ('table', 'view') and name not like 'sqlite\\_%' escape '\\' order by name")?
                .query_map([], |row| row.get(0).map(Table::of_file))?
                .collect::<Result<Vec<Table>, _>>()
        };
        names().map_err(|e| self.sqlite("listing the tables", &e))
    }

    fn columns_of(&self, frame: FrameName, own: &FrameSource, from: &str) -> Result<Vec<There>, SourceError> {
        let failed = |e: rusqlite::Error| match &own.query {
            Some(_) => self.error(
                format!("the query of {} does not run: {}", frame.as_str(), lower(&e.to_string())),
                "write one `select` that SQLite runs, without a semicolon".to_owned(),
            ),
            None => self.sqlite(&format!("reading {}", frame.as_str()), &e),
        };
        let statement = self.connection.prepare(&format!("select * from {from} limit 0")).map_err(failed)?;
        let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
        let table = own.query.is_none().then(|| own.table.as_deref().unwrap_or(frame.as_str()));
        let column = |name: String| {
            let is_text = table
                .map_or(Ok(false), |table| self.is_text(table, &name))
                .map_err(|e| self.sqlite("reading the columns", &e))?;
            let form = if is_text { Form::Text } else { Form::Any };
            Ok(There { name, form, read_as: None })
        };
        names.into_iter().map(column).collect()
    }

    fn stream(
        &self,
        doing: &str,
        sql: &str,
        values: &[Bound],
        buffers: &mut [Buffer],
    ) -> Result<usize, SourceError> {
        self.rows(sql, values, buffers).map_err(|e| self.sqlite(doing, &e))
    }

    fn stream_within_patience(
        &self,
        doing: &str,
        sql: &str,
        buffers: &mut [Buffer],
    ) -> Result<Option<usize>, SourceError> {
        self.within_patience(|| self.rows(sql, &[], buffers)).map_err(|e| self.sqlite(doing, &e))
    }

    fn for_condition(
        &self,
        frame: FrameName,
        own: &FrameSource,
        columns: &[SourceColumn],
        need: &Need,
    ) -> Vec<SourceColumn> {
        self.without_index(frame, own, columns, need)
    }
}

impl Reader<'_> {
    fn rows(&self, sql: &str, values: &[Bound], buffers: &mut [Buffer]) -> Result<usize, rusqlite::Error> {
        read_rows(&mut self.connection.prepare(sql)?, values.iter().map(value).collect(), buffers)
    }
}

/// A value as rusqlite binds it.
fn value(bound: &Bound) -> Value {
    match bound {
        Bound::Text(text) => Value::Text(text.clone()),
        Bound::Whole(number) => Value::Integer(*number),
        // No column of SQLite is typed so.
        Bound::Instant(day) | Bound::Day(day) => Value::Text(day.to_string()),
    }
}

/// Quotes a name for SQLite.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

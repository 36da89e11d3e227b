//! SQLite read column by column through rusqlite: read-only, as of one moment, only what is needed.

mod inspect;
mod legible;
mod moment;
mod newest;
mod parts;
mod reading;
mod scan;

pub(super) use inspect::inspect;
pub(super) use newest::newest;
pub(super) use reading::load;

use super::select::{SourceColumn, quoted, rows_needed};
use super::shape::documented_columns;
use super::status::Folding;
use super::{Need, Query, SourceError};
use crate::definition::{Flaw, FrameName, FrameSource, Source, Treatment};
use parte_columns::{Buffer, read_rows};
use polars::prelude::PolarsError;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

/// How long a writer may hold the database before the read is given up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

fn no_table_at_all(source: &Source, path: &Path, wanted: &[&str], tables: &[String]) -> (String, String) {
    let what = format!("no table `{}` in {}", wanted.join("`, `"), path.display());
    let hint = format!(
        "the tables there are: {}; name the right one with `table = \"...\"` under [sources.{}.{}]",
        listed(tables),
        source.id,
        wanted.first().unwrap_or(&"tasks")
    );
    (what, hint)
}

/// The queries with which the frames would be read from a SQLite file, in which nothing but names is looked up.
pub(super) fn queries(source: &Source, path: &Path, need: &Need) -> Result<Vec<Query>, SourceError> {
    let reader = Reader { source, connection: open(source, path)?, path };
    reader.execute("begin")?;
    let tables = reader.tables()?;
    let mut queries = Vec::new();
    for (frame, wanted) in &need.columns {
        let own = source.frames.get(frame).cloned().unwrap_or_default();
        let folding = Folding::new(own.status.as_ref());
        queries.push(match reader.statement(*frame, &own, wanted, &tables, need, &folding)? {
            Some(it) => Query {
                frame: *frame,
                sql: Some(it.sql()),
                values: it.values.iter().map(literal).collect(),
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

/// A bound value as it would stand in SQL.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Blob(bytes) => format!("x'{}'", bytes.iter().map(|b| format!("{b:02x}")).collect::<String>()),
    }
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

/// One frame's query, put together and not yet run.
struct Statement {
    /// The table or query, as it stands behind `from`.
    from: String,
    columns: Vec<SourceColumn>,
    missing: BTreeSet<String>,
    /// What is read of each row, up to `where`.
    select: String,
    /// Which rows, as it stands behind `where`; `None`: all of them.
    condition: Option<String>,
    values: Vec<Value>,
}

impl Statement {
    fn sql(&self) -> String {
        match &self.condition {
            None => self.select.clone(),
            Some(condition) => format!("{} where {condition}", self.select),
        }
    }
}

struct Reader<'a> {
    source: &'a Source,
    connection: Connection,
    path: &'a Path,
}

impl Reader<'_> {
    fn error(&self, what: String, hint: String) -> SourceError {
        SourceError { source_id: self.source.id.to_string(), what, hint }
    }

    fn sqlite(&self, doing: &str, e: &rusqlite::Error) -> SourceError {
        self.error(
            format!("{doing} in {}: {}", self.path.display(), lower(&e.to_string())),
            "nothing was taken from it; check the file with `sqlite3 FILE 'pragma integrity_check'`, or run the report again".to_owned(),
        )
    }

    fn polars(&self, e: &PolarsError) -> SourceError {
        self.error(lower(&e.to_string()), "the columns read do not fit together".to_owned())
    }

    fn execute(&self, sql: &str) -> Result<(), SourceError> {
        self.connection.execute_batch(sql).map_err(|e| self.sqlite("opening", &e))
    }

    fn tables(&self) -> Result<Vec<String>, SourceError> {
        let names = || {
            self.connection
                .prepare("select name from sqlite_schema where type in ('table', 'view') and name not like 'sqlite\\_%' escape '\\' order by name")?
                .query_map([], |row| row.get(0))?
                .collect::<Result<Vec<String>, _>>()
        };
        names().map_err(|e| self.sqlite("listing the tables", &e))
    }

    /// Names of a table's or query's columns, and whether they are declared as text.
    fn columns_of(
        &self,
        frame: FrameName,
        own: &FrameSource,
        from: &str,
    ) -> Result<Vec<(String, bool)>, SourceError> {
        let failed = |e: rusqlite::Error| match &own.query {
            Some(_) => self.error(
                format!("the query of {} does not run: {}", frame.as_str(), lower(&e.to_string())),
                "write one `select` that SQLite runs, without a semicolon".to_owned(),
            ),
            None => self.sqlite(&format!("reading {}", frame.as_str()), &e),
        };
        let statement = self.connection.prepare(&format!("select * from {from} limit 0")).map_err(failed)?;
        let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
        let declared = |name: &str| -> Result<bool, rusqlite::Error> {
            let Some(table) = own.query.is_none().then(|| own.table.as_deref().unwrap_or(frame.as_str()))
            else {
                return Ok(false);
            };
            let declared: Option<String> = self
                .connection
                .prepare_cached("select type from pragma_table_xinfo(?1) where name = ?2")?
                .query_row([table, name], |row| row.get(0))
                .ok();
            // SQLite's rule of text affinity; a name with INT in it is a number whatever else it says.
            let declared = declared.unwrap_or_default().to_ascii_uppercase();
            Ok(!declared.contains("INT") && ["CHAR", "CLOB", "TEXT"].iter().any(|t| declared.contains(t)))
        };
        names
            .into_iter()
            .map(|name| {
                let is_text = declared(&name).map_err(|e| self.sqlite("reading the columns", &e))?;
                Ok((name, is_text))
            })
            .collect()
    }

    /// What stands behind `from`; `None` when the source has no table for the frame and none was named.
    fn table_of(
        &self,
        frame: FrameName,
        own: &FrameSource,
        tables: &[String],
    ) -> Result<Option<String>, SourceError> {
        if let Some(query) = &own.query {
            return Ok(Some(format!("({})", query.trim().trim_end_matches(';'))));
        }
        let table = own.table.as_deref().unwrap_or(frame.as_str());
        if tables.iter().any(|t| t.eq_ignore_ascii_case(table)) {
            return Ok(Some(quoted(table)));
        }
        if own.table.is_some() { Err(self.no_table(frame, table, tables)) } else { Ok(None) }
    }

    /// The query of a frame; `None` when the source has no table for it and none was named.
    fn statement(
        &self,
        frame: FrameName,
        own: &FrameSource,
        wanted: &BTreeSet<String>,
        tables: &[String],
        need: &Need,
        folding: &Folding,
    ) -> Result<Option<Statement>, SourceError> {
        let Some(from) = self.table_of(frame, own, tables)? else { return Ok(None) };
        let there = self.columns_of(frame, own, &from)?;
        let (columns, missing) = self.chosen(frame, own, wanted, &there)?;
        let finished: Vec<&str> = folding.finished().collect();
        let keyless = own.quality.written(Flaw::NullKeys).is_some();
        let compared = self.for_condition(frame, own, &columns, need);
        let (condition, values) = rows_needed(frame, &compared, need, &finished, keyless).into_parts();
        let list: Vec<&str> = columns.iter().map(|c| c.sql.as_str()).collect();
        // A frame of which no known column is asked for still has rows that can be counted.
        let list = if list.is_empty() { "null".to_owned() } else { list.join(", ") };
        let id = columns.iter().find(|c| c.name == "task_id").map(|c| c.sql.as_str());
        let repeats = own.quality.treatment(Flaw::Duplicates) != Treatment::Keep;
        let condition = condition.map(|c| match id {
            // Which row of a task counts is decided among all of them, also those that no period needs: the latest may be closed.
            Some(id) if repeats && frame == FrameName::Tasks => {
                format!("{c} or {id} in (select {id} from {from} where {c})")
            }
            _ => c,
        });
        let select = format!("select {list} from {from}");
        Ok(Some(Statement { from, columns, missing, select, condition, values }))
    }

    fn stream(
        &self,
        sql: &str,
        values: Vec<Value>,
        buffers: &mut [Buffer],
    ) -> Result<usize, rusqlite::Error> {
        read_rows(&mut self.connection.prepare(sql)?, values, buffers)
    }

    /// The source's columns that are read, and those asked for that it lacks.
    fn chosen(
        &self,
        frame: FrameName,
        own: &FrameSource,
        wanted: &BTreeSet<String>,
        there: &[(String, bool)],
    ) -> Result<(Vec<SourceColumn>, BTreeSet<String>), SourceError> {
        let find = |name: &str| there.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        for (name, written) in &own.columns {
            if find(written).is_none() {
                let names: Vec<String> = there.iter().map(|(n, _)| n.clone()).collect();
                return Err(self.error(
                    format!("no column `{written}` for {}.{name}", frame.as_str()),
                    format!("{}the columns there are: {}", did_you_mean(written, &names), listed(&names)),
                ));
            }
        }
        let mut names: BTreeSet<&str> = wanted.iter().map(String::as_str).filter(|n| *n != "*").collect();
        if wanted.contains("*") {
            let renamed: BTreeSet<&str> = own.columns.values().map(String::as_str).collect();
            names.extend(own.columns.keys().map(String::as_str));
            names.extend(there.iter().map(|(n, _)| n.as_str()).filter(|n| !renamed.contains(n)));
        }
        let mut columns = Vec::new();
        let mut missing = BTreeSet::new();
        // A documented name keeps its documented spelling, whatever the source's case.
        let mut seen = BTreeSet::new();
        for name in names {
            let name = documented_columns(frame).find(|d| d.eq_ignore_ascii_case(name)).unwrap_or(name);
            if !seen.insert(name.to_ascii_lowercase()) {
                continue;
            }
            match find(own.columns.get(name).map_or(name, String::as_str)) {
                Some((written, is_text)) => columns.push(SourceColumn {
                    name: name.to_owned(),
                    sql: quoted(written),
                    is_text: *is_text,
                }),
                None => {
                    missing.insert(name.to_owned());
                }
            }
        }
        Ok((columns, missing))
    }

    fn no_table(&self, frame: FrameName, table: &str, tables: &[String]) -> SourceError {
        self.error(
            format!("no table `{table}` for {} in {}", frame.as_str(), self.path.display()),
            format!("{}the tables there are: {}", did_you_mean(table, tables), listed(tables)),
        )
    }
}

fn did_you_mean(word: &str, among: &[String]) -> String {
    among
        .iter()
        .map(|name| (strsim::damerau_levenshtein(&word.to_lowercase(), &name.to_lowercase()), name))
        .min()
        .filter(|(distance, _)| *distance <= 1 + word.chars().count() / 4)
        .map_or_else(String::new, |(_, name)| format!("did you mean `{name}`? "))
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// An error's text as a fragment that reads after "failed to ...: ".
fn lower(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

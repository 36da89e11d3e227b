//! The query of a frame: from where, which columns, which rows.

use super::tables::meant;
use super::{Database, Table};
use crate::definition::{Flaw, FrameName, FrameSource, Treatment};
use crate::source::chosen::{There, chosen, did_you_mean, like, listed, place_of};
use crate::source::select::{Bound, SourceColumn, rows_needed};
use crate::source::status::Folding;
use crate::source::{Need, SourceError};
use std::collections::BTreeSet;

/// One frame's query, put together and not yet run.
pub(in crate::source) struct Statement {
    /// The table or query, as it stands behind `from`.
    pub(in crate::source) from: String,
    pub(in crate::source) columns: Vec<SourceColumn>,
    pub(in crate::source) missing: BTreeSet<String>,
    /// What is read of each row, up to `where`.
    pub(in crate::source) select: String,
    /// Which rows, as it stands behind `where`; `None`: all of them.
    pub(in crate::source) condition: Option<String>,
    pub(in crate::source) values: Vec<Bound>,
}

impl Statement {
    pub(in crate::source) fn sql(&self) -> String {
        match &self.condition {
            None => self.select.clone(),
            Some(condition) => format!("{} where {condition}", self.select),
        }
    }
}

/// What stands behind `from`; `None` when the source has no table for the frame and none was named.
pub(in crate::source) fn table_of(
    database: &dyn Database,
    frame: FrameName,
    own: &FrameSource,
    tables: &[Table],
) -> Result<Option<String>, SourceError> {
    if let Some(query) = &own.query {
        return Ok(Some(format!("({}) as asked", query.trim().trim_end_matches(';'))));
    }
    let table = own.table.as_deref().unwrap_or(frame.as_str());
    if let Some(meant) = meant(database, tables, table) {
        return Ok(Some(meant.sql(database)));
    }
    if own.table.is_none() {
        return Ok(None);
    }
    Err(database.error(
        format!("no table `{table}` for {} in {}", frame.as_str(), database.place()),
        those_there(table, tables),
    ))
}

/// The tables there are, and which of them may be meant.
pub(super) fn those_there(table: &str, tables: &[Table]) -> String {
    let names: Vec<String> = tables.iter().map(Table::shown).collect();
    format!("{}the tables there are: {}", did_you_mean(table, &names), like(table, &names))
}

/// The query of a frame; `None` when the source has no table for it and none was named.
pub(in crate::source) fn statement(
    database: &dyn Database,
    frame: FrameName,
    own: &FrameSource,
    wanted: &BTreeSet<String>,
    tables: &[Table],
    need: &Need,
    folding: &Folding,
) -> Result<Option<Statement>, SourceError> {
    let Some(from) = table_of(database, frame, own, tables)? else { return Ok(None) };
    let there = database.columns_of(frame, own, &from)?;
    let (columns, missing) = columns_read(database, frame, own, wanted, &there)?;
    let finished: Vec<&str> = folding.finished().collect();
    let keyless = own.quality.written(Flaw::NullKeys).is_some();
    let compared = database.for_condition(frame, own, &columns, need);
    let needed = rows_needed(database, frame, &compared, need, &finished, keyless);
    let (mut condition, mut values) = needed.into_parts();
    let list: Vec<&str> = columns.iter().map(|c| c.sql.as_str()).collect();
    // A frame of which no known column is asked for still has rows that can be counted.
    let list = if list.is_empty() { "null".to_owned() } else { list.join(", ") };
    let id = columns.iter().find(|c| c.name == "task_id").map(|c| c.sql.as_str());
    let repeats = own.quality.treatment(Flaw::Duplicates) != Treatment::Keep;
    if let (Some(id), Some(first)) = (id, condition.as_ref().filter(|_| repeats))
        && frame == FrameName::Tasks
        && !is_unique(database, frame, own, &there, tables)
    {
        // Which row of a task counts is decided among all of them, also those that no period needs: the latest may be closed.
        condition = Some(format!("{first} or {id} in (select {id} from {from} where {first})"));
        values = database.of_both(values);
    }
    let select = format!("select {list} from {from}");
    Ok(Some(Statement { from, columns, missing, select, condition, values }))
}

/// Does the database itself see to it that no key of a task comes twice?
fn is_unique(
    database: &dyn Database,
    frame: FrameName,
    own: &FrameSource,
    there: &[There],
    tables: &[Table],
) -> bool {
    let written = own.columns.get("task_id").map_or("task_id", String::as_str);
    let table = meant(database, tables, own.table.as_deref().unwrap_or(frame.as_str()));
    let names: Vec<&str> = there.iter().map(|column| column.name.as_str()).collect();
    let column = place_of(written, &names).and_then(|place| there.get(place));
    let (None, Some(table), Some(column)) = (&own.query, table, column) else { return false };
    database.is_unique(table, &column.name)
}

/// The source's columns that are read, and those asked for that it lacks.
pub(super) fn columns_read(
    database: &dyn Database,
    frame: FrameName,
    own: &FrameSource,
    wanted: &BTreeSet<String>,
    there: &[There],
) -> Result<(Vec<SourceColumn>, BTreeSet<String>), SourceError> {
    let names: Vec<String> = there.iter().map(|column| column.name.clone()).collect();
    let (chosen, missing) = chosen(database.source(), frame, own, wanted, &names)?;
    let columns = chosen.into_iter().filter_map(|column| {
        let there = there.get(column.place)?;
        let sql = there.read_as.clone().unwrap_or_else(|| database.quoted(&there.name));
        Some(SourceColumn { name: column.name, sql, form: there.form })
    });
    Ok((columns.collect(), missing))
}

/// The error of a source that has none of the frames needed.
pub(in crate::source) fn no_table_at_all(
    database: &dyn Database,
    wanted: &[&str],
    tables: &[Table],
) -> SourceError {
    let names: Vec<String> = tables.iter().map(Table::shown).collect();
    database.error(
        format!("no table `{}` in {}", wanted.join("`, `"), database.place()),
        format!(
            "the tables there are: {}; name the right one with `table = \"...\"` under [sources.{}.{}]",
            listed(&names),
            database.source().id,
            wanted.first().unwrap_or(&"tasks")
        ),
    )
}

//! `detail = { of = "tasks", columns = [...] }`: rows of a frame as they are, read as the query that they mean. Never knows which columns
//! a source really has, only those that it declares.

use super::civil::one_word;
use super::frames::{Columns, Frames};
use super::metric;
use super::problems::Read;
use super::section::limit;
use super::table::{Spot, Table};
use super::{sql, sql_names};
use crate::definition::{FrameName, QuerySection};
use crate::suggest;

pub(super) const FRAMES: [(&str, FrameName); 6] = [
    ("tasks", FrameName::Tasks),
    ("user_states", FrameName::UserStates),
    ("sellers", FrameName::Sellers),
    ("users", FrameName::Users),
    ("assignments", FrameName::Assignments),
    ("targets", FrameName::Targets),
];

pub(super) const HINT: &str =
    "write detail = { of = \"tasks\", columns = [\"user_name\", \"sales_amount\"] }";

/// The query over the frames.
pub(super) fn query(inner: &Table<'_>, frames: &Frames) -> Read<QuerySection> {
    let frame = one_word(inner, "of", "frame", &FRAMES);
    let there = match &frame {
        Ok(frame) => frames.of_frame(frame.as_ref().map_or(FrameName::Tasks, |frame| frame.value)),
        // Of which frame they would be is not known.
        Err(_) => None,
    };
    let columns = columns(inner, &there);
    let condition = match inner.string("where") {
        Ok(Some(spot)) => sql::expression(inner.page(), &spot, "is_done and sales_amount > 0")
            .and_then(|tree| sql_names::condition_on(inner.page(), &spot, &tree, frames, there))
            .map(|()| Some(spot.value)),
        Ok(None) => Ok(None),
        Err(reported) => Err(reported),
    };
    let limit = limit(inner);
    let sort = match (inner.string("sort"), &columns) {
        (Ok(Some(spot)), Ok(columns)) => sort(inner, &spot, columns).map(Some),
        (Ok(Some(_)), Err(reported)) => Err(*reported),
        (Ok(None), _) => Ok(None),
        (Err(reported), _) => Err(reported),
    };
    let (frame, columns) = (frame?.map_or(FrameName::Tasks, |frame| frame.value), columns?);
    let listed: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
    let mut sql = format!("select {} from {}", listed.join(", "), frame.as_str());
    if let Some(condition) = condition? {
        // On a line of its own: a comment at its end hides nothing.
        sql.push_str(&format!(" where ({condition}\n)"));
    }
    let sort = sort?;
    // The other columns decide between equal rows, so that the same data is always cut at the same row.
    let first = sort.iter().map(|(column, descending)| {
        format!("{}{} nulls last", quoted(column), if *descending { " desc" } else { "" })
    });
    let others = columns.iter().filter(|column| sort.as_ref().is_none_or(|(first, _)| first != *column));
    let order: Vec<String> =
        first.chain(others.map(|column| format!("{} nulls last", quoted(column)))).collect();
    sql.push_str(&format!(" order by {}", order.join(", ")));
    Ok(QuerySection { sql, limit: limit? })
}

/// Some names of columns are words of SQL.
fn quoted(column: &str) -> String {
    format!("\"{column}\"")
}

fn columns(inner: &Table<'_>, there: &Columns) -> Read<Vec<String>> {
    let written = inner.strings("columns");
    let hint = "write columns = [\"user_name\", \"sales_amount\"]";
    let list = inner.need("columns", written, hint)?;
    if list.value.is_empty() {
        let what = "`columns` is empty";
        return Err(inner.problems().add("empty-list", &list.place, what, "nothing here", hint));
    }
    let spots = metric::name_spots(inner, "columns")?;
    let mut fault = None;
    let lacks = |spot: &&Spot<String>| there.as_ref().is_some_and(|there| !there.contains(&spot.value));
    for spot in spots.iter().filter(lacks) {
        let known = there.iter().flat_map(|all| all.iter()).map(String::as_str);
        let what = format!("the rows have no column `{}`", spot.value);
        let hint = match suggest::closest(&spot.value, known) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => sql_names::declare_it(&spot.value),
        };
        fault = Some(inner.problems().add("unknown-column", &spot.place, what, "no such column", hint));
    }
    fault.map_or_else(|| Ok(spots.into_iter().map(|spot| spot.value).collect()), Err)
}

/// `-sales_amount`: one of the columns, from high to low.
fn sort(inner: &Table<'_>, spot: &Spot<String>, columns: &[String]) -> Read<(String, bool)> {
    let (column, descending) = match spot.value.strip_prefix('-') {
        Some(column) => (column, true),
        None => (spot.value.as_str(), false),
    };
    if columns.iter().any(|known| known == column) {
        return Ok((column.to_owned(), descending));
    }
    let what = format!("the rows have no column `{column}` to sort by");
    let hint = suggest::hint(column, columns.iter().map(String::as_str));
    Err(inner.problems().add("unknown-column", &spot.place, what, "not in `columns`", hint))
}

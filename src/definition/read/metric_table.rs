//! `table = { by = [...], metrics = [...] }`: metrics by columns, what of them is shown and what they are compared with.

use super::file::Known;
use super::frames::Frames;
use super::problems::{Read, Reported};
use super::section::{Compared, dimensions, limit, metrics};
use super::table::{Spot, Table};
use super::{marking, metric, report, sql, sql_names};
use crate::definition::{Comparison, TableSection};
use crate::suggest;
use std::collections::BTreeSet;

/// Columns of time: a group of one period is none of another's.
const TIMES: [&str; 3] = ["day", "week", "month"];

/// Keys that a matrix (one metric by two columns of its own) has no use for.
const NOT_OF_A_MATRIX: [&str; 3] = ["compare", "having", "others"];

/// Reads a table.
pub(super) fn read(
    inner: &Table<'_>,
    known: &Known<'_>,
    frames: &Frames,
    compared: Compared<'_>,
) -> Read<TableSection> {
    let by = metric::name_spots(inner, "by");
    let metrics =
        metrics(inner, "metrics", "write metrics = [\"tasks_planned\", \"completion_rate\"]", known);
    let by = by.and_then(|by| dimensions(inner, &by, &metrics, known, frames).map(|()| by));
    let totals = inner.boolean("totals");
    let subtotals = subtotals(inner, &by, &metrics, known);
    let limit = limit(inner);
    let others = others(inner);
    let compare = match report::comparisons(inner, compared.period) {
        Ok(Some(compare)) => match &by {
            Ok(by) => of_no_time(inner, by, &compare).map(|()| compare),
            Err(reported) => Err(*reported),
        },
        Ok(None) => Ok(Vec::new()),
        Err(reported) => Err(reported),
    };
    let columns = match (&by, &metrics) {
        (Ok(by), Ok(metrics)) => Ok(columns(by, metrics, known)),
        (Err(reported), _) | (_, Err(reported)) => Err(*reported),
    };
    let sort = match (inner.string("sort"), &columns) {
        (Ok(None), _) => Ok(None),
        (Ok(Some(spot)), Ok(columns)) => sort(inner, &spot, columns).map(Some),
        (Ok(Some(_)), Err(reported)) => Err(*reported),
        (Err(reported), _) => Err(reported),
    };
    let having = match (inner.string("having"), &columns) {
        (Ok(None), _) => Ok(None),
        (Ok(Some(spot)), Ok(columns)) => having(inner, spot, columns).map(Some),
        (Ok(Some(_)), Err(reported)) => Err(*reported),
        (Err(reported), _) => Err(reported),
    };
    let is_matrix = is_matrix(&by, &metrics, known);
    let marks = marking::read(inner, &metrics, is_matrix, known);
    if is_matrix {
        no_rows_of_its_own(inner, &metrics)?;
    }
    let values = |spots: Vec<Spot<String>>| spots.into_iter().map(|spot| spot.value).collect();
    Ok(TableSection {
        by: values(by?),
        metrics: values(metrics?),
        compare: compare?,
        sort: sort?,
        totals: totals?.unwrap_or(false),
        subtotals: subtotals?,
        marks: marks?,
        having: having?,
        limit: limit?,
        others: others?,
    })
}

/// The columns that the table has without any comparison.
fn columns(by: &[Spot<String>], metrics: &[Spot<String>], known: &Known<'_>) -> Vec<String> {
    let own = metrics
        .iter()
        .filter_map(|metric| known.metric(&metric.value))
        .flat_map(|definition| definition.by.iter().cloned());
    by.iter().chain(metrics).map(|spot| spot.value.clone()).chain(own).collect()
}

/// `-completion_rate`: a column of the table, descending.
fn sort(inner: &Table<'_>, spot: &Spot<String>, columns: &[String]) -> Read<(String, bool)> {
    let (column, descending) = match spot.value.strip_prefix('-') {
        Some(column) => (column, true),
        None => (spot.value.as_str(), false),
    };
    if columns.iter().any(|known| known == column) {
        return Ok((column.to_owned(), descending));
    }
    let what = format!("the table has no column `{column}` to sort by");
    let hint = suggest::hint(column, columns.iter().map(String::as_str));
    Err(inner.problems().add("unknown-column", &spot.place, what, "not in `by` or `metrics`", hint))
}

/// `having = "tasks_planned >= 5"`
fn having(inner: &Table<'_>, spot: Spot<String>, columns: &[String]) -> Read<String> {
    let tree = sql::expression(inner.page(), &spot, "tasks_planned >= 5")?;
    let columns: BTreeSet<String> = columns.iter().cloned().collect();
    sql_names::condition_on_groups(inner.page(), &spot, &tree, columns)?;
    Ok(spot.value)
}

/// `others = true` is about what a limit cuts off.
fn others(inner: &Table<'_>) -> Read<bool> {
    let others = inner.boolean("others")?.unwrap_or(false);
    if !others || inner.has("limit") {
        return Ok(others);
    }
    let what = "without a limit there are no other groups";
    let hint = "write limit = 10 beside it, or delete it";
    Err(inner.problems().add("missing-key", &inner.key_place("others"), what, "needs `limit`", hint))
}

/// Days and weeks of one period are not found in another one.
fn of_no_time(inner: &Table<'_>, by: &[Spot<String>], compare: &[Comparison]) -> Read<()> {
    let Some(time) = by.iter().find(|spot| TIMES.contains(&spot.value.as_str())) else { return Ok(()) };
    if !compare.iter().any(|comparison| comparison.is_period()) {
        return Ok(());
    }
    let what = format!("each `{}` belongs to one period: there is none like it in another", time.value);
    let hint = "delete `compare`, or show the table by other columns";
    Err(inner.problems().add(
        "conflicting-keys",
        &inner.key_place("compare"),
        what,
        "nothing to compare",
        hint,
    ))
}

/// One metric by two columns of its own, without any other.
fn is_matrix(by: &Read<Vec<Spot<String>>>, metrics: &Read<Vec<Spot<String>>>, known: &Known<'_>) -> bool {
    let (Ok(by), Ok(metrics)) = (by, metrics) else { return false };
    let ([metric], []) = (metrics.as_slice(), by.as_slice()) else { return false };
    known.metric(&metric.value).is_some_and(|definition| definition.by.len() == 2)
}

fn no_rows_of_its_own(inner: &Table<'_>, metrics: &Read<Vec<Spot<String>>>) -> Read<()> {
    let metric = metrics.as_ref().ok().and_then(|metrics| metrics.first());
    let name = metric.map_or("", |metric| metric.value.as_str());
    let mut fault: Option<Reported> = None;
    for key in NOT_OF_A_MATRIX.into_iter().filter(|key| inner.has(key)) {
        let what = format!("`{name}` is shown as a matrix, which knows no `{key}`");
        let hint = "delete it, or name columns in `by` to get rows";
        fault = Some(inner.problems().add("conflicting-keys", &inner.key_place(key), what, "of rows", hint));
    }
    fault.map_or(Ok(()), Err)
}

/// `subtotals = ["team"]`: the leading ones of the columns that rows are told by, but not all of them.
fn subtotals(
    inner: &Table<'_>,
    by: &Read<Vec<Spot<String>>>,
    metrics: &Read<Vec<Spot<String>>>,
    known: &Known<'_>,
) -> Read<Vec<String>> {
    let named = metric::name_spots(inner, "subtotals")?;
    let (by, metrics) = match (by, metrics) {
        (Ok(by), Ok(metrics)) => (by, metrics),
        (Err(reported), _) | (_, Err(reported)) => {
            return if named.is_empty() { Ok(Vec::new()) } else { Err(*reported) };
        }
    };
    let leading = || by.iter().map(|spot| spot.value.as_str());
    for (at, spot) in named.iter().enumerate() {
        if !leading().any(|name| name == spot.value) {
            let what = format!("`subtotals` names `{}`, by which the table has no rows", spot.value);
            let hint = suggest::hint(&spot.value, leading());
            return Err(inner.problems().add("unknown-column", &spot.place, what, "not in `by`", hint));
        }
        if by.get(at).is_none_or(|first| first.value != spot.value) {
            let what = "subtotals are of the columns that `by` begins with, in the same order".to_owned();
            let first: Vec<String> =
                by.iter().take(at + 1).map(|spot| format!("\"{}\"", spot.value)).collect();
            let hint = format!("write subtotals = [{}], or change the order of `by`", first.join(", "));
            return Err(inner.problems().add("conflicting-keys", &spot.place, what, "not the first", hint));
        }
    }
    let own = metrics.iter().filter_map(|metric| known.metric(&metric.value)).flat_map(|metric| &metric.by);
    let divides = own.filter(|name| !leading().any(|other| other == name.as_str())).count();
    if let Some(last) = named.last()
        && named.len() == by.len() + divides
    {
        let what = format!("each `{}` is one row, and its subtotal would say the same", last.value);
        let hint = "add to `by` the column that divides the groups: by = [\"team\", \"seller\"], or delete `subtotals`";
        return Err(inner.problems().add("conflicting-keys", &last.place, what, "nothing to sum", hint));
    }
    Ok(named.into_iter().map(|spot| spot.value).collect())
}

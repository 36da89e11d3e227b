//! What a metric cannot be computed without, and what it uses where a source has it: read off its expression and its rows.

use super::MetricsError;
use super::columns::{self, Base};
use super::sql::Expression;
use crate::definition::MetricDefinition;
use std::collections::BTreeSet;

/// The columns of a source that a metric looks at, as `frame.column`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Requirements {
    /// Each is needed; of several in one entry one is enough. Columns that are needed together are joined by ` + `.
    pub needed: Vec<Vec<String>>,
    /// Looked at where the source has them.
    pub used: BTreeSet<String>,
}

/// What a metric looks at, as it is written; by what it is shown comes on top.
///
/// # Errors
/// An expression that does not parse.
///
/// ```
/// let rate = parte::metrics::catalogue().iter().find(|m| m.id == "completion_rate").expect("a metric");
/// let of = parte::metrics::requirements(rate)?;
/// assert_eq!(of.needed, [vec!["tasks.scheduled_at"], vec!["tasks.status", "tasks.completed_at"]]);
/// # Ok::<(), parte::metrics::MetricsError>(())
/// ```
pub fn requirements(metric: &MetricDefinition) -> Result<Requirements, MetricsError> {
    let rows = metric.rows;
    let mut found = Requirements::default();
    add(&mut found.needed, columns::essential(rows));
    let named = Expression::of_metric(metric)?.columns();
    for column in named.iter().chain(&metric.by) {
        if metric.optional.contains(column) {
            continue;
        }
        match columns::ways(rows, column) {
            Some(ways) => add(&mut found.needed, ways),
            None => push(&mut found.needed, vec![format!("{}.{column}", columns::frame_of(rows).as_str())]),
        }
        found.used.extend(columns::rows_behind(rows, column).iter().flat_map(|r| decisive(*r)));
    }
    found.used.extend(decisive(rows));
    let optional = metric.optional.iter().filter(|column| named.contains(*column));
    found.used.extend(optional.map(|column| format!("{}.{column}", columns::frame_of(rows).as_str())));
    // What any one of several would do for is not needed when one of them is needed anyway.
    let alone: BTreeSet<String> =
        found.needed.iter().filter(|ways| ways.len() == 1).flatten().cloned().collect();
    found.needed.retain(|ways| ways.len() == 1 || !ways.iter().any(|way| alone.contains(way)));
    let named: BTreeSet<&String> = found.needed.iter().flatten().collect();
    found.used.retain(|column| !named.contains(column));
    Ok(found)
}

fn decisive(rows: crate::definition::Rows) -> impl Iterator<Item = String> {
    columns::decisive(rows).iter().map(name)
}

fn name((frame, column): &Base) -> String {
    format!("{}.{column}", frame.as_str())
}

fn add(needed: &mut Vec<Vec<String>>, ways: &[&[Base]]) {
    match ways {
        [one] => one.iter().for_each(|base| push(needed, vec![name(base)])),
        several => {
            let together = |way: &&[Base]| way.iter().map(name).collect::<Vec<_>>().join(" + ");
            push(needed, several.iter().map(together).collect());
        }
    }
}

fn push(needed: &mut Vec<Vec<String>>, ways: Vec<String>) {
    if !needed.contains(&ways) {
        needed.push(ways);
    }
}

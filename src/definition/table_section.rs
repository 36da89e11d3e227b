//! Sections of rows: metrics by columns, and queries.

use super::{Comparison, Marking};

/// `table = { by = [...], metrics = [...], sort = "-completion_rate", totals = true, limit = 20 }`
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TableSection {
    /// Dimension columns.
    pub by: Vec<String>,
    /// Metric ids. A single metric with two columns of its own (state_transitions) becomes a matrix.
    pub metrics: Vec<String>,
    /// What its numbers are compared with: columns beside each metric's own.
    pub compare: Vec<Comparison>,
    /// Column to sort by and whether descending.
    pub sort: Option<(String, bool)>,
    /// A row of totals, recomputed from all rows.
    pub totals: bool,
    /// The leading dimensions whose groups have a row of totals of their own; empty: rows are not grouped.
    pub subtotals: Vec<String>,
    /// Metrics whose values are marked, in the order written.
    pub marks: Vec<(String, Marking)>,
    /// SQL condition on the groups, over the table's own columns; how many it leaves out is stated.
    pub having: Option<String>,
    /// At most this many rows, with subtotals of each of their groups; the cut is stated.
    pub limit: Option<usize>,
    /// What is beyond the limit as one last row, recomputed from its rows.
    pub others: bool,
}

/// A query over the frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuerySection {
    /// One `select`.
    pub sql: String,
    /// At most this many rows of its answer; the cut is stated.
    pub limit: Option<usize>,
}

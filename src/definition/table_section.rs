//! Sections of rows: metrics by columns, and queries.

use super::Comparison;

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
    /// SQL condition on the groups, over the table's own columns; how many it leaves out is stated.
    pub having: Option<String>,
    /// At most this many rows; the cut is stated.
    pub limit: Option<usize>,
    /// The groups beyond the limit as one last row, recomputed from their rows.
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

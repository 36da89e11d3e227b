//! A metric as defined in the catalogue or by an analyst: one expression over one frame's rows.

use super::Text;

/// Which rows a metric looks at, relative to the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rows {
    /// Tasks scheduled in the period and not cancelled (rescheduled ones count at their new date).
    Planned,
    /// Tasks scheduled in the period, whatever became of them (cancelled and rescheduled too).
    Scheduled,
    /// Tasks completed in the period, whenever planned.
    Completed,
    /// Tasks created in the period.
    Created,
    /// Tasks created before the period's end and not finished by then.
    Open,
    /// Users at the period's edges: columns `state_start` (day before the period) and `state_end` (its last day), "absent" where there is none.
    Edges,
    /// User states on each day of the period.
    Days,
}

/// How a value is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueFormat {
    /// A whole number.
    Integer,
    /// A number with this many decimals.
    Decimal(u8),
    /// A share, shown times 100 with this many decimals and a percent sign.
    Percent(u8),
    /// An amount in the report's currency, with this many decimals.
    Currency(u8),
    /// Hours with this many decimals.
    Hours(u8),
    /// Minutes with this many decimals.
    Minutes(u8),
    /// Days with this many decimals.
    Days(u8),
}

/// Which direction is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// Higher is better.
    Higher,
    /// Lower is better.
    Lower,
    /// Neither.
    Neither,
}

/// One metric.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricDefinition {
    /// Its name in definitions: lower case, digits, underscore.
    pub id: String,
    /// Short name for people.
    pub label: Text,
    /// What it tells, in a sentence.
    pub description: Text,
    /// The formula in words, with its one denominator.
    pub formula: Text,
    /// The frame it is computed over: `tasks` or `user_states`.
    pub of: String,
    /// Which of the frame's rows.
    pub rows: Rows,
    /// SQL aggregate expression.
    pub expr: String,
    /// Columns that belong to the metric itself (`state_end` for a distribution): it has a value for each of their values.
    pub by: Vec<String>,
    /// Columns that may be missing in a source; they are null then.
    pub optional: Vec<String>,
    /// How its values are shown.
    pub format: ValueFormat,
    /// Which direction is good.
    pub better: Better,
    /// Do the groups' values sum to the total's?
    pub additive: bool,
    /// A constant to compare with.
    pub target: Option<f64>,
}

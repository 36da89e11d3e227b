//! `[metrics.NAME]`, as written.
#![expect(dead_code, reason = "no value is ever made: the schema is derived from the types")]

use super::values::{Better, COLUMN, Columns, MetricFrame, MetricRows, Text, ValueFormat, tables};
use schemars::JsonSchema;

tables! {
    /// Metrics by name.
    Metrics of Metric, named COLUMN;
}

/// A metric of your own: an aggregate over the rows of a frame. One of the name of a built-in takes its place.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Metric {
    /// Its name for people.
    label: Text,
    /// What it tells, in a sentence.
    description: Option<Text>,
    /// The formula in words, with its one denominator. Without it `expr`.
    formula: Option<Text>,
    /// The frame it is computed over.
    #[schemars(extend("default" = "tasks"))]
    of: Option<MetricFrame>,
    /// Which rows: of tasks planned, scheduled, completed, created, open; of user_states edges, days. Without it planned
    /// and edges.
    rows: Option<MetricRows>,
    /// A SQL aggregate over the rows. An empty denominator gives no value, never 0.
    #[schemars(example = &"count(*) filter (where is_done) / count(*)", regex(pattern = "\\S"))]
    expr: String,
    /// Columns that belong to the metric: it has a value for each of theirs.
    by: Option<Columns>,
    /// Columns that a source may lack; they are empty then.
    optional: Option<Columns>,
    /// How its values are shown; with decimals after a point: "percent.2".
    format: ValueFormat,
    /// Which direction is good.
    #[schemars(extend("default" = "neither"))]
    better: Option<Better>,
    /// Do the groups' values sum to the total's?
    #[schemars(extend("default" = false))]
    additive: Option<bool>,
    /// A number to compare with, in the metric's own unit: 5 % is 0.05.
    target: Option<f64>,
}

//! `[metrics.NAME]`, as written.
#![expect(dead_code, reason = "no value is ever made: the schema is derived from the types")]

use super::values::{
    Better, COLUMN, Columns, MetricFrame, MetricRows, TargetFrame, Text, ValueFormat, tables,
};
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
    /// What is divided by, in words: "tareas planificadas". Without it nothing is said of it.
    denominator: Option<Text>,
    /// What the definition follows: a practice, an agreement, another report.
    follows: Option<Text>,
    /// The frame it is computed over.
    #[schemars(extend("default" = "tasks"))]
    of: Option<MetricFrame>,
    /// Which rows: of tasks planned, scheduled, completed, created, open; of user_states edges, days, last_7_days, last_28_days; of
    /// assignments assigned. Without it planned, edges and assigned.
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
    /// A number to compare with, in the metric's own unit: 5 % is 0.05; one for each kind of period; or what the source's targets say.
    target: Option<Target>,
    /// The same metric where a source lacks what its rows cannot be told without.
    otherwise: Option<Otherwise>,
}

/// What a metric is to reach.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Target {
    /// The same for all periods.
    Always(f64),
    /// By what the report's period is.
    ByPeriod(ByPeriod),
    /// By group and period, as rows of the source say.
    FromTargets(FromTargets),
}

/// What rows of the source say, by group and period.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct FromTargets {
    /// The frame whose rows say it.
    from: TargetFrame,
    /// What holds where no row does. Without it there is no target then.
    otherwise: Option<ElseTarget>,
}

/// What is to be reached where rows of the source say nothing.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum ElseTarget {
    /// The same for all periods.
    Always(f64),
    /// By what the report's period is.
    ByPeriod(ByPeriod),
}

/// A number for each kind of period; a period without one has no target.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1))]
struct ByPeriod {
    /// Of a day, a business day too.
    day: Option<f64>,
    /// Of a week.
    week: Option<f64>,
    /// Of a calendar month.
    month: Option<f64>,
    /// Of a quarter.
    quarter: Option<f64>,
    /// Of a year.
    year: Option<f64>,
}

/// What a metric is computed from where a source lacks what its own rows need.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Otherwise {
    /// The frame it is computed over.
    #[schemars(extend("default" = "tasks"))]
    of: Option<MetricFrame>,
    /// Which rows.
    rows: Option<MetricRows>,
    /// A SQL aggregate over the rows.
    #[schemars(regex(pattern = "\\S"))]
    expr: String,
    /// The formula in words. Without it `expr`.
    formula: Option<Text>,
    /// What is divided by, in words.
    denominator: Option<Text>,
    /// Columns that a source may lack; they are empty then.
    optional: Option<Columns>,
}

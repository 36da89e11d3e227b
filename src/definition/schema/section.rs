//! `[[report.section]]`, as written.
#![expect(dead_code, reason = "no value is ever made: the schema is derived from the types")]

use super::values::{
    COLUMN, ChartKind, ColumnName, Columns, Comparisons, Formats, Limit, Metrics, Sort, SparkTime, Text,
    one_of, tables, value,
};
use crate::definition::ChartKind as Kind;
use crate::definition::read::vocabulary;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};
use std::borrow::Cow;

value! {
    /// A frame.
    inline Frame = one_of(vocabulary::detail_frames());
    /// A mark that is one word.
    inline MarkWord = one_of(vocabulary::marks());
    /// What values on a side of a number are.
    inline Verdict = one_of(vocabulary::verdicts());
}

/// What a report says at one place: exactly one of kpis, table, chart, sql, text, detail.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("oneOf" = exactly_one()))]
pub(super) struct Section {
    /// Its heading.
    title: Option<Text>,
    /// Formats that show it. Without it all of the report's.
    only: Option<Formats>,
    /// Metrics as tiles.
    #[schemars(example = ["tasks_planned", "completion_rate"])]
    kpis: Option<Tiles>,
    /// Metrics by columns.
    table: Option<Table>,
    /// Metrics drawn.
    chart: Option<Chart>,
    /// One `select` of your own over tasks, user_states, sellers, users; :from and :to are the period's bounds.
    #[schemars(
        example = &"select user_name, sales_amount from tasks where is_done order by sales_amount desc limit 10",
        regex(pattern = "\\S")
    )]
    sql: Option<String>,
    /// A text with numbers in it: "En {{ period }} se vendió {{ sales_amount }} ({{ sales_amount.change }})."
    text: Option<Text>,
    /// Rows of a frame, as they are.
    detail: Option<Detail>,
}

/// Metrics as tiles, in a list, or with sparks.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Tiles {
    /// A tile each.
    Plain(Metrics),
    /// With what their sparks run over.
    Sparks(Kpis),
}

/// Metrics as tiles, each with a small line over the period: { metrics = ["tasks_planned"], spark = "day" }.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Kpis {
    /// Metrics, a tile each.
    metrics: Metrics,
    /// What the small lines run over. Metrics that have no value for each day have none.
    spark: Option<SparkTime>,
}

/// Metrics by columns: { by = ["team"], metrics = ["tasks_planned", "completion_rate"], totals = true }.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("dependentRequired" = json!({ "others": ["limit"], "subtotals": ["by"] })))]
struct Table {
    /// Columns whose values become rows. Without it one row.
    #[schemars(example = ["team", "seller"])]
    by: Option<Columns>,
    /// Metrics, a column each.
    metrics: Metrics,
    /// What its numbers are compared with, columns each: previous and year (change in value and percent, of shares in
    /// points), target (attainment).
    compare: Option<Comparisons>,
    /// A column of the table; with - before it from high to low. Without it by its columns.
    sort: Option<Sort>,
    /// A row of totals, computed from all rows, never averaged.
    #[schemars(extend("default" = false))]
    totals: Option<bool>,
    /// The columns that `by` begins with whose groups have a row of subtotals, computed from their rows.
    #[schemars(example = ["team"])]
    subtotals: Option<Columns>,
    /// Metrics whose values are marked: { completion_rate = "bar", on_time_rate = { below = 0.8, mark = "bad" } }.
    marks: Option<Marks>,
    /// A SQL condition on the groups, over the table's own metrics and columns; how many it leaves out is stated.
    #[schemars(example = &"tasks_planned >= 5", regex(pattern = "\\S"))]
    having: Option<String>,
    /// At most this many rows, with subtotals of each of their groups; the cut is stated. Without it all.
    limit: Option<Limit>,
    /// What is beyond the limit as one last row, computed from its rows.
    #[schemars(extend("default" = false))]
    others: Option<bool>,
}

tables! {
    /// Metrics of the table, each with its mark.
    Marks of Mark, named COLUMN;
}

/// What is drawn at the values of a metric.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
enum Mark {
    /// A bar as long as the value, a scale of colours, or good and bad against the metric's target.
    Word(MarkWord),
    /// Good or bad by numbers.
    Bound(Bound),
}

/// Good or bad by numbers: { below = 0.8, mark = "bad" }, or { below = 0.8, from = 0.95 }.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("anyOf" = json!([{ "required": ["below"] }, { "required": ["from"] }])))]
struct Bound {
    /// Values below this number, in the metric's own unit (80 % is 0.8).
    #[schemars(example = 0.8)]
    below: Option<f64>,
    /// Values from this number on.
    #[schemars(example = 0.95)]
    from: Option<f64>,
    /// What they are. Without it by the metric's `better`; with both numbers always.
    mark: Option<Verdict>,
}

/// Metrics drawn: { kind = "bars", x = "day", metrics = ["tasks_completed"], by = "type", stacked = true }.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("allOf" = chart_rules()))]
struct Chart {
    /// How it is drawn.
    kind: ChartKind,
    /// The column along the axis, of a heatmap its columns, of a flow its left side, of a funnel and of bullets their rows: day, week, team,
    /// state_end. May be left out where rows are metrics, and where the metric of a flow or cohort has columns of its own.
    #[schemars(example = &"day")]
    x: Option<ColumnName>,
    /// Metrics, a series each, of a funnel and of bullets a row each; of a heatmap, a cohort and a flow one.
    metrics: Metrics,
    /// A column whose values become series, of a heatmap its rows, of a flow its right side; with one metric.
    #[schemars(example = &"type")]
    by: Option<ColumnName>,
    /// Bars or areas on top of each other.
    #[schemars(extend("default" = false))]
    stacked: Option<bool>,
}

/// Rows of a frame, as they are: { of = "tasks", columns = ["user_name", "sales_amount"], sort = "-sales_amount" }.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Detail {
    /// The frame.
    #[schemars(extend("default" = "tasks"))]
    of: Option<Frame>,
    /// Its columns, in this order.
    #[schemars(length(min = 1))]
    columns: Columns,
    /// A SQL condition on the rows. Without it all.
    #[schemars(rename = "where", regex(pattern = "\\S"))]
    filter: Option<String>,
    /// One of the columns; with - before it from high to low.
    sort: Option<Sort>,
    /// At most this many rows; the cut is stated. Without it all.
    limit: Option<Limit>,
}

/// A section has one content.
fn exactly_one() -> Value {
    vocabulary::section_kinds().into_iter().map(|kind| json!({ "required": [kind] })).collect()
}

/// With `by` there is one metric, as where there are two dimensions, most kinds have an axis, and only bars and areas are stacked.
fn chart_rules() -> Value {
    json!([
        { "if": { "required": ["by"] }, "then": { "properties": { "metrics": { "maxItems": 1 } } } },
        {
            "if": of_kind(|kind| !matches!(kind, Kind::Bars | Kind::Area)),
            "then": { "properties": { "stacked": { "const": false } } },
        },
        {
            "if": of_kind(Kind::is_matrix),
            "then": { "properties": { "metrics": { "maxItems": 1 } } },
        },
        {
            "if": of_kind(|kind| kind == Kind::Heatmap || !kind.is_matrix() && !kind.is_of_rows()),
            "then": { "required": ["x"] },
        },
        {
            "if": of_kind(Kind::is_of_rows),
            "then": { "not": { "required": ["by"] } },
        },
    ])
}

/// A chart of one of the kinds for which something holds.
fn of_kind(holds: impl Fn(Kind) -> bool) -> Value {
    let kinds: Vec<&str> =
        vocabulary::chart_kinds().into_iter().filter(|kind| holds(*kind)).map(Kind::word).collect();
    json!({ "properties": { "kind": { "enum": kinds } }, "required": ["kind"] })
}

//! `[sources.NAME]`, as written.
#![expect(dead_code, reason = "no value is ever made: the schema is derived from the types")]

use super::csv::{Decimal, Encoding, Separator};
use super::values::{
    Counted, HttpUrl, NAME, Renamed, SourceUrl, SourceValues, Timeout, Timezone, Treatment, one_of, tables,
    value,
};
use crate::definition::read::vocabulary;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;
use std::borrow::Cow;

value! {
    /// Around values.
    inline Quote = json_schema!({ "type": "string", "minLength": 1, "maxLength": 1, "examples": ["\"", "'"] });
    /// Which of several files are read.
    inline Take = one_of(vocabulary::takes());
}

tables! {
    /// Sources by name.
    Sources of Source, named NAME;
}

/// Where tasks and user states come from. A table that has the documented name and columns needs no line of its own.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Source {
    /// A SQLite file, a database on a PostgreSQL or MySQL server, or CSV, NDJSON or Parquet files in a folder or an S3-compatible
    /// store; read alone.
    #[schemars(example = &"sqlite:crm.db")]
    #[schemars(example = &"csv:datos")]
    #[schemars(example = &"parquet+s3://ventas/diario")]
    #[schemars(example = &"postgres://parte:${CRM_PASSWORD}@db.example.com/crm")]
    url: SourceUrl,
    /// A PEM file with certificates of the server to trust beside the system's: servers and stores.
    ca: Option<String>,
    /// How long one query may take on the server (without it 10 minutes), or one answer of a store (without it 30 seconds).
    timeout: Option<Timeout>,
    /// Connections to the server at once, at most.
    #[schemars(range(min = 1, max = 16), extend("default" = 4))]
    connections: Option<u8>,
    /// Between the values of CSV files. Without it found out from the first line.
    separator: Option<Separator>,
    /// Around values of CSV files that hold separators or line ends.
    #[schemars(extend("default" = "\""))]
    quote: Option<Quote>,
    /// Within the numbers of CSV files.
    #[schemars(extend("default" = "."))]
    decimal: Option<Decimal>,
    /// How bytes of CSV files become letters.
    #[schemars(extend("default" = "utf-8"))]
    encoding: Option<Encoding>,
    /// Where an S3-compatible store is. Must be there for files of a store.
    endpoint: Option<HttpUrl>,
    /// The region that requests to a store are signed for.
    #[schemars(extend("default" = "us-east-1"))]
    region: Option<String>,
    /// Who we are at a store. Must be there for files of a store.
    #[schemars(example = &"${S3_ACCESS_KEY}")]
    access_key: Option<String>,
    /// What proves it. Must be there for files of a store.
    #[schemars(example = &"${S3_SECRET_KEY}")]
    secret_key: Option<String>,
    /// The bucket stands in the path of addresses, not in the host's name.
    #[schemars(extend("default" = false))]
    path_style: Option<bool>,
    /// The store's name may lead to an address of a private network.
    #[schemars(extend("default" = false))]
    private: Option<bool>,
    /// Planned contacts: how the source's table differs from the documented frame.
    tasks: Option<TaskFrame>,
    /// One row a user and day: how the source's table differs from the documented frame.
    user_states: Option<StateFrame>,
    /// Who does the work: how the source's table differs from the documented frame.
    sellers: Option<Frame>,
    /// Who is contacted: how the source's table differs from the documented frame.
    users: Option<Frame>,
    /// Who is in charge of whom: how the source's table differs from the documented frame.
    assignments: Option<Frame>,
    /// What metrics are to reach: how the source's table differs from the documented frame. Groups that it is said for and that are not
    /// documented are named in `columns`.
    targets: Option<Frame>,
}

/// How a table of the source differs from the documented frame.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("not" = json!({ "required": ["table", "query"] })))]
struct Frame {
    /// The table's name in the source. Without it the frame's own name.
    #[schemars(regex(pattern = "\\S"))]
    table: Option<String>,
    /// One `select` instead of a table, in the source's SQL.
    #[schemars(regex(pattern = "\\S"))]
    query: Option<String>,
    /// Of files: which of them are the frame's, with * and ? for what differs. Without it those called like the table.
    #[schemars(example = &"tareas_*.csv", regex(pattern = "\\S"))]
    files: Option<String>,
    /// Of files: which of several are read.
    #[schemars(extend("default" = "newest"))]
    take: Option<Take>,
    /// Columns that are called differently: { documented_name = "name in the source" }.
    #[schemars(example = json!({ "seller_id": "vendedor", "scheduled_at": "fecha" }))]
    columns: Option<Renamed>,
    /// The zone of instants that are written without an offset. Without it UTC.
    timezone: Option<Timezone>,
}

/// How the source's table of tasks differs from the documented frame.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("not" = json!({ "required": ["table", "query"] })))]
struct TaskFrame {
    /// The table's name in the source. Without it the frame's own name.
    #[schemars(regex(pattern = "\\S"))]
    table: Option<String>,
    /// One `select` instead of a table, in the source's SQL.
    #[schemars(regex(pattern = "\\S"))]
    query: Option<String>,
    /// Of files: which of them are the frame's, with * and ? for what differs. Without it those called like the table.
    #[schemars(example = &"tareas_*.csv", regex(pattern = "\\S"))]
    files: Option<String>,
    /// Of files: which of several are read.
    #[schemars(extend("default" = "newest"))]
    take: Option<Take>,
    /// Columns that are called differently: { documented_name = "name in the source" }.
    #[schemars(example = json!({ "seller_id": "vendedor", "scheduled_at": "fecha" }))]
    columns: Option<Renamed>,
    /// The zone of instants that are written without an offset. Without it UTC.
    timezone: Option<Timezone>,
    /// The source's values of `status` by what they mean. Without it the documented values.
    status: Option<Status>,
    /// What becomes of tasks that do not fit.
    quality: Option<TaskQuality>,
}

/// How the source's table of user states differs from the documented frame.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("not" = json!({ "required": ["table", "query"] })))]
struct StateFrame {
    /// The table's name in the source. Without it the frame's own name.
    #[schemars(regex(pattern = "\\S"))]
    table: Option<String>,
    /// One `select` instead of a table, in the source's SQL.
    #[schemars(regex(pattern = "\\S"))]
    query: Option<String>,
    /// Of files: which of them are the frame's, with * and ? for what differs. Without it those called like the table.
    #[schemars(example = &"tareas_*.csv", regex(pattern = "\\S"))]
    files: Option<String>,
    /// Of files: which of several are read.
    #[schemars(extend("default" = "newest"))]
    take: Option<Take>,
    /// Columns that are called differently: { documented_name = "name in the source" }.
    #[schemars(example = json!({ "user_id": "cliente", "date": "fecha" }))]
    columns: Option<Renamed>,
    /// The zone of instants that are written without an offset. Without it UTC.
    timezone: Option<Timezone>,
    /// What becomes of states that do not fit.
    quality: Option<StateQuality>,
}

/// What becomes of tasks that do not fit: "keep" counts and tells them, "drop" leaves them out and tells it, "refuse" fails the run.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct TaskQuality {
    /// Tasks without `task_id` or `user_id`.
    null_keys: Option<Treatment>,
    /// Tasks whose status no list of `status` names.
    unmapped_status: Option<Treatment>,
    /// Tasks completed before they were scheduled.
    early_completion: Option<Treatment>,
    /// Tasks created or completed after the report was made.
    future: Option<Treatment>,
    /// Tasks with an instant without an offset, where others of the column have one.
    mixed_offsets: Option<Treatment>,
    /// The same `task_id` once more; dropping leaves the one with the latest `updated_at`, else the last one read.
    duplicates: Option<Treatment>,
}

/// What becomes of states that do not fit: "keep" counts and tells them, "drop" leaves them out and tells it, "refuse" fails the run.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct StateQuality {
    /// States without `user_id` or `date`.
    null_keys: Option<Treatment>,
    /// States outside the nine documented ones.
    unknown_state: Option<Treatment>,
    /// States of a day that had not begun when the report was made.
    future: Option<Treatment>,
    /// The same user, day and segment once more; dropping leaves the last one read.
    duplicates: Option<Treatment>,
    /// Users with days without a state between their first and last one of the period: only counted and told.
    gaps: Option<Counted>,
}

/// The source's values of `status` by what they mean; each stands in one list.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Status {
    /// Still to be done.
    #[schemars(example = ["pendiente"])]
    open: Option<SourceValues>,
    /// Done, whatever came of it.
    #[schemars(example = ["hecha"])]
    done: Option<SourceValues>,
    /// Tried without success.
    #[schemars(example = ["fallida"])]
    failed: Option<SourceValues>,
    /// Called off.
    #[schemars(example = ["anulada"])]
    cancelled: Option<SourceValues>,
    /// Moved to another date; a new task stands for it.
    rescheduled: Option<SourceValues>,
}

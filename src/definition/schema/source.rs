//! `[sources.NAME]`, as written.
#![expect(dead_code, reason = "no value is ever made: the schema is derived from the types")]

use super::api::{ApiAuth, ApiFields, ApiPaths};
use super::csv::{Decimal, Separator};
use super::values::{
    ApiFrames, ApiGeneration, Counted, Day, Days, HttpUrl, NAME, Name, Renamed, ScheduleWords, SourceUrl,
    SourceValues, Timeout, Timezone, Treatment, one_of, tables, value,
};
use crate::definition::FrameName;
use crate::definition::read::vocabulary;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use std::borrow::Cow;

value! {
    /// Around values.
    inline Quote = json_schema!({ "type": "string", "minLength": 1, "maxLength": 1, "examples": ["\"", "'"] });
    /// How bytes of files become letters.
    inline Encoding = one_of(vocabulary::file_encodings());
    /// How people write days in files.
    inline Dates = one_of(vocabulary::file_dates());
    /// Which of several files are read.
    inline Take = one_of(vocabulary::takes());
}

tables! {
    /// Sources by name.
    Sources of Source, named NAME;
}

/// Where tasks and user states come from. A table that has the documented name and columns needs no line of its own.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, transform = needs_a_place, extend("allOf" = keys_by_kind()))]
struct Source {
    /// A SQLite file, a database on a PostgreSQL or MySQL server, or CSV, NDJSON or Parquet files in a folder or an S3-compatible
    /// store; read alone. Or the platform's API, of which a copy is kept: reten+https://HOST.
    #[schemars(example = &"sqlite:crm.db")]
    #[schemars(example = &"csv:datos")]
    #[schemars(example = &"parquet+s3://ventas/diario")]
    #[schemars(example = &"postgres://parte:${CRM_PASSWORD}@db.example.com/crm")]
    url: Option<SourceUrl>,
    /// A PEM file with certificates of the server to trust beside the system's.
    ca: Option<String>,
    /// How long one query may take on the server (without it 10 minutes), or one answer of a store or an API (without it 30 seconds).
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
    /// How bytes of CSV files become letters. A byte order mark says it by itself.
    #[schemars(extend("default" = "utf-8"))]
    encoding: Option<Encoding>,
    /// How days and instants of CSV files may be written beside ISO 8601: 13/03/2026 or 03/13/2026, with a time or without.
    #[schemars(extend("default" = "iso"))]
    dates: Option<Dates>,
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
    /// The name of a store or an API may lead to an address of a private network.
    #[schemars(extend("default" = false))]
    private: Option<bool>,
    /// Who we are at the API. Must be there for it.
    auth: Option<ApiAuth>,
    /// The tenant that a token is used for.
    tenant: Option<String>,
    /// The generation of the API that tasks come from.
    #[schemars(extend("default" = "v1"))]
    api: Option<ApiGeneration>,
    /// What is copied. Without it everything that has a documented address.
    read: Option<ApiFrames>,
    /// Paths that differ from the documented ones.
    paths: Option<ApiPaths>,
    /// Fields of answers that columns are filled from, where they differ.
    fields: Option<ApiFields>,
    /// Rows that a page is asked for.
    #[schemars(range(min = 1, max = 1000), extend("default" = 100))]
    page_size: Option<u32>,
    /// No more requests than these, in any stretch of that length.
    #[schemars(regex(pattern = "^ *[0-9]+ +per +(second|minute|hour) *$"), extend("default" = "1000 per minute"))]
    limit: Option<String>,
    /// Requests under way at once.
    #[schemars(range(min = 1, max = 16), extend("default" = 4))]
    parallel: Option<u8>,
    /// The copy. Without it NAME.db.
    #[schemars(example = &"reten.db", regex(pattern = "\\S"))]
    copy: Option<String>,
    /// The first day that is copied. Without it 90 days before.
    since: Option<Day>,
    /// Days that are read again for what changes late.
    #[schemars(extend("default" = "7 days"))]
    window: Option<Days>,
    /// Days to come whose tasks are copied.
    #[schemars(extend("default" = "31 days"))]
    ahead: Option<Days>,
    /// When `parte serve` brings the copy up to date. Without it only `parte sync` does.
    sync: Option<ScheduleWords>,
    /// The zone of days and of that schedule. Without it that of [defaults].
    timezone: Option<Timezone>,
    /// Planned contacts: how the source's table differs from the documented frame.
    tasks: Option<OrSource<TaskFrame>>,
    /// One row a user and day: how the source's table differs from the documented frame.
    user_states: Option<OrSource<StateFrame>>,
    /// Who does the work: how the source's table differs from the documented frame.
    sellers: Option<OrSource<Frame>>,
    /// Who is contacted: how the source's table differs from the documented frame.
    users: Option<OrSource<Frame>>,
    /// Who is in charge of whom: how the source's table differs from the documented frame.
    assignments: Option<OrSource<Frame>>,
    /// What metrics are to reach: how the source's table differs from the documented frame. Groups that it is said for and that are not
    /// documented are named in `columns`.
    targets: Option<OrSource<Frame>>,
}

/// A frame of its own, or the name of another source that has it.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
enum OrSource<T> {
    /// How the source's table differs from the documented frame.
    Own(T),
    /// The name of another source that has the frame.
    Of(Name),
}

/// Rows come from a url, or frames from other sources.
fn needs_a_place(schema: &mut Schema) {
    let of_another = |frame: &FrameName| {
        let mut frames = serde_json::Map::new();
        frames.insert(frame.as_str().to_owned(), json!({ "type": "string" }));
        json!({ "properties": frames, "required": [frame.as_str()] })
    };
    let ways: Vec<_> = std::iter::once(json!({ "required": ["url"] }))
        .chain(FrameName::ALL.iter().map(of_another))
        .collect();
    schema.insert("anyOf".to_owned(), ways.into());
}

/// Which keys go with which beginnings of the url.
fn keys_by_kind() -> Value {
    let never: serde_json::Map<String, Value> = vocabulary::api_keys()
        .into_iter()
        // These belong to other kinds too.
        .filter(|key| !["ca", "timeout", "private"].contains(key))
        .map(|key| (key.to_owned(), Value::Bool(false)))
        .collect();
    json!([
        {
            "if": { "properties": { "url": { "pattern": "^(sqlite|csv|ndjson|parquet|postgres|mysql|mariadb)" } }, "required": ["url"] },
            "then": { "properties": never },
        },
        {
            "if": { "properties": { "url": { "pattern": "^reten" } }, "required": ["url"] },
            "then": { "required": ["auth"] },
        },
    ])
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

//! `[report.expect]`, as written.
#![expect(dead_code, reason = "no value is ever made: the schema is derived from the types")]

use super::values::{Jitter, one_of, value};
use crate::definition::read::vocabulary;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;
use std::borrow::Cow;

value! {
    /// What becomes of a run.
    inline Otherwise = one_of(vocabulary::otherwise());
    /// A multiple of the usual.
    inline Volume = json_schema!({ "type": "number", "minimum": vocabulary::volume().0, "maximum": vocabulary::volume().1 });
    /// A number of rows.
    inline RowCount = json_schema!({ "type": "integer", "minimum": 0 });
}

/// What must be true of the data before a report is sent.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("anyOf" = json!([
    { "required": ["fresh"] }, { "required": ["rows"] }, { "required": ["volume"] }, { "required": ["identities"] }
])))]
pub(super) struct Expect {
    /// The newest row of its tasks and user states in the source is no older than this when the run is due.
    #[schemars(example = &"26 hours")]
    fresh: Option<Jitter>,
    /// Least and most rows of the report's own period.
    rows: Option<RowBounds>,
    /// Rows of the period are no fewer than the usual divided by this, and no more than the usual times this.
    #[schemars(example = 3)]
    volume: Option<Volume>,
    /// The identities that are checked in each run must hold.
    #[schemars(extend("default" = false))]
    identities: Option<bool>,
    /// What becomes of the run when something is not met: it fails, is sent with a word at its top, or is made and held back
    /// until somebody decides.
    #[schemars(extend("default" = "fail"))]
    otherwise: Option<Otherwise>,
    /// So long after it was due, it waits for data that may still come.
    #[schemars(example = &"2 hours")]
    wait: Option<Jitter>,
}

/// Bounds of a number of rows.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1))]
struct RowBounds {
    /// No fewer rows than this.
    min: Option<RowCount>,
    /// No more rows than this.
    max: Option<RowCount>,
}

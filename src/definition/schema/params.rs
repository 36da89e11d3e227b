//! `params` of a report, as written.
#![expect(dead_code, reason = "no value is ever made: the schema is derived from the types")]

use super::values::{COLUMN, Text, one_of, tables, value};
use crate::definition::read::vocabulary;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;
use std::borrow::Cow;

tables! {
    /// Parameters by name.
    Params of Param, named COLUMN;
}

value! {
    /// A type of values.
    inline Kind = one_of(vocabulary::param_types());
    /// A value.
    inline Scalar = json_schema!({ "type": ["string", "number", "boolean"] });
    /// Values.
    inline Scalars = json_schema!({
        "type": "array", "items": { "type": ["string", "number", "boolean"] }, "minItems": 1, "uniqueItems": true
    });
}

/// A default, whose type is the parameter's; or a table that says more.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Param {
    /// The default: a text, a number, a date, true or false.
    Default(Scalar),
    /// With a type, a default, the values it may have and a name for people.
    Declared(Declared),
}

/// A parameter: its type, its default, the values it may have, its name for people.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("anyOf" = json!([{ "required": ["type"] }, { "required": ["default"] }, { "required": ["one_of"] }])))]
struct Declared {
    /// Of which type its values are. Without it that of the default or of the values.
    #[schemars(rename = "type")]
    kind: Option<Kind>,
    /// Its value when a run gives none. A report with a schedule needs it.
    default: Option<Scalar>,
    /// The only values it may have.
    one_of: Option<Scalars>,
    /// Its name for people.
    label: Option<Text>,
}

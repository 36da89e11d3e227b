//! The schema put together: types, the catalogue's metrics, and no null, which TOML does not have.

use super::file::{File, Included};
use super::values::COLUMN;
use crate::definition::{Language, MetricDefinition};
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

/// Which file is described.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Described {
    /// reports.toml.
    Definitions,
    /// A file that `include` names.
    Included,
}

/// The JSON Schema (draft 2020-12) of a file; `builtin` are the metrics that are known without being defined in it.
#[must_use]
pub fn json_schema(described: Described, builtin: &[MetricDefinition]) -> Value {
    let schema = match described {
        Described::Definitions => of::<File>(),
        Described::Included => of::<Included>(),
    };
    let mut schema = schema.to_value();
    if let Some(name) = schema.pointer_mut("/$defs/MetricName") {
        *name = metric_name(builtin);
    }
    schema
}

fn of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12()
        .with_transform(RecursiveTransform(without_null))
        .into_generator()
        .into_root_schema_for::<T>()
}

/// The built-in metrics to choose from, each with its name for people, or one of the file's own.
fn metric_name(builtin: &[MetricDefinition]) -> Value {
    let ids: Vec<&str> = builtin.iter().map(|metric| metric.id.as_str()).collect();
    let labels: Vec<String> = builtin
        .iter()
        .map(|metric| {
            let word = |text: &crate::definition::Text| text.in_language(Language::En).to_owned();
            format!("{}: {}", word(&metric.label), word(&metric.description))
        })
        .collect();
    json!({
        "description": "A metric: one of the built-in ones, or the name of one of [metrics.*].",
        "anyOf": [
            { "enum": ids, "x-taplo": { "docs": { "enumValues": labels } } },
            { "type": "string", "pattern": COLUMN },
        ]
    })
}

/// What is optional may be left out; it is never null.
fn without_null(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(words)) = object.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
    let Some(Value::Array(ways)) = object.get_mut("anyOf") else { return };
    ways.retain(|way| way != &json!({ "type": "null" }));
    if let [Value::Object(only)] = ways.as_slice() {
        let only: Map<String, Value> = only.clone();
        object.remove("anyOf");
        for (key, value) in only {
            object.entry(key).or_insert(value);
        }
    }
}

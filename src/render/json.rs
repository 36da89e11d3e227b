//! JSON: one document a report, for programs. Everything that the report says, with names, units and types. Never: numbers as text.

mod lines;
mod shape;
mod values;

use super::{Artifact, RenderError};
use crate::definition::Format;
use crate::document::Document;
use serde::Serialize as _;
use serde_json::{Serializer, Value};

/// The JSON Schema (draft 2020-12) of the document.
#[must_use]
pub fn report_schema() -> Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12();
    settings.into_generator().into_root_schema_for::<shape::Report<'_>>().to_value()
}

pub(super) fn render(document: &Document, stem: &str) -> Result<Vec<Artifact>, RenderError> {
    let mut bytes = Vec::new();
    let mut out = Serializer::with_formatter(&mut bytes, lines::Lines::default());
    shape::Report::of(document).serialize(&mut out).map_err(|cause| RenderError {
        format: "json",
        what: cause.to_string(),
        hint: "run the report again; if it fails again, tell us this message".to_owned(),
    })?;
    bytes.push(b'\n');
    Ok(vec![Artifact {
        name: format!("{stem}.json"),
        format: Format::Json.extension().to_owned(),
        section: None,
        media_type: Format::Json.media_type().to_owned(),
        bytes,
    }])
}

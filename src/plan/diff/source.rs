//! What would change about sources.

use super::{Subject, api, named, users};
use crate::definition::{Definitions, Source, SourceKind};
use crate::plan::compare::{Facts, squeezed};
use crate::plan::words;
use std::path::Path;

pub(super) fn sources(before: &Definitions, after: &Definitions) -> Vec<Subject> {
    let all = |definitions: &Definitions| -> Vec<(String, Facts)> {
        let facts = |source: &Source| facts(source, &definitions.root);
        definitions.sources.iter().map(|(id, source)| (id.to_string(), facts(source))).collect()
    };
    named("source", &all(before), &all(after), |id| users(before, after, |it| it.source.as_str() == id))
}

fn facts(source: &Source, root: &Path) -> Facts {
    let mut facts = match &source.kind {
        SourceKind::Sqlite(path) => vec![("url".to_owned(), format!("sqlite:{}", words::path(path, root)))],
        SourceKind::Api(api) => api::facts(api, root),
    };
    for (frame, own) in &source.frames {
        let mut say = |key: &str, value: Option<String>| {
            facts.extend(value.map(|value| (format!("{}.{key}", frame.as_str()), value)));
        };
        say("table", own.table.clone());
        say("query", own.query.as_deref().map(squeezed));
        say("timezone", own.zone.map(|zone| zone.name().to_owned()));
        for (name, written) in &own.columns {
            say(&format!("columns.{name}"), Some(written.clone()));
        }
        for (flaw, treatment) in own.quality.iter() {
            say(&format!("quality.{}", flaw.as_str()), Some(treatment.as_str().to_owned()));
        }
        if let Some(status) = &own.status {
            for (meaning, values) in [
                ("open", &status.open),
                ("done", &status.done),
                ("failed", &status.failed),
                ("cancelled", &status.cancelled),
                ("rescheduled", &status.rescheduled),
            ] {
                say(&format!("status.{meaning}"), (!values.is_empty()).then(|| values.join(", ")));
            }
        }
    }
    facts
}

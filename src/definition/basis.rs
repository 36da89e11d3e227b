//! By what a number of a report is computed, in one word: numbers of different runs may be held against each other where it is the
//! same. Never: what the numbers are.

use super::{MetricDefinition, Report, Source, SourceKind, StatusMapping};
use sha2::{Digest as _, Sha256};

/// Sixteen hexadecimal digits that are the same for the same computation: the metric's rows and expression, the report's condition and
/// the values of its parameters, and how its source is read. What only changes how a number is shown or judged (a label, a target)
/// is not in it, nor where the source stands.
#[must_use]
pub fn basis(report: &Report, source: Option<&Source>, metric: &MetricDefinition) -> String {
    let mut digest = Digest::default();
    digest.say("metric", [metric.of.as_str(), metric.rows.as_str(), metric.expr.as_str()]);
    digest.say("by", &metric.by);
    digest.say("optional", &metric.optional);
    digest.say("where", &report.filter);
    for (name, value) in report.params.texts() {
        digest.say("parameter", [name, value]);
    }
    if let Some(source) = source {
        digest.say("source", [source.id.as_str()]);
        if let SourceKind::Api(api) = &source.kind {
            digest.say("api", [api.generation.as_str()]);
            for (frame, columns) in &api.fields {
                for (column, field) in columns {
                    digest.say("field", [frame.as_str(), column, field]);
                }
            }
        }
        for (frame, from) in &source.frames {
            digest.say("frame", [frame.as_str()]);
            digest.say("table", &from.table);
            digest.say("query", &from.query);
            digest.say("zone", from.zone.map(|zone| zone.name()));
            for (column, own) in &from.columns {
                digest.say("column", [column, own]);
            }
            for (flaw, treatment) in from.quality.iter() {
                digest.say("quality", [flaw.as_str(), treatment.as_str()]);
            }
            if let Some(StatusMapping { open, done, failed, cancelled, rescheduled }) = &from.status {
                for (meaning, values) in [
                    ("open", open),
                    ("done", done),
                    ("failed", failed),
                    ("cancelled", cancelled),
                    ("rescheduled", rescheduled),
                ] {
                    digest.say(meaning, values);
                }
            }
        }
    }
    digest.word()
}

#[derive(Default)]
struct Digest(Sha256);

impl Digest {
    /// Takes up words under a name. Lengths stand before texts: `a` + `bc` is not `ab` + `c`.
    fn say(&mut self, name: &str, words: impl IntoIterator<Item = impl AsRef<str>>) {
        let mut text = |text: &str| {
            self.0.update((text.len() as u64).to_be_bytes());
            self.0.update(text);
        };
        text(name);
        let mut count = 0_u64;
        for word in words {
            text(word.as_ref());
            count += 1;
        }
        self.0.update(count.to_be_bytes());
    }

    fn word(self) -> String {
        self.0.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

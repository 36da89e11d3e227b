//! Metrics: the catalogue (TOML, in the analysts' own language); its expressions of rows are SQL that Polars runs, their values are
//! folded by group; identities checked.
//! Never: number formatting, a format's name.

mod aggregated;
mod assignments;
mod by_value;
mod catalogue;
mod columns;
mod engine;
mod groups;
mod held_rows;
mod identity;
mod movement;
mod need;
mod order;
mod people;
mod prepared;
mod query;
mod relation;
mod requirements;
mod rows_behind;
mod sql;
mod states;
mod targets;
mod tasks;
mod trace;
mod values;

pub use catalogue::catalogue;
pub use columns::step_of_state;
pub use engine::Engine;
pub use movement::{Moved, Movement};
pub use need::{need, with_targets};
pub use requirements::{Requirements, requirements};
pub use targets::{TARGETS, TargetAt, TargetOrigin, TargetRow, targets_said};
pub use trace::Place;

use crate::suggest;
use polars::prelude::PolarsError;
use std::collections::BTreeSet;

/// Why a number could not be computed.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("failed to compute {subject}: {what}")]
#[diagnostic(help("{hint}"))]
pub struct MetricsError {
    /// The metric, section or query.
    pub subject: String,
    /// What is wrong, as a lower-case fragment.
    pub what: String,
    /// What to do.
    pub hint: String,
}

/// What Polars said, as a fragment, with what can be done about it.
fn readable(subject: &str, e: &PolarsError, known: &BTreeSet<String>) -> MetricsError {
    let text = match e {
        PolarsError::ColumnNotFound(name) => {
            let name = name.to_string();
            let name = name.trim_matches(['"', '\'', '`']).to_owned();
            // The message may go on with the plan; the name is its first word.
            let name = name.lines().next().unwrap_or_default().to_owned();
            let name = name
                .strip_prefix("unable to find column \"")
                .map_or(name.clone(), |rest| rest.split('"').next().unwrap_or_default().to_owned());
            let subject = subject.to_owned();
            // A frame's own column that this source happens to lack is spelled right.
            return if known.contains(&name) {
                MetricsError {
                    subject,
                    what: format!("the source has no column `{name}`"),
                    hint: format!(
                        "say which of its columns holds it with columns = {{ {name} = \"...\" }}, or leave it out"
                    ),
                }
            } else {
                MetricsError { subject, what: format!("no column `{name}`"), hint: shown(&name, known) }
            };
        }
        other => other.to_string(),
    };
    let text = text.lines().next().unwrap_or_default();
    let mut chars = text.chars();
    MetricsError {
        subject: subject.to_owned(),
        what: chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect()),
        hint: format!("columns to choose from: {}", listed(known)),
    }
}

/// "did you mean" and the list of what there is.
fn shown(word: &str, known: &BTreeSet<String>) -> String {
    let all = format!("columns to choose from: {}", listed(known));
    suggest::did_you_mean(word, known.iter().map(String::as_str), &all)
}

/// Names that are shown, at most: a table may have hundreds of columns.
const SHOWN: usize = 100;

fn listed(known: &BTreeSet<String>) -> String {
    if known.is_empty() {
        return "none".to_owned();
    }
    let shown: Vec<&str> = known.iter().map(String::as_str).take(SHOWN).collect();
    let more = known.len() - shown.len();
    let more = if more == 0 { String::new() } else { format!(", and {more} more") };
    format!("{}{more}", shown.join(", ")).replace(char::is_control, " ")
}

fn unknown_metric<'a>(id: &str, known: impl Iterator<Item = &'a str>) -> MetricsError {
    let known: BTreeSet<String> = known.map(str::to_owned).collect();
    let hint = shown(id, &known).replace("columns to choose from", "metrics to choose from");
    MetricsError { subject: format!("metric `{id}`"), what: "there is no such metric".to_owned(), hint }
}

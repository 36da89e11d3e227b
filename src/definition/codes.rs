//! What each code of a problem means, why it is refused, and an example: the texts are part of the program. Never finds
//! problems itself.

use super::{Definitions, Diagnostics, MetricDefinition, Secrets, Severity, read};
use crate::suggest;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

/// The entries by what they are about, in the order in which they are listed.
const TEXTS: [(&str, &str); 10] = [
    ("keys.toml", include_str!("explanations/keys.toml")),
    ("values.toml", include_str!("explanations/values.toml")),
    ("names.toml", include_str!("explanations/names.toml")),
    ("time.toml", include_str!("explanations/time.toml")),
    ("reports.toml", include_str!("explanations/reports.toml")),
    ("queries.toml", include_str!("explanations/queries.toml")),
    ("params.toml", include_str!("explanations/params.toml")),
    ("channels.toml", include_str!("explanations/channels.toml")),
    ("files.toml", include_str!("explanations/files.toml")),
    ("online.toml", include_str!("explanations/online.toml")),
];

/// The name under which examples are shown.
const EXAMPLE: &str = "reports.toml";

/// One code, explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// As in [`super::Problem::code`].
    pub code: String,
    /// How bad a problem of this code is; where it can be both, an error.
    pub severity: Severity,
    /// What it means, in one line.
    pub summary: String,
    /// Why it is refused, and what usually leads to it: a few sentences without line breaks.
    pub why: String,
    /// How it comes about.
    pub example: Example,
}

/// How a problem comes about, and how it is mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Example {
    /// Two definition files: the first has this problem and no other, the second has none.
    Files {
        /// With the problem.
        wrong: String,
        /// Without it.
        right: String,
    },
    /// In words: it takes more than the text of a definition.
    Words(String),
}

/// An entry as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(default)]
    severity: Severity,
    summary: String,
    why: String,
    wrong: Option<String>,
    right: Option<String>,
    example: Option<String>,
}

/// Every code there is, in the order in which people look for them: the shape of a file first, its peers last.
#[must_use]
pub fn explanations() -> &'static [Explanation] {
    static READ: OnceLock<Vec<Explanation>> = OnceLock::new();
    READ.get_or_init(|| {
        let mut all: Vec<Explanation> = Vec::new();
        for (name, text) in TEXTS {
            match toml::from_str::<BTreeMap<String, Entry>>(text) {
                Ok(entries) => all.extend(entries.into_iter().map(|(code, entry)| entry.explained(code))),
                // The texts are part of the program, and a test reads them.
                Err(error) => tracing::error!(%error, name, "explanations cannot be read"),
            }
        }
        all
    })
}

/// The explanation of a code.
#[must_use]
pub fn explanation(code: &str) -> Option<&'static Explanation> {
    explanations().iter().find(|known| known.code == code)
}

/// The code that was probably meant.
#[must_use]
pub fn closest_code(word: &str) -> Option<&'static str> {
    suggest::closest(word, explanations().iter().map(|known| known.code.as_str()))
}

/// Checks a text as if it were a definition file; what it refers to is looked for in the folder one is in.
///
/// # Errors
/// Every problem found, in one pass.
pub fn check_example(text: &str, builtin: &[MetricDefinition]) -> Result<Definitions, Diagnostics> {
    read::text(Path::new(EXAMPLE), text, builtin, Secrets::Needed)
}

impl Entry {
    fn explained(self, code: String) -> Explanation {
        let example = match (self.wrong, self.right) {
            (Some(wrong), Some(right)) => Example::Files { wrong, right },
            _ => Example::Words(in_one_line(&self.example.unwrap_or_default())),
        };
        let why = in_one_line(&self.why);
        Explanation { code, severity: self.severity, summary: self.summary, why, example }
    }
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

//! Which of a source's columns are read, and as which of the frame's. Never: which rows.

use super::SourceError;
use super::select::Form;
use super::shape::documented_columns;
use crate::definition::{FrameName, FrameSource, Source};
use std::collections::BTreeSet;

/// A column that a source has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct There {
    /// By the source's name.
    pub(super) name: String,
    /// What its values are where they are compared.
    pub(super) form: Form,
    /// What it has to be read as, in the source's SQL; `None`: as it is.
    pub(super) read_as: Option<String>,
}

/// A column of the frame, and where it is in the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chosen {
    /// The frame's name for it.
    pub(super) name: String,
    /// Which of the columns there it is.
    pub(super) place: usize,
}

/// The source's columns that are read, and those asked for that it lacks.
pub(super) fn chosen(
    source: &Source,
    frame: FrameName,
    own: &FrameSource,
    wanted: &BTreeSet<String>,
    there: &[String],
) -> Result<(Vec<Chosen>, BTreeSet<String>), SourceError> {
    let find = |name: &str| there.iter().position(|n| n.eq_ignore_ascii_case(name));
    for (name, written) in &own.columns {
        if find(written).is_none() {
            return Err(SourceError {
                source_id: source.id.to_string(),
                what: format!("no column `{written}` for {}.{name}", frame.as_str()),
                hint: format!("{}the columns there are: {}", did_you_mean(written, there), listed(there)),
            });
        }
    }
    let mut names: BTreeSet<&str> = wanted.iter().map(String::as_str).filter(|n| *n != "*").collect();
    if wanted.contains("*") {
        let renamed: BTreeSet<&str> = own.columns.values().map(String::as_str).collect();
        names.extend(own.columns.keys().map(String::as_str));
        names.extend(there.iter().map(String::as_str).filter(|n| !renamed.contains(n)));
    }
    let mut columns = Vec::new();
    let mut missing = BTreeSet::new();
    // A documented name keeps its documented spelling, whatever the source's case.
    let mut seen = BTreeSet::new();
    for name in names {
        let name = documented_columns(frame).find(|d| d.eq_ignore_ascii_case(name)).unwrap_or(name);
        if !seen.insert(name.to_ascii_lowercase()) {
            continue;
        }
        match find(own.columns.get(name).map_or(name, String::as_str)) {
            Some(place) => columns.push(Chosen { name: name.to_owned(), place }),
            None => {
                missing.insert(name.to_owned());
            }
        }
    }
    Ok((columns, missing))
}

/// A hint at the one of these names that was probably meant.
pub(super) fn did_you_mean(word: &str, among: &[String]) -> String {
    among
        .iter()
        .map(|name| (strsim::damerau_levenshtein(&word.to_lowercase(), &name.to_lowercase()), name))
        .min()
        .filter(|(distance, _)| *distance <= 1 + word.chars().count() / 4)
        .map_or_else(String::new, |(_, name)| format!("did you mean `{name}`? "))
}

/// Names in a row.
pub(super) fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// An error's text as a fragment that reads after "failed to ...: ".
pub(super) fn lower(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

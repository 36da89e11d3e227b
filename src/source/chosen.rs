//! Which of a source's columns are read, and as which of the frame's. Never: which rows.

use super::SourceError;
use super::select::Form;
use super::shape::documented_columns;
use crate::definition::{FrameName, FrameSource, Source};
use crate::suggest;
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

/// Which of these names is meant by one in a definition: the one that is spelled so, else one that differs in case alone.
pub(super) fn place_of(name: &str, there: &[impl AsRef<str>]) -> Option<usize> {
    let exact = there.iter().position(|other| other.as_ref() == name);
    exact.or_else(|| there.iter().position(|other| other.as_ref().eq_ignore_ascii_case(name)))
}

/// The source's columns that are read, and those asked for that it lacks.
pub(super) fn chosen(
    source: &Source,
    frame: FrameName,
    own: &FrameSource,
    wanted: &BTreeSet<String>,
    there: &[String],
) -> Result<(Vec<Chosen>, BTreeSet<String>), SourceError> {
    for (name, written) in &own.columns {
        if place_of(written, there).is_none() {
            return Err(SourceError {
                source_id: source.id.to_string(),
                what: format!("no column `{written}` for {}.{name}", frame.as_str()),
                hint: format!(
                    "{}the columns there are: {}",
                    did_you_mean(written, there),
                    like(written, there)
                ),
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
        let written = own.columns.get(name).map_or(name, String::as_str);
        match place_of(written, there) {
            Some(place) => {
                // Two spellings of one name are one column, and two columns whose names differ in case are two.
                if seen.insert((name.to_ascii_lowercase(), place)) {
                    let one = is_one(name, written, there);
                    one.map_err(|(what, hint)| SourceError { source_id: source.id.to_string(), what, hint })?;
                    columns.push(Chosen { name: name.to_owned(), place });
                }
            }
            None => {
                missing.insert(name.to_owned());
            }
        }
    }
    Ok((columns, missing))
}

/// Refuses to guess which of several columns is meant whose names differ in case alone.
fn is_one(name: &str, written: &str, there: &[String]) -> Result<(), (String, String)> {
    let alike: Vec<String> =
        there.iter().filter(|other| other.eq_ignore_ascii_case(written)).cloned().collect();
    match alike.as_slice() {
        [first, _, ..] if alike.iter().all(|other| other != written) => Err((
            format!("`{name}` may be any of the columns {}, which differ in case alone", listed(&alike)),
            format!("say which one is meant: columns = {{ {name} = \"{first}\" }}"),
        )),
        _ => Ok(()),
    }
}

/// A hint at the one of these names that was probably meant.
pub(super) fn did_you_mean(word: &str, among: &[String]) -> String {
    suggest::closest(word, among.iter().map(String::as_str))
        .map_or_else(String::new, |name| format!("did you mean `{}`? ", on_one_line(name)))
}

/// Names that are shown in a row, at most: a table may have hundreds of columns.
const SHOWN: usize = 20;

/// Names in a row, on one line whatever is in them.
pub(super) fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let mut shown: Vec<String> = names.iter().take(SHOWN).map(|name| on_one_line(name)).collect();
    if names.len() > SHOWN {
        shown.push(format!("and {} more", names.len() - SHOWN));
    }
    shown.join(", ")
}

/// The same; of more than are shown, those that are most like a word.
pub(super) fn like(word: &str, names: &[String]) -> String {
    if names.len() <= SHOWN {
        return listed(names);
    }
    let mut names = names.to_vec();
    names.sort_by_cached_key(|name| strsim::damerau_levenshtein(&word.to_lowercase(), &name.to_lowercase()));
    listed(&names)
}

/// A name without line ends and other signs that move what stands around them.
fn on_one_line(name: &str) -> String {
    let sign = |sign: char| {
        if sign.is_control() { sign.escape_default().to_string() } else { sign.to_string() }
    };
    name.chars().map(sign).collect()
}

/// An error's text as a fragment that reads after "failed to ...: ".
pub(super) fn lower(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_names_those_most_like_the_word_are_listed_each_on_the_line() {
        let mut names: Vec<String> = (0..300).map(|number| format!("atributo_{number:03}")).collect();
        names.insert(200, "id\nvendedor".to_owned());
        let listed = like("vendedor", &names);
        assert!(listed.starts_with("id\\nvendedor, atributo_"), "{listed}");
        assert!(listed.ends_with(", and 281 more") && listed.lines().count() == 1, "{listed}");
        assert_eq!(like("b", &["c".to_owned(), "a".to_owned()]), "c, a", "few stand as they are");
    }
}

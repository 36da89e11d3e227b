//! Texts for people as written: one for all languages, or one for each.

use super::problems::Read;
use super::table::{Spot, Table, kind_of};
use crate::definition::{Language, Text};
use std::collections::BTreeMap;
use toml::de::DeValue;

pub(super) const LANGUAGES: [(&str, Language); 3] =
    [("es", Language::Es), ("en", Language::En), ("pt", Language::Pt)];

/// How to write a key that must be text; with an example where what it holds follows rules.
pub(super) fn text_hint(key: &str) -> String {
    let example = match key {
        "schedule" => "every monday at 07:00",
        "cron" => "0 7 * * mon",
        "period" => "previous week",
        "jitter" => "5 minutes",
        "timeout" => "30 seconds",
        "timezone" => "America/Bogota",
        "locale" => "es-CO",
        "currency" => "COP",
        "week_start" => "monday",
        "on_free_day" => "next workday",
        "catch_up" => "latest",
        "overlap" => "skip",
        "days" => "mon, wed, fri",
        "color" => "#0b7a75",
        _ => return format!("write it in quotes: {key} = \"...\""),
    };
    format!("write text in quotes: {key} = \"{example}\"")
}

/// A text and where each of its versions was written.
#[derive(Debug, Clone)]
pub(super) struct WrittenText {
    versions: Vec<(Option<Language>, Spot<String>)>,
}

impl WrittenText {
    /// Each version with its place.
    pub(super) fn versions(&self) -> impl Iterator<Item = &Spot<String>> {
        self.versions.iter().map(|(_, spot)| spot)
    }

    /// The text itself.
    pub(super) fn into_text(self) -> Text {
        let mut translated = BTreeMap::new();
        for (language, spot) in self.versions {
            match language {
                Some(language) => translated.insert(language, spot.value),
                None => return Text::Plain(spot.value),
            };
        }
        Text::Translated(translated)
    }
}

/// Reads `"..."` or `{ es = "...", en = "...", pt = "..." }`.
pub(super) fn text(table: &Table<'_>, key: &'static str) -> Read<Option<WrittenText>> {
    let Some(spot) = table.value(key) else { return Ok(None) };
    let hint = format!("write {key} = \"...\", or {key} = {{ es = \"...\", en = \"...\" }}");
    let versions = match spot.value {
        DeValue::String(_) => match table.string(key)? {
            Some(plain) => vec![(None, plain)],
            None => Vec::new(),
        },
        DeValue::Table(_) => match table.table(key, &format!("`{key}`"), &hint, &[])? {
            Some(inner) => translations(&inner)?,
            None => Vec::new(),
        },
        other => {
            let label = format!("this is {}", kind_of(other));
            let what = format!("`{key}` must be text");
            return Err(table.problems().add("wrong-type", &spot.place, what, label, hint));
        }
    };
    let blank = versions.iter().find(|(_, version)| version.value.trim().is_empty());
    let place = match (versions.is_empty(), blank) {
        (true, _) => &spot.place,
        (false, Some((_, version))) => &version.place,
        (false, None) => return Ok(Some(WrittenText { versions })),
    };
    Err(table.problems().add("empty-text", place, format!("`{key}` is empty"), "nothing here", hint))
}

fn translations(inner: &Table<'_>) -> Read<Vec<(Option<Language>, Spot<String>)>> {
    let mut versions = Vec::new();
    let mut fault = None;
    for (key, language) in LANGUAGES {
        match inner.string(key) {
            Ok(Some(version)) => versions.push((Some(language), version)),
            Ok(None) => {}
            Err(reported) => fault = Some(reported),
        }
    }
    match fault {
        // An unknown language is told by the table; an empty text beside it would be the same fault again.
        None if versions.is_empty() && inner.has_unknown_keys() => Err(inner.problems().told_later()),
        None => Ok(versions),
        Some(reported) => Err(reported),
    }
}

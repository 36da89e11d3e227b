//! Texts for people, in one or several languages.

use std::collections::BTreeMap;

/// A language that reports are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Spanish, the default.
    Es,
    /// English.
    En,
    /// Portuguese.
    Pt,
}

impl Language {
    /// The language of a locale tag such as `es-CO`; `None` for other languages.
    #[must_use]
    pub fn of_locale(tag: &str) -> Option<Self> {
        match tag.split(['-', '_']).next()?.to_ascii_lowercase().as_str() {
            "es" => Some(Self::Es),
            "en" => Some(Self::En),
            "pt" => Some(Self::Pt),
            _ => None,
        }
    }
}

/// A text as written once for all languages, or once for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// The same words in every language.
    Plain(String),
    /// Translations; at least one.
    Translated(BTreeMap<Language, String>),
}

impl Text {
    /// The text in a language; where it has no translation, the Spanish, then any.
    #[must_use]
    pub fn in_language(&self, language: Language) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Translated(all) => all
                .get(&language)
                .or_else(|| all.get(&Language::Es))
                .or_else(|| all.values().next())
                .map_or("", String::as_str),
        }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::Plain(text.to_owned())
    }
}

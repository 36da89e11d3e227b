//! Parameters of a report: names with a type, and the values that a run is made with. Never: SQL, how a value is shown.

use super::Text;
use super::read::slug;
use crate::suggest;
use chrono::{Datelike as _, NaiveDate};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::{Display, Formatter};

/// What a parameter's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamType {
    /// Words, in one line.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// A civil day.
    Date,
    /// True or false.
    Boolean,
}

/// Longer texts are data, and belong into a table of the source.
const LONGEST_TEXT: usize = 4_000;

impl ParamType {
    /// Every type.
    pub const ALL: [Self; 5] = [Self::Text, Self::Integer, Self::Number, Self::Date, Self::Boolean];

    /// Its name in definitions.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Date => "date",
            Self::Boolean => "boolean",
        }
    }

    /// Reads a value as it is typed; `None` when it is none of this type.
    ///
    /// ```
    /// use parte::definition::{ParamType, ParamValue};
    /// assert_eq!(ParamType::Integer.parse("100000"), Some(ParamValue::Integer(100_000)));
    /// assert_eq!(ParamType::Date.parse("2026-02-30"), None);
    /// ```
    #[must_use]
    pub fn parse(self, text: &str) -> Option<ParamValue> {
        match self {
            Self::Text => {
                let one_line = text.len() <= LONGEST_TEXT && !text.chars().any(char::is_control);
                one_line.then(|| ParamValue::Text(text.to_owned()))
            }
            Self::Integer => text.parse().ok().map(ParamValue::Integer),
            // `inf`, `nan` and `infinity` are numbers to the parser and to nobody else.
            Self::Number => text
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite() && !text.contains(['n', 'N']))
                .map(ParamValue::Number),
            Self::Date => NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .ok()
                .filter(|day| text.len() == 10 && (1..=9999).contains(&day.year()))
                .map(ParamValue::Date),
            Self::Boolean => text.parse().ok().map(ParamValue::Boolean),
        }
    }

    /// What is said of a value that is none of this type, and how to write one.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Text => ("one line of at most 4000 bytes", "leave out line breaks and tabs, or shorten it"),
            Self::Integer => ("a whole number", "write digits alone: 100000"),
            Self::Number => ("a number", "write digits and a decimal point: 0.85"),
            Self::Date => ("a date", "write year, month and day: 2026-03-01"),
            Self::Boolean => ("true or false", "write true or false"),
        }
    }
}

/// A value of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum ParamValue {
    /// Words.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number; finite.
    Number(f64),
    /// A civil day.
    Date(NaiveDate),
    /// True or false.
    Boolean(bool),
}

impl Display for ParamValue {
    /// As it is typed: [`ParamType::parse`] reads the same value back.
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Date(day) => write!(f, "{day}"),
            Self::Boolean(truth) => write!(f, "{truth}"),
        }
    }
}

/// One parameter as a report declares it.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// Its name: `:team` in SQL, `{{ params.team }}` in texts.
    pub name: String,
    /// What its values are.
    pub kind: ParamType,
    /// The value of a run that is given none; `None`: a run must be given one.
    pub default: Option<ParamValue>,
    /// The only values it may have; empty: any of its type.
    pub one_of: Vec<ParamValue>,
    /// Its name for people; `None`: its own name.
    pub label: Option<Text>,
}

impl Param {
    /// Reads a value as it is typed, by the declared type and list.
    ///
    /// # Errors
    /// It is not of the type, or not one of those it may be.
    pub fn parse(&self, text: &str) -> Result<ParamValue, ParamError> {
        let Some(value) = self.kind.parse(text) else {
            let (wanted, hint) = self.kind.words();
            let what = format!("`{}` must be {wanted}, not `{}`", self.name, shortened(text));
            return Err(ParamError { what, hint: hint.to_owned() });
        };
        if self.one_of.is_empty() || self.one_of.contains(&value) {
            return Ok(value);
        }
        let allowed: Vec<String> = self.one_of.iter().map(ToString::to_string).collect();
        Err(ParamError {
            what: format!("`{}` cannot be `{}`", self.name, shortened(text)),
            hint: suggest::hint(text, allowed.iter().map(String::as_str)),
        })
    }
}

/// Why a value cannot be given to a report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct ParamError {
    /// What is wrong, as a lower-case fragment.
    pub what: String,
    /// What to write.
    pub hint: String,
}

/// The parameters of a report in the order declared, and the values that a run was given.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Params {
    declared: Vec<Param>,
    given: BTreeMap<String, ParamValue>,
}

impl Params {
    /// Parameters with their defaults.
    #[must_use]
    pub fn new(declared: Vec<Param>) -> Self {
        Self { declared, given: BTreeMap::new() }
    }

    /// As declared.
    #[must_use]
    pub fn declared(&self) -> &[Param] {
        &self.declared
    }

    /// The same parameters with these values, as typed; what is not named keeps its default.
    ///
    /// # Errors
    /// A name that is not declared or stands there twice, a value that cannot be.
    pub fn with<'t>(&self, values: impl IntoIterator<Item = (&'t str, &'t str)>) -> Result<Self, ParamError> {
        let mut given = BTreeMap::new();
        for (name, text) in values {
            let Some(param) = self.declared.iter().find(|param| param.name == name) else {
                let names = self.declared.iter().map(|param| param.name.as_str());
                let hint = match self.declared.is_empty() {
                    true => "the report has no parameters".to_owned(),
                    false => suggest::hint(name, names),
                };
                return Err(ParamError {
                    what: format!("there is no parameter `{}`", shortened(name)),
                    hint,
                });
            };
            if given.insert(param.name.clone(), param.parse(text)?).is_some() {
                let what = format!("`{name}` is given twice");
                return Err(ParamError { what, hint: "keep one of the two".to_owned() });
            }
        }
        Ok(Self { declared: self.declared.clone(), given })
    }

    /// The same parameters with the values that a run was recorded with. A parameter that the report no longer has
    /// is left out: nothing asks for it.
    ///
    /// # Errors
    /// A value that is no longer allowed.
    pub fn recorded(&self, values: &BTreeMap<String, String>) -> Result<Self, ParamError> {
        let declared = |name: &&String| self.declared.iter().any(|param| param.name == **name);
        self.with(values.keys().filter(declared).map(|name| (name.as_str(), values[name].as_str())))
    }

    /// The value of a parameter: given, or its default. `None`: it has none, or there is no such parameter.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&ParamValue> {
        let default = || self.declared.iter().find(|param| param.name == name)?.default.as_ref();
        self.given.get(name).or_else(default)
    }

    /// Each parameter with its value.
    pub fn iter(&self) -> impl Iterator<Item = (&Param, Option<&ParamValue>)> {
        self.declared.iter().map(|param| (param, self.value(&param.name)))
    }

    /// The first parameter that has no value.
    #[must_use]
    pub fn missing(&self) -> Option<&Param> {
        self.iter().find(|(_, value)| value.is_none()).map(|(param, _)| param)
    }

    /// Every value as it is typed, by name: what a run is recorded with.
    #[must_use]
    pub fn texts(&self) -> BTreeMap<String, String> {
        self.iter().filter_map(|(param, value)| Some((param.name.clone(), value?.to_string()))).collect()
    }

    /// The values that differ from the defaults, as typed.
    #[must_use]
    pub fn chosen(&self) -> BTreeMap<String, String> {
        self.differing().map(|(param, value)| (param.name.clone(), value.to_string())).collect()
    }

    fn differing(&self) -> impl Iterator<Item = (&Param, &ParamValue)> {
        self.iter()
            .filter(|(param, value)| *value != param.default.as_ref())
            .filter_map(|(param, value)| Some((param, value?)))
    }

    /// A word for names of files, so that runs with other values do not share one: `sur`, or with several
    /// parameters `team-sur_min_amount-5`. `None` when every value is the default. A value that a file's name cannot
    /// hold as it is gets six letters of its own behind it.
    #[must_use]
    pub fn file_word(&self) -> Option<String> {
        let mut exact = true;
        let words: Vec<String> = self
            .differing()
            .map(|(param, value)| {
                let text = value.to_string();
                let word = slug(&text).unwrap_or_default();
                exact &= word == text;
                match (self.declared.len(), word.is_empty()) {
                    (1, _) => word,
                    (_, true) => param.name.clone(),
                    (_, false) => format!("{}-{word}", param.name),
                }
            })
            .collect();
        if words.is_empty() {
            return None;
        }
        let mut word = words.join("_");
        if word.len() > LONGEST_WORD {
            exact = false;
            word.truncate(LONGEST_WORD);
        }
        if exact {
            return Some(word);
        }
        let joint = if word.is_empty() { "" } else { "-" };
        Some(format!("{word}{joint}{}", self.fingerprint()))
    }

    fn fingerprint(&self) -> String {
        let mut digest = Sha256::new();
        for (name, text) in self.chosen() {
            digest.update(name);
            digest.update([0]);
            digest.update(text);
            digest.update([0]);
        }
        digest.finalize().iter().take(3).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Longer words for files are cut.
const LONGEST_WORD: usize = 60;

/// A text as a message quotes it.
fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    let plain: String = text.chars().take(MOST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(MOST).is_some() { format!("{plain}…") } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn param(name: &str, kind: ParamType, default: Option<&str>) -> Param {
        let default = default.and_then(|text| kind.parse(text));
        Param { name: name.to_owned(), kind, default, one_of: Vec::new(), label: None }
    }

    #[test]
    fn a_value_is_read_back_as_it_is_written() {
        for (kind, text) in [
            (ParamType::Text, "Ñandú 'x' \\ -- ;"),
            (ParamType::Text, ""),
            (ParamType::Integer, "-9223372036854775808"),
            (ParamType::Number, "1e300"),
            (ParamType::Number, "-0.1"),
            (ParamType::Date, "2026-02-28"),
            (ParamType::Boolean, "true"),
        ] {
            let value = kind.parse(text).expect(text);
            assert_eq!(kind.parse(&value.to_string()), Some(value), "{text}");
        }
    }

    #[test]
    fn what_is_not_of_the_type_is_refused() {
        for (kind, text) in [
            (ParamType::Integer, "1.5"),
            (ParamType::Integer, "9223372036854775808"),
            (ParamType::Number, "NaN"),
            (ParamType::Number, "infinity"),
            (ParamType::Number, "1,5"),
            (ParamType::Date, "2026-2-1"),
            (ParamType::Date, "2026-02-29"),
            (ParamType::Date, "+12345-01-01"),
            (ParamType::Boolean, "sí"),
            (ParamType::Text, "one\ntwo"),
        ] {
            assert_eq!(kind.parse(text), None, "{text}");
        }
    }

    #[test]
    fn runs_with_other_values_have_other_words_for_their_files() {
        let one = Params::new(vec![param("team", ParamType::Text, Some("norte"))]);
        let word = |params: &Params, values: &[(&str, &str)]| {
            params.with(values.iter().copied()).expect("values").file_word()
        };
        assert_eq!(word(&one, &[]), None);
        assert_eq!(word(&one, &[("team", "norte")]), None, "the default, said or not");
        assert_eq!(word(&one, &[("team", "sur")]).as_deref(), Some("sur"));
        let upper = word(&one, &[("team", "Sur")]).expect("a word");
        assert!(upper.starts_with("sur-") && upper.len() == 10, "{upper}");
        let signs = ["", "¿?", "!!", "sur!"].map(|text| word(&one, &[("team", text)]).expect("a word"));
        let distinct: std::collections::BTreeSet<&String> = signs.iter().collect();
        assert_eq!(distinct.len(), signs.len(), "{signs:?}");

        let two = Params::new(vec![
            param("team", ParamType::Text, Some("norte")),
            param("region", ParamType::Text, Some("norte")),
        ]);
        assert_eq!(word(&two, &[("region", "sur")]).as_deref(), Some("region-sur"));
        let both = word(&two, &[("region", "sur"), ("team", "oeste")]);
        assert_eq!(both.as_deref(), Some("team-oeste_region-sur"));
        let long = word(&two, &[("region", &"a".repeat(3000)), ("team", &"b".repeat(3000))]);
        assert!(long.expect("a word").len() < 80);
    }

    #[test]
    fn a_recorded_value_that_is_no_longer_allowed_is_told() {
        let mut team = param("team", ParamType::Text, Some("norte"));
        team.one_of = vec![ParamValue::Text("norte".to_owned()), ParamValue::Text("sur".to_owned())];
        let params = Params::new(vec![team]);
        let recorded =
            |name: &str, value: &str| params.recorded(&BTreeMap::from([(name.to_owned(), value.to_owned())]));
        assert_eq!(recorded("team", "sur").expect("a value").chosen()["team"], "sur");
        assert_eq!(recorded("gone", "x").expect("left out").texts()["team"], "norte");
        let error = recorded("team", "surr").expect_err("not allowed");
        assert_eq!(
            (error.what.as_str(), error.hint.as_str()),
            ("`team` cannot be `surr`", "did you mean `sur`?")
        );
    }
}

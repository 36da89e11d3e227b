//! A table of the file as written: typed values with their places, unknown and missing keys. Never knows what a
//! value means.

mod judged;
mod named;

use super::problems::{Place, Problems, Read};
use super::words;
use crate::suggest;
use std::cell::{Cell, RefCell};
use toml::de::{DeTable, DeValue};

/// A file that is read.
#[derive(Debug)]
pub(super) struct Page<'a> {
    /// Its name, as shown to people.
    pub(super) name: &'a str,
    /// Its text, as shown to people.
    pub(super) text: &'a str,
    /// Parts that could not be read for their syntax.
    pub(super) lost: &'a [Place],
    /// What was found in it so far.
    pub(super) problems: &'a Problems,
    /// What could not be read of any file.
    pub(super) unread: &'a Unread,
}

/// What could not be read of any file: a name that nothing has may have been given there.
#[derive(Debug, Default)]
pub(super) struct Unread {
    /// Parts lost for their syntax.
    pub(super) parts: Vec<String>,
    /// A whole file is not there.
    pub(super) files: bool,
}

impl Page<'_> {
    /// Do the unreadable parts speak of this word? Then its absence is no fault of its own.
    pub(super) fn lost_mentions(&self, word: &str) -> bool {
        self.lost.iter().any(|place| self.text[place.clone()].contains(word))
    }

    /// May the unreadable parts of some file define this name? Then that nothing has it is no fault of its own.
    pub(super) fn may_be_defined(&self, name: &str) -> bool {
        self.unread.files || self.unread.parts.iter().any(|part| part.contains(name))
    }
}

/// A value and where it was written.
#[derive(Debug, Clone)]
pub(super) struct Spot<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

impl<T> Spot<T> {
    pub(super) fn new(value: T, place: Place) -> Self {
        Self { value, place }
    }
}

/// A key that is planned or was considered, and what to do without it.
pub(super) type Refused = (&'static str, &'static str);

/// A table. Every key asked for is a known one; when the table is dropped, the others are reported.
pub(super) struct Table<'a> {
    page: &'a Page<'a>,
    entries: &'a DeTable<'a>,
    /// Its heading, or the whole of an inline table; `None` for the file itself.
    place: Option<Place>,
    name: String,
    asked: RefCell<Vec<&'static str>>,
    missing: RefCell<Vec<(&'static str, &'static str)>>,
    refused: &'static [Refused],
    judged: Cell<bool>,
}

impl<'a> Table<'a> {
    pub(super) fn root(page: &'a Page<'a>, entries: &'a DeTable<'a>, refused: &'static [Refused]) -> Self {
        Self::new(page, entries, None, "this file".to_owned(), refused)
    }

    fn new(
        page: &'a Page<'a>,
        entries: &'a DeTable<'a>,
        place: Option<Place>,
        name: String,
        refused: &'static [Refused],
    ) -> Self {
        let (asked, missing, judged) = Default::default();
        Self { page, entries, place, name, asked, missing, refused, judged }
    }

    pub(super) fn page(&self) -> &'a Page<'a> {
        self.page
    }

    pub(super) fn problems(&self) -> &'a Problems {
        self.page.problems
    }

    /// How people call it: `[defaults]`.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// A place to point at when the table as a whole is at fault.
    pub(super) fn place(&self) -> Place {
        self.place.clone().unwrap_or(0..0)
    }

    /// Is the key written?
    pub(super) fn has(&self, key: &'static str) -> bool {
        self.ask(key);
        self.entries.contains_key(key)
    }

    /// Is the key written? It becomes no known one by that: for tables that may be written in several ways.
    pub(super) fn names(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// The place of a key that is written.
    pub(super) fn key_place(&self, key: &str) -> Place {
        self.entries.get_key_value(key).map_or_else(|| self.place(), |(key, _)| key.span())
    }

    /// Keys nobody has asked for so far.
    pub(super) fn has_unknown_keys(&self) -> bool {
        let asked = self.asked.borrow();
        self.entries.keys().any(|key| !asked.contains(&key.get_ref().as_ref()))
    }

    fn ask(&self, key: &'static str) {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(&key) {
            asked.push(key);
        }
    }

    fn get(&self, key: &'static str) -> Option<(&'a DeValue<'a>, Place)> {
        self.ask(key);
        self.entries.get(key).map(|value| (value.get_ref(), value.span()))
    }

    /// A value that must be there; `hint` shows how to write it.
    pub(super) fn need<T>(&self, key: &'static str, read: Read<Option<T>>, hint: &'static str) -> Read<T> {
        match read? {
            Some(value) => Ok(value),
            None if self.page.lost_mentions(key) => Err(self.problems().told_by_syntax()),
            None => {
                self.missing.borrow_mut().push((key, hint));
                Err(self.problems().told_later())
            }
        }
    }

    /// A key that belongs elsewhere: known, and refused with a reason.
    pub(super) fn refuse(&self, key: &'static str, what: &str, hint: &str) {
        if self.has(key) {
            self.problems().add("misplaced-key", &self.key_place(key), what, "does not belong here", hint);
        }
    }

    /// Keys that cannot be judged, because what they depend on is at fault already.
    pub(super) fn leave_unjudged(&self, keys: &[&'static str]) {
        for key in keys {
            self.ask(key);
        }
    }

    /// No key can be judged.
    pub(super) fn leave_everything_unjudged(&self) {
        self.judged.set(true);
    }

    pub(super) fn string(&self, key: &'static str) -> Read<Option<Spot<String>>> {
        let spot = self.string_with_secret(key)?;
        if let Some(spot) = &spot {
            self.no_secret(key, spot)?;
        }
        Ok(spot)
    }

    /// A string in which `${...}` may stand.
    pub(super) fn string_with_secret(&self, key: &'static str) -> Read<Option<Spot<String>>> {
        let Some((value, place)) = self.get(key) else { return Ok(None) };
        match value {
            DeValue::String(text) => Ok(Some(Spot::new(text.to_string(), place))),
            other => self.wrong_type(key, other, &place, "text", &words::text_hint(key)),
        }
    }

    pub(super) fn no_secret(&self, key: &str, spot: &Spot<String>) -> Read<()> {
        match crate::definition::secret::reference_in(&spot.value) {
            None => Ok(()),
            Some(part) => Err(self.problems().add(
                "misplaced-secret",
                &super::literal::locate(self.page.text, &spot.place, &spot.value, part),
                format!("a secret cannot stand in `{key}`"),
                "would be shown to people",
                "secrets may stand in the password of a `url` and in the values of `auth`",
            )),
        }
    }

    pub(super) fn boolean(&self, key: &'static str) -> Read<Option<bool>> {
        let Some((value, place)) = self.get(key) else { return Ok(None) };
        match value {
            DeValue::Boolean(value) => Ok(Some(*value)),
            other => {
                let hint = format!("write {key} = true or {key} = false, without quotes");
                self.wrong_type(key, other, &place, "true or false", &hint)
            }
        }
    }

    /// Is it written as a table of its own?
    pub(super) fn holds_a_table(&self, key: &'static str) -> bool {
        matches!(self.get(key), Some((DeValue::Table(_), _)))
    }

    pub(super) fn integer(&self, key: &'static str) -> Read<Option<Spot<i64>>> {
        let Some((value, place)) = self.get(key) else { return Ok(None) };
        if let DeValue::Integer(digits) = value
            && let Ok(number) = i64::from_str_radix(digits.as_str(), digits.radix())
        {
            return Ok(Some(Spot::new(number, place)));
        }
        let hint = format!("write digits without quotes: {key} = 1");
        self.wrong_type(key, value, &place, "a whole number", &hint)
    }

    /// A number, whole or not; never infinite, never NaN.
    pub(super) fn number(&self, key: &'static str) -> Read<Option<f64>> {
        let Some((value, place)) = self.get(key) else { return Ok(None) };
        let number = match value {
            DeValue::Integer(digits) if digits.radix() == 10 => digits.as_str().parse::<f64>().ok(),
            DeValue::Float(digits) => digits.as_str().parse::<f64>().ok(),
            _ => None,
        };
        match number.filter(|number| number.is_finite()) {
            Some(number) => Ok(Some(number)),
            None => {
                let hint = format!("write digits and a decimal point, without quotes: {key} = 0.85");
                self.wrong_type(key, value, &place, "a number", &hint)
            }
        }
    }

    /// A list of strings, each with its place; what is no string is reported and left out of an `Err`.
    pub(super) fn strings(&self, key: &'static str) -> Read<Option<Spot<Vec<Spot<String>>>>> {
        let hint = || {
            let example = match self.entries.get(key).map(|value| value.get_ref()) {
                Some(DeValue::String(word)) if !word.contains("${") => format!("[\"{word}\"]"),
                _ => "[\"...\", \"...\"]".to_owned(),
            };
            format!("write a list of words in quotes: {key} = {example}")
        };
        let Some(items) = self.list(key, hint)? else { return Ok(None) };
        let mut strings = Vec::with_capacity(items.value.len());
        let mut fault = None;
        for item in items.value {
            match item.value {
                DeValue::String(text) => {
                    let spot = Spot::new(text.to_string(), item.place);
                    match self.no_secret(key, &spot) {
                        Ok(()) => strings.push(spot),
                        Err(reported) => fault = Some(reported),
                    }
                }
                other => {
                    let wanted = "a list of text";
                    fault = self.wrong_type::<()>(key, other, &item.place, wanted, &hint()).err();
                }
            }
        }
        match fault {
            Some(reported) => Err(reported),
            None => Ok(Some(Spot::new(strings, items.place))),
        }
    }

    /// A list of anything; the hint is made when it is none.
    pub(super) fn list(
        &self,
        key: &'static str,
        hint: impl FnOnce() -> String,
    ) -> Read<Option<Spot<Vec<Spot<&'a DeValue<'a>>>>>> {
        let Some((value, place)) = self.get(key) else { return Ok(None) };
        match value {
            DeValue::Array(items) => {
                let items = items.iter().map(|item| Spot::new(item.get_ref(), item.span())).collect();
                Ok(Some(Spot::new(items, place)))
            }
            other => self.wrong_type(key, other, &place, "a list", &hint()),
        }
    }

    /// Any value, for keys that may be written in more than one way.
    pub(super) fn value(&self, key: &'static str) -> Option<Spot<&'a DeValue<'a>>> {
        self.get(key).map(|(value, place)| Spot::new(value, place))
    }

    /// A table by its key; `name` is how people call it.
    pub(super) fn table(
        &self,
        key: &'static str,
        name: &str,
        hint: &str,
        refused: &'static [Refused],
    ) -> Read<Option<Table<'a>>> {
        let Some((value, place)) = self.get(key) else { return Ok(None) };
        match value {
            DeValue::Table(entries) => {
                Ok(Some(Table::new(self.page, entries, Some(place), name.to_owned(), refused)))
            }
            other => self.wrong_type(key, other, &place, "a table", hint),
        }
    }

    /// A list of tables, written `[[...]]`; those that are no tables are reported.
    pub(super) fn tables(
        &self,
        key: &'static str,
        name: &str,
        refused: &'static [Refused],
    ) -> Read<Vec<Table<'a>>> {
        let hint = || format!("begin each one with a line {name}, in two brackets");
        let Some(items) = self.list(key, hint)? else { return Ok(Vec::new()) };
        let mut tables = Vec::with_capacity(items.value.len());
        for item in items.value {
            match item.value {
                DeValue::Table(entries) => {
                    tables.push(Table::new(self.page, entries, Some(item.place), name.to_owned(), refused));
                }
                other => {
                    let _ = self.wrong_type::<()>(key, other, &item.place, "a list of tables", &hint());
                }
            }
        }
        Ok(tables)
    }

    /// A table that is a value of this one; `name` is how people call it.
    pub(super) fn inner(&self, entries: &'a DeTable<'a>, place: Place, name: String) -> Table<'a> {
        Table::new(self.page, entries, Some(place), name, &[])
    }

    /// Is the key absent, and another there that was probably meant to be it? Its unknown name is told; that it is
    /// absent would be the same fault again.
    pub(super) fn misspelt(&self, key: &'static str) -> Read<()> {
        let meant = |(other, _): (&toml::Spanned<toml::de::DeString<'a>>, &toml::Spanned<DeValue<'a>>)| {
            suggest::closest(other.get_ref(), [key]).is_some()
        };
        if !self.entries.contains_key(key) && self.entries.iter().any(meant) {
            return Err(self.problems().told_later());
        }
        Ok(())
    }

    fn wrong_type<T>(
        &self,
        key: &str,
        found: &DeValue<'_>,
        place: &Place,
        wanted: &str,
        hint: &str,
    ) -> Read<T> {
        let what = match (wanted, found) {
            ("a list", DeValue::Table(_)) => format!("`{key}` is a list: there can be several"),
            _ => format!("`{key}` must be {wanted}"),
        };
        let label = match (wanted, found) {
            ("a whole number", DeValue::Integer(_)) => "too large".to_owned(),
            ("a number", DeValue::Float(_)) => "without end, or none at all".to_owned(),
            _ => format!("this is {}", kind_of(found)),
        };
        Err(self.problems().add("wrong-type", place, what, label, hint))
    }
}

/// What a value is, for people.
pub(super) fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with decimals",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(at) => match (at.date, at.time) {
            (Some(_), Some(_)) => "a date with a time",
            (Some(_), None) => "a date",
            _ => "a time",
        },
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

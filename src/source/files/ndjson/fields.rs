//! What of a JSON object is a value of a row: fields by their names, those of objects within it by dotted ones, without what nobody
//! asked for being built.

use crate::source::files::cell::Cell;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Field {
    Absent,
    Text(String),
    Whole(i64),
    Real(f64),
}

impl Field {
    pub(super) fn cell(&self) -> Cell<'_> {
        match self {
            Self::Absent => Cell::Absent,
            Self::Text(text) => Cell::Text(text.as_bytes()),
            Self::Whole(number) => Cell::Whole(*number),
            Self::Real(number) => Cell::Real(*number),
        }
    }
}

/// Where the fields of a row are.
#[derive(Debug, Default)]
pub(super) struct Paths {
    /// Rows' places of what is called so.
    here: BTreeMap<String, Node>,
}

#[derive(Debug, Default)]
struct Node {
    /// The places of the value itself.
    places: Vec<usize>,
    /// Of fields of the object that it is.
    inner: Paths,
}

impl Paths {
    pub(super) fn new(names: &[Option<&str>]) -> Self {
        let mut paths = Self::default();
        for (place, name) in names.iter().enumerate() {
            let Some(name) = name else { continue };
            // A field may have a dot in its own name, too: then it is found by that.
            paths.here.entry((*name).to_owned()).or_default().places.push(place);
            let mut level = &mut paths;
            let mut parts = name.split('.').peekable();
            while let Some(part) = parts.next() {
                let node = level.here.entry(part.to_owned()).or_default();
                if parts.peek().is_none() {
                    if !node.places.contains(&place) {
                        node.places.push(place);
                    }
                    break;
                }
                level = &mut node.inner;
            }
        }
        paths
    }

    /// Reads a row into these values.
    pub(super) fn row<'p>(&'p self, values: &'p mut [Field]) -> Row<'p> {
        Row { paths: self, values }
    }
}

/// An object whose fields are read.
pub(super) struct Row<'p> {
    paths: &'p Paths,
    values: &'p mut [Field],
}

impl<'de> DeserializeSeed<'de> for Row<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            match self.paths.here.get(key.as_ref()) {
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
                Some(node) => map.next_value_seed(Inner { node, values: self.values })?,
            }
        }
        Ok(())
    }
}

/// A value that is asked for, or in which something is.
struct Inner<'p> {
    node: &'p Node,
    values: &'p mut [Field],
}

impl Inner<'_> {
    fn put(self, field: Field) {
        for place in &self.node.places {
            if let Some(value) = self.values.get_mut(*place) {
                value.clone_from(&field);
            }
        }
    }
}

impl<'de> DeserializeSeed<'de> for Inner<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Inner<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        self.put(Field::Absent);
        Ok(())
    }
    fn visit_bool<E>(self, truth: bool) -> Result<(), E> {
        self.put(Field::Whole(i64::from(truth)));
        Ok(())
    }
    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.put(Field::Whole(number));
        Ok(())
    }
    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        // Digits of a key that no number of the frames can hold stay digits.
        self.put(i64::try_from(number).map_or_else(|_| Field::Text(number.to_string()), Field::Whole));
        Ok(())
    }
    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.put(Field::Real(number));
        Ok(())
    }
    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.put(Field::Text(text.to_owned()));
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        if self.node.places.is_empty() {
            while items.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        let mut all = Vec::new();
        while let Some(item) = items.next_element::<Value>()? {
            all.push(item);
        }
        self.put(Field::Text(Value::Array(all).to_string()));
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        if self.node.places.is_empty() {
            return Row { paths: &self.node.inner, values: self.values }.visit_map(map);
        }
        let mut all = serde_json::Map::new();
        while let Some((key, value)) = map.next_entry::<String, Value>()? {
            all.insert(key, value);
        }
        let whole = Value::Object(all);
        let inner = Row { paths: &self.node.inner, values: self.values };
        inner.deserialize(&whole).map_err(A::Error::custom)?;
        self.put(Field::Text(whole.to_string()));
        Ok(())
    }
}

/// Names of the fields that objects have, in the order in which they were first seen; of an object within an object those of its fields.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    before: String,
    seen: Vec<String>,
}

impl Names {
    pub(super) fn has(&self, name: &str) -> bool {
        self.seen.iter().any(|seen| seen.eq_ignore_ascii_case(name))
    }

    pub(super) fn into_names(self) -> Vec<String> {
        self.seen
    }

    fn add(&mut self, name: &str) {
        let name = format!("{}{name}", self.before);
        if !self.seen.contains(&name) {
            self.seen.push(name);
        }
    }
}

impl<'de> DeserializeSeed<'de> for Names {
    type Value = Self;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Names {
    type Value = Self;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self, A::Error> {
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            self.add(&key);
            let before = std::mem::take(&mut self.before);
            let inner = format!("{before}{key}.");
            self = map.next_value_seed(Within(Self { before: inner, seen: self.seen }))?;
            self.before = before;
        }
        Ok(self)
    }
}

/// A value in which there may be fields.
struct Within(Names);

impl<'de> DeserializeSeed<'de> for Within {
    type Value = Names;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Names, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Within {
    type Value = Names;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_unit<E>(self) -> Result<Names, E> {
        Ok(self.0)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Names, E> {
        Ok(self.0)
    }
    fn visit_i64<E>(self, _: i64) -> Result<Names, E> {
        Ok(self.0)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Names, E> {
        Ok(self.0)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Names, E> {
        Ok(self.0)
    }
    fn visit_str<E>(self, _: &str) -> Result<Names, E> {
        Ok(self.0)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Names, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(self.0)
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Names, A::Error> {
        self.0.visit_map(map)
    }
}

/// The text with each half of a pair that stands alone made the sign for a letter that is missing; `None`: there is none.
pub(super) fn whole_letters(text: &str) -> Option<String> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut whole = String::with_capacity(text.len());
    let (mut at, mut done, mut is_changed) = (0, 0, false);
    let bytes = text.as_bytes();
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        let alone = match (unit(at), unit(at + 6)) {
            (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => {
                at += 12;
                continue;
            }
            (Some(0xd800..0xe000), _) => true,
            _ => false,
        };
        if alone {
            whole.push_str(&text[done..at]);
            whole.push_str("\\ufffd");
            at += 6;
            done = at;
            is_changed = true;
        } else {
            // Whatever is escaped is no escape itself.
            at += 2;
        }
    }
    whole.push_str(text.get(done..).unwrap_or_default());
    is_changed.then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str, names: &[&str]) -> Vec<Field> {
        let names: Vec<Option<&str>> = names.iter().map(|name| Some(*name)).collect();
        let paths = Paths::new(&names);
        let mut values = vec![Field::Absent; names.len()];
        paths.row(&mut values).deserialize(&mut serde_json::Deserializer::from_str(text)).expect("a row");
        values
    }

    #[test]
    fn fields_are_found_by_dotted_names_at_any_depth() {
        let text = r#"{"id": 7, "seller": {"id": "S1", "team": {"name": "Norte"}}, "a.b": true, "none": null,
            "tags": ["x", {"y": 1}], "big": 18446744073709551615, "amount": 1.5}"#;
        let names =
            ["id", "seller.id", "seller.team.name", "a.b", "none", "tags", "big", "amount", "seller.team"];
        let text_of = |text: &str| Field::Text(text.to_owned());
        assert_eq!(
            row(text, &names),
            [
                Field::Whole(7),
                text_of("S1"),
                text_of("Norte"),
                Field::Whole(1),
                Field::Absent,
                text_of(r#"["x",{"y":1}]"#),
                text_of("18446744073709551615"),
                Field::Real(1.5),
                text_of(r#"{"name":"Norte"}"#),
            ]
        );
        let mut reader = serde_json::Deserializer::from_str(text);
        let seen = Names::default().deserialize(&mut reader).expect("names");
        assert!(names.iter().all(|name| seen.has(name)), "{seen:?}");
    }

    #[test]
    fn a_half_of_a_pair_is_a_letter_that_is_missing_and_a_whole_pair_stays() {
        assert_eq!(whole_letters(r#"{"a": "\ud83d\ude00"}"#), None);
        assert_eq!(whole_letters(r#"{"a": "x\ud83dy"}"#).as_deref(), Some(r#"{"a": "x\ufffdy"}"#));
        assert_eq!(whole_letters(r#"{"a": "\ude00"}"#).as_deref(), Some(r#"{"a": "\ufffd"}"#));
        assert_eq!(whole_letters(r#"{"a": "\\ud83d"}"#), None);
    }
}

//! The rows of one list: their JSON as it is sent, and what filters hold against them. A page is put together from texts
//! that are there already, so that a list of 100,000 rows costs no more to serve than one of a hundred.

use super::listing::{Filter, Listing, Test};
use chrono::{DateTime, NaiveDate};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What a filter finds in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    Absent,
    Text(Arc<str>),
    /// Microseconds since 1970.
    Instant(i64),
    Flag(bool),
}

/// A row.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) id: Arc<str>,
    /// As it stands in the list.
    pub(crate) listed: Box<str>,
    /// As it stands alone, where that is more.
    whole: Option<Box<str>>,
    /// One for each filter of the list, in their order.
    keys: Box<[Key]>,
}

/// A condition: which filter, and what it asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Asked {
    /// The same text.
    Text(Arc<str>),
    /// Text in lower case that is somewhere in it.
    Holds(Arc<str>),
    Flag(bool),
    /// Microseconds since 1970.
    From(i64),
    /// Microseconds since 1970, and whether that instant belongs to it.
    To(i64, bool),
}

/// The number of a filter in its list, and what is asked of it.
pub(crate) type Condition = (usize, Asked);

impl Row {
    /// A row from its JSON; `hidden` fields can be asked for, but are not in the list.
    pub(crate) fn new(listing: Listing, value: &Map<String, Value>, hidden: &[String]) -> Self {
        let keys = listing.filters().iter().map(|filter| key(filter, value)).collect();
        let id =
            listing.id_fields().iter().find_map(|field| value.get(*field)).map_or_else(String::new, text);
        let is_hidden =
            |name: &str| hidden.iter().any(|one| one == name) || listing.detail_fields().contains(&name);
        let written = |value: &Map<String, Value>| serde_json::to_string(value).expect("a map is JSON");
        let whole = written(value).into_boxed_str();
        if value.keys().any(|name| is_hidden(name)) {
            let shown = value.iter().filter(|(name, _)| !is_hidden(name));
            let listed = written(&shown.map(|(name, value)| (name.clone(), value.clone())).collect());
            return Self { id: id.into(), listed: listed.into_boxed_str(), whole: Some(whole), keys };
        }
        Self { id: id.into(), listed: whole, whole: None, keys }
    }

    /// A user's state of a day, made without a tree of JSON in between: there are many of them.
    pub(crate) fn state(user: &Arc<str>, state: &Arc<str>, date: &Arc<str>) -> Self {
        let listed = format!(
            r#"{{"user_id":"{user}","kpi_name":"user_state","kpi_value":"{state}","date":"{date}"}}"#
        );
        let keys = Box::new([
            Key::Text(Arc::clone(state)),
            Key::Text(Arc::clone(date)),
            Key::Text(Arc::clone(user)),
        ]);
        Self { id: Arc::clone(user), listed: listed.into_boxed_str(), whole: None, keys }
    }

    /// As it is sent when it is asked for alone.
    pub(crate) fn whole(&self) -> &str {
        self.whole.as_deref().unwrap_or(&self.listed)
    }

    fn meets(&self, (filter, asked): &Condition) -> bool {
        match (&self.keys[*filter], asked) {
            (Key::Text(text), Asked::Text(wanted)) => text == wanted,
            (Key::Text(text), Asked::Holds(wanted)) => text.contains(&**wanted),
            (Key::Flag(flag), Asked::Flag(wanted)) => flag == wanted,
            (Key::Instant(at), Asked::From(from)) => at >= from,
            (Key::Instant(at), Asked::To(to, inclusive)) => at < to || (*inclusive && at == to),
            _ => false,
        }
    }
}

/// Both spellings of the platform are one status.
pub(crate) fn folded(text: &str) -> &str {
    if text == "CANCELED" { "CANCELLED" } else { text }
}

/// Microseconds since 1970 of an ISO 8601 instant with an offset.
pub(crate) fn instant(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.timestamp_micros())
}

/// Microseconds since 1970 of the start of a civil day, in UTC.
pub(crate) fn midnight(text: &str) -> Option<i64> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(day.and_hms_opt(0, 0, 0)?.and_utc().timestamp_micros())
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn found<'a>(value: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let mut parts = path.split('.');
    let first = value.get(parts.next()?)?;
    parts.try_fold(first, |value, part| value.get(part)).filter(|value| !value.is_null())
}

fn key(filter: &Filter, value: &Map<String, Value>) -> Key {
    let mut there = filter.fields.iter().filter_map(|path| found(value, path));
    if filter.test == Test::Holds {
        let texts: Vec<&str> = there.filter_map(Value::as_str).collect();
        return Key::Text(texts.join("\n").to_lowercase().into());
    }
    let Some(value) = there.next() else { return Key::Absent };
    match filter.test {
        Test::From | Test::To => value.as_str().and_then(instant).map_or(Key::Absent, Key::Instant),
        Test::Flag | Test::Only => value.as_bool().map_or(Key::Absent, Key::Flag),
        _ => Key::Text(folded(&text(value)).into()),
    }
}

/// The rows of a list, in the order in which they are sent.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    rows: Vec<Arc<Row>>,
    /// Rows that meet conditions, by these: a list is read page by page under the same ones.
    chosen: HashMap<Vec<Condition>, Arc<[u32]>>,
}

impl Rows {
    pub(crate) fn new(rows: Vec<Row>) -> Self {
        Self { rows: rows.into_iter().map(Arc::new).collect(), chosen: HashMap::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// All rows, in their order.
    pub(crate) fn all(&self) -> &[Arc<Row>] {
        &self.rows
    }

    /// The row with this id.
    pub(crate) fn with_id(&self, id: &str) -> Option<&Arc<Row>> {
        self.rows.iter().find(|row| *row.id == *id)
    }

    /// How many rows meet all conditions, and those of them from `from` on, at most `count`.
    pub(crate) fn page(&mut self, conditions: &[Condition], from: u64, count: u64) -> (u64, Vec<Arc<Row>>) {
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        if conditions.is_empty() {
            return (self.len() as u64, self.rows.iter().skip(from).take(count).cloned().collect());
        }
        // many different conditions (a user each) must not keep a list each
        if self.chosen.len() > 64 {
            self.chosen.clear();
        }
        let rows = &self.rows;
        let chosen = self.chosen.entry(conditions.to_vec()).or_insert_with(|| {
            let met = rows.iter().enumerate().filter(|(_, row)| conditions.iter().all(|one| row.meets(one)));
            met.map(|(number, _)| u32::try_from(number).expect("fewer rows")).collect()
        });
        let page = chosen.iter().skip(from).take(count).map(|number| Arc::clone(&rows[*number as usize]));
        (chosen.len() as u64, page.collect())
    }

    /// Puts rows before all others, the first of them first.
    pub(crate) fn insert(&mut self, rows: Vec<Row>) {
        self.chosen.clear();
        self.rows.splice(0..0, rows.into_iter().map(Arc::new));
    }

    /// Takes out rows by their ids; returns how many there were.
    pub(crate) fn delete(&mut self, ids: &HashSet<&str>) -> usize {
        self.chosen.clear();
        let before = self.rows.len();
        self.rows.retain(|row| !ids.contains(&*row.id));
        before - self.rows.len()
    }

    /// Takes out the first rows; returns how many there were.
    pub(crate) fn delete_first(&mut self, count: usize) -> usize {
        self.chosen.clear();
        self.rows.drain(..count.min(self.rows.len())).count()
    }

    /// Puts a row into the place of the one with its id; returns whether there was one.
    pub(crate) fn replace(&mut self, row: Row) -> bool {
        self.chosen.clear();
        let place = self.rows.iter_mut().find(|one| one.id == row.id);
        place.map(|place| *place = Arc::new(row)).is_some()
    }
}

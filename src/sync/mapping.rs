//! Rows of answers as rows of the copy: which field fills which column, in each generation of the API. Unknown fields are left aside;
//! a value that is not what its column holds is kept as it came, so that the report that reads it can tell.

mod fields;

use super::listing::Listing;
use crate::definition::FrameName;
use chrono::{DateTime, NaiveDate, SecondsFormat};
use fields::Kind;
use rusqlite::types::Value as Cell;
use serde_json::Value;
use std::collections::HashMap;

/// A column of the copy.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    kind: Kind,
    /// The fields that fill it, of which the first that is there does.
    pub(super) from: Vec<String>,
    /// It is there without any value in it; others only once there is one, so that a report can tell what the API does not know.
    pub(super) always: bool,
}

impl Column {
    /// Is it filled from a name, which may stand in two fields?
    pub(super) fn is_name(&self) -> bool {
        self.kind == Kind::Name
    }
}

/// How answers of a listing become rows.
#[derive(Debug)]
pub(super) struct Mapping {
    frame: FrameName,
    pub(super) columns: Vec<Column>,
}

/// The columns that tell a row from others.
pub(super) fn key(frame: FrameName) -> &'static [&'static str] {
    match frame {
        FrameName::Tasks => &["task_id"],
        FrameName::UserStates => &["user_id", "date", "segment_name"],
        FrameName::Sellers => &["seller_id"],
        FrameName::Users => &["user_id"],
        FrameName::Assignments => &["seller_id", "user_id", "type"],
        FrameName::Targets => &[],
    }
}

/// Of the key, the columns without which a row is none.
pub(super) fn needed(frame: FrameName) -> &'static [&'static str] {
    match frame {
        FrameName::UserStates | FrameName::Assignments => &key(frame)[..2],
        _ => key(frame),
    }
}

/// A row of the copy: the values of the mapping's columns.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) key: String,
    /// What the API calls it, where that is not its key: two commerces may have the same id of the client.
    pub(super) id: Option<String>,
    pub(super) cells: Vec<Cell>,
}

/// What became of a row of an answer.
#[derive(Debug, PartialEq)]
pub(super) enum Mapped {
    Row(Row),
    /// It has no key.
    Keyless,
    /// It is about something else.
    Other,
}

impl Mapping {
    pub(super) fn of(listing: Listing<'_>) -> Self {
        let fields = fields::of(listing.frame, listing.source.generation).concat();
        let column = |(name, kind, from, always): &fields::Field| Column {
            name: (*name).to_owned(),
            kind: *kind,
            from: from.iter().map(|path| (*path).to_owned()).collect(),
            always: *always,
        };
        let mut columns: Vec<Column> = fields.iter().map(column).collect();
        for (name, path) in listing.source.fields.get(&listing.frame).into_iter().flatten() {
            let from = vec![path.clone()];
            match columns.iter_mut().find(|column| column.name == *name) {
                Some(column) => (column.from, column.always) = (from, true),
                None => columns.push(Column { name: name.clone(), kind: kind_of(name), from, always: true }),
            }
        }
        Self { frame: listing.frame, columns }
    }

    /// Where a column stands among the cells of a row.
    pub(super) fn at(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The values of the columns, whether or not they make a row.
    pub(super) fn cells(&self, answer: &Value) -> Vec<Cell> {
        let mut cells: Vec<Cell> = self.columns.iter().map(|column| cell(column, answer)).collect();
        if self.frame == FrameName::Tasks {
            self.add_type(&mut cells);
            // a result that is still to come is none
            if let Some(at) = self.at("outcome")
                && cells[at] == Cell::Text("pending".to_owned())
            {
                cells[at] = Cell::Null;
            }
        }
        cells
    }

    pub(super) fn row(&self, answer: &Value) -> Mapped {
        if self.frame == FrameName::UserStates
            && answer.get("kpi_name").and_then(Value::as_str).is_some_and(|name| name != "user_state")
        {
            return Mapped::Other;
        }
        let cells = self.cells(answer);
        let text = |name: &str| match self.at(name).map(|at| &cells[at]) {
            Some(Cell::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        if needed(self.frame).iter().any(|name| text(name).is_none()) {
            return Mapped::Keyless;
        }
        let parts: Vec<&str> = key(self.frame).iter().map(|name| text(name).unwrap_or_default()).collect();
        // lengths, so that no two keys look alike whatever their texts hold
        let key = parts.iter().map(|part| format!("{}:{part}", part.len())).collect();
        let id = ["id", "task_id"].into_iter().find_map(|name| text_of(answer.get(name)?));
        Mapped::Row(Row { key, id, cells })
    }

    /// The kind of contact follows from its channel: no generation has the documented word.
    fn add_type(&self, cells: &mut [Cell]) {
        let (Some(at), Some(channel)) = (self.at("type"), self.at("channel")) else { return };
        if cells[at] != Cell::Null {
            return;
        }
        let Cell::Text(channel) = &cells[channel] else { return };
        let kind = match channel.as_str() {
            "salesman" => "visit",
            "callcenter" => "call",
            "whatsapp" | "email" | "sms" | "push" => "message",
            _ => return,
        };
        cells[at] = Cell::Text(kind.to_owned());
    }

    /// When a row was changed, as far as it says.
    pub(super) fn changed_at<'r>(&self, row: &'r Row) -> Option<&'r str> {
        match &row.cells[self.at("updated_at")?] {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// What a column holds that the definition has filled and no generation names.
fn kind_of(name: &str) -> Kind {
    match name {
        _ if name.ends_with("_at") => Kind::Instant,
        "channel" | "channel_secondary" | "type" | "objective" | "outcome" => Kind::Word,
        "priority" | "score" | "attempts" | "duration_min" | "sales_amount" => Kind::Number,
        "from" | "to" | "hire_date" | "date" => Kind::Day,
        _ => Kind::Text,
    }
}

fn found<'v>(answer: &'v Value, path: &str) -> Option<&'v Value> {
    // a field may have the dots in its own name
    let whole = answer.get(path);
    let value = whole.or_else(|| path.split('.').try_fold(answer, |inner, name| inner.get(name)))?;
    (!value.is_null() && value.as_str() != Some("")).then_some(value)
}

fn cell(column: &Column, answer: &Value) -> Cell {
    let value = column.from.iter().find_map(|path| found(answer, path));
    let Some(value) = value else {
        return if column.kind == Kind::Name { name_in_two(answer) } else { Cell::Null };
    };
    match column.kind {
        Kind::Text | Kind::Name => text(value).map_or(Cell::Null, Cell::Text),
        Kind::Word => text(value).map_or(Cell::Null, |text| Cell::Text(text.trim().to_lowercase())),
        Kind::Number => number(value),
        Kind::Instant => instant(value),
        Kind::Day => day(value),
        Kind::Active => match value {
            Value::Bool(active) => Cell::Text(if *active { "active" } else { "inactive" }.to_owned()),
            other => text(other).map_or(Cell::Null, |text| Cell::Text(text.trim().to_lowercase())),
        },
    }
}

fn name_in_two(answer: &Value) -> Cell {
    let part = |names: [&str; 2]| names.into_iter().find_map(|name| found(answer, name)?.as_str());
    let parts: Vec<&str> = [part(["firstName", "first_name"]), part(["lastName", "last_name"])]
        .into_iter()
        .flatten()
        .map(str::trim)
        .collect();
    if parts.is_empty() { Cell::Null } else { Cell::Text(parts.join(" ")) }
}

fn text_of(value: &Value) -> Option<String> {
    text(value).filter(|text| !text.is_empty())
}

/// A text; of an object what people are to read of it.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Object(fields) => {
            let said =
                ["label", "name", "code", "id"].into_iter().find_map(|name| fields.get(name)?.as_str());
            said.filter(|said| !said.is_empty())
                .map(str::to_owned)
                .or_else(|| (!fields.is_empty()).then(|| value.to_string()))
        }
        Value::Array(all) => (!all.is_empty()).then(|| value.to_string()),
    }
}

fn number(value: &Value) -> Cell {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(digits) => digits.trim().parse().ok(),
        _ => None,
    };
    match number.filter(|number| number.is_finite()) {
        Some(number) if number.fract() == 0.0 && number.abs() < 1e15 => Cell::Integer(number as i64),
        Some(number) => Cell::Real(number),
        None => text(value).map_or(Cell::Null, Cell::Text),
    }
}

/// An instant in one spelling, so that texts compare as instants do. One without an offset is left as it is: its zone is for the
/// definition to say.
fn instant(value: &Value) -> Cell {
    let spelled = |at: DateTime<chrono::Utc>| Cell::Text(at.to_rfc3339_opts(SecondsFormat::Millis, true));
    match value {
        Value::String(written) => match DateTime::parse_from_rfc3339(written.trim()) {
            Ok(at) => spelled(at.to_utc()),
            Err(_) => Cell::Text(written.clone()),
        },
        Value::Number(number) => {
            let epoch = number.as_i64();
            let at = epoch.and_then(|number| match number.abs() {
                0..100_000_000_000 => DateTime::from_timestamp(number, 0),
                _ => DateTime::from_timestamp_millis(number),
            });
            at.map_or_else(|| Cell::Text(number.to_string()), spelled)
        }
        other => text(other).map_or(Cell::Null, Cell::Text),
    }
}

fn day(value: &Value) -> Cell {
    let Some(written) = text(value) else { return Cell::Null };
    let head = written.get(..10).filter(|_| written.len() == 10 || written.as_bytes().get(10) == Some(&b'T'));
    match head.and_then(|head| NaiveDate::parse_from_str(head, "%Y-%m-%d").ok()) {
        Some(day) => Cell::Text(day.to_string()),
        None => Cell::Text(written),
    }
}

/// Rows by their keys: of two that have the same, the one that was changed later stays, else the one that came later.
pub(super) fn by_key(mapping: &Mapping, rows: Vec<Row>) -> (Vec<Row>, u64) {
    let mut places: HashMap<String, usize> = HashMap::with_capacity(rows.len());
    let mut kept: Vec<Row> = Vec::with_capacity(rows.len());
    let mut repeated = 0;
    for row in rows {
        match places.get(&row.key) {
            None => {
                places.insert(row.key.clone(), kept.len());
                kept.push(row);
            }
            Some(&at) => {
                repeated += 1;
                if mapping.changed_at(&row) >= mapping.changed_at(&kept[at]) {
                    kept[at] = row;
                }
            }
        }
    }
    (kept, repeated)
}

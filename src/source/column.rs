//! Typed column buffers that SQLite's values are pushed into, without an allocation a row.

use super::instant::{self, Spelled};
use super::legible::OwnDays;
use super::shape::Kind;
use chrono_tz::Tz;
use polars::prelude::*;
use rusqlite::types::ValueRef;

/// A column while it is read.
pub(super) struct Buffer {
    name: String,
    kind: Kind,
    zone: Tz,
    values: Values,
    /// Values that are not what the column holds, and one of them.
    unreadable: usize,
    example: Option<String>,
    offsets: Offsets,
}

/// How the instants of a column are written.
#[derive(Debug, Clone, Default)]
pub(super) struct Offsets {
    /// So many with an offset.
    pub(super) told: usize,
    /// So many without.
    pub(super) bare: usize,
    /// In which rows those without are, where somebody asks.
    rows: Option<Vec<u32>>,
}

impl Offsets {
    fn note(&mut self, row: usize, has_offset: bool) {
        if has_offset {
            self.told += 1;
            return;
        }
        self.bare += 1;
        if let Some(rows) = &mut self.rows {
            rows.extend(u32::try_from(row));
        }
    }

    /// Are there instants of both kinds?
    pub(super) fn are_mixed(&self) -> bool {
        self.told > 0 && self.bare > 0
    }

    /// The rows without an offset, where they were asked for.
    pub(super) fn bare_rows(&self) -> &[u32] {
        self.rows.as_deref().unwrap_or_default()
    }
}

enum Values {
    Text(StringChunkedBuilder),
    Integers(Vec<Option<i64>>),
    Numbers(Vec<Option<f64>>),
    /// Microseconds since 1970-01-01T00:00:00Z.
    Instants(Vec<Option<i64>>),
    /// Days since 1970-01-01.
    Days(Vec<Option<i32>>),
    /// An undocumented column of which only nulls have been seen, so many.
    Nothing(usize),
}

impl Buffer {
    pub(super) fn new(name: String, kind: Kind, zone: Tz) -> Self {
        let values = match kind {
            Kind::Text => Values::Text(StringChunkedBuilder::new(PlSmallStr::from_str(&name), 0)),
            Kind::Integer => Values::Integers(Vec::new()),
            Kind::Number => Values::Numbers(Vec::new()),
            Kind::Instant => Values::Instants(Vec::new()),
            Kind::Day => Values::Days(Vec::new()),
            Kind::Inferred => Values::Nothing(0),
        };
        Self { name, kind, zone, values, unreadable: 0, example: None, offsets: Offsets::default() }
    }

    /// The same, noting the rows in which an instant has no offset.
    pub(super) fn noting_bare_rows(mut self) -> Self {
        self.offsets.rows = Some(Vec::new());
        self
    }

    /// How its instants are written.
    pub(super) fn offsets(&self) -> &Offsets {
        &self.offsets
    }

    pub(super) fn push(&mut self, value: ValueRef<'_>) {
        if self.kind == Kind::Inferred {
            self.make_room_for(value);
        }
        let read = match &mut self.values {
            Values::Nothing(nulls) => {
                *nulls += 1;
                true
            }
            Values::Text(builder) => push_text(builder, value, self.kind == Kind::Text),
            Values::Integers(all) => push_read(all, value, integer(value)),
            Values::Numbers(all) => push_read(all, value, number(value)),
            Values::Instants(all) => {
                let read = instant_of_value(value, self.zone);
                if let Some(spelled) = read {
                    self.offsets.note(all.len(), spelled.has_offset);
                }
                push_read(all, value, read.map(|spelled| spelled.micros))
            }
            Values::Days(all) => push_read(all, value, day_of_value(value, self.zone)),
        };
        if !read {
            self.unreadable += 1;
            self.example.get_or_insert_with(|| shown(value));
        }
    }

    /// An undocumented column takes the narrowest type that holds all its values: whole numbers, numbers, text.
    fn make_room_for(&mut self, value: ValueRef<'_>) {
        let name = PlSmallStr::from_str(&self.name);
        let wider = match (&self.values, value) {
            (_, ValueRef::Null) => None,
            (Values::Nothing(n), ValueRef::Integer(_)) => Some(Values::Integers(vec![None; *n])),
            (Values::Nothing(n), ValueRef::Real(_)) => Some(Values::Numbers(vec![None; *n])),
            (Values::Nothing(n), ValueRef::Text(_) | ValueRef::Blob(_)) => {
                let mut builder = StringChunkedBuilder::new(name, *n);
                (0..*n).for_each(|_| builder.append_null());
                Some(Values::Text(builder))
            }
            (Values::Integers(all), ValueRef::Real(_)) =>
            {
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "a column of mixed numbers is a column of floats"
                )]
                Some(Values::Numbers(all.iter().map(|v| v.map(|n| n as f64)).collect()))
            }
            (Values::Integers(all), ValueRef::Text(_) | ValueRef::Blob(_)) => {
                let mut builder = StringChunkedBuilder::new(name, all.len());
                all.iter().for_each(|v| builder.append_option(v.map(|n| n.to_string())));
                Some(Values::Text(builder))
            }
            (Values::Numbers(all), ValueRef::Text(_) | ValueRef::Blob(_)) => {
                let mut builder = StringChunkedBuilder::new(name, all.len());
                all.iter().for_each(|v| builder.append_option(v.map(|n| n.to_string())));
                Some(Values::Text(builder))
            }
            _ => None,
        };
        if let Some(wider) = wider {
            self.values = wider;
        }
    }

    /// How many values were not readable as what the column holds, and one of them.
    pub(super) fn unreadable(&self) -> Option<(usize, String)> {
        self.example.clone().map(|example| (self.unreadable, example))
    }

    /// How many values were read as what the column holds; those that are absent are not.
    pub(super) fn readable(&self) -> usize {
        match &self.values {
            Values::Text(_) | Values::Nothing(_) => 0,
            Values::Integers(all) => all.iter().flatten().count(),
            Values::Numbers(all) => all.iter().flatten().count(),
            Values::Instants(all) => all.iter().flatten().count(),
            Values::Days(all) => all.iter().flatten().count(),
        }
    }

    /// How many instants or days lie in a period.
    pub(super) fn within(&self, period: &OwnDays) -> usize {
        match &self.values {
            Values::Instants(all) => all.iter().flatten().filter(|at| period.micros.contains(at)).count(),
            Values::Days(all) => {
                all.iter().flatten().filter(|day| period.days.contains(&i64::from(**day))).count()
            }
            _ => 0,
        }
    }

    pub(super) fn finish(self) -> PolarsResult<Column> {
        let name = PlSmallStr::from_string(self.name);
        let series = match self.values {
            Values::Text(builder) => builder.finish().into_series(),
            Values::Integers(all) => Int64Chunked::from_iter_options(name, all.into_iter()).into_series(),
            Values::Numbers(all) => Float64Chunked::from_iter_options(name, all.into_iter()).into_series(),
            Values::Instants(all) => Int64Chunked::from_iter_options(name, all.into_iter())
                .into_series()
                .cast(&DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)))?,
            Values::Days(all) => {
                Int32Chunked::from_iter_options(name, all.into_iter()).into_series().cast(&DataType::Date)?
            }
            Values::Nothing(nulls) => Series::full_null(name, nulls, &DataType::String),
        };
        Ok(series.into_column())
    }
}

/// Null and empty text are absent; `false`: there was a value, and it could not be read.
fn push_read<T>(all: &mut Vec<Option<T>>, value: ValueRef<'_>, read: Option<T>) -> bool {
    let absent = match value {
        ValueRef::Null => true,
        ValueRef::Text(text) => text.trim_ascii().is_empty(),
        _ => false,
    };
    let ok = absent || read.is_some();
    all.push(read);
    ok
}

fn push_text(builder: &mut StringChunkedBuilder, value: ValueRef<'_>, empty_is_absent: bool) -> bool {
    match value {
        ValueRef::Null => builder.append_null(),
        ValueRef::Text(text) if empty_is_absent && text.is_empty() => builder.append_null(),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => builder.append_value(text),
            Err(_) => {
                builder.append_null();
                return false;
            }
        },
        ValueRef::Integer(n) => builder.append_value(n.to_string()),
        ValueRef::Real(n) => builder.append_value(n.to_string()),
        ValueRef::Blob(_) => {
            builder.append_null();
            return false;
        }
    }
    true
}

fn text_of(value: ValueRef<'_>) -> Option<&str> {
    match value {
        ValueRef::Text(text) => std::str::from_utf8(text).ok().map(str::trim),
        _ => None,
    }
}

/// A float that is a whole number, as one.
fn whole(n: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
    (n.fract() == 0.0 && n.abs() < 9_007_199_254_740_992.0).then_some(n as i64)
}

fn integer(value: ValueRef<'_>) -> Option<i64> {
    match value {
        ValueRef::Integer(n) => Some(n),
        ValueRef::Real(n) => whole(n),
        _ => {
            let text = text_of(value)?;
            text.parse().ok().or_else(|| whole(text.parse().ok()?))
        }
    }
}

fn number(value: ValueRef<'_>) -> Option<f64> {
    let number = match value {
        #[expect(clippy::cast_precision_loss, reason = "a number column is a column of floats")]
        ValueRef::Integer(n) => n as f64,
        ValueRef::Real(n) => n,
        _ => text_of(value)?.parse().ok()?,
    };
    number.is_finite().then_some(number)
}

fn instant_of_value(value: ValueRef<'_>, zone: Tz) -> Option<Spelled> {
    match value {
        ValueRef::Integer(n) => instant::of_epoch(n).map(Spelled::whole),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole seconds decide whether it is an epoch at all"
        )]
        ValueRef::Real(n) => {
            let whole = instant::of_epoch(n.trunc() as i64)?;
            let scale = if n.abs() < 1e11 { 1e6 } else { 1e3 };
            Some(Spelled::whole(whole + (n.fract() * scale).round() as i64))
        }
        ValueRef::Text(text) => instant::of_text(text, zone),
        _ => None,
    }
}

fn day_of_value(value: ValueRef<'_>, zone: Tz) -> Option<i32> {
    match value {
        ValueRef::Text(text) => instant::day_of_text(text),
        ValueRef::Integer(n) => {
            let civil = chrono::DateTime::from_timestamp_micros(instant::of_epoch(n)?)?.with_timezone(&zone);
            i32::try_from((civil.date_naive() - chrono::NaiveDate::default()).num_days()).ok()
        }
        _ => None,
    }
}

fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Integer(n) => n.to_string(),
        ValueRef::Real(n) => n.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).chars().take(60).collect(),
        ValueRef::Blob(bytes) => format!("{} bytes", bytes.len()),
    }
}

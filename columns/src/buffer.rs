//! Typed column buffers that a source's values are pushed into, without an allocation a row.

use crate::instant;
use crate::text::Texts;
use crate::value;
use crate::{Held, Zone};
use polars::prelude::*;
use rusqlite::Statement;
use rusqlite::types::{Value, ValueRef};
use std::ops::Range;

/// How the values of a column are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text; numbers in a text column are written out, empty text is absent.
    Text,
    /// The same, of which hardly one repeats.
    Key,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// An instant.
    Instant,
    /// A civil day.
    Day,
    /// Not documented: what the values themselves are.
    Inferred,
}

/// A column while it is read.
pub struct Buffer {
    name: String,
    kind: Kind,
    zone: Zone,
    values: Values,
    /// Rows read so far.
    rows: usize,
    /// Values that are what the column holds; nobody counts texts.
    readable: usize,
    /// Values that are not what the column holds, and one of them.
    unreadable: usize,
    example: Option<String>,
    offsets: Offsets,
}

/// How the instants of a column are written.
#[derive(Debug, Clone, Default)]
pub struct Offsets {
    /// So many with an offset.
    pub told: usize,
    /// So many without.
    pub bare: usize,
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
    pub fn are_mixed(&self) -> bool {
        self.told > 0 && self.bare > 0
    }

    /// The rows without an offset, where they were asked for.
    pub fn bare_rows(&self) -> &[u32] {
        self.rows.as_deref().unwrap_or_default()
    }
}

/// A column that was read.
pub struct ReadColumn {
    /// Its name.
    pub name: String,
    /// Its values.
    pub column: Held,
    /// How many rows were read.
    pub rows: usize,
    /// How many values were read as what the column holds; those that are absent are not. Texts are not counted.
    pub readable: usize,
    /// How many values were not readable as what the column holds, and one of them.
    pub unreadable: Option<(usize, String)>,
    /// How its instants are written.
    pub offsets: Offsets,
}

impl ReadColumn {
    /// The same column, of these rows and of those that another part of the table has.
    ///
    /// # Errors
    /// Parts that are not of one type.
    pub fn followed_by(self, other: Self) -> PolarsResult<Self> {
        let unreadable = match (self.unreadable, other.unreadable) {
            (Some((some, example)), Some((more, _))) => Some((some + more, example)),
            (one, other) => one.or(other),
        };
        let mut offsets = self.offsets;
        offsets.told += other.offsets.told;
        offsets.bare += other.offsets.bare;
        if let (Some(rows), Some(more)) = (&mut offsets.rows, other.offsets.rows) {
            let before = u32::try_from(self.rows).unwrap_or(u32::MAX);
            rows.extend(more.into_iter().map(|row| row.saturating_add(before)));
        }
        Ok(Self {
            name: self.name,
            column: self.column.followed_by(other.column)?,
            rows: self.rows + other.rows,
            readable: self.readable + other.readable,
            unreadable,
            offsets,
        })
    }
}

enum Values {
    Text(Texts),
    Integers(PrimitiveChunkedBuilder<Int64Type>),
    Numbers(PrimitiveChunkedBuilder<Float64Type>),
    /// Microseconds since 1970-01-01T00:00:00Z.
    Instants(PrimitiveChunkedBuilder<Int64Type>),
    /// Days since 1970-01-01.
    Days(PrimitiveChunkedBuilder<Int32Type>),
    /// An undocumented column of which only nulls have been seen, so many.
    Nothing(usize),
}

impl Buffer {
    /// An empty one; instants without an offset are of the zone.
    #[must_use]
    pub fn new(name: String, kind: Kind, zone: Zone) -> Self {
        let values = match kind {
            Kind::Text | Kind::Key => Values::Text(Texts::new(kind == Kind::Key)),
            Kind::Integer => Values::Integers(builder(0)),
            Kind::Number => Values::Numbers(builder(0)),
            Kind::Instant => Values::Instants(builder(0)),
            Kind::Day => Values::Days(builder(0)),
            Kind::Inferred => Values::Nothing(0),
        };
        let offsets = Offsets::default();
        Self { name, kind, zone, values, rows: 0, readable: 0, unreadable: 0, example: None, offsets }
    }

    /// The same, noting the rows in which an instant has no offset.
    pub fn noting_bare_rows(mut self) -> Self {
        self.offsets.rows = Some(Vec::new());
        self
    }

    /// Adds the value of the next row.
    pub fn push(&mut self, value: ValueRef<'_>) {
        if self.kind == Kind::Inferred {
            self.make_room_for(value);
        }
        let (kind, zone) = (self.kind, self.zone);
        let read = match &mut self.values {
            Values::Nothing(nulls) => {
                *nulls += 1;
                None
            }
            Values::Text(builder) => {
                if !push_text(builder, value, kind != Kind::Inferred) {
                    self.note_unreadable(value);
                }
                self.rows += 1;
                return;
            }
            Values::Integers(all) => push(all, value::as_integer(value)),
            Values::Numbers(all) => push(all, value::as_number(value)),
            Values::Instants(all) => {
                let read = value::as_instant(value, zone);
                if let Some(spelled) = read {
                    self.offsets.note(self.rows, spelled.has_offset);
                }
                push(all, read.map(|spelled| spelled.micros))
            }
            Values::Days(all) => push(all, value::as_day(value, zone)),
        };
        self.rows += 1;
        if read.is_some() {
            self.readable += 1;
        } else if !value::is_absent(value) {
            self.note_unreadable(value);
        }
    }

    /// Adds the instant of the next row, in microseconds since 1970-01-01T00:00:00: of UTC, or without an offset of the column's zone.
    pub fn push_instant(&mut self, micros: i64, has_offset: bool) {
        let zone = self.zone;
        match &mut self.values {
            Values::Instants(all) => {
                let read = if has_offset { Some(micros) } else { instant::civil_to_utc(micros, zone) };
                if read.is_some() {
                    self.offsets.note(self.rows, has_offset);
                    self.readable += 1;
                }
                push(all, read);
                self.rows += 1;
            }
            // The day of the text that says it.
            Values::Days(all) => {
                let day = i32::try_from(micros.div_euclid(instant::DAY_US)).ok();
                self.readable += usize::from(day.is_some());
                push(all, day);
                self.rows += 1;
            }
            _ => match instant::text_of(micros, has_offset) {
                Some(text) => self.push(ValueRef::Text(text.as_bytes())),
                None => self.push(ValueRef::Null),
            },
        }
    }

    /// Adds a value of the next row that is not what the column holds, though it may read like one.
    pub fn push_unreadable(&mut self, text: &[u8]) {
        if self.kind == Kind::Inferred || matches!(self.values, Values::Text(_)) {
            return self.push(ValueRef::Text(text));
        }
        self.push(ValueRef::Null);
        self.note_unreadable(ValueRef::Text(text));
    }

    /// The kind of the column.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Adds the civil day of the next row, in days since 1970-01-01.
    pub fn push_day(&mut self, days: i32) {
        match &mut self.values {
            Values::Days(all) => {
                push(all, Some(days));
                self.readable += 1;
                self.rows += 1;
            }
            Values::Instants(_) => self.push_instant(i64::from(days) * instant::DAY_US, false),
            _ => match instant::text_of_day(days) {
                Some(text) => self.push(ValueRef::Text(text.as_bytes())),
                None => self.push(ValueRef::Null),
            },
        }
    }

    fn note_unreadable(&mut self, value: ValueRef<'_>) {
        self.unreadable += 1;
        self.example.get_or_insert_with(|| value::shown(value));
    }

    /// An undocumented column takes the narrowest type that holds all its values: whole numbers, numbers, text.
    fn make_room_for(&mut self, value: ValueRef<'_>) {
        let is_text = matches!(value, ValueRef::Text(_) | ValueRef::Blob(_));
        let is_wider = match (&self.values, value) {
            (_, ValueRef::Null) => false,
            (Values::Nothing(_), _) => true,
            (Values::Integers(_), ValueRef::Real(_)) => true,
            (Values::Integers(_) | Values::Numbers(_), _) => is_text,
            _ => false,
        };
        if !is_wider {
            return;
        }
        self.values = match (std::mem::replace(&mut self.values, Values::Nothing(0)), value) {
            (Values::Nothing(nulls), ValueRef::Integer(_)) => {
                Values::Integers(filled(std::iter::repeat_n(None, nulls)))
            }
            (Values::Nothing(nulls), ValueRef::Real(_)) => {
                Values::Numbers(filled(std::iter::repeat_n(None, nulls)))
            }
            (Values::Nothing(nulls), _) => texts(std::iter::repeat_n(None, nulls)),
            #[expect(clippy::cast_precision_loss, reason = "a column of mixed numbers is a column of floats")]
            (Values::Integers(all), ValueRef::Real(_)) => {
                Values::Numbers(filled(all.finish().iter().map(|v| v.map(|n| n as f64))))
            }
            (Values::Integers(all), _) => texts(all.finish().iter().map(|v| v.map(|n| n.to_string()))),
            (Values::Numbers(all), _) => texts(all.finish().iter().map(|v| v.map(|n| n.to_string()))),
            (as_it_is, _) => as_it_is,
        };
    }

    /// The column, and what is to be said of its values.
    ///
    /// # Errors
    /// As with [`Buffer::finish`].
    pub fn read(self) -> PolarsResult<ReadColumn> {
        let (rows, readable, offsets) = (self.rows, self.readable, self.offsets.clone());
        let unreadable = self.example.clone().map(|example| (self.unreadable, example));
        Ok(ReadColumn {
            name: self.name.clone(),
            column: self.finish()?,
            rows,
            readable,
            unreadable,
            offsets,
        })
    }

    /// The column.
    ///
    /// # Errors
    /// None that is known of: the types that are cast fit.
    pub fn finish(self) -> PolarsResult<Held> {
        let series = match self.values {
            Values::Text(all) => return Ok(all.finish(self.name.into())),
            Values::Integers(all) => all.finish().into_series(),
            Values::Numbers(all) => all.finish().into_series(),
            Values::Instants(all) => all
                .finish()
                .into_series()
                .cast(&DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)))?,
            Values::Days(all) => all.finish().into_series().cast(&DataType::Date)?,
            Values::Nothing(nulls) => Series::full_null(PlSmallStr::EMPTY, nulls, &DataType::String),
        };
        Ok(Held::Plain(series.with_name(self.name.into()).into_column()))
    }
}

/// How many instants (in microseconds) or days (both since 1970-01-01 in UTC) of a column that was read lie in a range.
#[must_use]
pub fn within(column: &Held, micros: &Range<i64>, days: &Range<i64>) -> usize {
    let Held::Plain(column) = column else { return 0 };
    let range = match column.dtype() {
        DataType::Datetime(..) => micros,
        DataType::Date => days,
        _ => return 0,
    };
    let numbers = column.cast(&DataType::Int64);
    let numbers = numbers.as_ref().ok().and_then(|column| column.i64().ok());
    numbers.map_or(0, |numbers| numbers.iter().flatten().filter(|at| range.contains(at)).count())
}

/// Runs a query and pushes the values of each row into the buffers, one a column; gives how many rows there were.
///
/// # Errors
/// Whatever SQLite says.
pub fn read_rows(
    statement: &mut Statement<'_>,
    values: Vec<Value>,
    buffers: &mut [Buffer],
) -> Result<usize, rusqlite::Error> {
    let mut rows = statement.query(rusqlite::params_from_iter(values))?;
    let mut height = 0;
    while let Some(row) = rows.next()? {
        for (index, buffer) in buffers.iter_mut().enumerate() {
            buffer.push(row.get_ref(index)?);
        }
        height += 1;
    }
    Ok(height)
}

fn builder<T: PolarsNumericType>(capacity: usize) -> PrimitiveChunkedBuilder<T> {
    PrimitiveChunkedBuilder::new(PlSmallStr::EMPTY, capacity)
}

fn filled<T: PolarsNumericType>(
    values: impl Iterator<Item = Option<T::Native>>,
) -> PrimitiveChunkedBuilder<T> {
    let mut all = builder(values.size_hint().0);
    values.for_each(|value| all.append_option(value));
    all
}

fn texts(values: impl Iterator<Item = Option<String>>) -> Values {
    let mut all = Texts::new(false);
    for value in values {
        match value {
            Some(text) => {
                all.push(text.as_bytes());
            }
            None => all.push_absent(),
        }
    }
    Values::Text(all)
}

fn push<T: PolarsNumericType>(all: &mut PrimitiveChunkedBuilder<T>, read: Option<T::Native>) -> Option<()> {
    all.append_option(read);
    read.map(|_| ())
}

fn push_text(texts: &mut Texts, value: ValueRef<'_>, empty_is_absent: bool) -> bool {
    match value {
        ValueRef::Text(text) if !(empty_is_absent && text.is_empty()) => return texts.push(text),
        ValueRef::Null | ValueRef::Text(_) => texts.push_absent(),
        ValueRef::Integer(n) => return texts.push(n.to_string().as_bytes()),
        ValueRef::Real(n) => return texts.push(n.to_string().as_bytes()),
        ValueRef::Blob(_) => {
            texts.push_absent();
            return false;
        }
    }
    true
}

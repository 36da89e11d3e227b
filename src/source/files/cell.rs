//! One value of a file, before it is known what its column holds, and how it becomes a value of a column.

use parte_columns::{Buffer, day_of_text};
use rusqlite::types::ValueRef;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// A value as a file has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell<'a> {
    /// No value.
    Absent,
    /// A text; of CSV every value is one.
    Text(&'a [u8]),
    /// A whole number.
    Whole(i64),
    /// A number.
    Real(f64),
    /// Microseconds since 1970-01-01T00:00:00: of UTC, or (`false`) without an offset.
    Instant(i64, bool),
    /// Days since 1970-01-01.
    Day(i32),
}

impl Cell<'_> {
    /// No value, or an empty text.
    pub(super) fn is_absent(self) -> bool {
        matches!(self, Self::Absent | Self::Text([]))
    }

    /// Adds it to a column.
    pub(super) fn push(self, buffer: &mut Buffer) {
        match self {
            Self::Absent => buffer.push(ValueRef::Null),
            Self::Text(text) => buffer.push(ValueRef::Text(text)),
            Self::Whole(number) => buffer.push(ValueRef::Integer(number)),
            Self::Real(number) => buffer.push(ValueRef::Real(number)),
            Self::Instant(micros, has_offset) => buffer.push_instant(micros, has_offset),
            Self::Day(days) => buffer.push_day(days),
        }
    }
}

/// The key of a row as one number: two keys have the same by an accident that nobody lives to see. `None`: it has no first part.
pub(super) fn key_of(parts: &[Cell<'_>]) -> Option<u128> {
    if parts.first().is_none_or(|first| first.is_absent()) {
        return None;
    }
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        hasher.write_u8(salt);
        for part in parts {
            // A day is the same day however it is written, and a number the same as its digits.
            match *part {
                Cell::Absent => hasher.write_u8(0),
                Cell::Text(text) => match day_of_text(text).filter(|_| text.len() == 10) {
                    Some(days) => (1_u8, days).hash(&mut hasher),
                    None => (2_u8, text).hash(&mut hasher),
                },
                Cell::Whole(number) => (2_u8, number.to_string().as_bytes()).hash(&mut hasher),
                Cell::Real(number) => (2_u8, number.to_string().as_bytes()).hash(&mut hasher),
                Cell::Instant(micros, _) => (3_u8, micros).hash(&mut hasher),
                Cell::Day(days) => (1_u8, days).hash(&mut hasher),
            }
        }
        hasher.finish()
    };
    Some(u128::from(half(b'a')) << 64 | u128::from(half(b'b')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_same_however_its_parts_are_written_and_others_differ() {
        let key = |parts: &[Cell<'_>]| key_of(parts);
        assert_eq!(key(&[Cell::Text(b"7")]), key(&[Cell::Whole(7)]));
        assert_eq!(
            key(&[Cell::Text(b"u"), Cell::Text(b"2026-03-01")]),
            key(&[Cell::Text(b"u"), Cell::Day(20_513)])
        );
        assert_ne!(key(&[Cell::Text(b"ab"), Cell::Text(b"c")]), key(&[Cell::Text(b"a"), Cell::Text(b"bc")]));
        assert_ne!(key(&[Cell::Text(b"u"), Cell::Absent]), key(&[Cell::Text(b"u"), Cell::Text(b"x")]));
        assert_eq!(key(&[Cell::Text(b"")]), None);
    }
}

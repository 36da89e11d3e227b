//! Values as MySQL's prepared statements send them (least byte first), pushed into columns.

use crate::Buffer;
use crate::instant::day_of_civil;
use futures_util::TryStreamExt as _;
use rusqlite::types::ValueRef;
use sqlx::mysql::{MySqlArguments, MySqlRow};
use sqlx::query::Query;
use sqlx::{Decode, Either, Executor as _, MySql, MySqlConnection, Row as _, ValueRef as _};
use std::pin::Pin;

/// Runs a query and pushes the values of each row into the buffers, one a column, as each is sent; gives how many rows there were.
///
/// The future is a boxed one so that its code is this crate's, which is built for speed, and not that of the crate that waits for it.
///
/// # Errors
/// Whatever the server says, and a connection that is lost.
pub fn read_prepared<'a>(
    connection: &'a mut MySqlConnection,
    query: Query<'a, MySql, MySqlArguments>,
    sent: &'a [Prepared],
    buffers: &'a mut [Buffer],
) -> Pin<Box<dyn Future<Output = Result<usize, sqlx::Error>> + Send + 'a>> {
    Box::pin(async move {
        let mut steps = connection.fetch_many(query);
        let mut height = 0;
        while let Some(step) = steps.try_next().await? {
            if let Either::Right(row) = step {
                push_row(&row, sent, buffers)?;
                height += 1;
            }
        }
        Ok(height)
    })
}

fn push_row(row: &MySqlRow, sent: &[Prepared], buffers: &mut [Buffer]) -> Result<(), sqlx::Error> {
    for (index, (sent, buffer)) in sent.iter().zip(buffers.iter_mut()).enumerate() {
        let value = row.try_get_raw(index)?;
        if value.is_null() {
            buffer.push(ValueRef::Null);
        } else {
            sent.push(<&[u8] as Decode<'_, MySql>>::decode(value).map_err(sqlx::Error::Decode)?, buffer);
        }
    }
    Ok(())
}

/// How a value's bytes are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prepared {
    /// UTF-8, or bytes that are none: these count as unreadable.
    Text,
    /// One to eight bytes.
    Whole,
    /// The same without a sign.
    Unsigned,
    /// Four or eight bytes.
    Float,
    /// A number in digits.
    Decimal,
    /// A civil time of UTC, which the session's zone is.
    Instant,
    /// A civil time.
    Civil,
    /// A civil day.
    Day,
}

impl Prepared {
    fn push(self, value: &[u8], buffer: &mut Buffer) {
        match self {
            Prepared::Text => buffer.push(ValueRef::Text(value)),
            Prepared::Whole => buffer.push(ValueRef::Integer(whole(value))),
            Prepared::Unsigned => {
                let number = unsigned(value);
                match i64::try_from(number) {
                    Ok(number) => buffer.push(ValueRef::Integer(number)),
                    Err(_) => buffer.push(ValueRef::Text(number.to_string().as_bytes())),
                }
            }
            Prepared::Float => buffer.push(ValueRef::Real(float(value))),
            Prepared::Decimal => {
                let text = std::str::from_utf8(value).unwrap_or_default();
                match (text.parse(), text.parse()) {
                    (Ok(number), _) => buffer.push(ValueRef::Integer(number)),
                    (_, Ok(number)) => buffer.push(ValueRef::Real(number)),
                    _ => buffer.push(ValueRef::Text(value)),
                }
            }
            Prepared::Instant | Prepared::Civil => match micros(value) {
                Some(micros) => buffer.push_instant(micros, self == Prepared::Instant),
                None => buffer.push(ValueRef::Text(b"0000-00-00 00:00:00")),
            },
            Prepared::Day => match day(value) {
                Some(days) => buffer.push_day(days),
                None => buffer.push(ValueRef::Text(b"0000-00-00")),
            },
        }
    }
}

fn unsigned(value: &[u8]) -> u64 {
    value.iter().rev().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

fn whole(value: &[u8]) -> i64 {
    let bits = 64 - 8 * value.len().clamp(1, 8);
    // The sign of a short number is its uppermost bit.
    (unsigned(value) << bits).cast_signed() >> bits
}

fn float(value: &[u8]) -> f64 {
    match *value {
        // 0.1 of four bytes is meant to be 0.1, not what lies closest to it there.
        [a, b, c, d] => f32::from_le_bytes([a, b, c, d]).to_string().parse().unwrap_or(f64::NAN),
        [a, b, c, d, e, f, g, h] => f64::from_le_bytes([a, b, c, d, e, f, g, h]),
        _ => f64::NAN,
    }
}

/// Days since 1970-01-01: behind the length, the year in two bytes, month and day. A day that is none (0000-00-00) has zeros or no bytes.
fn day(value: &[u8]) -> Option<i32> {
    let [_, low, high, month, day, ..] = *value else { return None };
    let year = u16::from_le_bytes([low, high]);
    i32::try_from(day_of_civil(year.into(), month.into(), day.into())?).ok()
}

/// Microseconds since 1970-01-01: behind the day, hour, minute and second, and behind these microseconds in four bytes.
fn micros(value: &[u8]) -> Option<i64> {
    let days = i64::from(day(value)?);
    let seconds = match *value {
        [_, _, _, _, _, hour, minute, second, ..] => {
            i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second)
        }
        _ => 0,
    };
    let micros = value.get(8..12).map_or(0, unsigned);
    Some((days * 86_400 + seconds) * 1_000_000 + i64::try_from(micros).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_width_keep_their_sign() {
        assert_eq!(whole(&[0xff]), -1);
        assert_eq!(whole(&[0x01, 0x80]), -32767);
        assert_eq!(whole(&[0x39, 0x30, 0, 0]), 12_345);
        assert_eq!(whole(&(-5_i64).to_le_bytes()), -5);
        assert_eq!(unsigned(&[0xff, 0xff]), 65_535);
        assert_eq!(float(&0.1_f32.to_le_bytes()).to_bits(), 0.1_f64.to_bits());
    }

    #[test]
    fn days_and_civil_times_are_read_with_as_many_bytes_as_they_have() {
        assert_eq!(day(&[4, 0xdd, 0x07, 3, 4]), Some(15_768));
        assert_eq!(micros(&[4, 0xdd, 0x07, 3, 4]), Some(15_768 * 86_400_000_000));
        assert_eq!(micros(&[7, 0xdd, 0x07, 3, 4, 10, 30, 5]), Some(15_768 * 86_400_000_000 + 37_805_000_000));
        assert_eq!(
            micros(&[11, 0xdd, 0x07, 3, 4, 10, 30, 5, 0x40, 0x0d, 3, 0]),
            Some(15_768 * 86_400_000_000 + 37_805_200_000)
        );
        assert_eq!(micros(&[0]), None);
        assert_eq!(day(&[4, 0, 0, 0, 0]), None);
    }
}

//! Rows as PostgreSQL's COPY sends them in binary, pushed into columns.
//!
//! After a header each row is a count of its values and for each of them its length (-1: null) and its bytes, numbers with their greatest
//! byte first (PostgreSQL's documentation of COPY, "Binary Format"). Messages hold whole rows as a rule and nothing says that they must.

use crate::Buffer;
use rusqlite::types::ValueRef;

/// How a value's bytes are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copyable {
    /// UTF-8.
    Text,
    /// Two, four or eight bytes.
    Whole,
    /// Four or eight bytes.
    Float,
    /// Digits of base 10,000.
    Decimal,
    /// Microseconds since 2000-01-01, in UTC.
    Instant,
    /// The same without a zone.
    Civil,
    /// Days since 2000-01-01.
    Day,
    /// What no column of a frame holds.
    Bytes,
}

/// The first bytes of all.
const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// Days from 1970-01-01 to 2000-01-01.
const EPOCH_DAYS: i32 = 10_957;
const EPOCH_MICROS: i64 = 10_957 * 86_400_000_000;

/// A COPY that is read.
pub struct Copied<'a> {
    columns: &'a [Copyable],
    /// Bytes of a row whose end has not come yet.
    rest: Vec<u8>,
    has_begun: bool,
    has_ended: bool,
    /// Whole rows so far.
    rows: usize,
}

/// What arrived is no COPY of these columns.
#[derive(Debug)]
pub struct NotACopy;

impl<'a> Copied<'a> {
    /// Of these columns.
    #[must_use]
    pub fn new(columns: &'a [Copyable]) -> Self {
        Self { columns, rest: Vec::new(), has_begun: false, has_ended: false, rows: 0 }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// They are not rows of these columns.
    pub fn take(&mut self, bytes: &[u8], buffers: &mut [Buffer]) -> Result<(), NotACopy> {
        if self.rest.is_empty() {
            let used = self.rows_of(bytes, buffers)?;
            self.rest.extend_from_slice(&bytes[used..]);
        } else {
            let mut all = std::mem::take(&mut self.rest);
            all.extend_from_slice(bytes);
            let used = self.rows_of(&all, buffers)?;
            all.drain(..used);
            self.rest = all;
        }
        Ok(())
    }

    /// How many rows there were, if that was all.
    ///
    /// # Errors
    /// It was cut short.
    pub fn end(self) -> Result<usize, NotACopy> {
        if self.has_ended && self.rest.is_empty() { Ok(self.rows) } else { Err(NotACopy) }
    }

    /// Pushes the whole rows at the beginning of these bytes, and says how many bytes they are.
    fn rows_of(&mut self, bytes: &[u8], buffers: &mut [Buffer]) -> Result<usize, NotACopy> {
        let mut at = 0;
        if !self.has_begun {
            // The signature, flags, and an extension with its length.
            let Some(head) = bytes.get(..SIGNATURE.len() + 8) else { return Ok(0) };
            if !head.starts_with(SIGNATURE) {
                return Err(NotACopy);
            }
            let more = whole(&head[SIGNATURE.len() + 4..]).and_then(|n| usize::try_from(n).ok());
            let end = head.len() + more.ok_or(NotACopy)?;
            if bytes.len() < end {
                return Ok(0);
            }
            self.has_begun = true;
            at = end;
        }
        while let Some(end) = self.end_of_row(&bytes[at..])? {
            let row = &bytes[at..at + end];
            at += end;
            if self.has_ended {
                continue;
            }
            let mut rest = &row[2..];
            for (sent, buffer) in self.columns.iter().zip(buffers.iter_mut()) {
                let (length, behind) = rest.split_at(4);
                let length = i32::from_be_bytes([length[0], length[1], length[2], length[3]]);
                match usize::try_from(length) {
                    Err(_) => {
                        buffer.push(ValueRef::Null);
                        rest = behind;
                    }
                    Ok(length) => {
                        let (value, behind) = behind.split_at(length);
                        push(*sent, value, buffer)?;
                        rest = behind;
                    }
                }
            }
            self.rows += 1;
        }
        Ok(at)
    }

    /// Where the row ends that begins here; `None` when that has not come yet.
    fn end_of_row(&mut self, bytes: &[u8]) -> Result<Option<usize>, NotACopy> {
        let Some(count) = bytes.get(..2).and_then(whole) else { return Ok(None) };
        if count == -1 {
            self.has_ended = true;
            return Ok(Some(2));
        }
        if usize::try_from(count) != Ok(self.columns.len()) {
            return Err(NotACopy);
        }
        let mut at = 2;
        for _ in self.columns {
            let Some(length) = bytes.get(at..at + 4).and_then(whole) else { return Ok(None) };
            at += 4 + usize::try_from(length).unwrap_or(0);
        }
        Ok((at <= bytes.len()).then_some(at))
    }
}

/// A number of two, four or eight bytes.
fn whole(bytes: &[u8]) -> Option<i64> {
    match *bytes {
        [a, b] => Some(i16::from_be_bytes([a, b]).into()),
        [a, b, c, d] => Some(i32::from_be_bytes([a, b, c, d]).into()),
        [a, b, c, d, e, f, g, h] => Some(i64::from_be_bytes([a, b, c, d, e, f, g, h])),
        _ => None,
    }
}

fn push(sent: Copyable, value: &[u8], buffer: &mut Buffer) -> Result<(), NotACopy> {
    match sent {
        Copyable::Text => buffer.push(ValueRef::Text(value)),
        Copyable::Whole => buffer.push(ValueRef::Integer(whole(value).ok_or(NotACopy)?)),
        Copyable::Float => buffer.push(ValueRef::Real(float(value).ok_or(NotACopy)?)),
        Copyable::Decimal => match decimal(value).ok_or(NotACopy)? {
            Decimal::Whole(number) => buffer.push(ValueRef::Integer(number)),
            Decimal::Real(number) => buffer.push(ValueRef::Real(number)),
        },
        Copyable::Instant | Copyable::Civil => match whole(value).ok_or(NotACopy)? {
            i64::MAX => buffer.push(ValueRef::Text(b"infinity")),
            i64::MIN => buffer.push(ValueRef::Text(b"-infinity")),
            micros => buffer.push_instant(micros.saturating_add(EPOCH_MICROS), sent == Copyable::Instant),
        },
        Copyable::Day => match whole(value).and_then(|days| i32::try_from(days).ok()).ok_or(NotACopy)? {
            i32::MAX => buffer.push(ValueRef::Text(b"infinity")),
            i32::MIN => buffer.push(ValueRef::Text(b"-infinity")),
            days => buffer.push_day(days.saturating_add(EPOCH_DAYS)),
        },
        Copyable::Bytes => buffer.push(ValueRef::Blob(value)),
    }
    Ok(())
}

fn float(value: &[u8]) -> Option<f64> {
    match *value {
        // 0.1 of four bytes is meant to be 0.1, not what lies closest to it there.
        [a, b, c, d] => f32::from_be_bytes([a, b, c, d]).to_string().parse().ok(),
        [a, b, c, d, e, f, g, h] => Some(f64::from_be_bytes([a, b, c, d, e, f, g, h])),
        _ => None,
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Decimal {
    Whole(i64),
    Real(f64),
}

/// Powers of ten that are exact.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// A `numeric`: how many groups of four digits, the power of 10,000 of the first of them, the sign, the digits that are shown behind the
/// point, and the groups.
fn decimal(value: &[u8]) -> Option<Decimal> {
    let (head, groups) = value.split_at_checked(8)?;
    let weight = whole(&head[2..4])?;
    let sign = u16::from_be_bytes([head[4], head[5]]);
    let scale = whole(&head[6..8])?;
    let is_negative = match sign {
        0 => false,
        0x4000 => true,
        // Not a number, or infinite.
        _ => return Some(Decimal::Real(f64::NAN)),
    };
    let signed = |number: f64| if is_negative { -number } else { number };
    let groups: Vec<u64> =
        groups.chunks_exact(2).map(|group| u64::from(u16::from_be_bytes([group[0], group[1]]))).collect();
    let behind = i64::try_from(groups.len()).ok()? - 1 - weight;
    // Groups of zeros at the end are not sent.
    let missing = usize::try_from(-behind).unwrap_or(0);
    let mut all = groups.iter().copied().chain(std::iter::repeat_n(0, missing));
    let digits = all.try_fold(0_u64, |sum, group| sum.checked_mul(10_000)?.checked_add(group));
    let behind = usize::try_from(behind.max(0)).ok()?;
    match digits.and_then(|digits| i64::try_from(digits).ok()) {
        Some(digits) if behind == 0 && scale == 0 => {
            Some(Decimal::Whole(if is_negative { -digits } else { digits }))
        }
        #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
        Some(digits) if digits < 1 << 53 && behind * 4 < POWERS.len() => {
            Some(Decimal::Real(signed(digits as f64 / POWERS[behind * 4])))
        }
        _ => {
            let mut text: String = groups.iter().map(|group| format!("{group:04}")).collect();
            text.extend(std::iter::repeat_n("0000", missing));
            text.push_str(&format!("e-{}", behind * 4));
            text.parse().ok().map(|number| Decimal::Real(signed(number)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Held, Kind, Zone};

    fn numeric(weight: i16, negative: bool, scale: i16, groups: &[u16]) -> Vec<u8> {
        let sign: u16 = if negative { 0x4000 } else { 0 };
        let count = i16::try_from(groups.len()).expect("few");
        let mut bytes: Vec<u8> = [count, weight].iter().flat_map(|n| n.to_be_bytes()).collect();
        bytes.extend(sign.to_be_bytes());
        bytes.extend(scale.to_be_bytes());
        bytes.extend(groups.iter().flat_map(|n| n.to_be_bytes()));
        bytes
    }

    #[test]
    fn a_decimal_is_the_number_that_its_text_is() {
        for (bytes, expected) in [
            (numeric(0, false, 0, &[]), Decimal::Whole(0)),
            (numeric(0, false, 0, &[42]), Decimal::Whole(42)),
            (numeric(1, true, 0, &[12, 3400]), Decimal::Whole(-123_400)),
            (numeric(2, false, 0, &[5]), Decimal::Whole(500_000_000)),
            (numeric(0, false, 2, &[12, 3400]), Decimal::Real(12.34)),
            (numeric(-1, true, 1, &[1000]), Decimal::Real(-0.1)),
            (numeric(-2, false, 8, &[7]), Decimal::Real(0.000_000_07)),
            (
                numeric(4, false, 2, &[1234, 5678, 9012, 3456, 7890, 1200]),
                Decimal::Real(12_345_678_901_234_567_890.12),
            ),
        ] {
            assert_eq!(decimal(&bytes), Some(expected), "{bytes:?}");
        }
    }

    #[test]
    fn rows_that_are_cut_anywhere_are_the_same_rows() {
        let mut all = SIGNATURE.to_vec();
        all.extend([0; 8]);
        for row in 0..3_i32 {
            all.extend(2_i16.to_be_bytes());
            all.extend(4_i32.to_be_bytes());
            all.extend(row.to_be_bytes());
            if row == 1 {
                all.extend((-1_i32).to_be_bytes());
            } else {
                all.extend(5_i32.to_be_bytes());
                all.extend(b"\xc3\xb1andu");
                all.truncate(all.len() - 1);
            }
        }
        all.extend((-1_i16).to_be_bytes());
        let columns = [Copyable::Whole, Copyable::Text];
        let zone = Zone::new(chrono_tz::UTC, |civil, _| civil.and_utc());
        for size in 1..all.len() {
            let mut buffers = [("n", Kind::Integer), ("t", Kind::Key)]
                .map(|(name, kind)| Buffer::new(name.to_owned(), kind, zone));
            let mut copied = Copied::new(&columns);
            all.chunks(size).for_each(|part| copied.take(part, &mut buffers).expect("a part"));
            assert_eq!(copied.end().expect("an end"), 3, "{size}");
            let [numbers, texts] = buffers.map(|buffer| match buffer.finish().expect("a column") {
                Held::Plain(column) => column,
                Held::Numbered { .. } => panic!("few rows"),
            });
            assert_eq!(numbers.i64().expect("numbers").iter().flatten().collect::<Vec<_>>(), [0, 1, 2]);
            let texts: Vec<Option<&str>> = texts.str().expect("texts").iter().collect();
            assert_eq!(texts, [Some("ñand"), None, Some("ñand")]);
        }
        let mut copied = Copied::new(&columns);
        assert!(copied.take(&all[..all.len() - 3], &mut []).is_ok());
        assert!(copied.end().is_err(), "half of it");
    }
}

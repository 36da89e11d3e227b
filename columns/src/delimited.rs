//! Records of a delimited text, written row by row from columns. Never: whose dialect it is, or what a column means.
//!
//! An absent value is written bare, a text that reads the same stands in quotes: no reader that tells the two apart takes one for the
//! other.

use crate::digits::digits;
use chrono::{Datelike as _, NaiveDate, NaiveDateTime, Timelike as _};
use std::io::Write as _;

/// Bytes that are asked for before they are needed.
const MOST_AHEAD: usize = 1 << 26;

/// How records are written.
#[derive(Debug, Clone, Copy)]
pub struct Delimited<'a> {
    /// Between fields; ASCII, and neither a digit nor a quote.
    pub separator: u8,
    /// Within numbers; ASCII.
    pub decimal: u8,
    /// Do texts stand in quotes where they need none?
    pub quote_texts: bool,
    /// Do all other values?
    pub quote_values: bool,
    /// What ends a record.
    pub line_end: &'a str,
    /// What stands for an absent value.
    pub absent: &'a str,
    /// Are texts led by an apostrophe that a spreadsheet would run as a formula, and freed of NUL?
    pub neutral: bool,
}

/// A column of values.
#[derive(Debug, Clone, Copy)]
pub enum Cells<'a> {
    /// Texts.
    Texts(&'a [Option<String>]),
    /// Values that are written already: they are never led by an apostrophe.
    Written(&'a [Option<String>]),
    /// Numbers; one that is not finite is absent.
    Numbers(&'a [Option<f64>]),
    /// Civil days, ISO 8601.
    Days(&'a [Option<NaiveDate>]),
    /// Civil times to the second, ISO 8601.
    Times(&'a [Option<NaiveDateTime>]),
    /// `true` and `false`.
    Truths(&'a [Option<bool>]),
}

/// Records as they are written.
pub struct Records<'a> {
    dialect: Delimited<'a>,
    out: Vec<u8>,
    /// Where the record that is being written begins, and how many fields it has.
    start: usize,
    fields: usize,
}

impl<'a> Records<'a> {
    /// Nothing so far but these bytes.
    #[must_use]
    pub fn after(start: &[u8], dialect: Delimited<'a>) -> Self {
        Self { dialect, out: start.to_vec(), start: start.len(), fields: 0 }
    }

    /// What was written.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// A row for each value of the columns, which are of one length.
    pub fn rows(&mut self, columns: &[Cells<'_>]) {
        let rows = columns.iter().map(Cells::len).max().unwrap_or(0);
        for row in 0..rows {
            for column in columns {
                match column {
                    Cells::Texts(values) => self.text(at(values, row).as_deref()),
                    Cells::Written(values) => self.written(at(values, row).as_deref()),
                    Cells::Numbers(values) => self.number(*at(values, row)),
                    Cells::Days(values) => self.day(*at(values, row)),
                    Cells::Times(values) => self.time(*at(values, row)),
                    Cells::Truths(values) => self.truth(*at(values, row)),
                }
            }
            self.end();
            if row == 0 {
                // The first row is a guess of the others, and no more than that.
                self.out.reserve(self.out.len().saturating_mul(rows).min(MOST_AHEAD));
            }
        }
    }

    /// A field of text.
    pub fn text(&mut self, text: Option<&str>) {
        self.next();
        let Some(text) = text else { return self.absent() };
        let bytes = text.as_bytes();
        if !self.dialect.neutral || is_tame(bytes) {
            return self.quoted_where_needed(bytes, self.dialect.quote_texts);
        }
        let mut tame = Vec::with_capacity(bytes.len() + 1);
        let kept = || bytes.iter().copied().filter(|byte| *byte != 0);
        let first: Vec<u8> = kept().take(3).collect();
        tame.extend(starts_a_formula(&first).then_some(b'\''));
        tame.extend(kept());
        self.quoted_where_needed(&tame, self.dialect.quote_texts);
    }

    /// A field of a value that is written already.
    pub fn written(&mut self, value: Option<&str>) {
        self.next();
        match value {
            Some(value) => self.quoted_where_needed(value.as_bytes(), self.dialect.quote_values),
            None => self.absent(),
        }
    }

    /// A field of a number: the shortest digits that read back as the same one; never an exponent, never `-0`.
    pub fn number(&mut self, number: Option<f64>) {
        self.next();
        let Some(number) = number.filter(|number| number.is_finite()) else { return self.absent() };
        self.value(|dialect, out| digits(out, number, dialect.decimal));
    }

    /// A field of a day.
    pub fn day(&mut self, day: Option<NaiveDate>) {
        self.next();
        let Some(day) = day else { return self.absent() };
        self.value(|_, out| put_day(out, day));
    }

    /// A field of a civil time.
    pub fn time(&mut self, time: Option<NaiveDateTime>) {
        self.next();
        let Some(time) = time else { return self.absent() };
        self.value(|_, out| {
            put_day(out, time.date());
            for (mark, part) in [(b'T', time.hour()), (b':', time.minute()), (b':', time.second())] {
                out.push(mark);
                two_digits(out, part);
            }
        });
    }

    /// A field of yes or no.
    pub fn truth(&mut self, truth: Option<bool>) {
        self.next();
        let Some(truth) = truth else { return self.absent() };
        self.value(|_, out| out.extend_from_slice(if truth { b"true" } else { b"false" }));
    }

    /// Ends a record. One of a single field with nothing in it has quotes: an empty line is no record to most readers.
    pub fn end(&mut self) {
        if self.fields == 1 && self.out.len() == self.start {
            self.out.extend_from_slice(b"\"\"");
        }
        self.out.extend_from_slice(self.dialect.line_end.as_bytes());
        (self.start, self.fields) = (self.out.len(), 0);
    }

    fn next(&mut self) {
        if self.fields > 0 {
            self.out.push(self.dialect.separator);
        }
        self.fields += 1;
    }

    fn absent(&mut self) {
        self.out.extend_from_slice(self.dialect.absent.as_bytes());
    }

    /// What has neither quotes nor line ends in it.
    fn value(&mut self, put: impl FnOnce(&Delimited<'_>, &mut Vec<u8>)) {
        let from = self.out.len();
        if self.dialect.quote_values {
            self.out.push(b'"');
        }
        put(&self.dialect, &mut self.out);
        if self.dialect.quote_values {
            self.out.push(b'"');
        } else if self.out[from..].contains(&self.dialect.separator) {
            self.out.insert(from, b'"');
            self.out.push(b'"');
        }
    }

    fn quoted_where_needed(&mut self, bytes: &[u8], always: bool) {
        let needed = always || self.needs_quotes(bytes);
        if !needed {
            return self.out.extend_from_slice(bytes);
        }
        self.out.push(b'"');
        for (at, part) in bytes.split(|byte| *byte == b'"').enumerate() {
            if at > 0 {
                self.out.extend_from_slice(b"\"\"");
            }
            self.out.extend_from_slice(part);
        }
        self.out.push(b'"');
    }

    fn needs_quotes(&self, bytes: &[u8]) -> bool {
        let separator = self.dialect.separator;
        // One pass without a way out of it is what processors do many bytes at once.
        let special = bytes.iter().fold(false, |found, byte| {
            found | (*byte == separator) | (*byte == b'"') | (*byte == b'\n') | (*byte == b'\r')
        });
        special || bytes == self.dialect.absent.as_bytes()
    }
}

impl Cells<'_> {
    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Texts(values) | Self::Written(values) => values.len(),
            Self::Numbers(values) => values.len(),
            Self::Days(values) => values.len(),
            Self::Times(values) => values.len(),
            Self::Truths(values) => values.len(),
        }
    }

    /// None at all?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A column that is too short has nothing there.
fn at<T>(values: &[Option<T>], row: usize) -> &Option<T> {
    values.get(row).unwrap_or(&None)
}

/// Can no reader take it for a formula, or end it at a NUL?
fn is_tame(bytes: &[u8]) -> bool {
    !starts_a_formula(bytes) && !bytes.iter().fold(false, |found, byte| found | (*byte == 0))
}

/// Would a spreadsheet run it? The full-width forms are read as the plain ones by East Asian editions of Excel.
fn starts_a_formula(bytes: &[u8]) -> bool {
    match bytes {
        [b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r' | b'\n', ..] => true,
        [0xEF, 0xBC, last, ..] => matches!(last, 0x8B | 0x8D | 0x9D | 0xA0),
        _ => false,
    }
}

fn put_day(out: &mut Vec<u8>, day: NaiveDate) {
    let year = day.year();
    if (0..=9999).contains(&year) {
        two_digits(out, year as u32 / 100);
        two_digits(out, year as u32 % 100);
    } else {
        let _ = write!(out, "{}", day.format("%Y"));
    }
    for part in [day.month(), day.day()] {
        out.push(b'-');
        two_digits(out, part);
    }
}

fn two_digits(out: &mut Vec<u8>, number: u32) {
    out.extend_from_slice(&[b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8]);
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Delimited<'_> = Delimited {
        separator: b';',
        decimal: b',',
        quote_texts: false,
        quote_values: false,
        line_end: "\n",
        absent: "",
        neutral: true,
    };

    fn text(dialect: Delimited<'_>, text: Option<&str>) -> String {
        let mut records = Records::after(b"", dialect);
        records.text(text);
        String::from_utf8(records.into_bytes()).unwrap()
    }

    #[test]
    fn formulas_are_led_by_an_apostrophe_and_plain_text_is_not_touched() {
        for (written, expected) in [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@x", "'@x"),
            ("\t=1", "'\t=1"),
            ("\r=1", "\"'\r=1\""),
            ("\0=1", "'=1"),
            ("\0\0＝1", "'＝1"),
            ("a\0b", "ab"),
            ("＝1", "'＝1"),
            ("＋1", "'＋1"),
            ("－1", "'－1"),
            ("＠1", "'＠1"),
            ("：1", "：1"),
            ("Ñandú = 1", "Ñandú = 1"),
            ("'", "'"),
        ] {
            assert_eq!(text(PLAIN, Some(written)), expected);
        }
        assert_eq!(text(Delimited { neutral: false, ..PLAIN }, Some("=1\0")), "=1\0");
    }

    #[test]
    fn a_text_that_reads_like_an_absent_value_stands_in_quotes_and_the_absent_one_never() {
        assert_eq!([text(PLAIN, None), text(PLAIN, Some(""))], ["", "\"\""]);
        let named = Delimited { absent: "NULL", ..PLAIN };
        assert_eq!(
            [None, Some("NULL"), Some("null"), Some("")].map(|it| text(named, it)),
            ["NULL", "\"NULL\"", "null", ""]
        );
        let all = Delimited { quote_texts: true, quote_values: true, ..PLAIN };
        assert_eq!(
            [text(all, None), text(all, Some("")), text(all, Some("a\"b"))],
            ["", "\"\"", "\"a\"\"b\""]
        );
        let mut records = Records::after(b"", PLAIN);
        records.rows(&[Cells::Numbers(&[None, Some(1.5)])]);
        assert_eq!(records.into_bytes(), b"\"\"\n1,5\n");
    }

    #[test]
    fn each_kind_of_value_has_its_own_way_and_a_separator_in_it_brings_quotes() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 9);
        let time = day.and_then(|day| day.and_hms_opt(7, 5, 0));
        let row = |dialect| {
            let mut records = Records::after(b"", dialect);
            records.rows(&[
                Cells::Texts(&[Some("a;b\r\nc".to_owned())]),
                Cells::Numbers(&[Some(-0.853)]),
                Cells::Days(&[day]),
                Cells::Times(&[time]),
                Cells::Truths(&[Some(true)]),
                Cells::Written(&[Some("-1".to_owned())]),
            ]);
            String::from_utf8(records.into_bytes()).unwrap()
        };
        assert_eq!(row(PLAIN), "\"a;b\r\nc\";-0,853;2026-03-09;2026-03-09T07:05:00;true;-1\n");
        let colons = Delimited { separator: b':', ..PLAIN };
        assert_eq!(row(colons), "\"a;b\r\nc\":-0,853:2026-03-09:\"2026-03-09T07:05:00\":true:-1\n");
        let commas = Delimited { separator: b',', ..PLAIN };
        assert!(row(commas).contains(",\"-0,853\","), "{}", row(commas));
        let texts = Delimited { quote_texts: true, ..PLAIN };
        assert!(row(texts).starts_with("\"a;b\r\nc\";-0,853;"));
    }
}

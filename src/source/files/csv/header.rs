//! The first line of a CSV file: which columns there are, and what stands between values.

use crate::definition::{CsvReading, FileEncoding};
use crate::source::files::place::LocalFile;
use crate::source::files::problem::Problem;
use std::io::{Cursor, Read};

/// What may stand between values, where the definition does not say it.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// A header may have so many bytes.
const LONGEST: usize = 1 << 20;

/// What the first record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// The columns.
    pub(super) names: Vec<String>,
    pub(super) separator: u8,
    /// The line of the first row after it.
    pub(super) next_line: u64,
    /// Lines end as on Windows.
    pub(super) is_crlf: bool,
    /// How the file's bytes become letters, as it says itself or the definition does.
    pub(super) encoding: FileEncoding,
}

/// What follows the header.
pub(super) type Rest = std::io::Chain<Cursor<Vec<u8>>, Box<dyn Read>>;

impl Header {
    /// Reads it; gives what follows it too.
    pub(super) fn read(
        file: &LocalFile,
        (mut from, encoding): (Box<dyn Read>, FileEncoding),
        reading: &CsvReading,
    ) -> Result<(Self, Rest), Problem> {
        let shown = &file.shown;
        let mut bytes = Vec::new();
        let mut seen = 0;
        let mut within_quotes = false;
        let mut lines: u64 = 1;
        // The first record that is not blank: from where, to where, and where the next one begins.
        let mut begin = 0;
        let mut announced = None;
        let (end, next) = 'found: loop {
            let before = bytes.len();
            let read = from.by_ref().take(16 << 10).read_to_end(&mut bytes);
            read.map_err(|error| Problem::of_io(shown, error))?;
            for (at, byte) in bytes.iter().enumerate().skip(seen) {
                match byte {
                    _ if *byte == reading.quote => within_quotes = !within_quotes,
                    b'\n' | b'\r' if !within_quotes => {
                        let line = bytes[begin..at].trim_ascii_start();
                        if announced.is_none() && separator_said(line).is_some() {
                            announced = separator_said(line);
                        } else if !line.is_empty() {
                            lines += u64::from(*byte == b'\n');
                            break 'found (at, at + 1);
                        }
                        begin = at + 1;
                    }
                    _ => {}
                }
                lines += u64::from(*byte == b'\n');
            }
            seen = bytes.len();
            if bytes.len() == before {
                break (seen, seen);
            }
            if seen > LONGEST {
                return Err(Problem::new(
                    format!("{shown}: the header does not end within {} MB", LONGEST >> 20),
                    "the first line names the columns; see whether the file is CSV, and its quotes are closed",
                ));
            }
        };
        let line = bytes.get(begin..end).unwrap_or_default();
        if line.trim_ascii().is_empty() {
            return Err(Problem::new(
                format!("{shown} has no header: all of its lines are blank"),
                "the first line names the columns",
            ));
        }
        if within_quotes {
            return Err(Problem::new(
                format!("{shown}, line 1: a quote that begins in the header never ends"),
                "the first line names the columns; close the quote, or name another sign with `quote`",
            ));
        }
        let separator = reading.separator.or(announced).unwrap_or_else(|| separator_of(line, reading.quote));
        let names = names(shown, line, separator, reading, encoding)?;
        let mut rest = bytes.get(next..).unwrap_or_default().to_vec();
        let is_return = end < next && bytes.get(end) == Some(&b'\r');
        if is_return && rest.is_empty() {
            let read = from.by_ref().take(1).read_to_end(&mut rest);
            read.map_err(|error| Problem::of_io(shown, error))?;
        }
        let is_crlf = is_return && rest.first() == Some(&b'\n');
        if is_crlf {
            rest.remove(0);
            lines += 1;
        }
        Ok((Self { names, separator, next_line: lines, is_crlf, encoding }, Cursor::new(rest).chain(from)))
    }
}

/// What Excel reads from a line before the header, and writes there for itself: `sep=;`.
fn separator_said(line: &[u8]) -> Option<u8> {
    match line {
        [s, e, p, b'=', sign] if [*s, *e, *p].eq_ignore_ascii_case(b"sep") => Some(*sign),
        _ => None,
    }
}

/// The sign that stands most often in the header, outside of quotes; a comma where none does.
fn separator_of(line: &[u8], quote: u8) -> u8 {
    let count = |separator: u8| {
        let mut within_quotes = false;
        let is_one = |byte: &&u8| {
            within_quotes ^= **byte == quote;
            **byte == separator && !within_quotes
        };
        line.iter().filter(is_one).count()
    };
    // Of two that stand equally often the earlier one of the list.
    SEPARATORS.into_iter().rev().max_by_key(|separator| count(*separator)).unwrap_or(b',')
}

fn names(
    shown: &str,
    line: &[u8],
    separator: u8,
    reading: &CsvReading,
    encoding: FileEncoding,
) -> Result<Vec<String>, Problem> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .delimiter(separator)
        .quote(reading.quote)
        .from_reader(line);
    let mut record = csv::ByteRecord::new();
    reader.read_byte_record(&mut record).map_err(|error| {
        Problem::new(format!("{shown}, line 1: {error}"), "the first line names the columns")
    })?;
    let mut names: Vec<String> = Vec::with_capacity(record.len());
    for name in &record {
        if name.contains(&0) {
            return Err(super::records::zero(shown, 1));
        }
        let Ok(name) = std::str::from_utf8(name) else {
            return Err(super::records::no_letters(shown, 1, None, encoding));
        };
        let name = name.trim().to_owned();
        if !name.is_empty() && names.contains(&name) {
            return Err(Problem::new(
                format!("{shown}: the header names the column `{name}` twice"),
                "columns are found by their names: give one of the two another name",
            ));
        }
        names.push(name);
    }
    if let ([only], Some(written)) = (names.as_slice(), reading.separator) {
        let other = SEPARATORS.into_iter().find(|other| *other != written && only.as_bytes().contains(other));
        if let Some(other) = other {
            let sign = |byte: u8| char::from(byte).escape_default().to_string();
            return Err(Problem::new(
                format!(
                    "{shown}: with `{}` between values the header is one column, `{only}`",
                    sign(written)
                ),
                format!("write separator = \"{}\", or delete the line: it is found out", sign(other)),
            ));
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_separates_is_what_stands_most_often_outside_of_quotes() {
        assert_eq!(separator_of(b"a;b;c", b'"'), b';');
        assert_eq!(separator_of(b"\"a,b,c,d\";e;f", b'"'), b';');
        assert_eq!(separator_of(b"a\tb|c\td", b'"'), b'\t');
        assert_eq!(separator_of(b"only", b'"'), b',');
        assert_eq!(separator_of(b"a,b;c", b'"'), b',');
    }
}

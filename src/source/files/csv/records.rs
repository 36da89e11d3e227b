//! The records of a CSV file, each held against its header. What the parser passes over in silence (a quote that never ends, a record of
//! gigabytes) is found by what it is fed: a mark after the last byte, and no more bytes than a record may have.

use super::header::{Header, Rest};
use crate::definition::FileEncoding;
use crate::source::files::bytes::LONGEST;
use crate::source::files::problem::Problem;
use csv::{ByteRecord, Reader, ReaderBuilder};
use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// Stands after the last line: a record of its own, unless a quote is open.
const MARK: &[u8] = b"\x01the end of the file\x02";

/// Feeds the parser.
struct Fed<R> {
    inner: R,
    shown: String,
    /// Bytes given out, and how many of them the records took that are done.
    given: u64,
    taken: Rc<Cell<u64>>,
    line: Rc<Cell<u64>>,
    /// What is left of the line end before the mark, the mark, and the line end after it; `None` until the file is over.
    ending: Option<&'static [u8]>,
}

/// [`MARK`] on a line of its own.
const ENDING: &[u8] = b"\n\x01the end of the file\x02\n";

impl<R: Read> Read for Fed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.given.saturating_sub(self.taken.get()) > LONGEST {
            return Err(Problem::new(
                format!(
                    "{}, line {}: a record does not end within {} MB",
                    self.shown,
                    self.line.get(),
                    LONGEST >> 20
                ),
                "see whether a quote is opened there and never closed, and whether the file is CSV at all",
            )
            .into());
        }
        if self.ending.is_none() {
            let count = self.inner.read(into)?;
            self.given += count as u64;
            if count > 0 || into.is_empty() {
                return Ok(count);
            }
        }
        let left = self.ending.get_or_insert(ENDING);
        let count = left.read(into)?;
        self.given += count as u64;
        Ok(count)
    }
}

/// What comes next.
pub(super) enum Next<'r> {
    /// A row.
    Record(&'r ByteRecord),
    /// The file is over.
    End,
}

/// Records of a file.
pub(super) struct Records<'a> {
    shown: &'a str,
    names: &'a [String],
    reader: Reader<Fed<Rest>>,
    record: ByteRecord,
    first_line: u64,
    /// The parser takes the second half of a line end of Windows for the beginning of the next record.
    is_crlf: bool,
    is_first: bool,
    encoding: FileEncoding,
    taken: Rc<Cell<u64>>,
    line: Rc<Cell<u64>>,
}

impl<'a> Records<'a> {
    pub(super) fn new(shown: &'a str, rest: Rest, header: &'a Header, quote: u8) -> Self {
        let (taken, line) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(header.next_line)));
        let fed = Fed {
            inner: rest,
            shown: shown.to_owned(),
            given: 0,
            taken: Rc::clone(&taken),
            line: Rc::clone(&line),
            ending: None,
        };
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(header.separator)
            .quote(quote)
            .buffer_capacity(128 << 10)
            .from_reader(fed);
        let (names, record) = (header.names.as_slice(), ByteRecord::new());
        let Header { next_line: first_line, is_crlf, encoding, .. } = *header;
        Self { shown, names, reader, record, first_line, is_crlf, is_first: true, encoding, taken, line }
    }

    /// The next row that has a value.
    pub(super) fn next(&mut self) -> Result<Next<'_>, Problem> {
        loop {
            self.taken.set(self.reader.position().byte());
            let line = self.reader.position().line() - 1 + self.first_line;
            self.line.set(line + u64::from(self.is_crlf && !self.is_first));
            self.is_first = false;
            let is_record =
                self.reader.read_byte_record(&mut self.record).map_err(|error| self.failed(error))?;
            if !is_record {
                return Ok(Next::End);
            }
            let all = self.record.as_slice();
            if all.len() >= MARK.len() && contains(all, MARK) {
                if self.record.len() == 1 && all == MARK {
                    return Ok(Next::End);
                }
                return Err(Problem::new(
                    format!("{}, line {}: a quote that begins here never ends", self.shown, self.at()),
                    "close the quote, or double it if it belongs to the value; the file may also have been cut",
                ));
            }
            if self.record.len() != self.names.len() {
                return Err(self.ragged());
            }
            if all.contains(&0) {
                return Err(zero(self.shown, self.at()));
            }
            // What is decoded here is letters, but for what has none.
            if self.encoding != FileEncoding::Windows1252 && std::str::from_utf8(all).is_err() {
                let broken = self.record.iter().position(|value| std::str::from_utf8(value).is_err());
                let column = broken.and_then(|at| self.names.get(at));
                let column = column.map(String::as_str);
                return Err(no_letters(self.shown, self.at(), column, self.encoding));
            }
            // Spreadsheets leave lines of separators alone behind the last row.
            if !all.is_empty() {
                break;
            }
        }
        Ok(Next::Record(&self.record))
    }

    /// The line on which the record begins.
    fn at(&self) -> u64 {
        self.line.get()
    }

    fn ragged(&self) -> Problem {
        let (values, names) = (self.record.len(), self.names.len());
        let many =
            |count: usize, one: &str, more: &str| format!("{count} {}", if count == 1 { one } else { more });
        Problem::new(
            format!(
                "{}, line {} has {}, and the header has {}",
                self.shown,
                self.at(),
                many(values, "value", "values"),
                many(names, "column", "columns")
            ),
            if values < names {
                "the line may have been cut, or a value holds a line end without quotes around it"
            } else {
                "a value that holds the separator stands in quotes"
            },
        )
    }

    fn failed(&self, error: csv::Error) -> Problem {
        match error.into_kind() {
            csv::ErrorKind::Io(error) => Problem::of_io(self.shown, error),
            other => Problem::new(
                format!("{}, line {}: {other:?}", self.shown, self.line.get()),
                "see whether the file is CSV",
            ),
        }
    }
}

fn contains(all: &[u8], part: &[u8]) -> bool {
    // It is the last that was fed: whatever holds it ends with it, but for the line end after it.
    all.trim_ascii_end().ends_with(part)
}

/// The error of a byte that no text has.
pub(super) fn zero(shown: &str, line: u64) -> Problem {
    Problem::new(
        format!("{shown}, line {line} has a NUL byte, which no text has"),
        "the file is not text, was cut off by a crash, or is UTF-16 without a byte order mark (then: encoding = \"utf-16\")",
    )
}

/// The error of bytes that are no letters.
pub(super) fn no_letters(shown: &str, line: u64, column: Option<&str>, encoding: FileEncoding) -> Problem {
    let column = column.map_or_else(String::new, |column| format!(", column `{column}`"));
    let (what, hint) = match encoding {
        FileEncoding::Utf8 => (
            "bytes that are not UTF-8",
            "if it was written by Excel or another program of Windows: encoding = \"windows-1252\"",
        ),
        FileEncoding::Utf16 => (
            "half of a letter that UTF-16 writes in two halves",
            "the value was cut in the middle of a letter; see what exports it",
        ),
        FileEncoding::Windows1252 => ("bytes that are not windows-1252", "see how it was exported"),
    };
    Problem::new(format!("{shown}, line {line}{column}: {what}"), hint)
}

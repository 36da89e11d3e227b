//! Rows of CSV files, one after the other: each record has as many values as the header has names, or the file is refused at its line.

mod dates;
mod header;
mod records;

use super::bytes::text;
use super::cell::Cell;
use super::place::LocalFile;
use super::problem::Problem;
use crate::definition::{CsvReading, DateOrder};
use header::Header;
use records::{Next, Records};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// A CSV file whose header is known.
#[derive(Debug)]
pub(super) struct Csv {
    file: LocalFile,
    reading: CsvReading,
    header: Header,
    /// Which columns have days or instants that may be written otherwise than ISO 8601 has them.
    dated: Vec<bool>,
}

impl Csv {
    /// Reads the header. `timed` are the columns of days and instants, by their names in files in lower case.
    pub(super) fn open(
        file: LocalFile,
        reading: &CsvReading,
        timed: &BTreeSet<String>,
    ) -> Result<Self, Problem> {
        let (header, _) = Header::read(&file, text(&file, Some(reading.encoding))?, reading)?;
        let is_dated =
            |name: &String| reading.dates != DateOrder::Iso && timed.contains(&name.to_lowercase());
        let dated = header.names.iter().map(is_dated).collect();
        Ok(Self { file, reading: reading.clone(), header, dated })
    }

    pub(super) fn names(&self) -> &[String] {
        &self.header.names
    }

    pub(super) fn file(&self) -> &LocalFile {
        &self.file
    }

    /// Passes every row: of each the values in these places (`None`: the file has no such column), until somebody has seen enough.
    pub(super) fn pass(
        &self,
        places: &[Option<usize>],
        each: &mut dyn FnMut(&[Cell<'_>]) -> ControlFlow<()>,
    ) -> Result<(), Problem> {
        let (header, rest) =
            Header::read(&self.file, text(&self.file, Some(self.reading.encoding))?, &self.reading)?;
        if header != self.header {
            return Err(Problem::new(
                format!("{} was written to while it was read", self.file.shown),
                "run the report again, and let files take their names only when they are whole",
            ));
        }
        let mut records = Records::new(&self.file.shown, rest, &header, self.reading.quote);
        let mut room = Vec::with_capacity(places.len());
        let is_dated =
            |place: &Option<usize>| place.is_some_and(|place| self.dated.get(place) == Some(&true));
        let dated: Vec<bool> = places.iter().map(is_dated).collect();
        let has_dates = dated.contains(&true);
        let mut days: Vec<Option<String>> = Vec::new();
        loop {
            let record = match records.next()? {
                Next::Record(record) => record,
                Next::End => return Ok(()),
            };
            let mut cells = recycled(room);
            if has_dates {
                days.clear();
                days.extend(places.iter().zip(&dated).map(|(place, is_dated)| {
                    let value = place.filter(|_| *is_dated).and_then(|place| record.get(place))?;
                    dates::iso(value, self.reading.dates)
                }));
            }
            let day = |at: usize| days.get(at).and_then(Option::as_ref);
            cells.extend(places.iter().enumerate().map(|(at, place)| {
                match (day(at), place.and_then(|place| record.get(place))) {
                    (Some(day), _) => Cell::Text(day.as_bytes()),
                    (None, None | Some([])) => Cell::Absent,
                    (None, Some(value)) => Cell::Text(value),
                }
            }));
            if each(&cells).is_break() {
                return Ok(());
            }
            room = recycled(cells);
        }
    }
}

/// The same room for the values of another record.
pub(super) fn recycled<'to>(mut cells: Vec<Cell<'_>>) -> Vec<Cell<'to>> {
    cells.clear();
    cells.into_iter().map(|_| Cell::Absent).collect()
}

/// A number as it is written with a decimal comma, with a point instead; `None`: it is none, as far as its marks tell. Points may stand
/// between groups of three digits before the comma.
pub(super) fn with_point(value: &[u8], into: &mut Vec<u8>) -> Option<()> {
    into.clear();
    let (whole, rest) = match value.iter().position(|byte| *byte == b',') {
        Some(at) => (value.get(..at)?, Some(value.get(at + 1..)?)),
        None => (value, None),
    };
    let trimmed = whole.trim_ascii();
    let digits = trimmed.strip_prefix(b"-").or_else(|| trimmed.strip_prefix(b"+")).unwrap_or(trimmed);
    if digits.contains(&b'.') {
        let mut groups = digits.split(|byte| *byte == b'.');
        let first = groups.next()?.len();
        if !(1..=3).contains(&first) || !groups.all(|group| group.len() == 3) {
            return None;
        }
    }
    into.extend(trimmed.iter().filter(|byte| **byte != b'.'));
    if let Some(rest) = rest {
        if rest.iter().any(|byte| matches!(byte, b'.' | b',')) {
            return None;
        }
        into.push(b'.');
        into.extend(rest.trim_ascii_end());
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_comma_is_a_point_and_points_between_thousands_are_nothing() {
        let said = |text: &str| {
            let mut into = Vec::new();
            with_point(text.as_bytes(), &mut into).map(|()| String::from_utf8(into).expect("text"))
        };
        assert_eq!(said("1234,5").as_deref(), Some("1234.5"));
        assert_eq!(said("-1.234.567,89").as_deref(), Some("-1234567.89"));
        assert_eq!(said("1.234").as_deref(), Some("1234"));
        assert_eq!(said("7").as_deref(), Some("7"));
        for odd in ["12.5", "1.2345", "1,234.5", "1,2,3", ".5"] {
            assert_eq!(said(odd), None, "{odd}");
        }
    }
}

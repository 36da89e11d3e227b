//! Rows of NDJSON files: one JSON object a line. Fields of objects within it have dotted names.

mod fields;

use super::bytes::{LONGEST, text};
use super::cell::Cell;
use super::csv::recycled;
use super::place::LocalFile;
use super::problem::Problem;
use fields::{Field, Names, Paths};
use serde::de::DeserializeSeed as _;
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read, Take};
use std::ops::ControlFlow;

/// An NDJSON file whose fields are known.
#[derive(Debug)]
pub(super) struct NdJson {
    file: LocalFile,
    names: Vec<String>,
}

impl NdJson {
    /// Looks for the fields that there are: until all of those wanted have been seen, or to the end of the file.
    pub(super) fn open(file: LocalFile, wanted: &BTreeSet<String>) -> Result<Self, Problem> {
        let mut seen = Names::default();
        let mut is_any = false;
        let mut lines = Lines::open(&file)?;
        while let Some(line) = lines.next()? {
            lines_of(&file, line, |text| {
                seen.clone().deserialize(&mut serde_json::Deserializer::from_str(text))
            })
            .map(|names| seen = names)?;
            is_any = true;
            if !wanted.contains("*") && wanted.iter().all(|name| seen.has(name)) {
                break;
            }
        }
        if !is_any && lines.number == 0 {
            return Err(Problem::new(
                format!("{} is empty: it has no byte in it", file.shown),
                "something made the file and wrote nothing; see what exports it",
            ));
        }
        Ok(Self { file, names: seen.into_names() })
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn file(&self) -> &LocalFile {
        &self.file
    }

    /// Passes every row, as with CSV.
    pub(super) fn pass(
        &self,
        places: &[Option<usize>],
        each: &mut dyn FnMut(&[Cell<'_>]) -> ControlFlow<()>,
    ) -> Result<(), Problem> {
        let named: Vec<Option<&str>> =
            places.iter().map(|place| place.and_then(|at| self.names.get(at)).map(String::as_str)).collect();
        let paths = Paths::new(&named);
        let mut lines = Lines::open(&self.file)?;
        let mut values = vec![Field::Absent; places.len()];
        let mut room = Vec::with_capacity(places.len());
        while let Some(line) = lines.next()? {
            lines_of(&self.file, line, |text| {
                values.fill(Field::Absent);
                let mut reader = serde_json::Deserializer::from_str(text);
                paths.row(&mut values).deserialize(&mut reader)?;
                reader.end()
            })?;
            let mut cells = recycled(room);
            cells.extend(values.iter().map(Field::cell));
            if each(&cells).is_break() {
                return Ok(());
            }
            room = recycled(cells);
        }
        Ok(())
    }
}

/// Lines that are not blank.
struct Lines<'a> {
    file: &'a LocalFile,
    bytes: BufReader<Box<dyn Read>>,
    line: Vec<u8>,
    /// Of the line that was given last; 0 before the first.
    number: u64,
}

/// A line, and where it stands.
struct Line<'l> {
    text: &'l [u8],
    number: u64,
    /// Does a line end follow?
    is_ended: bool,
}

impl<'a> Lines<'a> {
    fn open(file: &'a LocalFile) -> Result<Self, Problem> {
        let bytes = BufReader::with_capacity(128 << 10, text(file, None)?.0);
        Ok(Self { file, bytes, line: Vec::new(), number: 0 })
    }

    fn next(&mut self) -> Result<Option<Line<'_>>, Problem> {
        loop {
            self.line.clear();
            let mut limited: Take<_> = (&mut self.bytes).take(LONGEST);
            let count = limited
                .read_until(b'\n', &mut self.line)
                .map_err(|error| Problem::of_io(&self.file.shown, error))?;
            if count == 0 {
                return Ok(None);
            }
            self.number += 1;
            let is_ended = self.line.last() == Some(&b'\n');
            if !is_ended && count as u64 == LONGEST {
                return Err(Problem::new(
                    format!("{}, line {} is longer than {} MB", self.file.shown, self.number, LONGEST >> 20),
                    "each line is one JSON object; see whether the file is NDJSON",
                ));
            }
            if !self.line.trim_ascii().is_empty() {
                let text = self.line.trim_ascii_end();
                break Ok(Some(Line { text, number: self.number, is_ended }));
            }
        }
    }
}

/// What a reader makes of a line, or what is wrong with it.
fn lines_of<T>(
    file: &LocalFile,
    line: Line<'_>,
    mut read: impl FnMut(&str) -> Result<T, serde_json::Error>,
) -> Result<T, Problem> {
    let Line { text, number, is_ended } = line;
    let at = format!("{}, line {number}", file.shown);
    let Ok(text) = std::str::from_utf8(text) else {
        let hint = "JSON is UTF-8; see how the file was exported";
        return Err(Problem::new(format!("{at}: bytes that are not UTF-8"), hint));
    };
    let error = match read(text) {
        Ok(read) => return Ok(read),
        Err(error) => error,
    };
    // Half of a pair that stands for one letter is no letter: it is shown as one that is missing.
    let error = match fields::whole_letters(text).map(|text| read(&text)) {
        Some(Ok(read)) => return Ok(read),
        Some(Err(error)) => error,
        None => error,
    };
    if error.is_eof() && !is_ended {
        return Err(Problem::new(
            format!("{at} breaks off: the file ends in the middle of it"),
            "it is still being written, or was cut; run the report again, and let files take their names only when they are whole",
        ));
    }
    if error.is_data() {
        let kind = match text.trim_start().as_bytes().first() {
            Some(b'[') => "a list",
            Some(b'"') => "a text",
            _ => "a single value",
        };
        return Err(Problem::new(
            format!("{at} is {kind}, and not an object"),
            "each line is one JSON object, a row: {\"task_id\": \"T1\", ...}; a whole list in one file is not NDJSON",
        ));
    }
    let said = error.to_string();
    let said = said.split(" at line ").next().unwrap_or_default().to_owned();
    Err(Problem::new(
        format!("{at}, column {} is not JSON: {said}", error.column()),
        "each line is one JSON object; see how the file was exported",
    ))
}

//! What an Excel workbook has of each table: the numbers in the cells of its sheets.

use super::Tabled;
use crate::definition::Format;
use crate::document::{Body, Document};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Cursor};
use zip::ZipArchive;

type Archive<'b> = ZipArchive<Cursor<&'b [u8]>>;

/// Reads every sheet that a section of the report has, and holds it against that section.
pub(super) fn read(bytes: &[u8], document: &Document) -> Result<(), String> {
    let mut archive =
        ZipArchive::new(Cursor::new(bytes)).map_err(|error| format!("it cannot be opened: {error}"))?;
    // The summary stands first; texts have no sheet of their own.
    let mut sheets = sheets(&mut archive)?.into_iter().skip(1);
    for section in document.sections_in(Format::Xlsx).filter(|it| !matches!(it.body, Body::Text(_))) {
        let name = section.title.as_deref().unwrap_or(&section.id);
        let part = sheets.next().ok_or_else(|| format!("it has no sheet for `{name}`"))?;
        if let Some(mut table) = Tabled::of(section) {
            cells(part_of(&mut archive, &part)?, &mut table).map_err(|error| format!("{part}: {error}"))?;
            table.judge()?;
        }
    }
    match sheets.next() {
        Some(part) => Err(format!("it has a sheet that belongs to no section ({part})")),
        None => Ok(()),
    }
}

fn part_of<'a, 'b>(archive: &'a mut Archive<'b>, part: &str) -> Result<impl BufRead + use<'a, 'b>, String> {
    let entry = archive.by_name(part).map_err(|error| format!("{part}: {error}"))?;
    Ok(BufReader::with_capacity(1 << 16, entry))
}

/// The parts that hold the sheets, in the order in which they are shown.
fn sheets(archive: &mut Archive<'_>) -> Result<Vec<String>, String> {
    let mut parts = BTreeMap::new();
    elements(part_of(archive, "xl/_rels/workbook.xml.rels")?, b"Relationship", |element| {
        if let (Some(id), Some(target)) = (attribute(element, b"Id"), attribute(element, b"Target")) {
            let whole = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
            parts.insert(id, whole);
        }
    })?;
    let mut sheets = Vec::new();
    elements(part_of(archive, "xl/workbook.xml")?, b"sheet", |element| {
        sheets.push(attribute(element, b"r:id").and_then(|id| parts.get(&id).cloned()));
    })?;
    sheets.into_iter().map(|part| part.ok_or_else(|| "a sheet of it has no part".to_owned())).collect()
}

/// Looks at every element of this name.
fn elements(part: impl BufRead, name: &[u8], mut look: impl FnMut(&BytesStart<'_>)) -> Result<(), String> {
    let mut reader = Reader::from_reader(part);
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(|error| error.to_string())? {
            Event::Start(element) | Event::Empty(element) if element.name().as_ref() == name => {
                look(&element)
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

fn attribute(element: &BytesStart<'_>, name: &[u8]) -> Option<String> {
    let found = element.attributes().flatten().find(|attribute| attribute.key.as_ref() == name)?;
    String::from_utf8(found.value.into_owned()).ok()
}

/// Goes through the cells of a sheet: headings in the first row, then the table's rows, then its totals and what else is said.
fn cells(part: impl BufRead, table: &mut Tabled<'_>) -> Result<(), String> {
    let mut reader = Reader::from_reader(part);
    let mut buffer = Vec::new();
    // The cell that is being read: its row and column, both from 0, when it is a number.
    let mut cell: Option<(usize, usize)> = None;
    let mut inside_value = false;
    // The last row that was met, and the one below the table that has numbers.
    let (mut last, mut below) = (None, None);
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(|error| error.to_string())? {
            Event::Start(element) if element.name().as_ref() == b"c" => {
                let (at, is_number) = place(&element)?;
                count(table, at.0, &mut last);
                cell = is_number.then_some(at);
            }
            Event::Empty(element) if element.name().as_ref() == b"c" => {
                count(table, place(&element)?.0.0, &mut last);
            }
            Event::Start(element) if element.name().as_ref() == b"v" => inside_value = true,
            Event::Text(text) if inside_value => {
                let Some((row, column)) = cell else { continue };
                let digits = std::str::from_utf8(&text).map_err(|error| error.to_string())?;
                let value: f64 = digits.parse().map_err(|_| format!("`{digits}` is no number"))?;
                match row.checked_sub(1) {
                    None => {}
                    Some(row) if row < table.rows => table.number(row, column, value),
                    Some(row) if table.column(column).is_some() => {
                        if !table.totals || below.is_some_and(|other| other != row) {
                            return Err(format!(
                                "table `{}`: more than its {} rows have numbers (row {} of the sheet)",
                                table.name,
                                table.rows,
                                row + 2
                            ));
                        }
                        below = Some(row);
                        table.total(column, value);
                    }
                    Some(_) => {}
                }
            }
            Event::End(element) if element.name().as_ref() == b"v" => inside_value = false,
            Event::End(element) if element.name().as_ref() == b"c" => cell = None,
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// Counts a row of the table when its first cell is met.
fn count(table: &mut Tabled<'_>, row: usize, last: &mut Option<usize>) {
    if *last != Some(row) {
        *last = Some(row);
        table.seen += usize::from((1..=table.rows).contains(&row));
    }
}

/// Where a cell stands, row and column from 0, and whether it holds a number.
fn place(element: &BytesStart<'_>) -> Result<((usize, usize), bool), String> {
    let (mut place, mut is_number) = (None, true);
    for attribute in element.attributes().with_checks(false).flatten() {
        match attribute.key.as_ref() {
            b"r" => place = reference(&attribute.value),
            b"t" => is_number = attribute.value.as_ref() == b"n",
            _ => {}
        }
    }
    place.map(|place| (place, is_number)).ok_or_else(|| "a cell of it has no place".to_owned())
}

/// `AB12` as row 11 and column 27.
fn reference(text: &[u8]) -> Option<(usize, usize)> {
    let letters = text.iter().take_while(|c| c.is_ascii_uppercase()).count();
    let column =
        text[..letters].iter().fold(0_usize, |sum, letter| sum * 26 + usize::from(letter - b'A') + 1);
    let row: usize = std::str::from_utf8(&text[letters..]).ok()?.parse().ok()?;
    Some((row.checked_sub(1)?, column.checked_sub(1)?))
}

#[cfg(test)]
mod tests {
    use super::reference;

    #[test]
    fn a_cell_is_called_by_its_column_in_letters_and_its_row() {
        let places = ["A1", "Z2", "AA3", "AB12", "XFD1048576"].map(|text| reference(text.as_bytes()));
        assert_eq!(
            places,
            [(0, 0), (1, 25), (2, 26), (11, 27), (1_048_575, 16_383)]
                .map(|(row, column)| Some((row, column)))
        );
        assert_eq!(["", "A", "1", "A0"].map(|text| reference(text.as_bytes())), [None; 4]);
    }
}

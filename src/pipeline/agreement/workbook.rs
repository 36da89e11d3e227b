//! What an Excel workbook has of each table: the numbers in the cells of its sheets.
//!
//! Cells of a sheet are many and their XML is of one shape, so it is read tag by tag and not by an XML reader, which takes three
//! times as long. A cell that looked otherwise would be missing here, and a cell that is missing is a difference.

use super::Tabled;
use crate::definition::Format;
use crate::document::{Body, Document};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Cursor};
use std::ops::Range;
use zip::ZipArchive;

type Archive<'b> = ZipArchive<Cursor<&'b [u8]>>;

/// So many rows of a table stand on one sheet, as it is promised (docs/definitions.md, sections); the others on further ones.
const ROWS_A_SHEET: usize = 1_000_000;

/// Reads every sheet that a section of the report has, and holds it against that section.
pub(super) fn read(bytes: &[u8], document: &Document) -> Result<(), String> {
    let mut archive =
        ZipArchive::new(Cursor::new(bytes)).map_err(|error| format!("it cannot be opened: {error}"))?;
    // The summary stands first; texts have no sheet of their own.
    let mut sheets = sheets(&mut archive)?.into_iter().skip(1);
    for section in document.sections_in(Format::Xlsx).filter(|it| !matches!(it.body, Body::Text(_))) {
        let name = section.title.as_deref().unwrap_or(&section.id);
        let mut next = || sheets.next().ok_or_else(|| format!("it has no sheet for `{name}`"));
        let Some(mut table) = Tabled::of(section) else {
            next()?;
            continue;
        };
        for from in (0..table.rows.max(1)).step_by(ROWS_A_SHEET) {
            let rows = from..(from + ROWS_A_SHEET).min(table.rows);
            cells(Tags::of(&mut archive, &next()?)?, &rows, &mut table)?;
        }
        table.judge()?;
        table.judge_subtotals()?;
    }
    match sheets.next() {
        Some(part) => Err(format!("it has a sheet that belongs to no section ({part})")),
        None => Ok(()),
    }
}

/// The parts that hold the sheets, in the order in which they are shown.
fn sheets(archive: &mut Archive<'_>) -> Result<Vec<String>, String> {
    let mut parts = BTreeMap::new();
    let mut tags = Tags::of(archive, "xl/_rels/workbook.xml.rels")?;
    while let Some(tag) = tags.read()? {
        if let (Some(id), Some(target)) = (attribute(tag, "Id"), attribute(tag, "Target")) {
            let whole = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
            parts.insert(id.to_owned(), whole);
        }
    }
    drop(tags);
    let mut sheets = Vec::new();
    let mut tags = Tags::of(archive, "xl/workbook.xml")?;
    while let Some(tag) = tags.read()? {
        if tag.starts_with(b"<sheet ") {
            let part = attribute(tag, "r:id").and_then(|id| parts.get(id));
            sheets.push(part.cloned().ok_or("a sheet of it has no part")?);
        }
    }
    Ok(sheets)
}

/// Goes through the cells of a sheet: headings in the first row, then rows of the table, then its totals, its subtotals and what else is
/// said.
fn cells(mut tags: Tags<'_>, rows: &Range<usize>, table: &mut Tabled<'_>) -> Result<(), String> {
    // Where the number stands that is being read, row and column from 0.
    let mut cell = None;
    // The last row that was met, and how many below the table have numbers.
    let (mut last, mut below) = (None, Vec::new());
    while let Some(tag) = tags.read()? {
        if let Some(rest) = tag.strip_prefix(b"<c r=\"") {
            let end = rest.iter().position(|byte| *byte == b'"').unwrap_or(rest.len());
            let (row, column) = reference(&rest[..end]).ok_or("a cell of it has no place")?;
            if last != Some(row) {
                last = Some(row);
                table.seen += usize::from((1..=rows.len()).contains(&row));
            }
            // Texts and truth values have a type, numbers have none.
            let is_number = || !rest[end..].windows(4).any(|bytes| bytes == b" t=\"");
            cell = (table.column(column).is_some() && is_number()).then_some((row, column));
        } else if let (Some(digits), Some((row, column))) = (tag.strip_suffix(b"</v>"), cell) {
            let digits = String::from_utf8_lossy(digits);
            let value: f64 = digits.parse().map_err(|_| format!("`{digits}` is no number"))?;
            cell = None;
            match row.checked_sub(1) {
                None => {}
                Some(row) if row < rows.len() => table.number(rows.start + row, column, value),
                Some(row) => {
                    if below.last() != Some(&row) {
                        below.push(row);
                    }
                    if rows.end < table.rows || !table.below(below.len() - 1, column, value) {
                        return Err(format!(
                            "table `{}`: more than its {} rows have numbers (row {} of the sheet)",
                            table.name,
                            table.rows,
                            row + 2
                        ));
                    }
                }
            }
        }
    }
    Ok(())
}

/// A part of a workbook tag by tag, each with the text before it.
struct Tags<'a> {
    part: String,
    bytes: Box<dyn BufRead + 'a>,
    tag: Vec<u8>,
}

impl<'a> Tags<'a> {
    fn of(archive: &'a mut Archive<'_>, part: &str) -> Result<Self, String> {
        let entry = archive.by_name(part).map_err(|error| format!("{part}: {error}"))?;
        let bytes = Box::new(BufReader::with_capacity(1 << 16, entry));
        Ok(Self { part: part.to_owned(), bytes, tag: Vec::new() })
    }

    /// `<c r="B2" s="3">`, `<v>`, `12.5</v>`; `None` at the end.
    fn read(&mut self) -> Result<Option<&[u8]>, String> {
        self.tag.clear();
        let read = self.bytes.read_until(b'>', &mut self.tag);
        let there = read.map_err(|error| format!("{}: {error}", self.part))?;
        Ok((there > 0).then_some(self.tag.as_slice()))
    }
}

/// The value of an attribute, as it is written.
fn attribute<'t>(tag: &'t [u8], name: &str) -> Option<&'t str> {
    let tag = std::str::from_utf8(tag).ok()?;
    tag.match_indices(name).find_map(|(at, _)| {
        let value = tag[at + name.len()..].strip_prefix("=\"")?;
        tag[..at].ends_with(' ').then(|| value.split_once('"').map(|(value, _)| value))?
    })
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
    use super::{attribute, reference};

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

    #[test]
    fn an_attribute_is_known_by_its_whole_name() {
        let tag = b"<sheet name=\"t=1\" sheetId=\"2\" r:id=\"rId2\"/>";
        assert_eq!(
            ["name", "sheetId", "r:id", "id", "t"].map(|name| attribute(tag, name)),
            [Some("t=1"), Some("2"), Some("rId2"), None, None]
        );
    }
}

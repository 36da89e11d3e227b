//! Sheets of tables.

use super::streamed::Streamed;
use super::totals::{Below, Placed};
use super::widths::{WIDEST, column_width, make_room, set_heading_height, widest};
use super::writer::{Writer, col, fits_native_table, heading_texts, row};
use super::{Sheet, marks, page};
use crate::document::{Column, Line, Table, Values, Verdict, Word};
use crate::render::RenderError;
use rust_xlsxwriter::{ColNum, Format, XlsxError};
use std::ops::Range;

/// Excel's limits.
const MOST_ROWS: usize = 1_048_576;
const MOST_COLUMNS: usize = 16_384;
/// A longer table goes on on another sheet.
pub(super) const ROWS_A_SHEET: usize = 1_000_000;
/// What became of a table on a sheet.
pub(super) struct Made<'a> {
    /// Columns that have a total, each with its row on the sheet.
    pub(super) totals: Vec<(usize, usize)>,
    /// The rows that are still to be put in.
    pub(super) streamed: Option<Streamed<'a>>,
}

/// A table: headings in the first row, so that programs find them, rows, totals outside the filter, subtotals below.
pub(super) fn write_table<'a>(
    to: &mut Writer<'_>,
    (table, place): (&'a Table, usize),
    sheet: &Sheet<'_>,
) -> Result<Result<Made<'a>, XlsxError>, RenderError> {
    // Headings, totals and subtotals between empty rows, and the lines under the table.
    let rows = sheet.rows.len() + table.groups.len() + 12 + sheet.section.notes.len();
    if rows > MOST_ROWS || table.columns.len() > MOST_COLUMNS {
        return Err(RenderError {
            format: "xlsx",
            what: format!(
                "section {:?} has {} columns, and with subtotals {rows} rows on one sheet, more than a sheet of Excel holds",
                sheet.section.id,
                table.columns.len()
            ),
            hint: format!(
                "give the table a limit or fewer subtotals, or keep it out of the workbook with only = [\"csv\"]; a sheet holds {MOST_ROWS} rows and {MOST_COLUMNS} columns"
            ),
        });
    }
    Ok(table_rows(to, (table, place), sheet))
}

fn table_rows<'a>(
    to: &mut Writer<'_>,
    (table, place): (&'a Table, usize),
    sheet: &Sheet<'_>,
) -> Result<Made<'a>, XlsxError> {
    let headings = heading_texts(table.columns.iter().map(|c| c.label.as_str()));
    let numeric: Vec<bool> = table.columns.iter().map(|c| c.display.is_number()).collect();
    let rows = &sheet.rows;
    let is_small = fits_native_table(rows.len(), headings.len());
    let mut next = to.headings(&headings, &numeric, rows.len(), sheet)?;

    // Of a large table the first row is written here, and tells the looks of the others.
    let cells = if is_small { rows.clone() } else { rows.start..(rows.start + 1).min(rows.end) };
    let mut widths = Vec::with_capacity(headings.len());
    for (at, column) in table.columns.iter().enumerate() {
        let col = col(at)?;
        let widest = widest(table, at, to.document);
        let chars = column_width(&headings[at], widest);
        widths.push(chars);
        to.out.set_column_width(col, chars as f64)?;
        let mut format = to.styles.cell(&column.display);
        if widest > WIDEST {
            format = format.set_text_wrap();
        }
        write_column(to, col, (column, cells.clone(), is_small), &format)?;
        if let (false, Values::Text(all)) = (is_small, &column.values) {
            to.texts.count(all.get(cells.end..rows.end).into_iter().flatten().flatten());
        }
    }
    if is_small {
        make_room(to.out, table, rows, &widths)?;
    }
    marks::write(to.out, table, rows, 1, to.styles)?;
    if table.is_empty() {
        to.out.write_string_with_format(1, 0, to.word(Word::NoData), &to.styles.note)?;
        next += 1;
    }
    let mut notes = Vec::new();
    let mut totals = Vec::new();
    if sheet.is_last {
        let placed = Placed { table, first: 1, is_whole: rows.len() == table.len(), is_small };
        let below = placed.totals(to, next)?;
        let mut has_values = below.has_values;
        next = below.next;
        totals = below.totals;
        if !table.groups.is_empty() {
            let Below { next: free, has_values: more, .. } =
                placed.subtotals(to, next + 1, (&headings, &widths))?;
            next = free;
            has_values |= more;
        }
        let has_points = table.columns.iter().any(|column| column.display.is_points());
        notes = with_points_note(sheet, has_points, to);
        if has_values {
            notes.push(to.word(Word::TotalsFromSource).to_owned());
        }
    }
    to.notes(next, &notes)?;
    set_heading_height(to.out, 0, &headings, &widths)?;
    page::turn_if_wide(to.out, widths.iter().sum());
    let streamed = (!is_small).then(|| Streamed { sheet: place, table, rows: rows.clone() });
    Ok(Made { totals, streamed })
}

/// What is said under a table; a cell of Excel cannot call points of percent by their name.
pub(super) fn with_points_note(sheet: &Sheet<'_>, has_points: bool, to: &Writer<'_>) -> Vec<String> {
    let points = has_points.then(|| to.word(Word::PointsNote).to_owned());
    sheet.section.notes.iter().cloned().chain(points).collect()
}

fn write_column(
    to: &mut Writer<'_>,
    col: ColNum,
    (column, rows, is_small): (&Column, Range<usize>, bool),
    format: &Format,
) -> Result<(), XlsxError> {
    // The looks of a large table are those of its first row.
    let is_fixed = is_small && marks::is_fixed(column);
    for (at, from) in rows.enumerate() {
        let row = row(at + 1)?;
        match &column.values {
            // Borrowed: no copy of every text is made on the way.
            Values::Text(all) => match all.get(from).and_then(Option::as_deref) {
                Some(text) => {
                    to.text((row, col), text, format)?;
                }
                None => {
                    to.out.write_blank(row, col, format)?;
                }
            },
            values => {
                let verdict = if is_fixed { column.verdict(Line::Row(from)) } else { Verdict::Neutral };
                let judged = (verdict != Verdict::Neutral)
                    .then(|| marks::judged_format(format.clone(), &column.display, verdict, to.styles));
                let format = judged.as_ref().unwrap_or(format);
                to.value((row, col), values.get(from).as_ref(), format)?;
            }
        }
    }
    Ok(())
}

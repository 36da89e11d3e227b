//! Sheets of rows: tables and tiles.

use super::streamed::Streamed;
use super::styles::Styles;
use super::text::{Texts, clean};
use super::totals::{Below, Placed};
use super::widths::{WIDEST, column_width, make_room, set_heading_height, widest};
use super::{Sheet, marks, page};
use crate::document::{Column, Document, Kpi, Line, Table, Value, Values, Verdict, Word};
use crate::render::RenderError;
use crate::render::tabular::{Grid, unique_headings};
use chrono::Datelike;
use rust_xlsxwriter::{
    ColNum, Format, RowNum, Table as NativeTable, TableColumn, TableStyle, Worksheet, XlsxError,
};
use std::ops::Range;

/// Excel's limits.
const MOST_ROWS: usize = 1_048_576;
const MOST_COLUMNS: usize = 16_384;
/// A longer table goes on on another sheet.
pub(super) const ROWS_A_SHEET: usize = 1_000_000;
/// Up to here a native table is made, with cells in memory; larger ones get a plain filter, and their rows are streamed.
const LARGEST_NATIVE_TABLE: usize = 250_000;
/// What became of a table on a sheet.
pub(super) struct Made<'a> {
    /// Columns that have a total, each with its row on the sheet.
    pub(super) totals: Vec<(usize, usize)>,
    /// The rows that are still to be put in.
    pub(super) streamed: Option<Streamed<'a>>,
}

/// A table: headings in the first row, so that programs find them, rows, totals outside the filter, subtotals below.
pub(super) fn write_table<'a>(
    out: &mut Worksheet,
    (table, place): (&'a Table, usize),
    sheet: &Sheet<'_>,
    document: &Document,
    styles: &Styles,
    texts: &mut Texts,
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
    Ok(table_rows(out, (table, place), sheet, document, styles, texts))
}

fn table_rows<'a>(
    out: &mut Worksheet,
    (table, place): (&'a Table, usize),
    sheet: &Sheet<'_>,
    document: &Document,
    styles: &Styles,
    texts: &mut Texts,
) -> Result<Made<'a>, XlsxError> {
    let headings = heading_texts(table.columns.iter().map(|c| c.label.as_str()));
    let numeric: Vec<bool> = table.columns.iter().map(|c| c.display.is_number()).collect();
    let rows = &sheet.rows;
    let is_small = rows.len().saturating_mul(headings.len()) <= LARGEST_NATIVE_TABLE;
    let mut next = write_headings(out, &headings, &numeric, rows.len(), sheet, styles)?;

    // Of a large table the first row is written here, and tells the looks of the others.
    let cells = if is_small { rows.clone() } else { rows.start..(rows.start + 1).min(rows.end) };
    let mut widths = Vec::with_capacity(headings.len());
    for (at, column) in table.columns.iter().enumerate() {
        let col = col(at)?;
        let widest = widest(table, at, document);
        let chars = column_width(&headings[at], widest);
        widths.push(chars);
        out.set_column_width(col, chars as f64)?;
        let mut format = styles.cell(&column.display);
        if widest > WIDEST {
            format = format.set_text_wrap();
        }
        write_column(out, col, (column, cells.clone(), is_small), &format, styles, texts)?;
        if let (false, Values::Text(all)) = (is_small, &column.values) {
            texts.count(all.get(cells.end..rows.end).into_iter().flatten().flatten());
        }
    }
    if is_small {
        make_room(out, table, rows, &widths)?;
    }
    marks::write(out, table, rows, 1, styles)?;
    if table.is_empty() {
        out.write_string_with_format(1, 0, Word::NoData.in_language(document.language()), &styles.note)?;
        next += 1;
    }
    let mut notes = Vec::new();
    let mut totals = Vec::new();
    if sheet.is_last {
        let placed = Placed { table, first: 1, is_whole: rows.len() == table.len(), is_small };
        let below = placed.totals(out, next, document, styles, texts)?;
        let mut has_values = below.has_values;
        next = below.next;
        totals = below.totals;
        if !table.groups.is_empty() {
            let Below { next: free, has_values: more, .. } =
                placed.subtotals(out, next + 1, (&headings, &widths), document, styles, texts)?;
            next = free;
            has_values |= more;
        }
        let has_points = table.columns.iter().any(|column| column.display.is_points());
        notes = with_points_note(sheet, has_points, document);
        if has_values {
            notes.push(Word::TotalsFromSource.in_language(document.language()).to_owned());
        }
    }
    write_notes(out, next, &notes, styles, texts)?;
    set_heading_height(out, 0, &headings, &widths)?;
    page::turn_if_wide(out, widths.iter().sum());
    let streamed = (!is_small).then(|| Streamed { sheet: place, table, rows: rows.clone() });
    Ok(Made { totals, streamed })
}

/// Tiles: one row a metric.
pub(super) fn write_tiles(
    out: &mut Worksheet,
    tiles: &[Kpi],
    sheet: &Sheet<'_>,
    document: &Document,
    styles: &Styles,
    texts: &mut Texts,
) -> Result<(), XlsxError> {
    let grid = Grid::of(tiles, document.language());
    let numeric: Vec<bool> = (0..grid.headings.len()).map(|at| at > 0).collect();
    let headings = heading_texts(grid.headings.iter().map(String::as_str));
    write_headings(out, &headings, &numeric, grid.rows.len(), sheet, styles)?;
    let mut widths = Vec::with_capacity(headings.len());
    for (at, heading) in headings.iter().enumerate() {
        let col = col(at)?;
        let mut widest = 0;
        for (index, cells) in grid.rows.iter().enumerate() {
            let Some(cell) = cells.get(at) else { continue };
            widest = widest.max(document.locale.show(cell.value.as_ref(), &cell.display).chars().count());
            let format = styles.cell(&cell.display);
            write_value(out, row(index + 1)?, col, cell.value.as_ref(), &format, texts)?;
        }
        let chars = column_width(heading, widest);
        widths.push(chars);
        out.set_column_width(col, chars as f64)?;
    }
    let has_points = grid.rows.iter().flatten().any(|cell| cell.display.is_points());
    let notes = with_points_note(sheet, has_points, document);
    write_notes(out, grid.rows.len() + 1, &notes, styles, texts)?;
    set_heading_height(out, 0, &headings, &widths)?;
    page::turn_if_wide(out, widths.iter().sum());
    Ok(())
}

/// What is said under a table; a cell of Excel cannot call points of percent by their name.
fn with_points_note(sheet: &Sheet<'_>, has_points: bool, document: &Document) -> Vec<String> {
    let points = has_points.then(|| Word::PointsNote.in_language(document.language()).to_owned());
    sheet.section.notes.iter().cloned().chain(points).collect()
}

/// Headings as a native table takes them: on one line, of at most 255 characters, each unlike the others.
pub(super) fn heading_texts<'a>(labels: impl Iterator<Item = &'a str>) -> Vec<String> {
    let plain: Vec<String> = labels
        .map(|label| {
            let words: Vec<String> = clean(label).split_whitespace().map(str::to_owned).collect();
            // Room is left for the number that tells equal ones apart; none needs more than two units a character.
            words.join(" ").chars().take(120).collect()
        })
        .collect();
    unique_headings(plain.iter().map(String::as_str))
}

/// The first row, frozen and repeated on each printed page, with filters over the rows below. Gives the first row that
/// no filter will ever reach.
pub(super) fn write_headings(
    out: &mut Worksheet,
    headings: &[String],
    numeric: &[bool],
    rows: usize,
    sheet: &Sheet<'_>,
    styles: &Styles,
) -> Result<usize, XlsxError> {
    let mut columns = Vec::with_capacity(headings.len());
    for (at, heading) in headings.iter().enumerate() {
        let format = if numeric.get(at) == Some(&true) { &styles.header_number } else { &styles.header };
        out.write_string_with_format(0, col(at)?, heading.as_str(), format)?;
        columns.push(TableColumn::new().set_header(heading.as_str()).set_header_format(format));
    }
    out.set_freeze_panes(1, 0)?;
    let below = rows + 1;
    if headings.is_empty() {
        return Ok(below);
    }
    out.set_repeat_rows(0, 0)?;
    let last = col(headings.len() - 1)?;
    if rows == 0 {
        return Ok(below);
    }
    if rows.saturating_mul(headings.len()) > LARGEST_NATIVE_TABLE {
        out.autofilter(0, 0, row(rows)?, last)?;
        // When it is applied again, a plain filter grows over whatever touches it: a row stays empty.
        return Ok(below + 1);
    }
    let native = NativeTable::new()
        .set_name(sheet.table_name.as_str())
        .set_alt_text_title(clean(&sheet.title).as_ref())
        .set_style(TableStyle::Light1)
        .set_columns(&columns);
    out.add_table(0, 0, row(rows)?, last, &native)?;
    Ok(below)
}

fn write_column(
    out: &mut Worksheet,
    col: ColNum,
    (column, rows, is_small): (&Column, Range<usize>, bool),
    format: &Format,
    styles: &Styles,
    texts: &mut Texts,
) -> Result<(), XlsxError> {
    // The looks of a large table are those of its first row.
    let is_fixed = is_small && marks::is_fixed(column);
    for (at, from) in rows.enumerate() {
        let row = row(at + 1)?;
        match &column.values {
            // Borrowed: no copy of every text is made on the way.
            Values::Text(all) => match all.get(from).and_then(Option::as_deref) {
                Some(text) => {
                    out.write_string_with_format(row, col, texts.fit(text).as_ref(), format)?;
                }
                None => {
                    out.write_blank(row, col, format)?;
                }
            },
            values => {
                let verdict = if is_fixed { column.verdict(Line::Row(from)) } else { Verdict::Neutral };
                let judged = (verdict != Verdict::Neutral)
                    .then(|| marks::judged_format(format.clone(), &column.display, verdict, styles));
                let format = judged.as_ref().unwrap_or(format);
                write_value(out, row, col, values.get(from).as_ref(), format, texts)?;
            }
        }
    }
    Ok(())
}

/// A value with its own type; an absent one leaves an empty cell in the same looks.
pub(super) fn write_value(
    out: &mut Worksheet,
    row: RowNum,
    col: ColNum,
    value: Option<&Value>,
    format: &Format,
    texts: &mut Texts,
) -> Result<(), XlsxError> {
    match value {
        None => out.write_blank(row, col, format)?,
        Some(Value::Text(text)) => {
            out.write_string_with_format(row, col, texts.fit(text).as_ref(), format)?
        }
        Some(Value::Number(number)) if number.is_finite() => {
            out.write_number_with_format(row, col, number + 0.0, format)?
        }
        Some(Value::Number(_)) => out.write_blank(row, col, format)?,
        // Excel's calendar begins in 1900: an earlier day is kept as text.
        Some(Value::Date(day)) if day.year() < 1900 => {
            out.write_string_with_format(row, col, day.format("%Y-%m-%d").to_string(), format)?
        }
        Some(Value::Date(day)) => out.write_datetime_with_format(row, col, day, format)?,
        Some(Value::DateTime(at)) if at.year() < 1900 => {
            out.write_string_with_format(row, col, at.format("%Y-%m-%dT%H:%M:%S").to_string(), format)?
        }
        Some(Value::DateTime(at)) => out.write_datetime_with_format(row, col, at, format)?,
        Some(Value::Boolean(yes)) => out.write_boolean_with_format(row, col, *yes, format)?,
    };
    Ok(())
}

/// Sentences, one row each, after an empty one.
pub(super) fn write_notes(
    out: &mut Worksheet,
    from: usize,
    notes: &[String],
    styles: &Styles,
    texts: &mut Texts,
) -> Result<(), XlsxError> {
    for (at, note) in notes.iter().enumerate() {
        out.write_string_with_format(row(from + 1 + at)?, 0, texts.fit(note).as_ref(), &styles.note)?;
    }
    Ok(())
}

pub(super) fn row(at: usize) -> Result<RowNum, XlsxError> {
    RowNum::try_from(at).map_err(|_| XlsxError::RowColumnLimitError)
}

pub(super) fn col(at: usize) -> Result<ColNum, XlsxError> {
    ColNum::try_from(at).map_err(|_| XlsxError::RowColumnLimitError)
}

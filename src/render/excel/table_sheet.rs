//! Sheets of rows: tables and tiles.

use super::styles::Styles;
use super::text::{Texts, clean};
use super::{Sheet, page};
use crate::document::{Column, Display, Document, Kpi, Table, Value, Values, Word};
use crate::render::RenderError;
use crate::render::tabular::{Grid, unique_headings};
use chrono::Datelike;
use rust_xlsxwriter::{
    ColNum, Format, RowNum, Table as NativeTable, TableColumn, TableStyle, Worksheet, XlsxError,
};

/// Excel's limits.
const MOST_ROWS: usize = 1_048_576;
const MOST_COLUMNS: usize = 16_384;
/// Up to here a native table is made; the writer notes each of its cells, so that larger ones get a plain filter.
const LARGEST_NATIVE_TABLE: usize = 250_000;
/// Bounds of a column's width, in characters.
const NARROWEST: usize = 8;
const WIDEST: usize = 60;
/// What a filter's button takes beside a heading.
const FILTER_BUTTON: usize = 3;

/// A table: headings in the first row, so that programs find them, rows, totals outside the filter.
pub(super) fn write_table(
    out: &mut Worksheet,
    table: &Table,
    sheet: &Sheet<'_>,
    document: &Document,
    styles: &Styles,
    texts: &mut Texts,
) -> Result<Result<(), XlsxError>, RenderError> {
    // Headings, totals between empty rows, and the lines under the table.
    let rows = table.len() + 4 + sheet.section.notes.len();
    if rows > MOST_ROWS || table.columns.len() > MOST_COLUMNS {
        return Err(RenderError {
            format: "xlsx",
            what: format!(
                "section {:?} has {} rows and {} columns, more than a sheet of Excel holds",
                sheet.section.id,
                table.len(),
                table.columns.len()
            ),
            hint: format!(
                "give the table a limit, or keep it out of the workbook with only = [\"csv\"]; a sheet holds {MOST_ROWS} rows and {MOST_COLUMNS} columns"
            ),
        });
    }
    Ok(table_rows(out, table, sheet, document, styles, texts))
}

fn table_rows(
    out: &mut Worksheet,
    table: &Table,
    sheet: &Sheet<'_>,
    document: &Document,
    styles: &Styles,
    texts: &mut Texts,
) -> Result<(), XlsxError> {
    let headings = heading_texts(table.columns.iter().map(|c| c.label.as_str()));
    let numeric: Vec<bool> = table.columns.iter().map(|c| c.display.is_number()).collect();
    let mut next = write_headings(out, &headings, &numeric, table.len(), &sheet.section.id, styles)?;

    let mut widths = Vec::with_capacity(headings.len());
    for (at, column) in table.columns.iter().enumerate() {
        let col = col(at)?;
        let widest = widest(column, table.totals.as_ref().and_then(|t| t.get(at)?.as_ref()), document);
        let chars = column_width(&headings[at], widest);
        widths.push(chars);
        out.set_column_width(col, chars as f64)?;
        let mut format = styles.cell(&column.display);
        if widest > WIDEST {
            format = format.set_text_wrap();
        }
        write_column(out, col, &column.values, &format, texts)?;
    }
    if table.is_empty() {
        out.write_string_with_format(1, 0, Word::NoData.in_language(document.language()), &styles.note)?;
        next += 1;
    }
    if let Some(totals) = &table.totals {
        let row = row(next)?;
        for (at, column) in table.columns.iter().enumerate() {
            let format = styles.total(&column.display);
            match totals.get(at).and_then(Option::as_ref) {
                None if at == 0 && column.is_dimension => {
                    let label = Word::Total.in_language(document.language());
                    out.write_string_with_format(row, 0, label, &styles.total(&Display::Text))?;
                }
                value => write_value(out, row, col(at)?, value, &format, texts)?,
            }
        }
        next += 1;
    }
    let has_points = table.columns.iter().any(|column| column.display.is_points());
    write_notes(out, next, &with_points_note(sheet, has_points, document), styles, texts)?;
    set_heading_height(out, &headings, &widths)?;
    page::turn_if_wide(out, widths.iter().sum());
    Ok(())
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
    write_headings(out, &headings, &numeric, grid.rows.len(), &sheet.section.id, styles)?;
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
    set_heading_height(out, &headings, &widths)?;
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
    id: &str,
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
        .set_name(format!("t_{}", id.replace('-', "_")))
        .set_style(TableStyle::Light1)
        .set_columns(&columns);
    out.add_table(0, 0, row(rows)?, last, &native)?;
    Ok(below)
}

fn write_column(
    out: &mut Worksheet,
    col: ColNum,
    values: &Values,
    format: &Format,
    texts: &mut Texts,
) -> Result<(), XlsxError> {
    match values {
        // Borrowed: no copy of every text is made on the way.
        Values::Text(all) => {
            for (at, text) in all.iter().enumerate() {
                if let Some(text) = text {
                    out.write_string_with_format(row(at + 1)?, col, texts.fit(text).as_ref(), format)?;
                }
            }
        }
        values => {
            for at in 0..values.len() {
                write_value(out, row(at + 1)?, col, values.get(at).as_ref(), format, texts)?;
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

/// The longest value of a column as it is shown, in characters.
fn widest(column: &Column, total: Option<&Value>, document: &Document) -> usize {
    let shown = |value: Option<&Value>| document.locale.show(value, &column.display).chars().count();
    let body = match &column.values {
        Values::Text(all) => all
            .iter()
            .flatten()
            .flat_map(|text| text.lines().map(|line| line.chars().take(WIDEST + 1).count()))
            .max()
            .unwrap_or(0),
        // The largest and the smallest number have the most digits: no need to write out a million.
        Values::Number(all) => {
            let finite = || all.iter().flatten().copied().filter(|n| n.is_finite());
            [finite().reduce(f64::max), finite().reduce(f64::min)]
                .into_iter()
                .flatten()
                .map(|n| shown(Some(&Value::Number(n))))
                .max()
                .unwrap_or(0)
        }
        Values::Date(_) | Values::DateTime(_) | Values::Boolean(_) => {
            column.values.get(0).map_or(0, |value| shown(Some(&value)))
        }
    };
    body.max(total.map_or(0, |value| shown(Some(value))))
}

/// Wide enough for the values; a long heading wraps, but never inside its longest word.
pub(super) fn column_width(heading: &str, widest: usize) -> usize {
    let words = heading.split_whitespace().map(|word| word.chars().count());
    let longest_word = words.max().unwrap_or(0);
    let half = heading.chars().count().div_ceil(2);
    // Bold letters and capitals are wider than the digits that a width counts.
    let for_heading = longest_word.max(half).min(WIDEST) + FILTER_BUTTON + 1;
    for_heading.max(widest + 2).clamp(NARROWEST, WIDEST)
}

/// Room for headings that break over lines: not every program finds a row's height by itself.
pub(super) fn set_heading_height(
    out: &mut Worksheet,
    headings: &[String],
    widths: &[usize],
) -> Result<(), XlsxError> {
    /// Points of a line.
    const LINE: f64 = 15.0;
    let lines = headings.iter().zip(widths).map(|(heading, width)| {
        let room = width.saturating_sub(FILTER_BUTTON).max(1);
        let mut lines = 1;
        let mut used = 0;
        for word in heading.split_whitespace().map(|word| word.chars().count()) {
            if used > 0 && used + 1 + word > room {
                lines += 1;
                used = word;
            } else {
                used += word + usize::from(used > 0);
            }
        }
        lines
    });
    match lines.max() {
        Some(lines) if lines > 1 => {
            out.set_row_height(0, f64::from(lines) * LINE + 2.0)?;
            Ok(())
        }
        _ => Ok(()),
    }
}

pub(super) fn row(at: usize) -> Result<RowNum, XlsxError> {
    RowNum::try_from(at).map_err(|_| XlsxError::RowColumnLimitError)
}

pub(super) fn col(at: usize) -> Result<ColNum, XlsxError> {
    ColNum::try_from(at).map_err(|_| XlsxError::RowColumnLimitError)
}

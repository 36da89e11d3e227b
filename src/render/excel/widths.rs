//! How wide columns are and how high rows, in characters and lines: not every program fits them by itself.

use super::text::{self, clean};
use super::writer::row;
use crate::document::{Column, Document, Line, Mark, Table, Value, Values};
use rust_xlsxwriter::{Worksheet, XlsxError};
use std::ops::Range;

/// Bounds of a column's width, in characters.
const NARROWEST: usize = 8;
pub(super) const WIDEST: usize = 60;
/// What a filter's button takes beside a heading.
const FILTER_BUTTON: usize = 3;

/// The longest value of a column as it is shown, in characters.
pub(super) fn widest(table: &Table, at: usize, document: &Document) -> usize {
    let Some(column) = table.columns.get(at) else { return 0 };
    let shown = |value: Option<&Value>| document.locale.show(value, &column.display).chars().count();
    let total = table.value(at, Line::Total);
    let subtotals = (0..table.groups.len()).filter_map(|group| table.value(at, Line::Subtotal(group)));
    // A sign and a space stand before what is judged.
    let sign = if matches!(column.mark, Some(Mark::Judged(_))) { 2 } else { 0 };
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
    let below = subtotals.chain(total).map(|value| shown(Some(&value))).max().unwrap_or(0);
    body.max(below) + sign
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
    at: usize,
    headings: &[String],
    widths: &[usize],
) -> Result<(), XlsxError> {
    let lines = headings
        .iter()
        .zip(widths)
        .map(|(heading, width)| text::lines(heading, width.saturating_sub(FILTER_BUTTON).max(1)));
    match lines.max() {
        Some(lines) if lines > 1 => {
            out.set_row_height(row(at)?, text::height(lines) + 1.0)?;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Room for texts that break over lines.
pub(super) fn make_room(
    out: &mut Worksheet,
    table: &Table,
    rows: &Range<usize>,
    widths: &[usize],
) -> Result<(), XlsxError> {
    for (at, from) in rows.clone().enumerate() {
        let of_column = |(column, width): (&Column, &usize)| match &column.values {
            Values::Text(all) => {
                let text = all.get(from).and_then(Option::as_deref).unwrap_or_default();
                // Nearly every text ends here; one that is longer than a cell holds is cut there.
                if text.len() <= *width && !text.contains('\n') {
                    1
                } else {
                    text::lines(clean(text).as_ref(), *width)
                }
            }
            _ => 1,
        };
        let lines = table.columns.iter().zip(widths).map(of_column).max().unwrap_or(1);
        if lines > 1 {
            out.set_row_height(row(at + 1)?, text::height(lines))?;
        }
    }
    Ok(())
}

/// Room for the texts of a line below the rows.
pub(super) fn make_room_for(
    out: &mut Worksheet,
    at: usize,
    cells: &[Option<Value>],
    widths: &[usize],
) -> Result<(), XlsxError> {
    let of_cell = |(cell, width): (&Option<Value>, &usize)| match cell {
        Some(Value::Text(text)) => text::lines(text, *width),
        _ => 1,
    };
    match cells.iter().zip(widths).map(of_cell).max() {
        Some(lines) if lines > 1 => {
            out.set_row_height(row(at)?, text::height(lines))?;
            Ok(())
        }
        _ => Ok(()),
    }
}

//! Sheets of key figures: a row a tile, with what it is held against; where tiles have small lines, a native sparkline in each row, and
//! beside it the numbers that it is drawn from, in the same row, so that it is right however rows are sorted.

use super::spark_sheet::{HEIGHT, WIDTH, sparkline};
use super::table_sheet::with_points_note;
use super::widths::{column_width, set_heading_height};
use super::writer::{Writer, col, heading_texts, row};
use super::{Sheet, page};
use crate::document::{Kpi, Spark, Value, Word};
use crate::render::tabular::{Cell, Grid};
use rust_xlsxwriter::{FormatAlign, XlsxError};

/// One row a metric.
pub(super) fn write(to: &mut Writer<'_>, tiles: &[Kpi], sheet: &Sheet<'_>) -> Result<(), XlsxError> {
    let grid = Grid::of(tiles, to.document.language());
    let own = grid.headings.len();
    // All lines of a section go over the same days.
    let over = tiles.iter().find_map(|tile| tile.spark.as_ref());
    let trend = over.map(|spark| format!("{} ({})", to.word(Word::Trend), spark.x_label.to_lowercase()));
    let days = over.map_or(&[][..], |spark| &spark.labels);
    let all = grid.headings.iter().chain(&trend).chain(days).map(String::as_str);
    let headings = heading_texts(all);
    let numeric: Vec<bool> = (0..headings.len()).map(|at| at > 0).collect();
    to.headings(&headings, &numeric, grid.rows.len(), sheet)?;
    let mut widths = Vec::with_capacity(headings.len());
    for (at, heading) in headings.iter().enumerate() {
        let mut widest = 0;
        for (index, (cells, tile)) in grid.rows.iter().zip(tiles).enumerate() {
            let (value, display) = match cells.get(at) {
                Some(Cell { value, display }) => (value.clone(), display),
                None => (day(tile, at, own).map(Value::Number), &tile.display),
            };
            widest = widest.max(to.document.locale.show(value.as_ref(), display).chars().count());
            let mut format = to.styles.cell(display);
            if over.is_some() {
                // Rows are higher for their lines.
                format = format.set_align(FormatAlign::VerticalCenter);
            }
            to.value((row(index + 1)?, col(at)?), value.as_ref(), &format)?;
        }
        let chars = if at == own { WIDTH as usize } else { column_width(heading, widest) };
        widths.push(chars);
        to.out.set_column_width(col(at)?, chars as f64)?;
    }
    let has_points = grid.rows.iter().flatten().any(|cell| cell.display.is_points());
    let notes = with_points_note(sheet, has_points, to);
    to.notes(grid.rows.len() + 1, &notes)?;
    set_heading_height(to.out, 0, &headings, &widths)?;
    if over.is_some() {
        for (line, tile) in (1..).zip(tiles) {
            to.out.set_row_height(row(line)?, HEIGHT)?;
            if let Some(Spark { values, .. }) = &tile.spark {
                let spark = sparkline(sheet, line, (own + 1, own + days.len()), values, to)?;
                to.out.add_sparkline(row(line)?, col(own)?, &spark)?;
            }
        }
        // The names stay where the days are scrolled to; on paper the lines stand for them.
        to.out.set_freeze_panes(1, 1)?;
        let last = grid.rows.len() + 1 + notes.len();
        to.out.set_print_area(0, 0, row(last)?, col(own)?)?;
        widths.truncate(own + 1);
    }
    page::turn_if_wide(to.out, widths.iter().sum());
    Ok(())
}

/// What a tile's line is drawn from in one of the columns behind the line's own.
fn day(tile: &Kpi, column: usize, own: usize) -> Option<f64> {
    let at = column.checked_sub(own + 1)?;
    tile.spark.as_ref()?.values.get(at).copied().flatten()
}

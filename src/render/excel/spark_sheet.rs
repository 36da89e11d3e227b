//! Sheets of small lines: a row of numbers each, and a native sparkline beside its name.

use super::Sheet;
use super::grid::Grid;
use super::page;
use super::styles::rgb;
use super::writer::{Writer, col, row};
use crate::document::{Chart, Word};
use crate::render::palette::Palette;
use rust_xlsxwriter::{ChartEmptyCells, Sparkline, XlsxError};

/// Width of the lines' column, in characters, and height of a row, in points.
pub(super) const WIDTH: f64 = 26.0;
pub(super) const HEIGHT: f64 = 24.0;

pub(super) fn write(to: &mut Writer<'_>, chart: &Chart, sheet: &Sheet<'_>) -> Result<(), XlsxError> {
    let trend = to.word(Word::Trend);
    let grid = Grid {
        corner: chart.series_label.as_deref().unwrap_or(to.word(Word::Metric)),
        rows: chart.series.iter().map(|series| series.label.as_str()).collect(),
        columns: std::iter::once(trend).chain(chart.categories.iter().map(String::as_str)).collect(),
        // The first of its columns is for the lines.
        number: &|row, column| chart.series[row].values.get(column.checked_sub(1)?).copied().flatten(),
        display: &|row, _| chart.display_of(&chart.series[row]),
    };
    let written = grid.write(to, sheet)?;
    if !written.empty && !chart.categories.is_empty() {
        to.out.set_column_width(1, WIDTH)?;
        for (line, series) in (1..).zip(&chart.series) {
            let spark = sparkline(sheet, line, (2, chart.categories.len() + 1), &series.values, to)?;
            to.out.set_row_height(row(line)?, HEIGHT)?;
            to.out.add_sparkline(row(line)?, 1, &spark)?;
        }
    }
    to.out.set_freeze_panes(1, 2)?;
    // What the columns are is said under them.
    let notes: Vec<String> =
        std::iter::once(chart.x_label.clone()).chain(sheet.section.notes.iter().cloned()).collect();
    to.notes(written.below, &notes)?;
    page::turn_if_wide(to.out, written.width + WIDTH as usize);
    Ok(())
}

/// A line over the cells of a row, from one column to another, which hold these values.
pub(super) fn sparkline(
    sheet: &Sheet<'_>,
    line: usize,
    (first, last): (usize, usize),
    values: &[Option<f64>],
    to: &Writer<'_>,
) -> Result<Sparkline, XlsxError> {
    let palette = Palette::of_brand(to.document.color);
    let spark = Sparkline::new()
        .set_range((sheet.name.as_str(), row(line)?, col(first)?, row(line)?, col(last)?))
        .set_sparkline_color(rgb(palette.accent.0))
        .set_line_weight(1.5)
        .show_empty_cells_as(ChartEmptyCells::Gaps);
    // A level line has neither a highest nor a lowest point.
    let there = || values.iter().flatten();
    Ok(if there().any(|value| Some(value) != there().next()) {
        spark
            .show_high_point(true)
            .set_high_point_color(rgb(palette.accent.0))
            .show_low_point(true)
            .set_low_point_color(rgb(palette.series(1).0))
    } else {
        spark
    })
}

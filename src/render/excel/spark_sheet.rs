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
const WIDTH: f64 = 26.0;
const HEIGHT: f64 = 24.0;

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
        let palette = Palette::of_brand(to.document.color);
        let last = col(chart.categories.len() + 1)?;
        to.out.set_column_width(1, WIDTH)?;
        for at in 0..chart.series.len() {
            let line = row(at + 1)?;
            to.out.set_row_height(line, HEIGHT)?;
            let mut spark = Sparkline::new()
                .set_range((sheet.name.as_str(), line, 2, line, last))
                .set_sparkline_color(rgb(palette.accent.0))
                .set_line_weight(1.5)
                .show_empty_cells_as(ChartEmptyCells::Gaps);
            // A level line has neither a highest nor a lowest point.
            let values = || chart.series[at].values.iter().flatten();
            if values().any(|value| Some(value) != values().next()) {
                spark = spark
                    .show_high_point(true)
                    .set_high_point_color(rgb(palette.accent.0))
                    .show_low_point(true)
                    .set_low_point_color(rgb(palette.series(1).0));
            }
            to.out.add_sparkline(line, 1, &spark)?;
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

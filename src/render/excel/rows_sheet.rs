//! Sheets of funnels and bullets: Excel has no such charts that open everywhere, so their numbers stand as rows and columns, with bars in the cells.

use super::Sheet;
use super::grid::Grid;
use super::page;
use super::styles::rgb;
use super::writer::{Writer, col, row};
use crate::definition::ValueFormat;
use crate::document::{Chart, Display, Series, Word};
use crate::render::palette::{Palette, mix};
use crate::render::scene::Color as SceneColor;
use rust_xlsxwriter::{ConditionalFormatDataBar, ConditionalFormatType, XlsxError};

/// Of the brand's colour the bars have so much: the numbers on them are dark.
const BAR: f32 = 0.42;

/// Steps as rows: their values, and what part they are of the first and of the one before.
pub(super) fn write_funnel(to: &mut Writer<'_>, chart: &Chart, sheet: &Sheet<'_>) -> Result<(), XlsxError> {
    let grid = Grid {
        corner: &chart.x_label,
        rows: chart.categories.iter().map(String::as_str).collect(),
        columns: chart.series.iter().map(|series| series.label.as_str()).collect(),
        number: &|row, column| chart.series[column].values.get(row).copied().flatten(),
        display: &|_, column| chart.display_of(&chart.series[column]),
    };
    let written = grid.write(to, sheet)?;
    if !written.empty {
        bars(to, 1, chart.categories.len(), None)?;
    }
    to.notes(written.below, &sheet.section.notes)?;
    page::turn_if_wide(to.out, written.width);
    Ok(())
}

/// Rows with what they are to reach and what part of it they are, which is what the bars show: from nothing to all of it.
pub(super) fn write_bullets(to: &mut Writer<'_>, chart: &Chart, sheet: &Sheet<'_>) -> Result<(), XlsxError> {
    let language = to.document.language();
    let share = Display::Number { format: ValueFormat::Percent(1), currency: None };
    let target = |series: &Series| series.target.clone();
    let attainment = capitalized(Word::Attainment.in_language(language));
    let grid = Grid {
        corner: &chart.x_label,
        rows: chart.series.iter().map(|series| series.label.as_str()).collect(),
        columns: vec![Word::Value.in_language(language), Word::Target.in_language(language), &attainment],
        number: &|row, column| {
            let series = &chart.series[row];
            match column {
                0 => series.values.first().copied().flatten(),
                1 => target(series)?.reference,
                _ => target(series)?.attainment,
            }
        },
        display: &|row, column| if column < 2 { chart.display_of(&chart.series[row]) } else { &share },
    };
    let written = grid.write(to, sheet)?;
    if !written.empty {
        bars(to, 3, chart.series.len(), Some(1.0))?;
    }
    to.notes(written.below, &sheet.section.notes)?;
    page::turn_if_wide(to.out, written.width);
    Ok(())
}

/// Bars in the cells of a column, from zero to `most`, or to the largest.
fn bars(to: &mut Writer<'_>, column: usize, rows: usize, most: Option<f64>) -> Result<(), XlsxError> {
    let accent = Palette::of_brand(to.document.color).accent;
    let color = rgb(mix(SceneColor::WHITE, accent, BAR).0);
    let mut bar = ConditionalFormatDataBar::new()
        .set_fill_color(color)
        .set_solid_fill(true)
        .set_minimum(ConditionalFormatType::Number, 0);
    if let Some(most) = most {
        bar = bar.set_maximum(ConditionalFormatType::Number, most);
    }
    let column = col(column)?;
    to.out.add_conditional_format(1, column, row(rows)?, column, &bar)?;
    Ok(())
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

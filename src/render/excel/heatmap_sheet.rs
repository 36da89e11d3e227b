//! Sheets of heatmaps, cohorts and flows: Excel has no such charts, so the numbers stand as rows and columns, with a scale of colours that goes with them.

use super::Sheet;
use super::grid::Grid;
use super::marks::{FULLEST, PALEST};
use super::page;
use super::styles::rgb;
use super::writer::{Writer, col, row};
use crate::document::{Chart, ChartStyle};
use crate::render::palette::mix;
use crate::render::scene::Color as SceneColor;
use rust_xlsxwriter::{ConditionalFormat2ColorScale, ConditionalFormatType, XlsxError};

pub(super) fn write(to: &mut Writer<'_>, chart: &Chart, sheet: &Sheet<'_>) -> Result<(), XlsxError> {
    let grid = Grid {
        corner: chart.series_label.as_deref().unwrap_or_default(),
        rows: chart.series.iter().map(|series| series.label.as_str()).collect(),
        columns: chart.categories.iter().map(String::as_str).collect(),
        number: &|row, column| chart.series[row].values.get(column).copied().flatten(),
        display: &|_, _| &chart.display,
    };
    let written = grid.write(to, sheet)?;
    if !written.empty {
        let shade = |share: f32| rgb(mix(SceneColor::WHITE, to.styles.accent, share).0);
        let mut scale = ConditionalFormat2ColorScale::new()
            .set_minimum_color(shade(PALEST))
            .set_maximum_color(shade(FULLEST));
        if chart.style != ChartStyle::Heatmap {
            scale = scale.set_minimum(ConditionalFormatType::Number, 0);
        }
        to.out.add_conditional_format(
            1,
            1,
            row(chart.series.len())?,
            col(chart.categories.len())?,
            &scale,
        )?;
    }
    // A month of days is wider than a screen: the names stay.
    to.out.set_freeze_panes(1, 1)?;
    // What the columns are is said under them: their headings are numbers or days alone.
    let notes: Vec<String> =
        std::iter::once(chart.x_label.clone()).chain(sheet.section.notes.iter().cloned()).collect();
    to.notes(written.below, &notes)?;
    page::turn_if_wide(to.out, written.width);
    Ok(())
}

//! Sheets of charts: the numbers as rows and, beside them, a native chart in the colours of the PDF's.

use super::grid::Grid;
use super::styles::{HAIRLINE, MUTED, rgb};
use super::text::clean;
use super::writer::{Writer, col, row};
use super::{Sheet, number_format};
use crate::document::{Chart, ChartStyle, Document};
use crate::render::palette::Palette;
use rust_xlsxwriter::{
    Chart as NativeChart, ChartFont, ChartFormat, ChartLegendPosition, ChartLine, ChartMarker,
    ChartMarkerType, ChartSolidFill, ChartType, XlsxError,
};

/// Size of a chart in pixels.
const WIDTH: u32 = 760;
const HEIGHT: u32 = 400;
/// A shape for each series, as in the drawings.
const MARKERS: [ChartMarkerType; 8] = [
    ChartMarkerType::Circle,
    ChartMarkerType::Square,
    ChartMarkerType::Triangle,
    ChartMarkerType::Diamond,
    ChartMarkerType::X,
    ChartMarkerType::Star,
    ChartMarkerType::LongDash,
    ChartMarkerType::ShortDash,
];
/// Up to so many points a line shows each.
const MOST_MARKERS: usize = 31;

pub(super) fn write(to: &mut Writer<'_>, chart: &Chart, sheet: &Sheet<'_>) -> Result<(), XlsxError> {
    let grid = Grid {
        corner: &chart.x_label,
        rows: chart.categories.iter().map(String::as_str).collect(),
        columns: chart.series.iter().map(|series| series.label.as_str()).collect(),
        number: &|row, column| chart.series[column].values.get(row).copied().flatten(),
        display: &|_, _| &chart.display,
    };
    let written = grid.write(to, sheet)?;
    if !written.empty {
        let native = native(chart, sheet, to.document)?;
        to.out.insert_chart_with_offset(1, col(chart.series.len() + 1)?, &native, 24, 4)?;
    }
    to.notes(written.below, &sheet.section.notes)?;
    // Beside the numbers a chart always needs the long side.
    to.out.set_landscape();
    Ok(())
}

fn native(chart: &Chart, sheet: &Sheet<'_>, document: &Document) -> Result<NativeChart, XlsxError> {
    let palette = Palette::of_brand(document.color);
    let is_line = chart.style == ChartStyle::Line;
    let mut native = NativeChart::new(match (chart.style, chart.series.len()) {
        (ChartStyle::Line, _) => ChartType::Line,
        (ChartStyle::Area, _) | (ChartStyle::StackedArea, 1) => ChartType::Area,
        (ChartStyle::StackedArea, _) => ChartType::AreaStacked,
        (ChartStyle::StackedBars, 2..) => ChartType::ColumnStacked,
        // Cells, ribbons and rows have sheets of other kinds.
        _ => ChartType::Column,
    });
    let last = row(chart.categories.len())?;
    for at in 0..chart.series.len() {
        let color = rgb(palette.of_chart(chart, at).0);
        let column = col(at + 1)?;
        let series = native.add_series();
        series
            .set_name((sheet.name.as_str(), 0, column))
            .set_categories((sheet.name.as_str(), 1, 0, last, 0))
            .set_values((sheet.name.as_str(), 1, column, last, column));
        if is_line {
            series.set_format(ChartFormat::new().set_line(ChartLine::new().set_color(color).set_width(2.25)));
            let fill = ChartSolidFill::new().set_color(color).clone();
            let mut marker = ChartMarker::new();
            if chart.categories.len() <= MOST_MARKERS {
                marker
                    .set_type(MARKERS[at % MARKERS.len()])
                    .set_size(5)
                    .set_format(ChartFormat::new().set_solid_fill(&fill).set_no_border());
            } else {
                marker.set_none();
            }
            series.set_marker(&marker);
        } else {
            let mut fill = ChartSolidFill::new().set_color(color).clone();
            let mut format = ChartFormat::new();
            // Areas beside each other hide each other otherwise.
            if chart.style == ChartStyle::Area {
                fill.set_transparency(65);
                format.set_line(ChartLine::new().set_color(color).set_width(1.75));
            }
            series.set_format(format.set_solid_fill(&fill)).set_gap(60);
            if chart.style == ChartStyle::Bars {
                series.set_overlap(-5);
            }
        }
    }
    let font = ChartFont::new().set_size(9).set_color(MUTED).clone();
    let title = ChartFont::new().set_size(13).set_bold().clone();
    native.title().set_name(clean(&sheet.title).as_ref()).set_font(&title);
    native
        .x_axis()
        .set_name(clean(&chart.x_label).as_ref())
        .set_name_font(&font)
        .set_font(&font)
        .set_format(ChartFormat::new().set_line(ChartLine::new().set_color(HAIRLINE)));
    native
        .y_axis()
        .set_font(&font)
        .set_num_format(number_format::code(&chart.display, &document.locale))
        .set_major_gridlines_line(ChartLine::new().set_color(HAIRLINE).set_width(0.5))
        .set_format(ChartFormat::new().set_no_line());
    if chart.series.len() > 1 {
        native.legend().set_position(ChartLegendPosition::Bottom).set_font(&font);
    } else {
        native.legend().set_hidden();
    }
    native.set_alt_text(clean(&chart.alt).chars().take(255).collect::<String>());
    native.set_width(WIDTH).set_height(HEIGHT);
    Ok(native)
}

//! Sheets of heatmaps: Excel has no such chart, so the numbers stand as rows and columns, with a scale of colours that goes with them.

use super::Sheet;
use super::page;
use super::styles::Styles;
use super::table_sheet::{
    col, column_width, heading_texts, row, set_heading_height, write_headings, write_notes, write_value,
};
use super::text::Texts;
use crate::document::{Chart, Display, Document, Value, Word};
use crate::render::palette::{Palette, mix};
use crate::render::scene::Color as SceneColor;
use rust_xlsxwriter::{Color, ConditionalFormat2ColorScale, Worksheet, XlsxError};

/// Width of the names' column at most, in characters.
const WIDEST: usize = 36;
/// Of the brand's colour the lowest and the highest value have so much: the letters on it are dark.
const PALEST: f32 = 0.06;
const FULLEST: f32 = 0.55;

pub(super) fn write(
    out: &mut Worksheet,
    chart: &Chart,
    sheet: &Sheet<'_>,
    document: &Document,
    styles: &Styles,
    texts: &mut Texts,
) -> Result<(), XlsxError> {
    let names = chart.series_label.as_deref().unwrap_or_default();
    let headings = heading_texts(std::iter::once(names).chain(chart.categories.iter().map(String::as_str)));
    let numeric: Vec<bool> = (0..headings.len()).map(|at| at > 0).collect();
    let rows = chart.series.len();
    write_headings(out, &headings, &numeric, rows, &sheet.section.id, styles)?;
    let longest = chart.series.iter().map(|series| series.label.chars().count()).max().unwrap_or(0);
    let mut widths = vec![column_width(&headings[0], longest).min(WIDEST)];
    let text = styles.cell(&Display::Text).set_text_wrap();
    let number = styles.cell(&chart.display);
    for (at, series) in chart.series.iter().enumerate() {
        out.write_string_with_format(row(at + 1)?, 0, texts.fit(&series.label).as_ref(), &text)?;
    }
    for column in 0..chart.categories.len() {
        let mut widest = 0;
        for (at, series) in chart.series.iter().enumerate() {
            let value = series.values.get(column).copied().flatten().map(Value::Number);
            widest = widest.max(document.locale.show(value.as_ref(), &chart.display).chars().count());
            write_value(out, row(at + 1)?, col(column + 1)?, value.as_ref(), &number, texts)?;
        }
        widths.push(column_width(&headings[column + 1], widest));
    }
    for (at, width) in widths.iter().enumerate() {
        out.set_column_width(col(at)?, *width as f64)?;
    }
    set_heading_height(out, &headings, &widths)?;
    let mut next = rows + 1;
    if chart.categories.is_empty() || chart.series.is_empty() {
        out.write_string_with_format(1, 0, Word::NoData.in_language(document.language()), &styles.note)?;
        next += 1;
    } else {
        let accent = Palette::of_brand(document.color).accent;
        let shade = |share: f32| rgb(mix(SceneColor::WHITE, accent, share).0);
        let scale = ConditionalFormat2ColorScale::new()
            .set_minimum_color(shade(PALEST))
            .set_maximum_color(shade(FULLEST));
        out.add_conditional_format(1, 1, row(rows)?, col(chart.categories.len())?, &scale)?;
    }
    // What the columns are is said under them: their headings are numbers or days alone.
    let notes: Vec<String> =
        std::iter::once(chart.x_label.clone()).chain(sheet.section.notes.iter().cloned()).collect();
    write_notes(out, next, &notes, styles, texts)?;
    page::turn_if_wide(out, widths.iter().sum());
    Ok(())
}

fn rgb([red, green, blue]: [u8; 3]) -> Color {
    Color::RGB(u32::from_be_bytes([0, red, green, blue]))
}

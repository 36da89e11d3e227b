//! The looks of cells: every format used in a workbook, made once.

use super::number_format;
use crate::document::{Display, Document, Locale};
use crate::render::palette::Palette;
use crate::render::scene::Color as SceneColor;
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

/// Grey of secondary text.
pub(super) const MUTED: Color = Color::RGB(0x5B_6470);
/// Grey of hairlines.
pub(super) const HAIRLINE: Color = Color::RGB(0xC9_CED6);

/// The looks of a workbook.
pub(super) struct Styles {
    locale: Locale,
    /// The brand's colour.
    pub(super) brand: Color,
    /// The same, darkened until it can be read on white.
    pub(super) accent: SceneColor,
    /// Headings of columns of text.
    pub(super) header: Format,
    /// Headings of columns of numbers: they stand right, over their numbers.
    pub(super) header_number: Format,
    /// Sentences under a table.
    pub(super) note: Format,
    /// What is said above a block of its own below a table.
    pub(super) block: Format,
}

impl Styles {
    pub(super) fn new(document: &Document) -> Self {
        let brand = rgb(document.color);
        let header = Format::new()
            .set_bold()
            .set_font_color(if is_light(document.color) { Color::Black } else { Color::White })
            .set_background_color(brand)
            .set_align(FormatAlign::VerticalCenter)
            .set_align(FormatAlign::Left)
            .set_text_wrap();
        Self {
            locale: document.locale.clone(),
            brand,
            header_number: header.clone().set_align(FormatAlign::Right),
            header,
            note: Format::new().set_italic().set_font_color(MUTED),
            block: Format::new().set_bold(),
            accent: Palette::of_brand(document.color).accent,
        }
    }

    /// Cells of a column.
    pub(super) fn cell(&self, display: &Display) -> Format {
        Self::aligned(display).set_num_format(self.code(display))
    }

    /// The code of a display's number format.
    pub(super) fn code(&self, display: &Display) -> String {
        number_format::code(display, &self.locale)
    }

    /// Cells of the totals' row.
    pub(super) fn total(&self, display: &Display) -> Format {
        self.cell(display).set_bold().set_border_top(FormatBorder::Thin).set_border_top_color(self.brand)
    }

    /// Cells of subtotals: a name that is longer than its column wraps.
    pub(super) fn subtotal(&self, display: &Display) -> Format {
        let format = self.cell(display);
        if matches!(display, Display::Text) { format.set_text_wrap() } else { format }
    }

    fn aligned(display: &Display) -> Format {
        let format = Format::new().set_align(FormatAlign::Top);
        match display {
            Display::Text => format.set_align(FormatAlign::Left),
            Display::Number { .. } | Display::Difference { .. } | Display::Relative => format,
            Display::Date | Display::DateTime | Display::Boolean => format.set_align(FormatAlign::Left),
        }
    }
}

/// A colour of red, green and blue.
pub(super) fn rgb([red, green, blue]: [u8; 3]) -> Color {
    Color::RGB(u32::from_be_bytes([0, red, green, blue]))
}

/// Whether black reads better on a colour than white (WCAG relative luminance).
pub(super) fn is_light(color: [u8; 3]) -> bool {
    let linear = |channel: u8| {
        let c = f64::from(channel) / 255.0;
        if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    let [red, green, blue] = color.map(linear);
    let luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    // Contrast with black exceeds contrast with white.
    (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05)
}

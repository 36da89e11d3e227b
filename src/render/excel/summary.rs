//! The first sheet: what this is, of when, its key figures and texts, what stands where, what was odd in the data and
//! how each number is computed.

use super::styles::MUTED;
use super::text::{self, clean};
use super::writer::{Writer, row};
use super::{Sheet, page};
use crate::definition::Format as FileFormat;
use crate::document::{Body, Direction, Display, Kpi, Value, Verdict, Word};
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Image, ObjectMovement, Url, XlsxError};

/// Widths of the three columns, in characters: texts and names, values, remarks. Cells are not merged, since a merged cell is read out
/// as several: paragraphs stand in the first column, as wide as a line is read well.
const WIDTHS: [usize; 3] = [60, 20, 66];
/// Height of the logo and its greatest width, in pixels of a screen, and how many of its own stand in each.
const LOGO_HEIGHT: f32 = 44.0;
const WIDEST_LOGO: f32 = 240.0;
const FINE: f32 = 3.0;
/// The colour in which it is said that the data are not as expected.
const WARNING: u32 = 0x00b4_2318;

pub(super) fn write(to: Writer<'_>, sheets: &[Sheet<'_>]) -> Result<(), XlsxError> {
    let document = to.document;
    for (at, width) in (0u16..).zip(WIDTHS) {
        to.out.set_column_width(at, width as f64)?;
    }
    to.out.set_screen_gridlines(false);
    page::frame(to.out, &document.title, document);
    page::turn_if_wide(to.out, WIDTHS.iter().sum());
    let mut page = Page { to, next: 0 };
    page.head()?;
    page.warnings()?;
    if let Some(text) = document.summary_text() {
        page.next += 1;
        page.paragraph(&text)?;
    }
    for section in document.sections_in(FileFormat::Xlsx) {
        match &section.body {
            Body::Kpis(tiles) => page.tiles(section.title.as_deref(), tiles)?,
            Body::Text(text) => {
                page.next += 1;
                if let Some(title) = &section.title {
                    page.heading(title)?;
                }
                page.paragraph(text)?;
                for note in &section.notes {
                    page.paragraph(note)?;
                }
            }
            Body::Table(_) | Body::Chart(_) => {}
        }
    }
    page.contents(sheets)?;
    page.remarks()?;
    page.definitions()
}

struct Page<'a> {
    to: Writer<'a>,
    next: usize,
}

impl Page<'_> {
    fn head(&mut self) -> Result<(), XlsxError> {
        let title = Format::new().set_bold().set_font_size(18).set_font_color(self.to.styles.brand);
        let subtitle = Format::new().set_font_size(12).set_font_color(MUTED);
        self.logo()?;
        self.line(0, &self.to.document.title, &title)?;
        self.to.out.set_row_height(row(self.next)?, 28)?;
        self.next += 1;
        if let Some(text) = &self.to.document.subtitle {
            self.line(0, text, &subtitle)?;
            self.next += 1;
        }
        self.next += 1;
        let plain = Format::new().set_align(FormatAlign::Left);
        self.pair(self.to.word(Word::Period), &Value::Text(self.to.document.period.clone()), &plain)?;
        let document = self.to.document;
        for parameter in &document.parameters {
            let shown = Value::Text(parameter.shown.clone());
            self.pair(&parameter.label, &shown, &plain)?;
        }
        let at = self.to.styles.cell(&Display::DateTime);
        self.pair(self.to.word(Word::Generated), &Value::DateTime(self.to.document.generated), &at)?;
        self.pair(self.to.word(Word::Company), &Value::Text(self.to.document.brand.clone()), &plain)
    }

    /// The company's logo in a row of its own: a title that is long would run under it.
    fn logo(&mut self) -> Result<(), XlsxError> {
        let Some(logo) = &self.to.document.logo else { return Ok(()) };
        let (own_width, own_height) = logo.size();
        let height = LOGO_HEIGHT.min(WIDEST_LOGO * own_height / own_width);
        let Some(png) = logo.drawn((height * FINE).round() as u32).and_then(|it| it.encode_png().ok()) else {
            return Ok(());
        };
        let scale = f64::from(1.0 / FINE);
        let image = Image::new_from_buffer(&png)?
            .set_scale_width(scale)
            .set_scale_height(scale)
            .set_object_movement(ObjectMovement::MoveButDontSizeWithCells)
            .set_alt_text(clean(&self.to.document.brand).chars().take(255).collect::<String>());
        let at = row(self.next)?;
        // Three quarters of a point are a pixel; some white stays around it.
        self.to.out.set_row_height(at, f64::from(height * 0.75) + 9.0)?;
        self.to.out.insert_image_with_offset(at, 0, &image, 2, 4)?;
        self.next += 1;
        Ok(())
    }

    fn pair(&mut self, name: &str, value: &Value, format: &Format) -> Result<(), XlsxError> {
        let row = row(self.next)?;
        self.to.out.write_string_with_format(row, 0, name, &Format::new().set_font_color(MUTED))?;
        self.to.value((row, 1), Some(value), format)?;
        self.next += 1;
        Ok(())
    }

    fn tiles(&mut self, title: Option<&str>, tiles: &[Kpi]) -> Result<(), XlsxError> {
        self.next += 1;
        self.heading(title.unwrap_or(self.to.word(Word::KeyFigures)))?;
        for tile in tiles {
            let row = row(self.next)?;
            let line =
                |format: Format| format.set_border_bottom(FormatBorder::Hair).set_border_bottom_color(MUTED);
            self.to.text((row, 0), &tile.label, &line(Format::new().set_align(FormatAlign::Top)))?;
            let value = tile.value.map(Value::Number);
            let format = line(self.to.styles.cell(&tile.display).set_bold().set_align(FormatAlign::Right));
            self.to.value((row, 1), value.as_ref(), &format)?;
            let changes: Vec<String> = tile
                .changes
                .iter()
                .map(|c| match c.direction {
                    Direction::Up => format!("▲ {}", c.text),
                    Direction::Down => format!("▼ {}", c.text),
                    Direction::Level => c.text.clone(),
                })
                .collect();
            let mut format = line(Format::new().set_indent(1).set_align(FormatAlign::Top));
            // One colour for a cell: only when all that is said in it is good, or all bad.
            let all = |verdict| !changes.is_empty() && tile.changes.iter().all(|c| c.verdict == verdict);
            if all(Verdict::Good) {
                format = format.set_font_color(0x13_7A3A);
            } else if all(Verdict::Bad) {
                format = format.set_font_color(0xB9_1C1C);
            }
            self.to.out.write_string_with_format(row, 2, clean(&changes.join(" · ")).as_ref(), &format)?;
            self.next += 1;
        }
        Ok(())
    }

    fn contents(&mut self, sheets: &[Sheet<'_>]) -> Result<(), XlsxError> {
        if sheets.is_empty() {
            return Ok(());
        }
        self.next += 1;
        self.heading(self.to.word(Word::Contents))?;
        let link = Format::new()
            .set_underline(rust_xlsxwriter::FormatUnderline::Single)
            .set_font_color(self.to.styles.brand);
        for sheet in sheets {
            // A place in this workbook; nothing from the data can make it lead elsewhere.
            let target = format!("internal:'{}'!A1", sheet.name.replace('\'', "''"));
            let title = clean(&sheet.title);
            let text: String = title.chars().take(255).collect();
            self.to.out.write_url_with_options(
                row(self.next)?,
                0,
                Url::new(target),
                &text,
                "",
                Some(&link),
            )?;
            self.next += 1;
        }
        Ok(())
    }

    /// What was expected of the data and is not so.
    fn warnings(&mut self) -> Result<(), XlsxError> {
        if self.to.document.warnings.is_empty() {
            return Ok(());
        }
        self.next += 1;
        let heading = Format::new().set_bold().set_font_size(12).set_font_color(WARNING);
        self.line(0, self.to.word(Word::Unexpected), &heading)?;
        self.next += 1;
        for warning in &self.to.document.warnings {
            self.paragraph(warning)?;
        }
        Ok(())
    }

    fn remarks(&mut self) -> Result<(), XlsxError> {
        let cut = self.to.texts.cut();
        if self.to.document.remarks.is_empty() && cut == 0 {
            return Ok(());
        }
        self.next += 1;
        self.heading(self.to.word(Word::Remarks))?;
        for remark in &self.to.document.remarks {
            self.paragraph(remark)?;
        }
        if cut > 0 {
            let text =
                self.to.word(Word::TextsCut).replace("{n}", &self.to.document.locale.number(cut as f64, 0));
            self.paragraph(&text)?;
        }
        Ok(())
    }

    fn definitions(&mut self) -> Result<(), XlsxError> {
        if self.to.document.definitions.is_empty() {
            return Ok(());
        }
        self.next += 1;
        self.heading(self.to.word(Word::Definitions))?;
        for (label, formula) in &self.to.document.definitions {
            let at = row(self.next)?;
            let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
            self.to.text((at, 0), label, &wrapped)?;
            self.to.text((at, 2), formula, &wrapped)?;
            self.tall(text::lines(label, WIDTHS[0]).max(text::lines(formula, WIDTHS[2])))?;
            self.next += 1;
        }
        Ok(())
    }

    fn heading(&mut self, text: &str) -> Result<(), XlsxError> {
        let format = Format::new()
            .set_bold()
            .set_font_size(12)
            .set_font_color(self.to.styles.brand)
            .set_border_bottom(FormatBorder::Thin)
            .set_border_bottom_color(self.to.styles.brand);
        let at = row(self.next)?;
        self.line(0, text, &format)?;
        for col in 1..3 {
            self.to.out.write_blank(at, col, &format)?;
        }
        self.to.out.set_row_height(at, 20)?;
        self.next += 1;
        Ok(())
    }

    fn line(&mut self, col: u16, text: &str, format: &Format) -> Result<(), XlsxError> {
        self.to.text((row(self.next)?, col), text, format)
    }

    fn paragraph(&mut self, text: &str) -> Result<(), XlsxError> {
        let format = Format::new().set_text_wrap().set_align(FormatAlign::Top).set_align(FormatAlign::Left);
        self.line(0, text, &format)?;
        self.tall(text::lines(text, WIDTHS[0]))?;
        self.next += 1;
        Ok(())
    }

    /// Room for so many lines: not every program finds a row's height by itself.
    fn tall(&mut self, lines: usize) -> Result<(), XlsxError> {
        if lines > 1 {
            self.to.out.set_row_height(row(self.next)?, text::height(lines))?;
        }
        Ok(())
    }
}

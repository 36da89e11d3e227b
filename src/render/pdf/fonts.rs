//! The fonts of a PDF: of each font only the glyphs that its pages use, with the characters they stand for. Numbers are given in the
//! order of use and stay, so that pages can be written before all glyphs are known.

use super::super::text::Font as Shipped;
use printpdf::font::{FontMetrics, PdfFont, PdfFontMetricsStub};
use printpdf::{FontId, ParsedFont};
use std::collections::{BTreeMap, BTreeSet};

/// A font as the pages refer to it.
pub(super) struct Font {
    /// Its short name in the file: fixed, so that equal input gives equal bytes.
    pub(super) id: FontId,
    shipped: Shipped,
    mapper: subsetter::GlyphRemapper,
    glyphs: BTreeMap<u16, Embedded>,
    /// Characters by which a glyph can be named.
    named: BTreeMap<u32, u16>,
    widths: BTreeMap<u16, u16>,
    taken: BTreeSet<char>,
}

/// A glyph in the embedded font.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Embedded {
    /// Its number there.
    pub(super) id: u16,
    /// Its width there, in thousandths of an em, cut to a whole number as it is written.
    pub(super) width: i32,
    /// What it stands for.
    pub(super) characters: String,
    /// The one character by which the font file's own map leads to it.
    pub(super) character: Option<char>,
}

impl Font {
    fn new(shipped: Shipped) -> Self {
        Self {
            // Not F0 to F9: those names are taken by the fonts that every reader brings along.
            id: FontId(format!("A{}", shipped as usize)),
            shipped,
            mapper: subsetter::GlyphRemapper::new(),
            glyphs: BTreeMap::new(),
            named: BTreeMap::new(),
            widths: BTreeMap::new(),
            taken: BTreeSet::new(),
        }
    }

    /// A glyph of the shipped font as it is in the file; `characters` is what it stands for when it is met for the first time.
    pub(super) fn glyph(&mut self, glyph: u16, characters: &str) -> &Embedded {
        let Self { shipped, mapper, glyphs, named, widths, taken, .. } = self;
        glyphs.entry(glyph).or_insert_with(|| {
            let id = mapper.remap(glyph);
            let units = shipped
                .face()
                .and_then(|face| face.glyph_hor_advance(rustybuzz::ttf_parser::GlyphId(glyph)))
                .unwrap_or(0);
            widths.insert(id, units);
            let mut chars = characters.chars();
            let character = match (chars.next(), chars.next()) {
                // Two glyphs may stand for one character (digits of two widths); one of them is named by it.
                (Some(c), None) if taken.insert(c) => {
                    named.insert(u32::from(c), id);
                    Some(c)
                }
                _ => None,
            };
            let width = (f32::from(units) * 1000.0 / shipped.units_per_em()) as i32;
            Embedded { id, width, characters: characters.to_owned(), character }
        })
    }

    /// All glyphs so far, as they are in the file.
    pub(super) fn glyphs(&self) -> impl Iterator<Item = &Embedded> {
        self.glyphs.values()
    }

    /// The font as printpdf takes it, with a font file.
    fn parsed(&self, bytes: Vec<u8>) -> Option<ParsedFont> {
        let face = self.shipped.face()?;
        let units = self.shipped.units_per_em() as u16;
        let bounds = face.global_bounding_box();
        let used: Vec<u16> = self.glyphs.keys().copied().collect();
        Some(ParsedFont {
            original_bytes: bytes,
            font_index: 0,
            font_name: Some(format!("{}+{}", tag(self.shipped, &used), self.shipped.name())),
            codepoint_to_glyph: self.named.clone(),
            glyph_widths: self.widths.clone(),
            units_per_em: units,
            font_metrics: FontMetrics { ascent: face.ascender(), descent: face.descender() },
            font_type: printpdf::font::FontType::TrueType,
            pdf_font_metrics: PdfFontMetricsStub {
                units_per_em: units,
                x_min: bounds.x_min,
                y_min: bounds.y_min,
                x_max: bounds.x_max,
                y_max: bounds.y_max,
                caret_slope_rise: 1,
                caret_slope_run: 0,
                us_weight_class: face.weight().to_number(),
            },
        })
    }

    /// The font to write pages with: without its outlines, which are not asked for there.
    pub(super) fn for_pages(&self) -> Option<PdfFont> {
        Some(PdfFont::new(self.parsed(vec![0; 4])?))
    }

    /// The font cut to the glyphs in use.
    ///
    /// # Errors
    /// A shipped font that cannot be cut, as a lower-case fragment.
    pub(super) fn cut(&self) -> Result<PdfFont, String> {
        let name = self.shipped.name();
        let bytes = subsetter::subset(self.shipped.file(), 0, &self.mapper).map_err(|error| {
            format!("the shipped font {name} cannot be cut to the glyphs in use: {error}")
        })?;
        let font = self.parsed(bytes).ok_or_else(|| format!("the shipped font {name} is not readable"))?;
        Ok(PdfFont::new(font))
    }
}

/// The fonts that pages use.
#[derive(Default)]
pub(super) struct Fonts {
    by_file: BTreeMap<Shipped, Font>,
}

impl Fonts {
    /// A shipped font as pages use it.
    pub(super) fn get(&mut self, shipped: Shipped) -> &mut Font {
        self.by_file.entry(shipped).or_insert_with(|| Font::new(shipped))
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &Font> {
        self.by_file.values()
    }
}

/// Six capitals that tell one cut of a font from another, made from its glyphs.
fn tag(shipped: Shipped, glyphs: &[u16]) -> String {
    // FNV-1a: small, and the same on every machine.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ shipped as u64;
    for glyph in glyphs {
        hash = (hash ^ u64::from(*glyph)).wrapping_mul(0x0100_0000_01b3);
    }
    (0..6).map(|i| char::from(b'A' + ((hash >> (i * 8)) % 26) as u8)).collect()
}

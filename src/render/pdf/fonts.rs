//! The fonts of a PDF: for each weight only the glyphs that its pages use, with the characters they stand for.

use super::super::scene::{Item, Scene};
use super::super::text::{UNITS_PER_EM, Weight};
use printpdf::font::{FontMetrics, PdfFont, PdfFontMetricsStub};
use printpdf::{FontId, ParsedFont};
use std::collections::{BTreeMap, BTreeSet};

/// A font as the pages refer to it.
pub(super) struct Font {
    /// Its short name in the file: fixed, so that equal input gives equal bytes.
    pub(super) id: FontId,
    glyphs: BTreeMap<u16, Embedded>,
}

/// A glyph in the embedded font.
struct Embedded {
    /// Its number there.
    id: u16,
    /// Its width there, in thousandths of an em, cut to a whole number as it is written.
    width: i32,
    /// What it stands for.
    characters: String,
    /// Does the font file's own map lead from its one character to it?
    is_mapped: bool,
}

impl Font {
    /// Number in the embedded font; 0, the box, for a glyph that no page uses.
    pub(super) fn id(&self, glyph: u16) -> u16 {
        self.glyphs.get(&glyph).map_or(0, |g| g.id)
    }

    /// Width in thousandths of an em.
    pub(super) fn width(&self, glyph: u16) -> i32 {
        self.glyphs.get(&glyph).map_or(0, |g| g.width)
    }

    /// What the glyph stands for.
    pub(super) fn characters(&self, glyph: u16) -> &str {
        self.glyphs.get(&glyph).map_or("", |g| g.characters.as_str())
    }

    /// The character by which the glyph can be named, when there is exactly one.
    pub(super) fn character(&self, glyph: u16) -> Option<char> {
        self.glyphs.get(&glyph).filter(|g| g.is_mapped).and_then(|g| g.characters.chars().next())
    }
}

/// The fonts of all pages, and the same as they are embedded.
pub(super) struct Fonts {
    by_weight: BTreeMap<Weight, Font>,
    /// What goes into the file.
    pub(super) embedded: BTreeMap<FontId, PdfFont>,
}

impl Fonts {
    /// The font of a weight; `None` when no page uses it.
    pub(super) fn get(&self, weight: Weight) -> Option<&Font> {
        self.by_weight.get(&weight)
    }

    /// Gathers the glyphs of all pages and cuts the fonts to them.
    ///
    /// # Errors
    /// A shipped font that cannot be cut, as a lower-case fragment.
    pub(super) fn of(pages: &[Scene]) -> Result<Self, String> {
        let mut used: BTreeMap<Weight, BTreeMap<u16, String>> = BTreeMap::new();
        for item in pages.iter().flat_map(|p| &p.items) {
            let Item::Text(text) = item else { continue };
            let glyphs = used.entry(text.run.face.weight).or_default();
            for (index, glyph) in text.run.glyphs.iter().enumerate() {
                glyphs.entry(glyph.id).or_insert_with(|| match glyph.id {
                    // The box stands for whatever the font lacks.
                    0 => "\u{FFFD}".to_owned(),
                    _ => text.run.characters(index).to_owned(),
                });
            }
        }
        let mut fonts = Self { by_weight: BTreeMap::new(), embedded: BTreeMap::new() };
        for (weight, glyphs) in used {
            let (font, embedded) = embed(weight, glyphs)?;
            fonts.embedded.insert(font.id.clone(), embedded);
            fonts.by_weight.insert(weight, font);
        }
        Ok(fonts)
    }
}

fn embed(weight: Weight, used: BTreeMap<u16, String>) -> Result<(Font, PdfFont), String> {
    let face = weight.font().ok_or_else(|| format!("the shipped font {} is not readable", weight.name()))?;
    let numbers: Vec<u16> = used.keys().copied().collect();
    let mapper = subsetter::GlyphRemapper::new_from_glyphs_sorted(&numbers);
    let bytes = subsetter::subset(weight.file(), 0, &mapper).map_err(|error| {
        format!("the shipped font {} cannot be cut to the glyphs in use: {error}", weight.name())
    })?;

    let mut glyphs = BTreeMap::new();
    let mut codepoint_to_glyph = BTreeMap::new();
    let mut glyph_widths = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for (old, characters) in used {
        let id = mapper.get(old).unwrap_or(0);
        let units = face.glyph_hor_advance(rustybuzz::ttf_parser::GlyphId(old)).unwrap_or(0);
        let mut chars = characters.chars();
        let is_mapped = match (chars.next(), chars.next()) {
            // Two glyphs may stand for one character (digits of two widths); one of them is named by it.
            (Some(c), None) if old != 0 && taken.insert(c) => {
                codepoint_to_glyph.insert(u32::from(c), id).is_none()
            }
            _ => false,
        };
        glyph_widths.insert(id, units);
        let width = (f32::from(units) * 1000.0 / UNITS_PER_EM) as i32;
        glyphs.insert(old, Embedded { id, width, characters, is_mapped });
    }

    let bounds = face.global_bounding_box();
    let parsed = ParsedFont {
        original_bytes: bytes,
        font_index: 0,
        font_name: Some(format!("{}+{}", tag(weight, &numbers), weight.name())),
        codepoint_to_glyph,
        glyph_widths,
        units_per_em: UNITS_PER_EM as u16,
        font_metrics: FontMetrics { ascent: face.ascender(), descent: face.descender() },
        font_type: printpdf::font::FontType::TrueType,
        pdf_font_metrics: PdfFontMetricsStub {
            units_per_em: UNITS_PER_EM as u16,
            x_min: bounds.x_min,
            y_min: bounds.y_min,
            x_max: bounds.x_max,
            y_max: bounds.y_max,
            caret_slope_rise: 1,
            caret_slope_run: 0,
            us_weight_class: face.weight().to_number(),
        },
    };
    // Not F0 to F9: those names are taken by the fonts that every reader brings along.
    let id = FontId(format!("A{}", weight as usize));
    Ok((Font { id, glyphs }, PdfFont::new(parsed)))
}

/// Six capitals that tell one cut of a font from another, made from its glyphs.
fn tag(weight: Weight, glyphs: &[u16]) -> String {
    // FNV-1a: small, and the same on every machine.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ weight as u64;
    for glyph in glyphs {
        hash = (hash ^ u64::from(*glyph)).wrapping_mul(0x0100_0000_01b3);
    }
    (0..6).map(|i| char::from(b'A' + ((hash >> (i * 8)) % 26) as u8)).collect()
}

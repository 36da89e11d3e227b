//! The shipped fonts: one family for all that Parte's languages need, and two for names in Arabic and Hebrew letters.

use rustybuzz::ttf_parser::{GlyphId, OutlineBuilder, Tag};
use rustybuzz::{Direction, Feature, ShapePlan, script};
use std::sync::OnceLock;

/// Font units an em in which runs are measured, whatever unit a font file has.
pub(in super::super) const UNITS_PER_EM: f32 = 2048.0;
/// Height of capitals as a share of the size.
pub(in super::super) const CAP_HEIGHT: f32 = 1490.0 / UNITS_PER_EM;
/// How far letters reach above the baseline, as a share of the size (accents on capitals included).
pub(in super::super) const ASCENT: f32 = 0.97;
/// How far letters reach below the baseline, as a share of the size.
pub(in super::super) const DESCENT: f32 = 0.24;

/// A font file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in super::super) enum Font {
    Regular,
    SemiBold,
    Bold,
    Arabic,
    Hebrew,
}

impl Font {
    const COUNT: usize = 5;

    /// The file.
    pub(in super::super) fn file(self) -> &'static [u8] {
        match self {
            Self::Regular => include_bytes!("../../../assets/fonts/Inter-Regular.ttf"),
            Self::SemiBold => include_bytes!("../../../assets/fonts/Inter-SemiBold.ttf"),
            Self::Bold => include_bytes!("../../../assets/fonts/Inter-Bold.ttf"),
            Self::Arabic => include_bytes!("../../../assets/fonts/NotoSansArabic-Regular.ttf"),
            Self::Hebrew => include_bytes!("../../../assets/fonts/NotoSansHebrew-Regular.ttf"),
        }
    }

    /// Its PostScript name.
    pub(in super::super) fn name(self) -> &'static str {
        match self {
            Self::Regular => "Inter-Regular",
            Self::SemiBold => "Inter-SemiBold",
            Self::Bold => "Inter-Bold",
            Self::Arabic => "NotoSansArabic-Regular",
            Self::Hebrew => "NotoSansHebrew-Regular",
        }
    }

    /// The font, parsed once; `None` never happens with the shipped files (a test reads each).
    pub(in super::super) fn face(self) -> Option<&'static rustybuzz::Face<'static>> {
        static FACES: [OnceLock<Option<rustybuzz::Face<'static>>>; Font::COUNT] =
            [const { OnceLock::new() }; Font::COUNT];
        FACES[self as usize].get_or_init(|| rustybuzz::Face::from_slice(self.file(), 0)).as_ref()
    }

    /// The number of its space.
    pub(in super::super) fn space(self) -> Option<u16> {
        self.glyph(' ').map(|glyph| glyph.0)
    }

    /// The glyph of a character, when the font has it. Maps of fonts end with U+FFFF and the glyph for what is not there: that is none.
    pub(super) fn glyph(self, c: char) -> Option<GlyphId> {
        self.face()?.glyph_index(c).filter(|glyph| glyph.0 != 0)
    }

    /// Font units an em in its file.
    pub(in super::super) fn units_per_em(self) -> f32 {
        self.face().map_or(UNITS_PER_EM, |face| face.units_per_em() as f32)
    }

    /// The outline of a glyph, as its builder wants it told, in the units of the font's file.
    pub(in super::super) fn outline(self, glyph: u16, builder: &mut dyn OutlineBuilder) {
        if let Some(face) = self.face() {
            face.outline_glyph(GlyphId(glyph), builder);
        }
    }

    /// How its letters are put together, with digits of equal width or their own.
    pub(super) fn plan(self, tabular: bool, direction: Direction) -> Option<&'static ShapePlan> {
        static PLANS: [OnceLock<ShapePlan>; Font::COUNT * 4] = [const { OnceLock::new() }; Font::COUNT * 4];
        let face = self.face()?;
        let backwards = direction == Direction::RightToLeft;
        let index = self as usize * 4 + usize::from(tabular) * 2 + usize::from(backwards);
        Some(PLANS[index].get_or_init(|| {
            let features: &[Feature] =
                if tabular { &[Feature::new(Tag::from_bytes(b"tnum"), 1, ..)] } else { &[] };
            ShapePlan::new(face, direction, Some(self.script()), None, features)
        }))
    }

    /// The script that its letters are shaped as; the rules of Latin are those of Greek and Cyrillic.
    pub(super) fn script(self) -> rustybuzz::Script {
        match self {
            Self::Regular | Self::SemiBold | Self::Bold => script::LATIN,
            Self::Arabic => script::ARABIC,
            Self::Hebrew => script::HEBREW,
        }
    }
}

/// How strong letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in super::super) enum Weight {
    Regular,
    SemiBold,
    Bold,
}

impl Weight {
    /// The font of most letters.
    pub(in super::super) fn font(self) -> Font {
        match self {
            Self::Regular => Font::Regular,
            Self::SemiBold => Font::SemiBold,
            Self::Bold => Font::Bold,
        }
    }
}

/// A weight and the kind of its digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in super::super) struct Face {
    pub(in super::super) weight: Weight,
    pub(super) tabular: bool,
}

impl Face {
    pub(in super::super) const COUNT: usize = 6;
    pub(in super::super) const REGULAR: Self = Self { weight: Weight::Regular, tabular: false };
    pub(in super::super) const SEMI_BOLD: Self = Self { weight: Weight::SemiBold, tabular: false };
    pub(in super::super) const BOLD: Self = Self { weight: Weight::Bold, tabular: false };

    /// The same with digits of equal width, for figures that stand under each other.
    pub(in super::super) const fn tabular(self) -> Self {
        Self { tabular: true, ..self }
    }

    pub(super) fn index(self) -> usize {
        self.weight as usize * 2 + usize::from(self.tabular)
    }
}

/// Characters whose widths are kept at hand: those of the western languages.
const KNOWN: usize = 0x180;

/// How far the pen moves on for a character, in [`UNITS_PER_EM`]; `None`: it has to be shaped.
pub(super) fn advance(face: Face, c: char) -> Option<i32> {
    static ADVANCES: [OnceLock<Vec<Option<i32>>>; Face::COUNT] = [const { OnceLock::new() }; Face::COUNT];
    let known = ADVANCES[face.index()].get_or_init(|| {
        let font = face.weight.font();
        let shaped_alone = |c: char| {
            let mut letters = rustybuzz::UnicodeBuffer::new();
            letters.push_str(c.encode_utf8(&mut [0; 4]));
            letters.set_direction(Direction::LeftToRight);
            letters.set_script(font.script());
            let shaped = rustybuzz::shape_with_plan(
                font.face()?,
                font.plan(face.tabular, Direction::LeftToRight)?,
                letters,
            );
            Some(shaped.glyph_positions().iter().map(|position| position.x_advance).sum())
        };
        (0..KNOWN as u32)
            .map(|code| char::from_u32(code).filter(|c| !c.is_control()).and_then(shaped_alone))
            .collect()
    });
    known.get(c as usize).copied().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_font_is_read_and_has_the_letters_of_our_languages() {
        for weight in [Weight::Regular, Weight::SemiBold, Weight::Bold] {
            let font = weight.font();
            assert_eq!(font.units_per_em(), UNITS_PER_EM);
            for c in "ÁÉÍÓÚÜÑáéíóúüñ¿¡ãõçÃÕÇ€$%·—–−…“”«»\u{a0}\u{202f}\u{2009}▲▼ΑΩαωЖжЁё□".chars()
            {
                assert!(font.glyph(c).is_some(), "{} lacks {c:?}", font.name());
            }
        }
        assert!("شركة".chars().all(|c| Font::Arabic.glyph(c).is_some()));
        assert!("חברה".chars().all(|c| Font::Hebrew.glyph(c).is_some()));
    }
}

//! Text as glyphs: the shipped fonts, shaping with kerning and digits of equal width, measuring, wrapping, shortening.
//! Never: where text stands on a page.

use rustybuzz::ttf_parser::{GlyphId, Tag};
use rustybuzz::{Direction, Feature, ShapePlan, UnicodeBuffer, script, shape_with_plan};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::OnceLock;

static REGULAR: &[u8] = include_bytes!("../../assets/fonts/Inter-Regular.ttf");
static SEMI_BOLD: &[u8] = include_bytes!("../../assets/fonts/Inter-SemiBold.ttf");
static BOLD: &[u8] = include_bytes!("../../assets/fonts/Inter-Bold.ttf");

/// Font units an em, of every shipped font.
pub(super) const UNITS_PER_EM: f32 = 2048.0;
/// Height of capitals as a share of the size.
pub(super) const CAP_HEIGHT: f32 = 1490.0 / UNITS_PER_EM;
/// How far letters reach above the baseline, as a share of the size (accents on capitals included).
pub(super) const ASCENT: f32 = 0.97;
/// How far letters reach below the baseline, as a share of the size.
pub(super) const DESCENT: f32 = 0.24;

/// How strong letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Weight {
    Regular,
    SemiBold,
    Bold,
}

impl Weight {
    /// The font file.
    pub(super) fn file(self) -> &'static [u8] {
        match self {
            Self::Regular => REGULAR,
            Self::SemiBold => SEMI_BOLD,
            Self::Bold => BOLD,
        }
    }

    /// The font's PostScript name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Regular => "Inter-Regular",
            Self::SemiBold => "Inter-SemiBold",
            Self::Bold => "Inter-Bold",
        }
    }

    /// The font, parsed once; `None` never happens with the shipped files (a test reads each).
    pub(super) fn font(self) -> Option<&'static rustybuzz::Face<'static>> {
        static FONTS: [OnceLock<Option<rustybuzz::Face<'static>>>; 3] = [const { OnceLock::new() }; 3];
        FONTS[self as usize].get_or_init(|| rustybuzz::Face::from_slice(self.file(), 0)).as_ref()
    }
}

/// A weight and the kind of its digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Face {
    pub(super) weight: Weight,
    tabular: bool,
}

impl Face {
    pub(super) const REGULAR: Self = Self { weight: Weight::Regular, tabular: false };
    pub(super) const SEMI_BOLD: Self = Self { weight: Weight::SemiBold, tabular: false };
    pub(super) const BOLD: Self = Self { weight: Weight::Bold, tabular: false };

    /// The same with digits of equal width, for figures that stand under each other.
    pub(super) const fn tabular(self) -> Self {
        Self { tabular: true, ..self }
    }

    fn index(self) -> usize {
        self.weight as usize * 2 + usize::from(self.tabular)
    }

    fn plan(self, font: &rustybuzz::Face<'static>) -> &'static ShapePlan {
        static PLANS: [OnceLock<ShapePlan>; 6] = [const { OnceLock::new() }; 6];
        PLANS[self.index()].get_or_init(|| {
            let features: &[Feature] =
                if self.tabular { &[Feature::new(Tag::from_bytes(b"tnum"), 1, ..)] } else { &[] };
            ShapePlan::new(font, Direction::LeftToRight, Some(script::LATIN), None, features)
        })
    }
}

/// A glyph of a run; lengths in font units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Glyph {
    /// Number in the font; 0 is the box that stands for a character that the font lacks.
    pub(super) id: u16,
    /// How far the pen moves on.
    pub(super) advance: i32,
    /// Where it is drawn, from the pen; y upwards.
    pub(super) offset: (i32, i32),
    /// Byte of the run's text at which its characters begin.
    pub(super) cluster: usize,
}

/// A shaped line of text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) face: Face,
    /// What it says, without characters that must not reach a page.
    pub(super) text: String,
    pub(super) glyphs: Vec<Glyph>,
    units: i32,
}

impl Run {
    /// Its width in points at a size.
    pub(super) fn width(&self, size: f32) -> f32 {
        self.units as f32 * size / UNITS_PER_EM
    }

    /// Nothing to draw?
    pub(super) fn is_empty(&self) -> bool {
        self.glyphs.is_empty()
    }

    /// The characters that a glyph stands for; empty for all but the first glyph of a cluster.
    pub(super) fn characters(&self, index: usize) -> &str {
        let Some(glyph) = self.glyphs.get(index) else { return "" };
        if index > 0 && self.glyphs[index - 1].cluster == glyph.cluster {
            return "";
        }
        let end = self.glyphs[index..].iter().map(|g| g.cluster).find(|c| *c > glyph.cluster);
        self.text.get(glyph.cluster..end.unwrap_or(self.text.len())).unwrap_or("")
    }

    /// The longest start of the text, cut between characters, that is at most so wide.
    fn prefix(&self, size: f32, width: f32) -> &str {
        let mut pen = 0;
        let mut end = 0;
        for (index, glyph) in self.glyphs.iter().enumerate() {
            if index == 0 || self.glyphs[index - 1].cluster != glyph.cluster {
                end = glyph.cluster;
            }
            pen += glyph.advance;
            if pen as f32 * size / UNITS_PER_EM > width {
                return &self.text[..end];
            }
        }
        &self.text
    }
}

/// Shapes text and remembers what it has shaped; one for each rendering.
#[derive(Default)]
pub(super) struct Typesetter {
    runs: RefCell<[HashMap<Box<str>, Rc<Run>>; 6]>,
    buffer: RefCell<Option<UnicodeBuffer>>,
}

impl Typesetter {
    /// The text as glyphs. Breaks and tabs become spaces; controls and direction marks are left out.
    pub(super) fn run(&self, face: Face, text: &str) -> Rc<Run> {
        if let Some(run) = self.runs.borrow()[face.index()].get(text) {
            return Rc::clone(run);
        }
        let run = Rc::new(self.shape(face, &printable(text)));
        self.runs.borrow_mut()[face.index()].insert(text.into(), Rc::clone(&run));
        run
    }

    /// The width of a text in points.
    pub(super) fn width(&self, face: Face, text: &str, size: f32) -> f32 {
        self.run(face, text).width(size)
    }

    fn shape(&self, face: Face, text: &str) -> Run {
        let Some(font) = face.weight.font() else {
            return Run { face, text: String::new(), glyphs: Vec::new(), units: 0 };
        };
        let mut buffer = self.buffer.take().unwrap_or_default();
        buffer.push_str(text);
        buffer.set_direction(Direction::LeftToRight);
        buffer.set_script(script::LATIN);
        let shaped = shape_with_plan(font, face.plan(font), buffer);
        let glyphs: Vec<Glyph> = shaped
            .glyph_infos()
            .iter()
            .zip(shaped.glyph_positions())
            .map(|(info, position)| Glyph {
                id: u16::try_from(info.glyph_id).unwrap_or(0),
                advance: position.x_advance,
                offset: (position.x_offset, position.y_offset),
                cluster: info.cluster as usize,
            })
            .collect();
        self.buffer.replace(Some(shaped.clear()));
        let units = glyphs.iter().map(|g| g.advance).sum();
        Run { face, text: text.to_owned(), glyphs, units }
    }

    /// The text on one line no wider than `width`, its end replaced by `…` where it does not fit.
    pub(super) fn shorten(&self, face: Face, text: &str, size: f32, width: f32) -> Rc<Run> {
        let start = start_of(text, size, width);
        let run = self.run(face, start);
        if run.width(size) <= width + TOLERANCE && start.len() == text.len() {
            return run;
        }
        let room = width - self.width(face, "…", size);
        if room < 0.0 {
            return self.run(face, "");
        }
        let kept = run.prefix(size, room).trim_end();
        let short = self.run(face, &format!("{kept}…"));
        if short.width(size) <= width + TOLERANCE || kept.is_empty() {
            return short;
        }
        // Kerning before the ellipsis took the last hair: one character less.
        self.run(face, &format!("{}…", without_last(kept).trim_end()))
    }

    /// The text on at most `lines` lines no wider than `width`, broken at spaces, else between characters;
    /// the last line ends in `…` where there is more.
    pub(super) fn wrap(&self, face: Face, text: &str, size: f32, width: f32, lines: usize) -> Vec<Rc<Run>> {
        let text = printable(text);
        if lines <= 1 || self.width(face, start_of(&text, size, width), size) <= width + TOLERANCE {
            return vec![self.shorten(face, &text, size, width)];
        }
        let mut wrapped = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            if wrapped.len() + 1 == lines {
                wrapped.push(self.shorten(face, rest, size, width));
                break;
            }
            let end = self.line_end(face, rest, size, width);
            wrapped.push(self.run(face, rest[..end].trim_end()));
            rest = rest[end..].trim_start();
        }
        wrapped
    }

    /// Where the first line of a text ends: after its last word that fits, or inside a word too long for any line.
    fn line_end(&self, face: Face, text: &str, size: f32, width: f32) -> usize {
        let mut end = 0;
        let mut pen = 0.0;
        let space = self.width(face, " ", size);
        for word in text.split_inclusive(' ') {
            let word_width = self.width(face, start_of(word.trim_end(), size, width), size);
            if pen + word_width > width + TOLERANCE {
                break;
            }
            pen += word_width + if word.ends_with(' ') { space } else { 0.0 };
            end += word.len();
        }
        if end > 0 {
            return end;
        }
        let first = text.split(' ').next().unwrap_or(text);
        let word = self.run(face, start_of(first, size, width));
        let mut fitting = word.prefix(size, width);
        // Kerning with the letter after the cut may have taken a hair: one character less.
        if self.width(face, fitting, size) > width + TOLERANCE {
            fitting = without_last(fitting);
        }
        // At least one character a line, or it would never end.
        fitting.len().max(first.chars().next().map_or(1, char::len_utf8))
    }

    /// The least width at which the text stands on two lines without a word cut.
    pub(super) fn two_line_width(&self, face: Face, text: &str, size: f32) -> f32 {
        let space = self.width(face, " ", size);
        let words: Vec<f32> = text.split_whitespace().map(|word| self.width(face, word, size)).collect();
        let whole = words.iter().sum::<f32>() + space * words.len().saturating_sub(1) as f32;
        let mut first = 0.0;
        let mut least = whole;
        for word in &words {
            first += word;
            least = least.min(first.max(whole - first - space));
            first += space;
        }
        least
    }

    /// The text on one line, or on two of about equal length; what does not fit on two ends in `…`.
    pub(super) fn balance(&self, face: Face, text: &str, size: f32, width: f32) -> Vec<Rc<Run>> {
        if self.width(face, text, size) <= width + TOLERANCE {
            return vec![self.run(face, text)];
        }
        // Kerning across the break is not in the sum: a little more room keeps the break where it was found.
        let even = self.two_line_width(face, text, size) * 1.02 + 0.5;
        self.wrap(face, text, size, even.min(width), 2)
    }

    /// The width of the widest word.
    pub(super) fn widest_word(&self, face: Face, text: &str, size: f32) -> f32 {
        text.split_whitespace().map(|word| self.width(face, word, size)).fold(0.0, f32::max)
    }
}

/// As much of a text as can stand on a line so wide: no more of a long one is shaped.
fn start_of(text: &str, size: f32, width: f32) -> &str {
    // Even the narrowest space is a twentieth of an em wide.
    let most = (width / (size * 0.05)).max(0.0) as usize + 16;
    text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end])
}

/// A text without its last character.
fn without_last(text: &str) -> &str {
    text.char_indices().next_back().map_or("", |(end, _)| &text[..end])
}

/// Rounding that a fit forgives, in points.
const TOLERANCE: f32 = 0.01;

/// The text without what must not reach a page: controls become spaces, invisible marks (direction overrides,
/// zero-width characters, variation selectors) go.
fn printable(text: &str) -> Cow<'_, str> {
    let plain = |c: char| !c.is_control() && !is_invisible(c) && !matches!(c, '\u{2028}' | '\u{2029}');
    if text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars()
            .filter(|c| !is_invisible(*c))
            .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
            .collect(),
    )
}

fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF0}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// The outline of a glyph, as a font's builder wants it told.
pub(super) fn outline(weight: Weight, glyph: u16, builder: &mut dyn rustybuzz::ttf_parser::OutlineBuilder) {
    if let Some(font) = weight.font() {
        font.outline_glyph(GlyphId(glyph), builder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_font_is_read_and_has_the_letters_of_our_languages() {
        for weight in [Weight::Regular, Weight::SemiBold, Weight::Bold] {
            let font = weight.font().unwrap();
            assert_eq!(font.units_per_em() as f32, UNITS_PER_EM);
            for c in "ÁÉÍÓÚÜÑáéíóúüñ¿¡ãõçÃÕÇ€$%·—–−…“”«»\u{a0}\u{202f}\u{2009}▲▼ΑΩαωЖжЁё".chars()
            {
                assert!(font.glyph_index(c).is_some(), "{} lacks {c:?}", weight.name());
            }
        }
    }

    #[test]
    fn tabular_digits_have_one_width() {
        let set = Typesetter::default();
        let widths: Vec<_> =
            (0..10).map(|d| set.width(Face::REGULAR.tabular(), &d.to_string(), 10.0).to_bits()).collect();
        assert!(widths.iter().all(|w| *w == widths[0]));
        assert!(set.width(Face::REGULAR, "1", 10.0) < set.width(Face::REGULAR, "0", 10.0));
    }

    #[test]
    fn kerning_brings_letters_together() {
        let set = Typesetter::default();
        let apart = set.width(Face::REGULAR, "A", 10.0) + set.width(Face::REGULAR, "V", 10.0);
        assert!(set.width(Face::REGULAR, "AV", 10.0) < apart);
    }

    #[test]
    fn shortened_and_wrapped_text_keeps_to_its_width() {
        let set = Typesetter::default();
        let texts = [
            "Distribuciones Cigüeña y Compañía",
            "Supercalifragilísticoespialidoso",
            "a b c d e f g h",
            "…",
            "",
            "ñ",
        ];
        for text in texts {
            for width in [1.0_f32, 6.0, 14.0, 33.0, 80.0, 200.0] {
                let short = set.shorten(Face::REGULAR, text, 9.0, width);
                assert!(short.width(9.0) <= width + 0.02, "{text:?} at {width}: {:?}", short.text);
                for lines in 1..5 {
                    let wrapped = set.wrap(Face::REGULAR, text, 9.0, width, lines);
                    assert!(wrapped.len() <= lines.max(1));
                    let fits =
                        wrapped.iter().all(|l| l.width(9.0) <= width + 0.02 || l.text.chars().count() == 1);
                    assert!(fits, "{text:?} at {width} on {lines}");
                }
            }
        }
        let all = set.wrap(Face::REGULAR, "uno dos tres cuatro", 9.0, 40.0, 9);
        assert_eq!(all.iter().map(|l| l.text.as_str()).collect::<Vec<_>>().join(" "), "uno dos tres cuatro");
    }

    #[test]
    fn two_balanced_lines_say_it_all() {
        let set = Typesetter::default();
        for text in [
            "8,4 % frente a la semana anterior",
            "a bb",
            "Distribuidores mayoristas de la Costa Caribe y San Andrés",
        ] {
            let least = set.two_line_width(Face::SEMI_BOLD, text, 7.0);
            let lines = set.balance(Face::SEMI_BOLD, text, 7.0, least + 4.0);
            assert_eq!(lines.iter().map(|l| l.text.as_str()).collect::<Vec<_>>().join(" "), text);
            assert_eq!(lines.len(), 2);
        }
    }

    #[test]
    fn controls_and_direction_overrides_do_not_reach_the_page() {
        let set = Typesetter::default();
        assert_eq!(set.run(Face::REGULAR, "a\tb\u{0}c\u{202E}d\u{200B}e\nf").text, "a b cde f");
    }

    #[test]
    fn a_character_that_no_font_has_is_a_box() {
        let run = Typesetter::default().run(Face::REGULAR, "a😀b");
        assert_eq!(run.glyphs.iter().map(|g| g.id == 0).collect::<Vec<_>>(), [false, true, false]);
        assert_eq!(run.characters(1), "😀");
    }
}

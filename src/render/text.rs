//! Text as glyphs: the shipped fonts, shaping with kerning and digits of equal width, measuring, wrapping, shortening.
//! Never: where text stands on a page.

mod fonts;
mod run;
mod shaping;

pub(super) use fonts::{ASCENT, CAP_HEIGHT, DESCENT, Face, Font, UNITS_PER_EM, Weight};
pub(super) use run::Run;
pub(super) use shaping::is_missing;

use rustybuzz::UnicodeBuffer;
use shaping::{printable, shape};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

/// So many runs of a face are remembered: the cells of a long table hardly repeat.
const MOST_KNOWN: usize = 20_000;

/// A word of more bytes fits no line: it is enough to know about how wide it is.
const LONGEST_SHAPED: usize = 400;

/// Shapes text and remembers what it has shaped; one for each rendering.
#[derive(Default)]
pub(super) struct Typesetter {
    runs: RefCell<[HashMap<Box<str>, Arc<Run>>; Face::COUNT]>,
    buffer: RefCell<Option<UnicodeBuffer>>,
}

impl Typesetter {
    /// The text as glyphs. Breaks and tabs become spaces; controls and direction marks are left out.
    pub(super) fn run(&self, face: Face, text: &str) -> Arc<Run> {
        if let Some(run) = self.runs.borrow()[face.index()].get(text) {
            return Arc::clone(run);
        }
        let run = Arc::new(shape(face, &printable(text), &mut self.buffer.borrow_mut()));
        let known = &mut self.runs.borrow_mut()[face.index()];
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(text.into(), Arc::clone(&run));
        run
    }

    /// The width of a text in points.
    pub(super) fn width(&self, face: Face, text: &str, size: f32) -> f32 {
        self.run(face, text).width(size)
    }

    /// About the width of a text in points, without kerning: what many cells ask for is found without shaping each.
    pub(super) fn measure(&self, face: Face, text: &str, size: f32) -> f32 {
        let advance = |c: char| {
            fonts::advance(face, c).unwrap_or_else(|| self.run(face, c.encode_utf8(&mut [0; 4])).units)
        };
        text.chars().map(advance).sum::<i32>() as f32 * size / UNITS_PER_EM
    }

    /// The text on one line no wider than `width`, its end replaced by `…` where it does not fit.
    pub(super) fn shorten(&self, face: Face, text: &str, size: f32, width: f32) -> Arc<Run> {
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
    pub(super) fn wrap(&self, face: Face, text: &str, size: f32, width: f32, lines: usize) -> Vec<Arc<Run>> {
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

    /// About the least width at which the text stands on two lines without a word cut.
    pub(super) fn two_line_width(&self, face: Face, text: &str, size: f32) -> f32 {
        let space = self.measure(face, " ", size);
        let words: Vec<f32> = text.split_whitespace().map(|word| self.measure(face, word, size)).collect();
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
    pub(super) fn balance(&self, face: Face, text: &str, size: f32, width: f32) -> Vec<Arc<Run>> {
        let start = start_of(text, size, width);
        if start.len() == text.len() && self.width(face, text, size) <= width + TOLERANCE {
            return vec![self.run(face, text)];
        }
        // Kerning across the break is not in the sum: a little more room keeps the break where it was found.
        let even = self.two_line_width(face, text, size) * 1.02 + 0.5;
        self.wrap(face, text, size, even.min(width), 2)
    }

    /// The width of the widest word.
    pub(super) fn widest_word(&self, face: Face, text: &str, size: f32) -> f32 {
        let width = |word: &str| match word.len() > LONGEST_SHAPED {
            true => self.measure(face, word, size),
            false => self.width(face, word, size),
        };
        text.split_whitespace().map(width).fold(0.0, f32::max)
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

#[cfg(test)]
mod tests {
    use super::*;

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
}

//! A line of text as glyphs: which font has a letter, which way it is read, how letters stand together.

use super::fonts::{Face, Font, UNITS_PER_EM};
use super::run::{Glyph, Run};
use rustybuzz::{Direction, UnicodeBuffer, shape_with_plan};
use std::borrow::Cow;
use std::ops::Range;
use unicode_bidi::BidiInfo;

/// What stands in place of a character that no font has.
const BOX: char = '□';

/// Shapes a line that [`printable`] has seen.
pub(super) fn shape(face: Face, text: &str, buffer: &mut Option<UnicodeBuffer>) -> Run {
    let mut run = Run { face, text: text.to_owned(), glyphs: Vec::new(), units: 0, backwards: false };
    if text.chars().any(is_read_backwards) {
        run.backwards = true;
        let bidi = BidiInfo::new(text, None);
        for paragraph in &bidi.paragraphs {
            let (levels, stretches) = bidi.visual_runs(paragraph, paragraph.range.clone());
            for stretch in stretches {
                let backwards = levels.get(stretch.start).is_some_and(|level| level.is_rtl());
                let direction = if backwards { Direction::RightToLeft } else { Direction::LeftToRight };
                add(&mut run, stretch, direction, buffer);
            }
        }
    } else {
        add(&mut run, 0..text.len(), Direction::LeftToRight, buffer);
    }
    run.units = run.glyphs.iter().map(|glyph| glyph.advance).sum();
    run
}

/// Adds a stretch that is read one way, font by font.
fn add(run: &mut Run, stretch: Range<usize>, direction: Direction, buffer: &mut Option<UnicodeBuffer>) {
    let mut pieces = pieces(run.face, &run.text, stretch);
    if direction == Direction::RightToLeft {
        pieces.reverse();
    }
    for (font, range) in pieces {
        match font {
            Some(font) => add_piece(run, font, range, direction, buffer),
            None => add_boxes(run, range),
        }
    }
}

fn add_piece(
    run: &mut Run,
    font: Font,
    range: Range<usize>,
    direction: Direction,
    buffer: &mut Option<UnicodeBuffer>,
) {
    let (Some(face), Some(plan)) = (font.face(), font.plan(run.face.tabular, direction)) else { return };
    let mut letters = buffer.take().unwrap_or_default();
    letters.push_str(&run.text[range.clone()]);
    letters.set_direction(direction);
    letters.set_script(font.script());
    let shaped = shape_with_plan(face, plan, letters);
    // Fonts of other units are measured in those of the first.
    let scale = UNITS_PER_EM / font.units_per_em();
    let scaled = |units: i32| if scale == 1.0 { units } else { (units as f32 * scale).round() as i32 };
    run.glyphs.extend(shaped.glyph_infos().iter().zip(shaped.glyph_positions()).map(|(info, position)| {
        Glyph {
            font,
            id: u16::try_from(info.glyph_id).unwrap_or(0),
            advance: scaled(position.x_advance),
            offset: (scaled(position.x_offset), scaled(position.y_offset)),
            cluster: range.start + info.cluster as usize,
            is_missing: false,
        }
    }));
    *buffer = Some(shaped.clear());
}

/// A box for each character that no font has.
fn add_boxes(run: &mut Run, range: Range<usize>) {
    let font = run.face.weight.font();
    let id = font.glyph(BOX).map_or(0, |glyph| glyph.0);
    let advance = font.face().and_then(|face| face.glyph_hor_advance(rustybuzz::ttf_parser::GlyphId(id)));
    let boxes = run.text[range.clone()].char_indices().map(|(at, _)| Glyph {
        font,
        id,
        advance: i32::from(advance.unwrap_or(0)),
        offset: (0, 0),
        cluster: range.start + at,
        is_missing: true,
    });
    run.glyphs.extend(boxes.collect::<Vec<_>>());
}

/// A stretch cut where another font is needed; `None`: no font has these characters.
fn pieces(face: Face, text: &str, stretch: Range<usize>) -> Vec<(Option<Font>, Range<usize>)> {
    let mut pieces: Vec<(Option<Font>, Range<usize>)> = Vec::new();
    for (at, c) in text[stretch.clone()].char_indices() {
        let begins = stretch.start + at;
        let end = begins + c.len_utf8();
        let font = font_of(face, c, pieces.last().and_then(|(font, _)| *font));
        match pieces.last_mut() {
            Some((last, range)) if *last == font => range.end = end,
            _ => pieces.push((font, begins..end)),
        }
    }
    pieces
}

/// The font that a character is set in, beside another.
fn font_of(face: Face, c: char, before: Option<Font>) -> Option<Font> {
    let first = face.weight.font();
    if c.is_ascii() && before.is_none_or(|before| before == first) {
        return Some(first);
    }
    // A mark or a space between two letters of a script belongs to them.
    if let Some(before) = before.filter(|before| *before != first)
        && (c == ' ' || !c.is_ascii())
        && before.glyph(c).is_some()
    {
        return Some(before);
    }
    [first, Font::Arabic, Font::Hebrew].into_iter().find(|font| font.glyph(c).is_some())
}

/// Does no font have it?
pub(in super::super) fn is_missing(c: char) -> bool {
    !c.is_ascii()
        && !is_left_out(c)
        && [Font::Regular, Font::Arabic, Font::Hebrew].iter().all(|font| font.glyph(c).is_none())
}

/// Letters of the scripts that are read from right to left.
fn is_read_backwards(c: char) -> bool {
    matches!(c, '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFE}'
        | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
}

/// The text without what must not reach a page: controls become spaces, invisible marks (direction overrides,
/// zero-width characters, variation selectors) go.
pub(super) fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_left_out) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars().filter(|c| !is_invisible(*c)).map(|c| if is_left_out(c) { ' ' } else { c }).collect(),
    )
}

fn is_left_out(c: char) -> bool {
    c.is_control() || is_invisible(c) || matches!(c, '\u{2028}' | '\u{2029}')
}

fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF0}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::super::Typesetter;
    use super::*;

    #[test]
    fn controls_and_direction_overrides_do_not_reach_the_page() {
        let set = Typesetter::default();
        assert_eq!(set.run(Face::REGULAR, "a\tb\u{0}c\u{202E}d\u{200B}e\nf").text, "a b cde f");
    }

    #[test]
    fn a_character_that_no_font_has_is_a_box() {
        let run = Typesetter::default().run(Face::REGULAR, "a😀b");
        assert_eq!(run.glyphs.iter().map(|g| g.is_missing).collect::<Vec<_>>(), [false, true, false]);
        assert_eq!(run.characters(1), "😀");
        assert!(run.glyphs.iter().all(|g| g.id != 0), "the box is a letter of its own");
        assert!(is_missing('😀') && is_missing('漢') && !is_missing('ñ') && !is_missing('ش'));
        assert!(is_missing('\u{ffff}'), "what maps of fonts end with is no letter");
    }

    #[test]
    fn words_read_from_right_to_left_stand_in_that_order_within_others() {
        let run = Typesetter::default().run(Face::REGULAR, "ab שלום 12");
        let clusters: Vec<usize> = run.glyphs.iter().map(|g| g.cluster).collect();
        // The four Hebrew letters, two bytes each, begin at byte 3; a number after them stands to their left.
        assert_eq!(clusters[..3], [0, 1, 2]);
        let hebrew: Vec<usize> =
            run.glyphs.iter().filter(|g| g.font == Font::Hebrew).map(|g| g.cluster).collect();
        assert!(hebrew.iter().rev().is_sorted(), "{hebrew:?}");
        assert!(run.glyphs.iter().all(|g| !g.is_missing && g.id != 0));
        let mut glyphs: Vec<usize> = (0..run.glyphs.len()).collect();
        glyphs.sort_by_key(|at| run.glyphs[*at].cluster);
        assert_eq!(glyphs.iter().map(|at| run.characters(*at)).collect::<String>(), "ab שלום 12");
    }

    #[test]
    fn arabic_letters_are_joined() {
        let set = Typesetter::default();
        let alone: i32 = "سلام".chars().map(|c| set.run(Face::REGULAR, &c.to_string()).units).sum();
        assert!(set.run(Face::REGULAR, "سلام").units < alone);
    }
}

//! Text that Excel and XML accept.

use std::borrow::Cow;

/// Excel's limit for a cell's text, in UTF-16 code units.
pub(super) const LONGEST: usize = 32_767;

/// What was done to texts while a workbook was written.
#[derive(Default)]
pub(super) struct Texts {
    cut: usize,
}

impl Texts {
    /// The text as a cell can hold it; counts those that were cut.
    pub(super) fn fit<'a>(&mut self, text: &'a str) -> Cow<'a, str> {
        let text = clean(text);
        // A text of so many bytes has no more UTF-16 units than that: nearly every cell ends here.
        if text.len() <= LONGEST {
            return text;
        }
        let mut units = 0;
        let mut end = None;
        for (at, c) in text.char_indices() {
            units += c.len_utf16();
            if units < LONGEST {
                end = Some(at + c.len_utf8());
            }
            if units > LONGEST {
                self.cut += 1;
                return Cow::Owned(format!("{}…", &text[..end.unwrap_or(0)]));
            }
        }
        text
    }

    /// Counts those of some texts that will be cut where they are written.
    pub(super) fn count<'a>(&mut self, texts: impl Iterator<Item = &'a String>) {
        for text in texts.filter(|text| text.len() > LONGEST) {
            self.fit(text);
        }
    }

    /// How many texts were cut.
    pub(super) fn cut(&self) -> usize {
        self.cut
    }
}

/// Without the characters that XML 1.0 refuses; line ends as Excel has them (LF).
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    let refused = |c: char| (c < ' ' && !matches!(c, '\t' | '\n')) || matches!(c, '\u{FFFE}' | '\u{FFFF}');
    if !text.contains(refused) {
        return Cow::Borrowed(text);
    }
    let unix = text.replace("\r\n", "\n").replace('\r', "\n");
    Cow::Owned(unix.chars().filter(|c| !refused(*c)).collect())
}

/// Points of a line, and the most that a row may have.
const LINE: f64 = 15.0;
const TALLEST: f64 = 409.0;

/// The height of a row of so many lines, in points.
pub(super) fn height(lines: usize) -> f64 {
    (lines as f64 * LINE + 1.0).min(TALLEST)
}

/// How many lines a text takes in a width of so many digits, broken between words; proportional letters are narrower on average.
pub(super) fn lines(text: &str, width: usize) -> usize {
    let of_line = |line: &str| {
        let (mut lines, mut used) = (1, 0);
        for word in line.split_whitespace().map(|word| word.chars().count()) {
            if used > 0 && used + 1 + word > width {
                lines += 1;
                used = 0;
            }
            used += word + usize::from(used > 0);
            // A word that is longer than the line is broken.
            lines += used.saturating_sub(1) / width.max(1);
            used = if used > width { (used - 1) % width.max(1) + 1 } else { used };
        }
        lines
    };
    text.lines().map(of_line).sum::<usize>().max(1)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, Texts, clean, lines};

    #[test]
    fn lines_are_counted_as_words_and_long_words_break() {
        assert_eq!(lines("", 10), 1);
        assert_eq!(lines("uno dos", 10), 1);
        assert_eq!(lines("uno dos tres", 10), 2);
        assert_eq!(lines("a\nb\nc", 10), 3);
        assert_eq!(lines(&"ñ".repeat(35), 10), 4);
        assert_eq!(lines(&"ñ".repeat(30), 10), 3);
    }

    #[test]
    fn what_xml_refuses_is_left_out_and_line_ends_become_those_of_excel() {
        assert_eq!(clean("a\0b\u{1b}c\u{FFFF}"), "abc");
        assert_eq!(clean("a\r\nb\rc\td"), "a\nb\nc\td");
        assert_eq!(clean("\u{202E}🦤"), "\u{202E}🦤");
    }

    #[test]
    fn long_texts_are_cut_at_a_whole_character_and_counted() {
        let mut texts = Texts::default();
        let exact = "ñ".repeat(LONGEST);
        assert_eq!(texts.fit(&exact), exact);
        assert_eq!(texts.cut(), 0);
        let birds = "🦤".repeat(20_000);
        let fitted = texts.fit(&birds);
        assert!(fitted.encode_utf16().count() <= LONGEST && fitted.ends_with("🦤…"));
        assert_eq!(texts.cut(), 1);
    }
}

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

#[cfg(test)]
mod tests {
    use super::{LONGEST, Texts, clean};

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

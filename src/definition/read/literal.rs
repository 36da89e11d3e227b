//! Finds the bytes of the file that a part of a TOML string was written with, through quotes, escapes and line
//! ends, so that a caret can stand inside a string.

use super::problems::Place;

/// The file's bytes for `part`, a byte range of the decoded string `value` that was written at `literal`. The whole
/// literal when it was not written as a plain TOML string.
pub(super) fn locate(text: &str, literal: &Place, value: &str, part: Place) -> Place {
    let Some(raw) = text.get(literal.clone()) else { return literal.clone() };
    let Some(letters) = decode(raw) else { return literal.clone() };
    if !letters.iter().map(|letter| letter.decoded).eq(value.chars()) {
        return literal.clone();
    }
    let (mut start, mut end) = (None, None);
    let mut at = 0;
    for letter in &letters {
        if at >= part.start && start.is_none() {
            start = Some(letter.written.start);
        }
        if at < part.end {
            end = Some(letter.written.end);
        }
        at += letter.decoded.len_utf8();
    }
    let closing = raw.len() - closing_quotes(raw);
    let start = start.unwrap_or(closing);
    let end = end.unwrap_or(start).max(start);
    // A caret needs something to stand under: the letter there, or the closing quote.
    let end = if end > start { end } else { start + raw[start..].chars().next().map_or(0, char::len_utf8) };
    literal.start + start..literal.start + end
}

/// The byte offset of a line and column (both from 1, columns in characters) in a text.
pub(super) fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let mut start = 0;
    for _ in 1..line {
        match text[start..].find('\n') {
            Some(end) => start += end + 1,
            None => return text.len(),
        }
    }
    let rest = text[start..].split('\n').next().unwrap_or_default();
    start + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at)
}

/// A character of the value, and the bytes of the literal it was written with.
struct Letter {
    decoded: char,
    written: Place,
}

fn closing_quotes(raw: &str) -> usize {
    if raw.starts_with("\"\"\"") || raw.starts_with("'''") { 3 } else { 1 }
}

fn decode(raw: &str) -> Option<Vec<Letter>> {
    let quotes = closing_quotes(raw);
    let multi_line = quotes == 3;
    let basic = raw.starts_with('"');
    if !(basic || raw.starts_with('\'')) || raw.len() < 2 * quotes {
        return None;
    }
    let end = raw.len() - quotes;
    let mut at = quotes;
    if multi_line && raw[at..].starts_with('\n') {
        at += 1;
    }
    let mut letters = Vec::new();
    while at < end {
        let c = raw.get(at..end)?.chars().next()?;
        if !(basic && c == '\\') {
            letters.push(Letter { decoded: c, written: at..at + c.len_utf8() });
            at += c.len_utf8();
            continue;
        }
        let rest = &raw[at + 1..end];
        if multi_line && rest.trim_start_matches([' ', '\t']).starts_with('\n') {
            at = end - rest.trim_start().len();
            continue;
        }
        let (decoded, length) = escape(rest)?;
        letters.push(Letter { decoded, written: at..at + 1 + length });
        at += 1 + length;
    }
    Some(letters)
}

/// The character of an escape and the bytes it takes after the backslash.
fn escape(rest: &str) -> Option<(char, usize)> {
    let hex = |digits: usize| {
        let code = u32::from_str_radix(rest.get(1..=digits)?, 16).ok()?;
        Some((char::from_u32(code)?, 1 + digits))
    };
    let plain = |c| Some((c, 1));
    match rest.chars().next()? {
        'b' => plain('\u{8}'),
        't' => plain('\t'),
        'n' => plain('\n'),
        'f' => plain('\u{c}'),
        'r' => plain('\r'),
        'e' => plain('\u{1b}'),
        '"' => plain('"'),
        '\\' => plain('\\'),
        'x' => hex(2),
        'u' => hex(4),
        'U' => hex(8),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{locate, offset_of};

    /// Where `needle` of the value stands in a file `key = LITERAL`.
    fn shown(literal: &str, needle: &str) -> String {
        let text = format!("key = {literal}\n");
        let table = toml::de::DeTable::parse(&text).expect("the literal is TOML");
        let value = table.get_ref().get("key").expect("the key is there");
        let decoded = value.get_ref().as_str().expect("a string");
        let start = decoded.find(needle).expect("the value holds it");
        let place = locate(&text, &value.span(), decoded, start..start + needle.len());
        text[place].to_owned()
    }

    #[test]
    fn a_part_of_a_string_is_found_in_every_way_of_writing_strings() {
        assert_eq!(shown("\"select ñandú from x\"", "ñandú"), "ñandú");
        assert_eq!(shown("'select \\d from x'", "from"), "from");
        assert_eq!(shown("\"tab\\tq\\\"uote \\u00f1 here\"", "ñ here"), "\\u00f1 here");
        assert_eq!(shown("\"\"\"\nline one\nline two\"\"\"", "two"), "two");
        assert_eq!(shown("\"\"\"one \\\n    two \\\n\n   three\"\"\"", "three"), "three");
        assert_eq!(shown("'''\nraw \\n text'''", "text"), "text");
        assert_eq!(shown("\"\"\"ends in quotes\"\"\"\"\"", "quotes\"\""), "quotes\"\"");
    }

    #[test]
    fn an_empty_part_gets_one_character_to_stand_under() {
        let text = "key = \"abc\"";
        assert_eq!(&text[locate(text, &(6..11), "abc", 3..3)], "\"");
        assert_eq!(&text[locate(text, &(6..11), "abc", 1..1)], "b");
        assert_eq!(&text[locate(text, &(6..8), "other", 0..1)], "\"a", "not that literal: all of it");
    }

    #[test]
    fn lines_and_columns_count_characters() {
        assert_eq!(offset_of("uno\nñandú x", 2, 7), 4 + "ñandú ".len());
        assert_eq!(offset_of("uno", 5, 1), 3);
        assert_eq!(offset_of("uno\ndos", 1, 40), 3);
    }
}

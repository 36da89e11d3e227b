//! Bodies as JSON, whatever their texts hold: halves of surrogate pairs, NUL and bytes that are not UTF-8 become the replacement
//! character, and are counted. Never: what a body means.

use serde_json::Value;

/// A body that was read.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) value: Value,
    /// Characters that no text of a table may hold.
    pub(super) replaced: u64,
}

/// Why a body is no JSON.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotJson {
    /// A page for browsers.
    Html,
    /// Nothing.
    Empty,
    /// It ends in its middle: the rest was lost on the way.
    CutOff,
    /// Something else; where it goes wrong.
    Broken { line: usize, column: usize },
}

pub(super) fn read(bytes: &[u8]) -> Result<Body, NotJson> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let start = bytes.trim_ascii_start();
    if start.is_empty() {
        return Err(NotJson::Empty);
    }
    if start.starts_with(b"<") {
        return Err(NotJson::Html);
    }
    let mut replaced = 0;
    let text = String::from_utf8_lossy(bytes);
    if matches!(text, std::borrow::Cow::Owned(_)) {
        replaced += text.matches(char::REPLACEMENT_CHARACTER).count() as u64;
    }
    let text = mended(&text, &mut replaced);
    match serde_json::from_str(&text) {
        Ok(value) => Ok(Body { value, replaced }),
        Err(error) if error.is_eof() => Err(NotJson::CutOff),
        Err(error) => Err(NotJson::Broken { line: error.line(), column: error.column() }),
    }
}

/// Escapes that stand for no character of a text (a half of a surrogate pair, NUL), replaced.
fn mended<'t>(text: &'t str, replaced: &mut u64) -> std::borrow::Cow<'t, str> {
    let bytes = text.as_bytes();
    if !text.contains("\\u") {
        return std::borrow::Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let (mut at, mut copied) = (0, 0);
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        let Some(unit) = unit(bytes, at) else {
            // another escape, `\\` among them: two bytes
            at += 2;
            continue;
        };
        let pair = (0xD800..0xDC00).contains(&unit)
            && self::unit(bytes, at + 6).is_some_and(|low| (0xDC00..0xE000).contains(&low));
        if pair {
            at += 12;
        } else if (0xD800..0xE000).contains(&unit) || unit == 0 {
            out.push_str(&text[copied..at]);
            out.push_str("\\ufffd");
            *replaced += 1;
            at += 6;
            copied = at;
        } else {
            at += 6;
        }
    }
    out.push_str(&text[copied..]);
    std::borrow::Cow::Owned(out)
}

/// The unit of `\uXXXX` that begins here.
fn unit(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(body: &str) -> (String, u64) {
        let read = read(body.as_bytes()).expect("JSON");
        (read.value.as_str().expect("a text").to_owned(), read.replaced)
    }

    #[test]
    fn halves_of_pairs_and_nul_become_the_replacement_character_and_are_counted() {
        assert_eq!(text_of(r#""a\ud83db""#), ("a\u{fffd}b".to_owned(), 1));
        assert_eq!(text_of(r#""\ude00\ud83d""#), ("\u{fffd}\u{fffd}".to_owned(), 2));
        assert_eq!(text_of(r#""a\u0000b""#), ("a\u{fffd}b".to_owned(), 1));
        assert_eq!(text_of(r#""\ud83d\ude00 ñ \u00f1""#), ("😀 ñ ñ".to_owned(), 0));
        // a backslash that is written out is none of an escape
        assert_eq!(text_of(r#""\\ud83d""#), ("\\ud83d".to_owned(), 0));
        assert_eq!(read(b"\"a\xffb\"").expect("JSON").replaced, 1);
    }

    #[test]
    fn what_is_no_json_is_told_apart() {
        assert_eq!(read(b"  <!doctype html><html>").unwrap_err(), NotJson::Html);
        assert_eq!(read(b" \n").unwrap_err(), NotJson::Empty);
        assert_eq!(read(b"{\"data\":[{\"id\":\"T-1\"").unwrap_err(), NotJson::CutOff);
        assert_eq!(read(b"{\"data\":[1,,2]}").unwrap_err(), NotJson::Broken { line: 1, column: 12 });
        assert!(read("[".repeat(10_000).as_bytes()).is_err());
    }
}

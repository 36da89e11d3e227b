//! UTF-8 as windows-1252, which has a letter for each byte but five. Never a stand-in for a letter that it has not.

/// What the bytes 0x80 to 0x9F stand for; five stand for nothing.
const HIGH: [Option<char>; 32] = [
    Some('€'),
    None,
    Some('‚'),
    Some('ƒ'),
    Some('„'),
    Some('…'),
    Some('†'),
    Some('‡'),
    Some('ˆ'),
    Some('‰'),
    Some('Š'),
    Some('‹'),
    Some('Œ'),
    None,
    Some('Ž'),
    None,
    None,
    Some('‘'),
    Some('’'),
    Some('“'),
    Some('”'),
    Some('•'),
    Some('–'),
    Some('—'),
    Some('˜'),
    Some('™'),
    Some('š'),
    Some('›'),
    Some('œ'),
    None,
    Some('ž'),
    Some('Ÿ'),
];

/// The bytes; else the first letter that has none. What is no UTF-8 is told as its replacement character.
pub(super) fn windows_1252(text: &[u8]) -> Result<Vec<u8>, char> {
    if text.is_ascii() {
        return Ok(text.to_vec());
    }
    let text = std::str::from_utf8(text).map_err(|_| char::REPLACEMENT_CHARACTER)?;
    let mut bytes = Vec::with_capacity(text.len());
    for letter in text.chars() {
        bytes.push(byte(letter).ok_or(letter)?);
    }
    Ok(bytes)
}

fn byte(letter: char) -> Option<u8> {
    match u8::try_from(letter) {
        Ok(byte) if !(0x80..0xA0).contains(&byte) => Some(byte),
        _ => HIGH.iter().position(|known| *known == Some(letter)).and_then(|at| u8::try_from(0x80 + at).ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::windows_1252;

    #[test]
    fn letters_that_windows_1252_has_become_its_bytes_and_others_are_told() {
        assert_eq!(windows_1252("Ñandú – 5 €".as_bytes()), Ok(b"\xD1and\xFA \x96 5 \x80".to_vec()));
        assert_eq!(windows_1252("plain;1\r\n".as_bytes()), Ok(b"plain;1\r\n".to_vec()));
        for letter in ['🦤', 'ő', '\u{81}', '\u{202e}', '\u{fffd}', '＝'] {
            assert_eq!(windows_1252(format!("Ñ{letter}").as_bytes()), Err(letter));
        }
    }
}

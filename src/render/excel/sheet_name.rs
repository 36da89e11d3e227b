//! Names of sheets that Excel accepts, and that differ in any case.

use std::collections::HashSet;

/// Excel's limit, in UTF-16 code units.
const LONGEST: usize = 31;

/// Excel keeps these for its own change log, each in its language.
const RESERVED: [&str; 4] = ["history", "historial", "histórico", "historique"];

/// The names given out so far in a workbook.
#[derive(Default)]
pub(super) struct SheetNames {
    taken: HashSet<String>,
}

impl SheetNames {
    /// A valid name as near to the wish as can be; a number in brackets tells equal ones apart.
    pub(super) fn take(&mut self, wish: &str) -> String {
        let base = cleaned(wish);
        let mut name = shortened(&base).to_owned();
        let mut copy = 1;
        while RESERVED.contains(&name.to_lowercase().as_str()) || !self.taken.insert(name.to_lowercase()) {
            copy += 1;
            let suffix = format!(" ({copy})");
            name = format!("{}{suffix}", cut(&base, LONGEST - suffix.len()));
        }
        name
    }
}

/// Without the characters that Excel refuses in a name, on one line; never empty.
fn cleaned(wish: &str) -> String {
    let plain: String = wish
        .chars()
        .map(|c| {
            if c.is_control()
                || matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\u{FFFE}' | '\u{FFFF}')
            {
                ' '
            } else {
                c
            }
        })
        .collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let joined = words.join(" ");
    let name = joined.trim_matches(|c: char| c == '\'' || c.is_whitespace());
    if name.is_empty() { "-".to_owned() } else { name.to_owned() }
}

/// A name too long ends with a whole word, where that leaves most of it.
fn shortened(name: &str) -> &str {
    let start = cut(name, LONGEST);
    let is_inside_word = name[start.len()..].starts_with(|c: char| c.is_alphanumeric());
    match start.rfind(' ') {
        Some(space) if is_inside_word && space > LONGEST / 2 => cut(&start[..space], LONGEST),
        _ => start,
    }
}

/// The longest start of at most this many UTF-16 units; it does not end in a space or an apostrophe.
fn cut(name: &str, units: usize) -> &str {
    let mut used = 0;
    let end = name
        .char_indices()
        .find(|(_, c)| {
            used += c.len_utf16();
            used > units
        })
        .map_or(name.len(), |(at, _)| at);
    name[..end].trim_end_matches(|c: char| c == '\'' || c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::SheetNames;

    #[test]
    fn names_are_valid_short_and_differ_in_any_case() {
        let mut names = SheetNames::default();
        for (wish, expected) in [
            ("Equipos", "Equipos"),
            ("EQUIPOS", "EQUIPOS (2)"),
            ("[a]:b*c?d/e\\f", "a b c d e f"),
            ("History", "History (2)"),
            ("'quoted'", "quoted"),
            ("", "-"),
            ("\0\n", "- (2)"),
            ("Antigüedad de lo pendiente por equipo", "Antigüedad de lo pendiente por"),
            ("Antigüedad de lo pendiente por equipo", "Antigüedad de lo pendiente (2)"),
            ("Tareas completadas por día y tipo", "Tareas completadas por día y"),
            ("🦤🦤🦤🦤🦤🦤🦤🦤🦤🦤🦤🦤🦤🦤🦤🦤", "🦤🦤🦤🦤🦤🦤🦤🦤🦤🦤🦤🦤🦤🦤🦤"),
        ] {
            let name = names.take(wish);
            assert_eq!(name, expected);
            assert!(name.encode_utf16().count() <= 31);
        }
    }
}

//! TOML syntax: every syntax problem, and the text without the parts at fault so that the rest can still be
//! checked. Never knows what a key means.

use super::problems::{Place, Problems};
use toml::de::DeTable;

/// A file whose syntax was checked.
pub(super) struct Repaired {
    /// The text as given, parts at fault turned into blanks of the same length; nothing when it is beyond repair.
    pub(super) text: Option<String>,
    /// What was blanked.
    pub(super) lost: Vec<Place>,
}

/// More faults than this are not looked behind.
const MOST_REPAIRS: usize = 40;

/// Finds syntax problems one by one: the first is told, its part blanked, and the text read again. So one fault does
/// not bring a tail of others that only follow from it.
pub(super) fn repair(text: &str, problems: &Problems) -> Repaired {
    let mut repaired = text.to_owned();
    let mut lost = Vec::new();
    for _ in 0..MOST_REPAIRS {
        let errors = DeTable::parse_recoverable(&repaired).1;
        let Some(error) = errors.first() else {
            return Repaired { text: Some(repaired), lost };
        };
        let fault = Fault::of(error, &repaired);
        problems.add("syntax", &fault.caret, fault.what, fault.label, fault.hint);
        if repaired[fault.part.clone()].trim().is_empty() {
            break;
        }
        blank(&mut repaired, &fault.part);
        lost.push(fault.part);
    }
    Repaired { text: None, lost }
}

fn blank(text: &mut String, part: &Place) {
    let blanks: String =
        text[part.clone()].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect();
    text.replace_range(part.clone(), &blanks);
}

/// A syntax error for people who do not write TOML every day.
struct Fault {
    /// Where they should look.
    caret: Place,
    /// What must go so that the rest can be read.
    part: Place,
    what: String,
    label: String,
    hint: String,
}

impl Fault {
    fn of(error: &toml::de::Error, text: &str) -> Self {
        let span = error.span().unwrap_or(0..0);
        let start = text.floor_char_boundary(span.start.min(text.len()));
        let end = text.ceil_char_boundary(span.end.clamp(start, text.len()));
        let message = error.message();
        let opened = if message.contains("multi-line") {
            Self::open_text(text, start)
        } else if ["array element", "unclosed array", "inline table", "key-value pairs", "in array"]
            .iter()
            .any(|words| message.contains(words))
        {
            Self::open_bracket(message, text, start)
        } else {
            None
        };
        opened.unwrap_or_else(|| Self::here(message, text, start..end))
    }

    /// Text in three quotes that never ends: the fault is where it begins.
    fn open_text(text: &str, at: usize) -> Option<Self> {
        let before = &text[..at];
        let start = before.rfind("\"\"\"").max(before.rfind("'''"))?;
        let quotes = &text[start..start + 3];
        let line = line_at(text, start);
        Some(Self {
            caret: start..start + 3,
            part: line.start..next_heading(text, line.end),
            what: "this text has no end".to_owned(),
            label: "begins here".to_owned(),
            hint: format!("write {quotes} where it ends"),
        })
    }

    /// A list or table in braces that runs into the next line of its file: the fault is before that line.
    fn open_bracket(message: &str, text: &str, at: usize) -> Option<Self> {
        let line = line_at(text, at);
        let written = &text[line.clone()];
        let begins_line = text[line.start..at].trim().is_empty();
        let next_thing = written.trim().is_empty() || is_heading(written) || is_assignment(written);
        if !(begins_line && next_thing) {
            return None;
        }
        let end = text[..line.start].trim_end().len();
        let start = opening_line(text, end)?;
        let last = text[..end].chars().next_back().map_or(0, char::len_utf8);
        let (what, sign) = if message.contains("array") {
            ("this list has no end", "]")
        } else {
            ("this table in braces has no end", "}")
        };
        Some(Self {
            caret: end - last..end,
            part: start..end,
            what: what.to_owned(),
            label: format!("a {sign} is missing after this"),
            hint: format!("close it with {sign}, then begin the next line"),
        })
    }

    fn here(message: &str, text: &str, span: Place) -> Self {
        let part = broken_part(text, span.start);
        let written = text[span.clone()].trim();
        let rest = text[span.end..line_at(text, span.end).end].trim();
        let told = |what: String, label: &str, hint: String| (what, label.to_owned(), hint);
        let (what, label, hint) = if message.contains("must be quoted")
            && written.starts_with(['“', '”', '‘', '’', '«'])
        {
            told(
                "these quotes are not the plain ones".to_owned(),
                "typographic quotes",
                "write \" on both sides".to_owned(),
            )
        } else if message.contains("must be quoted") && written.is_empty() && is_color(rest) {
            // A colour is the one value that begins with the sign of comments.
            let hint = format!("write \"{rest}\": outside of quotes # begins a comment");
            told("text must stand in quotes".to_owned(), "no quotes", hint)
        } else if message.contains("must be quoted") && written.is_empty() {
            told("something is missing here".to_owned(), "nothing here", "write key = value".to_owned())
        } else if message.contains("must be quoted") && is_day_with_slashes(written) {
            let hint = "write year, month and day: 2026-12-31";
            told("this is not how a day is written".to_owned(), "a day with slashes", hint.to_owned())
        } else if message.contains("must be quoted") {
            told("text must stand in quotes".to_owned(), "no quotes", format!("write \"{written}\""))
        } else if message.contains("invalid basic string") || message.contains("invalid literal string") {
            let hint =
                "end the text on the line where it begins; for several lines begin and end it with \"\"\"";
            told("this text has no closing quote".to_owned(), "a quote is missing", hint.to_owned())
        } else if message.contains("key with no value") || message.contains("missing assignment") {
            told("a = is missing".to_owned(), "no = before this", "write key = value".to_owned())
        } else if message.contains("missing value") || message.contains("missing key") {
            told("something is missing here".to_owned(), "nothing here", "write key = value".to_owned())
        } else if message.contains("duplicate key") && is_heading(&text[line_at(text, span.start)]) {
            let hint = "put all its keys below the first one";
            told(format!("[{written}] is written twice"), "a second time", hint.to_owned())
        } else if message.contains("duplicate key") {
            told(format!("`{written}` is written twice"), "a second time", "keep one of them".to_owned())
        } else if message.contains("escape") {
            let hint = "write \\\\ for a backslash, or put the text in '...', where it is nothing special";
            told("a backslash with this letter means nothing".to_owned(), "unknown sign", hint.to_owned())
        } else if message.contains("unclosed table") || message.contains("unclosed array table") {
            let hint = "write one bracket on each side, [defaults], or two, [[report]]";
            told("this heading has no end".to_owned(), "a ] is missing", hint.to_owned())
        } else if message.contains("missing comma") {
            told(
                "a comma is missing".to_owned(),
                "no comma before this",
                "put a comma between the two".to_owned(),
            )
        } else if message.contains("extra comma") {
            told("there is a comma too many".to_owned(), "nothing before it", "delete it".to_owned())
        } else if message.contains("invalid boolean") {
            let hint = "write true or false in lower case, and text in quotes";
            told("this is not a value".to_owned(), "not a value", hint.to_owned())
        } else if message.starts_with("invalid date") {
            let hint = "write year, month and day: 2026-12-31";
            told(format!("`{written}` is not a day"), "not a day", hint.to_owned())
        } else if message.contains("dotted key") {
            let hint = "give one of the two another name, or delete it";
            told("this is the name of something else above".to_owned(), "taken already", hint.to_owned())
        } else {
            let hint =
                "values are text in quotes, numbers, true or false, dates, lists in [ ] and tables in { }";
            told(format!("this cannot be read: {message}"), "here", hint.to_owned())
        };
        Self { caret: span, part, what, label, hint }
    }
}

/// The line of a byte, without its end.
fn line_at(text: &str, at: usize) -> Place {
    let start = text[..at].rfind('\n').map_or(0, |before| before + 1);
    let end = text[at..].find('\n').map_or(text.len(), |after| at + after);
    start..end
}

fn is_heading(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('[') && !line.starts_with("[\"")
}

/// `#0b7a75`
fn is_color(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// `31/12/2026`
fn is_day_with_slashes(text: &str) -> bool {
    text.matches('/').count() == 2 && text.bytes().all(|b| b.is_ascii_digit() || b == b'/')
}

/// Does the line begin with `key =`?
fn is_assignment(line: &str) -> bool {
    let rest = line.trim_start().trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "_-.".contains(c));
    rest.len() < line.trim_start().len() && rest.trim_start().starts_with('=')
}

/// The start of the line, at `end` or above, that begins with `key =`.
fn opening_line(text: &str, end: usize) -> Option<usize> {
    let mut line = line_at(text, end);
    while !is_assignment(&text[line.clone()]) {
        if line.start == 0 {
            return None;
        }
        line = line_at(text, line.start - 1);
    }
    Some(line.start)
}

/// The line at fault, or for a heading its whole table: its keys would be taken for those of the table above.
fn broken_part(text: &str, at: usize) -> Place {
    let mut line = line_at(text, at);
    // An error at the end of the text, or on an empty line, belongs to the last line that says something.
    while text[line.clone()].trim().is_empty() && line.start > 0 {
        line = line_at(text, line.start - 1);
    }
    if is_heading(&text[line.clone()]) {
        return line.start..next_heading(text, line.end);
    }
    line
}

/// The start of the next heading after a line's end, or the end of the text.
fn next_heading(text: &str, line_end: usize) -> usize {
    let mut at = (line_end + 1).min(text.len());
    while at < text.len() {
        let line = line_at(text, at);
        if is_heading(&text[line.clone()]) {
            break;
        }
        at = (line.end + 1).min(text.len());
    }
    at
}

#[cfg(test)]
mod tests {
    use super::repair;
    use crate::definition::read::problems::Problems;

    /// What is left of a text, and the words of its problems.
    fn repaired(text: &str) -> (String, Vec<String>) {
        let problems = Problems::default();
        let left = repair(text, &problems).text.expect("the text can be repaired");
        let lines: Vec<&str> = left.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
        (lines.join("\n"), problems.into_parts().0.into_iter().map(|problem| problem.what).collect())
    }

    #[test]
    fn one_fault_is_told_once_and_the_rest_is_still_read() {
        let (left, told) = repaired("a = 1\nb = [\n  \"x\",\n  \"y\"\n\n[t]\nc = 2\n");
        assert_eq!(left, "a = 1\n[t]\nc = 2");
        assert_eq!(told, ["this list has no end"]);
        let (left, told) = repaired("a = 1\nb = \"\"\"\nselect\n\n[t]\nc = 2\n");
        assert_eq!(left, "a = 1\n[t]\nc = 2");
        assert_eq!(told, ["this text has no end"]);
    }

    #[test]
    fn a_broken_heading_takes_its_keys_along() {
        let (left, told) = repaired("a = 1\n[one\nb = 2\n[two]\nc = 3");
        assert_eq!(left, "a = 1\n[two]\nc = 3");
        assert_eq!(told, ["this heading has no end"]);
    }

    #[test]
    fn a_value_without_quotes_is_told_for_what_it_was_meant_to_be() {
        let hints = |text: &str| -> Vec<String> {
            let problems = Problems::default();
            repair(text, &problems);
            problems.into_parts().0.into_iter().filter_map(|problem| problem.hint).collect()
        };
        let written =
            "color = #0b7a75\nends = 31/12/2026\nstarts = 2026-02-30\nname = # later\ntitle = Ventas";
        let expected = [
            "write \"#0b7a75\": outside of quotes # begins a comment",
            "write year, month and day: 2026-12-31",
            "write year, month and day: 2026-12-31",
            "write key = value",
            "write \"Ventas\"",
        ];
        assert_eq!(hints(written), expected);
    }

    #[test]
    fn several_faults_are_all_told() {
        let (left, told) = repaired("a = uno\nb = \"dos\nc \"tres\"\nd = True\ne = 5\ne = 6");
        assert_eq!(left, "e = 5");
        let words = [
            "text must stand in quotes",
            "this text has no closing quote",
            "a = is missing",
            "this is not a value",
            "`e` is written twice",
        ];
        assert_eq!(told, words);
    }
}

//! Turns what peers and the system say into words fit for one sentence of a receipt or an error. Never: decisions.

use std::error::Error;
use std::fmt::Write as _;
use std::time::Duration;

/// Longest quotation of a peer, in characters.
const QUOTED: usize = 300;

/// A peer's words on one line: control characters and runs of blanks become one blank, at most 300 characters.
#[must_use]
pub fn quoted(text: &str) -> String {
    cut(text, QUOTED)
}

/// Like [`quoted`], at most `limit` characters.
#[must_use]
pub fn cut(text: &str, limit: usize) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    match line.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// An error with its causes, each said once: libraries differ in whether an error repeats its cause.
#[must_use]
pub fn causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            let _ = write!(text, ": {words}");
        }
        cause = error.source();
    }
    quoted(&text)
}

/// The cause of this kind, if an error has one.
pub(super) fn cause<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// What an error comes down to: the last of its causes.
pub(super) fn root_cause(error: &(dyn Error + 'static)) -> String {
    let mut last = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    quoted(&last.to_string())
}

/// `30 s`, or `250 ms` below a second.
#[must_use]
pub fn seconds(time: Duration) -> String {
    if time.as_secs() == 0 { format!("{} ms", time.as_millis()) } else { format!("{} s", time.as_secs()) }
}

/// `host:port`, with brackets around IPv6 addresses.
#[must_use]
pub fn place(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peers_words_become_one_line_without_control_characters() {
        assert_eq!(quoted("5.1.1 no\r\n such\u{7}mailbox \u{1b}[31m"), "5.1.1 no such mailbox [31m");
        assert_eq!(cut("áéíóú", 3), "áéí…");
    }

    #[test]
    fn causes_are_not_said_twice() {
        let inner = std::io::Error::other("connection reset");
        let outer = std::io::Error::other(inner);
        assert_eq!(causes(&outer), "connection reset");
    }
}

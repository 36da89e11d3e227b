//! Names of files at peers: which are safe to use, and the hidden names under which files grow before they are whole.

use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// Longest file name of the usual file systems, in bytes.
const LONGEST: usize = 255;

/// Checks that `name` can only mean a visible file of the folder it is put into.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub(super) fn checked(name: &str) -> Result<&str, String> {
    let wrong = if name.is_empty() {
        "is empty"
    } else if name.contains(['/', '\\']) {
        "holds a path separator"
    } else if name.chars().any(char::is_control) {
        "holds a control character"
    } else if name.starts_with('.') {
        "starts with a dot"
    } else if name.len() > LONGEST {
        "is longer than 255 bytes"
    } else {
        return Ok(name);
    };
    Err(format!("the file name {name:?} {wrong}; change `file` of the channel or the ids it is made from"))
}

/// The name under which attempt `attempt` of delivery `key` writes `name`: hidden, and nobody else's. An attempt has a
/// name of its own because a stalled one that comes back to life must not truncate what a later one is renaming.
pub(super) fn temporary(name: &str, key: &str, attempt: u32) -> String {
    let tail = format!(".{}-{attempt}.part", &fingerprint(key)[..16]);
    let room = LONGEST - 1 - tail.len();
    let end = (0..=room.min(name.len())).rev().find(|&end| name.is_char_boundary(end)).unwrap_or(0);
    format!(".{}{tail}", &name[..end])
}

/// The name under which a file stands beside others of the same name: `ventas-2.csv`; the first one has it as it is.
pub(super) fn numbered(name: &str, number: u32) -> String {
    if number < 2 {
        return name.to_owned();
    }
    let (stem, extension) = match name.rfind('.') {
        Some(dot) if dot > 0 => name.split_at(dot),
        _ => (name, ""),
    };
    let tail = format!("-{number}{extension}");
    let room = LONGEST.saturating_sub(tail.len());
    let end = (0..=room.min(stem.len())).rev().find(|&end| stem.is_char_boundary(end)).unwrap_or(0);
    format!("{}{tail}", &stem[..end])
}

/// The name of the marker that says that `name` is whole; `pattern` has `{file}` in the place of the name.
pub(super) fn marker(pattern: &str, name: &str) -> String {
    pattern.replacen("{file}", name, 1)
}

/// Text as a part of a file name: letters, digits and `-_.@+` stay, everything else becomes `_`; at most 120 bytes, where
/// a fingerprint keeps long texts apart.
pub(super) fn sanitized(text: &str) -> String {
    let safe: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "-_.@+".contains(c) { c } else { '_' })
        .collect();
    let safe = safe.trim_start_matches('.');
    if safe.len() <= 120 { safe.to_owned() } else { format!("{}-{}", &safe[..103], &fingerprint(text)[..16]) }
}

/// SHA-256 in lower-case hex.
pub(super) fn fingerprint(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_leave_the_folder_or_hide_are_refused() {
        for name in
            ["", "..", "../a.csv", "a/b.csv", "a\\b.csv", "a\r\nDELE b", "a\0b", ".hidden", &"a".repeat(256)]
        {
            assert!(checked(name).is_err(), "{name:?}");
        }
        assert_eq!(checked("Ventas año 2026.csv"), Ok("Ventas año 2026.csv"));
    }

    #[test]
    fn temporary_names_are_hidden_fit_and_differ_by_key_and_attempt() {
        let long = "ñ".repeat(120);
        for name in ["a.csv", &long] {
            let temporary = temporary(name, "key", 1);
            assert!(temporary.starts_with('.') && temporary.len() <= LONGEST, "{temporary}");
        }
        assert_ne!(temporary("a.csv", "key", 1), temporary("a.csv", "key", 2));
        assert_ne!(temporary("a.csv", "key", 1), temporary("a.csv", "other", 1));
    }

    #[test]
    fn a_number_stands_before_the_extension_and_the_name_still_fits() {
        assert_eq!(numbered("ventas.csv", 1), "ventas.csv");
        assert_eq!(numbered("ventas.csv", 2), "ventas-2.csv");
        assert_eq!(numbered("ventas.2026.csv", 12), "ventas.2026-12.csv");
        assert_eq!(numbered("ventas", 2), "ventas-2");
        let longest = format!("{}.csv", "ñ".repeat(125));
        assert!(numbered(&longest, 99).len() <= LONGEST && numbered(&longest, 99).ends_with("-99.csv"));
        assert_eq!(marker("{file}.ok", "ventas.csv"), "ventas.csv.ok");
    }

    #[test]
    fn sanitized_text_holds_no_separator_and_stays_distinct_when_long() {
        assert_eq!(sanitized("../run/1:Ñandú <a@b.example>"), "_run_1__and___a@b.example_");
        let (one, two) = (format!("{}1", "x".repeat(200)), format!("{}2", "x".repeat(200)));
        assert_ne!(sanitized(&one), sanitized(&two));
        assert!(sanitized(&one).len() <= 120);
    }
}

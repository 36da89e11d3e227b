//! From a file or text to definitions or problems: reading, line ends, and what must not be shown of it.

use super::problems::{Place, Problems, Read};
use super::table::Page;
use super::{file, syntax};
use crate::definition::{Definitions, Diagnostics, MetricDefinition};
use std::path::Path;
use std::sync::Arc;
use toml::de::DeTable;

/// Larger files are no definitions: somebody gave the wrong file.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Reads and checks a definition file.
pub(in crate::definition) fn definitions(
    path: &Path,
    builtin: &[MetricDefinition],
) -> Result<Definitions, Diagnostics> {
    let name = path.display().to_string();
    let text = match read_file(path) {
        Ok(text) => text,
        Err((what, hint)) => {
            let problems = Problems::default();
            problems.add_to_file("unreadable-file", what, hint);
            return Err(diagnostics(&name, "", problems));
        }
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    check(&name, &text, |page, entries| {
        if entries.is_empty() && page.problems.is_empty() {
            let hint = "begin with version = 1, [defaults] and a [[report]]";
            return Err(page.problems.add_to_file("empty-file", "the file defines nothing", hint));
        }
        file::read(page, entries, folder, builtin)
    })
}

/// Reads and checks a catalogue of metrics.
pub(in crate::definition) fn metrics(name: &str, text: &str) -> Result<Vec<MetricDefinition>, Diagnostics> {
    check(name, &normalised(text), file::read_catalogue)
}

fn check<T>(
    name: &str,
    text: &str,
    read: impl Fn(&Page<'_>, &DeTable<'_>) -> Read<T>,
) -> Result<T, Diagnostics> {
    let problems = Problems::default();
    let repaired = syntax::repair(text, &problems);
    let value = repaired.text.as_ref().and_then(|clean| {
        let (entries, _) = DeTable::parse_recoverable(clean);
        let page = Page { text, lost: &repaired.lost, problems: &problems };
        read(&page, entries.get_ref()).ok()
    });
    match value {
        Some(value) if problems.is_empty() => Ok(value),
        _ => {
            if problems.is_empty() {
                let hint = "this is a fault of the program: please report it, with the file";
                problems.add_to_file("internal", "the definition was refused without a reason", hint);
            }
            Err(diagnostics(name, text, problems))
        }
    }
}

fn diagnostics(name: &str, text: &str, problems: Problems) -> Diagnostics {
    let (problems, mut hidden) = problems.into_parts();
    hidden.extend(passwords_in_urls(text));
    hidden.extend(secrets_of_auth(text));
    let mut shown = text.to_owned();
    for place in hidden {
        let stars = "*".repeat(place.len());
        shown.replace_range(place, &stars);
    }
    Diagnostics { files: vec![(name.to_owned(), Arc::from(shown))], problems }
}

/// Whatever stands between `user:` and `@host` of a url and is no `${...}`, wherever in the text: a file whose
/// syntax is broken shows no password either.
fn passwords_in_urls(text: &str) -> Vec<Place> {
    let mut places = Vec::new();
    for (at, _) in text.match_indices("://") {
        let start = at + 3;
        let end = text[start..]
            .find(|c: char| c == '"' || c == '\'' || c.is_whitespace())
            .map_or(text.len(), |stop| start + stop);
        let url = &text[start..end];
        let Some(login) = url.rfind('@') else { continue };
        let Some(colon) = url[..login].find(':') else { continue };
        let password = &url[colon + 1..login];
        if !password.is_empty() && !is_reference(password) {
            places.push(start + colon + 1..start + login);
        }
    }
    places
}

/// Whatever stands in a line after `bearer =`, `basic = "user:` or `api_key = "Header:` and is no `${...}`.
fn secrets_of_auth(text: &str) -> Vec<Place> {
    let mut places = Vec::new();
    for key in ["bearer", "basic", "api_key"] {
        for (at, _) in text.match_indices(key) {
            let after = at + key.len();
            let rest = text[after..].trim_start_matches([' ', '\t', '"', '\'']);
            let Some(rest) = rest.strip_prefix('=') else { continue };
            let value = rest.trim_start_matches([' ', '\t', '"', '\'']);
            let start = text.len() - value.len();
            let end = value.find(['"', '\'', '\n']).map_or(text.len(), |stop| start + stop);
            let name = text[start..end].find(':').filter(|_| key != "bearer").map_or(0, |colon| colon + 1);
            let secret = text[start + name..end].trim();
            if !secret.is_empty() && !is_reference(secret) {
                places.push(start + name..end);
            }
        }
    }
    places
}

fn is_reference(text: &str) -> bool {
    text.starts_with("${") && text.find('}') == Some(text.len() - 1)
}

/// Why a file cannot be read, for people.
pub(in crate::definition) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "reading it is not permitted".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        std::io::ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
        other => other.to_string(),
    }
}

fn read_file(path: &Path) -> Result<String, (String, String)> {
    let failed = |error: std::io::Error| {
        let hint = match error.kind() {
            std::io::ErrorKind::NotFound => "check the name and the folder you are in",
            std::io::ErrorKind::PermissionDenied => "check who may read it",
            _ => "check that it is a text file",
        };
        (format!("the file cannot be read: {}", reason(&error)), hint.to_owned())
    };
    let facts = std::fs::metadata(path).map_err(failed)?;
    if facts.is_dir() {
        let hint = format!("name the file in it: {}", path.join("reports.toml").display());
        return Err(("this is a folder, not a file".to_owned(), hint));
    }
    if facts.len() > LARGEST {
        let what = format!("the file has {} bytes, a definition has at most {LARGEST}", facts.len());
        return Err((what, "check that it is the right file".to_owned()));
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(normalised(&text)),
        Err(error) => {
            let good = error.utf8_error().valid_up_to();
            let line = error.as_bytes()[..good].iter().filter(|byte| **byte == b'\n').count() + 1;
            let what = format!("the file is not UTF-8 text: a byte in line {line} belongs to no letter");
            Err((what, "save it as UTF-8 in your editor".to_owned()))
        }
    }
}

/// Without the mark at the beginning that some editors leave, and with plain line ends.
fn normalised(text: &str) -> String {
    text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n")
}

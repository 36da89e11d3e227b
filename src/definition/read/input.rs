//! From files or a text to definitions or problems: reading, line ends, and what must not be shown of them.

use super::calendars::Calendars;
use super::file::Sheet;
use super::include::Included;
use super::problems::{Place, Problems, Read};
use super::syntax::Repaired;
use super::table::{Page, Unread};
use super::{file, include, syntax};
use crate::definition::{Definitions, Diagnostics, MetricDefinition, Problem, Secrets, TextFile, Texts};
use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::Spanned;
use toml::de::DeTable;

/// Larger files are no definitions: somebody gave the wrong file.
const LARGEST: u64 = 4 * 1024 * 1024;

/// A file as written, and what is wrong with it so far.
pub(super) struct Written {
    name: String,
    text: String,
    /// Set when it was read and has faults of syntax.
    repaired: OnceCell<Repaired>,
    problems: Problems,
}

impl Written {
    pub(super) fn new(name: String, text: String) -> Self {
        Self { name, text, repaired: OnceCell::new(), problems: Problems::default() }
    }

    /// A file that cannot be read.
    fn unreadable(name: String, what: String, hint: String) -> Self {
        let file = Self::new(name, String::new());
        file.problems.add_to_file("unreadable-file", what, hint);
        file
    }

    /// Reads its syntax and tells what is wrong with it; nothing when it is beyond repair.
    fn entries(&self) -> Option<Spanned<DeTable<'_>>> {
        // Most files have no fault and are read once.
        let (entries, errors) = DeTable::parse_recoverable(&self.text);
        if errors.is_empty() {
            return Some(entries);
        }
        let repaired = self.repaired.get_or_init(|| syntax::repair(&self.text, &self.problems));
        repaired.text.as_ref().map(|clean| DeTable::parse_recoverable(clean).0)
    }

    /// What could not be read of it.
    fn lost(&self) -> &[Place] {
        self.repaired.get().map_or(&[], |repaired| &repaired.lost)
    }

    fn is_beyond_repair(&self) -> bool {
        self.repaired.get().is_some_and(|repaired| repaired.text.is_none())
    }

    fn page<'a>(&'a self, unread: &'a Unread) -> Page<'a> {
        Page { name: &self.name, text: &self.text, lost: self.lost(), problems: &self.problems, unread }
    }
}

/// Reads and checks a definition file, and the files that it includes.
pub(in crate::definition) fn definitions(
    path: &Path,
    builtin: &[MetricDefinition],
    secrets: Secrets,
) -> Result<Definitions, Diagnostics> {
    match read_file(path) {
        Ok(read) => text(path, &read, builtin, secrets),
        Err((what, hint)) => {
            Err(diagnostics(vec![Written::unreadable(path.display().to_string(), what, hint)]))
        }
    }
}

/// Checks a text that stands at `path`, or would, and the files that it includes.
pub(in crate::definition) fn text(
    path: &Path,
    text: &str,
    builtin: &[MetricDefinition],
    secrets: Secrets,
) -> Result<Definitions, Diagnostics> {
    let calendars = Calendars::new(folder_of(path));
    whole(path, text, Others::Named, &calendars, builtin, secrets)
}

/// Checks what the files of a definition said when it was read before.
pub(in crate::definition) fn again(
    texts: &Texts,
    builtin: &[MetricDefinition],
) -> Result<Definitions, Diagnostics> {
    let path = Path::new(&texts.main.path);
    let calendars = Calendars::of_texts(folder_of(path), texts);
    let others = Others::Given(&texts.included);
    whole(path, &texts.main.text, others, &calendars, builtin, Secrets::Optional)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The files beside the main one.
enum Others<'a> {
    /// Those that it includes, from the disk.
    Named,
    /// These.
    Given(&'a [TextFile]),
}

fn whole(
    path: &Path,
    text: &str,
    others: Others<'_>,
    calendars: &Calendars<'_>,
    builtin: &[MetricDefinition],
    secrets: Secrets,
) -> Result<Definitions, Diagnostics> {
    let main = Written::new(path.display().to_string(), normalised(text));
    let (value, included) = everything(&main, path, others, calendars, builtin, secrets);
    let mut paths = vec![path.to_owned()];
    let mut files = vec![main];
    for (path, file) in included {
        paths.push(path);
        files.push(file);
    }
    paths.extend(calendars.files());
    let mut definitions = decided(value.ok(), &mut files)?;
    definitions.files = paths;
    definitions.warnings = diagnostics(files);
    let said = |(path, text): &(String, Arc<str>)| TextFile { path: path.clone(), text: text.to_string() };
    let mut said = definitions.warnings.files.iter().map(said);
    definitions.texts = Arc::new(Texts {
        main: said.next().unwrap_or_default(),
        included: said.collect(),
        calendars: calendars.texts(),
        logo: calendars.logo_text(),
    });
    Ok(definitions)
}

/// Reads the files that a definition file includes, and then what they all say together.
fn everything(
    main: &Written,
    path: &Path,
    others: Others<'_>,
    calendars: &Calendars<'_>,
    builtin: &[MetricDefinition],
    secrets: Secrets,
) -> (Read<Definitions>, Vec<(PathBuf, Written)>) {
    let Some(entries) = main.entries() else { return (Err(main.problems.told_by_syntax()), Vec::new()) };
    if entries.get_ref().is_empty() && main.problems.free_of_errors() {
        let hint = "begin with version = 1, [defaults] and a [[report]]";
        let told = main.problems.add_to_file("empty-file", "the file defines nothing", hint);
        return (Err(told), Vec::new());
    }
    let alone = Unread::default();
    let Included { files, incomplete } = match others {
        Others::Named => include::read(&main.page(&alone), entries.get_ref(), path),
        Others::Given(files) => {
            let written = |file: &TextFile| {
                (PathBuf::from(&file.path), Written::new(file.path.clone(), file.text.clone()))
            };
            Included { files: files.iter().map(written).collect(), incomplete: false }
        }
    };
    let tables: Vec<Option<Spanned<DeTable<'_>>>> = files.iter().map(|(_, file)| file.entries()).collect();
    let unread = unread(main, &files, incomplete);
    let pages: Vec<Page<'_>> = files.iter().map(|(_, file)| file.page(&unread)).collect();
    let main_page = main.page(&unread);
    let others =
        pages.iter().zip(&tables).filter_map(|(page, table)| Some((page, table.as_ref()?.get_ref())));
    let others: Vec<Sheet<'_>> = others.collect();
    let value = file::read((&main_page, entries.get_ref()), &others, calendars, builtin, secrets);
    (value, files)
}

fn unread(main: &Written, included: &[(PathBuf, Written)], incomplete: bool) -> Unread {
    let all = || std::iter::once(main).chain(included.iter().map(|(_, file)| file));
    let parts = all().flat_map(|file| file.lost().iter().map(|place| file.text[place.clone()].to_owned()));
    Unread { parts: parts.collect(), files: incomplete || all().any(Written::is_beyond_repair) }
}

/// Reads and checks a catalogue of metrics.
pub(in crate::definition) fn metrics(name: &str, text: &str) -> Result<Vec<MetricDefinition>, Diagnostics> {
    let file = Written::new(name.to_owned(), normalised(text));
    let entries = file.entries();
    let unread = unread(&file, &[], false);
    let value = entries.and_then(|entries| file::read_catalogue(&file.page(&unread), entries.get_ref()).ok());
    decided(value, &mut vec![file])
}

/// The value when no file has an error, else the problems of all.
fn decided<T>(value: Option<T>, files: &mut Vec<Written>) -> Result<T, Diagnostics> {
    let fine = files.iter().all(|file| file.problems.free_of_errors());
    match value {
        Some(value) if fine => Ok(value),
        _ => {
            if let (true, Some(main)) = (fine, files.first()) {
                let hint = "this is a fault of the program: please report it, with the file";
                main.problems.add_to_file("internal", "the definition was refused without a reason", hint);
            }
            Err(diagnostics(std::mem::take(files)))
        }
    }
}

/// What was found in all files, and their texts without the secrets.
fn diagnostics(files: Vec<Written>) -> Diagnostics {
    let mut all = Diagnostics::default();
    for (number, file) in files.into_iter().enumerate() {
        let (problems, hidden) = file.problems.into_parts();
        all.problems.extend(problems.into_iter().map(|problem| Problem { file: number, ..problem }));
        all.files.push((file.name, Arc::from(without_secrets(file.text, hidden))));
    }
    all
}

fn without_secrets(text: String, mut hidden: Vec<Place>) -> String {
    hidden.extend(passwords_in_urls(&text));
    hidden.extend(secrets_of_auth(&text));
    let mut shown = text;
    for place in hidden {
        let stars = "*".repeat(place.len());
        shown.replace_range(place, &stars);
    }
    shown
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

/// The text of a definition file, or why it cannot be read and what to do.
pub(super) fn read_file(path: &Path) -> Result<String, (String, String)> {
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

//! `include = ["reports/*.toml"]`: which files belong to a definition. What they say is read where the main file is.

use super::civil::part_of;
use super::input::{Written, read_file, reason};
use super::problems::Place;
use super::table::{Page, Spot, Table};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use toml::de::DeTable;

/// More files than this are not meant: somebody gave the pattern of a whole disk.
const MOST_FILES: usize = 1_000;

/// The files that a definition file includes.
#[derive(Default)]
pub(super) struct Included {
    /// In the order of the patterns, and of their names within one.
    pub(super) files: Vec<(PathBuf, Written)>,
    /// Some file is not there, and what it says is not known.
    pub(super) incomplete: bool,
}

/// Reads the files that the main file, at `main`, includes.
pub(super) fn read(page: &Page<'_>, entries: &DeTable<'_>, main: &Path) -> Included {
    let table = Table::root(page, entries, &[]);
    table.leave_everything_unjudged();
    let mut included = Included::default();
    let patterns = match table.strings("include") {
        Ok(Some(patterns)) => patterns.value,
        Ok(None) => {
            included.incomplete = table.misspelt("include").is_err() || page.lost_mentions("include");
            return included;
        }
        Err(_) => return Included { incomplete: true, ..included },
    };
    let mut seen: BTreeSet<PathBuf> = main.canonicalize().into_iter().collect();
    for pattern in &patterns {
        let Ok(paths) = matches(page, pattern, main) else {
            included.incomplete = true;
            continue;
        };
        for path in paths {
            // A file that two patterns match is read once, and the including file never again.
            if !path.canonicalize().is_ok_and(|real| seen.insert(real)) {
                continue;
            }
            if included.files.len() == MOST_FILES {
                let what = format!("more than {MOST_FILES} files are included");
                let hint = "name the folder of the reports: include = [\"reports/*.toml\"]";
                page.problems.add("bad-include", &pattern.place, what, "too many files", hint);
                return Included { incomplete: true, ..included };
            }
            let name = path.display().to_string();
            match read_file(&path) {
                Ok(text) => included.files.push((path, Written::new(name, text))),
                Err((what, hint)) => {
                    cannot_be_read(page, &pattern.place, &name, &what, &hint);
                    included.incomplete = true;
                }
            }
        }
    }
    included
}

/// A problem was told at the pattern.
struct Told;

/// The files that a pattern matches, sorted.
fn matches(page: &Page<'_>, pattern: &Spot<String>, main: &Path) -> Result<BTreeSet<PathBuf>, Told> {
    const HINT: &str = "write, for example, include = [\"reports/*.toml\"]";
    let add = |place: &Place, what: String, label: &str, hint: &str| {
        page.problems.add("bad-include", place, what, label, hint);
        Told
    };
    if pattern.value.trim().is_empty() || pattern.value.contains('\0') {
        return Err(add(&pattern.place, "no file is named".to_owned(), "which files?", HINT));
    }
    let folder = main.parent().filter(|folder| !folder.as_os_str().is_empty());
    let before = match folder.filter(|_| !Path::new(&pattern.value).is_absolute()) {
        // The folder's own name may have brackets in it.
        Some(folder) => format!("{}/", glob::Pattern::escape(&folder.to_string_lossy())),
        None => String::new(),
    };
    let options = glob::MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        // What an editor or a version control system hides is no definition.
        require_literal_leading_dot: true,
    };
    let found = glob::glob_with(&format!("{before}{}", pattern.value), options).map_err(|error| {
        let at = error.pos.saturating_sub(before.chars().count());
        let start = pattern.value.char_indices().nth(at).map_or(pattern.value.len(), |(at, _)| at);
        let place = part_of(page, pattern, start..start);
        let what = match error.msg.contains("range") {
            true => "a [ in a pattern has no ] after it",
            false => "** in a pattern is a folder of its own: between / and /",
        };
        add(&place, what.to_owned(), "not understood", HINT)
    })?;
    let (mut paths, mut fault) = (BTreeSet::new(), None);
    let (mut folders, mut itself) = (false, false);
    for entry in found.take(100 * MOST_FILES) {
        let (path, metadata) = match entry {
            Ok(path) => (path.clone(), std::fs::metadata(&path)),
            Err(error) => (error.path().to_owned(), Err(error.into())),
        };
        match metadata {
            Ok(facts) if facts.is_file() => {
                itself |= is_same(&path, main);
                paths.insert(path);
            }
            Ok(_) => folders = true,
            Err(error) => {
                let what = format!("the file cannot be read: {}", reason(&error));
                cannot_be_read(
                    page,
                    &pattern.place,
                    &path.display().to_string(),
                    &what,
                    "check who may read it",
                );
                fault = Some(Told);
            }
        }
    }
    let named = !pattern.value.contains(['*', '?', '[']);
    match fault {
        Some(told) => Err(told),
        None if named && folders => {
            let what = format!("`{}` is a folder", pattern.value);
            let hint = format!("name the files in it: {}/*.toml", pattern.value.trim_end_matches('/'));
            Err(add(&pattern.place, what, "not a file", &hint))
        }
        None if named && paths.is_empty() => {
            let what = format!("there is no file `{}`", pattern.value);
            let hint = format!(
                "paths begin at the folder of this file: {}",
                folder.unwrap_or(Path::new(".")).display()
            );
            page.problems.add("missing-file", &pattern.place, what, "no such file", hint);
            Err(Told)
        }
        None => {
            if paths.len() == usize::from(itself) {
                let what =
                    format!("no {}file matches `{}`", if itself { "other " } else { "" }, pattern.value);
                let hint = format!(
                    "patterns begin at the folder of this file: {}",
                    folder.unwrap_or(Path::new(".")).display()
                );
                page.problems.warn("empty-include", &pattern.place, what, "matches nothing", hint);
            }
            Ok(paths)
        }
    }
}

fn is_same(path: &Path, other: &Path) -> bool {
    matches!((path.canonicalize(), other.canonicalize()), (Ok(path), Ok(other)) if path == other)
}

fn cannot_be_read(page: &Page<'_>, place: &Place, name: &str, what: &str, hint: &str) {
    page.problems.add("unreadable-file", place, format!("`{name}`: {what}"), "included here", hint);
}

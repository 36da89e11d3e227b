//! The demo's folder: the shipped definitions and templates, laid out without touching what a person has edited.

use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// What every demo folder holds, as shipped with this binary.
const SHIPPED: [(&str, &str); 6] = [
    ("reports.toml", include_str!("../../reports.toml")),
    ("reports.schema.json", include_str!("../../reports.schema.json")),
    ("templates/mail.html", include_str!("../../templates/mail.html")),
    ("templates/mail.txt", include_str!("../../templates/mail.txt")),
    ("templates/logo.svg", include_str!("../../templates/logo.svg")),
    ("templates/holidays-co.ics", include_str!("../../templates/holidays-co.ics")),
];

/// Says that a folder is a demo's, and what was written into it (`sha256  path` lines).
const MARKER: &str = ".parte-demo";

/// Why a folder cannot be made a demo's.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It holds things that are not a demo's.
    #[error("{} is not empty and was not made by the demo", .0.display())]
    NotOurs(PathBuf),
    /// It cannot be read or written.
    #[error("{}: {}", .0.display(), .1)]
    Io(PathBuf, std::io::Error),
}

/// Lays the folder out and returns the shipped files that were left alone because a person has edited them. A folder of an earlier demo is
/// refreshed; any other folder that holds something is refused.
///
/// # Errors
/// A folder that is not a demo's, or that cannot be written.
pub fn prepare(folder: &Path) -> Result<Vec<PathBuf>, FolderError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |error| FolderError::Io(path, error)
    };
    fs::create_dir_all(folder.join("templates")).map_err(io(folder))?;
    let marker = folder.join(MARKER);
    let known = match fs::read_to_string(&marker) {
        Ok(text) => text
            .lines()
            .filter_map(|line| line.split_once("  "))
            .map(|(sum, path)| (path.to_owned(), sum.to_owned()))
            .collect(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            refuse_a_strangers(folder)?;
            BTreeMap::new()
        }
        Err(error) => return Err(FolderError::Io(marker, error)),
    };
    let mut kept = Vec::new();
    let mut written = String::new();
    for (name, shipped) in SHIPPED {
        let path = folder.join(name);
        let edited = match fs::read(&path) {
            Ok(bytes) => bytes != shipped.as_bytes() && known.get(name) != Some(&sum(&bytes)),
            Err(_) => false,
        };
        if edited {
            kept.push(PathBuf::from(name));
            continue;
        }
        write_whole(&path, shipped.as_bytes()).map_err(io(&path))?;
        written.push_str(&format!("{}  {name}\n", sum(shipped.as_bytes())));
    }
    write_whole(&marker, written.as_bytes()).map_err(io(&marker))?;
    Ok(kept)
}

/// A folder without marker may hold nothing but the templates folder just made.
fn refuse_a_strangers(folder: &Path) -> Result<(), FolderError> {
    let io = |error| FolderError::Io(folder.to_owned(), error);
    for entry in fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        let empty_templates =
            entry.file_name() == "templates" && fs::read_dir(entry.path()).map_err(io)?.next().is_none();
        if !empty_templates {
            return Err(FolderError::NotOurs(folder.to_owned()));
        }
    }
    Ok(())
}

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Written beside its final name and renamed, so that a reader never sees half a file.
fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edited_file_is_kept_and_an_untouched_one_refreshed() {
        let folder = tempfile::tempdir().unwrap();
        let demo = folder.path().join("demo");
        assert!(prepare(&demo).unwrap().is_empty());
        fs::write(demo.join("reports.toml"), "version = 1\n").unwrap();
        fs::remove_file(demo.join("templates/mail.txt")).unwrap();
        assert_eq!(prepare(&demo).unwrap(), [PathBuf::from("reports.toml")]);
        assert_eq!(fs::read_to_string(demo.join("reports.toml")).unwrap(), "version = 1\n");
        assert!(demo.join("templates/mail.txt").exists());
    }

    #[test]
    fn a_folder_of_something_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis.doc"), "mine").unwrap();
        assert!(matches!(prepare(folder.path()), Err(FolderError::NotOurs(_))));
        assert!(!folder.path().join("reports.toml").exists());
    }
}

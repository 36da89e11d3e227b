//! Where files lie: what is in a folder of this machine, and that a file stays as it is while it is read.

use super::brought::Brought;
use super::problem::Problem;
use super::stored::Stored;
use crate::definition::{FilesPlace, FrameSource, Source};
use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// Folders within each other that are looked into for a pattern with slashes.
const DEEPEST: usize = 8;
/// Files of a folder that are looked at, at most.
const MOST: usize = 100_000;

/// A file that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    /// Its name from the place's folder.
    pub(super) name: String,
    /// When it was written last.
    pub(super) modified: Option<SystemTime>,
    /// The url names it, and not a folder.
    pub(super) is_named: bool,
}

/// A place whose files have been listed.
pub(super) struct Place<'a> {
    at: At<'a>,
    /// What is there.
    pub(super) there: Vec<Listed>,
}

enum At<'a> {
    Folder(&'a Path),
    Store(Box<Stored<'a>>),
}

/// Lists what is at the place of a source.
pub(super) fn open<'a>(source: &Source, place: &'a FilesPlace) -> Result<Place<'a>, Problem> {
    let depth = deepest(source.frames.values());
    let path = match place {
        FilesPlace::Local(path) => path,
        FilesPlace::Store(files) => {
            let (stored, there) = Stored::open(source, files, depth)?;
            return Ok(Place { at: At::Store(Box::new(stored)), there });
        }
    };
    let facts = path.metadata().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Problem::new(
            format!("{} does not exist", path.display()),
            "a source is never created; check the path under [sources] (it stands from the folder of the definition file)",
        ),
        _ => Problem::of_io(&path.display().to_string(), error),
    })?;
    if facts.is_file() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let there = vec![Listed { name, modified: facts.modified().ok(), is_named: true }];
        return Ok(Place { at: At::Folder(path), there });
    }
    let mut there = Vec::new();
    list(path, "", depth, &mut there)?;
    there.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(Place { at: At::Folder(path), there })
}

/// How many folders within each other the patterns of a source's frames speak of.
pub(super) fn deepest<'f>(frames: impl Iterator<Item = &'f FrameSource>) -> usize {
    let of_pattern = |pattern: &String| {
        if pattern.contains("**") { DEEPEST } else { pattern.matches('/').count() }
    };
    frames.filter_map(|own| own.files.as_ref()).map(of_pattern).max().unwrap_or(0).min(DEEPEST)
}

fn list(folder: &Path, before: &str, depth: usize, there: &mut Vec<Listed>) -> Result<(), Problem> {
    let shown = folder.display().to_string();
    for entry in std::fs::read_dir(folder).map_err(|error| Problem::of_io(&shown, error))? {
        let entry = entry.map_err(|error| Problem::of_io(&shown, error))?;
        // A name that is no text can be named by nobody.
        let Ok(name) = entry.file_name().into_string() else { continue };
        let Ok(facts) = std::fs::metadata(entry.path()) else { continue };
        let name = format!("{before}{name}");
        if facts.is_dir() {
            if depth > 0 {
                list(&entry.path(), &format!("{name}/"), depth - 1, there)?;
            }
        } else if facts.is_file() {
            there.push(Listed { name, modified: facts.modified().ok(), is_named: false });
        }
        if there.len() > MOST {
            return Err(Problem::new(
                format!("{shown} has more than {MOST} files"),
                "put the files of a source into a folder of their own",
            ));
        }
    }
    Ok(())
}

impl Place<'_> {
    /// As people call it.
    pub(super) fn shown(&self) -> String {
        match &self.at {
            At::Folder(folder) => folder.display().to_string(),
            At::Store(store) => store.shown(),
        }
    }

    /// A file, as it is now; one of a store is brought here first.
    pub(super) fn fetch(&self, file: &Listed) -> Result<LocalFile, Problem> {
        match &self.at {
            At::Folder(folder) => LocalFile::new(path(folder, file)),
            At::Store(store) => store.fetch(file),
        }
    }

    /// Paths on this machine of all that is there.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        match &self.at {
            At::Folder(folder) => self.there.iter().map(|file| path(folder, file)).collect(),
            At::Store(_) => Vec::new(),
        }
    }
}

fn path(folder: &Path, file: &Listed) -> PathBuf {
    if file.is_named { folder.to_owned() } else { folder.join(&file.name) }
}

/// A file of this machine, and what it was when it was first looked at.
#[derive(Debug)]
pub(super) struct LocalFile {
    path: PathBuf,
    /// As people call it.
    pub(super) shown: String,
    facts: Option<Facts>,
    /// Stays as long as this.
    _brought: Option<Arc<Brought>>,
}

type Facts = (u64, Option<SystemTime>, u64);

fn facts_of(metadata: &Metadata) -> Facts {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.len(), metadata.modified().ok(), metadata.ino())
}

impl LocalFile {
    fn new(path: PathBuf) -> Result<Self, Problem> {
        let shown = path.display().to_string();
        let facts = path.metadata().map_err(|error| Problem::of_io(&shown, error))?;
        Ok(Self { path, shown, facts: Some(facts_of(&facts)), _brought: None })
    }

    /// One that was brought here to be read, under the name that it has elsewhere. Nobody else writes to it.
    pub(super) fn brought(shown: String, file: Arc<Brought>) -> Self {
        Self { path: file.path().to_owned(), shown, facts: None, _brought: Some(file) }
    }

    /// Its name alone.
    pub(super) fn name(&self) -> &str {
        self.shown.rsplit('/').next().unwrap_or(&self.shown)
    }

    /// Opens it once more.
    pub(super) fn open(&self) -> Result<File, Problem> {
        File::open(&self.path).map_err(|error| Problem::of_io(&self.shown, error))
    }

    /// What was wrong with it, or that it is not the file any more that it was at first: then whatever was read is of no use.
    pub(super) fn held_still<T>(&self, read: Result<T, Problem>) -> Result<T, Problem> {
        let Some(before) = &self.facts else { return read };
        let now = self.path.metadata().map(|facts| facts_of(&facts)).ok();
        if now.as_ref() == Some(before) {
            return read;
        }
        let what = if now.is_some() { "was written to" } else { "was taken away" };
        Err(Problem::new(
            format!("{} {what} while it was read", self.shown),
            "nothing was taken from it; run the report again, and let files take their names only when they are whole",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_written_to_or_replaced_while_it_is_read_gives_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("tareas.csv");
        std::fs::write(&path, "task_id\nT1\n").expect("written");
        let file = LocalFile::new(path.clone()).expect("a file");
        assert_eq!(file.held_still(Ok(1)), Ok(1));
        let told = |read| file.held_still::<u8>(read).expect_err("it changed").what;
        std::fs::write(&path, "task_id\nT1\nT2\n").expect("written");
        assert!(told(Ok(1)).ends_with("tareas.csv was written to while it was read"));
        // Whatever else was wrong with it came of that.
        assert!(told(Err(Problem::new("line 3 has 2 values", ""))).contains("was written to"));
        std::fs::write(folder.path().join("new"), "task_id\nT1\n").expect("written");
        std::fs::rename(folder.path().join("new"), &path).expect("in its place");
        assert!(told(Ok(1)).contains("was written to"));
        std::fs::remove_file(&path).expect("taken away");
        assert!(told(Ok(1)).ends_with("was taken away while it was read"));
    }

    #[test]
    fn folders_are_looked_into_as_deep_as_patterns_speak_of_them() {
        let of = |pattern: &str| {
            deepest([FrameSource { files: Some(pattern.to_owned()), ..FrameSource::default() }].iter())
        };
        assert_eq!((of("*.csv"), of("a/b/*.csv"), of("**/x.csv")), (0, 2, DEEPEST));
    }
}

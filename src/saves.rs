//! Notices that files were saved: watches their folders, waits until nothing moves any more, and tells a file that differs from one
//! that was only read. Never: what a file says, or what is done about it.

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// A save is over when so long nothing moved: editors write, sync, rename.
const QUIET: Duration = Duration::from_millis(120);
/// Something that never stops moving is looked at all the same.
const PATIENCE: Duration = Duration::from_secs(1);
/// Files of a watched folder that a definition is made of.
const KINDS: [&str; 5] = ["toml", "ics", "html", "txt", "sql"];

/// Files, each as it was when looked at.
pub type Seen = BTreeMap<PathBuf, Facts>;

/// What a save changes, though the length stay the same and the time of writing be set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    file: u64,
    len: u64,
    written: Option<SystemTime>,
    /// When anything about the file changed last.
    pub changed: SystemTime,
}

impl Facts {
    fn of(facts: &Metadata) -> Self {
        let changed = Duration::new(
            facts.ctime().try_into().unwrap_or_default(),
            facts.ctime_nsec().try_into().unwrap_or_default(),
        );
        Self {
            file: facts.ino(),
            len: facts.len(),
            written: facts.modified().ok(),
            changed: UNIX_EPOCH + changed,
        }
    }
}

/// The files that count, as they are now: those of `folders` that a definition may be made of, and `files`. Reading a
/// database changes none of this.
#[must_use]
pub fn seen(folders: &[PathBuf], files: &[PathBuf]) -> Seen {
    let counts = |path: &PathBuf| {
        path.extension().and_then(|kind| kind.to_str()).is_some_and(|kind| KINDS.contains(&kind))
    };
    folders
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flat_map(|entries| entries.filter_map(Result::ok).map(|entry| entry.path()))
        .filter(|path| counts(path) && path.is_file())
        .chain(files.iter().cloned())
        .filter_map(|path| {
            let facts = std::fs::metadata(&path).ok()?;
            // an empty file beside a database comes and goes with its readers; a folder changes with what is in it
            (facts.is_dir() || facts.len() > 0 || counts(&path)).then(|| (path, Facts::of(&facts)))
        })
        .collect()
}

/// The folder that a file lies in.
#[must_use]
pub fn folder_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Folders that are watched.
pub struct Saves {
    watcher: RecommendedWatcher,
    watched: BTreeSet<PathBuf>,
    noticed: mpsc::UnboundedReceiver<()>,
}

impl Saves {
    /// Watches nothing yet.
    ///
    /// # Errors
    /// The system gives out no watcher.
    pub fn new() -> std::io::Result<Self> {
        let (notice, noticed) = mpsc::unbounded_channel();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // what was only read is of no interest; an error may hide a save
            if !event.is_ok_and(|event| event.kind.is_access()) {
                let _ = notice.send(());
            }
        })
        .map_err(std::io::Error::other)?;
        Ok(Self { watcher, watched: BTreeSet::new(), noticed })
    }

    /// Watches these folders and those of these files too. Folders, not files: one that is saved by renaming is another file.
    pub fn watch(&mut self, folders: &[PathBuf], files: &[PathBuf]) {
        for folder in folders.iter().cloned().chain(files.iter().map(|file| folder_of(file))) {
            let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
            if !self.watched.contains(&folder)
                && self.watcher.watch(&folder, RecursiveMode::NonRecursive).is_ok()
            {
                self.watched.insert(folder);
            }
        }
    }

    /// Waits until something moved and nothing moves any more; `false` when nothing is watched for any more.
    pub async fn next(&mut self) -> bool {
        let moved = self.noticed.recv().await.is_some();
        self.settle().await;
        moved
    }

    /// Waits until nothing moves any more.
    pub async fn settle(&mut self) {
        let quiet = async { while let Ok(Some(())) = timeout(QUIET, self.noticed.recv()).await {} };
        let _ = timeout(PATIENCE, quiet).await;
    }
}

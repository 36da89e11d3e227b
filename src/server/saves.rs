//! Notices that a file was saved and has the report made again: one at a time, the latest save wins.
//! Never: what a file says.

use super::shown::Shown;
use super::{Attempt, Make};
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// A save is over when so long nothing moved: editors write, sync, rename.
const QUIET: Duration = Duration::from_millis(120);
/// Something that never stops moving is looked at all the same.
const PATIENCE: Duration = Duration::from_secs(1);
/// So many reports in a row may be thrown away because a newer save came while they were made.
const SUPERSEDED: u32 = 3;
/// Files of a watched folder that a report is made from.
const KINDS: [&str; 5] = ["toml", "ics", "html", "txt", "sql"];

/// When each file that counts was last written, and how long it is.
type Seen = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// Makes the report, and again after each save, for ever.
pub(super) async fn follow(shown: &Shown, make: Make) -> std::io::Result<()> {
    let (notice, mut noticed) = mpsc::unbounded_channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // what was only read is of no interest; an error may hide a save
        if !event.is_ok_and(|event| event.kind.is_access()) {
            let _ = notice.send(());
        }
    })
    .map_err(std::io::Error::other)?;
    let mut watched = BTreeSet::new();
    let mut thrown_away = 0;
    // what the latest attempt was made from, and its files as they were before it read them
    let (mut folders, mut files): (Vec<PathBuf>, Vec<PathBuf>) = Default::default();
    loop {
        let before = seen(&folders, &files);
        let attempt = made(&make).await;
        watch(&mut watcher, &mut watched, &attempt);
        let known = folders == attempt.folders && files == attempt.files;
        (folders, files) = (attempt.folders, attempt.files);
        let mut last = if known { before } else { seen(&folders, &files) };
        let newer = seen(&folders, &files) != last;
        if newer && thrown_away < SUPERSEDED {
            thrown_away += 1;
            settled(&mut noticed).await;
            continue;
        }
        thrown_away = 0;
        shown.show(attempt.outcome);
        loop {
            if noticed.recv().await.is_none() {
                return Ok(());
            }
            settled(&mut noticed).await;
            let now = seen(&folders, &files);
            if now != last {
                break;
            }
            last = now;
        }
    }
}

/// Runs the maker where it may block; one that breaks off is one more thing that is shown.
async fn made(make: &Make) -> Attempt {
    let make = std::sync::Arc::clone(make);
    tokio::task::spawn_blocking(move || make()).await.unwrap_or_else(|error| Attempt {
        outcome: Err(format!("error: the report broke off: {error}")),
        folders: Vec::new(),
        files: Vec::new(),
    })
}

/// Waits until nothing moves any more.
async fn settled(noticed: &mut mpsc::UnboundedReceiver<()>) {
    let quiet = async { while let Ok(Some(())) = timeout(QUIET, noticed.recv()).await {} };
    let _ = timeout(PATIENCE, quiet).await;
}

/// Watches the folders, not the files: a file that is saved by renaming is another file.
fn watch(watcher: &mut RecommendedWatcher, watched: &mut BTreeSet<PathBuf>, attempt: &Attempt) {
    let parents = attempt.files.iter().filter_map(|file| file.parent().map(Path::to_owned));
    for folder in attempt.folders.iter().cloned().chain(parents) {
        let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
        if !watched.contains(&folder) && watcher.watch(&folder, RecursiveMode::NonRecursive).is_ok() {
            watched.insert(folder);
        }
    }
}

/// The files that count, as they are now. Reading a database changes none of this.
fn seen(folders: &[PathBuf], files: &[PathBuf]) -> Seen {
    let counts = |path: &PathBuf| {
        path.extension().and_then(|kind| kind.to_str()).is_some_and(|kind| KINDS.contains(&kind))
    };
    folders
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flat_map(|entries| entries.filter_map(Result::ok).map(|entry| entry.path()))
        .filter(counts)
        .chain(files.iter().cloned())
        .filter_map(|path| {
            let facts = std::fs::metadata(&path).ok().filter(std::fs::Metadata::is_file)?;
            // an empty file beside a database comes and goes with its readers
            (facts.len() > 0 || counts(&path)).then(|| (path, (facts.modified().ok(), facts.len())))
        })
        .collect()
}

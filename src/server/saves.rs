//! Notices that a file was saved and has the report made again: one at a time, the latest save wins.
//! Never: what a file says.

use super::shown::Shown;
use super::{Attempt, Make};
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
/// So many reports in a row may be thrown away because a newer save came while they were made.
const SUPERSEDED: u32 = 3;
/// Files of a watched folder that a report is made from.
const KINDS: [&str; 5] = ["toml", "ics", "html", "txt", "sql"];

/// The clock that stamps files may be so far behind the one that is asked for the time.
const TICK: Duration = Duration::from_millis(20);

/// The files that count, each as it was when looked at.
type Seen = BTreeMap<PathBuf, Facts>;

/// What a save changes, though the length stay the same and the time of writing be set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Facts {
    file: u64,
    len: u64,
    written: Option<SystemTime>,
    changed: SystemTime,
}

/// What a report is made from.
#[derive(Default)]
struct Sources {
    folders: Vec<PathBuf>,
    files: Vec<PathBuf>,
}

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
    let mut sources = Sources::default();
    loop {
        // looked at before the report reads them: a save while it is made shows as a difference
        let (started, before) = (SystemTime::now() - TICK, sources.seen());
        let attempt = made(&make).await;
        sources = sources.then(&attempt);
        watch(&mut watcher, &mut watched, &sources);
        let mut last = sources.seen();
        let stale = saved_since(started, &before, &last);
        if !stale || thrown_away == SUPERSEDED {
            thrown_away = 0;
            shown.show(attempt.outcome);
        } else {
            thrown_away += 1;
        }
        if stale {
            settled(&mut noticed).await;
            continue;
        }
        loop {
            if noticed.recv().await.is_none() {
                return Ok(());
            }
            settled(&mut noticed).await;
            // a folder may have come into being with its first file
            watch(&mut watcher, &mut watched, &sources);
            let now = sources.seen();
            if now != last {
                break;
            }
            last = now;
        }
    }
}

/// Whether a file was saved after `started`: it differs from what it was before, or nobody knew that it counts and it
/// is younger, or it is gone.
fn saved_since(started: SystemTime, before: &Seen, now: &Seen) -> bool {
    let saved = |(path, facts): (&PathBuf, &Facts)| {
        before.get(path).map_or(facts.changed >= started, |then| then != facts)
    };
    let gone = |path: &PathBuf| !now.contains_key(path) && !path.exists();
    now.iter().any(saved) || before.keys().any(gone)
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
fn watch(watcher: &mut RecommendedWatcher, watched: &mut BTreeSet<PathBuf>, sources: &Sources) {
    let parents = sources.files.iter().filter_map(|file| file.parent().map(Path::to_owned));
    for folder in sources.folders.iter().cloned().chain(parents) {
        let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
        if !watched.contains(&folder) && watcher.watch(&folder, RecursiveMode::NonRecursive).is_ok() {
            watched.insert(folder);
        }
    }
}

impl Sources {
    /// What an attempt was made from. One that failed may not have come to all of its files: those of before still count.
    fn then(self, attempt: &Attempt) -> Self {
        let mut next = Self { folders: attempt.folders.clone(), files: attempt.files.clone() };
        if attempt.outcome.is_err() {
            for (old, new) in [(self.folders, &mut next.folders), (self.files, &mut next.files)] {
                let missing: Vec<PathBuf> = old.into_iter().filter(|path| !new.contains(path)).collect();
                new.extend(missing);
            }
        }
        next
    }

    /// The files that count, as they are now. Reading a database changes none of this.
    fn seen(&self) -> Seen {
        let counts = |path: &PathBuf| {
            path.extension().and_then(|kind| kind.to_str()).is_some_and(|kind| KINDS.contains(&kind))
        };
        self.folders
            .iter()
            .filter_map(|folder| std::fs::read_dir(folder).ok())
            .flat_map(|entries| entries.filter_map(Result::ok).map(|entry| entry.path()))
            .filter(counts)
            .chain(self.files.iter().cloned())
            .filter_map(|path| {
                let facts = std::fs::metadata(&path).ok().filter(Metadata::is_file)?;
                // an empty file beside a database comes and goes with its readers
                (facts.len() > 0 || counts(&path)).then(|| (path, Facts::of(&facts)))
            })
            .collect()
    }
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

#[cfg(test)]
mod tests {
    use super::{Sources, TICK, saved_since};
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_save_while_the_report_is_made_is_seen_whether_or_not_the_file_was_known() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("a.toml"), "a").unwrap();
        std::fs::write(path("new.db"), "b").unwrap();
        std::thread::sleep(Duration::from_millis(60));
        let sources = Sources { folders: vec![folder.path().to_owned()], files: Vec::new() };
        let (started, before) = (SystemTime::now() - TICK, sources.seen());
        let sources = Sources { files: vec![path("new.db")], ..sources };
        assert!(!saved_since(started, &before, &sources.seen()), "a file that is new to us is not a save");
        // the same length, under the old time, by renaming
        let written = std::fs::metadata(path("a.toml")).unwrap().modified().unwrap();
        std::fs::write(path("a.swp"), "c").unwrap();
        std::fs::File::options().write(true).open(path("a.swp")).unwrap().set_modified(written).unwrap();
        std::fs::rename(path("a.swp"), path("a.toml")).unwrap();
        assert!(saved_since(started, &before, &sources.seen()));

        let (started, before) = (SystemTime::now() - TICK, Sources::default().seen());
        std::fs::write(path("new.db"), "d").unwrap();
        assert!(saved_since(started, &before, &sources.seen()), "a file nobody knew of was saved meanwhile");

        let before = sources.seen();
        let started = SystemTime::now() + Duration::from_secs(9);
        assert!(!saved_since(started, &before, &sources.seen()));
        std::fs::remove_file(path("a.toml")).unwrap();
        assert!(saved_since(started, &before, &sources.seen()), "a file that is gone");
    }
}

//! Has the report made again after each save: one at a time, the latest save wins. Never: what a file says.

use super::shown::Shown;
use super::{Attempt, Make};
use crate::saves::{self, Facts, Saves, Seen};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// So many reports in a row may be thrown away because a newer save came while they were made.
const SUPERSEDED: u32 = 3;
/// The clock that stamps files may be so far behind the one that is asked for the time.
const TICK: Duration = Duration::from_millis(20);

/// What a report is made from.
#[derive(Default)]
struct Sources {
    folders: Vec<PathBuf>,
    files: Vec<PathBuf>,
}

/// Makes the report, and again after each save, for ever.
pub(super) async fn follow(shown: &Shown, make: Make) -> std::io::Result<()> {
    let mut saves = Saves::new()?;
    let mut thrown_away = 0;
    let mut sources = Sources::default();
    loop {
        // looked at before the report reads them: a save while it is made shows as a difference
        let (started, before) = (SystemTime::now() - TICK, sources.seen());
        let attempt = made(&make).await;
        sources = sources.then(&attempt);
        saves.watch(&sources.folders, &sources.files);
        let mut last = sources.seen();
        let stale = saved_since(started, &before, &last);
        if !stale || thrown_away == SUPERSEDED {
            thrown_away = 0;
            shown.show(attempt.outcome);
        } else {
            thrown_away += 1;
        }
        if stale {
            saves.settle().await;
            continue;
        }
        loop {
            if !saves.next().await {
                return Ok(());
            }
            // a folder may have come into being with its first file
            saves.watch(&sources.folders, &sources.files);
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

    /// The files that count, as they are now.
    fn seen(&self) -> Seen {
        saves::seen(&self.folders, &self.files)
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

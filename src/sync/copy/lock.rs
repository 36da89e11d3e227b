//! One sync of a copy at a time: a file beside it that is locked as long as a sync goes on, and let go by the system when its
//! process ends.

use crate::sync::error::{Extent, Fault, Tried};
use crate::web::answer::cut;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub(super) struct Lock {
    _held: File,
}

fn beside(copy: &Path) -> PathBuf {
    let mut name = copy.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

/// What a holder says of itself that only asks, and has done so in a moment.
const ASKS: &str = ", which only asks";
/// How long a sync waits for one of these.
const PATIENCE: Duration = Duration::from_secs(90);

impl Lock {
    /// For a sync. One that only asks is waited for.
    pub(super) fn take(copy: &Path) -> Tried<Self> {
        Self::held(copy, "", PATIENCE)
    }

    /// For somebody who only asks, and waits for nobody.
    pub(super) fn take_to_ask(copy: &Path) -> Tried<Self> {
        Self::held(copy, ASKS, Duration::ZERO)
    }

    fn held(copy: &Path, asks: &str, patience: Duration) -> Tried<Self> {
        let path = beside(copy);
        let failed = |error: &std::io::Error| {
            let what = format!("{} cannot be made: {error}", path.display());
            Fault::new(what, "name another file as `copy`, in a folder that this process may write")
        };
        // emptied only once it is ours: it says whose it is
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = opened.map_err(|error| failed(&error))?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => {
                    let mut holder = String::new();
                    let _ = file.rewind().and_then(|()| file.read_to_string(&mut holder));
                    let waits = match holder.ends_with(ASKS) {
                        true => patience,
                        // who has just taken it has not written yet
                        false if holder.is_empty() => patience.min(Duration::from_secs(1)),
                        false => Duration::ZERO,
                    };
                    if begun.elapsed() < waits {
                        // Nobody is told when a file is let go: it is asked for again, on a thread that may wait.
                        std::thread::sleep(Duration::from_millis(50));
                        continue;
                    }
                    let holder = if holder.trim().is_empty() { "another process" } else { &cut(&holder, 60) };
                    let what = format!("a sync of {} is under way ({holder})", copy.display());
                    let hint = "wait until it has ended: it writes into the same copy";
                    return Err(Fault::new(what, hint).with(Extent::Now));
                }
                Err(TryLockError::Error(error)) => return Err(failed(&error)),
            }
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| write!(file, "process {}{asks}", std::process::id()))
            .map_err(|error| failed(&error))?;
        Ok(Self { _held: file })
    }
}

//! One sync of a copy at a time: a file beside it that is locked as long as a sync goes on, and let go by the system when its
//! process ends.

use crate::sync::error::{Extent, Fault, Tried};
use crate::web::answer::cut;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

pub(super) struct Lock {
    _held: File,
}

fn beside(copy: &Path) -> PathBuf {
    let mut name = copy.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

impl Lock {
    pub(super) fn take(copy: &Path) -> Tried<Self> {
        let path = beside(copy);
        let failed = |error: &std::io::Error| {
            let what = format!("{} cannot be made: {error}", path.display());
            Fault::new(what, "name another file as `copy`, in a folder that this process may write")
        };
        // emptied only once it is ours: it says whose it is
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = opened.map_err(|error| failed(&error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                let holder = if holder.trim().is_empty() { "another process" } else { &cut(&holder, 60) };
                let what = format!("a sync of {} is under way ({holder})", copy.display());
                let hint = "wait until it has ended: it writes into the same copy";
                return Err(Fault::new(what, hint).with(Extent::Now));
            }
            Err(TryLockError::Error(error)) => return Err(failed(&error)),
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| write!(file, "process {}", std::process::id()))
            .map_err(|error| failed(&error))?;
        Ok(Self { _held: file })
    }
}

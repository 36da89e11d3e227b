//! Objects of stores that were brought here, kept while somebody may ask for them again: a plan, a check and a report that must be fresh
//! look at the same object several times. Never: how they are brought, how they are read.

use super::problem::Problem;
use std::fs::File;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use tempfile::{NamedTempFile, TempPath};

/// Bytes of all that is kept without being read, at most.
const MOST: u64 = 4 << 30;

/// A temporary file that goes away with this.
#[derive(Debug)]
pub(super) struct Brought {
    path: PathBuf,
    _held: Held,
}

#[derive(Debug)]
enum Held {
    /// It has no name any more, so that nothing is left of it however the program ends.
    #[expect(dead_code, reason = "held open, and opened once more by its path")]
    Nameless(File, Place),
    #[expect(dead_code, reason = "deleted when it is dropped")]
    Named(TempPath),
}

/// One of the places for files that are held open: a process may have a thousand, and a frame may be of more objects.
#[derive(Debug)]
struct Place(());

/// How many such places there are.
const PLACES: usize = 200;

static TAKEN: AtomicUsize = AtomicUsize::new(0);

impl Place {
    fn take() -> Option<Self> {
        let more = |taken: usize| (taken < PLACES).then_some(taken + 1);
        TAKEN.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok().map(|_| Self(()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        TAKEN.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Brought {
    pub(super) fn new(file: NamedTempFile) -> Self {
        let (file, path) = file.into_parts();
        let open = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
        if let Some(place) = Place::take()
            && File::open(&open).is_ok()
            && std::fs::remove_file(&path).is_ok()
        {
            // The name is gone: there is nothing to delete at the end.
            let _ = path.keep();
            return Self { path: open, _held: Held::Nameless(file, place) };
        }
        Self { path: path.to_path_buf(), _held: Held::Named(path) }
    }

    /// Where it can be opened, as long as this is there.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// An object as it was listed: whoever has the same has the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    /// Whose rights it was asked for with.
    pub(super) source: String,
    /// Where the store is, and the bucket.
    pub(super) store: String,
    pub(super) name: String,
    /// The ETag. Without one it cannot be known for the same.
    pub(super) tag: String,
    pub(super) size: u64,
}

/// What was brought, or is being brought by who holds the lock.
type Slot = Arc<Mutex<Option<Arc<Brought>>>>;

#[derive(Default)]
struct Kept {
    keepers: usize,
    /// Those asked for last stand last.
    slots: Vec<(Key, Slot)>,
}

static KEPT: LazyLock<Mutex<Kept>> = LazyLock::new(Mutex::default);

fn kept() -> MutexGuard<'static, Kept> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// While one of these is there, objects that sources bring from a store are kept for whoever asks for the same again; with the last one
/// they go.
#[derive(Debug)]
#[must_use = "objects are kept as long as it is there"]
pub struct Keeping(());

/// Has what is brought from stores kept.
pub fn keep_brought() -> Keeping {
    kept().keepers += 1;
    Keeping(())
}

impl Drop for Keeping {
    fn drop(&mut self) {
        let mut kept = kept();
        kept.keepers -= 1;
        if kept.keepers == 0 {
            kept.slots.clear();
        }
    }
}

/// The object, brought unless it is there. Who asks while it is being brought waits for it.
pub(super) fn once(
    key: &Key,
    bring: impl FnOnce() -> Result<Brought, Problem>,
) -> Result<Arc<Brought>, Problem> {
    let Some(slot) = slot(key) else { return bring().map(Arc::new) };
    let mut held = slot.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(there) = held.as_ref() {
        tracing::debug!(object = key.name, "it was brought before");
        return Ok(Arc::clone(there));
    }
    let brought = bring().inspect_err(|_| kept().slots.retain(|(there, _)| there != key))?;
    let brought = Arc::new(brought);
    *held = Some(Arc::clone(&brought));
    drop(held);
    make_room();
    Ok(brought)
}

/// Its place among what is kept; `None`: it is not kept.
fn slot(key: &Key) -> Option<Slot> {
    let mut kept = kept();
    if kept.keepers == 0 || key.tag.is_empty() || key.size > MOST {
        return None;
    }
    let there = kept.slots.iter().position(|(there, _)| there == key);
    let slot = there.map_or_else(|| (key.clone(), Slot::default()), |at| kept.slots.remove(at));
    kept.slots.push(slot.clone());
    Some(slot.1)
}

/// Gives up those that nobody has asked for longest.
fn make_room() {
    let mut kept = kept();
    let mut room = MOST;
    let newest = kept.slots.iter().rev().take_while(|(key, _)| {
        let fits = key.size <= room;
        room = room.saturating_sub(key.size);
        fits
    });
    let surplus = kept.slots.len() - newest.count();
    kept.slots.drain(..surplus);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};

    fn key(name: &str, tag: &str, size: u64) -> Key {
        Key {
            source: "it".to_owned(),
            store: "here".to_owned(),
            name: name.to_owned(),
            tag: tag.to_owned(),
            size,
        }
    }

    fn made(text: &str) -> Brought {
        let mut file = NamedTempFile::new().expect("a file");
        file.write_all(text.as_bytes()).expect("written");
        Brought::new(file)
    }

    #[test]
    fn an_object_is_brought_once_while_it_is_kept_and_is_the_same_and_there_is_room() {
        let brought = std::cell::RefCell::new(Vec::new());
        let ask = |name: &str, tag: &str, size: u64| {
            once(&key(name, tag, size), || {
                brought.borrow_mut().push(format!("{name}{tag}"));
                Ok(made(name))
            })
            .expect("it")
        };
        let _ = (ask("a", "1", 1), ask("a", "1", 1));
        assert_eq!(brought.take(), ["a1", "a1"], "nobody keeps it");
        let (keeping, longer) = (keep_brought(), keep_brought());
        let _ = (ask("a", "1", 1), ask("a", "1", 1), ask("a", "2", 1), ask("a", "2", 2), ask("b", "1", 1));
        assert_eq!(brought.take(), ["a1", "a2", "a2", "b1"]);
        let _ = (ask("b", "", 1), ask("b", "", 1), ask("c", "1", MOST + 1), ask("c", "1", MOST + 1));
        assert_eq!(brought.take(), ["b", "b", "c1", "c1"], "what has no tag or is too large is not kept");
        let failed = once(&key("d", "1", 1), || Err(Problem::new("no", ""))).expect_err("no file");
        assert_eq!(failed.what, "no");
        drop(keeping);
        let first = ask("d", "1", MOST - 1);
        let _ = ask("b", "1", 1);
        assert_eq!(brought.take(), ["d1"], "there is room for both");
        let _ = (ask("e", "1", 2), ask("d", "1", MOST - 1));
        assert_eq!(brought.take(), ["e1", "d1"], "there is no room for three, and it was asked for first");
        let mut text = String::new();
        File::open(first.path()).expect("still there").read_to_string(&mut text).expect("read");
        assert_eq!(text, "d", "what is being read stays");
        drop(longer);
        let _ = ask("e", "1", 2);
        assert_eq!(brought.take(), ["e1"], "the last one who kept is gone");
    }

    #[test]
    fn what_is_brought_is_read_from_its_beginning_by_everybody_and_goes_away() {
        let brought = made("text");
        for _ in 0..2 {
            let mut text = String::new();
            File::open(brought.path()).expect("a file").read_to_string(&mut text).expect("read");
            assert_eq!(text, "text");
        }
        let path = brought.path().to_owned();
        let is_it = |path: &Path| std::fs::read_to_string(path).is_ok_and(|text| text == "text");
        assert!(is_it(&path));
        drop(brought);
        assert!(!is_it(&path));
    }

    #[test]
    fn of_more_objects_than_a_process_may_have_files_few_are_held_open() {
        let many: Vec<Brought> = (0..PLACES + 50).map(|number| made(&number.to_string())).collect();
        let text = |it: &Brought| std::fs::read_to_string(it.path()).expect("a file");
        assert!(many.iter().enumerate().all(|(number, it)| text(it) == number.to_string()));
        let is_nameless = |it: &&Brought| matches!(it._held, Held::Nameless(..));
        assert!(many.iter().filter(is_nameless).count() <= PLACES);
        let named: Vec<PathBuf> =
            many.iter().filter(|it| !is_nameless(it)).map(|it| it.path().to_owned()).collect();
        assert!(named.len() >= 50);
        drop(many);
        assert!(named.iter().all(|path| !path.exists()), "they are deleted");
        assert!(is_nameless(&&made("")), "their places are free again");
    }
}

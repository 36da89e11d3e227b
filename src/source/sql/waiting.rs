//! Waiting for a server: its driver is asynchronous, and frames are read by threads.

use std::collections::HashMap;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};

/// Runs what a driver does, one after the other, from any thread: also from one that belongs to another runtime.
pub(in crate::source) struct Waiting(Option<Runtime>);

impl Waiting {
    pub(in crate::source) fn new() -> std::io::Result<Self> {
        Builder::new_current_thread().enable_all().build().map(|runtime| Self(Some(runtime)))
    }

    /// Waits for it.
    pub(in crate::source) fn wait<T: Send>(&self, work: impl Future<Output = T> + Send) -> Option<T> {
        let runtime = self.0.as_ref()?;
        let span = tracing::Span::current();
        std::thread::scope(|scope| {
            let joined = scope.spawn(|| span.in_scope(|| runtime.block_on(work))).join();
            Some(joined.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        // Never waits, which a thread of another runtime must not.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// So many rows are worth waking another thread for.
const BUNDLE: usize = 1024;
/// Bundles that may wait: whoever works on them sets the pace.
const WAITING: usize = 8;

/// What arrives, on its way to a thread that works on it while more arrives.
pub(in crate::source) struct Bundles<T> {
    bundle: Vec<T>,
    to: SyncSender<Vec<T>>,
}

impl<T> Bundles<T> {
    /// Adds one. What nobody takes any more is dropped: why, the other thread says.
    pub(in crate::source) fn push(&mut self, one: T) {
        self.bundle.push(one);
        if self.bundle.len() >= BUNDLE {
            self.pass_on();
        }
    }

    fn pass_on(&mut self) {
        let _ = self.to.send(std::mem::replace(&mut self.bundle, Vec::with_capacity(BUNDLE)));
    }
}

impl<T> Drop for Bundles<T> {
    fn drop(&mut self) {
        self.pass_on();
    }
}

/// Lets rows arrive on this thread and be worked on by another; gives what both say.
pub(in crate::source) fn in_two_threads<T: Send, A, W: Send>(
    arrive: impl FnOnce(Bundles<T>) -> A,
    work: impl FnOnce(std::iter::Flatten<std::sync::mpsc::IntoIter<Vec<T>>>) -> W + Send,
) -> (A, W) {
    let (to, from) = sync_channel(WAITING);
    std::thread::scope(|scope| {
        let working = scope.spawn(move || work(from.into_iter().flatten()));
        let arrived = arrive(Bundles { bundle: Vec::with_capacity(BUNDLE), to });
        (arrived, working.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// How many connections of this process each server has now.
static TAKEN: LazyLock<Mutex<HashMap<String, usize>>> = LazyLock::new(Mutex::default);
static RETURNED: Condvar = Condvar::new();

/// The right to one connection, given back when it is dropped.
#[derive(Debug)]
pub(in crate::source) struct Seat(String);

impl Seat {
    /// Waits until the server has fewer than `most`; `None` when that took longer than the patience.
    pub(in crate::source) fn take(server: &str, most: usize, patience: Duration) -> Option<Self> {
        let until = Instant::now() + patience;
        let mut taken = taken();
        loop {
            let count = taken.entry(server.to_owned()).or_default();
            if *count < most {
                *count += 1;
                return Some(Self(server.to_owned()));
            }
            let left = until.checked_duration_since(Instant::now())?;
            taken = RETURNED.wait_timeout(taken, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(count) = taken().get_mut(&self.0) {
            *count = count.saturating_sub(1);
        }
        RETURNED.notify_all();
    }
}

fn taken() -> MutexGuard<'static, HashMap<String, usize>> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_connections_than_are_allowed_are_open_at_once_and_one_that_is_given_back_is_taken_again() {
        let soon = Duration::from_millis(20);
        let (first, _second) = (Seat::take("here", 2, soon), Seat::take("here", 2, soon));
        assert!(Seat::take("here", 2, soon).is_none());
        assert!(Seat::take("there", 2, soon).is_some());
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| Seat::take("here", 2, Duration::from_secs(10)));
            drop(first);
            assert!(waiting.join().expect("a thread").is_some());
        });
    }
}

//! What is shown at this moment: the last good report, what is wrong with the latest save, and a version that only grows.
//! Never: sockets, files.

use super::Rendition;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// The one place that the maker writes and the answers read.
pub(super) struct Shown {
    name: String,
    now: Mutex<Now>,
    version: watch::Sender<u64>,
}

/// A look at what is shown.
#[derive(Clone, Default)]
pub(super) struct Now {
    /// Grows with every attempt.
    pub(super) version: u64,
    /// The version at which the report was last made.
    pub(super) made: u64,
    /// The last good report.
    pub(super) good: Option<Arc<Rendition>>,
    /// What is wrong with the latest save, as a terminal would show it.
    pub(super) trouble: Option<Arc<str>>,
}

impl Shown {
    pub(super) fn new(name: String) -> Self {
        Self { name, now: Mutex::default(), version: watch::Sender::new(0) }
    }

    /// The report's id.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What is shown now.
    pub(super) fn now(&self) -> Now {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Shows a report, or what is wrong over the last good one.
    pub(super) fn show(&self, outcome: Result<Rendition, String>) {
        let version = {
            let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
            now.version += 1;
            match outcome {
                Ok(rendition) => {
                    now.made = now.version;
                    now.good = Some(Arc::new(rendition));
                    now.trouble = None;
                }
                Err(trouble) => now.trouble = Some(trouble.into()),
            }
            now.version
        };
        self.version.send_replace(version);
    }

    /// Waits until a version other than the one seen is shown, and returns it: a browser that outlived an earlier
    /// preview may have seen a later one.
    pub(super) async fn other_than(&self, seen: u64) -> u64 {
        let mut versions = self.version.subscribe();
        let found = versions.wait_for(|version| *version != seen).await.map(|version| *version);
        // the sender lives as long as `self`
        found.unwrap_or(seen)
    }
}

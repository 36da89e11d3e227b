//! The limit of requests: a sliding window for each credential, which judges whoever asks too often.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// How a refusal says when to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RetryAfter {
    /// Not at all: the documentation promises nothing.
    Absent,
    /// Whole seconds.
    Seconds,
    /// A date of HTTP, by the platform's clock.
    Date,
}

/// So many requests in any stretch of so long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    pub(crate) requests: usize,
    pub(crate) window: Duration,
    pub(crate) retry_after: RetryAfter,
    /// Whether requests that were refused count too.
    pub(crate) counts_refused: bool,
}

impl Limit {
    /// So many a minute, counted as the documentation of a thousand a minute is read.
    pub(crate) fn per_minute(requests: usize) -> Self {
        Self {
            requests,
            window: Duration::from_secs(60),
            retry_after: RetryAfter::Seconds,
            counts_refused: false,
        }
    }
}

/// Who came when.
#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    by_credential: HashMap<String, VecDeque<Instant>>,
    /// Requests over the limit.
    pub(crate) refused: u64,
}

impl Arrivals {
    /// Everybody is new again; what was refused stays counted.
    pub(crate) fn forget(&mut self) {
        self.by_credential.clear();
    }

    /// Counts a request; `Err` with the time until one is let in again where it is over the limit.
    pub(crate) fn arrive(&mut self, limit: &Limit, credential: &str, now: Instant) -> Result<(), Duration> {
        let arrivals = self.by_credential.entry(credential.to_owned()).or_default();
        while arrivals.front().is_some_and(|first| now.duration_since(*first) >= limit.window) {
            arrivals.pop_front();
        }
        if arrivals.len() < limit.requests {
            arrivals.push_back(now);
            return Ok(());
        }
        self.refused += 1;
        if limit.counts_refused {
            arrivals.push_back(now);
        }
        // the one whose leaving makes room
        let leaves = arrivals.len().checked_sub(limit.requests.max(1)).and_then(|place| arrivals.get(place));
        Err(leaves.map_or(limit.window, |first| limit.window.saturating_sub(now.duration_since(*first))))
    }
}

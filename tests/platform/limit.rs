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

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(60);

    /// What becomes of requests that come so many seconds after the first.
    fn fates(limit: &Limit, seconds: &[f64]) -> Vec<Result<(), Duration>> {
        let start = Instant::now();
        let mut arrivals = Arrivals::default();
        let at = |second: &f64| start + Duration::from_secs_f64(*second);
        seconds.iter().map(|second| arrivals.arrive(limit, "", at(second))).collect()
    }

    #[test]
    fn the_window_slides_so_that_two_bursts_around_its_edge_are_no_way_around_it() {
        let limit = Limit { window: WINDOW, ..Limit::per_minute(4) };
        // windows that begin each minute would let in four before the edge and four after it
        let fates = fates(&limit, &[0.0, 58.0, 58.5, 59.0, 59.5, 60.0, 60.5, 117.9, 118.0]);
        let is_in: Vec<bool> = fates.iter().map(Result::is_ok).collect();
        assert_eq!(is_in, [true, true, true, true, false, true, false, false, true]);
        assert_eq!(fates[4], Err(Duration::from_millis(500)), "until the first has left");
        assert_eq!(fates[6], Err(Duration::from_millis(57_500)), "until the second has left");
    }

    #[test]
    fn refused_requests_count_only_where_the_platform_is_told_so() {
        let mild = Limit { window: WINDOW, ..Limit::per_minute(1) };
        let stern = Limit { counts_refused: true, ..mild };
        let seconds = [0.0, 30.0, 61.0, 91.0];
        let is_in = |limit: &Limit| fates(limit, &seconds).iter().map(Result::is_ok).collect::<Vec<_>>();
        assert_eq!(is_in(&mild), [true, false, true, false]);
        assert_eq!(is_in(&stern), [true, false, false, false]);
        assert_eq!(fates(&stern, &seconds)[2], Err(WINDOW), "its own refusal is the last one to leave");
    }

    #[test]
    fn a_limit_of_none_lets_nobody_in() {
        assert_eq!(fates(&Limit::per_minute(0), &[0.0, 120.0]), [Err(WINDOW), Err(WINDOW)]);
    }
}

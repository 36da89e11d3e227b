//! How many requests may still be made: never more than the limit in any stretch of time of its length, also when the program was
//! killed and began again.
//!
//! A request reaches the server some time between when it is sent and when it is answered. A place is therefore taken when it is sent
//! and becomes free again one stretch after it was answered: however long either takes, the server cannot have counted more than
//! the limit. What the record has without an answer was under way when a program was killed, and counts as answered when the next
//! one begins.

use crate::definition::RateLimit;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::time::Duration;

/// Requests that still count.
#[derive(Debug)]
pub(super) struct Budget {
    limit: RateLimit,
    /// By number: when it was answered, `None` while it is under way.
    taken: BTreeMap<i64, Option<DateTime<Utc>>>,
    last: i64,
}

/// May a request be made now?
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Yes, under this number.
    Taken(i64),
    /// Not before so long.
    In(Duration),
    /// Not before one is answered that is under way.
    AfterAnAnswer,
}

impl Budget {
    /// Goes on from what the record has: numbers, and when each was answered.
    pub(super) fn new(
        limit: RateLimit,
        record: impl IntoIterator<Item = (i64, Option<DateTime<Utc>>)>,
        now: DateTime<Utc>,
    ) -> Self {
        // A clock that was set back since then must not make anybody wait for longer than a stretch.
        let taken: BTreeMap<_, _> =
            record.into_iter().map(|(number, at)| (number, Some(at.unwrap_or(now).min(now)))).collect();
        let last = taken.keys().next_back().copied().unwrap_or(0);
        Self { limit, taken, last }
    }

    fn stretch(&self) -> TimeDelta {
        TimeDelta::from_std(self.limit.per).unwrap_or(TimeDelta::MAX)
    }

    /// Takes a place, if there is one.
    pub(super) fn take(&mut self, now: DateTime<Utc>) -> Place {
        let stretch = self.stretch();
        self.taken.retain(|_, answered| answered.is_none_or(|at| now - at < stretch));
        if self.taken.len() < self.limit.requests as usize {
            self.last += 1;
            self.taken.insert(self.last, None);
            return Place::Taken(self.last);
        }
        // the place that is free first; one answered at the very beginning of a stretch is free after the whole of it
        match self.taken.values().flatten().min() {
            Some(first) => {
                let wait = (*first + stretch - now).to_std().unwrap_or_default();
                Place::In(wait.min(self.limit.per) + Duration::from_millis(1))
            }
            None => Place::AfterAnAnswer,
        }
    }

    /// A request was answered, or will not be any more.
    pub(super) fn answered(&mut self, number: i64, now: DateTime<Utc>) {
        if let Some(answered) = self.taken.get_mut(&number) {
            *answered = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_700_000_000_000 + (seconds * 1000.0) as i64).expect("an instant")
    }

    const THREE: RateLimit = RateLimit { requests: 3, per: Duration::from_secs(60) };

    #[test]
    fn a_place_is_free_one_stretch_after_its_answer_and_no_earlier() {
        let mut budget = Budget::new(THREE, [], at(0.0));
        assert_eq!([0.0, 0.1, 0.2].map(|s| budget.take(at(s))), [1, 2, 3].map(Place::Taken));
        assert_eq!(budget.take(at(0.3)), Place::AfterAnAnswer);
        budget.answered(1, at(5.0));
        assert_eq!(budget.take(at(6.0)), Place::In(Duration::from_millis(59_001)));
        assert_eq!(budget.take(at(64.9)), Place::In(Duration::from_millis(101)));
        assert_eq!(budget.take(at(65.0)), Place::Taken(4));
    }

    #[test]
    fn what_was_under_way_when_a_program_was_killed_counts_from_the_next_beginning() {
        let mut budget = Budget::new(THREE, [(7, None), (8, Some(at(-30.0))), (9, Some(at(500.0)))], at(0.0));
        assert_eq!(budget.take(at(0.0)), Place::In(Duration::from_millis(30_001)));
        assert_eq!(budget.take(at(30.0)), Place::Taken(10));
        assert_eq!(budget.take(at(30.0)), Place::In(Duration::from_millis(30_001)));
    }

    /// Whatever the delays, no stretch of a minute holds more arrivals than the limit.
    #[test]
    fn no_stretch_ever_holds_more_arrivals_than_the_limit() {
        let limit = RateLimit { requests: 5, per: Duration::from_secs(60) };
        let mut seed = 42_u64;
        let mut random = move |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        let mut budget = Budget::new(limit, [], at(0.0));
        let (mut now, mut arrivals, mut open) = (0_u64, Vec::<u64>::new(), Vec::<(i64, u64)>::new());
        while arrivals.len() < 400 {
            open.sort_by_key(|(_, end)| *end);
            while let Some((number, end)) = open.first().copied().filter(|(_, end)| *end <= now) {
                budget.answered(number, at(end as f64 / 1000.0));
                open.remove(0);
            }
            match budget.take(at(now as f64 / 1000.0)) {
                Place::Taken(number) => {
                    let arrival = now + random(3000);
                    arrivals.push(arrival);
                    open.push((number, arrival + 1 + random(3000)));
                }
                Place::In(wait) => now += u64::try_from(wait.as_millis()).expect("short").min(50),
                Place::AfterAnAnswer => now += 50,
            }
            if random(4) == 0 {
                // killed: what is under way is forgotten, the record has it without an answer
                let record: Vec<_> = budget.taken.iter().map(|(n, at)| (*n, *at)).collect();
                open.clear();
                now += 3001;
                budget = Budget::new(limit, record, at(now as f64 / 1000.0));
            }
        }
        arrivals.sort_unstable();
        for pair in arrivals.windows(limit.requests as usize + 1) {
            assert!(pair[limit.requests as usize] - pair[0] >= 60_000, "{pair:?}");
        }
    }
}

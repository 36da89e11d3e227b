//! What bounds a schedule beyond its own words: from when to when, which days not, what a free day does, and how much later
//! work may begin. The words themselves are read elsewhere.

use super::{Schedule, firing};
use crate::calendar::Workdays;
use crate::calendar::zone::civil_of;
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use std::collections::BTreeSet;

/// What a schedule does when its day is no workday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnFreeDay {
    /// It fires all the same.
    #[default]
    Fire,
    /// It does not fire.
    Skip,
    /// It fires on the next workday, at the same time of day.
    NextWorkday,
    /// It fires on the workday before, at the same time of day.
    PreviousWorkday,
}

/// One firing, and what is worth saying about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firing {
    /// The instant.
    pub at: DateTime<Utc>,
    /// The civil time that the schedule's words ask for; the instant shows another one where there are notes.
    pub asked: NaiveDateTime,
    /// What a person should know about it; mostly empty.
    pub notes: Vec<FiringNote>,
}

/// Why a firing is not quite where its words say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FiringNote {
    /// The clocks go forward over the time asked for: the first instant after the gap.
    Gap,
    /// The clocks go back: the time asked for happens twice, this is the first.
    Overlap,
    /// The month has no such day: its last.
    ShortMonth {
        /// The day of the month asked for.
        asked: u32,
    },
    /// It falls on a day that is no workday.
    FreeDay,
    /// It was moved from this day, which is no workday.
    MovedFrom(NaiveDate),
}

/// The bounds of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Limits {
    starts: Option<NaiveDate>,
    ends: Option<NaiveDate>,
    except: BTreeSet<NaiveDate>,
    on_free_day: OnFreeDay,
    jitter: TimeDelta,
}

impl Limits {
    fn allow(&self, day: NaiveDate) -> bool {
        self.starts.is_none_or(|first| day >= first)
            && self.ends.is_none_or(|last| day <= last)
            && !self.except.contains(&day)
    }
}

impl Schedule {
    /// The same, with nothing before this civil day.
    #[must_use]
    pub fn starting(mut self, first: NaiveDate) -> Self {
        self.limits.starts = Some(first);
        self
    }

    /// The same, with nothing after this civil day.
    #[must_use]
    pub fn ending(mut self, last: NaiveDate) -> Self {
        self.limits.ends = Some(last);
        self
    }

    /// The same, without these civil days.
    #[must_use]
    pub fn except(mut self, days: impl IntoIterator<Item = NaiveDate>) -> Self {
        self.limits.except.extend(days);
        self
    }

    /// The same, with this rule for days that are no workdays.
    #[must_use]
    pub fn on_free_day(mut self, rule: OnFreeDay) -> Self {
        self.limits.on_free_day = rule;
        self
    }

    /// The same, with work that begins up to so much later, always by the same amount for the same report.
    #[must_use]
    pub fn jittered(mut self, most: TimeDelta) -> Self {
        self.limits.jitter = most;
        self
    }

    /// How much later than its firing a report's work begins; the firing itself, and so the period, do not move.
    #[must_use]
    pub fn delay(&self, _report: &str) -> TimeDelta {
        self.limits.jitter
    }

    /// The first firing strictly after `after`.
    #[must_use]
    pub fn firing_after(&self, after: DateTime<Utc>, zone: Tz, workdays: &Workdays) -> Option<Firing> {
        let mut at = after;
        loop {
            at = firing::next_after(&self.days, &self.times, at, zone, workdays)?;
            let asked = civil_of(at, zone);
            if self.limits.ends.is_some_and(|last| asked.date() > last) {
                return None;
            }
            if self.limits.allow(asked.date()) {
                return Some(Firing { at, asked, notes: Vec::new() });
            }
        }
    }

    /// The latest firing at or before `at`.
    #[must_use]
    pub fn firing_at_or_before(&self, at: DateTime<Utc>, zone: Tz, workdays: &Workdays) -> Option<Firing> {
        let mut limit = at;
        loop {
            let at = firing::latest_at(&self.days, &self.times, limit, zone, workdays)?;
            let asked = civil_of(at, zone);
            if self.limits.starts.is_some_and(|first| asked.date() < first) {
                return None;
            }
            if self.limits.allow(asked.date()) {
                return Some(Firing { at, asked, notes: Vec::new() });
            }
            limit = at - TimeDelta::seconds(1);
        }
    }
}

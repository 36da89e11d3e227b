//! What bounds a schedule beyond its own words: from when to when, which days not, what a free day does, and how much later
//! work may begin. The words themselves are read elsewhere, and no instant is computed here.

use super::Schedule;
use chrono::{NaiveDate, TimeDelta};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

/// What a schedule does when its day is no workday.
///
/// The workday is a civil day: holidays count, the time of day does not. A day that the zone skipped is no workday.
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

/// The bounds of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Limits {
    pub(super) starts: Option<NaiveDate>,
    pub(super) ends: Option<NaiveDate>,
    except: BTreeSet<NaiveDate>,
    pub(super) on_free_day: OnFreeDay,
    jitter: TimeDelta,
}

impl Limits {
    /// May a firing be asked for, and come out, on this day?
    pub(super) fn allow(&self, day: NaiveDate) -> bool {
        self.starts.is_none_or(|first| day >= first)
            && self.ends.is_none_or(|last| day <= last)
            && !self.except.contains(&day)
    }
}

impl Schedule {
    /// The same, with nothing before this civil day.
    ///
    /// Bounds and exceptions hold for the day that the schedule's words ask for and for the day the firing comes out on: one
    /// that is asked for a Sunday before the start stays away, even if its workday is the Monday the schedule starts on.
    ///
    /// ```
    /// use parte::calendar::{Schedule, Workdays};
    /// let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap();
    /// let schedule = Schedule::parse("every friday at 07:00")?
    ///     .starting(day("2026-12-05")) // a Saturday
    ///     .ending(day("2026-12-24"))
    ///     .except([day("2026-12-11")]);
    /// let (zone, workdays) = (chrono_tz::America::Bogota, Workdays::monday_to_friday());
    /// let today = "2026-11-23T12:00:00Z".parse().unwrap();
    /// let only = schedule.next_after(today, zone, &workdays).unwrap();
    /// assert_eq!(only.to_rfc3339(), "2026-12-18T12:00:00+00:00");
    /// assert_eq!(schedule.next_after(only, zone, &workdays), None);
    /// # Ok::<(), parte::calendar::ScheduleError>(())
    /// ```
    #[must_use]
    pub fn starting(mut self, first: NaiveDate) -> Self {
        self.limits.starts = Some(first);
        self
    }

    /// The same, with nothing after this civil day; see [`Schedule::starting`].
    #[must_use]
    pub fn ending(mut self, last: NaiveDate) -> Self {
        self.limits.ends = Some(last);
        self
    }

    /// The same, without these civil days; see [`Schedule::starting`].
    #[must_use]
    pub fn except(mut self, days: impl IntoIterator<Item = NaiveDate>) -> Self {
        self.limits.except.extend(days);
        self
    }

    /// The same, with this rule for days that are no workdays.
    ///
    /// A firing that is moved to a day on which the schedule fires anyway is one firing with it. The period derives from the
    /// instant it comes out at. One that finds no workday within a year does not fire.
    ///
    /// ```
    /// use parte::calendar::{FiringNote, OnFreeDay, Schedule, Workdays};
    /// let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap();
    /// let workdays = Workdays::monday_to_friday().with_holidays([day("2027-01-01")]);
    /// let zone = chrono_tz::America::Bogota;
    /// let today = "2026-12-20T12:00:00Z".parse().unwrap();
    /// let first_of_january = |rule| {
    ///     let schedule = Schedule::parse("on day 1 of the month at 06:00").unwrap().on_free_day(rule);
    ///     schedule.firing_after(today, zone, &workdays).unwrap()
    /// };
    /// let fires = first_of_january(OnFreeDay::Fire);
    /// assert_eq!(fires.at.to_rfc3339(), "2027-01-01T11:00:00+00:00");
    /// assert_eq!(fires.notes, [FiringNote::FreeDay]);
    ///
    /// let next = first_of_january(OnFreeDay::NextWorkday); // a Friday: on Monday
    /// assert_eq!(next.at.to_rfc3339(), "2027-01-04T11:00:00+00:00");
    /// assert_eq!(next.asked.to_string(), "2027-01-01 06:00:00");
    /// assert_eq!(next.notes, [FiringNote::MovedFrom(day("2027-01-01"))]);
    ///
    /// let previous = first_of_january(OnFreeDay::PreviousWorkday);
    /// assert_eq!(previous.at.to_rfc3339(), "2026-12-31T11:00:00+00:00");
    ///
    /// let skipped = first_of_january(OnFreeDay::Skip); // the next that falls on a workday
    /// assert_eq!(skipped.at.to_rfc3339(), "2027-02-01T11:00:00+00:00");
    /// ```
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

    /// Everything that decides when it fires and when its work begins, but for zone and workdays: two schedules with the same words
    /// fire alike. One without bounds is its text alone.
    ///
    /// ```
    /// use parte::calendar::{OnFreeDay, Schedule};
    /// let schedule = Schedule::parse("every day at 07:00")?;
    /// assert_eq!(schedule.in_full(), "every day at 07:00");
    /// let schedule = schedule.starting("2026-12-01".parse().unwrap()).on_free_day(OnFreeDay::Skip);
    /// assert_eq!(schedule.in_full(), "every day at 07:00; starts 2026-12-01; on free day skip");
    /// # Ok::<(), parte::calendar::ScheduleError>(())
    /// ```
    #[must_use]
    pub fn in_full(&self) -> String {
        let Limits { starts, ends, except, on_free_day, jitter } = &self.limits;
        let mut parts = vec![self.text.clone()];
        parts.extend(starts.map(|first| format!("starts {first}")));
        parts.extend(ends.map(|last| format!("ends {last}")));
        parts.extend(except.iter().map(|day| format!("except {day}")));
        match on_free_day {
            OnFreeDay::Fire => {}
            OnFreeDay::Skip => parts.push("on free day skip".to_owned()),
            OnFreeDay::NextWorkday => parts.push("on free day next workday".to_owned()),
            OnFreeDay::PreviousWorkday => parts.push("on free day previous workday".to_owned()),
        }
        if *jitter != TimeDelta::zero() {
            parts.push(format!("jitter {} s", jitter.num_seconds()));
        }
        parts.join("; ")
    }

    /// How much later than its firing a report's work begins; the firing itself, and so the period, do not move.
    ///
    /// Uniform over the whole seconds from none to the jitter, both included: the first eight bytes of SHA-256 of the
    /// report's id, as a big-endian number `h`, give `h * (jitter + 1) / 2^64` seconds, rounded down. So it is the same on every
    /// machine and in every version.
    ///
    /// ```
    /// use chrono::TimeDelta;
    /// use parte::calendar::Schedule;
    /// let schedule = Schedule::parse("every day at 07:00")?.jittered(TimeDelta::minutes(5));
    /// assert_eq!(schedule.delay("daily"), TimeDelta::seconds(130));
    /// # Ok::<(), parte::calendar::ScheduleError>(())
    /// ```
    #[must_use]
    pub fn delay(&self, report: &str) -> TimeDelta {
        let most = u128::try_from(self.limits.jitter.num_seconds()).unwrap_or(0);
        let digest = Sha256::digest(report.as_bytes());
        let hash = digest.iter().take(8).fold(0_u128, |hash, byte| (hash << 8) | u128::from(*byte));
        let seconds = (hash * (most + 1)) >> 64;
        i64::try_from(seconds).ok().and_then(TimeDelta::try_seconds).unwrap_or_default()
    }
}

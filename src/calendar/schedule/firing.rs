//! The instants at which days and times of a schedule fall in a zone, forwards and backwards, and what is worth saying about
//! each. Reads no text.
//!
//! Civil times are derived first and mapped to instants with [`instant_of`], which never decreases as the civil time grows:
//! the first firing found in civil order is the first in time.

use super::fired_days::FiredDays;
use super::running::Running;
use super::{Schedule, Times};
use crate::calendar::Workdays;
use crate::calendar::zone::{civil_of, day_exists, happens_twice, instant_of};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;

/// How many days ahead a firing is looked for. Sixty years: 29 February on a given weekday can be forty away.
pub(super) const DAYS_AHEAD: usize = 60 * 366;

/// How many days back a firing is looked for: ten years and the days at the edge.
pub(super) const DAYS_BACK: usize = 10 * 366 + 2;

/// One firing, and what is worth saying about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firing {
    /// The instant.
    pub at: DateTime<Utc>,
    /// The civil time that the schedule's words ask for; the instant shows another one where the notes say so. Where several
    /// became one firing, the one that is not displaced, else the first.
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
    /// The zone skipped the whole day (Apia, 30 December 2011): the first instant of the next one.
    SkippedDay,
}

/// A schedule in a zone, in which firings are looked for.
pub(super) struct Search<'a> {
    days: FiredDays<'a>,
    times: &'a Times,
}

impl<'a> Search<'a> {
    pub(super) fn new(schedule: &'a Schedule, zone: Tz, workdays: &'a Workdays) -> Self {
        let days = FiredDays { days: &schedule.days, limits: &schedule.limits, zone, workdays };
        Self { days, times: &schedule.times }
    }

    /// The first firing strictly after an instant.
    pub(super) fn after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let times = match self.times {
            Times::At(times) => times,
            Times::Running(minutes) => return Running { days: self.days, minutes }.after(after),
        };
        let today = civil_of(after, self.days.zone).date();
        // From the day before: clocks set back over midnight show yesterday's date after today has begun.
        let first = today.pred_opt().unwrap_or(today);
        let first = self.days.limits.starts.map_or(first, |starts| starts.max(first));
        std::iter::successors(Some(first), NaiveDate::succ_opt)
            .take(DAYS_AHEAD)
            .take_while(|day| self.days.limits.ends.is_none_or(|ends| *day <= ends))
            .filter(|day| self.days.contain(*day))
            .find_map(|day| {
                let passed = times.partition_point(|time| self.instant(day, *time) <= after);
                times[passed..].iter().find_map(|time| self.firing(day, *time))
            })
    }

    /// The latest firing at or before an instant.
    pub(super) fn at_or_before(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let times = match self.times {
            Times::At(times) => times,
            Times::Running(minutes) => return Running { days: self.days, minutes }.at_or_before(at),
        };
        let today = civil_of(at, self.days.zone).date();
        let last = today.succ_opt().unwrap_or(today);
        let last = self.days.limits.ends.map_or(last, |ends| ends.min(last));
        std::iter::successors(Some(last), NaiveDate::pred_opt)
            .take(DAYS_BACK)
            .take_while(|day| self.days.limits.starts.is_none_or(|starts| *day >= starts))
            .filter(|day| self.days.contain(*day))
            .find_map(|day| {
                let passed = times.partition_point(|time| self.instant(day, *time) <= at);
                times[..passed].iter().rev().find_map(|time| self.firing(day, *time))
            })
    }

    /// The firing at an instant that was found, with what is to be said about it.
    pub(super) fn describe(&self, at: DateTime<Utc>) -> Firing {
        let FiredDays { days, zone, workdays, .. } = self.days;
        let shown = civil_of(at, zone);
        let mut notes = Vec::new();
        let wanted = match self.times {
            Times::At(times) => self.wanted(times, at, shown),
            Times::Running(_) => shown,
        };
        let asked = self.days.asked(wanted.date());
        let nominal = asked.first().copied().unwrap_or(wanted.date());
        notes.extend(days.missing_from_month(nominal).map(|asked| FiringNote::ShortMonth { asked }));
        notes.extend(asked.into_iter().filter(|day| *day != wanted.date()).map(FiringNote::MovedFrom));
        if wanted != shown {
            let exists = day_exists(wanted.date(), zone);
            notes.push(if exists { FiringNote::Gap } else { FiringNote::SkippedDay });
        } else if matches!(self.times, Times::At(_)) && happens_twice(wanted, zone) {
            notes.push(FiringNote::Overlap);
        }
        if !workdays.is_workday(shown.date()) {
            notes.push(FiringNote::FreeDay);
        }
        Firing { at, asked: nominal.and_time(wanted.time()), notes }
    }

    /// The civil time whose firing comes out at `at`, where the clock shows `shown`: that very time when it is one, else the
    /// first of those that a gap hides.
    fn wanted(&self, times: &[NaiveTime], at: DateTime<Utc>, shown: NaiveDateTime) -> NaiveDateTime {
        if times.binary_search(&shown.time()).is_ok() && self.days.contain(shown.date()) {
            return shown;
        }
        // A gap is a day long at most (Apia): what it hides lies on this day or on the two before.
        let days = [shown.date().pred_opt().and_then(|day| day.pred_opt()), shown.date().pred_opt()];
        days.into_iter()
            .flatten()
            .chain([shown.date()])
            .filter(|day| self.days.contain(*day))
            .find_map(|day| {
                let hidden = times.partition_point(|time| self.instant(day, *time) < at);
                times
                    .get(hidden)
                    .filter(|time| self.firing(day, **time) == Some(at))
                    .map(|time| day.and_time(*time))
            })
            .unwrap_or(shown)
    }

    fn instant(&self, day: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
        instant_of(day.and_time(time), self.days.zone)
    }

    /// The instant of a time on a day of the schedule. None where a gap carries it to a day that is not allowed, and none on a
    /// day that never happened and whose successor fires too.
    fn firing(&self, day: NaiveDate, time: NaiveTime) -> Option<DateTime<Utc>> {
        let instant = self.instant(day, time);
        let shown = civil_of(instant, self.days.zone).date();
        let replaced =
            || day.succ_opt().is_some_and(|next| self.days.contain(next)) && !day_exists(day, self.days.zone);
        (shown == day || self.days.limits.allow(shown) && !replaced()).then_some(instant)
    }
}

impl Schedule {
    /// The first firing strictly after `after`; `None` when it never fires again (in sixty years from there, or from its start).
    ///
    /// ```
    /// use parte::calendar::{FiringNote, Schedule, Workdays};
    /// let schedule = Schedule::parse("every day at 02:30")?;
    /// let workdays = Workdays::parse("mon-sun").unwrap();
    /// let firing = |after: &str| {
    ///     schedule.firing_after(after.parse().unwrap(), chrono_tz::America::New_York, &workdays).unwrap()
    /// };
    /// // 2026-03-08: the clocks go from 02:00 to 03:00. The first valid instant after the gap is 03:00.
    /// let gap = firing("2026-03-08T00:00:00Z");
    /// assert_eq!(gap.at.with_timezone(&chrono_tz::America::New_York).to_rfc3339(), "2026-03-08T03:00:00-04:00");
    /// assert_eq!((gap.asked.to_string(), gap.notes), ("2026-03-08 02:30:00".into(), vec![FiringNote::Gap]));
    /// // 2026-11-01: 01:00 to 02:00 happens twice; the first counts, and the second does not fire again.
    /// let schedule = Schedule::parse("every day at 01:30")?;
    /// let twice = schedule
    ///     .firing_after("2026-11-01T00:00:00Z".parse().unwrap(), chrono_tz::America::New_York, &workdays)
    ///     .unwrap();
    /// assert_eq!(twice.at.with_timezone(&chrono_tz::America::New_York).to_rfc3339(), "2026-11-01T01:30:00-04:00");
    /// assert_eq!(twice.notes, [FiringNote::Overlap]);
    /// let next = schedule.next_after(twice.at, chrono_tz::America::New_York, &workdays).unwrap();
    /// assert_eq!(next.to_rfc3339(), "2026-11-02T06:30:00+00:00");
    ///
    /// // Day 31 in a month of thirty days: its last.
    /// let schedule = Schedule::parse("on day 31 of the month at 06:00")?;
    /// let november = schedule.firing_after("2026-11-23T00:00:00Z".parse().unwrap(), chrono_tz::UTC, &workdays).unwrap();
    /// assert_eq!(november.at.to_rfc3339(), "2026-11-30T06:00:00+00:00");
    /// assert_eq!(november.notes, [FiringNote::ShortMonth { asked: 31 }]);
    ///
    /// // Apia had no Friday 30 December 2011: its firing is the first instant of Saturday.
    /// let schedule = Schedule::parse("every friday at 07:00")?;
    /// let skipped = schedule
    ///     .firing_after("2011-12-28T00:00:00Z".parse().unwrap(), chrono_tz::Pacific::Apia, &workdays)
    ///     .unwrap();
    /// assert_eq!(skipped.at.with_timezone(&chrono_tz::Pacific::Apia).to_rfc3339(), "2011-12-31T00:00:00+14:00");
    /// assert_eq!(skipped.notes, [FiringNote::SkippedDay]);
    /// # Ok::<(), parte::calendar::ScheduleError>(())
    /// ```
    #[must_use]
    pub fn firing_after(&self, after: DateTime<Utc>, zone: Tz, workdays: &Workdays) -> Option<Firing> {
        let search = Search::new(self, zone, workdays);
        search.after(after).map(|at| search.describe(at))
    }

    /// The latest firing at or before `at`; `None` when there was none in the ten years before, or before its end.
    ///
    /// It is the same firing, with the same notes, that the way forwards finds.
    ///
    /// ```
    /// use parte::calendar::{OnFreeDay, Schedule, Workdays};
    /// let schedule = Schedule::parse("every sunday at 07:00")?.on_free_day(OnFreeDay::NextWorkday);
    /// let (zone, workdays) = (chrono_tz::America::Bogota, Workdays::monday_to_friday());
    /// let monday = "2026-11-23T12:00:00Z".parse().unwrap(); // 07:00 in Bogota
    /// let latest = schedule.firing_at_or_before(monday, zone, &workdays).unwrap();
    /// assert_eq!((latest.at, latest.asked.to_string()), (monday, "2026-11-22 07:00:00".into()));
    /// # Ok::<(), parte::calendar::ScheduleError>(())
    /// ```
    #[must_use]
    pub fn firing_at_or_before(&self, at: DateTime<Utc>, zone: Tz, workdays: &Workdays) -> Option<Firing> {
        let search = Search::new(self, zone, workdays);
        search.at_or_before(at).map(|at| search.describe(at))
    }

    /// The instant of [`Schedule::firing_after`].
    #[must_use]
    pub fn next_after(&self, after: DateTime<Utc>, zone: Tz, workdays: &Workdays) -> Option<DateTime<Utc>> {
        Search::new(self, zone, workdays).after(after)
    }

    /// The instant of [`Schedule::firing_at_or_before`].
    #[must_use]
    pub fn latest_at(&self, at: DateTime<Utc>, zone: Tz, workdays: &Workdays) -> Option<DateTime<Utc>> {
        Search::new(self, zone, workdays).at_or_before(at)
    }
}

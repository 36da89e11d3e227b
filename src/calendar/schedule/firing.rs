//! The instants at which days and times of a schedule fall in a zone, forwards and backwards. Reads no text.
//!
//! Civil times are derived first and mapped to instants with [`instant_of`], which never decreases as the civil time grows:
//! the first firing found in civil order is the first in time.

use super::{Days, Times};
use crate::calendar::Workdays;
use crate::calendar::zone::{civil_of, day_exists, day_start, instant_of};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Timelike as _, Utc};
use chrono_tz::Tz;

/// How many days ahead a firing is looked for. Sixty years: 29 February on a given weekday can be forty away.
const DAYS_AHEAD: usize = 60 * 366;

/// How many days back a firing is looked for: ten years and the days at the edge.
const DAYS_BACK: usize = 10 * 366 + 2;

pub(super) fn next_after(
    days: &Days,
    times: &Times,
    after: DateTime<Utc>,
    zone: Tz,
    workdays: &Workdays,
) -> Option<DateTime<Utc>> {
    match times {
        Times::At(times) => {
            let today = civil_of(after, zone).date();
            // From the day before: clocks set back over midnight show yesterday's date after today has begun.
            let first = today.pred_opt().unwrap_or(today);
            std::iter::successors(Some(first), NaiveDate::succ_opt)
                .take(DAYS_AHEAD)
                .filter(|day| days.contain(*day, workdays))
                .flat_map(|day| times.iter().map(move |time| (day, *time)))
                .filter_map(|(day, time)| firing(days, day, time, zone, workdays))
                .find(|instant| *instant > after)
        }
        Times::Running(minutes) => Walk { days, minutes, zone, workdays }.forwards(after),
    }
}

pub(super) fn latest_at(
    days: &Days,
    times: &Times,
    at: DateTime<Utc>,
    zone: Tz,
    workdays: &Workdays,
) -> Option<DateTime<Utc>> {
    match times {
        Times::At(times) => {
            let today = civil_of(at, zone).date();
            let last = today.succ_opt().unwrap_or(today);
            std::iter::successors(Some(last), NaiveDate::pred_opt)
                .take(DAYS_BACK)
                .filter(|day| days.contain(*day, workdays))
                .flat_map(|day| times.iter().rev().map(move |time| (day, *time)))
                .filter_map(|(day, time)| firing(days, day, time, zone, workdays))
                .find(|instant| *instant <= at)
        }
        Times::Running(minutes) => Walk { days, minutes, zone, workdays }.backwards(at),
    }
}

/// The instant of a time on a day of the schedule; none on a day that never happened and whose successor fires too.
fn firing(
    days: &Days,
    day: NaiveDate,
    time: NaiveTime,
    zone: Tz,
    workdays: &Workdays,
) -> Option<DateTime<Utc>> {
    let replaced =
        || day.succ_opt().is_some_and(|next| days.contain(next, workdays)) && !day_exists(day, zone);
    if replaced() { None } else { Some(instant_of(day.and_time(time), zone)) }
}

/// A schedule on the running clock: instants are walked minute by minute, days that have nothing to fire are jumped over.
struct Walk<'a> {
    days: &'a Days,
    minutes: &'a [bool],
    zone: Tz,
    workdays: &'a Workdays,
}

impl Walk<'_> {
    fn forwards(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let limit = after.checked_add_signed(TimeDelta::days(DAYS_AHEAD as i64));
        let mut instant = start_of_second(after);
        loop {
            let shown = civil_of(instant, self.zone);
            let to_next_minute = TimeDelta::seconds(60 - i64::from(shown.second()));
            let mut next = instant.checked_add_signed(to_next_minute)?;
            if !self.is_near(shown.date()) {
                let day = std::iter::successors(shown.date().succ_opt(), NaiveDate::succ_opt)
                    .take(DAYS_AHEAD)
                    .find(|day| self.is_near(*day))?;
                next = next.max(day_start(day, self.zone));
            }
            if limit.is_some_and(|limit| next > limit) {
                return None;
            }
            if self.fires(next) {
                return Some(next);
            }
            instant = next;
        }
    }

    fn backwards(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let limit = at.checked_sub_signed(TimeDelta::days(DAYS_BACK as i64));
        let seconds = |instant| TimeDelta::seconds(i64::from(civil_of(instant, self.zone).second()));
        let mut instant = start_of_second(at);
        instant = instant.checked_sub_signed(seconds(instant))?;
        loop {
            if self.fires(instant) {
                return Some(instant);
            }
            let mut before = instant.checked_sub_signed(TimeDelta::seconds(1))?;
            let day = civil_of(instant, self.zone).date();
            if !self.is_near(day) {
                let day = std::iter::successors(day.pred_opt(), NaiveDate::pred_opt)
                    .take(DAYS_BACK)
                    .find(|day| self.is_near(*day))?;
                before = before.min(day_start(day.succ_opt()?, self.zone));
            }
            instant = before.checked_sub_signed(seconds(before))?;
            if limit.is_some_and(|limit| instant < limit) {
                return None;
            }
        }
    }

    /// Fires on this day or on one beside it: clocks set back over midnight mix the minutes of two days.
    fn is_near(&self, day: NaiveDate) -> bool {
        [Some(day), day.pred_opt(), day.succ_opt()]
            .into_iter()
            .flatten()
            .any(|day| self.days.contain(day, self.workdays))
    }

    /// Does the clock show one of the minutes, as it begins?
    fn fires(&self, instant: DateTime<Utc>) -> bool {
        let shown = civil_of(instant, self.zone);
        let minute = (shown.hour() * 60 + shown.minute()) as usize;
        shown.second() == 0
            && self.minutes.get(minute).copied().unwrap_or(false)
            && self.days.contain(shown.date(), self.workdays)
    }
}

fn start_of_second(instant: DateTime<Utc>) -> DateTime<Utc> {
    instant.with_nanosecond(0).unwrap_or(instant)
}

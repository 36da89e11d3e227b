//! Schedules on the running clock (`every 15 minutes`): instants are walked minute by minute, days that have nothing to fire
//! are jumped over. Knows no times of day that fire once.

use super::fired_days::FiredDays;
use super::firing::{DAYS_AHEAD, DAYS_BACK};
use crate::calendar::zone::{civil_of, day_start};
use chrono::{DateTime, NaiveDate, TimeDelta, Timelike as _, Utc};

/// A schedule that fires whenever the clock shows one of its minutes.
pub(super) struct Running<'a> {
    pub(super) days: FiredDays<'a>,
    pub(super) minutes: &'a [bool],
}

impl Running<'_> {
    /// The first firing strictly after an instant.
    pub(super) fn after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let start = self.days.limits.starts.and_then(|day| day.pred_opt());
        let mut instant = start_of_second(after);
        if let Some(start) = start {
            instant = instant.max(day_start(start, self.days.zone));
        }
        let limit = instant.checked_add_signed(TimeDelta::days(DAYS_AHEAD as i64));
        loop {
            let shown = civil_of(instant, self.days.zone);
            let to_next_minute = TimeDelta::seconds(60 - i64::from(shown.second()));
            let mut next = instant.checked_add_signed(to_next_minute)?;
            if !self.is_near(shown.date()) {
                let day = std::iter::successors(shown.date().succ_opt(), NaiveDate::succ_opt)
                    .take(DAYS_AHEAD)
                    .take_while(|day| self.days.limits.ends.is_none_or(|ends| *day <= ends))
                    .find(|day| self.days.contain(*day))?;
                next = next.max(day_start(day.pred_opt()?, self.days.zone));
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

    /// The latest firing at or before an instant.
    pub(super) fn at_or_before(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let seconds = |instant| TimeDelta::seconds(i64::from(civil_of(instant, self.days.zone).second()));
        let end = self.days.limits.ends.and_then(|day| day.checked_add_signed(TimeDelta::days(2)));
        let mut instant = start_of_second(at);
        if let Some(end) = end {
            instant = instant.min(day_start(end, self.days.zone));
        }
        let limit = instant.checked_sub_signed(TimeDelta::days(DAYS_BACK as i64));
        instant = instant.checked_sub_signed(seconds(instant))?;
        loop {
            if self.fires(instant) {
                return Some(instant);
            }
            let mut before = instant.checked_sub_signed(TimeDelta::seconds(1))?;
            let day = civil_of(instant, self.days.zone).date();
            if !self.is_near(day) {
                let day = std::iter::successors(day.pred_opt(), NaiveDate::pred_opt)
                    .take(DAYS_BACK)
                    .take_while(|day| self.days.limits.starts.is_none_or(|starts| *day >= starts))
                    .find(|day| self.days.contain(*day))?;
                // To the end of the day after it.
                let end = day.checked_add_signed(TimeDelta::days(2))?;
                before = before.min(day_start(end, self.days.zone));
            }
            instant = before.checked_sub_signed(seconds(before))?;
            if limit.is_some_and(|limit| instant < limit) {
                return None;
            }
        }
    }

    /// Fires on this day or on one beside it: clocks set back over midnight mix the minutes of two days.
    fn is_near(&self, day: NaiveDate) -> bool {
        [Some(day), day.pred_opt(), day.succ_opt()].into_iter().flatten().any(|day| self.days.contain(day))
    }

    /// Does the clock show one of the minutes, as it begins?
    fn fires(&self, instant: DateTime<Utc>) -> bool {
        let shown = civil_of(instant, self.days.zone);
        let minute = (shown.hour() * 60 + shown.minute()) as usize;
        shown.second() == 0
            && self.minutes.get(minute).copied().unwrap_or(false)
            && self.days.contain(shown.date())
    }
}

fn start_of_second(instant: DateTime<Utc>) -> DateTime<Utc> {
    instant.with_nanosecond(0).unwrap_or(instant)
}

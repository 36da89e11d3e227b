//! How a year, a week and a day of work go: how much is planned for a day, and at which hours.

use super::dice::Dice;
use super::plan::{DAYS, DAYS_AHEAD, Plan};
use crate::calendar::{Workdays, WorkdaysError, instant_of};
use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;

/// Where the company works.
pub(super) const ZONE: Tz = chrono_tz::America::Bogota;

const HOLIDAYS: &str = include_str!("../../templates/holidays-co.ics");

/// The days with data and those planned ahead, and how much work each holds.
pub(super) struct Rhythm {
    pub(super) first_day: NaiveDate,
    workdays: Workdays,
    weights: Vec<u32>,
    tasks: usize,
}

impl Rhythm {
    /// # Errors
    /// The shipped holidays cannot be read.
    pub(super) fn new(plan: &Plan) -> Result<Self, WorkdaysError> {
        let workdays = Workdays::parse("mon-sat")?.with_holidays_ics(HOLIDAYS)?;
        let first_day = plan.today - TimeDelta::days(DAYS as i64);
        let mut rhythm = Self { first_day, workdays, weights: Vec::new(), tasks: plan.tasks };
        rhythm.weights = (0..DAYS + DAYS_AHEAD).map(|day| rhythm.weight(day)).collect();
        Ok(rhythm)
    }

    /// The civil day of a position; positions from [`DAYS`] on are in the future.
    pub(super) fn date(&self, day: usize) -> NaiveDate {
        self.first_day + TimeDelta::days(day as i64)
    }

    pub(super) fn is_workday(&self, day: usize) -> bool {
        self.workdays.is_workday(self.date(day))
    }

    /// The first business day from this one on.
    pub(super) fn workday_from(&self, day: usize) -> usize {
        (day..day + 14).find(|day| self.is_workday(*day)).unwrap_or(day)
    }

    /// The latest business day before this one.
    pub(super) fn workday_before(&self, day: usize) -> usize {
        (0..day).rev().find(|day| self.is_workday(*day)).unwrap_or(0)
    }

    /// How much work a day holds. Of the days ahead only a part is planned yet, the farther the less.
    fn weight(&self, day: usize) -> u32 {
        let grown = self.weight_of(self.date(day));
        match day.checked_sub(DAYS) {
            None => grown,
            Some(ahead) => grown * [95, 72, 52, 36, 22, 12][ahead.min(DAYS_AHEAD - 1)] / 100,
        }
    }

    /// How much work a day holds once all of it is planned: little on a Saturday, next to none on Sundays and holidays, and a tenth
    /// more at the end of the sixteen weeks than at their start.
    fn weight_of(&self, date: NaiveDate) -> u32 {
        let of_week = match date.weekday() {
            _ if self.workdays.is_holiday(date) => 25,
            Weekday::Mon => 980,
            Weekday::Tue => 1_070,
            Weekday::Wed => 1_050,
            Weekday::Thu => 1_040,
            Weekday::Fri => 940,
            Weekday::Sat => 420,
            Weekday::Sun => 22,
        };
        let day = (date - self.first_day).num_days().clamp(0, DAYS as i64) as u32;
        of_week * (1_000 + 100 * day / DAYS as u32) / 1_000
    }

    /// How much work the days from one up to another hold, the second excluded, once all of it is planned.
    pub(super) fn work(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        from.iter_days().take_while(|date| *date < to).map(|date| i64::from(self.weight_of(date))).sum()
    }

    /// How many tasks are planned for a day.
    pub(super) fn planned(&self, day: usize) -> u64 {
        // What is rescheduled is planned a second time: some three in a hundred.
        let tasks = self.tasks as u64 * 97 / 100;
        let total: u64 = self.weights.iter().map(|weight| u64::from(*weight)).sum();
        // Differences of a running total: the days add up to it whatever their size.
        let before: u64 = self.weights[..day].iter().map(|weight| u64::from(*weight)).sum();
        (before + u64::from(self.weights[day])) * tasks / total - before * tasks / total
    }

    /// The instant of a minute of a civil day.
    pub(super) fn instant(&self, day: usize, minute: i64) -> DateTime<Utc> {
        instant_of(self.date(day).and_time(NaiveTime::MIN), ZONE) + TimeDelta::minutes(minute)
    }
}

/// Work by hour of the day from 7:00: a long morning, a thin noon, an afternoon that fades.
const HOURS: [u32; 12] = [2, 8, 12, 12, 10, 5, 5, 10, 10, 8, 4, 1];

/// Half a day of it on Saturdays.
const HOURS_SATURDAY: [u32; 7] = [1, 8, 12, 12, 9, 5, 2];

/// Minutes of the day for `count` tasks, in order: spread over the hours of work, each with some play, at whole five minutes.
pub(super) fn minutes_of_day(count: usize, weekday: Weekday, dice: &mut Dice) -> Vec<i64> {
    let hours: &[u32] = if weekday == Weekday::Sat { &HOURS_SATURDAY } else { &HOURS };
    let total: u32 = hours.iter().sum();
    (0..count)
        .map(|index| {
            // A place on the axis of work, in thousandths of a unit of weight.
            let mut place = (index as u32 * 1_000 + dice.below(1_000)) * total / count as u32;
            let mut start = 7 * 60;
            for weight in hours {
                if place < weight * 1_000 {
                    let minute = start + place * 60 / (weight * 1_000);
                    return i64::from(minute / 5 * 5);
                }
                place -= weight * 1_000;
                start += 60;
            }
            i64::from(start - 5)
        })
        .collect()
}

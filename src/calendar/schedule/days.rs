//! Which civil days a schedule fires on; knows no time of day and no zone.

use crate::calendar::Workdays;
use chrono::{Datelike as _, NaiveDate, Weekday};
use croner::CronPattern;

/// The civil days of a schedule.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Days {
    /// Each one.
    Every,
    /// These days of the week, from Monday.
    Weekdays([bool; 7]),
    /// Business days.
    Workdays,
    /// This day of each month, or its last if it is shorter.
    OfMonth(u32),
    /// The last day of each month.
    LastOfMonth,
    /// The first business day of each month.
    FirstWorkday,
    /// The last business day of each month.
    LastWorkday,
    /// A day of the week in its nth week of the month, from 1.
    Nth(u32, Weekday),
    /// The last such day of the week of the month.
    LastWeekday(Weekday),
    /// This day of each quarter's first month, or its last if it is shorter.
    OfQuarter(u32),
    /// The days of cron text.
    Cron(Box<CronPattern>),
}

impl Days {
    /// Does the schedule fire on this day?
    pub(super) fn contain(&self, day: NaiveDate, workdays: &Workdays) -> bool {
        let last = || u32::from(day.num_days_in_month());
        match self {
            Self::Every => true,
            Self::Weekdays(days) => days[day.weekday().num_days_from_monday() as usize],
            Self::Workdays => workdays.is_workday(day),
            Self::OfMonth(number) => day.day() == (*number).min(last()),
            Self::LastOfMonth => day.day() == last(),
            Self::FirstWorkday => is_only_workday(day, 1..=day.day(), workdays),
            Self::LastWorkday => is_only_workday(day, day.day()..=last(), workdays),
            Self::Nth(number, weekday) => day.weekday() == *weekday && day.day().div_ceil(7) == *number,
            Self::LastWeekday(weekday) => day.weekday() == *weekday && day.day() + 7 > last(),
            Self::OfQuarter(number) => day.month0().is_multiple_of(3) && day.day() == (*number).min(last()),
            Self::Cron(pattern) => {
                let weekday = croner::Weekday::from_days_from_sunday(day.weekday().num_days_from_sunday());
                // Both refuse only dates that do not exist; these come from a calendar.
                pattern.month_match(day.month()).unwrap_or(false)
                    && pattern.day_match(day.year(), day.month(), day.day(), weekday).unwrap_or(false)
            }
        }
    }

    /// The day of the month asked for, where this day stands in for it at the end of a shorter month.
    pub(super) fn missing_from_month(&self, day: NaiveDate) -> Option<u32> {
        match self {
            Self::OfMonth(number) | Self::OfQuarter(number) => {
                Some(*number).filter(|number| *number > u32::from(day.num_days_in_month()))
            }
            _ => None,
        }
    }
}

/// Is `day` the one business day among these days of its month?
fn is_only_workday(day: NaiveDate, numbers: std::ops::RangeInclusive<u32>, workdays: &Workdays) -> bool {
    workdays.is_workday(day)
        && numbers
            .filter_map(|number| day.with_day(number))
            .all(|other| other == day || !workdays.is_workday(other))
}

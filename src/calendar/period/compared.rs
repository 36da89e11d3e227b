//! The periods that a period is compared with: the one before it, and the same one a year before. What has elapsed of a
//! unit is compared with as much of the other one.

use super::{Basis, Period, Unit, latest_day_before};
use crate::calendar::zone::day_exists;
use chrono::{Months, NaiveDate, TimeDelta};

/// Weeks are compared with those so many days before, so that weekdays stay what they are.
const YEAR_OF_WEEKS: TimeDelta = TimeDelta::weeks(52);

/// What a period is, to name what it is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Exactly one calendar unit.
    Unit(Unit),
    /// A business day.
    Workday,
    /// The elapsed days of a unit.
    ToDate(Unit),
    /// So many days.
    Days(i64),
}

impl Period {
    /// What this period is.
    ///
    /// ```
    /// use parte::calendar::{Period, Shape, Unit};
    /// let shape = |text| Period::parse(text, chrono_tz::UTC).map(|period| period.shape());
    /// assert_eq!(shape("2026-10-01..2026-11-01"), Ok(Shape::Unit(Unit::Month)));
    /// assert_eq!(shape("2026-10-01..2026-10-11"), Ok(Shape::Days(10)));
    /// ```
    #[must_use]
    pub fn shape(&self) -> Shape {
        match (self.basis, self.unit) {
            (Basis::Workday { .. }, _) => Shape::Workday,
            (Basis::ToDate(unit), _) => Shape::ToDate(unit),
            (Basis::Calendar, Some(unit)) => Shape::Unit(unit),
            (Basis::Calendar, None) => Shape::Days((self.to - self.from).num_days()),
        }
    }

    /// The equal period before this one.
    ///
    /// | this period | compared with |
    /// |---|---|
    /// | exactly one calendar unit | the unit before |
    /// | a business day (`previous workday`) | the business day before it |
    /// | a unit to date | as many days of the unit before, at most all of it |
    /// | any other days | as many days before |
    ///
    /// ```
    /// use parte::calendar::{PeriodRule, Workdays};
    /// let (zone, workdays) = (chrono_tz::America::Bogota, Workdays::monday_to_friday());
    /// let monday = "2026-11-23T12:00:00Z".parse().unwrap();
    /// let bounds = |rule: &str| {
    ///     let period = PeriodRule::parse(rule).unwrap().at(monday, zone, chrono::Weekday::Mon, &workdays, None);
    ///     let previous = period.previous();
    ///     format!("{}..{} after {}..{}", period.from(), period.to(), previous.from(), previous.to())
    /// };
    /// assert_eq!(bounds("previous month"), "2026-10-01..2026-11-01 after 2026-09-01..2026-10-01");
    /// assert_eq!(bounds("previous workday"), "2026-11-20..2026-11-21 after 2026-11-19..2026-11-20");
    /// assert_eq!(bounds("month to date"), "2026-11-01..2026-11-23 after 2026-10-01..2026-10-23");
    /// assert_eq!(bounds("previous 7 days"), "2026-11-16..2026-11-23 after 2026-11-09..2026-11-16");
    /// ```
    #[must_use]
    pub fn previous(&self) -> Period {
        let length = self.to - self.from;
        match (self.basis, self.unit) {
            (Basis::Workday { before }, _) => Self::day(before, self.zone),
            (Basis::ToDate(unit), _) => self.as_much_from(unit.start_before(self.from), unit),
            (Basis::Calendar, Some(Unit::Day)) => self.one_day(latest_day_before(self.from, self.zone)),
            (Basis::Calendar, Some(unit)) => {
                Self::clamped(unit.start_before(self.from), self.from, self.zone, self.unit, self.basis)
            }
            (Basis::Calendar, None) => {
                let from = self.from.checked_sub_signed(length).unwrap_or(NaiveDate::MIN);
                Self::clamped(from, self.from, self.zone, None, self.basis)
            }
        }
    }

    /// The same period a year before.
    ///
    /// | this period | compared with |
    /// |---|---|
    /// | a month, quarter or year | the same one of the year before |
    /// | a week | the week 52 weeks before, so that weekdays match |
    /// | a business day (`previous workday`) | the day 52 weeks before, the same day of the week |
    /// | a month, quarter or year to date | as many days of the same one of the year before, at most all of it |
    /// | a week to date | the same days 52 weeks before |
    /// | any other days | the same dates of the year before; 29 February becomes 28 |
    ///
    /// ```
    /// use parte::calendar::{PeriodRule, Workdays};
    /// let (zone, workdays) = (chrono_tz::America::Bogota, Workdays::monday_to_friday());
    /// let monday = "2026-11-23T12:00:00Z".parse().unwrap();
    /// let bounds = |rule: &str| {
    ///     let period = PeriodRule::parse(rule).unwrap().at(monday, zone, chrono::Weekday::Mon, &workdays, None);
    ///     let year = period.year_before();
    ///     format!("{}..{} and {}..{}", period.from(), period.to(), year.from(), year.to())
    /// };
    /// assert_eq!(bounds("previous month"), "2026-10-01..2026-11-01 and 2025-10-01..2025-11-01");
    /// assert_eq!(bounds("previous week"), "2026-11-16..2026-11-23 and 2025-11-17..2025-11-24");
    /// assert_eq!(bounds("month to date"), "2026-11-01..2026-11-23 and 2025-11-01..2025-11-23");
    /// assert_eq!(bounds("previous 7 days"), "2026-11-16..2026-11-23 and 2025-11-16..2025-11-23");
    /// ```
    #[must_use]
    pub fn year_before(&self) -> Period {
        let weeks_before = |day: NaiveDate| day.checked_sub_signed(YEAR_OF_WEEKS).unwrap_or(NaiveDate::MIN);
        let shifted = |unit, basis| {
            Self::clamped(weeks_before(self.from), weeks_before(self.to), self.zone, unit, basis)
        };
        match (self.basis, self.unit) {
            // Whether that day was worked is not known here; its weekday is the same at least.
            (Basis::Workday { .. }, _) => {
                let day = weeks_before(self.from);
                Self::day(
                    if day_exists(day, self.zone) { day } else { latest_day_before(day, self.zone) },
                    self.zone,
                )
            }
            (Basis::ToDate(Unit::Week), _) | (Basis::Calendar, Some(Unit::Week)) => {
                shifted(self.unit, self.basis)
            }
            (Basis::ToDate(unit), _) => self.as_much_from(same_date_a_year_before(self.from), unit),
            (Basis::Calendar, Some(unit @ (Unit::Month | Unit::Quarter | Unit::Year))) => {
                let from = same_date_a_year_before(self.from);
                Self::clamped(from, unit.start_after(from), self.zone, self.unit, self.basis)
            }
            (Basis::Calendar, Some(Unit::Day)) => {
                let day = same_date_a_year_before(self.from);
                self.one_day(if day_exists(day, self.zone) { day } else { latest_day_before(day, self.zone) })
            }
            (Basis::Calendar, None) => {
                // By its last day, not by the one after it: the 29th of February ends with the 28th.
                let last = same_date_a_year_before(self.last());
                let to = last.succ_opt().unwrap_or(last);
                Self::clamped(same_date_a_year_before(self.from), to, self.zone, None, self.basis)
            }
        }
    }

    /// As many days as this one has, from the first of another unit, at most to that unit's end.
    fn as_much_from(&self, first: NaiveDate, unit: Unit) -> Period {
        let to = first.checked_add_signed(self.to - self.from).unwrap_or(self.from);
        Self::clamped(first, to.min(unit.start_after(first)), self.zone, None, self.basis)
    }

    fn one_day(&self, day: NaiveDate) -> Period {
        Self { unit: Some(Unit::Day), ..Self::day(day, self.zone) }
    }
}

/// The same day and month of the year before; 29 February becomes 28.
fn same_date_a_year_before(day: NaiveDate) -> NaiveDate {
    day.checked_sub_months(Months::new(12)).unwrap_or(NaiveDate::MIN)
}

//! Calendar units and their bounds in civil days; knows no zone and no instant.

use chrono::{Datelike as _, Months, NaiveDate, TimeDelta, Weekday};

/// A calendar unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// One civil day (23, 24 or 25 hours).
    Day,
    /// Seven civil days from the report's first day of the week.
    Week,
    /// A calendar month.
    Month,
    /// Three calendar months.
    Quarter,
    /// A calendar year.
    Year,
}

impl std::fmt::Display for Unit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

impl Unit {
    pub(super) const ALL: [Self; 5] = [Self::Day, Self::Week, Self::Month, Self::Quarter, Self::Year];

    /// Its word in definitions.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// First day of the unit that `day` lies in.
    pub(super) fn start_of(self, day: NaiveDate, week_start: Weekday) -> NaiveDate {
        let first = match self {
            Self::Day => Some(day),
            Self::Week => {
                day.checked_sub_signed(TimeDelta::days(i64::from(day.weekday().days_since(week_start))))
            }
            Self::Month => day.with_day(1),
            Self::Quarter => NaiveDate::from_ymd_opt(day.year(), day.month0() / 3 * 3 + 1, 1),
            Self::Year => NaiveDate::from_ymd_opt(day.year(), 1, 1),
        };
        first.unwrap_or(NaiveDate::MIN)
    }

    /// First day of the unit before the one that starts on `first`.
    pub(super) fn start_before(self, first: NaiveDate) -> NaiveDate {
        let before = match self {
            Self::Day => first.pred_opt(),
            Self::Week => first.checked_sub_signed(TimeDelta::days(7)),
            _ => first.checked_sub_months(Months::new(self.months())),
        };
        before.unwrap_or(NaiveDate::MIN)
    }

    /// First day of the unit after the one that starts on `first`.
    pub(super) fn start_after(self, first: NaiveDate) -> NaiveDate {
        let after = match self {
            Self::Day => first.succ_opt(),
            Self::Week => first.checked_add_signed(TimeDelta::days(7)),
            _ => first.checked_add_months(Months::new(self.months())),
        };
        after.unwrap_or(NaiveDate::MAX)
    }

    /// Are the days `[from, to)` one of this unit? Weeks may start on any day.
    pub(super) fn is_exactly(self, from: NaiveDate, to: NaiveDate) -> bool {
        match self {
            Self::Day => from.succ_opt() == Some(to),
            Self::Week => from.checked_add_signed(TimeDelta::days(7)) == Some(to),
            _ => {
                self.start_of(from, Weekday::Mon) == from
                    && from.checked_add_months(Months::new(self.months())) == Some(to)
            }
        }
    }

    /// The unit that the days `[from, to)` are exactly one of.
    pub(super) fn of(from: NaiveDate, to: NaiveDate, week_start: Weekday) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|unit| unit.is_exactly(from, to) && (*unit != Self::Week || from.weekday() == week_start))
    }

    /// Months in it; none for the units that are counted in days.
    fn months(self) -> u32 {
        match self {
            Self::Day | Self::Week => 0,
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        }
    }
}

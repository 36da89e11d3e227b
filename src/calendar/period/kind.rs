//! What a period is among those that it may be held against over years: periods of one kind follow each other at the same distance.

use super::{Period, Shape, Unit};
use chrono::{Datelike as _, NaiveDate, TimeDelta, Weekday};
use std::fmt::{Display, Formatter};

/// Periods that may be compared over years.
///
/// ```
/// use parte::calendar::{Period, PeriodKind};
/// let kind = |text| PeriodKind::of(&Period::parse(text, chrono_tz::UTC).unwrap());
/// assert_eq!(kind("2026-03-02..2026-03-03"), Some(PeriodKind::Day(chrono::Weekday::Mon)));
/// assert_eq!(kind("2026-03-02..2026-03-09").unwrap().to_string(), "week.1");
/// assert_eq!(kind("2026-03-01..2026-04-01"), Some(PeriodKind::Month));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodKind {
    /// A day, business day or not, of this day of the week: a Saturday says nothing about Mondays.
    Day(Weekday),
    /// A week that begins on this day.
    Week(Weekday),
    /// A calendar month.
    Month,
    /// Three calendar months.
    Quarter,
    /// A calendar year.
    Year,
    /// So many days, two or more, that are none of these.
    Days(i64),
}

impl PeriodKind {
    /// What a period is. `None`: the elapsed part of a unit, of which each has another length.
    #[must_use]
    pub fn of(period: &Period) -> Option<Self> {
        let first = period.from().weekday();
        Some(match period.shape() {
            Shape::Workday | Shape::Unit(Unit::Day) | Shape::Days(1) => Self::Day(first),
            Shape::Unit(Unit::Week) => Self::Week(first),
            Shape::Unit(Unit::Month) => Self::Month,
            Shape::Unit(Unit::Quarter) => Self::Quarter,
            Shape::Unit(Unit::Year) => Self::Year,
            Shape::Days(days) => Self::Days(days),
            Shape::ToDate(_) => return None,
        })
    }

    /// First day of the period of this kind before the one that begins with `first`; `None` at the end of time.
    #[must_use]
    pub fn before(self, first: NaiveDate) -> Option<NaiveDate> {
        let days = |days| first.checked_sub_signed(TimeDelta::days(days));
        let before = match self {
            Self::Day(_) | Self::Week(_) => days(7)?,
            Self::Days(length) => days(length)?,
            Self::Month => Unit::Month.start_before(first),
            Self::Quarter => Unit::Quarter.start_before(first),
            Self::Year => Unit::Year.start_before(first),
        };
        Some(before).filter(|before| *before < first)
    }

    /// Last day of the period of this kind that begins with `first`.
    #[must_use]
    pub fn last(self, first: NaiveDate) -> NaiveDate {
        let after = match self {
            Self::Day(_) => return first,
            Self::Week(_) => first.checked_add_signed(TimeDelta::days(7)),
            Self::Days(length) => first.checked_add_signed(TimeDelta::days(length)),
            Self::Month => Some(Unit::Month.start_after(first)),
            Self::Quarter => Some(Unit::Quarter.start_after(first)),
            Self::Year => Some(Unit::Year.start_after(first)),
        };
        after.and_then(|after| after.pred_opt()).unwrap_or(first)
    }
}

impl Display for PeriodKind {
    /// A word that stays the same: `day.1` is a Monday, `week.7` a week from Sunday, `days.10` ten days.
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Day(weekday) => write!(f, "day.{}", weekday.number_from_monday()),
            Self::Week(weekday) => write!(f, "week.{}", weekday.number_from_monday()),
            Self::Month => f.write_str("month"),
            Self::Quarter => f.write_str("quarter"),
            Self::Year => f.write_str("year"),
            Self::Days(days) => write!(f, "days.{days}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::PeriodRule;
    use super::*;
    use crate::calendar::Workdays;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn a_business_day_is_held_against_its_own_day_of_the_week_and_what_has_only_elapsed_against_nothing() {
        let workdays = Workdays::monday_to_friday();
        let at = "2026-11-24T12:00:00Z".parse().expect("an instant");
        let kind = |rule: &str| {
            let rule = PeriodRule::parse(rule).expect("a rule");
            PeriodKind::of(&rule.at(at, chrono_tz::America::Bogota, Weekday::Sun, &workdays, None))
        };
        assert_eq!(kind("previous workday"), Some(PeriodKind::Day(Weekday::Mon)));
        assert_eq!(kind("previous day"), kind("previous workday"));
        assert_eq!(kind("previous week"), Some(PeriodKind::Week(Weekday::Sun)));
        assert_eq!(kind("previous 10 days"), Some(PeriodKind::Days(10)));
        for rule in ["week to date", "month to date", "quarter to date", "year to date"] {
            assert_eq!(kind(rule), None, "{rule}");
        }
    }

    #[test]
    fn periods_of_a_kind_follow_each_other() {
        for (kind, first, before, last) in [
            (PeriodKind::Day(Weekday::Mon), "2026-03-09", "2026-03-02", "2026-03-09"),
            (PeriodKind::Week(Weekday::Mon), "2026-03-09", "2026-03-02", "2026-03-15"),
            (PeriodKind::Month, "2024-03-01", "2024-02-01", "2024-03-31"),
            (PeriodKind::Quarter, "2026-01-01", "2025-10-01", "2026-03-31"),
            (PeriodKind::Year, "2026-01-01", "2025-01-01", "2026-12-31"),
            (PeriodKind::Days(10), "2026-03-11", "2026-03-01", "2026-03-20"),
        ] {
            assert_eq!(
                (kind.before(day(first)), kind.last(day(first))),
                (Some(day(before)), day(last)),
                "{kind}"
            );
        }
        assert_eq!(PeriodKind::Year.before(NaiveDate::MIN), None, "the end of time");
    }
}

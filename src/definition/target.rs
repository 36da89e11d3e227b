//! What a metric is to reach: one number for all periods, or one for each kind of period. Never: what part of it was reached.

use crate::calendar::{Period, Shape, Unit};

/// What a metric is to reach, in its own unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// The same for every period.
    Always(f64),
    /// By what the period is.
    ByPeriod(ByPeriod),
}

/// A number for each kind of period that has one.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ByPeriod {
    /// Of a day, a business day too.
    pub day: Option<f64>,
    /// Of a week.
    pub week: Option<f64>,
    /// Of a calendar month.
    pub month: Option<f64>,
    /// Of a quarter.
    pub quarter: Option<f64>,
    /// Of a year.
    pub year: Option<f64>,
}

impl ByPeriod {
    /// The kinds of periods in their order, each with its number.
    #[must_use]
    pub fn all(&self) -> [(&'static str, Option<f64>); 5] {
        [
            ("day", self.day),
            ("week", self.week),
            ("month", self.month),
            ("quarter", self.quarter),
            ("year", self.year),
        ]
    }

    fn of(&self, unit: Unit) -> Option<f64> {
        match unit {
            Unit::Day => self.day,
            Unit::Week => self.week,
            Unit::Month => self.month,
            Unit::Quarter => self.quarter,
            Unit::Year => self.year,
        }
    }
}

impl Target {
    /// What is to be reached in a period; `None`: there is no target for such a period. The elapsed part of a month is no month: what
    /// is to be reached in all of it says nothing about a part.
    ///
    /// ```
    /// use parte::calendar::Period;
    /// use parte::definition::{ByPeriod, Target};
    /// let target = Target::ByPeriod(ByPeriod { day: Some(20.0), month: Some(430.0), ..ByPeriod::default() });
    /// let of = |text| Period::parse(text, chrono_tz::UTC).map(|period| target.of(&period));
    /// assert_eq!(of("2026-03-01..2026-04-01"), Ok(Some(430.0)));
    /// assert_eq!(of("2026-03-02..2026-03-03"), Ok(Some(20.0)));
    /// assert_eq!(of("2026-03-02..2026-03-09"), Ok(None));
    /// ```
    #[must_use]
    pub fn of(&self, period: &Period) -> Option<f64> {
        match self {
            Self::Always(number) => Some(*number),
            Self::ByPeriod(by) => match period.shape() {
                Shape::Unit(unit) => by.of(unit),
                Shape::Workday | Shape::Days(1) => by.day,
                Shape::ToDate(_) | Shape::Days(_) => None,
            },
        }
    }
}

/// `0.85`, or `day 20, week 100`.
impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Always(number) => write!(f, "{number}"),
            Self::ByPeriod(by) => {
                let said: Vec<String> = by
                    .all()
                    .into_iter()
                    .filter_map(|(kind, number)| number.map(|number| format!("{kind} {number}")))
                    .collect();
                f.write_str(&said.join(", "))
            }
        }
    }
}

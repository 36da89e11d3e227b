//! What a metric is to reach: one number for all periods, one for each kind of period, or what rows of the source say. Never: what part
//! of it was reached, or which row holds (that is `metrics`).

use crate::calendar::{Period, Shape, Unit};

/// What a metric is to reach, in its own unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// The same for every period.
    Always(f64),
    /// By what the period is.
    ByPeriod(ByPeriod),
    /// By group and period, as rows of the frame `targets` say.
    FromTable(ElseTarget),
}

/// What holds where rows of the source say nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ElseTarget {
    /// There is no target then.
    Nothing,
    /// One number for every period.
    Always(f64),
    /// A number by what the period is.
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

    fn of(&self, period: &Period) -> Option<f64> {
        match unit_of(period)? {
            Unit::Day => self.day,
            Unit::Week => self.week,
            Unit::Month => self.month,
            Unit::Quarter => self.quarter,
            Unit::Year => self.year,
        }
    }
}

/// Which whole unit a period is, as targets see it: a business day is a day, and the elapsed part of a month is no month, because what
/// is to be reached in all of it says nothing about a part.
#[must_use]
pub fn unit_of(period: &Period) -> Option<Unit> {
    match period.shape() {
        Shape::Unit(unit) => Some(unit),
        Shape::Workday | Shape::Days(1) => Some(Unit::Day),
        Shape::ToDate(_) | Shape::Days(_) => None,
    }
}

impl Target {
    /// Is it said by rows of the source?
    #[must_use]
    pub fn is_from_table(&self) -> bool {
        matches!(self, Self::FromTable(_))
    }

    /// What the definition itself says is to be reached in a period; `None`: nothing for such a period.
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
            Self::Always(number) | Self::FromTable(ElseTarget::Always(number)) => Some(*number),
            Self::ByPeriod(by) | Self::FromTable(ElseTarget::ByPeriod(by)) => by.of(period),
            Self::FromTable(ElseTarget::Nothing) => None,
        }
    }
}

impl std::fmt::Display for ByPeriod {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let said = self.all().into_iter().filter_map(|(kind, number)| Some(format!("{kind} {}", number?)));
        f.write_str(&said.collect::<Vec<_>>().join(", "))
    }
}

/// `0.85`, `day 20, week 100`, or `from targets, otherwise 0.85`.
impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Always(number) => write!(f, "{number}"),
            Self::ByPeriod(by) => by.fmt(f),
            Self::FromTable(ElseTarget::Nothing) => f.write_str("from targets"),
            Self::FromTable(ElseTarget::Always(number)) => write!(f, "from targets, otherwise {number}"),
            Self::FromTable(ElseTarget::ByPeriod(by)) => write!(f, "from targets, otherwise {by}"),
        }
    }
}

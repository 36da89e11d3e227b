//! Periods: half-open runs of civil days in a zone. The rules that derive one from an instant are in `rule`.

mod compared;
mod kind;
mod rule;
mod unit;

pub use compared::Shape;
pub use kind::PeriodKind;
pub use rule::PeriodRule;
pub use unit::Unit;

use super::zone::{day_exists, day_start};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

/// Half-open civil days `[from, to)` in a zone.
///
/// A civil day has 23, 24 or 25 hours; a period has as many as its days have.
///
/// ```
/// use parte::calendar::Period;
/// let march = Period::parse("2026-03-01..2026-04-01", chrono_tz::Europe::London)?;
/// assert_eq!((march.end() - march.start()).num_hours(), 31 * 24 - 1); // the clocks went forward
/// assert_eq!(march.previous().from().to_string(), "2026-02-01"); // a whole month: the month before
/// # Ok::<(), parte::calendar::PeriodError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    from: NaiveDate,
    to: NaiveDate,
    zone: Tz,
    unit: Option<Unit>,
    basis: Basis,
}

/// How a period was derived, as far as what it is compared with needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Basis {
    /// The unit before when it is one, else as many days before.
    Calendar,
    /// One business day; this was the business day before it.
    Workday {
        /// The business day before.
        before: NaiveDate,
    },
    /// The elapsed days of this unit: compared with as many days of the unit before.
    ToDate(Unit),
}

/// Why a text is not a period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct PeriodError {
    /// What is wrong, as a lower-case fragment.
    pub what: String,
    /// What to write instead.
    pub hint: String,
}

impl Period {
    /// Reads `A..B` (two dates, the second excluded).
    ///
    /// Dates that bound exactly one day, week from Monday, month, quarter or year give a period of that unit, so that a
    /// period asked for by its dates is compared with the same one as when its schedule asks for it.
    ///
    /// ```
    /// use parte::calendar::{Period, Unit};
    /// let zone = chrono_tz::America::Bogota;
    /// let october = Period::parse("2026-10-01..2026-11-01", zone)?;
    /// assert_eq!(october.unit(), Some(Unit::Month));
    /// assert_eq!(october.last().to_string(), "2026-10-31");
    /// assert!(Period::parse("2026-11-01..2026-10-01", zone).is_err());
    /// # Ok::<(), parte::calendar::PeriodError>(())
    /// ```
    ///
    /// # Errors
    /// The text is not two dates, or the second is not after the first.
    pub fn parse(text: &str, zone: Tz) -> Result<Self, PeriodError> {
        let (from, to) = rule::two_dates(text)?;
        Self::of_days(from, to, zone)
    }

    /// The days `[from, to)`, as [`Period::parse`] takes them: a period of the unit that they are exactly one of.
    ///
    /// # Errors
    /// `to` is not after `from`.
    pub fn of_days(from: NaiveDate, to: NaiveDate, zone: Tz) -> Result<Self, PeriodError> {
        Self::new(from, to, zone, Unit::of(from, to, chrono::Weekday::Mon))
    }

    /// A period of civil days; `unit` tells that it is exactly one calendar unit. Refused when empty or reversed.
    ///
    /// # Errors
    /// `to` is not after `from`, or the days are not exactly one `unit`.
    pub fn new(from: NaiveDate, to: NaiveDate, zone: Tz, unit: Option<Unit>) -> Result<Self, PeriodError> {
        if to <= from {
            return Err(PeriodError {
                what: format!(
                    "the period from {from} to {to} is {}",
                    if to == from { "empty" } else { "reversed" }
                ),
                hint: format!(
                    "write the first day and the day after the last: {}..{}",
                    to.min(from),
                    to.max(from).succ_opt().unwrap_or(from)
                ),
            });
        }
        if let Some(unit) = unit
            && !unit.is_exactly(from, to)
        {
            return Err(PeriodError {
                what: format!("the days from {from} to {to} (excluded) are not exactly one {unit}"),
                hint: format!("give the bounds of one {unit}, or no unit"),
            });
        }
        if day_start(from, zone) >= day_start(to, zone) {
            return Err(PeriodError {
                what: format!("{from} never happened in {zone}: its clocks skipped the whole day"),
                hint: "choose the day before or after".into(),
            });
        }
        Ok(Self { from, to, zone, unit, basis: Basis::Calendar })
    }

    /// First civil day.
    #[must_use]
    pub fn from(&self) -> NaiveDate {
        self.from
    }
    /// The civil day after the last one.
    #[must_use]
    pub fn to(&self) -> NaiveDate {
        self.to
    }
    /// Last civil day that belongs to the period.
    #[must_use]
    pub fn last(&self) -> NaiveDate {
        self.to.pred_opt().unwrap_or(self.to)
    }
    /// The zone whose civil days these are.
    #[must_use]
    pub fn zone(&self) -> Tz {
        self.zone
    }
    /// The calendar unit this period is exactly one of, when it is.
    #[must_use]
    pub fn unit(&self) -> Option<Unit> {
        self.unit
    }
    /// First instant.
    #[must_use]
    pub fn start(&self) -> DateTime<Utc> {
        day_start(self.from, self.zone)
    }
    /// First instant after the period.
    #[must_use]
    pub fn end(&self) -> DateTime<Utc> {
        day_start(self.to, self.zone)
    }
    /// Its civil days in order.
    pub fn days(&self) -> impl Iterator<Item = NaiveDate> + use<> {
        let (from, to) = (self.from, self.to);
        from.iter_days().take_while(move |day| *day < to)
    }

    /// One civil day, named no unit.
    fn day(day: NaiveDate, zone: Tz) -> Self {
        Self::clamped(day, day.succ_opt().unwrap_or(day), zone, None, Basis::Calendar)
    }

    /// A period of computed bounds; at the ends of chrono's range, where they may meet, the one day that is there.
    fn clamped(from: NaiveDate, to: NaiveDate, zone: Tz, unit: Option<Unit>, basis: Basis) -> Self {
        if from < to {
            return Self { from, to, zone, unit, basis };
        }
        let to = from.succ_opt().unwrap_or(NaiveDate::MAX);
        Self { from: to.checked_sub_signed(TimeDelta::days(1)).unwrap_or(from), to, zone, unit: None, basis }
    }
}

/// The latest civil day before this one that happened in the zone.
fn latest_day_before(day: NaiveDate, zone: Tz) -> NaiveDate {
    let mut before = day.pred_opt().unwrap_or(day);
    while !day_exists(before, zone) {
        match before.pred_opt() {
            Some(earlier) => before = earlier,
            None => break,
        }
    }
    before
}

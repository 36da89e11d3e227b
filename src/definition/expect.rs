//! `[report.expect]`: what must be true of a report's data before it is sent, and what becomes of the run when it is not.

use std::time::Duration;

/// What is expected of the data of each run.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectations {
    /// The newest row is no older than this when the run is due.
    pub fresh: Option<Duration>,
    /// Least and most rows of the period.
    pub rows: RowBounds,
    /// Rows of the period lie within this part and this multiple of the usual.
    pub volume: Option<f64>,
    /// The identities that are checked in each run hold.
    pub identities: bool,
    /// What becomes of the run when something is not met.
    pub otherwise: Otherwise,
    /// So long after it was due, a run waits for data that may still come.
    pub wait: Option<Duration>,
}

/// Bounds of a number of rows; both belong to what is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RowBounds {
    /// No fewer.
    pub min: Option<u64>,
    /// No more.
    pub max: Option<u64>,
}

/// What becomes of a run whose data are not as expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Otherwise {
    /// It fails as a whole, and is tried again like one whose source cannot be read.
    Fail,
    /// It is sent, and says so at its top.
    Send,
    /// It is made, and held back until somebody decides.
    Hold,
}

/// A unit in which a length of time is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LengthUnit {
    /// 24 hours.
    Day,
    /// 60 minutes.
    Hour,
    /// 60 seconds.
    Minute,
    /// One second.
    Second,
}

impl LengthUnit {
    /// A length in the largest unit in which it is whole: 26 hours, 2 days.
    #[must_use]
    pub fn of(length: Duration) -> (u64, Self) {
        match length.as_secs() {
            seconds if seconds % 86_400 == 0 => (seconds / 86_400, Self::Day),
            seconds if seconds % 3_600 == 0 => (seconds / 3_600, Self::Hour),
            seconds if seconds % 60 == 0 => (seconds / 60, Self::Minute),
            seconds => (seconds, Self::Second),
        }
    }

    /// A length in English words: `26 hours`, as it may be written in a definition.
    #[must_use]
    pub fn in_words(length: Duration) -> String {
        let (count, unit) = Self::of(length);
        let unit = match unit {
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::Second => "second",
        };
        format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_said_in_its_largest_whole_unit() {
        let said = [90, 3_600, 93_600, 172_800].map(|s| LengthUnit::in_words(Duration::from_secs(s)));
        assert_eq!(said, ["90 seconds", "1 hour", "26 hours", "2 days"]);
    }
}

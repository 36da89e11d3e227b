//! What is done once for every row: values are read into columns, rows are numbered by their values, values are folded by
//! group, and records are written. A crate of its own because it is compiled for speed, and all of Parte's other code for size.
//!
//! Never: which rows or columns are needed, what a number means.

mod array_texts;
mod arrays;
mod buffer;
mod by_number;
mod civil;
mod copied;
mod delimited;
mod digits;
mod fold;
mod frame;
mod grouping;
mod held;
mod instant;
mod narrowed;
mod prepared;
mod range;
mod text;
mod value;

pub use arrays::{shared, taken_over};
pub use buffer::{Buffer, Kind, Offsets, ReadColumn, read_rows, within};
pub use by_number::{by_number, by_number_in, number_name};
pub use civil::{day_of, end_of, hour_of};
pub use copied::{Copied, Copyable, NotACopy};
pub use delimited::{Cells, Delimited, Records};
pub use fold::{ByGroup, Chosen, distinct, extremes, quantiles, rows_of_groups, sums};
pub use frame::Frame;
pub use grouping::{Grouping, Groupings};
pub use held::Held;
pub use instant::day_of_text;
pub use prepared::{Prepared, read_prepared};
pub use range::{in_range, is_before};

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use polars::prelude::{DataType, TimeUnit};

/// Instants inside metrics are UTC without a zone tag.
const INSTANT: DataType = DataType::Datetime(TimeUnit::Microseconds, None);

/// A zone, and the rule by which its civil times are instants where its clocks are moved.
#[derive(Clone, Copy)]
pub struct Zone {
    zone: Tz,
    instant_of: fn(NaiveDateTime, Tz) -> DateTime<Utc>,
}

impl Zone {
    /// The zone with its rule.
    #[must_use]
    pub fn new(zone: Tz, instant_of: fn(NaiveDateTime, Tz) -> DateTime<Utc>) -> Self {
        Self { zone, instant_of }
    }

    fn micros_of(self, civil: NaiveDateTime) -> i64 {
        (self.instant_of)(civil, self.zone).timestamp_micros()
    }
}

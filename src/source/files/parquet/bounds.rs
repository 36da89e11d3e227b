//! What a group of rows says of the least and the greatest value of a column.

use super::values::{days_of, micros_of};
use crate::source::files::cell::Cell;
use crate::source::files::needed::Between;
use polars_arrow::datatypes::ArrowDataType;
use polars_parquet::parquet::statistics::Statistics;

/// The least and the greatest value, and whether some have none. By default nothing is known.
#[derive(Default)]
pub(super) struct Bounds {
    said: Option<(Statistics, ArrowDataType)>,
}

impl Bounds {
    pub(super) fn new(dtype: &ArrowDataType, said: Statistics) -> Self {
        Self { said: Some((said, dtype.clone())) }
    }

    pub(super) fn cells(&self) -> Between<'_> {
        let (said, dtype) = self.said.as_ref()?;
        let (least, greatest, nulls) = match (said, dtype) {
            (Statistics::Int64(it), ArrowDataType::Timestamp(unit, zone)) => {
                let instant = |value| Some(Cell::Instant(micros_of(value, *unit)?, zone.is_some()));
                (instant(it.min_value?)?, instant(it.max_value?)?, it.null_count)
            }
            (Statistics::Int32(it), ArrowDataType::Date32) => {
                (Cell::Day(it.min_value?), Cell::Day(it.max_value?), it.null_count)
            }
            (Statistics::Int64(it), ArrowDataType::Date64) => {
                (Cell::Day(days_of(it.min_value?)?), Cell::Day(days_of(it.max_value?)?), it.null_count)
            }
            (Statistics::Int64(it), ArrowDataType::Int64) => {
                (Cell::Whole(it.min_value?), Cell::Whole(it.max_value?), it.null_count)
            }
            (Statistics::Binary(it), _) => {
                (Cell::Text(it.min_value.as_deref()?), Cell::Text(it.max_value.as_deref()?), it.null_count)
            }
            _ => return None,
        };
        Some((least, greatest, nulls != Some(0)))
    }
}

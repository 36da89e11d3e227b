//! Which values of a column lie in a range, eight rows a byte: it is asked several times of every row that is read.

use polars::prelude::*;
use polars_arrow::bitmap::Bitmap;
use std::ops::Range;

/// The rows whose instant (in microseconds), day or whole number lies in a range; an absent one lies in none.
///
/// # Errors
/// A column of another type.
pub fn in_range(column: &Column, range: &Range<i64>) -> PolarsResult<BooleanChunked> {
    let column = column.to_physical_repr();
    let series = column.as_materialized_series().rechunk();
    let bytes = match series.dtype() {
        DataType::Int32 => {
            bytes_of(series.i32()?.downcast_as_array().values(), |value| range.contains(&i64::from(value)))
        }
        _ => bytes_of(series.i64()?.downcast_as_array().values(), |value| range.contains(&value)),
    };
    let mask = BooleanChunked::from_bitmap(PlSmallStr::EMPTY, Bitmap::try_new(bytes, series.len())?);
    Ok(if series.null_count() == 0 { mask } else { &mask & &series.is_not_null() })
}

fn bytes_of<T: Copy>(values: &[T], is: impl Fn(T) -> bool) -> Vec<u8> {
    let byte = |values: &[T]| {
        values.iter().enumerate().fold(0, |byte, (bit, value)| byte | u8::from(is(*value)) << bit)
    };
    values.chunks(8).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_instants_are_in_a_range_from_its_start_until_before_its_end() {
        let numbers =
            [Some(1), None, Some(2), Some(3), Some(4), Some(-5), Some(3), Some(2), Some(9), Some(3)];
        let expected = [false, false, true, true, false, false, true, true, false, true].map(Some);
        let instants = Column::new("at".into(), numbers.map(|it| it.map(i64::from)));
        let days = Column::new("day".into(), numbers);
        let kind = DataType::Datetime(TimeUnit::Microseconds, None);
        for column in [instants.cast(&kind), days.cast(&DataType::Date), Ok(instants)] {
            let found = in_range(&column.expect("a column"), &(2..4)).expect("a mask");
            assert_eq!(found.iter().collect::<Vec<_>>(), expected);
        }
    }
}

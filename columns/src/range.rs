//! Which values of a column lie in a range, or before those of another, eight rows a byte: it is asked several times of every row that is
//! read.

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
            bytes_of(series.i32()?.downcast_as_array().values(), |value| range.contains(&i64::from(*value)))
        }
        _ => bytes_of(series.i64()?.downcast_as_array().values(), |value| range.contains(value)),
    };
    let mask = BooleanChunked::from_bitmap(PlSmallStr::EMPTY, Bitmap::try_new(bytes, series.len())?);
    Ok(if series.null_count() == 0 { mask } else { &mask & &series.is_not_null() })
}

/// The rows whose instant in one column lies before that in the other; none where one of them is absent.
///
/// # Errors
/// Columns of another type, or of different length.
pub fn is_before(one: &Column, other: &Column) -> PolarsResult<BooleanChunked> {
    let whole = |column: &Column| column.to_physical_repr().as_materialized_series().rechunk();
    let (one, other) = (whole(one), whole(other));
    let (before, after) =
        (one.i64()?.downcast_as_array().values(), other.i64()?.downcast_as_array().values());
    polars_ensure!(before.len() == after.len(), ShapeMismatch: "columns of different length");
    let pairs = before.iter().zip(after.iter());
    let bits = Bitmap::from_trusted_len_iter(pairs.map(|(one, other)| one < other));
    let mut mask = BooleanChunked::from_bitmap(PlSmallStr::EMPTY, bits);
    for side in [&one, &other] {
        if side.null_count() > 0 {
            mask = &mask & &side.is_not_null();
        }
    }
    Ok(mask)
}

fn bytes_of<T>(values: &[T], is: impl Fn(&T) -> bool) -> Vec<u8> {
    let byte = |values: &[T]| {
        values.iter().enumerate().fold(0, |byte, (bit, value)| byte | u8::from(is(value)) << bit)
    };
    let (eights, rest) = values.as_chunks::<8>();
    let mut bytes = Vec::with_capacity(values.len().div_ceil(8));
    bytes.extend(eights.iter().map(|eight| byte(eight)));
    if !rest.is_empty() {
        bytes.push(byte(rest));
    }
    bytes
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

    #[test]
    fn an_instant_is_before_another_where_both_are_there() {
        let column = |numbers: &[Option<i64>]| Column::new("at".into(), numbers);
        let one = [Some(1), None, Some(3), Some(4), None, Some(-9), Some(7), Some(8), Some(1)];
        let other = [Some(2), Some(2), Some(3), Some(3), None, Some(0), None, Some(9), Some(2)];
        let before = is_before(&column(&one), &column(&other)).expect("a mask");
        let expected = [true, false, false, false, false, true, false, true, true].map(Some);
        assert_eq!(before.iter().collect::<Vec<_>>(), expected);
        assert!(is_before(&column(&one), &column(&other[1..])).is_err());
    }
}

//! Values of typed arrays, one by one: for what decides about rows, and for columns that cannot be taken over whole.

use crate::source::files::cell::Cell;
use parte_columns::Buffer;
use polars_arrow::array::{
    Array, BinaryViewArray, BooleanArray, DictionaryArray, DictionaryKey, FixedSizeBinaryArray,
    PrimitiveArray, Utf8ViewArray,
};
use polars_arrow::datatypes::{ArrowDataType, IntegerType, TimeUnit};
use polars_arrow::types::{NativeType, i256};

/// Microseconds of an instant in another unit.
pub(super) fn micros_of(value: i64, unit: TimeUnit) -> Option<i64> {
    match unit {
        TimeUnit::Second => value.checked_mul(1_000_000),
        TimeUnit::Millisecond => value.checked_mul(1000),
        TimeUnit::Microsecond => Some(value),
        TimeUnit::Nanosecond => Some(value.div_euclid(1000)),
    }
}

/// Days of milliseconds.
pub(super) fn days_of(millis: i64) -> Option<i32> {
    i32::try_from(millis.div_euclid(86_400_000)).ok()
}

/// The values of a column's arrays, one after the other.
pub(super) fn cells(parts: &[Box<dyn Array>]) -> Vec<Cell<'_>> {
    let mut all = Vec::with_capacity(parts.iter().map(|part| part.len()).sum());
    for part in parts {
        add(part.as_ref(), &mut all);
    }
    all
}

/// Adds the values of a column's arrays to a column that is read.
pub(in crate::source::files) fn push_all(parts: &[Box<dyn Array>], buffer: &mut Buffer) {
    for part in parts {
        let mut all = Vec::with_capacity(part.len());
        add(part.as_ref(), &mut all);
        all.into_iter().for_each(|cell| cell.push(buffer));
    }
}

fn add<'a>(part: &'a dyn Array, all: &mut Vec<Cell<'a>>) {
    let added = match part.dtype() {
        ArrowDataType::Utf8View => part.as_any().downcast_ref::<Utf8ViewArray>().map(|texts| {
            all.extend(
                texts.iter().map(|text| text.map_or(Cell::Absent, |text| Cell::Text(text.as_bytes()))),
            );
        }),
        ArrowDataType::BinaryView => part.as_any().downcast_ref::<BinaryViewArray>().map(|texts| {
            all.extend(texts.iter().map(|text| text.map_or(Cell::Absent, Cell::Text)));
        }),
        ArrowDataType::Boolean => part.as_any().downcast_ref::<BooleanArray>().map(|truths| {
            all.extend(truths.iter().map(|is| is.map_or(Cell::Absent, |is| Cell::Whole(i64::from(is)))));
        }),
        ArrowDataType::Int8 => primitive(part, all, |value: i8| Some(Cell::Whole(value.into()))),
        ArrowDataType::Int16 => primitive(part, all, |value: i16| Some(Cell::Whole(value.into()))),
        ArrowDataType::Int32 => primitive(part, all, |value: i32| Some(Cell::Whole(value.into()))),
        ArrowDataType::Int64 => primitive(part, all, |value: i64| Some(Cell::Whole(value))),
        ArrowDataType::UInt8 => primitive(part, all, |value: u8| Some(Cell::Whole(value.into()))),
        ArrowDataType::UInt16 => primitive(part, all, |value: u16| Some(Cell::Whole(value.into()))),
        ArrowDataType::UInt32 => primitive(part, all, |value: u32| Some(Cell::Whole(value.into()))),
        #[expect(clippy::cast_precision_loss, reason = "no key is so large a number that is not a text")]
        ArrowDataType::UInt64 => primitive(part, all, |value: u64| {
            Some(i64::try_from(value).map_or(Cell::Real(value as f64), Cell::Whole))
        }),
        ArrowDataType::Float32 => primitive(part, all, |value: f32| {
            // As the text of it says, and not its bits in double precision.
            Some(Cell::Real(value.to_string().parse().unwrap_or(f64::from(value))))
        }),
        ArrowDataType::Float64 => primitive(part, all, |value: f64| Some(Cell::Real(value))),
        ArrowDataType::Timestamp(unit, zone) => {
            let (unit, has_offset) = (*unit, zone.is_some());
            primitive(part, all, |value: i64| Some(Cell::Instant(micros_of(value, unit)?, has_offset)))
        }
        ArrowDataType::Date32 => primitive(part, all, |value: i32| Some(Cell::Day(value))),
        ArrowDataType::Date64 => primitive(part, all, |value: i64| days_of(value).map(Cell::Day)),
        ArrowDataType::Decimal(_, scale) => primitive(part, all, |value: i128| {
            Some(decimal(value < 0, &value.unsigned_abs().to_string(), *scale))
        }),
        ArrowDataType::Decimal256(_, scale) => primitive(part, all, |value: i256| {
            Some(decimal(value.0.is_negative(), &value.0.unsigned_abs().to_string(), *scale))
        }),
        ArrowDataType::FixedSizeBinary(_) => {
            part.as_any().downcast_ref::<FixedSizeBinaryArray>().map(|texts| {
                all.extend(texts.iter().map(|text| text.map_or(Cell::Absent, Cell::Text)));
            })
        }
        ArrowDataType::Null => {
            all.extend(std::iter::repeat_n(Cell::Absent, part.len()));
            Some(())
        }
        ArrowDataType::Dictionary(key, ..) => match key {
            IntegerType::Int8 => keyed::<i8>(part, all),
            IntegerType::Int16 => keyed::<i16>(part, all),
            IntegerType::Int32 => keyed::<i32>(part, all),
            IntegerType::Int64 => keyed::<i64>(part, all),
            IntegerType::UInt8 => keyed::<u8>(part, all),
            IntegerType::UInt16 => keyed::<u16>(part, all),
            IntegerType::UInt32 => keyed::<u32>(part, all),
            _ => None,
        },
        _ => None,
    };
    if added.is_none() {
        debug_assert!(false, "a column of {:?} should not have been read", part.dtype());
        all.extend(std::iter::repeat_n(Cell::Absent, part.len()));
    }
}

fn primitive<'a, N: NativeType>(
    part: &dyn Array,
    all: &mut Vec<Cell<'a>>,
    cell: impl Fn(N) -> Option<Cell<'a>>,
) -> Option<()> {
    let values = part.as_any().downcast_ref::<PrimitiveArray<N>>()?;
    all.extend(values.iter().map(|value| value.and_then(|value| cell(*value)).unwrap_or(Cell::Absent)));
    Some(())
}

/// A decimal of these digits, so many of them behind the point, as the number that its text is.
fn decimal(is_negative: bool, digits: &str, scale: usize) -> Cell<'static> {
    let digits = format!("{digits:0>width$}", width = scale + 1);
    let (whole, rest) = digits.split_at(digits.len() - scale);
    let sign = if is_negative { "-" } else { "" };
    if rest.bytes().all(|digit| digit == b'0')
        && let Ok(number) = format!("{sign}{whole}").parse()
    {
        return Cell::Whole(number);
    }
    format!("{sign}{whole}.{rest}").parse().map_or(Cell::Absent, Cell::Real)
}

/// Values held once.
fn keyed<'a, K: DictionaryKey>(part: &'a dyn Array, all: &mut Vec<Cell<'a>>) -> Option<()> {
    let keyed = part.as_any().downcast_ref::<DictionaryArray<K>>()?;
    let mut values = Vec::with_capacity(keyed.values().len());
    add(keyed.values().as_ref(), &mut values);
    let of = |key: Option<&K>| {
        let at: usize = (*key?).try_into().ok()?;
        values.get(at).copied()
    };
    all.extend(keyed.keys().iter().map(|key| of(key).unwrap_or(Cell::Absent)));
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_the_number_that_its_digits_say() {
        assert_eq!(decimal(false, "12345", 2), Cell::Real(123.45));
        assert_eq!(decimal(true, "5", 3), Cell::Real(-0.005));
        assert_eq!(decimal(false, "12000", 3), Cell::Whole(12));
        assert_eq!(decimal(false, "7", 0), Cell::Whole(7));
        assert_eq!(decimal(true, "123456789012345678901234567890", 20), Cell::Real(-1_234_567_890.123_456_8));
    }
}

//! Columns that come typed and whole are taken over as they are, without going value by value.

use crate::array_texts::{is_text, texts};
use crate::buffer::{Kind, Offsets};
use crate::{Held, INSTANT, ReadColumn, Zone};
use chrono_tz::Tz;
use polars::prelude::*;
use polars_arrow::array::{Array, BooleanArray, PrimitiveArray};
use polars_arrow::bitmap::Bitmap;
use polars_arrow::datatypes::{ArrowDataType, TimeUnit as Unit};
use polars_arrow::types::NativeType;
use polars_buffer::Buffer;

/// Bytes that several readers look at.
#[must_use]
pub fn shared(bytes: Vec<u8>) -> Buffer<u8> {
    Buffer::from(bytes)
}

/// The column of these parts, one after the other, where their type is one that a column of the kind can take over whole; `None`: each
/// value has to be looked at. `is_noting`: the rows whose instants have no offset are asked for.
///
/// # Errors
/// Parts of different types.
pub fn taken_over(
    name: &str,
    kind: Kind,
    zone: Zone,
    is_noting: bool,
    parts: &[Box<dyn Array>],
) -> Option<PolarsResult<ReadColumn>> {
    let rows = parts.iter().map(|part| part.len()).sum();
    let name: PlSmallStr = name.into();
    if matches!(kind, Kind::Text | Kind::Key | Kind::Inferred)
        && !parts.is_empty()
        && parts.iter().all(|part| is_text(part.as_ref()))
    {
        return Some(texts(name.clone(), kind, parts).map(|column| ReadColumn {
            name: name.to_string(),
            column,
            rows,
            readable: 0,
            unreadable: None,
            offsets: Offsets::default(),
        }));
    }
    let dtype = parts.first()?.dtype().clone();
    if parts.iter().any(|part| part.dtype() != &dtype) {
        return None;
    }
    let present = rows - parts.iter().map(|part| part.null_count()).sum::<usize>();
    let mut offsets = Offsets::default();
    let column = match (kind, &dtype) {
        (Kind::Integer | Kind::Inferred, _) if is_whole(&dtype) => wholes(parts)?.into_series(),
        (Kind::Integer | Kind::Inferred, ArrowDataType::Boolean) => truths(parts)?.into_series(),
        (Kind::Number, _) if is_whole(&dtype) => {
            wholes(parts)?.into_series().cast(&DataType::Float64).ok()?
        }
        (Kind::Number | Kind::Inferred, ArrowDataType::Float64) => numbers::<f64>(parts, |value| value)?,
        (Kind::Number | Kind::Inferred, ArrowDataType::Float32) => {
            // The shortest text of a single-precision number is what was meant, not what its bits happen to be in double precision.
            numbers::<f32>(parts, |value| value.to_string().parse().unwrap_or(f64::from(value)))?
        }
        (Kind::Instant, ArrowDataType::Timestamp(unit, offset)) => {
            let has_offset = offset.is_some();
            if !has_offset && (zone.zone != Tz::UTC || is_noting) {
                return None;
            }
            if has_offset {
                offsets.told = present;
            } else {
                offsets.bare = present;
            }
            let utc = DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC));
            micros(parts, *unit)?.into_series().cast(&INSTANT).ok()?.cast(&utc).ok()?
        }
        (Kind::Day, ArrowDataType::Date32) => {
            let days: Int32Chunked = primitive(parts, |value: i32| value)?;
            days.into_series().cast(&DataType::Date).ok()?
        }
        _ => return None,
    };
    let column = Held::Plain(column.with_name(name.clone()).into_column());
    let readable = present;
    Some(Ok(ReadColumn { name: name.to_string(), column, rows, readable, unreadable: None, offsets }))
}

fn is_whole(dtype: &ArrowDataType) -> bool {
    matches!(
        dtype,
        ArrowDataType::Int8
            | ArrowDataType::Int16
            | ArrowDataType::Int32
            | ArrowDataType::Int64
            | ArrowDataType::UInt8
            | ArrowDataType::UInt16
            | ArrowDataType::UInt32
    )
}

/// Values of one type as those of another.
fn primitive<N: NativeType, T: PolarsNumericType>(
    parts: &[Box<dyn Array>],
    convert: impl Fn(N) -> T::Native,
) -> Option<ChunkedArray<T>> {
    let mut all: Vec<T::Native> = Vec::with_capacity(parts.iter().map(|part| part.len()).sum());
    for part in parts {
        let part = part.as_any().downcast_ref::<PrimitiveArray<N>>()?;
        all.extend(part.values().iter().map(|value| convert(*value)));
    }
    Some(ChunkedArray::from_vec_validity(PlSmallStr::EMPTY, all, validity(parts)))
}

/// Which rows of all parts have a value; `None`: all.
fn validity(parts: &[Box<dyn Array>]) -> Option<Bitmap> {
    if parts.iter().all(|part| part.null_count() == 0) {
        return None;
    }
    let mut all = polars_arrow::bitmap::MutableBitmap::new();
    for part in parts {
        match part.validity() {
            Some(valid) => all.extend_from_bitmap(valid),
            None => all.extend_constant(part.len(), true),
        }
    }
    Some(all.into())
}

fn wholes(parts: &[Box<dyn Array>]) -> Option<Int64Chunked> {
    Some(match parts.first()?.dtype() {
        ArrowDataType::Int8 => primitive(parts, |value: i8| i64::from(value))?,
        ArrowDataType::Int16 => primitive(parts, |value: i16| i64::from(value))?,
        ArrowDataType::Int32 => primitive(parts, |value: i32| i64::from(value))?,
        ArrowDataType::Int64 => primitive(parts, |value: i64| value)?,
        ArrowDataType::UInt8 => primitive(parts, |value: u8| i64::from(value))?,
        ArrowDataType::UInt16 => primitive(parts, |value: u16| i64::from(value))?,
        ArrowDataType::UInt32 => primitive(parts, |value: u32| i64::from(value))?,
        _ => return None,
    })
}

fn truths(parts: &[Box<dyn Array>]) -> Option<Int64Chunked> {
    let mut all = Vec::with_capacity(parts.iter().map(|part| part.len()).sum());
    for part in parts {
        let part = part.as_any().downcast_ref::<BooleanArray>()?;
        all.extend(part.values().iter().map(i64::from));
    }
    Some(ChunkedArray::from_vec_validity(PlSmallStr::EMPTY, all, validity(parts)))
}

/// `None` where one is not finite: it counts as no number, and is told.
fn numbers<N: NativeType>(parts: &[Box<dyn Array>], convert: impl Fn(N) -> f64) -> Option<Series> {
    let all: Float64Chunked = primitive(parts, convert)?;
    // What stands where no value is may be anything: it is looked at closely only if it is not finite either.
    let is_finite = all.downcast_iter().all(|part| part.values().iter().all(|value| value.is_finite()))
        || all.iter().flatten().all(f64::is_finite);
    is_finite.then(|| all.into_series())
}

fn micros(parts: &[Box<dyn Array>], unit: Unit) -> Option<Int64Chunked> {
    // A value beyond what microseconds can say is looked at by itself.
    let fits = |most: i64| {
        parts.iter().all(|part| {
            let values = part.as_any().downcast_ref::<PrimitiveArray<i64>>();
            values.is_some_and(|values| {
                values.iter().flatten().all(|value| value.unsigned_abs() <= most.unsigned_abs())
            })
        })
    };
    match unit {
        Unit::Second if fits(i64::MAX / 1_000_000) => {
            primitive(parts, |value: i64| value.wrapping_mul(1_000_000))
        }
        Unit::Millisecond if fits(i64::MAX / 1000) => primitive(parts, |value: i64| value.wrapping_mul(1000)),
        Unit::Microsecond => primitive(parts, |value: i64| value),
        Unit::Nanosecond => primitive(parts, |value: i64| value.div_euclid(1000)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Buffer as ByValue, Frame};
    use polars_arrow::array::{
        DictionaryArray, Float32Array, Int16Array, Int32Array, Int64Array, Utf8ViewArray,
    };
    use rusqlite::types::ValueRef;

    fn utc() -> Zone {
        Zone::new(Tz::UTC, |civil, _| civil.and_utc())
    }

    /// The same column read value by value.
    fn by_value(kind: Kind, rows: usize, mut push: impl FnMut(usize, &mut ByValue)) -> ReadColumn {
        let mut buffer = ByValue::new("it".to_owned(), kind, utc());
        (0..rows).for_each(|row| push(row, &mut buffer));
        buffer.read().expect("a column")
    }

    fn assert_same(one: ReadColumn, other: ReadColumn) {
        assert_eq!(
            (one.rows, one.readable, &one.unreadable),
            (other.rows, other.readable, &other.unreadable)
        );
        assert_eq!((one.offsets.told, one.offsets.bare), (other.offsets.told, other.offsets.bare));
        let column = |read: ReadColumn| {
            let frame = Frame::new(read.rows, vec![read.column]).expect("a frame");
            frame.column("it").expect("a column")
        };
        let (one, other) = (column(one), column(other));
        assert!(one.dtype() == other.dtype() && one.equals_missing(&other), "{one:?} {other:?}");
    }

    fn whole(kind: Kind, parts: Vec<Box<dyn Array>>) -> ReadColumn {
        taken_over("it", kind, utc(), false, &parts).expect("taken over").expect("a column")
    }

    #[test]
    fn a_column_taken_over_is_the_one_that_is_read_value_by_value() {
        let numbers = [Some(3_i16), None, Some(-7)];
        let parts = || -> Vec<Box<dyn Array>> {
            vec![Int16Array::from(numbers).boxed(), Int16Array::from(numbers).boxed()]
        };
        let push = |row: usize, buffer: &mut ByValue| match numbers[row % 3] {
            Some(number) => buffer.push(ValueRef::Integer(number.into())),
            None => buffer.push(ValueRef::Null),
        };
        for kind in [Kind::Integer, Kind::Number, Kind::Inferred] {
            assert_same(whole(kind, parts()), by_value(kind, 6, push));
        }
        let words = ["visita", "", "llamada", "visita", "visita", "llamada", "visita", "llamada"];
        for kind in [Kind::Text, Kind::Key] {
            let read = whole(kind, vec![Utf8ViewArray::from_slice_values(words).boxed()]);
            assert_same(
                read,
                by_value(kind, 8, |row, buffer| buffer.push(ValueRef::Text(words[row].as_bytes()))),
            );
        }
        let keys = [0_i32, 1, 2, 0, 0, 2, 0, 2].map(|key| if key == 1 { None } else { Some(key) });
        let once = || {
            let values = Utf8ViewArray::from_slice_values(["visita", "", "llamada"]).boxed();
            DictionaryArray::try_from_keys(Int32Array::from(keys), values, false)
                .expect("keys of values")
                .boxed()
        };
        let twice: Vec<&str> = words.iter().chain(&words).copied().collect();
        let read = whole(Kind::Text, vec![once(), once()]);
        assert_same(
            read,
            by_value(Kind::Text, 16, |row, buffer| buffer.push(ValueRef::Text(twice[row].as_bytes()))),
        );
        let instants = [Some(1_772_000_000_123_456_i64), None];
        let dtype = |unit, zone: Option<&str>| ArrowDataType::Timestamp(unit, zone.map(PlSmallStr::from));
        for (unit, scale) in [(Unit::Microsecond, 1), (Unit::Nanosecond, 1000)] {
            for zone in [Some("America/Bogota"), None] {
                let scaled =
                    Int64Array::from(instants.map(|at| at.map(|at| at * scale))).to(dtype(unit, zone));
                assert_same(
                    whole(Kind::Instant, vec![scaled.boxed()]),
                    by_value(Kind::Instant, 2, |row, buffer| match instants[row] {
                        Some(micros) => buffer.push_instant(micros, zone.is_some()),
                        None => buffer.push(ValueRef::Null),
                    }),
                );
            }
        }
    }

    #[test]
    fn what_has_to_be_looked_at_is_not_taken_over() {
        let none = |kind, part: Box<dyn Array>| taken_over("it", kind, utc(), false, &[part]).is_none();
        assert!(none(Kind::Number, Float32Array::from([Some(f32::NAN)]).boxed()));
        assert!(none(Kind::Integer, Float32Array::from([Some(1.5)]).boxed()));
        assert!(none(Kind::Day, Utf8ViewArray::from_slice_values(["2026-03-01"]).boxed()));
        let bogota = Zone::new(chrono_tz::America::Bogota, |civil, _| civil.and_utc());
        let bare = Int64Array::from([Some(0)]).to(ArrowDataType::Timestamp(Unit::Microsecond, None)).boxed();
        assert!(taken_over("it", Kind::Instant, bogota, false, &[bare]).is_none());
        let single = whole(Kind::Number, vec![Float32Array::from([Some(0.1_f32)]).boxed()]);
        let Held::Plain(column) = single.column else { panic!("numbers") };
        assert_eq!(column.f64().expect("numbers").get(0), Some(0.1));
    }
}

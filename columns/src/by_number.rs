//! What is known of values, for the rows that have their numbers.

use polars::prelude::*;
use polars_arrow::bitmap::Bitmap;

/// The column of a plan in which the numbers of a column's values stand.
#[must_use]
pub fn number_name(column: &str) -> PlSmallStr {
    format!("\u{1}number of {column}").into()
}

/// The values of rows that have these numbers.
///
/// # Errors
/// A number that no value has.
pub fn by_number(numbers: &Column, values: &Column) -> PolarsResult<Column> {
    let (name, numbers) = (numbers.name().clone(), numbers.u32()?.rechunk());
    let found = match values.bool() {
        Ok(truths) if truths.null_count() == 0 && numbers.null_count() == 0 => {
            let truths: Vec<u8> = truths.iter().map(|truth| u8::from(truth == Some(true))).collect();
            let found = spread(numbers.downcast_as_array().values(), &truths, 1)?;
            found.into_iter().next().unwrap_or_default().into_series().into_column()
        }
        _ => values.take(&numbers)?,
    };
    Ok(found.with_name(name))
}

/// What is true of values, for the rows that have these numbers: so many things, each a bit of a value's truth.
pub(crate) fn spread(numbers: &[u32], truths: &[u8], things: usize) -> PolarsResult<Vec<BooleanChunked>> {
    if numbers.iter().max().is_some_and(|greatest| *greatest as usize >= truths.len()) {
        polars_bail!(OutOfBounds: "a row has the number of no value");
    }
    let truths: Vec<u64> = truths.iter().map(apart).collect();
    Ok(packed(numbers, |number| truths.get(*number as usize).copied().unwrap_or_default(), things))
}

/// Each bit of a truth in a byte of its own.
pub(crate) fn apart(truth: &u8) -> u64 {
    (0..8).fold(0, |all, bit| all | u64::from(truth >> bit & 1) << (8 * bit))
}

/// What is true of each row, eight rows a byte, for up to eight things at once: each is the lowest bit of a byte of the row's truth.
pub(crate) fn packed<T>(rows: &[T], truth: impl Fn(&T) -> u64, things: usize) -> Vec<BooleanChunked> {
    let mut bytes: Vec<Vec<u8>> = (0..things).map(|_| Vec::with_capacity(rows.len().div_ceil(8))).collect();
    let mut add = |some: &[T]| {
        let all = some.iter().enumerate().fold(0, |all, (bit, row)| all | truth(row) << bit);
        for (bytes, byte) in bytes.iter_mut().zip(all.to_le_bytes()) {
            bytes.push(byte);
        }
    };
    let (eights, rest) = rows.as_chunks::<8>();
    eights.iter().for_each(|eight| add(eight));
    if !rest.is_empty() {
        add(rest);
    }
    let column =
        |bytes| BooleanChunked::from_bitmap(PlSmallStr::EMPTY, Bitmap::from_u8_vec(bytes, rows.len()));
    bytes.into_iter().map(column).collect()
}

/// The same in a plan.
pub fn by_number_in(numbers: Expr, values: Column) -> Expr {
    let kind = values.dtype().clone();
    numbers.map(
        move |numbers| by_number(&numbers, &values),
        move |_, field| Ok(Field::new(field.name().clone(), kind.clone())),
    )
}

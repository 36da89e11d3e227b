//! Rows by the values of columns: each distinct value, or combination of values, has a number. Null is a value like any other.

use crate::Frame;
use polars::prelude::*;
use polars_arrow::array::{Array, Utf8ViewArray, View};
use polars_buffer::Buffer;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Up to so many combinations have a table of their own.
const TABLE: usize = 1 << 22;
/// Up to so many combinations are noted as bits: 32 MiB.
const BITS: usize = 1 << 28;

/// The groups of the rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Grouping {
    /// The number of each row's group; `None`: all rows are one group.
    numbers: Option<Buffer<u32>>,
    /// The first row of each group; empty where all rows are one.
    first: Vec<IdxSize>,
}

impl Grouping {
    /// All rows are one group, also if there is none.
    #[must_use]
    pub fn whole() -> Self {
        Self { numbers: None, first: Vec::new() }
    }

    /// Groups by these columns together.
    ///
    /// # Errors
    /// A column of a type that cannot be compared.
    pub fn of_columns(columns: &[Column], height: usize) -> PolarsResult<Self> {
        columns
            .iter()
            .try_fold(Self::whole(), |before, column| Ok(before.with(&Self::of_column(column)?, height)))
    }

    /// Does any combination of these columns' values occur twice?
    ///
    /// # Errors
    /// A column that is not there, or of a type that cannot be compared.
    pub fn has_repeats(rows: &Frame, names: &[&str]) -> PolarsResult<bool> {
        let height = rows.height();
        let [before @ .., last] = names else { return Ok(height > 1) };
        // Keys often stand in their order.
        if before.is_empty() && rows.values(last).is_none() && is_ascending(&rows.column(last)?) {
            return Ok(false);
        }
        let last = rows.grouping(last)?;
        let mut groups = Self::whole();
        for name in before {
            groups = groups.with(&rows.grouping(name)?, height);
        }
        let count = last.count();
        let (Some(rows), true) = (&last.numbers, groups.count().saturating_mul(count) <= BITS) else {
            return Ok(groups.with(&last, height).count() < height);
        };
        let mut seen = vec![0_u64; (groups.count() * count).div_ceil(64)];
        let group =
            |row: usize| groups.numbers.as_ref().and_then(|all| all.get(row)).map_or(0, |it| *it as usize);
        Ok(rows.iter().enumerate().any(|(row, number)| {
            let place = group(row) * count + *number as usize;
            let bit = 1 << (place % 64);
            let was_there = seen[place / 64] & bit != 0;
            seen[place / 64] |= bit;
            was_there
        }))
    }

    /// How many groups there are.
    #[must_use]
    pub fn count(&self) -> usize {
        if self.numbers.is_none() { 1 } else { self.first.len() }
    }

    /// The number of each row's group; `None`: all rows are one.
    #[must_use]
    pub fn numbers(&self) -> Option<&[u32]> {
        self.numbers.as_deref()
    }

    /// Of each group, the value of its first row.
    ///
    /// # Errors
    /// A place that is not there.
    pub(crate) fn firsts(&self, column: &Column) -> PolarsResult<Column> {
        column.take(&self.first_rows())
    }

    /// The rows by both.
    fn with(&self, other: &Self, height: usize) -> Self {
        let (Some(left), Some(right)) = (&self.numbers, &other.numbers) else {
            return if self.numbers.is_some() { self.clone() } else { other.clone() };
        };
        let pairs = left.iter().zip(right.iter());
        let wide = other.count();
        let mut numbering = Numbering::new(height);
        if self.count().saturating_mul(wide) <= TABLE {
            let mut table = vec![u32::MAX; self.count() * wide];
            for (left, right) in pairs {
                let place = *left as usize * wide + *right as usize;
                numbering.by_slot(&mut table[place]);
            }
        } else {
            let mut known: PlHashMap<u64, u32> = PlHashMap::new();
            for (left, right) in pairs {
                let slot = known.entry(u64::from(*left) << 32 | u64::from(*right)).or_insert(u32::MAX);
                numbering.by_slot(slot);
            }
        }
        numbering.finish()
    }

    /// The first row of each group.
    pub(crate) fn first_rows(&self) -> IdxCa {
        IdxCa::from_slice(PlSmallStr::EMPTY, &self.first)
    }

    /// The number of each row's group, where there is more than the one.
    pub(crate) fn into_numbers(self) -> Option<Vec<u32>> {
        self.numbers.map(|numbers| numbers.to_vec())
    }

    /// Groups by the values that rows have by number. Several numbers may stand for the same value.
    ///
    /// # Errors
    /// Values of a type that cannot be compared.
    pub(crate) fn of_numbered(numbers: &UInt32Chunked, values: &Column) -> PolarsResult<Self> {
        let of_values = Self::of_column(values)?;
        if of_values.count() == values.len()
            && let Some(groups) = Self::as_numbered(numbers, values.len())
        {
            return Ok(groups);
        }
        let same = of_values.numbers().unwrap_or_default();
        let mut table = vec![u32::MAX; of_values.count()];
        let mut numbering = Numbering::new(numbers.len());
        for number in numbers.iter().flatten() {
            let value = same.get(number as usize).copied().unwrap_or_default();
            if let Some(slot) = table.get_mut(value as usize) {
                numbering.by_slot(slot);
            }
        }
        Ok(numbering.finish())
    }

    /// The numbers of the rows are those of the groups already, where values are all different and every one has a row.
    fn as_numbered(numbers: &UInt32Chunked, values: usize) -> Option<Self> {
        let numbers = numbers.rechunk();
        let numbers = numbers.downcast_as_array().values();
        let mut first = vec![IdxSize::MAX; values];
        for (row, number) in (0..).zip(numbers.iter()) {
            let slot = first.get_mut(*number as usize)?;
            *slot = row.min(*slot);
        }
        let is_whole = !first.contains(&IdxSize::MAX);
        is_whole.then(|| Self { numbers: Some(numbers.clone()), first })
    }

    /// Groups by one column.
    ///
    /// # Errors
    /// A column of a type that cannot be compared.
    pub fn of_column(column: &Column) -> PolarsResult<Self> {
        let series = column.as_materialized_series().rechunk();
        Ok(match series.dtype() {
            DataType::String => of_texts(series.str()?),
            DataType::Null => of_numbers(&Int64Chunked::full_null(PlSmallStr::EMPTY, series.len())),
            DataType::Float64 | DataType::Float32 => {
                let numbers = series.cast(&DataType::Float64)?;
                // Zero has two signs, and what is no number has many forms.
                let bits = |n: f64| {
                    if n == 0.0 {
                        0
                    } else if n.is_nan() {
                        i64::MIN
                    } else {
                        n.to_bits().cast_signed()
                    }
                };
                of_numbers(&numbers.f64()?.iter().map(|n| n.map(bits)).collect())
            }
            kind if kind.is_integer() || kind.is_temporal() || *kind == DataType::Boolean => {
                of_numbers(series.to_physical_repr().cast(&DataType::Int64)?.i64()?)
            }
            _ => of_texts(series.cast(&DataType::String)?.str()?),
        })
    }
}

/// Gives numbers to values in the order in which they come.
struct Numbering {
    numbers: Vec<u32>,
    first: Vec<IdxSize>,
}

impl Numbering {
    fn new(height: usize) -> Self {
        Self { numbers: Vec::with_capacity(height), first: Vec::new() }
    }

    /// The next row has the value that this slot is for; `u32::MAX` stands in one that had none yet.
    fn by_slot(&mut self, slot: &mut u32) {
        if *slot == u32::MAX {
            *slot = u32::try_from(self.first.len()).unwrap_or(u32::MAX);
            self.first.push(IdxSize::try_from(self.numbers.len()).unwrap_or(IdxSize::MAX));
        }
        self.numbers.push(*slot);
    }

    fn finish(self) -> Grouping {
        Grouping { numbers: Some(self.numbers.into()), first: self.first }
    }
}

/// Are they texts, each of which is greater than the one before? Then none occurs twice.
fn is_ascending(column: &Column) -> bool {
    let Ok(texts) = column.str() else { return false };
    if texts.null_count() > 0 {
        return false;
    }
    let mut before = None;
    texts.downcast_iter().filter(|part| !part.is_empty()).all(|part| {
        let goes_on = before.replace(part.value(part.len() - 1)).is_none_or(|last| last < part.value(0));
        goes_on && is_ascending_within(part)
    })
}

fn is_ascending_within(texts: &Utf8ViewArray) -> bool {
    // A text of up to twelve bytes stands whole in its view, behind its length: as one number with the length behind the bytes, it is
    // less where the text is.
    let key = |view: &View| view.as_u128().to_be().rotate_left(32);
    texts.views().windows(2).enumerate().all(|(at, pair)| match pair {
        [one, other] if one.is_inline() && other.is_inline() => key(one) < key(other),
        _ => texts.value(at) < texts.value(at + 1),
    })
}

/// What stands for each text that was met: texts of up to twelve bytes stand whole in their views, which are compared and hashed at once.
#[derive(Default)]
pub(crate) struct ByText<'a> {
    short: PlHashMap<u128, u32>,
    long: PlHashMap<&'a str, u32>,
}

impl<'a> ByText<'a> {
    /// The place of the text that stands in this row, which has one; `u32::MAX` stands in one that is new.
    pub(crate) fn slot(&mut self, texts: &'a Utf8ViewArray, row: usize) -> &mut u32 {
        match texts.views().get(row) {
            Some(view) if view.is_inline() => self.short.entry(view.as_u128()).or_insert(u32::MAX),
            _ => self.long.entry(texts.value(row)).or_insert(u32::MAX),
        }
    }
}

fn of_texts(texts: &StringChunked) -> Grouping {
    let mut numbering = Numbering::new(texts.len());
    let mut known = ByText::default();
    let mut absent = u32::MAX;
    let texts = texts.downcast_as_array();
    let present = texts.validity().filter(|_| texts.null_count() > 0);
    for row in 0..texts.len() {
        if present.is_none_or(|present| present.get_bit(row)) {
            numbering.by_slot(known.slot(texts, row));
        } else {
            numbering.by_slot(&mut absent);
        }
    }
    numbering.finish()
}

fn of_numbers(numbers: &Int64Chunked) -> Grouping {
    let mut numbering = Numbering::new(numbers.len());
    let mut absent = u32::MAX;
    let range = numbers.min().zip(numbers.max()).and_then(|(least, greatest)| {
        let wide = usize::try_from(greatest.checked_sub(least)?).ok()?;
        (wide < TABLE).then_some((least, wide + 1))
    });
    if let Some((least, wide)) = range {
        let mut table = vec![u32::MAX; wide];
        for number in numbers.iter() {
            match number.and_then(|number| table.get_mut(usize::try_from(number - least).ok()?)) {
                Some(slot) => numbering.by_slot(slot),
                None => numbering.by_slot(&mut absent),
            }
        }
    } else {
        let mut known: PlHashMap<i64, u32> = PlHashMap::new();
        for number in numbers.iter() {
            match number {
                Some(number) => numbering.by_slot(known.entry(number).or_insert(u32::MAX)),
                None => numbering.by_slot(&mut absent),
            }
        }
    }
    numbering.finish()
}

/// The groupings of one relation by its columns, each made once.
#[derive(Debug, Default)]
pub struct Groupings {
    known: Mutex<BTreeMap<Vec<String>, Arc<Grouping>>>,
}

impl Groupings {
    /// The rows by these columns together; all rows are one group without any.
    ///
    /// # Errors
    /// A column that is not there.
    pub fn of(&self, rows: &Frame, names: &[String]) -> PolarsResult<Arc<Grouping>> {
        if let Some(grouping) = self.lock().get(names) {
            return Ok(Arc::clone(grouping));
        }
        let grouping = match names {
            [] => Arc::new(Grouping::whole()),
            [name] => Arc::new(rows.grouping(name)?),
            [before @ .., last] => {
                let (before, last) = (self.of(rows, before)?, self.of(rows, std::slice::from_ref(last))?);
                Arc::new(before.with(&last, rows.height()))
            }
        };
        self.lock().insert(names.to_vec(), Arc::clone(&grouping));
        Ok(grouping)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Vec<String>, Arc<Grouping>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_with_the_same_values_have_the_same_number_whatever_type_they_are_of() {
        let long = "a name that is longer than twelve bytes";
        let frame = df!(
            "text" => [Some("a"), None, Some("a"), Some(long), Some(long), Some("b"), None],
            "number" => [Some(1_i64 << 40), None, Some(1_i64 << 40), Some(-5), Some(-5), Some(7), None],
            "near" => [Some(3_i64), None, Some(3), Some(-5), Some(-5), Some(7), None],
            "float" => [Some(0.0), None, Some(-0.0), Some(f64::NAN), Some(f64::NAN), Some(0.5), None],
            "truth" => [Some(true), None, Some(true), Some(false), Some(false), Some(true), None],
        )
        .expect("a frame");
        let numbered = Frame::numbered(&frame).expect("a frame");
        for name in ["text", "number", "near", "float"] {
            let grouping = Grouping::of_column(frame.column(name).expect("a column")).expect("a grouping");
            assert_eq!(grouping.numbers(), Some([0, 1, 0, 2, 2, 3, 1].as_slice()), "{name}");
            assert_eq!(grouping.first, [0, 1, 3, 5], "{name}");
        }
        let both =
            Groupings::default().of(&numbered, &["text".to_owned(), "truth".to_owned()]).expect("both");
        assert_eq!(both.numbers(), Some([0, 1, 0, 2, 2, 3, 1].as_slice()));
        let keys = numbered.keys(&both, &["text".to_owned()]).expect("keys");
        let keys: Vec<Option<&str>> =
            keys.column("text").expect("a column").str().expect("texts").iter().collect();
        assert_eq!(keys, [Some("a"), None, Some(long), Some("b")]);
    }

    #[test]
    fn texts_ascend_where_each_is_greater_than_the_one_before_however_long_they_are() {
        let is = |texts: &[&str]| is_ascending(&Column::new("text".into(), texts));
        let ascending = [
            "",
            "a",
            "a\0",
            "aa",
            "ab",
            "abcdefghijkl",
            "abcdefghijklm",
            "abcdefghijkm",
            "z",
            "ñ",
            "ñandú of the south",
        ];
        assert!(is(&ascending));
        for at in 1..ascending.len() {
            let mut other = ascending;
            other.swap(at - 1, at);
            assert!(!is(&other), "{other:?}");
            other[at] = other[at - 1];
            assert!(!is(&other), "{other:?}");
        }
        assert!(!is_ascending(&Column::new("text".into(), [Some("a"), None])));
        let in_pieces = |pieces: &[&[&str]]| {
            let mut all = Column::new_empty("text".into(), &DataType::String);
            for piece in pieces {
                all.append_owned(Column::new("text".into(), *piece)).expect("texts");
            }
            is_ascending(&all)
        };
        assert!(in_pieces(&[&["a", "b"], &[], &["c"], &["d", "e"]]));
        assert!(!in_pieces(&[&["a", "c"], &[], &["b"], &["d", "e"]]));
        assert!(!in_pieces(&[&["a", "b"], &["b"]]));
    }

    #[test]
    fn combinations_that_are_too_many_for_a_table_are_told_apart_as_well() {
        let wide: Vec<i64> = (0..6000).map(|n| n % 3000).collect();
        let other: Vec<i64> = (0..6000).map(|n| n % 1500 * 1_000_000_007).collect();
        let frame = Frame::from(df!("wide" => wide, "other" => other).expect("a frame"));
        let names = ["wide".to_owned(), "other".to_owned()];
        let grouping = Groupings::default().of(&frame, &names).expect("a grouping");
        assert_eq!(grouping.count(), 3000);
        assert!(grouping.numbers().is_some_and(|numbers| numbers[..3000] == numbers[3000..]));
    }
}

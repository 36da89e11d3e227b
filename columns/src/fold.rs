//! Folds of values by group. Rows without a value are left out before.

use crate::Grouping;
use polars::prelude::*;

/// Up to so many pairs of a group and a value are noted as bits: 16 MiB.
const BITS: usize = 1 << 27;

/// The rows that are looked at: those at which a mask in one piece is true. `None`: all of them.
pub type Chosen = Option<BooleanChunked>;

/// Calls a function with each chosen row and the number of its group.
fn each(groups: &Grouping, height: usize, chosen: &Chosen, mut f: impl FnMut(usize, usize)) {
    let Some(mask) = chosen else {
        match groups.numbers() {
            None => (0..height).for_each(|row| f(row, 0)),
            Some(numbers) => numbers.iter().enumerate().for_each(|(row, group)| f(row, *group as usize)),
        }
        return;
    };
    match groups.numbers() {
        None => each_true(mask, |row| f(row, 0)),
        Some(numbers) => each_true(mask, |row| {
            if let Some(group) = numbers.get(row) {
                f(row, *group as usize);
            }
        }),
    }
}

/// Calls a function with each row at which a mask in one piece is true. Most masks are nearly full or nearly empty, so that words of them
/// are looked at rather than bits.
fn each_true(mask: &BooleanChunked, mut f: impl FnMut(usize)) {
    let words = mask.downcast_as_array().values().chunks::<u64>();
    let rest = words.remainder();
    for (place, word) in words.chain([rest]).enumerate() {
        let first = place * 64;
        if word == u64::MAX {
            (first..first + 64).for_each(&mut f);
            continue;
        }
        let mut left = word;
        while left != 0 {
            f(first + left.trailing_zeros() as usize);
            left &= left - 1;
        }
    }
}

fn whole_numbers(values: Vec<i64>) -> Column {
    Int64Chunked::from_vec(PlSmallStr::EMPTY, values).into_series().into_column()
}

fn numbers(values: impl Iterator<Item = Option<f64>>) -> Column {
    values.collect::<Float64Chunked>().into_series().into_column()
}

/// How many chosen rows each group has.
pub fn rows_of_groups(groups: &Grouping, height: usize, chosen: &Chosen) -> Column {
    let mut counts = vec![0_i64; groups.count()];
    each(groups, height, chosen, |_, group| counts[group] += 1);
    whole_numbers(counts)
}

/// How many different values the chosen rows of each group have.
pub fn distinct(groups: &Grouping, values: &Grouping, height: usize, chosen: &Chosen) -> Column {
    let mut counts = vec![0_i64; groups.count()];
    let wide = values.count();
    let value =
        |row: usize| values.numbers().and_then(|numbers| numbers.get(row)).map_or(0, |it| *it as usize);
    if groups.count().saturating_mul(wide) <= BITS {
        let mut seen = vec![0_u64; (groups.count() * wide).div_ceil(64)];
        each(groups, height, chosen, |row, group| {
            let place = group * wide + value(row);
            let (word, bit) = (&mut seen[place / 64], 1_u64 << (place % 64));
            counts[group] += i64::from(*word & bit == 0);
            *word |= bit;
        });
    } else {
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        each(groups, height, chosen, |row, group| {
            let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            pairs.push((narrow(group), narrow(value(row))));
        });
        pairs.sort_unstable();
        pairs.dedup();
        pairs.into_iter().for_each(|(group, _)| counts[group as usize] += 1);
    }
    whole_numbers(counts)
}

/// A sum that loses nothing on the way (Neumaier's), so that it hardly depends on the order of the rows.
#[derive(Clone, Copy, Default)]
struct Exact {
    sum: f64,
    lost: f64,
    count: u64,
}

impl Exact {
    fn add(&mut self, value: f64) {
        let sum = self.sum + value;
        self.lost +=
            if self.sum.abs() >= value.abs() { (self.sum - sum) + value } else { (value - sum) + self.sum };
        self.sum = sum;
        self.count += 1;
    }

    fn total(self) -> f64 {
        // What is infinite loses no part.
        if self.lost.is_finite() { self.sum + self.lost } else { self.sum }
    }
}

/// A column of numbers as one slice, and whether they are whole.
enum Numbers {
    Floats(Float64Chunked),
    Whole(Int64Chunked),
}

impl Numbers {
    /// `None`: they are no numbers.
    fn of(column: &Column) -> PolarsResult<Option<Self>> {
        Ok(match column.dtype() {
            DataType::Float64 | DataType::Float32 => {
                Some(Self::Floats(column.cast(&DataType::Float64)?.f64()?.rechunk().into_owned()))
            }
            kind if kind.is_integer() || *kind == DataType::Boolean => {
                Some(Self::Whole(column.cast(&DataType::Int64)?.i64()?.rechunk().into_owned()))
            }
            _ => None,
        })
    }
}

/// Sums of the chosen rows, or their means; a group without a value has none.
pub fn sums(groups: &Grouping, column: &Column, chosen: &Chosen, mean: bool) -> PolarsResult<Option<Column>> {
    let height = column.len();
    Ok(match Numbers::of(column)? {
        None => None,
        Some(Numbers::Floats(values)) => {
            let values = values.downcast_as_array().values().as_slice();
            let mut sums = vec![Exact::default(); groups.count()];
            each(groups, height, chosen, |row, group| sums[group].add(values[row]));
            #[expect(clippy::cast_precision_loss, reason = "a count of rows")]
            let value = |it: Exact| if mean { it.total() / it.count as f64 } else { it.total() };
            Some(numbers(sums.into_iter().map(|it| (it.count > 0).then(|| value(it)))))
        }
        Some(Numbers::Whole(values)) => {
            let values = values.downcast_as_array().values().as_slice();
            let mut sums = vec![(0_i128, 0_i64); groups.count()];
            each(groups, height, chosen, |row, group| {
                let (sum, count) = &mut sums[group];
                *sum += i128::from(values[row]);
                *count += 1;
            });
            if mean {
                #[expect(clippy::cast_precision_loss, reason = "a mean is a float")]
                Some(numbers(
                    sums.into_iter().map(|(sum, count)| (count > 0).then(|| sum as f64 / count as f64)),
                ))
            } else {
                let narrow = |sum: i128| {
                    i64::try_from(sum)
                        .map_err(|_| polars_err!(ComputeError: "a sum is larger than a whole number can be"))
                };
                let sums: Vec<Option<i64>> = sums
                    .into_iter()
                    .map(|(sum, count)| (count > 0).then(|| narrow(sum)).transpose())
                    .collect::<PolarsResult<_>>()?;
                Some(sums.into_iter().collect::<Int64Chunked>().into_series().into_column())
            }
        }
    })
}

/// The least or the greatest of the chosen rows.
pub fn extremes(
    groups: &Grouping,
    column: &Column,
    chosen: &Chosen,
    greatest: bool,
) -> PolarsResult<Option<Column>> {
    let (height, kind) = (column.len(), column.dtype().clone());
    let as_whole = if kind.is_temporal() { column.to_physical_repr() } else { column.clone() };
    Ok(match Numbers::of(&as_whole)?.filter(|_| kind != DataType::Boolean) {
        None => None,
        Some(Numbers::Floats(values)) => {
            let values = values.downcast_as_array().values().as_slice();
            let mut found: Vec<Option<f64>> = vec![None; groups.count()];
            each(groups, height, chosen, |row, group| {
                let (value, best) = (values[row], &mut found[group]);
                // Both pass over what is no number.
                *best = Some(best.map_or(value, |it| if greatest { it.max(value) } else { it.min(value) }));
            });
            Some(numbers(found.into_iter()))
        }
        Some(Numbers::Whole(values)) => {
            let values = values.downcast_as_array().values().as_slice();
            let mut found: Vec<Option<i64>> = vec![None; groups.count()];
            each(groups, height, chosen, |row, group| {
                let (value, best) = (values[row], &mut found[group]);
                *best = Some(best.map_or(value, |it| if greatest { it.max(value) } else { it.min(value) }));
            });
            let found = found.into_iter().collect::<Int64Chunked>().into_series();
            let found = found.cast(&as_whole.dtype().clone())?.cast(&kind)?;
            Some(found.into_column())
        }
    })
}

/// Numbers of the chosen rows, those of a group beside each other.
pub struct ByGroup {
    values: Vec<f64>,
    /// Where each group ends.
    ends: Vec<usize>,
}

impl ByGroup {
    /// `None`: they are no numbers.
    pub fn new(groups: &Grouping, column: &Column, chosen: &Chosen) -> PolarsResult<Option<Self>> {
        let height = column.len();
        let is_number = column.dtype().is_primitive_numeric();
        if !is_number {
            return Ok(None);
        }
        let column = column.cast(&DataType::Float64)?;
        let column = column.f64()?.rechunk();
        let all = column.downcast_as_array().values().as_slice();
        let mut next = vec![0_usize; groups.count()];
        each(groups, height, chosen, |_, group| next[group] += 1);
        let mut end = 0;
        for count in &mut next {
            end += *count;
            *count = end - *count;
        }
        let mut values = vec![0.0; end];
        each(groups, height, chosen, |row, group| {
            values[next[group]] = all[row];
            next[group] += 1;
        });
        Ok(Some(Self { values, ends: next }))
    }
}

/// A quantile of each group: on the straight line between two values, or the first value that so large a part is not above.
pub fn quantiles(all: &mut ByGroup, at: f64, between: bool) -> Column {
    let mut begin = 0;
    let mut found = Vec::with_capacity(all.ends.len());
    for end in &all.ends {
        found.push(quantile(&mut all.values[begin..*end], at, between));
        begin = *end;
    }
    numbers(found.into_iter())
}

fn quantile(values: &mut [f64], at: f64, between: bool) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "a number of rows")]
    let count = values.len() as f64;
    let place = if between { (count - 1.0) * at } else { ((count * at).ceil() - 1.0).max(0.0) };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place among the rows")]
    let below = (place.floor() as usize).min(values.len() - 1);
    let (_, lower, above) = values.select_nth_unstable_by(below, f64::total_cmp);
    let lower = *lower;
    let part = place - place.floor();
    if part == 0.0 {
        return Some(lower);
    }
    let upper = above.iter().copied().min_by(f64::total_cmp).unwrap_or(lower);
    Some((upper - lower) * part + lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_lies_on_the_line_between_two_values_or_is_one_of_them() {
        let mut values = [4.0, 1.0, 3.0, 2.0];
        assert_eq!(quantile(&mut values, 0.5, true), Some(2.5));
        assert_eq!(quantile(&mut values, 0.5, false), Some(2.0));
        assert_eq!(quantile(&mut values, 0.0, true), Some(1.0));
        assert_eq!(quantile(&mut values, 1.0, true), Some(4.0));
        assert_eq!(quantile(&mut values, 0.0, false), Some(1.0));
        assert_eq!(quantile(&mut values, 0.51, false), Some(3.0));
        assert_eq!(quantile(&mut [], 0.5, true), None);
    }

    #[test]
    fn a_sum_of_very_different_numbers_is_exact_in_any_order() {
        let mut values = vec![1e16, 1.0, -1e16, 0.1, 0.2, -0.3, 3.0];
        for _ in 0..values.len() {
            values.rotate_left(1);
            let mut sum = Exact::default();
            values.iter().for_each(|value| sum.add(*value));
            assert!((sum.total() - 4.0).abs() < 1e-12, "{values:?}: {}", sum.total());
        }
    }

    #[test]
    fn pairs_that_are_too_many_for_bits_are_counted_as_well() {
        let count = 12_000_u32;
        let groups: Vec<u32> = (0..count).chain(0..count).collect();
        let frame = df!("g" => &groups, "v" => &groups).expect("a frame");
        let of = |name: &str| {
            Grouping::of_columns(&[frame.column(name).expect("a column").clone()], frame.height())
                .expect("groups")
        };
        let counts = distinct(&of("g"), &of("v"), frame.height(), &None);
        assert_eq!(counts.len(), 12_000);
        assert_eq!(counts.i64().expect("whole").sum(), Some(12_000));
    }
}

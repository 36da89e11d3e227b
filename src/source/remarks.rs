//! What is told of the rows that stay, beside what rules say: tasks without a seller, and nothing at all in the period.

use super::Remark;
use super::rows::count;
use crate::definition::FrameName;
use parte_columns::Frame;
use polars::prelude::*;

/// The nine documented states, in order of engagement, those at risk last.
pub const STATES: [&str; 9] =
    ["sign_up", "setup", "aha", "casual", "habit", "core", "power", "dormant", "churned"];

/// What is told of the rows of a frame that stay, `own` of them the report's: that there are none in the period, or that tasks have no seller.
pub(super) fn of_all(
    frame: FrameName,
    data: &Frame,
    own: Option<&BooleanChunked>,
) -> PolarsResult<Option<Remark>> {
    let is_told = frame != FrameName::UserStates || data.has("state");
    let Some(own) = own.filter(|_| is_told) else { return Ok(None) };
    let of = count(own);
    if of == 0 {
        return Ok(Some(Remark::Empty { frame }));
    }
    if frame != FrameName::Tasks {
        return Ok(None);
    }
    let Ok(unsaid) = data.absent("seller_id") else { return Ok(None) };
    let count = count(&(&unsaid & own));
    Ok((count > 0).then_some(Remark::NoSeller { count, of }))
}

/// Values with their counts, the most frequent first.
pub(super) fn by_frequency(values: &StringChunked) -> Vec<(String, usize)> {
    let mut counts: PlHashMap<&str, usize> = PlHashMap::new();
    for value in values.iter().flatten() {
        *counts.entry(value).or_default() += 1;
    }
    let mut all: Vec<(String, usize)> = counts.into_iter().map(|(v, n)| (v.to_owned(), n)).collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    all
}

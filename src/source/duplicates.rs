//! Rows that stand for the same thing: which of them is the one to go by.

use parte_columns::Frame;
use polars::prelude::*;

/// The rows that repeat a key, but for one of each: that with the latest `updated_at`, where there is such a column, else the last
/// one read. Rows without a key repeat nothing, and rows that are left out already are not looked at.
pub(super) fn but_one(
    data: &Frame,
    key: &[&str],
    never_null: &[&str],
    kept: &BooleanChunked,
) -> PolarsResult<BooleanChunked> {
    let known = |name: &&&str| never_null.contains(name);
    let has_key = key.iter().filter(known).fold(lit(true), |all, name| all.and(col(*name).is_not_null()));
    let newest = data.has("updated_at").then_some("updated_at");
    let columns: Vec<Expr> = key.iter().copied().chain(newest).map(col).collect();
    let kept_column = kept.clone().with_name(KEPT.into()).into_series().into_column();
    let candidates = data
        .plan()?
        .select(columns)
        .collect()?
        .hstack(&[kept_column])?
        .lazy()
        .with_row_index(ROW, None)
        .filter(col(KEPT).and(has_key))
        .collect()?;
    let mut repeated = vec![false; data.height()];
    let by_key = || by_name(key.iter().copied(), true, false);
    let different = candidates
        .clone()
        .lazy()
        .select(key.iter().map(|name| col(*name)).collect::<Vec<_>>())
        .unique(None, UniqueKeepStrategy::Any)
        .collect()?
        .height();
    if different < candidates.height() {
        let mut order = vec![PlSmallStr::from_static(ROW)];
        if let Some(newest) = newest {
            order.insert(0, newest.into());
        }
        let last = candidates
            .clone()
            .lazy()
            // An absent `updated_at` stands before every other.
            .sort(order, SortMultipleOptions::default().with_nulls_last(false))
            .unique_stable(Some(by_key()), UniqueKeepStrategy::Last)
            .collect()?;
        for row in candidates.column(ROW)?.idx()?.iter().flatten() {
            repeated[row as usize] = true;
        }
        for row in last.column(ROW)?.idx()?.iter().flatten() {
            repeated[row as usize] = false;
        }
    }
    Ok(repeated.into_iter().collect())
}

const ROW: &str = "row of the read";
const KEPT: &str = "is kept";

#[cfg(test)]
mod tests {
    use super::but_one;
    use polars::prelude::*;

    fn repeated(updated: Option<[Option<i64>; 5]>, kept: [bool; 5]) -> Vec<bool> {
        let ids = Column::new("task_id".into(), [Some("a"), Some("b"), Some("a"), None, Some("a")]);
        let newest = updated.map(|at| Column::new("updated_at".into(), at));
        let data = DataFrame::new(5, std::iter::once(ids).chain(newest).collect()).expect("a frame");
        let kept: BooleanChunked = kept.into_iter().collect();
        let found = but_one(&data.into(), &["task_id"], &["task_id"], &kept).expect("rows");
        found.iter().flatten().collect()
    }

    #[test]
    fn the_latest_update_counts_and_without_one_the_last_row_that_was_read() {
        assert_eq!(repeated(None, [true; 5]), [true, false, true, false, false]);
        let updated = Some([Some(3), Some(1), Some(9), None, None]);
        assert_eq!(repeated(updated, [true; 5]), [true, false, false, false, true]);
        let tied = Some([Some(9), Some(1), Some(9), None, Some(9)]);
        assert_eq!(repeated(tied, [true; 5]), [true, false, true, false, false]);
    }

    #[test]
    fn a_row_that_is_left_out_already_is_not_the_one_that_counts() {
        assert_eq!(repeated(None, [true, true, true, true, false]), [true, false, false, false, false]);
    }
}

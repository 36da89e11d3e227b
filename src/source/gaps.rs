//! Users with days without a state between their first and their last one of the period. A day that is not there is no row: it is only told.

use super::rows::number;
use super::{Need, Remark};
use crate::definition::{Flaw, FrameName, Quality, Rows};
use parte_columns::Frame;
use polars::prelude::*;

/// The remark on gaps, where it is asked for and every day of the period was read.
pub(super) fn told(
    frame: FrameName,
    data: &Frame,
    rules: &Quality,
    need: &Need,
) -> PolarsResult<Option<Remark>> {
    let asked = frame == FrameName::UserStates && rules.written(Flaw::Gaps).is_some();
    let Some(period) = need.periods.first().filter(|_| asked && need.rows.contains(&Rows::Days)) else {
        return Ok(None);
    };
    if !data.has("user_id") || !data.has("date") {
        return Ok(None);
    }
    let day = || col("date").cast(DataType::Int64);
    let gaps = || col("last") - col("first") + lit(1_i64) - col("days");
    let users = data
        .plan()?
        .select([col("user_id"), day().alias("day")])
        .filter(col("user_id").is_not_null())
        .filter(col("day").gt_eq(lit(number(period.from()))).and(col("day").lt(lit(number(period.to())))))
        .group_by([col("user_id")])
        .agg([
            col("day").min().alias("first"),
            col("day").max().alias("last"),
            col("day").n_unique().cast(DataType::Int64).alias("days"),
        ])
        .select([gaps().alias("gaps")])
        .collect()?;
    let gaps = users.column("gaps")?.i64()?.clone();
    let with_gaps = gaps.gt(0_i64).sum().unwrap_or(0) as usize;
    let days = usize::try_from(gaps.sum().unwrap_or(0)).unwrap_or(0);
    Ok((with_gaps > 0).then_some(Remark::Gaps { count: with_gaps, of: users.height(), days }))
}

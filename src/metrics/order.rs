//! The order of a table's rows, and dimensions as they are given out: text or date.

use super::columns;
use polars::prelude::*;

/// Sorts by the dimensions: states in order of engagement, ages from young to old, others ascending, nulls last.
pub(super) fn sorted(plan: LazyFrame, dimensions: &[String]) -> LazyFrame {
    if dimensions.is_empty() {
        return plan;
    }
    let keys: Vec<Expr> = dimensions.iter().flat_map(|d| keys_of(d)).collect();
    plan.sort_by_exprs(keys, SortMultipleOptions::default().with_nulls_last(true).with_maintain_order(true))
}

fn keys_of(dimension: &str) -> Vec<Expr> {
    let value = || col(dimension);
    let Some(order) = columns::order_of(dimension) else { return vec![value()] };
    // Values outside the known ones stand behind them, by their own order; null stays null, and last.
    let last = lit(i32::try_from(order.len()).unwrap_or(i32::MAX));
    let behind = when(value().is_null()).then(lit(NULL)).otherwise(last).cast(DataType::Int32);
    let place = order.iter().enumerate().fold(behind, |otherwise, (place, known)| {
        let place = lit(i32::try_from(place).unwrap_or(i32::MAX));
        when(value().eq(lit(*known))).then(place).otherwise(otherwise)
    });
    vec![place, value()]
}

/// Numbers and yes/no among the dimensions become text; hours with two digits.
pub(super) fn dimensions_as_text(table: DataFrame, dimensions: &[String]) -> PolarsResult<DataFrame> {
    let mut table = table;
    for dimension in dimensions {
        let column = table.column(dimension)?;
        if matches!(column.dtype(), DataType::String | DataType::Date) {
            continue;
        }
        let text: StringChunked = match column.dtype() {
            DataType::Datetime(..) => column.cast(&DataType::Date)?.cast(&DataType::String)?.str()?.clone(),
            kind if dimension == "hour" && kind.is_integer() => {
                column.cast(&DataType::Int64)?.i64()?.iter().map(|h| h.map(|h| format!("{h:02}"))).collect()
            }
            _ => column.cast(&DataType::String)?.str()?.clone(),
        };
        table.with_column(text.with_name(dimension.as_str().into()).into_series().into_column())?;
    }
    Ok(table)
}

//! Expressions of each row: once for each value, or each combination of values, where the columns that they look at are held once, since
//! there are few values and many rows; row by row where not.

use super::engine::RELATION;
use super::sql::{OfRow, quoted};
use parte_columns::{Frame, by_number, number_name};
use polars::prelude::*;
use polars::sql::SQLContext;
use std::collections::BTreeMap;

/// Up to so many combinations of values are looked at in place of rows.
const MOST: usize = 1 << 16;

/// The expressions of each row, computed by Polars.
pub(super) fn computed(rows: &Frame, of: &[&OfRow]) -> PolarsResult<Vec<Column>> {
    let mut found: Vec<Option<Column>> = vec![None; of.len()];
    let mut by_columns: BTreeMap<&[String], Vec<usize>> = BTreeMap::new();
    for (place, of) in of.iter().enumerate() {
        by_columns.entry(&of.columns).or_default().push(place);
    }
    for (columns, places) in by_columns {
        let Some(combinations) = Combinations::of(rows, columns)? else { continue };
        let texts: Vec<&str> = places.iter().map(|place| of[*place].text.as_str()).collect();
        // A value that no row has here may be one that an expression fails on: then rows are asked.
        let Ok(values) = evaluated(combinations.table.lazy(), &columns[0], &texts) else { continue };
        for (place, values) in places.into_iter().zip(values) {
            found[place] = Some(by_number(&combinations.numbers, &values)?);
        }
    }
    let left: Vec<usize> = (0..of.len()).filter(|place| found[*place].is_none()).collect();
    if !left.is_empty() {
        let texts: Vec<&str> = left.iter().map(|place| of[*place].text.as_str()).collect();
        let plain = rows.names().find(|name| rows.values(name).is_none()).map(str::to_owned);
        let beside = plain.or_else(|| rows.names().next().map(|name| number_name(name).to_string()));
        let values = evaluated(rows.plan()?, &beside.unwrap_or_default(), &texts)?;
        left.into_iter().zip(values).for_each(|(place, values)| found[place] = Some(values));
    }
    Ok(found.into_iter().flatten().collect())
}

/// Every combination of the values of some columns, and which of them each row has.
struct Combinations {
    table: DataFrame,
    numbers: Column,
}

impl Combinations {
    /// `None`: a column is held row by row, or there are too many of them.
    fn of(rows: &Frame, columns: &[String]) -> PolarsResult<Option<Self>> {
        let values: Option<Vec<&Column>> = columns.iter().map(|name| rows.values(name)).collect();
        let Some(values) = values.filter(|values| !values.is_empty()) else { return Ok(None) };
        let count = values.iter().try_fold(1_usize, |count, values| count.checked_mul(values.len()));
        let Some(count) = count.filter(|count| *count <= MOST.min(rows.height())) else { return Ok(None) };
        let mut table = Vec::with_capacity(columns.len());
        let mut numbers: Option<UInt32Chunked> = None;
        let mut after = count;
        for (name, values) in columns.iter().zip(values) {
            after /= values.len().max(1);
            let place = |combination: usize| IdxSize::try_from(combination / after % values.len());
            let places: Vec<IdxSize> = (0..count).filter_map(|it| place(it).ok()).collect();
            let places = IdxCa::from_vec(PlSmallStr::EMPTY, places);
            table.push(values.take(&places)?.with_name(name.as_str().into()));
            let own = rows.numbers(name)?;
            numbers = Some(match numbers {
                None => own.clone(),
                Some(before) => {
                    let wide = u32::try_from(values.len()).unwrap_or(u32::MAX);
                    let both = before.iter().zip(own.iter()).map(|(before, own)| Some(before? * wide + own?));
                    both.collect()
                }
            });
        }
        let numbers = numbers.unwrap_or_default().into_series().into_column();
        Ok(Some(Self { table: DataFrame::new(count, table)?, numbers }))
    }
}

/// Expressions over a plan, `beside` one of its columns, so that a literal is as long as the rows are.
fn evaluated(plan: LazyFrame, beside: &str, texts: &[&str]) -> PolarsResult<Vec<Column>> {
    let name = |number: usize| format!("expression {number}");
    let list: Vec<String> = std::iter::once(format!("{} as \"beside\"", quoted(beside)))
        .chain(texts.iter().enumerate().map(|(number, text)| format!("{text} as {}", quoted(&name(number)))))
        .collect();
    let mut context = SQLContext::new();
    context.register(RELATION, plan);
    let mut values = context.execute(&format!("select {} from {RELATION}", list.join(", ")))?.collect()?;
    values.rechunk_mut();
    (0..texts.len()).map(|number| values.column(&name(number)).cloned()).collect()
}

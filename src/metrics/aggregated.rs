//! The aggregates of metrics, by group: Polars computes the expressions of the rows, their values are folded here.
//!
//! A filter or a count of distinct values within an aggregate makes Polars take the rows of each group apart; here each row has the
//! number of its group, and one pass over the rows serves all groups. Folds go in the order of the rows and on one thread each, so that
//! the same rows give the same number on every machine.

use super::engine::RELATION;
use super::sql::{Aggregate, Fold, quoted};
use parte_columns::{
    ByGroup, Chosen, Grouping, Groupings, distinct, extremes, quantiles, rows_of_groups, sums, true_rows,
};
use polars::prelude::*;
use polars::sql::SQLContext;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The group of a row, where Polars is asked.
const GROUP: &str = "number of the group";

/// The aggregates as columns, one row a group, under the names of [`Aggregate::name`].
pub(super) fn aggregated(
    rows: &DataFrame,
    groups: &Grouping,
    known: &Groupings,
    aggregates: &[Aggregate],
) -> PolarsResult<DataFrame> {
    let mut of_rows = OfRows::new(rows, aggregates)?;
    let mut columns: Vec<Column> = Vec::with_capacity(aggregates.len());
    let mut left: Vec<(usize, &Aggregate)> = Vec::new();
    for (place, aggregate) in aggregates.iter().enumerate() {
        match of_rows.folded(aggregate, groups, known)? {
            Some(column) => columns.push(column.with_name(Aggregate::name(place).into())),
            None => left.push((place, aggregate)),
        }
    }
    columns.extend(by_engine(rows, groups, &left)?);
    DataFrame::new(groups.count(), columns)
}

/// What the expressions of aggregates are for each row.
struct OfRows<'a> {
    rows: &'a DataFrame,
    values: DataFrame,
    /// Where the value of an expression is.
    places: BTreeMap<&'a str, String>,
    /// Rows that fulfil a filter and have values of some expressions.
    chosen: BTreeMap<(Option<&'a str>, Vec<&'a str>), Arc<Chosen>>,
    /// Numbers by group, of an expression under a filter.
    by_group: BTreeMap<(Option<&'a str>, &'a str), ByGroup>,
}

impl<'a> OfRows<'a> {
    /// Computes every expression once.
    fn new(rows: &'a DataFrame, aggregates: &'a [Aggregate]) -> PolarsResult<Self> {
        let mut places: BTreeMap<&str, String> = BTreeMap::new();
        let folds = aggregates.iter().filter(|it| it.fold != Fold::Engine);
        for text in folds.flat_map(|it| it.filter.as_deref().into_iter().chain(values_of(&it.fold))) {
            let number = places.len();
            places.entry(text).or_insert_with(|| format!("expression {number}"));
        }
        // A column of the relation stands beside them, so that a literal is as long as the rows are.
        let beside = rows.get_column_names().first().map(|name| quoted(name)).unwrap_or_default();
        let list: Vec<String> = std::iter::once(format!("{beside} as \"beside\""))
            .chain(places.iter().map(|(text, name)| format!("{text} as {}", quoted(name))))
            .collect();
        let mut context = SQLContext::new();
        context.register(RELATION, rows.clone().lazy());
        let values = context.execute(&format!("select {} from {RELATION}", list.join(", ")))?;
        let mut values = values.collect()?;
        values.rechunk_mut();
        Ok(Self { rows, values, places, chosen: BTreeMap::new(), by_group: BTreeMap::new() })
    }

    fn value(&self, text: &str) -> PolarsResult<&Column> {
        let name = self.places.get(text).map_or(text, String::as_str);
        self.values.column(name)
    }

    /// The values of an aggregate, one a group; `None`: of a kind that only the engine folds.
    fn folded(
        &mut self,
        aggregate: &'a Aggregate,
        groups: &Grouping,
        known: &Groupings,
    ) -> PolarsResult<Option<Column>> {
        let filter = aggregate.filter.as_deref();
        Ok(match &aggregate.fold {
            Fold::Engine => None,
            Fold::Rows => Some(rows_of_groups(groups, self.rows.height(), &*self.chosen(filter, &[])?)),
            Fold::Values(of) => {
                Some(rows_of_groups(groups, self.rows.height(), &*self.chosen(filter, &[of])?))
            }
            Fold::Distinct(of) => {
                let texts: Vec<&str> = of.iter().map(String::as_str).collect();
                let chosen = self.chosen(filter, &texts)?;
                let values = self.grouping_of(of, known)?;
                Some(distinct(groups, &values, self.rows.height(), &chosen))
            }
            Fold::Sum(of) | Fold::Mean(of) => {
                let chosen = self.chosen(filter, &[of])?;
                sums(groups, self.value(of)?, &chosen, matches!(aggregate.fold, Fold::Mean(_)))?
            }
            Fold::Least(of) | Fold::Greatest(of) => {
                let chosen = self.chosen(filter, &[of])?;
                extremes(groups, self.value(of)?, &chosen, matches!(aggregate.fold, Fold::Greatest(_)))?
            }
            Fold::Quantile(of, at) | Fold::QuantileOfValues(of, at) => {
                if !self.by_group.contains_key(&(filter, of.as_str())) {
                    let chosen = self.chosen(filter, &[of])?;
                    let Some(sorted) = ByGroup::new(groups, self.value(of)?, &chosen)? else {
                        return Ok(None);
                    };
                    self.by_group.insert((filter, of), sorted);
                }
                let between = matches!(aggregate.fold, Fold::Quantile(..));
                self.by_group.get_mut(&(filter, of.as_str())).map(|values| quantiles(values, *at, between))
            }
        })
    }

    /// The rows that fulfil a filter and have a value of each expression.
    fn chosen(&mut self, filter: Option<&'a str>, of: &[&'a str]) -> PolarsResult<Arc<Chosen>> {
        let mut masks: Vec<BooleanChunked> = Vec::new();
        if let Some(filter) = filter {
            masks.push(as_condition(self.value(filter)?)?);
        }
        let mut with_nulls = Vec::new();
        for text in of {
            let value = self.value(text)?;
            if value.null_count() > 0 {
                masks.push(value.is_not_null());
                with_nulls.push(*text);
            }
        }
        let key = (filter, with_nulls);
        if let Some(chosen) = self.chosen.get(&key) {
            return Ok(Arc::clone(chosen));
        }
        let all = masks.into_iter().reduce(|one, other| &one & &other);
        let chosen = Arc::new(all.map(|mask| true_rows(&mask)));
        self.chosen.insert(key, Arc::clone(&chosen));
        Ok(chosen)
    }

    /// The rows by the values of expressions. Those that are columns of the relation are numbered once for all metrics.
    fn grouping_of(&self, of: &[String], known: &Groupings) -> PolarsResult<Arc<Grouping>> {
        let column_names: Option<Vec<String>> = of
            .iter()
            .map(|text| {
                let name = text.trim_matches('"');
                self.rows.get_column_index(name).map(|_| name.to_owned())
            })
            .collect();
        if let Some(names) = column_names {
            return known.of(self.rows, &names);
        }
        let columns = of.iter().map(|text| self.value(text).cloned()).collect::<PolarsResult<Vec<_>>>()?;
        Grouping::of_columns(&columns, self.rows.height()).map(Arc::new)
    }
}

/// The expressions whose values are folded.
fn values_of(fold: &Fold) -> impl Iterator<Item = &str> {
    let one = match fold {
        Fold::Rows | Fold::Engine | Fold::Distinct(_) => None,
        Fold::Values(of) | Fold::Sum(of) | Fold::Mean(of) | Fold::Least(of) | Fold::Greatest(of) => Some(of),
        Fold::Quantile(of, _) | Fold::QuantileOfValues(of, _) => Some(of),
    };
    let several = if let Fold::Distinct(of) = fold { of.as_slice() } else { &[] };
    one.into_iter().chain(several).map(String::as_str)
}

/// A filter: what is neither true nor false does not fulfil it.
fn as_condition(column: &Column) -> PolarsResult<BooleanChunked> {
    let mask = match column.dtype() {
        DataType::Null => BooleanChunked::full(PlSmallStr::EMPTY, false, column.len()),
        DataType::Boolean => column.bool()?.clone(),
        other => polars_bail!(SchemaMismatch: "filter predicate must be of type `Boolean`, got `{}`", other),
    };
    Ok(if mask.null_count() == 0 { mask } else { &mask & &mask.is_not_null() })
}

/// What only the engine folds, in the order of the groups.
fn by_engine(
    rows: &DataFrame,
    groups: &Grouping,
    aggregates: &[(usize, &Aggregate)],
) -> PolarsResult<Vec<Column>> {
    if aggregates.is_empty() {
        return Ok(Vec::new());
    }
    let list: Vec<String> = aggregates
        .iter()
        .map(|(place, aggregate)| format!("{} as {}", aggregate.text, quoted(&Aggregate::name(*place))))
        .collect();
    let list = list.join(", ");
    let mut context = SQLContext::new();
    let table = match groups.numbers() {
        None => {
            context.register(RELATION, rows.clone().lazy());
            context.execute(&format!("select {list} from {RELATION}"))?.collect()?
        }
        Some(numbers) => {
            let numbers = UInt32Chunked::from_slice(GROUP.into(), numbers).into_series().into_column();
            let numbered = rows.clone().with_column(numbers)?.clone();
            context.register(RELATION, numbered.lazy());
            let sql = format!("select \"{GROUP}\", {list} from {RELATION} group by \"{GROUP}\"");
            context.execute(&sql)?.collect()?.sort([GROUP], SortMultipleOptions::default())?
        }
    };
    if table.height() != groups.count() {
        polars_bail!(ShapeMismatch: "it gives {} values instead of {}", table.height(), groups.count());
    }
    aggregates.iter().map(|(place, _)| table.column(&Aggregate::name(*place)).cloned()).collect()
}

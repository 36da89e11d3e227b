//! The aggregates of metrics, by group: Polars computes the expressions of the rows, their values are folded here.
//!
//! A filter or a count of distinct values within an aggregate makes Polars take the rows of each group apart; here each row has the
//! number of its group, and one pass over the rows serves all groups. Folds go in the order of the rows and on one thread each, so that
//! the same rows give the same number on every machine.

use super::engine::RELATION;
use super::sql::{Aggregate, Fold, quoted};
use parte_columns::{
    ByGroup, Chosen, Grouping, Groupings, distinct, extremes, quantiles, rows_of_groups, sums,
};
use polars::prelude::*;
use polars::sql::SQLContext;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// The group of a row, where Polars is asked.
const GROUP: &str = "number of the group";

/// What has been found out about the rows of a relation, for every table that looks at them.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) groupings: Groupings,
    /// Which rows fulfil a filter, by its text.
    filters: Mutex<BTreeMap<String, BooleanChunked>>,
}

impl Known {
    fn filter(&self, text: &str) -> Option<BooleanChunked> {
        self.filters.lock().unwrap_or_else(PoisonError::into_inner).get(text).cloned()
    }

    fn keep_filter(&self, text: &str, mask: BooleanChunked) {
        self.filters.lock().unwrap_or_else(PoisonError::into_inner).insert(text.to_owned(), mask);
    }
}

/// The aggregates as columns, one row a group, under the names of [`Aggregate::name`].
pub(super) fn aggregated(
    rows: &DataFrame,
    groups: &Grouping,
    known: &Known,
    aggregates: &[Aggregate],
) -> PolarsResult<DataFrame> {
    let mut of_rows = OfRows::new(rows, aggregates, known)?;
    let mut columns: Vec<Column> = Vec::with_capacity(aggregates.len());
    let mut left: Vec<(usize, &Aggregate)> = Vec::new();
    for (place, aggregate) in aggregates.iter().enumerate() {
        match of_rows.folded(aggregate, groups)? {
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
    known: &'a Known,
    /// The values of expressions that are no columns of the relation, by their texts.
    values: BTreeMap<&'a str, Column>,
    /// Numbers by group, of an expression under a filter.
    by_group: BTreeMap<(Option<&'a str>, &'a str), ByGroup>,
}

impl<'a> OfRows<'a> {
    /// Computes every expression once, filters only where no table has asked for them before.
    fn new(rows: &'a DataFrame, aggregates: &'a [Aggregate], known: &'a Known) -> PolarsResult<Self> {
        let folds = || aggregates.iter().filter(|it| it.fold != Fold::Engine);
        let filters: BTreeSet<&str> = folds()
            .filter_map(|it| it.filter.as_deref())
            .filter(|text| known.filter(text).is_none())
            .collect();
        let is_computed = |text: &&str| column_of(rows, text).is_none();
        let values: BTreeSet<&str> = folds().flat_map(|it| values_of(&it.fold)).filter(is_computed).collect();
        let texts: Vec<&str> = filters.union(&values).copied().collect();
        let columns = computed(rows, &texts)?;
        for (text, column) in texts.iter().zip(&columns).filter(|(text, _)| filters.contains(*text)) {
            known.keep_filter(text, as_condition(column)?);
        }
        let values = texts.into_iter().zip(columns).filter(|(text, _)| values.contains(text)).collect();
        Ok(Self { rows, known, values, by_group: BTreeMap::new() })
    }

    fn value(&self, text: &str) -> PolarsResult<&Column> {
        match self.values.get(text) {
            Some(column) => Ok(column),
            None => column_of(self.rows, text)
                .ok_or_else(|| polars_err!(ColumnNotFound: "{}", text.trim_matches('"'))),
        }
    }

    /// The values of an aggregate, one a group; `None`: of a kind that only the engine folds.
    fn folded(&mut self, aggregate: &'a Aggregate, groups: &Grouping) -> PolarsResult<Option<Column>> {
        let filter = aggregate.filter.as_deref();
        Ok(match &aggregate.fold {
            Fold::Engine => None,
            Fold::Rows => Some(rows_of_groups(groups, self.rows.height(), &self.chosen(filter, &[])?)),
            Fold::Values(of) => {
                Some(rows_of_groups(groups, self.rows.height(), &self.chosen(filter, &[of])?))
            }
            Fold::Distinct(of) => {
                let texts: Vec<&str> = of.iter().map(String::as_str).collect();
                let chosen = self.chosen(filter, &texts)?;
                let values = self.grouping_of(of)?;
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
    fn chosen(&self, filter: Option<&str>, of: &[&str]) -> PolarsResult<Chosen> {
        let mut masks: Vec<BooleanChunked> = Vec::new();
        if let Some(filter) = filter {
            let mask = self.known.filter(filter);
            masks.push(mask.ok_or_else(|| polars_err!(ComputeError: "no rows of the filter {}", filter))?);
        }
        for text in of {
            let value = self.value(text)?;
            if value.null_count() > 0 {
                masks.push(value.is_not_null());
            }
        }
        Ok(masks.into_iter().reduce(|one, other| &one & &other).map(|mask| mask.rechunk().into_owned()))
    }

    /// The rows by the values of expressions. Those that are columns of the relation are numbered once for all metrics.
    fn grouping_of(&self, of: &[String]) -> PolarsResult<Arc<Grouping>> {
        let names: Option<Vec<String>> =
            of.iter().map(|text| Some(column_of(self.rows, text)?.name().to_string())).collect();
        if let Some(names) = names {
            return self.known.groupings.of(self.rows, &names);
        }
        let columns = of.iter().map(|text| self.value(text).cloned()).collect::<PolarsResult<Vec<_>>>()?;
        Grouping::of_columns(&columns, self.rows.height()).map(Arc::new)
    }
}

/// The column of the relation that an expression is, if it is nothing else.
fn column_of<'a>(rows: &'a DataFrame, text: &str) -> Option<&'a Column> {
    let name = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    rows.column(name).ok()
}

/// Expressions of each row, computed by Polars.
fn computed(rows: &DataFrame, texts: &[&str]) -> PolarsResult<Vec<Column>> {
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    // A column of the relation stands beside them, so that a literal is as long as the rows are.
    let beside = rows.get_column_names().first().map(|name| quoted(name)).unwrap_or_default();
    let name = |number: usize| format!("expression {number}");
    let list: Vec<String> = std::iter::once(format!("{beside} as \"beside\""))
        .chain(texts.iter().enumerate().map(|(number, text)| format!("{text} as {}", quoted(&name(number)))))
        .collect();
    let mut context = SQLContext::new();
    context.register(RELATION, rows.clone().lazy());
    let mut values = context.execute(&format!("select {} from {RELATION}", list.join(", ")))?.collect()?;
    values.rechunk_mut();
    (0..texts.len()).map(|number| values.column(&name(number)).cloned()).collect()
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

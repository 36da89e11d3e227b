//! The aggregates of metrics, by group: Polars computes the expressions of the rows, their values are folded here.
//!
//! A filter or a count of distinct values within an aggregate makes Polars take the rows of each group apart; here each row has the
//! number of its group, and one pass over the rows serves all groups. Folds go in the order of the rows and on one thread each, so that
//! the same rows give the same number on every machine.

use super::by_value::computed;
use super::engine::RELATION;
use super::sql::{Aggregate, Fold, OfRow, quoted};
use parte_columns::{
    ByGroup, Chosen, Frame, Grouping, Groupings, distinct, extremes, quantiles, rows_of_groups, sums,
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
    /// The rows for which a condition is true, by its text.
    conditions: Mutex<BTreeMap<String, BooleanChunked>>,
}

impl Known {
    fn condition(&self, text: &str) -> Option<BooleanChunked> {
        self.conditions.lock().unwrap_or_else(PoisonError::into_inner).get(text).cloned()
    }

    fn keep_condition(&self, text: &str, mask: BooleanChunked) {
        self.conditions.lock().unwrap_or_else(PoisonError::into_inner).insert(text.to_owned(), mask);
    }
}

/// The aggregates as columns, one row a group, under the names of [`Aggregate::name`]. Only rows that belong are looked at, where that is
/// said.
pub(super) fn aggregated(
    rows: &Frame,
    belong: Option<&BooleanChunked>,
    groups: &Grouping,
    known: &Known,
    aggregates: &[Aggregate],
) -> PolarsResult<DataFrame> {
    let mut of_rows = OfRows::new(rows, belong, aggregates, known)?;
    let mut columns: Vec<Column> = Vec::with_capacity(aggregates.len());
    let mut left: Vec<(usize, &Aggregate)> = Vec::new();
    for (place, aggregate) in aggregates.iter().enumerate() {
        match of_rows.folded(aggregate, groups)? {
            Some(column) => columns.push(column.with_name(Aggregate::name(place).into())),
            None => left.push((place, aggregate)),
        }
    }
    columns.extend(by_engine(rows, belong, groups, &left)?);
    DataFrame::new(groups.count(), columns)
}

/// What the expressions of aggregates are for each row.
struct OfRows<'a> {
    rows: &'a Frame,
    belong: Option<&'a BooleanChunked>,
    known: &'a Known,
    /// The values of expressions that are no columns of the relation, by their texts.
    values: BTreeMap<&'a str, Column>,
    /// Numbers by group, of an expression under a filter.
    by_group: BTreeMap<(&'a [OfRow], &'a OfRow), ByGroup>,
}

impl<'a> OfRows<'a> {
    /// Computes every expression once, conditions only where no table has asked for them before.
    fn new(
        rows: &'a Frame,
        belong: Option<&'a BooleanChunked>,
        aggregates: &'a [Aggregate],
        known: &'a Known,
    ) -> PolarsResult<Self> {
        let folds = || aggregates.iter().filter(|it| it.fold != Fold::Engine);
        let conditions: BTreeSet<&OfRow> =
            folds().flat_map(|it| &it.filter).filter(|it| known.condition(&it.text).is_none()).collect();
        let is_computed = |it: &&OfRow| column_of(rows, it).is_none();
        let values: BTreeSet<&OfRow> =
            folds().flat_map(|it| values_of(&it.fold)).filter(is_computed).collect();
        let all: Vec<&OfRow> = conditions.union(&values).copied().collect();
        let columns = computed(rows, &all)?;
        for (condition, column) in all.iter().zip(&columns).filter(|(it, _)| conditions.contains(*it)) {
            known.keep_condition(&condition.text, as_condition(column)?);
        }
        let values = all
            .into_iter()
            .zip(columns)
            .filter(|(it, _)| values.contains(it))
            .map(|(it, column)| (it.text.as_str(), column));
        Ok(Self { rows, belong, known, values: values.collect(), by_group: BTreeMap::new() })
    }

    fn value(&self, of: &OfRow) -> PolarsResult<Column> {
        match (self.values.get(of.text.as_str()), column_of(self.rows, of)) {
            (Some(column), _) => Ok(column.clone()),
            (None, Some(name)) => self.rows.column(name),
            (None, None) => Err(polars_err!(ColumnNotFound: "{}", of.text.trim_matches('"'))),
        }
    }

    /// The rows without a value of an expression; `None`: every row has one.
    fn absent(&self, of: &OfRow) -> PolarsResult<Option<BooleanChunked>> {
        let absent = match (self.values.get(of.text.as_str()), column_of(self.rows, of)) {
            (None, Some(name)) if self.rows.is_whole(name)? => return Ok(None),
            (None, Some(name)) => self.rows.absent(name)?,
            _ => self.value(of)?.is_null(),
        };
        Ok((absent.sum() != Some(0)).then_some(absent))
    }

    /// The values of an aggregate, one a group; `None`: of a kind that only the engine folds.
    fn folded(&mut self, aggregate: &'a Aggregate, groups: &Grouping) -> PolarsResult<Option<Column>> {
        let filter = aggregate.filter.as_slice();
        let height = self.rows.height();
        Ok(match &aggregate.fold {
            Fold::Engine => None,
            Fold::Rows => Some(rows_of_groups(groups, height, &self.chosen(filter, &[])?)),
            Fold::Values(of) => {
                Some(rows_of_groups(groups, height, &self.chosen(filter, std::slice::from_ref(of))?))
            }
            Fold::Distinct(of) => {
                let chosen = self.chosen(filter, of)?;
                let values = self.grouping_of(of)?;
                Some(distinct(groups, &values, height, &chosen))
            }
            Fold::Sum(of) | Fold::Mean(of) => {
                let chosen = self.chosen(filter, std::slice::from_ref(of))?;
                sums(groups, &self.value(of)?, &chosen, matches!(aggregate.fold, Fold::Mean(_)))?
            }
            Fold::Least(of) | Fold::Greatest(of) => {
                let chosen = self.chosen(filter, std::slice::from_ref(of))?;
                extremes(groups, &self.value(of)?, &chosen, matches!(aggregate.fold, Fold::Greatest(_)))?
            }
            Fold::Quantile(of, at) | Fold::QuantileOfValues(of, at) => {
                if !self.by_group.contains_key(&(filter, of)) {
                    let chosen = self.chosen(filter, std::slice::from_ref(of))?;
                    let Some(sorted) = ByGroup::new(groups, &self.value(of)?, &chosen)? else {
                        return Ok(None);
                    };
                    self.by_group.insert((filter, of), sorted);
                }
                let between = matches!(aggregate.fold, Fold::Quantile(..));
                self.by_group.get_mut(&(filter, of)).map(|values| quantiles(values, *at, between))
            }
        })
    }

    /// The rows that belong, fulfil all conditions and have a value of each expression.
    fn chosen(&self, filter: &[OfRow], of: &[OfRow]) -> PolarsResult<Chosen> {
        let mut masks: Vec<BooleanChunked> = self.belong.cloned().into_iter().collect();
        for condition in filter {
            let mask = self.known.condition(&condition.text);
            let unknown = || polars_err!(ComputeError: "no rows of the condition {}", condition.text);
            masks.push(mask.ok_or_else(unknown)?);
        }
        for of in of {
            masks.extend(self.absent(of)?.map(|absent| !absent));
        }
        Ok(masks.into_iter().reduce(|one, other| &one & &other).map(|mask| mask.rechunk().into_owned()))
    }

    /// The rows by the values of expressions. Those that are columns of the relation are numbered once for all metrics.
    fn grouping_of(&self, of: &[OfRow]) -> PolarsResult<Arc<Grouping>> {
        let names: Option<Vec<String>> =
            of.iter().map(|of| column_of(self.rows, of).map(str::to_owned)).collect();
        if let Some(names) = names {
            return self.known.groupings.of(self.rows, &names);
        }
        let columns = of.iter().map(|of| self.value(of)).collect::<PolarsResult<Vec<_>>>()?;
        Grouping::of_columns(&columns, self.rows.height()).map(Arc::new)
    }
}

/// The column of the relation that an expression is, if it is nothing else.
fn column_of<'a>(rows: &Frame, of: &'a OfRow) -> Option<&'a str> {
    let name = of.text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(&of.text);
    rows.has(name).then_some(name)
}

/// The expressions whose values are folded.
fn values_of(fold: &Fold) -> impl Iterator<Item = &OfRow> {
    let one = match fold {
        Fold::Rows | Fold::Engine | Fold::Distinct(_) => None,
        Fold::Values(of) | Fold::Sum(of) | Fold::Mean(of) | Fold::Least(of) | Fold::Greatest(of) => Some(of),
        Fold::Quantile(of, _) | Fold::QuantileOfValues(of, _) => Some(of),
    };
    let several = if let Fold::Distinct(of) = fold { of.as_slice() } else { &[] };
    one.into_iter().chain(several)
}

/// A condition: what is neither true nor false is not fulfilled.
pub(super) fn as_condition(column: &Column) -> PolarsResult<BooleanChunked> {
    let mask = match column.dtype() {
        DataType::Null => BooleanChunked::full(PlSmallStr::EMPTY, false, column.len()),
        DataType::Boolean => column.bool()?.clone(),
        other => polars_bail!(SchemaMismatch: "filter predicate must be of type `Boolean`, got `{}`", other),
    };
    Ok(if mask.null_count() == 0 { mask } else { &mask & &mask.is_not_null() })
}

/// What only the engine folds, in the order of the groups.
fn by_engine(
    rows: &Frame,
    belong: Option<&BooleanChunked>,
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
    let mut numbered = rows.clone();
    if let Some(numbers) = groups.numbers() {
        let numbers = UInt32Chunked::from_slice(GROUP.into(), numbers).into_series().into_column();
        numbered.with_column(numbers)?;
    }
    if let Some(belong) = belong {
        numbered = numbered.filter(belong)?;
    }
    let mut context = SQLContext::new();
    context.register(RELATION, numbered.plan()?);
    let table = if groups.numbers().is_none() {
        context.execute(&format!("select {list} from {RELATION}"))?.collect()?
    } else {
        let sql = format!("select \"{GROUP}\", {list} from {RELATION} group by \"{GROUP}\"");
        let found = context.execute(&sql)?.collect()?;
        // A group that has no row that belongs has no place here, and stays without a value.
        let mut places: Vec<Option<IdxSize>> = vec![None; groups.count()];
        for (place, group) in (0..).zip(found.column(GROUP)?.u32()?.iter()) {
            if let Some(slot) = group.and_then(|group| places.get_mut(group as usize)) {
                *slot = Some(place);
            }
        }
        found.take(&places.into_iter().collect::<IdxCa>())?
    };
    if table.height() != groups.count() {
        polars_bail!(ShapeMismatch: "it gives {} values instead of {}", table.height(), groups.count());
    }
    aggregates.iter().map(|(place, _)| table.column(&Aggregate::name(*place)).cloned()).collect()
}

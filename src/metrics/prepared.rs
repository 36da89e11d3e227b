//! The rows of a relation, computed once, and the metrics over them.

use super::aggregated::{Known, aggregated};
use super::engine::{Engine, RELATION, subject_of};
use super::groups::Groups;
use super::held_rows::HeldRows;
use super::sql::{Expression, quoted};
use super::values::{absent_column, as_number};
use super::{MetricsError, readable};
use crate::definition::{MetricDefinition, Rows};
use parte_columns::{Frame, rows_of_groups};
use polars::prelude::*;
use polars::sql::SQLContext;
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

/// The rows of a relation, and what has been found out about them.
pub(super) struct Prepared {
    data: Frame,
    /// Which rows of the data belong to the relation; `None`: all.
    belong: Option<BooleanChunked>,
    known: Known,
}

impl Prepared {
    fn new(rows: HeldRows) -> Self {
        Self { data: rows.data, belong: rows.belong, known: Known::default() }
    }

    fn of(data: Frame) -> Self {
        Self::new(HeldRows { data, belong: None })
    }

    /// The rows of the relation, and no others.
    pub(super) fn rows(&self) -> PolarsResult<Frame> {
        match &self.belong {
            None => Ok(self.data.clone()),
            Some(belong) => self.data.filter(belong),
        }
    }
}

/// A metric that can be computed for these dimensions.
pub(super) struct Ready<'a> {
    pub(super) metric: &'a MetricDefinition,
    pub(super) expression: Expression,
}

impl Engine {
    /// The metrics of one relation as one query of the engine.
    pub(super) fn one_relation(
        &self,
        rows: Rows,
        ready: &[Ready<'_>],
        dimensions: &[String],
        within: Option<&Groups<'_>>,
    ) -> Result<LazyFrame, MetricsError> {
        let subject = subject_of(&ready.iter().map(|r| r.metric).collect::<Vec<_>>());
        let mut wanted: BTreeSet<String> = dimensions.iter().cloned().collect();
        wanted.extend(ready.iter().flat_map(|r| r.expression.columns()));
        wanted.extend(within.into_iter().flat_map(Groups::dimensions).cloned());
        let prepared = self.prepared(rows, &wanted)?;
        let known: BTreeSet<String> = wanted.iter().cloned().collect();
        let fault = |e: PolarsError| readable(&subject, &e, &known);
        let chosen = match within {
            None => prepared,
            Some(groups) => {
                let rows = prepared.rows().and_then(|rows| groups.rows_of(&rows));
                Arc::new(Prepared::of(rows.map_err(fault)?))
            }
        };
        let optional: BTreeSet<&String> = ready
            .iter()
            .flat_map(|r| &r.metric.optional)
            .filter(|c| wanted.contains(*c) && !self.relations.missing_column(rows, c).is_empty())
            .collect();
        let mut aggregates = Vec::new();
        // A metric may be named like a dimension of its rows; its value has a name of its own until it is computed.
        let mut list: Vec<String> = dimensions.iter().map(|d| quoted(d)).collect();
        for (number, metric) in ready.iter().enumerate() {
            let outside = metric.expression.apart(&self.bounds, &mut aggregates, &subject)?;
            list.push(format!("{outside} as {}", quoted(&value_name(number))));
        }
        let values = |of: &Prepared| -> PolarsResult<DataFrame> {
            let mut relation = of.data.clone();
            for column in &optional {
                relation.with_column(absent_column(rows, column, relation.height()))?;
            }
            let groups = of.known.groupings.of(&relation, dimensions)?;
            let table = aggregated(&relation, of.belong.as_ref(), &groups, &of.known, &aggregates)?;
            let keys = relation.keys(&groups, dimensions)?;
            let mut table = DataFrame::new(
                groups.count(),
                keys.into_columns().into_iter().chain(table.into_columns()).collect(),
            )?;
            if of.belong.is_some() && !dimensions.is_empty() {
                // A group of rows none of which belongs is none.
                let counts = rows_of_groups(&groups, relation.height(), &of.belong);
                table = table.filter(&counts.i64()?.gt(0_i64))?;
            }
            let mut context = SQLContext::new();
            context.register(RELATION, table.lazy().with_row_index(PLACE, None));
            // Beside a column of the table a number that stands alone is as long as the table is.
            context.execute(&format!("select \"{PLACE}\", {} from {RELATION}", list.join(", ")))?.collect()
        };
        let values = match values(&chosen) {
            // It may fail on a row that does not belong.
            Err(_) if chosen.belong.is_some() => chosen.rows().and_then(|rows| values(&Prepared::of(rows))),
            other => other,
        };
        let values = values.map_err(fault)?;
        let numbers = ready.iter().enumerate().map(|(number, r)| {
            let name = value_name(number);
            as_number(r.metric, &name, values.schema().get(name.as_str()))
        });
        let keys = dimensions.iter().map(|d| Ok(col(d.as_str())));
        let numbers = keys.chain(numbers).collect::<Result<Vec<_>, _>>()?;
        Ok(values.lazy().select(numbers))
    }

    /// The rows of a relation with these columns, filtered; computed once and kept.
    pub(super) fn prepared(
        &self,
        rows: Rows,
        wanted: &BTreeSet<String>,
    ) -> Result<Arc<Prepared>, MetricsError> {
        let there = |wanted: &BTreeSet<String>| -> BTreeSet<String> {
            wanted.iter().filter(|c| self.relations.missing_column(rows, c).is_empty()).cloned().collect()
        };
        let mut kept = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        let mut columns = there(wanted);
        if let Some(prepared) = kept.get(&rows) {
            if columns.iter().all(|c| prepared.data.has(c)) {
                return Ok(Arc::clone(prepared));
            }
            columns.extend(prepared.data.names().map(ToString::to_string));
        }
        if let Some(used) = self.usage.relations.get(&rows) {
            columns.extend(there(used));
        }
        let prepared = Arc::new(Prepared::new(self.held_rows(rows, &columns)?));
        kept.insert(rows, Arc::clone(&prepared));
        Ok(prepared)
    }

    /// The rows of a relation with these columns, filtered.
    pub(super) fn filtered(&self, rows: Rows, columns: &BTreeSet<String>) -> Result<Frame, MetricsError> {
        let rows_of = Prepared::new(self.held_rows(rows, columns)?).rows();
        rows_of.map_err(|e| readable("the rows of the period", &e, &self.relations.all_columns(rows)))
    }

    fn held_rows(&self, rows: Rows, columns: &BTreeSet<String>) -> Result<HeldRows, MetricsError> {
        let filter = self.filter.as_ref().filter(|_| self.filter_applies(rows));
        let condition =
            filter.map(|filter| filter.of_row(&self.bounds, "the report's filter")).transpose()?;
        self.relations
            .held_rows(rows, columns, condition.as_ref())
            .map_err(|e| readable("the rows of the period", &e, &self.relations.all_columns(rows)))
    }
}

/// Under which a group knows its place.
const PLACE: &str = "place of the group";

/// A metric's value inside a query.
fn value_name(number: usize) -> String {
    format!("value {number}")
}

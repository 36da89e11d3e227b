//! Analysts' own queries and conditions over the frames, run by Polars.

use super::engine::{Engine, RELATION};
use super::sql::Select;
use super::values::presentable;
use super::{MetricsError, readable};
use crate::definition::{FrameName, Rows};
use crate::source::documented_columns;
use polars::prelude::*;
use polars::sql::SQLContext;
use std::collections::BTreeSet;

impl Engine {
    /// A query over the frames (`tasks`: those scheduled in the period; `:from`, `:to` are the period's bounds): at most
    /// `limit` rows of its answer, and how many it has.
    ///
    /// # Errors
    /// A query that does not parse, is not one select, or that Polars refuses.
    pub fn query(&self, sql: &str, limit: Option<usize>) -> Result<(DataFrame, usize), MetricsError> {
        let subject = "a query";
        let select = Select::parse(sql, subject)?;
        let mut context = SQLContext::new();
        let mut known = BTreeSet::new();
        let tables = select.tables();
        for frame in FrameName::ALL.into_iter().filter(|f| tables.contains(f.as_str())) {
            let Some((plan, columns)) = self.queried(frame, &select)? else {
                return Err(MetricsError {
                    subject: subject.to_owned(),
                    what: format!("the source has no frame `{}`", frame.as_str()),
                    hint: format!(
                        "give the source a table for it, or leave {} out of the query",
                        frame.as_str()
                    ),
                });
            };
            known.extend(columns);
            known.extend(documented_columns(frame).map(str::to_owned));
            context.register(frame.as_str(), plan);
        }
        let bound = select.bound(&self.bounds, subject)?;
        let mut run = || {
            let plan = context.execute(&bound)?;
            let Some(limit) = limit else { return plan.collect().map(|all| (all.clone(), all.height())) };
            let most = IdxSize::try_from(limit).unwrap_or(IdxSize::MAX);
            let table = plan.clone().limit(most).collect()?;
            // Only an answer that fills its limit may have more.
            let all = if table.height() < limit { table.height() } else { rows_of(plan)? };
            Ok((table, all))
        };
        let (table, all) = run().map_err(|e| readable(subject, &e, &known))?;
        Ok((presentable(table).map_err(|e| readable(subject, &e, &known))?, all))
    }

    /// A frame as queries see it, and its columns.
    fn queried(
        &self,
        frame: FrameName,
        select: &Select,
    ) -> Result<Option<(LazyFrame, BTreeSet<String>)>, MetricsError> {
        let rows = match frame {
            FrameName::Tasks => Rows::Scheduled,
            FrameName::UserStates => Rows::Days,
            FrameName::Sellers | FrameName::Users | FrameName::Assignments | FrameName::Targets => {
                return self.queried_as_is(frame);
            }
        };
        if !self.relations.missing_rows(rows).is_empty() {
            return Ok(None);
        }
        let all = self.relations.all_columns(rows);
        let wanted: BTreeSet<String> = if select.has_wildcard() {
            all.clone()
        } else {
            all.intersection(&select.columns()).cloned().collect()
        };
        let fault = |e: PolarsError| readable("a query", &e, &all);
        let data = if select.has_wildcard() {
            self.filtered(rows, &wanted)?
        } else {
            self.prepared(rows, &wanted)?.rows().map_err(fault)?
        };
        let plan = data.plan().map_err(fault)?;
        let plan = plan.select(data.names().map(col).collect::<Vec<_>>());
        Ok(Some((plan, all)))
    }

    fn queried_as_is(&self, frame: FrameName) -> Result<Option<(LazyFrame, BTreeSet<String>)>, MetricsError> {
        let Ok(plan) = self.relations.frame(frame) else { return Ok(None) };
        let known: BTreeSet<String> = self
            .relations
            .frames
            .get(&frame)
            .into_iter()
            .flat_map(|data| data.names().map(ToString::to_string).collect::<Vec<_>>())
            .collect();
        let plan = match self.filter.as_ref().filter(|f| f.columns().is_subset(&known)) {
            Some(filter) => {
                let condition = filter.bound(&self.bounds, "the report's filter")?;
                where_(plan, &condition).map_err(|e| readable("the report's filter", &e, &known))?
            }
            None => plan,
        };
        Ok(Some((plan, known)))
    }
}

/// How many rows a plan gives.
fn rows_of(plan: LazyFrame) -> PolarsResult<usize> {
    let count = plan.select([len()]).collect()?;
    let count = count.columns().first().map(|column| column.cast(&DataType::UInt64)).transpose()?;
    let count = count.as_ref().map(|column| column.u64().map(|all| all.get(0))).transpose()?.flatten();
    Ok(count.and_then(|count| usize::try_from(count).ok()).unwrap_or(0))
}

pub(super) fn where_(plan: LazyFrame, condition: &str) -> PolarsResult<LazyFrame> {
    let mut context = SQLContext::new();
    context.register(RELATION, plan);
    context.execute(&format!("select * from {RELATION} where {condition}"))
}

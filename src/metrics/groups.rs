//! Groups of a table as a whole: which of them fulfil a condition, the metrics of several together, and whether a period
//! has rows at all.

use super::engine::{Engine, RELATION, subject_of};
use super::sql::Expression;
use super::{MetricsError, columns, order, readable};
use crate::definition::{FrameName, Rows};
use parte_columns::Frame;
use polars::prelude::*;
use polars::sql::SQLContext;
use std::collections::BTreeSet;

/// Under which a row knows its place.
const PLACE: &str = "place";
/// Marks the rows whose group is among those asked for.
const AMONG: &str = "is among";

/// Some groups, by the values of their dimensions as [`Engine::values`] gives them.
pub(super) struct Groups<'a> {
    dimensions: &'a [String],
    /// The dimensions, each under a name that no relation has.
    keys: DataFrame,
}

fn key_name(number: usize) -> String {
    format!("group {number}")
}

impl<'a> Groups<'a> {
    pub(super) fn new(dimensions: &'a [String], groups: &DataFrame) -> PolarsResult<Self> {
        let keys = dimensions
            .iter()
            .enumerate()
            .map(|(number, name)| Ok(groups.column(name)?.clone().with_name(key_name(number).into())))
            .collect::<PolarsResult<Vec<_>>>()?;
        let mark = Column::new_scalar(AMONG.into(), Scalar::from(true), groups.height());
        let keys = DataFrame::new(groups.height(), keys.into_iter().chain([mark]).collect())?;
        Ok(Self { dimensions, keys })
    }

    pub(super) fn dimensions(&self) -> &'a [String] {
        self.dimensions
    }

    /// The rows that belong to one of the groups. Dimensions are compared as they are given out, text or date.
    pub(super) fn rows_of(&self, rows: &Frame) -> PolarsResult<Frame> {
        let given_out = order::dimensions_as_text(rows.table(self.dimensions)?, self.dimensions)?;
        let mut keyed = Vec::with_capacity(self.dimensions.len());
        for (number, name) in self.dimensions.iter().enumerate() {
            keyed.push(given_out.column(name)?.clone().with_name(key_name(number).into()));
        }
        let keyed = DataFrame::new(rows.height(), keyed)?.lazy().with_row_index(PLACE, None);
        let on: Vec<Expr> = (0..self.dimensions.len()).map(|number| col(key_name(number))).collect();
        let args = JoinArgs { nulls_equal: true, ..JoinArgs::new(JoinType::Left) };
        let among = keyed.join(self.keys.clone().lazy(), on.clone(), on, args).filter(col(AMONG));
        let places = among.select([col(PLACE)]).sort([PLACE], SortMultipleOptions::default()).collect()?;
        rows.take(places.column(PLACE)?.idx()?)
    }
}

impl Engine {
    /// The metrics over all rows of some groups together, recomputed from rows: one row, or one for each value of `by`. `groups` has
    /// the dimensions of [`Engine::values`], one row a group; groups that this period lacks add nothing.
    ///
    /// # Errors
    /// An expression that Polars refuses.
    pub fn together(
        &self,
        metrics: &[&str],
        dimensions: &[String],
        groups: &DataFrame,
        by: &[String],
    ) -> Result<DataFrame, MetricsError> {
        let chosen = self.chosen(metrics)?;
        let within = Groups::new(dimensions, groups)
            .map_err(|e| readable(&subject_of(&chosen), &e, &BTreeSet::new()))?;
        self.grouped(&chosen, by, Some(&within))
    }

    /// The metrics over all rows of each group of these dimensions alone, a metric's own ones left aside: what groups of more
    /// dimensions come to. Recomputed from rows.
    ///
    /// # Errors
    /// An expression that Polars refuses.
    pub fn subtotals(&self, metrics: &[&str], dimensions: &[String]) -> Result<DataFrame, MetricsError> {
        self.grouped(&self.chosen(metrics)?, dimensions, None)
    }

    /// The places of the groups, rows of [`Engine::values`], that fulfil a condition over their columns. One that cannot be
    /// told, because a value is absent, is not fulfilled.
    ///
    /// # Errors
    /// A condition that does not parse, or that Polars refuses.
    pub fn fulfilling(&self, values: &DataFrame, condition: &str) -> Result<Vec<usize>, MetricsError> {
        let subject = "the condition on the groups";
        let known: BTreeSet<String> = values.get_column_names().iter().map(ToString::to_string).collect();
        let bound = Expression::parse(condition, subject)?.bound(&self.bounds, subject)?;
        let mut context = SQLContext::new();
        context.register(RELATION, values.clone().lazy().with_row_index(PLACE, None));
        let mut run = || -> PolarsResult<Vec<usize>> {
            let sql = format!("select \"{PLACE}\" from {RELATION} where {bound}");
            let places = context.execute(&sql)?.collect()?;
            let places = places.column(PLACE)?.cast(&DataType::UInt64)?;
            Ok(places.u64()?.iter().flatten().filter_map(|place| usize::try_from(place).ok()).collect())
        };
        run().map_err(|e| readable(subject, &e, &known))
    }

    /// Frames without a row in the period, whatever the report's condition: of nothing at all there is no count. What is
    /// open at the period's end may be older than the period, and is not looked at.
    #[must_use]
    pub fn empty_frames(&self) -> Vec<FrameName> {
        let looked_at = |frame: FrameName| {
            self.relations_used().filter(move |rows| *rows != Rows::Open && columns::frame_of(*rows) == frame)
        };
        let has_rows = |rows: Rows| {
            let count = self.relations.rows(rows, &BTreeSet::new()).and_then(|plan| plan.limit(1).collect());
            // What cannot be counted is told where it is computed.
            count.map_or(true, |some| some.height() > 0)
        };
        FrameName::ALL
            .into_iter()
            .filter(|frame| looked_at(*frame).next().is_some() && !looked_at(*frame).any(has_rows))
            .collect()
    }
}

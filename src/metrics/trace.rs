//! Where a number comes from: the rows that it looks at, and the aggregates that its expression is made of.

use super::engine::{Engine, subject_of};
use super::groups::Groups;
use super::sql::Expression;
use super::{MetricsError, columns, readable};
use crate::definition::MetricDefinition;
use crate::suggest;
use polars::prelude::*;
use std::collections::BTreeSet;

/// A group of rows, by its values of some dimensions; all rows without any.
pub struct Place {
    pub(super) dimensions: Vec<String>,
    pub(super) groups: DataFrame,
}

impl Engine {
    /// The group of a metric's rows with these values, as texts; days as `2026-03-13`, an empty text where there is none.
    ///
    /// # Errors
    /// An unknown metric or dimension, or a value that no row has.
    pub fn place(&self, metric: &str, values: &[(String, String)]) -> Result<Place, MetricsError> {
        self.found(metric, values)?
    }

    /// The same; `None` where no row has such a value.
    ///
    /// # Errors
    /// An unknown metric or dimension, rows that cannot be looked at.
    pub fn place_if_there(
        &self,
        metric: &str,
        values: &[(String, String)],
    ) -> Result<Option<Place>, MetricsError> {
        Ok(self.found(metric, values)?.ok())
    }

    /// The inner error says that no row has one of the values.
    fn found(
        &self,
        metric: &str,
        values: &[(String, String)],
    ) -> Result<Result<Place, MetricsError>, MetricsError> {
        let chosen = self.chosen(&[metric])?;
        // People are shown by their names, and asked for by their keys as well.
        let by_key = values.iter().map(|(name, value)| {
            let is_key = name == "seller" && self.is_key_of_seller(&chosen, value)?;
            Ok((if is_key { "seller_id".to_owned() } else { name.clone() }, value.clone()))
        });
        let values = by_key.collect::<Result<Vec<(String, String)>, MetricsError>>()?;
        let dimensions: Vec<String> = values.iter().map(|(name, _)| name.clone()).collect();
        if dimensions.is_empty() {
            return Ok(Ok(Place { dimensions, groups: DataFrame::empty() }));
        }
        let all = self.grouped(&chosen, &dimensions, None)?;
        let subject = subject_of(&chosen);
        let fault = |e: &PolarsError| readable(&subject, e, &BTreeSet::new());
        let mut groups = all.select(&dimensions).map_err(|e| fault(&e))?;
        for (name, value) in &values {
            let texts = groups
                .column(name)
                .and_then(|column| column.cast(&DataType::String))
                .map_err(|e| fault(&e))?;
            let texts = texts.str().map_err(|e| fault(&e))?;
            let same: BooleanChunked = texts.iter().map(|text| text.unwrap_or_default() == value).collect();
            if same.sum().unwrap_or(0) == 0 {
                let known: BTreeSet<String> = texts.iter().flatten().map(str::to_owned).collect();
                return Ok(Err(MetricsError {
                    subject,
                    what: format!("none of its rows has {name} = `{value}`"),
                    hint: values_to_choose_from(value, &known),
                }));
            }
            groups = groups.filter(&same).map_err(|e| fault(&e))?;
        }
        Ok(Ok(Place { dimensions, groups }))
    }

    fn is_key_of_seller(&self, chosen: &[&MetricDefinition], value: &str) -> Result<bool, MetricsError> {
        const KEY: &str = "seller_id";
        if !chosen.iter().all(|metric| self.relations.missing_column(metric.rows, KEY).is_empty()) {
            return Ok(false);
        }
        let keys = self.grouped(chosen, &[KEY.to_owned()], None)?;
        let fault = |e: PolarsError| readable("sellers", &e, &BTreeSet::new());
        let keys = keys.column(KEY).map_err(fault)?.str().map_err(fault)?;
        Ok(keys.iter().any(|key| key == Some(value)))
    }

    /// What the frames lack for a metric: nothing when it can be computed.
    ///
    /// # Errors
    /// An unknown metric.
    pub fn lacking(&self, metric: &str) -> Result<Vec<String>, MetricsError> {
        let chosen = self.chosen(&[metric])?;
        chosen.iter().map(|m| self.missing(m, &[])).collect::<Result<Vec<_>, _>>().map(|all| all.concat())
    }

    /// The metric over the rows of a place.
    ///
    /// # Errors
    /// An expression that Polars refuses.
    pub fn value_at(&self, metric: &str, place: &Place) -> Result<Option<f64>, MetricsError> {
        let values = self.over(&self.chosen(&[metric])?, &[], place)?;
        Ok(first(&values, metric))
    }

    /// The aggregates that the metric's expression is made of, each with its value over the rows of a place.
    ///
    /// # Errors
    /// An expression that Polars refuses.
    pub fn parts_at(&self, metric: &str, place: &Place) -> Result<Vec<(String, Option<f64>)>, MetricsError> {
        let chosen = self.chosen(&[metric])?;
        let Some(of) = chosen.first() else { return Ok(Vec::new()) };
        let texts = Expression::of_metric(of)?.aggregates();
        let parts: Vec<MetricDefinition> =
            texts.iter().enumerate().map(|(number, text)| part(of, number, text)).collect();
        let values = self.over(&parts.iter().collect::<Vec<_>>(), &[], place)?;
        Ok(texts.into_iter().zip(&parts).map(|(text, part)| (text, first(&values, &part.id))).collect())
    }

    /// Metrics by dimensions, over the rows of a place.
    pub(super) fn over(
        &self,
        metrics: &[&MetricDefinition],
        by: &[String],
        place: &Place,
    ) -> Result<DataFrame, MetricsError> {
        if place.dimensions.is_empty() {
            return self.grouped(metrics, by, None);
        }
        let within = Groups::new(&place.dimensions, &place.groups)
            .map_err(|e| readable(&subject_of(metrics), &e, &BTreeSet::new()))?;
        self.grouped(metrics, by, Some(&within))
    }

    /// The rows that a metric looks at, of a place: keys, the dimensions and the columns of its expression first, then every
    /// other column that was read.
    ///
    /// # Errors
    /// A metric that cannot be computed from these frames.
    pub fn rows_at(&self, metric: &str, place: &Place) -> Result<DataFrame, MetricsError> {
        let chosen = self.chosen(&[metric])?;
        let Some(of) = chosen.first() else { return Ok(DataFrame::empty()) };
        let subject = subject_of(&chosen);
        let fault = |e: PolarsError| readable(&subject, &e, &BTreeSet::new());
        let all = self.relations.all_columns(of.rows);
        let used = Expression::of_metric(of)?.columns();
        let keys = ["task_id", "user_id", "seller_id", "date"].into_iter().map(str::to_owned);
        let ordered = keys
            .chain(place.dimensions.iter().cloned())
            .chain([
                columns::instant_of(of.rows).to_owned(),
                "status".to_owned(),
                "state_start".to_owned(),
                "state_end".to_owned(),
            ])
            .chain(used)
            .chain(all.iter().cloned());
        let mut seen = BTreeSet::new();
        let ordered: Vec<String> =
            ordered.filter(|name| all.contains(name) && seen.insert(name.clone())).collect();
        let mut wanted = all;
        wanted.extend(place.dimensions.iter().cloned());
        let rows = self.filtered(of.rows, &wanted)?;
        let rows = if place.dimensions.is_empty() {
            rows
        } else {
            let within = Groups::new(&place.dimensions, &place.groups).map_err(fault)?;
            within.rows_of(&rows).map_err(fault)?
        };
        rows.table(&ordered).and_then(super::values::presentable).map_err(fault)
    }

    /// The dimensions by which a metric can be cut, of these.
    #[must_use]
    pub fn cut_by(&self, metric: &str, dimensions: &[String]) -> Vec<String> {
        let Ok(chosen) = self.chosen(&[metric]) else { return Vec::new() };
        let can = |name: &String| {
            chosen.iter().all(|m| {
                !m.by.contains(name)
                    && self.relations.missing_column(m.rows, name).is_empty()
                    && self.relations.all_columns(m.rows).contains(name)
            })
        };
        let mut seen = BTreeSet::new();
        dimensions.iter().filter(|name| can(name) && seen.insert((*name).clone())).cloned().collect()
    }
}

/// A part of a metric's expression as a metric of its own.
pub(super) fn part(of: &MetricDefinition, number: usize, text: &str) -> MetricDefinition {
    MetricDefinition {
        id: format!("part {number}"),
        expr: text.to_owned(),
        by: Vec::new(),
        additive: false,
        target: None,
        ..of.clone()
    }
}

/// A column's value in the first row.
fn first(table: &DataFrame, column: &str) -> Option<f64> {
    let column = table.column(column).ok()?.cast(&DataType::Float64).ok()?;
    column.f64().ok()?.get(0)
}

fn values_to_choose_from(value: &str, known: &BTreeSet<String>) -> String {
    const SHOWN: usize = 12;
    let some: Vec<&str> = known.iter().take(SHOWN).map(String::as_str).collect();
    let more = if known.len() > SHOWN { format!(" and {} more", known.len() - SHOWN) } else { String::new() };
    let there = format!("there is {}{more}", some.join(", "));
    suggest::did_you_mean(value, known.iter().map(String::as_str), &there)
}

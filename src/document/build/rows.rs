//! Charts whose rows are the values of one dimension, as funnels and bullets are: one metric, in the order of an axis. Never: what a row
//! is held against.

use super::chart::{self, Line};
use super::frame::{self, Key};
use super::{Fault, Setting};
use crate::definition::{ChartSection, MetricDefinition};
use polars::prelude::DataFrame;
use std::collections::HashMap;

/// One metric over the values of one dimension.
pub(super) struct Rows<'s> {
    pub(super) metric: &'s MetricDefinition,
    /// The dimension's values in the order in which the engine answers, those that are not shown too.
    pub(super) keys: Vec<Key>,
    pub(super) shown: Vec<Row>,
    /// What was cut.
    pub(super) notes: Vec<String>,
}

/// A row that is shown.
pub(super) struct Row {
    pub(super) key: Key,
    pub(super) label: String,
    /// Not yet rounded.
    pub(super) value: Option<f64>,
}

impl<'s> Rows<'s> {
    /// At most so many rows, the largest.
    pub(super) fn of(
        section: &ChartSection,
        (x, most): (&str, usize),
        setting: &Setting<'s>,
        values: &DataFrame,
    ) -> Result<Self, Fault> {
        let [id] = section.metrics.as_slice() else {
            return Err(Fault::new("a chart of rows by `x` shows one metric", "keep one, or delete `x`"));
        };
        let metric = setting.metric(id)?;
        if let Some(other) = chart::series_dimension(section, values)? {
            return Err(Fault::new(
                format!("its rows are the values of one column, and `{id}` has `{other}` too"),
                format!("write x = \"{other}\", or take a metric without columns of its own"),
            ));
        }
        let keys = frame::dimension(values, x)?.keys();
        let numbers: Vec<Option<f64>> =
            frame::numbers(values, id)?.into_iter().map(|value| setting.known(metric, value)).collect();
        let gap = (metric.additive && numbers.iter().any(Option::is_some)).then_some(0.0);
        let cells: HashMap<Key, Option<f64>> = keys.iter().cloned().zip(numbers).collect();
        let line = Line { label: setting.label(metric), gap, cells, format: metric.format };
        let mut notes = Vec::new();
        let axis = chart::axis(x, most, setting, &keys, std::slice::from_ref(&line), &mut notes);
        let row = |(key, label): (Key, String)| Row { value: line.at(&key), key, label };
        let shown = axis.into_iter().map(row).collect();
        Ok(Self { metric, keys, shown, notes })
    }
}

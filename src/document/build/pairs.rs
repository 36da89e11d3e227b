//! One metric by two dimensions, as flows and heatmaps draw it: a number for each pair of their values. Never: which of them are shown.

use super::chart::{axis_of, series_dimension};
use super::frame::{self, Key};
use super::{Fault, Setting};
use crate::definition::{ChartSection, MetricDefinition};
use crate::document::rounding;
use polars::prelude::DataFrame;
use std::collections::HashMap;

/// What such a chart is called, and what is said where its second dimension is missing, with what to do.
pub(super) struct Called {
    pub(super) name: &'static str,
    pub(super) lacks: &'static str,
    pub(super) hint: &'static str,
}

/// The numbers, rounded, in the order in which the engine answers.
pub(super) struct Pairs<'s> {
    pub(super) metric: &'s MetricDefinition,
    /// The dimension written as `x`, and the other.
    pub(super) dimensions: [String; 2],
    keys: [Vec<Key>; 2],
    numbers: Vec<Option<f64>>,
}

impl<'s> Pairs<'s> {
    pub(super) fn of(
        section: &ChartSection,
        called: &Called,
        setting: &Setting<'s>,
        values: &DataFrame,
    ) -> Result<Self, Fault> {
        let name = called.name;
        let [id] = section.metrics.as_slice() else {
            return Err(Fault::new(
                format!("a {name} shows one metric"),
                format!("draw a {name} for each of the others"),
            ));
        };
        let metric = setting.metric(id)?;
        let x = axis_of(section)?.to_owned();
        let Some(other) = series_dimension(section, values)? else {
            return Err(Fault::new(format!("a {name} has {}", called.lacks), called.hint));
        };
        let keys = [frame::dimension(values, &x)?.keys(), frame::dimension(values, &other)?.keys()];
        let rounded = |value: Option<f64>| rounding::rounded(setting.known(metric, value)?, metric.format);
        let numbers = frame::numbers(values, id)?.into_iter().map(rounded).collect();
        Ok(Self { metric, dimensions: [x, other], keys, numbers })
    }

    /// Without the numbers that do not hold to this.
    pub(super) fn only(mut self, holds: impl Fn(f64) -> bool) -> Self {
        self.numbers.iter_mut().for_each(|number| *number = number.filter(|value| holds(*value)));
        self
    }

    /// The number of each pair that has one.
    pub(super) fn cells(&self) -> HashMap<(&Key, &Key), f64> {
        self.there().map(|(x, other, value)| ((x, other), value)).collect()
    }

    /// How much there is of each value of one of the dimensions, by its place; values without a number are not there.
    pub(super) fn sizes(&self, dimension: usize) -> HashMap<&Key, f64> {
        let mut sizes: HashMap<&Key, f64> = HashMap::new();
        for (x, other, value) in self.there() {
            *sizes.entry(if dimension == 0 { x } else { other }).or_default() += value.abs();
        }
        sizes
    }

    fn there(&self) -> impl Iterator<Item = (&Key, &Key, f64)> {
        let [x, other] = &self.keys;
        x.iter().zip(other).zip(&self.numbers).filter_map(|((x, other), value)| Some((x, other, (*value)?)))
    }
}

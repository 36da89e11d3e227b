//! The engines of the periods that a report is compared with, and what of their numbers is known.

use super::{Sources, refs};
use crate::definition::{Comparison, FrameName, MetricDefinition};
use crate::metrics::{Engine, MetricsError};
use polars::prelude::DataFrame;

/// The numbers of another period.
pub(super) struct Compared<'a> {
    pub(super) with: Comparison,
    pub(super) engine: &'a Engine,
    /// Frames without a row in that period: a count of nothing is absent, not 0.
    pub(super) empty: Vec<FrameName>,
}

impl<'a> Compared<'a> {
    /// Each period that the report is compared with.
    pub(super) fn all(from: &Sources<'a>) -> Vec<Self> {
        let of = |(with, engine): &'a (Comparison, Engine)| Self {
            with: *with,
            engine,
            empty: engine.empty_frames(),
        };
        from.compared.iter().map(of).collect()
    }

    /// Metrics as a whole in that period.
    pub(super) fn totals(&self, metrics: &[String]) -> Result<DataFrame, MetricsError> {
        self.engine.totals(&refs(metrics))
    }
}

/// A count of nothing, when the source has nothing for the period, says nothing: not even that no work was left, before there was
/// any. What was left from before the period is no count of nothing.
pub(super) fn known(empty: &[FrameName], metric: &MetricDefinition, value: Option<f64>) -> Option<f64> {
    let of_nothing = empty.iter().any(|frame| frame.as_str() == metric.of);
    value.filter(|v| v.is_finite() && !(of_nothing && *v == 0.0))
}

//! The numbers of a report as a whole: each metric once for its period and once for the one before, for tiles and
//! texts alike.

use super::{Fault, Setting, frame, refs};
use crate::document::change::Pair;
use crate::metrics::Engine;
use polars::prelude::DataFrame;
use std::collections::BTreeMap;

/// Numbers asked for so far, as computed.
#[derive(Debug, Default)]
pub(super) struct Headline {
    values: BTreeMap<String, (Option<f64>, Option<f64>)>,
    /// In the order asked for.
    order: Vec<String>,
}

impl Headline {
    /// Computes those of these metrics that are not known yet.
    pub(super) fn ask(
        &mut self,
        metrics: &[String],
        setting: &Setting<'_>,
        current: &Engine,
        previous: Option<&Engine>,
    ) -> Result<(), Fault> {
        let mut new: Vec<String> = Vec::new();
        for id in metrics {
            setting.metric(id)?;
            if !self.values.contains_key(id) && !new.contains(id) {
                new.push(id.clone());
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        let now = current.totals(&refs(&new))?;
        let before = previous.map(|engine| engine.totals(&refs(&new))).transpose()?;
        self.learn(&new, setting, &now, before.as_ref())
    }

    /// Takes the numbers of these metrics from tables of one row.
    pub(super) fn learn(
        &mut self,
        metrics: &[String],
        setting: &Setting<'_>,
        now: &DataFrame,
        before: Option<&DataFrame>,
    ) -> Result<(), Fault> {
        for id in metrics {
            let first = |table: &DataFrame| -> Result<Option<f64>, Fault> {
                Ok(frame::numbers(table, id)?.first().copied().flatten())
            };
            let value = setting.known(setting.metric(id)?, first(now)?);
            let reference = before.map(first).transpose()?.flatten();
            if self.values.insert(id.clone(), (value, reference)).is_none() {
                self.order.push(id.clone());
            }
        }
        Ok(())
    }

    /// The metrics known, in the order asked for.
    pub(super) fn metrics(&self) -> impl Iterator<Item = &str> {
        self.order.iter().map(String::as_str)
    }

    /// A metric's value and that of the period before.
    pub(super) fn pair<'s>(&self, id: &str, setting: &'s Setting<'_>) -> Result<Pair<'s>, Fault> {
        let metric = setting.metric(id)?;
        let (value, reference) = self.values.get(id).copied().unwrap_or_default();
        Ok(Pair {
            value,
            reference,
            format: metric.format,
            currency: setting.report.currency.as_deref(),
            better: metric.better,
        })
    }
}

//! The numbers of a report as a whole: each metric once for its period and once for each other that it is compared with,
//! for tiles and texts alike.

use super::compared::{Compared, known};
use super::{Fault, Setting, first, refs};
use crate::definition::Comparison;
use crate::document::change::Pair;
use crate::metrics::Engine;
use std::collections::BTreeMap;

/// Numbers asked for so far, as computed.
#[derive(Debug, Default)]
pub(super) struct Headline {
    values: BTreeMap<String, Numbers>,
    /// In the order asked for.
    order: Vec<String>,
}

/// A metric's value, and those of other periods.
#[derive(Debug, Default)]
struct Numbers {
    value: Option<f64>,
    others: BTreeMap<Comparison, Option<f64>>,
}

impl Headline {
    /// Computes those of these metrics that are not known yet.
    pub(super) fn ask(
        &mut self,
        metrics: &[String],
        setting: &Setting<'_>,
        current: &Engine,
        compared: &[Compared<'_>],
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
        // A table alone may be compared with more than tiles and texts are.
        let others = compared
            .iter()
            .filter(|other| setting.report.compare.contains(&other.with))
            .map(|other| Ok((other, other.totals(&new)?)))
            .collect::<Result<Vec<_>, Fault>>()?;
        for id in &new {
            let metric = setting.metric(id)?;
            let mut numbers =
                Numbers { value: setting.known(metric, first(&now, id)?), ..Numbers::default() };
            for (other, totals) in &others {
                numbers.others.insert(other.with, known(&other.empty, metric, first(totals, id)?));
            }
            self.values.insert(id.clone(), numbers);
            self.order.push(id.clone());
        }
        Ok(())
    }

    /// The metrics known, in the order asked for.
    pub(super) fn metrics(&self) -> impl Iterator<Item = &str> {
        self.order.iter().map(String::as_str)
    }

    /// Has this metric been asked for?
    pub(super) fn knows(&self, id: &str) -> bool {
        self.values.contains_key(id)
    }

    /// A metric's value and what a comparison holds it against.
    pub(super) fn pair<'s>(
        &self,
        id: &str,
        with: Option<Comparison>,
        setting: &'s Setting<'_>,
    ) -> Result<Pair<'s>, Fault> {
        let metric = setting.metric(id)?;
        let numbers = self.values.get(id);
        let reference = match with {
            None => None,
            Some(Comparison::Target) => setting.target(metric),
            Some(with) => numbers.and_then(|numbers| numbers.others.get(&with).copied().flatten()),
        };
        Ok(setting.pair(metric, numbers.and_then(|numbers| numbers.value), reference))
    }
}

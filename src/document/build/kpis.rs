//! Tiles: a metric's value, against the period before and against its target.

use super::headline::Headline;
use super::{Fault, Setting};
use crate::definition::Comparison;
use crate::document::change::{self, Pair};
use crate::document::{Kpi, rounding};

/// One tile a metric.
pub(super) fn tiles(
    metrics: &[String],
    setting: &Setting<'_>,
    headline: &Headline,
) -> Result<Vec<Kpi>, Fault> {
    metrics
        .iter()
        .map(|id| {
            let metric = setting.metric(id)?;
            let pair = headline.pair(id, setting)?;
            let mut changes = Vec::new();
            if setting.compares(Comparison::Previous) {
                changes.push(change::with_previous(pair, &setting.against, &setting.locale));
            }
            if setting.compares(Comparison::Target) && metric.target.is_some() {
                changes.push(change::with_target(Pair { reference: metric.target, ..pair }, &setting.locale));
            }
            Ok(Kpi {
                metric: id.clone(),
                label: setting.label(metric),
                value: pair.value.and_then(|v| rounding::rounded(v, metric.format)),
                display: setting.display(metric.format),
                changes,
            })
        })
        .collect()
}

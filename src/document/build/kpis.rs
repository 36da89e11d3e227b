//! Tiles: a metric's value, against what the report is compared with, the main comparison first.

use super::headline::Headline;
use super::{Fault, Setting};
use crate::definition::Comparison;
use crate::document::change;
use crate::document::{Kpi, Spark, rounding};
use std::collections::BTreeMap;

/// One tile a metric.
pub(super) fn tiles(
    metrics: &[String],
    mut sparks: BTreeMap<String, Spark>,
    setting: &Setting<'_>,
    headline: &Headline,
) -> Result<Vec<Kpi>, Fault> {
    metrics
        .iter()
        .map(|id| {
            let metric = setting.metric(id)?;
            let value = headline.pair(id, None, setting)?.value;
            let mut changes = Vec::new();
            for against in setting.compared_with() {
                if against.with != Comparison::Target || setting.has_target(metric) {
                    let pair = headline.pair(id, Some(against.with), setting)?;
                    changes.push(change::change(pair, against, &setting.locale));
                }
            }
            Ok(Kpi {
                metric: id.clone(),
                label: setting.label(metric),
                value: value.and_then(|v| rounding::rounded(v, metric.format)),
                display: setting.display(metric.format),
                changes,
                spark: sparks.remove(id),
            })
        })
        .collect()
}

//! Sparks of tiles: each metric over the days (weeks, months) of the period, where its rows say when something happened.

use super::chart::{days_of, time_label};
use super::frame::{self, Key};
use super::{Fault, Setting, alt, refs};
use crate::definition::KpiSection;
use crate::document::{Spark, dimension_label, rounding};
use crate::metrics::Engine;
use std::collections::{BTreeMap, HashMap};

/// The sparks of a section's tiles, by metric. A metric of the period's edges or end has none, and nothing has one in a period of one day.
pub(super) fn of_tiles(
    kpis: &KpiSection,
    setting: &Setting<'_>,
    current: &Engine,
) -> Result<BTreeMap<String, Spark>, Fault> {
    let mut sparks = BTreeMap::new();
    let Some((time, days)) = kpis.spark.as_deref().and_then(|time| Some((time, days_of(time, setting)?)))
    else {
        return Ok(sparks);
    };
    let mut ids = Vec::new();
    for id in &kpis.metrics {
        let metric = setting.metric(id)?;
        if metric.rows.unfold_in_time() && metric.by.is_empty() {
            ids.push(id.clone());
        }
    }
    if ids.is_empty() || days.len() < 2 {
        return Ok(sparks);
    }
    let values = current.values(&refs(&ids), &[time])?;
    let keys = frame::dimension(&values, time)?.keys();
    for id in ids {
        let metric = setting.metric(&id)?;
        let numbers: Vec<Option<f64>> =
            frame::numbers(&values, &id)?.into_iter().map(|value| setting.known(metric, value)).collect();
        let gap = (metric.additive && numbers.iter().any(Option::is_some)).then_some(0.0);
        let known: HashMap<&Key, Option<f64>> = keys.iter().zip(numbers).collect();
        let over: Vec<Option<f64>> = days
            .iter()
            .map(|day| known.get(&Key::Date(*day)).copied().unwrap_or(gap))
            .map(|value| value.and_then(|value| rounding::rounded(value, metric.format)))
            .collect();
        if over.iter().flatten().count() < 2 {
            continue;
        }
        let labels: Vec<String> = days.iter().map(|day| time_label(time, *day, setting)).collect();
        let alt = alt::of_spark(&over, &labels, time, &setting.display(metric.format), setting);
        let x_label = dimension_label(time, setting.language);
        sparks.insert(id, Spark { x_label, labels, values: over, alt });
    }
    Ok(sparks)
}

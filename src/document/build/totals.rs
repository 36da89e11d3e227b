//! Every metric that a report shows, as a whole: what later reports are held against.

use super::headline::Headline;
use super::{Fault, Setting, Sources, first, refs, shown};
use crate::definition::{MetricDefinition, ValueFormat, basis};
use crate::document::rounding;
use crate::document::totals::Total;

/// Metrics as a whole; those that tiles and texts did not ask for are computed here. One with a value for each of its own groups has
/// none as a whole.
pub(super) fn of_report(
    from: &Sources<'_>,
    setting: &Setting<'_>,
    headline: &Headline,
) -> Result<Vec<Total>, Fault> {
    let mut metrics = Vec::new();
    for id in shown(setting.report, headline) {
        let metric = setting.metric(id)?;
        if metric.by.is_empty() {
            metrics.push(metric);
        }
    }
    let unasked: Vec<String> =
        metrics.iter().filter(|metric| !headline.knows(&metric.id)).map(|metric| metric.id.clone()).collect();
    let computed = if unasked.is_empty() { None } else { Some(from.current.totals(&refs(&unasked))?) };
    let mut totals = Vec::with_capacity(metrics.len());
    for metric in metrics {
        let raw = match &computed {
            Some(table) if unasked.contains(&metric.id) => setting.known(metric, first(table, &metric.id)?),
            _ => headline.pair(&metric.id, None, setting)?.value,
        };
        totals.extend(raw.and_then(|raw| total(from, setting, metric, raw)));
    }
    Ok(totals)
}

/// A metric's value with all that says what it may be held against; `None` where it is no number.
pub(super) fn total(
    from: &Sources<'_>,
    setting: &Setting<'_>,
    metric: &MetricDefinition,
    raw: f64,
) -> Option<Total> {
    let report = setting.report;
    let currency = match metric.format {
        ValueFormat::Currency(_) => report.currency.as_deref(),
        _ => None,
    };
    Some(Total {
        metric: metric.id.clone(),
        basis: basis(report, from.definitions.sources.get(&report.source), metric),
        unit: currency.map_or_else(|| metric.format.to_string(), |code| format!("{} {code}", metric.format)),
        value: rounding::rounded(raw, metric.format)?,
        raw,
    })
}

//! Bullets: values against what they are to reach, a row a metric or a row a value of a dimension.

use super::frame::{self, Key};
use super::headline::Headline;
use super::rows::{Row, Rows};
use super::{Fault, Setting, alt, refs};
use crate::definition::{ChartSection, Comparison, MetricDefinition, ValueFormat};
use crate::document::against::Against;
use crate::document::change;
use crate::document::{Chart, ChartStyle, Series, Word, dimension_label, rounding};
use crate::metrics::Engine;
use std::collections::HashMap;

/// More rows than this fill more than a page; the largest are kept.
const MOST_ROWS: usize = 30;

/// A row a metric.
pub(super) fn of_metrics(
    section: &ChartSection,
    setting: &Setting<'_>,
    headline: &Headline,
) -> Result<(Chart, Vec<String>), Fault> {
    let metrics = setting.metrics_of(&section.metrics)?;
    // Percentages are of one scale; anything else is drawn as the part of its target that it is.
    let all_shares = metrics.iter().all(|metric| matches!(metric.format, ValueFormat::Percent(_)));
    let series = metrics
        .iter()
        .map(|metric| {
            let pair = headline.pair(&metric.id, Some(Comparison::Target), setting)?;
            let row = row(setting.label(metric), metric, (pair.value, pair.reference), setting);
            let display = (!all_shares).then(|| setting.display(metric.format));
            Ok(Series { display, ..row })
        })
        .collect::<Result<Vec<_>, Fault>>()?;
    let format = metrics.first().map_or(ValueFormat::Integer, |metric| metric.format);
    let label = Word::Metric.in_language(setting.language).to_owned();
    let chart = Chart { display: setting.display(format), ..drawn(series, label, setting) };
    Ok((Chart { alt: alt::of_bullets(&chart, &metrics, None, setting), ..chart }, Vec::new()))
}

/// A row a value of a dimension.
pub(super) fn of_values(
    section: &ChartSection,
    x: &str,
    setting: &Setting<'_>,
    current: &Engine,
) -> Result<(Chart, Vec<String>), Fault> {
    let ids = refs(&section.metrics);
    let values = current.values(&ids, &[x])?;
    let Rows { metric, keys, shown, notes } = Rows::of(section, (x, MOST_ROWS), setting, &values)?;
    let targets = current.targets(&ids, &values, &[x.to_owned()])?;
    let targets: HashMap<Key, Option<f64>> =
        keys.into_iter().zip(frame::numbers(&targets, &metric.id)?).collect();
    let held = |Row { key, label, value }: Row| {
        row(label, metric, (value, targets.get(&key).copied().flatten()), setting)
    };
    let series = shown.into_iter().map(held).collect();
    let x_label = dimension_label(x, setting.language);
    let chart = Chart { display: setting.display(metric.format), ..drawn(series, x_label, setting) };
    Ok((Chart { alt: alt::of_bullets(&chart, &[metric], Some(x), setting), ..chart }, notes))
}

fn row(
    label: String,
    metric: &MetricDefinition,
    (value, target): (Option<f64>, Option<f64>),
    setting: &Setting<'_>,
) -> Series {
    let against = Against::of(Comparison::Target, setting.period.shape(), setting.language);
    let pair = setting.pair(metric, value, target);
    Series {
        values: vec![value.and_then(|value| rounding::rounded(value, metric.format))],
        target: target.map(|_| change::change(pair, &against, &setting.locale)),
        label,
        ..Series::default()
    }
}

fn drawn(series: Vec<Series>, x_label: String, setting: &Setting<'_>) -> Chart {
    Chart {
        style: ChartStyle::Bullet,
        x_label,
        series_label: None,
        categories: vec![Word::Value.in_language(setting.language).to_owned()],
        series,
        display: setting.display(ValueFormat::Integer),
        alt: String::new(),
    }
}

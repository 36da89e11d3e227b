//! Funnels: metrics in the order written, or one metric over the values of a dimension; each step with what part it is of the first and
//! of the one before.

use super::chart::common_format;
use super::headline::Headline;
use super::rows::Rows;
use super::{Fault, Setting, alt};
use crate::definition::{ChartSection, MetricDefinition, ValueFormat};
use crate::document::{Chart, ChartStyle, Series, Word, dimension_label, rounding};
use polars::prelude::DataFrame;

/// More steps than this are no funnel; the largest are kept.
const MOST_STEPS: usize = 20;
/// Shares have one decimal.
const SHARE: ValueFormat = ValueFormat::Percent(1);

/// A step a metric.
pub(super) fn of_metrics(
    section: &ChartSection,
    setting: &Setting<'_>,
    headline: &Headline,
) -> Result<(Chart, Vec<String>), Fault> {
    let metrics = setting.metrics_of(&section.metrics)?;
    let format = common_format(&metrics)?;
    let steps = metrics
        .iter()
        .map(|metric| Ok((setting.label(metric), headline.pair(&metric.id, None, setting)?.value)))
        .collect::<Result<Vec<_>, Fault>>()?;
    let label = Word::Step.in_language(setting.language).to_owned();
    Ok((drawn(steps, label, &metrics, format, setting), Vec::new()))
}

/// A step a value of a dimension.
pub(super) fn of_values(
    section: &ChartSection,
    x: &str,
    setting: &Setting<'_>,
    values: &DataFrame,
) -> Result<(Chart, Vec<String>), Fault> {
    let rows = Rows::of(section, (x, MOST_STEPS), setting, values)?;
    let steps = rows.shown.into_iter().map(|row| (row.label, row.value)).collect();
    let label = dimension_label(x, setting.language);
    Ok((drawn(steps, label, &[rows.metric], rows.metric.format, setting), rows.notes))
}

fn drawn(
    steps: Vec<(String, Option<f64>)>,
    x_label: String,
    metrics: &[&MetricDefinition],
    format: ValueFormat,
    setting: &Setting<'_>,
) -> Chart {
    let (categories, values): (Vec<String>, Vec<Option<f64>>) = steps.into_iter().unzip();
    let share = |of: Option<f64>, whole: Option<f64>| {
        let whole = whole.filter(|whole| *whole > 0.0)?;
        rounding::rounded(of? / whole, SHARE)
    };
    let first = values.first().copied().flatten();
    let of_first = values.iter().map(|value| share(*value, first)).collect();
    let before = std::iter::once(None).chain(values.iter().copied());
    let of_before = values.iter().zip(before).map(|(value, before)| share(*value, before)).collect();
    let shares = |word: Word, values: Vec<Option<f64>>| Series {
        label: word.in_language(setting.language).to_owned(),
        values,
        display: Some(setting.display(SHARE)),
        ..Series::default()
    };
    let label = match metrics {
        [metric] => setting.label(metric),
        _ => Word::Value.in_language(setting.language).to_owned(),
    };
    let rounded = values.iter().map(|value| value.and_then(|value| rounding::rounded(value, format)));
    let series = vec![
        Series::new(label, rounded.collect()),
        shares(Word::OfFirst, of_first),
        shares(Word::OfBefore, of_before),
    ];
    let mut chart = Chart {
        style: ChartStyle::Funnel,
        x_label,
        series_label: None,
        categories,
        series,
        display: setting.display(format),
        alt: String::new(),
    };
    chart.alt = alt::of_funnel(&chart, metrics, setting);
    chart
}

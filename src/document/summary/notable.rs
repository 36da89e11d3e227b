//! Which changes are worth a sentence: large enough to matter and larger than chance alone would make them.

use super::Reading;
use crate::definition::{MetricDefinition, ValueFormat};
use crate::document::change::{self, Pair};

/// A change by less of what it was is not told.
const LEAST_RELATIVE: f64 = 0.05;
/// Nor is one of a share by less than a percentage point.
const LEAST_POINTS: f64 = 0.01;
/// Nor one of a share, an amount or a mean with fewer rows on either side.
const LEAST_ROWS: f64 = 30.0;
/// Nor one of less than so many times what chance makes of it.
const TIMES_CHANCE: f64 = 2.0;
/// Differences of decimals that are meant to be at a bound may be a trifle below it.
const TRIFLE: f64 = 1e-9;

/// Are there rows enough behind a value to speak of it? A count speaks for itself; of what is not counted nobody knows.
pub(super) fn has_rows(metric: &MetricDefinition, rows: Option<f64>) -> bool {
    let is_count = metric.additive && metric.format == ValueFormat::Integer;
    is_count || rows.is_some_and(|rows| rows >= LEAST_ROWS)
}

/// Is the change of a metric as a whole worth a sentence?
pub(super) fn is_notable(reading: &Reading<'_>, pair: Pair<'_>) -> bool {
    let (Some(value), Some(before)) = (reading.value, reading.before) else { return false };
    let (Some(absolute), relative) = change::difference(pair) else { return false };
    let size = absolute.abs();
    if size == 0.0 {
        return false;
    }
    let relatively = relative.is_some_and(|relative| relative.abs() >= LEAST_RELATIVE - TRIFLE);
    let rows = match reading.rows {
        (Some(now), Some(then)) if now >= LEAST_ROWS && then >= LEAST_ROWS => Some((now, then)),
        _ => None,
    };
    match reading.metric.format {
        ValueFormat::Percent(_) => rows.is_some_and(|(now, then)| {
            let pooled = ((value * now + before * then) / (now + then)).clamp(0.0, 1.0);
            let chance = (pooled * (1.0 - pooled) * (1.0 / now + 1.0 / then)).sqrt();
            size >= LEAST_POINTS - TRIFLE && size >= TIMES_CHANCE * chance
        }),
        // The difference of two counts of independent events varies by the root of their sum.
        ValueFormat::Integer if reading.metric.additive => {
            (relatively || before == 0.0) && size >= TIMES_CHANCE * (value.abs() + before.abs()).sqrt()
        }
        // As if the values of rows varied by as much as their mean.
        _ => rows.is_some_and(|(now, then)| {
            let chance = (1.0 / now + 1.0 / then).sqrt();
            relatively && size >= TIMES_CHANCE * chance * before.abs()
        }),
    }
}

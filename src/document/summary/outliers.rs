//! A group whose share lies apart from those of the other groups of its table: outside of Tukey's fences.

use super::{Breakdown, Fact, Finding, Part, Quantity, Sentence, Voice, words};
use crate::definition::ValueFormat;
use crate::document::rounding;

/// Quartiles of fewer groups say little.
const LEAST_GROUPS: usize = 6;
/// A share of fewer rows is anything.
pub(super) const LEAST_ROWS: f64 = 20.0;
/// How many times the distance of the quartiles the fences lie from them.
const REACH: f64 = 1.5;
/// And so far from the nearest fence at least: a percentage point.
const LEAST_BEYOND: f64 = 0.01;

/// A group that lies apart.
struct Outlier<'a> {
    by: &'a Breakdown<'a>,
    part: &'a Part,
    value: f64,
    /// How far beyond its fence, in distances of the quartiles.
    beyond: f64,
    usual: (f64, f64),
}

/// A sentence about the one that lies farthest apart.
pub(super) fn sentence(voice: &Voice<'_>, breakdowns: &[Breakdown<'_>]) -> Option<Sentence> {
    // The first of equals.
    let found =
        breakdowns.iter().flat_map(outliers).reduce(|a, b| if b.beyond > a.beyond { b } else { a })?;
    let metric = found.by.metric;
    let fact = |quantity, value| -> Fact { voice.fact(metric, quantity, value) };
    let facts = vec![
        fact(Quantity::Value, found.value).of_group(&found.part.group),
        fact(Quantity::UsualLow, found.usual.0),
        fact(Quantity::UsualHigh, found.usual.1),
    ];
    let text = words::outlier(
        &found.by.label,
        &found.by.dimension,
        &found.part.group.label,
        &voice.show(metric, found.value),
        (&voice.show(metric, found.usual.0), &voice.show(metric, found.usual.1)),
        voice.locale.language(),
    );
    Some(Sentence { text, finding: Finding::Outlier, facts })
}

fn outliers<'a>(by: &'a Breakdown<'a>) -> Vec<Outlier<'a>> {
    if !matches!(by.metric.format, ValueFormat::Percent(_)) {
        return Vec::new();
    }
    let counted: Vec<(&Part, f64)> = by
        .parts
        .iter()
        .filter(|part| part.rows.is_some_and(|rows| rows >= LEAST_ROWS))
        .filter_map(|part| Some((part, rounding::rounded(part.value?, by.metric.format)?)))
        .collect();
    let mut values: Vec<f64> = counted.iter().map(|(_, value)| *value).collect();
    values.sort_by(f64::total_cmp);
    if values.len() < LEAST_GROUPS {
        return Vec::new();
    }
    let (Some(first), Some(third)) = (quantile(&values, 0.25), quantile(&values, 0.75)) else {
        return Vec::new();
    };
    let distance = third - first;
    // Where half of the groups are alike, whatever differs would lie outside.
    if distance <= 0.0 {
        return Vec::new();
    }
    let (low, high) = (first - REACH * distance, third + REACH * distance);
    let inside = |value: &f64| (low..=high).contains(value);
    let within: Vec<f64> = values.iter().copied().filter(inside).collect();
    let (Some(least), Some(most)) = (within.first().copied(), within.last().copied()) else {
        return Vec::new();
    };
    counted
        .into_iter()
        .map(|(part, value)| (part, value, (low - value).max(value - high)))
        .filter(|(_, _, beyond)| *beyond >= LEAST_BEYOND)
        .map(|(part, value, beyond)| Outlier {
            by,
            part,
            value,
            beyond: beyond / distance,
            usual: (least, most),
        })
        .collect()
}

/// A quantile of sorted values, between two of them in proportion.
fn quantile(sorted: &[f64], part: f64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "counts of groups")]
    let place = part * (sorted.len().checked_sub(1)? as f64);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in the list")]
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    let (below, above) = (sorted.get(below)?, sorted.get(above)?);
    Some(below + (above - below) * place.fract())
}

//! Targets that are not met.

use super::{Fact, Finding, Quantity, Reading, Sentence, Voice, words};
use crate::definition::Better;
use crate::document::rounding;

/// How many are named; the others are counted.
const MOST: usize = 3;

/// A target that is not met.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Missed {
    pub(super) value: f64,
    pub(super) target: f64,
    pub(super) side: Side,
}

/// On which side of its target a value lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Lower, where higher is better.
    Below,
    /// Higher, where lower is better.
    Above,
}

/// Does a metric miss its target, as both are shown?
pub(super) fn missed(voice: &Voice<'_>, reading: &Reading<'_>) -> Option<Missed> {
    if !voice.targets {
        return None;
    }
    let metric = reading.metric;
    let value = rounding::rounded(reading.value?, metric.format)?;
    let target = rounding::rounded(reading.target?, metric.format)?;
    let side = match metric.better {
        Better::Higher if value < target => Side::Below,
        Better::Lower if value > target => Side::Above,
        _ => return None,
    };
    Some(Missed { value, target, side })
}

/// One sentence about all that are not met, but for those that have been told.
pub(super) fn sentence(voice: &Voice<'_>, readings: &[Reading<'_>], told: &[&str]) -> Option<Sentence> {
    let all: Vec<(&Reading<'_>, Missed)> = readings
        .iter()
        .filter(|reading| !told.contains(&reading.metric.id.as_str()))
        .filter_map(|reading| Some((reading, missed(voice, reading)?)))
        .collect();
    let show = |(reading, missed): &(&Reading<'_>, Missed)| words::Goal {
        label: reading.label.clone(),
        value: voice.show(reading.metric, missed.value),
        target: voice.show(reading.metric, missed.target),
        side: missed.side,
    };
    let shown: Vec<words::Goal> = all.iter().take(MOST).map(show).collect();
    let text = words::targets(&shown, all.len() - shown.len(), voice.locale)?;
    let facts: Vec<Fact> = all
        .iter()
        .flat_map(|(reading, missed)| {
            [(Quantity::Value, missed.value), (Quantity::Target, missed.target)]
                .map(|(quantity, value)| voice.fact(reading.metric, quantity, value))
        })
        .collect();
    Some(Sentence { text, finding: Finding::Target, facts })
}

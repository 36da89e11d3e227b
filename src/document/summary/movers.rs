//! Which groups moved a number most: what each contributes to the change of the whole. Only of metrics whose groups sum to the total.

use super::{Breakdown, Fact, Group, Part, Quantity, Voice};
use crate::definition::MetricDefinition;
use crate::document::change;

/// A group is named that makes so much of the whole change.
const LEAST_PART: f64 = 1.0 / 3.0;
/// And so is one that makes so much of it the other way.
const LEAST_CONTRARY: f64 = 0.5;
/// How many are named at most.
const MOST: usize = 2;

/// The groups that moved a number.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Movers {
    /// The way the whole went, the largest first.
    pub(super) along: Vec<Mover>,
    /// The largest that went the other way, where it hides much of the change.
    pub(super) contrary: Option<Mover>,
}

/// What a group contributes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mover {
    pub(super) group: Group,
    pub(super) change: f64,
    value: f64,
    before: f64,
}

/// The groups that moved a number as a whole by so much; nothing where no few of them did.
pub(super) fn found(voice: &Voice<'_>, by: &Breakdown<'_>, whole: f64) -> Option<Movers> {
    // With one group there is nothing to tell apart; a side of which nothing is known is not all zeros.
    let nothing_known = |of: fn(&Part) -> Option<f64>| by.parts.iter().all(|part| of(part).is_none());
    if by.parts.len() < 2 || nothing_known(|part| part.value) || nothing_known(|part| part.before) {
        return None;
    }
    let mut movers: Vec<Mover> = by
        .parts
        .iter()
        .filter_map(|part| {
            // Nothing was counted in a group that is not there.
            let (value, before) = (part.value.unwrap_or(0.0), part.before.unwrap_or(0.0));
            let change = change::difference(voice.pair(by.metric, Some(value), Some(before))).0?;
            Some(Mover { group: part.group.clone(), change, value, before })
        })
        .collect();
    // Stable: of equals the table's order holds.
    movers.sort_by(|a, b| b.change.abs().total_cmp(&a.change.abs()));
    let (along, contrary): (Vec<Mover>, Vec<Mover>) = movers
        .into_iter()
        .filter(|mover| mover.change != 0.0)
        .partition(|mover| (mover.change > 0.0) == (whole > 0.0));
    let enough =
        along.iter().take(MOST).take_while(|mover| mover.change.abs() >= LEAST_PART * whole.abs()).count();
    // Of groups that moved alike none is named without the other.
    let last = enough.checked_sub(1).and_then(|last| along.get(last));
    if last.is_none() || last.map(|it| it.change) == along.get(enough).map(|it| it.change) {
        return None;
    }
    let contrary = contrary.into_iter().next().filter(|it| it.change.abs() >= LEAST_CONTRARY * whole.abs());
    Some(Movers { along: along.into_iter().take(enough).collect(), contrary })
}

impl Movers {
    /// Every number that was used.
    pub(super) fn facts(&self, voice: &Voice<'_>, metric: &MetricDefinition) -> Vec<Fact> {
        let of = |mover: &Mover| {
            [
                (Quantity::Value, mover.value),
                (Quantity::Before, mover.before),
                (Quantity::Change, mover.change),
            ]
            .map(|(quantity, value)| voice.fact(metric, quantity, value).of_group(&mover.group))
        };
        self.along.iter().chain(&self.contrary).flat_map(of).collect()
    }
}

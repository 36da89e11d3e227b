//! Flows: one metric from the values of one dimension to those of another, as customers go from state to state.

use super::chart::keep_largest;
use super::frame::Key;
use super::pairs::{Called, Pairs};
use super::table::distinct;
use super::{Fault, Setting, alt};
use crate::definition::{ChartSection, Language};
use crate::document::{Chart, ChartStyle, Direction, Series, dimension_label};
use crate::metrics::step_of_state;
use polars::prelude::DataFrame;
use std::collections::HashMap;

/// More than this at one side cannot be followed; the largest are kept.
const MOST_NODES: usize = 14;

const CALLED: Called = Called {
    name: "flow",
    lacks: "only one side",
    hint: "add the column whose values stand at the right: by = \"channel\"",
};

/// The column of a state before, and that of the state after.
const EDGES: (&str, &str) = ("state_start", "state_end");

/// A flow, and notes on what was cut. Pairs that do not occur have no ribbon.
pub(super) fn build(
    section: &ChartSection,
    setting: &Setting<'_>,
    values: &DataFrame,
) -> Result<(Chart, Vec<String>), Fault> {
    let pairs = Pairs::of(section, &CALLED, setting, values)?;
    // What is nothing, or less than nothing, goes nowhere.
    let pairs = pairs.only(|value| value > 0.0);
    let ([left, right], cells) = (&pairs.dimensions, pairs.cells());
    let mut notes = Vec::new();
    let from = nodes(left, &pairs.sizes(0), setting, &mut notes);
    let to = nodes(right, &pairs.sizes(1), setting, &mut notes);
    let series = from
        .iter()
        .map(|from| Series {
            label: setting.value_label(left, from),
            values: to.iter().map(|to| cells.get(&(from, to)).copied()).collect(),
            moves: to.iter().filter_map(|to| direction((left, from), (right, to))).collect(),
            ..Series::default()
        })
        .collect();
    let mut chart = Chart {
        style: ChartStyle::Flow,
        x_label: dimension_label(right, setting.language),
        series_label: Some(dimension_label(left, setting.language)),
        categories: to.iter().map(|to| setting.value_label(right, to)).collect(),
        series,
        display: setting.display(pairs.metric.format),
        alt: String::new(),
    };
    chart.alt = alt::of_flow(&chart, pairs.metric, setting);
    Ok((chart, notes))
}

/// The values at one side, in order.
fn nodes(
    dimension: &str,
    sizes: &HashMap<&Key, f64>,
    setting: &Setting<'_>,
    notes: &mut Vec<String>,
) -> Vec<Key> {
    let there: Vec<Key> = sizes.keys().map(|key| (*key).clone()).collect();
    let mut all = distinct(dimension, &there);
    if all.len() > MOST_NODES {
        let (shown, count) = (setting.count(MOST_NODES), setting.count(all.len()));
        let name = dimension_label(dimension, setting.language);
        notes.push(match setting.language {
            Language::Es => format!("{name}: se muestran los {shown} valores mayores de {count}."),
            Language::En => format!("{name}: the {shown} largest of {count} values are shown."),
            Language::Pt => format!("{name}: são mostrados os {shown} maiores valores de {count}."),
        });
        let of = all.iter().map(|key| sizes.get(key).copied().unwrap_or_default()).collect();
        keep_largest(&mut all, of, MOST_NODES);
    }
    all
}

/// Between states of engagement there is up and down; who had no state before comes in, who has none after goes out. `None`: the two
/// sides are other things.
fn direction(left: (&str, &Key), right: (&str, &Key)) -> Option<Direction> {
    let (start, end) = match ((left.0, right.0), (right.0, left.0)) {
        (sides, _) if sides == EDGES => (left.1, right.1),
        (_, sides) if sides == EDGES => (right.1, left.1),
        _ => return None,
    };
    let step = |key: &Key| match key {
        Key::Text(state) => step_of_state(state),
        Key::Date(_) | Key::Absent => None,
    };
    Some(match (step(start), step(end)) {
        (Some(before), Some(after)) if after > before => Direction::Up,
        (Some(before), Some(after)) if after < before => Direction::Down,
        (None, Some(_)) => Direction::Up,
        (Some(_), None) => Direction::Down,
        _ => Direction::Level,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_between_states_go_up_or_down_whichever_side_is_the_start() {
        let way = |start: &str, end: &str| {
            let (start, end) = (Key::Text(start.to_owned()), Key::Text(end.to_owned()));
            let there = direction((EDGES.0, &start), (EDGES.1, &end));
            assert_eq!(there, direction((EDGES.1, &end), (EDGES.0, &start)));
            there
        };
        assert_eq!(way("casual", "power"), Some(Direction::Up));
        assert_eq!(way("power", "dormant"), Some(Direction::Down));
        assert_eq!(way("churned", "dormant"), Some(Direction::Up));
        assert_eq!(way("habit", "habit"), Some(Direction::Level));
        assert_eq!(way("absent", "sign_up"), Some(Direction::Up));
        assert_eq!(way("habit", "absent"), Some(Direction::Down));
        let (team, channel) = (Key::Text("Norte".to_owned()), Key::Text("call".to_owned()));
        assert_eq!(direction(("team", &team), ("channel", &channel)), None);
    }
}

//! Why a number changed: what each group of a dimension added to the change. Never: words.

use super::engine::Engine;
use super::sql::Expression;
use super::trace::{Place, part};
use super::{MetricsError, identity};
use crate::definition::MetricDefinition;
use polars::prelude::*;
use std::collections::BTreeMap;

/// A change of a number by the groups of a dimension.
#[derive(Debug, Clone, PartialEq)]
pub struct Movement {
    /// The dimension.
    pub dimension: String,
    /// Do the groups' effects sum to the change? Medians and counts of distinct things do not add up.
    pub adds_up: bool,
    /// The groups, the one that moved the number most first.
    pub groups: Vec<Moved>,
}

/// A group, then and now.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// Its value of the dimension; `None`: rows that have none.
    pub group: Option<String>,
    /// The number of its rows in the other period.
    pub before: Option<f64>,
    /// The number of its rows.
    pub now: Option<f64>,
    /// What it adds to the change of the whole, in the number's unit; where effects do not add up, its own change.
    pub effect: f64,
}

/// A group's value, and what it is divided from where the metric is a ratio.
#[derive(Default, Clone, Copy)]
struct Side {
    value: Option<f64>,
    top: f64,
    bottom: f64,
}

impl Engine {
    /// What each group of a dimension adds to the change of a metric from another period to this one.
    ///
    /// A sum changes by what each group's sum changes. A ratio R = N / D changes from R0 by what each group's part of the
    /// denominator times its distance to R0 changes: `(n1 - R0 d1) / D1 - (n0 - R0 d0) / D0`. A group can move the whole
    /// with its own ratio, or with its weight. Both sum to the change of the whole.
    ///
    /// Only rows of the places are looked at; a place that the other period lacks (`None`) had nothing.
    ///
    /// # Errors
    /// An unknown dimension, an expression that Polars refuses.
    pub fn movement(
        &self,
        place: &Place,
        before: (&Self, Option<&Place>),
        metric: &str,
        dimension: &str,
    ) -> Result<Movement, MetricsError> {
        let chosen = self.chosen(&[metric])?;
        let Some(of) = chosen.first() else { return Ok(empty(dimension)) };
        let parts: Vec<MetricDefinition> = Expression::of_metric(of)?
            .division()
            .into_iter()
            .flat_map(|(top, bottom)| [part(of, 0, &top), part(of, 1, &bottom)])
            .collect();
        let all: Vec<&MetricDefinition> = chosen.iter().copied().chain(&parts).collect();
        let by = [dimension.to_owned()];
        let (then, now) = (before.0.sides(&all, &by, before.1)?, self.sides(&all, &by, Some(place))?);
        let (whole_then, whole_now) =
            (before.0.sides(&all, &[], before.1)?, self.sides(&all, &[], Some(place))?);
        let whole = |sides: &Sides| sides.values().next().copied().unwrap_or_default();
        let (whole_then, whole_now) = (whole(&whole_then), whole(&whole_now));
        let ratio = (!parts.is_empty()).then_some((whole_then, whole_now));
        let keys: std::collections::BTreeSet<&Option<String>> = then.keys().chain(now.keys()).collect();
        let mut groups: Vec<Moved> = keys
            .into_iter()
            .map(|group| {
                let side = |sides: &Sides| sides.get(group).copied().unwrap_or_default();
                let (then, now) = (side(&then), side(&now));
                let effect = effect(ratio, then, now);
                Moved { group: group.clone(), before: then.value, now: now.value, effect }
            })
            .collect();
        let sum: f64 = groups.iter().map(|it| it.effect).sum();
        let change = whole_now.value.unwrap_or(0.0) - whole_then.value.unwrap_or(0.0);
        let adds_up = (ratio.is_some() || of.additive)
            && whole_now.value.is_some()
            && whole_then.value.is_some()
            && identity::equal(sum, change);
        if !adds_up {
            for it in &mut groups {
                it.effect = it.now.unwrap_or(0.0) - it.before.unwrap_or(0.0);
            }
        }
        // Equal ones stand in the order of their names.
        groups.sort_by(|one, other| other.effect.abs().total_cmp(&one.effect.abs()));
        Ok(Movement { dimension: dimension.to_owned(), adds_up, groups })
    }

    fn sides(
        &self,
        metrics: &[&MetricDefinition],
        by: &[String],
        place: Option<&Place>,
    ) -> Result<Sides, MetricsError> {
        let Some(place) = place else { return Ok(Sides::new()) };
        let table = self.over(metrics, by, place)?;
        let number = |name: &str, row: usize| -> Option<f64> {
            table.column(name).ok()?.cast(&DataType::Float64).ok()?.f64().ok()?.get(row)
        };
        let mut sides = Sides::new();
        for row in 0..table.height() {
            let group = by.first().and_then(|name| {
                let text = table.column(name).ok()?.cast(&DataType::String).ok()?;
                text.str().ok()?.get(row).map(str::to_owned)
            });
            let value = |place: usize| metrics.get(place).and_then(|m| number(&m.id, row));
            let (top, bottom) = (value(1).unwrap_or(0.0), value(2).unwrap_or(0.0));
            sides.insert(group, Side { value: value(0), top, bottom });
        }
        Ok(sides)
    }
}

type Sides = BTreeMap<Option<String>, Side>;

fn effect(ratio: Option<(Side, Side)>, then: Side, now: Side) -> f64 {
    let Some((whole_then, whole_now)) = ratio else {
        return now.value.unwrap_or(0.0) - then.value.unwrap_or(0.0);
    };
    let base = whole_then.value.unwrap_or(0.0);
    let pull = |side: Side, whole: Side| match whole.bottom {
        0.0 => 0.0,
        all => (side.top - base * side.bottom) / all,
    };
    pull(now, whole_now) - pull(then, whole_then)
}

fn empty(dimension: &str) -> Movement {
    Movement { dimension: dimension.to_owned(), adds_up: true, groups: Vec::new() }
}

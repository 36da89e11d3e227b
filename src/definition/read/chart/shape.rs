//! What each kind of chart needs: how many metrics, by how many dimensions, and which of them may be left out because the metric has
//! columns of its own.

use super::super::file::Known;
use super::super::problems::{Read, Reported};
use super::super::table::{Spot, Table};
use crate::definition::{ChartKind, MetricDefinition};

const X: &str = "write x = \"day\", or another column: week, team, type, state_end";
const SIDES: &str =
    "write x = \"team\", by = \"channel\", or take a metric with two columns of its own: state_transitions";
const COHORTS: &str =
    "take a metric with two columns of its own: cohort_retention_weeks, cohort_retention_months";

/// A chart as written.
pub(super) struct Shape<'s> {
    pub(super) kind: ChartKind,
    pub(super) x: Option<&'s Spot<String>>,
    pub(super) by: Option<&'s Spot<String>>,
    pub(super) metrics: &'s [Spot<String>],
}

/// It must have an axis, and has none.
pub(super) fn no_axis(inner: &Table<'_>) -> Read<String> {
    inner.need("x", Ok(None), X)
}

impl Shape<'_> {
    /// What its axis is, written or a column of the metric's own; `None`: its rows are metrics.
    pub(super) fn axis(&self, inner: &Table<'_>, known: &Known<'_>) -> Read<Option<String>> {
        if self.kind.is_matrix() {
            return self.matrix(inner, known);
        }
        if self.kind.is_of_rows() {
            return self.rows(inner, known);
        }
        if let (Some(by), true) = (self.by, self.metrics.len() > 1) {
            let what = "a chart with `by` shows one metric, a series for each value";
            let hint = "keep one metric, or delete `by` to get a series for each metric";
            let label = "with several metrics";
            return Err(inner.problems().add("conflicting-keys", &by.place, what, label, hint));
        }
        self.one_kind(inner, known)?;
        match self.x {
            Some(x) => Ok(Some(x.value.clone())),
            None => no_axis(inner).map(Some),
        }
    }

    /// Its columns and rows, or its two sides: `x`, `by`, and columns of the metric's own.
    fn matrix(&self, inner: &Table<'_>, known: &Known<'_>) -> Read<Option<String>> {
        let name = self.name();
        let [metric] = self.metrics else {
            let what = format!("{name} shows one metric");
            let hint = format!("keep one metric, and draw {name} for each of the others");
            let place = inner.key_place("metrics");
            return Err(inner.problems().add("conflicting-keys", &place, what, "several metrics", hint));
        };
        let Some(definition) = known.metric(&metric.value) else {
            return Ok(self.x.map(|x| x.value.clone()));
        };
        let mut dimensions: Vec<&str> = Vec::new();
        let written = self.x.into_iter().chain(self.by).map(|spot| spot.value.as_str());
        for dimension in written.chain(definition.by.iter().map(String::as_str)) {
            if !dimensions.contains(&dimension) {
                dimensions.push(dimension);
            }
        }
        match (dimensions.as_slice(), self.x) {
            ([_, _], Some(x)) => Ok(Some(x.value.clone())),
            // A heatmap says itself which of the two are its columns.
            ([_, _], None) if self.kind == ChartKind::Heatmap => no_axis(inner).map(Some),
            // What is not `by` is left; of two columns of the metric's own a flow begins at the first, and cohorts are those down the rows.
            ([first, second], None) => {
                let is_second = self.by.is_some() || self.kind == ChartKind::Cohort;
                Ok(Some(if is_second { second } else { first }.to_string()))
            }
            ([] | [_], None) => {
                let hint = match self.kind {
                    ChartKind::Flow => SIDES,
                    ChartKind::Cohort => COHORTS,
                    _ => X,
                };
                inner.need("x", Ok(None), hint).map(Some)
            }
            ([] | [_], Some(x)) => {
                let (needs, label, hint) = match self.kind {
                    ChartKind::Flow => (
                        "two sides",
                        "no other side",
                        "add the column whose values stand at the right: by = \"channel\"",
                    ),
                    _ => (
                        "columns and rows",
                        "no rows",
                        "add the column whose values become rows: by = \"team\"",
                    ),
                };
                let what = format!("{name} has {needs}, and this one has only `{}`", x.value);
                Err(inner.problems().add("missing-key", &inner.place(), what, label, hint))
            }
            (several, _) => Err(self.too_many(inner, metric, definition, "two dimensions", several)),
        }
    }

    /// Its rows: metrics, or one metric by the values of `x`.
    fn rows(&self, inner: &Table<'_>, known: &Known<'_>) -> Read<Option<String>> {
        let name = self.name();
        if let Some(by) = self.by {
            let what = format!("{name} has no `by`: its rows are metrics, or the values of `x`");
            let hint = "write the column as `x`";
            return Err(inner.problems().add("conflicting-keys", &by.place, what, "not here", hint));
        }
        if let (Some(x), true) = (self.x, self.metrics.len() > 1) {
            let what = format!("{name} with `x` shows one metric, a row for each value");
            let hint = "keep one metric, or delete `x` to get a row for each metric";
            let label = "with several metrics";
            return Err(inner.problems().add("conflicting-keys", &x.place, what, label, hint));
        }
        let mut fault = None;
        for spot in self.metrics {
            let Some(definition) = known.metric(&spot.value) else { continue };
            let own: Vec<&str> = definition.by.iter().map(String::as_str).collect();
            match (own.as_slice(), self.x) {
                ([], _) => {}
                ([one], None) if self.metrics.len() == 1 => return Ok(Some((*one).to_owned())),
                ([one], Some(x)) if x.value == *one => {}
                (_, Some(x)) => {
                    let mut all = vec![x.value.as_str()];
                    all.extend(own.iter().filter(|own| **own != x.value));
                    fault = Some(self.too_many(inner, spot, definition, "one dimension", &all));
                }
                (several, None) => {
                    let by = several.join("`, `");
                    let what = format!("`{}` has no single value: it has one for each `{by}`", spot.value);
                    let hint = "draw it alone, or take a metric without columns of its own";
                    let place = &spot.place;
                    fault =
                        Some(inner.problems().add("not-a-single-value", place, what, "many values", hint));
                }
            }
        }
        if let Some(reported) = fault {
            return Err(reported);
        }
        self.one_kind(inner, known)?;
        if self.kind == ChartKind::Funnel && self.x.is_none() && self.metrics.len() == 1 {
            let what = "a funnel has steps, and this one has only one metric";
            let hint = "name the metrics of its steps in order, or the column whose values are its steps: x = \"status\"";
            let place = inner.key_place("metrics");
            return Err(inner.problems().add("missing-key", &place, what, "one step", hint));
        }
        Ok(self.x.map(|x| x.value.clone()))
    }

    /// Metrics that stand along one axis are of the kind of the first.
    fn one_kind(&self, inner: &Table<'_>, known: &Known<'_>) -> Read<()> {
        if !self.kind.has_one_axis() {
            return Ok(());
        }
        let mut all = self.metrics.iter().filter_map(|spot| Some((spot, known.metric(&spot.value)?.format)));
        let Some((first, kind)) = all.next() else { return Ok(()) };
        let mut told = Ok(());
        for (spot, other) in all.filter(|(_, format)| !format.shares_axis_with(kind)) {
            let together = match self.kind {
                ChartKind::Funnel => "be steps of one funnel",
                _ => "share an axis",
            };
            let what = format!(
                "`{}` (`{kind}`) and `{}` (`{other}`) are values of different kinds and cannot {together}",
                first.value, spot.value
            );
            let hint = "draw each kind in a chart of its own, or as rows of kind = \"spark\" or \"bullet\", which may be of any kinds";
            told = Err(inner.problems().add("different-kinds", &spot.place, what, "another kind", hint));
        }
        told
    }

    fn too_many(
        &self,
        inner: &Table<'_>,
        metric: &Spot<String>,
        definition: &MetricDefinition,
        most: &str,
        all: &[&str],
    ) -> Reported {
        let what = format!("{} has {most}, this one has `{}`", self.name(), all.join("`, `"));
        let hint = match definition.by.is_empty() {
            true => "delete `by`, or take another `x`".to_owned(),
            false => format!(
                "`{}` has `{}` of its own: leave out `by`, or let `x` be one of them",
                metric.value,
                definition.by.join("`, `")
            ),
        };
        inner.problems().add("conflicting-keys", &metric.place, what, "too many columns", hint)
    }

    fn name(&self) -> &'static str {
        match self.kind {
            ChartKind::Heatmap => "a heatmap",
            ChartKind::Cohort => "a cohort chart",
            ChartKind::Flow => "a flow",
            ChartKind::Funnel => "a funnel",
            ChartKind::Bullet => "a bullet chart",
            ChartKind::Bars | ChartKind::Line | ChartKind::Area | ChartKind::Spark => "a chart",
        }
    }
}

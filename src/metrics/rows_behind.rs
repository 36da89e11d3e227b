//! How many rows stand behind a metric's value: those that a ratio is a part of, else those that the metric looks at.

use super::MetricsError;
use super::engine::Engine;
use super::sql::Expression;
use crate::definition::{MetricDefinition, ValueFormat};
use polars::prelude::DataFrame;

impl Engine {
    /// The rows behind the values of a metric, by dimensions as in [`Engine::values`] but for the metric's own: a column under its
    /// name. `None` for a ratio of something that is not counted.
    ///
    /// # Errors
    /// An unknown metric or dimension, an expression that Polars refuses.
    pub fn rows_behind(&self, metric: &str, by: &[&str]) -> Result<Option<DataFrame>, MetricsError> {
        // Each by itself: several metrics may count the same rows under the same words.
        let counts: Vec<MetricDefinition> =
            self.chosen(&[metric])?.into_iter().filter_map(counting).collect();
        let [count] = counts.as_slice() else { return Ok(None) };
        let dimensions: Vec<String> = by.iter().map(|by| (*by).to_owned()).collect();
        self.grouped(&[count], &dimensions, None).map(Some)
    }
}

/// A metric that counts the rows behind another one.
fn counting(metric: &MetricDefinition) -> Option<MetricDefinition> {
    let expr = counted(&Expression::of_metric(metric).ok()?)?;
    Some(MetricDefinition {
        expr,
        by: Vec::new(),
        format: ValueFormat::Integer,
        additive: false,
        ..metric.clone()
    })
}

/// What an expression counts below its only division, or `count(*)` where it divides nothing.
fn counted(expression: &Expression) -> Option<String> {
    match expression.part_of().ok()? {
        None => Some("count(*)".to_owned()),
        Some(below) => {
            let counts = below.get(..6).is_some_and(|head| head.eq_ignore_ascii_case("count("));
            counts.then_some(below)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(expr: &str) -> Option<String> {
        counted(&Expression::parse(expr, "a metric").expect("an expression"))
    }

    #[test]
    fn a_ratio_has_the_rows_that_it_is_a_part_of_behind_it() {
        for (expr, below) in [
            ("count(*) filter (where is_done) / count(*)", Some("count(*)")),
            (
                "1.0 * count(*) filter (where a / b > 1) / COUNT(distinct user_id)",
                Some("COUNT(DISTINCT user_id)"),
            ),
            (
                "count(*) filter (where type = 'a/b') / count(*) filter (where type = 'visit' and not is_open)",
                Some("count(*) FILTER (WHERE type = 'visit' AND NOT is_open)"),
            ),
            ("sum(sales_amount)", Some("count(*)")),
            ("median(duration_min / 60)", Some("count(*)")),
            ("sum(a) / sum(b)", None),
            ("count(*) / count(distinct day) / count(distinct user_id)", None),
            ("count(*) filter (where is_done) / count(*) * 100", None),
            ("1 - count(*) filter (where is_done) / count(*)", Some("count(*)")),
            ("count(*) / count(*) -- of all", Some("count(*)")),
        ] {
            assert_eq!(of(expr).as_deref(), below, "{expr}");
        }
    }

    #[test]
    fn every_share_of_the_catalogue_has_rows_behind_it() {
        let without: Vec<&str> = super::super::catalogue()
            .iter()
            .filter(|metric| matches!(metric.format, ValueFormat::Percent(_)) && of(&metric.expr).is_none())
            .map(|metric| metric.id.as_str())
            .collect();
        assert_eq!(without, ["stickiness"]);
    }
}

//! What each kind of chart asks of the engine, and who puts it together.

use super::compared::Compared;
use super::headline::Headline;
use super::{Fault, Setting, bullet, chart, flow, funnel, heatmap, refs};
use crate::definition::{ChartKind, ChartSection};
use crate::document::Chart;
use crate::metrics::Engine;

/// A chart, and notes on what was cut.
pub(super) fn ask(
    section: &ChartSection,
    setting: &Setting<'_>,
    current: &Engine,
    compared: &[Compared<'_>],
    headline: &mut Headline,
) -> Result<(Chart, Vec<String>), Fault> {
    let asked = || current.values(&refs(&section.metrics), &refs(&section.dimensions()));
    if section.x.is_none() {
        // Its rows are metrics as a whole, as tiles are.
        headline.ask(&section.metrics, setting, current, compared)?;
    }
    match (section.kind, &section.x) {
        (ChartKind::Funnel, None) => funnel::of_metrics(section, setting, headline),
        (ChartKind::Funnel, Some(x)) => funnel::of_values(section, x, setting, &asked()?),
        (ChartKind::Bullet, None) => bullet::of_metrics(section, setting, headline),
        (ChartKind::Bullet, Some(x)) => bullet::of_values(section, x, setting, current),
        (ChartKind::Heatmap | ChartKind::Cohort, _) => heatmap::build(section, setting, &asked()?),
        (ChartKind::Flow, _) => flow::build(section, setting, &asked()?),
        (ChartKind::Bars | ChartKind::Line | ChartKind::Area | ChartKind::Spark, _) => {
            chart::build(section, setting, &asked()?)
        }
    }
}

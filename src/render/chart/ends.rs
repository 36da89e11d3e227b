//! Names at the ends of a few lines or areas, in the place of a legend: each with its last value.

use super::super::palette::{TEXT, mix};
use super::super::scene::{Anchor, Scene, Stroke, at};
use super::super::text::{CAP_HEIGHT, Face, Run, Typesetter};
use super::apart::apart;
use super::areas;
use super::frame::{Plot, value};
use crate::document::{Chart, ChartStyle, Locale, Value};
use std::sync::Arc;

const SIZE: f32 = 7.0;
const LEADING: f32 = 9.2;
const NAME: Face = Face::REGULAR.tabular();
const FIGURE: Face = Face::SEMI_BOLD.tabular();
/// More lines than this have a legend.
const FEW: usize = 4;
/// Names and values take so much of the width at most.
const WIDEST: f32 = 0.27;
/// Between a line's end and its name.
const GAP: f32 = 7.0;

/// The names, measured.
pub(super) struct EndNames {
    names: Vec<(Arc<Run>, Arc<Run>)>,
    /// What they take at the right of the plot.
    pub(super) width: f32,
}

impl EndNames {
    /// Where there are few series, room for their names in full, and a last value of each.
    pub(super) fn plan(
        set: &Typesetter,
        chart: &Chart,
        locale: &Locale,
        (width, height): (f32, f32),
    ) -> Option<Self> {
        let count = chart.series.len();
        let is_line = matches!(chart.style, ChartStyle::Line | ChartStyle::Area | ChartStyle::StackedArea);
        if !is_line || !(2..=FEW).contains(&count) || height * 0.6 < LEADING * count as f32 {
            return None;
        }
        let mut names = Vec::with_capacity(count);
        let mut widest = 0.0_f32;
        for series in &chart.series {
            let last = chart.categories.len().checked_sub(1)?;
            let v = match chart.style {
                ChartStyle::StackedArea => value(series, last)?,
                _ => (0..=last).rev().find_map(|at| value(series, at))?,
            };
            let name = set.run(NAME, &series.label);
            let figure = set.run(FIGURE, &locale.show(Some(&Value::Number(v)), &chart.display));
            let entry = GAP + name.width(SIZE) + 4.0 + figure.width(SIZE);
            if name.is_empty() || entry > width * WIDEST {
                return None;
            }
            widest = widest.max(entry);
            names.push((name, figure));
        }
        Some(Self { names, width: widest })
    }

    /// Draws them, moved apart where lines end close to each other.
    pub(super) fn draw(&self, scene: &mut Scene, plot: &Plot<'_>) {
        let ends: Vec<Option<(f32, f32)>> = match plot.chart.style {
            ChartStyle::StackedArea => {
                let x = plot.stations.x(plot.stations.count.saturating_sub(1));
                areas::last_middles(plot).into_iter().map(|y| y.map(|y| (x, y))).collect()
            }
            _ => (0..self.names.len()).map(|of| last_point(plot, of)).collect(),
        };
        let mut order: Vec<(usize, f32, f32)> =
            ends.into_iter().enumerate().filter_map(|(of, end)| end.map(|(x, y)| (of, x, y))).collect();
        order.sort_by(|a, b| a.2.total_cmp(&b.2));
        let wanted: Vec<f32> = order.iter().map(|(_, _, y)| *y).collect();
        let places = apart(&wanted, LEADING, (plot.top - 4.0, plot.bottom));
        for ((of, x, y), place) in order.into_iter().zip(places) {
            let (name, figure) = &self.names[of];
            let color = plot.color(of);
            let start = plot.right + GAP;
            if (place - y).abs() > 2.5 {
                let line = Stroke { color: mix(color, TEXT, 0.2), width: 0.4 };
                scene.line(&[at(x.max(plot.right - 9.0) + 3.0, y), at(start - 1.5, place)], line);
            }
            let baseline = place + SIZE * CAP_HEIGHT / 2.0;
            let ink = mix(color, TEXT, 0.55);
            scene.text(at(start, baseline), Anchor::Start, figure, SIZE, ink);
            scene.text(at(start + figure.width(SIZE) + 4.0, baseline), Anchor::Start, name, SIZE, ink);
        }
    }
}

fn last_point(plot: &Plot<'_>, of: usize) -> Option<(f32, f32)> {
    let series = plot.chart.series.get(of)?;
    let (index, v) = (0..plot.stations.count).rev().find_map(|at| value(series, at).map(|v| (at, v)))?;
    Some((plot.stations.x(index), plot.y(v)))
}

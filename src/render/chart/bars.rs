//! Bars: side by side or on top of each other, with their values where there is room.

use super::super::palette::{TEXT, text_on};
use super::super::scene::{Anchor, Color, Scene, at};
use super::super::text::{CAP_HEIGHT, Face, Run};
use super::frame::{Plot, value};
use std::sync::Arc;

const SIZE: f32 = 6.8;
const FACE: Face = Face::SEMI_BOLD.tabular();
/// A bar, or a group of them, takes this share of its band.
const BAND_SHARE: f32 = 0.62;
const GROUP_SHARE: f32 = 0.78;
const WIDEST: f32 = 58.0;

/// Bars of all series beside each other.
pub(super) fn side_by_side(scene: &mut Scene, plot: &Plot<'_>) {
    let series = plot.chart.series.len().max(1);
    let step = plot.stations.step;
    let share = if series == 1 { BAND_SHARE } else { GROUP_SHARE };
    let bar = (step * share / series as f32).min(WIDEST);
    let gap = if series > 1 { (bar * 0.06).min(1.5) } else { 0.0 };
    let highest = highest(plot);
    let room = if series == 1 { step - 3.0 } else { bar - 1.0 };
    let values: Vec<f64> = each_value(plot).map(|(_, _, v)| v).collect();
    let labels = Labels::choose(plot, &values, room);
    for (index, of, v) in each_value(plot) {
        let left = plot.stations.x(index) - bar * series as f32 / 2.0 + bar * of as f32 + gap / 2.0;
        let (y, base) = (plot.y(v), plot.base());
        let color = match series {
            1 if values.len() > 1 && highest != Some(index) => plot.palette.soft,
            _ => plot.palette.series(of),
        };
        scene.fill_rect(at(left, y.min(base)), bar - gap, (y - base).abs(), color);
        if let Some(label) = labels.of(plot, v) {
            let baseline = if v < 0.0 { y + 3.0 + SIZE * CAP_HEIGHT } else { y - 3.0 };
            scene.text(at(left + (bar - gap) / 2.0, baseline), Anchor::Middle, &label, SIZE, TEXT);
        }
    }
}

/// Bars of all series on top of each other: what is above zero upwards, what is below downwards.
pub(super) fn stacked(scene: &mut Scene, plot: &Plot<'_>) {
    let step = plot.stations.step;
    let bar = (step * BAND_SHARE).min(WIDEST);
    let parts: Vec<f64> = each_value(plot).map(|(_, _, v)| v).collect();
    let totals: Vec<f64> = (0..plot.stations.count).filter_map(|i| total(plot, i)).collect();
    let inside = Labels::choose(plot, &parts, bar - 3.0);
    let above = Labels::choose(plot, &totals, step - 3.0);
    for index in 0..plot.stations.count {
        let left = plot.stations.x(index) - bar / 2.0;
        let (mut up, mut down) = (0.0, 0.0);
        for (of, series) in plot.chart.series.iter().enumerate() {
            let Some(v) = value(series, index) else { continue };
            let from = if v >= 0.0 { &mut up } else { &mut down };
            let (begin, end) = (plot.y(*from), plot.y(*from + v));
            *from += v;
            let (top, height) = (begin.min(end), (begin - end).abs());
            let color = plot.color(of);
            scene.fill_rect(at(left, top), bar, height, color);
            if height > 2.0 && end < plot.base() - 0.5 {
                scene.fill_rect(at(left, top), bar, 0.5, Color::WHITE);
            }
            let is_high_enough = height >= SIZE * CAP_HEIGHT + 4.0 && v != 0.0;
            if let Some(label) = inside.of(plot, v).filter(|_| is_high_enough) {
                let baseline = top + height / 2.0 + SIZE * CAP_HEIGHT / 2.0;
                scene.text(at(left + bar / 2.0, baseline), Anchor::Middle, &label, SIZE, text_on(color));
            }
        }
        // A total stands above its stack; with parts below zero no single place shows it.
        let sum = total(plot, index).filter(|_| down == 0.0 && plot.chart.series.len() > 1);
        if let Some(label) = sum.and_then(|sum| above.of(plot, sum)) {
            scene.text(at(left + bar / 2.0, plot.y(up) - 3.0), Anchor::Middle, &label, SIZE, TEXT);
        }
    }
}

/// Category, series and value of all bars.
fn each_value<'a>(plot: &'a Plot<'_>) -> impl Iterator<Item = (usize, usize, f64)> + 'a {
    (0..plot.stations.count).flat_map(move |index| {
        plot.chart
            .series
            .iter()
            .enumerate()
            .filter_map(move |(of, s)| value(s, index).map(|v| (index, of, v)))
    })
}

/// The sum of a stack; `None` when all its parts are absent.
fn total(plot: &Plot<'_>, index: usize) -> Option<f64> {
    plot.chart.series.iter().filter_map(|s| value(s, index)).reduce(|a, b| a + b)
}

/// The category of the highest bar, when it is the only one so high.
fn highest(plot: &Plot<'_>) -> Option<usize> {
    let (index, _, top) = each_value(plot).max_by(|a, b| a.2.total_cmp(&b.2))?;
    (each_value(plot).filter(|(_, _, v)| *v == top).count() == 1).then_some(index)
}

/// How the values of a chart are written at its bars: all in the same way.
enum Labels {
    Full,
    Short,
    None,
}

impl Labels {
    /// The longest way that fits for every value.
    fn choose(plot: &Plot<'_>, values: &[f64], room: f32) -> Self {
        let fit = |write: &dyn Fn(f64) -> String| {
            values.iter().all(|v| plot.set.width(FACE, &write(*v), SIZE) <= room)
        };
        if room < 4.0 || values.len() > 400 {
            Self::None
        } else if fit(&|v| plot.full(v)) {
            Self::Full
        } else if fit(&|v| plot.short(v)) {
            Self::Short
        } else {
            Self::None
        }
    }

    fn of(&self, plot: &Plot<'_>, v: f64) -> Option<Arc<Run>> {
        match self {
            Self::Full => Some(plot.set.run(FACE, &plot.full(v))),
            Self::Short => Some(plot.set.run(FACE, &plot.short(v))),
            Self::None => None,
        }
    }
}

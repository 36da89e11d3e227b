//! Areas: between zero and a line, or on top of each other; where a value is missing there is none.

use super::super::palette::mix;
use super::super::scene::{Color, Point, Scene, Stroke, at};
use super::frame::{Plot, limited, value};
use super::lines;
use crate::document::Series;

/// Width of what stands for a single point.
const POINT: f32 = 9.0;

/// The areas under lines, drawn behind the grid: the largest first, so that none hides a smaller one.
pub(super) fn under_lines(scene: &mut Scene, plot: &Plot<'_>) {
    let size = |series: &Series| {
        (0..plot.stations.count).filter_map(|at| value(series, at)).map(|v| limited(v).abs()).sum::<f64>()
    };
    let mut order: Vec<usize> = (0..plot.chart.series.len()).collect();
    order.sort_by(|a, b| size(&plot.chart.series[*b]).total_cmp(&size(&plot.chart.series[*a])));
    for of in order {
        let color = match plot.chart.series.len() {
            1 => plot.palette.tint,
            _ => mix(plot.palette.series(of), Color::WHITE, 0.78),
        };
        for points in lines::pieces(plot, &plot.chart.series[of]) {
            let base: Vec<Point> = points.iter().map(|point| at(point.x, plot.base())).collect();
            band(scene, &points, &base, color);
        }
    }
}

/// Areas on top of each other: what is above zero upwards, what is below downwards.
pub(super) fn stacked(scene: &mut Scene, plot: &Plot<'_>) {
    let count = plot.stations.count;
    let (mut up, mut down) = (vec![0.0; count], vec![0.0; count]);
    for (of, series) in plot.chart.series.iter().enumerate() {
        let color = plot.color(of);
        let mut piece: (Vec<Point>, Vec<Point>) = Default::default();
        for index in 0..count {
            let Some(v) = value(series, index).map(limited) else {
                band(scene, &piece.0, &piece.1, color);
                piece = Default::default();
                continue;
            };
            let from = if v >= 0.0 { &mut up[index] } else { &mut down[index] };
            let x = plot.stations.x(index);
            piece.1.push(at(x, plot.y(*from)));
            *from += v;
            piece.0.push(at(x, plot.y(*from)));
        }
        band(scene, &piece.0, &piece.1, color);
    }
}

/// Where the last part of each series lies: the middle of it at the last category; `None` where that is missing.
pub(super) fn last_middles(plot: &Plot<'_>) -> Vec<Option<f32>> {
    let Some(last) = plot.stations.count.checked_sub(1) else { return Vec::new() };
    let (mut up, mut down) = (0.0, 0.0);
    plot.chart
        .series
        .iter()
        .map(|series| {
            let v = value(series, last).map(limited)?;
            let from = if v >= 0.0 { &mut up } else { &mut down };
            let middle = *from + v / 2.0;
            *from += v;
            Some(plot.y(middle))
        })
        .collect()
}

/// What lies between two lines; a single point is a narrow bar.
fn band(scene: &mut Scene, line: &[Point], base: &[Point], color: Color) {
    match (line, base) {
        ([point], [foot]) => {
            let (top, height) = (point.y.min(foot.y), (point.y - foot.y).abs());
            scene.fill_rect(at(point.x - POINT / 2.0, top), POINT, height, color);
        }
        _ => {
            let outline: Vec<Point> = line.iter().chain(base.iter().rev()).copied().collect();
            scene.polygon(&outline, color);
            // A seam between parts, as on bars.
            scene.line(line, Stroke { color: Color::WHITE, width: 0.5 });
        }
    }
}

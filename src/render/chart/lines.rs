//! Lines through points, broken where a value is absent, with the values that are asked for first: the last, the highest, the lowest.

use super::super::palette::{TEXT, mix};
use super::super::scene::{Anchor, Color, Point, Scene, Stroke, at};
use super::super::text::{CAP_HEIGHT, Face, Typesetter};
use super::frame::{Plot, value};
use super::markers;
use crate::document::{Chart, ChartStyle, Locale, Series, Value};

const SIZE: f32 = 6.8;
const FACE: Face = Face::SEMI_BOLD.tabular();
/// With more points than this no dots are drawn.
const DOTS: usize = 62;
/// Marks of several lines are larger.
const DOTS_OF_SEVERAL: usize = 31;

/// Room at the right for the last value of each line; 0 with one series or with many.
pub(super) fn end_labels_width(set: &Typesetter, chart: &Chart, locale: &Locale) -> f32 {
    if !matches!(chart.style, ChartStyle::Line | ChartStyle::Area) || chart.series.len() < 2 {
        return 0.0;
    }
    chart
        .series
        .iter()
        .filter_map(|s| last(s, chart.categories.len()))
        .map(|(_, v)| set.width(FACE, &locale.show(Some(&Value::Number(v)), &chart.display), SIZE) + 6.0)
        .fold(0.0, f32::max)
}

/// Lines, their marks and value labels; where their names stand at their ends, the last values stand there too.
pub(super) fn draw(scene: &mut Scene, plot: &Plot<'_>, named_at_ends: bool) {
    // The first series is drawn last, on top.
    for (of, series) in plot.chart.series.iter().enumerate().rev() {
        let color = plot.palette.series(of);
        for points in pieces(plot, series) {
            scene.line(&points, Stroke { color, width: 1.5 });
            marks(scene, plot, &points, of, color);
        }
    }
    if let [series] = plot.chart.series.as_slice() {
        notable_values(scene, plot, series);
    } else if !named_at_ends {
        last_values(scene, plot);
    }
}

/// A mark at each point; of many points at some, those of each line elsewhere, so that lines are told apart without colour too.
fn marks(scene: &mut Scene, plot: &Plot<'_>, points: &[Point], of: usize, color: Color) {
    let several = plot.chart.series.len() > 1;
    let radius = if plot.stations.step < 12.0 && !several { 1.4 } else { 2.1 };
    let few = if several { DOTS_OF_SEVERAL } else { DOTS };
    if points.len() == 1 || plot.stations.count <= few {
        points.iter().for_each(|point| markers::mark(scene, *point, radius, of, color));
    } else if several {
        let every = plot.stations.count.div_ceil(10).max(1);
        let first = every / 2 + of * every / plot.chart.series.len();
        for point in points.iter().skip(first % points.len()).step_by(every) {
            markers::mark(scene, *point, radius, of, color);
        }
    }
}

/// The stretches of a series without a gap.
pub(super) fn pieces(plot: &Plot<'_>, series: &Series) -> Vec<Vec<Point>> {
    let mut pieces = vec![Vec::new()];
    for index in 0..plot.stations.count {
        match (value(series, index), pieces.last_mut()) {
            (Some(v), Some(piece)) => piece.push(at(plot.stations.x(index), plot.y(v))),
            (None, Some(piece)) if !piece.is_empty() => pieces.push(Vec::new()),
            _ => {}
        }
    }
    pieces.retain(|p| !p.is_empty());
    pieces
}

fn last(series: &Series, count: usize) -> Option<(usize, f64)> {
    (0..count).rev().find_map(|i| value(series, i).map(|v| (i, v)))
}

/// The values of a single line: all of them where there is room, else the last, the highest and the lowest.
fn notable_values(scene: &mut Scene, plot: &Plot<'_>, series: &Series) {
    let known: Vec<(usize, f64)> =
        (0..plot.stations.count).filter_map(|i| value(series, i).map(|v| (i, v))).collect();
    let (Some(last), Some(high), Some(low)) = (
        known.last().copied(),
        known.iter().copied().reduce(|a, b| if b.1 > a.1 { b } else { a }),
        known.iter().copied().reduce(|a, b| if b.1 < a.1 { b } else { a }),
    ) else {
        return;
    };
    let widest = known.iter().map(|(_, v)| plot.set.width(FACE, &plot.full(*v), SIZE)).fold(0.0, f32::max);
    let all = known.len() <= 16 && widest + 5.0 <= plot.stations.step;
    let chosen = if all { known.clone() } else { vec![last, high, low] };
    let mut taken: Vec<[f32; 4]> = Vec::new();
    for (index, v) in chosen {
        let run = plot.set.run(FACE, &plot.full(v));
        let width = run.width(SIZE);
        let x = (plot.stations.x(index) - width / 2.0).min(plot.right - width).max(plot.left + 1.0);
        // Valleys are labelled below, where the line is not.
        let neighbour = |i: Option<usize>| i.and_then(|i| value(series, i)).is_none_or(|n| n > v);
        let valley = neighbour(index.checked_sub(1)) && neighbour(Some(index + 1)) && known.len() > 1;
        let y = plot.y(v);
        let below = y + 5.0 + SIZE * CAP_HEIGHT;
        if valley && below > plot.bottom && known.len() > 1 {
            continue;
        }
        let baseline = if valley { below } else { y - 5.0 };
        let frame = [x - 2.0, baseline - SIZE * CAP_HEIGHT - 1.0, x + width + 2.0, baseline + 1.0];
        let free =
            taken.iter().all(|t| frame[2] < t[0] || t[2] < frame[0] || frame[3] < t[1] || t[3] < frame[1]);
        if free {
            scene.text(at(x, baseline), Anchor::Start, &run, SIZE, TEXT);
            taken.push(frame);
        }
    }
}

/// The last value of each line beside its end; of two that would touch, the later series' is left out.
fn last_values(scene: &mut Scene, plot: &Plot<'_>) {
    let room = plot.stations.scene - plot.right - 4.0;
    let mut taken: Vec<f32> = Vec::new();
    for (of, series) in plot.chart.series.iter().enumerate() {
        let Some((index, v)) = last(series, plot.stations.count) else { continue };
        let y = plot.y(v);
        let run = plot.set.run(FACE, &plot.full(v));
        let at_the_end = index + 1 == plot.stations.count;
        if at_the_end && run.width(SIZE) <= room && taken.iter().all(|t| (t - y).abs() > SIZE * 1.1) {
            let start = at(plot.right + 3.0, y + SIZE * CAP_HEIGHT / 2.0);
            scene.text(start, Anchor::Start, &run, SIZE, mix(plot.palette.series(of), TEXT, 0.35));
            taken.push(y);
        }
    }
}

//! The frame of a chart: where the plot lies between its labels, the grid, and what stands there when there is no data.

use super::super::palette::{AXIS, GRID, MUTED, PANEL, Palette, RULE, TEXT};
use super::super::scene::{Anchor, Color, Scene, Stroke, at};
use super::super::text::{CAP_HEIGHT, Face, Typesetter};
use super::axis::{self, Ticks};
use super::categories::{CategoryLabels, LINE_HEIGHT, Stations, look_ordered};
use super::ends::EndNames;
use super::legend::Legend;
use super::{areas, bars, bullet, flow, funnel, heatmap, lines, rows, spark};
use crate::definition::ValueFormat;
use crate::document::{Chart, ChartStyle, Display, Locale, Value, Word};

const TICK_SIZE: f32 = 7.0;
const TICK_FACE: Face = Face::REGULAR.tabular();
/// Room above the highest tick for the label of a value that stands there.
const HEADROOM: f32 = 12.0;

/// What bars and lines are drawn into.
pub(super) struct Plot<'a> {
    pub(super) set: &'a Typesetter,
    pub(super) chart: &'a Chart,
    pub(super) locale: &'a Locale,
    pub(super) palette: &'a Palette,
    pub(super) ticks: Ticks,
    pub(super) stations: Stations,
    pub(super) top: f32,
    pub(super) bottom: f32,
    pub(super) left: f32,
    pub(super) right: f32,
}

impl Plot<'_> {
    /// Where a value stands, from the scene's top.
    pub(super) fn y(&self, value: f64) -> f32 {
        self.bottom - (self.bottom - self.top) * self.ticks.share(value)
    }

    /// Where bars and areas begin: zero, or the edge of the plot that is nearest to it.
    pub(super) fn base(&self) -> f32 {
        self.y(0.0)
    }

    /// Does the axis reach zero?
    fn has_zero(&self) -> bool {
        self.ticks.low() <= 0.0 && self.ticks.high() >= 0.0
    }

    /// The colour of a series.
    pub(super) fn color(&self, of: usize) -> Color {
        self.palette.of_chart(self.chart, of)
    }

    /// A value as the report shows it.
    pub(super) fn full(&self, value: f64) -> String {
        self.locale.show(Some(&Value::Number(value)), &self.chart.display)
    }

    /// A value as short as an axis shows it.
    pub(super) fn short(&self, value: f64) -> String {
        short(self.locale, &self.chart.display, value)
    }
}

/// A value as short as an axis shows it, to about three digits that count.
pub(super) fn short(locale: &Locale, display: &Display, value: f64) -> String {
    let magnitude = if value == 0.0 { 0.0 } else { value.abs().log10().floor() };
    let write = |step: f64| locale.axis(value, step * 10_f64.powf(magnitude), display);
    // The axis chooses its unit (thousands, millions) by the step: the finest that makes it short.
    let fine = [0.01, 0.025, 0.05, 0.1, 0.25].map(write);
    fine.iter().find(|t| t.chars().count() <= 7).unwrap_or(&fine[3]).clone()
}

/// The height at which a chart is read best and the least one, where `usual` are those of bars and lines.
pub(in super::super) fn chart_heights(
    set: &Typesetter,
    chart: &Chart,
    width: f32,
    usual: (f32, f32),
) -> (f32, f32) {
    match chart.style {
        ChartStyle::Heatmap | ChartStyle::Cohort => heatmap::heights(set, chart, width),
        ChartStyle::Flow => flow::heights(chart),
        ChartStyle::Funnel => rows::heights(chart.categories.len(), width, 0.0),
        ChartStyle::Bullet => rows::heights(chart.series.len(), width, 0.0),
        ChartStyle::Spark => rows::heights(chart.series.len(), width, spark::FOOT),
        ChartStyle::Bars
        | ChartStyle::StackedBars
        | ChartStyle::Line
        | ChartStyle::Area
        | ChartStyle::StackedArea => usual,
    }
}

/// A chart as a drawing of a size in points; any data, also none, gives one.
pub(in super::super) fn chart_scene(
    set: &Typesetter,
    chart: &Chart,
    locale: &Locale,
    color: [u8; 3],
    width: f32,
    height: f32,
) -> Scene {
    let mut scene = Scene::new(width, height);
    let (low, high) = match range(chart) {
        Some(range) if width >= 60.0 && height >= 60.0 => range,
        _ => {
            no_data(&mut scene, set, locale);
            return scene;
        }
    };
    let palette = Palette::of_brand(color);
    match chart.style {
        ChartStyle::Heatmap | ChartStyle::Cohort => {
            heatmap::draw(&mut scene, set, chart, locale, &palette, (low, high));
        }
        ChartStyle::Flow => {
            if !flow::draw(&mut scene, set, chart, locale, &palette) {
                no_data(&mut scene, set, locale);
            }
        }
        ChartStyle::Funnel => funnel::draw(&mut scene, set, chart, locale, &palette),
        ChartStyle::Bullet => bullet::draw(&mut scene, set, chart, locale, &palette),
        ChartStyle::Spark => spark::draw(&mut scene, set, chart, locale, &palette),
        ChartStyle::Bars
        | ChartStyle::StackedBars
        | ChartStyle::Line
        | ChartStyle::Area
        | ChartStyle::StackedArea => along_axes(&mut scene, set, chart, locale, &palette, (low, high)),
    }
    scene
}

/// Does it run from edge to edge of the plot?
fn is_line(style: ChartStyle) -> bool {
    matches!(style, ChartStyle::Line | ChartStyle::Area | ChartStyle::StackedArea)
}

/// Bars, lines and areas between two axes.
fn along_axes(
    scene: &mut Scene,
    set: &Typesetter,
    chart: &Chart,
    locale: &Locale,
    palette: &Palette,
    (low, high): (f64, f64),
) {
    let (width, height) = (scene.width, scene.height);
    let ends = EndNames::plan(set, chart, locale, (width, height));
    let lines = if ends.is_some() { 0 } else { ((height * 0.3 / 12.0) as usize).max(1) };
    let legend = Legend::plan(set, chart, width, lines);
    let whole = matches!(chart.display, Display::Number { format: ValueFormat::Integer, .. });
    let count = ((height - legend.height) / 31.0).clamp(3.0, 8.0) as usize;
    let ticks = Ticks::over(low, high, count, whole);

    let labels: Vec<_> = ticks
        .values()
        .map(|v| {
            (v, set.shorten(TICK_FACE, &locale.axis(v, ticks.step, &chart.display), TICK_SIZE, width * 0.25))
        })
        .collect();
    let gutter = labels.iter().map(|(_, run)| run.width(TICK_SIZE)).fold(0.0, f32::max) + 7.0;
    let left = gutter;
    let right = width
        - match &ends {
            Some(ends) => ends.width,
            None => lines::end_labels_width(set, chart, locale).min(width * 0.2),
        };
    let stations = stations(chart, left, right, width);
    let ordered = is_line(chart.style) || look_ordered(&chart.categories);
    let names = CategoryLabels::plan(set, &chart.categories, stations, ordered, height * 0.36);
    let below_zero = if !is_line(chart.style) && low < 0.0 { 9.0 } else { 0.0 };
    let top = legend.height + HEADROOM;
    let bottom = height - names.height.max(LINE_HEIGHT) - below_zero - 2.0;
    let plot = Plot { set, chart, locale, palette, ticks, stations, top, bottom, left, right };

    legend.draw(scene, chart, palette);
    // What is filled is read by its height, which must begin at zero.
    let is_single = chart.style == ChartStyle::Line && chart.series.len() == 1;
    if is_single && plot.has_zero() || chart.style == ChartStyle::Area {
        areas::under_lines(scene, &plot);
    }
    let grid = Stroke { color: GRID, width: 0.6 };
    for (value, run) in &labels {
        let y = plot.y(*value);
        scene.line(&[at(left, y), at(right, y)], grid);
        let baseline = y + TICK_SIZE * CAP_HEIGHT / 2.0;
        scene.text(at(gutter - 7.0, baseline), Anchor::End, run, TICK_SIZE, MUTED);
    }
    match chart.style {
        ChartStyle::StackedBars => bars::stacked(scene, &plot),
        ChartStyle::Line | ChartStyle::Area => lines::draw(scene, &plot, ends.is_some()),
        ChartStyle::StackedArea => areas::stacked(scene, &plot),
        _ => bars::side_by_side(scene, &plot),
    }
    if let Some(ends) = &ends {
        ends.draw(scene, &plot);
    }
    if chart.style != ChartStyle::Line || plot.has_zero() {
        scene.line(&[at(left, plot.base()), at(right, plot.base())], Stroke { color: AXIS, width: 0.8 });
    }
    names.draw(scene, stations, bottom + below_zero, TEXT);
}

/// Where categories stand: bars in the middle of equal bands, the points of lines from edge to edge.
fn stations(chart: &Chart, left: f32, right: f32, scene: f32) -> Stations {
    let count = chart.categories.len();
    let width = right - left;
    if is_line(chart.style) && count > 1 {
        let inset = 8.0_f32.min(width / (2.0 * count as f32));
        return Stations {
            first: left + inset,
            step: (width - 2.0 * inset) / (count - 1) as f32,
            count,
            scene,
        };
    }
    let step = width / count.max(1) as f32;
    Stations { first: left + step / 2.0, step, count, scene }
}

/// The values that the axis must span; `None` when there is nothing to draw.
fn range(chart: &Chart) -> Option<(f64, f64)> {
    let count = chart.categories.len();
    let mut low = f64::MAX;
    let mut high = f64::MIN;
    let mut any = false;
    for index in 0..count {
        let values = chart.series.iter().filter_map(|s| value(s, index));
        if matches!(chart.style, ChartStyle::StackedBars | ChartStyle::StackedArea) {
            let (mut up, mut down) = (0.0, 0.0);
            for v in values {
                any = true;
                let v = limited(v);
                if v >= 0.0 { up += v } else { down += v }
            }
            (low, high) = (low.min(down), high.max(up));
        } else {
            for v in values {
                any = true;
                (low, high) = (low.min(v), high.max(v));
            }
        }
    }
    if !any {
        return None;
    }
    if chart.style == ChartStyle::Cohort {
        return Some((low.min(0.0), high));
    }
    // Cells are told apart by colour alone: all of it is for the values that are there.
    if chart.style == ChartStyle::Heatmap {
        return Some((low, high));
    }
    // Bars are read by their length, which must begin at zero; lines that use less than the upper half of the
    // way from zero are looked at more closely.
    let far_from_zero = low < high && (low > 0.0 && low > high * 0.45 || high < 0.0 && high < low * 0.45);
    if chart.style != ChartStyle::Line || !far_from_zero {
        (low, high) = (low.min(0.0), high.max(0.0));
    } else {
        // Room for the label under the lowest point.
        low -= (high - low) * 0.1;
    }
    Some((low, high))
}

/// A value of a series, when it is there and a number.
pub(super) fn value(series: &crate::document::Series, index: usize) -> Option<f64> {
    series.values.get(index).copied().flatten().filter(|v| v.is_finite())
}

/// A value within what can be drawn: sums and distances stay finite.
pub(super) fn limited(value: f64) -> f64 {
    value.clamp(-axis::LIMIT, axis::LIMIT)
}

/// The calm box that stands where there is no data.
fn no_data(scene: &mut Scene, set: &Typesetter, locale: &Locale) {
    let frame = Stroke { color: RULE, width: 0.8 };
    let (width, height) = (scene.width, scene.height);
    scene.round_rect(
        at(0.5, 0.5),
        ((width - 1.0).max(0.0), (height - 1.0).max(0.0)),
        5.0,
        PANEL,
        Some(frame),
    );
    let run =
        set.shorten(Face::REGULAR, Word::NoData.in_language(locale.language()), 9.0, (width - 12.0).max(0.0));
    scene.text(at(width / 2.0, height / 2.0 + 3.2), Anchor::Middle, &run, 9.0, MUTED);
}

//! Bullets: a bar a row, a mark where its target stands, and in words what part of the target it is.

use super::super::palette::{BAD, GOOD, GRID, INK, MUTED, Palette, TEXT};
use super::super::scene::{Color, Scene, at};
use super::super::text::{Run, Typesetter};
use super::frame::{limited, value};
use super::rows::{Column, FACE, Room, Rows, STRONG, fit};
use crate::document::{Chart, Locale, Series, Value, Verdict, Word};
use std::sync::Arc;

/// Beyond so many times its target a bar is broken off: its words say how far it goes.
const FARTHEST: f64 = 1.6;
/// What is seen beyond the targets at least.
const NEAREST: f64 = 1.15;
const TRACK: f32 = 0.62;
const BAR: f32 = 0.44;
/// A bar without a target among others that are held against theirs.
const ALONE: f32 = 0.22;

pub(super) fn draw(scene: &mut Scene, set: &Typesetter, chart: &Chart, locale: &Locale, palette: &Palette) {
    let language = locale.language();
    let figures = |of: &dyn Fn(&Series) -> (Arc<Run>, Color)| chart.series.iter().map(of).collect::<Vec<_>>();
    let values = figures(&|series| {
        let shown = value(series, 0).map(Value::Number);
        (set.run(STRONG, &locale.show(shown.as_ref(), chart.display_of(series))), TEXT)
    });
    // The target itself is left to its mark where there is no room for it in words.
    let words = |full: bool| {
        figures(&|series| match &series.target {
            Some(target) => {
                let short = target.text.split(" (").next().unwrap_or_default();
                let text = if full { target.text.as_str() } else { short };
                (set.run(FACE, text), verdict(target.verdict))
            }
            None => (set.run(FACE, ""), MUTED),
        })
    };
    let columns = |full: bool| {
        vec![
            Column { heading: Word::Value.in_language(language).to_owned(), figures: values.clone() },
            Column { heading: Word::Target.in_language(language).to_owned(), figures: words(full) },
        ]
    };
    let columns =
        Some(columns(true)).filter(|all| fit(set, scene.width, all)).unwrap_or_else(|| columns(false));
    let names: Vec<&str> = chart.series.iter().map(|series| series.label.as_str()).collect();
    let rows = Rows::plan(set, (scene.width, scene.height), &chart.x_label, &names, columns, 0.0);
    let scale = Scale::of(chart);
    for (row, series) in chart.series.iter().enumerate() {
        bar(scene, series, rows.room(row), &scale, palette);
    }
    rows.draw(scene);
}

fn verdict(verdict: Verdict) -> Color {
    match verdict {
        Verdict::Good => GOOD,
        Verdict::Bad => BAD,
        Verdict::Neutral => MUTED,
    }
}

fn target(series: &Series) -> Option<f64> {
    series.target.as_ref().and_then(|target| target.reference).filter(|target| target.is_finite())
}

/// What lengths mean.
enum Scale {
    /// All rows are values of one kind.
    Common(f64, f64),
    /// Rows are values of several kinds: each is as long as the part of its target that it is.
    /// Up to so many times the target.
    OfTarget(f64),
}

impl Scale {
    fn of(chart: &Chart) -> Self {
        if chart.series.iter().any(|series| series.display.is_some()) {
            // Of a target that is not above 0 there are no parts.
            let whole = |series: &Series| target(series).map(limited).filter(|target| *target > 0.0);
            let part = |series: &Series| Some(limited(value(series, 0)?) / whole(series)?);
            let most = chart.series.iter().filter_map(part).filter(|part| part.is_finite());
            return Self::OfTarget(most.fold(NEAREST, f64::max).min(FARTHEST));
        }
        let all = chart.series.iter().flat_map(|series| [value(series, 0), target(series)]).flatten();
        let (low, high) =
            all.map(limited).fold((0.0_f64, 0.0_f64), |(low, high), v| (low.min(v), high.max(v)));
        Self::Common(low, if high > low { high } else { low + 1.0 })
    }
}

fn bar(scene: &mut Scene, series: &Series, room: Room, scale: &Scale, palette: &Palette) {
    let (value, target) = (value(series, 0).map(limited), target(series).map(limited));
    let (low, high, unit) = match (scale, target) {
        (Scale::Common(low, high), _) => (*low, *high, 1.0),
        (Scale::OfTarget(most), Some(target)) if target > 0.0 => (0.0, *most, target),
        (Scale::OfTarget(most), _) => (0.0, *most, f64::NAN),
    };
    let width = room.width() - 2.0;
    if width <= 4.0 || room.height() < 2.0 {
        return;
    }
    let x = |v: f64| {
        let share = ((v / unit).clamp(low, high) - low) / (high - low);
        room.left + 1.0 + width * share as f32
    };
    let middle = room.middle();
    let mut rect = |from: f32, to: f32, share: f32, color| {
        let height = room.height() * share;
        scene.fill_rect(at(from.min(to), middle - height / 2.0), (to - from).abs(), height, color);
    };
    if unit.is_nan() {
        // Nothing says how long it should be: thin, and as long as a target reached. Below 0 it would be drawn on the wrong side.
        if value.is_some_and(|value| value > 0.0) {
            rect(room.left + 1.0, room.left + 1.0 + width / high as f32, ALONE, palette.soft);
        }
        return;
    }
    rect(x(low * unit), x(high * unit), TRACK, GRID);
    if let Some(value) = value {
        let color = if target.is_some() { palette.accent } else { palette.soft };
        rect(x(0.0), x(value), BAR, color);
        if value / unit > high * (1.0 + 1e-9) {
            let end = x(value) - 7.0;
            rect(end, end + 1.6, TRACK, Color::WHITE);
            rect(end + 3.2, end + 4.8, TRACK, Color::WHITE);
        }
    }
    if let Some(target) = target {
        let x = x(target);
        rect(x - 1.0, x + 1.0, 0.92, INK);
    }
}

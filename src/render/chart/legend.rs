//! The legend: a swatch and a name for each series, on as many lines as it takes.

use super::super::palette::{MUTED, Palette};
use super::super::scene::{Anchor, Scene, Stroke, at};
use super::super::text::{Face, Run, Typesetter};
use super::markers;
use crate::document::{Chart, ChartStyle};
use std::sync::Arc;

const SIZE: f32 = 7.5;
const LEADING: f32 = 12.0;
const SWATCH: f32 = 9.0;
const GAP: f32 = 4.0;
const BETWEEN: f32 = 14.0;
/// A name is at most so wide.
const WIDEST: f32 = 170.0;

/// A legend laid out in lines.
pub(super) struct Legend {
    entries: Vec<(f32, usize, Arc<Run>)>,
    /// Height that it takes above the plot; 0 with one series.
    pub(super) height: f32,
}

impl Legend {
    /// Lays it out; what does not fit into `lines` lines is left out; with none of them there is no legend.
    pub(super) fn plan(set: &Typesetter, chart: &Chart, width: f32, lines: usize) -> Self {
        let mut entries = Vec::new();
        if chart.series.len() < 2 || lines == 0 {
            return Self { entries, height: 0.0 };
        }
        let (mut x, mut line) = (0.0, 0);
        for series in &chart.series {
            let room = WIDEST.min(width - SWATCH - GAP);
            let run = set.shorten(Face::REGULAR, &series.label, SIZE, room);
            let entry = SWATCH + GAP + run.width(SIZE);
            if x > 0.0 && x + entry > width {
                x = 0.0;
                line += 1;
            }
            if line >= lines {
                break;
            }
            entries.push((x, line, run));
            x += entry + BETWEEN;
        }
        let used = entries.last().map_or(0, |(_, line, _)| line + 1);
        Self { entries, height: LEADING * used as f32 + 4.0 }
    }

    /// Draws it from the scene's top left corner.
    pub(super) fn draw(&self, scene: &mut Scene, chart: &Chart, palette: &Palette) {
        for (index, (x, line, run)) in self.entries.iter().enumerate() {
            let middle = LEADING * *line as f32 + LEADING / 2.0;
            let color = palette.of_chart(chart, index);
            if matches!(chart.style, ChartStyle::Line | ChartStyle::Area) {
                scene.line(&[at(*x, middle), at(x + SWATCH, middle)], Stroke { color, width: 1.5 });
                markers::mark(scene, at(x + SWATCH / 2.0, middle), 2.3, index, color);
            } else {
                scene.fill_rect(at(*x, middle - 3.0), SWATCH, 6.0, color);
            }
            scene.text(at(x + SWATCH + GAP, middle + SIZE * 0.36), Anchor::Start, run, SIZE, MUTED);
        }
    }
}

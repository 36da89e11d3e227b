//! KPI tiles: label, value as large as it fits, changes with arrow and colour by verdict.

use super::super::chart::tile_line;
use super::super::palette::{BAD, GOOD, INK, MUTED, PANEL, RULE};
use super::super::scene::{Anchor, Color, Scene, Stroke, at};
use super::super::text::{CAP_HEIGHT, Face, Run};
use super::flow::{Flow, MARGIN, heading_height};
use super::prose;
use super::structure::Role;
use crate::document::{Change, Direction, Kpi, Section, Spark, Value, Verdict};
use std::sync::Arc;

const PER_ROW: usize = 4;
const BETWEEN: f32 = 9.0;
const INDENT: f32 = 11.0;
const LABEL: f32 = 7.8;
const LABEL_LEADING: f32 = 9.6;
const VALUE: f32 = 15.0;
const CHANGE: f32 = 6.9;
const CHANGE_LEADING: f32 = 8.8;
const ARROW: f32 = 8.5;
/// Height of a tile's small line, and of the room that it takes.
const SPARK: (f32, f32) = (15.0, 20.5);

/// A tile with its texts measured.
struct Tile<'a> {
    label: Vec<Arc<Run>>,
    value: Arc<Run>,
    value_size: f32,
    changes: Vec<(&'a Change, Vec<Arc<Run>>)>,
    spark: Option<&'a Spark>,
}

impl Tile<'_> {
    fn changes_height(&self) -> f32 {
        self.changes.iter().map(|(_, lines)| lines.len() as f32 * CHANGE_LEADING + 1.2).sum()
    }
}

/// Draws a section of tiles; a row of them is never broken.
pub(super) fn draw(flow: &mut Flow<'_>, section: &Section, kpis: &[Kpi]) {
    let title = section.title.as_deref();
    if kpis.is_empty() {
        flow.make_room(heading_height(title) + prose::EMPTY_HEIGHT);
        flow.heading(title, false);
        prose::empty(flow);
        return;
    }
    let rows = kpis.len().div_ceil(PER_ROW);
    let per_row = kpis.len().div_ceil(rows);
    for (index, row) in kpis.chunks(per_row).enumerate() {
        // A shorter last row fills the width too; one or two tiles alone do not become banners.
        let across = if rows == 1 { row.len().max(2) } else { row.len() };
        let width = (flow.width() - BETWEEN * (across - 1) as f32) / across as f32;
        let tiles: Vec<_> = row.iter().map(|kpi| measure(flow, kpi, width)).collect();
        let labels = tiles.iter().map(|t| t.label.len()).max().unwrap_or(1) as f32 * LABEL_LEADING;
        let changes = tiles.iter().map(Tile::changes_height).fold(0.0, f32::max);
        let spark = if row.iter().any(|kpi| kpi.spark.is_some()) { SPARK.1 } else { 0.0 };
        let below = if changes > 0.0 { 5.0 } else { 2.0 };
        let height = 9.0 + labels + 4.0 + VALUE * CAP_HEIGHT + 6.5 + spark + changes + below;
        flow.make_room(height + if index == 0 { heading_height(title) } else { 0.0 });
        if index == 0 {
            flow.heading(title, false);
        }
        for (column, tile) in tiles.iter().enumerate() {
            let left = MARGIN + (width + BETWEEN) * column as f32;
            draw_tile(flow, tile, left, (width, height), labels, spark);
        }
        flow.y += height + if index + 1 < rows { BETWEEN } else { 0.0 };
    }
}

fn measure<'a>(flow: &Flow<'_>, kpi: &'a Kpi, width: f32) -> Tile<'a> {
    let set = flow.set;
    let room = width - INDENT - 7.0;
    let shown = flow.document.locale.show(kpi.value.map(Value::Number).as_ref(), &kpi.display);
    let face = Face::BOLD.tabular();
    let natural = set.width(face, &shown, VALUE);
    let value_size = if natural > room { (VALUE * room / natural).max(8.0) } else { VALUE };
    let changes = kpi
        .changes
        .iter()
        .enumerate()
        .map(|(index, change)| {
            let (face, indent) = style(index, change);
            (change, set.balance(face, &change.text, CHANGE, room - indent))
        })
        .collect();
    Tile {
        label: set.balance(Face::REGULAR, &kpi.label, LABEL, room),
        value: set.shorten(face, &shown, value_size, room),
        value_size,
        changes,
        spark: kpi.spark.as_ref(),
    }
}

/// The first change is told in colour with an arrow, the others in grey.
fn style(index: usize, change: &Change) -> (Face, f32) {
    match (index, change.direction) {
        (0, Direction::Level) => (Face::SEMI_BOLD.tabular(), 0.0),
        (0, _) => (Face::SEMI_BOLD.tabular(), ARROW),
        _ => (Face::REGULAR.tabular(), 0.0),
    }
}

fn verdict_color(verdict: Verdict) -> Color {
    match verdict {
        Verdict::Good => GOOD,
        Verdict::Bad => BAD,
        Verdict::Neutral => MUTED,
    }
}

fn draw_tile(flow: &mut Flow<'_>, tile: &Tile<'_>, left: f32, size: (f32, f32), labels: f32, spark: f32) {
    let top = flow.y;
    let palette = flow.palette;
    let page = &mut flow.page;
    page.round_rect(at(left, top), size, 5.0, PANEL, Some(Stroke { color: RULE, width: 0.8 }));
    let verdict = tile.changes.first().map(|(change, _)| change.verdict);
    let edge = if verdict == Some(Verdict::Bad) { BAD } else { flow.palette.accent };
    page.fill_rect(at(left, top + 7.0), 3.0, size.1 - 14.0, edge);

    let x = left + INDENT;
    flow.open(Role::Paragraph);
    flow.content(|flow| {
        let mut y = top + 9.0;
        for line in &tile.label {
            flow.page.text(at(x, y + LABEL * CAP_HEIGHT), Anchor::Start, line, LABEL, MUTED);
            y += LABEL_LEADING;
        }
        y = top + 9.0 + labels + 4.0 + VALUE * CAP_HEIGHT;
        flow.page.text(at(x, y), Anchor::Start, &tile.value, tile.value_size, INK);
    });
    let mut y = top + 9.0 + labels + 4.0 + VALUE * CAP_HEIGHT;
    if let Some(line) = tile.spark {
        let scene = tile_line(&line.values, palette, size.0 - INDENT - 9.0, SPARK.0);
        let corner = at(x - 1.0, y + 6.0);
        let size = (scene.width, scene.height);
        flow.figure(&line.alt, corner, size, |flow| flow.page.place(scene, corner));
    }
    y += 8.5 + spark;
    for (index, (change, lines)) in tile.changes.iter().enumerate() {
        let color = if index == 0 { verdict_color(change.verdict) } else { MUTED };
        let (_, indent) = style(index, change);
        if indent > 0.0 {
            let sign = if change.direction == Direction::Up { "▲ " } else { "▼ " };
            flow.read_as(sign, |flow| arrow(&mut flow.page, x, y, change.direction, color));
        }
        flow.content(|flow| {
            for line in lines {
                let place = at(x + indent, y + CHANGE * CAP_HEIGHT);
                flow.page.text(place, Anchor::Start, line, CHANGE, color);
                y += CHANGE_LEADING;
            }
        });
        y += 1.2;
    }
    flow.close();
}

/// A small triangle, as high as capitals.
fn arrow(page: &mut Scene, x: f32, y: f32, direction: Direction, color: Color) {
    let (width, height) = (5.6, CHANGE * CAP_HEIGHT);
    match direction {
        Direction::Up => {
            page.polygon(&[at(x, y + height), at(x + width / 2.0, y), at(x + width, y + height)], color)
        }
        Direction::Down => {
            page.polygon(&[at(x, y), at(x + width, y), at(x + width / 2.0, y + height)], color)
        }
        Direction::Level => {}
    }
}

//! Flows: two columns of nodes and between them ribbons as wide as their values; what stays where it is is shown calmer than what moves.

use super::super::palette::{INK, MUTED, Palette, TEXT, mix};
use super::super::scene::{Anchor, Color, Item, Outline, Scene, Shape, Step, Stroke, at};
use super::super::text::{CAP_HEIGHT, Face, Run, Typesetter};
use super::apart::apart;
use super::frame::{limited, value};
use crate::document::{Chart, Direction, Locale, Value, Word};
use std::sync::Arc;

const SIZE: f32 = 7.2;
const LEADING: f32 = 9.4;
const NAME: Face = Face::REGULAR.tabular();
const FIGURE: Face = Face::SEMI_BOLD.tabular();
const HEADING: f32 = 6.8;
const HEADING_HEIGHT: f32 = 13.0;
/// Of the legend, where moves have a direction.
const LEGEND_HEIGHT: f32 = 13.0;
const SWATCH: f32 = 9.0;
/// Width of a node, and what is free between it and its name.
const NODE: f32 = 6.0;
const GAP: f32 = 5.0;
/// Names take so much of the width at each side at most.
const WIDEST: f32 = 0.3;
/// A flow is never thinner than this: small ones are still seen.
const HAIR: f32 = 0.5;
/// Between two nodes.
const BETWEEN: f32 = 5.0;
/// Height of a node's name with what is around it: as is read best, and at least.
const ROW: (f32, f32) = (19.0, 11.5);

/// The heights at which it is read best and can be read at all.
pub(super) fn heights(chart: &Chart) -> (f32, f32) {
    let nodes = chart.series.len().max(chart.categories.len()).max(3) as f32;
    let rest = HEADING_HEIGHT + if has_directions(chart) { LEGEND_HEIGHT } else { 0.0 };
    ((rest + nodes * ROW.0).max(170.0), rest + nodes * ROW.1)
}

fn has_directions(chart: &Chart) -> bool {
    chart.series.iter().any(|series| !series.moves.is_empty())
}

/// What goes from one node to another.
struct Ribbon {
    from: usize,
    to: usize,
    value: f64,
    direction: Option<Direction>,
}

/// A node at one side.
struct Node {
    top: f32,
    height: f32,
    total: f64,
}

/// All there is to draw; `None` where nothing flows.
struct Flows {
    ribbons: Vec<Ribbon>,
    from: Vec<f64>,
    to: Vec<f64>,
    all: f64,
}

impl Flows {
    fn of(chart: &Chart) -> Option<Self> {
        let count = chart.categories.len();
        let (mut from, mut to) = (vec![0.0; chart.series.len()], vec![0.0; count]);
        let mut ribbons = Vec::new();
        for (row, series) in chart.series.iter().enumerate() {
            for (column, to) in to.iter_mut().enumerate() {
                let Some(value) = value(series, column).map(limited).filter(|v| *v > 0.0) else { continue };
                from[row] += value;
                *to += value;
                let direction = series.moves.get(column).copied();
                ribbons.push(Ribbon { from: row, to: column, value, direction });
            }
        }
        let all: f64 = from.iter().sum();
        (all > 0.0).then_some(Self { ribbons, from, to, all })
    }
}

/// Draws it; says whether there was anything to draw.
pub(super) fn draw(
    scene: &mut Scene,
    set: &Typesetter,
    chart: &Chart,
    locale: &Locale,
    palette: &Palette,
) -> bool {
    let Some(flows) = Flows::of(chart) else { return false };
    let colors = Colors::of(chart, palette);
    let legend = if has_directions(chart) { LEGEND_HEIGHT } else { 0.0 };
    let (top, bottom) = (legend + HEADING_HEIGHT, scene.height - 2.0);
    let most = scene.width * WIDEST;
    let label = |name: &str, total: f64| Label::of(set, name, &shown(locale, chart, total), most);
    let left: Vec<Label> =
        chart.series.iter().zip(&flows.from).map(|(series, total)| label(&series.label, *total)).collect();
    let right: Vec<Label> =
        chart.categories.iter().zip(&flows.to).map(|(name, total)| label(name, *total)).collect();
    let headings = [chart.series_label.as_deref().unwrap_or_default(), &chart.x_label]
        .map(|heading| set.shorten(NAME, heading, HEADING, most));
    let widest = |labels: &[Label], heading: &Arc<Run>| {
        labels.iter().map(Label::width).fold(heading.width(HEADING), f32::max)
    };
    let x0 = widest(&left, &headings[0]) + GAP;
    let x1 = (scene.width - widest(&right, &headings[1]) - GAP - NODE).max(x0 + NODE);
    let (scale, gap) = scale(&flows, bottom - top);
    let from = nodes(&flows.from, scale, gap, (top, bottom));
    let to = nodes(&flows.to, scale, gap, (top, bottom));
    ribbons(scene, &flows, (&from, &to), (x0 + NODE, x1), scale, &colors);
    for (x, side) in [(x0, &from), (x1, &to)] {
        for node in side.iter().filter(|node| node.total > 0.0) {
            scene.fill_rect(at(x, node.top), NODE, node.height.max(HAIR), INK);
        }
    }
    names(scene, &from, &left, (x0 - GAP, x0), Anchor::End, (top, bottom));
    names(scene, &to, &right, (x1 + NODE + GAP, x1 + NODE), Anchor::Start, (top, bottom));
    let baseline = legend + HEADING_HEIGHT - 6.0;
    scene.text(at(x0 - GAP, baseline), Anchor::End, &headings[0], HEADING, MUTED);
    scene.text(at(x1 + NODE + GAP, baseline), Anchor::Start, &headings[1], HEADING, MUTED);
    if legend > 0.0 {
        draw_legend(scene, set, locale, &colors);
    }
    true
}

fn shown(locale: &Locale, chart: &Chart, total: f64) -> String {
    locale.show(Some(&Value::Number(total)), &chart.display)
}

/// Points a unit, the same at both sides, and what is free between nodes.
fn scale(flows: &Flows, height: f32) -> (f32, f32) {
    let count = |side: &[f64]| side.iter().filter(|total| **total > 0.0).count();
    let most = count(&flows.from).max(count(&flows.to)).max(1);
    let gaps = (most - 1) as f32;
    let gap = if gaps > 0.0 { BETWEEN.min(height * 0.4 / gaps) } else { 0.0 };
    // As many hairs as there are ribbons may be wider than true: they need not fit, but for that the nodes would overlap.
    (((height - gap * gaps).max(0.0) as f64 / flows.all) as f32, gap)
}

/// Nodes under each other, in their order, spread over the height.
fn nodes(totals: &[f64], scale: f32, gap: f32, (top, bottom): (f32, f32)) -> Vec<Node> {
    let there = totals.iter().filter(|total| **total > 0.0).count();
    let used: f32 = totals.iter().map(|total| *total as f32 * scale).sum();
    let spread = match there {
        0 | 1 => 0.0,
        several => ((bottom - top - used) / (several - 1) as f32).max(gap),
    };
    let mut y = if there < 2 { top + (bottom - top - used).max(0.0) / 2.0 } else { top };
    totals
        .iter()
        .map(|total| {
            let height = *total as f32 * scale;
            let node = Node { top: y, height, total: *total };
            if *total > 0.0 {
                y += height + spread;
            }
            node
        })
        .collect()
}

fn ribbons(
    scene: &mut Scene,
    flows: &Flows,
    (from, to): (&[Node], &[Node]),
    (x0, x1): (f32, f32),
    scale: f32,
    colors: &Colors,
) {
    let mut used_from: Vec<f32> = from.iter().map(|node| node.top).collect();
    let mut used_to: Vec<f32> = to.iter().map(|node| node.top).collect();
    let mut drawn: Vec<(&Ribbon, [f32; 4])> = Vec::with_capacity(flows.ribbons.len());
    // Within a node ribbons leave and come in the order of the nodes at the other side: so they cross least.
    for ribbon in &flows.ribbons {
        let width = ribbon.value as f32 * scale;
        let (y0, y1) = (used_from[ribbon.from], used_to[ribbon.to]);
        used_from[ribbon.from] += width;
        used_to[ribbon.to] += width;
        let extra = (HAIR - width).max(0.0);
        drawn.push((ribbon, [y0 - extra / 2.0, y1 - extra / 2.0, width + extra, width]));
    }
    // What stays lies lowest, small moves lie above large ones.
    let depth = |ribbon: &Ribbon| usize::from(ribbon.direction != Some(Direction::Level));
    drawn.sort_by(|(a, _), (b, _)| depth(a).cmp(&depth(b)).then(b.value.total_cmp(&a.value)));
    let bend = (x1 - x0) * 0.48;
    for (ribbon, [y0, y1, width, _]) in drawn {
        let outline = Outline::Path(vec![
            Step::Move(at(x0, y0)),
            Step::Curve(at(x0 + bend, y0), at(x1 - bend, y1), at(x1, y1)),
            Step::Line(at(x1, y1 + width)),
            Step::Curve(at(x1 - bend, y1 + width), at(x0 + bend, y0 + width), at(x0, y0 + width)),
            Step::Close,
        ]);
        // A seam, as thin as it takes to tell two of them apart.
        let seam = (width > 3.0).then_some(Stroke { color: Color::WHITE, width: 0.35 });
        scene.items.push(Item::Shape(Shape { outline, fill: Some(colors.of_ribbon(ribbon)), stroke: seam }));
    }
}

/// A node's name and value.
struct Label {
    name: Arc<Run>,
    figure: Arc<Run>,
}

impl Label {
    fn of(set: &Typesetter, name: &str, figure: &str, most: f32) -> Self {
        let figure = set.shorten(FIGURE, figure, SIZE, most);
        let room = (most - figure.width(SIZE) - 4.0).max(0.0);
        Self { name: set.shorten(NAME, name, SIZE, room), figure }
    }

    fn width(&self) -> f32 {
        self.name.width(SIZE) + self.figure.width(SIZE) + 4.0
    }
}

/// Names beside their nodes, moved apart where they would touch; a thin line leads to a node whose name was moved far.
fn names(
    scene: &mut Scene,
    nodes: &[Node],
    labels: &[Label],
    (edge, node_edge): (f32, f32),
    anchor: Anchor,
    (top, bottom): (f32, f32),
) {
    let mut places: Vec<(usize, f32)> = nodes
        .iter()
        .enumerate()
        .filter(|(_, node)| node.total > 0.0)
        .map(|(index, node)| (index, node.top + node.height.max(HAIR) / 2.0))
        .collect();
    // Where there is not room for all, the largest have it.
    let fitting = ((bottom - top) / LEADING).floor().max(0.0) as usize;
    while places.len() > fitting {
        let Some(least) =
            (0..places.len()).min_by(|a, b| nodes[places[*a].0].total.total_cmp(&nodes[places[*b].0].total))
        else {
            return;
        };
        places.remove(least);
    }
    let wanted: Vec<f32> = places.iter().map(|(_, y)| *y).collect();
    let moved = apart(&wanted, LEADING, (top + LEADING / 2.0, bottom - LEADING / 2.0));
    for ((index, y), place) in places.iter().zip(moved) {
        let (Some(label), baseline) = (labels.get(*index), place + SIZE * CAP_HEIGHT / 2.0) else { continue };
        if (place - y).abs() > 3.0 {
            let tip = if anchor == Anchor::End { edge + 1.0 } else { edge - 1.0 };
            scene.line(&[at(tip, place), at(node_edge, *y)], Stroke { color: MUTED, width: 0.35 });
        }
        match anchor {
            Anchor::End => {
                scene.text(at(edge, baseline), Anchor::End, &label.figure, SIZE, TEXT);
                let name = at(edge - label.figure.width(SIZE) - 4.0, baseline);
                scene.text(name, Anchor::End, &label.name, SIZE, TEXT);
            }
            _ => {
                scene.text(at(edge, baseline), Anchor::Start, &label.figure, SIZE, TEXT);
                let name = at(edge + label.figure.width(SIZE) + 4.0, baseline);
                scene.text(name, Anchor::Start, &label.name, SIZE, TEXT);
            }
        }
    }
}

/// What ribbons are coloured by.
enum Colors {
    /// Whether they go up, down or nowhere.
    Directions { up: Color, down: Color, stays: Color },
    /// Where they begin.
    Sources(Vec<Color>),
}

impl Colors {
    fn of(chart: &Chart, palette: &Palette) -> Self {
        if has_directions(chart) {
            return Self::Directions {
                up: mix(palette.accent, Color::WHITE, 0.15),
                down: mix(palette.series(1), Color::WHITE, 0.25),
                stays: Color([0xdf, 0xe3, 0xe9]),
            };
        }
        let count = chart.series.len();
        Self::Sources((0..count).map(|index| mix(palette.series(index), Color::WHITE, 0.4)).collect())
    }

    fn of_ribbon(&self, ribbon: &Ribbon) -> Color {
        match (self, ribbon.direction) {
            (Self::Directions { up, .. }, Some(Direction::Up)) => *up,
            (Self::Directions { down, .. }, Some(Direction::Down)) => *down,
            (Self::Directions { stays, .. }, _) => *stays,
            (Self::Sources(colors), _) => colors.get(ribbon.from).copied().unwrap_or(MUTED),
        }
    }
}

/// What the colours say, above the flow.
fn draw_legend(scene: &mut Scene, set: &Typesetter, locale: &Locale, colors: &Colors) {
    let Colors::Directions { up, down, stays } = colors else { return };
    let mut x = 0.0;
    for (word, color) in [(Word::MovesUp, up), (Word::MovesDown, down), (Word::Stays, stays)] {
        let run = set.run(NAME, word.in_language(locale.language()));
        let width = SWATCH + 4.0 + run.width(SIZE);
        if x + width > scene.width {
            return;
        }
        scene.fill_rect(at(x, 1.5), SWATCH, 6.0, *color);
        scene.text(at(x + SWATCH + 4.0, 4.5 + SIZE * 0.36), Anchor::Start, &run, SIZE, MUTED);
        x += width + 14.0;
    }
}

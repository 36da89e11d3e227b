//! The labels along the category axis: on one line, on several, turned, or only some of them; never one over another.

use super::super::scene::{Anchor, Color, Scene, at};
use super::super::text::{ASCENT, CAP_HEIGHT, DESCENT, Face, Run, Typesetter};
use std::sync::Arc;

const SIZE: f32 = 7.0;
const LEADING: f32 = 8.6;
const FACE: Face = Face::REGULAR.tabular();
/// Room between the plot and the labels, and between two neighbouring labels.
const GAP: f32 = 5.0;
/// A label is broken into so many lines.
const LINES: usize = 3;
/// A label that has so much room on each line is rather shortened than turned.
const ROOMY: f32 = 46.0;
/// A label on one line is at most so wide.
const WIDEST: f32 = 110.0;

/// Where the categories stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stations {
    /// Of the first, from the scene's left.
    pub(super) first: f32,
    /// From one to the next.
    pub(super) step: f32,
    pub(super) count: usize,
    /// Width of the whole scene; labels stay inside.
    pub(super) scene: f32,
}

impl Stations {
    /// Of one of them.
    pub(super) fn x(&self, index: usize) -> f32 {
        self.first + self.step * index as f32
    }
}

/// Labels as they will be drawn.
#[derive(Debug, Clone)]
pub(super) struct CategoryLabels {
    shown: Vec<(usize, Vec<Arc<Run>>)>,
    turn: f32,
    /// Height that they take under the plot.
    pub(super) height: f32,
}

impl CategoryLabels {
    /// Chooses how the labels are shown. `ordered` categories (days, weeks) may be thinned out before they are turned.
    pub(super) fn plan(
        set: &Typesetter,
        labels: &[String],
        stations: Stations,
        ordered: bool,
        highest: f32,
    ) -> Self {
        let count = stations.count.min(labels.len());
        let labels = &labels[..count];
        let flat: Vec<Arc<Run>> =
            labels.iter().map(|l| set.shorten(FACE, l, SIZE, WIDEST.min(stations.scene))).collect();
        let whole =
            flat.iter().zip(labels).all(|(run, label)| !run.text.ends_with('…') || label.ends_with('…'));
        let on_one_line = |every: usize| {
            let shown: Vec<_> =
                flat.iter().cloned().enumerate().step_by(every).map(|(i, run)| (i, vec![run])).collect();
            Self { shown, turn: 0.0, height: GAP + LEADING }
        };
        if whole && on_one_line(1).is_clear(stations) {
            return on_one_line(1);
        }
        if let Some(wrapped) = Self::wrapped(set, labels, stations) {
            return wrapped;
        }
        let turned = (!ordered).then(|| Self::turned(set, labels, stations, highest)).flatten();
        if let Some(turned) = turned {
            return turned;
        }
        (1..=count.max(1))
            .map(on_one_line)
            .find(|l| l.is_clear(stations))
            .unwrap_or_else(|| on_one_line(count.max(1)))
    }

    /// On up to three lines, when no word is cut; where there is room enough, the end of a long label is left out.
    fn wrapped(set: &Typesetter, labels: &[String], stations: Stations) -> Option<Self> {
        let room = stations.step - GAP * 0.6;
        if labels.iter().any(|l| set.widest_word(FACE, l, SIZE) > room) {
            return None;
        }
        let whole = labels.iter().all(|l| set.wrap(FACE, l, SIZE, room, LINES + 1).len() <= LINES);
        if !whole && room < ROOMY {
            return None;
        }
        let shown: Vec<_> =
            labels.iter().enumerate().map(|(i, l)| (i, set.wrap(FACE, l, SIZE, room, LINES))).collect();
        let lines = shown.iter().map(|(_, lines)| lines.len()).max().unwrap_or(1);
        let labels = Self { shown, turn: 0.0, height: GAP + LEADING * lines as f32 };
        labels.is_clear(stations).then_some(labels)
    }

    /// Turned by 45 or 90 degrees, ending at their category; at most `highest` high.
    fn turned(set: &Typesetter, labels: &[String], stations: Stations, highest: f32) -> Option<Self> {
        let line = SIZE * 1.15;
        let turn = if stations.step * std::f32::consts::FRAC_1_SQRT_2 >= line {
            45.0_f32
        } else if stations.step >= line {
            90.0
        } else {
            return None;
        };
        let (sin, cos) = turn.to_radians().sin_cos();
        let shown: Vec<_> = labels
            .iter()
            .enumerate()
            .map(|(i, label)| {
                // Down to `highest`, and not beyond the scene's left edge.
                let left = if turn < 90.0 { (stations.x(i) - SIZE) / cos } else { f32::MAX };
                (i, vec![set.shorten(FACE, label, SIZE, ((highest - GAP - SIZE) / sin).min(left))])
            })
            .collect();
        let longest = shown.iter().flat_map(|(_, l)| l).map(|run| run.width(SIZE)).fold(0.0, f32::max);
        Some(Self { shown, turn, height: GAP + longest * sin + SIZE * cos })
    }

    /// Do no two labels on lines touch?
    fn is_clear(&self, stations: Stations) -> bool {
        let mut end = f32::MIN;
        self.shown.iter().all(|(index, lines)| {
            let width = lines.iter().map(|l| l.width(SIZE)).fold(0.0, f32::max);
            let left = left_of(stations, *index, width);
            let clear = left >= end;
            end = left + width + GAP * 0.6;
            clear
        })
    }

    /// Draws them under the plot's bottom.
    pub(super) fn draw(&self, scene: &mut Scene, stations: Stations, bottom: f32, color: Color) {
        for (index, lines) in &self.shown {
            if self.turn > 0.0 {
                let (sin, cos) = self.turn.to_radians().sin_cos();
                for run in lines {
                    let width = run.width(SIZE);
                    // The middle of the capitals' height points at the category.
                    let middle = SIZE * CAP_HEIGHT / 2.0;
                    let end = at(stations.x(*index) + middle * sin, bottom + GAP - 1.0 + middle * cos);
                    scene.turned_text(
                        at(end.x - width * cos, end.y + width * sin),
                        self.turn,
                        run,
                        SIZE,
                        color,
                    );
                }
                continue;
            }
            let width = lines.iter().map(|l| l.width(SIZE)).fold(0.0, f32::max);
            let middle = left_of(stations, *index, width) + width / 2.0;
            for (row, run) in lines.iter().enumerate() {
                let baseline = bottom + GAP + SIZE * CAP_HEIGHT + LEADING * row as f32;
                scene.text(at(middle, baseline), Anchor::Middle, run, SIZE, color);
            }
        }
    }
}

/// The left end of a label centred under its category, moved inside the scene where it would leave it.
fn left_of(stations: Stations, index: usize, width: f32) -> f32 {
    (stations.x(index) - width / 2.0).min(stations.scene - width).max(0.0)
}

/// Do the labels look like days, weeks or numbers, of which some may stand for all?
pub(super) fn look_ordered(labels: &[String]) -> bool {
    let with_digit = labels.iter().filter(|l| l.chars().any(|c| c.is_ascii_digit())).count();
    labels.len() > 12 && with_digit * 5 >= labels.len() * 4
}

/// Height of one line of labels, for what stands beside them.
pub(super) const LINE_HEIGHT: f32 = SIZE * (ASCENT + DESCENT);

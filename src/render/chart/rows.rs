//! Rows under each other: a name at the left, figures at the right, and between them the room to draw in. On narrow drawings the name stands
//! above it.

use super::super::palette::{MUTED, TEXT};
use super::super::scene::{Anchor, Color, Scene, at};
use super::super::text::{CAP_HEIGHT, Face, Run, Typesetter};
use std::sync::Arc;

pub(super) const SIZE: f32 = 7.2;
pub(super) const FACE: Face = Face::REGULAR.tabular();
pub(super) const STRONG: Face = Face::SEMI_BOLD.tabular();
const HEADING: f32 = 6.6;
const HEADING_HEIGHT: f32 = 13.0;
/// From one line of text to the next.
const LEADING: f32 = 8.8;
/// Between columns.
const GAP: f32 = 10.0;
/// From this width on all of a row stands side by side.
const WIDE: f32 = 380.0;
/// Height of a row: as is read best, and at least.
const ROW: (f32, f32) = (21.0, 13.0);
const NARROW_ROW: (f32, f32) = (34.0, 27.0);

/// What stands at the right of each row.
pub(super) struct Column {
    pub(super) heading: String,
    /// One a row.
    pub(super) figures: Vec<(Arc<Run>, Color)>,
}

/// Rows laid out.
pub(super) struct Rows {
    names: Vec<Vec<Arc<Run>>>,
    heading: Arc<Run>,
    columns: Vec<Placed>,
    narrow: bool,
    top: f32,
    pitch: f32,
    left: f32,
    right: f32,
}

struct Placed {
    right: f32,
    heading: Arc<Run>,
    figures: Vec<(Arc<Run>, Color)>,
}

/// The room to draw in, of one row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) top: f32,
    pub(super) bottom: f32,
}

impl Room {
    pub(super) fn middle(&self) -> f32 {
        (self.top + self.bottom) / 2.0
    }

    pub(super) fn width(&self) -> f32 {
        (self.right - self.left).max(0.0)
    }

    pub(super) fn height(&self) -> f32 {
        (self.bottom - self.top).max(0.0)
    }
}

/// The heights at which so many rows are read best and can be read at all; `foot` is what stands below them.
pub(super) fn heights(count: usize, width: f32, foot: f32) -> (f32, f32) {
    let (best, least) = if width < WIDE { NARROW_ROW } else { ROW };
    let count = count.max(1) as f32;
    (HEADING_HEIGHT + count * best + foot, HEADING_HEIGHT + count * least + foot)
}

impl Rows {
    /// Lays them out on a drawing of this size; `foot` is left free below them.
    pub(super) fn plan(
        set: &Typesetter,
        (width, height): (f32, f32),
        heading: &str,
        names: &[&str],
        columns: Vec<Column>,
        foot: f32,
    ) -> Self {
        let pitch = ((height - HEADING_HEIGHT - foot) / names.len().max(1) as f32).max(0.0);
        let narrow = width < WIDE && pitch >= NARROW_ROW.1 - 5.0;
        // Figures take what they need, up to a part of the width; they are shortened evenly beyond that.
        let most = width * figures_share(narrow);
        let gaps = GAP * columns.len() as f32;
        let wanted: Vec<f32> = columns.iter().map(|column| widest(set, column)).collect();
        let sum = wanted.iter().sum::<f32>();
        let scale = if sum + gaps > most { ((most - gaps) / sum).max(0.0) } else { 1.0 };
        let mut right = width;
        let mut placed: Vec<Placed> = Vec::with_capacity(columns.len());
        for (column, wanted) in columns.into_iter().zip(&wanted).rev() {
            let room = wanted * scale;
            let shorten = |run: &Arc<Run>| match run.width(SIZE) > room + 0.01 {
                true => set.shorten(run.face, &run.text, SIZE, room),
                false => Arc::clone(run),
            };
            placed.push(Placed {
                right,
                heading: set.shorten(FACE, &column.heading, HEADING, room),
                figures: column.figures.iter().map(|(run, color)| (shorten(run), *color)).collect(),
            });
            right -= room + GAP;
        }
        let most_of_names = if narrow { width } else { (width * 0.29).min(right.max(0.0)) };
        let lines = if !narrow && pitch >= 2.0 * LEADING { 2 } else { 1 };
        let names: Vec<Vec<Arc<Run>>> =
            names.iter().map(|name| set.wrap(FACE, name, SIZE, most_of_names, lines)).collect();
        // On narrow drawings the headings of the figures stand on the same line.
        let heading = set.shorten(FACE, heading, HEADING, most_of_names.min(right.max(0.0)));
        let of_names =
            names.iter().flatten().map(|run| run.width(SIZE)).fold(heading.width(HEADING), f32::max);
        let left = if narrow { 0.0 } else { of_names + GAP };
        let right = right.max(left);
        Self { names, heading, columns: placed, narrow, top: HEADING_HEIGHT, pitch, left, right }
    }

    /// Where one of them is drawn.
    pub(super) fn room(&self, row: usize) -> Room {
        let top = self.top + self.pitch * row as f32;
        let pad = (self.pitch * 0.12).min(3.0);
        let above = if self.narrow { LEADING + 1.0 } else { pad };
        Room { left: self.left, right: self.right, top: top + above, bottom: top + self.pitch - pad }
    }

    /// Do names stand above what is drawn?
    pub(super) fn are_narrow(&self) -> bool {
        self.narrow
    }

    /// Where the rows end.
    pub(super) fn bottom(&self) -> f32 {
        self.top + self.pitch * self.names.len() as f32
    }

    /// Draws names, figures and their headings.
    pub(super) fn draw(&self, scene: &mut Scene) {
        let heading = HEADING_HEIGHT - 5.5;
        scene.text(at(0.0, heading), Anchor::Start, &self.heading, HEADING, MUTED);
        for column in &self.columns {
            scene.text(at(column.right, heading), Anchor::End, &column.heading, HEADING, MUTED);
        }
        // Where rows are lower than a line, some names stand for all.
        let every = (LEADING / self.pitch.max(0.1)).ceil().max(1.0) as usize;
        for (row, lines) in self.names.iter().enumerate().step_by(every) {
            let top = self.top + self.pitch * row as f32;
            if top + self.pitch.max(SIZE * CAP_HEIGHT + 1.0) > scene.height + 0.5 {
                break;
            }
            let middle = match self.narrow {
                true => top + LEADING / 2.0 + 0.5,
                false => top + self.pitch / 2.0,
            };
            let first = middle - LEADING * (lines.len() as f32 - 1.0) / 2.0 + SIZE * CAP_HEIGHT / 2.0;
            for (line, run) in lines.iter().enumerate() {
                scene.text(at(0.0, first + LEADING * line as f32), Anchor::Start, run, SIZE, TEXT);
            }
            let baseline = self.room(row).middle() + SIZE * CAP_HEIGHT / 2.0;
            for column in &self.columns {
                if let Some((run, color)) = column.figures.get(row) {
                    scene.text(at(column.right, baseline), Anchor::End, run, SIZE, *color);
                }
            }
        }
    }
}

/// What part of the width figures take at most.
fn figures_share(narrow: bool) -> f32 {
    if narrow { 0.68 } else { 0.46 }
}

/// Is there room for these columns of figures, uncut?
pub(super) fn fit(set: &Typesetter, width: f32, columns: &[Column]) -> bool {
    let gaps = GAP * columns.len() as f32;
    let wanted: f32 = columns.iter().map(|column| widest(set, column)).sum();
    wanted + gaps <= width * figures_share(width < WIDE)
}

fn widest(set: &Typesetter, column: &Column) -> f32 {
    let figures = column.figures.iter().map(|(run, _)| run.width(SIZE));
    figures.fold(set.width(FACE, &column.heading, HEADING), f32::max)
}

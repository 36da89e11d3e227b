//! Small lines: rows of them, and the one in a tile; the highest and the lowest point are marked.

use super::super::palette::{GRID, MUTED, Palette, TEXT};
use super::super::scene::{Anchor, Color, Point, Scene, Stroke, at};
use super::super::text::Typesetter;
use super::frame::{limited, value};
use super::rows::{Column, FACE, Room, Rows, SIZE, STRONG};
use crate::document::{Chart, Locale, Series, Value, Word};

/// The labels of the first and last category below the lines.
pub(super) const FOOT: f32 = 12.0;
/// The marks of the highest and lowest point.
const MARK: f32 = 1.9;

pub(super) fn draw(scene: &mut Scene, set: &Typesetter, chart: &Chart, locale: &Locale, palette: &Palette) {
    let count = chart.categories.len();
    let known: Vec<Vec<Option<f64>>> =
        chart.series.iter().map(|series| (0..count).map(|at| value(series, at)).collect()).collect();
    let column = |word: Word, strong: bool, of: &dyn Fn(&[Option<f64>]) -> Option<f64>| {
        let figure = |(series, values): (&Series, &Vec<Option<f64>>)| {
            let shown = locale.show(of(values).map(Value::Number).as_ref(), chart.display_of(series));
            match strong {
                true => (set.run(STRONG, &shown), TEXT),
                false => (set.run(FACE, &shown), MUTED),
            }
        };
        let figures = chart.series.iter().zip(&known).map(figure).collect();
        Column { heading: word.in_language(locale.language()).to_owned(), figures }
    };
    let columns = vec![
        column(Word::Lowest, false, &|values| values.iter().flatten().copied().reduce(f64::min)),
        column(Word::Highest, false, &|values| values.iter().flatten().copied().reduce(f64::max)),
        column(Word::Latest, true, &|values| values.iter().rev().flatten().copied().next()),
    ];
    let names: Vec<&str> = chart.series.iter().map(|series| series.label.as_str()).collect();
    let heading = chart.series_label.as_deref().unwrap_or_default();
    let rows = Rows::plan(set, (scene.width, scene.height), heading, &names, columns, FOOT);
    let rule = Stroke { color: GRID, width: 0.6 };
    for (row, values) in known.iter().enumerate() {
        let room = rows.room(row);
        if row > 0 && room.height() > SIZE {
            let y =
                rows.room(row - 1).bottom + (rows.room(row).top - rows.room(row - 1).bottom).min(6.0) / 2.0;
            scene.line(&[at(0.0, y), at(scene.width, y)], rule);
        }
        line(scene, values, room, palette, 1.1);
    }
    rows.draw(scene);
    if let (Some(first), Some(last)) = (chart.categories.first(), chart.categories.last()) {
        let room = rows.room(0);
        let baseline = rows.bottom() + FOOT - 3.5;
        let half = room.width() / 2.0 - 4.0;
        if count > 1 && half > 0.0 {
            let first = set.shorten(FACE, first, SIZE - 0.6, half);
            let last = set.shorten(FACE, last, SIZE - 0.6, half);
            scene.text(at(room.left, baseline), Anchor::Start, &first, SIZE - 0.6, MUTED);
            scene.text(at(room.right, baseline), Anchor::End, &last, SIZE - 0.6, MUTED);
        } else {
            let only = set.shorten(FACE, first, SIZE - 0.6, room.width());
            let middle = (room.left + room.right) / 2.0;
            scene.text(at(middle, baseline), Anchor::Middle, &only, SIZE - 0.6, MUTED);
        }
    }
}

/// The line of a tile on a drawing of its own.
pub(in super::super) fn tile_line(
    values: &[Option<f64>],
    palette: &Palette,
    width: f32,
    height: f32,
) -> Scene {
    let mut scene = Scene::new(width, height);
    line(&mut scene, values, Room { left: 0.0, right: width, top: 0.0, bottom: height }, palette, 1.2);
    scene
}

/// One line between its lowest and its highest value; a point that is missing is a gap.
fn line(scene: &mut Scene, values: &[Option<f64>], room: Room, palette: &Palette, width: f32) {
    let inset = MARK + 0.8;
    if room.width() <= 4.0 * inset || room.height() <= 2.0 * inset {
        return;
    }
    let numbers = || values.iter().flatten().copied().filter(|v| v.is_finite()).map(limited);
    let (Some(low), Some(high)) = (numbers().reduce(f64::min), numbers().reduce(f64::max)) else { return };
    let step = (room.width() - 2.0 * inset) / (values.len().max(2) - 1) as f32;
    let place = |index: usize, v: f64| {
        let share = if high > low { ((limited(v) - low) / (high - low)) as f32 } else { 0.5 };
        let first = if values.len() == 1 { (room.left + room.right) / 2.0 } else { room.left + inset };
        at(first + step * index as f32, room.bottom - inset - (room.height() - 2.0 * inset) * share)
    };
    let mut piece: Vec<Point> = Vec::new();
    let mut marks: [Option<(f64, Point)>; 2] = [None, None];
    let draw = |scene: &mut Scene, piece: &mut Vec<Point>| {
        match piece.as_slice() {
            [] => {}
            [alone] => scene.circle(*alone, width * 0.7, palette.accent, None),
            points => scene.line(points, Stroke { color: palette.accent, width }),
        }
        piece.clear();
    };
    for (index, v) in values.iter().enumerate() {
        let Some(v) = v.filter(|v| v.is_finite()) else {
            draw(scene, &mut piece);
            continue;
        };
        let point = place(index, v);
        piece.push(point);
        let [lowest, highest] = &mut marks;
        if lowest.is_none_or(|(least, _)| v < least) {
            *lowest = Some((v, point));
        }
        if highest.is_none_or(|(most, _)| v > most) {
            *highest = Some((v, point));
        }
    }
    draw(scene, &mut piece);
    // A level line has neither; the lowest is hollow, the highest full.
    if high > low {
        let ring = Stroke { color: palette.accent, width: 0.9 };
        let [lowest, highest] = marks;
        if let Some((_, point)) = lowest {
            scene.circle(point, MARK - 0.3, Color::WHITE, Some(ring));
        }
        if let Some((_, point)) = highest {
            scene.circle(point, MARK, palette.accent, None);
        }
    }
}

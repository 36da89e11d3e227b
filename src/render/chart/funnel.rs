//! Funnels: centred bars under each other, each with its value and with what part it is of the first step and of the one before.

use super::super::palette::{Palette, TEXT, mix, text_on};
use super::super::scene::{Anchor, Color, Scene, at};
use super::super::text::{CAP_HEIGHT, Typesetter};
use super::frame::{limited, value};
use super::rows::{Column, FACE, Rows, SIZE, STRONG};
use crate::document::{Chart, Locale, Value};

/// A bar takes this share of its row; what is between two of them is tinted.
const BAR: f32 = 0.92;

pub(super) fn draw(scene: &mut Scene, set: &Typesetter, chart: &Chart, locale: &Locale, palette: &Palette) {
    let Some((steps, shares)) = chart.series.split_first() else { return };
    let count = chart.categories.len();
    let columns = shares
        .iter()
        .map(|share| Column {
            heading: share.label.clone(),
            figures: (0..count)
                .map(|row| {
                    // Of the first step there is nothing to say.
                    let part = value(share, row).filter(|_| row > 0);
                    let shown = part.map(|v| locale.show(Some(&Value::Number(v)), chart.display_of(share)));
                    (set.run(FACE, &shown.unwrap_or_default()), TEXT)
                })
                .collect(),
        })
        .collect();
    let names: Vec<&str> = chart.categories.iter().map(String::as_str).collect();
    let rows = Rows::plan(set, (scene.width, scene.height), &chart.x_label, &names, columns, 0.0);
    let values: Vec<Option<f64>> = (0..count).map(|row| value(steps, row)).collect();
    let most = values.iter().flatten().copied().map(limited).fold(0.0, f64::max);
    let runs: Vec<_> = values
        .iter()
        .map(|v| set.run(STRONG, &locale.show(v.map(Value::Number).as_ref(), &chart.display)))
        .collect();
    // Values stand on the bars; where one bar is too narrow for its own, beside it: there must be room for that.
    let widest = runs.iter().map(|run| run.width(SIZE)).fold(0.0, f32::max);
    let bars: Vec<[f32; 4]> = (0..count)
        .map(|row| {
            let room = rows.room(row);
            let most_wide = (room.width() - widest - 8.0).max(room.width() * 0.4);
            let share =
                if most > 0.0 { (limited(values[row].unwrap_or(0.0)).max(0.0) / most) as f32 } else { 0.0 };
            let (width, height) = (most_wide * share, room.height() * BAR);
            let center = room.left + most_wide / 2.0;
            [center - width / 2.0, room.middle() - height / 2.0, width, height]
        })
        .collect();
    let tint = mix(palette.accent, Color::WHITE, 0.8);
    for (row, pair) in bars.windows(2).enumerate() {
        let [above, below] = pair else { continue };
        if values[row].is_some() && values[row + 1].is_some() && rows.room(row).left <= rows.room(row).right {
            let (top, bottom) = (above[1] + above[3], below[1]);
            let outline = [
                at(above[0], top),
                at(above[0] + above[2], top),
                at(below[0] + below[2], bottom),
                at(below[0], bottom),
            ];
            // Names that stand above the bars need the white.
            if !rows.are_narrow() {
                scene.polygon(&outline, tint);
            }
        }
    }
    for (row, [left, top, width, height]) in bars.iter().enumerate() {
        let color = if row == 0 { palette.accent } else { mix(palette.accent, Color::WHITE, 0.12) };
        scene.fill_rect(at(*left, *top), *width, *height, color);
        let run = &runs[row];
        let wide = run.width(SIZE);
        let room = rows.room(row);
        if room.height() < SIZE * CAP_HEIGHT + 1.0 {
            continue;
        }
        let baseline = room.middle() + SIZE * CAP_HEIGHT / 2.0;
        if wide + 6.0 <= *width {
            scene.text(at(left + width / 2.0, baseline), Anchor::Middle, run, SIZE, text_on(color));
        } else if left + width + 4.0 + wide <= room.right + 0.5 {
            scene.text(at(left + width + 4.0, baseline), Anchor::Start, run, SIZE, TEXT);
        }
    }
    rows.draw(scene);
}

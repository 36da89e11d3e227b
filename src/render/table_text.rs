//! What the cells of a table say and in which colours, wherever people read it: PDF, page, mail. Never: where a cell stands.

use super::palette::{BAD, GOOD, Palette, TEXT, contrast, mix};
use super::scene::Color;
use crate::document::{Display, Document, Line, Table, Value, Values, Verdict, Word};

/// Of the brand's colour the palest cell of a scale has so much, and the fullest at most.
const PALEST: u8 = 6;
const FULLEST: u8 = 60;
/// Running text is read on every cell of a scale.
const READABLE: f32 = 4.5;

/// What lies behind the text of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Behind {
    /// A colour all over.
    Fill(Color),
    /// A bar, from where to where in shares of the cell's width.
    Bar { from: f32, to: f32, color: Color },
}

/// The text of a cell, with its sign where it is good or bad.
pub(super) fn text(table: &Table, document: &Document, at: usize, line: Line) -> String {
    let Some(column) = table.columns.get(at) else { return String::new() };
    let word = Word::Total.in_language(document.language());
    let value = match line {
        // Texts are most of a large table: they are not taken out twice.
        Line::Row(row) => match &column.values {
            Values::Text(texts) => {
                let text = texts.get(row).and_then(Option::as_deref);
                return text.map_or_else(|| document.locale.show(None, &column.display), str::to_owned);
            }
            values => values.get(row),
        },
        line => table.value(at, line),
    };
    match (line, &value) {
        (Line::Total, None) if column.is_dimension => {
            return if at == 0 { word.to_owned() } else { String::new() };
        }
        (Line::Subtotal(group), _) if column.is_dimension => {
            let names = table.groups.get(group).is_some_and(|group| group.level == at);
            let name = document.locale.show(value.as_ref(), &column.display);
            return if names { format!("{word} {name}") } else { String::new() };
        }
        _ => {}
    }
    let shown = match &value {
        Some(Value::Text(text)) => text.clone(),
        value => document.locale.show(value.as_ref(), &column.display),
    };
    match column.verdict(line).sign() {
        "" => shown,
        sign => format!("{sign}\u{a0}{shown}"),
    }
}

/// The colour of a cell's text, where it is not that of the others: good, bad, or a number below 0. A change downwards may be good.
pub(super) fn color(table: &Table, at: usize, line: Line) -> Option<Color> {
    let column = table.columns.get(at)?;
    match column.verdict(line) {
        Verdict::Good => return Some(GOOD),
        Verdict::Bad => return Some(BAD),
        Verdict::Neutral => {}
    }
    let is_amount = matches!(column.display, Display::Number { .. });
    let is_negative = || matches!(table.value(at, line), Some(Value::Number(number)) if number < 0.0);
    (is_amount && is_negative()).then_some(BAD)
}

/// What lies behind a cell's text.
pub(super) fn behind(table: &Table, at: usize, line: Line, palette: &Palette) -> Option<Behind> {
    let column = table.columns.get(at)?;
    if let Some((from, to)) = column.bar(line) {
        let below = matches!(table.value(at, line), Some(Value::Number(number)) if number < 0.0);
        let color = mix(if below { BAD } else { palette.accent }, Color::WHITE, 0.72);
        return Some(Behind::Bar { from: from as f32, to: to as f32, color });
    }
    column.fullness(line).map(|share| Behind::Fill(shade(palette, share as f32)))
}

/// The colour of a scale, from 0, the lowest value, to 1, the highest.
fn shade(palette: &Palette, share: f32) -> Color {
    let with = |hundredths: u8| mix(Color::WHITE, palette.accent, f32::from(hundredths) / 100.0);
    let fullest = (PALEST + 1..=FULLEST).rev().map(with).find(|color| contrast(*color, TEXT) >= READABLE);
    mix(with(PALEST), fullest.unwrap_or(palette.tint), share.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_of_a_scale_carries_running_text_whatever_the_brand() {
        for brand in [[0x0b, 0x7a, 0x75], [255, 230, 0], [0, 0, 0], [200, 20, 30], [20, 40, 90]] {
            let palette = Palette::of_brand(brand);
            let shades: Vec<Color> =
                (0..=10_u8).map(|step| shade(&palette, f32::from(step) / 10.0)).collect();
            assert!(shades.iter().all(|color| contrast(*color, TEXT) >= READABLE), "{brand:?}: {shades:?}");
            assert!(contrast(shades[10], Color::WHITE) > 1.5, "{brand:?}: the highest value is seen");
        }
    }
}

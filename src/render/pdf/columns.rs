//! How wide a table's columns are: measured from their content, at the largest size that fits, on a page turned on its
//! side when they need it, in several parts when even that is too narrow.

use super::super::table_text;
use super::super::text::{Face, Typesetter};
use super::flow::Orientation;
use crate::document::{Document, Line, Table, Values};

pub(super) const CELL_FACE: Face = Face::REGULAR.tabular();
pub(super) const HEAD_FACE: Face = Face::SEMI_BOLD.tabular();
const SUBTOTAL_FACE: Face = Face::SEMI_BOLD.tabular();
pub(super) const TOTAL_FACE: Face = Face::BOLD.tabular();
/// Left and right of each cell's text.
pub(super) const PADDING: f32 = 4.6;
/// Sizes that are tried, in this order.
const SIZES: [f32; 4] = [8.0, 7.5, 7.0, 6.5];
/// A table of up to so many rows is rather split into up to so many parts than turned on its side.
const FEW_ROWS: usize = 8;
const FEW_PARTS: usize = 3;
const SPLIT_SIZE: f32 = 7.5;
/// A word wider than this many ems may be cut.
const WIDEST_WORD: f32 = 14.0;
/// A text column asks for no more than this many ems.
const WIDEST_TEXT: f32 = 34.0;
/// Texts of up to so many ems are not broken.
const UNBROKEN: f32 = 7.0;
/// A cell shows no more characters than this.
const MOST_CHARACTERS: usize = 240;

/// A table's cells as text.
pub(super) struct Cells {
    /// By column, then by line.
    pub(super) columns: Vec<CellColumn>,
    /// How many of the table's rows are shown.
    pub(super) rows: usize,
    /// Rows that are shown, and the subtotals that end among them.
    pub(super) lines: Vec<Line>,
    /// By row, how many leading cells say the same as those above, and are left empty.
    pub(super) repeated: Vec<usize>,
}

/// A column's cells as text.
pub(super) struct CellColumn {
    pub(super) label: String,
    /// Figures stand right, text left.
    pub(super) is_number: bool,
    /// Text may be broken into two lines; figures and dates may not.
    pub(super) is_text: bool,
    pub(super) cells: Vec<String>,
    /// The totals' cell; empty where there is none.
    pub(super) total: String,
}

impl Cells {
    /// Writes the cells of the first `most_rows` rows in the document's locale; totals are those of all rows.
    pub(super) fn of(table: &Table, document: &Document, most_rows: usize) -> Self {
        let is_beyond = |line: &Line| matches!(line, Line::Row(row) if *row >= most_rows);
        let lines: Vec<Line> = table.lines().take_while(|line| !is_beyond(line)).collect();
        let say = |index: usize, line: Line| cut(table_text::text(table, document, index, line));
        let repeated = table.repeated();
        let cell = |index: usize, line: Line| match line {
            Line::Row(row) if index < repeated[row] => String::new(),
            line => say(index, line),
        };
        let columns = table
            .columns
            .iter()
            .enumerate()
            .map(|(index, column)| CellColumn {
                label: cut(column.label.clone()),
                is_number: matches!(column.values, Values::Number(_)),
                is_text: matches!(column.values, Values::Text(_)),
                cells: lines.iter().map(|line| cell(index, *line)).collect(),
                total: table.totals.as_ref().map(|_| say(index, Line::Total)).unwrap_or_default(),
            })
            .collect();
        Self { columns, rows: table.len().min(most_rows), lines, repeated }
    }
}

/// No more characters than a cell can show.
fn cut(text: String) -> String {
    match text.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// A column as it is placed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    /// Number of the table's column.
    pub(super) column: usize,
    /// Left edge, from the content's.
    pub(super) x: f32,
    /// With padding.
    pub(super) width: f32,
}

/// How a table is set: its size, its page, and the columns of each part.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Setting {
    pub(super) size: f32,
    pub(super) orientation: Orientation,
    /// One part, or several that repeat the leading columns.
    pub(super) parts: Vec<Vec<Placed>>,
}

/// What a column asks for, in ems without padding.
#[derive(Debug, Clone, Copy)]
struct Wish {
    /// Less would cut something.
    least: f32,
    /// Enough for nearly all cells on one line.
    usual: f32,
    /// Enough for all.
    natural: f32,
}

/// Finds the setting.
pub(super) fn set_columns(set: &Typesetter, cells: &Cells, table: &Table) -> Setting {
    let wishes: Vec<Wish> = cells.columns.iter().map(|c| wish(set, c, &cells.lines)).collect();
    let all: Vec<usize> = (0..wishes.len()).collect();
    for orientation in [Orientation::Portrait, Orientation::Landscape] {
        for size in SIZES {
            if least_width(&wishes, &all, size) <= orientation.width() {
                let parts = vec![place(&wishes, &all, size, orientation.width())];
                return Setting { size, orientation, parts };
            }
        }
        // A table of few rows does not need a page of its own.
        if orientation == Orientation::Portrait && cells.rows <= FEW_ROWS {
            let setting = split(&wishes, table, SPLIT_SIZE, orientation);
            if setting.parts.len() <= FEW_PARTS {
                return setting;
            }
        }
    }
    split(&wishes, table, SIZES[SIZES.len() - 1], Orientation::Landscape)
}

/// Several parts, each as wide as the page at most, that repeat the leading columns.
fn split(wishes: &[Wish], table: &Table, size: f32, orientation: Orientation) -> Setting {
    let width = orientation.width();
    // The leading dimensions tell what a row is about.
    let mut keys: Vec<usize> =
        table.columns.iter().take_while(|c| c.is_dimension).enumerate().map(|(i, _)| i).collect();
    while least_width(wishes, &keys, size) > width * 0.4 {
        keys.pop();
    }
    let mut parts: Vec<Vec<usize>> = Vec::new();
    let mut part = keys.clone();
    for column in keys.len()..wishes.len() {
        part.push(column);
        if least_width(wishes, &part, size) > width && part.len() > keys.len() + 1 {
            part.pop();
            parts.push(std::mem::replace(&mut part, keys.clone()));
            part.push(column);
        }
    }
    parts.push(part);
    // As many columns in each, where that fits too.
    let others: Vec<usize> = (keys.len()..wishes.len()).collect();
    let even: Vec<Vec<usize>> = others
        .chunks(others.len().div_ceil(parts.len()).max(1))
        .map(|chunk| keys.iter().chain(chunk).copied().collect())
        .collect();
    if even.iter().all(|p| least_width(wishes, p, size) <= width) {
        parts = even;
    }
    Setting { size, orientation, parts: parts.iter().map(|p| place(wishes, p, size, width)).collect() }
}

/// The letters of a line's cells.
pub(super) fn face(line: Line) -> Face {
    match line {
        Line::Row(_) => CELL_FACE,
        Line::Subtotal(_) => SUBTOTAL_FACE,
        Line::Total => TOTAL_FACE,
    }
}

fn wish(set: &Typesetter, column: &CellColumn, lines: &[Line]) -> Wish {
    let head_word = set.widest_word(HEAD_FACE, &column.label, 1.0).min(WIDEST_WORD);
    let head = set.width(HEAD_FACE, &column.label, 1.0);
    let total = set.width(TOTAL_FACE, &column.total, 1.0);
    // The name of a subtotal takes the empty cells beside it as well, and asks for no room of its own.
    let asks = |(_, line): &(&String, &Line)| !(column.is_text && matches!(line, Line::Subtotal(_)));
    let asking = || column.cells.iter().zip(lines).filter(asks);
    let mut widths: Vec<f32> = asking().map(|(cell, line)| set.measure(face(*line), cell, 1.0)).collect();
    widths.sort_by(f32::total_cmp);
    let widest = widths.last().copied().unwrap_or(0.0).max(total);
    if !column.is_text {
        // Figures and dates are never broken; their heading may take three lines.
        let least = widest.min(2.0 * WIDEST_WORD).max(head_word);
        let natural = least.max((head / 2.0).min(WIDEST_WORD));
        return Wish { least, usual: natural, natural };
    }
    let most_cells = widths.get(widths.len() * 9 / 10).copied().unwrap_or(0.0);
    let two_lines =
        asking().map(|(cell, line)| set.two_line_width(face(*line), cell, 1.0)).fold(0.0, f32::max);
    let least = (two_lines * 1.02)
        .min(WIDEST_TEXT * 0.55)
        .max(widest.min(UNBROKEN))
        .max(total.min(WIDEST_WORD))
        .max(head_word);
    let natural = widest.min(WIDEST_TEXT).max(head.min(WIDEST_WORD)).max(least);
    Wish { least, usual: most_cells.clamp(least, natural), natural }
}

fn least_width(wishes: &[Wish], columns: &[usize], size: f32) -> f32 {
    columns.iter().map(|c| wishes[*c].least * size + 2.0 * PADDING).sum()
}

/// Gives every column its width: the least, then evenly towards the usual and the natural one, then the rest to all
/// alike. A table that needs less than half of the width does not take all of it.
fn place(wishes: &[Wish], columns: &[usize], size: f32, width: f32) -> Vec<Placed> {
    let ask = |of: fn(&Wish) -> f32| -> Vec<f32> {
        columns.iter().map(|c| of(&wishes[*c]) * size + 2.0 * PADDING).collect()
    };
    let goals = [ask(|w| w.least), ask(|w| w.usual), ask(|w| w.natural)];
    let sum = |widths: &[f32]| widths.iter().sum::<f32>();
    let width = width.min((sum(&goals[2]) * 1.7).max(width / 2.0));
    let mut widths = goals[0].clone();
    if sum(&widths) > width {
        let share = width / sum(&widths);
        widths.iter_mut().for_each(|w| *w *= share);
    }
    for goal in &goals[1..] {
        let share = ((width - sum(&widths)) / (sum(goal) - sum(&widths)).max(0.001)).clamp(0.0, 1.0);
        for (w, g) in widths.iter_mut().zip(goal) {
            *w += (g - *w) * share;
        }
    }
    let extra = (width - sum(&widths)).max(0.0) / columns.len().max(1) as f32;
    widths.iter_mut().for_each(|w| *w += extra);
    let mut x = 0.0;
    columns
        .iter()
        .zip(widths)
        .map(|(column, width)| {
            let placed = Placed { column: *column, x, width };
            x += width;
            placed
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fill_the_width_and_get_at_least_their_least() {
        let wish = |least, natural| Wish { least, usual: (least + natural) / 2.0, natural };
        for wishes in [
            vec![wish(5.0, 40.0), wish(4.0, 4.0)],
            vec![wish(20.0, 80.0), wish(10.0, 30.0), wish(4.0, 4.0)],
            vec![wish(6.0, 6.0); 9],
        ] {
            let all: Vec<usize> = (0..wishes.len()).collect();
            let placed = place(&wishes, &all, 8.0, 523.0);
            let sum: f32 = placed.iter().map(|p| p.width).sum();
            assert!((sum - 523.0).abs() < 0.1);
            for p in &placed {
                assert!(p.width + 0.01 >= wishes[p.column].least * 8.0 + 2.0 * PADDING);
            }
        }
    }
}

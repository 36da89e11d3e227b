//! As much of a table as a mail can show: some rows, the columns that fit, in a size that can be read.

use super::plain;
use super::view::{LONGEST_CELL, hex, shown};
use crate::document::{Document, Line, Table, Word};
use crate::render::palette::Palette;
use crate::render::table_text::{self, Behind};

/// Rows shown.
const MOST_ROWS: usize = 15;
/// What the mail's frame leaves on a desk and on a telephone, in CSS pixels.
const DESK: f32 = 552.0;
const TELEPHONE: f32 = 328.0;
/// Size of letters and padding beside them, in CSS pixels: the largest that fits is taken, the last on telephones.
const SIZES: [(u8, u8); 3] = [(13, 6), (12, 4), (11, 3)];
/// Width of a letter against its size, in the sans-serif faces that mail programs have.
const LETTER: f32 = 0.56;

/// Part of a table, as it is shown.
pub(super) struct Excerpt {
    pub(super) columns: Vec<plain::Column>,
    /// Rows and subtotals.
    pub(super) rows: Vec<Vec<String>>,
    /// How each of their cells looks, and those of the totals.
    pub(super) looks: Vec<Vec<Looks>>,
    pub(super) totals_looks: Vec<Looks>,
    pub(super) totals: Option<Vec<String>>,
    /// Size of letters and padding beside them, in CSS pixels.
    pub(super) font: u8,
    pub(super) padding: u8,
    /// Too wide for a telephone, which shows one value a line instead.
    pub(super) stacked: bool,
    /// What is not shown, or that there is nothing.
    pub(super) more: Option<String>,
    /// Are rows or columns left out?
    pub(super) is_cut: bool,
}

/// How a cell looks where it does not look like others.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Looks {
    /// It belongs to subtotals.
    pub(super) strong: bool,
    /// Colour of its letters.
    pub(super) color: Option<String>,
    /// Colour behind them.
    pub(super) fill: Option<String>,
}

impl Looks {
    fn of(table: &Table, at: usize, line: Line, palette: &Palette) -> Self {
        Self {
            strong: matches!(line, Line::Subtotal(_)),
            color: table_text::color(table, at, line).map(|color| hex(color.0)),
            // Mail programs know no part of a cell.
            fill: match table_text::behind(table, at, line, palette) {
                Some(Behind::Fill(color)) => Some(hex(color.0)),
                Some(Behind::Bar { .. }) | None => None,
            },
        }
    }
}

impl Excerpt {
    pub(super) fn of(table: &Table, document: &Document) -> Self {
        let mut columns: Vec<plain::Column> = table
            .columns
            .iter()
            .map(|c| plain::Column { label: shown(&c.label, LONGEST_CELL), numeric: c.display.is_number() })
            .collect();
        let palette = Palette::of_brand(document.color);
        let is_shown = |line: &Line| match line {
            Line::Row(row) => *row < MOST_ROWS,
            Line::Subtotal(group) => {
                table.groups.get(*group).is_some_and(|group| group.rows.end <= MOST_ROWS)
            }
            Line::Total => false,
        };
        let lines: Vec<Line> = table.lines().filter(is_shown).collect();
        let every = || 0..table.columns.len();
        let texts = |line: Line| -> Vec<String> {
            every().map(|at| shown(&table_text::text(table, document, at, line), LONGEST_CELL)).collect()
        };
        let looks =
            |line: Line| -> Vec<Looks> { every().map(|at| Looks::of(table, at, line, &palette)).collect() };
        let mut rows: Vec<Vec<String>> = lines.iter().map(|line| texts(*line)).collect();
        let mut totals: Option<Vec<String>> = table.totals.as_ref().map(|_| texts(Line::Total));

        let letters: Vec<usize> =
            (0..columns.len()).map(|at| widest(at, &columns, &rows, totals.as_deref())).collect();
        let (size, fitting) = fit(&letters);
        columns.truncate(fitting);
        rows.iter_mut().chain(totals.as_mut()).for_each(|row| row.truncate(fitting));
        let (font, padding) = size;
        Self {
            stacked: width(&letters[..fitting], SIZES[SIZES.len() - 1]) > TELEPHONE,
            is_cut: table.len() > MOST_ROWS || fitting < table.columns.len(),
            more: more(table, fitting, document),
            columns,
            rows,
            looks: lines.iter().map(|line| looks(*line)).collect(),
            totals_looks: looks(Line::Total),
            totals,
            font,
            padding,
        }
    }
}

/// The largest size in which all columns fit, or the smallest and as many as fit then; always one.
fn fit(letters: &[usize]) -> ((u8, u8), usize) {
    let smallest = SIZES[SIZES.len() - 1];
    match SIZES.into_iter().find(|size| width(letters, *size) <= DESK) {
        Some(size) => (size, letters.len()),
        None => {
            let fitting = (1..=letters.len()).take_while(|n| width(&letters[..*n], smallest) <= DESK).count();
            (smallest, fitting.max(1).min(letters.len()))
        }
    }
}

fn width(letters: &[usize], (font, padding): (u8, u8)) -> f32 {
    let one = |letters: &usize| *letters as f32 * f32::from(font) * LETTER + 2.0 * f32::from(padding);
    letters.iter().map(one).sum()
}

/// Letters that a column cannot go below: numbers do not break, names and headings do at spaces.
fn widest(at: usize, columns: &[plain::Column], rows: &[Vec<String>], totals: Option<&[String]>) -> usize {
    let column = &columns[at];
    let longest_word = |text: &str| text.split(' ').map(|w| w.chars().count()).max().unwrap_or(0);
    let whole = |text: &str| text.chars().count();
    let cells = rows.iter().filter_map(|row| row.get(at)).chain(totals.and_then(|t| t.get(at)));
    let body =
        cells.map(|text| if column.numeric { whole(text) } else { longest_word(text) }).max().unwrap_or(0);
    body.max(longest_word(&column.label))
}

fn more(table: &Table, columns: usize, document: &Document) -> Option<String> {
    let language = document.language();
    if table.is_empty() {
        return Some(Word::NoData.in_language(language).to_owned());
    }
    let number = |n: usize| document.locale.number(n as f64, 0);
    let told = |word: Word, n: usize, m: usize| {
        word.in_language(language).replace("{n}", &number(n)).replace("{m}", &number(m))
    };
    let rows = (table.len() > MOST_ROWS).then(|| told(Word::RowsShown, MOST_ROWS, table.len()));
    let columns =
        (columns < table.columns.len()).then(|| told(Word::ColumnsShown, columns, table.columns.len()));
    match (rows, columns) {
        (None, None) => None,
        (rows, columns) => Some(rows.into_iter().chain(columns).collect::<Vec<_>>().join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{SIZES, fit};

    #[test]
    fn the_largest_size_that_fits_is_taken_and_columns_go_only_when_none_does() {
        assert_eq!(fit(&[10, 10]), (SIZES[0], 2));
        assert_eq!(fit(&[14, 12, 11, 12, 11, 11, 9]).1, 7);
        let (size, columns) = fit(&[20; 12]);
        assert_eq!(size, SIZES[2]);
        assert!((3..=5).contains(&columns));
        assert_eq!(fit(&[500]), (SIZES[2], 1));
    }
}

//! As much of a table as a mail can show: some rows, the columns that fit, in a size that can be read.

use super::plain;
use super::view::{LONGEST_CELL, shown};
use crate::document::{Column, Document, Table, Value, Word};

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
    pub(super) rows: Vec<Vec<String>>,
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

impl Excerpt {
    pub(super) fn of(table: &Table, document: &Document) -> Self {
        let mut columns: Vec<plain::Column> = table
            .columns
            .iter()
            .map(|c| plain::Column { label: shown(&c.label, LONGEST_CELL), numeric: c.display.is_number() })
            .collect();
        let cell = |value: Option<&Value>, column: &Column| {
            shown(&document.locale.show(value, &column.display), LONGEST_CELL)
        };
        let mut rows: Vec<Vec<String>> = (0..table.len().min(MOST_ROWS))
            .map(|row| table.columns.iter().map(|c| cell(c.values.get(row).as_ref(), c)).collect())
            .collect();
        let total = |(at, column): (usize, &Column), totals: &[Option<Value>]| match totals
            .get(at)
            .and_then(Option::as_ref)
        {
            None if at == 0 && column.is_dimension => Word::Total.in_language(document.language()).to_owned(),
            None if column.is_dimension => String::new(),
            value => cell(value, column),
        };
        let mut totals: Option<Vec<String>> = table
            .totals
            .as_ref()
            .map(|totals| table.columns.iter().enumerate().map(|column| total(column, totals)).collect());

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

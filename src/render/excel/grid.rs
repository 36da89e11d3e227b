//! The numbers of a chart as rows and columns under headings: what sheets of charts and of heatmaps begin with.

use super::Sheet;
use super::widths::{column_width, set_heading_height};
use super::writer::{Writer, col, heading_texts, row};
use crate::document::{Display, Value, Word};
use rust_xlsxwriter::XlsxError;

/// Width of the names' column at most, in characters: what stands beside it should be seen without scrolling.
const WIDEST: usize = 36;

/// Names of rows and columns, and the numbers between them.
pub(super) struct Grid<'a> {
    /// What the names of the rows are.
    pub(super) corner: &'a str,
    pub(super) rows: Vec<&'a str>,
    pub(super) columns: Vec<&'a str>,
    /// The numbers of a row and a column.
    pub(super) number: &'a dyn Fn(usize, usize) -> Option<f64>,
    /// How each of them is shown.
    pub(super) display: &'a dyn Fn(usize, usize) -> &'a Display,
}

/// What was written.
pub(super) struct Written {
    /// The first row below.
    pub(super) below: usize,
    /// Widths of all columns together, in characters.
    pub(super) width: usize,
    /// There are no numbers, which is said.
    pub(super) empty: bool,
}

impl Grid<'_> {
    pub(super) fn write(&self, to: &mut Writer<'_>, sheet: &Sheet<'_>) -> Result<Written, XlsxError> {
        let headings = heading_texts(std::iter::once(self.corner).chain(self.columns.iter().copied()));
        let numeric: Vec<bool> = (0..headings.len()).map(|at| at > 0).collect();
        to.headings(&headings, &numeric, self.rows.len(), sheet)?;
        let longest = self.rows.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let mut widths = vec![column_width(&headings[0], longest).min(WIDEST)];
        let text = to.styles.cell(&Display::Text).set_text_wrap();
        for (at, name) in self.rows.iter().enumerate() {
            to.text((row(at + 1)?, 0), name, &text)?;
        }
        for column in 0..self.columns.len() {
            let mut widest = 0;
            for at in 0..self.rows.len() {
                let value = (self.number)(at, column).map(Value::Number);
                let display = (self.display)(at, column);
                widest = widest.max(to.document.locale.show(value.as_ref(), display).chars().count());
                let format = to.styles.cell(display);
                to.value((row(at + 1)?, col(column + 1)?), value.as_ref(), &format)?;
            }
            widths.push(column_width(&headings[column + 1], widest));
        }
        for (at, width) in widths.iter().enumerate() {
            to.out.set_column_width(col(at)?, *width as f64)?;
        }
        set_heading_height(to.out, 0, &headings, &widths)?;
        let empty = self.rows.is_empty() || self.columns.is_empty();
        if empty {
            to.out.write_string_with_format(1, 0, to.word(Word::NoData), &to.styles.note)?;
        }
        Ok(Written { below: self.rows.len() + 1 + usize::from(empty), width: widths.iter().sum(), empty })
    }
}

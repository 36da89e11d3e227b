//! The numbers of a chart as rows and columns under headings: what sheets of charts and of heatmaps begin with.

use super::Sheet;
use super::styles::Styles;
use super::table_sheet::{col, heading_texts, row, write_headings, write_value};
use super::text::Texts;
use super::widths::{column_width, set_heading_height};
use crate::document::{Display, Document, Value, Word};
use rust_xlsxwriter::{Worksheet, XlsxError};

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
    pub(super) fn write(
        &self,
        out: &mut Worksheet,
        sheet: &Sheet<'_>,
        document: &Document,
        styles: &Styles,
        texts: &mut Texts,
    ) -> Result<Written, XlsxError> {
        let headings = heading_texts(std::iter::once(self.corner).chain(self.columns.iter().copied()));
        let numeric: Vec<bool> = (0..headings.len()).map(|at| at > 0).collect();
        write_headings(out, &headings, &numeric, self.rows.len(), sheet, styles)?;
        let longest = self.rows.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let mut widths = vec![column_width(&headings[0], longest).min(WIDEST)];
        let text = styles.cell(&Display::Text).set_text_wrap();
        for (at, name) in self.rows.iter().enumerate() {
            out.write_string_with_format(row(at + 1)?, 0, texts.fit(name).as_ref(), &text)?;
        }
        for column in 0..self.columns.len() {
            let mut widest = 0;
            for at in 0..self.rows.len() {
                let value = (self.number)(at, column).map(Value::Number);
                let display = (self.display)(at, column);
                widest = widest.max(document.locale.show(value.as_ref(), display).chars().count());
                let format = styles.cell(display);
                write_value(out, row(at + 1)?, col(column + 1)?, value.as_ref(), &format, texts)?;
            }
            widths.push(column_width(&headings[column + 1], widest));
        }
        for (at, width) in widths.iter().enumerate() {
            out.set_column_width(col(at)?, *width as f64)?;
        }
        set_heading_height(out, 0, &headings, &widths)?;
        let empty = self.rows.is_empty() || self.columns.is_empty();
        if empty {
            out.write_string_with_format(1, 0, Word::NoData.in_language(document.language()), &styles.note)?;
        }
        Ok(Written { below: self.rows.len() + 1 + usize::from(empty), width: widths.iter().sum(), empty })
    }
}

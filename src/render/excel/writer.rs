//! A sheet that is being written: headings, values and sentences, in the looks of its workbook. Never: what stands on which sheet.

use super::Sheet;
use super::styles::Styles;
use super::text::{Texts, clean};
use crate::document::{Document, Value, Word};
use crate::render::tabular::unique_headings;
use chrono::Datelike as _;
use rust_xlsxwriter::{
    ColNum, Format, RowNum, Table as NativeTable, TableColumn, TableStyle, Worksheet, XlsxError,
};

/// Up to here a native table is made, with cells in memory; larger ones get a plain filter, and their rows are streamed.
const LARGEST_NATIVE_TABLE: usize = 250_000;

/// The sheet, and what all sheets of a workbook are written with.
pub(super) struct Writer<'w> {
    pub(super) out: &'w mut Worksheet,
    pub(super) document: &'w Document,
    pub(super) styles: &'w Styles,
    pub(super) texts: &'w mut Texts,
}

impl Writer<'_> {
    pub(super) fn word(&self, word: Word) -> &'static str {
        word.in_language(self.document.language())
    }

    /// A text, as much of it as a cell holds.
    pub(super) fn text(
        &mut self,
        (row, col): (RowNum, ColNum),
        text: &str,
        format: &Format,
    ) -> Result<(), XlsxError> {
        self.out.write_string_with_format(row, col, self.texts.fit(text).as_ref(), format)?;
        Ok(())
    }

    /// A value with its own type; an absent one leaves an empty cell in the same looks.
    pub(super) fn value(
        &mut self,
        (row, col): (RowNum, ColNum),
        value: Option<&Value>,
        format: &Format,
    ) -> Result<(), XlsxError> {
        match value {
            None => self.out.write_blank(row, col, format)?,
            Some(Value::Text(text)) => return self.text((row, col), text, format),
            Some(Value::Number(number)) if number.is_finite() => {
                self.out.write_number_with_format(row, col, number + 0.0, format)?
            }
            Some(Value::Number(_)) => self.out.write_blank(row, col, format)?,
            // Excel's calendar begins in 1900: an earlier day is kept as text.
            Some(Value::Date(day)) if day.year() < 1900 => {
                self.out.write_string_with_format(row, col, day.format("%Y-%m-%d").to_string(), format)?
            }
            Some(Value::Date(day)) => self.out.write_datetime_with_format(row, col, day, format)?,
            Some(Value::DateTime(at)) if at.year() < 1900 => {
                let text = at.format("%Y-%m-%dT%H:%M:%S").to_string();
                self.out.write_string_with_format(row, col, text, format)?
            }
            Some(Value::DateTime(at)) => self.out.write_datetime_with_format(row, col, at, format)?,
            Some(Value::Boolean(yes)) => self.out.write_boolean_with_format(row, col, *yes, format)?,
        };
        Ok(())
    }

    /// The first row, frozen and repeated on each printed page, with filters over the rows below. Gives the first row that
    /// no filter will ever reach.
    pub(super) fn headings(
        &mut self,
        headings: &[String],
        numeric: &[bool],
        rows: usize,
        sheet: &Sheet<'_>,
    ) -> Result<usize, XlsxError> {
        let mut columns = Vec::with_capacity(headings.len());
        for (at, heading) in headings.iter().enumerate() {
            let is_number = numeric.get(at) == Some(&true);
            let format = if is_number { &self.styles.header_number } else { &self.styles.header };
            self.out.write_string_with_format(0, col(at)?, heading.as_str(), format)?;
            columns.push(TableColumn::new().set_header(heading.as_str()).set_header_format(format));
        }
        self.out.set_freeze_panes(1, 0)?;
        let below = rows + 1;
        if headings.is_empty() {
            return Ok(below);
        }
        self.out.set_repeat_rows(0, 0)?;
        let last = col(headings.len() - 1)?;
        if rows == 0 {
            return Ok(below);
        }
        if !fits_native_table(rows, headings.len()) {
            self.out.autofilter(0, 0, row(rows)?, last)?;
            // When it is applied again, a plain filter grows over whatever touches it: a row stays empty.
            return Ok(below + 1);
        }
        let native = NativeTable::new()
            .set_name(sheet.table_name.as_str())
            .set_alt_text_title(clean(&sheet.title).as_ref())
            .set_style(TableStyle::Light1)
            .set_columns(&columns);
        self.out.add_table(0, 0, row(rows)?, last, &native)?;
        Ok(below)
    }

    /// Sentences, one row each, after an empty one.
    pub(super) fn notes(&mut self, from: usize, notes: &[String]) -> Result<(), XlsxError> {
        let styles = self.styles;
        for (at, note) in notes.iter().enumerate() {
            self.text((row(from + 1 + at)?, 0), note, &styles.note)?;
        }
        Ok(())
    }
}

/// Is a table of so many rows and columns small enough for a native one?
pub(super) fn fits_native_table(rows: usize, columns: usize) -> bool {
    rows.saturating_mul(columns) <= LARGEST_NATIVE_TABLE
}

/// Headings as a native table takes them: on one line, of at most 255 characters, each unlike the others.
pub(super) fn heading_texts<'a>(labels: impl Iterator<Item = &'a str>) -> Vec<String> {
    let plain: Vec<String> = labels
        .map(|label| {
            let words: Vec<String> = clean(label).split_whitespace().map(str::to_owned).collect();
            // Room is left for the number that tells equal ones apart; none needs more than two units a character.
            words.join(" ").chars().take(120).collect()
        })
        .collect();
    unique_headings(plain.iter().map(String::as_str))
}

pub(super) fn row(at: usize) -> Result<RowNum, XlsxError> {
    RowNum::try_from(at).map_err(|_| XlsxError::RowColumnLimitError)
}

pub(super) fn col(at: usize) -> Result<ColNum, XlsxError> {
    ColNum::try_from(at).map_err(|_| XlsxError::RowColumnLimitError)
}

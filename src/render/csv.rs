//! CSV: one file for each kpis and table section, for a spreadsheet and for a program alike. Never: charts and texts.
//!
//! The dialect, the same for every file of a locale:
//!
//! - UTF-8 with a byte order mark, in every locale: without it Excel reads accents as mojibake. Read it as `utf-8-sig`.
//! - RFC 4180: records end in CR LF, a field that needs it stands in double quotes, and these are doubled inside.
//! - `;` between fields and a decimal comma where the locale has one, else `,` and a point. Numbers are not grouped
//!   and carry no unit; a share is a ratio (85.3 % is `0,853`). An absent value is an empty field.
//! - Days and instants as ISO 8601 (`2026-03-13`, `2026-03-13T07:00:00`), yes and no as `true` and `false`.
//! - Text that a spreadsheet would run as a formula is led by an apostrophe; numbers never are. NUL is left out.
//! - A table's totals are its last record, labelled in its first field.

use super::tabular::{Grid, unique_headings};
use super::{Artifact, RenderError};
use crate::definition::Format;
use crate::document::{Body, Document, Locale, PlainRows, Section, Table, Value, Values, Word};
use ::csv::{QuoteStyle, Terminator, Writer, WriterBuilder};
use std::borrow::Cow;
use std::fmt::Write as _;

pub(super) fn render(document: &Document, stem: &str) -> Result<Vec<Artifact>, RenderError> {
    let mut artifacts = Vec::new();
    for section in document.sections_in(Format::Csv) {
        let mut file = File::new(&document.locale);
        match &section.body {
            Body::Kpis(tiles) => file.grid(&Grid::with_ids(tiles, document.language()), section)?,
            Body::Table(table) => {
                file.table(table, Word::Total.in_language(document.language()), section)?;
            }
            Body::Chart(_) | Body::Text(_) => continue,
        }
        artifacts.push(Artifact {
            name: format!("{stem}_{}.csv", section.id),
            format: Format::Csv.extension().to_owned(),
            section: Some(section.id.clone()),
            media_type: Format::Csv.media_type().to_owned(),
            bytes: file.finish(section)?,
        });
    }
    if artifacts.is_empty() {
        return Err(RenderError {
            format: "csv",
            what: "the report has no section with rows".to_owned(),
            hint: "give it a kpis, table or sql section for csv, or take csv out of its formats".to_owned(),
        });
    }
    Ok(artifacts)
}

/// One file being written.
struct File {
    out: Writer<Vec<u8>>,
    decimal_mark: char,
    /// The field under construction; its memory serves every number and date.
    field: String,
}

impl File {
    fn new(locale: &Locale) -> Self {
        let decimal_mark = locale.decimal_mark();
        let out = WriterBuilder::new()
            .delimiter(if decimal_mark == ',' { b';' } else { b',' })
            .terminator(Terminator::CRLF)
            .quote_style(QuoteStyle::Necessary)
            .from_writer(b"\xEF\xBB\xBF".to_vec());
        Self { out, decimal_mark, field: String::new() }
    }

    fn finish(self, section: &Section) -> Result<Vec<u8>, RenderError> {
        self.out.into_inner().map_err(|e| failed(section, &e.into_error().into()))
    }

    fn grid(&mut self, grid: &Grid, section: &Section) -> Result<(), RenderError> {
        self.headings(&grid.headings, section)?;
        for row in &grid.rows {
            for cell in row {
                self.value(cell.value.as_ref(), section)?;
            }
            self.end_of_record(section)?;
        }
        Ok(())
    }

    fn table(&mut self, table: &Table, total: &str, section: &Section) -> Result<(), RenderError> {
        self.headings(&unique_headings(table.columns.iter().map(|c| c.label.as_str())), section)?;
        for row in 0..table.len() {
            for column in &table.columns {
                match &column.values {
                    // Borrowed: a table's texts are most of its bytes.
                    Values::Text(texts) => {
                        self.text(texts.get(row).and_then(Option::as_deref).unwrap_or(""), section)?;
                    }
                    values => self.value(values.get(row).as_ref(), section)?,
                }
            }
            self.end_of_record(section)?;
        }
        if let Some(totals) = &table.totals {
            for (at, column) in table.columns.iter().enumerate() {
                match totals.get(at).and_then(Option::as_ref) {
                    None if at == 0 && column.is_dimension => self.text(total, section)?,
                    value => self.value(value, section)?,
                }
            }
            self.end_of_record(section)?;
        }
        Ok(())
    }

    fn headings(&mut self, headings: &[String], section: &Section) -> Result<(), RenderError> {
        for heading in headings {
            self.text(heading, section)?;
        }
        self.end_of_record(section)
    }

    fn value(&mut self, value: Option<&Value>, section: &Section) -> Result<(), RenderError> {
        self.field.clear();
        let written = match value {
            None => Ok(()),
            Some(Value::Text(text)) => return self.text(text, section),
            Some(Value::Number(number)) => self.number(*number),
            Some(Value::Date(day)) => write!(self.field, "{}", day.format("%Y-%m-%d")),
            Some(Value::DateTime(at)) => write!(self.field, "{}", at.format("%Y-%m-%dT%H:%M:%S")),
            Some(Value::Boolean(yes)) => write!(self.field, "{yes}"),
        };
        written.map_err(|_| failed(section, &std::io::Error::other("a value cannot be written").into()))?;
        self.out.write_field(&self.field).map_err(|e| failed(section, &e))
    }

    /// The shortest digits that read back as the same number; never an exponent, never `-0`.
    fn number(&mut self, number: f64) -> std::fmt::Result {
        if !number.is_finite() {
            return Ok(());
        }
        write!(self.field, "{}", number + 0.0)?;
        if self.decimal_mark != '.'
            && let Some(point) = self.field.find('.')
        {
            let mut mark = [0; 4];
            self.field.replace_range(point..=point, self.decimal_mark.encode_utf8(&mut mark));
        }
        Ok(())
    }

    fn text(&mut self, text: &str, section: &Section) -> Result<(), RenderError> {
        self.out.write_field(without_formula(text).as_bytes()).map_err(|e| failed(section, &e))
    }

    fn end_of_record(&mut self, section: &Section) -> Result<(), RenderError> {
        self.out.write_record(None::<&[u8]>).map_err(|e| failed(section, &e))
    }
}

/// Rows of a source as CSV: commas, decimal points, instants in UTC.
///
/// # Errors
/// A row that cannot be written.
pub fn plain_rows_csv(rows: &PlainRows) -> Result<Vec<u8>, RenderError> {
    let failed = |what: String| RenderError {
        format: "csv",
        what,
        hint: "this is a fault in Parte: please report it".to_owned(),
    };
    let mut out = ::csv::Writer::from_writer(Vec::new());
    out.write_record(rows.names()).map_err(|e| failed(e.to_string()))?;
    for number in 0..rows.len() {
        for (cell, is_text) in rows.row(number) {
            let cell = if is_text { without_formula(&cell) } else { Cow::Owned(cell) };
            out.write_field(cell.as_bytes()).map_err(|e| failed(e.to_string()))?;
        }
        out.write_record(None::<&[u8]>).map_err(|e| failed(e.to_string()))?;
    }
    out.into_inner().map_err(|e| failed(e.to_string()))
}

/// Text that no spreadsheet takes for a formula: NUL is left out (readers end the text there, which would bring what
/// follows to the front), and an apostrophe leads where the first character could start a formula.
fn without_formula(text: &str) -> Cow<'_, str> {
    let text = if text.contains('\0') { Cow::Owned(text.replace('\0', "")) } else { Cow::Borrowed(text) };
    // The full-width forms are read as the plain ones by East Asian editions of Excel.
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        Cow::Owned(format!("'{text}"))
    } else {
        text
    }
}

fn failed(section: &Section, cause: &::csv::Error) -> RenderError {
    RenderError {
        format: "csv",
        what: format!("section {:?}: {cause}", section.id),
        hint: "run the report again; if it fails again, tell us this message".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::without_formula;

    #[test]
    fn formulas_are_led_by_an_apostrophe_and_plain_text_is_not_touched() {
        for (text, expected) in [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@x", "'@x"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("\0=1", "'=1"),
            ("a\0b", "ab"),
            ("＝1", "'＝1"),
            ("Ñandú = 1", "Ñandú = 1"),
            ("", ""),
        ] {
            assert_eq!(without_formula(text), expected);
        }
    }
}

//! CSV: one file for each kpis and table section, for a spreadsheet and for a program alike. Never: charts and texts.
//!
//! How a file is written is said by its [`CsvDialect`]; these hold in all of them:
//!
//! - A first record of headings; each is unique in any case.
//! - A field that needs it stands in double quotes, and these are doubled inside (RFC 4180).
//! - Numbers are not grouped and carry no unit; a share is a ratio (85.3 % is `0.853`).
//! - An absent value is written bare, a text that reads the same stands in quotes.
//! - Yes and no are `true` and `false`.

mod encoding;

use super::records::Records as Rows;
use super::{Artifact, RenderError};
use crate::definition::{
    CsvDates, CsvDialect, CsvEncoding, CsvFormulas, CsvHeadings, CsvLineEnd, CsvQuotes, Format,
};
use crate::document::{Document, Locale, PlainRows, Section, Value, Values, Word};
use chrono::{NaiveDate, NaiveDateTime};
use parte_columns::{Cells, Delimited, Records};
use std::collections::HashMap;

/// One file a section; a ZIP of them is made by whoever wants one.
pub(super) fn render(
    document: &Document,
    dialect: &CsvDialect,
    stem: &str,
) -> Result<Vec<Artifact>, RenderError> {
    let mut artifacts = Vec::new();
    for section in document.sections_in(Format::Csv) {
        let Some(rows) = Rows::of(section, document.language()) else { continue };
        artifacts.push(Artifact {
            name: format!("{stem}_{}.csv", section.id),
            format: Format::Csv.extension().to_owned(),
            section: Some(section.id.clone()),
            media_type: CsvDialect { zip: false, ..dialect.clone() }.media_type().to_owned(),
            bytes: file(document, dialect, section, &rows)?,
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

fn file(
    document: &Document,
    dialect: &CsvDialect,
    section: &Section,
    rows: &Rows<'_>,
) -> Result<Vec<u8>, RenderError> {
    let total = Word::Total.in_language(document.language());
    let mut days = Days::new(&document.locale, dialect.dates);
    let mut records = Records::after(start(dialect), delimited(dialect, &document.locale));
    for column in &rows.columns {
        records.text(Some(heading(dialect, column)));
    }
    records.end();
    // Days in a locale's own way are put into words here, everything else is written as it is.
    let written: Vec<Option<Vec<Option<String>>>> =
        rows.columns.iter().map(|column| days.column(&column.values)).collect();
    let cells =
        rows.columns.iter().zip(&written).map(|(column, written)| match (written, column.values.as_ref()) {
            (Some(written), _) => Cells::Written(written),
            (None, Values::Text(values)) => Cells::Texts(values),
            (None, Values::Number(values)) => Cells::Numbers(values),
            (None, Values::Date(values)) => Cells::Days(values),
            (None, Values::DateTime(values)) => Cells::Times(values),
            (None, Values::Boolean(values)) => Cells::Truths(values),
        });
    let cells: Vec<Cells<'_>> = cells.collect();
    // A table without columns has no rows.
    records.rows(&cells);
    if let Some(totals) = rows.totals.filter(|_| dialect.totals) {
        for (at, column) in rows.columns.iter().enumerate() {
            match totals.get(at).and_then(Option::as_ref) {
                None if at == 0 && column.is_dimension => records.text(Some(total)),
                value => one(&mut records, value, &mut days),
            }
        }
        records.end();
    }
    match dialect.encoding {
        CsvEncoding::Utf8 => Ok(records.into_bytes()),
        CsvEncoding::Windows1252 => encoding::windows_1252(&records.into_bytes())
            .map_err(|letter| unwritable(section, rows, dialect, letter)),
    }
}

fn heading<'r>(dialect: &CsvDialect, column: &'r super::records::RecordColumn<'_>) -> &'r str {
    match dialect.headings {
        CsvHeadings::Labels => &column.label,
        CsvHeadings::Ids => &column.id,
    }
}

fn one(records: &mut Records<'_>, value: Option<&Value>, days: &mut Days<'_>) {
    match value {
        None => records.text(None),
        Some(Value::Text(text)) => records.text(Some(text)),
        Some(Value::Number(number)) => records.number(Some(*number)),
        Some(Value::Boolean(yes)) => records.truth(Some(*yes)),
        Some(Value::Date(day)) => match days.day(*day) {
            Some(written) => records.written(Some(&written)),
            None => records.day(Some(*day)),
        },
        Some(Value::DateTime(at)) => match days.time(*at) {
            Some(written) => records.written(Some(&written)),
            None => records.time(Some(*at)),
        },
    }
}

fn start(dialect: &CsvDialect) -> &'static [u8] {
    if dialect.bom && dialect.encoding == CsvEncoding::Utf8 { b"\xEF\xBB\xBF" } else { b"" }
}

fn delimited<'d>(dialect: &'d CsvDialect, locale: &Locale) -> Delimited<'d> {
    // Both are ASCII: the reader of definitions takes nothing else, and nor do the locales of reports have.
    let (separator, decimal) = dialect.marks(locale.decimal_mark());
    let byte = |sign: char, else_sign: u8| u8::try_from(sign).ok().filter(u8::is_ascii).unwrap_or(else_sign);
    Delimited {
        separator: byte(separator, b','),
        decimal: byte(decimal, b'.'),
        quote_texts: dialect.quotes != CsvQuotes::Needed,
        quote_values: dialect.quotes == CsvQuotes::All,
        line_end: match dialect.line_end {
            CsvLineEnd::CrLf => "\r\n",
            CsvLineEnd::Lf => "\n",
        },
        absent: &dialect.null,
        neutral: dialect.formulas == CsvFormulas::Neutral,
    }
}

/// Days as they are written: a locale's are put together once each, since they repeat.
struct Days<'d> {
    locale: &'d Locale,
    dates: CsvDates,
    known: HashMap<NaiveDate, String>,
}

impl<'d> Days<'d> {
    fn new(locale: &'d Locale, dates: CsvDates) -> Self {
        Self { locale, dates, known: HashMap::new() }
    }

    /// `13/03/2026`; `None` where they are ISO 8601.
    fn day(&mut self, day: NaiveDate) -> Option<String> {
        (self.dates == CsvDates::Locale)
            .then(|| self.known.entry(day).or_insert_with(|| self.locale.date(day)).clone())
    }

    /// `13/03/2026 07:00:00`: spreadsheets take it for a time, which they do not with the name of a month in it.
    fn time(&mut self, at: NaiveDateTime) -> Option<String> {
        self.day(at.date()).map(|day| format!("{day} {}", at.format("%H:%M:%S")))
    }

    fn column(&mut self, values: &Values) -> Option<Vec<Option<String>>> {
        match values {
            _ if self.dates == CsvDates::Iso => None,
            Values::Date(values) => Some(values.iter().map(|day| self.day((*day)?)).collect()),
            Values::DateTime(values) => Some(values.iter().map(|at| self.time((*at)?)).collect()),
            _ => None,
        }
    }
}

/// Says where the letter stands that the encoding has not.
fn unwritable(section: &Section, rows: &Rows<'_>, dialect: &CsvDialect, letter: char) -> RenderError {
    let of_heading = || {
        let at = rows.columns.iter().find(|column| heading(dialect, column).contains(letter))?;
        Some(format!("the heading of column `{}`", at.id))
    };
    let of_row = |row: usize| {
        rows.columns.iter().find_map(|column| match column.values.as_ref() {
            Values::Text(values) => {
                let text = values.get(row)?.as_deref()?;
                text.contains(letter).then(|| format!("row {}, column `{}`", row + 1, column.label))
            }
            _ => None,
        })
    };
    let place = of_heading().or_else(|| (0..rows.len()).find_map(of_row));
    let place = place.unwrap_or_else(|| "its totals".to_owned());
    RenderError {
        format: "csv",
        what: format!(
            "section {:?}, {place}: windows-1252 has no {letter:?} (U+{:04X})",
            section.id,
            u32::from(letter)
        ),
        hint: "write encoding = \"utf-8\" in the report's `csv`".to_owned(),
    }
}

/// Rows of a source as CSV: commas, decimal points, instants in UTC.
#[must_use]
pub fn plain_rows_csv(rows: &PlainRows) -> Vec<u8> {
    const PLAIN: Delimited<'_> = Delimited {
        separator: b',',
        decimal: b'.',
        quote_texts: false,
        quote_values: false,
        line_end: "\n",
        absent: "",
        neutral: true,
    };
    let mut out = Records::after(b"", PLAIN);
    rows.names().for_each(|name| out.text(Some(name)));
    out.end();
    for number in 0..rows.len() {
        for (cell, is_text) in rows.row(number) {
            if is_text {
                out.text(Some(&cell));
            } else {
                out.written(Some(cell.as_str()).filter(|cell| !cell.is_empty()));
            }
        }
        out.end();
    }
    out.into_bytes()
}

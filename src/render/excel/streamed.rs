//! The rows of a large table, written straight into the finished workbook: kept as cells in memory, a million rows of eight columns
//! would take more than a gigabyte. The sheet is made with its headings, its first row (whose cells tell the looks of all) and
//! what stands below; the other rows are put between.

use super::names::letters;
use super::text::Texts;
use crate::document::{Column, Table, Values};
use crate::render::RenderError;
use chrono::{Datelike, NaiveDate, NaiveDateTime};
use std::fmt::Write as _;
use std::io::{Cursor, Read, Write};
use std::ops::Range;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// Bytes that are gathered before they are packed.
const CHUNK: usize = 1 << 16;
/// As small as at the usual level, 6, in two thirds of the time.
const LEVEL: i64 = 5;

/// A sheet that has only the first of its rows so far.
pub(super) struct Streamed<'a> {
    /// Its place among the sheets, from 0.
    pub(super) sheet: usize,
    pub(super) table: &'a Table,
    /// The table's rows that stand on it; the first is there already.
    pub(super) rows: Range<usize>,
}

/// The workbook with all rows of these sheets.
pub(super) fn complete(bytes: Vec<u8>, sheets: &[Streamed<'_>]) -> Result<Vec<u8>, RenderError> {
    if sheets.is_empty() {
        return Ok(bytes);
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| failed(&e.to_string()))?;
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..archive.len() {
        let entry = archive.by_index_raw(at).map_err(|e| failed(&e.to_string()))?;
        let name = entry.name().map_err(|e| failed(&e.to_string()))?.into_owned();
        let sheet = sheets.iter().find(|it| name == format!("xl/worksheets/sheet{}.xml", it.sheet + 1));
        let Some(sheet) = sheet else {
            out.raw_copy_file(entry).map_err(|e| failed(&e.to_string()))?;
            continue;
        };
        drop(entry);
        let mut part = String::new();
        let mut entry = archive.by_index(at).map_err(|e| failed(&e.to_string()))?;
        entry.read_to_string(&mut part).map_err(|e| failed(&e.to_string()))?;
        out.start_file(name, SimpleFileOptions::default().compression_level(Some(LEVEL)))
            .map_err(|e| failed(&e.to_string()))?;
        sheet.write(&part, &mut out)?;
    }
    Ok(out.finish().map_err(|e| failed(&e.to_string()))?.into_inner())
}

impl Streamed<'_> {
    fn write(&self, part: &str, out: &mut impl Write) -> Result<(), RenderError> {
        let lost = || failed("its first row is not where it was written");
        let first = part.find("<row r=\"2\"").ok_or_else(lost)?;
        let end = part[first..].find("</row>").map(|at| first + at + "</row>".len()).ok_or_else(lost)?;
        let looks = looks(&part[first..end], self.table.columns.len());
        let head = self.with_dimension(&part[..end]);
        out.write_all(head.as_bytes()).map_err(|e| failed(&e.to_string()))?;
        let letters: Vec<String> = (0..self.table.columns.len()).map(letters).collect();
        // Those that are cut were counted before.
        let mut texts = Texts::default();
        let mut xml = String::with_capacity(2 * CHUNK);
        for (at, row) in self.rows.clone().enumerate().skip(1) {
            // The first row of the sheet has the headings.
            let number = at + 2;
            let _ = write!(xml, "<row r=\"{number}\">");
            for ((column, letters), look) in self.table.columns.iter().zip(&letters).zip(&looks) {
                cell(&mut xml, column, row, (letters, number, look), &mut texts);
            }
            xml.push_str("</row>");
            if xml.len() > CHUNK {
                out.write_all(xml.as_bytes()).map_err(|e| failed(&e.to_string()))?;
                xml.clear();
            }
        }
        xml.push_str(&part[end..]);
        out.write_all(xml.as_bytes()).map_err(|e| failed(&e.to_string()))
    }

    /// The beginning of the part, which says how far the sheet reaches.
    fn with_dimension(&self, head: &str) -> String {
        const OPENS: &str = "<dimension ref=\"";
        let said = head.split_once(OPENS).and_then(|(before, rest)| {
            let (reference, after) = rest.split_once('"')?;
            let row: usize = reference.rsplit(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
            Some((before, row, after))
        });
        let Some((before, row, after)) = said else { return head.to_owned() };
        let (last, column) = (row.max(self.rows.len() + 1), letters(self.table.columns.len().max(1) - 1));
        format!("{before}{OPENS}A1:{column}{last}\"{after}")
    }
}

/// The number of the looks of each column, as the cells of a row have them: ` s="5"`.
fn looks(row: &str, columns: usize) -> Vec<String> {
    let mut looks = vec![String::new(); columns];
    for (look, cell) in looks.iter_mut().zip(row.split("<c ").skip(1)) {
        let tag = cell.split('>').next().unwrap_or_default();
        if let Some((_, rest)) = tag.split_once(" s=\"") {
            *look = format!(" s=\"{}\"", rest.split('"').next().unwrap_or_default());
        }
    }
    looks
}

fn cell(
    xml: &mut String,
    column: &Column,
    row: usize,
    (letters, number, look): (&str, usize, &str),
    texts: &mut Texts,
) {
    let mut open = |kind: &str| {
        let _ = write!(xml, "<c r=\"{letters}{number}\"{look}{kind}>");
    };
    match &column.values {
        Values::Text(values) => {
            let Some(text) = values.get(row).and_then(Option::as_deref) else { return };
            open(" t=\"inlineStr\"");
            xml.push_str("<is><t xml:space=\"preserve\">");
            escape(xml, &texts.fit(text));
            xml.push_str("</t></is></c>");
        }
        Values::Number(values) => {
            let Some(value) = values.get(row).copied().flatten().filter(|value| value.is_finite()) else {
                return;
            };
            open("");
            let _ = write!(xml, "<v>{}</v></c>", value + 0.0);
        }
        Values::Boolean(values) => {
            let Some(value) = values.get(row).copied().flatten() else { return };
            open(" t=\"b\"");
            let _ = write!(xml, "<v>{}</v></c>", u8::from(value));
        }
        Values::Date(values) => {
            let Some(day) = values.get(row).copied().flatten() else { return };
            match serial(day) {
                Some(days) => {
                    open("");
                    let _ = write!(xml, "<v>{days}</v></c>");
                }
                None => {
                    open(" t=\"inlineStr\"");
                    let _ = write!(xml, "<is><t>{}</t></is></c>", day.format("%Y-%m-%d"));
                }
            }
        }
        Values::DateTime(values) => {
            let Some(at) = values.get(row).copied().flatten() else { return };
            match instant(at) {
                Some(days) => {
                    open("");
                    let _ = write!(xml, "<v>{days}</v></c>");
                }
                None => {
                    open(" t=\"inlineStr\"");
                    let _ = write!(xml, "<is><t>{}</t></is></c>", at.format("%Y-%m-%dT%H:%M:%S"));
                }
            }
        }
    }
}

/// The number by which Excel knows a day; `None` before 1900, where its calendar begins. It has a 29th of February 1900.
fn serial(day: NaiveDate) -> Option<i64> {
    let days = day.signed_duration_since(NaiveDate::from_ymd_opt(1899, 12, 31)?).num_days();
    (day.year() >= 1900).then_some(if days > 59 { days + 1 } else { days })
}

fn instant(at: NaiveDateTime) -> Option<f64> {
    let seconds = at.time().signed_duration_since(chrono::NaiveTime::MIN).num_seconds();
    Some(serial(at.date())? as f64 + seconds as f64 / 86_400.0)
}

/// Text inside XML. What looks like Excel's own way to write a character (`_x0041_`) is written so that it stays what it is.
fn escape(xml: &mut String, text: &str) {
    let is_code = |rest: &str| {
        let bytes = rest.as_bytes();
        bytes.len() >= 7
            && bytes[1] == b'x'
            && bytes[2..6].iter().all(u8::is_ascii_hexdigit)
            && bytes[6] == b'_'
    };
    let mut plain = 0;
    for (at, c) in text.char_indices() {
        let instead = match c {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '_' if is_code(&text[at..]) => "_x005F_",
            _ => continue,
        };
        xml.push_str(&text[plain..at]);
        xml.push_str(instead);
        plain = at + c.len_utf8();
    }
    xml.push_str(&text[plain..]);
}

fn failed(what: &str) -> RenderError {
    RenderError {
        format: "xlsx",
        what: format!("a large table cannot be written: {what}"),
        hint: "run the report again; if it fails again, tell us this message".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_the_numbers_that_excel_knows_them_by() {
        let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).and_then(serial);
        assert_eq!(day(1900, 1, 1), Some(1));
        assert_eq!(day(1900, 2, 28), Some(59));
        assert_eq!(day(1900, 3, 1), Some(61));
        assert_eq!(day(2026, 11, 16), Some(46_342));
        assert_eq!(day(1899, 12, 31), None);
        let noon = NaiveDate::from_ymd_opt(2026, 11, 16).and_then(|day| day.and_hms_opt(12, 0, 0));
        assert_eq!(noon.and_then(instant), Some(46_342.5));
    }

    #[test]
    fn text_in_xml_stays_what_it_is() {
        let mut xml = String::new();
        escape(&mut xml, "a<b> & \"c\" _x0041_ _x00 ñ_");
        assert_eq!(xml, "a&lt;b&gt; &amp; \"c\" _x005F_x0041_ _x00 ñ_");
    }

    #[test]
    fn the_looks_of_a_row_are_read_cell_by_cell() {
        let row = "<row r=\"2\" spans=\"1:3\"><c r=\"A2\" s=\"5\" t=\"s\"><v>0</v></c><c r=\"B2\"/><c r=\"C2\" s=\"12\"/></row>";
        assert_eq!(looks(row, 3), [" s=\"5\"", "", " s=\"12\""]);
    }
}

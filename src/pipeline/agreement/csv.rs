//! What a CSV file has of a table, alone or in a ZIP with the others.

use super::Tabled;
use crate::definition::{CsvDialect, CsvEncoding, Format};
use crate::document::Document;
use std::borrow::Cow;
use std::io::{Cursor, Read as _};
use zip::ZipArchive;

/// A field that should be a number and is not differs from any.
const NO_NUMBER: f64 = f64::NAN;

/// Reads the file of each section out of the ZIP.
pub(super) fn read_zip(bytes: &[u8], document: &Document, dialect: &CsvDialect) -> Result<(), String> {
    let mut archive =
        ZipArchive::new(Cursor::new(bytes)).map_err(|error| format!("it cannot be opened: {error}"))?;
    let mut tables =
        document.sections_in(Format::Csv).filter_map(|section| Some((section, Tabled::of(section)?)));
    for at in 0..archive.len() {
        let (section, table) = tables.next().ok_or("it has more files than the report has tables")?;
        let mut entry =
            archive.by_index(at).map_err(|error| format!("a file of it cannot be opened: {error}"))?;
        let name = entry.name().map_err(|error| format!("a file of it has no name: {error}"))?.into_owned();
        if !name.ends_with(&format!("_{}.csv", section.id)) {
            return Err(format!("`{name}` stands where the file of `{}` should be", section.id));
        }
        let mut file = Vec::new();
        entry.read_to_end(&mut file).map_err(|error| format!("`{name}` cannot be read: {error}"))?;
        read(&file, document, dialect, table).map_err(|what| format!("`{name}`: {what}"))?;
    }
    match tables.next() {
        Some((section, _)) => Err(format!("it has no file of `{}`", section.id)),
        None => Ok(()),
    }
}

/// Reads a file as it is promised (docs/definitions.md), said once more: as a reader of the dialect would.
pub(super) fn read(
    bytes: &[u8],
    document: &Document,
    dialect: &CsvDialect,
    table: Tabled<'_>,
) -> Result<(), String> {
    let mut table = if dialect.totals { table } else { table.without_totals() };
    let bytes = match dialect.encoding {
        CsvEncoding::Utf8 if dialect.bom => {
            bytes.strip_prefix(b"\xEF\xBB\xBF").ok_or("it does not begin with a byte order mark")?
        }
        _ => bytes,
    };
    let (separator, decimal_mark) = dialect.marks(document.locale.decimal_mark());
    let separator = u8::try_from(separator).map_err(|_| "its separator is more than a byte")?;
    let mut records = ::csv::ReaderBuilder::new().delimiter(separator).from_reader(bytes);
    let mut fields = ::csv::ByteRecord::new();
    let mut digits = String::new();
    // Of totals the first field may be their label.
    let wanted: Vec<(usize, bool)> =
        table.columns.iter().map(|column| (column.at, column.at == 0 && column.total.is_none())).collect();
    let mut row = 0;
    loop {
        let is_there =
            records.read_byte_record(&mut fields).map_err(|error| format!("it cannot be read: {error}"))?;
        if !is_there {
            break;
        }
        let is_total = table.totals && row == table.rows;
        for &(at, is_label) in &wanted {
            if is_total && is_label {
                continue;
            }
            let field = fields.get(at).filter(|field| *field != dialect.null.as_bytes());
            let Some(value) = field.map(|field| number(field, decimal_mark, &mut digits)) else { continue };
            if is_total { table.total(at, value) } else { table.number(row, at, value) }
        }
        row += 1;
    }
    table.seen = row.saturating_sub(usize::from(table.totals));
    table.judge()
}

/// The number of a field. Its digits are ASCII in every encoding.
fn number(field: &[u8], decimal_mark: char, digits: &mut String) -> f64 {
    let text: Cow<'_, str> = String::from_utf8_lossy(field);
    let plain = if decimal_mark == '.' || !text.contains(decimal_mark) {
        text.as_ref()
    } else {
        digits.clear();
        digits.extend(text.chars().map(|c| if c == decimal_mark { '.' } else { c }));
        digits
    };
    plain.parse().unwrap_or(NO_NUMBER)
}

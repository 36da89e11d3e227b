//! What a CSV file has of a table.

use super::Tabled;

/// A field that should be a number and is not differs from any.
const NO_NUMBER: f64 = f64::NAN;

pub(super) fn read(bytes: &[u8], decimal_mark: char, table: &mut Tabled<'_>) -> Result<(), String> {
    // The dialect as it is promised (docs/definitions.md), said once more: a file is read as a reader of it would.
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").ok_or("it does not begin with a byte order mark")?;
    let delimiter = if decimal_mark == ',' { b';' } else { b',' };
    let mut records = ::csv::ReaderBuilder::new().delimiter(delimiter).from_reader(bytes);
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
            let Some(value) = fields.get(at).and_then(|field| number(field, decimal_mark, &mut digits))
            else {
                continue;
            };
            if is_total { table.total(at, value) } else { table.number(row, at, value) }
        }
        row += 1;
    }
    table.seen = row.saturating_sub(usize::from(table.totals));
    Ok(())
}

/// The number of a field; `None` when it is empty.
fn number(field: &[u8], decimal_mark: char, digits: &mut String) -> Option<f64> {
    if field.is_empty() {
        return None;
    }
    let Ok(text) = std::str::from_utf8(field) else { return Some(NO_NUMBER) };
    let plain = if decimal_mark == '.' || !text.contains(decimal_mark) {
        text
    } else {
        digits.clear();
        digits.extend(text.chars().map(|c| if c == decimal_mark { '.' } else { c }));
        digits
    };
    Some(plain.parse().unwrap_or(NO_NUMBER))
}

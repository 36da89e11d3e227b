//! Texts of a column of which nobody has said what it holds: where all of them are numbers, it is a column of numbers.

use crate::{Held, ReadColumn};
use polars::prelude::*;

/// More digits than that are no amount but a key, and not every number of so many is one of 64 bits.
const DIGITS: usize = 15;

impl ReadColumn {
    /// The same column, of whole numbers or numbers where every text in it is one. Digits that begin with a zero are a code, as all of
    /// a column is in which one is. `point` makes a text that is written in another way one with a decimal point.
    ///
    /// # Errors
    /// None that is known of.
    pub fn narrowed(self, point: impl Fn(&str) -> Option<String>) -> PolarsResult<Self> {
        let values = match &self.column {
            Held::Plain(column) => column.clone(),
            Held::Numbered { values, .. } => values.clone(),
        };
        let Ok(texts) = values.str() else { return Ok(self) };
        let mut is_whole = true;
        let mut numbers: Vec<Option<f64>> = Vec::new();
        for text in texts.iter() {
            let Some(text) = text else {
                numbers.push(None);
                continue;
            };
            let Some(text) = point(text) else { return Ok(self) };
            let digits = text.strip_prefix('-').unwrap_or(&text);
            let is_code = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
            let plain = digits.starts_with(|c: char| c.is_ascii_digit())
                && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
                && digits.bytes().filter(u8::is_ascii_digit).count() <= DIGITS;
            match text.parse() {
                Ok(number) if plain && !is_code => numbers.push(Some(number)),
                _ => return Ok(self),
            }
            is_whole &= !digits.contains('.');
        }
        if numbers.iter().all(Option::is_none) {
            return Ok(self);
        }
        let name = values.name().clone();
        let all: Float64Chunked = numbers.into_iter().collect();
        let all = all.with_name(name).into_series();
        let all = if is_whole { all.cast(&DataType::Int64)? } else { all };
        let column = match self.column {
            Held::Plain(_) => Held::Plain(all.into_column()),
            Held::Numbered { numbers, .. } => {
                let rows = IdxCa::from_vec(PlSmallStr::EMPTY, numbers);
                Held::Plain(all.take(&rows)?.into_column())
            }
        };
        let readable = self.rows
            - match &column {
                Held::Plain(column) => column.null_count(),
                Held::Numbered { .. } => 0,
            };
        Ok(Self { column, readable, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Buffer, Kind, Zone};
    use rusqlite::types::ValueRef;

    fn read(texts: &[&str]) -> DataType {
        let zone = Zone::new(chrono_tz::Tz::UTC, |civil, _| civil.and_utc());
        let mut buffer = Buffer::new("it".to_owned(), Kind::Inferred, zone);
        for text in texts.iter().cycle().take(texts.len() * 4) {
            buffer.push(if text.is_empty() { ValueRef::Null } else { ValueRef::Text(text.as_bytes()) });
        }
        let column = buffer.read().and_then(|read| read.narrowed(|text| Some(text.to_owned())));
        match column.expect("a column").column {
            Held::Plain(column) => column.dtype().clone(),
            Held::Numbered { values, .. } => values.dtype().clone(),
        }
    }

    #[test]
    fn texts_that_are_all_numbers_are_numbers_and_codes_stay_texts() {
        assert_eq!(read(&["1", "-20", ""]), DataType::Int64);
        assert_eq!(read(&["1.50", "2", "0.5"]), DataType::Float64);
        assert_eq!(read(&["007", "12"]), DataType::String);
        assert_eq!(read(&["1", "x"]), DataType::String);
        assert_eq!(read(&["1e5"]), DataType::String);
        assert_eq!(read(&["57300123456789012"]), DataType::String);
        assert_eq!(read(&["NaN"]), DataType::String);
        assert_eq!(read(&["", ""]), DataType::String);
    }
}

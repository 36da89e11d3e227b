//! Sizes as analysts write them: `10 MB`, `500 KB`.

use super::problems::Read;
use super::table::{Spot, Table};
use std::ops::RangeInclusive;

const UNITS: [(&str, usize); 3] = [("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000)];

/// A whole number and a unit, in bytes.
fn bytes(text: &str) -> Option<usize> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = (&text[..end], text[end..].trim_start());
    let (_, bytes) = UNITS.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?;
    number.parse::<usize>().ok()?.checked_mul(bytes)
}

/// Reads `max_size = "10 MB"` in bytes. `bounds` says in words what `within` holds, and `hint` how to write one.
pub(super) fn read(
    table: &Table<'_>,
    key: &'static str,
    within: RangeInclusive<usize>,
    bounds: &str,
    hint: &str,
) -> Read<Option<Spot<usize>>> {
    let Some(spot) = table.string(key)? else { return Ok(None) };
    let (what, label) = match bytes(&spot.value) {
        Some(bytes) if within.contains(&bytes) => return Ok(Some(Spot::new(bytes, spot.place))),
        Some(_) => (format!("`{}` is not between {bounds}", spot.value), "out of range"),
        None => (format!("`{}` is not a size", spot.value), "not a size"),
    };
    Err(table.problems().add("bad-size", &spot.place, what, label, hint))
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_are_a_whole_number_and_a_unit() {
        assert_eq!(bytes("10 MB"), Some(10_000_000));
        assert_eq!(bytes(" 500kb "), Some(500_000));
        for wrong in ["10", "MB", "1.5 MB", "-1 MB", "10 MiB", "99999999999999999999 GB"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }
}

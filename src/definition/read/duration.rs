//! Durations as analysts write them: `30s`, `5 minutes`, `1 hour`.

use super::problems::Read;
use super::table::{Spot, Table};
use chrono::TimeDelta;
use std::ops::RangeInclusive;

const UNITS: [(&str, u64); 12] = [
    ("s", 1),
    ("second", 1),
    ("seconds", 1),
    ("m", 60),
    ("min", 60),
    ("minute", 60),
    ("minutes", 60),
    ("h", 3600),
    ("hour", 3600),
    ("hours", 3600),
    ("day", 86_400),
    ("days", 86_400),
];

/// A whole number and a unit, in seconds.
fn seconds(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = (&text[..end], text[end..].trim_start());
    let (_, seconds) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(seconds)
}

/// A whole number of days: `400 days`.
pub(super) fn days(text: &str) -> Option<u64> {
    let (number, unit) = text.trim().split_once(' ')?;
    matches!(unit.trim(), "day" | "days").then_some(())?;
    number.parse().ok()
}

/// Reads `jitter = "5 minutes"` in seconds. `bounds` says in words what `within` holds, and `hint` how to write one.
pub(super) fn read(
    table: &Table<'_>,
    key: &'static str,
    within: RangeInclusive<u32>,
    bounds: &str,
    hint: &str,
) -> Read<Option<Spot<u32>>> {
    let Some(spot) = table.string(key)? else { return Ok(None) };
    let Some(seconds) = seconds(&spot.value) else {
        let what = format!("`{}` is not a duration", spot.value);
        return Err(table.problems().add("bad-duration", &spot.place, what, "not a duration", hint));
    };
    match u32::try_from(seconds) {
        Ok(seconds) if within.contains(&seconds) => Ok(Some(Spot::new(seconds, spot.place))),
        _ => {
            let what = format!("`{}` is not between {bounds}", spot.value);
            Err(table.problems().add("bad-duration", &spot.place, what, "out of range", hint))
        }
    }
}

/// The same for people, in the largest unit that is whole: `15 minutes`.
pub(super) fn words(length: TimeDelta) -> String {
    let seconds = length.num_seconds();
    let (count, unit) = match seconds {
        _ if seconds % 3600 == 0 => (seconds / 3600, "hour"),
        _ if seconds % 60 == 0 => (seconds / 60, "minute"),
        _ => (seconds, "second"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::{TimeDelta, seconds, words};

    #[test]
    fn a_number_and_a_unit_are_a_duration() {
        let read = ["30s", "5 minutes", "1 hour", " 2 m ", "0s"].map(seconds);
        assert_eq!(read, [Some(30), Some(300), Some(3600), Some(120), Some(0)]);
        let not_read =
            ["", "5", "minutes", "5 Minutes", "-5 minutes", "1.5 hours", "5 días", "99999999999999999999 s"];
        assert!(not_read.into_iter().all(|text| seconds(text).is_none()));
        assert_eq!(seconds(&format!("{} hours", u64::MAX)), None);
    }

    #[test]
    fn a_duration_is_said_in_its_largest_whole_unit() {
        let said = [1, 90, 900, 7_200].map(|seconds| words(TimeDelta::seconds(seconds)));
        assert_eq!(said, ["1 second", "90 seconds", "15 minutes", "2 hours"]);
    }
}

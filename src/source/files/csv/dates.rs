//! Days and instants as people write them, the day or the month first: `04/03/2026 3:30 p. m.`. Never: in which zone they are meant.

use crate::definition::DateOrder;
use chrono::NaiveDate;

/// A day, or an instant without an offset, as ISO 8601.
pub(super) fn iso(value: &[u8], order: DateOrder) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?.trim();
    let (first, text) = number(text, 1..=2)?;
    let sign = text.chars().next().filter(|sign| matches!(sign, '/' | '-' | '.'))?;
    let (second, text) = number(text.strip_prefix(sign)?, 1..=2)?;
    let (year, text) = number(text.strip_prefix(sign)?, 4..=4)?;
    let (day, month) = match order {
        DateOrder::Iso => return None,
        DateOrder::DayFirst => (first, second),
        DateOrder::MonthFirst => (second, first),
    };
    let day = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    if text.is_empty() {
        return Some(day.to_string());
    }
    let text = text.strip_prefix('T').or_else(|| text.strip_prefix(',')).unwrap_or(text);
    Some(format!("{day}T{}", time(text.trim_start())?))
}

/// A time of the day, of twelve hours or of twenty-four.
fn time(text: &str) -> Option<String> {
    let (hour, text) = number(text, 1..=2)?;
    let (minute, text) = number(text.strip_prefix(':')?, 2..=2)?;
    let digits = text.find(|sign: char| !matches!(sign, ':' | '.' | '0'..='9')).unwrap_or(text.len());
    let (seconds, half) = text.split_at_checked(digits)?;
    let (second, fraction) = match seconds.strip_prefix(':') {
        None if seconds.is_empty() => (0, ""),
        None => return None,
        Some(seconds) => number(seconds, 2..=2)?,
    };
    let is_fraction = fraction.strip_prefix('.').is_some_and(|digits| (1..=9).contains(&digits.len()));
    if !(fraction.is_empty() || is_fraction && !fraction[1..].contains(['.', ':'])) {
        return None;
    }
    // `p. m.`, `PM`, `p.m.`, with whichever blank between.
    let half: String =
        half.chars().filter(|sign| !sign.is_whitespace() && *sign != '.').collect::<String>().to_lowercase();
    let hour = match (half.as_str(), hour) {
        ("", 0..=23) => hour,
        ("am", 1..=12) => hour % 12,
        ("pm", 1..=12) => hour % 12 + 12,
        _ => return None,
    };
    (minute < 60 && second < 60).then(|| format!("{hour:02}:{minute:02}:{second:02}{fraction}"))
}

/// A number of so many digits, and what follows it.
fn number(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<(u32, &str)> {
    let count = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(count);
    digits.contains(&count).then(|| number.parse().ok()).flatten().map(|number| (number, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_read_as_people_write_them() {
        for (written, expected) in [
            ("04/03/2026", "2026-03-04"),
            ("4-3-2026", "2026-03-04"),
            (" 04.03.2026 ", "2026-03-04"),
            ("04/03/2026 15:30", "2026-03-04T15:30:00"),
            ("04/03/2026 15:30:07", "2026-03-04T15:30:07"),
            ("04/03/2026T15:30:07.25", "2026-03-04T15:30:07.25"),
            ("04/03/2026, 3:30", "2026-03-04T03:30:00"),
            ("04/03/2026 3:30 p. m.", "2026-03-04T15:30:00"),
            ("04/03/2026 3:30:07\u{a0}p.\u{a0}m.", "2026-03-04T15:30:07"),
            ("04/03/2026 12:05 a.m.", "2026-03-04T00:05:00"),
            ("04/03/2026 12:05 PM", "2026-03-04T12:05:00"),
        ] {
            assert_eq!(iso(written.as_bytes(), DateOrder::DayFirst).as_deref(), Some(expected), "{written}");
        }
        assert_eq!(iso(b"03/14/2026", DateOrder::MonthFirst).as_deref(), Some("2026-03-14"));
    }

    #[test]
    fn what_is_no_such_day_stays_as_it_is() {
        for written in [
            "",
            "2026-03-04",
            "2026-03-04T15:00:00Z",
            "1772636400",
            "14/14/2026",
            "30/02/2026",
            "04/03/26",
            "04/03-2026",
            "04/03/2026 24:00",
            "04/03/2026 15:60",
            "04/03/2026 15:30 p. m.",
            "04/03/2026 0:30 am",
            "04/03/2026 15:30:07.",
            "04/03/2026 15:30:07.1.2",
            "04/03/2026 15:30Z",
            "04/03/2026 ñ",
            "//",
            "4/3/2026/1",
        ] {
            let read = iso(written.as_bytes(), DateOrder::DayFirst);
            assert_eq!(read, None, "{written}");
        }
        assert_eq!(iso(b"14/03/2026", DateOrder::MonthFirst), None);
        assert_eq!(iso(b"04/03/2026", DateOrder::Iso), None);
        assert_eq!(iso(b"\xff4/03/2026", DateOrder::DayFirst), None);
    }
}

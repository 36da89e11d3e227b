//! Instants and civil days as sources spell them: ISO 8601 text in its common variants, and integer epochs.

use crate::Zone;
use chrono_tz::Tz;

pub(crate) const DAY_US: i64 = 86_400_000_000;

/// Epoch seconds between 1973 and 5138; a smaller number is something else (a day written as 20130304, a Julian day).
const SECONDS: std::ops::Range<i64> = 100_000_000..100_000_000_000;
/// Epoch milliseconds of the same instants.
const MILLISECONDS: std::ops::Range<i64> = 100_000_000_000..100_000_000_000_000;

/// Microseconds since 1970-01-01T00:00:00Z of an integer epoch, in seconds or milliseconds by its size.
pub(crate) fn of_epoch(number: i64) -> Option<i64> {
    if SECONDS.contains(&number) {
        Some(number * 1_000_000)
    } else if MILLISECONDS.contains(&number) {
        Some(number * 1000)
    } else {
        None
    }
}

/// An instant as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spelled {
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub(crate) micros: i64,
    /// It says by itself which instant it is: with an offset, or as an epoch.
    pub(crate) has_offset: bool,
}

impl Spelled {
    pub(crate) fn whole(micros: i64) -> Self {
        Self { micros, has_offset: true }
    }
}

/// The instant of a text: `2013-03-04T10:00:00Z`, an offset instead of `Z`, a space instead of
/// `T`, fractions of a second, no seconds, only a date, or ten or thirteen digits of an epoch. Without an offset the civil time is of `zone`.
pub(crate) fn of_text(text: &[u8], zone: Zone) -> Option<Spelled> {
    let text = text.trim_ascii();
    if matches!(text.len(), 10 | 13) && text.iter().all(u8::is_ascii_digit) {
        return of_epoch(number(text)?).map(Spelled::whole);
    }
    let (day, rest) = leading_day(text)?;
    let (time, rest) = if rest.is_empty() { (0, rest) } else { leading_time(rest)? };
    let civil = day.checked_mul(DAY_US)?.checked_add(time)?;
    match rest.trim_ascii_start() {
        b"Z" | b"z" | b"UTC" => Some(Spelled::whole(civil)),
        [] => civil_to_utc(civil, zone).map(|micros| Spelled { micros, has_offset: false }),
        [sign @ (b'+' | b'-'), offset @ ..] => {
            let minutes = offset_minutes(offset)?;
            let shift = minutes * 60_000_000;
            let micros = if *sign == b'+' { civil.checked_sub(shift) } else { civil.checked_add(shift) };
            micros.map(Spelled::whole)
        }
        _ => None,
    }
}

/// Days since 1970-01-01 of a civil day written as `2013-03-04`, with or without a time after it (which is not looked at).
#[must_use]
pub fn day_of_text(text: &[u8]) -> Option<i32> {
    let (day, rest) = leading_day(text.trim_ascii())?;
    let plain = rest.is_empty() || leading_time(rest).is_some();
    if plain { i32::try_from(day).ok() } else { None }
}

/// An instant as sources without a type for it write it: `2013-03-04T10:00:00Z`, without the `Z` where it has no offset.
pub(crate) fn text_of(micros: i64, has_offset: bool) -> Option<String> {
    let civil = chrono::DateTime::from_timestamp_micros(micros)?.naive_utc();
    let mark = if has_offset { "Z" } else { "" };
    Some(format!("{}{mark}", civil.format("%Y-%m-%dT%H:%M:%S%.f")))
}

/// A civil day as sources without a type for it write it: `2013-03-04`.
pub(crate) fn text_of_day(days: i32) -> Option<String> {
    let day =
        chrono::NaiveDate::default().checked_add_signed(chrono::TimeDelta::try_days(i64::from(days))?)?;
    Some(day.to_string())
}

pub(crate) fn civil_to_utc(civil_us: i64, zone: Zone) -> Option<i64> {
    if zone.zone == Tz::UTC {
        return Some(civil_us);
    }
    let civil = chrono::DateTime::from_timestamp_micros(civil_us)?.naive_utc();
    Some(zone.micros_of(civil))
}

fn number(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    digits.iter().try_fold(0_i64, |sum, d| d.is_ascii_digit().then(|| sum * 10 + i64::from(d - b'0')))
}

/// Days since 1970-01-01 of `YYYY-MM-DD` at the start, and what follows it.
fn leading_day(text: &[u8]) -> Option<(i64, &[u8])> {
    let (head, rest) = text.split_at_checked(10)?;
    if head[4] != b'-' || head[7] != b'-' {
        return None;
    }
    Some((day_of_civil(number(&head[..4])?, number(&head[5..7])?, number(&head[8..])?)?, rest))
}

/// Days since 1970-01-01 of a civil day.
pub(crate) fn day_of_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    if year == 0 || !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) {
        return None;
    }
    // Days from the civil date: years start in March, so that the leap day is the last of its year.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let day_of_year = (153 * m + 2) / 5 + day - 1;
    Some(era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Microseconds since midnight of `THH:MM[:SS[.fraction]]` at the start, and what follows it.
fn leading_time(text: &[u8]) -> Option<(i64, &[u8])> {
    let [b'T' | b't' | b' ', text @ ..] = text else { return None };
    let (hour, rest) = two_digits(text)?;
    let [b':', rest @ ..] = rest else { return None };
    let (minute, mut rest) = two_digits(rest)?;
    let (mut second, mut micros) = (0, 0);
    if let [b':', after @ ..] = rest {
        (second, rest) = two_digits(after)?;
        if let [b'.' | b',', after @ ..] = rest {
            let digits = after.iter().take_while(|b| b.is_ascii_digit()).count();
            if digits == 0 {
                return None;
            }
            // Digits beyond the sixth are below a microsecond; those not written are zeros.
            let written = after[..digits].iter().copied().chain(std::iter::repeat(b'0'));
            micros = written.take(6).fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
            rest = &after[digits..];
        }
    }
    // A leap second is counted as the last second of its minute.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    Some((((hour * 60 + minute) * 60 + second.min(59)) * 1_000_000 + micros, rest))
}

fn two_digits(text: &[u8]) -> Option<(i64, &[u8])> {
    let (head, rest) = text.split_at_checked(2)?;
    Some((number(head)?, rest))
}

/// Minutes of `HH:MM`, `HHMM` or `HH`.
fn offset_minutes(text: &[u8]) -> Option<i64> {
    let (hours, rest) = two_digits(text)?;
    let minutes = match rest {
        [] => 0,
        [b':', m @ ..] if m.len() == 2 => number(m)?,
        m if m.len() == 2 => number(m)?,
        _ => return None,
    };
    (hours <= 18 && minutes < 60).then_some(hours * 60 + minutes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    fn utc_zone() -> Zone {
        Zone::new(Tz::UTC, |civil, _| civil.and_utc())
    }

    fn utc(text: &str) -> Option<String> {
        of_text(text.as_bytes(), utc_zone())
            .and_then(|spelled| chrono::DateTime::from_timestamp_micros(spelled.micros))
            .map(|i| i.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
    }

    #[test]
    fn the_common_spellings_are_one_instant() {
        for text in [
            "2013-03-04T10:00:00Z",
            "2013-03-04T10:00Z",
            "2013-03-04 10:00:00",
            "2013-03-04 10:00:00 UTC",
            "2013-03-04T05:00:00-05:00",
            "2013-03-04T05:00:00-0500",
            "2013-03-04 05:00:00 -05",
            "2013-03-04T12:00:00.000+02:00",
            "1362391200",
            "1362391200000",
        ] {
            assert_eq!(utc(text).as_deref(), Some("2013-03-04T10:00:00Z"), "{text}");
        }
        assert_eq!(utc("2013-03-04T10:00:00.1234567Z").as_deref(), Some("2013-03-04T10:00:00.123456Z"));
        assert_eq!(utc("2013-03-04").as_deref(), Some("2013-03-04T00:00:00Z"));
        assert_eq!(utc("1969-12-31T23:59:59Z").as_deref(), Some("1969-12-31T23:59:59Z"));
    }

    #[test]
    fn what_is_no_instant_is_not_guessed() {
        for text in [
            "04/03/2013",
            "2013-02-29",
            "2013-13-01",
            "20130304",
            "2013-03-04T25:00:00Z",
            "2013-03-04T10:00:00X",
            "2013-03-04T10:00:00+2",
            "mañana",
            "",
        ] {
            assert_eq!(utc(text), None, "{text}");
        }
        assert_eq!(of_epoch(20_130_304), None);
    }

    #[test]
    fn days_agree_with_chrono_over_four_hundred_years() {
        let mut day = NaiveDate::from_ymd_opt(1800, 1, 1).expect("a day");
        let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).expect("a day");
        while day.format("%Y").to_string().as_str() < "2200" {
            let expected = i32::try_from((day - epoch).num_days()).ok();
            assert_eq!(day_of_text(day.to_string().as_bytes()), expected);
            day = day.succ_opt().expect("a next day");
        }
    }
}

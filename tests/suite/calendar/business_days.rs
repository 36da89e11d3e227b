//! Weekdays less holidays, the holidays from an iCalendar file.

use super::day;
use chrono::{Datelike as _, Duration, NaiveDate, Weekday};
use parte::calendar::Workdays;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};
use std::collections::BTreeSet;
const COLOMBIA: &str = include_str!("../../../templates/holidays-co.ics");

/// Gauss and Butcher: the Sunday of Easter.
fn easter(year: i32) -> NaiveDate {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = (h + l - 7 * m + 114) as u32;
    NaiveDate::from_ymd_opt(year, n / 31, n % 31 + 1).unwrap()
}

#[test]
fn the_holidays_of_colombia_follow_from_its_laws() {
    let workdays = Workdays::parse("mon-sun").unwrap().with_holidays_ics(COLOMBIA).unwrap();
    for year in [2026, 2027] {
        let date = |month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
        let mut expected: BTreeSet<NaiveDate> =
            [(1, 1), (5, 1), (7, 20), (8, 7), (12, 8), (12, 25)].map(|(m, d)| date(m, d)).into();
        // Ley Emiliani: these move to the Monday that follows, unless they are one.
        for (month, number) in [(1, 6), (3, 19), (6, 29), (8, 15), (10, 12), (11, 1), (11, 11)] {
            let saint = date(month, number);
            expected.insert(saint.iter_days().find(|day| day.weekday() == Weekday::Mon).unwrap());
        }
        expected.extend([-3, -2, 43, 64, 71].map(|offset| easter(year) + Duration::days(offset)));
        let found: BTreeSet<NaiveDate> = date(1, 1)
            .iter_days()
            .take_while(|day| day.year() == year)
            .filter(|day| workdays.is_holiday(*day))
            .collect();
        assert_eq!(found, expected, "{year}");
        assert_eq!(found.len(), 18);
    }
}

#[test]
fn the_holiday_file_keeps_its_line_ends() {
    let lines = COLOMBIA.split_inclusive('\n').count();
    assert_eq!(COLOMBIA.matches("\r\n").count(), lines, "RFC 5545 lines end with CR LF");
    assert!(COLOMBIA.lines().all(|line| line.len() <= 75), "RFC 5545 lines have at most 75 bytes");
}

fn calendar_with(event: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:t\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Fiesta\r\n{event}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

#[test]
fn events_become_holidays_as_long_as_they_last() {
    let days = |event: &str| -> Vec<String> {
        let workdays = Workdays::monday_to_friday().with_holidays_ics(&calendar_with(event)).unwrap();
        day("2023-01-01")
            .iter_days()
            .take(3 * 366)
            .filter(|day| workdays.is_holiday(*day))
            .map(|day| day.to_string())
            .collect()
    };
    assert_eq!(days("DTSTART;VALUE=DATE:20240301"), ["2024-03-01"]);
    assert_eq!(
        days("DTSTART;VALUE=DATE:20240301\r\nDTEND;VALUE=DATE:20240303"),
        ["2024-03-01", "2024-03-02"]
    );
    assert_eq!(days("DTSTART;VALUE=DATE:20240301\r\nDURATION:P2D"), ["2024-03-01", "2024-03-02"]);
    assert_eq!(
        days("DTSTART;VALUE=DATE:20230501\r\nRRULE:FREQ=YEARLY"),
        ["2023-05-01", "2024-05-01", "2025-05-01"]
    );
    assert_eq!(days("DTSTART;VALUE=DATE:20000229\r\nRRULE:FREQ=YEARLY"), ["2024-02-29"]);
    assert_eq!(days("DTSTART;VALUE=DATE:20240301\r\nSTATUS:CANCELLED"), Vec::<String>::new());
    assert_eq!(days("DTSTART:20240301T090000Z\r\nDTEND:20240301T100000Z"), Vec::<String>::new());
}

#[test]
fn a_holiday_that_is_not_understood_is_refused_by_name() {
    for (event, part) in [
        (
            "DTSTART;VALUE=DATE:20240301\r\nRRULE:FREQ=YEARLY;BYDAY=1MO",
            "`Fiesta` repeats by `FREQ=YEARLY;BYDAY=1MO`",
        ),
        ("DTSTART;VALUE=DATE:20240301\r\nRRULE:FREQ=WEEKLY", "`Fiesta` repeats by `FREQ=WEEKLY`"),
        ("DTSTART;VALUE=DATE:20240301\r\nEXDATE;VALUE=DATE:20240301", "`Fiesta` has EXDATE"),
        ("DTSTART;VALUE=DATE:20240231", "`Fiesta` starts on `20240231`"),
        ("DTSTART;VALUE=DATE:20240301\r\nDTEND;VALUE=DATE:20240201", "`Fiesta` ends on"),
        ("DTSTART;VALUE=DATE:20240301\r\nDTEND;VALUE=DATE:20440201", "`Fiesta` lasts 7276 days"),
        ("LOCATION:Cali", "`Fiesta` has no DTSTART"),
    ] {
        let error = Workdays::monday_to_friday().with_holidays_ics(&calendar_with(event)).unwrap_err();
        assert!(error.what.contains(part), "{event}: {}", error.what);
    }
}

#[test]
fn what_is_not_a_calendar_is_refused() {
    let good = calendar_with("DTSTART;VALUE=DATE:20240301");
    for text in [
        "",
        "fecha;festivo\n2026-01-01;si",
        &good[..good.len() - 20],
        "BEGIN:VEVENT\r\nEND:VEVENT\r\n",
        &good.replace("SUMMARY:", "SUM MARY"),
    ] {
        assert!(Workdays::monday_to_friday().with_holidays_ics(text).is_err(), "{text}");
    }
    let nested = "BEGIN:VCALENDAR\r\n".repeat(100_000);
    assert!(Workdays::monday_to_friday().with_holidays_ics(&nested).is_err());
}

#[test]
fn no_damaged_calendar_stops_the_reading() {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let mut pick = |of: usize| random.next_u32() as usize % of;
    let mut outcomes = [0, 0];
    for _ in 0..3_000 {
        let mut bytes = COLOMBIA.as_bytes()[..pick(900) + 300].to_vec();
        if pick(2) == 0 {
            bytes.extend_from_slice(b"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
        }
        for _ in 0..pick(4) {
            let at = pick(bytes.len());
            bytes[at] = *b"\r\n :;=\"\\TZ09\xc3".get(pick(13)).unwrap();
        }
        let read = Workdays::monday_to_friday().with_holidays_ics(&String::from_utf8_lossy(&bytes));
        outcomes[usize::from(read.is_ok())] += 1;
    }
    assert!(outcomes.iter().all(|count| *count > 50), "some are refused, some are harmless: {outcomes:?}");
}

#[test]
fn days_of_the_week_are_read_in_every_spelling() {
    let worked = |text: &str| -> String {
        let workdays = Workdays::parse(text).unwrap();
        day("2026-11-16")
            .iter_days()
            .take(7)
            .map(|day| if workdays.is_workday(day) { 'x' } else { '.' })
            .collect()
    };
    assert_eq!(worked("mon-fri"), "xxxxx..");
    assert_eq!(worked("Monday-SAT"), "xxxxxx.");
    assert_eq!(worked("sun-thu"), "xxxx..x");
    assert_eq!(worked("mon, Wed ,friday"), "x.x.x..");
    assert_eq!(worked("fri-mon, wed"), "x.x.xxx");
    assert_eq!(Workdays::parse("mon-fry").unwrap_err().hint, "did you mean `fri`?");
    assert!(Workdays::parse(" , ").is_err());
}

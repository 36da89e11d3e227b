//! The words and their errors, and that no text and no date can stop the calendar.

use super::*;
use crate::calendar::Workdays;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

fn fault(text: &str) -> (String, String, String) {
    let error = Schedule::parse(text).unwrap_err();
    (error.what, text[error.span].to_owned(), error.hint)
}

#[test]
fn every_form_in_words_is_read() {
    for text in [
        "every day at 07:00",
        "every day at 7:00, 12:30 and 18:00",
        "Every Weekday at 07:00",
        "every workday at 07:00",
        "every monday and thursday at 18:30",
        "every mon, wed, and friday at 18:30",
        "on day 31 of the month at 06:00",
        "on the first day of the month at 06:00",
        "on the last day of the month at 20:00",
        "on the first workday of the month at 08:00",
        "on the last workday of the month at 08:00",
        "on the second tuesday of the month at 07:00",
        "on the last friday of the month at 07:00",
        "every quarter on day 2 at 07:00",
        "every 15 minutes",
        "every 2 hours",
        "every minute",
        "every hour",
    ] {
        assert!(Schedule::parse(text).is_ok(), "{text}: {:?}", Schedule::parse(text));
    }
}

#[test]
fn an_error_points_at_the_part_and_says_what_to_write() {
    let expected = [
        ("", "the schedule is empty", "", EVERY_FORM),
        (
            "evry day at 07:00",
            "a schedule starts with `every` or `on`, not `evry`",
            "evry",
            "did you mean `every`?",
        ),
        (
            "every workdya at 07:00",
            "`workdya` is not a day or an interval",
            "workdya",
            "did you mean `workday`?",
        ),
        ("every day", "expected `at` at the end", "", "write hours and minutes of the day: `at 07:00`"),
        (
            "every day at 25:00",
            "`25:00` is not a time of day",
            "25:00",
            "write hours and minutes of the day: `at 07:00`",
        ),
        ("every day at 7", "`7` is not a time of day", "7", "write hours and minutes of the day: `at 07:00`"),
        ("every week at 07:00", "`week` needs its day", "week", "write `every monday at 07:00`"),
        (
            "on monday at 07:00",
            "a day of the week follows `every`",
            "monday",
            "write `every monday at 07:00`",
        ),
        (
            "on day 32 of the month at 06:00",
            "`32` is not a day from 1 to 31",
            "32",
            "write `on day 1 of the month at 06:00`",
        ),
        (
            "on the frist workday of the month at 06:00",
            "`frist` is not an ordinal",
            "frist",
            "did you mean `first`?",
        ),
        ("every day at 07:00 sharp", "the schedule goes on after its end with `sharp`", "sharp", EVERY_FORM),
    ];
    for (text, what, part, hint) in expected {
        let (found_what, found_part, found_hint) = fault(text);
        assert_eq!((found_what.as_str(), found_part.as_str()), (what, part), "{text}");
        assert!(
            hint == EVERY_FORM && found_hint.starts_with("write `every") || found_hint == hint,
            "{text}: {found_hint}"
        );
    }
}
const EVERY_FORM: &str = "all forms";

#[test]
fn a_cron_error_points_at_its_field() {
    for (text, part) in [
        ("0 24 * * *", "24"),
        ("mon 7 * * *", "mon"),
        ("0 7 * * mno", "mno"),
        ("0 7 32 * *", "32"),
        ("0 7 * 13 *", "13"),
        ("0 7 * * * 2026 x", "2026 x"),
        ("0 7 30 2 *", "30 2 *"),
        ("0 7 * *", ""),
        ("@daily", "@daily"),
        ("0,, 7 * * *", "0,,"),
    ] {
        let error = Schedule::cron(text).unwrap_err();
        assert_eq!(&text[error.span.clone()], part, "{text}: {error}");
    }
}

#[test]
fn a_day_that_is_rare_is_found_and_one_that_never_comes_is_refused() {
    let leap_monday = Schedule::cron("0 7 29 2 +1").unwrap();
    let after = "2026-01-01T00:00:00Z".parse().unwrap();
    let next = leap_monday.next_after(after, Tz::UTC, &Workdays::monday_to_friday()).unwrap();
    assert_eq!(next.to_rfc3339(), "2044-02-29T07:00:00+00:00");
}

#[test]
fn no_text_stops_the_reading_and_spans_lie_in_the_text() {
    const PIECES: [&str; 48] = [
        "every",
        "on",
        "the",
        "day",
        "month",
        "of",
        "at",
        "07:00",
        "7",
        "25:61",
        "monday",
        "mon",
        "and",
        ",",
        "first",
        "last",
        "workday",
        "weekday",
        "quarter",
        "minutes",
        "hours",
        "hour",
        "minute",
        "*",
        "*/5",
        "1-5",
        "L",
        "15W",
        "W",
        "mon#2",
        "#",
        "/",
        "-",
        "-1",
        "99999999999999",
        "ñ",
        "İ",
        "\u{0}",
        "\t",
        "\u{2028}",
        "🙂",
        "0",
        "31",
        "2",
        "?",
        "+1",
        "@daily",
        ":",
    ];
    const WHOLE: [&str; 6] = [
        "every monday , wed and fri at 07:00 and 18:30",
        "on day 31 of the month at 06:00",
        "on the last workday of the month at 20:00",
        "every quarter on day 2 at 07:00",
        "every 15 minutes",
        "*/5 1-5 L * mon#2",
    ];
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut pick = |of: usize| random.next_u32() as usize % of;
    let mut read = 0;
    for _ in 0..30_000 {
        let mut words: Vec<&str> = match pick(3) {
            0 => (0..pick(9)).map(|_| PIECES[pick(PIECES.len())]).collect(),
            _ => WHOLE[pick(WHOLE.len())].split(' ').collect(),
        };
        for _ in 0..pick(3) {
            if !words.is_empty() {
                let at = pick(words.len());
                words[at] = PIECES[pick(PIECES.len())];
            }
        }
        let text = words.join([" ", " ", "  ", ""][pick(4)]);
        for result in [Schedule::parse(&text), Schedule::cron(&text)] {
            match result {
                Ok(schedule) => {
                    read += 1;
                    let at = chrono::DateTime::from_timestamp(pick(1 << 32) as i64, 0).unwrap();
                    let zone = chrono_tz::TZ_VARIANTS[pick(chrono_tz::TZ_VARIANTS.len())];
                    let next = schedule.next_after(at, zone, &Workdays::monday_to_friday());
                    assert!(next.is_none_or(|next| next > at), "{text}");
                }
                Err(error) => {
                    assert!(text.get(error.span.clone()).is_some(), "{text:?} {error:?}");
                    assert!(!error.hint.is_empty() && !error.what.is_empty());
                }
            }
        }
    }
    assert!(read > 3_000, "only {read} texts were schedules: the pieces test nothing");
}

#[test]
fn the_ends_of_time_end_the_search() {
    let workdays = Workdays::monday_to_friday();
    let none = Workdays::parse("mon")
        .unwrap()
        .with_holidays(NaiveDate::from_ymd_opt(1990, 1, 1).unwrap().iter_days().take(120 * 366));
    for text in [
        "every day at 00:00",
        "every minute",
        "on the last workday of the month at 23:59",
        "every quarter on day 31 at 12:00",
    ] {
        let schedule = Schedule::parse(text).unwrap();
        for zone in [Tz::UTC, chrono_tz::Pacific::Kiritimati, chrono_tz::Pacific::Pago_Pago] {
            let (min, max) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
            for instant in [min, min + TimeDelta::hours(30), max - TimeDelta::hours(30), max] {
                let next = schedule.next_after(instant, zone, &workdays);
                assert!(next.is_none_or(|next| next > instant), "{text} {zone}");
                let latest = schedule.latest_at(instant, zone, &workdays);
                assert!(latest.is_none_or(|latest| latest <= instant), "{text} {zone}");
            }
        }
    }
    let never = Schedule::parse("every workday at 07:00").unwrap();
    let at = "2026-11-20T00:00:00Z".parse().unwrap();
    assert_eq!(never.next_after(at, Tz::UTC, &none), None);
    assert_eq!(never.latest_at(at, Tz::UTC, &none), None);
}

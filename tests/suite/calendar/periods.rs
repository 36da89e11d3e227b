//! The rules of periods: which days they give, what these are compared with, and what a wrong one is told.

use super::{at, day};
use chrono::{DateTime, Utc, Weekday};
use chrono_tz::Tz;
use parte::calendar::{Period, PeriodRule, Unit, Workdays};

fn bounds(rule: &str, scheduled: &str, week_start: Weekday) -> (String, Option<Unit>, String) {
    let workdays = Workdays::parse("mon-sat").unwrap().with_holidays([day("2026-11-16")]);
    let period = PeriodRule::parse(rule).unwrap().at(
        at(scheduled),
        chrono_tz::America::Bogota,
        week_start,
        &workdays,
        None,
    );
    let show = |period: &Period| format!("{}..{}", period.from(), period.to());
    (show(&period), period.unit(), show(&period.previous()))
}

#[test]
fn every_rule_gives_its_days_and_the_days_it_is_compared_with() {
    let friday = "2026-11-20T12:00:00Z";
    let expected = [
        ("previous day", friday, "2026-11-19..2026-11-20", Some(Unit::Day), "2026-11-18..2026-11-19"),
        ("previous workday", friday, "2026-11-19..2026-11-20", None, "2026-11-18..2026-11-19"),
        // Tuesday after a long weekend: the workday before is Saturday, before that Friday.
        (
            "previous workday",
            "2026-11-17T12:00:00Z",
            "2026-11-14..2026-11-15",
            None,
            "2026-11-13..2026-11-14",
        ),
        (
            "previous workday",
            "2026-11-18T12:00:00Z",
            "2026-11-17..2026-11-18",
            None,
            "2026-11-14..2026-11-15",
        ),
        ("previous week", friday, "2026-11-09..2026-11-16", Some(Unit::Week), "2026-11-02..2026-11-09"),
        ("previous month", friday, "2026-10-01..2026-11-01", Some(Unit::Month), "2026-09-01..2026-10-01"),
        ("previous quarter", friday, "2026-07-01..2026-10-01", Some(Unit::Quarter), "2026-04-01..2026-07-01"),
        ("previous year", friday, "2025-01-01..2026-01-01", Some(Unit::Year), "2024-01-01..2025-01-01"),
        ("previous 7 days", friday, "2026-11-13..2026-11-20", None, "2026-11-06..2026-11-13"),
        ("month to date", friday, "2026-11-01..2026-11-20", None, "2026-10-01..2026-10-20"),
        (
            "month to date",
            "2026-11-01T12:00:00Z",
            "2026-10-01..2026-11-01",
            Some(Unit::Month),
            "2026-09-01..2026-10-01",
        ),
        ("month to date", "2026-03-31T12:00:00Z", "2026-03-01..2026-03-31", None, "2026-02-01..2026-03-01"),
        ("week to date", friday, "2026-11-16..2026-11-20", None, "2026-11-09..2026-11-13"),
        ("quarter to date", friday, "2026-10-01..2026-11-20", None, "2026-07-01..2026-08-20"),
        ("year to date", friday, "2026-01-01..2026-11-20", None, "2025-01-01..2025-11-20"),
        (
            "2026-02-01..2026-03-01",
            friday,
            "2026-02-01..2026-03-01",
            Some(Unit::Month),
            "2026-01-01..2026-02-01",
        ),
        ("2026-02-03..2026-02-06", friday, "2026-02-03..2026-02-06", None, "2026-01-31..2026-02-03"),
    ];
    for (rule, scheduled, days, unit, before) in expected {
        assert_eq!(
            bounds(rule, scheduled, Weekday::Mon),
            (days.into(), unit, before.into()),
            "{rule} at {scheduled}"
        );
    }
    assert_eq!(bounds("previous week", friday, Weekday::Sun).0, "2026-11-08..2026-11-15");
    // 23:00 on the 20th in Bogota is the 21st in UTC: the civil day counts.
    assert_eq!(bounds("previous day", "2026-11-21T04:00:00Z", Weekday::Mon).0, "2026-11-19..2026-11-20");
}

#[test]
fn since_last_run_goes_on_where_the_last_run_ended_and_is_never_empty() {
    let workdays = Workdays::monday_to_friday();
    let rule = PeriodRule::parse("Since last run").unwrap();
    let days = |scheduled: &str, zone: Tz, since: Option<&str>| {
        let period = rule.at(at(scheduled), zone, Weekday::Mon, &workdays, since.map(day));
        (format!("{}..{}", period.from(), period.to()), period.unit(), period.previous().from().to_string())
    };
    let bogota = |since| days("2026-11-20T12:00:00Z", chrono_tz::America::Bogota, since);
    let (before, of_one_day) = (|text: &str| text.to_owned(), Some(Unit::Day));
    assert_eq!(bogota(Some("2026-11-17")), ("2026-11-17..2026-11-20".into(), None, before("2026-11-14")));
    // Long silent: all of it, however long.
    assert_eq!(bogota(Some("2025-11-20")), ("2025-11-20..2026-11-20".into(), None, before("2024-11-20")));
    // Exactly a month: compared with the month before, as if it had been asked for by its dates.
    let first = days("2026-11-01T12:00:00Z", chrono_tz::America::Bogota, Some("2026-10-01"));
    assert_eq!(first, ("2026-10-01..2026-11-01".into(), Some(Unit::Month), before("2026-09-01")));
    // The first run ever, one of the same day, one that covered the future by hand: the day before.
    for since in [None, Some("2026-11-20"), Some("2026-12-24"), Some("2026-11-19")] {
        assert_eq!(bogota(since), ("2026-11-19..2026-11-20".into(), of_one_day, before("2026-11-18")));
    }
    // Between the 30th and the 31st nothing happened in Apia: the latest day that did is the 29th.
    let apia = days("2011-12-30T17:00:00Z", chrono_tz::Pacific::Apia, Some("2011-12-30"));
    assert_eq!(apia, ("2011-12-29..2011-12-30".into(), of_one_day, before("2011-12-28")));
    let error = PeriodRule::parse("since the last run").unwrap_err();
    assert_eq!(error.hint, "did you mean `since last run`?");
}

#[test]
fn a_wrong_period_says_what_to_write() {
    for (text, what, hint) in [
        ("previous mounth", "`mounth` is not a unit of time", "did you mean `previous month`?"),
        ("last week", "`last week` is not a period", "did you mean `previous week`?"),
        (
            "previous 0 days",
            "`0` is not a number of days",
            "write a whole number from 1 to 3660: `previous 7 days`",
        ),
        ("2026-3-1..2026-04-01", "`2026-3-1` is not a date", "write year, month and day: `2026-03-01`"),
        (
            "2026-04-01..2026-03-01",
            "the period from 2026-04-01 to 2026-03-01 is reversed",
            "write the first day and the day after the last: 2026-03-01..2026-04-02",
        ),
    ] {
        let error = PeriodRule::parse(text).unwrap_err();
        assert_eq!((error.what.as_str(), error.hint.as_str()), (what, hint), "{text}");
    }
}

#[test]
fn periods_at_the_ends_of_time_are_clamped() {
    let workdays = Workdays::monday_to_friday();
    for rule in [
        "previous day",
        "previous workday",
        "previous week",
        "previous year",
        "previous 9 days",
        "year to date",
    ] {
        for end in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            for zone in [Tz::UTC, chrono_tz::Pacific::Kiritimati, chrono_tz::Pacific::Pago_Pago] {
                let period = PeriodRule::parse(rule).unwrap().at(end, zone, Weekday::Mon, &workdays, None);
                let before = period.previous();
                assert!(period.from() < period.to() && before.from() < before.to(), "{rule} {end}");
                let _ = (period.start(), period.end(), before.start(), before.end());
            }
        }
    }
}

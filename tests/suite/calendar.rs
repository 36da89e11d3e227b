//! The calendar from outside: pinned transitions of real zones, a walker that steps through every minute, holidays.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, and says where")]

mod business_days;
mod compared;
mod limits;
mod mix;
mod mutations;
mod speed;
mod walker;

use chrono::{DateTime, Datelike as _, Duration, NaiveDate, NaiveTime, Timelike as _, Utc, Weekday};
use chrono_tz::Tz;
use parte::calendar::{Period, PeriodRule, Schedule, Unit, Workdays};
use std::collections::BTreeSet;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The firings in `(after, until]`, as local times of the zone.
fn firings(schedule: &str, zone: Tz, after: &str, until: &str) -> Vec<String> {
    let schedule = Schedule::parse(schedule).or_else(|_| Schedule::cron(schedule)).unwrap();
    let workdays = Workdays::monday_to_friday();
    std::iter::successors(schedule.next_after(at(after), zone, &workdays), |previous| {
        schedule.next_after(*previous, zone, &workdays)
    })
    .take_while(|instant| *instant <= at(until))
    .map(|instant| instant.with_timezone(&zone).format("%Y-%m-%d %H:%M %z").to_string())
    .collect()
}

fn hours_of(date: &str, zone: Tz) -> i64 {
    let period = Period::new(day(date), day(date).succ_opt().unwrap(), zone, Some(Unit::Day)).unwrap();
    (period.end() - period.start()).num_hours()
}

// ── Pinned transitions ─────────────────────────────────────────────────────────────────────────────────────

#[test]
fn santiago_skips_midnight_and_the_day_starts_at_one() {
    let zone = chrono_tz::America::Santiago;
    assert_eq!(hours_of("2026-09-06", zone), 23);
    let sunday = Period::new(day("2026-09-06"), day("2026-09-07"), zone, None).unwrap();
    assert_eq!(sunday.start().with_timezone(&zone).to_rfc3339(), "2026-09-06T01:00:00-03:00");
    assert_eq!(
        firings("every day at 00:00", zone, "2026-09-05T12:00:00Z", "2026-09-07T12:00:00Z"),
        ["2026-09-06 01:00 -0300", "2026-09-07 00:00 -0300"]
    );
    // In autumn 23:00 to 24:00 happens twice; the second pass belongs to the same day.
    assert_eq!(hours_of("2026-04-04", zone), 25);
    assert_eq!(
        firings("every day at 23:30", zone, "2026-04-04T12:00:00Z", "2026-04-06T12:00:00Z"),
        ["2026-04-04 23:30 -0300", "2026-04-05 23:30 -0400"]
    );
}

#[test]
fn london_on_the_day_the_clocks_go_forward_fires_each_schedule_once() {
    let zone = chrono_tz::Europe::London;
    assert_eq!(hours_of("2026-03-29", zone), 23);
    let (after, until) = ("2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z");
    assert_eq!(
        firings("every day at 00:00", zone, after, until),
        ["2026-03-29 00:00 +0000", "2026-03-30 00:00 +0100"]
    );
    assert_eq!(
        firings("0 0 * * *", zone, after, until),
        ["2026-03-29 00:00 +0000", "2026-03-30 00:00 +0100"]
    );
    for gap in ["every day at 01:30", "30 1 * * *"] {
        assert_eq!(firings(gap, zone, after, until), ["2026-03-29 02:00 +0100", "2026-03-30 01:30 +0100"]);
    }
    // Three times that fall into one gap are one firing.
    assert_eq!(firings("0,20,40 1 * * *", zone, after, "2026-03-29T12:00:00Z"), ["2026-03-29 02:00 +0100"]);
}

#[test]
fn new_york_on_the_day_the_clocks_go_back_takes_the_first_of_two() {
    let zone = chrono_tz::America::New_York;
    assert_eq!(hours_of("2026-11-01", zone), 25);
    let (after, until) = ("2026-10-31T12:00:00Z", "2026-11-02T12:00:00Z");
    for overlap in ["every day at 01:30", "30 1 * * *"] {
        assert_eq!(
            firings(overlap, zone, after, until),
            ["2026-11-01 01:30 -0400", "2026-11-02 01:30 -0500"]
        );
    }
    // A running clock shows 01:00 to 02:00 twice and fires in both.
    for running in ["every 30 minutes", "*/30 * * * *"] {
        assert_eq!(
            firings(running, zone, "2026-11-01T04:59:00Z", "2026-11-01T07:00:00Z"),
            [
                "2026-11-01 01:00 -0400",
                "2026-11-01 01:30 -0400",
                "2026-11-01 01:00 -0500",
                "2026-11-01 01:30 -0500",
                "2026-11-01 02:00 -0500"
            ]
        );
    }
}

#[test]
fn new_york_in_march_2013_moves_half_past_two_to_three() {
    let zone = chrono_tz::America::New_York;
    assert_eq!(hours_of("2013-03-10", zone), 23);
    assert_eq!(
        firings("every day at 02:30", zone, "2013-03-09T12:00:00Z", "2013-03-11T12:00:00Z"),
        ["2013-03-10 03:00 -0400", "2013-03-11 02:30 -0400"]
    );
    let week = PeriodRule::Previous(Unit::Week).at(
        at("2013-03-11T11:00:00Z"),
        zone,
        Weekday::Mon,
        &Workdays::monday_to_friday(),
        None,
    );
    assert_eq!((week.end() - week.start()).num_hours(), 7 * 24 - 1);
}

#[test]
fn kolkata_days_start_at_half_past_six_in_the_evening_utc() {
    let period = Period::new(day("2026-11-20"), day("2026-11-21"), chrono_tz::Asia::Kolkata, None).unwrap();
    assert_eq!(period.start(), at("2026-11-19T18:30:00Z"));
    assert_eq!(period.end(), at("2026-11-20T18:30:00Z"));
}

#[test]
fn apia_had_no_30_december_2011() {
    let zone = chrono_tz::Pacific::Apia;
    let (after, until) = ("2011-12-29T00:00:00Z", "2012-01-01T06:00:00Z");
    assert_eq!(
        firings("every day at 07:00", zone, after, until),
        ["2011-12-29 07:00 -1000", "2011-12-31 07:00 +1400", "2012-01-01 07:00 +1400"]
    );
    // A weekly or monthly firing of that day is not lost: the first instant after it.
    assert_eq!(firings("every friday at 07:00", zone, after, until), ["2011-12-31 00:00 +1400"]);
    assert_eq!(firings("on day 30 of the month at 07:00", zone, after, until), ["2011-12-31 00:00 +1400"]);
    let workdays = Workdays::monday_to_friday();
    let previous_day = PeriodRule::Previous(Unit::Day);
    let period = previous_day.at(at("2011-12-30T17:00:00Z"), zone, Weekday::Mon, &workdays, None);
    assert_eq!((period.from(), period.to()), (day("2011-12-29"), day("2011-12-30")));
    let next = previous_day.at(at("2011-12-31T17:00:00Z"), zone, Weekday::Mon, &workdays, None);
    assert_eq!(next.from(), day("2011-12-31"));
    assert_eq!(next.start(), period.end(), "the intervals touch");
    assert_eq!(next.previous(), period);
    assert!(Period::new(day("2011-12-30"), day("2011-12-31"), zone, None).is_err());
}

#[test]
fn casablanca_changes_its_clocks_for_ramadan() {
    let zone = chrono_tz::Africa::Casablanca;
    assert_eq!(hours_of("2026-02-15", zone), 25);
    assert_eq!(hours_of("2026-03-22", zone), 23);
    assert_eq!(
        firings("every day at 02:30", zone, "2026-02-14T12:00:00Z", "2026-02-16T12:00:00Z"),
        ["2026-02-15 02:30 +0100", "2026-02-16 02:30 +0000"]
    );
    assert_eq!(
        firings("every day at 02:30", zone, "2026-03-21T12:00:00Z", "2026-03-23T12:00:00Z"),
        ["2026-03-22 03:00 +0100", "2026-03-23 02:30 +0100"]
    );
}

// ── The forms, over a year ─────────────────────────────────────────────────────────────────────────────────

#[test]
fn monthly_on_31_is_the_last_day_of_a_shorter_month() {
    let dates: Vec<String> =
        firings("on day 31 of the month at 06:00", Tz::UTC, "2026-01-01T00:00:00Z", "2026-07-01T00:00:00Z");
    let days: Vec<&str> = dates.iter().map(|text| &text[..10]).collect();
    assert_eq!(days, ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30"]);
}

#[test]
fn the_forms_of_a_month_and_a_quarter_fall_on_their_days() {
    let (after, until) = ("2026-10-31T00:00:00Z", "2027-02-01T00:00:00Z");
    let days = |schedule: &str| -> Vec<String> {
        firings(schedule, Tz::UTC, after, until).iter().map(|text| text[..10].to_owned()).collect()
    };
    assert_eq!(
        days("on the first workday of the month at 08:00"),
        ["2026-11-02", "2026-12-01", "2027-01-01"]
    );
    assert_eq!(days("on the last workday of the month at 08:00"), ["2026-11-30", "2026-12-31", "2027-01-29"]);
    assert_eq!(
        days("on the second tuesday of the month at 07:00"),
        ["2026-11-10", "2026-12-08", "2027-01-12"]
    );
    assert_eq!(days("on the last friday of the month at 07:00"), ["2026-11-27", "2026-12-25", "2027-01-29"]);
    assert_eq!(days("every quarter on day 2 at 07:00"), ["2027-01-02"]);
    assert_eq!(
        days("on the last day of the month at 20:00"),
        ["2026-10-31", "2026-11-30", "2026-12-31", "2027-01-31"]
    );
    assert_eq!(days("0 7 * * mon#2"), ["2026-11-09", "2026-12-14", "2027-01-11"]);
}

// ── The walker ─────────────────────────────────────────────────────────────────────────────────────────────

/// A time of day and the days on which it counts.
type Timed = (NaiveTime, fn(NaiveDate) -> bool);

/// Fires by looking at a clock every minute: each day of a schedule, when the clock first shows its time or a later one.
/// Knows nothing of gaps, overlaps or the library. One walk serves all cases; the first, half-seen day is left out.
fn walk(zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>, cases: &[Timed]) -> Vec<Vec<DateTime<Utc>>> {
    let mut latest = vec![from.with_timezone(&zone).date_naive(); cases.len()];
    let mut found = vec![Vec::new(); cases.len()];
    let mut minute = from;
    while minute < to {
        let shown = minute.with_timezone(&zone).naive_local();
        for (case, (time, on)) in cases.iter().enumerate() {
            if shown.date() > latest[case] && shown.time() >= *time {
                latest[case] = shown.date();
                if on(shown.date()) {
                    found[case].push(minute);
                }
            }
        }
        minute += Duration::minutes(1);
    }
    found
}

/// One schedule: its words, its time of day, and its days told once more, by hand.
type Case = (&'static str, &'static str, fn(NaiveDate) -> bool);

const CASES: [Case; 8] = [
    ("every day at 07:00", "07:00", |_| true),
    ("every day at 00:00", "00:00", |_| true),
    ("every day at 02:30", "02:30", |_| true),
    ("every weekday at 01:30", "01:30", |day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)),
    ("every sunday at 01:45", "01:45", |day| day.weekday() == Weekday::Sun),
    ("on day 31 of the month at 23:30", "23:30", |day| day.succ_opt().unwrap().day() == 1),
    ("on the first workday of the month at 00:30", "00:30", |day| match day.weekday() {
        Weekday::Sat | Weekday::Sun => false,
        Weekday::Mon => day.day() <= 3,
        _ => day.day() == 1,
    }),
    ("every quarter on day 2 at 02:00", "02:00", |day| {
        day.day() == 2 && [1, 4, 7, 10].contains(&day.month())
    }),
];

#[test]
fn two_years_of_firings_equal_those_of_a_minute_by_minute_walk() {
    let zones = [
        chrono_tz::America::Santiago,
        chrono_tz::America::New_York,
        chrono_tz::Europe::London,
        chrono_tz::Africa::Casablanca,
        chrono_tz::Australia::Lord_Howe,
    ];
    let workdays = Workdays::monday_to_friday();
    let (from, to) = (at("2025-01-02T00:00:00Z"), at("2027-01-02T00:00:00Z"));
    for zone in zones {
        let cases = CASES.map(|(_, time, on)| (NaiveTime::parse_from_str(time, "%H:%M").unwrap(), on));
        for ((words, ..), expected) in CASES.into_iter().zip(walk(zone, from, to, &cases)) {
            let schedule = Schedule::parse(words).unwrap();
            let start = expected[0] - Duration::seconds(1);
            let forwards: Vec<_> =
                std::iter::successors(schedule.next_after(start, zone, &workdays), |previous| {
                    schedule.next_after(*previous, zone, &workdays)
                })
                .take_while(|instant| *instant < to)
                .collect();
            assert_eq!(forwards, expected, "{words} in {zone}");
            let backwards: BTreeSet<_> = std::iter::successors(
                schedule.latest_at(to - Duration::seconds(1), zone, &workdays),
                |later| schedule.latest_at(*later - Duration::nanoseconds(1), zone, &workdays),
            )
            .take_while(|instant| *instant >= expected[0])
            .collect();
            assert!(backwards.iter().eq(expected.iter()), "{words} in {zone}, backwards");
        }
    }
}

#[test]
fn a_running_schedule_fires_at_each_of_its_minutes_on_the_clock() {
    let workdays = Workdays::monday_to_friday();
    for zone in [chrono_tz::Europe::London, chrono_tz::Australia::Lord_Howe, chrono_tz::Asia::Kolkata] {
        for (words, every, monday_only) in
            [("every 20 minutes", 20, false), ("*/20 * * * mon", 20, true), ("every 7 minutes", 7, false)]
        {
            let schedule = Schedule::parse(words).or_else(|_| Schedule::cron(words)).unwrap();
            for from in ["2026-03-27T23:00:00Z", "2026-10-02T00:00:00Z", "2026-10-24T11:11:11Z"] {
                let (from, to) = (at(from), at(from) + Duration::days(9));
                let mut expected = Vec::new();
                let mut minute = from.with_second(0).unwrap();
                while minute <= to {
                    let shown = minute.with_timezone(&zone);
                    let of_day = shown.hour() * 60 + shown.minute();
                    if of_day.is_multiple_of(every)
                        && minute > from
                        && (!monday_only || shown.weekday() == Weekday::Mon)
                    {
                        expected.push(minute);
                    }
                    minute += Duration::minutes(1);
                }
                let found: Vec<_> =
                    std::iter::successors(schedule.next_after(from, zone, &workdays), |previous| {
                        schedule.next_after(*previous, zone, &workdays)
                    })
                    .take_while(|instant| *instant <= to)
                    .collect();
                assert_eq!(found, expected, "{words} in {zone}");
                assert_eq!(
                    schedule.latest_at(to, zone, &workdays),
                    expected.last().copied(),
                    "{words} in {zone}"
                );
            }
        }
    }
}

// ── Periods ────────────────────────────────────────────────────────────────────────────────────────────────

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

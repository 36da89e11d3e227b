//! Pinned transitions of real zones: what fires, and how long a day is, when clocks change or a day is skipped.

use super::{at, day, firings};
use chrono::Weekday;
use chrono_tz::Tz;
use parte::calendar::{Period, PeriodRule, Unit, Workdays};

fn hours_of(date: &str, zone: Tz) -> i64 {
    let period = Period::new(day(date), day(date).succ_opt().unwrap(), zone, Some(Unit::Day)).unwrap();
    (period.end() - period.start()).num_hours()
}

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

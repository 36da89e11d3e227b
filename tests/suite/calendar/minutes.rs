//! A walk that looks at a clock every minute: what schedules fire is what it sees.

use super::at;
use chrono::{DateTime, Datelike as _, Duration, NaiveDate, NaiveTime, Timelike as _, Utc, Weekday};
use chrono_tz::Tz;
use parte::calendar::{Schedule, Workdays};
use std::collections::BTreeSet;

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

//! Every zone, ten years: firings and periods against a walker that steps through time and only looks at the clock.
//!
//! The walker knows the stated rules and nothing of the calendar's code: a civil time fires at the first instant at which the
//! clock shows it or a later one. It goes quarter hour by quarter hour, and minute by minute on the days around a change of
//! the clocks; that no change hides between two of its steps is asserted, not assumed.

use super::{at, day};
use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, Offset as _, TimeZone as _, Utc, Weekday};
use chrono_tz::{TZ_VARIANTS, Tz};
use parte::calendar::{PeriodRule, Schedule, Unit, Workdays};
use std::collections::HashMap;
use std::time::Instant;

/// Minutes since the epoch, of UTC or of a clock.
type Minute = i64;

const DAY: Minute = 24 * 60;

/// The times of day that are watched: one that clocks skip in many zones, another, one of every morning, midnight.
const TIMES: [Minute; 4] = [30, 2 * 60 + 30, 7 * 60, 0];
const MIDNIGHT: usize = 3;

/// A schedule: its words or cron text, which of the times it is, its days told once more by hand, what it covers.
struct Case(&'static str, usize, fn(NaiveDate) -> bool, Option<Unit>);

fn month_ends(day: NaiveDate) -> bool {
    (day + Days::new(1)).day() == 1
}

fn day_or_last(day: NaiveDate, number: u32) -> bool {
    day.day() == number || day.day() < number && month_ends(day)
}

const CASES: [Case; 17] = [
    Case("every day at 07:00", 2, |_| true, Some(Unit::Day)),
    Case("every day at 00:30", 0, |_| true, None),
    Case("every day at 02:30", 1, |_| true, None),
    Case("every weekday at 07:00", 2, |day| day.weekday().number_from_monday() < 6, None),
    Case("every monday at 02:30", 1, |day| day.weekday() == Weekday::Mon, Some(Unit::Week)),
    Case("every sunday at 00:30", 0, |day| day.weekday() == Weekday::Sun, None),
    Case("on day 1 of the month at 07:00", 2, |day| day.day() == 1, Some(Unit::Month)),
    Case("on day 15 of the month at 02:30", 1, |day| day.day() == 15, None),
    Case("on day 29 of the month at 00:30", 0, |day| day_or_last(day, 29), None),
    Case("on day 30 of the month at 02:30", 1, |day| day_or_last(day, 30), None),
    Case("on day 31 of the month at 00:30", 0, |day| day_or_last(day, 31), None),
    Case("on the last day of the month at 02:30", 1, month_ends, None),
    Case("on the first workday of the month at 07:00", 2, first_weekday, None),
    Case("on the second tuesday of the month at 07:00", 2, second_tuesday, None),
    Case(
        "every quarter on day 1 at 00:30",
        0,
        |day| day.day() == 1 && day.month() % 3 == 1,
        Some(Unit::Quarter),
    ),
    Case("30 2 * * sun,wed", 1, |day| matches!(day.weekday(), Weekday::Sun | Weekday::Wed), None),
    Case("30 0 L 3,10 *", 0, |day| month_ends(day) && matches!(day.month(), 3 | 10), None),
];

fn first_weekday(day: NaiveDate) -> bool {
    match day.weekday() {
        Weekday::Sat | Weekday::Sun => false,
        Weekday::Mon => day.day() <= 3,
        _ => day.day() == 1,
    }
}

fn second_tuesday(day: NaiveDate) -> bool {
    day.weekday() == Weekday::Tue && (8..=14).contains(&day.day())
}

fn date_of(civil_day: i64) -> NaiveDate {
    NaiveDate::from_num_days_from_ce_opt(i32::try_from(civil_day).unwrap() + 719_163).unwrap()
}

fn civil_day_of(date: NaiveDate) -> i64 {
    i64::from(date.num_days_from_ce()) - 719_163
}

/// The one thing that the walker asks a zone: how many minutes its clocks are ahead.
fn offset(zone: Tz, minute: Minute) -> Minute {
    let instant = DateTime::from_timestamp(minute * 60, 0).unwrap().naive_utc();
    let seconds = zone.offset_from_utc_datetime(&instant).fix().local_minus_utc();
    assert_eq!(seconds % 60, 0, "{zone}");
    i64::from(seconds) / 60
}

/// The changes of a zone's clocks, to the minute: where they change and the offset from there; first the one at the start.
fn changes(zone: Tz, from: Minute, to: Minute) -> Vec<(Minute, Minute)> {
    let mut changes = vec![(from, offset(zone, from))];
    for hour in (from..to).step_by(60) {
        if offset(zone, hour + 60) == changes.last().unwrap().1 {
            continue;
        }
        for minute in hour + 1..=hour + 60 {
            let now = offset(zone, minute);
            if now != changes.last().unwrap().1 {
                changes.push((minute, now));
            }
        }
    }
    changes
}

/// What the walker saw of a zone.
struct Walked {
    firings: Vec<Vec<Minute>>,
    /// The first instant of each civil day from `first_day` on; that of the day after it where it never happened.
    begins: Vec<Minute>,
    first_day: i64,
}

fn walk(
    zone: Tz,
    changes: &[(Minute, Minute)],
    from: Minute,
    to: Minute,
    days: &[u32],
    days_from: i64,
) -> Walked {
    let shown_first = from + offset(zone, from);
    let mut next = TIMES.map(|time| (shown_first - time).div_euclid(DAY) * DAY + DAY + time);
    let mut walked = Walked {
        firings: vec![Vec::new(); CASES.len()],
        begins: Vec::new(),
        first_day: next[MIDNIGHT].div_euclid(DAY),
    };
    let (mut highest, mut minute, mut index) = (shown_first, from, 0);
    while minute < to {
        while index + 1 < changes.len() && minute > changes[index + 1].0 + DAY {
            index += 1;
        }
        let mut near = changes[index..].iter().take(2).skip(usize::from(index == 0));
        let near = near.any(|(change, _)| (change - minute).abs() <= DAY);
        let quarters = minute % 15 == 0 && offset(zone, minute) % 15 == 0;
        minute += if near || !quarters { 1 } else { 15 };
        let shown = minute + offset(zone, minute);
        for (time, next) in next.iter_mut().enumerate() {
            while shown >= *next {
                let civil_day = next.div_euclid(DAY);
                *next += DAY;
                if time == MIDNIGHT {
                    walked.begins.push(minute);
                    continue;
                }
                let days_cases = |day: i64| days.get((day - days_from) as usize).copied().unwrap_or(0);
                let skipped = highest < civil_day * DAY && shown >= (civil_day + 1) * DAY;
                let cases = if skipped {
                    days_cases(civil_day) & !days_cases(civil_day + 1)
                } else {
                    days_cases(civil_day)
                };
                for (index, case) in CASES.iter().enumerate() {
                    if case.1 == time
                        && (cases >> index) & 1 == 1
                        && walked.firings[index].last() != Some(&minute)
                    {
                        walked.firings[index].push(minute);
                    }
                }
            }
        }
        highest = highest.max(shown);
    }
    walked
}

/// The civil days of the unit before the one that `today` lies in, by hand.
fn unit_before(unit: Unit, today: NaiveDate, walked: &Walked) -> (NaiveDate, NaiveDate) {
    let months = |today: NaiveDate, count: u32| {
        let first = today.with_day(1).unwrap() - Months::new(today.month0() % count);
        (first - Months::new(count), first)
    };
    match unit {
        Unit::Day => {
            // The latest day before that happened.
            let mut index = (civil_day_of(today) - walked.first_day - 1) as usize;
            while walked.begins[index] == walked.begins[index + 1] {
                index -= 1;
            }
            let from = date_of(walked.first_day + index as i64);
            (from, from + Days::new(1))
        }
        Unit::Week => {
            let monday = today - Days::new(u64::from(today.weekday().num_days_from_monday()));
            (monday - Days::new(7), monday)
        }
        Unit::Month => months(today, 1),
        Unit::Quarter => months(today, 3),
        Unit::Year => months(today, 12),
    }
}

#[derive(Default)]
struct Count {
    zones: usize,
    clocks: usize,
    firings: usize,
    periods: usize,
    differences: Vec<String>,
}

fn compare(zone: Tz, walked: &Walked, schedules: &[Schedule], from: Minute, to: Minute, count: &mut Count) {
    let workdays = Workdays::monday_to_friday();
    let instant = |minute: Minute| DateTime::<Utc>::from_timestamp(minute * 60, 0).unwrap();
    let end = instant(to);
    for ((Case(words, _, _, unit), schedule), expected) in CASES.iter().zip(schedules).zip(&walked.firings) {
        let found: Vec<DateTime<Utc>> =
            std::iter::successors(schedule.next_after(instant(from), zone, &workdays), |last| {
                schedule.next_after(*last, zone, &workdays)
            })
            .take_while(|instant| *instant <= end)
            .collect();
        count.firings += expected.len();
        if !found.iter().map(|instant| instant.timestamp()).eq(expected.iter().map(|minute| minute * 60)) {
            let differing =
                found.iter().zip(expected).find(|(found, minute)| found.timestamp() != **minute * 60);
            count.differences.push(format!(
                "{words} in {zone}: {} firings, {} expected; {differing:?}",
                found.len(),
                expected.len()
            ));
        }
        let Some(unit) = unit else { continue };
        let rule = PeriodRule::Previous(*unit);
        let mut before: Option<NaiveDate> = None;
        for minute in expected {
            let today = date_of((minute + offset(zone, *minute)).div_euclid(DAY));
            let begin = |date| {
                let index = usize::try_from(civil_day_of(date) - walked.first_day).ok()?;
                walked.begins.get(index).map(|minute| instant(*minute))
            };
            if begin(today - Days::new(3)).is_none() {
                continue;
            }
            let (from, to) = unit_before(*unit, today, walked);
            if begin(from).is_none() {
                continue; // before the walk began
            }
            let period = rule.at(instant(*minute), zone, Weekday::Mon, &workdays, None);
            count.periods += 1;
            let same = (period.from(), period.to()) == (from, to)
                && (Some(period.start()), Some(period.end())) == (begin(from), begin(to));
            // One after the other: the next begins where this one ended, or later by days that never happened.
            let contiguous = before.is_none_or(|before| before == from || begin(before) == begin(from));
            if !same || !contiguous {
                count.differences.push(format!("{words} in {zone} at {}: {period:?}", instant(*minute)));
            }
            before = Some(to);
        }
    }
}

fn compare_all(zones: &[Tz], from: &str, to: &str) -> Count {
    let start = Instant::now();
    let (from, to) = (at(from).timestamp() / 60, at(to).timestamp() / 60);
    let schedules: Vec<Schedule> = CASES
        .iter()
        .map(|case| Schedule::parse(case.0).or_else(|_| Schedule::cron(case.0)).unwrap())
        .collect();
    // One bit a case, for each civil day.
    let days_from = from.div_euclid(DAY) - 3;
    let days: Vec<u32> = (days_from..to.div_euclid(DAY) + 4)
        .map(|day| {
            let date = date_of(day);
            CASES.iter().enumerate().map(|(index, case)| u32::from(case.2(date)) << index).sum()
        })
        .collect();
    let mut clocks: HashMap<Vec<(Minute, Minute)>, Walked> = HashMap::new();
    let mut count = Count::default();
    for zone in zones {
        let changes = changes(*zone, from, to);
        let walked = clocks
            .entry(changes.clone())
            .or_insert_with(|| walk(*zone, &changes, from, to, &days, days_from));
        compare(*zone, walked, &schedules, from, to, &mut count);
        count.zones += 1;
    }
    count.clocks = clocks.len();
    println!(
        "{} zones with {} different clocks, {} schedules: {} firings and {} periods compared, {} differences, {:.1?}",
        count.zones,
        count.clocks,
        CASES.len(),
        count.firings,
        count.periods,
        count.differences.len(),
        start.elapsed()
    );
    count
}

/// A part of all zones, ten years of them.
fn ten_years(part: usize) {
    const PARTS: usize = 6;
    let length = TZ_VARIANTS.len().div_ceil(PARTS);
    let zones = TZ_VARIANTS.chunks(length).nth(part).unwrap();
    let count = compare_all(zones, "2019-12-01T00:00:00Z", "2030-01-01T00:00:00Z");
    assert_eq!(count.differences, Vec::<String>::new());
    assert_eq!(count.zones, zones.len());
    assert!(
        count.firings > zones.len() * 15_000 && count.periods > zones.len() * 4_000,
        "it compares nothing"
    );
}

#[test]
fn ten_years_in_the_first_sixth_of_all_zones() {
    ten_years(0);
}

#[test]
fn ten_years_in_the_second_sixth_of_all_zones() {
    ten_years(1);
}

#[test]
fn ten_years_in_the_third_sixth_of_all_zones() {
    ten_years(2);
}

#[test]
fn ten_years_in_the_fourth_sixth_of_all_zones() {
    ten_years(3);
}

#[test]
fn ten_years_in_the_fifth_sixth_of_all_zones() {
    ten_years(4);
}

#[test]
fn ten_years_in_the_last_sixth_of_all_zones() {
    ten_years(5);
}

#[test]
fn the_odd_years_of_some_zones() {
    use chrono_tz::{America, Antarctica, Asia, Europe, Pacific};
    let odd: [(Tz, &str, &str); 14] = [
        // Whole days that never happened.
        (Pacific::Apia, "2011-06-01T00:00:00Z", "2012-12-01T00:00:00Z"),
        (Pacific::Fakaofo, "2011-06-01T00:00:00Z", "2012-12-01T00:00:00Z"),
        (Pacific::Kwajalein, "1993-01-01T00:00:00Z", "1994-12-01T00:00:00Z"),
        (Pacific::Kiritimati, "1994-06-01T00:00:00Z", "1996-01-01T00:00:00Z"),
        // Clocks that changed a minute past midnight: the day before is shown again.
        (America::St_Johns, "2005-06-01T00:00:00Z", "2012-06-01T00:00:00Z"),
        (America::Goose_Bay, "2005-06-01T00:00:00Z", "2012-06-01T00:00:00Z"),
        // Changes of half an hour, of two, of three, and for good.
        (America::Caracas, "2007-01-01T00:00:00Z", "2017-01-01T00:00:00Z"),
        (Asia::Pyongyang, "2015-01-01T00:00:00Z", "2019-01-01T00:00:00Z"),
        (Asia::Colombo, "1995-01-01T00:00:00Z", "2007-01-01T00:00:00Z"),
        (Antarctica::Troll, "2005-01-01T00:00:00Z", "2010-01-01T00:00:00Z"),
        (Antarctica::Casey, "2009-01-01T00:00:00Z", "2024-01-01T00:00:00Z"),
        (Europe::Lisbon, "1991-01-01T00:00:00Z", "1998-01-01T00:00:00Z"),
        (Europe::Volgograd, "2010-01-01T00:00:00Z", "2021-06-01T00:00:00Z"),
        (America::Sao_Paulo, "2010-01-01T00:00:00Z", "2020-01-01T00:00:00Z"),
    ];
    for (zone, from, to) in odd {
        let count = compare_all(&[zone], from, to);
        assert_eq!(count.differences, Vec::<String>::new());
    }
}

#[test]
fn the_walker_itself_sees_the_civil_facts() {
    let walked = |zone: Tz, from: &str, to: &str| {
        let (from, to) = (at(from).timestamp() / 60, at(to).timestamp() / 60);
        let days_from = from.div_euclid(DAY) - 1;
        let days = vec![0b111; ((to - from) / DAY + 4) as usize]; // the three daily cases
        let walked = walk(zone, &changes(zone, from, to), from, to, &days, days_from);
        let length = |date: &str| {
            let index = (civil_day_of(day(date)) - walked.first_day) as usize;
            walked.begins[index + 1] - walked.begins[index]
        };
        let lengths = ["2011-12-29", "2011-12-30", "2011-12-31"];
        if zone == chrono_tz::Pacific::Apia {
            assert_eq!(lengths.map(length), [DAY, 0, DAY]);
            assert_eq!(walked.firings[0].len(), 4, "the 28th, the 29th, the 31st and the 1st");
        } else {
            // A civil day of 25 hours.
            assert_eq!(length("2026-11-01"), DAY + 60);
            assert_eq!(walked.firings[2].len(), 3);
        }
    };
    walked(chrono_tz::Pacific::Apia, "2011-12-28T10:30:00Z", "2012-01-01T09:00:00Z");
    walked(chrono_tz::America::New_York, "2026-10-31T05:00:00Z", "2026-11-03T07:00:00Z");
}

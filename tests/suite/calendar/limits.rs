//! Starts, ends, exceptions, free days and notes; and that the way back finds what the way there found.

use super::{at, day};
use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use chrono_tz::{TZ_VARIANTS, Tz};
use parte::calendar::{Firing, FiringNote, OnFreeDay, PeriodRule, Schedule, Unit, Workdays};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};
use std::collections::BTreeSet;

const BOGOTA: Tz = chrono_tz::America::Bogota;

fn parse(text: &str) -> Schedule {
    Schedule::parse(text).or_else(|_| Schedule::cron(text)).unwrap()
}

/// Monday to Friday, less Colombia's Monday of November, Christmas and New Year.
fn workdays() -> Workdays {
    Workdays::monday_to_friday().with_holidays(["2026-11-16", "2026-12-25", "2027-01-01"].map(day))
}

fn forwards(schedule: &Schedule, zone: Tz, after: DateTime<Utc>, count: usize) -> Vec<Firing> {
    let workdays = workdays();
    std::iter::successors(schedule.firing_after(after, zone, &workdays), |last| {
        schedule.firing_after(last.at, zone, &workdays)
    })
    .take(count)
    .collect()
}

/// The first firings after an instant as days and times of the zone, with their notes.
fn told(schedule: &Schedule, zone: Tz, after: &str, count: usize) -> Vec<String> {
    forwards(schedule, zone, at(after), count)
        .iter()
        .map(|firing| {
            let notes: Vec<String> = firing.notes.iter().map(|note| format!("{note:?}")).collect();
            let shown = firing.at.with_timezone(&zone).format("%a %m-%d %H:%M");
            format!("{shown} {}", notes.join(" ")).trim_end().to_owned()
        })
        .collect()
}

#[test]
fn a_schedule_begins_and_ends_on_its_days_and_both_belong_to_it() {
    let schedule = parse("every day at 07:00").starting(day("2026-11-24")).ending(day("2026-11-26"));
    assert_eq!(
        told(&schedule, BOGOTA, "2020-01-01T00:00:00Z", 9),
        ["Tue 11-24 07:00", "Wed 11-25 07:00", "Thu 11-26 07:00"]
    );
    let (zone, workdays) = (BOGOTA, workdays());
    let latest = |at_: &str| schedule.latest_at(at(at_), zone, &workdays).map(|at| at.to_rfc3339());
    assert_eq!(latest("2026-11-24T11:59:59Z"), None);
    assert_eq!(latest("2026-11-24T12:00:00Z").unwrap(), "2026-11-24T12:00:00+00:00");
    // Long after its end the latest one is still found.
    assert_eq!(latest("2061-01-01T00:00:00Z").unwrap(), "2026-11-26T12:00:00+00:00");
    // A start beyond the sixty years of the search is a start.
    let far = parse("on day 1 of the month at 07:00").starting(day("2126-01-02"));
    assert_eq!(
        far.next_after(at("2026-11-23T00:00:00Z"), Tz::UTC, &workdays).unwrap(),
        at("2126-02-01T07:00:00Z")
    );
}

#[test]
fn civil_days_of_the_zone_bound_it_not_days_of_utc() {
    // 22:00 in Bogotá is 03:00 UTC of the next day.
    let schedule = parse("every day at 22:00").ending(day("2026-11-24")).except([day("2026-11-23")]);
    let days = told(&schedule, BOGOTA, "2026-11-22T12:00:00Z", 9);
    assert_eq!(days, ["Sun 11-22 22:00 FreeDay", "Tue 11-24 22:00"]);
}

#[test]
fn free_days_are_fired_on_skipped_or_moved_from() {
    // 14 to 16 November: Saturday, Sunday and a holiday.
    let (after, daily) = ("2026-11-13T00:00:00Z", "every day at 07:00");
    let by = |rule| told(&parse(daily).on_free_day(rule), BOGOTA, after, 3);
    assert_eq!(
        by(OnFreeDay::Fire),
        ["Fri 11-13 07:00", "Sat 11-14 07:00 FreeDay", "Sun 11-15 07:00 FreeDay"]
    );
    for merged in [OnFreeDay::Skip, OnFreeDay::NextWorkday, OnFreeDay::PreviousWorkday] {
        // Those that move meet the firings of their workdays: one firing a day, not displaced.
        assert_eq!(by(merged), ["Fri 11-13 07:00", "Tue 11-17 07:00", "Wed 11-18 07:00"], "{merged:?}");
    }
    let weekend =
        |rule| told(&parse("every saturday and monday at 07:00").on_free_day(rule), BOGOTA, after, 3);
    assert_eq!(weekend(OnFreeDay::Skip), ["Mon 11-23 07:00", "Mon 11-30 07:00", "Mon 12-07 07:00"]);
    assert_eq!(
        weekend(OnFreeDay::NextWorkday),
        ["Tue 11-17 07:00 MovedFrom(2026-11-14) MovedFrom(2026-11-16)", "Mon 11-23 07:00", "Mon 11-30 07:00"],
        "the two free days of one workday are one firing"
    );
    assert_eq!(
        weekend(OnFreeDay::PreviousWorkday),
        [
            "Fri 11-13 07:00 MovedFrom(2026-11-14) MovedFrom(2026-11-16)",
            "Fri 11-20 07:00 MovedFrom(2026-11-21)",
            "Mon 11-23 07:00"
        ]
    );
}

#[test]
fn the_period_of_a_moved_firing_is_that_of_the_day_it_comes_out_on() {
    let schedule = parse("on day 1 of the month at 06:00").on_free_day(OnFreeDay::PreviousWorkday);
    let firing = schedule.firing_after(at("2026-12-02T00:00:00Z"), BOGOTA, &workdays()).unwrap();
    assert_eq!(
        (firing.at, firing.asked.to_string()),
        (at("2026-12-31T11:00:00Z"), "2027-01-01 06:00:00".into())
    );
    let period = PeriodRule::Previous(Unit::Month).at(firing.at, BOGOTA, Weekday::Mon, &workdays(), None);
    assert_eq!(period.from(), day("2026-11-01"), "on 31 December the latest complete month is November");
}

#[test]
fn bounds_and_exceptions_hold_for_the_day_asked_for_and_for_the_day_it_comes_out_on() {
    let sunday = || parse("every sunday at 07:00").on_free_day(OnFreeDay::NextWorkday);
    let first = |schedule: &Schedule| told(schedule, BOGOTA, "2026-11-20T00:00:00Z", 1);
    assert_eq!(first(&sunday()), ["Mon 11-23 07:00 MovedFrom(2026-11-22)"]);
    // Asked for before the start; on an excepted Sunday; coming out on an excepted Monday.
    for bounded in [
        sunday().starting(day("2026-11-23")),
        sunday().except([day("2026-11-22")]),
        sunday().except([day("2026-11-23")]),
    ] {
        assert_eq!(first(&bounded), ["Mon 11-30 07:00 MovedFrom(2026-11-29)"]);
    }
    assert_eq!(first(&sunday().starting(day("2026-11-22"))), ["Mon 11-23 07:00 MovedFrom(2026-11-22)"]);
    // Coming out after the end.
    assert_eq!(first(&sunday().ending(day("2026-11-22"))), Vec::<String>::new());
    let early = parse("every saturday at 07:00").on_free_day(OnFreeDay::PreviousWorkday);
    assert_eq!(first(&early.clone().starting(day("2026-11-21"))), ["Fri 11-27 07:00 MovedFrom(2026-11-28)"]);
    assert_eq!(first(&early.ending(day("2026-11-20"))), Vec::<String>::new(), "asked for after the end");
    // An excepted day is not the workday's fault: the firing is not carried past it.
    let one_of_two =
        parse("every day at 07:00").except([day("2026-11-23")]).on_free_day(OnFreeDay::NextWorkday);
    assert_eq!(first(&one_of_two), ["Fri 11-20 07:00"]);
    assert_eq!(told(&one_of_two, BOGOTA, "2026-11-20T20:00:00Z", 1), ["Tue 11-24 07:00"]);
}

#[test]
fn a_gap_over_midnight_comes_out_on_the_next_day_and_is_bounded_by_it() {
    // Toronto's clocks went from 23:30 on 30 March 1919 to 00:30 on the 31st.
    let zone = chrono_tz::America::Toronto;
    let after = "1919-03-30T12:00:00Z";
    let schedule = || parse("every sunday at 23:45");
    assert_eq!(told(&schedule(), zone, after, 1), ["Mon 03-31 00:30 Gap"]);
    for bounded in [schedule().except([day("1919-03-31")]), schedule().except([day("1919-03-30")])] {
        assert_eq!(told(&bounded, zone, after, 1), ["Sun 04-06 23:45 FreeDay"]);
    }
    assert_eq!(told(&schedule().ending(day("1919-03-30")), zone, after, 1), Vec::<String>::new());
}

#[test]
fn a_day_that_the_zone_skipped_is_no_workday() {
    let zone = chrono_tz::Pacific::Apia;
    let friday =
        |rule| told(&parse("every friday at 07:00").on_free_day(rule), zone, "2011-12-28T00:00:00Z", 1);
    assert_eq!(friday(OnFreeDay::Fire), ["Sat 12-31 00:00 SkippedDay FreeDay"]);
    assert_eq!(friday(OnFreeDay::Skip), ["Fri 01-06 07:00"]);
    assert_eq!(friday(OnFreeDay::NextWorkday), ["Mon 01-02 07:00 MovedFrom(2011-12-30)"]);
    assert_eq!(friday(OnFreeDay::PreviousWorkday), ["Thu 12-29 07:00 MovedFrom(2011-12-30)"]);
    let excepted = parse("every friday at 07:00").except([day("2011-12-31")]);
    assert_eq!(told(&excepted, zone, "2011-12-28T00:00:00Z", 1), ["Fri 01-06 07:00"]);
}

#[test]
fn several_notes_of_one_firing_stand_together() {
    let schedule = parse("on day 31 of the month at 02:30").on_free_day(OnFreeDay::NextWorkday);
    // 28 February 2027 is a Sunday.
    assert_eq!(
        told(&schedule, BOGOTA, "2027-02-10T00:00:00Z", 1),
        ["Mon 03-01 02:30 ShortMonth { asked: 31 } MovedFrom(2027-02-28)"]
    );
    let quarter = parse("every quarter on day 31 at 02:30");
    assert_eq!(
        told(&quarter, BOGOTA, "2027-02-10T00:00:00Z", 1),
        ["Fri 04-30 02:30 ShortMonth { asked: 31 }"]
    );
    let madrid = chrono_tz::Europe::Madrid;
    let sunday = parse("every sunday at 02:30");
    assert_eq!(told(&sunday, madrid, "2026-03-28T00:00:00Z", 1), ["Sun 03-29 03:00 Gap FreeDay"]);
    assert_eq!(told(&sunday, madrid, "2026-10-24T00:00:00Z", 1), ["Sun 10-25 02:30 Overlap FreeDay"]);
    // The running clock fires in both passes and misses nothing in a gap: nothing to say.
    let running = parse("every 30 minutes");
    let notes = forwards(&running, madrid, at("2026-10-23T20:00:00Z"), 40);
    assert!(notes.iter().all(|firing| !firing.notes.contains(&FiringNote::Overlap)));
}

#[test]
fn moved_firings_equal_those_of_a_model_that_moves_each_one_by_hand() {
    let mut random = ChaCha8Rng::seed_from_u64(23);
    let mut pick = |of: u32| random.next_u32() % of;
    let (first, last) = (day("2026-01-01"), day("2028-01-01"));
    let mut compared = 0;
    for _ in 0..150 {
        let asks: [(&str, fn(NaiveDate) -> bool); 5] = [
            ("every day at 07:00", |_| true),
            ("every sunday at 07:00", |day| day.weekday() == Weekday::Sun),
            ("every saturday and monday at 07:00", |day| {
                matches!(day.weekday(), Weekday::Sat | Weekday::Mon)
            }),
            ("on day 15 of the month at 07:00", |day| day.day() == 15),
            ("on the last day of the month at 07:00", |day| (day + Days::new(1)).day() == 1),
        ];
        let (words, asks) = asks[pick(5) as usize];
        let mut some_days = |count: u32| -> BTreeSet<NaiveDate> {
            (0..pick(count)).map(|_| first + Days::new(u64::from(pick(800)))).collect()
        };
        let (holidays, except) = (some_days(120), some_days(60));
        let (starts, ends) = (first + Days::new(u64::from(pick(90))), last - Days::new(u64::from(pick(90))));
        let rule = [OnFreeDay::Fire, OnFreeDay::Skip, OnFreeDay::NextWorkday, OnFreeDay::PreviousWorkday]
            [pick(4) as usize];
        let workdays = Workdays::monday_to_friday().with_holidays(holidays);
        // By the words of the rule, a firing at a time.
        let allowed = |day: NaiveDate| day >= starts && day <= ends && !except.contains(&day);
        let mut expected = BTreeSet::new();
        for asked in first.iter_days().take_while(|day| *day < last).filter(|day| asks(*day)) {
            let mut out = asked;
            let step = |day: NaiveDate| match rule {
                OnFreeDay::NextWorkday => day + Days::new(1),
                _ => day - Days::new(1),
            };
            while matches!(rule, OnFreeDay::NextWorkday | OnFreeDay::PreviousWorkday)
                && !workdays.is_workday(out)
            {
                out = step(out);
            }
            let fires = rule != OnFreeDay::Skip || workdays.is_workday(asked);
            if fires && allowed(asked) && allowed(out) {
                expected.insert(out.and_time(NaiveTime::from_hms_opt(7, 0, 0).unwrap()).and_utc());
            }
        }
        let schedule = parse(words).starting(starts).ending(ends).except(except.clone()).on_free_day(rule);
        let mut next = at("2025-06-01T00:00:00Z");
        let mut found = BTreeSet::new();
        while let Some(firing) = schedule.next_after(next, Tz::UTC, &workdays) {
            found.insert(firing);
            next = firing;
        }
        assert_eq!(found, expected, "{words} {rule:?}");
        compared += found.len();
    }
    println!("{compared} moved and bounded firings compared with the model");
    assert!(compared > 5_000);
}

#[test]
fn the_way_back_finds_the_firings_of_the_way_there_and_they_strictly_increase() {
    const TEXTS: [&str; 20] = [
        "every day at 00:00",
        "every day at 00:30, 01:30, 02:30 and 23:45",
        "every weekday at 02:00",
        "every workday at 03:00",
        "every sunday at 02:30",
        "every saturday and sunday at 00:01",
        "on day 31 of the month at 02:30",
        "on day 29 of the month at 00:00",
        "on the last day of the month at 23:59",
        "on the first workday of the month at 00:15",
        "on the last workday of the month at 01:59",
        "on the last sunday of the month at 02:30",
        "every quarter on day 31 at 01:00",
        "every 45 minutes",
        "every 3 hours",
        "0,20,40 0-3 * * *",
        "15 2 L * sun",
        "*/20 * * * sun",
        "30 1 15W 3,10,11 *",
        "* 0-22 * 3,4,9,10,11 6",
    ];
    let odd_zones = [
        chrono_tz::America::Santiago,
        chrono_tz::America::St_Johns,
        chrono_tz::Pacific::Apia,
        chrono_tz::Africa::Casablanca,
        chrono_tz::Australia::Lord_Howe,
        chrono_tz::Antarctica::Troll,
    ];
    let workdays = workdays();
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let mut pick = |of: u32| random.next_u32() % of;
    let mut compared = 0;
    for _ in 0..500 {
        let text = TEXTS[pick(20) as usize];
        let zone = match pick(2) {
            0 => odd_zones[pick(6) as usize],
            _ => TZ_VARIANTS[pick(TZ_VARIANTS.len() as u32) as usize],
        };
        let start = DateTime::from_timestamp(1_230_000_000 + i64::from(pick(670_000_000)), pick(2)).unwrap();
        let first = start.with_timezone(&zone).date_naive();
        let mut schedule = parse(text);
        if pick(2) == 0 {
            schedule = schedule.except((0..pick(40)).map(|_| first + Days::new(u64::from(pick(90)))));
        }
        if pick(3) == 0 {
            schedule = schedule.starting(first + Days::new(u64::from(pick(20))));
        }
        if pick(3) == 0 {
            schedule = schedule.ending(first + Days::new(u64::from(20 + pick(60))));
        }
        schedule = schedule.on_free_day(
            [OnFreeDay::Fire, OnFreeDay::Skip, OnFreeDay::NextWorkday, OnFreeDay::PreviousWorkday]
                [pick(4) as usize],
        );
        let there = forwards(&schedule, zone, start, 25);
        assert!(there.first().is_none_or(|firing| firing.at > start));
        assert!(there.windows(2).all(|pair| pair[0].at < pair[1].at), "{text} in {zone} from {start}");
        let Some(last) = there.last() else { continue };
        let back: Vec<Firing> =
            std::iter::successors(schedule.firing_at_or_before(last.at, zone, &workdays), |later| {
                schedule.firing_at_or_before(later.at - TimeDelta::nanoseconds(1), zone, &workdays)
            })
            .take(there.len())
            .collect();
        assert!(
            back.iter().rev().eq(&there),
            "{text} in {zone} from {start}: {schedule:?}\n{there:?}\n{back:?}"
        );
        for pair in there.windows(2) {
            let between = pair[1].at - TimeDelta::seconds(1);
            assert_eq!(schedule.latest_at(between, zone, &workdays), Some(pair[0].at), "{text} in {zone}");
        }
        compared += there.len();
    }
    println!("{compared} firings found forwards and backwards");
    assert!(compared > 7_000, "only {compared}");
}

#[test]
fn the_delay_of_a_report_is_its_own_and_never_changes() {
    // int.from_bytes(hashlib.sha256(id.encode()).digest()[:8], "big") * (seconds + 1) >> 64
    let delay = |id: &str, seconds| {
        parse("every day at 07:00").jittered(TimeDelta::seconds(seconds)).delay(id).num_seconds()
    };
    for (id, in_five_minutes, in_an_hour) in
        [("daily", 130, 1564), ("weekly-sales", 84, 1007), ("a", 238, 2849)]
    {
        assert_eq!((delay(id, 300), delay(id, 3600), delay(id, 0)), (in_five_minutes, in_an_hour, 0), "{id}");
    }
    assert_eq!((delay("a", 1), delay("a", -5)), (1, 0));
    assert_eq!(parse("every day at 07:00").delay("a"), TimeDelta::zero());
    assert!(parse("every day at 07:00").jittered(TimeDelta::MAX).delay("a") <= TimeDelta::MAX);
    // Uniform: of ten thousand reports, about a thousand in each of ten seconds.
    let mut seconds = [0; 10];
    for number in 0..10_000 {
        seconds[delay(&format!("report-{number}"), 9) as usize] += 1;
    }
    assert!(seconds.iter().all(|count| (900..1100).contains(count)), "{seconds:?}");
}

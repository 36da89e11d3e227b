//! How long the next firing takes; generous bounds that catch a search gone wrong, not a busy machine. `cargo bench --bench
//! calendar` measures.

use super::{at, day, mix};
use chrono_tz::Tz;
use parte::calendar::{OnFreeDay, Schedule, Workdays};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

#[test]
fn the_next_firings_of_a_thousand_different_schedules_are_found_at_once() {
    let (schedules, workdays, now) = (mix::thousand(), mix::workdays(), mix::now());
    let different: BTreeSet<String> =
        schedules.iter().map(|mixed| format!("{:?} {}", mixed.schedule, mixed.zone)).collect();
    assert_eq!(different.len(), 1000);
    let begun = Instant::now();
    let firing = |mixed: &mix::Mixed| mixed.schedule.firing_after(now, mixed.zone, &workdays);
    let fire = schedules.iter().filter_map(firing).filter(|firing| firing.at > now).count();
    let took = begun.elapsed();
    println!("1000 schedules: {fire} next firings in {took:.1?}, in a build without optimisation");
    assert!(fire > 990, "{fire}");
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_schedule_that_never_fires_again_is_told_fast() {
    let now = at("2026-11-23T12:00:00Z");
    let workdays = Workdays::monday_to_friday();
    let free = Workdays::parse("mon").unwrap().with_holidays(day("2000-01-01").iter_days().take(120 * 366));
    let words = |text: &str| Schedule::parse(text).or_else(|_| Schedule::cron(text)).unwrap();
    let never = [
        ("ended", words("every minute").ending(day("2026-11-22")), &workdays),
        ("ended", words("0 7 29 2 mon").ending(day("2026-11-22")), &workdays),
        ("sundays, skipped", words("every sunday at 07:00").on_free_day(OnFreeDay::Skip), &workdays),
        ("sundays, skipped", words("*/5 * * * sun").on_free_day(OnFreeDay::Skip), &workdays),
        ("no workday at all", words("every workday at 07:00"), &free),
        ("no workday to move to", words("every day at 07:00").on_free_day(OnFreeDay::NextWorkday), &free),
        ("no workday to move to", words("every 5 minutes").on_free_day(OnFreeDay::PreviousWorkday), &free),
        ("no workday at all", words("on the last workday of the month at 07:00"), &free),
        (
            "no day left",
            words("every hour")
                .ending(day("2026-11-25"))
                .except(["2026-11-23", "2026-11-24", "2026-11-25"].map(day)),
            &workdays,
        ),
        (
            "ends before it starts",
            words("every day at 07:00").starting(day("2027-01-02")).ending(day("2027-01-01")),
            &workdays,
        ),
    ];
    for (why, schedule, workdays) in never {
        let begun = Instant::now();
        for zone in [Tz::UTC, chrono_tz::America::Bogota] {
            assert_eq!(schedule.next_after(now, zone, workdays), None, "{}: {why}", schedule.text());
        }
        let took = begun.elapsed() / 2;
        println!("{}, {why}: told in {took:.1?}", schedule.text());
        assert!(took < Duration::from_secs(1), "{}: {took:?}", schedule.text());
    }
}

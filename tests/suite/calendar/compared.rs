//! What a period is compared with, on every day of eight years, for every rule and each first day of a week.

use super::day;
use chrono::{Datelike as _, NaiveDate, NaiveTime, Weekday};
use chrono_tz::Tz;
use parte::calendar::{Period, PeriodRule, Shape, Unit, Workdays, instant_of};

const RULES: [&str; 12] = [
    "previous day",
    "previous workday",
    "previous week",
    "previous month",
    "previous quarter",
    "previous year",
    "previous 7 days",
    "previous 30 days",
    "week to date",
    "month to date",
    "quarter to date",
    "year to date",
];
const ZONE: Tz = chrono_tz::America::Bogota;

fn on(rule: &str, today: NaiveDate, week_start: Weekday) -> Period {
    let at = instant_of(today.and_time(NaiveTime::from_hms_opt(7, 0, 0).unwrap()), ZONE);
    PeriodRule::parse(rule).unwrap().at(at, ZONE, week_start, &Workdays::monday_to_friday(), None)
}

fn length(period: &Period) -> i64 {
    (period.to() - period.from()).num_days()
}

fn shown(period: &Period) -> String {
    format!("{}..{}", period.from(), period.to())
}

/// 2023 to 2030, with the leap years 2024 and 2028.
fn days() -> impl Iterator<Item = NaiveDate> {
    day("2023-01-01").iter_days().take(8 * 365 + 2)
}

#[test]
fn what_has_elapsed_is_compared_with_as_much_and_never_with_more() {
    for today in days() {
        for week_start in [Weekday::Mon, Weekday::Sun] {
            for rule in RULES.into_iter().filter(|rule| rule.ends_with("to date")) {
                let period = on(rule, today, week_start);
                let Shape::ToDate(unit) = period.shape() else { continue };
                for (name, other) in [("previous", period.previous()), ("year", period.year_before())] {
                    let whole = unit_from(unit, other.from());
                    let of = format!("{rule} on {today}: {} with {name} {}", shown(&period), shown(&other));
                    // The same number of days, or all of a unit that is shorter than what has elapsed.
                    assert_eq!(length(&other), length(&period).min(whole), "{of}");
                    assert!(other.to() <= period.from(), "{of}");
                    assert_eq!(other.shape(), period.shape(), "{of}");
                }
                let year = period.year_before();
                if unit == Unit::Week {
                    assert_eq!(period.from() - year.from(), chrono::TimeDelta::weeks(52));
                } else {
                    assert_eq!((year.from().month(), year.from().day()), (period.from().month(), 1));
                    assert_eq!(year.from().year(), period.from().year() - 1);
                }
            }
        }
    }
}

/// Days in the unit that starts on this day, counted on the calendar's own months.
fn unit_from(unit: Unit, first: NaiveDate) -> i64 {
    let months = match unit {
        Unit::Day => return 1,
        Unit::Week => return 7,
        Unit::Month => 1,
        Unit::Quarter => 3,
        Unit::Year => 12,
    };
    (first.checked_add_months(chrono::Months::new(months)).unwrap() - first).num_days()
}

#[test]
fn a_whole_unit_is_compared_with_a_whole_unit_and_weekdays_stay() {
    for today in days() {
        for (rule, months) in [("previous month", 1), ("previous quarter", 3), ("previous year", 12)] {
            let period = on(rule, today, Weekday::Mon);
            let year = period.year_before();
            assert_eq!(year.unit(), period.unit());
            assert_eq!(
                (year.from().month(), year.from().year() + 1),
                (period.from().month(), period.from().year())
            );
            assert_eq!(length(&year), unit_from(period.unit().unwrap(), year.from()), "{rule} {today}");
            assert_eq!(period.previous().to(), period.from());
            // As many units before as a year has are the year before.
            let back = (0..12 / months).fold(period.clone(), |at, _| at.previous());
            assert_eq!(shown(&back), shown(&year), "{rule} {today}");
        }
        for rule in ["previous week", "previous workday", "week to date"] {
            let period = on(rule, today, Weekday::Sun);
            let year = period.year_before();
            assert_eq!(
                (year.from().weekday(), year.last().weekday()),
                (period.from().weekday(), period.last().weekday())
            );
            assert_eq!((period.from() - year.from()).num_days(), 364, "{rule} {today}");
        }
    }
}

#[test]
fn days_are_compared_with_the_same_dates_and_29_february_with_28() {
    for today in days() {
        for rule in ["previous day", "previous 7 days", "previous 30 days"] {
            let period = on(rule, today, Weekday::Mon);
            let year = period.year_before();
            for (own, other) in [(period.from(), year.from()), (period.last(), year.last())] {
                let number = if (own.month(), own.day()) == (2, 29) { 28 } else { own.day() };
                assert_eq!(
                    (other.year(), other.month(), other.day()),
                    (own.year() - 1, own.month(), number),
                    "{rule}"
                );
            }
        }
    }
    let of = |text: &str| shown(&Period::parse(text, ZONE).unwrap().year_before());
    assert_eq!(of("2028-02-29..2028-03-01"), "2027-02-28..2027-03-01");
    assert_eq!(of("2028-02-20..2028-02-29"), "2027-02-20..2027-03-01");
    assert_eq!(of("2029-02-20..2029-03-01"), "2028-02-20..2028-02-29");
    assert_eq!(of("2026-03-03..2026-03-18"), "2025-03-03..2025-03-18");
    assert_eq!(of("2026-03-01..2026-04-01"), "2025-03-01..2025-04-01");
}

#[test]
fn of_years_the_period_before_and_the_year_before_are_the_same() {
    for today in days() {
        for rule in ["previous year", "year to date"] {
            let period = on(rule, today, Weekday::Mon);
            assert_eq!(shown(&period.previous()), shown(&period.year_before()), "{rule} {today}");
        }
    }
}

#[test]
fn every_comparison_is_a_period_before_in_every_zone_and_at_the_ends_of_time() {
    for rule in RULES {
        for zone in [ZONE, chrono_tz::Pacific::Apia, chrono_tz::Pacific::Kiritimati] {
            for today in ["2011-12-31", "2012-12-31", "2012-01-01", "2026-02-28"] {
                let at = instant_of(day(today).and_time(NaiveTime::MIN), zone);
                let rule = PeriodRule::parse(rule).unwrap();
                let period = rule.at(at, zone, Weekday::Mon, &Workdays::monday_to_friday(), None);
                for other in [period.previous(), period.year_before()] {
                    assert!(
                        other.start() < other.end() && other.to() <= period.from(),
                        "{rule:?} {today} {zone}"
                    );
                }
            }
            for end in [chrono::DateTime::<chrono::Utc>::MIN_UTC, chrono::DateTime::<chrono::Utc>::MAX_UTC] {
                let rule = PeriodRule::parse(rule).unwrap();
                let period = rule.at(end, zone, Weekday::Mon, &Workdays::monday_to_friday(), None);
                let year = period.year_before();
                assert!(year.from() < year.to());
                let _ = (year.start(), year.end(), year.shape());
            }
        }
    }
}

#[test]
fn a_unit_to_date_on_the_first_of_its_unit_is_the_unit_before_as_a_whole() {
    let period = on("month to date", day("2026-03-01"), Weekday::Mon);
    assert_eq!(
        (shown(&period), period.shape()),
        ("2026-02-01..2026-03-01".to_owned(), Shape::Unit(Unit::Month))
    );
    assert_eq!(shown(&period.year_before()), "2025-02-01..2025-03-01");
    let tenth = on("month to date", day("2026-03-11"), Weekday::Mon);
    assert_eq!(shown(&tenth), "2026-03-01..2026-03-11");
    assert_eq!(shown(&tenth.previous()), "2026-02-01..2026-02-11");
    assert_eq!(shown(&tenth.year_before()), "2025-03-01..2025-03-11");
    let last = on("month to date", day("2026-03-31"), Weekday::Mon);
    assert_eq!(shown(&last.previous()), "2026-02-01..2026-03-01");
}

//! Holidays out of an iCalendar text (RFC 5545): the days of its all-day events. Which days are worked is not decided here.

use super::WorkdaysError;
use chrono::{Datelike as _, NaiveDate, TimeDelta};
use icalendar::parser::{Component, read_components, unfold};
use std::collections::BTreeSet;

/// Years into which yearly events are expanded.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2100;

/// The longest event: one that is longer is a mistake, not a holiday.
const MOST_DAYS: i64 = 366;

/// Components nested deeper than this are no calendar (the parser recurses once a level).
const MOST_NESTED: usize = 8;

/// The days of every all-day event.
pub(super) fn holidays_of(ics: &str) -> Result<BTreeSet<NaiveDate>, WorkdaysError> {
    let text = unfold(ics.trim_start_matches('\u{feff}'));
    check_shape(&text)?;
    let components = read_components(&text).map_err(|error| {
        // The parser prints its whole trace; the first line that names a place is what a person can use.
        let place = error.lines().find(|line| line.contains("at line")).unwrap_or("it is not well formed");
        not_a_calendar(place.trim().trim_end_matches(':'))
    })?;
    let mut days = BTreeSet::new();
    for calendar in components.iter().filter(|component| component.name == "VCALENDAR") {
        for event in calendar.components.iter().filter(|component| component.name == "VEVENT") {
            add_event(event, &mut days)?;
        }
    }
    Ok(days)
}

/// The parser takes what it can and is silent about the rest: what is not one or more whole calendars is refused first.
fn check_shape(text: &str) -> Result<(), WorkdaysError> {
    let mut open: Vec<&str> = Vec::new();
    let mut calendars = 0;
    for (number, line) in text.lines().map(str::trim_end).enumerate().filter(|(_, line)| !line.is_empty()) {
        if let Some(name) = line.strip_prefix("BEGIN:") {
            if open.is_empty() && name != "VCALENDAR" {
                return Err(not_a_calendar(&format!("line {} begins a {name}", number + 1)));
            }
            if open.len() == MOST_NESTED {
                return Err(not_a_calendar(&format!("line {} is nested too deeply", number + 1)));
            }
            calendars += usize::from(open.is_empty());
            open.push(name);
        } else if let Some(name) = line.strip_prefix("END:") {
            if open.pop() != Some(name) {
                return Err(not_a_calendar(&format!("line {} ends a {name} that is not open", number + 1)));
            }
        } else if open.is_empty() {
            return Err(not_a_calendar(&format!("line {} stands outside of a calendar", number + 1)));
        }
    }
    match open.last() {
        Some(name) => Err(not_a_calendar(&format!("its {name} has no end"))),
        None if calendars == 0 => Err(not_a_calendar("it is empty")),
        None => Ok(()),
    }
}

fn add_event(event: &Component<'_>, days: &mut BTreeSet<NaiveDate>) -> Result<(), WorkdaysError> {
    let value = |name: &str| event.find_prop(name).map(|property| property.val.as_str().trim());
    let name = value("SUMMARY").or_else(|| value("UID")).unwrap_or("without a name");
    let refuse = |what: String, hint: &str| {
        let what = format!("the event `{name}` {what}");
        Err(WorkdaysError { what, hint: hint.to_owned(), span: 0..0 })
    };
    if value("STATUS").is_some_and(|status| status.eq_ignore_ascii_case("CANCELLED")) {
        return Ok(());
    }
    let Some(start) = value("DTSTART") else {
        return refuse("has no DTSTART".into(), "give its day: `DTSTART;VALUE=DATE:20261225`");
    };
    if start.contains('T') {
        return Ok(()); // an appointment, not a day
    }
    let Some(first) = date(start) else {
        return refuse(
            format!("starts on `{start}`, which is not a date"),
            "write `DTSTART;VALUE=DATE:20261225`",
        );
    };
    for unsupported in ["RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"] {
        if value(unsupported).is_some() {
            return refuse(
                format!("has {unsupported}, which is not understood"),
                "write each day as an event of its own",
            );
        }
    }
    let length = match (value("DTEND"), value("DURATION")) {
        (Some(end), _) => match date(end) {
            // Some programs end a one-day event on the day it starts, against the letter of the standard.
            Some(end) if end >= first => (end - first).num_days().max(1),
            _ => {
                return refuse(
                    format!("ends on `{end}`"),
                    "DTEND is the first day after it: `DTEND;VALUE=DATE:20261226`",
                );
            }
        },
        (None, Some(text)) => match duration_days(text) {
            Some(days) => days,
            None => return refuse(format!("lasts `{text}`"), "write whole days: `DURATION:P2D`"),
        },
        (None, None) => 1,
    };
    if length > MOST_DAYS {
        return refuse(
            format!("lasts {length} days"),
            "check its DTEND: it is the first day after the event",
        );
    }
    match value("RRULE") {
        None => add_days(first, length, days),
        Some(rule) if is_plain_yearly(rule) => {
            for year in YEARS.filter(|year| *year >= first.year()) {
                // 29 February comes in leap years only, as the standard says.
                if let Some(first) = first.with_year(year) {
                    add_days(first, length, days);
                }
            }
        }
        Some(rule) => {
            return refuse(
                format!("repeats by `{rule}`, which is not understood"),
                "only `RRULE:FREQ=YEARLY` is: write moving days as events of their own",
            );
        }
    }
    Ok(())
}

fn add_days(first: NaiveDate, length: i64, days: &mut BTreeSet<NaiveDate>) {
    days.extend((0..length).filter_map(|offset| first.checked_add_signed(TimeDelta::days(offset))));
}

fn is_plain_yearly(rule: &str) -> bool {
    rule.trim_end_matches(';').eq_ignore_ascii_case("FREQ=YEARLY")
}

fn date(text: &str) -> Option<NaiveDate> {
    let all_digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| NaiveDate::parse_from_str(text, "%Y%m%d").ok()).flatten()
}

/// `P3D` or `P1W` in days.
fn duration_days(text: &str) -> Option<i64> {
    let body = text.trim_start_matches('+').strip_prefix('P')?;
    let (digits, days) = match (body.strip_suffix('D'), body.strip_suffix('W')) {
        (Some(digits), _) => (digits, 1),
        (_, Some(digits)) => (digits, 7),
        _ => return None,
    };
    let count: i64 = digits.parse().ok().filter(|count| (1..=MOST_DAYS).contains(count))?;
    Some(count * days)
}

fn not_a_calendar(why: &str) -> WorkdaysError {
    WorkdaysError {
        what: format!("this is not an iCalendar text: {why}"),
        hint: "give an .ics file: `BEGIN:VCALENDAR`, one VEVENT a holiday, `END:VCALENDAR`".into(),
        span: 0..0,
    }
}

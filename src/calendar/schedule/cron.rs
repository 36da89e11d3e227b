//! Five-field cron text: croner reads it and says which days match; the times of day are taken out of it, so that civil
//! time becomes an instant by this house's rules and by no other.

use super::{Days, ScheduleError, Times};
use crate::calendar::Workdays;
use chrono::{NaiveDate, NaiveTime};
use croner::parser::{CronParser, Seconds, Year};
use croner::{Cron, CronPattern};
use std::ops::Range;

/// The five fields: what one is, what it may hold.
const FIELDS: [(&str, &str); 5] = [
    ("a minute", "write 0 to 59, `*`, a list `0,30`, a range `10-20` or a step `*/15`"),
    ("an hour", "write 0 to 23, `*`, a list `7,19`, a range `8-18` or a step `*/2`"),
    (
        "a day of the month",
        "write 1 to 31, `*`, a list, a range, `L` for the last day or `15W` for the workday nearest to it",
    ),
    ("a month", "write 1 to 12, `*`, a list, a range or names: `jan`, `apr-jun`"),
    (
        "a day of the week",
        "write 0 to 6 from Sunday, `*`, a list, a range or names: `mon-fri`, `tue#2`, `friL`",
    ),
];

const EXAMPLE: &str = "write minute, hour, day of the month, month and day of the week: `0 7 * * mon-fri`";

pub(super) fn read(text: &str) -> Result<(Days, Times), ScheduleError> {
    let fields = fields_of(text);
    let whole = || match (fields.first(), fields.last()) {
        (Some(first), Some(last)) => first.start..last.end,
        _ => 0..text.len(),
    };
    if let [nickname] = fields.as_slice()
        && text[nickname.clone()].starts_with('@')
    {
        return Err(error(
            format!("`{}` is a nickname, not five fields", &text[nickname.clone()]),
            nickname.clone(),
            EXAMPLE,
        ));
    }
    if fields.len() != FIELDS.len() {
        // With too many fields the ones beyond the fifth are at fault, with too few the end is.
        let span = fields.get(5).map_or_else(|| text.len()..text.len(), |sixth| sixth.start..whole().end);
        return Err(error(format!("cron text has five fields, this has {}", fields.len()), span, EXAMPLE));
    }
    for (index, span) in fields.iter().enumerate() {
        check_field(index, &text[span.clone()], span)?;
    }
    let pattern = parse(text).map_err(|_| error("cannot be read as cron text", whole(), EXAMPLE))?.pattern;
    let times = times_of(&pattern);
    let days = Days::Cron(Box::new(pattern));
    if !ever_fires(&days) {
        let (what, hint) = ("none of these months has such a day", "choose a day that one of the months has");
        let span = fields[2].start..fields[4].end;
        return Err(ScheduleError { understood: true, ..error(what, span, hint) });
    }
    Ok((days, times))
}

/// Reads one field with the others open, so that an error is of this field.
fn check_field(index: usize, field: &str, span: &Range<usize>) -> Result<(), ScheduleError> {
    let (name, hint) = FIELDS[index];
    // croner replaces names anywhere in the text: `mon` in the minutes would be minute 1.
    let letters_allowed = |c: char| match index {
        0 | 1 => false,
        2 => matches!(c, 'L' | 'l' | 'W' | 'w'),
        _ => c.is_ascii_alphabetic(),
    };
    let readable = field.is_ascii()
        && !field.contains('@')
        && field.split(',').all(|part| !part.is_empty())
        && field.chars().all(|c| !c.is_alphabetic() || letters_allowed(c));
    let mut alone = ["*"; 5];
    alone[index] = field;
    if readable && parse(&alone.join(" ")).is_ok() {
        return Ok(());
    }
    Err(error(format!("`{field}` is not {name}"), span.clone(), hint))
}

fn parse(text: &str) -> Result<Cron, croner::errors::CronError> {
    CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build().parse(text)
}

fn times_of(pattern: &CronPattern) -> Times {
    let minute = |minute| pattern.minute_match(minute).unwrap_or(false);
    let hour = |hour| pattern.hour_match(hour).unwrap_or(false);
    if (0..24).all(hour) {
        return Times::running(|of_day| minute(of_day % 60));
    }
    let times = (0..24)
        .filter(|h| hour(*h))
        .flat_map(|h| (0..60).filter(|m| minute(*m)).filter_map(move |m| NaiveTime::from_hms_opt(h, m, 0)));
    Times::at(times.collect())
}

/// Sixty years hold every date on every weekday: 29 February needs up to forty, around a century without a leap day.
fn ever_fires(days: &Days) -> bool {
    let workdays = Workdays::monday_to_friday();
    let first = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap_or_default();
    first.iter_days().take(60 * 366).any(|day| days.contain(day, &workdays))
}

/// Byte ranges of the words of a text.
fn fields_of(text: &str) -> Vec<Range<usize>> {
    text.split_whitespace()
        .map(|field| {
            let start = field.as_ptr() as usize - text.as_ptr() as usize;
            start..start + field.len()
        })
        .collect()
}

fn error(what: impl Into<String>, span: Range<usize>, hint: &str) -> ScheduleError {
    ScheduleError { what: what.into(), span, hint: hint.to_owned(), understood: false }
}

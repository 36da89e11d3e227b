//! The rules that derive a period from a scheduled instant, and their words.

use super::{Basis, Period, PeriodError, Unit, latest_day_before};
use crate::calendar::Workdays;
use crate::calendar::zone::{civil_of, day_exists, day_start};
use crate::suggest;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;

/// How a report derives its period from the instant it was scheduled for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeriodRule {
    /// `previous day|week|month|quarter|year`: the latest complete one before the scheduled instant.
    Previous(Unit),
    /// `previous workday`: the latest business day before the scheduled day.
    PreviousWorkday,
    /// `previous N days`: the N complete days before the scheduled day.
    PreviousDays(u32),
    /// `week|month|quarter|year to date`: from the unit's start to the start of the scheduled day (if empty, the unit before).
    ToDate(Unit),
    /// `since last run`: from where the latest run that succeeded ended to the start of the scheduled day.
    SinceLastRun,
    /// `2026-03-01..2026-04-01`: fixed, the second date excluded.
    Fixed(NaiveDate, NaiveDate),
}

/// The longest `previous N days`: ten years.
const MOST_DAYS: u32 = 3_660;

/// How far back a business day is looked for: beyond this the calendar of holidays is at fault.
const MOST_DAYS_OFF: usize = 3_660;

const EXAMPLES: &str = "write `previous week`, `previous workday`, `previous 7 days`, `month to date`, `since last run` or `2026-03-01..2026-04-01`";

impl PeriodRule {
    /// Reads `previous week`, `month to date`, `2026-03-01..2026-04-01` and so on.
    ///
    /// ```
    /// use parte::calendar::{PeriodRule, Unit};
    /// assert_eq!(PeriodRule::parse("previous week"), Ok(PeriodRule::Previous(Unit::Week)));
    /// assert_eq!(PeriodRule::parse("previous 28 days"), Ok(PeriodRule::PreviousDays(28)));
    /// assert_eq!(PeriodRule::parse("quarter to date"), Ok(PeriodRule::ToDate(Unit::Quarter)));
    /// let error = PeriodRule::parse("previous mounth").unwrap_err();
    /// assert_eq!(error.to_string(), "`mounth` is not a unit of time");
    /// assert_eq!(error.hint, "did you mean `previous month`?");
    /// ```
    ///
    /// # Errors
    /// The text is none of the rules; the hint says what to write.
    pub fn parse(text: &str) -> Result<Self, PeriodError> {
        let lower = text.to_lowercase();
        let words: Vec<&str> = lower.split_whitespace().collect();
        if lower.contains("..") {
            let (from, to) = two_dates(text)?;
            Period::new(from, to, Tz::UTC, None)?;
            return Ok(Self::Fixed(from, to));
        }
        match words.as_slice() {
            [] => Err(error("the period is empty", EXAMPLES)),
            ["previous", "workday"] => Ok(Self::PreviousWorkday),
            ["previous", unit] => match unit_named(unit) {
                Some(unit) => Ok(Self::Previous(unit)),
                None => Err(not_a_unit(unit, |unit| format!("previous {unit}"), true)),
            },
            ["previous", count, "day" | "days"] => number_of_days(count),
            ["since", "last", "run"] => Ok(Self::SinceLastRun),
            ["since", ..] => {
                Err(error(format!("`{}` is not a period", text.trim()), "did you mean `since last run`?"))
            }
            ["previous", ..] => Err(error(
                format!("`{}` is not a period", text.trim()),
                "write `previous week` or `previous 7 days`",
            )),
            [unit, "to", "date"] => match unit_named(unit) {
                Some(Unit::Day) => Err(error(
                    "`day to date` would be empty: a period ends where the scheduled day starts",
                    "write `previous day`",
                )),
                Some(unit) => Ok(Self::ToDate(unit)),
                None => Err(not_a_unit(unit, |unit| format!("{unit} to date"), false)),
            },
            [first, rest @ ..] => {
                let hint = match suggest::closest(first, ["previous", "last", "yesterday"]) {
                    Some("previous" | "last") if !rest.is_empty() => {
                        format!("did you mean `previous {}`?", rest.join(" "))
                    }
                    Some("yesterday") => "did you mean `previous day`?".to_owned(),
                    _ => EXAMPLES.to_owned(),
                };
                Err(error(format!("`{}` is not a period", text.trim()), hint))
            }
        }
    }

    /// The period this rule gives for a scheduled instant.
    ///
    /// Days are civil days of `zone`; the scheduled day itself never belongs to the period. A day that a zone skipped
    /// (Apia, 30 December 2011) is no day: `previous day` on the 31st is the 29th.
    ///
    /// `since` is where the period of the report's latest run that succeeded ends (the excluded day). Only `since last run`
    /// looks at it: without one, and when it is not before the scheduled day, the period is the day before that day.
    ///
    /// ```
    /// use parte::calendar::{PeriodRule, Workdays};
    /// let scheduled = "2026-11-20T12:00:00Z".parse().unwrap(); // a Friday, 07:00 in Bogota
    /// let week = PeriodRule::parse("previous week")?
    ///     .at(scheduled, chrono_tz::America::Bogota, chrono::Weekday::Mon, &Workdays::monday_to_friday(), None);
    /// assert_eq!((week.from().to_string(), week.to().to_string()), ("2026-11-09".into(), "2026-11-16".into()));
    /// assert_eq!(week.start().to_rfc3339(), "2026-11-09T05:00:00+00:00");
    ///
    /// let since = Some("2026-11-17".parse().unwrap()); // the run before covered the days up to the 16th
    /// let rest = PeriodRule::parse("since last run")?
    ///     .at(scheduled, chrono_tz::America::Bogota, chrono::Weekday::Mon, &Workdays::monday_to_friday(), since);
    /// assert_eq!((rest.from().to_string(), rest.to().to_string()), ("2026-11-17".into(), "2026-11-20".into()));
    /// # Ok::<(), parte::calendar::PeriodError>(())
    /// ```
    #[must_use]
    pub fn at(
        &self,
        scheduled: DateTime<Utc>,
        zone: Tz,
        week_start: Weekday,
        workdays: &Workdays,
        since: Option<NaiveDate>,
    ) -> Period {
        let today = civil_of(scheduled, zone).date();
        match *self {
            Self::Previous(unit) => previous_unit(unit, today, zone, week_start),
            Self::PreviousWorkday => {
                let day = workday_before(today, zone, workdays);
                let basis = Basis::Workday { before: workday_before(day, zone, workdays) };
                Period { basis, ..Period::day(day, zone) }
            }
            Self::PreviousDays(count) => {
                let from = today.checked_sub_signed(TimeDelta::days(i64::from(count.max(1))));
                Period::clamped(from.unwrap_or(NaiveDate::MIN), today, zone, None, Basis::Calendar)
            }
            Self::ToDate(unit) => {
                let from = unit.start_of(today, week_start);
                if from == today {
                    return previous_unit(unit, today, zone, week_start);
                }
                Period::clamped(from, today, zone, None, Basis::ToDate(unit))
            }
            // Compared as instants: days that the zone skipped (Apia) leave nothing between two that differ.
            Self::SinceLastRun => {
                match since.filter(|from| day_start(*from, zone) < day_start(today, zone)) {
                    Some(from) => {
                        Period::clamped(from, today, zone, Unit::of(from, today, week_start), Basis::Calendar)
                    }
                    None => previous_unit(Unit::Day, today, zone, week_start),
                }
            }
            Self::Fixed(from, to) => {
                Period::clamped(from, to, zone, Unit::of(from, to, week_start), Basis::Calendar)
            }
        }
    }
}

/// The latest complete unit before a civil day.
fn previous_unit(unit: Unit, today: NaiveDate, zone: Tz, week_start: Weekday) -> Period {
    if unit == Unit::Day {
        return Period { unit: Some(unit), ..Period::day(latest_day_before(today, zone), zone) };
    }
    let to = unit.start_of(today, week_start);
    Period::clamped(unit.start_before(to), to, zone, Some(unit), Basis::Calendar)
}

/// The latest business day before a civil day; the day before when ten years have none.
fn workday_before(day: NaiveDate, zone: Tz, workdays: &Workdays) -> NaiveDate {
    let earlier = || std::iter::successors(day.pred_opt(), NaiveDate::pred_opt);
    earlier()
        .take(MOST_DAYS_OFF)
        .find(|day| workdays.is_workday(*day) && day_exists(*day, zone))
        .or_else(|| earlier().next())
        .unwrap_or(day)
}

fn unit_named(word: &str) -> Option<Unit> {
    Unit::ALL.into_iter().find(|unit| unit.word() == word)
}

fn number_of_days(count: &str) -> Result<PeriodRule, PeriodError> {
    match count.parse::<u32>() {
        Ok(days @ 1..=MOST_DAYS) => Ok(PeriodRule::PreviousDays(days)),
        _ => Err(error(
            format!("`{count}` is not a number of days"),
            format!("write a whole number from 1 to {MOST_DAYS}: `previous 7 days`"),
        )),
    }
}

/// Reads `A..B`.
pub(super) fn two_dates(text: &str) -> Result<(NaiveDate, NaiveDate), PeriodError> {
    let Some((from, to)) = text.split_once("..") else {
        return Err(error(
            format!("`{}` is not two dates", text.trim()),
            "write `2026-03-01..2026-04-01`, the second date excluded",
        ));
    };
    if to.starts_with('=') {
        return Err(error(
            "the second date of a period is always excluded",
            "write `2026-03-01..2026-04-01` for the whole of March",
        ));
    }
    Ok((date(from.trim())?, date(to.trim())?))
}

/// Reads a date of ten characters: `2026-3-1` and years beyond four digits are more often slips than meant.
fn date(text: &str) -> Result<NaiveDate, PeriodError> {
    Some(text)
        .filter(|text| text.len() == 10 && text.starts_with(|c: char| c.is_ascii_digit()))
        .and_then(|text| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
        .ok_or_else(|| error(format!("`{text}` is not a date"), "write year, month and day: `2026-03-01`"))
}

fn not_a_unit(word: &str, wording: impl Fn(&str) -> String, with_workday: bool) -> PeriodError {
    let known = Unit::ALL.map(Unit::word);
    let workday = with_workday.then_some("workday");
    let hint = match suggest::closest(word, known.into_iter().chain(workday)) {
        Some(unit) => format!("did you mean `{}`?", wording(unit)),
        None => EXAMPLES.to_owned(),
    };
    error(format!("`{word}` is not a unit of time"), hint)
}

fn error(what: impl Into<String>, hint: impl Into<String>) -> PeriodError {
    PeriodError { what: what.into(), hint: hint.into() }
}

//! Instants and periods as they are typed on the command line.

use crate::app::Failure;
use crate::calendar::{Period, instant_of};
use crate::clock;
use crate::definition::Report;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;

/// The instant a report is run for, and the period it covers: by `--period`, by `--at`, or now.
pub(super) fn when(
    at: Option<&str>,
    period: Option<&str>,
    report: &Report,
) -> Result<(DateTime<Utc>, Period), Failure> {
    if let Some(text) = period {
        let period = Period::parse(text, report.zone).map_err(|error| Failure::Argument {
            what: format!("--period: {}", error.what),
            hint: error.hint,
        })?;
        return Ok((period.end(), period));
    }
    let at = match at {
        Some(text) => instant("--at", text, report.zone)?,
        None => clock::now(),
    };
    Ok((at, report.period_at(at, None)))
}

/// An instant: with an offset, or a civil time of the zone.
pub(super) fn instant(option: &str, text: &str, zone: Tz) -> Result<DateTime<Utc>, Failure> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Ok(instant.to_utc());
    }
    ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .map(|civil| instant_of(civil, zone))
        .ok_or_else(|| Failure::Argument {
            what: format!("{option}: `{text}` is not an instant"),
            hint: format!("write 2026-03-13T07:00 (in {zone}) or 2026-03-13T12:00:00Z"),
        })
}

/// An instant, or the first one of a civil day.
pub(super) fn day_or_instant(option: &str, text: &str, zone: Tz) -> Result<DateTime<Utc>, Failure> {
    match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        Ok(day) => Ok(instant_of(day.and_time(NaiveTime::MIN), zone)),
        Err(_) => instant(option, text, zone).map_err(|_| Failure::Argument {
            what: format!("{option}: `{text}` is neither a date nor an instant"),
            hint: format!("write 2026-03-13, 2026-03-13T07:00 (both in {zone}) or 2026-03-13T12:00:00Z"),
        }),
    }
}

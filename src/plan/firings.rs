//! The firings of a report's schedule, each with the period that it covers and what a person should know about it.

use super::words;
use crate::calendar::{Firing, Period};
use crate::definition::Report;
use chrono::{DateTime, Offset as _, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

/// A firing to come.
#[derive(Debug, Clone)]
pub struct Upcoming<'a> {
    /// The report.
    pub report: &'a Report,
    /// The instant it is scheduled for.
    pub at: DateTime<Utc>,
    /// When its work begins: later than scheduled where the report says `jitter`.
    pub begins: DateTime<Utc>,
    /// What its run covers.
    pub period: Period,
    /// What a person should know about it, in words; mostly none.
    pub notes: Vec<String>,
}

/// The firings of a report at or after an instant, in order; none when it has no schedule. A paused report's too. Periods
/// since the last run are those that come when every firing's run succeeds.
pub fn upcoming(report: &Report, from: DateTime<Utc>) -> impl Iterator<Item = Upcoming<'_>> {
    let schedule = report.schedule.as_ref();
    let mut before = schedule.and_then(|schedule| {
        let earlier = from.checked_sub_signed(TimeDelta::microseconds(1))?;
        schedule.firing_at_or_before(earlier, report.zone, &report.workdays).map(|firing| firing.at)
    });
    let mut after = from.checked_sub_signed(TimeDelta::microseconds(1)).unwrap_or(from);
    std::iter::from_fn(move || {
        let schedule = schedule?;
        let firing =
            schedule.firing_after(after, report.zone, &report.workdays).filter(|firing| firing.at > after)?;
        let notes = notes(report, &firing, before);
        // Each is taken to follow a run that succeeded at the firing before: its period ended with that day's start.
        let since = before.map(|before| before.with_timezone(&report.zone).date_naive());
        (after, before) = (firing.at, Some(firing.at));
        let delay = schedule.delay(report.id.as_str());
        Some(Upcoming {
            report,
            at: firing.at,
            begins: firing.at.checked_add_signed(delay).unwrap_or(firing.at),
            period: report.period_at(firing.at, since),
            notes,
        })
    })
}

/// The firings of a report from one instant up to another, which is not meant, in order; at most this many.
#[must_use]
pub fn backfill(report: &Report, from: DateTime<Utc>, to: DateTime<Utc>, most: usize) -> Vec<Upcoming<'_>> {
    upcoming(report, from).take_while(|firing| firing.at < to).take(most).collect()
}

fn notes(report: &Report, firing: &Firing, before: Option<DateTime<Utc>>) -> Vec<String> {
    let mut notes: Vec<String> = firing.notes.iter().map(|note| words::note(*note, firing, report)).collect();
    let offset = |at: DateTime<Utc>| seconds_ahead(at, report.zone);
    if let Some(change) =
        before.map(|before| offset(firing.at) - offset(before)).filter(|change| *change != 0)
    {
        notes.push(words::clocks(change));
    }
    notes
}

/// Seconds that a zone's clocks are ahead of UTC.
fn seconds_ahead(at: DateTime<Utc>, zone: Tz) -> i32 {
    zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()
}

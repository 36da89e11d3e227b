//! `parte schedule`: when reports are due next, for eyes, programs and calendars.

use super::Ended;
use super::arguments::Schedule;
use super::terminal::Terminal;
use super::when::instant;
use crate::app::{self, Exit};
use crate::clock;
use crate::definition::{Definitions, Report};
use crate::plan::{MOST_EVENTS, Upcoming, days, feed, upcoming};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use std::path::Path;

/// How far a feed looks ahead.
const FEED: TimeDelta = TimeDelta::days(366);

/// Firings of a report that are shown when nothing is said.
const NEXT: usize = 5;

#[derive(serde::Serialize)]
struct ScheduleView<'a> {
    firings: Vec<FiringView<'a>>,
    paused: Vec<&'a str>,
    without_schedule: Vec<&'a str>,
}

#[derive(serde::Serialize)]
struct FiringView<'a> {
    report: &'a str,
    at: DateTime<Utc>,
    local: String,
    zone: &'static str,
    begins: DateTime<Utc>,
    period: PeriodView,
    notes: &'a [String],
}

#[derive(serde::Serialize)]
struct PeriodView {
    from: NaiveDate,
    to: NaiveDate,
}

pub(super) fn schedule(arguments: &Schedule, file: &Path, terminal: &Terminal) -> Ended {
    let definitions = super::definitions(file, terminal)?;
    let reports: Vec<&Report> = match &arguments.report {
        Some(name) => vec![app::report(&definitions, name, file)?],
        None => definitions.reports.iter().collect(),
    };
    if let [report] = reports.as_slice()
        && report.schedule.is_none()
        && arguments.report.is_some()
    {
        terminal.remark(&format!("report `{}` has no schedule: it runs only by hand", report.id));
    }
    let active = |report: &&&Report| report.schedule.is_some() && !report.paused;
    let most = if arguments.ics { MOST_EVENTS } else { NEXT };
    let next = arguments.next.map_or(most, |next| usize::try_from(next).unwrap_or(most));
    let mut firings: Vec<Upcoming<'_>> = Vec::new();
    for report in reports.iter().filter(active) {
        let from = match &arguments.from {
            Some(text) => instant("--from", text, report.zone)?,
            None => clock::now(),
        };
        let until = if arguments.ics { from.checked_add_signed(FEED) } else { None };
        let before = firings.len();
        let within = |firing: &Upcoming<'_>| until.is_none_or(|until| firing.at < until);
        firings.extend(upcoming(report, from).take_while(within).take(next));
        if arguments.ics && arguments.next.is_none() && firings.len() - before == MOST_EVENTS {
            terminal.remark(&format!("report `{}`: only the next {MOST_EVENTS} firings", report.id));
        }
    }
    firings.sort_by(|a, b| (a.at, &a.report.id).cmp(&(b.at, &b.report.id)));
    if arguments.ics {
        terminal.exactly(&feed(firings, feed_name(&definitions), clock::now()));
        return Ok(Exit::Done);
    }
    let paused = ids(&reports, |report| report.schedule.is_some() && report.paused);
    let without_schedule = ids(&reports, |report| report.schedule.is_none());
    if arguments.json {
        let firings = firings.iter().map(view).collect();
        terminal.json(&ScheduleView { firings, paused, without_schedule })?;
        return Ok(Exit::Done);
    }
    show(&firings, terminal);
    for report in reports.iter().filter(|report| report.schedule.is_some() && report.paused) {
        terminal.result(&format!("paused: {} ({})", report.id, words(report)));
    }
    if !without_schedule.is_empty() {
        terminal.result(&format!("without schedule, only by hand: {}", without_schedule.join(", ")));
    }
    Ok(Exit::Done)
}

fn ids<'a>(reports: &[&'a Report], which: impl Fn(&Report) -> bool) -> Vec<&'a str> {
    reports.iter().filter(|report| which(report)).map(|report| report.id.as_str()).collect()
}

fn words(report: &Report) -> &str {
    report.schedule.as_ref().map_or("", |schedule| schedule.text())
}

fn feed_name(definitions: &Definitions) -> &str {
    if definitions.brand.name.is_empty() { "Parte" } else { &definitions.brand.name }
}

fn view<'a>(firing: &'a Upcoming<'_>) -> FiringView<'a> {
    FiringView {
        report: firing.report.id.as_str(),
        at: firing.at,
        local: firing.at.with_timezone(&firing.report.zone).to_rfc3339(),
        zone: firing.report.zone.name(),
        begins: firing.begins,
        period: PeriodView { from: firing.period.from(), to: firing.period.to() },
        notes: &firing.notes,
    }
}

fn show(firings: &[Upcoming<'_>], terminal: &Terminal) {
    if firings.is_empty() {
        terminal.result("nothing is due");
        return;
    }
    let rows = firings
        .iter()
        .map(|firing| {
            vec![
                firing.report.id.to_string(),
                firing.at.with_timezone(&firing.report.zone).format("%a %Y-%m-%d %H:%M %Z").to_string(),
                firing.at.format("%Y-%m-%d %H:%MZ").to_string(),
                days(&firing.period),
                firing.notes.join("; "),
            ]
        })
        .collect();
    terminal.result(&terminal.table(&["REPORT", "DUE", "UTC", "PERIOD", "NOTES"], &[], rows));
}

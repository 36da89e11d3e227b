//! Firings as an iCalendar feed (RFC 5545), for a calendar program: one event each, with an identity that stays the same
//! from one feed to the next.

use super::Upcoming;
use super::words::days;
use crate::definition::Language;
use chrono::{DateTime, Utc};
use icalendar::{Calendar, Component as _, Event, EventLike as _, Property};

/// The most events of one report in a feed: a schedule of every minute would fill a calendar program for ever.
pub const MOST_EVENTS: usize = 1000;

/// The feed of these firings; `stamp` is when it was made. Events take no time and block nothing.
#[must_use]
pub fn feed<'a>(firings: impl IntoIterator<Item = Upcoming<'a>>, name: &str, stamp: DateTime<Utc>) -> String {
    let mut calendar = Calendar::new();
    calendar.properties.retain(|property| property.key() != "PRODID");
    calendar.append_property(Property::new("PRODID", "-//Parte//schedule//EN"));
    calendar.append_property(Property::new("METHOD", "PUBLISH"));
    calendar.name(name);
    for firing in firings {
        calendar.push(event(&firing, stamp));
    }
    calendar.to_string()
}

fn event(firing: &Upcoming<'_>, stamp: DateTime<Utc>) -> Event {
    let report = firing.report;
    let language = Language::of_locale(&report.locale).unwrap_or(Language::Es);
    let mut lines =
        vec![format!("{} ({})", days(&firing.period), firing.period.zone()), format!("report {}", report.id)];
    lines.extend(firing.notes.iter().cloned());
    let mut event = Event::new();
    event
        .uid(&format!("{}-{}@parte", report.id, firing.at.format("%Y%m%dT%H%M%SZ")))
        .timestamp(stamp)
        // the instant itself: a calendar program shows it in its own zone, and needs no table of zones to do so
        .starts(firing.at)
        .summary(report.title.in_language(language))
        .description(&lines.join("\n"))
        .add_property("TRANSP", "TRANSPARENT");
    if report.paused {
        event.status(icalendar::EventStatus::Cancelled);
    }
    event.done()
}

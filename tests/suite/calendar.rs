//! The calendar from outside: pinned transitions of real zones, walkers that only look at a clock, periods, holidays.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, and says where")]

mod business_days;
mod compared;
mod forms;
mod limits;
mod minutes;
mod mix;
mod mutations;
mod periods;
mod speed;
mod transitions;
mod walker;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use parte::calendar::{Schedule, Workdays};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The firings in `(after, until]`, as local times of the zone.
fn firings(schedule: &str, zone: Tz, after: &str, until: &str) -> Vec<String> {
    let schedule = Schedule::parse(schedule).or_else(|_| Schedule::cron(schedule)).unwrap();
    let workdays = Workdays::monday_to_friday();
    std::iter::successors(schedule.next_after(at(after), zone, &workdays), |previous| {
        schedule.next_after(*previous, zone, &workdays)
    })
    .take_while(|instant| *instant <= at(until))
    .map(|instant| instant.with_timezone(&zone).format("%Y-%m-%d %H:%M %z").to_string())
    .collect()
}

//! Does a report's period go with its schedule: which days lie in no report, which in two. Computed from the firings that
//! come out of a schedule, never from its words.
//!
//! Only periods that end with the scheduled day are held against it. `... to date` and overlapping `previous N days` repeat days by
//! intent, `since last run` leaves none out; days that are no workdays belong to no report of `previous workday`, because
//! `workdays` says that nothing happens on them.

use super::problems::Place;
use super::schedule::Days;
use super::table::Table;
use crate::calendar::{PeriodRule, Schedule, Workdays, instant_of};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use std::cell::RefCell;

/// So many firings show the weekdays and some holidays of a daily schedule, and most of a year of a weekly one.
const MOST_FIRINGS: usize = 40;

/// A longer time is not looked at, once there are two firings.
const LONGEST: TimeDelta = TimeDelta::days(400);

/// Where the firings of a schedule without `starts` are looked at from: its habits are the same at any time.
const FIRST_YEAR: i32 = 2026;

/// What is known of schedules so far: many reports share one.
#[derive(Default)]
pub(super) struct Habits {
    fires: RefCell<Vec<(Key, bool)>>,
    firings: RefCell<Vec<(Key, Vec<DateTime<Utc>>)>>,
}

#[derive(Clone, PartialEq)]
struct Key {
    schedule: Schedule,
    zone: Tz,
    workdays: Workdays,
}

/// Days that are left out or repeated.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Flaw {
    /// From one firing to the next, both given by their days, these lie in neither period.
    Gap { due: [NaiveDate; 2], first: NaiveDate, last: NaiveDate },
    /// Two firings cover the same days.
    Repeats { due: [NaiveDate; 2], first: NaiveDate, last: NaiveDate },
    /// Every firing covers the same days.
    Fixed,
}

impl Habits {
    /// Is there any firing within these bounds, which are the schedule's own?
    pub(super) fn fires(
        &self,
        schedule: &Schedule,
        (starts, ends): (Option<NaiveDate>, Option<NaiveDate>),
        days: &Days<'_>,
    ) -> bool {
        let key = key(schedule, days);
        if let Some((_, fires)) = self.fires.borrow().iter().find(|(known, _)| *known == key) {
            return *fires;
        }
        let found = match (starts, ends.and_then(|last| last.succ_opt())) {
            (None, Some(after)) => {
                schedule.firing_at_or_before(before(after, days.zone), days.zone, days.workdays)
            }
            _ => schedule.firing_after(from(starts, days.zone), days.zone, days.workdays),
        };
        self.fires.borrow_mut().push((key, found.is_some()));
        found.is_some()
    }

    /// The shortest time between two of the next firings.
    pub(super) fn least_gap(
        &self,
        schedule: &Schedule,
        starts: Option<NaiveDate>,
        days: &Days<'_>,
    ) -> Option<TimeDelta> {
        let firings = self.firings(schedule, starts, days);
        firings.windows(2).map(|pair| pair[1] - pair[0]).min()
    }

    /// The first days that the periods of the next firings leave out, else the first that they repeat.
    pub(super) fn flaw(
        &self,
        schedule: &Schedule,
        starts: Option<NaiveDate>,
        rule: &PeriodRule,
        days: &Days<'_>,
    ) -> Option<Flaw> {
        let only_workdays = match rule {
            PeriodRule::ToDate(_) | PeriodRule::SinceLastRun => return None,
            PeriodRule::Fixed(..) => {
                return (self.firings(schedule, starts, days).len() > 1).then_some(Flaw::Fixed);
            }
            PeriodRule::PreviousWorkday => true,
            PeriodRule::Previous(_) | PeriodRule::PreviousDays(_) => false,
        };
        let periods: Vec<(NaiveDate, NaiveDate, NaiveDate)> = self
            .firings(schedule, starts, days)
            .into_iter()
            .map(|at| {
                let period = rule.at(at, days.zone, days.week_start, days.workdays, None);
                (at.with_timezone(&days.zone).date_naive(), period.from(), period.to())
            })
            .collect();
        let pairs = || periods.windows(2).map(|pair| (pair[0], pair[1]));
        let counts = |day: &NaiveDate| !only_workdays || days.workdays.is_workday(*day);
        let gap = pairs().find_map(|((due, _, to), (next, from, _))| {
            let mut left_out = to.iter_days().take_while(|day| *day < from).filter(counts);
            let first = left_out.next()?;
            Some(Flaw::Gap { due: [due, next], first, last: left_out.last().unwrap_or(first) })
        });
        let repeats = || {
            pairs()
                .find(|((_, from, to), (_, other_from, other_to))| (from, to) == (other_from, other_to))
                .map(|((due, first, to), (next, ..))| {
                    let last = to.pred_opt().unwrap_or(to);
                    Flaw::Repeats { due: [due, next], first, last }
                })
        };
        gap.or_else(repeats)
    }

    fn firings(&self, schedule: &Schedule, starts: Option<NaiveDate>, days: &Days<'_>) -> Vec<DateTime<Utc>> {
        let key = key(schedule, days);
        if let Some((_, firings)) = self.firings.borrow().iter().find(|(known, _)| *known == key) {
            return firings.clone();
        }
        let mut firings: Vec<DateTime<Utc>> = Vec::new();
        let mut at = from(starts, days.zone);
        while firings.len() < MOST_FIRINGS {
            let Some(next) = schedule.next_after(at, days.zone, days.workdays) else { break };
            if firings.len() > 1 && firings.first().is_some_and(|first| next - *first > LONGEST) {
                break;
            }
            firings.push(next);
            at = next;
        }
        self.firings.borrow_mut().push((key, firings.clone()));
        firings
    }
}

fn key(schedule: &Schedule, days: &Days<'_>) -> Key {
    Key { schedule: schedule.clone(), zone: days.zone, workdays: days.workdays.clone() }
}

/// The last instant that is not yet of this day, or of the first year.
fn from(starts: Option<NaiveDate>, zone: Tz) -> DateTime<Utc> {
    let first_day = || NaiveDate::from_ymd_opt(FIRST_YEAR, 1, 1).unwrap_or_default();
    before(starts.unwrap_or_else(first_day), zone)
}

fn before(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    instant_of(day.and_time(NaiveTime::MIN), zone) - TimeDelta::seconds(1)
}

/// Warns at the period.
pub(super) fn tell(table: &Table<'_>, period: &Place, flaw: &Flaw) {
    let days = |first: &NaiveDate, last: &NaiveDate| match first == last {
        true => format!("{} is", named(*first)),
        false => format!("{} to {} are", named(*first), named(*last)),
    };
    let when = |due: &[NaiveDate; 2]| format!("due on {} and next on {}", named(due[0]), named(due[1]));
    let (code, what, label, hint) = match flaw {
        Flaw::Gap { due, first, last } => (
            "period-leaves-gaps",
            format!("days are left out: {} in no report", days(first, last)),
            when(due),
            "write period = \"since last run\" to cover every day, or let the report be due more often",
        ),
        Flaw::Repeats { due, first, last } => (
            "period-repeats",
            format!("days are repeated: {} in two reports alike", days(first, last)),
            when(due),
            "let the report be due once for each of its periods, or choose a shorter period",
        ),
        Flaw::Fixed => (
            "period-repeats",
            "the period never changes, and the report is due more than once".to_owned(),
            "always these days".to_owned(),
            "write a period that moves, such as `previous week`, or let the schedule end after its first firing",
        ),
    };
    table.problems().warn(code, period, what, label, hint);
}

/// `Monday 2026-01-05`
fn named(day: NaiveDate) -> String {
    use chrono::Datelike as _;
    let weekday = match day.weekday() {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    };
    format!("{weekday} {day}")
}

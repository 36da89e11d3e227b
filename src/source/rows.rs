//! Which of the rows read a report looks at: a read gives some more, since sources are asked with a margin.

use super::Need;
use crate::calendar::Period;
use crate::definition::{FrameName, Rows};
use chrono::{NaiveDate, TimeDelta};
use parte_columns::{Frame, in_range};
use polars::prelude::*;

/// The report's own rows, of its first period. `None`: it asks for none.
pub(super) fn own(frame: FrameName, data: &Frame, need: &Need) -> PolarsResult<Option<BooleanChunked>> {
    match frame {
        FrameName::UserStates => own_states(data, need),
        _ => own_tasks(data, need),
    }
}

/// Every row that some number of the report may count, in any of its periods; `own` are those of [`own`].
pub(super) fn looked_at(
    frame: FrameName,
    data: &Frame,
    need: &Need,
    own: &BooleanChunked,
) -> PolarsResult<BooleanChunked> {
    match frame {
        FrameName::UserStates => states_looked_at(data, need, own),
        _ => tasks_looked_at(data, need, own),
    }
}

/// Tasks scheduled in the report's own period; where the report asks for other rows only, those.
fn own_tasks(tasks: &Frame, need: &Need) -> PolarsResult<Option<BooleanChunked>> {
    let Some(period) = need.periods.first() else { return Ok(None) };
    let mut mask = None;
    for rows in need.rows.iter().filter(|rows| is_own(**rows, need)) {
        mask = either(mask, tasks_of(tasks, *rows, period)?);
        if is_scheduled(*rows) {
            break;
        }
    }
    Ok(mask)
}

fn is_scheduled(rows: Rows) -> bool {
    matches!(rows, Rows::Planned | Rows::Scheduled)
}

/// Are they among the report's own? Where tasks are asked for by their schedule, others are not.
fn is_own(rows: Rows, need: &Need) -> bool {
    is_scheduled(rows) || !need.rows.iter().copied().any(is_scheduled)
}

fn tasks_looked_at(tasks: &Frame, need: &Need, own: &BooleanChunked) -> PolarsResult<BooleanChunked> {
    let mut mask = own.clone();
    for (at, period) in need.periods.iter().enumerate() {
        for rows in need.rows.iter().filter(|rows| at > 0 || !is_own(**rows, need)) {
            if let Some(more) = tasks_of(tasks, *rows, period)? {
                mask = &mask | &more;
            }
        }
    }
    Ok(mask)
}

/// States of the report's own period, with the day before it where edges are looked at.
fn own_states(states: &Frame, need: &Need) -> PolarsResult<Option<BooleanChunked>> {
    let (Some(period), Ok(date)) = (need.periods.first(), states.column("date")) else { return Ok(None) };
    if !need.rows.iter().any(|rows| rows.frame() == FrameName::UserStates) {
        return Ok(None);
    }
    states_of(&date, need, period).map(Some)
}

/// How many rows the report's own period has: tasks as the report looks at them, states of its days. `None`: nothing tells.
pub(super) fn of_period(
    frame: FrameName,
    data: &Frame,
    need: &Need,
    own: Option<&BooleanChunked>,
) -> PolarsResult<Option<u64>> {
    let Some(own) = own else { return Ok(None) };
    if frame != FrameName::UserStates || need.rows.iter().copied().all(days_of_its_own) {
        return Ok(Some(count(own) as u64));
    }
    let days = Need {
        rows: need.rows.iter().copied().filter(|rows| days_of_its_own(*rows)).collect(),
        ..need.clone()
    };
    let (Some(period), Ok(date)) = (need.periods.first(), data.column("date")) else { return Ok(None) };
    Ok(Some(count(&states_of(&date, &days, period)?) as u64))
}

fn states_looked_at(states: &Frame, need: &Need, own: &BooleanChunked) -> PolarsResult<BooleanChunked> {
    let Ok(date) = states.column("date") else { return Ok(own.clone()) };
    let mut mask = own.clone();
    for period in need.periods.iter().skip(1) {
        mask = &mask | &states_of(&date, need, period)?;
    }
    Ok(mask)
}

/// The days of a period, the one before it where edges are looked at, and those of a stretch that ends with it and begins earlier.
fn states_of(date: &Column, need: &Need, period: &Period) -> PolarsResult<BooleanChunked> {
    in_range(date, &(number(first_state(need, period))..number(period.to())))
}

/// The first day whose states the rows needed look at.
pub(super) fn first_state(need: &Need, period: &Period) -> NaiveDate {
    let before = |rows: &Rows| match rows {
        Rows::Edges => shifted(period.from(), -1),
        rows => rows.window().map_or(period.from(), |days| shifted(period.to(), -i64::from(days))),
    };
    need.rows.iter().map(before).fold(period.from(), NaiveDate::min)
}

/// Does a period's number of rows follow from these? Edges and stretches look at days of other periods too.
fn days_of_its_own(rows: Rows) -> bool {
    rows != Rows::Edges && rows.window().is_none()
}

/// A civil day some days away, clamped to what can be written.
pub(super) fn shifted(day: NaiveDate, days: i64) -> NaiveDate {
    day.checked_add_signed(TimeDelta::days(days)).unwrap_or(day)
}

/// Days since 1970-01-01.
pub(super) fn number(day: NaiveDate) -> i64 {
    (day - NaiveDate::default()).num_days()
}

/// Tasks of this kind of rows; `None`: they are no tasks, or the source lacks the instant that decides.
fn tasks_of(tasks: &Frame, rows: Rows, period: &Period) -> PolarsResult<Option<BooleanChunked>> {
    let name = match rows {
        Rows::Planned | Rows::Scheduled => "scheduled_at",
        Rows::Completed => "completed_at",
        Rows::Created => "created_at",
        Rows::Open => return born_before(tasks, period.end().timestamp_micros()),
        Rows::Edges | Rows::Days | Rows::Last7Days | Rows::Last28Days | Rows::Assigned => return Ok(None),
    };
    let Ok(column) = tasks.column(name) else { return Ok(None) };
    in_range(&column, &(period.start().timestamp_micros()..period.end().timestamp_micros())).map(Some)
}

/// What is open at the end may be of any age; where it is not known when a task was created, its schedule tells.
fn born_before(tasks: &Frame, end: i64) -> PolarsResult<Option<BooleanChunked>> {
    let before = |name: &str| match tasks.column(name) {
        Ok(column) => Ok(Some((in_range(&column, &(i64::MIN..end))?, column.is_null()))),
        Err(_) => PolarsResult::Ok(None),
    };
    Ok(match (before("created_at")?, before("scheduled_at")?) {
        (Some((created, unknown)), Some((scheduled, _))) => Some(&created | &(&unknown & &scheduled)),
        (one, other) => one.or(other).map(|(before, _)| before),
    })
}

fn either(one: Option<BooleanChunked>, other: Option<BooleanChunked>) -> Option<BooleanChunked> {
    match (one, other) {
        (Some(one), Some(other)) => Some(&one | &other),
        (one, other) => one.or(other),
    }
}

pub(super) fn all(height: usize) -> BooleanChunked {
    BooleanChunked::full(PlSmallStr::EMPTY, true, height)
}

/// The first row of a mask.
pub(super) fn first(mask: &BooleanChunked) -> Option<usize> {
    mask.iter().position(|is| is == Some(true))
}

pub(super) fn count(mask: &BooleanChunked) -> usize {
    mask.sum().unwrap_or(0) as usize
}

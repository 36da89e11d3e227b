//! What is odd in the rows read, counted over the report's own period.

use super::{Frames, Need, Remark};
use crate::calendar::Period;
use crate::definition::{FrameName, Rows};
use polars::prelude::*;
use std::collections::BTreeMap;

/// The nine documented states, in order of engagement, those at risk last.
pub const STATES: [&str; 9] =
    ["sign_up", "setup", "aha", "casual", "habit", "core", "power", "dormant", "churned"];

/// Adds the remarks on the frames.
pub(super) fn observe(frames: &mut Frames, need: &Need) -> PolarsResult<()> {
    let Some(period) = need.periods.first() else { return Ok(()) };
    let mut remarks = Vec::new();
    let mut rows = BTreeMap::new();
    if let Some(tasks) = frames.frames.get(&FrameName::Tasks)
        && let Some(of) = tasks_of_period(tasks, need, period, &mut remarks)?
    {
        rows.insert(FrameName::Tasks, of as u64);
    }
    if let Some(states) = frames.frames.get(&FrameName::UserStates)
        && let Some(of) = states_of_period(states, need, period, &mut remarks)?
    {
        rows.insert(FrameName::UserStates, of as u64);
    }
    frames.rows = rows;
    frames.remarks.append(&mut remarks);
    Ok(())
}

/// Says how many they are; `None` when nothing tells them from others.
fn tasks_of_period(
    tasks: &DataFrame,
    need: &Need,
    period: &Period,
    remarks: &mut Vec<Remark>,
) -> PolarsResult<Option<usize>> {
    let Some(mask) = own_tasks(tasks, need, period)? else { return Ok(None) };
    let of = mask.sum().unwrap_or(0) as usize;
    if of == 0 {
        remarks.push(Remark::Empty { frame: FrameName::Tasks });
        return Ok(Some(0));
    }
    if let Ok(seller) = tasks.column("seller_id") {
        let count = count(&(&seller.is_null() & &mask));
        if count > 0 {
            remarks.push(Remark::NoSeller { count, of });
        }
    }
    if let Ok(status) = tasks.column("status") {
        let mut unknown = &status.is_not_null() & &mask;
        for flag in ["is_open", "is_done", "is_failed", "is_cancelled", "is_rescheduled"] {
            unknown = &unknown & &!tasks.column(flag)?.bool()?.clone();
        }
        let values = by_frequency(status.filter(&unknown)?.str()?);
        if !values.is_empty() {
            remarks.push(Remark::UnknownStatus { values, of });
        }
    }
    if let (Ok(scheduled), Ok(completed)) = (tasks.column("scheduled_at"), tasks.column("completed_at")) {
        let early: BooleanChunked = micros(completed)?
            .iter()
            .zip(micros(scheduled)?.iter())
            .map(|(done, planned)| Some(matches!((done, planned), (Some(d), Some(p)) if d < p)))
            .collect();
        let count_early = count(&(&early & &mask));
        if count_early > 0 {
            let of = count(&(&completed.is_not_null() & &mask));
            remarks.push(Remark::CompletedBeforeScheduled { count: count_early, of });
        }
    }
    Ok(Some(of))
}

/// Tasks scheduled in the report's own period; where the report asks for other rows only, those.
fn own_tasks(tasks: &DataFrame, need: &Need, period: &Period) -> PolarsResult<Option<BooleanChunked>> {
    let (start, end) = (period.start().timestamp_micros(), period.end().timestamp_micros());
    let instants = |name: &str| match tasks.column(name) {
        Ok(column) => micros(column).map(Some),
        Err(_) => Ok(None),
    };
    let planned = need.rows.contains(&Rows::Planned) || need.rows.contains(&Rows::Scheduled);
    let mut mask: Option<BooleanChunked> = None;
    let mut add = |more: BooleanChunked| mask = Some(mask.take().map_or(more.clone(), |m| &m | &more));
    for (rows, name) in [
        (Rows::Scheduled, "scheduled_at"),
        (Rows::Completed, "completed_at"),
        (Rows::Created, "created_at"),
        (Rows::Open, "created_at"),
    ] {
        let wanted = if planned { rows == Rows::Scheduled } else { need.rows.contains(&rows) };
        if !wanted {
            continue;
        }
        let Some(at) = instants(name)? else { continue };
        let from = if rows == Rows::Open { i64::MIN } else { start };
        add(at.iter().map(|at| Some(at.is_some_and(|at| at >= from && at < end))).collect());
    }
    Ok(mask)
}

/// Says how many there are on days of the period; `None` when nothing tells.
fn states_of_period(
    states: &DataFrame,
    need: &Need,
    period: &Period,
    remarks: &mut Vec<Remark>,
) -> PolarsResult<Option<usize>> {
    if !need.rows.contains(&Rows::Days) && !need.rows.contains(&Rows::Edges) {
        return Ok(None);
    }
    let (Ok(date), Ok(state)) = (states.column("date"), states.column("state")) else { return Ok(None) };
    let day = |d: chrono::NaiveDate| (d - chrono::NaiveDate::default()).num_days();
    let (before, from, to) = (day(period.from()) - 1, day(period.from()), day(period.to()));
    // The day before the period is looked at for the edges only.
    let first = if need.rows.contains(&Rows::Edges) { before } else { from };
    let date = date.cast(&DataType::Int64)?;
    let mask: BooleanChunked =
        date.i64()?.iter().map(|d| Some(d.is_some_and(|d| d >= first && d < to))).collect();
    let of = count(&mask);
    let of_days = date.i64()?.iter().flatten().filter(|d| (from..to).contains(d)).count();
    if of == 0 {
        remarks.push(Remark::Empty { frame: FrameName::UserStates });
        return Ok(Some(0));
    }
    let unknown: BooleanChunked =
        state.str()?.iter().map(|s| Some(s.is_some_and(|s| !STATES.contains(&s)))).collect();
    let values = by_frequency(state.filter(&(&unknown & &mask))?.str()?);
    if !values.is_empty() {
        remarks.push(Remark::UnknownState { values, of });
    }
    Ok(Some(of_days))
}

fn micros(column: &Column) -> PolarsResult<Int64Chunked> {
    Ok(column.cast(&DataType::Int64)?.i64()?.clone())
}

fn count(mask: &BooleanChunked) -> usize {
    mask.sum().unwrap_or(0) as usize
}

/// Values with their counts, the most frequent first.
fn by_frequency(values: &StringChunked) -> Vec<(String, usize)> {
    let mut counts: PlHashMap<&str, usize> = PlHashMap::new();
    for value in values.iter().flatten() {
        *counts.entry(value).or_default() += 1;
    }
    let mut all: Vec<(String, usize)> = counts.into_iter().map(|(v, n)| (v.to_owned(), n)).collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    all
}

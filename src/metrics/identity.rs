//! Identities that must hold in every run, each side computed its own way.

use super::columns::{ABSENT, ENGAGED};
use super::relation::Relations;
use crate::definition::{FrameName, Rows};
use crate::source::Remark;
use polars::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Equal but for the rounding of sums of floats.
pub(super) fn equal(left: f64, right: f64) -> bool {
    (left - right).abs() <= 1e-9 * left.abs().max(right.abs()).max(1.0)
}

/// Sum of a metric's groups, and its total; absent values count nothing.
pub(super) fn sums(groups: &DataFrame, totals: &DataFrame, metric: &str) -> Option<(f64, f64)> {
    let sum = |table: &DataFrame| -> Option<f64> {
        let column = table.column(metric).ok()?.cast(&DataType::Float64).ok()?;
        Some(column.f64().ok()?.iter().flatten().sum())
    };
    Some((sum(groups)?, sum(totals)?))
}

/// Checks the identities of the relations that a report looks at.
pub(super) fn check(relations: &Relations, rows: &BTreeSet<Rows>) -> PolarsResult<Vec<Remark>> {
    let mut found = Vec::new();
    let mut hold = |identity: String, left: usize, right: usize| {
        if left != right {
            #[expect(clippy::cast_precision_loss, reason = "counts of rows")]
            found.push(Remark::Identity { identity, left: left as f64, right: right as f64 });
        }
    };
    if rows.contains(&Rows::Edges) && relations.missing_rows(Rows::Edges).is_empty() {
        edges(relations, &mut hold)?;
    }
    let of_tasks = rows.contains(&Rows::Planned) || rows.contains(&Rows::Scheduled);
    if of_tasks && relations.missing_rows(Rows::Scheduled).is_empty() {
        tasks(relations, &mut hold)?;
    }
    Ok(found)
}

/// The matrix of movements against the frames themselves, and the balance of engaged users.
fn edges(relations: &Relations, hold: &mut impl FnMut(String, usize, usize)) -> PolarsResult<()> {
    let wanted = ["state_start", "state_end"].map(str::to_owned).into_iter().collect();
    let pairs = relations.rows(Rows::Edges, &wanted)?.collect()?;
    let mut matrix: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (start, end) in
        pairs.column("state_start")?.str()?.iter().zip(pairs.column("state_end")?.str()?.iter())
    {
        let text = |state: Option<&str>| state.unwrap_or(ABSENT).to_owned();
        *matrix.entry((text(start), text(end))).or_default() += 1;
    }
    let before = relations.period.from().pred_opt().unwrap_or(relations.period.from());
    for (edge, day, at_start) in [("start", before, true), ("end", relations.period.last(), false)] {
        let users = users_of_day(relations, day)?;
        let mut margins: BTreeMap<&str, usize> = BTreeMap::new();
        for ((start, end), count) in &matrix {
            *margins.entry(if at_start { start } else { end }).or_default() += count;
        }
        margins.remove(ABSENT);
        hold(
            format!("users by state at the {edge} = users with a state"),
            margins.values().sum(),
            users.len(),
        );
        let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
        users.values().for_each(|state| *counted.entry(state).or_default() += 1);
        let states: BTreeSet<&str> = margins.keys().chain(counted.keys()).copied().collect();
        for state in states {
            let count = |of: &BTreeMap<&str, usize>| of.get(state).copied().unwrap_or(0);
            hold(
                format!("movements {edge}ing in {state} = users in {state} at the {edge}"),
                count(&margins),
                count(&counted),
            );
        }
    }
    let engaged = |state: &str| ENGAGED.contains(&state);
    let sum = |want: &dyn Fn(&str, &str) -> bool| -> usize {
        matrix.iter().filter(|((s, e), _)| want(s, e)).map(|(_, count)| count).sum()
    };
    let at_risk = |state: &str| super::columns::AT_RISK.contains(&state);
    let (at_start, at_end) = (sum(&|s, _| engaged(s)), sum(&|_, e| engaged(e)));
    let new = sum(&|s, e| !engaged(s) && !at_risk(s) && engaged(e));
    let reactivated = sum(&|s, e| at_risk(s) && engaged(e));
    let lost = sum(&|s, e| engaged(s) && !engaged(e));
    hold(
        "engaged at the end + lost = engaged at the start + new + reactivated".to_owned(),
        at_end + lost,
        at_start + new + reactivated,
    );
    Ok(())
}

/// The state of each user on a day, straight from the frame.
fn users_of_day(relations: &Relations, day: chrono::NaiveDate) -> PolarsResult<BTreeMap<String, String>> {
    let mut users: BTreeMap<String, String> = BTreeMap::new();
    let Some(states) = relations.frames.get(&FrameName::UserStates) else { return Ok(users) };
    let number = i32::try_from((day - chrono::NaiveDate::default()).num_days()).unwrap_or(0);
    let of_day = states.column("date")?.cast(&DataType::Int32)?.i32()?.equal(number);
    let states = states.filter(&of_day)?.table(["user_id", "state"])?;
    let step = |state: &str| super::columns::STEPS.iter().find(|(s, _)| *s == state).map(|(_, step)| *step);
    for (user, state) in states.column("user_id")?.str()?.iter().zip(states.column("state")?.str()?.iter()) {
        let (Some(user), Some(state)) = (user, state) else { continue };
        let higher = |other: &String| (step(other), other.as_str()) >= (step(state), state);
        if !users.get(user).is_some_and(higher) {
            users.insert(user.to_owned(), state.to_owned());
        }
    }
    Ok(users)
}

/// Each task of the period is in exactly one of the outcomes, unknown statuses counted apart.
fn tasks(relations: &Relations, hold: &mut impl FnMut(String, usize, usize)) -> PolarsResult<()> {
    const FLAGS: [&str; 5] = ["is_done", "is_open", "is_failed", "is_cancelled", "is_rescheduled"];
    let rows = |rows: Rows| relations.rows(rows, &FLAGS.map(str::to_owned).into_iter().collect())?.collect();
    let scheduled: DataFrame = rows(Rows::Scheduled)?;
    let planned: DataFrame = rows(Rows::Planned)?;
    let mut known = BooleanChunked::full(PlSmallStr::EMPTY, false, scheduled.height());
    let mut counts = BTreeMap::new();
    for flag in FLAGS {
        let Ok(column) = scheduled.column(flag) else { return Ok(()) };
        known = &known | column.bool()?;
        counts.insert(flag, column.bool()?.sum().unwrap_or(0) as usize);
    }
    let unknown = scheduled.height() - known.sum().unwrap_or(0) as usize;
    let count = |flag: &str| counts.get(flag).copied().unwrap_or(0);
    let kept = count("is_done") + count("is_open") + count("is_failed") + unknown;
    hold("done + open + failed + unknown status = planned".to_owned(), kept, planned.height());
    hold(
        "planned + cancelled + rescheduled = scheduled".to_owned(),
        planned.height() + count("is_cancelled") + count("is_rescheduled"),
        scheduled.height(),
    );
    Ok(())
}

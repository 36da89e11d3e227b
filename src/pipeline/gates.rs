//! Whether a run's data are what its report expects, and what follows: facts in, a decision out. Never: reads anything, "now".

use super::{Order, PipelineError};
use crate::definition::{Expectations, FrameName, Otherwise};
use crate::document::Unmet;
use crate::source::Remark;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use std::collections::BTreeMap;

/// What is done about data that are not as expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gates {
    /// The report's own word holds. A run that nobody waits for may be looked at again later.
    Keep {
        /// Is there somebody who will look again?
        may_wait: bool,
    },
    /// It is told, and the report is made all the same.
    Tell,
}

/// How many rows an earlier run of the report had.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct EarlierRows {
    /// First day of its period.
    pub from: NaiveDate,
    /// The day after its last.
    pub to: NaiveDate,
    /// Of which frame, by its name.
    pub frame: String,
    /// So many.
    pub rows: u64,
}

/// Of so many earlier runs at most the usual is made.
const MOST_EARLIER: usize = 8;
/// Of fewer nobody knows what is usual.
const LEAST_EARLIER: usize = 3;
/// Periods of as many days, or but for an eighth: months are compared with each other, and a week with no other length.
const ALIKE: i64 = 8;

/// What the source says of a run.
pub(super) struct Facts<'a> {
    /// When the run was due.
    pub(super) due: DateTime<Utc>,
    /// How many days its period has.
    pub(super) days: i64,
    /// The newest instant of each frame that was asked for its age.
    pub(super) newest: &'a BTreeMap<FrameName, Option<DateTime<Utc>>>,
    /// The frame whose rows count, and how many the period has.
    pub(super) rows: (FrameName, u64),
    /// Earlier runs, the latest first.
    pub(super) earlier: &'a [EarlierRows],
}

/// What of the source is not as expected.
pub(super) fn of_source(expected: &Expectations, facts: &Facts<'_>) -> Vec<Unmet> {
    let mut unmet = Vec::new();
    if let Some(allowed) = expected.fresh {
        let oldest = TimeDelta::from_std(allowed).ok().and_then(|age| facts.due.checked_sub_signed(age));
        for (&frame, &newest) in facts.newest {
            if newest < oldest {
                unmet.push(Unmet::Stale { frame, newest, due: facts.due, allowed });
            }
        }
    }
    let (frame, rows) = facts.rows;
    if let Some(min) = expected.rows.min.filter(|min| rows < *min) {
        unmet.push(Unmet::Few { frame, rows, min });
    }
    if let Some(max) = expected.rows.max.filter(|max| rows > *max) {
        unmet.push(Unmet::Many { frame, rows, max });
    }
    if let (Some(factor), Some(usual)) = (expected.volume, usual(facts)) {
        #[expect(clippy::cast_precision_loss, reason = "counts of rows")]
        let there = rows as f64;
        if there * factor < usual || there > usual * factor {
            unmet.push(Unmet::Unusual { frame, rows, usual, factor });
        }
    }
    unmet
}

/// The median of the latest earlier runs over as many days; `None` when they are too few, or had nothing.
fn usual(facts: &Facts<'_>) -> Option<f64> {
    let alike = |earlier: &&EarlierRows| {
        let days = (earlier.to - earlier.from).num_days();
        earlier.frame == facts.rows.0.as_str() && (days - facts.days).abs() * ALIKE <= days.max(facts.days)
    };
    let mut counts: Vec<u64> =
        facts.earlier.iter().filter(alike).take(MOST_EARLIER).map(|earlier| earlier.rows).collect();
    counts.sort_unstable();
    if counts.len() < LEAST_EARLIER {
        return None;
    }
    let middle = counts.len() / 2;
    let (low, high) = if counts.len() % 2 == 1 {
        (counts[middle], counts[middle])
    } else {
        (counts[middle - 1], counts[middle])
    };
    #[expect(clippy::cast_precision_loss, reason = "counts of rows")]
    let median = (low as f64 + high as f64) / 2.0;
    (median > 0.0).then_some(median)
}

/// The identities that do not hold, where they are expected to.
pub(super) fn of_identities(expected: &Expectations, remarks: Vec<Remark>) -> Vec<Unmet> {
    if !expected.identities {
        return Vec::new();
    }
    let broken = |remark| match remark {
        Remark::Identity { identity, left, right } => Some(Unmet::Identity { identity, left, right }),
        _ => None,
    };
    remarks.into_iter().filter_map(broken).collect()
}

/// Lets a run go on, or says why it does not.
pub(super) fn pass(order: &Order<'_>, expected: &Expectations, unmet: &[Unmet]) -> Result<(), PipelineError> {
    let Gates::Keep { may_wait } = order.gates else { return Ok(()) };
    // Who asks for files alone looks at them.
    if unmet.is_empty() || !order.deliver {
        return Ok(());
    }
    let what = || in_words(unmet);
    let until = expected
        .wait
        .and_then(|wait| order.scheduled_for.checked_add_signed(TimeDelta::from_std(wait).ok()?))
        .filter(|until| may_wait && unmet.iter().any(Unmet::may_come) && order.generated < *until);
    match (until, expected.otherwise) {
        (Some(until), _) => Err(PipelineError::NotYet { what: what(), until }),
        (None, Otherwise::Fail) => Err(PipelineError::Unexpected { what: what() }),
        (None, Otherwise::Send | Otherwise::Hold) => Ok(()),
    }
}

/// Is a run with these made and then held back?
pub(super) fn holds(order: &Order<'_>, unmet: &[Unmet]) -> bool {
    let keeps = matches!(order.gates, Gates::Keep { .. }) && order.deliver;
    let otherwise = order.report.expect.as_ref().map(|expected| expected.otherwise);
    keeps && !unmet.is_empty() && otherwise == Some(Otherwise::Hold)
}

/// In one line.
pub(super) fn in_words(unmet: &[Unmet]) -> String {
    unmet.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests;

//! Folds a source's status values into open, done, failed, cancelled and rescheduled.

use crate::definition::StatusMapping;
use parte_columns::Frame;
use polars::prelude::*;
use std::collections::BTreeMap;

/// What a status means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Open,
    Done,
    Failed,
    Cancelled,
    Rescheduled,
}

/// The flags beside `status`, in the order of [`Outcome`].
const FLAGS: [(&str, Outcome); 5] = [
    ("is_open", Outcome::Open),
    ("is_done", Outcome::Done),
    ("is_failed", Outcome::Failed),
    ("is_cancelled", Outcome::Cancelled),
    ("is_rescheduled", Outcome::Rescheduled),
];

/// Is it one of the columns that [`Folding::apply`] adds?
pub(super) fn is_flag(name: &str) -> bool {
    FLAGS.iter().any(|(flag, _)| *flag == name)
}

const OPEN: &[&str] = &[
    "pending",
    "in_progress",
    "scheduled",
    "checked_in",
    "attempting",
    "callback_scheduled",
    "draft",
    "sending",
    "READY",
    "UNRESOLVED",
    "DISPATCHED",
];
const DONE: &[&str] = &["completed", "delivered", "COMPLETED"];
const FAILED: &[&str] = &["failed", "incomplete", "no_answer", "busy", "wrong_number", "expired", "FAILED"];
const CANCELLED: &[&str] = &["cancelled", "canceled", "CANCELED", "CANCELLED"];
const RESCHEDULED: &[&str] = &["rescheduled"];

/// Which value means what.
pub(super) struct Folding {
    exact: BTreeMap<String, Outcome>,
    /// Lower-case values, where no two of them differ in meaning.
    folded: BTreeMap<String, Option<Outcome>>,
}

impl Folding {
    /// The mapping of a source; `None`: the documented common values.
    pub(super) fn new(mapping: Option<&StatusMapping>) -> Self {
        let mut exact = BTreeMap::new();
        let mut add = |outcome, values: &mut dyn Iterator<Item = String>| {
            values.for_each(|value| {
                exact.entry(value).or_insert(outcome);
            });
        };
        match mapping {
            Some(own) => {
                add(Outcome::Open, &mut own.open.iter().cloned());
                add(Outcome::Done, &mut own.done.iter().cloned());
                add(Outcome::Failed, &mut own.failed.iter().cloned());
                add(Outcome::Cancelled, &mut own.cancelled.iter().cloned());
                add(Outcome::Rescheduled, &mut own.rescheduled.iter().cloned());
            }
            None => {
                add(Outcome::Open, &mut OPEN.iter().map(|v| (*v).to_owned()));
                add(Outcome::Done, &mut DONE.iter().map(|v| (*v).to_owned()));
                add(Outcome::Failed, &mut FAILED.iter().map(|v| (*v).to_owned()));
                add(Outcome::Cancelled, &mut CANCELLED.iter().map(|v| (*v).to_owned()));
                add(Outcome::Rescheduled, &mut RESCHEDULED.iter().map(|v| (*v).to_owned()));
            }
        }
        let mut folded: BTreeMap<String, Option<Outcome>> = BTreeMap::new();
        for (value, outcome) in &exact {
            folded
                .entry(fold(value))
                .and_modify(|seen| {
                    if *seen != Some(*outcome) {
                        *seen = None;
                    }
                })
                .or_insert(Some(*outcome));
        }
        Self { exact, folded }
    }

    /// What a value means: as written first, then without regard to case and surrounding blanks.
    pub(super) fn outcome(&self, value: &str) -> Option<Outcome> {
        self.exact.get(value).copied().or_else(|| self.folded.get(&fold(value)).copied().flatten())
    }

    /// Values (as written) that say that a task is finished.
    pub(super) fn finished(&self) -> impl Iterator<Item = &str> {
        self.exact.iter().filter(|(_, outcome)| **outcome != Outcome::Open).map(|(value, _)| value.as_str())
    }

    /// Adds the five flags. A task without a status (or a source without the column) is done when it has a
    /// `completed_at`, else open; an unknown status sets no flag.
    pub(super) fn apply(&self, tasks: &mut Frame) -> PolarsResult<()> {
        let height = tasks.height();
        let completed = match tasks.column("completed_at") {
            Ok(column) => column.is_not_null(),
            Err(_) => BooleanChunked::full(PlSmallStr::EMPTY, false, height),
        };
        // There are few values and many rows: each value is asked once.
        let has_status = tasks.has("status");
        let unsaid = if has_status {
            tasks.absent("status")?
        } else {
            BooleanChunked::full(PlSmallStr::EMPTY, true, height)
        };
        let mut said = Vec::new();
        if has_status {
            let flags = |value: Option<&str>| {
                let outcome = value.and_then(|value| self.outcome(value));
                let bits = FLAGS.iter().enumerate();
                bits.fold(0, |all, (bit, (_, flag))| all | u8::from(outcome == Some(*flag)) << bit)
            };
            said = tasks.truths_of_texts("status", FLAGS.len(), &flags)?;
        }
        let mut said = said.into_iter();
        for (name, flag) in FLAGS {
            let said = said.next();
            let from_completion = match flag {
                Outcome::Done => Some(&unsaid & &completed),
                Outcome::Open => Some(&unsaid & &!&completed),
                _ => None,
            };
            let column = match (said, from_completion) {
                (Some(said), Some(other)) => &said | &other,
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => BooleanChunked::full(PlSmallStr::EMPTY, false, height),
            };
            tasks.with_column(column.with_name(name.into()).into_series().into_column())?;
        }
        Ok(())
    }
}

fn fold(value: &str) -> String {
    value.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_values_of_every_generation_are_known_in_any_case() {
        let folding = Folding::new(None);
        assert_eq!(folding.outcome("READY"), Some(Outcome::Open));
        assert_eq!(folding.outcome("Completed "), Some(Outcome::Done));
        assert_eq!(folding.outcome("CANCELED"), Some(Outcome::Cancelled));
        assert_eq!(folding.outcome("no_answer"), Some(Outcome::Failed));
        assert_eq!(folding.outcome("anulada"), None);
    }

    #[test]
    fn a_mapping_of_ones_own_replaces_the_common_one_and_case_can_tell_values_apart() {
        let own = StatusMapping {
            done: vec!["C".to_owned()],
            cancelled: vec!["c".to_owned()],
            ..StatusMapping::default()
        };
        let folding = Folding::new(Some(&own));
        assert_eq!(folding.outcome("C"), Some(Outcome::Done));
        assert_eq!(folding.outcome("c"), Some(Outcome::Cancelled));
        assert_eq!(folding.outcome(" C "), None);
        assert_eq!(folding.outcome("completed"), None);
    }
}

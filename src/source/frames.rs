//! The frames: what is asked of a source, and what it gives.

use crate::calendar::Period;
use crate::definition::{Flaw, FrameName};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use parte_columns::{Frame, Offsets};
use std::collections::{BTreeMap, BTreeSet};

/// What the report's metrics and queries need of a source.
#[derive(Debug, Clone)]
pub struct Need {
    /// Frame -> columns asked for; a column that the source lacks is left out of the frame and listed in [`Frames::missing`].
    /// The name `*` stands for every column that the source has.
    pub columns: BTreeMap<FrameName, BTreeSet<String>>,
    /// The periods looked at (the report's own first). Which rows that means for a frame is said by the flags.
    pub periods: Vec<Period>,
    /// Tasks of these kinds of rows are needed.
    pub rows: BTreeSet<crate::definition::Rows>,
    /// When the report is made: what happened later cannot have happened. `None`: nothing is held against that.
    pub made: Option<DateTime<Utc>>,
}

impl Need {
    /// The same with the key of each task, by which a row that is kept is found again at the source.
    #[must_use]
    pub fn with_keys(mut self) -> Self {
        if let Some(tasks) = self.columns.get_mut(&FrameName::Tasks) {
            tasks.insert("task_id".to_owned());
        }
        self
    }
}

/// Typed frames. Instants are `Datetime(Microseconds, UTC)`, civil days `Date`, texts `String`; texts that repeat are held once.
#[derive(Debug, Clone, Default)]
pub struct Frames {
    /// By name; a frame whose table the source lacks is absent.
    pub frames: BTreeMap<FrameName, Frame>,
    /// Columns asked for that the source lacks.
    pub missing: BTreeMap<FrameName, BTreeSet<String>>,
    /// What was odd in the rows read.
    pub remarks: Vec<Remark>,
    /// Rows of the report's own period, before its own condition: tasks as the report looks at them (scheduled, completed or created in
    /// it), user states of its days.
    pub rows: BTreeMap<FrameName, u64>,
    /// How instants are written, until that is judged.
    pub(super) written: Vec<Written>,
}

/// How the instants of one column are written.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) frame: FrameName,
    pub(super) column: &'static str,
    pub(super) offsets: Offsets,
    /// The zone of those without an offset.
    pub(super) zone: Tz,
}

/// Something odd in the data, counted; told to people in the report's language.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remark {
    /// Tasks of the period without a seller.
    NoSeller {
        /// How many.
        count: usize,
        /// Of how many tasks.
        of: usize,
    },
    /// Status values that no mapping knows, with their counts.
    UnknownStatus {
        /// Value and count, most frequent first.
        values: Vec<(String, usize)>,
        /// Of how many tasks.
        of: usize,
    },
    /// Tasks completed before they were scheduled.
    CompletedBeforeScheduled {
        /// How many.
        count: usize,
        /// Of how many completed tasks.
        of: usize,
    },
    /// States outside the nine.
    UnknownState {
        /// Value and count, most frequent first.
        values: Vec<(String, usize)>,
        /// Of how many rows.
        of: usize,
    },
    /// Rows that say not whose they are.
    NoKey {
        /// Which frame.
        frame: FrameName,
        /// The key that is absent.
        column: String,
        /// How many.
        count: usize,
        /// Of how many rows.
        of: usize,
    },
    /// Rows that repeat another: the same task, or the same user, day and segment.
    Repeated {
        /// Which frame.
        frame: FrameName,
        /// How many, not counting the one that each of them repeats.
        count: usize,
        /// Of how many rows.
        of: usize,
    },
    /// What is said to have happened after the report was made.
    Future {
        /// Which frame.
        frame: FrameName,
        /// The instant or day.
        column: String,
        /// How many.
        count: usize,
        /// Of how many rows.
        of: usize,
    },
    /// Instants without an offset in a column in which others have one.
    MixedOffsets {
        /// `frame.column`.
        column: String,
        /// How many without.
        count: usize,
        /// Of how many instants.
        of: usize,
        /// The zone they are taken to be of.
        zone: String,
    },
    /// Users without a state on days between their first and last one of the period.
    Gaps {
        /// How many users.
        count: usize,
        /// Of how many.
        of: usize,
        /// Days that are not there, of all these users.
        days: usize,
    },
    /// Rows that a rule of the source left out of everything.
    LeftOut {
        /// Which frame.
        frame: FrameName,
        /// For what.
        flaw: Flaw,
        /// The column in which it is seen.
        column: String,
        /// Value and count, most frequent first, where values are at fault.
        values: Vec<(String, usize)>,
        /// How many.
        count: usize,
        /// Of how many rows that the report looks at.
        of: usize,
    },
    /// Values that could not be read as what their column holds; taken as null.
    Unreadable {
        /// `frame.column`.
        column: String,
        /// How many.
        count: usize,
        /// One of them.
        example: String,
    },
    /// No rows in the period.
    Empty {
        /// Which frame.
        frame: FrameName,
    },
    /// A metric that cannot be computed from this source.
    Unavailable {
        /// Metric id.
        metric: String,
        /// Columns (or frame) that are missing.
        missing: Vec<String>,
    },
    /// Targets of a metric that cannot be told, or not from the source's rows.
    Targets {
        /// Metric id.
        metric: String,
        /// Why.
        fault: TargetFault,
        /// Of how many groups, or how many rows; 0 where it is about the frame.
        count: usize,
        /// One of the groups (`team = Norte`; empty: the whole report), or one of the values, or the columns that are missing.
        example: String,
    },
    /// An identity that does not hold.
    Identity {
        /// Which, in words of the formula.
        identity: String,
        /// Left side.
        left: f64,
        /// Right side.
        right: f64,
    },
}

/// Why targets that rows of a source say cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetFault {
    /// The source has no targets, or not all of what says them.
    Absent,
    /// Rows with a kind of period that is none.
    Period,
    /// Groups for which two rows hold that say different numbers, neither of them for fewer groups or days than the other.
    AtOdds,
    /// Groups whose target would be a sum of rows that overlap.
    Overlap,
}

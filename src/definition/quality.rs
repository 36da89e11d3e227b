//! What becomes of rows that do not fit: rules of a source's frame. Never: which rows those are (that is `source`).

use super::FrameName;
use std::collections::BTreeMap;

/// What becomes of rows that do not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Treatment {
    /// They stay, and are counted and told.
    Keep,
    /// They are left out of everything, and this is told.
    Drop,
    /// The run fails as a whole.
    Refuse,
}

impl Treatment {
    /// Its word in definitions.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Drop => "drop",
            Self::Refuse => "refuse",
        }
    }
}

/// What may be wrong with rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// A key is absent: `task_id` or `user_id` of a task, `user_id` or `date` of a state.
    NullKeys,
    /// A status that no list names.
    UnmappedStatus,
    /// A state outside the nine.
    UnknownState,
    /// Completed before it was scheduled.
    EarlyCompletion,
    /// Happened after the report was made.
    Future,
    /// An instant without an offset in a column in which others have one.
    MixedOffsets,
    /// The same `task_id`, or the same user, day and segment, once more.
    Duplicates,
    /// Days without a state between a user's first and last one.
    Gaps,
}

impl Flaw {
    /// In the order in which rows are judged: a row is left out for the first that it has.
    pub const ALL: [Self; 8] = [
        Self::NullKeys,
        Self::UnmappedStatus,
        Self::UnknownState,
        Self::EarlyCompletion,
        Self::Future,
        Self::MixedOffsets,
        Self::Duplicates,
        Self::Gaps,
    ];

    /// Its key in definitions.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NullKeys => "null_keys",
            Self::UnmappedStatus => "unmapped_status",
            Self::UnknownState => "unknown_state",
            Self::EarlyCompletion => "early_completion",
            Self::Future => "future",
            Self::MixedOffsets => "mixed_offsets",
            Self::Duplicates => "duplicates",
            Self::Gaps => "gaps",
        }
    }

    /// Can rows of this frame have it?
    #[must_use]
    pub fn is_of(self, frame: FrameName) -> bool {
        match self {
            Self::NullKeys | Self::Future | Self::Duplicates => {
                matches!(frame, FrameName::Tasks | FrameName::UserStates)
            }
            Self::UnmappedStatus | Self::EarlyCompletion | Self::MixedOffsets => frame == FrameName::Tasks,
            Self::UnknownState | Self::Gaps => frame == FrameName::UserStates,
        }
    }
}

/// The rules of a frame, as far as they are written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Quality(BTreeMap<Flaw, Treatment>);

impl Quality {
    /// What becomes of rows with this flaw: without a word they stay.
    #[must_use]
    pub fn treatment(&self, flaw: Flaw) -> Treatment {
        self.written(flaw).unwrap_or(Treatment::Keep)
    }

    /// The word that is written.
    #[must_use]
    pub fn written(&self, flaw: Flaw) -> Option<Treatment> {
        self.0.get(&flaw).copied()
    }

    /// The words that are written.
    pub fn iter(&self) -> impl Iterator<Item = (Flaw, Treatment)> + '_ {
        self.0.iter().map(|(flaw, treatment)| (*flaw, *treatment))
    }
}

impl FromIterator<(Flaw, Treatment)> for Quality {
    fn from_iter<I: IntoIterator<Item = (Flaw, Treatment)>>(rules: I) -> Self {
        Self(rules.into_iter().collect())
    }
}

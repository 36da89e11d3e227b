//! What numbers are compared with: other periods, and targets.

use crate::calendar::Period;

/// What a number is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Comparison {
    /// The equal period before.
    Previous,
    /// The same period a year before.
    Year,
    /// Each metric's target.
    Target,
}

impl Comparison {
    /// Every comparison.
    pub const ALL: [Self; 3] = [Self::Previous, Self::Year, Self::Target];

    /// Its word in definitions and texts.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Previous => "previous",
            Self::Year => "year",
            Self::Target => "target",
        }
    }

    /// The comparison of this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|comparison| comparison.word() == word)
    }

    /// Is it another period?
    #[must_use]
    pub fn is_period(self) -> bool {
        self != Self::Target
    }

    /// The period that one is compared with; `None` where it is no period.
    #[must_use]
    pub fn period(self, of: &Period) -> Option<Period> {
        match self {
            Self::Previous => Some(of.previous()),
            Self::Year => Some(of.year_before()),
            Self::Target => None,
        }
    }
}

//! What is generated: the plan, the counts that follow from it, and what came of it.

use chrono::NaiveDate;

/// What is generated.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Seed of every random choice.
    pub seed: u64,
    /// The civil day that is "today": the last day with data is the day before.
    pub today: NaiveDate,
    /// About how many tasks.
    pub tasks: usize,
}

impl Default for Plan {
    /// Sixteen weeks up to 19 November 2026: 45,000 tasks of 40 sellers with 3,000 shops.
    fn default() -> Self {
        Self { seed: 1, today: NaiveDate::from_ymd_opt(2026, 11, 20).unwrap_or_default(), tasks: 45_000 }
    }
}

/// What was generated.
#[derive(Debug, Clone, Default)]
pub struct Made {
    /// Rows of tasks.
    pub tasks: usize,
    /// Rows of user states.
    pub user_states: usize,
    /// Sellers and call-centre agents; the supervisors, one a team, are not counted.
    pub sellers: usize,
    /// Shops.
    pub users: usize,
}

/// Civil days with data: sixteen weeks.
pub(super) const DAYS: usize = 16 * 7;

/// Civil days from today on for which tasks are planned already.
pub(super) const DAYS_AHEAD: usize = 6;

/// How many of each a number of tasks asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counts {
    pub(super) sellers: usize,
    pub(super) shops: usize,
}

impl Counts {
    /// 40 sellers and 3,000 shops for 45,000 tasks. More tasks mean more people and shops, but also busier ones: both grow
    /// with the three-quarter power, so that a million tasks are 25 a seller and day, not 12.
    pub(super) fn of(tasks: usize) -> Self {
        let factor = tasks.max(1) as f64 / 45_000.0;
        // Square roots are exact on every machine, powers are not.
        let factor = (factor * factor.sqrt()).sqrt();
        let scaled = |count: f64| (count * factor).round() as usize;
        Self { sellers: scaled(40.0).max(5), shops: scaled(3_000.0).max(100) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_has_forty_sellers_and_a_million_tasks_ten_times_as_many() {
        let default = Counts::of(45_000);
        assert_eq!((default.sellers, default.shops), (40, 3_000));
        let million = Counts::of(1_000_000);
        assert!(
            (350..500).contains(&million.sellers) && (25_000..40_000).contains(&million.shops),
            "{million:?}"
        );
        assert!(Counts::of(0).sellers >= 5);
    }
}

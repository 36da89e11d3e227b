//! A metric as defined in the catalogue or by an analyst: one expression over one frame's rows.

use super::{FrameName, Target, Text};

/// Which rows a metric looks at, relative to the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rows {
    /// Tasks scheduled in the period and not cancelled (rescheduled ones count at their new date).
    Planned,
    /// Tasks scheduled in the period, whatever became of them (cancelled and rescheduled too).
    Scheduled,
    /// Tasks completed in the period, whenever planned.
    Completed,
    /// Tasks created in the period.
    Created,
    /// Tasks created before the period's end and not finished by then.
    Open,
    /// Users at the period's edges: columns `state_start` (day before the period) and `state_end` (its last day), "absent" where there is none.
    Edges,
    /// User states on each day of the period.
    Days,
    /// Users with a state on one of the seven days that end with the period, each once, however long the period is.
    Last7Days,
    /// The same over 28 days.
    Last28Days,
    /// Assignments of a user to a seller that held on some day of the period.
    Assigned,
}

impl Rows {
    /// Every kind, in the order in which they are documented.
    pub const ALL: [Self; 10] = [
        Self::Planned,
        Self::Scheduled,
        Self::Completed,
        Self::Created,
        Self::Open,
        Self::Edges,
        Self::Days,
        Self::Last7Days,
        Self::Last28Days,
        Self::Assigned,
    ];

    /// Its name in definitions.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Scheduled => "scheduled",
            Self::Completed => "completed",
            Self::Created => "created",
            Self::Open => "open",
            Self::Edges => "edges",
            Self::Days => "days",
            Self::Last7Days => "last_7_days",
            Self::Last28Days => "last_28_days",
            Self::Assigned => "assigned",
        }
    }

    /// Do their days, weeks and months say when in the period something happened? Those of what is open at its end say when that began,
    /// and other rows have none.
    #[must_use]
    pub const fn unfold_in_time(self) -> bool {
        matches!(self, Self::Planned | Self::Scheduled | Self::Completed | Self::Created | Self::Days)
    }

    /// The frame whose rows these are.
    #[must_use]
    pub const fn frame(self) -> FrameName {
        match self {
            Self::Planned | Self::Scheduled | Self::Completed | Self::Created | Self::Open => {
                FrameName::Tasks
            }
            Self::Edges | Self::Days | Self::Last7Days | Self::Last28Days => FrameName::UserStates,
            Self::Assigned => FrameName::Assignments,
        }
    }

    /// Days before the end of a period that are looked at whatever its length.
    #[must_use]
    pub const fn window(self) -> Option<u32> {
        match self {
            Self::Last7Days => Some(7),
            Self::Last28Days => Some(28),
            _ => None,
        }
    }
}

/// How a value is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueFormat {
    /// A whole number.
    Integer,
    /// A number with this many decimals.
    Decimal(u8),
    /// A share, shown times 100 with this many decimals and a percent sign.
    Percent(u8),
    /// An amount in the report's currency, with this many decimals.
    Currency(u8),
    /// Hours with this many decimals.
    Hours(u8),
    /// Minutes with this many decimals.
    Minutes(u8),
    /// Days with this many decimals.
    Days(u8),
}

impl ValueFormat {
    /// Can values of both stand along one axis? Counts and decimals are both plain numbers, and how many decimals are shown makes no
    /// difference.
    #[must_use]
    pub const fn shares_axis_with(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::Integer | Self::Decimal(_), Self::Integer | Self::Decimal(_))
                | (Self::Percent(_), Self::Percent(_))
                | (Self::Currency(_), Self::Currency(_))
                | (Self::Hours(_), Self::Hours(_))
                | (Self::Minutes(_), Self::Minutes(_))
                | (Self::Days(_), Self::Days(_))
        )
    }
}

impl std::fmt::Display for ValueFormat {
    /// As it is written in a definition: `percent.1`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Integer => f.write_str("integer"),
            Self::Decimal(decimals) => write!(f, "decimal.{decimals}"),
            Self::Percent(decimals) => write!(f, "percent.{decimals}"),
            Self::Currency(decimals) => write!(f, "currency.{decimals}"),
            Self::Hours(decimals) => write!(f, "hours.{decimals}"),
            Self::Minutes(decimals) => write!(f, "minutes.{decimals}"),
            Self::Days(decimals) => write!(f, "days.{decimals}"),
        }
    }
}

/// Which direction is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// Higher is better.
    Higher,
    /// Lower is better.
    Lower,
    /// Neither.
    Neither,
}

/// One metric.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricDefinition {
    /// Its name in definitions: lower case, digits, underscore.
    pub id: String,
    /// Short name for people.
    pub label: Text,
    /// What it tells, in a sentence.
    pub description: Text,
    /// The formula in words, with its one denominator.
    pub formula: Text,
    /// What is divided by; `None`: nothing is, or an analyst does not say.
    pub denominator: Option<Text>,
    /// What this definition follows; `None`: its author does not say.
    pub follows: Option<Text>,
    /// The frame it is computed over: `tasks`, `user_states` or `assignments`.
    pub of: String,
    /// Which of the frame's rows.
    pub rows: Rows,
    /// SQL aggregate expression.
    pub expr: String,
    /// Columns that belong to the metric itself (`state_end` for a distribution): it has a value for each of their values.
    pub by: Vec<String>,
    /// Columns that may be missing in a source; they are null then.
    pub optional: Vec<String>,
    /// How its values are shown.
    pub format: ValueFormat,
    /// Which direction is good.
    pub better: Better,
    /// Do the groups' values sum to the total's?
    pub additive: bool,
    /// What it is compared with.
    pub target: Option<Target>,
    /// The same metric over a source that lacks what its rows cannot be told without.
    pub otherwise: Option<Box<MetricDefinition>>,
}

impl MetricDefinition {
    /// This definition and the one in its place where a source has not what it needs.
    pub fn ways(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(self.otherwise.as_deref())
    }
}

//! The columns that SQL of a definition may name: those documented for each frame, and those derived beside them.
//! Never: types, or how a column is made (that is `source` and `metrics`, whose tests hold them against these names).

use super::{FrameName, Rows};

const TASKS: &[&str] = &[
    "task_id",
    "type",
    "channel",
    "channel_secondary",
    "objective",
    "status",
    "seller_id",
    "user_id",
    "team",
    "score",
    "priority",
    "reason",
    "label",
    "template_id",
    "scheduled_at",
    "suggested_at",
    "due_at",
    "started_at",
    "completed_at",
    "duration_min",
    "outcome",
    "attempts",
    "sales_amount",
    "created_at",
    "updated_at",
];

const USER_STATES: &[&str] = &["user_id", "date", "state", "segment_name", "segment_value"];

const SELLERS: &[&str] = &[
    "seller_id",
    "full_name",
    "route_id",
    "team",
    "channel",
    "status",
    "email",
    "supervisor_id",
    "location",
    "hire_date",
];

const USERS: &[&str] = &[
    "user_id",
    "name",
    "channel",
    "subchannel",
    "category",
    "city",
    "region",
    "country",
    "signup_at",
    "setup_at",
];

const ASSIGNMENTS: &[&str] = &["seller_id", "user_id", "type", "status", "from", "to"];

/// What a target is of, then the groups that it may be said for, then the days.
const TARGETS: &[&str] = &[
    "metric",
    "seller_id",
    "supervisor_id",
    "team",
    "route_id",
    "location",
    "channel",
    "type",
    "objective",
    "city",
    "region",
    "country",
    "category",
    "subchannel",
    "period",
    "from",
    "to",
    "value",
];

const OF_TASKS: &[&str] = &[
    "is_open",
    "is_done",
    "is_failed",
    "is_cancelled",
    "is_rescheduled",
    "day",
    "week",
    "month",
    "hour",
    "scheduled_day",
    "scheduled_day_end",
    "completed_day",
    "hours_to_complete",
];

/// Of the seller of a row.
const OF_SELLERS: &[&str] = &["seller", "seller_name", "team", "supervisor_id", "route_id", "location"];

/// Of the user of a row.
const OF_USERS: &[&str] = &["user_name", "city", "region", "country", "category", "subchannel"];

const OF_STATES: &[&str] = &["engaged_days", "signup_at", "signup_week", "signup_month"];

const OF_EDGES: &[&str] = &[
    "state_start",
    "state_end",
    "is_engaged_start",
    "is_engaged_end",
    "is_at_risk_start",
    "is_at_risk_end",
    "steps",
    "reached_aha",
    "was_contacted",
];

const OF_DAYS: &[&str] = &[
    "day",
    "week",
    "month",
    "is_engaged",
    "is_at_risk",
    "is_activated",
    "weeks_since_signup",
    "months_since_signup",
];

const OF_ASSIGNMENTS: &[&str] =
    &["assignment_type", "assignment_status", "assigned_from", "assigned_to", "was_visited", "was_contacted"];

/// The documented columns of a frame.
#[must_use]
pub fn frame_columns(frame: FrameName) -> &'static [&'static str] {
    match frame {
        FrameName::Tasks => TASKS,
        FrameName::UserStates => USER_STATES,
        FrameName::Sellers => SELLERS,
        FrameName::Users => USERS,
        FrameName::Assignments => ASSIGNMENTS,
        FrameName::Targets => TARGETS,
    }
}

/// The columns that rows of this kind have beside those of their frame.
pub fn derived_columns(rows: Rows) -> impl Iterator<Item = &'static str> {
    let (sellers, own): (&[&str], [&[&str]; 2]) = match rows {
        Rows::Open => (OF_SELLERS, [OF_TASKS, &["age_days", "age_band"]]),
        Rows::Edges => (&[], [OF_STATES, OF_EDGES]),
        Rows::Days => (&[], [OF_STATES, OF_DAYS]),
        Rows::Last7Days | Rows::Last28Days => (&[], [OF_STATES, &["days_with_state"]]),
        Rows::Assigned => (OF_SELLERS, [OF_ASSIGNMENTS, &[]]),
        Rows::Planned | Rows::Scheduled | Rows::Completed | Rows::Created => (OF_SELLERS, [OF_TASKS, &[]]),
    };
    let [own, more] = own;
    // Each row is of a user.
    [own, sellers, OF_USERS, more].into_iter().flatten().copied()
}

/// Columns of their frame that rows of this kind go by another name for: `type` and `status` are those of tasks, so that nobody who
/// shows coverage by `type` gets kinds of assignments. Users of a stretch of days are one row each, and have no day and no state of it.
#[must_use]
pub fn hidden_columns(rows: Rows) -> &'static [&'static str] {
    match rows {
        Rows::Assigned => &["type", "status", "from", "to"],
        Rows::Last7Days | Rows::Last28Days => &["date", "state", "segment_name", "segment_value"],
        _ => &[],
    }
}

/// Functions that make one value of many rows.
pub const AGGREGATES: [&str; 20] = [
    "count",
    "sum",
    "avg",
    "min",
    "max",
    "median",
    "quantile_cont",
    "quantile_disc",
    "first",
    "last",
    "stddev",
    "stddev_samp",
    "stdev",
    "stdev_samp",
    "variance",
    "var",
    "var_samp",
    "corr",
    "covar",
    "covar_samp",
];

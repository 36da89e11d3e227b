//! The columns that metrics can name beside those of the source, and what each is made from.

use crate::definition::{FrameName, Rows, hidden_columns};
use FrameName::{Assignments, Sellers, Tasks, UserStates, Users};

/// A column of the source.
pub(super) type Base = (FrameName, &'static str);

/// Ways of making a column: the first whose source columns are all there is taken.
type Ways = &'static [&'static [Base]];

/// Engagement states from the lowest to the highest step, those at risk below.
pub(super) const STEPS: [(&str, i32); 9] = [
    ("churned", -2),
    ("dormant", -1),
    ("sign_up", 0),
    ("setup", 1),
    ("aha", 2),
    ("casual", 3),
    ("habit", 4),
    ("core", 5),
    ("power", 6),
];

/// How many steps up a state is; `None`: it is none of the documented ones.
#[must_use]
pub fn step_of_state(state: &str) -> Option<i32> {
    STEPS.iter().find(|(name, _)| *name == state).map(|(_, step)| *step)
}

/// States in which a user is engaged.
pub(super) const ENGAGED: [&str; 4] = ["casual", "habit", "core", "power"];
/// States in which a user is about to be lost, or lost.
pub(super) const AT_RISK: [&str; 2] = ["dormant", "churned"];
/// States of a user who has reached the first value, none of them at risk.
pub(super) const ACTIVATED: [&str; 5] = ["aha", "casual", "habit", "core", "power"];
/// Stands for the state of a user who has none at an edge.
pub(super) const ABSENT: &str = "absent";
/// Ages of open tasks, in days.
pub(super) const AGE_BANDS: [(&str, i32); 5] =
    [("0-7", 7), ("8-15", 15), ("16-30", 30), ("31-60", 60), (">60", i32::MAX)];

/// Columns taken from the seller: name in relations, name in `sellers`.
pub(super) const OF_SELLER: [(&str, &str); 5] = [
    ("seller_name", "full_name"),
    ("team", "team"),
    ("supervisor_id", "supervisor_id"),
    ("route_id", "route_id"),
    ("location", "location"),
];

/// Columns taken from the user: name in relations, name in `users`.
pub(super) const OF_USER: [(&str, &str); 7] = [
    ("user_name", "name"),
    ("city", "city"),
    ("region", "region"),
    ("country", "country"),
    ("category", "category"),
    ("subchannel", "subchannel"),
    ("signup_at", "signup_at"),
];

/// The frame whose rows these are.
pub(super) fn frame_of(rows: Rows) -> FrameName {
    rows.frame()
}

/// The instant that puts a task into the period: its day, week, month and hour are those of this instant.
pub(super) fn instant_of(rows: Rows) -> &'static str {
    match rows {
        Rows::Completed => "completed_at",
        Rows::Created => "created_at",
        _ => "scheduled_at",
    }
}

/// What rows of this kind cannot be told without: one of the ways must be there.
pub(super) fn essential(rows: Rows) -> Ways {
    match rows {
        Rows::Planned | Rows::Scheduled => &[&[(Tasks, "scheduled_at")]],
        Rows::Completed => &[&[(Tasks, "completed_at")]],
        Rows::Created => &[&[(Tasks, "created_at")]],
        Rows::Open => &[&[(Tasks, "created_at")], &[(Tasks, "scheduled_at")]],
        Rows::Edges | Rows::Days | Rows::Last7Days | Rows::Last28Days => {
            &[&[(UserStates, "user_id"), (UserStates, "date"), (UserStates, "state")]]
        }
        Rows::Assigned => &[&[(Assignments, "user_id")]],
    }
}

/// What else decides which rows these are, when the source has it.
pub(super) fn decisive(rows: Rows) -> &'static [Base] {
    match rows {
        Rows::Edges | Rows::Days | Rows::Last7Days | Rows::Last28Days => &[],
        Rows::Assigned => &[(Assignments, "status"), (Assignments, "from"), (Assignments, "to")],
        _ => &[(Tasks, "status"), (Tasks, "scheduled_at"), (Tasks, "completed_at"), (Tasks, "created_at")],
    }
}

/// Which other rows of the source a column needs.
pub(super) fn rows_behind(rows: Rows, column: &str) -> &'static [Rows] {
    match (rows, column) {
        (Rows::Edges, "reached_aha" | "engaged_days") => &[Rows::Days],
        (Rows::Edges | Rows::Assigned, "was_contacted") | (Rows::Assigned, "was_visited") => {
            &[Rows::Completed]
        }
        _ => &[],
    }
}

/// How a derived column is made; `None`: it is a column of the frame itself.
pub(super) fn ways(rows: Rows, column: &str) -> Option<Ways> {
    match frame_of(rows) {
        Tasks => ways_of_task(rows, column),
        Assignments => ways_of_assignment(column),
        _ => ways_of_state(rows, column),
    }
}

/// Is it a column of the frame that these rows go by another name for?
pub(super) fn is_hidden(rows: Rows, column: &str) -> bool {
    hidden_columns(rows).contains(&column)
}

fn ways_of_assignment(column: &str) -> Option<Ways> {
    /// What is known of the one in charge, or of the user, is there or joined by the key.
    macro_rules! of {
        ($frame:ident by $key:literal, $column:literal) => {
            &[&[(Assignments, $column)], &[(Assignments, $key), ($frame, $key), ($frame, $column)]]
        };
    }
    Some(match column {
        "assignment_type" => &[&[(Assignments, "type")]],
        "assignment_status" => &[&[(Assignments, "status")]],
        "assigned_from" => &[&[(Assignments, "from")]],
        "assigned_to" => &[&[(Assignments, "to")]],
        "was_visited" => {
            &[&[(Assignments, "user_id"), (Tasks, "user_id"), (Tasks, "type"), (Tasks, "completed_at")]]
        }
        "was_contacted" => &[&[(Assignments, "user_id"), (Tasks, "user_id"), (Tasks, "completed_at")]],
        "seller" => &[&[(Assignments, "seller_id")]],
        "seller_name" => &[
            &[(Assignments, "seller_name")],
            &[(Assignments, "seller_id"), (Sellers, "seller_id"), (Sellers, "full_name")],
            &[(Assignments, "seller_id")],
        ],
        "team" => of!(Sellers by "seller_id", "team"),
        "supervisor_id" => of!(Sellers by "seller_id", "supervisor_id"),
        "route_id" => of!(Sellers by "seller_id", "route_id"),
        "location" => of!(Sellers by "seller_id", "location"),
        "user_name" => {
            &[&[(Assignments, "user_name")], &[(Assignments, "user_id"), (Users, "user_id"), (Users, "name")]]
        }
        "city" => of!(Users by "user_id", "city"),
        "region" => of!(Users by "user_id", "region"),
        "country" => of!(Users by "user_id", "country"),
        "category" => of!(Users by "user_id", "category"),
        "subchannel" => of!(Users by "user_id", "subchannel"),
        _ => return None,
    })
}

fn ways_of_task(rows: Rows, column: &str) -> Option<Ways> {
    const SCHEDULED: Ways = &[&[(Tasks, "scheduled_at")]];
    const COMPLETED: Ways = &[&[(Tasks, "completed_at")]];
    Some(match column {
        "is_open" | "is_done" | "is_failed" | "is_cancelled" | "is_rescheduled" => {
            &[&[(Tasks, "status")], &[(Tasks, "completed_at")]]
        }
        "day" | "week" | "month" | "hour" => match rows {
            Rows::Completed => COMPLETED,
            Rows::Created => &[&[(Tasks, "created_at")]],
            _ => SCHEDULED,
        },
        "scheduled_day" | "scheduled_day_end" => SCHEDULED,
        "completed_day" => COMPLETED,
        "hours_to_complete" => &[&[(Tasks, "scheduled_at"), (Tasks, "completed_at")]],
        "age_days" | "age_band" if rows == Rows::Open => essential(Rows::Open),
        "seller" => &[&[(Tasks, "seller_id")]],
        "seller_name" => &[
            &[(Tasks, "seller_name")],
            &[(Tasks, "seller_id"), (Sellers, "seller_id"), (Sellers, "full_name")],
            &[(Tasks, "seller_id")],
        ],
        "team" => &[&[(Tasks, "team")], &[(Tasks, "seller_id"), (Sellers, "seller_id"), (Sellers, "team")]],
        "supervisor_id" => &[
            &[(Tasks, "supervisor_id")],
            &[(Tasks, "seller_id"), (Sellers, "seller_id"), (Sellers, "supervisor_id")],
        ],
        "route_id" => {
            &[&[(Tasks, "route_id")], &[(Tasks, "seller_id"), (Sellers, "seller_id"), (Sellers, "route_id")]]
        }
        "location" => {
            &[&[(Tasks, "location")], &[(Tasks, "seller_id"), (Sellers, "seller_id"), (Sellers, "location")]]
        }
        "user_name" => &[&[(Tasks, "user_name")], &[(Tasks, "user_id"), (Users, "user_id"), (Users, "name")]],
        "city" => &[&[(Tasks, "city")], &[(Tasks, "user_id"), (Users, "user_id"), (Users, "city")]],
        "region" => &[&[(Tasks, "region")], &[(Tasks, "user_id"), (Users, "user_id"), (Users, "region")]],
        "country" => &[&[(Tasks, "country")], &[(Tasks, "user_id"), (Users, "user_id"), (Users, "country")]],
        "category" => {
            &[&[(Tasks, "category")], &[(Tasks, "user_id"), (Users, "user_id"), (Users, "category")]]
        }
        "subchannel" => {
            &[&[(Tasks, "subchannel")], &[(Tasks, "user_id"), (Users, "user_id"), (Users, "subchannel")]]
        }
        _ => return None,
    })
}

fn ways_of_state(rows: Rows, column: &str) -> Option<Ways> {
    let of_states = essential(rows);
    Some(match column {
        "state_start" | "state_end" | "is_engaged_start" | "is_engaged_end" | "is_at_risk_start"
        | "is_at_risk_end" | "steps" | "reached_aha"
            if rows == Rows::Edges =>
        {
            of_states
        }
        "was_contacted" if rows == Rows::Edges => &[&[
            (UserStates, "user_id"),
            (UserStates, "date"),
            (UserStates, "state"),
            (Tasks, "user_id"),
            (Tasks, "completed_at"),
        ]],
        "day" | "week" | "month" | "is_engaged" | "is_at_risk" | "is_activated" if rows == Rows::Days => {
            of_states
        }
        "weeks_since_signup" | "months_since_signup" if rows == Rows::Days => &[&[
            (UserStates, "user_id"),
            (UserStates, "date"),
            (UserStates, "state"),
            (Users, "user_id"),
            (Users, "signup_at"),
        ]],
        "days_with_state" if rows.window().is_some() => of_states,
        "engaged_days" => of_states,
        "user_name" => &[&[(UserStates, "user_name")], &[(Users, "user_id"), (Users, "name")]],
        "city" => &[&[(UserStates, "city")], &[(Users, "user_id"), (Users, "city")]],
        "region" => &[&[(UserStates, "region")], &[(Users, "user_id"), (Users, "region")]],
        "country" => &[&[(UserStates, "country")], &[(Users, "user_id"), (Users, "country")]],
        "category" => &[&[(UserStates, "category")], &[(Users, "user_id"), (Users, "category")]],
        "subchannel" => &[&[(UserStates, "subchannel")], &[(Users, "user_id"), (Users, "subchannel")]],
        "signup_at" | "signup_week" | "signup_month" => &[&[(Users, "user_id"), (Users, "signup_at")]],
        _ => return None,
    })
}

/// Every derived column of rows of this kind.
pub(super) fn derived_names(rows: Rows) -> impl Iterator<Item = &'static str> {
    const ALL: [&str; 50] = [
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
        "age_days",
        "age_band",
        "seller",
        "seller_name",
        "team",
        "supervisor_id",
        "route_id",
        "location",
        "user_name",
        "city",
        "region",
        "country",
        "category",
        "subchannel",
        "state_start",
        "state_end",
        "is_engaged_start",
        "is_engaged_end",
        "is_at_risk_start",
        "is_at_risk_end",
        "steps",
        "reached_aha",
        "was_contacted",
        "is_engaged",
        "is_at_risk",
        "is_activated",
        "engaged_days",
        "signup_week",
        "signup_month",
        "weeks_since_signup",
        "months_since_signup",
        "days_with_state",
        "assignment_type",
        "assignment_status",
        "assigned_from",
        "assigned_to",
        "was_visited",
    ];
    ALL.into_iter().filter(move |name| ways(rows, name).is_some())
}

/// The order in which the values of a dimension are shown, where it is not their own.
pub(super) fn order_of(dimension: &str) -> Option<Vec<&'static str>> {
    match dimension {
        "state" | "state_start" | "state_end" => {
            Some(crate::source::STATES.into_iter().chain([ABSENT]).collect())
        }
        "age_band" => Some(AGE_BANDS.iter().map(|(band, _)| *band).collect()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{derived_names, ways};
    use crate::definition::{FrameName, Rows, derived_columns, frame_columns};
    use crate::source::documented_columns;
    use std::collections::BTreeSet;

    #[test]
    fn what_definitions_may_name_is_what_there_is() {
        for frame in FrameName::ALL {
            let documented: Vec<&str> = documented_columns(frame).collect();
            assert_eq!(frame_columns(frame), documented, "{frame:?}");
        }
        for rows in Rows::ALL {
            let nameable: BTreeSet<&str> = derived_columns(rows).collect();
            let made: BTreeSet<&str> = derived_names(rows).chain(["signup_at"]).collect();
            let missing: Vec<&&str> = nameable.iter().filter(|name| ways(rows, name).is_none()).collect();
            assert!(missing.is_empty(), "{rows:?} has no {missing:?}");
            let unnamed: Vec<&&str> =
                made.difference(&nameable).filter(|n| ways(rows, n).is_some()).collect();
            assert!(unnamed.is_empty(), "definitions may not name {unnamed:?} of {rows:?}");
        }
    }
}

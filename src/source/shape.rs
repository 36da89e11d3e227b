//! The documented columns of each frame and the type each of them has.

use crate::definition::FrameName;
use parte_columns::Kind;
use polars::prelude::{DataType, TimeUnit, TimeZone};

const TASKS: &[(&str, Kind)] = &[
    ("task_id", Kind::Key),
    ("type", Kind::Text),
    ("channel", Kind::Text),
    ("channel_secondary", Kind::Text),
    ("objective", Kind::Text),
    ("status", Kind::Text),
    ("seller_id", Kind::Text),
    ("user_id", Kind::Text),
    ("team", Kind::Text),
    ("score", Kind::Number),
    ("priority", Kind::Integer),
    ("reason", Kind::Text),
    ("label", Kind::Text),
    ("template_id", Kind::Text),
    ("scheduled_at", Kind::Instant),
    ("suggested_at", Kind::Instant),
    ("due_at", Kind::Instant),
    ("started_at", Kind::Instant),
    ("completed_at", Kind::Instant),
    ("duration_min", Kind::Number),
    ("outcome", Kind::Text),
    ("attempts", Kind::Integer),
    ("sales_amount", Kind::Number),
    ("created_at", Kind::Instant),
    ("updated_at", Kind::Instant),
];

const USER_STATES: &[(&str, Kind)] = &[
    ("user_id", Kind::Text),
    ("date", Kind::Day),
    ("state", Kind::Text),
    ("segment_name", Kind::Text),
    ("segment_value", Kind::Text),
];

const SELLERS: &[(&str, Kind)] = &[
    ("seller_id", Kind::Text),
    ("full_name", Kind::Text),
    ("route_id", Kind::Text),
    ("team", Kind::Text),
    ("channel", Kind::Text),
    ("status", Kind::Text),
    ("email", Kind::Text),
    ("supervisor_id", Kind::Text),
    ("location", Kind::Text),
    ("hire_date", Kind::Day),
];

const USERS: &[(&str, Kind)] = &[
    ("user_id", Kind::Text),
    ("name", Kind::Text),
    ("channel", Kind::Text),
    ("subchannel", Kind::Text),
    ("category", Kind::Text),
    ("city", Kind::Text),
    ("region", Kind::Text),
    ("country", Kind::Text),
    ("signup_at", Kind::Instant),
    ("setup_at", Kind::Instant),
];

const ASSIGNMENTS: &[(&str, Kind)] = &[
    ("seller_id", Kind::Text),
    ("user_id", Kind::Text),
    ("type", Kind::Text),
    ("status", Kind::Text),
    ("from", Kind::Day),
    ("to", Kind::Day),
];

const TARGETS: &[(&str, Kind)] = &[
    ("metric", Kind::Text),
    ("seller_id", Kind::Text),
    ("supervisor_id", Kind::Text),
    ("team", Kind::Text),
    ("route_id", Kind::Text),
    ("location", Kind::Text),
    ("channel", Kind::Text),
    ("type", Kind::Text),
    ("objective", Kind::Text),
    ("city", Kind::Text),
    ("region", Kind::Text),
    ("country", Kind::Text),
    ("category", Kind::Text),
    ("subchannel", Kind::Text),
    ("period", Kind::Text),
    ("from", Kind::Day),
    ("to", Kind::Day),
    ("value", Kind::Number),
];

fn documented(frame: FrameName) -> &'static [(&'static str, Kind)] {
    match frame {
        FrameName::Tasks => TASKS,
        FrameName::UserStates => USER_STATES,
        FrameName::Sellers => SELLERS,
        FrameName::Users => USERS,
        FrameName::Assignments => ASSIGNMENTS,
        FrameName::Targets => TARGETS,
    }
}

/// How a column is read; an undocumented one ending in `_at` is an instant.
pub(super) fn kind_of(frame: FrameName, column: &str) -> Kind {
    documented(frame).iter().find(|(name, _)| *name == column).map_or_else(
        || if column.ends_with("_at") { Kind::Instant } else { Kind::Inferred },
        |(_, kind)| *kind,
    )
}

/// The documented columns of a frame, in the order in which they are documented.
pub fn documented_columns(frame: FrameName) -> impl Iterator<Item = &'static str> {
    documented(frame).iter().map(|(name, _)| *name)
}

/// The type that a column of a frame has (a text for undocumented ones, whose type is that of their values).
#[must_use]
pub fn column_type(frame: FrameName, column: &str) -> DataType {
    match kind_of(frame, column) {
        Kind::Text | Kind::Key | Kind::Inferred => DataType::String,
        Kind::Integer => DataType::Int64,
        Kind::Number => DataType::Float64,
        Kind::Instant => DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)),
        Kind::Day => DataType::Date,
    }
}

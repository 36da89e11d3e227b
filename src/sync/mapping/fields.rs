//! Which fields of an answer fill which columns, in each generation of the API.

use crate::definition::{ApiGeneration, FrameName};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A text, an id among them; of an object its label or code.
    Text,
    /// A word of a closed set, which generations write in capital or small letters.
    Word,
    /// A number.
    Number,
    /// An instant.
    Instant,
    /// A civil day.
    Day,
    /// Whether somebody is active, as a word.
    Active,
    /// A name, in one field or in two.
    Name,
}

/// A column, the fields that fill it (the first that is there does), and whether it is there without any value.
pub(super) type Field = (&'static str, Kind, &'static [&'static str], bool);

const V1_TASKS: &[Field] = &[
    ("task_id", Kind::Text, &["task_id", "id"], true),
    ("type", Kind::Word, &[], true),
    ("channel", Kind::Word, &["channel_priority", "channel"], true),
    ("channel_secondary", Kind::Word, &["channel_secondary"], true),
    ("status", Kind::Text, &["status"], false),
    ("seller_id", Kind::Text, &["seller_id"], false),
    ("user_id", Kind::Text, &["user_id"], true),
    ("score", Kind::Number, &["score"], true),
    ("reason", Kind::Text, &["reason"], true),
    ("label", Kind::Text, &["label"], true),
    ("template_id", Kind::Text, &["template_msg_id"], true),
    ("scheduled_at", Kind::Instant, &["date"], true),
    ("suggested_at", Kind::Instant, &["suggested_execution_time"], true),
    ("completed_at", Kind::Instant, &["completed_at"], false),
    ("created_at", Kind::Instant, &["created_at"], true),
    ("updated_at", Kind::Instant, &["updated_at"], true),
];

const ACTIVITIES: &[Field] = &[
    ("task_id", Kind::Text, &["id", "task_id"], true),
    ("type", Kind::Word, &[], true),
    ("channel", Kind::Word, &["channel"], true),
    ("status", Kind::Text, &["status"], true),
    (
        "seller_id",
        Kind::Text,
        &[
            "operatorAssignment.operatorId",
            "assignedOperatorId",
            "assigned_operator_id",
            "operatorId",
            "operator.id",
        ],
        false,
    ),
    ("user_id", Kind::Text, &["commerceAssignment.commerceId", "commerceId", "commerce.id"], true),
    ("score", Kind::Number, &["score"], false),
    ("reason", Kind::Text, &["reason"], false),
    ("label", Kind::Text, &["label"], false),
    ("user_status", Kind::Text, &["userStatus"], false),
    ("scheduled_at", Kind::Instant, &["scheduledAt"], true),
    ("suggested_at", Kind::Instant, &["suggestedExecutionTime"], false),
    ("completed_at", Kind::Instant, &["completedAt", "occurredAt"], false),
    ("created_at", Kind::Instant, &["createdAt"], false),
    ("updated_at", Kind::Instant, &["updatedAt"], false),
];

const INTEGRATION: &[Field] = &[
    ("task_id", Kind::Text, &["id", "task_id"], true),
    ("type", Kind::Word, &[], true),
    ("channel", Kind::Word, &["channel"], true),
    ("status", Kind::Text, &["status"], true),
    (
        "seller_id",
        Kind::Text,
        &["operatorExternalId", "operator.externalId", "externalOperatorId", "assignedOperatorExternalId"],
        false,
    ),
    ("user_id", Kind::Text, &["commerceExternalId", "commerce.externalId", "externalCommerceId"], true),
    ("score", Kind::Number, &["score"], false),
    ("reason", Kind::Text, &["reason"], false),
    ("outcome", Kind::Word, &["resultTypeCode", "taskResult.result", "result", "resultStatus"], false),
    ("lifecycle", Kind::Text, &["lifecycleStatus"], false),
    ("scheduled_at", Kind::Instant, &["scheduledAt"], true),
    ("suggested_at", Kind::Instant, &["suggestedExecutionTime"], false),
    ("completed_at", Kind::Instant, &["occurredAt"], true),
    ("created_at", Kind::Instant, &["createdAt"], true),
    ("updated_at", Kind::Instant, &["updatedAt"], false),
];

const STATES: &[Field] = &[
    ("user_id", Kind::Text, &["user_id", "userId"], true),
    ("date", Kind::Day, &["date"], true),
    ("state", Kind::Word, &["kpi_value", "state"], true),
    ("segment_name", Kind::Text, &["segment_name"], true),
    ("segment_value", Kind::Text, &["segment_value"], true),
];

/// What both call a seller, and what the other one does: the client's ids, which v1 and the integrations use, or the platform's own.
const SELLERS_OF_CLIENT: &[Field] = &[
    ("seller_id", Kind::Text, &["externalId", "external_id", "id"], true),
    ("operator_id", Kind::Text, &["id"], true),
];
const SELLERS_OF_PLATFORM: &[Field] = &[
    ("seller_id", Kind::Text, &["id"], true),
    ("external_id", Kind::Text, &["externalId", "external_id"], true),
];
const SELLERS: &[Field] = &[
    ("full_name", Kind::Name, &["name", "full_name", "fullName"], true),
    ("channel", Kind::Word, &["type"], true),
    ("status", Kind::Active, &["isActive", "status"], true),
    ("email", Kind::Text, &["email"], true),
];

const USERS_OF_CLIENT: &[Field] = &[
    ("user_id", Kind::Text, &["externalId", "external_id", "id"], true),
    ("commerce_id", Kind::Text, &["id"], true),
];
const USERS_OF_PLATFORM: &[Field] = &[
    ("user_id", Kind::Text, &["id"], true),
    ("external_id", Kind::Text, &["externalId", "external_id"], true),
];
const USERS: &[Field] = &[
    ("name", Kind::Text, &["name"], true),
    ("status", Kind::Active, &["isActive"], true),
    ("channel", Kind::Text, &["metadata.channel"], false),
    ("category", Kind::Text, &["metadata.category"], false),
    ("city", Kind::Text, &["metadata.city"], false),
    ("region", Kind::Text, &["metadata.region"], false),
];

const ASSIGNMENTS: &[Field] = &[
    ("seller_id", Kind::Text, &["seller_id", "sellerId", "operatorExternalId", "operatorId"], true),
    ("user_id", Kind::Text, &["user_id", "userId", "commerceExternalId", "commerceId"], true),
    ("type", Kind::Word, &["type"], true),
    ("status", Kind::Active, &["status", "isActive"], true),
    ("from", Kind::Day, &["from", "start_date", "startDate"], false),
    ("to", Kind::Day, &["to", "end_date", "endDate"], false),
];

/// The columns of a frame in a generation: those that it has of its own, and those of all.
pub(super) fn of(frame: FrameName, generation: ApiGeneration) -> [&'static [Field]; 2] {
    let of_platform = generation == ApiGeneration::Activities;
    match (frame, generation) {
        (FrameName::Tasks, ApiGeneration::V1) => [V1_TASKS, &[]],
        (FrameName::Tasks, ApiGeneration::Activities) => [ACTIVITIES, &[]],
        (FrameName::Tasks, ApiGeneration::Integration) => [INTEGRATION, &[]],
        (FrameName::UserStates, _) => [STATES, &[]],
        (FrameName::Sellers, _) => {
            [if of_platform { SELLERS_OF_PLATFORM } else { SELLERS_OF_CLIENT }, SELLERS]
        }
        (FrameName::Users, _) => [if of_platform { USERS_OF_PLATFORM } else { USERS_OF_CLIENT }, USERS],
        (FrameName::Assignments, _) => [ASSIGNMENTS, &[]],
        (FrameName::Targets, _) => [&[], &[]],
    }
}

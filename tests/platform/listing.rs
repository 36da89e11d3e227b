//! What the platform lists: each endpoint's path, generation, parameters and envelope, as documented.

/// The generation of an endpoint: spellings, errors and credentials go by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Generation {
    /// v1 analytics: `snake_case`, whole seconds, an API key.
    Analytics,
    /// Current core: `camelCase`, milliseconds, an API key or a user's token.
    Core,
    /// Current integration: `camelCase`, milliseconds, an API key alone.
    Integration,
    /// The draft with OAuth: `snake_case`, a token with scopes.
    Draft,
}

/// Something that is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Listing {
    /// `GET /api/v1/tasks/`
    Tasks,
    /// `GET /api/v1/kpis/users-states`
    States,
    /// `GET /api/activities`, and each of them at `/api/activities/{id}`
    Activities,
    /// `GET /api/integration/activities/tasks`
    IntegrationTasks,
    /// `GET /api/commerces`
    Commerces,
    /// `GET /api/operators`
    Operators,
    /// `GET /api/user-retention-statuses`
    RetentionStatuses,
    /// `GET /api/integration/task-result-type-configs`
    ResultTypes,
    /// `GET /v1/tasks`, also at `/tasks`
    DraftTasks,
}

/// The shape of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Envelope {
    /// `[...]`, all at once.
    Bare,
    /// `{page, limit, total, next_page, previous_page, data}`
    NextPage,
    /// `{data, meta: {page, limit, total, totalPages}}`
    Meta,
    /// `{data, pagination: {page, limit, total, pages}}`
    Pagination,
}

/// How a parameter chooses rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Test {
    /// One of these words; any where there are none.
    Is(&'static [&'static str]),
    /// A UUID.
    Uuid,
    /// A civil day.
    Day,
    /// `true` or `false`.
    Flag,
    /// `true` leaves those whose flag is set, `false` all.
    Only,
    /// Not before this instant.
    From,
    /// Not after this instant (or before it, by a knob).
    To,
    /// Contained in one of the fields, in letters of any case.
    Holds,
}

/// A parameter that chooses rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Filter {
    pub(crate) name: &'static str,
    /// Where a row has what it is held against: dots lead into objects.
    pub(crate) fields: &'static [&'static str],
    pub(crate) test: Test,
}

const fn filter(name: &'static str, fields: &'static [&'static str], test: Test) -> Filter {
    Filter { name, fields, test }
}

pub(crate) const CHANNELS: &[&str] = &["salesman", "callcenter", "whatsapp", "email", "sms", "push"];
pub(crate) const CORE_CHANNELS: &[&str] = &["SALESMAN", "CALLCENTER", "WHATSAPP", "EMAIL", "SMS", "PUSH"];
pub(crate) const STATES: &[&str] =
    &["sign_up", "aha", "casual", "habit", "core", "power", "setup", "dormant", "churned"];
const CORE_STATUSES: &[&str] = &["READY", "UNRESOLVED", "DISPATCHED", "COMPLETED", "CANCELED", "FAILED"];
const INTEGRATION_STATUSES: &[&str] = &["PENDING", "IN_PROGRESS", "COMPLETED", "CANCELLED"];

/// Nothing says which of its instants a task's range is of: it is there for each of them.
const TASKS: &[Filter] = &[
    filter("channel_priority", &["channel_priority"], Test::Is(CHANNELS)),
    filter("from_date", &["date"], Test::From),
    filter("to_date", &["date"], Test::To),
    filter("from_date", &["created_at"], Test::From),
    filter("to_date", &["created_at"], Test::To),
    filter("from_date", &["updated_at"], Test::From),
    filter("to_date", &["updated_at"], Test::To),
];
const USERS_STATES: &[Filter] = &[
    filter("kpi_value", &["kpi_value"], Test::Is(STATES)),
    filter("date", &["date"], Test::Day),
    filter("user_id", &["user_id"], Test::Is(&[])),
];
const ACTIVITIES: &[Filter] = &[
    filter("search", &["commerceAssignment.commerce.name", "reason.label", "reason"], Test::Holds),
    filter("status", &["status"], Test::Is(CORE_STATUSES)),
    filter("type", &["type"], Test::Is(&["TASK", "MESSAGE"])),
    filter("channel", &["channel"], Test::Is(CORE_CHANNELS)),
    filter("commerce_id", &["commerceAssignment.commerceId"], Test::Uuid),
    filter("scheduled_from", &["scheduledAt"], Test::From),
    filter("scheduled_to", &["scheduledAt"], Test::To),
];
const INTEGRATION_TASKS: &[Filter] = &[
    filter("status", &["status"], Test::Is(INTEGRATION_STATUSES)),
    filter("result_status", &["resultStatus"], Test::Is(&["EFFECTIVE", "NOT_EFFECTIVE", "PENDING"])),
    filter("channel", &["channel"], Test::Is(CORE_CHANNELS)),
    filter("external_commerce_id", &["commerceExternalId"], Test::Is(&[])),
    filter("external_operator_id", &["operatorExternalId"], Test::Is(&[])),
    filter("scheduled_from", &["scheduledAt"], Test::From),
    filter("scheduled_to", &["scheduledAt"], Test::To),
];
const COMMERCES: &[Filter] = &[
    filter("search", &["name", "externalId", "taxId"], Test::Holds),
    filter("external_id", &["externalId"], Test::Is(&[])),
    filter("global_external_id", &["globalExternalId"], Test::Is(&[])),
    filter("is_active", &["isActive"], Test::Flag),
    filter("is_placeholder", &["isPlaceholder"], Test::Flag),
];
const OPERATORS: &[Filter] = &[
    filter("search", &["name", "firstName", "lastName", "email", "externalId"], Test::Holds),
    filter("type", &["type"], Test::Is(&["SALESMAN", "ACTIVATOR", "CALLCENTER"])),
    filter("is_active", &["isActive"], Test::Flag),
];
const RETENTION_STATUSES: &[Filter] = &[filter("active_only", &["isActive"], Test::Only)];
const DRAFT_TASKS: &[Filter] = &[
    filter("status", &["status"], Test::Is(&["pending", "in_progress", "completed", "cancelled"])),
    filter("assigned_to", &["assigned_to"], Test::Is(&[])),
    filter("priority", &["priority"], Test::Is(&["low", "medium", "high", "urgent"])),
    filter("due_date_from", &["due_date"], Test::From),
    filter("due_date_to", &["due_date"], Test::To),
];

impl Listing {
    pub(crate) const ALL: [Self; 9] = [
        Self::Tasks,
        Self::States,
        Self::Activities,
        Self::IntegrationTasks,
        Self::Commerces,
        Self::Operators,
        Self::RetentionStatuses,
        Self::ResultTypes,
        Self::DraftTasks,
    ];

    /// The address of the list, below the server's.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Tasks => "/api/v1/tasks/",
            Self::States => "/api/v1/kpis/users-states",
            Self::Activities => "/api/activities",
            Self::IntegrationTasks => "/api/integration/activities/tasks",
            Self::Commerces => "/api/commerces",
            Self::Operators => "/api/operators",
            Self::RetentionStatuses => "/api/user-retention-statuses",
            Self::ResultTypes => "/api/integration/task-result-type-configs",
            Self::DraftTasks => "/v1/tasks",
        }
    }

    /// What the command line and files of rows call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tasks => "tasks",
            Self::States => "users-states",
            Self::Activities => "activities",
            Self::IntegrationTasks => "integration-tasks",
            Self::Commerces => "commerces",
            Self::Operators => "operators",
            Self::RetentionStatuses => "user-retention-statuses",
            Self::ResultTypes => "task-result-type-configs",
            Self::DraftTasks => "draft-tasks",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|listing| listing.name() == name)
    }

    /// The list at this path. The first generation's tasks want their slash, as documented.
    pub(crate) fn at(path: &str) -> Option<Self> {
        if path == "/tasks" {
            return Some(Self::DraftTasks);
        }
        Self::ALL.into_iter().find(|listing| listing.path() == path)
    }

    pub(crate) fn generation(self) -> Generation {
        match self {
            Self::Tasks | Self::States => Generation::Analytics,
            Self::IntegrationTasks | Self::ResultTypes => Generation::Integration,
            Self::DraftTasks => Generation::Draft,
            Self::Activities | Self::Commerces | Self::Operators | Self::RetentionStatuses => {
                Generation::Core
            }
        }
    }

    pub(crate) fn envelope(self) -> Envelope {
        match self {
            Self::Tasks | Self::RetentionStatuses | Self::ResultTypes => Envelope::Bare,
            Self::States => Envelope::NextPage,
            Self::DraftTasks => Envelope::Pagination,
            Self::Activities | Self::IntegrationTasks | Self::Commerces | Self::Operators => Envelope::Meta,
        }
    }

    pub(crate) fn filters(self) -> &'static [Filter] {
        match self {
            Self::Tasks => TASKS,
            Self::States => USERS_STATES,
            Self::Activities => ACTIVITIES,
            Self::IntegrationTasks => INTEGRATION_TASKS,
            Self::Commerces => COMMERCES,
            Self::Operators => OPERATORS,
            Self::RetentionStatuses => RETENTION_STATUSES,
            Self::ResultTypes => &[],
            Self::DraftTasks => DRAFT_TASKS,
        }
    }

    /// What asks for a number of rows, and how many come without it; `None` where there are no pages.
    pub(crate) fn page_size(self) -> Option<(&'static str, u64)> {
        match self {
            Self::States => Some(("limit", 100)),
            Self::DraftTasks => Some(("limit", 20)),
            Self::IntegrationTasks => Some(("per_page", 20)),
            Self::Activities | Self::Commerces | Self::Operators => Some(("per_page", 25)),
            Self::Tasks | Self::RetentionStatuses | Self::ResultTypes => None,
        }
    }

    /// Fields that tell a row from others, the first that is there.
    pub(crate) fn id_fields(self) -> &'static [&'static str] {
        match self {
            Self::Tasks => &["task_id", "id"],
            Self::States => &["user_id"],
            _ => &["id", "code"],
        }
    }

    /// The field that a later change moves.
    pub(crate) fn updated_field(self) -> Option<&'static str> {
        match self {
            Self::States | Self::ResultTypes => None,
            Self::Tasks | Self::DraftTasks => Some("updated_at"),
            _ => Some("updatedAt"),
        }
    }

    /// Whether its instants have milliseconds.
    pub(crate) fn has_milliseconds(self) -> bool {
        matches!(self.generation(), Generation::Core | Generation::Integration)
    }

    /// What a credential must be allowed.
    pub(crate) fn permission(self) -> Option<&'static str> {
        match self {
            Self::Tasks | Self::States => None,
            Self::Commerces => Some("MANAGE_COMMERCES"),
            Self::Operators => Some("MANAGE_OPERATORS"),
            Self::DraftTasks => Some("tasks:read"),
            Self::Activities | Self::IntegrationTasks | Self::RetentionStatuses | Self::ResultTypes => {
                Some("VIEW_ACTIVITIES")
            }
        }
    }

    /// Whether it is a catalogue: little, and hardly ever changed.
    pub(crate) fn is_catalogue(self) -> bool {
        matches!(self, Self::Commerces | Self::Operators | Self::RetentionStatuses | Self::ResultTypes)
    }

    /// Fields that the list leaves out and only the answer about one row has.
    pub(crate) fn detail_fields(self) -> &'static [&'static str] {
        if self == Self::Activities { &["createdAt", "updatedAt"] } else { &[] }
    }
}

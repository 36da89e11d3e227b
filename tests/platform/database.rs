//! The rows of a SQLite file with the documented tables, as the platform would tell them: a report over the API can be held
//! against the same one over the file. What a generation does not show is left out, as in its answers.
//!
//! Ids of tasks stay what they are, although activities have UUIDs: a row of one is found in the other. The current generation has six
//! statuses and integration four, so that the table's are folded: what was rescheduled is cancelled, and what failed is, for
//! integration, completed without effect. A status that is in neither list stays, in capitals.

use super::data::Data;
use super::listing::Listing;
use super::rows::Row;
use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

impl Data {
    /// The rows of a database's `tasks`, `user_states`, `users` and `sellers`.
    ///
    /// # Errors
    /// The file cannot be read, or has no such tables.
    pub(crate) fn of_database(path: &Path) -> Result<Self, String> {
        let shown = |error: rusqlite::Error| format!("{}: {error}", path.display());
        let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(shown)?;
        let mut data = Self::empty()
            .with(Listing::RetentionStatuses, super::people::retention_statuses())
            .with(Listing::ResultTypes, super::activities::result_types())
            .with_rows(Listing::States, states(&database).map_err(shown)?);
        let users = selected(&database, USERS).map_err(shown)?;
        let names: HashMap<String, Value> =
            users.iter().map(|user| (text(user, "user_id"), user["name"].clone())).collect();
        data = data.with(Listing::Commerces, users.iter().map(commerce).collect());
        let sellers = selected(&database, SELLERS).map_err(shown)?;
        data = data.with(Listing::Operators, sellers.iter().map(operator).collect());
        let tasks = selected(&database, TASKS).map_err(shown)?;
        let is_task = |task: &&Record| task["type"] != "message";
        Ok(data
            .with(Listing::Tasks, tasks.iter().map(analytics).collect())
            .with(Listing::Activities, tasks.iter().map(|task| activity(task, &names)).collect())
            .with(
                Listing::IntegrationTasks,
                tasks.iter().filter(is_task).map(|task| item(task, &names)).collect(),
            ))
    }
}

type Record = Map<String, Value>;

const USERS: &str = "select * from users";
const SELLERS: &str = "select * from sellers";
const TASKS: &str = "select task_id, type, channel, channel_secondary, status, seller_id, user_id, score, reason, label, \
                     template_id, scheduled_at, suggested_at, completed_at, outcome, created_at, updated_at from tasks";

fn selected(database: &Connection, query: &str) -> rusqlite::Result<Vec<Record>> {
    let mut statement = database.prepare(query)?;
    let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let rows = statement.query_map([], |row| {
        let values = names.iter().enumerate().map(|(place, name)| {
            use rusqlite::types::ValueRef;
            let value = match row.get_ref(place)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(number) => json!(number),
                ValueRef::Real(number) => json!(number),
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => json!(String::from_utf8_lossy(bytes)),
            };
            Ok((name.clone(), value))
        });
        values.collect()
    })?;
    rows.collect()
}

fn states(database: &Connection) -> rusqlite::Result<Vec<Row>> {
    let mut statement = database.prepare("select user_id, date, state from user_states")?;
    let mut known: HashMap<String, Arc<str>> = HashMap::new();
    let mut shared =
        |text: String| Arc::clone(known.entry(text).or_insert_with_key(|text| text.as_str().into()));
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    rows.map(|row| {
        let (user, date, state): (String, String, String) = row?;
        Ok(Row::state(&shared(user), &shared(state), &shared(date)))
    })
    .collect()
}

fn text(row: &Record, field: &str) -> String {
    row[field].as_str().map_or_else(|| row[field].to_string(), str::to_owned)
}

/// An instant as a generation writes it; one that cannot be read stays what it is.
fn instant(value: &Value, digits: SecondsFormat) -> Value {
    let Some(text) = value.as_str() else { return value.clone() };
    let at = DateTime::parse_from_rfc3339(text).map(|at| at.with_timezone(&Utc)).ok();
    let at =
        at.or_else(|| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok().map(|at| at.and_utc()));
    at.map_or_else(|| value.clone(), |at| json!(at.to_rfc3339_opts(digits, true)))
}

fn analytics(task: &Record) -> Value {
    let at = |field: &str| instant(&task[field], SecondsFormat::Secs);
    json!({
        "id": task["task_id"],
        "user_id": task["user_id"],
        "date": at("scheduled_at"),
        "suggested_execution_time": at("suggested_at"),
        "channel_priority": task["channel"],
        "channel_secondary": task["channel_secondary"],
        "template_msg_id": task["template_id"],
        "label": task["label"],
        "reason": task["reason"],
        "score": task["score"],
        "created_at": at("created_at"),
        "updated_at": at("updated_at"),
    })
}

fn activity(task: &Record, names: &HashMap<String, Value>) -> Value {
    let at = |field: &str| instant(&task[field], SecondsFormat::Millis);
    let user = text(task, "user_id");
    let mut row = json!({
        "id": task["task_id"],
        "type": if task["type"] == "message" { "MESSAGE" } else { "TASK" },
        "channel": text(task, "channel").to_uppercase(),
        "status": core_status(&text(task, "status")),
        "scheduledAt": at("scheduled_at"),
        "commerceAssignment": { "commerceId": uuid(&user), "commerce": { "name": names.get(&user) } },
        "createdAt": at("created_at"),
        "updatedAt": at("updated_at"),
    });
    if let Some(reason) = task["reason"].as_str() {
        row["reason"] = json!({ "code": reason, "label": reason });
    }
    row
}

fn item(task: &Record, names: &HashMap<String, Value>) -> Value {
    let at = |field: &str| instant(&task[field], SecondsFormat::Millis);
    let core = core_status(&text(task, "status"));
    let (status, result) = match core.as_str() {
        "READY" => ("PENDING", "PENDING"),
        "DISPATCHED" => ("IN_PROGRESS", "PENDING"),
        "COMPLETED" if task["outcome"] == "sale" => ("COMPLETED", "EFFECTIVE"),
        "COMPLETED" | "FAILED" => ("COMPLETED", "NOT_EFFECTIVE"),
        "CANCELED" => ("CANCELLED", "PENDING"),
        other => (other, "PENDING"),
    };
    let lifecycle = super::activities::lifecycle(status);
    json!({
        "id": task["task_id"],
        "activityOrigin": "ACTIVITY",
        "type": "TASK",
        "status": status,
        "channel": text(task, "channel").to_uppercase(),
        "scheduledAt": at("scheduled_at"),
        "occurredAt": at("completed_at"),
        "createdAt": at("created_at"),
        "lifecycleStatus": lifecycle.0,
        "lifecycleStatusLabel": lifecycle.1,
        "lifecycleStatusDetail": null,
        "canForceRetryDispatch": core == "FAILED",
        "commerceExternalId": task["user_id"],
        "commerceName": names.get(&text(task, "user_id")),
        "operatorExternalId": task["seller_id"],
        "resultStatus": result,
    })
}

fn core_status(status: &str) -> String {
    let folded = match status {
        "pending" | "scheduled" | "draft" | "callback_scheduled" => "READY",
        "in_progress" | "checked_in" | "attempting" | "sending" => "DISPATCHED",
        "completed" | "delivered" => "COMPLETED",
        "failed" | "incomplete" | "no_answer" | "busy" | "wrong_number" | "expired" => "FAILED",
        "cancelled" | "rescheduled" => "CANCELED",
        other => return other.to_uppercase(),
    };
    folded.to_owned()
}

/// What a tenant notes of its own beside the documented fields: no documentation says under which names. What is not there is left out.
fn metadata(row: &Record, fields: &[&str]) -> Value {
    let there = fields.iter().filter_map(|field| Some(((*field).to_owned(), row.get(*field)?.clone())));
    Value::Object(there.filter(|(_, value)| !value.is_null()).collect())
}

fn commerce(user: &Record) -> Value {
    let at = instant(&user["signup_at"], SecondsFormat::Millis);
    json!({
        "id": uuid(&text(user, "user_id")),
        "name": user["name"],
        "externalId": user["user_id"],
        "taxId": null,
        "isActive": true,
        "isPlaceholder": false,
        "metadata": metadata(user, &["channel", "subchannel", "category", "city", "region", "country"]),
        "createdAt": at,
        "updatedAt": at,
    })
}

fn operator(seller: &Record) -> Value {
    let kind = match text(seller, "channel").as_str() {
        "callcenter" => "CALLCENTER",
        "activator" => "ACTIVATOR",
        _ => "SALESMAN",
    };
    let at = seller["hire_date"].as_str().map(|day| format!("{day}T00:00:00.000Z"));
    json!({
        "id": uuid(&text(seller, "seller_id")),
        "name": seller["full_name"],
        "email": seller["email"],
        "phone": null,
        "type": kind,
        "externalId": seller["seller_id"],
        "isActive": seller["status"] == "active",
        "isPlaceholder": false,
        "metadata": metadata(seller, &["team", "route_id", "location"]),
        "createdAt": at,
        "updatedAt": at,
    })
}

/// A UUID that follows from a key, always the same.
fn uuid(key: &str) -> String {
    let hex: String = Sha256::digest(key).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

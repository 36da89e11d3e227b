//! Parameters choose exactly the rows that they say, and a bad one is 400.

use super::asking::{Answered, get};
use crate::platform::{Listing, Options, Platform, Reading};
use chrono::DateTime;
use serde_json::Value;

/// Asks with parameters and compares with what the same choice by hand gives.
async fn chooses(platform: &Platform, listing: Listing, parameters: &str, chosen: impl Fn(&Value) -> bool) {
    let by_hand: Vec<Value> = platform.rows(listing).into_iter().filter(|row| chosen(row)).collect();
    assert!(!by_hand.is_empty(), "{parameters} chooses nothing, which proves nothing");
    assert!(by_hand.len() < platform.rows(listing).len(), "{parameters} chooses everything");
    let mut seen = Vec::new();
    for page in 1_u64.. {
        let size = if listing == Listing::States { "limit" } else { "per_page" };
        let paged = if listing == Listing::Tasks { String::new() } else { format!("&page={page}&{size}=50") };
        let answer = get(platform, &format!("{}?{parameters}{paged}", listing.path())).await.json();
        let (rows, is_last) = match &answer {
            Value::Array(rows) => (rows.clone(), true),
            other => {
                let rows = other["data"].as_array().unwrap().clone();
                let is_last = rows.len() < 50;
                (rows, is_last)
            }
        };
        seen.extend(rows);
        if is_last {
            break;
        }
    }
    let ids = |rows: &[Value]| {
        rows.iter()
            .map(|row| [&row["id"], &row["user_id"], &row["date"]].map(Value::to_string))
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&seen), ids(&by_hand), "{parameters}");
}

fn at(row: &Value, field: &str) -> i64 {
    DateTime::parse_from_rfc3339(row[field].as_str().unwrap()).unwrap().timestamp_micros()
}

fn instant(text: &str) -> i64 {
    DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros()
}

#[tokio::test]
async fn tasks_are_chosen_by_range_and_channel() {
    let platform = Platform::start(Options::default());
    let range = "from_date=2026-03-05T12:00:00Z&to_date=2026-03-07T15%3A00%3A00-05%3A00";
    let (from, to) = (instant("2026-03-05T12:00:00Z"), instant("2026-03-07T20:00:00Z"));
    chooses(&platform, Listing::Tasks, range, |row| (from..=to).contains(&at(row, "date"))).await;
    let sms = |row: &Value| row["channel_priority"] == "sms";
    chooses(&platform, Listing::Tasks, "channel_priority=sms", sms).await;
}

#[tokio::test]
async fn a_range_of_tasks_is_of_the_instant_that_the_platform_was_told_and_its_end_in_or_out() {
    let platform = Platform::start(Options {
        reading: Reading { task_dates: "created_at", to_is_inclusive: false, ..Reading::default() },
        ..Options::default()
    });
    let edge = platform.rows(Listing::Tasks)[100]["created_at"].as_str().unwrap().to_owned();
    let to = instant(&edge);
    chooses(&platform, Listing::Tasks, &format!("to_date={edge}"), |row| at(row, "created_at") < to).await;
    let inclusive = Platform::start(Options::default());
    let edge = inclusive.rows(Listing::Tasks)[100]["date"].as_str().unwrap().to_owned();
    let to = instant(&edge);
    chooses(&inclusive, Listing::Tasks, &format!("to_date={edge}"), |row| at(row, "date") <= to).await;
}

#[tokio::test]
async fn states_are_chosen_by_day_user_and_value() {
    let platform = Platform::start(Options::default());
    chooses(&platform, Listing::States, "date=2026-03-09", |row| row["date"] == "2026-03-09").await;
    chooses(&platform, Listing::States, "user_id=U-000007", |row| row["user_id"] == "U-000007").await;
    let both = |row: &Value| row["kpi_value"] == "habit" && row["date"] == "2026-03-10";
    chooses(&platform, Listing::States, "kpi_value=habit&date=2026-03-10", both).await;
}

#[tokio::test]
async fn activities_are_chosen_by_each_of_their_parameters() {
    let platform = Platform::start(Options::default());
    let list = Listing::Activities;
    chooses(&platform, list, "status=CANCELED", |row| row["status"] == "CANCELED").await;
    chooses(&platform, list, "type=MESSAGE", |row| row["type"] == "MESSAGE").await;
    chooses(&platform, list, "channel=WHATSAPP", |row| row["channel"] == "WHATSAPP").await;
    let commerce = platform.rows(list)[3]["commerceAssignment"]["commerceId"].clone();
    let of_it = |row: &Value| row["commerceAssignment"]["commerceId"] == commerce;
    chooses(&platform, list, &format!("commerce_id={}", commerce.as_str().unwrap()), of_it).await;
    let from = instant("2026-03-10T00:00:00Z");
    chooses(&platform, list, "scheduled_from=2026-03-10", |row| at(row, "scheduledAt") >= from).await;
    let to = instant("2026-03-04T18:00:00Z");
    chooses(&platform, list, "scheduled_to=2026-03-04T18:00:00.000Z", |row| at(row, "scheduledAt") <= to)
        .await;
    chooses(&platform, list, "search=PE%C3%91%C3%93N", |row| row.to_string().contains("Peñón")).await;
}

#[tokio::test]
async fn integrations_items_commerces_and_operators_are_chosen_by_their_parameters() {
    let platform = Platform::start(Options::default());
    let list = Listing::IntegrationTasks;
    chooses(&platform, list, "status=PENDING", |row| row["status"] == "PENDING").await;
    chooses(&platform, list, "result_status=EFFECTIVE", |row| row["resultStatus"] == "EFFECTIVE").await;
    chooses(&platform, list, "channel=SALESMAN", |row| row["channel"] == "SALESMAN").await;
    let customer = platform.rows(list)[0]["commerceExternalId"].clone();
    let of_customer = |row: &Value| row["commerceExternalId"] == customer;
    chooses(&platform, list, &format!("external_commerce_id={}", customer.as_str().unwrap()), of_customer)
        .await;
    chooses(&platform, list, "external_operator_id=W-003", |row| row["operatorExternalId"] == "W-003").await;
    chooses(&platform, Listing::Commerces, "is_active=false", |row| row["isActive"] == false).await;
    chooses(&platform, Listing::Commerces, "external_id=U-000009", |row| row["externalId"] == "U-000009")
        .await;
    let global = |row: &Value| row["globalExternalId"] == "G-000008";
    chooses(&platform, Listing::Commerces, "global_external_id=G-000008", global).await;
    chooses(&platform, Listing::Operators, "search=w3@", |row| row["email"] == "w3@example.com").await;
    let type_ = platform.rows(Listing::Operators)[0]["type"].clone();
    let of_type = |row: &Value| row["type"] == type_;
    chooses(&platform, Listing::Operators, &format!("type={}", type_.as_str().unwrap()), of_type).await;
}

#[tokio::test]
async fn a_bad_parameter_is_400_in_the_words_of_its_generation() {
    let platform = Platform::start(Options::default());
    let flat = [
        "/api/activities?page=0",
        "/api/activities?page=x",
        "/api/activities?per_page=0",
        "/api/activities?per_page=101",
        "/api/activities?limit=10",
        "/api/activities?status=DONE",
        "/api/activities?channel=salesman",
        "/api/activities?commerce_id=7",
        "/api/activities?scheduled_from=yesterday",
        "/api/activities?status=READY&status=FAILED",
        "/api/activities?updated_since=2026-03-01",
        "/api/integration/activities/tasks?status=READY",
        "/api/commerces?is_active=yes",
        "/api/user-retention-statuses?page=1",
    ];
    for path in flat {
        let answer = get(&platform, path).await;
        assert_eq!(answer.status, 400, "{path}");
        let body = answer.json();
        assert_eq!((&body["statusCode"], &body["error"]), (&400.into(), &"Bad Request".into()), "{path}");
        assert!(!body["message"].as_str().unwrap().is_empty(), "{path}");
    }
    let nested = [
        "/api/v1/tasks/?from_date=2026-03-01",
        "/api/v1/tasks/?channel_priority=SMS",
        "/api/v1/tasks/?page=2",
        "/api/v1/kpis/users-states?date=2026-02-30",
        "/api/v1/kpis/users-states?date=2026-3-1",
        "/api/v1/kpis/users-states?kpi_value=lost",
        "/api/v1/kpis/users-states?user_id=",
        "/api/v1/kpis/users-states?per_page=10",
    ];
    for path in nested {
        let answer = get(&platform, path).await;
        assert_eq!(answer.status, 400, "{path}");
        assert_eq!(answer.json()["error"]["code"], "invalid_request", "{path}");
    }
}

#[tokio::test]
async fn unknown_parameters_are_ignored_and_two_channels_known_where_the_platform_is_told_so() {
    let platform = Platform::start(Options {
        reading: Reading {
            refuses_unknown: false,
            task_channels: &["salesman", "callcenter"],
            ..Reading::default()
        },
        ..Options::default()
    });
    let status = |answer: Answered| answer.status;
    assert_eq!(status(get(&platform, "/api/activities?updated_since=2026-03-01").await), 200);
    assert_eq!(status(get(&platform, "/api/v1/tasks/?channel_priority=sms").await), 400);
    assert_eq!(status(get(&platform, "/api/v1/tasks/?channel_priority=callcenter").await), 200);
}

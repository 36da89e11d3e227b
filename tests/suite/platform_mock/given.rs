//! Rows that are given: by a test, in a file, in a database.

use super::asking::get;
use crate::platform::{Data, Listing, Options, Platform};
use parte::demo::{Plan, generate};
use rusqlite::Connection;
use serde_json::{Value, json};

fn serving(data: Data) -> Platform {
    Platform::start(Options { data: Some(data), ..Options::default() })
}

#[tokio::test]
async fn given_rows_are_served_as_they_are_and_other_lists_are_empty() {
    let rows = vec![
        json!({ "task_id": "a", "user_id": "=HYPERLINK(1)", "date": "2026-03-02T13:00:00-05:00", "otro": [1, { "x": null }] }),
        json!({ "id": "b", "user_id": "José\u{0}\u{202e}", "date": "mañana", "channel_priority": "paloma", "score": 1e300 }),
    ];
    let platform = serving(Data::empty().with(Listing::Tasks, rows.clone()));
    assert_eq!(get(&platform, "/api/v1/tasks/").await.json(), Value::from(rows.clone()));
    let from = get(&platform, "/api/v1/tasks/?from_date=2026-03-02T18:00:00Z").await.json();
    assert_eq!(from, json!([rows[0]]), "an offset is an instant, and what is none is in no range");
    let empty = get(&platform, "/api/activities").await.json();
    assert_eq!(empty, json!({ "data": [], "meta": { "page": 1, "limit": 25, "total": 0, "totalPages": 0 } }));
    let empty = get(&platform, "/api/v1/kpis/users-states").await.json();
    assert_eq!((&empty["data"], &empty["next_page"]), (&json!([]), &json!(null)));
}

#[test]
fn files_of_rows_are_an_array_or_an_object_a_line_and_a_mistake_is_told_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        Data::empty().with_file(Listing::DraftTasks, &path)
    };
    let expected = vec![json!({ "id": "1", "title": "Ñ" }), json!({ "id": "2" })];
    let array = file("rows.json", "\n[{\"id\":\"1\",\"title\":\"Ñ\"},{\"id\":\"2\"}]").unwrap();
    assert_eq!(array.rows(Listing::DraftTasks), expected);
    let lines = file("rows.ndjson", "{\"id\":\"1\",\"title\":\"Ñ\"}\n\n{\"id\":\"2\"}\n").unwrap();
    assert_eq!(lines.rows(Listing::DraftTasks), expected);
    assert_eq!(lines.count(Listing::DraftTasks), 2);
    let error = file("bad.ndjson", "{\"id\":\"1\"}\n[2]\n").expect_err("an array is no row");
    assert!(error.contains("bad.ndjson:2: "), "{error}");
    let missing = Data::empty().with_file(Listing::Tasks, &folder.path().join("none.json"));
    assert!(missing.expect_err("there is none").contains("none.json"));
}

#[tokio::test]
async fn hidden_fields_choose_rows_although_the_list_does_not_show_them() {
    let data = Data::generated(&crate::platform::Sizes::default());
    let platform = serving(data.hiding(Listing::IntegrationTasks, &["resultStatus", "operatorExternalId"]));
    let path = "/api/integration/activities/tasks?per_page=100&result_status=EFFECTIVE";
    let answer = get(&platform, path).await.json();
    let effective = platform
        .rows(Listing::IntegrationTasks)
        .iter()
        .filter(|row| row["resultStatus"] == "EFFECTIVE")
        .count();
    assert!(effective > 0);
    assert_eq!(answer["meta"]["total"], effective);
    let rows = answer["data"].as_array().unwrap();
    assert!(
        rows.iter().all(|row| row.get("resultStatus").is_none() && row.get("operatorExternalId").is_none())
    );
    assert!(rows.iter().all(|row| row["commerceName"].is_string()));
}

#[tokio::test]
async fn the_rows_of_a_database_are_served_in_the_words_of_each_generation() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("demo.db");
    generate(&Plan { tasks: 2000, ..Plan::default() }, &path, &|_, _| ()).unwrap();
    let data = Data::of_database(&path).unwrap();
    let database = Connection::open(&path).unwrap();
    let count = |sql: &str| {
        let count: i64 = database.query_row(sql, [], |row| row.get(0)).unwrap();
        usize::try_from(count).unwrap()
    };
    assert_eq!(data.count(Listing::Tasks), count("select count(*) from tasks"));
    assert_eq!(data.count(Listing::States), count("select count(*) from user_states"));
    assert_eq!(data.count(Listing::Commerces), count("select count(*) from users"));
    assert_eq!(data.count(Listing::Operators), count("select count(*) from sellers"));
    assert_eq!(data.count(Listing::Activities), count("select count(*) from tasks"));
    let items = data.rows(Listing::IntegrationTasks);
    assert_eq!(items.len(), count("select count(*) from tasks where type <> 'message'"));
    let cancelled = "status in ('cancelled', 'rescheduled') and type <> 'message'";
    let found = items.iter().filter(|item| item["status"] == "CANCELLED").count();
    assert!(found > 0);
    assert_eq!(found, count(&format!("select count(*) from tasks where {cancelled}")));
    let platform = serving(data);
    let (day, states): (String, i64) = database
        .query_row(
            "select date, count(*) from user_states group by 1 order by 2 desc, 1 limit 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    let answer = get(&platform, &format!("/api/v1/kpis/users-states?date={day}")).await.json();
    assert_eq!(answer["total"], states);
    let (task, user, at): (String, String, String) = database
        .query_row(
            "select task_id, user_id, scheduled_at from tasks where type = 'visit' limit 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .unwrap();
    let alone = get(&platform, &format!("/api/activities/{task}")).await.json();
    let at = chrono::DateTime::parse_from_rfc3339(&at).unwrap();
    let shown = chrono::DateTime::parse_from_rfc3339(alone["scheduledAt"].as_str().unwrap()).unwrap();
    assert_eq!(shown, at);
    let path = format!("/api/integration/activities/tasks?per_page=100&external_commerce_id={user}");
    let of_user = get(&platform, &path).await.json();
    assert!(of_user["data"].as_array().unwrap().iter().any(|item| item["id"] == task.as_str()));
}

#[test]
fn a_file_that_is_no_database_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("no.db");
    std::fs::write(&path, "no database").unwrap();
    let error = Data::of_database(&path).expect_err("no database");
    assert!(error.contains("no.db"), "{error}");
}

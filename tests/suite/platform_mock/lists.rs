//! Every list has the documented shape, pages and parameters.

use super::asking::get;
use crate::platform::{Data, Listing, Options, Platform, Sizes};
use serde_json::{Value, json};

fn ids(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn tasks_of_the_first_generation_are_a_bare_array_at_a_path_with_a_slash() {
    let platform = Platform::start(Options::default());
    let answer = get(&platform, "/api/v1/tasks/").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(answer.json(), Value::from(platform.rows(Listing::Tasks)));
    assert_eq!(answer.json().as_array().unwrap().len(), 250);
    let missing = get(&platform, "/api/v1/tasks").await;
    assert_eq!((missing.status, missing.json()["error"]["status"].clone()), (404, json!(404)));
}

#[tokio::test]
async fn states_come_in_the_pages_of_shape_one() {
    let platform = Platform::start(Options {
        data: Some(Data::generated(&Sizes { users: 23, days: 10, ..Sizes::default() })),
        ..Options::default()
    });
    let mut seen = Vec::new();
    for (page, next, before) in
        [(1, json!(2), json!(null)), (2, json!(3), json!(1)), (3, json!(null), json!(2))]
    {
        let answer = get(&platform, &format!("/api/v1/kpis/users-states?page={page}")).await.json();
        assert_eq!(answer["page"], page);
        assert_eq!(answer["limit"], 100);
        assert_eq!(answer["total"], 230);
        assert_eq!(answer["next_page"], next);
        assert_eq!(answer["previous_page"], before);
        seen.extend(answer["data"].as_array().unwrap().clone());
    }
    assert_eq!(seen, platform.rows(Listing::States));
    assert_eq!(get(&platform, "/api/v1/kpis/users-states?page=4").await.json()["data"], json!([]));
}

#[tokio::test]
async fn activities_come_in_the_pages_of_shape_two_and_stand_alone_with_their_stamps() {
    let platform = Platform::start(Options::default());
    let answer = get(&platform, "/api/activities?page=3&per_page=100").await.json();
    assert_eq!(answer["meta"], json!({ "page": 3, "limit": 100, "total": 260, "totalPages": 3 }));
    let rows = answer["data"].as_array().unwrap();
    assert_eq!(rows.len(), 60);
    assert!(rows.iter().all(|row| row.get("updatedAt").is_none()));
    let id = ids(rows)[0].to_owned();
    let alone = get(&platform, &format!("/api/activities/{id}")).await.json();
    assert_eq!(alone["id"], id.as_str());
    assert!(alone["updatedAt"].is_string());
    assert_eq!(get(&platform, "/api/activities").await.json()["meta"]["limit"], 25);
}

#[tokio::test]
async fn integration_lists_the_activities_of_type_task_under_the_same_ids() {
    let platform = Platform::start(Options::default());
    let activities = platform.rows(Listing::Activities);
    let tasks: Vec<Value> = activities.into_iter().filter(|row| row["type"] == "TASK").collect();
    let mut items = Vec::new();
    for page in 1..=tasks.len().div_ceil(20) {
        let answer = get(&platform, &format!("/api/integration/activities/tasks?page={page}")).await.json();
        assert_eq!(answer["meta"]["limit"], 20);
        assert_eq!(answer["meta"]["total"], tasks.len());
        items.extend(answer["data"].as_array().unwrap().clone());
    }
    assert_eq!(ids(&items), ids(&tasks));
    let done: Vec<&Value> = items.iter().filter(|item| item["status"] == "COMPLETED").collect();
    assert!(!done.is_empty() && done.iter().all(|item| item["occurredAt"].is_string()));
    assert!(items.iter().any(|item| item["status"] == "CANCELLED" && item["occurredAt"].is_null()));
}

#[tokio::test]
async fn commerces_have_the_ids_of_users_and_operators_those_of_integrations_items() {
    let platform = Platform::start(Options::default());
    let commerces = get(&platform, "/api/commerces?per_page=100").await.json();
    assert_eq!(commerces["meta"], json!({ "page": 1, "limit": 100, "total": 60, "totalPages": 1 }));
    assert_eq!(commerces["data"][0]["externalId"], "U-000001");
    assert_eq!(platform.rows(Listing::States)[0]["user_id"], "U-000001");
    let operators = get(&platform, "/api/operators").await.json();
    assert_eq!(operators["meta"], json!({ "page": 1, "limit": 25, "total": 8, "totalPages": 1 }));
    let known: Vec<&Value> =
        operators["data"].as_array().unwrap().iter().map(|one| &one["externalId"]).collect();
    let items = platform.rows(Listing::IntegrationTasks);
    assert!(items.iter().all(|item| known.contains(&&item["operatorExternalId"])));
}

#[tokio::test]
async fn catalogues_are_bare_arrays() {
    let platform = Platform::start(Options::default());
    let statuses = get(&platform, "/api/user-retention-statuses").await.json();
    assert_eq!(statuses, Value::from(platform.rows(Listing::RetentionStatuses)));
    assert_eq!(statuses[0]["code"], "active");
    let active = get(&platform, "/api/user-retention-statuses?active_only=true").await.json();
    assert_eq!((statuses.as_array().unwrap().len(), active.as_array().unwrap().len()), (4, 3));
    let all = get(&platform, "/api/user-retention-statuses?active_only=false").await.json();
    assert_eq!(all, statuses);
    let types = get(&platform, "/api/integration/task-result-type-configs").await.json();
    assert_eq!(
        types[2],
        json!({ "code": "RESCHEDULE", "label": "Reagendar", "requiresFutureScheduledAt": true })
    );
}

#[tokio::test]
async fn what_is_not_there_is_404_in_the_words_of_its_generation() {
    let platform = Platform::start(Options::default());
    let flat = get(&platform, "/api/activities/00000000-0000-4000-8000-000000000000").await;
    assert_eq!(flat.status, 404);
    assert_eq!(flat.json(), json!({ "statusCode": 404, "error": "Not Found", "message": "not found" }));
    assert_eq!(get(&platform, "/api/activities/x").await.status, 400);
    let nested = get(&platform, "/api/v1/kpis/other").await;
    assert_eq!(nested.status, 404);
    let words = json!({ "code": "not_found", "message": "Cannot GET /api/v1/kpis/other", "status": 404 });
    assert_eq!(nested.json(), json!({ "error": words }));
    assert_eq!(get(&platform, "/api/other").await.json()["statusCode"], 404);
}

#[tokio::test]
async fn a_hundred_thousand_states_are_served_page_by_page_and_day_by_day() {
    let platform = Platform::start(Options {
        data: Some(Data::generated(&Sizes { users: 1000, days: 100, ..Sizes::default() })),
        ..Options::default()
    });
    let path = "/api/v1/kpis/users-states?limit=1000";
    let last = get(&platform, &format!("{path}&page=100")).await.json();
    assert_eq!((last["total"].clone(), last["next_page"].clone()), (json!(100_000), json!(null)));
    assert_eq!(last["data"].as_array().unwrap().len(), 1000);
    let day = get(&platform, &format!("{path}&date=2026-06-09")).await.json();
    assert_eq!((day["total"].clone(), day["next_page"].clone()), (json!(1000), json!(null)));
    assert!(day["data"].as_array().unwrap().iter().all(|row| row["date"] == "2026-06-09"));
}

#[test]
fn a_seed_always_makes_the_same_data_and_another_one_makes_other() {
    let made = |seed: u64| {
        let data = Data::generated(&Sizes { seed, ..Sizes::default() });
        Listing::ALL.map(|listing| (listing.name(), data.rows(listing)))
    };
    assert_eq!(made(7), made(7));
    let (one, other) = (made(7), made(8));
    let differ = one.iter().zip(&other).filter(|(one, other)| one != other).count();
    assert_eq!(differ, 7, "all but the two catalogues of codes");
}

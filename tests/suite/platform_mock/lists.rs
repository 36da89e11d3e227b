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

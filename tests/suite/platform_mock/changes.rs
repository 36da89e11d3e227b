//! Rows that come, go and change while somebody reads, and what is the same since last time.

use super::asking::{Answered, client, get, read};
use crate::platform::{Change, Data, Edit, Listing, Options, Platform, Sizes};
use chrono::DateTime;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn platform(edit: Edit) -> Platform {
    let data = Data::generated(&Sizes { activities: 60, ..Sizes::default() });
    let change = Change { listing: Listing::Activities, after_page: 1, edit };
    Platform::start(Options { data: Some(data), changes: vec![change], ..Options::default() })
}

/// Ids of all pages of 20, one after the other, and the totals that they say.
async fn read_through(platform: &Platform) -> (Vec<String>, Vec<u64>) {
    let (mut ids, mut totals) = (Vec::new(), Vec::new());
    for page in 1.. {
        let answer = get(platform, &format!("/api/activities?per_page=20&page={page}")).await.json();
        totals.push(answer["meta"]["total"].as_u64().unwrap());
        ids.extend(
            answer["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()),
        );
        if page >= answer["meta"]["totalPages"].as_u64().unwrap() {
            return (ids, totals);
        }
    }
    unreachable!("pages end");
}

fn ids_of(platform: &Platform) -> Vec<String> {
    platform.rows(Listing::Activities).iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn rows_that_come_in_front_between_two_pages_make_others_come_twice() {
    let platform = platform(Edit::InsertCopies(5));
    let before = ids_of(&platform);
    let (ids, totals) = read_through(&platform).await;
    assert_eq!(totals, [60, 65, 65, 65]);
    assert_eq!(ids.len(), 65);
    assert_eq!(ids[20..25], before[15..20], "the last of the first page are the first of the second");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 60);
    // it happens once, and a second reading finds everything
    let (again, totals) = read_through(&platform).await;
    assert_eq!((again, totals), (ids_of(&platform), vec![65; 4]));
    assert_eq!(ids_of(&platform).iter().collect::<BTreeSet<_>>().len(), 65, "copies have ids of their own");
}

#[tokio::test]
async fn rows_that_go_between_two_pages_make_others_never_come() {
    let platform = platform(Edit::DeleteFirst(5));
    let before = ids_of(&platform);
    let (ids, totals) = read_through(&platform).await;
    assert_eq!(totals, [60, 55, 55]);
    let missed: Vec<&String> = before.iter().filter(|id| !ids.contains(id)).collect();
    assert_eq!(missed, before[20..25].iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn given_rows_come_and_named_ones_go() {
    let platform = Platform::start(Options::default());
    let row = json!({ "id": "5d0c5b0e-0000-4000-8000-00000000beef", "status": "READY", "scheduledAt": "2026-03-02T13:00:00.000Z" });
    assert_eq!(platform.edit(Listing::Activities, Edit::Insert(vec![row.clone()])), 1);
    let first = get(&platform, "/api/activities?per_page=1&status=READY").await.json();
    assert_eq!(first["data"][0], row);
    let id = row["id"].as_str().unwrap().to_owned();
    assert_eq!(platform.edit(Listing::Activities, Edit::Delete(vec![id.clone(), "nadie".to_owned()])), 1);
    assert_eq!(get(&platform, &format!("/api/activities/{id}")).await.status, 404);
}

#[tokio::test]
async fn a_change_moves_the_stamp_so_that_a_window_that_is_read_again_finds_it() {
    let platform = Platform::start(Options::default());
    let row = platform.rows(Listing::Activities).into_iter().find(|row| row["status"] == "READY").unwrap();
    let id = row["id"].as_str().unwrap();
    let day = &row["scheduledAt"].as_str().unwrap()[..10];
    let path = format!("/api/activities?per_page=100&status=COMPLETED&scheduled_from={day}");
    let is_in_window = async || {
        let window = get(&platform, &path).await.json();
        window["data"].as_array().unwrap().iter().any(|row| row["id"] == id)
    };
    assert!(!is_in_window().await);
    let now = parte::clock::now();
    let patch = json!({ "status": "COMPLETED" });
    assert_eq!(platform.edit(Listing::Activities, Edit::Update(id.to_owned(), patch)), 1);
    let alone = get(&platform, &format!("/api/activities/{id}")).await.json();
    assert_eq!((&alone["status"], &alone["scheduledAt"]), (&json!("COMPLETED"), &row["scheduledAt"]));
    let updated = alone["updatedAt"].as_str().unwrap();
    assert!(updated.ends_with('Z') && updated.contains('.'), "{updated} has milliseconds");
    let moved = DateTime::parse_from_rfc3339(updated).unwrap().signed_duration_since(now);
    assert!((-1..60).contains(&moved.num_seconds()), "{updated}");
    assert!(is_in_window().await);
    assert_eq!(platform.edit(Listing::Activities, Edit::Update("nadie".to_owned(), json!({}))), 0);
}

#[tokio::test]
async fn a_choice_that_was_asked_for_before_sees_what_changed() {
    let platform = Platform::start(Options::default());
    let path = "/api/v1/kpis/users-states?date=2026-03-09";
    assert_eq!(get(&platform, path).await.json()["total"], 60);
    let row =
        json!({ "user_id": "U-999999", "kpi_name": "user_state", "kpi_value": "aha", "date": "2026-03-09" });
    platform.edit(Listing::States, Edit::Insert(vec![row.clone()]));
    let answer = get(&platform, path).await.json();
    assert_eq!((&answer["total"], &answer["data"][0]), (&json!(61), &row));
}

#[tokio::test]
async fn catalogues_have_a_tag_where_the_platform_is_told_so_and_it_follows_the_rows() {
    let ask = async |platform: &Platform, listing: Listing, tag: Option<&str>| -> Answered {
        let request = client().get(platform.url_of(listing)).header("x-api-key", platform.key());
        let request = tag.into_iter().fold(request, |request, tag| request.header("if-none-match", tag));
        read(request).await.unwrap()
    };
    let silent = Platform::start(Options::default());
    assert_eq!(ask(&silent, Listing::RetentionStatuses, None).await.header("etag"), None);
    assert_eq!(ask(&silent, Listing::RetentionStatuses, Some("*")).await.status, 200);
    let platform = Platform::start(Options { etags: true, ..Options::default() });
    for listing in [Listing::RetentionStatuses, Listing::ResultTypes, Listing::Commerces, Listing::Operators]
    {
        let first = ask(&platform, listing, None).await;
        let tag = first.header("etag").unwrap().to_owned();
        let same = ask(&platform, listing, Some(&format!("\"other\", W/{tag}"))).await;
        assert_eq!(
            (same.status, same.body.len(), same.header("etag")),
            (304, 0, Some(tag.as_str())),
            "{listing:?}"
        );
        platform.edit(listing, Edit::DeleteFirst(1));
        let changed = ask(&platform, listing, Some(&tag)).await;
        assert_eq!(changed.status, 200, "{listing:?}");
        assert_ne!(changed.header("etag"), Some(tag.as_str()));
        assert_ne!(changed.json(), Value::Null);
    }
    assert_eq!(ask(&platform, Listing::Activities, None).await.header("etag"), None);
}

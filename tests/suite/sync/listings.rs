//! Every generation is copied whole, in every shape of pages, and its rows say what the API said.

use super::{count, rows, source, sync, there};
use crate::platform::{Data, Listing, Options, Platform, Sizes, TaskKey, Total};
use parte::definition::{ApiGeneration, FrameName};
use serde_json::json;

#[test]
fn each_generation_is_copied_whole() {
    let sizes = Sizes { segments: true, task_id: TaskKey::Mixed, offsets: true, ..Sizes::default() };
    for (generation, listing) in [
        (ApiGeneration::V1, Listing::Tasks),
        (ApiGeneration::Activities, Listing::Activities),
        (ApiGeneration::Integration, Listing::IntegrationTasks),
    ] {
        let platform = Platform::start(Options { data: Some(Data::generated(&sizes)), ..Options::default() });
        let folder = tempfile::tempdir().unwrap();
        let source = source(&platform, &folder.path().join("reten.db"), generation);
        let summary = sync(&source);
        let copied: Vec<u64> = summary.listings.iter().map(|listing| listing.rows).collect();
        let here = |table: &str| count(&source.copy, &format!("select count(*) from {table}"));
        assert_eq!(here("tasks"), there(&platform, listing) as i64, "{generation:?}");
        assert_eq!(here("user_states"), there(&platform, Listing::States) as i64);
        assert_eq!(here("sellers"), there(&platform, Listing::Operators) as i64);
        assert_eq!(here("users"), there(&platform, Listing::Commerces) as i64);
        assert!(summary.listings.iter().all(|listing| listing.remarks.is_empty()), "{summary:#?}");
        assert!(copied[1] == there(&platform, Listing::States));
        // what is read again is the same, and nothing changes
        let again = sync(&source);
        assert!(again.listings.iter().all(|listing| listing.changed + listing.removed == 0), "{again:#?}");
    }
}

#[test]
fn a_planned_contact_of_v1_has_no_status_and_its_kind_follows_from_its_channel() {
    let rows_of_tasks = vec![
        json!({ "id": "T-9", "user_id": "U-4", "date": "2026-03-03T08:00:00-05:00", "suggested_execution_time": "2026-03-03T15:30:00Z",
                "channel_priority": "callcenter", "channel_secondary": null, "score": 64.5, "reason": { "code": "RNW", "label": "Renovación" },
                "created_at": "2026-03-01T08:00:00Z", "updated_at": null, "attributes": [] }),
        json!({ "task_id": 7, "user_id": "U-5", "date": "2026-03-03T13:00:00.250Z", "suggested_execution_time": "2026-03-03T13:00:00Z",
                "channel_priority": "SALESMAN", "reason": "visita", "score": 10, "created_at": "ayer" }),
        json!({ "user_id": "U-6", "date": "2026-03-03T13:00:00Z", "channel_priority": "sms", "created_at": "2026-03-01T08:00:00Z" }),
    ];
    let data = Data::empty().with(Listing::Tasks, rows_of_tasks);
    let platform = Platform::start(Options { data: Some(data), ..Options::default() });
    let folder = tempfile::tempdir().unwrap();
    let mut source = source(&platform, &folder.path().join("reten.db"), ApiGeneration::V1);
    source.read = vec![FrameName::Tasks];
    let summary = sync(&source);
    assert_eq!(summary.listings[0].remarks, ["rows of tasks without a key, left out: 1"]);
    let lines = rows(&source.copy, "tasks");
    insta::assert_snapshot!(lines.join("\n").replace("' ", "'\n  ").replace("NULL ", "NULL\n  "));
}

#[test]
fn pages_without_a_total_or_with_null_for_the_next_one_are_read_to_the_end() {
    type Change = fn(&mut crate::platform::Paging);
    let surprises: [Change; 5] = [
        |paging| paging.total = Total::Null,
        |paging| paging.total = Total::Absent,
        |paging| (paging.total, paging.next_page_is_null) = (Total::Absent, true),
        |paging| paging.ends_empty = true,
        |paging| paging.most = 7,
    ];
    for (number, surprise) in surprises.into_iter().enumerate() {
        let options = Options::default().page(Listing::States, surprise);
        let platform = Platform::start(options);
        let folder = tempfile::tempdir().unwrap();
        let mut source = source(&platform, &folder.path().join("reten.db"), ApiGeneration::V1);
        source.read = vec![FrameName::UserStates];
        source.page_size = 20;
        sync(&source);
        let copied = count(&source.copy, "select count(*) from user_states");
        assert_eq!(copied, there(&platform, Listing::States) as i64, "surprise {number}");
    }
}

#[test]
fn fields_and_paths_of_the_definition_take_the_place_of_the_documented_ones() {
    let platform = Platform::start(Options::default());
    let folder = tempfile::tempdir().unwrap();
    let mut source = source(&platform, &folder.path().join("reten.db"), ApiGeneration::V1);
    source.read = vec![FrameName::Users];
    source.fields.entry(FrameName::Users).or_default().insert("city".to_owned(), "taxId".to_owned());
    source.fields.entry(FrameName::Users).or_default().insert("user_id".to_owned(), "id".to_owned());
    sync(&source);
    let first = &platform.rows(Listing::Commerces)[0];
    let connection = rusqlite::Connection::open(&source.copy).unwrap();
    let city: Option<String> = connection
        .query_row("select city from users where user_id = ?1", [first["id"].as_str().unwrap()], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(city.as_deref(), first["taxId"].as_str());
}

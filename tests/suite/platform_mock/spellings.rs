//! What the documentation contradicts itself about is spelled in every way that it shows.

use super::asking::get;
use crate::platform::{Data, Listing, Options, Platform, Sizes, TaskKey};
use serde_json::Value;
use std::collections::BTreeSet;

fn generated(sizes: Sizes) -> Data {
    Data::generated(&sizes)
}

fn fields(rows: &[Value]) -> BTreeSet<String> {
    rows.iter().flat_map(|row| row.as_object().unwrap().keys().cloned()).collect()
}

#[test]
fn instants_have_whole_seconds_in_the_first_generation_and_milliseconds_in_the_current_one() {
    let data = generated(Sizes::default());
    for (listing, field, length) in [
        (Listing::Tasks, "date", "2026-03-02T13:00:00Z".len()),
        (Listing::Activities, "scheduledAt", "2026-03-02T13:00:00.000Z".len()),
        (Listing::IntegrationTasks, "createdAt", "2026-03-02T13:00:00.000Z".len()),
        (Listing::DraftTasks, "due_date", "2026-03-02T13:00:00Z".len()),
    ] {
        for row in data.rows(listing) {
            let text = row[field].as_str().unwrap();
            assert!(text.len() == length && text.ends_with('Z'), "{listing:?}: {text}");
            assert!(chrono::DateTime::parse_from_rfc3339(text).is_ok(), "{text}");
        }
    }
}

#[test]
fn tasks_have_the_documented_fields_nulls_and_on_some_rows_fields_that_nobody_knows() {
    let rows = generated(Sizes::default()).rows(Listing::Tasks);
    let known = [
        "_created_at",
        "_updated_at",
        "attributes",
        "channel_priority",
        "channel_secondary",
        "created_at",
        "date",
        "id",
        "label",
        "reason",
        "score",
        "suggested_execution_time",
        "template_msg_id",
        "updated_at",
        "user_id",
    ];
    assert_eq!(fields(&rows), known.map(str::to_owned).into());
    for field in ["channel_secondary", "template_msg_id", "label", "reason", "score", "updated_at"] {
        let nulls = rows.iter().filter(|row| row[field].is_null()).count();
        assert!(nulls > 0 && nulls < rows.len(), "{field}: {nulls} nulls");
    }
    let unknown = rows.iter().filter(|row| row.get("attributes").is_some()).count();
    assert!(unknown > 0 && unknown < rows.len());
    let scores = rows.iter().filter_map(|row| row["score"].as_f64());
    assert!(scores.clone().count() > 100 && scores.into_iter().all(|score| (0.0..=100.0).contains(&score)));
    // created before it was updated, as the documentation says
    for row in rows.iter().filter(|row| row["updated_at"].is_string()) {
        assert!(row["created_at"].as_str() <= row["updated_at"].as_str(), "{row}");
    }
}

#[test]
fn the_id_of_a_task_is_id_or_task_id_or_now_this_and_now_that() {
    let has = |task_id: TaskKey| {
        let names = fields(&generated(Sizes { task_id, ..Sizes::default() }).rows(Listing::Tasks));
        (names.contains("id"), names.contains("task_id"))
    };
    assert_eq!(has(TaskKey::Id), (true, false));
    assert_eq!(has(TaskKey::TaskId), (false, true));
    assert_eq!(has(TaskKey::Mixed), (true, true));
}

#[test]
fn reasons_are_objects_texts_or_not_there() {
    let rows = generated(Sizes::default()).rows(Listing::Activities);
    for field in ["reason", "userStatus"] {
        assert!(rows.iter().any(|row| row[field]["code"].is_string()), "{field} as an object");
        assert!(rows.iter().any(|row| row[field].is_string()), "{field} as a text");
        assert!(rows.iter().any(|row| row.get(field).is_none()), "{field} not there");
    }
}

#[test]
fn cancelled_has_one_l_in_activities_and_two_in_integration_or_both() {
    let words = |listing: Listing, mixes_canceled: bool| {
        let rows = generated(Sizes { mixes_canceled, ..Sizes::default() }).rows(listing);
        let words = rows.iter().filter_map(|row| row["status"].as_str().map(str::to_owned));
        words.filter(|word| word.starts_with("CANCEL")).collect::<BTreeSet<_>>()
    };
    assert_eq!(words(Listing::Activities, false), ["CANCELED".to_owned()].into());
    assert_eq!(words(Listing::IntegrationTasks, false), ["CANCELLED".to_owned()].into());
    assert_eq!(words(Listing::IntegrationTasks, true), ["CANCELED", "CANCELLED"].map(str::to_owned).into());
}

#[tokio::test]
async fn either_spelling_of_cancelled_is_found_by_the_one_of_its_list() {
    let platform = Platform::start(Options {
        data: Some(generated(Sizes { mixes_canceled: true, ..Sizes::default() })),
        ..Options::default()
    });
    let rows = platform.rows(Listing::IntegrationTasks);
    let cancelled = rows.iter().filter(|row| row["status"].as_str().unwrap().starts_with("CANCEL")).count();
    let path = "/api/integration/activities/tasks?per_page=100";
    let found = get(&platform, &format!("{path}&status=CANCELLED")).await.json();
    assert_eq!(found["meta"]["total"], cancelled);
    assert_eq!(get(&platform, &format!("{path}&status=CANCELED")).await.status, 400);
}

#[test]
fn operators_have_one_name_or_two() {
    let rows = generated(Sizes::default()).rows(Listing::Operators);
    assert!(rows.iter().any(|row| row["name"].is_string() && row.get("firstName").is_none()));
    assert!(rows.iter().any(|row| row["lastName"].is_string() && row.get("name").is_none()));
}

#[test]
fn states_may_have_gaps_and_segments_and_instants_an_offset() {
    let sizes = Sizes { users: 100, days: 20, gaps: 10, segments: true, offsets: true, ..Sizes::default() };
    let data = generated(sizes);
    let rows = data.rows(Listing::States);
    let plain = rows.iter().filter(|row| row.get("segment_name").is_none()).count();
    assert!((1700..1900).contains(&plain), "{plain} of 2000 days, a tenth of them gaps");
    let segment = rows.iter().find(|row| row.get("segment_name").is_some()).unwrap();
    assert!(segment["segment_value"].is_string() && segment["kpi_name"] == "user_state", "{segment}");
    let tasks = data.rows(Listing::Tasks);
    let with_offset = tasks.iter().filter(|row| row["date"].as_str().unwrap().ends_with("-05:00")).count();
    assert!(with_offset > 0 && with_offset < tasks.len(), "{with_offset}");
}

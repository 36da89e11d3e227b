//! Who is let in, and in which words others are not.

use super::asking::{Answered, client, get, read};
use crate::platform::{
    ALL_PERMISSIONS, Access, ApiKey, Entry, ErrorShape, Generation, Listing, Options, Platform, USUAL_KEY,
};
use chrono::{TimeDelta, Utc};
use serde_json::json;

async fn with(platform: &Platform, listing: Listing, headers: &[(&str, &str)]) -> Answered {
    let mut request = client().get(platform.url_of(listing));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    read(request).await.unwrap()
}

fn key(key: &str, permissions: &[&str], expires_at: Option<chrono::DateTime<Utc>>) -> ApiKey {
    let permissions = permissions.iter().map(|one| (*one).to_owned()).collect();
    ApiKey { key: key.to_owned(), permissions, expires_at }
}

#[tokio::test]
async fn a_key_opens_every_list_but_the_drafts_whatever_the_case_of_its_header() {
    let platform = Platform::start(Options::default());
    for listing in Listing::ALL {
        let expected = if listing == Listing::DraftTasks { 401 } else { 200 };
        for name in ["X-API-Key", "x-api-key", "X-Api-KEY"] {
            assert_eq!(with(&platform, listing, &[(name, USUAL_KEY)]).await.status, expected, "{listing:?}");
        }
    }
}

#[tokio::test]
async fn without_a_key_or_with_a_wrong_one_the_answer_is_401_in_the_words_of_the_generation() {
    let platform = Platform::start(Options::default());
    for headers in [&[][..], &[("x-api-key", "rtn_sk_otra")]] {
        let flat = with(&platform, Listing::Activities, headers).await;
        let body = flat.json();
        assert_eq!(
            (flat.status, &body["statusCode"], &body["error"]),
            (401, &json!(401), &json!("Unauthorized"))
        );
        let nested = with(&platform, Listing::States, headers).await;
        let body = nested.json();
        assert_eq!((nested.status, &body["error"]["code"]), (401, &json!("unauthorized")));
    }
}

#[tokio::test]
async fn a_missing_permission_is_403() {
    let access = Access { keys: vec![key("rtn_sk_poca", &["VIEW_ACTIVITIES"], None)], ..Access::default() };
    let platform = Platform::start(Options { access, ..Options::default() });
    let headers = [("x-api-key", "rtn_sk_poca")];
    assert_eq!(with(&platform, Listing::Activities, &headers).await.status, 200);
    let refused = with(&platform, Listing::Commerces, &headers).await;
    assert_eq!(refused.status, 403);
    let message = "missing permission: MANAGE_COMMERCES";
    assert_eq!(refused.json(), json!({ "statusCode": 403, "error": "Forbidden", "message": message }));
    assert_eq!(with(&platform, Listing::Operators, &headers).await.status, 403);
}

#[tokio::test]
async fn a_key_that_has_expired_or_was_revoked_is_401() {
    let now = parte::clock::now();
    let keys = vec![
        key("rtn_sk_vieja", ALL_PERMISSIONS, Some(now - TimeDelta::minutes(1))),
        key("rtn_sk_nueva", ALL_PERMISSIONS, Some(now + TimeDelta::hours(1))),
    ];
    let platform =
        Platform::start(Options { access: Access { keys, ..Access::default() }, ..Options::default() });
    assert_eq!(with(&platform, Listing::Tasks, &[("x-api-key", "rtn_sk_vieja")]).await.status, 401);
    assert_eq!(with(&platform, Listing::Tasks, &[("x-api-key", "rtn_sk_nueva")]).await.status, 200);
    platform.revoke("rtn_sk_nueva");
    assert_eq!(with(&platform, Listing::Tasks, &[("x-api-key", "rtn_sk_nueva")]).await.status, 401);
}

#[tokio::test]
async fn errors_of_a_generation_have_another_shape_where_the_platform_is_told_so() {
    let platform = Platform::start(Options {
        errors: [(Generation::Analytics, ErrorShape::Flat), (Generation::Core, ErrorShape::Empty)].into(),
        ..Options::default()
    });
    assert_eq!(get(&platform, "/api/v1/tasks/?page=1").await.json()["statusCode"], 400);
    let empty = get(&platform, "/api/activities?page=0").await;
    assert_eq!((empty.status, empty.body.len()), (400, 0));
}

#[tokio::test]
async fn every_request_is_in_the_log_with_its_instant_path_query_credential_and_answer() {
    let platform = Platform::start(Options::default());
    let before = parte::clock::now();
    get(&platform, "/api/v1/kpis/users-states?limit=7&page=2").await;
    with(&platform, Listing::Operators, &[("x-api-key", "otra"), ("user-agent", "prueba/1")]).await;
    let log = platform.log();
    assert_eq!(log.len(), 2);
    let first: &Entry = &log[0];
    assert_eq!((first.number, first.method.as_str()), (1, "GET"));
    assert_eq!((first.path.as_str(), first.query.as_str()), ("/api/v1/kpis/users-states", "limit=7&page=2"));
    assert_eq!((first.parameter("page").as_deref(), first.parameter("date")), (Some("2"), None));
    assert_eq!((first.status, first.rows, first.fault.as_deref()), (Some(200), 7, None));
    assert_eq!(first.credential, format!("key {USUAL_KEY}"));
    assert!(first.at >= before && first.at <= parte::clock::now());
    assert!(first.bytes > 500 && first.took.is_some());
    assert_eq!(log[1].header("user-agent"), Some("prueba/1"));
    assert!(log[1].status == Some(401) && log[1].after >= first.after);
    assert_eq!(platform.log_of("/api/operators").len(), 1);
    assert_eq!((platform.counts().requests, platform.counts().most_at_once), (2, 1));
}

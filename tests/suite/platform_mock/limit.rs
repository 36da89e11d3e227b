//! The limit judges: a sliding window for each key, with a count of who came too often.

use super::asking::{Answered, client, get, read};
use crate::platform::{Access, ApiKey, Counts, Limit, Options, Platform, RetryAfter};
use chrono::{DateTime, TimeDelta};
use serde_json::json;
use std::time::Duration;

fn limited(limit: Limit) -> Platform {
    Platform::start(Options { limit: Some(limit), ..Options::default() })
}

async fn ask(platform: &Platform) -> Answered {
    get(platform, "/api/user-retention-statuses").await
}

#[tokio::test]
async fn requests_over_the_limit_are_429_and_counted() {
    let platform = limited(Limit::per_minute(3));
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(ask(&platform).await.status);
    }
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
    let Counts { requests, refused, .. } = platform.counts();
    assert_eq!((requests, refused), (5, 2));
    assert_eq!(platform.busiest(Duration::from_secs(60)), 5);
    let refused = ask(&platform).await;
    assert_eq!(
        refused.json(),
        json!({ "statusCode": 429, "error": "Too Many Requests", "message": "too many requests" })
    );
    assert_eq!(get(&platform, "/api/v1/tasks/").await.json()["error"]["code"], "rate_limit_exceeded");
    platform.set_limit(None);
    assert_eq!(ask(&platform).await.status, 200);
}

#[tokio::test]
async fn each_key_has_its_own_window() {
    let keys = ["rtn_sk_a", "rtn_sk_b"].map(|key| ApiKey {
        key: key.to_owned(),
        permissions: vec!["VIEW_ACTIVITIES".to_owned()],
        expires_at: None,
    });
    let platform = Platform::start(Options {
        access: Access { keys: keys.into(), ..Access::default() },
        limit: Some(Limit::per_minute(1)),
        ..Options::default()
    });
    let url = format!("{}/api/activities", platform.url());
    for (key, status) in [("rtn_sk_a", 200), ("rtn_sk_b", 200), ("rtn_sk_a", 429), ("rtn_sk_b", 429)] {
        assert_eq!(read(client().get(&url).header("x-api-key", key)).await.unwrap().status, status, "{key}");
    }
}

#[tokio::test]
async fn a_fresh_token_is_no_fresh_allowance() {
    let platform = limited(Limit::per_minute(2));
    let mut statuses = Vec::new();
    for _ in 0..3 {
        let form = "grant_type=client_credentials&client_id=parte&client_secret=secreto-de-cliente";
        let given = read(client().post(format!("{}/oauth/token", platform.url())).body(form)).await.unwrap();
        let jwt = given.json()["access_token"].as_str().unwrap().to_owned();
        let request = client().get(format!("{}/v1/tasks", platform.url())).bearer_auth(jwt);
        statuses.push(read(request).await.unwrap().status);
    }
    assert_eq!(statuses, [200, 200, 429]);
}

#[tokio::test]
async fn who_came_too_often_is_let_in_again_when_the_window_has_passed() {
    let platform = limited(Limit { window: Duration::from_millis(700), ..Limit::per_minute(1) });
    assert_eq!(ask(&platform).await.status, 200);
    tokio::time::sleep(Duration::from_millis(750)).await;
    assert_eq!(ask(&platform).await.status, 200);
}

#[tokio::test]
async fn a_refusal_says_when_to_come_back_in_seconds_as_a_date_or_not_at_all() {
    let limit = Limit { window: Duration::from_secs(2), ..Limit::per_minute(1) };
    let seconds = limited(limit);
    ask(&seconds).await;
    let refused = ask(&seconds).await;
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=2).contains(&wait), "{wait}");
    tokio::time::sleep(Duration::from_secs(wait)).await;
    assert_eq!(ask(&seconds).await.status, 200, "who waits as long as it was told is let in");
    let dated = limited(Limit { retry_after: RetryAfter::Date, ..limit });
    ask(&dated).await;
    let before = parte::clock::now();
    let refused = ask(&dated).await;
    let after = parte::clock::now();
    let until = DateTime::parse_from_rfc2822(refused.header("retry-after").unwrap()).unwrap();
    assert!(until > before && until <= after + TimeDelta::seconds(4), "{until}");
    let silent = limited(Limit { retry_after: RetryAfter::Absent, ..limit });
    ask(&silent).await;
    assert_eq!(ask(&silent).await.header("retry-after"), None);
}

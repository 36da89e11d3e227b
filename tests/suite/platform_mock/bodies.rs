//! Faults of answers that come whole: wrong statuses, pages of HTML, texts that are none, and too much of it.

use super::asking::{client, get, read};
use crate::platform::{Fault, Listing, Options, Platform, Rule};
use serde_json::{Value, json};

fn faulty(fault: Fault) -> Platform {
    Platform::start(Options { faults: vec![Rule::nth(1, fault)], ..Options::default() })
}

const ACTIVITIES: &str = "/api/activities?per_page=100";
const STATES: &str = "/api/v1/kpis/users-states";

#[tokio::test]
async fn errors_of_the_server_speak_the_words_of_the_generation() {
    let platform = faulty(Fault::Status(500));
    let flat = get(&platform, ACTIVITIES).await;
    let words =
        json!({ "statusCode": 500, "error": "Internal Server Error", "message": "something went wrong" });
    assert_eq!((flat.status, flat.json()), (500, words));
    platform.set_faults(vec![Rule::nth(1, Fault::Unavailable(4))]);
    let nested = get(&platform, STATES).await;
    assert_eq!((nested.status, nested.header("retry-after")), (503, Some("4")));
    assert_eq!(nested.json()["error"]["code"], "service_unavailable");
    assert_eq!(get(&platform, STATES).await.status, 200);
}

#[tokio::test]
async fn html_comes_as_an_error_of_a_proxy_or_as_if_all_were_well() {
    for status in [200, 502] {
        let answer = get(&faulty(Fault::Html(status)), ACTIVITIES).await;
        assert_eq!((answer.status, answer.header("content-type")), (status, Some("text/html")));
        assert!(answer.body.starts_with(b"<html>"));
    }
}

#[tokio::test]
async fn a_request_is_unauthorized_or_one_too_many_although_nothing_says_so() {
    let platform = faulty(Fault::Unauthorized);
    let refused = get(&platform, ACTIVITIES).await;
    assert_eq!((refused.status, refused.json()["message"].clone()), (401, json!("token revoked")));
    platform.set_faults(vec![Rule::nth(1, Fault::TooMany(Some(2))), Rule::nth(2, Fault::TooMany(None))]);
    let (first, second) = (get(&platform, ACTIVITIES).await, get(&platform, ACTIVITIES).await);
    assert_eq!((first.status, first.header("retry-after")), (429, Some("2")));
    assert_eq!((second.status, second.header("retry-after")), (429, None));
    assert_eq!(platform.counts().refused, 0, "what no limit refused is not counted against the client");
}

#[tokio::test]
async fn a_redirect_leads_elsewhere() {
    let platform = faulty(Fault::Redirect("http://127.0.0.1:9/otra".to_owned()));
    let answer = get(&platform, ACTIVITIES).await;
    assert_eq!((answer.status, answer.header("location")), (302, Some("http://127.0.0.1:9/otra")));
}

#[tokio::test]
async fn an_answer_is_empty_or_of_another_shape() {
    let empty = get(&faulty(Fault::EmptyBody), ACTIVITIES).await;
    assert_eq!((empty.status, empty.body.len()), (200, 0));
    assert_eq!(get(&faulty(Fault::OtherShape), STATES).await.json(), json!({ "status": "ok" }));
    let deep = get(&faulty(Fault::Deep(100_000)), STATES).await.body;
    assert_eq!((deep.len(), &deep[99_999..100_001]), (200_000, b"[]".as_slice()));
}

#[tokio::test]
async fn a_text_holds_a_byte_that_is_no_utf_8() {
    for (path, near) in [(ACTIVITIES, "\"reason\":\""), (STATES, "\"kpi_name\":\"")] {
        let platform = faulty(Fault::InvalidUtf8);
        let answer = get(&platform, path).await;
        let right = get(&platform, path).await;
        let error = std::str::from_utf8(&answer.body).expect_err("no UTF-8");
        let before = &answer.body[..error.valid_up_to()];
        assert!(before.ends_with(near.as_bytes()), "{path}: within a text");
        assert_eq!(answer.body.len(), right.body.len() + 2);
        assert!(serde_json::from_slice::<Value>(&answer.body).is_err());
    }
}

#[tokio::test]
async fn a_text_holds_half_of_a_pair_that_the_grammar_allows() {
    for path in [ACTIVITIES, STATES, "/api/v1/tasks/?channel_priority=sms", "/api/operators?search=nadie"] {
        let platform = faulty(Fault::LoneSurrogate);
        let answer = get(&platform, path).await;
        let text = String::from_utf8(answer.body.clone()).unwrap();
        let (before, after) = text.split_once(r"\ud800").unwrap_or_else(|| panic!("{path}: {text}"));
        assert!(before.ends_with('"'), "{path}: within a text");
        assert!(serde_json::from_slice::<Value>(&answer.body).is_err(), "a strict reader refuses it");
        // without it the rest is what it should be
        let mended: Value = serde_json::from_str(&format!("{before}{after}")).unwrap();
        assert!(mended.is_object() || mended.is_array());
    }
}

#[tokio::test]
async fn a_body_is_as_huge_as_it_is_said_to_be_and_still_json() {
    let platform = faulty(Fault::Huge(20_000_000));
    let answer = get(&platform, STATES).await;
    assert!(answer.body.len() > 20_000_000);
    assert_eq!(answer.json(), get(&platform, STATES).await.json());
}

#[tokio::test]
async fn only_get_reads_and_what_is_sent_has_an_end() {
    let platform = Platform::start(Options::default());
    let post = |body: Vec<u8>| {
        let request = client().post(platform.url_of(Listing::Activities)).header("x-api-key", platform.key());
        read(request.body(body))
    };
    let refused = post(b"{}".to_vec()).await.unwrap();
    assert_eq!(
        (refused.status, refused.json()["message"].clone()),
        (404, json!("Cannot POST /api/activities"))
    );
    assert_eq!(post(vec![b' '; 2_000_000]).await.unwrap().status, 413);
}

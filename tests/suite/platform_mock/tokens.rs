//! Tokens: by logging in, by refreshing, from the token endpoint; and when they hold no longer.

use super::asking::{Answered, client, read};
use crate::platform::{
    Access, Account, Client, Fault, Listing, Options, Platform, Rule, USUAL_KEY, USUAL_TENANT,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta};
use serde_json::{Value, json};
use std::time::Duration;

async fn login(platform: &Platform, password: &str) -> Answered {
    let body = json!({ "identifier": "ana@example.com", "password": password }).to_string();
    read(client().post(format!("{}/api/auth/login", platform.url())).body(body)).await.unwrap()
}

async fn refresh(platform: &Platform, cookie: &str) -> Answered {
    let request = client().post(format!("{}/api/auth/refresh", platform.url()));
    read(request.header("cookie", cookie)).await.unwrap()
}

/// A request for a token by fields of a form.
async fn token(platform: &Platform, form: &[(&str, &str)]) -> Answered {
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = client().post(format!("{}/oauth/token", platform.url())).body(form);
    read(request.header("content-type", "application/x-www-form-urlencoded")).await.unwrap()
}

const CREDENTIALS: [(&str, &str); 3] =
    [("grant_type", "client_credentials"), ("client_id", "parte"), ("client_secret", "secreto-de-cliente")];

async fn client_token(platform: &Platform) -> String {
    token(platform, &CREDENTIALS).await.json()["access_token"].as_str().unwrap().to_owned()
}

async fn list(platform: &Platform, listing: Listing, token: &str, tenant: Option<&str>) -> Answered {
    let mut request =
        client().get(platform.url_of(listing)).header("authorization", format!("Bearer {token}"));
    if let Some(tenant) = tenant {
        request = request.header("x-tenant-id", tenant);
    }
    read(request).await.unwrap()
}

fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn a_user_logs_in_and_reads_the_current_generation_with_the_tenants_id() {
    let platform = Platform::start(Options::default());
    let answer = login(&platform, "contraseña-larga").await;
    assert_eq!(answer.status, 200);
    let body = answer.json();
    assert_eq!(body["user"]["email"], "ana@example.com");
    let token = body["accessToken"].as_str().unwrap();
    assert_eq!(list(&platform, Listing::Activities, token, Some(USUAL_TENANT)).await.status, 200);
    assert_eq!(list(&platform, Listing::Activities, token, None).await.status, 403);
    let other = "00000000-0000-4000-8000-000000000000";
    assert_eq!(list(&platform, Listing::Activities, token, Some(other)).await.status, 403);
    // integration and the first generation take a key alone
    assert_eq!(list(&platform, Listing::IntegrationTasks, token, Some(USUAL_TENANT)).await.status, 401);
    assert_eq!(list(&platform, Listing::Tasks, token, Some(USUAL_TENANT)).await.status, 401);
}

#[tokio::test]
async fn a_wrong_password_is_401_and_a_short_one_400() {
    let platform = Platform::start(Options::default());
    let wrong = login(&platform, "no-es-esta-no").await;
    assert_eq!((wrong.status, wrong.json()["statusCode"].clone()), (401, json!(401)));
    assert_eq!(login(&platform, "corta").await.status, 400);
    let get = read(client().get(format!("{}/api/auth/login", platform.url()))).await.unwrap();
    assert_eq!(get.status, 404);
    assert_eq!(platform.counts().tokens, 0);
}

#[tokio::test]
async fn refreshing_turns_the_cookie_and_the_old_one_holds_no_longer() {
    let platform = Platform::start(Options::default());
    let answer = login(&platform, "contraseña-larga").await;
    let cookie = |answer: &Answered| {
        let line = answer.header("set-cookie").unwrap().to_owned();
        assert!(line.contains("HttpOnly") && line.contains("Max-Age=604800"), "{line}");
        line.split(';').next().unwrap().to_owned()
    };
    let first = cookie(&answer);
    let again = refresh(&platform, &format!("otra=1; {first}")).await;
    assert_eq!(again.status, 200);
    let second = cookie(&again);
    assert_ne!(first, second);
    let fresh = again.json()["accessToken"].as_str().unwrap().to_owned();
    assert_eq!(list(&platform, Listing::Commerces, &fresh, Some(USUAL_TENANT)).await.status, 200);
    assert_eq!(refresh(&platform, &first).await.status, 401);
    assert_eq!(refresh(&platform, &second).await.status, 200);
    assert_eq!(refresh(&platform, "refreshToken=inventado").await.status, 401);
}

#[tokio::test]
async fn client_credentials_give_a_signed_token_whose_exp_is_its_lifetime_from_now() {
    let platform = Platform::start(Options {
        access: Access { token_lifetime: Duration::from_secs(321), ..Access::default() },
        ..Options::default()
    });
    let now = parte::clock::now().timestamp();
    let answer = token(&platform, &CREDENTIALS).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    let body = answer.json();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(321)));
    let jwt = body["access_token"].as_str().unwrap();
    let exp = claims(jwt)["exp"].as_i64().unwrap();
    assert!((now + 321..now + 331).contains(&exp), "{exp} is 321 s after {now}");
    assert_eq!(list(&platform, Listing::DraftTasks, jwt, None).await.status, 200);
    assert_eq!(list(&platform, Listing::Activities, jwt, Some(USUAL_TENANT)).await.status, 200);
    // one letter of its signature is another one
    let (head, last) = jwt.split_at(jwt.len() - 5);
    let forged = format!("{head}{}{}", if last.starts_with('A') { 'B' } else { 'A' }, &last[1..]);
    let refused = list(&platform, Listing::DraftTasks, &forged, None).await;
    assert_eq!(
        (refused.status, refused.json()["error"]["message"].clone()),
        (401, json!("invalid signature"))
    );
    // a payload of one's own under that signature
    let (mut parts, mut own) = (jwt.split('.').collect::<Vec<_>>(), claims(jwt));
    own["exp"] = json!(exp + 999_999);
    let own = URL_SAFE_NO_PAD.encode(own.to_string());
    parts[1] = &own;
    assert_eq!(list(&platform, Listing::DraftTasks, &parts.join("."), None).await.status, 401);
    assert_eq!(list(&platform, Listing::DraftTasks, "nada", None).await.status, 401);
}

#[tokio::test]
async fn the_token_endpoint_takes_basic_and_refuses_in_the_words_of_oauth() {
    let platform = Platform::start(Options {
        access: Access {
            clients: vec![Client {
                id: "c:1".into(),
                secret: "s%/ñ".into(),
                scopes: vec!["tasks:read".into()],
            }],
            says_expires_in: false,
            token_path: "/auth/token".into(),
            ..Access::default()
        },
        ..Options::default()
    });
    let url = format!("{}/auth/token", platform.url());
    let basic = STANDARD.encode("c%3A1:s%25%2F%C3%B1");
    let request = client().post(&url).header("authorization", format!("Basic {basic}"));
    let answer = read(request.body("grant_type=client_credentials&scope=tasks%3Aread")).await.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!((&answer.json()["scope"], answer.json().get("expires_in")), (&json!("tasks:read"), None));
    for (body, status, error) in [
        ("grant_type=client_credentials&client_id=c%3A1&client_secret=no", 401, "invalid_client"),
        ("grant_type=password", 400, "unsupported_grant_type"),
        ("client_id=c%3A1", 400, "invalid_request"),
        (
            "grant_type=client_credentials&client_id=c%3A1&client_secret=s%25%2F%C3%B1&scope=all",
            400,
            "invalid_scope",
        ),
    ] {
        let answer = read(client().post(&url).body(body)).await.unwrap();
        assert_eq!((answer.status, answer.json()), (status, json!({ "error": error })), "{body}");
    }
}

#[tokio::test]
async fn a_token_without_the_scope_is_403_and_a_key_before_a_token_is_what_counts() {
    let platform = Platform::start(Options {
        access: Access {
            accounts: vec![Account {
                identifier: "ana@example.com".into(),
                password: "contraseña-larga".into(),
                permissions: vec!["VIEW_ACTIVITIES".into()],
            }],
            ..Access::default()
        },
        ..Options::default()
    });
    let jwt = login(&platform, "contraseña-larga").await.json()["accessToken"].as_str().unwrap().to_owned();
    assert_eq!(list(&platform, Listing::DraftTasks, &jwt, None).await.status, 403);
    assert_eq!(list(&platform, Listing::Operators, &jwt, Some(USUAL_TENANT)).await.status, 403);
    let request = client().get(platform.url_of(Listing::Operators)).bearer_auth(&jwt);
    assert_eq!(read(request.header("x-api-key", USUAL_KEY)).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_token_is_over_when_its_lifetime_is() {
    let platform = Platform::start(Options {
        access: Access { token_lifetime: Duration::from_secs(4), ..Access::default() },
        ..Options::default()
    });
    let jwt = client_token(&platform).await;
    assert_eq!(list(&platform, Listing::DraftTasks, &jwt, None).await.status, 200);
    tokio::time::sleep(Duration::from_millis(4100)).await;
    let over = list(&platform, Listing::DraftTasks, &jwt, None).await;
    assert_eq!((over.status, over.json()["error"]["message"].clone()), (401, json!("jwt expired")));
    assert_eq!(list(&platform, Listing::DraftTasks, &client_token(&platform).await, None).await.status, 200);
}

#[tokio::test]
async fn a_token_is_revoked_after_so_many_requests_although_it_is_not_over() {
    let platform = Platform::start(Options {
        access: Access { requests_a_token: Some(3), ..Access::default() },
        ..Options::default()
    });
    let jwt = client_token(&platform).await;
    for expected in [200, 200, 200, 401, 401] {
        assert_eq!(list(&platform, Listing::DraftTasks, &jwt, None).await.status, expected);
    }
    let fresh = client_token(&platform).await;
    assert_eq!(list(&platform, Listing::DraftTasks, &fresh, None).await.status, 200);
    platform.revoke(&fresh);
    assert_eq!(list(&platform, Listing::DraftTasks, &fresh, None).await.status, 401);
    assert_eq!(platform.counts().tokens, 2);
}

#[tokio::test]
async fn a_clock_that_is_wrong_shows_in_dates_and_in_the_exp_of_tokens_that_hold_all_the_same() {
    for minutes in [10, -10] {
        let platform = Platform::start(Options {
            clock_ahead: TimeDelta::minutes(minutes),
            access: Access { token_lifetime: Duration::from_secs(60), ..Access::default() },
            ..Options::default()
        });
        let now = parte::clock::now();
        let jwt = client_token(&platform).await;
        let exp = claims(&jwt)["exp"].as_i64().unwrap() - now.timestamp() - minutes * 60;
        assert!((60..70).contains(&exp), "{exp} s of a minute");
        let answer = list(&platform, Listing::DraftTasks, &jwt, None).await;
        assert_eq!(answer.status, 200);
        let date = DateTime::parse_from_rfc2822(answer.header("date").unwrap()).unwrap();
        let ahead = date.signed_duration_since(now).num_seconds() - minutes * 60;
        assert!((-1..10).contains(&ahead), "{ahead} s beside {minutes} minutes");
        assert_eq!(answer.headers.get_all("date").iter().count(), 1);
    }
}

#[tokio::test]
async fn the_token_endpoint_meets_only_the_faults_that_name_it() {
    let platform =
        Platform::start(Options { faults: vec![Rule::always(Fault::Status(500))], ..Options::default() });
    assert_eq!(token(&platform, &CREDENTIALS).await.status, 200);
    platform.set_faults(vec![Rule::nth(2, Fault::Html(502)).at("/oauth/token")]);
    assert_eq!(token(&platform, &CREDENTIALS).await.status, 200);
    let page = token(&platform, &CREDENTIALS).await;
    assert_eq!((page.status, page.header("content-type")), (502, Some("text/html")));
}

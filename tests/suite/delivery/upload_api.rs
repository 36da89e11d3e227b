//! Uploads to APIs with tokens, presigned addresses, codes and fields of their own.

use super::upload::{secret, upload, upload_to};
use super::{channel, done, file, gone, hostile_bytes, refused, retry};
use crate::support::{HttpApi, Sniffer, sha256};
use parte::definition::{
    Channel, FilePattern, HttpEndpoint, OAuth2, Presign, PresignMethod, UploadAuth, UploadChannel,
    UploadMethod, Way,
};
use parte::deliver::{Outcome, Welcome, deliver, probe};
use std::time::Duration;

fn login(api: &HttpApi, client_secret: &str) -> UploadAuth {
    UploadAuth::OAuth2(OAuth2 {
        token_url: api.url("/token").parse().unwrap(),
        client_id: "parte".to_owned(),
        client_secret: secret(client_secret),
        scope: Some("files write".to_owned()),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn one_token_serves_many_deliveries_and_is_renewed_when_it_is_turned_down_or_ends() {
    let api = HttpApi::start();
    api.say("client_secret", "s3cret of: parte&co");
    let endpoint = HttpEndpoint {
        auth: login(&api, "s3cret of: parte&co"),
        receipt: "data.uuid".to_owned(),
        ..HttpEndpoint::new(api.url("/files").parse().unwrap())
    };
    let channel = upload_to(endpoint, UploadMethod::Put);
    let bytes = hostile_bytes(40_000);
    let all = async |from: usize| {
        let tasks: Vec<_> = (from..from + 20)
            .map(|n| {
                let (channel, bytes) = (channel.clone(), bytes.clone());
                tokio::spawn(async move { deliver(&channel, &file(&format!("{n}.csv"), &bytes)).await })
            })
            .collect();
        for task in tasks {
            assert_eq!(done(task.await.unwrap()), "201 Created, data.uuid u-7");
        }
    };
    all(0).await;
    assert_eq!((api.requests("/token").len(), api.requests("/files").len()), (1, 20));

    // the API forgets it: each that was turned down goes again, and one asks for all
    done(deliver(&upload(&api.url("/revoke"), UploadMethod::Post, UploadAuth::None), &file("x", b"")).await);
    all(20).await;
    assert_eq!(api.requests("/token").len(), 2);
    let stored = api.stored();
    assert_eq!(stored.len(), 40);
    assert!(stored.iter().all(|path| std::fs::read(path).unwrap() == bytes));

    // one that ends is replaced before it is sent
    api.say("lasts", "0");
    done(deliver(&upload(&api.url("/revoke"), UploadMethod::Post, UploadAuth::None), &file("x", b"")).await);
    done(deliver(&channel, &file("a.csv", &bytes)).await);
    let (tokens, tries) = (api.requests("/token").len(), api.requests("/files").len());
    done(deliver(&channel, &file("b.csv", &bytes)).await);
    assert_eq!((api.requests("/token").len(), api.requests("/files").len()), (tokens + 1, tries + 1));
}

#[tokio::test]
async fn a_login_that_is_refused_says_so_and_sends_no_file() {
    let api = HttpApi::start();
    api.say("client_secret", "right");
    let to = |auth| upload(&api.url("/files"), UploadMethod::Put, auth);
    let shipment = file("ventas.csv", b"1");
    let error = refused(
        deliver(&to(login(&api, "wrong-s3cret")), &shipment).await,
        &["401", "invalid_client", "partner"],
    );
    assert!(!error.contains("cGFydG"), "{error}");
    api.say("token_down", "yes");
    retry(deliver(&to(login(&api, "right")), &shipment).await, &["503", "request for a token"]);
    api.say("token_down", "");
    api.say("token_cut", "yes");
    retry(deliver(&to(login(&api, "right")), &shipment).await, &["was lost", "127.0.0.1"]);
    assert!(api.requests("/files").is_empty());
    let UploadAuth::OAuth2(unset) = login(&api, "x") else { panic!("a login") };
    let unset = UploadAuth::OAuth2(OAuth2 { client_secret: None, ..unset });
    refused(deliver(&to(unset), &shipment).await, &["not set", "partner"]);
}

#[tokio::test]
async fn what_a_server_repeats_of_our_credentials_is_covered() {
    let api = HttpApi::start();
    for auth in [
        UploadAuth::Bearer(secret("tok-s3cret")),
        UploadAuth::Basic("reporter".to_owned(), secret("pw-s3cret")),
        UploadAuth::ApiKey("X-Api-Key".to_owned(), secret("key-s3cret")),
    ] {
        let to = |code: u16| upload(&api.url(&format!("/echo/{code}")), UploadMethod::Post, auth.clone());
        for code in [400, 307] {
            let error = refused(deliver(&to(code), &file("a.csv", b"1")).await, &[&code.to_string(), "***"]);
            assert!(!error.contains("s3cret") && !error.contains("cmVwb3J0ZXI6"), "{error}");
        }
        let receipt = done(deliver(&to(201), &file("a.csv", b"1")).await);
        assert!(receipt.contains("***") && !receipt.contains("s3cret"), "{receipt}");
    }
}

fn presigned(api: &HttpApi, method: PresignMethod) -> Channel {
    let store = api.url("/").parse().unwrap();
    let endpoint = HttpEndpoint { auth: UploadAuth::Bearer(secret("tok123")), ..HttpEndpoint::new(store) };
    let presign = Presign { url: api.url("/uploads").parse().unwrap(), method, field: "data.url".to_owned() };
    let file = FilePattern::default();
    channel(Way::Upload(UploadChannel { endpoint, method: UploadMethod::Put, presign: Some(presign), file }))
}

#[tokio::test]
async fn a_file_goes_to_the_address_that_was_asked_for_without_login() {
    let api = HttpApi::start();
    let bytes = hostile_bytes(60_000);
    for (name, method) in [("ñ 1.csv", PresignMethod::Post), ("ñ 2.csv", PresignMethod::Get)] {
        done(deliver(&presigned(&api, method), &file(name, &bytes)).await);
    }
    let stored = api.stored();
    assert_eq!(stored.len(), 2);
    assert!(stored.iter().all(|path| std::fs::read(path).unwrap() == bytes));
    for request in api.requests("/store") {
        assert_eq!(request["headers"]["authorization"], serde_json::Value::Null);
        assert_eq!(request["sha256"], sha256(&bytes));
    }
    let asked: serde_json::Value =
        serde_json::from_str(api.requests("/uploads")[0]["text"].as_str().unwrap()).unwrap();
    assert_eq!((&asked["file"], &asked["size"]), (&"ñ 1.csv".into(), &(bytes.len() as u64).into()));
}

#[tokio::test]
async fn an_address_of_somebody_else_gets_nothing() {
    let api = HttpApi::start();
    let mut sniffer = Sniffer::start();
    let channel = presigned(&api, PresignMethod::Post);
    api.say("base", &format!("http://{}/latest", sniffer.address));
    let error = refused(deliver(&channel, &file("a.csv", b"1")).await, &["is on 169.254.", "127.0.0.1"]);
    assert!(!error.contains("sig="), "{error}");
    assert_eq!(sniffer.seen(), 0);
}

#[tokio::test]
async fn an_address_that_was_asked_for_may_end_and_another_is_asked_for() {
    let api = HttpApi::start();
    let channel = presigned(&api, PresignMethod::Post);
    api.say("base", &api.url("/status/410"));
    let error = retry(deliver(&channel, &file("a.csv", b"1")).await, &["410", "another address"]);
    assert!(!error.contains("sig="), "{error}");
    api.say("base", &api.url("/store"));
    done(deliver(&channel, &file("a.csv", b"1")).await);
}

#[tokio::test]
async fn a_redirect_to_the_clouds_metadata_sends_no_packet_there() {
    let api = HttpApi::start();
    let mut sniffer = Sniffer::start();
    api.say("target", &format!("http://{}/latest/meta-data/?token=hush", sniffer.address));
    let methods = [UploadMethod::Put, UploadMethod::Post, UploadMethod::Multipart];
    for method in methods {
        let channel = upload(&api.url("/redirect"), method, UploadAuth::Bearer(secret("s3cret")));
        let outcome = deliver(&channel, &file("a.csv", b"1")).await;
        let error = refused(outcome, &["307", "169.254.", "not followed"]);
        assert!(!error.contains("hush"), "{error}");
    }
    let seen = sniffer.seen();
    println!("{} redirects to a link-local address, {seen} packets there (promised: 0)", methods.len());
    assert_eq!(seen, 0);
}

#[tokio::test]
async fn codes_mean_what_the_definition_says() {
    let api = HttpApi::start();
    let shipment = file("ventas.csv", b"1");
    let to = |code: u16, done_on: &[u16]| {
        let url = api.url(&format!("/status/{code}")).parse().unwrap();
        upload_to(HttpEndpoint { done_on: done_on.to_vec(), ..HttpEndpoint::new(url) }, UploadMethod::Post)
    };
    assert_eq!(done(deliver(&to(409, &[409]), &shipment).await), "409 Conflict, id kept");
    refused(deliver(&to(409, &[]), &shipment).await, &["409"]);
    gone(deliver(&to(410, &[409]), &shipment).await, &["410", "channel partner is disabled"]);
    match deliver(&to(429, &[409]), &shipment).await {
        Outcome::Retry { after, .. } => assert_eq!(after, Some(Duration::from_secs(7))),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_api_with_tokens_is_asked_whether_it_lets_us_in() {
    let api = HttpApi::start();
    api.say("client_secret", "right");
    let to = |secret| upload(&api.url("/status/204"), UploadMethod::Put, login(&api, secret));
    match probe(&to("right")).await {
        Welcome::Open { facts, .. } => {
            assert!(facts.iter().any(|it| it.contains("a token was given")), "{facts:?}")
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(probe(&to("wrong")).await, Welcome::Closed { passing: false, .. }));
    let mut unset = to("right");
    let Way::Upload(way) = &mut unset.way else { panic!("an upload") };
    way.endpoint.auth = UploadAuth::Hmac(None);
    let outboxed = Channel { outbox: Some("x".into()), ..unset };
    assert!(matches!(probe(&outboxed).await, Welcome::NotAsked { .. }));
}

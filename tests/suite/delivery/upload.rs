//! Uploads, against nginx with DAV and against an API with keys and forms.

use super::{channel, done, file, gone, hostile_bytes, in_doubt, refused, retry};
use crate::support::{Port, Script, ScriptedSmtp, UploadReceiver, WebServer, sha256};
use parte::definition::{
    Channel, FilePattern, HttpEndpoint, Secret, UploadAuth, UploadChannel, UploadMethod, Way,
};
use parte::deliver::{Outcome, Shipment, deliver};
use std::time::{Duration, Instant};

pub(super) fn upload(url: &str, method: UploadMethod, auth: UploadAuth) -> Channel {
    upload_to(HttpEndpoint { auth, ..HttpEndpoint::new(url.parse().expect("a URL")) }, method)
}

pub(super) fn upload_to(endpoint: HttpEndpoint, method: UploadMethod) -> Channel {
    channel(Way::Upload(UploadChannel { endpoint, method, presign: None, file: FilePattern::default() }))
}

fn put(port: &Port, path: &str, auth: UploadAuth) -> Channel {
    upload(&format!("http://127.0.0.1:{port}{path}"), UploadMethod::Put, auth)
}

pub(super) fn secret(value: &str) -> Option<Secret> {
    Some(Secret::new(value.to_owned()))
}

#[tokio::test]
async fn a_put_file_arrives_under_its_name_with_key_and_digest() {
    let server = WebServer::start();
    let bytes = hostile_bytes(300_000);
    let shipment = file("ventas ñ #1?.csv", &bytes);
    let url = format!("https://localhost:{}/open/", server.https);
    let channel =
        Channel { ca: Some(server.authority()), ..upload(&url, UploadMethod::Put, UploadAuth::None) };
    let receipt = done(deliver(&channel, &shipment).await);
    assert!(receipt.starts_with("201 Created"), "{receipt}");
    assert_eq!(sha256(&std::fs::read(server.root().join("open/ventas ñ #1?.csv")).unwrap()), sha256(&bytes));

    let again = done(deliver(&channel, &Shipment { attempt: 2, ..shipment.clone() }).await);
    assert!(again.starts_with("204"), "{again}");
    let requests = server.requests();
    assert_eq!(requests[0]["type"], "text/csv; charset=utf-8");
    for request in &requests {
        assert_eq!(request["key"], shipment.key);
        assert!(request["digest"].as_str().unwrap().starts_with("sha-256=:"));
        assert_eq!(request["length"], bytes.len().to_string());
    }
}

#[tokio::test]
async fn credentials_are_sent_and_wrong_ones_are_refused_with_the_channel_to_mend() {
    let server = WebServer::start();
    let shipment = file("ventas.csv", b"1");
    let api_key = |value| UploadAuth::ApiKey("X-Api-Key".to_owned(), secret(value));
    for (path, right, wrong, code) in [
        (
            "/basic/",
            UploadAuth::Basic("reporter".to_owned(), secret("s3cret")),
            UploadAuth::Basic("reporter".to_owned(), secret("wrong-s3cret")),
            "401",
        ),
        ("/bearer/", UploadAuth::Bearer(secret("tok123")), UploadAuth::Bearer(secret("wrong-s3cret")), "401"),
        ("/key/", api_key("key456"), api_key("wrong-s3cret"), "403"),
    ] {
        done(deliver(&put(&server.http, path, right), &shipment).await);
        assert!(server.root().join(&path[1..]).join("ventas.csv").exists());
        let outcome = deliver(&put(&server.http, path, wrong), &shipment).await;
        refused(outcome, &[code, "check the credentials of channel partner"]);
    }
    let unset = put(&server.http, "/bearer/", UploadAuth::Bearer(None));
    refused(deliver(&unset, &shipment).await, &["not set", "partner"]);
}

#[tokio::test]
async fn the_servers_status_decides() {
    let mut server = WebServer::start();
    let small = file("ventas.csv", b"1");
    let to = async |path: &str| deliver(&put(&server.http, path, UploadAuth::None), &small).await;
    match to("/busy/").await {
        Outcome::Retry { error, after } => {
            assert!(error.contains("429"), "{error}");
            assert_eq!(after, Some(Duration::from_secs(2)));
        }
        other => panic!("{other:?}"),
    }
    match to("/down/").await {
        Outcome::Retry { after, .. } => assert_eq!(after, Some(Duration::from_secs(1))),
        other => panic!("{other:?}"),
    }
    gone(to("/gone/").await, &["410", "gone for good", "channel partner is disabled"]);
    refused(to("/nowhere/").await, &["405"]);
    let error = refused(to("/redirect/").await, &["307", "/open/redirected.csv", "not followed", "partner"]);
    assert!(!error.contains("token"), "{error}");
    assert!(!server.root().join("open").exists(), "the redirect was followed");

    let large = file("large.csv", &hostile_bytes(1_500_000));
    let channel = put(&server.http, "/open/", UploadAuth::None);
    match deliver(&channel, &large).await {
        Outcome::Refused { error } => assert!(error.contains("413"), "{error}"),
        // nginx closes while the body is still coming: whether its answer gets through is up to the kernel
        Outcome::Retry { error, .. } => assert!(error.contains("was lost"), "{error}"),
        other => panic!("{other:?}"),
    }
    server.stop();
    // what was under way when it was stopped may still be answered, or cut off, by what is left of it
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        match deliver(&channel, &small).await {
            Outcome::Retry { error, .. } if error.contains("cannot be reached") => {
                assert!(error.contains("onnection refused"), "{error}");
                break;
            }
            other => assert!(Instant::now() < deadline, "it was stopped: {other:?}"),
        }
    }
    server.restart();
    done(deliver(&channel, &small).await);
    println!(
        "429 waits 2 s, 503 waits 1 s as asked; 410 gone; 307 not followed; 405 and 413 refused; a server away is tried again"
    );
}

#[tokio::test]
async fn tls_is_never_with_a_stranger() {
    let server = WebServer::start();
    let shipment = file("ventas.csv", b"1");
    let to =
        |port: &Port| upload(&format!("https://localhost:{port}/open/"), UploadMethod::Put, UploadAuth::None);
    refused(deliver(&to(&server.https), &shipment).await, &["not signed", "`ca` of the channel"]);
    for (port, words) in [(&server.expired, "expired"), (&server.wrong_host, "another host name")] {
        let channel = Channel { ca: Some(server.authority()), ..to(port) };
        refused(deliver(&channel, &shipment).await, &[words]);
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_form_is_read_by_python_and_equal_on_every_try() {
    let server = UploadReceiver::start();
    let bytes = hostile_bytes(50_000);
    let shipment = file("ventas ñ \"1\".csv", &bytes);
    let url = format!("http://127.0.0.1:{}/accept/files", server.port);
    let channel = upload(&url, UploadMethod::Multipart, UploadAuth::None);
    for attempt in [1, 2] {
        let receipt = done(deliver(&channel, &Shipment { attempt, ..shipment.clone() }).await);
        assert_eq!(receipt, "201 Created, id f-1, location /files/1");
    }
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0], requests[1], "a repeated key has to bring the same body");
    assert_eq!(requests[0]["method"], "POST");
    assert_eq!(requests[0]["key"], shipment.key);
    assert_eq!(requests[0]["sha256"], sha256(&bytes));
    assert_eq!(requests[0]["name"], "ventas ñ %221%22.csv");
    assert_eq!(requests[0]["type"], "text/csv; charset=\"utf-8\"");
    assert_eq!(server.stored().len(), 1);
}

#[tokio::test]
async fn a_posted_file_whose_answer_is_lost_is_in_doubt_and_stored_once_under_its_key() {
    let server = UploadReceiver::start();
    let shipment = file("ventas.csv", b"a;b\r\n");
    let to = |behaviour: &str, method| {
        upload(&format!("http://127.0.0.1:{}/{behaviour}/", server.port), method, UploadAuth::None)
    };
    in_doubt(deliver(&to("reset", UploadMethod::Post), &shipment).await, &["may or may not"]);
    done(deliver(&to("accept", UploadMethod::Post), &Shipment { attempt: 2, ..shipment.clone() }).await);
    assert_eq!(server.stored().len(), 1);

    let put = Shipment { key: "another".to_owned(), ..shipment.clone() };
    retry(deliver(&to("reset", UploadMethod::Put), &put).await, &["was lost before it answered"]);

    let mute = Channel { timeout: Duration::from_secs(1), ..to("mute", UploadMethod::Post) };
    in_doubt(deliver(&mute, &shipment).await, &["no answer within 1 s"]);
    let silent = ScriptedSmtp::start(Script::Mute);
    let url = format!("http://127.0.0.1:{}/", silent.port);
    let channel =
        Channel { timeout: Duration::from_millis(500), ..upload(&url, UploadMethod::Put, UploadAuth::None) };
    retry(deliver(&channel, &shipment).await, &["no answer within 500 ms"]);
}

#[tokio::test]
async fn the_apis_words_and_wishes_are_passed_on() {
    let server = UploadReceiver::start();
    let shipment = file("ventas.csv", b"a;b\r\n");
    let to = |behaviour: &str| {
        upload(
            &format!("http://127.0.0.1:{}/{behaviour}/", server.port),
            UploadMethod::Post,
            UploadAuth::None,
        )
    };
    match deliver(&to("date"), &shipment).await {
        Outcome::Retry { error, after } => {
            assert!(error.contains("503") && error.contains("maintenance"), "{error}");
            let after = after.expect("a wish");
            assert!((85..=91).contains(&after.as_secs()), "{after:?}");
        }
        other => panic!("{other:?}"),
    }
    let error = refused(deliver(&to("invalid"), &shipment).await, &["422", "column 'vendedor' is missing x"]);
    assert!(error.chars().count() < 300, "{error}");
    retry(deliver(&to("broken"), &shipment).await, &["500", "oops"]);
}

#[tokio::test]
async fn an_outbox_stands_in_for_the_api() {
    let folder = tempfile::tempdir().unwrap();
    let mut channel = upload("https://portal.invalid/api/", UploadMethod::Put, UploadAuth::Bearer(None));
    channel.outbox = Some(folder.path().to_owned());
    done(deliver(&channel, &file("ventas.csv", b"1")).await);
    assert_eq!(std::fs::read(folder.path().join("partner/ventas.csv")).unwrap(), b"1");
}

//! Uploads that are cut off after the server has taken them.

use super::upload::upload;
use super::{done, file, in_doubt, retry};
use crate::support::{HttpApi, Script, ScriptedSmtp, count, sha256};
use parte::definition::{Channel, UploadAuth, UploadMethod};
use parte::deliver::{Connections, Shipment, deliver, deliver_asking};
use std::collections::BTreeSet;
use std::time::Duration;

#[tokio::test]
async fn a_post_that_never_got_a_connection_is_no_doubt() {
    // connected, and no word of TLS: nothing of the request has left
    let mute = ScriptedSmtp::start(Script::Mute);
    let url = format!("https://127.0.0.1:{}/", mute.port);
    let channel = upload(&url, UploadMethod::Post, UploadAuth::None);
    let channel = Channel { timeout: Duration::from_secs(1), ..channel };
    retry(deliver(&channel, &file("ventas.csv", b"1")).await, &["cannot be reached"]);
}

#[tokio::test]
async fn a_post_leaves_only_when_that_is_recorded_and_a_put_is_not_asked_about() {
    let api = HttpApi::start();
    let connections = Connections::default();
    let to = async |method| {
        let channel = upload(&api.url("/status/204"), method, UploadAuth::None);
        let may_not = || Box::pin(async { false }) as _;
        deliver_asking(&connections, &channel, &file("ventas.csv", b"1"), &may_not).await
    };
    retry(to(UploadMethod::Post).await, &["held back", "could not be recorded"]);
    retry(to(UploadMethod::Multipart).await, &["held back"]);
    assert!(api.requests("/status").is_empty());
    done(to(UploadMethod::Put).await);
}

#[tokio::test]
async fn a_file_that_was_taken_before_the_connection_was_reset_is_stored_once() {
    let api = HttpApi::start();
    let times = count(20, 200);
    let (mut doubtful, mut contents) = (0, BTreeSet::new());
    for n in 0..times {
        let bytes = format!("número;{n}\r\n").into_bytes();
        contents.insert(sha256(&bytes));
        let first = Shipment { key: format!("delivery-{n}"), ..file("ventas.csv", &bytes) };
        let again = Shipment { attempt: 2, ..first.clone() };
        let method = [UploadMethod::Post, UploadMethod::Put][n % 2];
        let channel = upload(&api.url("/first"), method, UploadAuth::None);
        match method {
            UploadMethod::Put => _ = retry(deliver(&channel, &first).await, &["was lost before it answered"]),
            _ => {
                in_doubt(deliver(&channel, &first).await, &["may or may not"]);
                doubtful += 1;
            }
        }
        done(deliver(&channel, &again).await);
    }
    let stored: BTreeSet<String> =
        api.stored().iter().map(|path| sha256(&std::fs::read(path).unwrap())).collect();
    let (files, tries) = (api.stored().len(), api.requests("/first").len());
    println!(
        "{times} uploads reset after they were taken, {tries} tries, {doubtful} in doubt, {files} stored (promised: {times})"
    );
    assert_eq!((files, tries), (times, 2 * times));
    assert_eq!(stored, contents);
}

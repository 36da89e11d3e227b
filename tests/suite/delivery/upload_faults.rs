//! Uploads that are cut off after the server has taken them.

use super::upload::upload;
use super::{done, file, in_doubt, retry};
use crate::support::{HttpApi, count, sha256};
use parte::definition::{UploadAuth, UploadMethod};
use parte::deliver::{Shipment, deliver};
use std::collections::BTreeSet;

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

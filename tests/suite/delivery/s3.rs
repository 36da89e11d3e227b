//! Objects of a store that makes every signature anew with botocore.

use super::upload::secret;
use super::{channel, done, file, hostile_bytes, refused, retry};
use crate::support::S3Store;
use parte::definition::{Channel, FilePattern, S3Channel, Store, Way};
use parte::deliver::{Shipment, Welcome, deliver, probe};

fn s3(store: &S3Store, prefix: &str, secret_key: &str) -> S3Channel {
    let store = Store {
        endpoint: format!("http://127.0.0.1:{}", store.port).parse().unwrap(),
        bucket: "informes".to_owned(),
        prefix: prefix.to_owned(),
        region: "sa-east-1".to_owned(),
        path_style: true,
        access_key: secret("parte-key"),
        secret_key: secret(secret_key),
        private: false,
    };
    S3Channel { store, replace: false, file: FilePattern::default() }
}

/// The same channel, something about its store being different.
fn with(s3: &S3Channel, change: impl FnOnce(&mut Store)) -> S3Channel {
    let mut changed = s3.clone();
    change(&mut changed.store);
    changed
}

fn to(s3: &S3Channel) -> Channel {
    channel(Way::S3(s3.clone()))
}

#[tokio::test]
async fn an_object_arrives_signed_and_a_wrong_secret_is_refused() {
    let store = S3Store::start("s3cret/+key=");
    let right = s3(&store, "diario/2026 marzo", "s3cret/+key=");
    for (name, bytes) in [("ventas ñ #1?+&=.csv", hostile_bytes(200_000)), ("vacío.csv", Vec::new())] {
        let receipt = done(deliver(&to(&right), &file(name, &bytes)).await);
        assert!(receipt.starts_with("200 OK, etag "), "{receipt}");
        assert_eq!(store.object(&format!("diario/2026 marzo/{name}")), Some(bytes));
    }
    let wrong = s3(&store, "", "wrong-s3cret");
    let words = ["403", "SignatureDoesNotMatch", "check the credentials of channel partner"];
    let error = refused(deliver(&to(&wrong), &file("a.csv", b"1")).await, &words);
    assert!(!error.contains("hush") && !error.contains("X-Amz"), "{error}");
    let stranger = with(&right, |store| store.access_key = secret("nobody"));
    refused(deliver(&to(&stranger), &file("a.csv", b"1")).await, &["403", "InvalidAccessKeyId"]);
    let elsewhere = with(&right, |store| store.bucket = "otro".to_owned());
    refused(deliver(&to(&elsewhere), &file("a.csv", b"1")).await, &["404", "NoSuchBucket"]);
    assert_eq!(store.object("a.csv"), None);
    let requests = store.requests();
    let wrong_ones = requests.iter().filter(|it| it["right"] == false);
    assert_eq!(
        (requests.len(), wrong_ones.count()),
        (5, 1),
        "botocore signs alike, but for the wrong secret"
    );

    assert!(matches!(probe(&to(&right)).await, Welcome::Open { .. }));
    assert!(matches!(probe(&to(&wrong)).await, Welcome::Closed { passing: false, .. }));
    match probe(&to(&elsewhere)).await {
        Welcome::Closed { error, .. } => assert!(error.contains("no bucket otro"), "{error}"),
        other => panic!("{other:?}"),
    }
    let unset = with(&right, |store| store.secret_key = None);
    refused(deliver(&to(&unset), &file("a.csv", b"1")).await, &["not set"]);
}

#[tokio::test]
async fn a_name_that_is_taken_is_known_for_ours_or_refused() {
    let store = S3Store::start("k");
    let refusing = s3(&store, "", "k");
    let ours = Shipment { key: "ours".to_owned(), ..file("lost.csv", b"first") };
    retry(deliver(&to(&refusing), &ours).await, &["lost before it answered"]);
    let again = done(deliver(&to(&refusing), &Shipment { attempt: 2, ..ours.clone() }).await);
    assert!(again.contains("stored by an earlier try"), "{again}");
    let others = Shipment { key: "others".to_owned(), bytes: (*b"second").into(), ..ours };
    refused(
        deliver(&to(&refusing), &others).await,
        &["is there already in bucket informes", "existing = \"replace\""],
    );
    assert_eq!(store.object("lost.csv").unwrap(), b"first");
    let replacing = S3Channel { replace: true, ..refusing };
    done(deliver(&to(&replacing), &others).await);
    assert_eq!(store.object("lost.csv").unwrap(), b"second");
}

#[tokio::test]
async fn a_name_that_is_taken_and_may_not_be_looked_at_is_refused_and_a_slow_line_tried_again() {
    let store = S3Store::start("k");
    let to = to(&s3(&store, "", "k"));
    done(deliver(&to, &file("unread.csv", b"1")).await);
    let again = Shipment { attempt: 2, ..file("unread.csv", b"1") };
    refused(deliver(&to, &again).await, &["unread.csv is there already", "s3:GetObject", "channel partner"]);
    retry(deliver(&to, &file("slow.csv", b"1")).await, &["400", "RequestTimeout"]);
}

#[tokio::test]
async fn an_outbox_stands_in_for_the_store() {
    let store = S3Store::start("k");
    let folder = tempfile::tempdir().unwrap();
    let unset = with(&s3(&store, "a/b", "k"), |store| store.secret_key = None);
    let boxed = Channel { outbox: Some(folder.path().to_owned()), ..to(&unset) };
    done(deliver(&boxed, &file("ventas.csv", b"1")).await);
    assert_eq!(std::fs::read(folder.path().join("partner/a/b/ventas.csv")).unwrap(), b"1");
    assert!(store.requests().is_empty());
}

//! Events to a receiver that checks signatures with code of its own.

use super::upload::secret;
use super::{channel, done, in_doubt, refused};
use crate::support::HttpApi;
use parte::definition::{Channel, HttpEndpoint, UploadAuth, Way, WebhookChannel};
use parte::deliver::{Shipment, deliver};

const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn webhook(url: &str, auth: UploadAuth) -> Channel {
    let endpoint = HttpEndpoint { auth, ..HttpEndpoint::new(url.parse().unwrap()) };
    channel(Way::Webhook(WebhookChannel { endpoint }))
}

fn event(key: &str) -> Shipment {
    Shipment {
        key: key.to_owned(),
        name: "ventas-12.json".to_owned(),
        recipient: "run.failed".to_owned(),
        media_type: "application/json".to_owned(),
        bytes: "{\"type\": \"run.failed\", \"report\": \"ñandú\"}".as_bytes().into(),
        attempt: 1,
    }
}

#[tokio::test]
async fn an_event_arrives_signed_and_a_wrong_key_is_turned_down() {
    let api = HttpApi::start();
    api.say("signing_key", KEY);
    let to = |key: &str| webhook(&api.url("/events"), UploadAuth::Hmac(secret(key)));
    assert_eq!(done(deliver(&to(KEY), &event("run-12-failed")).await), "202 Accepted, id run-12-failed");
    done(deliver(&to(KEY.trim_start_matches("whsec_")), &event("run-12-failed")).await);
    // what is signed has full stops between its parts
    let receipt = done(deliver(&to(KEY), &event("run.12.failed")).await);
    assert!(!receipt.contains("run.12"), "{receipt}");
    refused(
        deliver(&to("whsec_czNjcmV0"), &event("k")).await,
        &["401", "check the credentials of channel partner"],
    );
    refused(deliver(&to("s3cret!"), &event("k")).await, &["signing key of channel partner"]);
    let requests = api.requests("/events");
    assert_eq!(requests.len(), 4);
    let headers = &requests[0]["headers"];
    assert_eq!(
        (&headers["content-type"], &headers["idempotency-key"]),
        (&"application/json".into(), &"run-12-failed".into())
    );
    assert!(requests[0]["text"].as_str().unwrap().contains("ñandú"));
}

#[tokio::test]
async fn an_event_whose_answer_is_lost_is_in_doubt_and_an_outbox_keeps_it() {
    let api = HttpApi::start();
    let channel = webhook(&api.url("/first/a"), UploadAuth::None);
    in_doubt(deliver(&channel, &event("k")).await, &["may or may not"]);
    done(deliver(&channel, &Shipment { attempt: 2, ..event("k") }).await);
    assert_eq!(api.stored().len(), 1);

    let folder = tempfile::tempdir().unwrap();
    let boxed = Channel { outbox: Some(folder.path().to_owned()), ..channel };
    done(deliver(&boxed, &event("k")).await);
    let kept = std::fs::read(folder.path().join("partner/ventas-12_run.failed.json")).unwrap();
    assert_eq!(kept, *event("k").bytes);
}

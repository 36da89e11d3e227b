//! One file as an object of an S3-compatible store, by a signed PUT. The object carries the delivery's key, so that a try
//! again knows its own work.

use super::file_name::checked;
use super::probe::Found;
use super::upload::{Lost, Partner, idempotency_key, patience};
use super::{Outcome, Shipment};
use crate::definition::{Channel, HttpEndpoint, S3Channel};
use crate::web::store::{self, SKEW, Unsigned};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use rusty_s3::{Bucket, Credentials, S3Action};
use sha2::{Digest as _, Sha256};

/// The header that says whose work an object is.
const OURS: &str = "x-amz-meta-parte-key";

/// Puts the object; `Ok` holds the store's status and the object's ETag.
pub(super) async fn store(channel: &Channel, s3: &S3Channel, shipment: &Shipment) -> Result<String, Outcome> {
    let name = checked(&shipment.recipient).map_err(Outcome::refused)?;
    let object =
        if s3.store.prefix.is_empty() { name.to_owned() } else { format!("{}/{name}", s3.store.prefix) };
    let (bucket, credentials) = bucket(channel, s3)?;
    let patience = patience(channel, shipment);
    let endpoint = endpoint(s3, &bucket);
    let partner = Partner::meet(channel, &endpoint, patience).await?;

    let key = idempotency_key(&shipment.key);
    let checksum = STANDARD.encode(Sha256::digest(&shipment.bytes));
    let mut put = bucket.put_object(Some(&credentials), &object);
    // signed with the rest, so that nobody on the way can change or leave out one of them
    put.headers_mut().insert("x-amz-checksum-sha256", checksum.as_str());
    put.headers_mut().insert(OURS, key.as_ref());
    if !s3.replace {
        put.headers_mut().insert("if-none-match", "*");
    }
    let mut request = partner
        .client()
        .put(put.sign(patience + SKEW))
        .header(CONTENT_TYPE, &shipment.media_type)
        .header(CONTENT_LENGTH, shipment.bytes.len())
        .header("x-amz-checksum-sha256", &checksum)
        .header(OURS, key.as_ref());
    if !s3.replace {
        request = request.header("if-none-match", "*");
    }
    let request = partner.built(request.body(shipment.bytes.to_vec()))?;
    let response = partner.execute(request, Lost::AskAgain).await?;
    match response.status() {
        StatusCode::PRECONDITION_FAILED => {}
        // somebody writes the same name at this moment
        StatusCode::CONFLICT => {
            return Err(Outcome::retry(format!("{} answered 409 Conflict to {name}", partner.at())));
        }
        StatusCode::NOT_IMPLEMENTED if !s3.replace => {
            return Err(Outcome::refused(format!(
                "{} answered 501 to {name}: it cannot refuse names that are taken; write existing = \"replace\" into channel {}",
                partner.at(),
                channel.id
            )));
        }
        status => {
            let tag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
            let receipt = partner.judge(response, name).await?;
            return Ok(match tag.filter(|_| status.is_success()) {
                Some(tag) => format!("{receipt}, etag {}", tag.trim_matches('"')),
                None => receipt,
            });
        }
    }
    // the name is taken: by an earlier try whose answer was lost, or by somebody else
    let head = bucket.head_object(Some(&credentials), &object).sign(channel.timeout + SKEW);
    let head = partner.built(partner.client().head(head))?;
    let there = partner.execute(head, Lost::AskAgain).await?;
    if matches!(there.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        return Err(Outcome::refused(format!(
            "{name} is there already in bucket {}, stored by an earlier try or by somebody else: the keys of channel {} may not \
             look; let them read objects (s3:GetObject), or write existing = \"replace\" if it may give way",
            s3.store.bucket, channel.id
        )));
    }
    if !there.status().is_success() {
        return Err(Outcome::retry(format!(
            "{} says that {name} is there already, and answered {} when it was looked at",
            partner.at(),
            there.status()
        )));
    }
    let ours = there.headers().get(OURS).is_some_and(|held| held.as_bytes() == key.as_bytes());
    if ours {
        return Ok("412 Precondition Failed: there already, stored by an earlier try".to_owned());
    }
    Err(Outcome::refused(format!(
        "{name} is there already in bucket {} and is not of this delivery; write existing = \"replace\" into channel {} \
         if it may give way",
        s3.store.bucket, channel.id
    )))
}

/// Asks for the bucket, under the channel's keys.
pub(super) async fn probe(channel: &Channel, s3: &S3Channel) -> Result<Found, Outcome> {
    let (bucket, credentials) = bucket(channel, s3)?;
    let endpoint = endpoint(s3, &bucket);
    let partner = Partner::meet(channel, &endpoint, channel.timeout).await?;
    let head = bucket.head_bucket(Some(&credentials)).sign(channel.timeout + SKEW);
    let request = partner.built(partner.client().head(head))?;
    let response = partner.execute(request, Lost::AskAgain).await?;
    if response.status() == StatusCode::NOT_FOUND {
        let what = format!(
            "{} has no bucket {}; check `url` of channel {}",
            partner.at(),
            s3.store.bucket,
            channel.id
        );
        return Err(Outcome::refused(what));
    }
    partner.judge(response, &format!("bucket {}", s3.store.bucket)).await?;
    let protected =
        if s3.store.endpoint.scheme() == "https" { "TLS, certificate trusted" } else { "not encrypted" };
    let mut found = Found::default();
    found.facts.push(protected.to_owned());
    found.facts.push(format!("bucket {} there, keys accepted", s3.store.bucket));
    Ok(found)
}

fn bucket(channel: &Channel, s3: &S3Channel) -> Result<(Bucket, Credentials), Outcome> {
    store::signed(&s3.store).map_err(|fault| match fault {
        Unsigned::NoKey => Outcome::refused(format!(
            "a key of channel {} is not set; set the variables that `access_key` and `secret_key` name",
            channel.id
        )),
        Unsigned::NoAddress(error) => Outcome::refused(format!(
            "bucket {} of channel {} has no address: {error}; try path_style = true",
            s3.store.bucket, channel.id
        )),
    })
}

/// The host of the bucket; a name that the definition writes as an address speaks for those below it.
fn endpoint(s3: &S3Channel, bucket: &Bucket) -> HttpEndpoint {
    let private = s3.store.private || s3.store.endpoint.host_str() == Some("localhost");
    HttpEndpoint { private, ..HttpEndpoint::new(bucket.base_url().clone()) }
}

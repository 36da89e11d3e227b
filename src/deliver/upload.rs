//! One file to an HTTP API. A try again is the very same request under the same Idempotency-Key.

mod exchange;
mod oauth2;
mod presign;
mod signing;
mod told;
mod verdict;

use crate::web::address;
pub use exchange::{Caller, Lost, Partner};
pub use oauth2::Token;
pub use verdict::retry_after;

use super::file_name::{checked, fingerprint};
use super::probe::Found;
use super::{MayLeave, Outcome, Shipment};
use crate::definition::{
    Channel, HttpEndpoint, Presign, UploadAuth, UploadChannel, UploadMethod, Way, WebhookChannel,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::time::Duration;
use url::Url;

/// Slowest line that is waited for, in bytes a second: bodies get this much time on top of the channel's patience.
const SLOWEST: u64 = 16 * 1024;

/// Sends; `Ok` holds the server's status and what it calls the file.
pub(super) async fn send(
    channel: &Channel,
    upload: &UploadChannel,
    shipment: &Shipment,
    may_leave: &MayLeave,
) -> Result<String, Outcome> {
    let name = checked(&shipment.recipient).map_err(Outcome::refused)?;
    if let Some(presign) = &upload.presign {
        return presign::send(channel, upload, presign, name, shipment).await;
    }
    let partner = Partner::meet(channel, &upload.endpoint, patience(channel, shipment)).await?;
    let request = request(partner.client(), upload, name, shipment)?;
    let lost = match upload.method {
        UploadMethod::Put => Lost::AskAgain,
        UploadMethod::Post | UploadMethod::Multipart => Lost::InDoubt,
    };
    if lost == Lost::InDoubt && !may_leave().await {
        return Err(Outcome::retry(format!(
            "{name} was held back from {}: that it leaves could not be recorded",
            partner.at()
        )));
    }
    let response = partner.send(request, &shipment.key, lost).await?;
    partner.judge_delivery(response, name).await
}

/// What tells the address of a channel from others, for the record: a fingerprint, since addresses may hold what is as good as a
/// password. `None` where no peer calls its address gone, and where an outbox stands in.
#[must_use]
pub fn address(channel: &Channel) -> Option<String> {
    let url = match &channel.way {
        Way::Upload(UploadChannel { presign: Some(Presign { url, .. }), .. }) => url,
        Way::Upload(UploadChannel { endpoint, .. }) | Way::Webhook(WebhookChannel { endpoint }) => {
            &endpoint.url
        }
        _ => return None,
    };
    channel.outbox.is_none().then(|| fingerprint(url.as_str())[..16].to_owned())
}

/// How long the peer may take for a file of this size.
pub(super) fn patience(channel: &Channel, shipment: &Shipment) -> Duration {
    channel.timeout + Duration::from_secs(shipment.bytes.len() as u64 / SLOWEST)
}

/// Asks the server that files or questions for their addresses go to.
pub(super) async fn probe(channel: &Channel, upload: &UploadChannel) -> Result<Found, Outcome> {
    match &upload.presign {
        Some(Presign { url, .. }) => {
            let asked = HttpEndpoint { url: url.clone(), ..upload.endpoint.clone() };
            probe_endpoint(channel, &asked).await
        }
        None => probe_endpoint(channel, &upload.endpoint).await,
    }
}

/// Asks with OPTIONS, which changes nothing, under the credentials of an upload.
pub(super) async fn probe_endpoint(channel: &Channel, endpoint: &HttpEndpoint) -> Result<Found, Outcome> {
    let partner = Partner::meet(channel, endpoint, channel.timeout).await?;
    let request = partner.client().request(Method::OPTIONS, endpoint.url.clone());
    let response = partner.send(request, "probe", Lost::AskAgain).await?;
    let mut found = Found::default();
    found.facts.push(match endpoint.url.scheme() {
        "https" => "TLS, certificate trusted".to_owned(),
        _ => "not encrypted".to_owned(),
    });
    let status = response.status();
    // it is there, and has no word for OPTIONS
    let is_there = status.is_success()
        || matches!(
            status,
            StatusCode::BAD_REQUEST
                | StatusCode::NOT_FOUND
                | StatusCode::METHOD_NOT_ALLOWED
                | StatusCode::TOO_MANY_REQUESTS
                | StatusCode::NOT_IMPLEMENTED
        );
    if !is_there {
        partner.judge(response, "OPTIONS").await?;
    }
    found.facts.push(format!("answers ({status} to OPTIONS)"));
    found.facts.push(match &endpoint.auth {
        UploadAuth::None => "whether it takes files shows with the first one".to_owned(),
        UploadAuth::OAuth2(_) => {
            "a token was given; whether it takes files shows with the first one".to_owned()
        }
        _ => "credentials not refused; whether it takes files shows with the first one".to_owned(),
    });
    Ok(found)
}

fn request(
    client: &Client,
    upload: &UploadChannel,
    name: &str,
    shipment: &Shipment,
) -> Result<RequestBuilder, Outcome> {
    let url = &upload.endpoint.url;
    Ok(match upload.method {
        UploadMethod::Put => with_body(client.put(file_url(url, name)?), shipment),
        UploadMethod::Post => with_body(client.post(url.clone()), shipment),
        UploadMethod::Multipart => {
            let boundary = format!("parte-{}", &fingerprint(&shipment.key)[..40]);
            let body = form(&boundary, name, shipment);
            let media_type = format!("multipart/form-data; boundary={boundary}");
            carrying(client.post(url.clone()), &media_type, &shipment.key, body)
        }
    })
}

/// The shipment as the body of a request.
pub(super) fn with_body(request: RequestBuilder, shipment: &Shipment) -> RequestBuilder {
    carrying(request, &shipment.media_type, &shipment.key, shipment.bytes.to_vec())
}

/// A request with its key and a digest of its body, which is shared and not copied from here on.
fn carrying(request: RequestBuilder, media_type: &str, key: &str, body: Vec<u8>) -> RequestBuilder {
    let digest = format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(&body)));
    request
        .header(CONTENT_TYPE, media_type)
        // said of an empty body too: some servers wait for it
        .header(CONTENT_LENGTH, body.len())
        .header("content-digest", digest)
        .header("idempotency-key", idempotency_key(key).as_ref())
        .body(body)
}

/// The key as a header carries it; one that holds more than visible ASCII goes as its fingerprint.
pub(super) fn idempotency_key(key: &str) -> Cow<'_, str> {
    let plain = !key.is_empty() && key.bytes().all(|b| b.is_ascii_graphic());
    if plain { Cow::Borrowed(key) } else { Cow::Owned(fingerprint(key)) }
}

/// The URL with the file's name as one more segment, percent-encoded.
fn file_url(url: &Url, name: &str) -> Result<Url, Outcome> {
    let mut url = url.clone();
    match url.path_segments_mut() {
        Ok(mut segments) => _ = segments.pop_if_empty().push(name),
        Err(()) => return Err(Outcome::refused("the `url` of the channel cannot have a path".to_owned())),
    }
    Ok(url)
}

/// A multipart form with the one part `file`. Written here, because a try again has to have the same boundary: servers
/// compare the body of a repeated Idempotency-Key with the first one's.
fn form(boundary: &str, name: &str, shipment: &Shipment) -> Vec<u8> {
    // as browsers do (WHATWG, multipart/form-data); control characters were refused before
    let name = name.replace('"', "%22");
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {}\r\n\r\n",
        shipment.media_type
    );
    let tail = format!("\r\n--{boundary}--\r\n");
    [head.as_bytes(), &shipment.bytes, tail.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_name_becomes_one_segment_of_the_url() {
        let url = |base: &str, name| file_url(&base.parse().unwrap(), name).unwrap().to_string();
        assert_eq!(url("https://a.example/in/", "a b#?ñ.csv"), "https://a.example/in/a%20b%23%3F%C3%B1.csv");
        assert_eq!(url("https://a.example/in?tenant=1", "a.csv"), "https://a.example/in/a.csv?tenant=1");
        assert_eq!(url("https://a.example", "a.csv"), "https://a.example/a.csv");
    }

    #[test]
    fn keys_are_fit_for_a_header_and_stay_apart() {
        assert_eq!(idempotency_key("run-1/a.csv"), "run-1/a.csv");
        for hostile in ["", "a b", "año", "a\r\nX: y"] {
            assert_eq!(idempotency_key(hostile).len(), 64, "{hostile:?}");
        }
        assert_ne!(idempotency_key("año 1"), idempotency_key("año 2"));
    }
}

//! One file to an HTTP API. A try again is the very same request under the same Idempotency-Key. Never: redirects, proxies.

use super::answer::{causes, cut, place, quoted, seconds};
use super::file_name::{checked, fingerprint};
use super::probe::Found;
use super::tls::{certificate_fault, client_config};
use super::{Outcome, Shipment};
use crate::definition::{Channel, Secret, UploadAuth, UploadChannel, UploadMethod};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::time::Duration;
use url::Url;

/// Slowest line that is waited for, in bytes a second: bodies get this much time on top of the channel's patience.
const SLOWEST: u64 = 16 * 1024;
/// Longest quotation of an error's body, in characters.
const BODY_QUOTED: usize = 200;
/// Most bytes of an answer's body that are read.
const BODY_READ: usize = 64 * 1024;

/// Sends; `Ok` holds the server's status and what it calls the file.
pub(super) async fn send(
    channel: &Channel,
    upload: &UploadChannel,
    shipment: &Shipment,
) -> Result<String, Outcome> {
    let name = checked(&shipment.recipient).map_err(Outcome::refused)?;
    let peer = Peer::of(channel, upload);
    let patience = channel.timeout + Duration::from_secs(shipment.bytes.len() as u64 / SLOWEST);
    let client = client(channel, patience).await?;
    let request = peer.authorized(request(&client, upload, name, shipment)?, &upload.auth)?;
    match request.send().await {
        Ok(response) => peer.judge(response, name).await,
        Err(error) => Err(peer.failed(upload.method, error.without_url(), patience)),
    }
}

/// Asks with OPTIONS, which changes nothing, under the credentials of an upload.
pub(super) async fn probe(channel: &Channel, upload: &UploadChannel) -> Result<Found, Outcome> {
    let peer = Peer::of(channel, upload);
    let client = client(channel, channel.timeout).await?;
    let request = peer.authorized(client.request(Method::OPTIONS, upload.url.clone()), &upload.auth)?;
    let response = match request.send().await {
        Ok(response) => response,
        // asked again, OPTIONS says the same, as PUT does
        Err(error) => return Err(peer.failed(UploadMethod::Put, error.without_url(), channel.timeout)),
    };
    let mut found = Found::default();
    found.facts.push(match upload.url.scheme() {
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
        peer.judge(response, "OPTIONS").await?;
    }
    found.facts.push(format!("answers ({status} to OPTIONS)"));
    found.facts.push(match &upload.auth {
        UploadAuth::None => "whether it takes files shows with the first one".to_owned(),
        _ => "credentials not refused; whether it takes files shows with the first one".to_owned(),
    });
    Ok(found)
}

async fn client(channel: &Channel, patience: Duration) -> Result<Client, Outcome> {
    Client::builder()
        .tls_backend_preconfigured(client_config(channel.ca.as_deref()).await?)
        // the body and its credentials go to the host that the definition names, or nowhere
        .redirect(Policy::none())
        .no_proxy()
        .connect_timeout(channel.timeout)
        .timeout(patience)
        .user_agent(concat!("parte/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| Outcome::refused(format!("HTTP cannot be set up: {}", causes(&error))))
}

fn request(
    client: &Client,
    upload: &UploadChannel,
    name: &str,
    shipment: &Shipment,
) -> Result<RequestBuilder, Outcome> {
    let (request, media_type, body) = match upload.method {
        UploadMethod::Put => {
            (client.put(file_url(&upload.url, name)?), shipment.media_type.clone(), shipment.bytes.clone())
        }
        UploadMethod::Post => {
            (client.post(upload.url.clone()), shipment.media_type.clone(), shipment.bytes.clone())
        }
        UploadMethod::Multipart => {
            let boundary = format!("parte-{}", &fingerprint(&shipment.key)[..40]);
            let body = form(&boundary, name, shipment);
            (client.post(upload.url.clone()), format!("multipart/form-data; boundary={boundary}"), body)
        }
    };
    let digest = format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(&body)));
    Ok(request
        .header(CONTENT_TYPE, media_type)
        .header("content-digest", digest)
        .header("idempotency-key", idempotency_key(&shipment.key).as_ref())
        .body(body))
}

/// The key as a header carries it; one that holds more than visible ASCII goes as its fingerprint.
fn idempotency_key(key: &str) -> Cow<'_, str> {
    let visible = !key.is_empty() && key.bytes().all(|b| b.is_ascii_graphic());
    if visible { Cow::Borrowed(key) } else { Cow::Owned(fingerprint(key)) }
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
    let mut body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {}\r\n\r\n",
        shipment.media_type
    )
    .into_bytes();
    body.extend_from_slice(&shipment.bytes);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    body
}

/// The server, for sentences about it.
struct Peer<'a> {
    at: String,
    channel: &'a str,
}

impl<'a> Peer<'a> {
    fn of(channel: &'a Channel, upload: &UploadChannel) -> Self {
        Self {
            at: place(
                upload.url.host_str().unwrap_or_default().trim_matches(['[', ']']),
                upload.url.port_or_known_default().unwrap_or_default(),
            ),
            channel: channel.id.as_str(),
        }
    }

    fn authorized(&self, request: RequestBuilder, auth: &UploadAuth) -> Result<RequestBuilder, Outcome> {
        let value = |secret: &Option<Secret>| match secret {
            Some(secret) => Ok(secret.expose().to_owned()),
            None => Err(Outcome::refused(format!(
                "the secret of channel {} is not set; set the variable that its `auth` names",
                self.channel
            ))),
        };
        Ok(match auth {
            UploadAuth::None => request,
            UploadAuth::Bearer(token) => request.bearer_auth(value(token)?),
            UploadAuth::Basic(user, password) => request.basic_auth(user, Some(value(password)?)),
            UploadAuth::ApiKey(header, key) => {
                let (header, mut key) = HeaderName::try_from(header.as_str())
                    .ok()
                    .zip(HeaderValue::try_from(value(key)?).ok())
                    .ok_or_else(|| {
                        Outcome::refused(format!(
                            "the API key of channel {} or the name of its header holds characters that a header cannot",
                            self.channel
                        ))
                    })?;
                key.set_sensitive(true);
                request.header(header, key)
            }
        })
    }

    async fn judge(&self, response: Response, name: &str) -> Result<String, Outcome> {
        let status = response.status();
        let headers = response.headers().clone();
        if status.is_redirection() {
            let target =
                headers.get(LOCATION).and_then(|it| it.to_str().ok()).map_or("nowhere", without_query);
            return Err(Outcome::refused(format!(
                "{} answered {} to {name} and points to {}; redirects are not followed: put the final address into `url` \
                 of channel {}",
                self.at,
                status.as_u16(),
                quoted(target),
                self.channel
            )));
        }
        if status.is_success() {
            return Ok(receipt(status, &headers, &body_start(response).await));
        }
        let words = cut(&body_start(response).await, BODY_QUOTED);
        let said = if words.is_empty() { String::new() } else { format!(": {words}") };
        let error = format!("{} answered {status} to {name}{said}", self.at);
        Err(match status {
            StatusCode::REQUEST_TIMEOUT
            | StatusCode::LOCKED
            | StatusCode::TOO_EARLY
            | StatusCode::TOO_MANY_REQUESTS => Outcome::Retry { error, after: retry_after(&headers) },
            _ if status.is_server_error() => Outcome::Retry { error, after: retry_after(&headers) },
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Outcome::refused(format!("{error}; check the credentials of channel {}", self.channel))
            }
            StatusCode::GONE => Outcome::refused(format!(
                "{error}; the address is gone for good: ask the operator for the new one"
            )),
            StatusCode::PAYLOAD_TOO_LARGE => {
                Outcome::refused(format!("{error}; the file is larger than the server accepts"))
            }
            _ => Outcome::refused(error),
        })
    }

    fn failed(&self, method: UploadMethod, error: reqwest::Error, patience: Duration) -> Outcome {
        let words = causes(&error);
        if let Some(fault) = certificate_fault(&words) {
            return Outcome::refused(format!("{} cannot be trusted: {fault}", self.at));
        }
        if error.is_builder() {
            return Outcome::refused(format!("the request to {} cannot be made: {words}", self.at));
        }
        if error.is_connect() {
            return Outcome::retry(format!("{} cannot be reached: {words}", self.at));
        }
        let what = if error.is_timeout() {
            format!("{} gave no answer within {}", self.at, seconds(patience))
        } else {
            format!("the connection to {} was lost before it answered: {words}", self.at)
        };
        match method {
            // PUT twice is PUT once
            UploadMethod::Put => Outcome::retry(what),
            UploadMethod::Post | UploadMethod::Multipart => {
                Outcome::InDoubt { error: format!("{what}; it may or may not have stored the file") }
            }
        }
    }
}

/// `201 Created, id 42, location /files/42`
fn receipt(status: StatusCode, headers: &HeaderMap, body: &str) -> String {
    let mut receipt = status.to_string();
    let id =
        serde_json::from_str::<serde_json::Value>(body).ok().and_then(|answer| match answer.get("id")? {
            serde_json::Value::String(id) => Some(id.clone()),
            serde_json::Value::Number(id) => Some(id.to_string()),
            _ => None,
        });
    if let Some(id) = id {
        receipt = format!("{receipt}, id {}", cut(&id, 80));
    }
    if let Some(location) = headers.get(LOCATION).and_then(|it| it.to_str().ok()) {
        receipt = format!("{receipt}, location {}", cut(without_query(location), 200));
    }
    receipt
}

/// Queries of locations may carry signatures, which are as good as passwords.
fn without_query(location: &str) -> &str {
    location.split(['?', '#']).next().unwrap_or_default()
}

/// The beginning of a body; an answer that breaks off has said enough.
async fn body_start(mut response: Response) -> String {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() >= BODY_READ {
            break;
        }
    }
    body.truncate(BODY_READ);
    String::from_utf8_lossy(&body).into_owned()
}

/// Retry-After as seconds, or as a date that is counted from the server's own Date: its clock is the one it was written by.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|it| it.to_str().ok()).map(str::trim);
    let wish = text(RETRY_AFTER.as_str())?;
    if let Ok(seconds) = wish.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let then = DateTime::parse_from_rfc2822(wish).ok()?;
    let now = DateTime::parse_from_rfc2822(text("date")?).ok()?;
    Some((then - now).to_std().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_by_the_servers_clock() {
        let date = ("date", "Fri, 13 Mar 2026 11:59:30 GMT");
        assert_eq!(retry_after(&headers(&[("retry-after", "120")])), Some(Duration::from_secs(120)));
        let later = ("retry-after", "Fri, 13 Mar 2026 12:01:00 GMT");
        assert_eq!(retry_after(&headers(&[later, date])), Some(Duration::from_secs(90)));
        let past = ("retry-after", "Fri, 13 Mar 2026 11:00:00 GMT");
        assert_eq!(retry_after(&headers(&[past, date])), Some(Duration::ZERO));
        assert_eq!(retry_after(&headers(&[later])), None);
        assert_eq!(retry_after(&headers(&[("retry-after", "soon"), date])), None);
    }

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

    #[test]
    fn receipts_name_what_the_server_calls_the_file_without_signatures() {
        let location = headers(&[("location", "/files/42?sig=secret")]);
        assert_eq!(
            receipt(StatusCode::CREATED, &location, "{\"id\":42}"),
            "201 Created, id 42, location /files/42"
        );
        assert_eq!(receipt(StatusCode::NO_CONTENT, &HeaderMap::new(), ""), "204 No Content");
    }
}

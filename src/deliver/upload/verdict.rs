//! What an HTTP answer comes to: done with a receipt, to be tried again when the server wishes, or refused with what to do.

use super::told::Told;
use crate::definition::HttpEndpoint;
use crate::deliver::Outcome;
use crate::deliver::answer::{cut, quoted};
use chrono::DateTime;
use reqwest::header::{HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use serde_json::Value;
use std::time::Duration;

/// Longest quotation of an error's body, in characters.
const BODY_QUOTED: usize = 200;
/// Most bytes of an answer's body that are read.
const BODY_READ: usize = 64 * 1024;

/// The server, for sentences about it.
pub(super) struct Peer<'a> {
    pub(super) at: String,
    /// Who speaks to it: `channel portal`.
    pub(super) caller: String,
    pub(super) endpoint: &'a HttpEndpoint,
    pub(super) told: Told,
}

impl Peer<'_> {
    pub(super) async fn judge(&self, response: Response, name: &str) -> Result<String, Outcome> {
        let status = response.status();
        let headers = response.headers().clone();
        let location = headers.get(LOCATION).and_then(|it| it.to_str().ok());
        let location = location.map(|it| self.told.covered(without_query(it)));
        if status.is_redirection() {
            return Err(Outcome::refused(format!(
                "{} answered {} to {name} and points to {}; redirects are not followed: put the final address into `url` \
                 of {}",
                self.at,
                status.as_u16(),
                quoted(location.as_deref().unwrap_or("nowhere")),
                self.caller
            )));
        }
        let body = self.told.covered(&body_start(response).await);
        if status.is_success() || self.endpoint.done_on.contains(&status.as_u16()) {
            return Ok(receipt(status, location.as_deref(), &body, &self.endpoint.receipt));
        }
        let words = words(&body);
        let said = if words.is_empty() { String::new() } else { format!(": {words}") };
        let error = format!("{} answered {status} to {name}{said}", self.at);
        Err(match status {
            StatusCode::REQUEST_TIMEOUT
            | StatusCode::LOCKED
            | StatusCode::TOO_EARLY
            | StatusCode::TOO_MANY_REQUESTS => Outcome::Retry { error, after: retry_after(&headers) },
            // S3's words for an upload that came too slowly
            StatusCode::BAD_REQUEST if words.starts_with("RequestTimeout: ") => {
                Outcome::Retry { error, after: None }
            }
            _ if status.is_server_error() => Outcome::Retry { error, after: retry_after(&headers) },
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Outcome::refused(format!("{error}; check the credentials of {}", self.caller))
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
}

/// What a body says. Of XML errors (S3) only code and message: the rest repeats what was signed.
fn words(body: &str) -> String {
    let element = |name: &str| {
        let rest = body.split_once(&format!("<{name}>"))?.1;
        Some(rest.split_once(&format!("</{name}>"))?.0)
    };
    match (body.contains("<Error>"), element("Code")) {
        (true, Some(code)) => {
            cut(&format!("{code}: {}", element("Message").unwrap_or_default()), BODY_QUOTED)
        }
        _ => cut(body, BODY_QUOTED),
    }
}

/// `201 Created, id 42, location /files/42`
fn receipt(status: StatusCode, location: Option<&str>, body: &str, kept: &str) -> String {
    let mut receipt = status.to_string();
    if let Some(id) = serde_json::from_str(body).ok().and_then(|answer| field(&answer, kept)) {
        receipt = format!("{receipt}, {kept} {}", cut(&id, 80));
    }
    if let Some(location) = location {
        receipt = format!("{receipt}, location {}", cut(location, 200));
    }
    receipt
}

/// A text or number of a JSON answer by its path: `id`, `data.id`.
pub(super) fn field(answer: &Value, path: &str) -> Option<String> {
    match path.split('.').try_fold(answer, |inner, name| inner.get(name))? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Queries of locations may carry signatures, which are as good as passwords.
fn without_query(location: &str) -> &str {
    location.split(['?', '#']).next().unwrap_or_default()
}

/// The beginning of a body; an answer that breaks off has said enough.
async fn body_start(response: Response) -> String {
    let mut body = Vec::new();
    let _ = read(response, &mut body).await;
    String::from_utf8_lossy(&body).into_owned()
}

/// Reads the beginning of a body.
pub(super) async fn read(mut response: Response, body: &mut Vec<u8>) -> Result<(), reqwest::Error> {
    while body.len() < BODY_READ
        && let Some(chunk) = response.chunk().await?
    {
        body.extend_from_slice(&chunk);
    }
    body.truncate(BODY_READ);
    Ok(())
}

/// When a server wants to be asked again: Retry-After as seconds, or as a date that is counted from the server's own Date: its clock is the one it was written by.
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
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
    use reqwest::header::{HeaderName, HeaderValue};

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
    fn receipts_name_what_the_server_calls_the_file_without_signatures() {
        let location = without_query("/files/42?sig=secret");
        assert_eq!(
            receipt(StatusCode::CREATED, Some(location), "{\"id\":42}", "id"),
            "201 Created, id 42, location /files/42"
        );
        assert_eq!(receipt(StatusCode::NO_CONTENT, None, "", "id"), "204 No Content");
    }

    #[test]
    fn the_field_that_is_kept_may_be_nested() {
        let body = r#"{"id": 7, "data": {"uuid": "a-b", "list": []}}"#;
        let kept = |path| receipt(StatusCode::OK, None, body, path);
        assert_eq!(kept("id"), "200 OK, id 7");
        assert_eq!(kept("data.uuid"), "200 OK, data.uuid a-b");
        assert_eq!(kept("data.list"), "200 OK");
        assert_eq!(kept("uuid"), "200 OK");
    }

    #[test]
    fn an_error_in_xml_is_its_code_and_message() {
        let body = "<?xml version=\"1.0\"?>\n<Error><Code>SignatureDoesNotMatch</Code><Message>No\nmatch.</Message>\
                    <StringToSign>AWS4</StringToSign></Error>";
        assert_eq!(words(body), "SignatureDoesNotMatch: No match.");
        assert_eq!(words("<p>Code</p>"), "<p>Code</p>");
    }
}

//! What an answer of the API comes to: read on, ask again, or one clear error with what to do.

use super::error::{Extent, Fault};
use super::json::NotJson;
use crate::definition::{ApiSource, FrameName};
use crate::deliver::retry_after;
use crate::web::answer::cut;
use chrono::{DateTime, Utc};
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;
use std::time::Duration;

/// Longest quotation of a refusal, in characters.
const QUOTED: usize = 200;

/// What is asked, for sentences.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) source: &'a ApiSource,
    pub(super) id: &'a str,
    /// `api.example.com:443`.
    pub(super) at: &'a str,
    pub(super) path: &'a str,
    /// `None`: of a login.
    pub(super) frame: Option<FrameName>,
}

/// May the same be asked again?
pub(super) fn is_passing(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(
            status,
            StatusCode::REQUEST_TIMEOUT
                | StatusCode::LOCKED
                | StatusCode::TOO_EARLY
                | StatusCode::TOO_MANY_REQUESTS
        )
}

/// How long the server wants to be left alone: seconds, or a date by its own clock, else by ours.
pub(super) fn wish(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    retry_after(headers).or_else(|| {
        let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
        let then = DateTime::parse_from_rfc2822(text.trim()).ok()?;
        Some((then.to_utc() - now).to_std().unwrap_or_default())
    })
}

/// The words of an error's body, in either shape: `{"statusCode", "error", "message"}`, `{"error": {"code", "message"}}`.
pub(super) fn words(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start();
    if text.starts_with('<') {
        return String::new();
    }
    let Ok(value) = serde_json::from_str::<Value>(text) else { return cut(text, QUOTED) };
    let error = value.get("error");
    let inner = error.filter(|error| error.is_object()).unwrap_or(&value);
    let message = match inner.get("message") {
        Some(Value::String(text)) => Some(text.clone()),
        // one for each field that is wrong
        Some(Value::Array(all)) => Some(all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; ")),
        _ => None,
    };
    let said = message
        .or_else(|| error.and_then(Value::as_str).map(str::to_owned))
        .or_else(|| inner.get("code").and_then(Value::as_str).map(str::to_owned))
        .unwrap_or_default();
    cut(&said, QUOTED)
}

impl About<'_> {
    /// A refusal that asking again does not change.
    pub(super) fn refused(&self, status: StatusCode, said: &str, location: Option<&str>) -> Fault {
        let of_all = self.frame.is_none()
            || status.is_redirection()
            || matches!(
                status,
                StatusCode::UNAUTHORIZED
                    | StatusCode::TOO_MANY_REQUESTS
                    | StatusCode::BAD_GATEWAY
                    | StatusCode::SERVICE_UNAVAILABLE
                    | StatusCode::GATEWAY_TIMEOUT
            );
        let fault = self.told(status, said, location);
        if of_all { fault.with(Extent::Api) } else { fault }
    }

    fn told(&self, status: StatusCode, said: &str, location: Option<&str>) -> Fault {
        let Self { id, at, path, .. } = self;
        let said = if said.is_empty() { String::new() } else { format!(": {said}") };
        let told = format!("{at} answered {status} to {path}{said}");
        if status.is_redirection() {
            let to = location.map_or_else(|| "nowhere".to_owned(), |to| cut(to, QUOTED));
            return Fault::new(
                format!("{at} answered {} to {path} and points to {to}", status.as_u16()),
                format!("redirects are not followed: put the final address into `url` of [sources.{id}]"),
            );
        }
        let hint = match status {
            StatusCode::UNAUTHORIZED => format!(
                "the key, token or password is wrong, has expired or was revoked: ask for a new one where the old one was given out, put it where `auth` of [sources.{id}] takes it from, and try again"
            ),
            StatusCode::FORBIDDEN => self.permission(),
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => format!(
                "the path or the generation is another one there: check `url`, `api = \"{}\"` and `paths` of [sources.{id}]{}",
                self.source.generation.as_str(),
                self.or_leave_out()
            ),
            StatusCode::GONE => "ask the operator for the new address".to_owned(),
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => format!(
                "the API does not take the question as it was asked: check `api`, `paths` and `page_size` of [sources.{id}]"
            ),
            _ => "ask the operator of the API; what was read before is kept".to_owned(),
        };
        Fault::new(told, hint)
    }

    fn permission(&self) -> String {
        let needed = match self.frame {
            Some(FrameName::Tasks) => "VIEW_ACTIVITIES",
            Some(FrameName::Sellers) => "MANAGE_OPERATORS",
            Some(FrameName::Users) => "MANAGE_COMMERCES",
            _ => "a permission of its own",
        };
        let tenant = if self.source.tenant.is_some() { ", and `tenant` must be its own" } else { "" };
        format!(
            "whoever gave out the key has to add a permission to it: reading this takes {needed}{tenant}{}",
            self.or_leave_out()
        )
    }

    /// What can be done without it.
    fn or_leave_out(&self) -> String {
        match self.frame {
            Some(frame) if self.source.read.len() > 1 => {
                let others: Vec<String> = self
                    .source
                    .read
                    .iter()
                    .filter(|other| **other != frame)
                    .map(|other| format!("\"{}\"", other.as_str()))
                    .collect();
                format!("; or do without {}: read = [{}]", frame.as_str(), others.join(", "))
            }
            _ => String::new(),
        }
    }

    /// An answer that is no JSON; `size` is its length in bytes.
    pub(super) fn not_json(&self, why: &NotJson, size: usize) -> Fault {
        let Self { id, at, path, .. } = self;
        let (what, hint) = match why {
            NotJson::Html => (
                "with a page for browsers instead of JSON".to_owned(),
                format!(
                    "`url` of [sources.{id}] may be that of the website, or something in between asks for a login: open it in a browser and see what it says"
                ),
            ),
            NotJson::Empty => (
                "with nothing at all".to_owned(),
                "ask the operator of the API; what was read before is kept".to_owned(),
            ),
            NotJson::CutOff => (
                format!("with JSON that ends in its middle, after {size} bytes"),
                "the rest was lost on the way: try again later, or write a smaller `page_size`".to_owned(),
            ),
            NotJson::Broken { line, column } => (
                format!("with something that is not JSON (line {line}, column {column})"),
                format!("check `url` and `paths` of [sources.{id}], or ask the operator of the API"),
            ),
        };
        let fault = Fault::new(format!("{at} answered {path} {what}"), hint);
        // a page for browsers is what stands in front of the API
        if *why == NotJson::Html { fault.with(Extent::Api) } else { fault }
    }

    /// An answer that is longer than any is read.
    pub(super) fn too_large(&self, most: usize) -> Fault {
        let Self { id, at, path, .. } = self;
        Fault::new(
            format!("{at} answered {path} with more than {} MB", most / 1_000_000),
            format!(
                "nothing of it was taken: write a smaller `page_size` into [sources.{id}], or check `paths`"
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    #[test]
    fn both_shapes_of_an_error_are_understood_and_pages_are_not_quoted() {
        assert_eq!(words(br#"{"statusCode":403,"error":"Forbidden","message":"no"}"#), "no");
        assert_eq!(
            words(br#"{"statusCode":400,"error":"Bad Request","message":["page must be 1","x"]}"#),
            "page must be 1; x"
        );
        assert_eq!(
            words(br#"{"error":{"code":"rate_limit_exceeded","message":"slow","status":429}}"#),
            "slow"
        );
        assert_eq!(words(br#"{"error":"invalid_token"}"#), "invalid_token");
        assert_eq!(words(b"<html><body>nginx</body></html>"), "");
        assert_eq!(words(b"down for\nmaintenance"), "down for maintenance");
    }

    #[test]
    fn the_wish_of_a_server_without_a_clock_is_counted_from_ours() {
        let now: DateTime<Utc> = "2026-03-13T11:59:30Z".parse().expect("an instant");
        let headers = |value: &'static str| {
            HeaderMap::from_iter([(HeaderName::from_static("retry-after"), HeaderValue::from_static(value))])
        };
        assert_eq!(wish(&headers("7"), now), Some(Duration::from_secs(7)));
        assert_eq!(wish(&headers("Fri, 13 Mar 2026 12:00:00 GMT"), now), Some(Duration::from_secs(30)));
        assert_eq!(wish(&headers("soon"), now), None);
    }
}

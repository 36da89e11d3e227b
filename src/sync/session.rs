//! A login that is answered with a token: asked for once, renewed before it ends by the server's own clock, and once more when the API
//! turns it down. Kept in memory alone.

use super::error::Fault;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use reqwest::header::{DATE, HeaderMap, SET_COOKIE};
use serde_json::Value;
use std::time::{Duration, Instant};

/// A token is renewed so long before its end: the request that carries it takes time too.
const MARGIN: Duration = Duration::from_secs(30);

/// Where a person logs in, and where a token is renewed.
pub(super) const LOGIN: &str = "/api/auth/login";
pub(super) const REFRESH: &str = "/api/auth/refresh";

/// The cookie that a token is renewed with.
const COOKIE: &str = "refreshToken";

/// What is known of a login.
#[derive(Default)]
pub(super) struct Session {
    token: Option<Bearer>,
    /// `refreshToken=...`, as it is sent back.
    pub(super) cookie: Option<String>,
    /// Why the password was refused: it is not tried again, since accounts are locked for that.
    pub(super) denied: Option<Fault>,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Bearer {
    pub(super) value: String,
    until: Option<Instant>,
}

impl Session {
    /// A token that lasts and is not the one that was turned down.
    pub(super) fn token(&self, refused: Option<&str>) -> Option<&Bearer> {
        let lasts = |token: &&Bearer| token.until.is_none_or(|until| Instant::now() < until);
        self.token.as_ref().filter(lasts).filter(|token| refused != Some(token.value.as_str()))
    }

    /// Takes what a login or a renewal was answered with; `begun` is when it was asked for. `None`: there is no token in it.
    pub(super) fn take(&mut self, answer: &Value, headers: &HeaderMap, begun: Instant) -> Option<&Bearer> {
        let value = ["accessToken", "access_token"]
            .into_iter()
            .find_map(|name| answer.get(name).or_else(|| answer.get("data")?.get(name))?.as_str())
            .filter(|token| !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic()))?;
        let cookies = headers.get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
        let pair = cookies
            .filter_map(|cookie| cookie.split(';').next())
            .find(|pair| pair.trim_start().starts_with(&format!("{COOKIE}=")));
        if let Some(pair) = pair {
            self.cookie = Some(pair.trim().to_owned());
        }
        let until = lifetime(value, headers)
            .and_then(|lasts| begun.checked_add(lasts.saturating_sub(MARGIN.min(lasts / 2))));
        self.token = Some(Bearer { value: value.to_owned(), until });
        self.token.as_ref()
    }
}

/// How long a token lasts from when it was given: its `exp` less its `iat`, or less the server's own date. The clock of this machine may
/// be wrong by hours.
fn lifetime(token: &str, headers: &HeaderMap) -> Option<Duration> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?.trim_end_matches('=')).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    let seconds = |name: &str| claims.get(name)?.as_f64();
    let end = seconds("exp")?;
    let begin = seconds("iat").or_else(|| {
        let date = headers.get(DATE)?.to_str().ok()?;
        Some(DateTime::parse_from_rfc2822(date).ok()?.timestamp() as f64)
    })?;
    Duration::try_from_secs_f64((end - begin).max(0.0)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;
    use serde_json::json;

    fn token(claims: &Value) -> String {
        format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims.to_string()))
    }

    #[test]
    fn a_token_lasts_as_the_servers_clock_says_whatever_ours_does() {
        let none = HeaderMap::new();
        // of a year in which no machine of ours lives
        assert_eq!(
            lifetime(&token(&json!({ "iat": 4_000_000_000_u64, "exp": 4_000_000_900_u64 })), &none),
            Some(Duration::from_secs(900))
        );
        let mut dated = HeaderMap::new();
        dated.insert(DATE, HeaderValue::from_static("Fri, 13 Mar 2026 12:00:00 GMT"));
        let end = DateTime::parse_from_rfc2822("Fri, 13 Mar 2026 12:05:00 GMT").expect("a date").timestamp();
        assert_eq!(lifetime(&token(&json!({ "exp": end })), &dated), Some(Duration::from_secs(300)));
        assert_eq!(lifetime(&token(&json!({ "exp": end })), &none), None);
        assert_eq!(lifetime("opaque", &dated), None);
    }

    #[test]
    fn a_token_is_renewed_before_its_end_and_when_it_was_turned_down() {
        let mut session = Session::default();
        let mut headers = HeaderMap::new();
        headers.append(SET_COOKIE, HeaderValue::from_static("theme=dark; Path=/"));
        headers.append(SET_COOKIE, HeaderValue::from_static("refreshToken=r1; HttpOnly; Path=/api/auth"));
        let long = token(&json!({ "iat": 100, "exp": 1000 }));
        assert!(
            session.take(&json!({ "accessToken": long, "user": {} }), &headers, Instant::now()).is_some()
        );
        assert_eq!(session.cookie.as_deref(), Some("refreshToken=r1"));
        assert!(session.token(None).is_some());
        assert!(session.token(Some(&long)).is_none());
        let spent = token(&json!({ "iat": 100, "exp": 100 }));
        session.take(&json!({ "data": { "access_token": spent } }), &HeaderMap::new(), Instant::now());
        assert!(session.token(None).is_none());
        assert_eq!(session.cookie.as_deref(), Some("refreshToken=r1"), "a cookie that was not rotated stays");
        assert!(session.take(&json!({ "user": {} }), &headers, Instant::now()).is_none());
    }
}

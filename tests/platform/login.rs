//! Where tokens come from: logging in, refreshing by cookie, and the token endpoint of OAuth 2.0's client credentials.

use super::access::{Client, Gate};
use super::answer::{Answer, ErrorShape};
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::collections::HashMap;

/// How long a refresh token holds, in days.
const REFRESH_DAYS: i64 = 7;

impl Gate {
    /// The answer of an endpoint that gives tokens; `None` where the path is none of theirs.
    pub(crate) fn give(
        &mut self,
        method: &str,
        path: &str,
        headers: &HeaderMap,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Option<Answer> {
        let answer: fn(&mut Self, &HeaderMap, &[u8], DateTime<Utc>) -> Answer = match path {
            "/api/auth/login" => |gate, _, body, now| gate.login(body, now),
            "/api/auth/refresh" => |gate, headers, _, now| gate.refresh(headers, now),
            path if path == self.access.token_path => Self::client_credentials,
            _ => return None,
        };
        Some(match method {
            "POST" => answer(self, headers, body, now),
            _ => Answer::error(ErrorShape::Flat, 404, &format!("Cannot {method} {path}")),
        })
    }

    /// Whether a path gives tokens.
    pub(crate) fn gives(&self, path: &str) -> bool {
        path == "/api/auth/login" || path == "/api/auth/refresh" || path == self.access.token_path
    }

    fn login(&mut self, body: &[u8], now: DateTime<Utc>) -> Answer {
        let asked: Value = serde_json::from_slice(body).unwrap_or_default();
        let (Some(identifier), Some(password)) = (asked["identifier"].as_str(), asked["password"].as_str())
        else {
            return Answer::error(ErrorShape::Flat, 400, "identifier and password must be strings");
        };
        if password.chars().count() < 8 {
            let message = "password must be longer than or equal to 8 characters";
            return Answer::error(ErrorShape::Flat, 400, message);
        }
        let account = self.access.accounts.iter().find(|one| one.identifier == identifier);
        let Some(account) = account.filter(|one| one.password == password).cloned() else {
            return Answer::error(ErrorShape::Flat, 401, "invalid credentials");
        };
        let token = self.token(&account.identifier, &account.permissions, now);
        let user = json!({
            "id": "2b1c9a60-0000-4000-8000-000000000001",
            "email": account.identifier,
            "firstName": "Ana",
            "lastName": "Peña",
        });
        let answer = Answer::json(200, json!({ "accessToken": token, "user": user }).to_string());
        self.with_cookie(answer, &account.identifier, now)
    }

    fn refresh(&mut self, headers: &HeaderMap, now: DateTime<Utc>) -> Answer {
        let cookies = headers.get_all("cookie").iter().filter_map(|value| value.to_str().ok());
        let refresh =
            cookies.flat_map(|line| line.split(';')).find_map(|one| one.trim().strip_prefix("refreshToken="));
        // used up, whether it still holds or not
        let known = refresh.and_then(|refresh| self.refreshes.remove(refresh));
        let known = known.filter(|(_, until)| *until > now);
        let account = known.and_then(|(identifier, _)| {
            self.access.accounts.iter().find(|one| one.identifier == identifier).cloned()
        });
        let Some(account) = account else {
            return Answer::error(ErrorShape::Flat, 401, "invalid refresh token");
        };
        let token = self.token(&account.identifier, &account.permissions, now);
        let answer = Answer::json(200, json!({ "accessToken": token }).to_string());
        self.with_cookie(answer, &account.identifier, now)
    }

    fn with_cookie(&mut self, answer: Answer, identifier: &str, now: DateTime<Utc>) -> Answer {
        let refresh = format!("r{}-{}", self.issued, now.timestamp_micros());
        self.refreshes.insert(refresh.clone(), (identifier.to_owned(), now + TimeDelta::days(REFRESH_DAYS)));
        let seconds = REFRESH_DAYS * 86_400;
        answer.with(
            "set-cookie",
            format!("refreshToken={refresh}; Max-Age={seconds}; Path=/api/auth; HttpOnly; SameSite=Strict"),
        )
    }

    fn client_credentials(&mut self, headers: &HeaderMap, body: &[u8], now: DateTime<Utc>) -> Answer {
        let form: HashMap<String, String> = url::form_urlencoded::parse(body).into_owned().collect();
        let error = |status: u16, code: &str| Answer::json(status, json!({ "error": code }).to_string());
        match form.get("grant_type").map(String::as_str) {
            Some("client_credentials") => {}
            Some(_) => return error(400, "unsupported_grant_type"),
            None => return error(400, "invalid_request"),
        }
        let Some(client) = self.client(headers, &form) else {
            return error(401, "invalid_client").with("www-authenticate", "Basic realm=\"plataforma\"");
        };
        let asked: Vec<String> = match form.get("scope") {
            Some(scope) => scope.split_whitespace().map(str::to_owned).collect(),
            None => client.scopes.clone(),
        };
        if asked.iter().any(|scope| !client.scopes.contains(scope)) {
            return error(400, "invalid_scope");
        }
        let token = self.token(&client.id, &asked, now);
        let mut answer = json!({ "access_token": token, "token_type": "Bearer", "scope": asked.join(" ") });
        if self.access.says_expires_in {
            answer["expires_in"] = json!(self.access.token_lifetime.as_secs());
        }
        Answer::json(200, answer.to_string()).with("cache-control", "no-store")
    }

    /// The client, by the Basic scheme or by fields of the form.
    fn client(&self, headers: &HeaderMap, form: &HashMap<String, String>) -> Option<Client> {
        let basic = headers.get("authorization").and_then(|value| {
            let encoded = value.to_str().ok()?.strip_prefix("Basic ")?;
            let pair = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
            let (id, secret) = pair.split_once(':')?;
            // each is form-encoded before they are put together (RFC 6749, 2.3.1)
            let plain = |text: &str| {
                let line = format!("x={text}");
                let mut pairs = url::form_urlencoded::parse(line.as_bytes()).into_owned();
                pairs.next().map(|(_, value)| value)
            };
            Some((plain(id)?, plain(secret)?))
        });
        let (id, secret) = match basic {
            Some(pair) => pair,
            None => (form.get("client_id")?.clone(), form.get("client_secret")?.clone()),
        };
        self.access.clients.iter().find(|one| one.id == id && one.secret == secret).cloned()
    }
}

//! Who may read: API keys, users who log in, and clients of OAuth 2.0, each with what it is allowed.

use super::listing::{Generation, Listing};
use super::tokens;
use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;

/// Everything that is read needs one of these.
pub(crate) const ALL_PERMISSIONS: &[&str] =
    &["VIEW_ACTIVITIES", "MANAGE_COMMERCES", "MANAGE_OPERATORS", "tasks:read"];
/// The key of platforms that are not told another.
pub(crate) const USUAL_KEY: &str = "rtn_sk_prueba";
/// The tenant of platforms that are not told another.
pub(crate) const USUAL_TENANT: &str = "7f1c2d3e-4a5b-4c6d-8e9f-0a1b2c3d4e5f";

/// An API key.
#[derive(Debug, Clone)]
pub(crate) struct ApiKey {
    pub(crate) key: String,
    pub(crate) permissions: Vec<String>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

/// A user who logs in.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) identifier: String,
    pub(crate) password: String,
    pub(crate) permissions: Vec<String>,
}

/// A client of OAuth 2.0.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) secret: String,
    /// What it may ask for; all of them where it asks for none.
    pub(crate) scopes: Vec<String>,
}

/// Who is let in, and how tokens are made.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub(crate) keys: Vec<ApiKey>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) clients: Vec<Client>,
    pub(crate) tenant: String,
    /// Where clients ask for tokens: no documentation says.
    pub(crate) token_path: String,
    pub(crate) token_lifetime: Duration,
    /// Whether the answer with a token says `expires_in`.
    pub(crate) says_expires_in: bool,
    /// After so many requests a token is revoked, whatever its `exp` says.
    pub(crate) requests_a_token: Option<u64>,
}

impl Default for Access {
    fn default() -> Self {
        let all = || ALL_PERMISSIONS.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        Self {
            keys: vec![ApiKey { key: USUAL_KEY.to_owned(), permissions: all(), expires_at: None }],
            accounts: vec![Account {
                identifier: "ana@example.com".to_owned(),
                password: "contraseña-larga".to_owned(),
                permissions: all(),
            }],
            clients: vec![Client {
                id: "parte".to_owned(),
                secret: "secreto-de-cliente".to_owned(),
                scopes: all(),
            }],
            tenant: USUAL_TENANT.to_owned(),
            token_path: "/oauth/token".to_owned(),
            token_lifetime: Duration::from_secs(900),
            says_expires_in: true,
            requests_a_token: None,
        }
    }
}

/// What a request shows of who sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Credential {
    None,
    Key(String),
    Bearer(String),
}

impl Credential {
    /// Names of headers are case-insensitive; a key goes before a token.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| {
            headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        if let Some(key) = text("x-api-key") {
            return Self::Key(key);
        }
        let bearer = text("authorization").and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
        });
        bearer.map_or(Self::None, Self::Bearer)
    }

    /// What the limit counts by, and the log shows.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Key(key) => format!("key {key}"),
            Self::Bearer(token) => format!("bearer {token}"),
        }
    }

    /// Who it is for the limit: a fresh token is no fresh allowance.
    pub(crate) fn holder(&self) -> String {
        match self {
            Self::Bearer(token) => {
                match tokens::claims(token).as_ref().and_then(|claims| claims["sub"].as_str()) {
                    Some(subject) => format!("subject {subject}"),
                    None => self.name(),
                }
            }
            _ => self.name(),
        }
    }
}

/// Why a request is not let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) message: String,
}

fn refused(status: u16, message: impl Into<String>) -> Refused {
    Refused { status, message: message.into() }
}

/// The gate: who is let in, and the tokens that were given out.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) access: Access,
    secret: [u8; 32],
    /// Tokens and keys that hold no longer.
    revoked: Vec<String>,
    /// Requests under each token.
    used: HashMap<String, u64>,
    /// Refresh tokens that hold, with whose they are and until when.
    pub(super) refreshes: HashMap<String, (String, DateTime<Utc>)>,
    /// Tokens that were given out.
    pub(crate) issued: u64,
}

impl Gate {
    pub(crate) fn new(access: Access, seed: u64) -> Self {
        let mut secret = [7_u8; 32];
        secret[..8].copy_from_slice(&seed.to_le_bytes());
        Self {
            access,
            secret,
            revoked: Vec::new(),
            used: HashMap::new(),
            refreshes: HashMap::new(),
            issued: 0,
        }
    }

    /// A key or a token that holds no longer.
    pub(crate) fn revoke(&mut self, key_or_token: &str) {
        self.revoked.push(key_or_token.to_owned());
    }

    /// A token for somebody with these permissions.
    pub(crate) fn token(&mut self, subject: &str, permissions: &[String], now: DateTime<Utc>) -> String {
        self.issued += 1;
        let lifetime =
            i64::try_from(self.access.token_lifetime.as_secs()).unwrap_or(i64::MAX).min(i64::MAX / 4);
        let claims = json!({
            "iss": "plataforma",
            "sub": subject,
            "tenant": self.access.tenant,
            "permissions": permissions,
            "scope": permissions.join(" "),
            "iat": now.timestamp(),
            "exp": now.timestamp() + lifetime,
            "jti": self.issued.to_string(),
        });
        tokens::signed(&self.secret, &claims)
    }

    /// Whether a request may read a list, or one row of it.
    ///
    /// # Errors
    /// 401 where it is not known who asks, 403 where that one may not.
    pub(crate) fn admit(
        &mut self,
        listing: Listing,
        credential: &Credential,
        tenant: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), Refused> {
        let generation = listing.generation();
        let permissions = match credential {
            Credential::Key(key) if generation != Generation::Draft => self.key(key, now)?,
            Credential::Bearer(token) if matches!(generation, Generation::Core | Generation::Draft) => {
                let claims = self.bearer(token, now)?;
                if generation == Generation::Core {
                    let tenant = tenant.ok_or_else(|| refused(403, "x-tenant-id header is required"))?;
                    if claims["tenant"] != *tenant {
                        return Err(refused(403, "no access to this tenant"));
                    }
                }
                let permissions = claims["permissions"].as_array().cloned().unwrap_or_default();
                permissions.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            Credential::Key(_) => return Err(refused(401, "a bearer token is required")),
            Credential::Bearer(_) => return Err(refused(401, "an API key is required")),
            Credential::None => return Err(refused(401, "Unauthorized")),
        };
        match listing.permission() {
            Some(needed) if !permissions.iter().any(|one| one == needed) => {
                Err(refused(403, format!("missing permission: {needed}")))
            }
            _ => Ok(()),
        }
    }

    fn key(&self, key: &str, now: DateTime<Utc>) -> Result<Vec<String>, Refused> {
        let known = self.access.keys.iter().find(|one| one.key == key);
        let known = known.ok_or_else(|| refused(401, "invalid API key"))?;
        if self.revoked.iter().any(|one| one == key) {
            return Err(refused(401, "API key revoked"));
        }
        if known.expires_at.is_some_and(|at| at <= now) {
            return Err(refused(401, "API key expired"));
        }
        Ok(known.permissions.clone())
    }

    fn bearer(&mut self, token: &str, now: DateTime<Utc>) -> Result<Value, Refused> {
        let claims =
            tokens::verified(&self.secret, token, now.timestamp()).map_err(|why| refused(401, why))?;
        if self.revoked.iter().any(|one| one == token) {
            return Err(refused(401, "token revoked"));
        }
        let used = self.used.entry(token.to_owned()).or_default();
        *used += 1;
        if self.access.requests_a_token.is_some_and(|most| *used > most) {
            return Err(refused(401, "token revoked"));
        }
        Ok(claims)
    }
}

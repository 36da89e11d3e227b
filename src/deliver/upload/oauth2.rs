//! Tokens of an authorization server (OAuth 2.0, client credentials). One is asked for once, however many deliveries wait
//! for it, and kept in memory alone until it ends or is turned down.

use super::exchange::{Caller, Lost, Partner};
use super::verdict::field;
use crate::definition::{HttpEndpoint, OAuth2, Secret};
use crate::deliver::Outcome;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use url::form_urlencoded::{Serializer, byte_serialize};

/// A token is renewed so long before its end: the request that carries it takes time too.
const MARGIN: Duration = Duration::from_secs(20);

/// A token, as long as it lasts.
#[derive(Clone)]
pub struct Token {
    pub(super) value: Arc<Secret>,
    /// `None` when the server did not say.
    until: Option<Instant>,
}

impl Token {
    fn lasts(&self) -> bool {
        self.until.is_none_or(|until| Instant::now() < until)
    }
}

type Slot = Arc<tokio::sync::Mutex<Option<Token>>>;

/// What tokens are kept under: everything that a request for one says.
type Asked = [u8; 32];

/// A token for this login; `refused` is one that the API has just turned down.
pub(super) async fn token(
    caller: &Caller<'_>,
    login: &OAuth2,
    private: bool,
    refused: Option<&Token>,
) -> Result<Token, Outcome> {
    let Some(secret) = &login.client_secret else {
        return Err(Outcome::refused(format!(
            "the client secret of {} is not set; set the variable that its `auth` names",
            caller.name
        )));
    };
    let slot = slot(login, secret);
    // whoever comes while one asks waits here for the answer
    let mut kept = slot.lock().await;
    if let Some(token) = kept.as_ref().filter(|token| token.lasts())
        && refused.is_none_or(|refused| refused.value.expose() != token.value.expose())
    {
        return Ok(token.clone());
    }
    *kept = None;
    let token = ask(caller, login, secret, private).await?;
    *kept = Some(token.clone());
    Ok(token)
}

/// Is a token kept that lasts, so that nobody needs to be asked for one?
pub(super) async fn is_kept(login: &OAuth2, refused: Option<&Token>) -> bool {
    let Some(secret) = &login.client_secret else { return false };
    let slot = slot(login, secret);
    let kept = slot.lock().await;
    kept.as_ref().is_some_and(|token| {
        token.lasts() && refused.is_none_or(|refused| refused.value.expose() != token.value.expose())
    })
}

fn slot(login: &OAuth2, secret: &Secret) -> Slot {
    static KEPT: OnceLock<Mutex<HashMap<Asked, Slot>>> = OnceLock::new();
    let mut asked = Sha256::new();
    let scope = login.scope.as_deref().unwrap_or_default();
    for part in [login.token_url.as_str(), &login.client_id, scope, secret.expose()] {
        asked.update((part.len() as u64).to_be_bytes());
        asked.update(part);
    }
    let mut kept = KEPT.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(kept.entry(asked.finalize().into()).or_default())
}

fn form(login: &OAuth2) -> String {
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials");
    if let Some(scope) = &login.scope {
        form.append_pair("scope", scope);
    }
    form.finish()
}

async fn ask(caller: &Caller<'_>, login: &OAuth2, secret: &Secret, private: bool) -> Result<Token, Outcome> {
    let endpoint = HttpEndpoint { private, ..HttpEndpoint::new(login.token_url.clone()) };
    let partner = Partner::meet(caller.clone(), &endpoint, caller.timeout).await?;
    // RFC 6749, 2.3.1: both are form-encoded before they are joined
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let pair = partner.basic(&encoded(&login.client_id), &encoded(secret.expose()));
    let request = partner
        .client()
        .post(login.token_url.clone())
        .header(AUTHORIZATION, pair)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ACCEPT, "application/json")
        .body(form(login));
    let begun = Instant::now();
    let response = partner.execute(partner.built(request)?, Lost::AskAgain).await?;
    if !response.status().is_success() {
        partner.judge(response, "the request for a token").await?;
        return Err(Outcome::refused(format!("{} gave no token", partner.at())));
    }
    // never quoted: it holds the token
    let answer = partner.json(response, "the request for a token").await?;
    let word = |name: &str| field(&answer, name);
    let Some(value) = word("access_token").filter(|token| token.bytes().all(|b| b.is_ascii_graphic())) else {
        return Err(Outcome::refused(format!(
            "{} answered the request for a token without an `access_token`; check `token_url` of {}",
            partner.at(),
            caller.name
        )));
    };
    if word("token_type").is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err(Outcome::refused(format!(
            "{} gave a token of another kind than Bearer; ask the operator for one",
            partner.at()
        )));
    }
    let lasts = word("expires_in").and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
    let until = lasts.and_then(|lasts| begun.checked_add(lasts.saturating_sub(MARGIN.min(lasts / 2))));
    Ok(Token { value: Arc::new(Secret::new(value)), until })
}

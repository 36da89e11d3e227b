//! Who we are in a request: a key, a token of an authorization server, or that of a login.

use super::{Client, REFUSAL, Try, ended};
use crate::definition::ApiLogin;
use crate::deliver::Token;
use crate::sync::answer::{is_passing, wish, words};
use crate::sync::error::Fault;
use crate::sync::json;
use crate::sync::listing::joined;
use crate::sync::session::{LOGIN, REFRESH, Session};
use reqwest::Request;
use reqwest::header::{ACCEPT, CONTENT_TYPE, COOKIE};
use std::time::Instant;

/// What the API turned down, where another can be had.
pub(super) enum Refused {
    OAuth2(Token),
    Login(String),
}

impl Client<'_> {
    /// Puts the login into a request; what it was, where another can be had.
    pub(super) async fn sign<T>(
        &self,
        request: &mut Request,
        refused: Option<&Refused>,
    ) -> Result<Option<Refused>, Try<T>> {
        let Some(login) = &self.source.login else {
            let refused = match refused {
                Some(Refused::OAuth2(token)) => Some(token),
                _ => None,
            };
            if self.partner.asks_for_a_token(refused).await {
                self.place().await?;
            }
            let token = self.partner.signed(request, refused).await.map_err(ended)?;
            return Ok(token.map(Refused::OAuth2));
        };
        let refused = match refused {
            Some(Refused::Login(token)) => Some(token.as_str()),
            _ => None,
        };
        // whoever comes while one logs in waits here for the token
        let mut session = self.session.lock().await;
        let token = match session.token(refused) {
            Some(token) => token.value.clone(),
            None => self.log_in(login, &mut session).await?,
        };
        drop(session);
        self.partner.bear(request, &token).map_err(ended)?;
        Ok(Some(Refused::Login(token)))
    }

    /// A token: by the cookie of the last login, else by the password.
    async fn log_in<T>(&self, login: &ApiLogin, session: &mut Session) -> Result<String, Try<T>> {
        if let Some(cookie) = session.cookie.clone() {
            let url = joined(&self.source.endpoint.url, REFRESH);
            let request =
                self.partner.client().post(url).header(ACCEPT, "application/json").header(COOKIE, &cookie);
            self.partner.keep(cookie.split_once('=').map_or("", |(_, value)| value));
            if let Ok(token) = self.token::<T>(request, REFRESH, session).await {
                return Ok(token);
            }
            session.cookie = None;
        }
        if let Some(denied) = &session.denied {
            return Err(denied.clone().into());
        }
        let Some(password) = &login.password else {
            return Err(Fault::new("its password is not set", "set the variable that `auth` names").into());
        };
        self.partner.keep(password.expose());
        let body = serde_json::json!({ "identifier": login.user, "password": password.expose() }).to_string();
        let url = joined(&self.source.endpoint.url, LOGIN);
        let request = self
            .partner
            .client()
            .post(url)
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/json")
            .body(body);
        let token = self.token(request, LOGIN, session).await;
        if let Err(Try::Never(fault)) = &token {
            session.denied = Some(fault.clone());
        }
        token
    }

    async fn token<T>(
        &self,
        request: reqwest::RequestBuilder,
        path: &str,
        session: &mut Session,
    ) -> Result<String, Try<T>> {
        let request = self.partner.built(request).map_err(ended)?;
        let begun = Instant::now();
        let response = self.send(request).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let about = self.about(path, None);
        let body = self.body(response, REFUSAL).await.ok().flatten().unwrap_or_default();
        if !status.is_success() {
            let said = self.partner.covered(&words(&body));
            let fault = about.refused(status, &said, None);
            return Err(if is_passing(status) {
                Try::Again { fault, after: wish(&headers, (self.now)()) }
            } else {
                Try::Never(fault)
            });
        }
        // never quoted: it holds the token
        let answer = match json::read(&body) {
            Ok(answer) => answer.value,
            Err(why) => return Err(about.not_json(&why, body.len()).into()),
        };
        session.take(&answer, &headers, begun).map(|token| token.value.clone()).ok_or_else(|| {
            Fault::new(
                format!("{} answered {path} without an `accessToken`", self.partner.at()),
                format!("check `url` of [sources.{}], or use a key: auth = {{ api_key = \"...\" }}", self.id),
            )
            .into()
        })
    }
}

//! One server over HTTP: who it is, who we are there, and a request that gets an answer. Never: redirects, proxies,
//! private addresses that the definition does not name.

use super::address::{Guard, PrivateAddress};
use super::oauth2::{self, Token};
use super::signing;
use super::told::Told;
use super::verdict::{Peer, read};
use crate::clock;
use crate::definition::{Channel, HttpEndpoint, Secret, UploadAuth, signing_key};
use crate::deliver::Outcome;
use crate::deliver::answer::{cause, causes, place, seconds};
use crate::deliver::tls::{certificate_fault, client_config};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Body, Client, Request, RequestBuilder, Response, StatusCode};
use std::path::Path;
use std::time::Duration;

/// What a request means whose answer is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// Twice is once: PUT, and whatever changes nothing.
    AskAgain,
    /// It may have been done.
    InDoubt,
}

/// Who speaks to a server: a channel, or whoever else the definition has speak HTTP.
#[derive(Clone)]
pub struct Caller<'a> {
    /// What people know it as: `channel portal`.
    pub name: String,
    /// A PEM file with certificates to trust beside the system's.
    pub ca: Option<&'a Path>,
    /// How long one answer may take.
    pub timeout: Duration,
}

impl<'a> From<&'a Channel> for Caller<'a> {
    fn from(channel: &'a Channel) -> Self {
        Self { name: format!("channel {}", channel.id), ca: channel.ca.as_deref(), timeout: channel.timeout }
    }
}

/// A server and the client that speaks to it.
pub struct Partner<'a> {
    caller: Caller<'a>,
    endpoint: &'a HttpEndpoint,
    peer: Peer<'a>,
    client: Client,
    patience: Duration,
}

impl<'a> Partner<'a> {
    /// Makes ready for an endpoint whose url stands in the definition (or on a host that does).
    ///
    /// # Errors
    /// Certificates that cannot be used.
    pub async fn meet(
        caller: impl Into<Caller<'a>>,
        endpoint: &'a HttpEndpoint,
        patience: Duration,
    ) -> Result<Self, Outcome> {
        let caller = caller.into();
        let url = &endpoint.url;
        let client = Client::builder()
            .tls_backend_preconfigured(client_config(caller.ca).await?)
            // the body and its credentials go to the host that the definition names, or nowhere
            .redirect(Policy::none())
            .no_proxy()
            .dns_resolver(Guard::of(url, endpoint.private))
            .connect_timeout(caller.timeout)
            // The whole exchange: were it over with the connection's own patience, one that never came about would look like an
            // answer that is lost.
            .timeout(caller.timeout + patience)
            .user_agent(concat!("parte/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Outcome::refused(format!("HTTP cannot be set up: {}", causes(&error))))?;
        let at = place(
            url.host_str().unwrap_or_default().trim_matches(['[', ']']),
            url.port_or_known_default().unwrap_or_default(),
        );
        let peer = Peer { at, caller: caller.name.clone(), endpoint, told: Told::default() };
        Ok(Self { caller, endpoint, peer, client, patience })
    }

    /// The client, to make requests with.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Host and port, for sentences.
    #[must_use]
    pub fn at(&self) -> &str {
        &self.peer.at
    }

    /// A request, made.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn built(&self, request: RequestBuilder) -> Result<Request, Outcome> {
        request.build().map_err(|error| self.failed(Lost::AskAgain, error))
    }

    /// Sends under the channel's login. A token that is turned down is replaced once; what is sent then is the same
    /// buffer.
    pub(in crate::deliver) async fn send(
        &self,
        request: RequestBuilder,
        key: &str,
        lost: Lost,
    ) -> Result<Response, Outcome> {
        let mut request = self.built(request)?;
        let UploadAuth::OAuth2(login) = &self.endpoint.auth else {
            self.authorize(&mut request, key)?;
            return self.execute(request, lost).await;
        };
        let mut again = request.try_clone();
        let token = oauth2::token(&self.caller, login, self.endpoint.private, None).await?;
        self.bear(&mut request, token.value.expose())?;
        let response = self.execute(request, lost).await?;
        let Some(mut again) = again.take_if(|_| response.status() == StatusCode::UNAUTHORIZED) else {
            return Ok(response);
        };
        let token = oauth2::token(&self.caller, login, self.endpoint.private, Some(&token)).await?;
        self.bear(&mut again, token.value.expose())?;
        self.execute(again, lost).await
    }

    /// Puts the login into a request, for whoever counts each request and each one that is sent again. The token that it bears, where
    /// there is one; `refused` is one that the API has just turned down.
    ///
    /// # Errors
    /// A secret that is not set or no header can hold; no token.
    pub async fn signed(
        &self,
        request: &mut Request,
        refused: Option<&Token>,
    ) -> Result<Option<Token>, Outcome> {
        let UploadAuth::OAuth2(login) = &self.endpoint.auth else {
            self.authorize(request, "")?;
            return Ok(None);
        };
        let token = oauth2::token(&self.caller, login, self.endpoint.private, refused).await?;
        self.bear(request, token.value.expose())?;
        Ok(Some(token))
    }

    /// Would [`Self::signed`] ask a server for a token first?
    pub async fn asks_for_a_token(&self, refused: Option<&Token>) -> bool {
        match &self.endpoint.auth {
            UploadAuth::OAuth2(login) => !oauth2::is_kept(login, refused).await,
            _ => false,
        }
    }

    /// Sends as it is.
    ///
    /// # Errors
    /// No answer: to be tried again, or never.
    pub async fn execute(&self, request: Request, lost: Lost) -> Result<Response, Outcome> {
        self.client.execute(request).await.map_err(|error| self.failed(lost, error))
    }

    /// What the answer comes to; `what` names the thing that was sent.
    pub(in crate::deliver) async fn judge(&self, response: Response, what: &str) -> Result<String, Outcome> {
        self.peer.judge(response, what).await
    }

    /// The same of the answer to what was delivered: 410 then speaks for the whole channel.
    pub(in crate::deliver) async fn judge_delivery(
        &self,
        response: Response,
        what: &str,
    ) -> Result<String, Outcome> {
        let gone = response.status() == StatusCode::GONE;
        match self.judge(response, what).await {
            Err(Outcome::Refused { error }) if gone => {
                let channel = &self.caller.name;
                Err(Outcome::Gone { error: format!("{error}; {channel} is disabled until then") })
            }
            judged => judged,
        }
    }

    /// An answer as JSON, never quoted. One that breaks off is asked for again.
    pub(in crate::deliver) async fn json(
        &self,
        response: Response,
        what: &str,
    ) -> Result<serde_json::Value, Outcome> {
        let mut body = Vec::new();
        read(response, &mut body).await.map_err(|error| self.failed(Lost::AskAgain, error))?;
        serde_json::from_slice(&body).map_err(|error| {
            Outcome::refused(format!(
                "{} answered {what} with something that is not JSON (line {}); check the addresses of {}",
                self.peer.at,
                error.line(),
                self.caller.name
            ))
        })
    }

    fn authorize(&self, request: &mut Request, key: &str) -> Result<(), Outcome> {
        match &self.endpoint.auth {
            UploadAuth::None | UploadAuth::OAuth2(_) => Ok(()),
            UploadAuth::Bearer(token) => self.bear(request, self.value(token)?.expose()),
            UploadAuth::Basic(user, password) => {
                let pair = self.basic(user, self.value(password)?.expose());
                self.put(request, AUTHORIZATION.as_str(), &pair)
            }
            UploadAuth::ApiKey(header, value) => {
                let value = self.value(value)?.expose();
                self.peer.told.keep(value);
                self.put(request, header, value)
            }
            UploadAuth::Hmac(secret) => {
                let body = request.body().and_then(Body::as_bytes).unwrap_or_default();
                let signed = signing_key(self.value(secret)?)
                    .and_then(|bytes| {
                        signing::headers(&bytes, &signing::id(key), clock::now().timestamp(), body)
                    })
                    .ok_or_else(|| {
                        Outcome::refused(format!(
                            "the signing key of {} is not whsec_ and base64; take it again from the operator",
                            self.caller.name
                        ))
                    })?;
                signed.iter().try_for_each(|(name, value)| self.put(request, name, value))
            }
        }
    }

    /// The value of a header for a user and a password.
    pub(super) fn basic(&self, user: &str, password: &str) -> String {
        let pair = STANDARD.encode(format!("{user}:{password}"));
        self.peer.told.keep(password);
        self.peer.told.keep(&pair);
        format!("Basic {pair}")
    }

    /// Puts a token into a request; answers that repeat it are covered.
    ///
    /// # Errors
    /// No header can hold it.
    pub fn bear(&self, request: &mut Request, token: &str) -> Result<(), Outcome> {
        self.peer.told.keep(token);
        self.put(request, AUTHORIZATION.as_str(), &format!("Bearer {token}"))
    }

    fn put(&self, request: &mut Request, header: &str, value: &str) -> Result<(), Outcome> {
        let (header, mut value) =
            HeaderName::try_from(header).ok().zip(HeaderValue::try_from(value).ok()).ok_or_else(|| {
                Outcome::refused(format!(
                    "the secret of {} or the name of its header holds characters that a header cannot",
                    self.caller.name
                ))
            })?;
        value.set_sensitive(true);
        request.headers_mut().insert(header, value);
        Ok(())
    }

    fn value<'s>(&self, secret: &'s Option<Secret>) -> Result<&'s Secret, Outcome> {
        secret.as_ref().ok_or_else(|| {
            Outcome::refused(format!(
                "the secret of {} is not set; set the variable that its `auth` names",
                self.caller.name
            ))
        })
    }

    /// A text of the server with the secrets covered that it was told.
    #[must_use]
    pub fn covered(&self, text: &str) -> String {
        self.peer.told.covered(text)
    }

    /// Secrets that answers may repeat, to be covered there.
    pub fn keep(&self, secret: &str) {
        self.peer.told.keep(secret);
    }

    /// What it comes to that no answer came, or only a part of it.
    #[must_use]
    pub fn failed(&self, lost: Lost, error: reqwest::Error) -> Outcome {
        let at = self.at();
        // the query may hold a signature
        let error = error.without_url();
        if let Some(private) = cause::<PrivateAddress>(&error) {
            return Outcome::refused(format!(
                "{private}; nothing was sent: write private = true into {} if that is meant",
                self.caller.name
            ));
        }
        let words = causes(&error);
        if let Some(fault) = certificate_fault(&words) {
            let fault = match self.caller.name.starts_with("channel ") {
                true => fault.to_owned(),
                false => fault.replace("the channel", &self.caller.name),
            };
            return Outcome::refused(format!("{at} cannot be trusted: {fault}"));
        }
        if error.is_builder() {
            return Outcome::refused(format!("the request to {at} cannot be made: {words}"));
        }
        if error.is_connect() {
            return Outcome::retry(format!("{at} cannot be reached: {words}"));
        }
        let what = if error.is_timeout() {
            format!("{at} gave no answer within {}", seconds(self.patience))
        } else {
            format!("the connection to {at} was lost before it answered: {words}")
        };
        match lost {
            Lost::AskAgain => Outcome::retry(what),
            Lost::InDoubt => Outcome::InDoubt { error: format!("{what}; it may or may not have stored it") },
        }
    }
}

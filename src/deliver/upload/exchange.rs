//! One server over HTTP: who it is, who we are there, and a request that gets an answer. Never: redirects, proxies,
//! private addresses that the definition does not name.

use super::address::{Guard, PrivateAddress};
use super::told::Told;
use super::verdict::{Peer, read};
use super::{oauth2, signing};
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
use std::time::Duration;

/// What a request means whose answer is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::deliver) enum Lost {
    /// Twice is once: PUT, and whatever changes nothing.
    AskAgain,
    /// It may have been done.
    InDoubt,
}

/// A server and the client that speaks to it.
pub(in crate::deliver) struct Partner<'a> {
    channel: &'a Channel,
    endpoint: &'a HttpEndpoint,
    peer: Peer<'a>,
    client: Client,
    patience: Duration,
}

impl<'a> Partner<'a> {
    /// Makes ready for an endpoint whose url stands in the definition (or on a host that does).
    pub(in crate::deliver) async fn meet(
        channel: &'a Channel,
        endpoint: &'a HttpEndpoint,
        patience: Duration,
    ) -> Result<Self, Outcome> {
        let url = &endpoint.url;
        let client = Client::builder()
            .tls_backend_preconfigured(client_config(channel.ca.as_deref()).await?)
            // the body and its credentials go to the host that the definition names, or nowhere
            .redirect(Policy::none())
            .no_proxy()
            .dns_resolver(Guard::of(url, endpoint.private))
            .connect_timeout(channel.timeout)
            // The whole exchange: were it over with the connection's own patience, one that never came about would look like an
            // answer that is lost.
            .timeout(channel.timeout + patience)
            .user_agent(concat!("parte/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Outcome::refused(format!("HTTP cannot be set up: {}", causes(&error))))?;
        let at = place(
            url.host_str().unwrap_or_default().trim_matches(['[', ']']),
            url.port_or_known_default().unwrap_or_default(),
        );
        Ok(Self {
            channel,
            endpoint,
            peer: Peer { at, channel: channel.id.as_str(), endpoint, told: Told::default() },
            client,
            patience,
        })
    }

    pub(in crate::deliver) fn client(&self) -> &Client {
        &self.client
    }

    /// Host and port, for sentences.
    pub(in crate::deliver) fn at(&self) -> &str {
        &self.peer.at
    }

    pub(in crate::deliver) fn built(&self, request: RequestBuilder) -> Result<Request, Outcome> {
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
        let token = oauth2::token(self.channel, login, self.endpoint.private, None).await?;
        self.bear(&mut request, token.value.expose())?;
        let response = self.execute(request, lost).await?;
        let Some(mut again) = again.take_if(|_| response.status() == StatusCode::UNAUTHORIZED) else {
            return Ok(response);
        };
        let token = oauth2::token(self.channel, login, self.endpoint.private, Some(&token)).await?;
        self.bear(&mut again, token.value.expose())?;
        self.execute(again, lost).await
    }

    /// Sends as it is.
    pub(in crate::deliver) async fn execute(
        &self,
        request: Request,
        lost: Lost,
    ) -> Result<Response, Outcome> {
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
                let channel = &self.channel.id;
                Err(Outcome::Gone { error: format!("{error}; channel {channel} is disabled until then") })
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
                "{} answered {what} with something that is not JSON (line {}); check the addresses of channel {}",
                self.peer.at,
                error.line(),
                self.channel.id
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
                            "the signing key of channel {} is not whsec_ and base64; take it again from the operator",
                            self.channel.id
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

    fn bear(&self, request: &mut Request, token: &str) -> Result<(), Outcome> {
        self.peer.told.keep(token);
        self.put(request, AUTHORIZATION.as_str(), &format!("Bearer {token}"))
    }

    fn put(&self, request: &mut Request, header: &str, value: &str) -> Result<(), Outcome> {
        let (header, mut value) =
            HeaderName::try_from(header).ok().zip(HeaderValue::try_from(value).ok()).ok_or_else(|| {
                Outcome::refused(format!(
                    "the secret of channel {} or the name of its header holds characters that a header cannot",
                    self.channel.id
                ))
            })?;
        value.set_sensitive(true);
        request.headers_mut().insert(header, value);
        Ok(())
    }

    fn value<'s>(&self, secret: &'s Option<Secret>) -> Result<&'s Secret, Outcome> {
        secret.as_ref().ok_or_else(|| {
            Outcome::refused(format!(
                "the secret of channel {} is not set; set the variable that its `auth` names",
                self.channel.id
            ))
        })
    }

    fn failed(&self, lost: Lost, error: reqwest::Error) -> Outcome {
        let at = self.at();
        // the query may hold a signature
        let error = error.without_url();
        if let Some(private) = cause::<PrivateAddress>(&error) {
            return Outcome::refused(format!(
                "{private}; nothing was sent: write private = true into channel {} if that is meant",
                self.channel.id
            ));
        }
        let words = causes(&error);
        if let Some(fault) = certificate_fault(&words) {
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

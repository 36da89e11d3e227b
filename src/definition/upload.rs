//! Channels over HTTP: uploads, S3-compatible stores, webhooks, and who we are there.

use super::{FilePattern, Secret};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

/// A server that speaks HTTP, and how it is spoken to.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpEndpoint {
    /// Where to.
    pub url: Url,
    /// Who we are.
    pub auth: UploadAuth,
    /// Its name may lead to an address of a private network.
    pub private: bool,
    /// Codes that mean that it has been done, beside 2xx.
    pub done_on: Vec<u16>,
    /// The field of its JSON answer that is kept, with dots between the names of nested ones.
    pub receipt: String,
}

impl HttpEndpoint {
    /// The field that is kept when nothing is said.
    pub const RECEIPT: &str = "id";

    /// One without login, with what holds when nothing is said.
    #[must_use]
    pub fn new(url: Url) -> Self {
        Self {
            url,
            auth: UploadAuth::None,
            private: false,
            done_on: Vec::new(),
            receipt: Self::RECEIPT.to_owned(),
        }
    }
}

/// Method of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadMethod {
    /// PUT to the URL with the file name appended.
    Put,
    /// POST of the bytes to the URL.
    Post,
    /// POST of a multipart form with the part `file`.
    Multipart,
}

/// Who we are at an HTTP API. A secret is `None` when it is not set and an outbox stands in.
#[derive(Debug, Clone, PartialEq)]
pub enum UploadAuth {
    /// No authorization.
    None,
    /// `Authorization: Bearer`.
    Bearer(Option<Secret>),
    /// Basic.
    Basic(String, Option<Secret>),
    /// A header of this name.
    ApiKey(String, Option<Secret>),
    /// A token of an authorization server, sent as Bearer.
    OAuth2(OAuth2),
    /// A signature of each request (Standard Webhooks) with this key, `whsec_` and base64.
    Hmac(Option<Secret>),
}

impl UploadAuth {
    /// Is its secret not set?
    #[must_use]
    pub fn lacks_secret(&self) -> bool {
        match self {
            Self::None => false,
            Self::Bearer(secret)
            | Self::Basic(_, secret)
            | Self::ApiKey(_, secret)
            | Self::Hmac(secret)
            | Self::OAuth2(OAuth2 { client_secret: secret, .. }) => secret.is_none(),
        }
    }
}

/// The bytes of a signing key, written `whsec_` and base64 as Standard Webhooks says.
#[must_use]
pub fn signing_key(secret: &Secret) -> Option<Vec<u8>> {
    let written = secret.expose();
    let key = STANDARD.decode(written.strip_prefix("whsec_").unwrap_or(written)).ok()?;
    (!key.is_empty()).then_some(key)
}

/// Client credentials of OAuth 2.0 (RFC 6749, 4.4).
#[derive(Debug, Clone, PartialEq)]
pub struct OAuth2 {
    /// Where tokens are given.
    pub token_url: Url,
    /// Who asks.
    pub client_id: String,
    /// What proves it.
    pub client_secret: Option<Secret>,
    /// What for, with blanks between scopes.
    pub scope: Option<String>,
}

/// `https://`, `http://`
#[derive(Debug, Clone)]
pub struct UploadChannel {
    /// The server.
    pub endpoint: HttpEndpoint,
    /// How.
    pub method: UploadMethod,
    /// Where the address of each file is asked for; the server of `endpoint` then takes it without login.
    pub presign: Option<Presign>,
    /// Names of files there.
    pub file: FilePattern,
}

/// An API that gives an address to put a file to.
#[derive(Debug, Clone)]
pub struct Presign {
    /// Where it is asked.
    pub url: Url,
    /// How.
    pub method: PresignMethod,
    /// The field of its JSON answer with the address, with dots between the names of nested ones.
    pub field: String,
}

impl Presign {
    /// The field that holds the address when nothing is said.
    pub const FIELD: &str = "url";
}

/// How an address is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PresignMethod {
    /// POST of what the file is, as JSON.
    Post,
    /// GET with what the file is in the query.
    Get,
}

/// `webhook+https://`, `webhook+http://`
#[derive(Debug, Clone)]
pub struct WebhookChannel {
    /// The server.
    pub endpoint: HttpEndpoint,
}

/// `s3://bucket/prefix`
#[derive(Debug, Clone)]
pub struct S3Channel {
    /// Where objects go.
    pub store: Store,
    /// An object of that name that is not ours gives way to the new one.
    pub replace: bool,
    /// Names of files there.
    pub file: FilePattern,
}

/// A part of an S3-compatible store: objects are put there, or read from there.
#[derive(Debug, Clone)]
pub struct Store {
    /// Where it is.
    pub endpoint: Url,
    /// The bucket.
    pub bucket: String,
    /// What names of objects begin with, without slashes at its ends; empty for none.
    pub prefix: String,
    /// The region that requests are signed for.
    pub region: String,
    /// The bucket stands in the path of addresses, not in the host's name.
    pub path_style: bool,
    /// Who we are.
    pub access_key: Option<Secret>,
    /// What proves it.
    pub secret_key: Option<Secret>,
    /// The store's name may lead to an address of a private network.
    pub private: bool,
}

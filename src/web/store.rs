//! Objects of S3-compatible stores: signed addresses for whoever asks, lists of what is there, and objects brought into files.

use super::address::{Guard, PrivateAddress};
use super::answer::{cause, causes, cut, place, seconds};
pub(crate) use super::listing::Object;
use super::listing::{element, listed};
use super::trust::{certificate_fault, trusting};
use crate::definition::{Store, StoredFiles};
use reqwest::header::{ETAG, IF_MATCH};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};
use std::io::Write;
use std::time::Duration;
use url::Url;

/// How much longer a signature holds than the peer is waited for: clocks differ.
pub(crate) const SKEW: Duration = Duration::from_secs(900);
/// Slowest line that is waited for, in bytes a second.
const SLOWEST: u64 = 16 * 1024;
/// How often what passes by itself is tried, and the pauses before the second try and the third.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(3)];
/// Most bytes of a list, or of an error, that are read.
const ANSWER: usize = 8 << 20;
/// Parts of a list that are asked for, at most: of a thousand objects each.
const PARTS: usize = 200;

/// Why an address cannot be signed.
#[derive(Debug)]
pub(crate) enum Unsigned {
    /// A key is not set.
    NoKey,
    /// The bucket has no address.
    NoAddress(String),
}

/// The bucket, and who we are there.
pub(crate) fn signed(store: &Store) -> Result<(Bucket, Credentials), Unsigned> {
    let (Some(access), Some(secret)) = (&store.access_key, &store.secret_key) else {
        return Err(Unsigned::NoKey);
    };
    let style = if store.path_style { UrlStyle::Path } else { UrlStyle::VirtualHost };
    let bucket = Bucket::new(store.endpoint.clone(), style, store.bucket.clone(), store.region.clone())
        .map_err(|error| Unsigned::NoAddress(error.to_string()))?;
    Ok((bucket, Credentials::new(access.expose(), secret.expose())))
}

/// Why a store gave nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Lower-case fragment: what is wrong and where.
    pub(crate) what: String,
    /// What to do.
    pub(crate) hint: String,
    /// The same again may do.
    passing: bool,
}

impl Fault {
    fn lasting(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: hint.into(), passing: false }
    }
    fn passing(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: hint.into(), passing: true }
    }
}

const LATER: &str = "nothing was taken from it; the run is tried again as its report says, or run it again";

/// A store that is read.
pub(crate) struct Reader<'a> {
    files: &'a StoredFiles,
    bucket: Bucket,
    credentials: Credentials,
    client: Client,
    at: String,
    whose: String,
}

impl<'a> Reader<'a> {
    /// Makes ready; nothing is asked yet. `whose` is the source, for people. It reads certificates.
    pub(crate) fn new(files: &'a StoredFiles, whose: String) -> Result<Self, Fault> {
        let store = &files.store;
        let (bucket, credentials) = signed(store).map_err(|unsigned| match unsigned {
            Unsigned::NoKey => Fault::lasting(
                format!("a key of {whose} is not set"),
                "set the variables that `access_key` and `secret_key` name",
            ),
            Unsigned::NoAddress(error) => Fault::lasting(
                format!("bucket {} of {whose} has no address: {error}", store.bucket),
                "try path_style = true",
            ),
        })?;
        let url = bucket.base_url();
        let trusted = trusting(files.ca.as_deref(), &whose)
            .map_err(|what| Fault::lasting(format!("TLS cannot be set up: {what}"), "correct `ca`"))?;
        let private = store.private || store.endpoint.host_str() == Some("localhost");
        let client = Client::builder()
            .tls_backend_preconfigured(trusted)
            .redirect(Policy::none())
            .no_proxy()
            .dns_resolver(Guard::of(url, private))
            .connect_timeout(files.timeout)
            .user_agent(concat!("parte/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Fault::lasting(format!("HTTP cannot be set up: {}", causes(&error)), ""))?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let at = place(host, url.port_or_known_default().unwrap_or_default());
        Ok(Self { files, bucket, credentials, client, at, whose })
    }

    /// Everything whose name begins as it must.
    pub(crate) async fn list(&self, beginning: &str) -> Result<Vec<Object>, Fault> {
        let mut all = Vec::new();
        let mut token: Option<String> = None;
        for _ in 0..PARTS {
            let (objects, next) = again(|| self.part(beginning, token.as_deref())).await?;
            all.extend(objects);
            match next {
                Some(next) => token = Some(next),
                None => return Ok(all),
            }
        }
        Err(Fault::lasting(
            format!(
                "bucket {} at {} has more than {} objects there",
                self.files.store.bucket,
                self.at,
                PARTS * 1000
            ),
            "put the files of a source under a prefix of their own",
        ))
    }

    async fn part(
        &self,
        beginning: &str,
        token: Option<&str>,
    ) -> Result<(Vec<Object>, Option<String>), Fault> {
        // Asked of the bucket itself, which is what has no name.
        let mut action = self.bucket.get_object(Some(&self.credentials), "");
        let query = action.query_mut();
        query.insert("list-type", "2");
        query.insert("encoding-type", "url");
        query.insert("prefix", beginning.to_owned());
        if let Some(token) = token {
            query.insert("continuation-token", token.to_owned());
        }
        let url = action.sign(self.files.timeout + SKEW);
        let what = format!("the list of bucket {}", self.files.store.bucket);
        let mut response = self.ask(url, None, &what, self.files.timeout).await?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.lost(&error, &what))? {
            body.extend_from_slice(&chunk);
            if body.len() > ANSWER {
                break;
            }
        }
        listed(&String::from_utf8_lossy(&body)).ok_or_else(|| {
            Fault::lasting(
                format!("{} answered {what} with something that is no list of a store", self.at),
                format!("check `endpoint` of {}", self.whose),
            )
        })
    }

    /// Brings an object, as it was when it was listed, into a file.
    pub(crate) async fn get(&self, object: &Object, into: &std::fs::File) -> Result<(), Fault> {
        again(|| self.brought(object, into)).await
    }

    async fn brought(&self, object: &Object, mut into: &std::fs::File) -> Result<(), Fault> {
        use std::io::Seek as _;
        let key = &object.key;
        let local = |error: std::io::Error| {
            Fault::lasting(
                format!("{key} cannot be kept while it is read: {error}"),
                "make room for temporary files",
            )
        };
        into.set_len(0).and_then(|()| into.rewind()).map_err(local)?;
        let patience = self.files.timeout + Duration::from_secs(object.size / SLOWEST);
        let url = self.bucket.get_object(Some(&self.credentials), key).sign(patience + SKEW);
        let mut response = self.ask(url, Some(&object.tag), key, patience).await?;
        let changed = || {
            Fault::lasting(
                format!("{key} in bucket {} was replaced while it was read", self.files.store.bucket),
                "run the report again",
            )
        };
        let tag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).unwrap_or_default();
        if !object.tag.is_empty() && tag.trim_matches('"') != object.tag.trim_matches('"') {
            return Err(changed());
        }
        let mut arrived: u64 = 0;
        while let Some(chunk) = response.chunk().await.map_err(|error| self.lost(&error, key))? {
            arrived += chunk.len() as u64;
            if arrived > object.size {
                return Err(changed());
            }
            into.write_all(&chunk).map_err(local)?;
        }
        if arrived != object.size {
            let what = format!("{} sent {arrived} of the {} bytes of {key}", self.at, object.size);
            return Err(Fault::passing(what, LATER));
        }
        into.rewind().map_err(local)
    }

    async fn ask(
        &self,
        url: Url,
        tag: Option<&str>,
        what: &str,
        patience: Duration,
    ) -> Result<Response, Fault> {
        let mut request = self.client.get(url).timeout(patience);
        if let Some(tag) = tag.filter(|tag| !tag.is_empty()) {
            request = request.header(IF_MATCH, tag);
        }
        let response = request.send().await.map_err(|error| self.lost(&error, what))?;
        if response.status() == StatusCode::OK {
            Ok(response)
        } else {
            Err(self.refused(response, what).await)
        }
    }

    /// What an answer that is none means.
    async fn refused(&self, mut response: Response, what: &str) -> Fault {
        let status = response.status();
        let mut body = Vec::new();
        while body.len() < 64 << 10
            && let Ok(Some(chunk)) = response.chunk().await
        {
            body.extend_from_slice(&chunk);
        }
        let body = String::from_utf8_lossy(&body);
        let code = element(&body, "Code").map(|code| cut(code, 60)).unwrap_or_default();
        let said = if code.is_empty() { String::new() } else { format!(": {code}") };
        let (at, whose, bucket) = (&self.at, &self.whose, &self.files.store.bucket);
        let error = format!("{at} answered {status} to {what}{said}");
        match (status, code.as_str()) {
            (_, "NoSuchBucket") => {
                Fault::lasting(format!("{at} has no bucket {bucket}"), format!("check `url` of {whose}"))
            }
            (StatusCode::PRECONDITION_FAILED, _) => Fault::lasting(
                format!("{what} in bucket {bucket} was replaced while it was read"),
                "run the report again",
            ),
            (StatusCode::NOT_FOUND, _) => Fault::lasting(
                format!("{what} is gone from bucket {bucket}: it was there when the bucket was listed"),
                "run the report again; whoever tidies up the bucket should leave what is new",
            ),
            (_, "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "InvalidToken" | "ExpiredToken") => {
                Fault::lasting(error, format!("check `access_key` and `secret_key` of {whose}"))
            }
            (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => Fault::lasting(
                error,
                format!(
                    "let the keys of {whose} list the bucket and read its objects (s3:ListBucket, s3:GetObject)"
                ),
            ),
            _ if status.is_redirection() => Fault::lasting(
                error,
                format!("check `endpoint` and `region` of {whose}; redirects are not followed"),
            ),
            (StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS, _) => Fault::passing(error, LATER),
            _ if status.is_server_error() => Fault::passing(error, LATER),
            _ => Fault::lasting(error, format!("check `endpoint` and `url` of {whose}")),
        }
    }

    /// What a connection that gave no whole answer means.
    fn lost(&self, error: &reqwest::Error, what: &str) -> Fault {
        let (at, whose) = (&self.at, &self.whose);
        if let Some(private) = cause::<PrivateAddress>(error) {
            return Fault::lasting(
                private.to_string(),
                format!("write private = true into {whose} if that is meant"),
            );
        }
        // Addresses hold a signature, and are not among the causes.
        let words = causes(error).split(" for url (").next().unwrap_or_default().to_owned();
        if let Some(fault) = certificate_fault(&causes(error), whose) {
            return Fault::lasting(format!("{at} cannot be trusted"), fault);
        }
        if error.is_connect() {
            return Fault::passing(
                format!("{at} cannot be reached: {words}"),
                format!("check `endpoint` of {whose}, and that the store runs"),
            );
        }
        if error.is_timeout() {
            let time = seconds(self.files.timeout);
            return Fault::passing(format!("{at} did not send {what} in time (`timeout` {time})"), LATER);
        }
        Fault::passing(format!("the connection to {at} was cut in the middle of {what}"), LATER)
    }
}

/// Tries what passes by itself once more, and once more.
async fn again<T, F: Future<Output = Result<T, Fault>>>(ask: impl Fn() -> F) -> Result<T, Fault> {
    for pause in PAUSES {
        match ask().await {
            Err(fault) if fault.passing => {
                tracing::debug!(error = fault.what, "asked again");
                tokio::time::sleep(pause).await;
            }
            other => return other,
        }
    }
    ask().await
}

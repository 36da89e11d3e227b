//! How these tests ask: with a client that knows nothing of the mock.

use crate::platform::Platform;
use serde_json::Value;
use std::time::Duration;

/// An answer, read to its end.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) headers: reqwest::header::HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answered {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// A client that gives up after ten seconds, follows nothing and keeps no connection for the next test.
pub(super) fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(10))
        .build()
        .unwrap()
}

/// Sends a request and reads all of the answer.
pub(super) async fn read(request: reqwest::RequestBuilder) -> Result<Answered, reqwest::Error> {
    let answer = request.send().await?;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Ok(Answered { status, headers, body: answer.bytes().await?.to_vec() })
}

/// `GET` with the platform's usual key.
pub(super) async fn get(platform: &Platform, path: &str) -> Answered {
    try_get(platform, path).await.unwrap()
}

/// `GET` with the platform's usual key, where no answer may come.
pub(super) async fn try_get(platform: &Platform, path: &str) -> Result<Answered, reqwest::Error> {
    let url = format!("{}{path}", platform.url());
    read(client().get(url).header("X-API-Key", platform.key())).await
}

//! The log of all requests: the judge's record of what a client did.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use std::time::Duration;

/// A request and what it was answered.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// From 1.
    pub(crate) number: u64,
    /// When it came, since the platform was started; by a clock that is never set back.
    pub(crate) after: Duration,
    /// When it came, by the machine's clock.
    pub(crate) at: DateTime<Utc>,
    pub(crate) method: String,
    pub(crate) path: String,
    /// As it was written, without the question mark.
    pub(crate) query: String,
    /// `key KEY`, `bearer TOKEN`, or nothing.
    pub(crate) credential: String,
    /// Headers of the request, names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// `None` until it is answered, and for ever where it never is.
    pub(crate) status: Option<u16>,
    /// What was done to the answer.
    pub(crate) fault: Option<String>,
    pub(crate) rows: usize,
    /// Bytes of the answer's body, before a fault cut it.
    pub(crate) bytes: usize,
    /// Until the answer was made.
    pub(crate) took: Option<Duration>,
}

impl Entry {
    /// A header of the request.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }

    /// A parameter of its query.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let mut parameters = url::form_urlencoded::parse(self.query.as_bytes());
        parameters.find(|(one, _)| one == name).map(|(_, value)| value.into_owned())
    }

    /// As `GET /_log` shows it.
    pub(crate) fn json(&self) -> Value {
        json!({
            "number": self.number,
            "after_ms": self.after.as_secs_f64() * 1000.0,
            "at": self.at.to_rfc3339_opts(SecondsFormat::Millis, true),
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "credential": self.credential,
            "status": self.status,
            "fault": self.fault,
            "rows": self.rows,
            "bytes": self.bytes,
            "took_ms": self.took.map(|took| took.as_secs_f64() * 1000.0),
        })
    }
}

/// What a platform has seen, in figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Requests that came.
    pub(crate) requests: u64,
    /// Of these, over the limit and refused.
    pub(crate) refused: u64,
    /// Connections that were opened.
    pub(crate) connections: u64,
    /// Requests that are being answered right now: who hung up is gone as soon as the platform notices it.
    pub(crate) at_once: u64,
    /// The most that were being answered at once.
    pub(crate) most_at_once: u64,
    /// Tokens that were given out, by logging in, refreshing and the token endpoint.
    pub(crate) tokens: u64,
}

/// The most requests in any stretch of so long, answered or refused: what a client did, whatever the limit was.
pub(crate) fn busiest<'a>(entries: impl IntoIterator<Item = &'a Entry>, window: Duration) -> usize {
    let mut arrivals: Vec<Duration> = entries.into_iter().map(|entry| entry.after).collect();
    arrivals.sort_unstable();
    let mut first = 0;
    let mut most = 0;
    for (last, at) in arrivals.iter().enumerate() {
        while at.saturating_sub(arrivals[first]) >= window {
            first += 1;
        }
        most = most.max(last - first + 1);
    }
    most
}

//! A request until it is answered for good: within the limit, under the login, tried again as long as that can help. Never: what an
//! answer means, writing rows.

mod login;
mod places;

use super::answer::{About, is_passing, wish, words};
use super::budget::Budget;
use super::copy::Copy;
use super::declared::Declared;
use super::error::{Extent, Fault, Tried};
use super::json::{self, NotJson};
use super::run::{Clock, Progress};
use super::session::Session;
use crate::definition::{ApiSource, FrameName};
use crate::deliver::{Caller, Lost, Outcome, Partner};
use crate::web::answer::seconds;
use chrono::{DateTime, Utc};
use login::Refused;
use reqwest::header::{ACCEPT, ETAG, HeaderValue, IF_NONE_MATCH, LOCATION};
use reqwest::{Request, Response, StatusCode};
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, Semaphore};
use url::Url;

/// The longest time between two of them when the server has no wish of its own.
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);
/// What is kept when reading ends in its middle.
pub(super) const KEPT: &str = "what was read is kept: the next sync goes on from there";
/// Most bytes of one answer.
const LARGEST: usize = 64_000_000;
/// Most bytes of a refusal that are read.
const REFUSAL: usize = 64 * 1024;

/// How long one waits for an answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// How often one request is made, the first time among them.
    pub(super) tries: u32,
    /// How long the first try again waits, at most.
    pub(super) backoff: Duration,
    /// The longest wish of the server that is waited for.
    pub(super) wish: Duration,
    /// The longest time that the limit is waited for; `None`: as long as it takes.
    pub(super) limit: Option<Duration>,
}

impl Patience {
    /// Of a sync: after a longer wish it ends, and goes on when it is run again.
    pub(super) fn of_sync(backoff: Duration) -> Self {
        Self { tries: 7, backoff, wish: Duration::from_secs(15 * 60), limit: None }
    }
}

/// What is asked.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) url: &'a Url,
    pub(super) path: &'a str,
    pub(super) frame: FrameName,
    /// What the answer was marked with the last time.
    pub(super) mark: Option<&'a str>,
}

/// What it was answered.
#[derive(Debug)]
pub(super) enum Answer {
    Body {
        body: json::Body,
        mark: Option<String>,
    },
    /// The same as the last time.
    Unchanged,
}

/// One way of ending a try.
enum Try<T> {
    Done(T),
    /// Again, after the server's own wish or our patience.
    Again {
        fault: Fault,
        after: Option<Duration>,
    },
    /// The token was turned down, and another one may not be.
    TurnedDown,
    Never(Fault),
}

impl<T> From<Fault> for Try<T> {
    fn from(fault: Fault) -> Self {
        Self::Never(fault)
    }
}

/// The API of a source.
pub(super) struct Client<'a> {
    id: &'a str,
    source: &'a ApiSource,
    partner: Partner<'a>,
    session: tokio::sync::Mutex<Session>,
    /// Where requests are counted; nowhere but in memory without it.
    copy: Option<Copy>,
    budget: Mutex<Budget>,
    /// Requests that were answered and are not in the record yet.
    answered: Mutex<Vec<(i64, DateTime<Utc>)>>,
    an_answer: Notify,
    places: Semaphore,
    /// Until when the server wants to be left alone by all of us.
    until: Mutex<Option<Instant>>,
    now: Clock,
    patience: Patience,
    progress: &'a (dyn Fn(&Progress) + Send + Sync),
    /// The limit that the server's answers declare.
    declared: Mutex<Option<Declared>>,
    requests: AtomicU64,
    again: AtomicU64,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'a> Client<'a> {
    pub(super) async fn meet(
        id: &'a str,
        source: &'a ApiSource,
        copy: Option<Copy>,
        now: Clock,
        patience: Patience,
        progress: &'a (dyn Fn(&Progress) + Send + Sync),
    ) -> Tried<Self> {
        if source.endpoint.auth.lacks_secret()
            || source.login.as_ref().is_some_and(|login| login.password.is_none())
        {
            return Err(Fault::new(
                "its key is not set",
                format!("set the variable, or write the file, that `auth` of [sources.{id}] names"),
            )
            .with(Extent::Api));
        }
        let caller =
            Caller { name: format!("[sources.{id}]"), ca: source.ca.as_deref(), timeout: source.timeout };
        let partner = Partner::meet(caller, &source.endpoint, source.timeout).await.map_err(|outcome| {
            let what = said(outcome).replace("the channel", &format!("[sources.{id}]"));
            Fault::new(what, format!("check `ca` of [sources.{id}]")).with(Extent::Api)
        })?;
        let record = copy.as_ref().map_or_else(|| Ok(Vec::new()), Copy::requests)?;
        let budget = Budget::new(source.limit, record, now());
        Ok(Self {
            id,
            source,
            partner,
            session: tokio::sync::Mutex::default(),
            copy,
            budget: Mutex::new(budget),
            answered: Mutex::default(),
            an_answer: Notify::new(),
            places: Semaphore::new(source.parallel),
            until: Mutex::default(),
            now,
            patience,
            progress,
            declared: Mutex::default(),
            requests: AtomicU64::new(0),
            again: AtomicU64::new(0),
        })
    }

    /// Requests made so far, those of logins among them.
    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Of those, the ones that were made again.
    pub(super) fn repeated(&self) -> u64 {
        self.again.load(Ordering::Relaxed)
    }

    /// The limit that the last answers declared.
    pub(super) fn declared(&self) -> Option<Declared> {
        *locked(&self.declared)
    }

    pub(super) fn about<'s>(&'s self, path: &'s str, frame: Option<FrameName>) -> About<'s> {
        About { source: self.source, id: self.id, at: self.partner.at(), path, frame }
    }

    /// Asks until there is an answer, or none is to be had.
    pub(super) async fn get(&self, asked: Asked<'_>) -> Tried<Answer> {
        let Ok(_place) = self.places.acquire().await else {
            return Err(Fault::new("the sync has ended", ""));
        };
        let mut refused: Option<Refused> = None;
        let mut tries = 0;
        loop {
            tries += 1;
            let done = self.once(asked, &mut refused).await;
            let (fault, after) = match done {
                Try::Done(answer) => return Ok(answer),
                Try::Never(fault) => return Err(fault),
                // it may have ended on its way
                Try::TurnedDown => {
                    self.again.fetch_add(1, Ordering::Relaxed);
                    continue;
                }
                Try::Again { fault, after } => (fault, after),
            };
            self.wait(tries, fault, after).await?;
        }
    }

    /// Waits before the next try; an error when there is to be none.
    async fn wait(&self, tries: u32, fault: Fault, after: Option<Duration>) -> Tried<()> {
        if let Some(wish) = after.filter(|wish| *wish > self.patience.wish) {
            let what = format!("{}; it asks to be left alone for {}", fault.what, long(wish));
            return Err(Fault::new(what, KEPT).with(fault.extent));
        }
        if tries >= self.patience.tries {
            return Err(Fault { what: format!("{} ({tries} tries)", fault.what), ..fault });
        }
        self.again.fetch_add(1, Ordering::Relaxed);
        let step = self.patience.backoff.saturating_mul(1 << (tries - 1).min(16)).min(LONGEST_BACKOFF);
        let wait = after.unwrap_or_default().max(jittered(step));
        tracing::warn!(
            source = self.id,
            error = fault.what,
            tries,
            wait_ms = wait.as_millis() as u64,
            "asking the API again"
        );
        if after.is_some() {
            let until = Instant::now() + wait;
            let mut all = locked(&self.until);
            *all = Some(all.map_or(until, |before| before.max(until)));
        }
        if wait >= Duration::from_secs(2) {
            (self.progress)(&Progress::Waiting { wait, why: fault.what });
        }
        tokio::time::sleep(wait).await;
        Ok(())
    }

    async fn once(&self, asked: Asked<'_>, refused: &mut Option<Refused>) -> Try<Answer> {
        let about = self.about(asked.path, Some(asked.frame));
        let mut request = match self.request(asked) {
            Ok(request) => request,
            Err(outcome) => return ended(outcome),
        };
        let signed = match self.sign(&mut request, refused.as_ref()).await {
            Ok(signed) => signed,
            Err(unsigned) => return unsigned,
        };
        let response = match self.send(request).await {
            Ok(response) => response,
            Err(failed) => return failed,
        };
        if let Some(declared) = Declared::of(response.headers()) {
            *locked(&self.declared) = Some(declared);
        }
        let status = response.status();
        if status == StatusCode::NOT_MODIFIED && asked.mark.is_some() {
            return Try::Done(Answer::Unchanged);
        }
        if status.is_success() {
            return self.read(response, &about).await;
        }
        let (headers, now) = (response.headers().clone(), (self.now)());
        let body = match self.body(response, REFUSAL).await {
            Ok(Some(body)) => body,
            _ => Vec::new(),
        };
        let location = headers.get(LOCATION).and_then(|it| it.to_str().ok());
        let location =
            location.map(|it| self.partner.covered(it.split(['?', '#']).next().unwrap_or_default()));
        let said = self.partner.covered(&words(&body));
        let fault = about.refused(status, &said, location.as_deref());
        if is_passing(status) {
            return Try::Again { fault, after: wish(&headers, now) };
        }
        if status == StatusCode::UNAUTHORIZED && refused.is_none() && signed.is_some() {
            *refused = signed;
            return Try::TurnedDown;
        }
        Try::Never(fault)
    }

    fn request(&self, asked: Asked<'_>) -> Result<Request, Outcome> {
        let mut request = self.partner.client().get(asked.url.clone()).header(ACCEPT, "application/json");
        if let Some(tenant) = &self.source.tenant {
            request = request.header("x-tenant-id", tenant);
        }
        if let Some(mark) = asked.mark.and_then(|mark| HeaderValue::from_str(mark).ok()) {
            request = request.header(IF_NONE_MATCH, mark);
        }
        self.partner.built(request)
    }

    async fn read(&self, response: Response, about: &About<'_>) -> Try<Answer> {
        let mark = response.headers().get(ETAG).and_then(|mark| mark.to_str().ok()).map(str::to_owned);
        let bytes = match self.body(response, LARGEST).await {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Try::Never(about.too_large(LARGEST)),
            Err(error) => {
                return match self.partner.failed(Lost::AskAgain, error) {
                    Outcome::Retry { error, after } => {
                        let what = error.replace("before it answered", "in the middle of an answer");
                        Try::Again { fault: self.unanswered(what), after }
                    }
                    other => ended(other),
                };
            }
        };
        match json::read(&bytes) {
            Ok(body) => Try::Done(Answer::Body { body, mark }),
            Err(why @ (NotJson::CutOff | NotJson::Empty)) => {
                Try::Again { fault: about.not_json(&why, bytes.len()), after: None }
            }
            Err(why) => Try::Never(about.not_json(&why, bytes.len())),
        }
    }

    /// A body; `None` when it has more bytes than these.
    async fn body(&self, mut response: Response, most: usize) -> Result<Option<Vec<u8>>, reqwest::Error> {
        if response.content_length().is_some_and(|length| length > most as u64) {
            return Ok(None);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > most {
                return Ok(None);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Some(body))
    }
}

fn said(outcome: Outcome) -> String {
    match outcome {
        Outcome::Done { receipt } => receipt,
        Outcome::Retry { error, .. }
        | Outcome::Refused { error }
        | Outcome::Gone { error }
        | Outcome::InDoubt { error } => error,
    }
}

/// What did not come to a request, or to no answer.
fn ended<T>(outcome: Outcome) -> Try<T> {
    match outcome {
        Outcome::Retry { error, after } => {
            Try::Again { fault: Fault::new(error, KEPT).with(Extent::Api), after }
        }
        other => {
            // what to do stands behind the semicolon
            let said = said(other);
            let (what, hint) = said.split_once("; ").unwrap_or((&said, KEPT));
            Try::Never(Fault::new(what, hint).with(Extent::Api))
        }
    }
}

/// Between half of a time and the whole: those who were refused together do not come back together.
fn jittered(time: Duration) -> Duration {
    // each state of a hasher is seeded anew
    let random = std::hash::RandomState::new().build_hasher().finish();
    time / 2 + time.mul_f64((random % 1000) as f64 / 2000.0)
}

/// `90 s` and the like, in words for longer times.
fn long(time: Duration) -> String {
    match time.as_secs() {
        0..120 => seconds(time),
        secs @ 120..7200 => format!("{} minutes", secs / 60),
        secs => format!("{} hours", secs / 3600),
    }
}

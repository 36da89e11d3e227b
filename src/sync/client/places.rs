//! When a request is made: within the limit, while nobody wants to be left alone, and in the record before it is.

use super::{Client, KEPT, Try, ended, locked, long};
use crate::deliver::{Lost, Outcome};
use crate::sync::budget::Place;
use crate::sync::error::{Extent, Fault, Tried};
use crate::sync::run::Progress;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Request, Response};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

impl Client<'_> {
    /// Sends when there is a place for it.
    pub(super) async fn send<T>(&self, request: Request) -> Result<Response, Try<T>> {
        let number = self.place().await?;
        let answered = self.partner.execute(request, Lost::AskAgain).await;
        let now = (self.now)();
        locked(&self.budget).answered(number, now);
        locked(&self.answered).push((number, now));
        self.an_answer.notify_waiters();
        answered.map_err(|outcome| match outcome {
            Outcome::Retry { error, after } => Try::Again { fault: self.unanswered(error), after },
            other => ended(other),
        })
    }

    pub(super) fn unanswered(&self, what: String) -> Fault {
        let hint = format!("check the network and `url` of [sources.{}]; {KEPT}", self.id);
        Fault::new(what, hint).with(Extent::Api)
    }

    /// A place among the requests that may be made, in the record before it is used.
    pub(super) async fn place(&self) -> Tried<i64> {
        loop {
            let left_alone = locked(&self.until).map(|until| until.saturating_duration_since(Instant::now()));
            if let Some(wait) = left_alone.filter(|wait| !wait.is_zero()) {
                tokio::time::sleep(wait).await;
                continue;
            }
            let an_answer = self.an_answer.notified();
            let now = (self.now)();
            let place = locked(&self.budget).take(now);
            match place {
                Place::Taken(number) => {
                    let answered = std::mem::take(&mut *locked(&self.answered));
                    let stretch = TimeDelta::from_std(self.source.limit.per).unwrap_or_default();
                    self.note(Some((number, now)), answered, now - stretch).await?;
                    self.requests.fetch_add(1, Ordering::Relaxed);
                    return Ok(number);
                }
                Place::In(wait) => {
                    if self.patience.limit.is_some_and(|most| wait > most) {
                        let what = format!("its limit of requests is used up for {}", long(wait));
                        return Err(Fault::new(what, "").with(Extent::Now));
                    }
                    if wait >= Duration::from_secs(2) {
                        let why = "the limit of requests is reached".to_owned();
                        (self.progress)(&Progress::Waiting { wait, why });
                    }
                    tokio::time::sleep(wait).await;
                }
                Place::AfterAnAnswer => an_answer.await,
            }
        }
    }

    /// Puts requests into the record, on a thread that may block.
    async fn note(
        &self,
        sent: Option<(i64, DateTime<Utc>)>,
        answered: Vec<(i64, DateTime<Utc>)>,
        oldest: DateTime<Utc>,
    ) -> Tried<()> {
        let Some(copy) = self.copy.clone() else { return Ok(()) };
        let noted = tokio::task::spawn_blocking(move || copy.note_requests(sent, &answered, oldest));
        noted.await.map_err(|error| {
            Fault::new(
                format!("noting a request broke off: {error}"),
                "this is a fault in Parte: please report it",
            )
        })?
    }

    /// What was answered and is not in the record yet: the next sync need not take it for under way.
    pub(in crate::sync) async fn settle(&self) -> Tried<()> {
        let answered = std::mem::take(&mut *locked(&self.answered));
        let stretch = TimeDelta::from_std(self.source.limit.per).unwrap_or_default();
        self.note(None, answered, (self.now)() - stretch).await
    }
}

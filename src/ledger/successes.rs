//! Runs that reached everybody, and that each is told once. Never: who wants to know.
//!
//! What has been told is the notice itself: its key is made of that of the run, and no two runs have the same key. So whoever is killed
//! before the notice is written leaves it for the next one, of two who tell at the same time one writes, and a notice has the same keys at
//! its peer whoever wrote it.

use super::alerts::{Mark, STALE, send};
use super::error::Fault;
use super::row::instant;
use super::sql::query;
use super::{Ledger, LedgerError, Notice, RunId};
use chrono::{DateTime, Utc};

/// Only so many of the latest runs are looked at, notices included.
const LATEST: i64 = 50_000;

/// So many at a time; the others are found when it is looked again.
const AT_ONCE: i64 = 200;

/// A run that reached everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Success {
    /// The run.
    pub run: RunId,
    /// When it ended.
    pub at: DateTime<Utc>,
}

impl Ledger {
    /// Runs that reached everybody and are not told about yet, the first one first.
    ///
    /// # Errors
    /// When the record cannot be read or written.
    pub async fn successes(&self) -> Result<Vec<Success>, LedgerError> {
        let since = self.watched_since(Mark::Successes).await?;
        let rows = query(
            "select r.id, r.finished_at from run r, clock
             where r.id > (select coalesce(max(id), 0) from run) - $1
               and r.state = 'done' and r.deliver = true and r.cause <> 'notice'
               and r.finished_at > $2 and r.finished_at > now - $3
               and not exists (select 1 from run told where told.key = r.key || '-done')
             order by r.finished_at, r.id limit $4",
        )
        .bind(LATEST)
        .bind(since)
        .bind(STALE)
        .bind(AT_ONCE)
        .fetch_all(&mut self.reader().await?)
        .await
        .map_err(|e| self.fault(e))?;
        rows.iter()
            .map(|row| Ok(Success { run: RunId(row.try_get("id")?), at: instant(row, "finished_at")? }))
            .collect::<Result<_, Fault>>()
            .map_err(|fault| self.fault(fault))
    }

    /// Records the notice that tells of a run that reached everybody. `None` when somebody else has told.
    ///
    /// # Errors
    /// When the record cannot be written: then nobody is told yet.
    pub async fn tell_success(&self, notice: Notice) -> Result<Option<RunId>, LedgerError> {
        self.write(move |db| Box::pin(async move { send(db, &notice, Some("-done")).await })).await
    }
}

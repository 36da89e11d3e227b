//! Backfills: what was asked for, how far it is, and runs that stand in the place of earlier ones. Never: which firings
//! there are, or which of them are done again.

use super::claiming::{Take, claim};
use super::error::Fault;
use super::held::give_up;
use super::row::{instant, instant_if_any, micros};
use super::runs::{insert, one};
use super::sql::{Db, Row, query};
use super::{BackfillId, ClaimedRun, Enqueued, Ledger, LedgerError, NewRun, Reprocess, RunId};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
use std::time::Duration;

/// What somebody asks for: firings of a report, from one instant up to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backfill {
    /// Name of the report.
    pub report: String,
    /// The first instant meant.
    pub from: DateTime<Utc>,
    /// The first instant that is not.
    pub to: DateTime<Utc>,
    /// Which runs that are there are done again.
    pub reprocess: Reprocess,
    /// Is it delivered?
    pub deliver: bool,
}

/// A backfill in the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackfillRow {
    /// Its name.
    pub id: BackfillId,
    /// What was asked for.
    pub asked: Backfill,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// When its last firing was done.
    pub finished_at: Option<DateTime<Utc>>,
}

/// What became of a firing that a backfill wants to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackfillStart {
    /// It is in the hands of who asked.
    Claimed(Box<ClaimedRun>),
    /// Another run for it is there, which does not wait to be claimed here.
    Taken(RunId),
}

impl Ledger {
    /// The latest backfill that asked for the same and has not come to its end; `None` when there is none.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn unfinished_backfill(&self, asked: &Backfill) -> Result<Option<BackfillRow>, LedgerError> {
        let row = query(
            "select * from backfill
             where report = $1 and from_at = $2 and to_at = $3 and reprocess = $4 and deliver = $5
               and finished_at is null
             order by id desc limit 1",
        )
        .bind(&asked.report)
        .bind(micros(asked.from))
        .bind(micros(asked.to))
        .bind(asked.reprocess.as_str())
        .bind(asked.deliver)
        .fetch_optional(&mut self.reader().await?)
        .await
        .map_err(|e| self.fault(e))?;
        row.map(|row| backfill_row(&row, asked)).transpose().map_err(|fault| self.fault(fault))
    }

    /// Records what is asked for, and returns its name.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub async fn begin_backfill(&self, asked: &Backfill) -> Result<BackfillId, LedgerError> {
        let asked = asked.clone();
        self.write(move |db| {
            Box::pin(async move {
                let id = query(
                    "insert into backfill (report, from_at, to_at, reprocess, deliver, created_at)
                     select $1, $2, $3, $4, $5, now from clock returning id",
                )
                .bind(&asked.report)
                .bind(micros(asked.from))
                .bind(micros(asked.to))
                .bind(asked.reprocess.as_str())
                .bind(asked.deliver)
                .fetch_value(db)
                .await?;
                Ok(BackfillId(id))
            })
        })
        .await
    }

    /// Records that the last firing of a backfill is done: asked for again, it begins anew.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub async fn end_backfill(&self, backfill: BackfillId) -> Result<(), LedgerError> {
        self.write(move |db| {
            Box::pin(async move {
                query("update backfill set finished_at = (select now from clock) where id = $1")
                    .bind(backfill.0)
                    .execute(db)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Queues a firing's run for a backfill and claims it, in one step. With `replacing`, that run, which has ended,
    /// makes room: it keeps all that it made and sent, and says which run stands in its place.
    ///
    /// # Errors
    /// When the record cannot be written: then nothing has changed.
    pub async fn start_backfill_run(
        &self,
        backfill: BackfillId,
        run: NewRun,
        replacing: Option<RunId>,
        worker: &str,
        lease: Duration,
    ) -> Result<BackfillStart, LedgerError> {
        let worker = worker.to_owned();
        self.write(move |db| {
            Box::pin(async move {
                if let Some(old) = replacing
                    && !make_room(db, old).await?
                {
                    return Ok(BackfillStart::Taken(old));
                }
                let id = match insert(db, &run).await? {
                    Enqueued::New(id) => id,
                    Enqueued::Overlaps(id) | Enqueued::Exists(id) => return Ok(BackfillStart::Taken(id)),
                };
                if let Some(old) = replacing {
                    query("update run set superseded_by = $2 where id = $1")
                        .bind(old.0)
                        .bind(id.0)
                        .execute(db)
                        .await?;
                }
                let marked = query("update run set backfill_id = $2 where id = $1")
                    .bind(id.0)
                    .bind(backfill.0)
                    .execute(db)
                    .await?;
                one(marked, || LedgerError::stale_run(id))?;
                Ok(match claim(db, &worker, lease, Take::This(id)).await? {
                    Some(claimed) => BackfillStart::Claimed(Box::new(claimed)),
                    None => BackfillStart::Taken(id),
                })
            })
        })
        .await
    }
}

/// Takes a run that has ended out of its firing's place, until the new one is known; `false` when it has not ended or
/// has made room already. One that was held is given up thereby: another one is decided about.
async fn make_room(db: &mut Db, old: RunId) -> Result<bool, Fault> {
    let moved = query(
        "update run set superseded_by = id, fence = fence + 1
         where id = $1 and superseded_by is null and state not in ('queued', 'running', 'delivering')",
    )
    .bind(old.0)
    .execute(db)
    .await?;
    if moved == 1 {
        give_up(db, old.0).await?;
    }
    Ok(moved == 1)
}

/// Channels and recipients that have (or may have) what the runs in whose place this one stands sent them, and are not
/// to get it again. A backfill of all runs sends everything again.
pub(super) async fn had_before(db: &mut Db, run: RunId) -> Result<BTreeSet<(String, String)>, Fault> {
    let had = query(
        "select d.channel, d.recipient
         from run r
         join backfill b on b.id = r.backfill_id and b.reprocess <> 'all'
         join run earlier on earlier.report = r.report and earlier.scheduled_for = r.scheduled_for
              and earlier.superseded_by is not null
         join delivery d on d.run_id = earlier.id and d.state in ('done', 'in_doubt')
         where r.id = $1",
    )
    .bind(run.0)
    .fetch_all(db)
    .await?;
    had.iter().map(|row| Ok((row.try_get("channel")?, row.try_get("recipient")?))).collect()
}

fn backfill_row(row: &Row, asked: &Backfill) -> Result<BackfillRow, Fault> {
    Ok(BackfillRow {
        id: BackfillId(row.try_get("id")?),
        asked: asked.clone(),
        created_at: instant(row, "created_at")?,
        finished_at: instant_if_any(row, "finished_at")?,
    })
}

//! How what is older than it is kept for leaves the record. Never: how long that is.

use super::error::Fault;
use super::row::{micros, span};
use super::sql::{Db, query};
use super::{Ledger, LedgerError, RunId};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// Runs that go in one transaction: others write in between.
const BATCH: i64 = 50;

/// Row of `firing_mark` that says when somebody last began to delete what is old: no report has this name.
const KEEPER: (&str, &str) = ("", "retention");

impl Ledger {
    /// Is it time to delete what is old? `true` for one of all who ask, once in so long; that one does it.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub async fn begin_pruning(&self, every: Duration) -> Result<bool, LedgerError> {
        self.write(move |db| {
            Box::pin(async move {
                let (report, schedule) = KEEPER;
                // A mark that lies far ahead is of a clock that was set back.
                let begun = query(
                    "insert into firing_mark (report, schedule, through) select $1, $2, now from clock where true
                     on conflict (report, schedule) do update set through = excluded.through
                     where abs(excluded.through - firing_mark.through) >= $3",
                )
                .bind(report)
                .bind(schedule)
                .bind(span(every))
                .execute(db)
                .await?;
                Ok(begun == 1)
            })
        })
        .await
    }

    /// Deletes the runs that ended before an instant, with what they made and sent, and returns how many they were. Retention holds for
    /// all alike, whatever became of them: who wants to know of something in doubt is told when it happens. Two kinds stay all the same:
    /// the one at whose end the next run of its report begins, and those that are held until somebody decides. What runs had of their
    /// periods stays ([`Ledger::forget_figures`]). That a run's success, or that it is held, was told is known as long as the run. A SQLite
    /// file gives its room back.
    ///
    /// # Errors
    /// When the record cannot be written; what was deleted until then is gone.
    pub async fn prune(&self, before: DateTime<Utc>) -> Result<u64, LedgerError> {
        let before = micros(before);
        let mut gone = 0;
        loop {
            let deleted =
                self.write(move |db| Box::pin(async move { prune_batch(db, before).await })).await?;
            gone += deleted;
            if deleted == 0 {
                break;
            }
        }
        self.write(move |db| {
            Box::pin(async move {
                query("delete from alert where closed_at < $1").bind(before).execute(db).await?;
                query(
                    "delete from backfill where finished_at < $1
                       and not exists (select 1 from run where backfill_id = backfill.id)",
                )
                .bind(before)
                .execute(db)
                .await?;
                if gone > 0 && db.is_sqlite() {
                    query("pragma incremental_vacuum").fetch_all(db).await?;
                }
                Ok(())
            })
        })
        .await?;
        if gone > 0 {
            self.drop_parts().await?;
        }
        Ok(gone)
    }
}

/// A run in whose place a later one stands goes before that one, in an earlier batch.
async fn prune_batch(db: &mut Db, before: i64) -> Result<u64, Fault> {
    let locking = db.locking();
    let runs: Vec<i64> = query(format!(
        "select id from run r
         where finished_at < $1 and state <> 'held'
           and not (continues = true and state in ('done', 'partial') and not exists (
                select 1 from run l
                where l.report = r.report and l.params_key = r.params_key and l.continues = true
                  and l.deliver = true and l.formats = '' and l.state in ('delivering', 'done', 'partial')
                  and (l.period_to > r.period_to or l.period_to = r.period_to and l.id > r.id)))
           and not (cause = 'notice' and exists (
                select 1 from run told
                where told.key = substr(r.key, 1, length(r.key) - 5) and r.key in (told.key || '-done', told.key || '-held')))
           and not exists (select 1 from run e where e.superseded_by = r.id and e.id <> r.id)
         order by id limit $2 {locking}"
    ))
    .bind(before)
    .bind(BATCH)
    .fetch_values(db)
    .await?;
    for &run in &runs {
        for statement in [
            "delete from delivery where run_id = $1",
            "delete from artifact where run_id = $1",
            // What a run had is held against later ones where it came to a good end.
            "delete from past_run where run_id = $1
               and not exists (select 1 from run where id = past_run.run_id and state in ('done', 'partial'))",
            "delete from run where id = $1",
        ] {
            query(statement).bind(run).execute(db).await?;
        }
        tracing::debug!(run = %RunId(run), "run is older than runs are kept");
    }
    Ok(u64::try_from(runs.len()).unwrap_or(u64::MAX))
}

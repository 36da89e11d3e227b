//! What becomes of work whose worker was not heard of within its lease.

use super::ending::{Ending, end_try, lock_run_of};
use super::error::Fault;
use super::sql::{Db, query};
use super::{DeliveryId, DeliveryState, Fence, Ledger, LedgerError, MAX_RUN_ATTEMPTS, RunId, RunState};
use std::collections::BTreeSet;

/// Work taken from workers that are gone, and where it stands now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rescued {
    /// Runs: queued again, or failed when begun as often as they may be.
    pub runs: Vec<(RunId, RunState)>,
    /// Deliveries: pending again; to be retried or held when the peer may have it; dead when tried as often as they
    /// may be.
    pub deliveries: Vec<(DeliveryId, DeliveryState)>,
}

/// What a process is at itself: its lease may have ended (the machine slept, a disk was full, a clock was set), its work has not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InHand {
    /// Runs that it produces.
    pub runs: BTreeSet<(RunId, Fence)>,
    /// Deliveries that it brings.
    pub deliveries: BTreeSet<(DeliveryId, Fence)>,
}

impl Ledger {
    /// Takes back what is held beyond its lease. The try counts: what kills every worker that touches it ends.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub async fn rescue(&self) -> Result<Rescued, LedgerError> {
        self.rescue_from_others(InHand::default()).await
    }

    /// The same, but for what the caller is at.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub async fn rescue_from_others(&self, own: InHand) -> Result<Rescued, LedgerError> {
        // Mostly there is nothing, and who only looks does not stand in a writer's way.
        let expired: bool = query(
            "select exists (select 1 from run where state = 'running' and lease_until < (select now from clock))
                 or exists (select 1 from delivery
                            where state = 'sending' and lease_until < (select now from clock))",
        )
        .fetch_value(&mut self.reader().await?)
        .await
        .map_err(|e| self.fault(e))?;
        if !expired {
            return Ok(Rescued::default());
        }
        self.write(move |db| {
            Box::pin(async move {
                let mut rescued = Rescued::default();
                let skipping = db.skipping_locked();
                let runs = query(format!(
                    "select id, fence from run
                     where state = 'running' and lease_until < (select now from clock) order by id {skipping}"
                ))
                .fetch_all(db)
                .await?;
                for row in &runs {
                    let (run, fence) = (RunId(row.try_get("id")?), Fence(row.try_get("fence")?));
                    if !own.runs.contains(&(run, fence)) {
                        rescued.runs.push((run, take_back(db, run).await?));
                    }
                }
                // In the order of their runs, as every other rescuer goes.
                let held: Vec<i64> = query(
                    "select id from delivery
                     where state = 'sending' and lease_until < (select now from clock) order by run_id, id",
                )
                .fetch_values(db)
                .await?;
                for id in held.into_iter().map(DeliveryId) {
                    if let Some(fence) = still_expired(db, id).await?
                        && !own.deliveries.contains(&(id, fence))
                    {
                        let state = end_try(db, id, fence, Ending::Abandoned).await?;
                        rescued.deliveries.push((id, state));
                    }
                }
                Ok(rescued)
            })
        })
        .await
    }
}

/// Where a run stands that is taken from its worker.
async fn take_back(db: &mut Db, run: RunId) -> Result<RunState, Fault> {
    let row = query(
        "update run set
             state = case when attempts >= $2 then 'failed' else 'queued' end,
             finished_at = case when attempts >= $2 then (select now from clock) end,
             error = 'worker ' || worker || ' was not heard of again (begun ' || attempts || ' times)',
             next_attempt_at = (select now from clock), lease_until = null
         where id = $1
         returning state",
    )
    .bind(run.0)
    .bind(i64::from(MAX_RUN_ATTEMPTS))
    .fetch_one(db)
    .await?;
    super::row::word(&row, "state", RunState::parse)
}

/// The fence of a delivery whose lease has ended, once nobody else can touch it any more; `None` when its worker was heard
/// of meanwhile, or somebody else took it back.
async fn still_expired(db: &mut Db, delivery: DeliveryId) -> Result<Option<Fence>, Fault> {
    lock_run_of(db, delivery).await?;
    let locking = db.locking();
    let fence: Option<i64> = query(format!(
        "select fence from delivery
         where id = $1 and state = 'sending' and lease_until < (select now from clock) {locking}"
    ))
    .bind(delivery.0)
    .fetch_value_if_any(db)
    .await?;
    Ok(fence.map(Fence))
}

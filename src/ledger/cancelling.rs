//! How runs and deliveries are called off. Never: by itself.

use super::care::{Decided, Target, deliveries, locked_run, state_of, unknown};
use super::ending::{DOUBTED, NEVER, end_run};
use super::error::Fault;
use super::held::{end_given_up, give_up};
use super::sql::{Db, query};
use super::{DeliveryId, DeliveryState, Ledger, LedgerError, RunId, RunState};

/// What was called off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct CalledOff {
    /// Where the run stood before.
    pub was: RunState,
    /// Deliveries that are not brought any more.
    pub deliveries: u64,
    /// Deliveries that are on their way: they end by themselves, and are not tried again.
    pub sending: u64,
}

impl Ledger {
    /// Calls off a run that has not ended: waiting, it is not begun; being produced, its worker's next word is stale; being
    /// delivered, nothing more is brought; held, it is given up.
    ///
    /// # Errors
    /// [`LedgerError::Impossible`] when there is no such run, or it has ended.
    pub async fn cancel_run(&self, run: RunId) -> Result<CalledOff, LedgerError> {
        self.write(move |db| {
            Box::pin(async move {
                let was = state_of(db, run.0).await?;
                if was == RunState::Held {
                    let deliveries = give_up(db, run.0).await?;
                    return Ok(CalledOff { was, deliveries, sending: 0 });
                }
                if was.is_final() {
                    return Err(Fault::Ledger(LedgerError::Impossible {
                        what: format!("run {run} has ended ({was})"),
                        hint: "only what waits, is held or is under way can be called off",
                    }));
                }
                if was != RunState::Delivering {
                    query(
                        "update run set state = 'cancelled', finished_at = (select now from clock), fence = fence + 1,
                                        lease_until = null
                         where id = $1 and state in ('queued', 'running')",
                    )
                    .bind(run.0)
                    .execute(db)
                    .await?;
                    return Ok(CalledOff { was, deliveries: 0, sending: 0 });
                }
                let doubtful = hold_doubtful(db, run.0).await?;
                let deliveries = doubtful + call_off(db, run.0, None, "'pending', 'retry'").await?;
                // Afterwards: one that a worker took meanwhile is on its way, and the run's lock keeps it from waiting again.
                let sending = let_end(db, run.0, None).await?;
                end_run(db, run.0).await?;
                Ok(CalledOff { was, deliveries, sending })
            })
        })
        .await
    }

    /// Calls off one delivery: it is not tried any more. What was refused, is dead or in doubt is settled thereby. Says where it
    /// stood before.
    ///
    /// # Errors
    /// [`LedgerError::Impossible`] when there is no such delivery, or it is done or was called off before.
    pub async fn cancel_delivery(&self, delivery: DeliveryId) -> Result<Decided, LedgerError> {
        self.write(move |db| {
            Box::pin(async move {
                let target = Target::Delivery(delivery);
                let run = locked_run(db, target).await?;
                let known = deliveries(db, run, target).await?.pop().ok_or_else(|| unknown(target))?;
                if matches!(known.state, DeliveryState::Done | DeliveryState::Cancelled) {
                    return Err(Fault::Ledger(LedgerError::Impossible {
                        what: format!("delivery d{delivery} has ended ({})", known.state),
                        hint: "what a peer has cannot be called back",
                    }));
                }
                let open = "'pending', 'retry', 'refused', 'dead', 'in_doubt', 'held'";
                if call_off(db, run, Some(delivery), open).await? == 0 {
                    // It is on its way, maybe only since a moment ago.
                    let_end(db, run, Some(delivery)).await?;
                }
                end_run(db, run).await?;
                end_given_up(db, run).await?;
                Ok(known.decided)
            })
        })
        .await
    }
}

/// What is on its way ends by itself: there is no further try.
async fn let_end(db: &mut Db, run: i64, only: Option<DeliveryId>) -> Result<u64, Fault> {
    let marked = query(
        "update delivery set next_attempt_at = $3
         where run_id = $1 and ($2 is null or id = $2) and state = 'sending'",
    )
    .bind(run)
    .bind(only.map(|it| it.0))
    .bind(NEVER)
    .execute(db)
    .await?;
    Ok(marked)
}

/// What an earlier try may have brought is not called off: it is held in doubt.
async fn hold_doubtful(db: &mut Db, run: i64) -> Result<u64, Fault> {
    let held = query(format!(
        "update delivery set state = 'in_doubt', done_at = (select now from clock)
         where run_id = $1 and state in ('pending', 'retry') and {DOUBTED}"
    ))
    .bind(run)
    .execute(db)
    .await?;
    Ok(held)
}

async fn call_off(db: &mut Db, run: i64, only: Option<DeliveryId>, states: &str) -> Result<u64, Fault> {
    let called_off = query(format!(
        "update delivery set state = 'cancelled', done_at = (select now from clock)
         where run_id = $1 and ($2 is null or id = $2) and state in ({states})"
    ))
    .bind(run)
    .bind(only.map(|it| it.0))
    .execute(db)
    .await?;
    Ok(called_off)
}

//! Keeps hold of work while it is done: a heartbeat at a third of the lease, and ends it when the hold is lost.

use super::rounds::Worker;
use crate::ledger::{DeliveryId, Fence, LedgerError, RunId};
use std::time::Duration;
use tokio::sync::watch;

/// How far a worker has come to a rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// It works.
    None,
    /// Nothing new is begun.
    Draining,
    /// What is not done is let go of.
    Over,
}

/// What a worker has claimed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Claim {
    Run(RunId, Fence),
    Delivery(DeliveryId, Fence),
}

/// How held work ended.
pub(super) enum Held<T> {
    /// It is done, with this result.
    Finished(T),
    /// Somebody else has it: nothing may be said about it any more.
    Lost,
    /// The program stops and does not wait for it: it must be released.
    Abandoned,
}

impl Worker {
    /// Does `work` while saying that it is being done. Ledger calls are awaited to their end, never dropped.
    pub(super) async fn hold<T>(
        &self,
        claim: Claim,
        work: impl Future<Output = T>,
        mut rest: watch::Receiver<Rest>,
    ) -> Held<T> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                result = &mut work => return Held::Finished(result),
                _ = rest.wait_for(|rest| *rest == Rest::Over) => return Held::Abandoned,
                () = tokio::time::sleep(self.options().lease / 3) => {}
            }
            match self.heartbeat(claim).await {
                Ok(()) => {}
                Err(LedgerError::Stale { what }) => {
                    tracing::warn!(worker = %self.options().name, %what, "lease lost; stopping");
                    return Held::Lost;
                }
                // The lease may yet last until the ledger answers again.
                Err(error) => {
                    tracing::warn!(worker = %self.options().name, error = %error, "heartbeat failed")
                }
            }
        }
    }

    async fn heartbeat(&self, claim: Claim) -> Result<(), LedgerError> {
        let lease = self.options().lease;
        match claim {
            Claim::Run(run, fence) => self.ledger().heartbeat_run(run, fence, lease).await,
            Claim::Delivery(delivery, fence) => {
                self.ledger().heartbeat_delivery(delivery, fence, lease).await
            }
        }
    }
}

/// Writes to the ledger what has happened already, trying for two minutes when the disk is full or locked: work
/// that is done should not be done again for want of a line about it.
pub(super) async fn persist<T, F>(mut write: impl FnMut() -> F) -> Result<T, LedgerError>
where
    F: Future<Output = Result<T, LedgerError>>,
{
    for pause in [1, 2, 5, 10, 20, 40, 40] {
        match write().await {
            Err(error) if error.may_pass() => {
                tracing::warn!(error = %error, pause_s = pause, "ledger cannot be written; trying again");
                tokio::time::sleep(Duration::from_secs(pause)).await;
            }
            other => return other,
        }
    }
    write().await
}

//! Keeps hold of work while it is done: a heartbeat at a third of the lease, and ends it when the hold is lost.

use super::rounds::Worker;
use crate::ledger::{DeliveryId, Fence, LedgerError, RunId};
use std::time::{Duration, Instant};
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

/// Between two tries to write what has happened. Short beside a lease, so that who may write again does so before somebody else
/// takes the work.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// What a worker has claimed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Claim {
    Run(RunId, Fence),
    Delivery(DeliveryId, Fence),
}

/// Says of a claim, as long as it lives, that this process is at it.
pub(super) struct AtIt {
    worker: Worker,
    claim: Claim,
}

impl Drop for AtIt {
    fn drop(&mut self) {
        let mut in_hand = self.worker.in_hand();
        match self.claim {
            Claim::Run(run, fence) => in_hand.runs.remove(&(run, fence)),
            Claim::Delivery(delivery, fence) => in_hand.deliveries.remove(&(delivery, fence)),
        };
    }
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
    /// Keeps this worker from taking back its own work, until what came of it is recorded.
    pub(super) fn at_it(&self, claim: Claim) -> AtIt {
        let mut in_hand = self.in_hand();
        match claim {
            Claim::Run(run, fence) => in_hand.runs.insert((run, fence)),
            Claim::Delivery(delivery, fence) => in_hand.deliveries.insert((delivery, fence)),
        };
        drop(in_hand);
        AtIt { worker: self.clone(), claim }
    }

    /// Does `work` while saying that it is being done. Work goes on while the ledger takes its time.
    pub(super) async fn hold<T>(
        &self,
        claim: Claim,
        work: impl Future<Output = T>,
        mut rest: watch::Receiver<Rest>,
    ) -> Held<T> {
        tokio::pin!(work);
        loop {
            let heartbeat = async {
                tokio::time::sleep(self.options().lease / 3).await;
                self.heartbeat(claim).await
            };
            let kept = tokio::select! {
                biased;
                result = &mut work => return Held::Finished(result),
                _ = rest.wait_for(|rest| *rest == Rest::Over) => return Held::Abandoned,
                kept = heartbeat => kept,
            };
            match kept {
                Ok(()) => {}
                Err(LedgerError::Stale { what }) => {
                    tracing::warn!(worker = %self.options().name, %what, "lease lost; stopping");
                    return Held::Lost;
                }
                // The lease may yet last until the ledger answers again.
                Err(error) => {
                    tracing::warn!(worker = %self.options().name, error = error.in_full(), "heartbeat failed")
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

    /// Writes to the ledger what has happened already, and tries again while that is not possible (the disk is full, the server
    /// away), for so long or until the program stops: work that is done should not be done again for want of a line about it.
    pub(super) async fn persist<T, F>(
        &self,
        patience: Duration,
        mut rest: watch::Receiver<Rest>,
        mut write: impl FnMut() -> F,
    ) -> Result<T, LedgerError>
    where
        F: Future<Output = Result<T, LedgerError>>,
    {
        let begun = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let over = begun.elapsed() >= patience || *rest.borrow() == Rest::Over;
            match write().await {
                Err(error) if error.may_pass() && !over => {
                    tracing::warn!(
                        error = error.in_full(),
                        pause_s = pause.as_secs(),
                        "ledger cannot be written; trying again"
                    );
                }
                other => return other,
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = rest.wait_for(|rest| *rest == Rest::Over) => {}
            }
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
    }
}

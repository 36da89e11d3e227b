//! Lets go of what is older than it is kept for, once a day, whichever of the programs that serve does it.

use crate::clock;
use crate::definition::Definitions;
use crate::ledger::Ledger;
use chrono::TimeDelta;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Between two times that old runs are deleted.
const EVERY: Duration = Duration::from_hours(24);

/// Between two looks whether it is time.
const LOOK: Duration = Duration::from_hours(1);

/// The first look: not while everything else begins.
const FIRST: Duration = Duration::from_secs(10);

/// Prunes until told to stop. What goes wrong is said and tried again the next day.
pub(super) async fn keep_house(
    ledger: Ledger,
    definitions: watch::Receiver<Arc<Definitions>>,
    mut stop: watch::Receiver<bool>,
) {
    let mut wait = FIRST;
    loop {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        wait = LOOK;
        let keep = definitions.borrow().ledger.keep;
        let Some(before) =
            keep.and_then(|keep| clock::now().checked_sub_signed(TimeDelta::from_std(keep).ok()?))
        else {
            continue;
        };
        let pruned = match ledger.begin_pruning(EVERY).await {
            Ok(true) => ledger.prune(before).await,
            Ok(false) => continue,
            Err(error) => Err(error),
        };
        match pruned {
            Ok(0) => {}
            Ok(runs) => tracing::info!(runs, %before, "runs older than they are kept for were deleted"),
            Err(error) => {
                tracing::error!(
                    error = error.in_full(),
                    "old runs could not be deleted; trying again tomorrow"
                )
            }
        }
    }
}

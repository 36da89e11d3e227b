//! Lets go of what is older than it is kept for, once a day, whichever of the programs that serve does it.

use crate::clock;
use crate::definition::Definitions;
use crate::ledger::{Ledger, LedgerError};
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Between two times that old runs are deleted.
const EVERY: Duration = Duration::from_hours(24);

/// Between two looks whether it is time.
const LOOK: Duration = Duration::from_hours(1);

/// The first look: not while everything else begins.
const FIRST: Duration = Duration::from_secs(10);

/// How long it is kept what runs had of their periods: a hundred weeks, so that one may be the best of them.
const FIGURES: Duration = Duration::from_hours(24 * 2 * 366);

/// The same of months, quarters and years, of which there are few.
const LONG_FIGURES: Duration = Duration::from_hours(24 * 10 * 366);

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
        match ledger.begin_pruning(EVERY).await {
            Ok(true) => {}
            Ok(false) => continue,
            Err(error) => {
                said(Err(error), "");
                continue;
            }
        }
        let (keep, keep_frames) = {
            let definitions = definitions.borrow();
            (definitions.ledger.keep, definitions.ledger.keep_frames)
        };
        if let Some(before) = since(keep_frames) {
            said(
                ledger.forget_kept(before).await,
                "runs' frames, older than they are kept for, were deleted",
            );
        }
        if let (Some(before), Some(long_before)) = (since(FIGURES), since(LONG_FIGURES)) {
            said(
                ledger.forget_figures(before, long_before).await,
                "runs' figures, older than they are kept for, were deleted",
            );
        }
        if let Some(before) = keep.and_then(since) {
            said(ledger.prune(before).await, "runs older than they are kept for were deleted");
        }
    }
}

/// What ended before is older than this.
fn since(age: Duration) -> Option<DateTime<Utc>> {
    clock::now().checked_sub_signed(TimeDelta::from_std(age).ok()?)
}

fn said(outcome: Result<u64, LedgerError>, deleted: &str) {
    match outcome {
        Ok(0) => {}
        Ok(runs) => tracing::info!(runs, "{deleted}"),
        Err(error) => {
            tracing::error!(
                error = error.in_full(),
                "what is old could not be deleted; trying again tomorrow"
            );
        }
    }
}

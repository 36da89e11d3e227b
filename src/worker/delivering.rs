//! One delivery: from its claim to what the peer said, in the ledger.

use super::lease::{Claim, Held};
use super::places::find;
use super::production::millis;
use super::rounds::Worker;
use crate::definition::Way;
use crate::deliver::{MayLeave, Outcome, Shipment};
use crate::ledger::{ClaimedDelivery, DeliveryId, Fence, Finish, LedgerError, delivery_wait};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

impl Worker {
    /// Tries a claimed delivery once and records what became of it.
    pub(super) async fn work_delivery(&self, claimed: ClaimedDelivery, abandon: watch::Receiver<bool>) {
        let started = Instant::now();
        let (delivery, fence) = (claimed.id, claimed.fence);
        let (run, report, channel) = (claimed.run, claimed.report.clone(), claimed.channel.clone());
        let (key, attempt, tries) = (claimed.key.clone(), claimed.attempt, claimed.tries);
        let claim = Claim::Delivery(delivery, fence);
        let _at_it = self.at_it(claim);
        let work = self.try_once(claimed);
        let finish = match self.hold(claim, work, abandon.clone()).await {
            Held::Lost => return,
            Held::Abandoned => Finish::Released,
            Held::Finished(outcome) => finish_of(outcome, &key, tries),
        };
        // What the peer says may hold an address: it is kept in the ledger, not in the log.
        tracing::info!(%delivery, %run, report, channel, attempt, outcome = word(&finish),
            duration_ms = millis(started), "delivery tried");
        let patience = self.options().patience;
        let recorded = self
            .persist(patience, abandon, || self.ledger().finish_delivery(delivery, fence, finish.clone()))
            .await;
        match recorded {
            Ok(()) => {}
            Err(LedgerError::Stale { .. }) => {
                tracing::warn!(%delivery, %run, "delivery was taken over meanwhile; this try is not believed");
            }
            Err(error) => {
                tracing::error!(%delivery, %run, error = error.in_full(), "what became of the delivery is not recorded");
            }
        }
    }

    async fn try_once(&self, claimed: ClaimedDelivery) -> Outcome {
        let definitions = self.definitions();
        let Some(channel) = find(&definitions, &claimed.channel) else {
            return Outcome::Refused {
                error: format!(
                    "channel `{}` is no longer defined; define it and send again",
                    claimed.channel
                ),
            };
        };
        let email = matches!(channel.way, Way::Email(_));
        let shipment = Shipment {
            key: claimed.key,
            name: claimed.artifact,
            recipient: claimed.recipient,
            media_type: claimed.media_type,
            bytes: claimed.content,
            attempt: claimed.attempt,
        };
        let may_leave = self.may_leave(claimed.id, claimed.fence);
        let longest = self.options().longest_try;
        match tokio::time::timeout(longest, (self.hands().deliver)(channel.clone(), shipment, may_leave))
            .await
        {
            Ok(outcome) => outcome,
            Err(_) => gave_up(email, longest),
        }
    }

    /// Records that a message leaves, while this worker still holds the delivery.
    fn may_leave(&self, delivery: DeliveryId, fence: Fence) -> Arc<MayLeave> {
        let ledger = self.ledger().clone();
        Arc::new(move || {
            let ledger = ledger.clone();
            Box::pin(async move {
                match ledger.record_data_sent(delivery, fence).await {
                    Ok(()) => true,
                    Err(error) => {
                        tracing::warn!(%delivery, error = error.in_full(), "message held back");
                        false
                    }
                }
            })
        })
    }
}

/// A file can be brought again under the same name or key; a message cannot be taken back.
fn gave_up(email: bool, longest: Duration) -> Outcome {
    let error = format!("no answer that ends the try within {} s", longest.as_secs());
    if email { Outcome::InDoubt { error } } else { Outcome::Retry { error, after: None } }
}

fn finish_of(outcome: Outcome, key: &str, tries: u32) -> Finish {
    match outcome {
        Outcome::Done { receipt } => Finish::Done { receipt },
        Outcome::Refused { error } => Finish::Refused { error },
        Outcome::InDoubt { error } => Finish::InDoubt { error },
        Outcome::Retry { error, after } => match delivery_wait(key, tries, after) {
            Some(wait) => Finish::Retry { error, wait },
            None => Finish::Dead { error },
        },
    }
}

fn word(finish: &Finish) -> &'static str {
    match finish {
        Finish::Done { .. } => "done",
        Finish::Retry { .. } => "retry",
        Finish::Refused { .. } => "refused",
        Finish::InDoubt { .. } => "in_doubt",
        Finish::Dead { .. } => "dead",
        Finish::Released => "released",
    }
}

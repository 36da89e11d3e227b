//! One delivery: from its claim to what the peer said, in the ledger.

use super::lease::{Claim, Held, persist};
use super::production::millis;
use super::rounds::Worker;
use crate::definition::{Channel, ChannelId, Definitions, Way};
use crate::deliver::{MayLeave, Outcome, Shipment};
use crate::ledger::{ClaimedDelivery, DeliveryId, Fence, Finish, LedgerError, delivery_wait};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Kinds of channels: each has places of its own, so that a slow peer of one kind does not hold up the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Email,
    Ftp,
    Upload,
    Folder,
    /// The channel is not defined (any more).
    Unknown,
}

impl Kind {
    pub(super) const COUNT: usize = 5;

    pub(super) fn of(definitions: &Definitions, channel: &str) -> Self {
        match find(definitions, channel).map(|channel| &channel.way) {
            Some(Way::Email(_)) => Self::Email,
            Some(Way::Ftp(_)) => Self::Ftp,
            Some(Way::Upload(_) | Way::S3(_) | Way::Webhook(_)) => Self::Upload,
            Some(Way::Folder(_)) => Self::Folder,
            None => Self::Unknown,
        }
    }
}

fn find<'a>(definitions: &'a Definitions, channel: &str) -> Option<&'a Channel> {
    definitions.channels.get(&ChannelId::parse(channel)?)
}

impl Worker {
    /// Tries a claimed delivery once and records what became of it.
    pub(super) async fn work_delivery(&self, claimed: ClaimedDelivery, abandon: watch::Receiver<bool>) {
        let started = Instant::now();
        let (delivery, fence) = (claimed.id, claimed.fence);
        let (run, report, channel) = (claimed.run, claimed.report.clone(), claimed.channel.clone());
        let (key, attempt) = (claimed.key.clone(), claimed.attempt);
        let work = self.try_once(claimed);
        let finish = match self.hold(Claim::Delivery(delivery, fence), work, abandon).await {
            Held::Lost => return,
            Held::Abandoned => Finish::Released,
            Held::Finished(outcome) => finish_of(outcome, &key, attempt),
        };
        // What the peer says may hold an address: it is kept in the ledger, not in the log.
        tracing::info!(%delivery, %run, report, channel, attempt, outcome = word(&finish),
            duration_ms = millis(started), "delivery tried");
        match persist(|| self.ledger().finish_delivery(delivery, fence, finish.clone())).await {
            Ok(()) => {}
            Err(LedgerError::Stale { .. }) => {
                tracing::warn!(%delivery, %run, "delivery was taken over meanwhile; this try is not believed");
            }
            Err(error) => {
                tracing::error!(%delivery, %run, error = %error, "what became of the delivery is not recorded");
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
                        tracing::warn!(%delivery, error = %error, "message held back");
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

fn finish_of(outcome: Outcome, key: &str, attempt: u32) -> Finish {
    match outcome {
        Outcome::Done { receipt } => Finish::Done { receipt },
        Outcome::Refused { error } => Finish::Refused { error },
        Outcome::InDoubt { error } => Finish::InDoubt { error },
        Outcome::Retry { error, after } => match delivery_wait(key, attempt, after) {
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

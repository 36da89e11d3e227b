//! Deliveries in one place, one after the other: each from its claim to what the peer said, in the ledger.

use super::lease::{Claim, Held, Rest};
use super::options::Options;
use super::places::{DeliveryPlace, find};
use super::production::millis;
use super::rounds::Worker;
use crate::deliver::{MayLeave, Outcome, Shipment};
use crate::ledger::{ClaimedDelivery, DeliveryId, Fence, Finish, LedgerError, Pick, RunId, delivery_wait};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How long a place goes on with one channel before others get their turn.
const TURN: Duration = Duration::from_secs(1);

impl Worker {
    /// Tries a claimed delivery once and records what became of it; then in the same place the next ones by its channel, until
    /// none is due or the turn is over. Gives the runs that it delivered from.
    pub(super) async fn work_deliveries(
        &self,
        first: ClaimedDelivery,
        mut place: DeliveryPlace,
        run: Option<RunId>,
        rest: watch::Receiver<Rest>,
    ) -> BTreeSet<RunId> {
        let (began, channel) = (Instant::now(), first.channel.clone());
        let pick = Pick { run, channel: Some(&channel) };
        let mut touched = BTreeSet::new();
        let mut next = Some(first);
        while let Some(claimed) = next.take() {
            touched.insert(claimed.run);
            let (delivery, fence) = (claimed.id, claimed.fence);
            // until what came of it is recorded
            let _at_it = self.at_it(Claim::Delivery(delivery, fence));
            let Some(finish) = self.work_delivery(claimed, rest.clone()).await else { break };
            let is_turn = began.elapsed() < TURN && *rest.borrow() == Rest::None;
            let goes_on = is_turn && self.has_room_for_next(&mut place, pick).await;
            next = self.record_try(delivery, fence, finish, goes_on.then_some(pick), rest.clone()).await;
            if let Some(claimed) = &next {
                // another worker may have taken what the room was meant for
                place.holds(claimed.content.len() as u64);
            }
        }
        touched
    }

    /// Tries a claimed delivery once; `None` when it is somebody else's by then.
    async fn work_delivery(&self, claimed: ClaimedDelivery, rest: watch::Receiver<Rest>) -> Option<Finish> {
        let started = Instant::now();
        let (delivery, fence) = (claimed.id, claimed.fence);
        let (run, report, channel) = (claimed.run, claimed.report.clone(), claimed.channel.clone());
        let (key, attempt, tries) = (claimed.key.clone(), claimed.attempt, claimed.tries);
        let claim = Claim::Delivery(delivery, fence);
        let work = self.try_once(claimed);
        let finish = match self.hold(claim, work, rest).await {
            Held::Lost => return None,
            Held::Abandoned => Finish::Released,
            Held::Finished(outcome) => finish_of(outcome, &key, tries),
        };
        // What the peer says may hold an address: it is kept in the ledger, not in the log.
        tracing::info!(%delivery, %run, report, channel, attempt, outcome = word(&finish),
            duration_ms = millis(started), "delivery tried");
        Some(finish)
    }

    async fn has_room_for_next(&self, place: &mut DeliveryPlace, pick: Pick<'_>) -> bool {
        // where the record cannot be read now, the next round sees it
        matches!(self.ledger().first_due_size(pick).await, Ok(Some(bytes)) if place.takes(bytes))
    }

    /// Records what became of a try; by the same commit the next delivery is taken, where one is asked for.
    async fn record_try(
        &self,
        delivery: DeliveryId,
        fence: Fence,
        finish: Finish,
        next: Option<Pick<'_>>,
        rest: watch::Receiver<Rest>,
    ) -> Option<ClaimedDelivery> {
        let Options { name, lease, patience, .. } = self.options();
        let recorded = self.persist(*patience, rest.clone(), || {
            let finish = finish.clone();
            async move {
                match next {
                    Some(pick) => {
                        self.ledger().finish_and_take(delivery, fence, finish, name, *lease, pick).await
                    }
                    None => self.ledger().finish_delivery(delivery, fence, finish).await.map(|()| None),
                }
            }
        });
        let taken = match recorded.await {
            Ok(taken) => taken?,
            Err(LedgerError::Stale { .. }) => {
                tracing::warn!(%delivery, "delivery was taken over meanwhile; this try is not believed");
                return None;
            }
            Err(error) => {
                tracing::error!(%delivery, error = error.in_full(), "what became of the delivery is not recorded");
                return None;
            }
        };
        match self.persist(*lease, rest, || self.ledger().read_taken(taken)).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::error!(
                    error = error.in_full(),
                    "a delivery cannot be read; it is taken back when its lease ends"
                );
                None
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
        if let Some(refused) = self.gone(channel).await {
            return refused;
        }
        let twice = channel.may_bring_twice();
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
            Ok(outcome) => {
                self.remember_gone(channel, &outcome).await;
                outcome
            }
            Err(_) => gave_up(twice, longest),
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

/// A file can be brought again under the same name; a message cannot be taken back.
fn gave_up(twice: bool, longest: Duration) -> Outcome {
    let error = format!("no answer that ends the try within {} s", longest.as_secs());
    if twice { Outcome::InDoubt { error } } else { Outcome::Retry { error, after: None } }
}

fn finish_of(outcome: Outcome, key: &str, tries: u32) -> Finish {
    match outcome {
        Outcome::Done { receipt } => Finish::Done { receipt },
        Outcome::Refused { error } | Outcome::Gone { error } => Finish::Refused { error },
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

//! Channels whose address is gone: what is still to go there is refused without asking. Never: which answers say so.

use super::rounds::Worker;
use crate::definition::Channel;
use crate::deliver::{Outcome, address};

impl Worker {
    /// Why nothing is sent by this channel; `None` when it may be tried.
    pub(super) async fn gone(&self, channel: &Channel) -> Option<Outcome> {
        let since = match self.ledger().gone_since(channel.id.as_str(), &address(channel)?).await {
            Ok(since) => since?,
            // then its server is asked: it says the same again
            Err(error) => {
                tracing::warn!(channel = %channel.id, error = %error, "not known whether the address is gone");
                return None;
            }
        };
        Some(Outcome::Refused {
            error: format!(
                "the address of channel {} is gone since {} UTC (410), and nothing was sent: write the new one into its `url`, \
                 or have it asked again with `parte retry`",
                channel.id,
                since.format("%Y-%m-%d %H:%M")
            ),
        })
    }

    /// Remembers that the address of a channel is gone, when that is what came of a try.
    pub(super) async fn remember_gone(&self, channel: &Channel, outcome: &Outcome) {
        let (Outcome::Gone { .. }, Some(address)) = (outcome, address(channel)) else { return };
        match self.ledger().record_gone(channel.id.as_str(), &address).await {
            Ok(()) => tracing::warn!(channel = %channel.id, "address is gone; nothing more is sent there"),
            Err(error) => {
                tracing::warn!(channel = %channel.id, error = %error, "not recorded that the address is gone");
            }
        }
    }
}

//! One event as JSON to somebody who wants to know: the same answers mean the same as to an upload.

use super::probe::Found;
use super::upload::{Lost, Partner, patience, probe_endpoint, with_body};
use super::{Outcome, Shipment};
use crate::definition::{Channel, WebhookChannel};

/// Posts; the recipient of the shipment is the event's name. `Ok` holds the server's status.
pub(super) async fn send(
    channel: &Channel,
    webhook: &WebhookChannel,
    shipment: &Shipment,
) -> Result<String, Outcome> {
    let partner = Partner::meet(channel, &webhook.endpoint, patience(channel, shipment)).await?;
    let request = with_body(partner.client().post(webhook.endpoint.url.clone()), shipment);
    let response = partner.send(request, &shipment.key, Lost::InDoubt).await?;
    partner.judge_delivery(response, &shipment.recipient).await
}

pub(super) async fn probe(channel: &Channel, webhook: &WebhookChannel) -> Result<Found, Outcome> {
    probe_endpoint(channel, &webhook.endpoint).await
}

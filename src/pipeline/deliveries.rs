//! Who gets what: mails are composed, and each recipient of each artifact becomes a delivery to come.

use super::inputs::Inputs;
use super::names::file_name;
use super::products::Products;
use super::{Order, PipelineError, mails};
use crate::definition::{Channel, ChannelId, Format, Way};
use crate::document::Document;
use crate::render::Artifact;
use std::collections::BTreeSet;

/// One delivery to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// By which channel.
    pub channel: ChannelId,
    /// Mail address, or file name at the peer.
    pub recipient: String,
    /// Index into the artifacts.
    pub artifact: usize,
    /// In doubt it is held, not sent once more.
    pub hold: bool,
}

/// Plans the deliveries; the mails that they need are added to the artifacts.
pub(super) fn plan(
    order: &Order<'_>,
    inputs: &Inputs,
    document: &Document,
    formats: &[Format],
    products: &mut Products,
) -> Result<Vec<Planned>, PipelineError> {
    let mut plan = Plan::default();
    let mut messages = 0;
    let mut composed: Vec<Artifact> = Vec::new();
    for deliver in &order.report.deliver {
        let channel =
            order.definitions.channels.get(&deliver.channel).ok_or_else(|| PipelineError::Compose {
                what: format!(
                    "report `{}`: its channel `{}` is not defined",
                    order.report.id, deliver.channel
                ),
                hint: "define it under [channels]".to_owned(),
            })?;
        let wanted = products.wanted(order.report, deliver, formats);
        let files = &products.artifacts;
        if wanted.is_empty() {
            continue; // a run restricted to other formats
        }
        if let Way::Email(email) = &channel.way {
            messages += 1;
            let templates = &inputs.templates;
            let task = mails::Task { order, templates, document, channel, email, deliver, number: messages };
            for mail in task.compose(&wanted, files)? {
                composed.push(mail.artifact);
                for recipient in mail.recipients {
                    plan.once(channel, recipient, files.len() + composed.len() - 1);
                }
            }
        } else {
            for index in wanted {
                plan.once(channel, file_name(order, channel, &files[index]), index);
            }
        }
    }
    products.artifacts.extend(composed);
    Ok(plan.deliveries)
}

/// Deliveries as they are planned.
#[derive(Default)]
struct Plan {
    deliveries: Vec<Planned>,
    known: BTreeSet<(ChannelId, String)>,
}

impl Plan {
    /// A recipient gets a thing once, however often the definition names it.
    fn once(&mut self, channel: &Channel, recipient: String, artifact: usize) {
        if self.known.insert((channel.id.clone(), recipient.clone())) {
            let hold = channel.holds_in_doubt();
            self.deliveries.push(Planned { channel: channel.id.clone(), recipient, artifact, hold });
        }
    }
}

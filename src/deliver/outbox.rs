//! What would be sent, as files of a folder: a channel's stand-in until its definition goes live. Never: sockets.

use super::email::OwnCopy;
use super::file_name::{checked, sanitized};
use super::folder::{Missing, place};
use super::{Outcome, Shipment};
use crate::definition::{Channel, Existing, FtpChannel, Placing, SftpChannel, Way};
use std::path::Path;

/// Writes a message to `{root}/{channel}/{message}_{recipient}.eml`, byte for byte as it would be sent, and a file to
/// `{root}/{channel}/{folder at the peer}/{name}`; the same again takes its place. `Ok` says where.
pub(super) async fn write(root: &Path, channel: &Channel, shipment: &Shipment) -> Result<String, Outcome> {
    let mut folder = root.join(channel.id.as_str());
    let name = match &channel.way {
        Way::Email(_) => message_name(&shipment.name, &shipment.recipient),
        Way::Ftp(FtpChannel { folder: there, .. }) | Way::Sftp(SftpChannel { folder: there, .. }) => {
            for segment in there.split('/').filter(|segment| !segment.is_empty()) {
                // the same rule as for names: nothing in a definition may lead out of the outbox
                folder.push(checked(segment).map_err(Outcome::refused)?);
            }
            shipment.recipient.clone()
        }
        Way::S3(s3) => {
            for segment in s3.store.prefix.split('/').filter(|segment| !segment.is_empty()) {
                folder.push(checked(segment).map_err(Outcome::refused)?);
            }
            shipment.recipient.clone()
        }
        Way::Webhook(_) => event_name(&shipment.name, &shipment.recipient),
        Way::Upload(_) | Way::Folder(_) => shipment.recipient.clone(),
    };
    let done = match &channel.way {
        Way::Ftp(ftp) => ftp.placing.done.clone(),
        Way::Sftp(sftp) => sftp.placing.done.clone(),
        Way::Folder(folder) => folder.placing.done.clone(),
        Way::Email(_) | Way::Upload(_) | Way::S3(_) | Way::Webhook(_) => None,
    };
    // nobody but us puts anything there
    let placing = Placing { existing: Existing::Replace, done };
    let bytes = match &channel.way {
        Way::Email(_) => OwnCopy::of(shipment).map_err(Outcome::refused)?.whole().into(),
        _ => shipment.bytes.clone(),
    };
    let shipment = Shipment { bytes, ..shipment.clone() };
    place(channel, &folder, Missing::MakeAll, &placing, &name, &shipment).await
}

fn event_name(thing: &str, event: &str) -> String {
    let thing = thing.strip_suffix(".json").unwrap_or(thing);
    format!("{}_{}.json", sanitized(thing), sanitized(event))
}

fn message_name(message: &str, recipient: &str) -> String {
    let message = message.strip_suffix(".eml").unwrap_or(message);
    format!("{}_{}.eml", sanitized(message), sanitized(recipient))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_named_after_its_report_and_recipient() {
        assert_eq!(message_name("ventas_mail.eml", "a@b.example"), "ventas_mail_a@b.example.eml");
        assert_eq!(message_name("../ventas", "Ana <a@b.example>"), "_ventas_Ana__a@b.example_.eml");
        assert!(message_name(&"k".repeat(300), &"r".repeat(300)).len() <= 255);
    }
}

//! Brings artifacts to people: email, FTP, SFTP, HTTP upload, S3, folder, webhook; each answer of a peer is done, retry, refused or
//! in doubt.
//! Never: rendering, SQL, "now", and no secret in a receipt or an error.

mod email;
mod file_name;
mod folder;
mod ftp;
mod outbox;
mod placing;
mod probe;
mod s3;
mod sftp;
mod smtp;
mod tls;
mod upload;
mod webhook;

pub use email::{Mail, compose, mailbox};
pub use probe::{Welcome, probe};
pub use smtp::Connections;
pub use upload::{Caller, Lost, Partner, Token, address, retry_after};

use crate::web::answer;
use probe::Found;

use crate::definition::{Channel, Way};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// One thing to bring to one recipient. A try again ships the same bytes under the same key.
#[derive(Debug, Clone)]
pub struct Shipment {
    /// Stable key of the delivery: idempotency key of uploads, temporary names.
    pub key: String,
    /// Name of what is shipped, among the run's artifacts: an outbox names messages after it.
    pub name: String,
    /// Mail address (envelope), or the file's name at the peer.
    pub recipient: String,
    /// Media type of the content.
    pub media_type: String,
    /// The content: a complete message (RFC 5322) for email, the file otherwise. Tries and recipients share it.
    pub bytes: Arc<[u8]>,
    /// 1 for the first try.
    pub attempt: u32,
}

/// What became of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The peer said so; its words.
    Done {
        /// The peer's answer or what proves it (`250 2.0.0 OK id=...`, `226, size 1234 equal`).
        receipt: String,
    },
    /// Not now; the same again later.
    Retry {
        /// What happened and where, in one sentence, without secrets.
        error: String,
        /// The peer's own wish (Retry-After).
        after: Option<Duration>,
    },
    /// Never this way.
    Refused {
        /// What happened and what to do.
        error: String,
    },
    /// Never this way, nor anything else: the address is gone for good.
    Gone {
        /// What happened and what to do.
        error: String,
    },
    /// The peer may or may not have it.
    InDoubt {
        /// What happened.
        error: String,
    },
}

impl Outcome {
    fn retry(error: impl Into<String>) -> Self {
        Self::Retry { error: error.into(), after: None }
    }
    fn refused(error: impl Into<String>) -> Self {
        Self::Refused { error: error.into() }
    }
}

/// Asked before something leaves that cannot be taken back (a message, a POST): from then on the peer may have it. Where the
/// answer is `false` it must not leave.
pub type MayLeave = dyn Fn() -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync;

/// Brings a shipment by a channel (or writes it to the channel's outbox). Returns when the peer has answered
/// or the channel's patience is over; a try that is dropped half-way leaves nothing under a final name.
pub async fn deliver(channel: &Channel, shipment: &Shipment) -> Outcome {
    let connections = Connections::default();
    let outcome = deliver_asking(&connections, channel, shipment, &|| Box::pin(async { true })).await;
    connections.close().await;
    outcome
}

/// The same, asking before what cannot be repeated leaves, over connections that are kept for the next message. Other files
/// need no asking: they can be brought again under the same name.
pub async fn deliver_asking(
    connections: &Connections,
    channel: &Channel,
    shipment: &Shipment,
    may_leave: &MayLeave,
) -> Outcome {
    let sent = match &channel.outbox {
        Some(root) => outbox::write(root, channel, shipment).await,
        None => match &channel.way {
            Way::Email(email) => smtp::send(connections, channel, email, shipment, may_leave).await,
            Way::Ftp(ftp) => ftp::store(channel, ftp, shipment).await,
            Way::Sftp(sftp) => sftp::store(channel, sftp, shipment).await,
            Way::Upload(upload) => upload::send(channel, upload, shipment, may_leave).await,
            Way::Folder(folder) => folder::store(channel, folder, shipment).await,
            Way::S3(s3) => s3::store(channel, s3, shipment).await,
            Way::Webhook(webhook) => webhook::send(channel, webhook, shipment).await,
        },
    };
    match sent {
        Ok(receipt) => Outcome::Done { receipt },
        Err(outcome) => outcome,
    }
}

//! Asks a channel whether it would let us in, up to the last step before something is sent. Never: sending, writing, making.

use super::answer::seconds;
use super::{Outcome, folder, ftp, s3, sftp, smtp, upload, webhook};
use crate::definition::{Channel, Way};
use std::time::Duration;
use tokio::time::timeout;

/// No peer is waited for longer, whatever its channel allows a delivery.
const LONGEST: Duration = Duration::from_secs(15);

/// What a channel answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Welcome {
    /// A delivery would get in; what else is known.
    Open {
        /// In the order found out: `TLS`, `logged in as informes`, `takes messages up to 10000000 bytes`.
        facts: Vec<String>,
        /// What a person should look at all the same.
        doubts: Vec<String>,
    },
    /// A delivery would not be possible now.
    Closed {
        /// What happened and where, in one sentence, without secrets.
        error: String,
        /// Will it pass by itself, as far as one can tell?
        passing: bool,
    },
    /// Its secret is not set, so that nobody was asked; an outbox stands in for it.
    NotAsked {
        /// Why, in one sentence.
        why: String,
    },
}

/// Asks. The channel's timeout holds for each answer, at most 15 s for all of them. An outbox does not stand in: the real
/// peer is asked.
pub async fn probe(channel: &Channel) -> Welcome {
    if channel.outbox.is_some() && lacks_secret(channel) {
        let why = format!("the secret of channel {} is not set, so its server was not asked", channel.id);
        return Welcome::NotAsked { why };
    }
    let patience = channel.timeout.min(LONGEST);
    let hurried = Channel { timeout: patience, ..channel.clone() };
    let asked = async {
        match &hurried.way {
            Way::Email(email) => smtp::probe(&hurried, email).await,
            Way::Ftp(ftp) => ftp::probe(&hurried, ftp).await,
            Way::Sftp(sftp) => sftp::probe(&hurried, sftp).await,
            Way::Upload(upload) => upload::probe(&hurried, upload).await,
            Way::Folder(folder) => folder::probe(folder).await,
            Way::S3(s3) => s3::probe(&hurried, s3).await,
            Way::Webhook(webhook) => webhook::probe(&hurried, webhook).await,
        }
    };
    match timeout(LONGEST, asked).await {
        Ok(Ok(Found { facts, doubts })) => Welcome::Open { facts, doubts },
        Ok(Err(Outcome::Retry { error, .. })) => Welcome::Closed { error, passing: true },
        Ok(Err(Outcome::Refused { error } | Outcome::Gone { error } | Outcome::InDoubt { error })) => {
            Welcome::Closed { error, passing: false }
        }
        // a probe that is let in returns `Found`
        Ok(Err(Outcome::Done { receipt })) => Welcome::Open { facts: vec![receipt], doubts: Vec::new() },
        Err(_) => Welcome::Closed {
            error: format!("channel {} has not let us in within {}", channel.id, seconds(LONGEST)),
            passing: true,
        },
    }
}

/// What a way found out on being let in.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) facts: Vec<String>,
    pub(super) doubts: Vec<String>,
}

fn lacks_secret(channel: &Channel) -> bool {
    let login = match &channel.way {
        Way::Email(email) => &email.server.login,
        Way::Ftp(ftp) => &ftp.server.login,
        Way::Sftp(sftp) => {
            return match &sftp.key {
                Some(login) => login.key.is_none(),
                None => matches!(&sftp.server.login, Some((_, None))),
            };
        }
        Way::Upload(upload) => return upload.endpoint.auth.lacks_secret(),
        Way::Folder(_) => return false,
        Way::S3(s3) => return s3.store.access_key.is_none() || s3.store.secret_key.is_none(),
        Way::Webhook(webhook) => return webhook.endpoint.auth.lacks_secret(),
    };
    matches!(login, Some((_, None)))
}

//! One message to one recipient over SMTP, phase by phase, so that a loss after the final dot is known as such.
//! Never: what a message says.

mod connections;
mod session;

pub use connections::Connections;

use super::answer::{quoted, root_cause, seconds};
use super::email::mailbox;
use super::probe::Found;
use super::{MayLeave, Outcome, Shipment};
use crate::definition::{Channel, EmailChannel};
use lettre::Address;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::{Response, Severity};
use session::{Peer, Session};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::timeout;

/// How long the answer to the final dot may take (RFC 5321, 4.5.3.2.6): giving up earlier makes duplicates.
const ANSWER_TO_DOT: Duration = Duration::from_secs(600);
/// Bytes given to the connection at a time.
const CHUNK: usize = 32 * 1024;

/// Sends; `Ok` holds the server's answer to the message.
pub(super) async fn send(
    connections: &Connections,
    channel: &Channel,
    email: &EmailChannel,
    shipment: &Shipment,
    may_leave: &MayLeave,
) -> Result<String, Outcome> {
    let peer = Peer::of(channel, email);
    let recipient = envelope(&shipment.recipient)?;
    if !email.allows(recipient.domain()) {
        return Err(Outcome::refused(format!(
            "channel {} sends no mail to {}; add the domain to its `allow`, or correct the address",
            channel.id,
            recipient.domain()
        )));
    }
    let sender = envelope(&email.from)?;
    let mut used = connections.session(&peer, channel, email).await?;
    let sent = peer.hand_over(&mut used.session, sender, recipient, &shipment.bytes, may_leave).await;
    match sent {
        Ok(_) => connections.keep(used).await,
        // after any other answer nobody knows where the server thinks we are
        Err(_) => used.session.close().await,
    }
    sent
}

/// Goes as far as the sender and takes it back: no recipient is named and no message begun.
pub(super) async fn probe(channel: &Channel, email: &EmailChannel) -> Result<Found, Outcome> {
    let peer = Peer::of(channel, email);
    let sender = envelope(&email.from)?;
    let mut session = peer.open(channel, email).await?;
    let asked = peer.look_around(&mut session, email, sender).await;
    session.close().await;
    asked
}

/// An address as commands carry it.
fn envelope(text: &str) -> Result<Address, Outcome> {
    Ok(mailbox(text).map_err(Outcome::refused)?.email)
}

impl Peer<'_> {
    async fn hand_over(
        &self,
        session: &mut Session,
        sender: Address,
        recipient: Address,
        message: &[u8],
        may_leave: &MayLeave,
    ) -> Result<String, Outcome> {
        let Session { connection, size_limit } = session;
        let limit = *size_limit;
        if let Some(limit) = limit.filter(|&limit| limit > 0 && message.len() > limit) {
            return Err(Outcome::refused(format!(
                "the message of {} bytes is larger than the {limit} bytes that {} accepts; send fewer formats by mail, or \
                 bring the files by another channel",
                message.len(),
                self.at
            )));
        }
        let mut parameters = Vec::new();
        if limit.is_some() {
            parameters.push(MailParameter::Size(message.len()));
        }
        for (needed, extension, parameter, name) in [
            (
                !message.is_ascii(),
                Extension::EightBitMime,
                MailParameter::Body(MailBodyParameter::EightBitMime),
                "8BITMIME",
            ),
            (
                !(recipient.user().is_ascii() && sender.user().is_ascii()),
                Extension::SmtpUtfEight,
                MailParameter::SmtpUtfEight,
                "SMTPUTF8",
            ),
        ] {
            if needed && !connection.server_info().supports_feature(extension) {
                return Err(Outcome::refused(format!(
                    "{} does not offer {name}, which the message to {recipient} needs; use another relay or address",
                    self.at
                )));
            }
            if needed {
                parameters.push(parameter);
            }
        }
        let from = format!("the sender {sender}");
        self.answer(&from, connection.command(Mail::new(Some(sender), parameters))).await?;
        let to = format!("the recipient {recipient}");
        self.answer(&to, connection.command(Rcpt::new(recipient, Vec::new()))).await?;
        self.answer("DATA", connection.command(Data)).await?;
        // lettre sends the content and the final dot in one go: what is recorded before the dot is recorded here
        if !may_leave().await {
            return Err(Outcome::retry(format!(
                "the message was held back at {}: that it leaves could not be recorded",
                self.at
            )));
        }
        self.transmit(connection, message, &to).await
    }

    /// The message itself and the final dot. From the moment the dot may have left, only the server's answer tells what
    /// became of it.
    async fn transmit(
        &self,
        connection: &mut AsyncSmtpConnection,
        message: &[u8],
        to: &str,
    ) -> Result<String, Outcome> {
        // lettre puts a line end before the dot
        let message = message.strip_suffix(b"\r\n").unwrap_or(message);
        let taken = AtomicUsize::new(0);
        let dotted = AtomicBool::new(false);
        let mut chunks = message.chunks(CHUNK);
        let counted = std::iter::from_fn(|| {
            let chunk = chunks.next();
            // lettre asks for the next chunk when the one before is written and flushed, and sends the dot after the last
            match chunk {
                Some(_) => _ = taken.fetch_add(1, Ordering::Relaxed),
                None => dotted.store(true, Ordering::Relaxed),
            }
            chunk
        });
        let mut sending = pin!(connection.message_iter(counted));
        let mut seen = 0;
        let answer = loop {
            let awaited = dotted.load(Ordering::Relaxed);
            let patience = if awaited { ANSWER_TO_DOT.max(self.timeout) } else { self.timeout };
            match timeout(patience, &mut sending).await {
                Ok(answer) => break answer,
                Err(_) if awaited => {
                    return Err(self.in_doubt(to, &format!("no answer came within {}", seconds(patience))));
                }
                Err(_) => {
                    let now = taken.load(Ordering::Relaxed);
                    if now == seen && !dotted.load(Ordering::Relaxed) {
                        return Err(self.silent("the message"));
                    }
                    seen = now;
                }
            }
        };
        match answer {
            // 3xx is no error to lettre; it answers something else that was said before
            Ok(response) if response.code().severity != Severity::PositiveCompletion => {
                Err(self.in_doubt(to, &format!("it answered {}", words(&response))))
            }
            Ok(response) => Ok(words(&response)),
            Err(error) if error.status().is_some() => Err(self.failed("the message", &error)),
            Err(error) if dotted.load(Ordering::Relaxed) => {
                Err(self.in_doubt(to, &format!("then the connection failed: {}", root_cause(&error))))
            }
            Err(error) => Err(self.failed("the message", &error)),
        }
    }

    fn in_doubt(&self, to: &str, what: &str) -> Outcome {
        Outcome::InDoubt {
            error: format!(
                "the whole message for {to} was sent to {}, but {what}; it may or may not have been accepted",
                self.at
            ),
        }
    }
}

/// `250 2.0.0 OK id=...`
fn words(response: &Response) -> String {
    let lines: Vec<_> = response.message().collect();
    quoted(&format!("{} {}", response.code(), lines.join(" ")))
}

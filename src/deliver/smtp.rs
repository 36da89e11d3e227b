//! One message to one recipient over SMTP, phase by phase, so that a loss after the final dot is known as such.
//! Never: what a message says.

mod connections;
mod secured;
mod session;

pub use connections::Connections;

use super::answer::{quoted, root_cause, seconds};
use super::email::{OwnCopy, mailbox};
use super::probe::Found;
use super::{MayLeave, Outcome, Shipment};
use crate::definition::{Channel, EmailChannel};
use lettre::Address;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
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
    let message = OwnCopy::of(shipment).map_err(Outcome::refused)?;
    let parcel = Parcel { sender: envelope(&email.from)?, recipient, message };
    loop {
        let mut used = connections.session(&peer, channel, email).await?;
        let is_kept = used.is_kept();
        match peer.convey(&mut used.session, &parcel, is_kept, may_leave).await {
            Ok(receipt) => {
                connections.keep(used).await;
                return Ok(receipt);
            }
            // after any other answer nobody knows where the server thinks we are
            Err(Failed::Said(outcome)) => {
                used.session.close().await;
                return Err(outcome);
            }
            // those that are kept come to an end, and a new one is never gone
            Err(Failed::Gone) => used.session.close().await,
        }
    }
}

/// A message and its envelope.
struct Parcel<'a> {
    sender: Address,
    recipient: Address,
    message: OwnCopy<'a>,
}

impl Parcel<'_> {
    fn to(&self) -> String {
        format!("the recipient {}", self.recipient)
    }
}

/// Why a message was not taken.
enum Failed {
    /// The connection was kept, and is there no more: nothing was said over it.
    Gone,
    /// What becomes of the try.
    Said(Outcome),
}

impl From<Outcome> for Failed {
    fn from(outcome: Outcome) -> Self {
        Self::Said(outcome)
    }
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
    async fn convey(
        &self,
        session: &mut Session,
        parcel: &Parcel<'_>,
        is_kept: bool,
        may_leave: &MayLeave,
    ) -> Result<String, Failed> {
        self.begin(session, parcel, is_kept).await?;
        // lettre sends the content and the final dot in one go: what is recorded before the dot is recorded here
        if !may_leave().await {
            session.awaits_content = true;
            return Err(Failed::Said(Outcome::retry(format!(
                "the message was held back at {}: that it leaves could not be recorded",
                self.at
            ))));
        }
        Ok(self.transmit(&mut session.connection, &parcel.message, &parcel.to()).await?)
    }

    /// Everything up to the server's asking for the content; in one go where it takes several commands at once (RFC 2920). What was
    /// begun on a connection that was kept is taken back first, which shows whether it is still there.
    async fn begin(&self, session: &mut Session, parcel: &Parcel<'_>, is_kept: bool) -> Result<(), Failed> {
        let mail = Mail::new(Some(parcel.sender.clone()), self.parameters(session, parcel)?);
        let rcpt = Rcpt::new(parcel.recipient.clone(), Vec::new());
        let mut commands = vec![
            (format!("the sender {}", parcel.sender), mail.to_string()),
            (parcel.to(), rcpt.to_string()),
            ("DATA".to_owned(), Data.to_string()),
        ];
        if is_kept {
            commands.insert(0, ("RSET".to_owned(), Rset.to_string()));
        }
        if session.pipelining {
            let all = commands.iter_mut().map(|(_, command)| std::mem::take(command)).collect();
            commands[0].1 = all;
        }
        let count = commands.len();
        for (at, (what, command)) in commands.into_iter().enumerate() {
            let connection = &mut session.connection;
            let said = timeout(self.timeout, async {
                // one that was sent with those before it has only its answer to come
                if command.is_empty() {
                    connection.read_response().await
                } else {
                    connection.command(command).await
                }
            })
            .await;
            let outcome = match said {
                Ok(Ok(_)) => continue,
                Ok(Err(error)) => {
                    // what went with a refused command is answered too
                    session.awaits_content = session.pipelining
                        && (error.status().is_none()
                            || self.asks_all_the_same(session, count - 1 - at).await);
                    self.failed(&what, &error)
                }
                Err(_) => {
                    session.awaits_content = session.pipelining;
                    self.silent(&what)
                }
            };
            if is_kept && at == 0 {
                return Err(Failed::Gone);
            }
            return Err(Failed::Said(outcome));
        }
        Ok(())
    }

    /// Reads the answers to the commands that went with a refused one. The last is to DATA: a careless server asks for a content even
    /// so, and would take for a message whatever comes then.
    async fn asks_all_the_same(&self, session: &mut Session, left: usize) -> bool {
        let mut asks = false;
        for _ in 0..left {
            asks = match timeout(self.timeout, session.connection.read_response()).await {
                Ok(Ok(_)) => true,
                Ok(Err(error)) if error.status().is_some() => false,
                _ => return true,
            };
        }
        asks
    }

    fn parameters(&self, session: &Session, parcel: &Parcel<'_>) -> Result<Vec<MailParameter>, Outcome> {
        let Parcel { sender, recipient, message } = parcel;
        let limit = session.size_limit;
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
            if needed && !session.connection.server_info().supports_feature(extension) {
                return Err(Outcome::refused(format!(
                    "{} does not offer {name}, which the message to {recipient} needs; use another relay or address",
                    self.at
                )));
            }
            if needed {
                parameters.push(parameter);
            }
        }
        Ok(parameters)
    }

    /// The message itself and the final dot. From the moment the dot may have left, only the server's answer tells what
    /// became of it.
    async fn transmit(
        &self,
        connection: &mut AsyncSmtpConnection,
        message: &OwnCopy<'_>,
        to: &str,
    ) -> Result<String, Outcome> {
        let taken = AtomicUsize::new(0);
        let dotted = AtomicBool::new(false);
        // without its last line end: lettre puts one before the dot
        let mut chunks = message.pieces(CHUNK);
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

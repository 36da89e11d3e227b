//! One message to one recipient over SMTP, phase by phase, so that a loss after the final dot is known as such.
//! Never: what a message says.

use super::answer::{place, quoted, root_cause, seconds};
use super::email::mailbox;
use super::probe::Found;
use super::tls::{authorities, certificate_fault, install_provider, prepared};
use super::{MayLeave, Outcome, Shipment};
use crate::definition::{Channel, EmailChannel, TlsMode};
use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Ehlo, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::timeout;

/// How long the answer to the final dot may take (RFC 5321, 4.5.3.2.6): giving up earlier makes duplicates.
const ANSWER_TO_DOT: Duration = Duration::from_secs(600);
/// How long a farewell may take; nothing hangs on it.
const FAREWELL: Duration = Duration::from_secs(2);
/// Bytes given to the connection at a time.
const CHUNK: usize = 32 * 1024;

/// Sends; `Ok` holds the server's answer to the message.
pub(super) async fn send(
    channel: &Channel,
    email: &EmailChannel,
    shipment: &Shipment,
    may_leave: &MayLeave,
) -> Result<String, Outcome> {
    let peer = Peer::of(channel, email);
    let recipient = envelope(&shipment.recipient)?;
    let sender = envelope(&email.from)?;
    let hello = ClientId::default();
    let mut connection = peer.connect(channel, email, &hello).await?;
    let sent = async {
        peer.log_in(&mut connection, email).await?;
        peer.hand_over(&mut connection, &hello, sender, recipient, &shipment.bytes, may_leave).await
    }
    .await;
    // the answer counts, whatever becomes of the goodbye
    let _ = timeout(FAREWELL, connection.abort()).await;
    sent
}

/// Goes as far as the sender and takes it back: no recipient is named and no message begun.
pub(super) async fn probe(channel: &Channel, email: &EmailChannel) -> Result<Found, Outcome> {
    let peer = Peer::of(channel, email);
    let sender = envelope(&email.from)?;
    let hello = ClientId::default();
    let mut connection = peer.connect(channel, email, &hello).await?;
    let asked = async {
        peer.log_in(&mut connection, email).await?;
        peer.look_around(&mut connection, &hello, email, sender).await
    }
    .await;
    let _ = timeout(FAREWELL, connection.abort()).await;
    asked
}

/// An address as commands carry it: international domain names in their ASCII form.
fn envelope(text: &str) -> Result<Address, Outcome> {
    let address = mailbox(text).map_err(Outcome::refused)?.email;
    if address.domain().is_ascii() {
        return Ok(address);
    }
    let domain = url::Host::parse(address.domain())
        .map_err(|error| Outcome::refused(format!("the domain of {address} is malformed: {error}")))?;
    Address::new(address.user(), domain.to_string())
        .map_err(|error| Outcome::refused(format!("{address} is not a mail address: {error}")))
}

/// The server, for sentences about it.
struct Peer<'a> {
    at: String,
    channel: &'a str,
    timeout: Duration,
}

impl<'a> Peer<'a> {
    fn of(channel: &'a Channel, email: &EmailChannel) -> Self {
        Self {
            at: place(&email.server.host, email.server.port),
            channel: channel.id.as_str(),
            timeout: channel.timeout,
        }
    }

    /// What can be known without a recipient.
    async fn look_around(
        &self,
        connection: &mut AsyncSmtpConnection,
        hello: &ClientId,
        email: &EmailChannel,
        sender: Address,
    ) -> Result<Found, Outcome> {
        let mut found = Found::default();
        found.facts.push(match email.tls {
            TlsMode::Off => "not encrypted".to_owned(),
            TlsMode::Explicit => "encrypted after STARTTLS, certificate trusted".to_owned(),
            TlsMode::Implicit => "TLS from the first byte, certificate trusted".to_owned(),
        });
        let offers = connection.server_info().get_auth_mechanism(&[Mechanism::Plain, Mechanism::Login]);
        found.facts.push(match &email.server.login {
            Some((user, _)) => format!("logged in as {user}"),
            None if offers.is_some() => "login offered, none configured".to_owned(),
            None => "no login offered".to_owned(),
        });
        let greeting = self.answer("EHLO", connection.command(Ehlo::new(hello.clone()))).await?;
        found.facts.push(match size_limit(&greeting) {
            Some(0) => "no size limit".to_owned(),
            Some(limit) => format!("takes messages up to {limit} bytes"),
            None => "says no size limit".to_owned(),
        });
        let from = format!("the sender {sender}");
        self.answer(&from, connection.command(Mail::new(Some(sender), Vec::new()))).await?;
        self.answer("RSET", connection.command(Rset)).await?;
        found.facts.push("sender accepted".to_owned());
        Ok(found)
    }

    async fn connect(
        &self,
        channel: &Channel,
        email: &EmailChannel,
        hello: &ClientId,
    ) -> Result<AsyncSmtpConnection, Outcome> {
        install_provider();
        let host = &email.server.host;
        let tls = match email.tls {
            TlsMode::Off => None,
            TlsMode::Explicit | TlsMode::Implicit => Some(tls_parameters(channel, host).await?),
        };
        let wrapped = if email.tls == TlsMode::Implicit { tls.clone() } else { None };
        let mut connection = self
            .answer(
                "the greeting",
                AsyncSmtpConnection::connect_tokio1(
                    (host.as_str(), email.server.port),
                    Some(self.timeout),
                    hello,
                    wrapped,
                    None,
                ),
            )
            .await?;
        if let (TlsMode::Explicit, Some(tls)) = (email.tls, tls) {
            if !connection.can_starttls() {
                return Err(Outcome::refused(format!(
                    "{} offers no STARTTLS, which channel {} demands; use smtps:// if it speaks TLS from the first byte",
                    self.at, self.channel
                )));
            }
            self.answer("STARTTLS", connection.starttls(tls, hello)).await?;
        }
        Ok(connection)
    }

    async fn log_in(
        &self,
        connection: &mut AsyncSmtpConnection,
        email: &EmailChannel,
    ) -> Result<(), Outcome> {
        let Some((user, password)) = &email.server.login else { return Ok(()) };
        let Some(password) = password else {
            return Err(Outcome::refused(format!(
                "the password of channel {} is not set; set the variable that its `url` names",
                self.channel
            )));
        };
        let mechanisms = [Mechanism::Plain, Mechanism::Login];
        if connection.server_info().get_auth_mechanism(&mechanisms).is_none() {
            return Err(Outcome::refused(format!(
                "{} offers no login by PLAIN or LOGIN; most servers offer it only after TLS: use smtp+starttls:// or \
                 smtps://, or leave user and password out of `url` of channel {}",
                self.at, self.channel
            )));
        }
        let credentials = Credentials::new(user.clone(), password.expose().to_owned());
        match timeout(self.timeout, connection.auth(&mechanisms, &credentials)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if error.is_permanent() => Err(Outcome::refused(format!(
                "{} refused the login: {}; check the user and password of channel {}",
                self.at,
                server_words(&error),
                self.channel
            ))),
            Ok(Err(error)) => Err(self.failed("the login", &error)),
            Err(_) => Err(self.silent("the login")),
        }
    }

    async fn hand_over(
        &self,
        connection: &mut AsyncSmtpConnection,
        hello: &ClientId,
        sender: Address,
        recipient: Address,
        message: &[u8],
        may_leave: &MayLeave,
    ) -> Result<String, Outcome> {
        // lettre keeps what EHLO says about STARTTLS and AUTH only; SIZE needs words of our own
        let greeting = self.answer("EHLO", connection.command(Ehlo::new(hello.clone()))).await?;
        let limit = size_limit(&greeting);
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
            Ok(response) => Ok(quoted(&format!("{} {}", response.code(), joined(&response)))),
            Err(error) if error.status().is_some() => Err(self.failed("the message", &error)),
            Err(error) if dotted.load(Ordering::Relaxed) => {
                Err(self.in_doubt(to, &format!("then the connection failed: {}", root_cause(&error))))
            }
            Err(error) => Err(self.failed("the message", &error)),
        }
    }

    /// One answer within the channel's patience.
    async fn answer<T>(
        &self,
        what: &str,
        asked: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Outcome> {
        match timeout(self.timeout, asked).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(self.failed(what, &error)),
            Err(_) => Err(self.silent(what)),
        }
    }

    fn failed(&self, what: &str, error: &Error) -> Outcome {
        if error.is_permanent() {
            return Outcome::refused(format!("{} refused {what}: {}", self.at, server_words(error)));
        }
        if error.is_transient() {
            return Outcome::retry(format!("{} put off {what}: {}", self.at, server_words(error)));
        }
        let words = root_cause(error);
        match certificate_fault(&words) {
            Some(fault) => Outcome::refused(format!("{} cannot be trusted: {fault}", self.at)),
            None => Outcome::retry(format!("the connection to {} failed at {what}: {words}", self.at)),
        }
    }

    fn silent(&self, what: &str) -> Outcome {
        Outcome::retry(format!("{} gave no answer to {what} within {}", self.at, seconds(self.timeout)))
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

async fn tls_parameters(channel: &Channel, host: &str) -> Result<TlsParameters, Outcome> {
    let (ca, host) = (channel.ca.clone(), host.to_owned());
    // lettre reads the system's authorities each time
    prepared(move || {
        let mut parameters = TlsParameters::builder(host);
        for authority in authorities(ca.as_deref())? {
            let certificate =
                Certificate::from_der(authority.to_vec()).map_err(|error| root_cause(&error))?;
            parameters = parameters.add_root_certificate(certificate);
        }
        parameters.build().map_err(|error| root_cause(&error))
    })
    .await
}

/// `SIZE` of an EHLO answer: `None` when it is not offered, 0 for no fixed limit.
fn size_limit(greeting: &Response) -> Option<usize> {
    greeting.message().find_map(|line| {
        let mut words = line.split_whitespace();
        words.next().filter(|word| word.eq_ignore_ascii_case("SIZE"))?;
        Some(words.next().and_then(|limit| limit.parse().ok()).unwrap_or(0))
    })
}

fn joined(response: &Response) -> String {
    response.message().collect::<Vec<_>>().join(" ")
}

/// `550 5.1.1 no such mailbox`
fn server_words(error: &Error) -> String {
    let text = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    match error.status() {
        Some(code) => quoted(&format!("{code} {text}")),
        None => quoted(&text),
    }
}

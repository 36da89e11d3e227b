//! A session with a mail server: connected, encrypted, logged in, and what its answers mean. Never: a message.

use super::super::answer::{place, quoted, root_cause, seconds};
use super::super::tls::{authorities, certificate_fault, client_config, install_provider, prepared};
use super::super::{Found, Outcome};
use super::secured::Secured;
use crate::definition::{Channel, EmailChannel, MailLogin, Secret, TlsMode};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Ehlo, Mail, Rset};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use rustls::ClientConfig;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a farewell may take; nothing hangs on it.
const FAREWELL: Duration = Duration::from_secs(2);

/// An open connection: greeted, encrypted and logged in as its channel says.
pub(in crate::deliver) struct Session {
    pub(super) connection: AsyncSmtpConnection,
    /// `SIZE` of its EHLO: `None` when it is not offered, 0 for no fixed limit.
    pub(super) size_limit: Option<usize>,
    /// Its EHLO offers to take several commands at once.
    pub(super) pipelining: bool,
    /// Whatever it is told now it may take for a message.
    pub(super) awaits_content: bool,
}

impl Session {
    /// Says goodbye and closes; the answers given before count, whatever becomes of it.
    pub(in crate::deliver) async fn close(mut self) {
        if self.awaits_content {
            return;
        }
        let _ = timeout(FAREWELL, self.connection.abort()).await;
    }
}

/// The server, for sentences about it.
pub(super) struct Peer<'a> {
    pub(super) at: String,
    channel: &'a str,
    pub(super) timeout: Duration,
}

impl<'a> Peer<'a> {
    pub(super) fn of(channel: &'a Channel, email: &EmailChannel) -> Self {
        Self {
            at: place(&email.server.host, email.server.port),
            channel: channel.id.as_str(),
            timeout: channel.timeout,
        }
    }

    /// A session of its own.
    pub(super) async fn open(&self, channel: &Channel, email: &EmailChannel) -> Result<Session, Outcome> {
        let hello = ClientId::default();
        let mut connection = self.connect(channel, email, &hello).await?;
        let greeted = async {
            self.log_in(&mut connection, email).await?;
            // lettre keeps what EHLO says about STARTTLS and AUTH only; the rest needs words of our own
            self.answer("EHLO", connection.command(Ehlo::new(hello.clone()))).await
        }
        .await;
        match greeted {
            Ok(greeting) => Ok(Session {
                size_limit: offered(&greeting, "SIZE").map(|limit| limit.parse().unwrap_or(0)),
                pipelining: offered(&greeting, "PIPELINING").is_some(),
                awaits_content: false,
                connection,
            }),
            Err(outcome) => {
                let _ = timeout(FAREWELL, connection.abort()).await;
                Err(outcome)
            }
        }
    }

    /// What can be known without a recipient.
    pub(super) async fn look_around(
        &self,
        session: &mut Session,
        email: &EmailChannel,
        sender: Address,
    ) -> Result<Found, Outcome> {
        let mut found = Found::default();
        found.facts.push(match email.tls {
            TlsMode::Off => "not encrypted".to_owned(),
            TlsMode::Explicit => "encrypted after STARTTLS, certificate trusted".to_owned(),
            TlsMode::Implicit => "TLS from the first byte, certificate trusted".to_owned(),
        });
        let connection = &mut session.connection;
        let offers = connection.server_info().get_auth_mechanism(&BY_PASSWORD);
        found.facts.push(match &email.server.login {
            Some((user, _)) => format!("logged in as {user}"),
            None if offers.is_some() => "login offered, none configured".to_owned(),
            None => "no login offered".to_owned(),
        });
        found.facts.push(match session.size_limit {
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
        let server = (email.server.host.as_str(), email.server.port);
        let (from_the_first_byte, later) = match email.tls {
            TlsMode::Off => (None, None),
            TlsMode::Explicit => (None, Some(tls_parameters(channel, server.0).await?)),
            TlsMode::Implicit => (Some(client_config(channel.ca.as_deref()).await?), None),
        };
        let stream = match timeout(self.timeout, TcpStream::connect(server)).await {
            // a message and its final dot are two writes: without this each message waits for a delayed acknowledgement
            Ok(Ok(stream)) => stream.set_nodelay(true).map(|()| stream),
            Ok(Err(error)) => Err(error),
            Err(_) => return Err(self.silent("the connection")),
        };
        let stream = stream.map_err(|error| self.unconnected("the connection", &root_cause(&error)))?;
        let stream: Box<dyn AsyncTokioStream> = match from_the_first_byte {
            Some(config) => Box::new(self.secured(stream, server.0, config).await?),
            None => Box::new(stream),
        };
        let greeted = AsyncSmtpConnection::connect_with_transport(stream, hello);
        let mut connection = self.answer("the greeting", greeted).await?;
        if let Some(tls) = later {
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

    async fn secured(&self, stream: TcpStream, host: &str, config: ClientConfig) -> Result<Secured, Outcome> {
        match timeout(self.timeout, Secured::over(stream, host, config)).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(self.unconnected("the TLS handshake", &root_cause(&error))),
            Err(_) => Err(self.silent("the TLS handshake")),
        }
    }

    async fn log_in(
        &self,
        connection: &mut AsyncSmtpConnection,
        email: &EmailChannel,
    ) -> Result<(), Outcome> {
        let Some((user, secret)) = &email.server.login else { return Ok(()) };
        let what = match email.login {
            MailLogin::Password => "password",
            MailLogin::Token => "token",
        };
        let Some(secret) = secret else {
            let how = match email.login {
                MailLogin::Password => "`url`",
                MailLogin::Token => "`auth`",
            };
            return Err(Outcome::refused(format!(
                "the {what} of channel {} is not set; set the variable that its {how} names",
                self.channel
            )));
        };
        let secret = self.renewed(secret, what).await?;
        let mechanisms: &[Mechanism] = match email.login {
            MailLogin::Password => &BY_PASSWORD,
            MailLogin::Token => &[Mechanism::Xoauth2],
        };
        if connection.server_info().get_auth_mechanism(mechanisms).is_none() {
            let by = if email.login == MailLogin::Token { "XOAUTH2" } else { "PLAIN or LOGIN" };
            return Err(Outcome::refused(format!(
                "{} offers no login by {by}; most servers offer it only after TLS: use smtp+starttls:// or \
                 smtps://, or leave user and password out of `url` of channel {}",
                self.at, self.channel
            )));
        }
        let asked = async {
            match email.login {
                MailLogin::Password => {
                    let credentials = Credentials::new(user.clone(), secret.expose().to_owned());
                    connection.auth(mechanisms, &credentials).await
                }
                MailLogin::Token => by_token(connection, user, &secret).await,
            }
        };
        match timeout(self.timeout, asked).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if error.is_permanent() => Err(Outcome::refused(format!(
                "{} refused the login: {}; check the user and {what} of channel {}",
                self.at,
                server_words(&error),
                self.channel
            ))),
            Ok(Err(error)) => Err(self.failed("the login", &error)),
            Err(_) => Err(self.silent("the login")),
        }
    }

    /// The secret as it is now. One that cannot be read may be about to be written: that passes.
    async fn renewed(&self, secret: &Secret, what: &str) -> Result<Secret, Outcome> {
        let secret = secret.clone();
        let read = tokio::task::spawn_blocking(move || secret.renewed()).await;
        read.unwrap_or_else(|error| Err(error.to_string())).map_err(|error| {
            Outcome::retry(format!("the {what} of channel {} cannot be had: {error}", self.channel))
        })
    }

    /// One answer within the channel's patience.
    pub(super) async fn answer<T>(
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

    pub(super) fn failed(&self, what: &str, error: &Error) -> Outcome {
        if error.is_permanent() {
            return Outcome::refused(format!("{} refused {what}: {}", self.at, server_words(error)));
        }
        if error.is_transient() {
            return Outcome::retry(format!("{} put off {what}: {}", self.at, server_words(error)));
        }
        self.unconnected(what, &root_cause(error))
    }

    fn unconnected(&self, what: &str, words: &str) -> Outcome {
        match certificate_fault(words) {
            Some(fault) => Outcome::refused(format!("{} cannot be trusted: {fault}", self.at)),
            None => Outcome::retry(format!("the connection to {} failed at {what}: {words}", self.at)),
        }
    }

    pub(super) fn silent(&self, what: &str) -> Outcome {
        Outcome::retry(format!("{} gave no answer to {what} within {}", self.at, seconds(self.timeout)))
    }
}

/// Logins with a user and a password.
const BY_PASSWORD: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];

/// XOAUTH2: a refusal is explained in a challenge first, which an empty answer ends (lettre gives up at it).
async fn by_token(
    connection: &mut AsyncSmtpConnection,
    user: &str,
    token: &Secret,
) -> Result<Response, Error> {
    let words = format!("user={user}\u{1}auth=Bearer {}\u{1}\u{1}", token.expose());
    let answer = connection.command(format!("AUTH XOAUTH2 {}\r\n", BASE64_STANDARD.encode(words))).await?;
    if answer.has_code(334) { connection.command("\r\n").await } else { Ok(answer) }
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

/// What follows a word of the answer to EHLO: empty when nothing does.
fn offered(greeting: &Response, word: &str) -> Option<String> {
    greeting.message().find_map(|line| {
        let mut words = line.split_whitespace();
        words.next().filter(|first| first.eq_ignore_ascii_case(word))?;
        Some(words.next().unwrap_or_default().to_owned())
    })
}

/// `550 5.1.1 no such mailbox`
fn server_words(error: &Error) -> String {
    let text = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    match error.status() {
        Some(code) => quoted(&format!("{code} {text}")),
        None => quoted(&text),
    }
}

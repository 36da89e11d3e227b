//! One file to an FTP or FTPS server: connection, login and folder. Never: more than one file in a session.

mod greeting;
mod shelf;

use super::answer::{causes, place, quoted, seconds};
use super::file_name::checked;
use super::placing;
use super::probe::Found;
use super::tls::certificate_fault;
use super::{Outcome, Shipment};
use crate::definition::{Channel, FtpChannel, TlsMode};
use std::time::Duration;
use suppaftp::tokio::AsyncRustlsFtpStream;
use suppaftp::types::{FileType, FtpError, Mode};
use tokio::time::error::Elapsed;
use tokio::time::timeout;

/// How long a farewell or the removal of leftovers may take; nothing hangs on them.
const FAREWELL: Duration = Duration::from_secs(2);

/// Stores; `Ok` says what proves it.
pub(super) async fn store(
    channel: &Channel,
    ftp: &FtpChannel,
    shipment: &Shipment,
) -> Result<String, Outcome> {
    let name = shipment.recipient.as_str();
    // before anybody is asked: such a name never reaches a server
    checked(name).map_err(Outcome::refused)?;
    let mut session = Session::open(channel, ftp).await?;
    let stored = match session.begin(name).await {
        Ok(()) => placing::put(&mut session, &ftp.placing, channel.id.as_str(), name, shipment).await,
        Err(outcome) => Err(outcome),
    };
    let _ = timeout(FAREWELL, session.stream.quit()).await;
    stored
}

/// Logs in and goes to the folder, making nothing.
pub(super) async fn probe(channel: &Channel, ftp: &FtpChannel) -> Result<Found, Outcome> {
    let mut session = Session::open(channel, ftp).await?;
    let found = session.look_around(ftp).await;
    let _ = timeout(FAREWELL, session.stream.quit()).await;
    found
}

/// The server, for sentences about it.
struct Peer<'a> {
    at: String,
    channel: &'a str,
    timeout: Duration,
}

impl<'a> Peer<'a> {
    fn of(channel: &'a Channel, ftp: &FtpChannel) -> Self {
        Self {
            at: place(&ftp.server.host, ftp.server.port),
            channel: channel.id.as_str(),
            timeout: channel.timeout,
        }
    }

    async fn open(&self, channel: &Channel, ftp: &FtpChannel) -> Result<AsyncRustlsFtpStream, Outcome> {
        let mut stream = self.greet(channel, ftp).await?;
        self.log_in(&mut stream, ftp).await?;
        stream.set_mode(Mode::ExtendedPassive);
        // if it comes to PASV: servers behind NAT announce addresses that nobody can reach, or somebody else's
        stream.set_passive_nat_workaround(true);
        self.answer("binary mode", stream.transfer_type(FileType::Binary)).await?;
        Ok(stream)
    }

    async fn log_in(&self, stream: &mut AsyncRustlsFtpStream, ftp: &FtpChannel) -> Result<(), Outcome> {
        let (user, password) = match &ftp.server.login {
            Some((user, Some(password))) => (user.as_str(), password.expose()),
            Some((_, None)) => {
                return Err(Outcome::refused(format!(
                    "the password of channel {} is not set; set the variable that its `url` names",
                    self.channel
                )));
            }
            None => ("anonymous", "anonymous@"),
        };
        match timeout(self.timeout, stream.login(user, password)).await {
            Ok(Ok(())) => Ok(()),
            // some say so with the code of a wrong password
            Ok(Err(error)) if is_crowded(&server_words(&error)) => {
                Err(Outcome::retry(format!("{} put off the login: {}", self.at, server_words(&error))))
            }
            Ok(Err(error)) if matches!(reply_code(&error), Some(530 | 430 | 332)) => {
                Err(Outcome::refused(format!(
                    "{} refused the login: {}; check the user and password of channel {}",
                    self.at,
                    server_words(&error),
                    self.channel
                )))
            }
            Ok(Err(error)) => Err(self.failed("the login", &error)),
            Err(_) => Err(self.silent("the login")),
        }
    }

    /// One answer within the channel's patience; suppaftp's reads have none.
    async fn answer<T>(
        &self,
        what: &str,
        asked: impl Future<Output = Result<T, FtpError>>,
    ) -> Result<T, Outcome> {
        match timeout(self.timeout, asked).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(self.failed(what, &error)),
            Err(_) => Err(self.silent(what)),
        }
    }

    fn failed(&self, what: &str, error: &FtpError) -> Outcome {
        match reply_code(error) {
            // the data connection's TLS was refused: a ticket that ran out, not a wish of the server's for good
            Some(522) => Outcome::retry(format!("{} put off {what}: {}", self.at, server_words(error))),
            // a full disk or quota, which somebody empties
            Some(552) => {
                Outcome::retry(format!("{} has no room for {what}: {}", self.at, server_words(error)))
            }
            Some(code) if code >= 500 => {
                Outcome::refused(format!("{} refused {what}: {}", self.at, server_words(error)))
            }
            Some(_) => Outcome::retry(format!("{} put off {what}: {}", self.at, server_words(error))),
            None => {
                let words = server_words(error);
                match certificate_fault(&words) {
                    Some(fault) => Outcome::refused(format!("{} cannot be trusted: {fault}", self.at)),
                    None => {
                        Outcome::retry(format!("the connection to {} failed at {what}: {words}", self.at))
                    }
                }
            }
        }
    }

    /// For commands whose answer does not matter, but has to come: one that comes later would be taken for that to the next.
    fn heard<T>(&self, what: &str, answer: Result<Result<T, FtpError>, Elapsed>) -> Result<(), Outcome> {
        answer.map(|_| ()).map_err(|_| self.silent(what))
    }

    fn silent(&self, what: &str) -> Outcome {
        Outcome::retry(format!("{} gave no answer to {what} within {}", self.at, seconds(self.timeout)))
    }
}

struct Session<'a> {
    peer: Peer<'a>,
    stream: AsyncRustlsFtpStream,
    channel: &'a Channel,
    ftp: &'a FtpChannel,
    /// Data connections so far.
    transfers: u32,
}

impl<'a> Session<'a> {
    async fn open(channel: &'a Channel, ftp: &'a FtpChannel) -> Result<Self, Outcome> {
        let peer = Peer::of(channel, ftp);
        let stream = peer.open(channel, ftp).await?;
        Ok(Self { peer, stream, channel, ftp, transfers: 0 })
    }

    /// Ready for a file of this name.
    async fn begin(&mut self, name: &str) -> Result<(), Outcome> {
        self.announce_names(if name.is_ascii() { &self.ftp.folder } else { name }).await?;
        self.enter().await
    }

    /// Begins again as a session of its own, in the same folder.
    async fn renew(&mut self) -> Result<(), Outcome> {
        let _ = timeout(FAREWELL, self.stream.quit()).await;
        self.stream = self.peer.open(self.channel, self.ftp).await?;
        self.transfers = 0;
        // every further name is one of the new login's folder and file
        self.offer_utf8().await?;
        self.enter().await
    }

    /// What can be known without writing.
    async fn look_around(&mut self, ftp: &FtpChannel) -> Result<Found, Outcome> {
        let mut found = Found::default();
        found.facts.push(match ftp.tls {
            TlsMode::Off => "not encrypted".to_owned(),
            TlsMode::Explicit | TlsMode::Implicit => "TLS, certificate trusted".to_owned(),
        });
        let user = ftp.server.login.as_ref().map_or("anonymous", |(user, _)| user);
        found.facts.push(format!("logged in as {user}"));
        self.announce_names(&ftp.folder).await?;
        self.start_of(&ftp.folder).await?;
        for segment in segments(&ftp.folder) {
            if let Some(missing) = self.step_into(segment, &ftp.folder).await? {
                found.doubts.push(format!(
                    "the folder {segment} of {} is not there: {}; the first delivery tries to make it",
                    ftp.folder,
                    server_words(&missing)
                ));
                return Ok(found);
            }
        }
        if !ftp.folder.is_empty() {
            found.facts.push(format!("the folder {} is there", ftp.folder));
        }
        found.facts.push("whether it may be written shows with the first file".to_owned());
        Ok(found)
    }

    /// Tells the server that names beyond ASCII are UTF-8 (RFC 2640); servers that know only UTF-8 refuse the option, and it
    /// does not matter.
    async fn announce_names(&mut self, names: &str) -> Result<(), Outcome> {
        if names.is_ascii() { Ok(()) } else { self.offer_utf8().await }
    }

    async fn offer_utf8(&mut self) -> Result<(), Outcome> {
        let offer = timeout(self.peer.timeout, self.stream.opts("UTF8", Some("ON"))).await;
        self.peer.heard("OPTS UTF8", offer)
    }

    /// Goes where the path begins.
    async fn start_of(&mut self, folder: &str) -> Result<(), Outcome> {
        if folder.chars().any(char::is_control) {
            return Err(Outcome::refused(format!("the folder {folder:?} holds a control character")));
        }
        if folder.starts_with('/') {
            self.peer.answer("the folder /", self.stream.cwd("/")).await?;
        }
        Ok(())
    }

    /// Goes one folder down; gives the server's answer where it is not there.
    async fn step_into(&mut self, segment: &str, folder: &str) -> Result<Option<FtpError>, Outcome> {
        let what = format!("the folder {segment} of {folder}");
        match timeout(self.peer.timeout, self.stream.cwd(segment)).await {
            Ok(Ok(())) => Ok(None),
            Ok(Err(error)) if reply_code(&error) == Some(550) => Ok(Some(error)),
            Ok(Err(error)) => Err(self.peer.failed(&what, &error)),
            Err(_) => Err(self.peer.silent(&what)),
        }
    }

    /// Goes to the folder, making what is missing.
    async fn enter(&mut self) -> Result<(), Outcome> {
        let folder = self.ftp.folder.as_str();
        self.start_of(folder).await?;
        for segment in segments(folder) {
            let Some(missing) = self.step_into(segment, folder).await? else { continue };
            let what = format!("the folder {segment} of {folder}");
            // another session may make it at this moment: whether it can be entered is what counts
            let made = self.peer.answer(&what, self.stream.mkdir(segment)).await;
            match (made, self.peer.answer(&what, self.stream.cwd(segment)).await) {
                (_, Ok(())) => {}
                (Err(refused), Err(Outcome::Refused { .. })) => return Err(refused),
                (Ok(()), Err(Outcome::Refused { .. })) => return Err(self.peer.failed(&what, &missing)),
                (_, Err(other)) => return Err(other),
            }
        }
        Ok(())
    }
}

/// Do these words refuse a login because others are in already?
fn is_crowded(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    words.contains("too many") || words.contains("maximum number")
}

/// The folders of a path, from the outside in.
fn segments(folder: &str) -> impl Iterator<Item = &str> {
    folder.split('/').filter(|segment| !segment.is_empty())
}

/// The three digits the server answered; suppaftp's own status knows only the codes of RFC 959.
fn reply_code(error: &FtpError) -> Option<u32> {
    let FtpError::UnexpectedResponse(response) = error else { return None };
    let digits = response.body.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
    digits
        .and_then(|digits| digits.parse().ok())
        .or_else(|| Some(response.status.code()).filter(|&code| code > 0))
}

/// `530 Login incorrect.`, or what is wrong with the connection.
fn server_words(error: &FtpError) -> String {
    match error {
        FtpError::UnexpectedResponse(response) => quoted(&String::from_utf8_lossy(&response.body)),
        FtpError::ConnectionError(error) => causes(error),
        other => causes(other),
    }
}

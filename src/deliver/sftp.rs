//! One file to an SFTP server: whom we speak with, who we are, which folder. Never: a host key that nobody has confirmed.

mod identity;
mod shelf;

use super::answer::{causes, place, quoted, seconds};
use super::file_name::checked;
use super::placing;
use super::probe::Found;
use super::{Outcome, Shipment};
use crate::definition::{Channel, Secret, SftpChannel};
use identity::{Expected, Guard};
use russh::client::{AuthResult, Handle, KeyboardInteractiveAuthResponse};
use russh::keys::{Error as KeyError, PrivateKey, PrivateKeyWithHashAlg, decode_secret_key};
use russh::{Disconnect, MethodKind};
use russh_sftp::client::error::Error as SftpError;
use russh_sftp::client::{Config, RawSftpSession};
use russh_sftp::protocol::{FileAttributes, StatusCode};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a farewell or the removal of leftovers may take; nothing hangs on them.
const FAREWELL: Duration = Duration::from_secs(2);
/// Bytes of one write where the server does not say how many it takes: what every server has to take.
const CHUNK: usize = 32 * 1024;
/// Most bytes of one write, whatever the server says.
const MOST: u64 = 255 * 1024;
/// How often a server may ask further questions at the login.
const QUESTIONS: usize = 5;

/// Stores; `Ok` says what proves it.
pub(super) async fn store(
    channel: &Channel,
    sftp: &SftpChannel,
    shipment: &Shipment,
) -> Result<String, Outcome> {
    let name = shipment.recipient.as_str();
    // before anybody is asked: such a name never reaches a server
    checked(name).map_err(Outcome::refused)?;
    let mut session = Session::open(channel, sftp).await?;
    let stored = match session.make_folder().await {
        Ok(()) => placing::put(&mut session, &sftp.placing, channel.id.as_str(), name, shipment).await,
        Err(outcome) => Err(outcome),
    };
    session.close().await;
    stored
}

/// Logs in and looks at the folder, making nothing.
pub(super) async fn probe(channel: &Channel, sftp: &SftpChannel) -> Result<Found, Outcome> {
    let session = Session::open(channel, sftp).await?;
    let found = session.look_around(sftp).await;
    session.close().await;
    found
}

/// The server, for sentences about it.
#[derive(Clone)]
struct Peer {
    at: String,
    channel: String,
    timeout: Duration,
}

impl Peer {
    /// One answer of the SSH session within the channel's patience.
    async fn answer<T>(
        &self,
        what: &str,
        asked: impl Future<Output = Result<T, russh::Error>>,
    ) -> Result<T, Outcome> {
        match timeout(self.timeout, asked).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(self.lost(what, &error)),
            Err(_) => Err(self.silent(what)),
        }
    }

    /// One answer of the SFTP session within the channel's patience: what was answered, or the server's refusal.
    async fn ask<T>(
        &self,
        what: &str,
        asked: impl Future<Output = Result<T, SftpError>>,
    ) -> Result<Result<T, Refusal>, Outcome> {
        match timeout(self.timeout, asked).await {
            Ok(Ok(answer)) => Ok(Ok(answer)),
            Ok(Err(SftpError::Status(status))) => {
                Ok(Err(Refusal { code: status.status_code, words: quoted(&status.error_message) }))
            }
            Ok(Err(SftpError::Timeout)) | Err(_) => Err(self.silent(what)),
            Ok(Err(error)) => Err(self.lost(what, &error)),
        }
    }

    /// One answer that has to be yes.
    async fn granted<T>(
        &self,
        what: &str,
        asked: impl Future<Output = Result<T, SftpError>>,
    ) -> Result<T, Outcome> {
        self.ask(what, asked).await?.map_err(|refusal| self.refused(what, &refusal))
    }

    /// A refusal in the terms of a delivery: what a person has to mend, and what may pass.
    fn refused(&self, what: &str, refusal: &Refusal) -> Outcome {
        let Refusal { code, words } = refusal;
        match code {
            StatusCode::PermissionDenied => Outcome::refused(format!(
                "{} refused {what}: {words}; let the user of channel {} write there",
                self.at, self.channel
            )),
            StatusCode::NoSuchFile | StatusCode::OpUnsupported | StatusCode::BadMessage => {
                Outcome::refused(format!("{} refused {what}: {words}", self.at))
            }
            // protocol version 3 has one word for a full disk, a quota and whatever else
            _ => Outcome::retry(format!(
                "{} put off {what}: {words}; the disk or the quota there may be full",
                self.at
            )),
        }
    }

    fn lost(&self, what: &str, error: &(dyn std::error::Error + 'static)) -> Outcome {
        Outcome::retry(format!("the connection to {} failed at {what}: {}", self.at, causes(error)))
    }

    fn silent(&self, what: &str) -> Outcome {
        Outcome::retry(format!("{} gave no answer to {what} within {}", self.at, seconds(self.timeout)))
    }
}

/// What a server said instead of yes.
struct Refusal {
    code: StatusCode,
    words: String,
}

/// A session in the channel's folder.
struct Session {
    peer: Peer,
    ssh: Handle<Guard>,
    raw: Arc<RawSftpSession>,
    folder: String,
    /// Bytes of one write.
    chunk: usize,
    /// `fsync@openssh.com`
    syncs: bool,
    /// `posix-rename@openssh.com`: renaming onto a file, at once.
    replaces: bool,
    fingerprint: String,
}

impl Session {
    async fn open(channel: &Channel, sftp: &SftpChannel) -> Result<Self, Outcome> {
        let (host, port) = (sftp.server.host.as_str(), sftp.server.port);
        let peer = Peer { at: place(host, port), channel: channel.id.to_string(), timeout: channel.timeout };
        let login = Login::of(sftp, &peer).await?;
        let expected = Expected::of(sftp).await?;
        let tcp = match timeout(peer.timeout, TcpStream::connect((host, port))).await {
            Ok(Ok(tcp)) => tcp,
            Ok(Err(error)) => {
                return Err(Outcome::retry(format!("{} cannot be reached: {}", peer.at, causes(&error))));
            }
            Err(_) => return Err(peer.silent("the connection")),
        };
        let config = russh::client::Config {
            preferred: expected.preferred(),
            // a server that says nothing for as long as one answer may take is gone
            keepalive_interval: Some((peer.timeout / 3).max(Duration::from_millis(100))),
            keepalive_max: 3,
            nodelay: true,
            ..Default::default()
        };
        let (guard, seen) = Guard::new(expected);
        let connected =
            timeout(peer.timeout, russh::client::connect_stream(Arc::new(config), tcp, guard)).await;
        let mut ssh = match connected {
            Ok(Ok(ssh)) => ssh,
            Ok(Err(error)) => {
                return Err(match seen.verdict(&error, &peer.at, &peer.channel, host, port) {
                    Some(sentence) => Outcome::refused(sentence),
                    None => peer.lost("the key exchange", &error),
                });
            }
            Err(_) => return Err(peer.silent("the key exchange")),
        };
        login.enter(&mut ssh, &peer).await?;
        let opened = peer.answer("a channel", ssh.channel_open_session()).await?;
        peer.answer("the subsystem sftp", opened.request_subsystem(true, "sftp")).await?;
        let config = Config {
            // the channel's patience is over first
            request_timeout_secs: peer.timeout.as_secs() + 2,
            ..Config::default()
        };
        let raw = RawSftpSession::new_with_config(opened.into_stream(), config);
        let version = peer.granted("the subsystem sftp", raw.init()).await?;
        let has = |name: &str| version.extensions.contains_key(name);
        let mut chunk = CHUNK;
        if has("limits@openssh.com")
            && let Ok(limits) = peer.granted("its limits", raw.limits()).await
            && limits.max_write_len > 0
        {
            chunk = usize::try_from(limits.max_write_len.min(MOST)).unwrap_or(CHUNK).max(1);
        }
        let (syncs, replaces) = (has("fsync@openssh.com"), has("posix-rename@openssh.com"));
        let folder = sftp.folder.clone();
        let raw = Arc::new(raw);
        Ok(Self { peer, ssh, raw, folder, chunk, syncs, replaces, fingerprint: seen.fingerprint() })
    }

    async fn close(self) {
        let _ = self.raw.close_session();
        let _ = timeout(FAREWELL, self.ssh.disconnect(Disconnect::ByApplication, "", "en")).await;
    }

    /// Makes every folder of the path that is not there.
    async fn make_folder(&self) -> Result<(), Outcome> {
        for path in paths(&self.folder) {
            let what = format!("the folder {path}");
            match self.peer.ask(&what, self.raw.stat(path)).await? {
                Ok(there) if there.attrs.permissions.is_none() || there.attrs.is_dir() => continue,
                Ok(_) => {
                    return Err(Outcome::refused(format!(
                        "{} has a file where {what} should be",
                        self.peer.at
                    )));
                }
                Err(refusal) if refusal.code == StatusCode::NoSuchFile => {}
                Err(refusal) => return Err(self.peer.refused(&what, &refusal)),
            }
            if let Err(refusal) = self.peer.ask(&what, self.raw.mkdir(path, FileAttributes::empty())).await? {
                // another session may have made it at this moment: whether it is there is what counts
                let there = self.peer.ask(&what, self.raw.stat(path)).await?;
                if there.is_err() {
                    return Err(self.peer.refused(&what, &refusal));
                }
            }
        }
        Ok(())
    }

    async fn look_around(&self, sftp: &SftpChannel) -> Result<Found, Outcome> {
        let mut found = Found::default();
        found.facts.push(format!("host key as expected, {}", self.fingerprint));
        let user = sftp.server.login.as_ref().map_or("", |(user, _)| user.as_str());
        found.facts.push(format!("logged in as {user}"));
        for path in paths(&self.folder) {
            let what = format!("the folder {path}");
            match self.peer.ask(&what, self.raw.stat(path)).await? {
                Ok(there) if there.attrs.permissions.is_none() || there.attrs.is_dir() => {}
                Ok(_) => {
                    return Err(Outcome::refused(format!(
                        "{} has a file where {what} should be",
                        self.peer.at
                    )));
                }
                Err(refusal) if refusal.code == StatusCode::NoSuchFile => {
                    found.doubts.push(format!("{what} is not there; the first delivery tries to make it"));
                    return Ok(found);
                }
                Err(refusal) => return Err(self.peer.refused(&what, &refusal)),
            }
        }
        if !self.folder.is_empty() {
            found.facts.push(format!("the folder {} is there", self.folder));
        }
        found.facts.push("whether it may be written shows with the first file".to_owned());
        Ok(found)
    }
}

/// `a`, `a/b`, `a/b/c` of `a/b/c`; a path that begins with a slash keeps it.
fn paths(folder: &str) -> impl Iterator<Item = &str> {
    let ends = folder.match_indices('/').map(|(at, _)| at).chain([folder.len()]);
    ends.map(|end| &folder[..end]).filter(|path| !path.is_empty() && !path.ends_with('/'))
}

/// How we log in.
enum Login<'a> {
    Password(&'a str, &'a Secret),
    Key(&'a str, Arc<PrivateKey>),
}

impl<'a> Login<'a> {
    /// What the definition says, before anybody is asked.
    async fn of(sftp: &'a SftpChannel, peer: &Peer) -> Result<Self, Outcome> {
        let unset = |what: &str| {
            Outcome::refused(format!(
                "the {what} of channel {} is not set; set the variable or the file that it names",
                peer.channel
            ))
        };
        match (&sftp.server.login, &sftp.key) {
            (Some((user, _)), Some(login)) => {
                let key = login.key.clone().ok_or_else(|| unset("key"))?;
                let (passphrase, channel) = (login.passphrase.clone(), peer.channel.clone());
                // a passphrase takes long to check on purpose
                let opened = tokio::task::spawn_blocking(move || private_key(&key, passphrase.as_ref()));
                match opened.await {
                    Ok(Ok(key)) => Ok(Self::Key(user, Arc::new(key))),
                    Ok(Err(fault)) => {
                        Err(Outcome::refused(format!("the `key` of channel {channel} {fault}")))
                    }
                    Err(error) => Err(Outcome::retry(format!("opening the key was interrupted: {error}"))),
                }
            }
            (Some((user, Some(password))), None) => Ok(Self::Password(user, password)),
            _ => Err(unset("password")),
        }
    }

    async fn enter(&self, ssh: &mut Handle<Guard>, peer: &Peer) -> Result<(), Outcome> {
        let (answer, with) = match self {
            Self::Key(user, key) => {
                let key = PrivateKeyWithHashAlg::new(Arc::clone(key), None);
                (peer.answer("the login", ssh.authenticate_publickey(*user, key)).await?, "key")
            }
            Self::Password(user, password) => {
                let login = ssh.authenticate_password(*user, password.expose());
                let mut answer = peer.answer("the login", login).await?;
                // many servers take a password only as the answer to a question
                if let AuthResult::Failure { remaining_methods, partial_success: false } = &answer
                    && remaining_methods.contains(&MethodKind::KeyboardInteractive)
                    && !remaining_methods.contains(&MethodKind::Password)
                    && answer_questions(ssh, peer, user, password).await?
                {
                    answer = AuthResult::Success;
                }
                (answer, "password")
            }
        };
        let AuthResult::Failure { remaining_methods, partial_success } = answer else { return Ok(()) };
        let methods: Vec<String> =
            remaining_methods.iter().map(|method| <&str>::from(method).to_owned()).collect();
        Err(Outcome::refused(if partial_success {
            format!(
                "{} accepted the {with} and wants {} beside it; channel {} can give only one of them",
                peer.at,
                methods.join(" or "),
                peer.channel
            )
        } else {
            format!(
                "{} refused the login with this {with} (it takes {}); check the user and the {with} of channel {}",
                peer.at,
                methods.join(", "),
                peer.channel
            )
        }))
    }
}

/// Gives the password to each question that hides what is typed.
async fn answer_questions(
    ssh: &mut Handle<Guard>,
    peer: &Peer,
    user: &str,
    password: &Secret,
) -> Result<bool, Outcome> {
    let mut said = peer.answer("the login", ssh.authenticate_keyboard_interactive_start(user, None)).await?;
    for _ in 0..QUESTIONS {
        let prompts = match said {
            KeyboardInteractiveAuthResponse::Success => return Ok(true),
            KeyboardInteractiveAuthResponse::Failure { .. } => return Ok(false),
            KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => prompts,
        };
        let answers = prompts
            .iter()
            .map(|prompt| if prompt.echo { String::new() } else { password.expose().to_owned() })
            .collect();
        said = peer.answer("the login", ssh.authenticate_keyboard_interactive_respond(answers)).await?;
    }
    Ok(false)
}

/// # Errors
/// What is wrong with it, as the end of a sentence.
fn private_key(key: &Secret, passphrase: Option<&Secret>) -> Result<PrivateKey, &'static str> {
    Err(match decode_secret_key(key.expose(), passphrase.map(Secret::expose)) {
        Ok(key) if key.algorithm().is_rsa() || key.algorithm().is_dsa() => {
            "is an RSA or DSA key, which parte does not use; make another: ssh-keygen -t ed25519"
        }
        Ok(key) => return Ok(key),
        Err(KeyError::KeyIsEncrypted) => "is encrypted; write passphrase = \"${...}\" beside it",
        Err(KeyError::UnsupportedKeyType { .. }) => {
            "is of a kind that parte does not use; make another: ssh-keygen -t ed25519"
        }
        Err(_) if passphrase.is_some() => "cannot be opened with this `passphrase`",
        // words of the library could hold parts of the key
        Err(_) => {
            "cannot be read; it has to be a private key as ssh-keygen writes it, with its first and last line"
        }
    })
}

#[cfg(test)]
mod tests {
    use super::paths;

    #[test]
    fn a_folder_is_made_from_the_outside_in() {
        assert_eq!(paths("a/b/c").collect::<Vec<_>>(), ["a", "a/b", "a/b/c"]);
        assert_eq!(paths("/srv//in").collect::<Vec<_>>(), ["/srv", "/srv//in"]);
        assert_eq!(paths("").count(), 0);
    }
}

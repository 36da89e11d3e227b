//! Channels: the ways out, resolved from their URLs.

use super::upload::{S3Channel, UploadChannel, UploadMethod, WebhookChannel};
use super::{ChannelId, FilePattern, Secret};
use std::path::PathBuf;
use std::time::Duration;

/// A way out, ready for use.
#[derive(Debug, Clone)]
pub struct Channel {
    /// Its name in the definition.
    pub id: ChannelId,
    /// How it reaches people.
    pub way: Way,
    /// Write what would be sent into this folder instead of sending it.
    pub outbox: Option<PathBuf>,
    /// A PEM file with certificates to trust beside the system's.
    pub ca: Option<PathBuf>,
    /// How long one answer of the peer may take.
    pub timeout: Duration,
    /// Connections to its host at once; `None`: the usual number.
    pub connections: Option<usize>,
}

impl Channel {
    /// Is what is in doubt held at once?
    #[must_use]
    pub fn holds_in_doubt(&self) -> bool {
        matches!(&self.way, Way::Email(email) if email.in_doubt == InDoubt::Hold)
    }

    /// May what it brings be there twice when it is brought again? Files take the same name again; messages and posts do not.
    #[must_use]
    pub fn may_bring_twice(&self) -> bool {
        match &self.way {
            Way::Email(_) | Way::Webhook(_) => true,
            Way::Upload(upload) => upload.presign.is_none() && upload.method != UploadMethod::Put,
            Way::Ftp(_) | Way::Folder(_) | Way::Sftp(_) | Way::S3(_) => false,
        }
    }
}

/// The ways out.
#[derive(Debug, Clone)]
pub enum Way {
    /// SMTP.
    Email(EmailChannel),
    /// FTP, and FTPS in both kinds.
    Ftp(FtpChannel),
    /// HTTP upload.
    Upload(UploadChannel),
    /// A folder on this machine.
    Folder(FolderChannel),
    /// SFTP.
    Sftp(SftpChannel),
    /// A bucket of an S3-compatible store.
    S3(S3Channel),
    /// Events as JSON over HTTP; takes no files.
    Webhook(WebhookChannel),
}

/// Host, port and who we are there.
#[derive(Debug, Clone)]
pub struct ServerAddress {
    /// Host name or address, without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// User name and password; `None` without login. The password is `None` when the channel writes to an outbox and its secret is not set.
    pub login: Option<(String, Option<Secret>)>,
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsMode {
    /// Not at all.
    Off,
    /// Upgraded in the session (STARTTLS, AUTH TLS); required, never optional.
    Explicit,
    /// From the first byte.
    Implicit,
}

/// `smtp://`, `smtp+starttls://`, `smtps://`
#[derive(Debug, Clone)]
pub struct EmailChannel {
    /// The relay.
    pub server: ServerAddress,
    /// Protection.
    pub tls: TlsMode,
    /// The From mailbox, as written: `Informes <informes@example.com>`; checked to parse.
    pub from: String,
    /// The Reply-To mailbox.
    pub reply_to: Option<String>,
    /// How the server's `login` is proved.
    pub login: MailLogin,
    /// What becomes of a message that may or may not have arrived.
    pub in_doubt: InDoubt,
    /// No message is larger than this, in bytes.
    pub max_size: Option<usize>,
    /// Where files are that a message has no room for: a URL with `{report}` and `{file}`.
    pub archive: Option<String>,
    /// Domains that get mail: `example.com`, `*.example.org`, in lower case and ASCII; empty for all.
    pub allow: Vec<String>,
}

impl EmailChannel {
    /// May somebody of this domain get mail by this channel?
    #[must_use]
    pub fn allows(&self, domain: &str) -> bool {
        let domain = url::Host::parse(domain).map_or_else(|_| domain.to_lowercase(), |host| host.to_string());
        self.allow.is_empty()
            || self.allow.iter().any(|allowed| match allowed.strip_prefix("*.") {
                Some(parent) => {
                    domain.strip_suffix(parent).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
                }
                None => domain == *allowed,
            })
    }
}

/// How a mail server is told who we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MailLogin {
    /// By password: PLAIN or LOGIN.
    #[default]
    Password,
    /// By a token: XOAUTH2.
    Token,
}

/// What becomes of a message whose server was not heard of again after the whole of it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InDoubt {
    /// It is sent once more, under the same Message-ID, and then held: it is not lost, and may arrive twice.
    #[default]
    Resend,
    /// It is held until somebody decides: it does not arrive twice.
    Hold,
}

/// `ftp://`, `ftps://` (explicit), `ftps+implicit://`
#[derive(Debug, Clone)]
pub struct FtpChannel {
    /// The server.
    pub server: ServerAddress,
    /// Protection.
    pub tls: TlsMode,
    /// Folder on the server, from the login folder; empty for the login folder itself.
    pub folder: String,
    /// Names of files there.
    pub file: FilePattern,
    /// How a file takes its place there.
    pub placing: Placing,
}

/// `folder:path`
#[derive(Debug, Clone)]
pub struct FolderChannel {
    /// The folder; relative paths stand from the definition file.
    pub path: PathBuf,
    /// Names of files there.
    pub file: FilePattern,
    /// How a file takes its place there.
    pub placing: Placing,
}

/// `sftp://`
#[derive(Debug, Clone)]
pub struct SftpChannel {
    /// The server and the user there; the password is `None` where `key` logs in.
    pub server: ServerAddress,
    /// A private key that logs in, in OpenSSH's or another PEM form.
    pub key: Option<KeyLogin>,
    /// Which host key the server has.
    pub identity: HostIdentity,
    /// Folder on the server, from the login folder; empty for the login folder itself.
    pub folder: String,
    /// Names of files there.
    pub file: FilePattern,
    /// How a file takes its place there.
    pub placing: Placing,
}

/// A private key. Both are `None` when the channel writes to an outbox and the secret is not set.
#[derive(Debug, Clone)]
pub struct KeyLogin {
    /// The text of the key.
    pub key: Option<Secret>,
    /// What it is encrypted with.
    pub passphrase: Option<Secret>,
}

/// How the host key of a server is known. It is never learned from the server.
#[derive(Debug, Clone)]
pub enum HostIdentity {
    /// `ssh-ed25519 AAAA...`: this one; checked to parse.
    Key(String),
    /// Those that an OpenSSH `known_hosts` file has for the host.
    KnownHosts(PathBuf),
}

/// How a file takes its place among those that are there.
#[derive(Debug, Clone, Default)]
pub struct Placing {
    /// What happens when another file has its name.
    pub existing: Existing,
    /// The name of an empty file that says that the file is whole, with `{file}` in the place of the file's name.
    pub done: Option<String>,
}

/// What happens when another file has the name of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Existing {
    /// Nothing is brought, and a person is told.
    #[default]
    Refuse,
    /// Both stay: ours is called `name-2.csv`.
    Keep,
    /// Ours takes its place.
    Replace,
}

//! Channels: the ways out, resolved from their URLs.

use super::upload::{S3Channel, UploadChannel, WebhookChannel};
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
}

/// The ways out.
#[derive(Debug, Clone)]
pub enum Way {
    /// SMTP.
    Email(EmailChannel),
    /// FTP and explicit FTPS.
    Ftp(FtpChannel),
    /// HTTP upload.
    Upload(UploadChannel),
    /// A folder on this machine.
    Folder(FolderChannel),
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
}

/// `ftp://`, `ftps://` (explicit)
#[derive(Debug, Clone)]
pub struct FtpChannel {
    /// The server.
    pub server: ServerAddress,
    /// Protection: off or explicit.
    pub tls: TlsMode,
    /// Folder on the server, from the login folder; empty for the login folder itself.
    pub folder: String,
    /// Names of files there.
    pub file: FilePattern,
}

/// `folder:path`
#[derive(Debug, Clone)]
pub struct FolderChannel {
    /// The folder; relative paths stand from the definition file.
    pub path: PathBuf,
    /// Names of files there.
    pub file: FilePattern,
}

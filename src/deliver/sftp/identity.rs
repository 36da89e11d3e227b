//! Which host key an SFTP server has to have, and what is said when it has another. Never: learning a key.

use super::super::Outcome;
use crate::definition::{HostIdentity, SftpChannel};
use russh::Preferred;
use russh::keys::{Algorithm, HashAlg, PublicKey, PublicKeyOrCertificate, known_hosts::known_host_keys_path};
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The keys that a server may have, and where they stand.
#[derive(Clone)]
pub(super) struct Expected {
    keys: Vec<PublicKey>,
    revoked: Vec<PublicKey>,
    /// `None` for `host_key`.
    file: Option<PathBuf>,
}

impl Expected {
    /// # Errors
    /// A file that cannot be read.
    pub(super) async fn of(sftp: &SftpChannel) -> Result<Self, Outcome> {
        match &sftp.identity {
            HostIdentity::Key(text) => match PublicKey::from_openssh(text) {
                Ok(key) => Ok(Self { keys: vec![key], revoked: Vec::new(), file: None }),
                Err(error) => {
                    Err(Outcome::refused(format!("`host_key` of the channel cannot be read: {error}")))
                }
            },
            HostIdentity::KnownHosts(path) => {
                let (path, host, port) = (path.clone(), sftp.server.host.clone(), sftp.server.port);
                match tokio::task::spawn_blocking(move || from_file(&path, &host, port)).await {
                    Ok(read) => read.map_err(Outcome::refused),
                    Err(error) => {
                        Err(Outcome::retry(format!("reading known_hosts was interrupted: {error}")))
                    }
                }
            }
        }
    }

    /// Asks the server for a key of the kinds that are known of it, so that another kind it has too is no surprise.
    pub(super) fn preferred(&self) -> Preferred {
        let known: Vec<Algorithm> = self.keys.iter().map(PublicKey::algorithm).collect();
        let default = Preferred::DEFAULT;
        let wanted: Vec<Algorithm> =
            default.key.iter().filter(|algorithm| known.contains(algorithm)).cloned().collect();
        if wanted.is_empty() { default } else { Preferred { key: Cow::Owned(wanted), ..default } }
    }
}

fn from_file(path: &Path, host: &str, port: u16) -> Result<Expected, String> {
    let wrong = |what: String| format!("{} (`known_hosts` of the channel) {what}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let found =
        known_host_keys_path(host, port, path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let keys = found.into_iter().map(|(_, key)| key).filter(|key| !key.algorithm().is_rsa()).collect();
    let revoked = text
        .lines()
        .filter_map(|line| line.strip_prefix("@revoked"))
        .filter_map(|line| line.split_whitespace().nth(2))
        .filter_map(|key| russh::keys::parse_public_key_base64(key).ok())
        .collect();
    Ok(Expected { keys, revoked, file: Some(path.to_owned()) })
}

/// Looks at the key that a server shows, before anything is said to it.
pub(super) struct Guard {
    expected: Expected,
    shown: Arc<Mutex<Option<PublicKey>>>,
}

/// What the guard saw.
pub(super) struct Seen {
    expected: Expected,
    shown: Arc<Mutex<Option<PublicKey>>>,
}

impl Guard {
    pub(super) fn new(expected: Expected) -> (Self, Seen) {
        let shown = Arc::new(Mutex::new(None));
        (Self { expected: expected.clone(), shown: Arc::clone(&shown) }, Seen { expected, shown })
    }
}

impl russh::client::Handler for Guard {
    type Error = russh::Error;

    async fn check_server_key(&mut self, server: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        let PublicKeyOrCertificate::PublicKey { key, .. } = server else { return Ok(false) };
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(key.clone());
        let has = |keys: &[PublicKey]| keys.iter().any(|known| known.key_data() == key.key_data());
        Ok(has(&self.expected.keys) && !has(&self.expected.revoked))
    }
}

impl Seen {
    /// `SHA256:... (ssh-ed25519)` of the key that was shown.
    pub(super) fn fingerprint(&self) -> String {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.as_ref().map(fingerprint).unwrap_or_default()
    }

    /// What is wrong with the server's key, if that is why there is no connection.
    pub(super) fn verdict(
        &self,
        error: &russh::Error,
        at: &str,
        channel: &str,
        host: &str,
        port: u16,
    ) -> Option<String> {
        if let russh::Error::NoCommonAlgo { kind, ours, theirs } = error {
            return Some(format!(
                "{at} and parte have no {kind:?} algorithm in common (here {}; there {}); for a key, write the server's of \
                 another kind for channel {channel}",
                ours.join(", "),
                theirs.join(", ")
            ));
        }
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let (russh::Error::UnknownKey, Some(key)) = (error, shown.as_ref()) else { return None };
        let shows = fingerprint(key);
        let known: Vec<String> = self.expected.keys.iter().map(fingerprint).collect();
        let line = key.to_openssh().unwrap_or_default();
        let (wrong, mend) = match &self.expected.file {
            None => (
                format!("not {} as `host_key` says", known.join(" or ")),
                format!("write host_key = \"{line}\" for channel {channel}"),
            ),
            Some(file) if known.is_empty() => (
                format!("and {} has none for it", file.display()),
                format!("add it: ssh-keyscan -p {port} {host} >> {}", file.display()),
            ),
            Some(file) => (
                format!("not {} as {} says, or a revoked one", known.join(" or "), file.display()),
                format!("put it in the place of the old one in {}", file.display()),
            ),
        };
        Some(format!(
            "{at} shows the host key {shows}, {wrong}; nothing was said to it, it may be another machine; once its operator has \
             confirmed this fingerprint, {mend}"
        ))
    }
}

fn fingerprint(key: &PublicKey) -> String {
    format!("{} ({})", key.fingerprint(HashAlg::Sha256), key.algorithm())
}

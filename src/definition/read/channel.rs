//! `[channels.ID]`: the ways out.

pub(super) mod auth;
mod email;
mod ftp;
mod placing;
mod s3;
mod sftp;
mod upload;

pub(super) use email::{IN_DOUBT, is_this_machine, mailbox};
pub(super) use placing::EXISTING;
pub(super) use s3::{KEYS as STORE_KEYS, store};
pub(in crate::definition) use upload::DONE_ON;
pub(super) use upload::{METHODS, PRESIGN_METHODS};

use super::address::{self, Scheme, Vault};
use super::civil::part_of;
use super::duration;
use super::problems::Read;
use super::table::{Spot, Table};
use crate::definition::{Channel, ChannelId, Existing, FilePattern, FolderChannel, Secrets, TlsMode, Way};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long an answer may take when nothing is said.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Connections to one host at once, at most: more would wait for the places of their kind.
const MOST_CONNECTIONS: usize = 16;

/// Reads one channel.
pub(super) fn read(
    id: ChannelId,
    table: &Table<'_>,
    root: &Path,
    outbox: &Read<Option<PathBuf>>,
    secrets: Secrets,
) -> Read<Channel> {
    // With an outbox nothing is sent, so nothing needs to be secret.
    let optional = secrets == Secrets::Optional || !matches!(outbox, Ok(None));
    let vault = Vault { root, optional, sends: true };
    const URL: &str =
        "write url = \"smtp+starttls://user:${SMTP_PASSWORD}@host\", ftps://..., https://... or folder:PATH";
    let url = table.need("url", table.string_with_secret("url"), URL);
    let scheme = url.and_then(|url| address::scheme(table.page(), &url).map(|scheme| (url, scheme)));
    let ca = ca(table, root);
    let timeout = timeout(table);
    let connections = connections(table);
    let way = match scheme {
        Ok((url, scheme)) => way(table, &url, scheme, vault),
        Err(reported) => {
            // Which keys belong here depends on the scheme.
            table.leave_unjudged(&["file", "method", "presign", "auth"]);
            table.leave_unjudged(&email::KEYS);
            table.leave_unjudged(&placing::KEYS);
            table.leave_unjudged(&sftp::KEYS);
            table.leave_unjudged(&upload::HTTP_KEYS);
            table.leave_unjudged(&s3::KEYS);
            Err(reported)
        }
    };
    Ok(Channel {
        id,
        way: way?,
        outbox: outbox.clone()?,
        ca: ca?,
        timeout: timeout?,
        connections: connections?,
    })
}

fn way(table: &Table<'_>, url: &Spot<String>, scheme: Scheme, vault: Vault<'_>) -> Read<Way> {
    let refuse = |keys: &[&'static str], of: &str| {
        for key in keys {
            let what = format!("`{key}` belongs to {of}");
            table.refuse(key, &what, "delete the line, or check the channel's url");
        }
    };
    const MAIL: &str = "a mail channel (smtp, smtp+starttls, smtps)";
    const UPLOAD: &str = "an upload channel (http, https)";
    const HTTP: &str = "an upload or a webhook channel (http, https, webhook+https)";
    const STORE: &str = "a channel of an S3-compatible store (s3)";
    const FILES: &str = "a channel that takes files (ftp, ftps, sftp, http, https, s3, folder)";
    const PLACES: &str = "a channel that puts files into folders (ftp, ftps, sftp, folder)";
    const SSH: &str = "an SFTP channel (sftp)";
    let is_mail = matches!(scheme, Scheme::Smtp | Scheme::SmtpStartTls | Scheme::Smtps);
    let is_upload = matches!(scheme, Scheme::Http | Scheme::Https);
    let is_webhook = matches!(scheme, Scheme::Webhook | Scheme::Webhooks);
    let is_ftp = matches!(scheme, Scheme::Ftp | Scheme::Ftps | Scheme::FtpsImplicit);
    let is_place =
        is_ftp || matches!(scheme, Scheme::Sftp | Scheme::Folder | Scheme::Postgres | Scheme::MySql);
    if !is_mail {
        refuse(&email::KEYS, MAIL);
    }
    if is_mail || is_webhook {
        refuse(&["file"], FILES);
    }
    if !is_upload {
        refuse(&["method", "presign"], UPLOAD);
    }
    if !(is_upload || is_webhook || is_mail) {
        refuse(&["auth"], HTTP);
    }
    if !(is_upload || is_webhook) {
        refuse(&["done_on", "receipt"], HTTP);
        if scheme != Scheme::S3 {
            refuse(&["private"], HTTP);
        }
    }
    if scheme != Scheme::S3 {
        refuse(&s3::KEYS, STORE);
    }
    if !is_place {
        refuse(&["done"], PLACES);
        if scheme != Scheme::S3 {
            refuse(&["existing"], PLACES);
        }
    }
    if scheme == Scheme::Sftp {
        refuse(&["ca"], "a channel with TLS (smtp+starttls, smtps, ftps, https)");
    } else {
        refuse(&sftp::KEYS, SSH);
    }
    match scheme {
        Scheme::Smtp | Scheme::SmtpStartTls | Scheme::Smtps => {
            email::read(table, url, scheme, vault).map(Way::Email)
        }
        Scheme::Ftp | Scheme::Ftps | Scheme::FtpsImplicit => {
            ftp::read(table, url, scheme, vault).map(Way::Ftp)
        }
        Scheme::Sftp => sftp::read(table, url, scheme, vault).map(Way::Sftp),
        Scheme::Http | Scheme::Https => upload::read(table, url, scheme, vault).map(Way::Upload),
        Scheme::S3 => s3::read(table, url, vault).map(Way::S3),
        Scheme::Webhook | Scheme::Webhooks => upload::webhook(table, url, scheme, vault).map(Way::Webhook),
        Scheme::Folder | Scheme::Postgres | Scheme::MySql => {
            refuse(&["connections"], "a channel that connects to a host (mail, ftp, upload)");
            folder(table, url, vault.root).map(Way::Folder)
        }
    }
}

fn folder(table: &Table<'_>, url: &Spot<String>, root: &Path) -> Read<FolderChannel> {
    let file = file(table);
    let placing = placing::read(table, Existing::Replace);
    let path = url.value.trim_start_matches("folder:");
    if let Some(part) = crate::definition::secret::reference_in(&url.value) {
        let place = part_of(table.page(), url, part);
        let hint = "write the path itself";
        return Err(table.problems().add(
            "misplaced-secret",
            &place,
            "a path cannot hold a secret",
            "in a path",
            hint,
        ));
    }
    if path.trim().is_empty() || path.contains('\0') {
        let hint = "write folder:PATH, with the path from the folder of this file";
        return Err(table.problems().add("bad-url", &url.place, "no folder is named", "which folder?", hint));
    }
    Ok(FolderChannel { path: root.join(path), file: file?, placing: placing? })
}

/// A second address of a channel, over HTTP. Without TLS only to an address that is written out, or this machine: it is
/// told secrets.
fn http_url(table: &Table<'_>, key: &str, spot: &Spot<String>) -> Read<url::Url> {
    let wrong = |what: String, label: &str| {
        let hint = format!("write {key} = \"https://HOST/PATH\", without a user");
        table.problems().add("bad-url", &spot.place, what, label, hint)
    };
    let url = url::Url::parse(&spot.value)
        .map_err(|error| wrong(format!("`{key}` is not a url: {error}"), "cannot be read"))?;
    if !url.username().is_empty() || url.password().is_some() {
        table.problems().hide(&spot.place);
        return Err(wrong(format!("`{key}` has no login of its own"), "a user in it"));
    }
    let near = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(_) => true,
        None => false,
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if near => Ok(url),
        "http" => {
            Err(wrong(format!("`{key}` is not encrypted"), "would show secrets to everybody on the way"))
        }
        _ => Err(wrong(format!("`{key}` is not an address of HTTP"), "not http")),
    }
}

/// Warns of secrets that go to another machine in the clear.
fn warn_unless_encrypted(table: &Table<'_>, url: &Spot<String>, scheme: Scheme, host: &str, hint: &str) {
    if scheme.tls() == TlsMode::Off && !email::is_this_machine(host) {
        let what = format!("what logs in travels to `{host}` unencrypted");
        table.problems().warn("unencrypted", &url.place, what, "everybody on the way can read it", hint);
    }
}

fn file(table: &Table<'_>) -> Read<FilePattern> {
    let Some(spot) = table.string("file")? else { return Ok(FilePattern::default()) };
    FilePattern::parse(&spot.value).map_err(|error| {
        let place = part_of(table.page(), &spot, error.span);
        table.problems().add("bad-file-pattern", &place, error.what, "cannot stand here", error.hint)
    })
}

/// Reads `ca = "authority.pem"`.
pub(super) fn ca(table: &Table<'_>, root: &Path) -> Read<Option<PathBuf>> {
    let Some(spot) = table.string("ca")? else { return Ok(None) };
    let path = root.join(&spot.value);
    if path.is_file() {
        return Ok(Some(path));
    }
    let what = format!("there is no file `{}`", spot.value);
    let hint = format!("`ca` is a PEM file; paths begin at the folder of this file: {}", root.display());
    Err(table.problems().add("missing-file", &spot.place, what, "no such file", hint))
}

/// Reads `connections = 4`.
pub(super) fn connections(table: &Table<'_>) -> Read<Option<usize>> {
    let Some(spot) = table.integer("connections")? else { return Ok(None) };
    match usize::try_from(spot.value) {
        Ok(connections @ 1..=MOST_CONNECTIONS) => Ok(Some(connections)),
        _ => {
            let what = format!("{} connections to one host cannot be open at once", spot.value);
            let hint = format!("write 1 to {MOST_CONNECTIONS}, or delete the line to mean 4");
            Err(table.problems().add("out-of-range", &spot.place, what, "not a number of connections", hint))
        }
    }
}

/// Reads `30 seconds`, `2m`, `1h`.
fn timeout(table: &Table<'_>) -> Read<Duration> {
    let hint = "write a number and seconds or minutes: \"30 seconds\"";
    let most = duration::read(table, "timeout", 1..=3600, "a second and an hour", hint)?;
    Ok(most.map_or(TIMEOUT, |most| Duration::from_secs(most.value.into())))
}

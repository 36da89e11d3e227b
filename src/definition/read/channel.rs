//! `[channels.ID]`: the ways out.

mod email;
mod ftp;
mod placing;
mod sftp;
mod upload;

pub(super) use email::mailbox;
pub(super) use placing::EXISTING;
pub(super) use upload::METHODS;

use super::address::{self, Scheme, Vault};
use super::civil::part_of;
use super::duration;
use super::problems::Read;
use super::table::{Spot, Table};
use crate::definition::{Channel, ChannelId, Existing, FilePattern, FolderChannel, Secrets, Way};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long an answer may take when nothing is said.
const TIMEOUT: Duration = Duration::from_secs(30);

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
    let vault = Vault { root, optional };
    const URL: &str =
        "write url = \"smtp+starttls://user:${SMTP_PASSWORD}@host\", ftps://..., https://... or folder:PATH";
    let url = table.need("url", table.string_with_secret("url"), URL);
    let scheme = url.and_then(|url| address::scheme(table.page(), &url).map(|scheme| (url, scheme)));
    let ca = ca(table, root);
    let timeout = timeout(table);
    let way = match scheme {
        Ok((url, scheme)) => way(table, &url, scheme, vault),
        Err(reported) => {
            // Which keys belong here depends on the scheme.
            table.leave_unjudged(&["from", "reply_to", "file", "method", "auth"]);
            table.leave_unjudged(&placing::KEYS);
            table.leave_unjudged(&sftp::KEYS);
            Err(reported)
        }
    };
    Ok(Channel { id, way: way?, outbox: outbox.clone()?, ca: ca?, timeout: timeout? })
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
    const FILES: &str = "a channel that takes files (ftp, ftps, sftp, http, https, folder)";
    const PLACES: &str = "a channel that puts files into folders (ftp, ftps, sftp, folder)";
    const SSH: &str = "an SFTP channel (sftp)";
    if !matches!(scheme, Scheme::Ftp | Scheme::Ftps | Scheme::Sftp | Scheme::Folder | Scheme::Postgres) {
        refuse(&placing::KEYS, PLACES);
    }
    if scheme != Scheme::Sftp {
        refuse(&sftp::KEYS, SSH);
    }
    match scheme {
        Scheme::Smtp | Scheme::SmtpStartTls | Scheme::Smtps => {
            refuse(&["file"], FILES);
            refuse(&["method", "auth"], UPLOAD);
            email::read(table, url, scheme, vault).map(Way::Email)
        }
        Scheme::Ftp | Scheme::Ftps => {
            refuse(&["from", "reply_to"], MAIL);
            refuse(&["method", "auth"], UPLOAD);
            ftp::read(table, url, scheme, vault).map(Way::Ftp)
        }
        Scheme::Sftp => {
            refuse(&["from", "reply_to"], MAIL);
            refuse(&["method", "auth"], UPLOAD);
            refuse(&["ca"], "a channel with TLS (smtp+starttls, smtps, ftps, https)");
            sftp::read(table, url, scheme, vault).map(Way::Sftp)
        }
        Scheme::Http | Scheme::Https => {
            refuse(&["from", "reply_to"], MAIL);
            upload::read(table, url, scheme, vault).map(Way::Upload)
        }
        Scheme::Folder | Scheme::Postgres => {
            refuse(&["from", "reply_to"], MAIL);
            refuse(&["method", "auth"], UPLOAD);
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

/// Reads `30 seconds`, `2m`, `1h`.
fn timeout(table: &Table<'_>) -> Read<Duration> {
    let hint = "write a number and seconds or minutes: \"30 seconds\"";
    let most = duration::read(table, "timeout", 1..=3600, "a second and an hour", hint)?;
    Ok(most.map_or(TIMEOUT, |most| Duration::from_secs(most.value.into())))
}

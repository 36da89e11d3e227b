//! `[channels.ID]`: the ways out.

use super::address::{self, Address, Scheme, Vault};
use super::civil::{one_word, part_of};
use super::duration;
use super::problems::{Read, Reported};
use super::table::{Spot, Table};
use crate::definition::{
    Channel, ChannelId, EmailChannel, FilePattern, FolderChannel, FtpChannel, Secrets, UploadAuth,
    UploadChannel, UploadMethod, Way,
};
use lettre::message::Mailbox;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(super) const METHODS: [(&str, UploadMethod); 3] =
    [("put", UploadMethod::Put), ("post", UploadMethod::Post), ("multipart", UploadMethod::Multipart)];

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
    const FILES: &str = "a channel that takes files (ftp, ftps, http, https, folder)";
    match scheme {
        Scheme::Smtp | Scheme::SmtpStartTls | Scheme::Smtps => {
            refuse(&["file"], FILES);
            refuse(&["method", "auth"], UPLOAD);
            email(table, url, scheme, vault).map(Way::Email)
        }
        Scheme::Ftp | Scheme::Ftps => {
            refuse(&["from", "reply_to"], MAIL);
            refuse(&["method", "auth"], UPLOAD);
            ftp(table, url, scheme, vault).map(Way::Ftp)
        }
        Scheme::Http | Scheme::Https => {
            refuse(&["from", "reply_to"], MAIL);
            upload(table, url, scheme, vault).map(Way::Upload)
        }
        Scheme::Folder => {
            refuse(&["from", "reply_to"], MAIL);
            refuse(&["method", "auth"], UPLOAD);
            folder(table, url, vault.root).map(Way::Folder)
        }
    }
}

fn email(table: &Table<'_>, url: &Spot<String>, scheme: Scheme, vault: Vault<'_>) -> Read<EmailChannel> {
    let address = address::read(table.page(), url, scheme, vault);
    let from = table
        .need("from", table.string("from"), "write from = \"Informes <informes@example.com>\"")
        .and_then(|spot| mailbox(table, &spot).map(|_| spot.value));
    let reply_to = match table.string("reply_to") {
        Ok(Some(spot)) => mailbox(table, &spot).map(|_| Some(spot.value)),
        Ok(None) => Ok(None),
        Err(reported) => Err(reported),
    };
    let address = address?;
    if !matches!(address.url.path(), "" | "/") || address.url.query().is_some() {
        let what = "a mail server's url ends after its host";
        let hint = "delete what stands after the host and port";
        let place = part_of(table.page(), url, address.tail);
        return Err(table.problems().add("bad-url", &place, what, "has a path", hint));
    }
    Ok(EmailChannel { server: address.server, tls: scheme.tls(), from: from?, reply_to: reply_to? })
}

fn ftp(table: &Table<'_>, url: &Spot<String>, scheme: Scheme, vault: Vault<'_>) -> Read<FtpChannel> {
    let address = address::read(table.page(), url, scheme, vault);
    let file = file(table);
    let address = address?;
    let path = address.url.path();
    let folder = address::percent_decode(path.strip_prefix('/').unwrap_or(path));
    if folder.chars().any(char::is_control) {
        let what = "the folder on the server has a control character";
        return Err(table.problems().add("bad-url", &url.place, what, "in this url", "delete it"));
    }
    let folder = folder.trim_end_matches('/').to_owned();
    Ok(FtpChannel { server: address.server, tls: scheme.tls(), folder, file: file? })
}

fn upload(table: &Table<'_>, url: &Spot<String>, scheme: Scheme, vault: Vault<'_>) -> Read<UploadChannel> {
    let address = address::read(table.page(), url, scheme, vault);
    let file = file(table);
    let method = one_word(table, "method", "method", &METHODS);
    let auth = auth(table, vault);
    let Address { server, url, .. } = address?;
    let auth = match (auth?, server.login) {
        (None, None) => UploadAuth::None,
        (Some(auth), None) => auth,
        (None, Some((user, password))) => UploadAuth::Basic(user, password),
        (Some(_), Some(_)) => {
            let what = "the url has a user and `auth` is there too";
            let hint = "keep one of them";
            let place = table.key_place("auth");
            return Err(table.problems().add("conflicting-keys", &place, what, "one too many", hint));
        }
    };
    let method = method?.map_or(UploadMethod::Put, |method| method.value);
    Ok(UploadChannel { url, method, auth, file: file? })
}

fn folder(table: &Table<'_>, url: &Spot<String>, root: &Path) -> Read<FolderChannel> {
    let file = file(table);
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
    Ok(FolderChannel { path: root.join(path), file: file? })
}

fn file(table: &Table<'_>) -> Read<FilePattern> {
    let Some(spot) = table.string("file")? else { return Ok(FilePattern::default()) };
    FilePattern::parse(&spot.value).map_err(|error| {
        let place = part_of(table.page(), &spot, error.span);
        table.problems().add("bad-file-pattern", &place, error.what, "cannot stand here", error.hint)
    })
}

/// Reads a mail address as `Name <a@b>` or `a@b`.
pub(super) fn mailbox(table: &Table<'_>, spot: &Spot<String>) -> Read<Mailbox> {
    if let Ok(mailbox) = spot.value.parse::<Mailbox>()
        && !spot.value.contains(char::is_control)
    {
        return Ok(mailbox);
    }
    let what = format!("`{}` is not a mail address", spot.value);
    let hint = if spot.value.contains([',', ';']) {
        "write each address in quotes of its own: [\"a@example.com\", \"b@example.com\"]"
    } else {
        "write name@example.com, or Name <name@example.com>"
    };
    Err(table.problems().add("bad-address", &spot.place, what, "not an address", hint))
}

/// Reads `auth = { bearer = "${TOKEN}" }`, `{ basic = "user:${PASSWORD}" }`, `{ api_key = "Header: ${KEY}" }`.
fn auth(table: &Table<'_>, vault: Vault<'_>) -> Read<Option<UploadAuth>> {
    const HINT: &str = "write auth = { bearer = \"${TOKEN}\" }, { basic = \"user:${PASSWORD}\" } or { api_key = \"X-Api-Key: ${KEY}\" }";
    let Some(inner) = table.table("auth", "auth", HINT, &[])? else { return Ok(None) };
    let mut found: Vec<(&'static str, Read<UploadAuth>)> = Vec::new();
    for key in ["bearer", "basic", "api_key"] {
        let read = match inner.string_with_secret(key) {
            Ok(None) => continue,
            Ok(Some(spot)) => one_auth(&inner, key, &spot, vault),
            Err(reported) => Err(reported),
        };
        found.push((key, read));
    }
    match <[(&str, Read<UploadAuth>); 1]>::try_from(found) {
        Ok([(_, auth)]) => auth.map(Some),
        Err(found) if found.is_empty() && inner.has_unknown_keys() => Err(inner.problems().told_later()),
        Err(found) => {
            let what = match found.as_slice() {
                [] => "`auth` is empty",
                _ => "`auth` says more than one way to log in",
            };
            Err(inner.problems().add("conflicting-keys", &inner.place(), what, "exactly one goes here", HINT))
        }
    }
}

fn one_auth(inner: &Table<'_>, key: &str, spot: &Spot<String>, vault: Vault<'_>) -> Read<UploadAuth> {
    let page = inner.page();
    let whole = spot.value.len();
    match key {
        "bearer" => vault.only_secret(page, spot, 0..whole, "a token").map(UploadAuth::Bearer),
        "basic" => match spot.value.split_once(':') {
            Some((user, _)) if !user.is_empty() && !user.contains("${") => vault
                .only_secret(page, spot, user.len() + 1..whole, "a password")
                .map(|password| UploadAuth::Basic(user.to_owned(), password)),
            _ => Err(bad_auth(inner, spot, "write basic = \"user:${PASSWORD}\"")),
        },
        _ => match spot.value.split_once(':') {
            Some((header, value)) if is_header(header) => {
                let start = whole - value.trim_start().len();
                vault
                    .only_secret(page, spot, start..whole, "a key")
                    .map(|key| UploadAuth::ApiKey(header.to_owned(), key))
            }
            _ => Err(bad_auth(inner, spot, "write api_key = \"X-Api-Key: ${KEY}\"")),
        },
    }
}

fn bad_auth(inner: &Table<'_>, spot: &Spot<String>, hint: &str) -> Reported {
    // It may be a secret written out in a wrong shape: nobody needs to see it.
    inner.problems().hide(&spot.place);
    inner.problems().add("bad-auth", &spot.place, "this does not say who logs in", "cannot be read", hint)
}

fn is_header(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn ca(table: &Table<'_>, root: &Path) -> Read<Option<PathBuf>> {
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

//! `http://`, `https://`: channels of uploads, and who we are there.

use super::file;
use crate::definition::read::address::{self, Address, Scheme, Vault};
use crate::definition::read::civil::one_word;
use crate::definition::read::problems::{Read, Reported};
use crate::definition::read::table::{Spot, Table};
use crate::definition::{UploadAuth, UploadChannel, UploadMethod};

pub(in crate::definition::read) const METHODS: [(&str, UploadMethod); 3] =
    [("put", UploadMethod::Put), ("post", UploadMethod::Post), ("multipart", UploadMethod::Multipart)];

pub(super) fn read(
    table: &Table<'_>,
    url: &Spot<String>,
    scheme: Scheme,
    vault: Vault<'_>,
) -> Read<UploadChannel> {
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
    inner.refuse("xoauth2", "`xoauth2` belongs to a mail channel (smtp, smtp+starttls, smtps)", HINT);
    match <[(&str, Read<UploadAuth>); 1]>::try_from(found) {
        Ok([(_, auth)]) => auth.map(Some),
        Err(found) if found.is_empty() && (inner.has_unknown_keys() || inner.has("xoauth2")) => {
            Err(inner.problems().told_later())
        }
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

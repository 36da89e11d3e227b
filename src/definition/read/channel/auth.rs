//! `auth = { ... }`: who we are at an HTTP API.

use super::http_url;
use crate::definition::read::address::Vault;
use crate::definition::read::problems::{Read, Reported};
use crate::definition::read::table::{Spot, Table};
use crate::definition::{OAuth2, Secret, UploadAuth, signing_key};

/// Reads `auth = { bearer = "${TOKEN}" }`, `{ basic = "user:${PASSWORD}" }`, `{ api_key = "Header: ${KEY}" }`,
/// `{ hmac = "${KEY}" }`, `{ oauth2 = { ... } }`.
pub(super) fn read(table: &Table<'_>, vault: Vault<'_>) -> Read<Option<UploadAuth>> {
    read_beside(table, vault, &[])
}

/// The same, where further keys may stand in its place, which somebody else reads.
pub(in crate::definition::read) fn read_beside(
    table: &Table<'_>,
    vault: Vault<'_>,
    others: &[&'static str],
) -> Read<Option<UploadAuth>> {
    const HINT: &str = "write auth = { bearer = \"${TOKEN}\" }, { basic = \"user:${PASSWORD}\" }, { api_key = \"X-Api-Key: ${KEY}\" }, { hmac = \"${KEY}\" } or { oauth2 = { token_url = \"https://...\", client_id = \"...\", client_secret = \"${SECRET}\" } }";
    let Some(inner) = table.table("auth", "auth", HINT, &[])? else { return Ok(None) };
    inner.leave_unjudged(others);
    inner.refuse("xoauth2", "`xoauth2` belongs to a mail channel (smtp, smtp+starttls, smtps)", HINT);
    let mut found: Vec<Read<UploadAuth>> = Vec::new();
    for key in ["bearer", "basic", "api_key", "hmac"] {
        match inner.string_with_secret(key) {
            Ok(None) => {}
            Ok(Some(spot)) => found.push(one(&inner, key, &spot, vault)),
            Err(reported) => found.push(Err(reported)),
        }
    }
    match inner.table("oauth2", "oauth2", HINT, &[]) {
        Ok(None) => {}
        Ok(Some(login)) => found.push(oauth2(&login, vault).map(UploadAuth::OAuth2)),
        Err(reported) => found.push(Err(reported)),
    }
    match <[Read<UploadAuth>; 1]>::try_from(found) {
        Ok([auth]) => auth.map(Some),
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

fn one(inner: &Table<'_>, key: &str, spot: &Spot<String>, vault: Vault<'_>) -> Read<UploadAuth> {
    let page = inner.page();
    let whole = spot.value.len();
    match key {
        "bearer" => vault.only_secret(page, spot, 0..whole, "a token").map(UploadAuth::Bearer),
        "hmac" => {
            let secret = vault.only_secret(page, spot, 0..whole, "a signing key")?;
            signable(inner, spot, secret.as_ref())?;
            Ok(UploadAuth::Hmac(secret))
        }
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

fn signable(inner: &Table<'_>, spot: &Spot<String>, secret: Option<&Secret>) -> Read<()> {
    if secret.is_none_or(|secret| signing_key(secret).is_some()) {
        return Ok(());
    }
    let what = "the secret is not a signing key";
    let hint = "signing keys are whsec_ and base64, as the receiver shows them; take it from there again";
    Err(inner.problems().add("bad-auth", &spot.place, what, "not whsec_ and base64", hint))
}

fn oauth2(login: &Table<'_>, vault: Vault<'_>) -> Read<OAuth2> {
    const URL: &str = "write token_url = \"https://login.example.com/oauth2/token\"";
    let token_url = login
        .need("token_url", login.string("token_url"), URL)
        .and_then(|spot| http_url(login, "token_url", &spot));
    let client_id = login.need("client_id", login.string("client_id"), "write client_id = \"...\"");
    const SECRET: &str = "write client_secret = \"${CLIENT_SECRET}\"";
    let client_secret = login
        .need("client_secret", login.string_with_secret("client_secret"), SECRET)
        .and_then(|spot| vault.only_secret(login.page(), &spot, 0..spot.value.len(), "a client secret"));
    let scope = login.string("scope");
    Ok(OAuth2 {
        token_url: token_url?,
        client_id: client_id?.value,
        client_secret: client_secret?,
        scope: scope?.map(|scope| scope.value),
    })
}

fn bad_auth(inner: &Table<'_>, spot: &Spot<String>, hint: &str) -> Reported {
    // It may be a secret written out in a wrong shape: nobody needs to see it.
    inner.problems().hide(&spot.place);
    inner.problems().add("bad-auth", &spot.place, "this does not say who logs in", "cannot be read", hint)
}

fn is_header(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

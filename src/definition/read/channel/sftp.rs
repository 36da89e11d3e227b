//! `sftp://`: channels of files on a server that SSH protects.

use super::{file, ftp, placing};
use crate::definition::read::address::{self, Address, Scheme, Vault};
use crate::definition::read::civil::part_of;
use crate::definition::read::problems::Read;
use crate::definition::read::table::{Spot, Table};
use crate::definition::{Existing, HostIdentity, KeyLogin, SftpChannel};
use russh::keys::PublicKey;

/// The keys that no other channel has.
pub(super) const KEYS: [&str; 4] = ["host_key", "known_hosts", "key", "passphrase"];

pub(super) fn read(
    table: &Table<'_>,
    url: &Spot<String>,
    scheme: Scheme,
    vault: Vault<'_>,
) -> Read<SftpChannel> {
    let address = address::read(table.page(), url, scheme, vault);
    let file = file(table);
    let placing = placing::read(table, Existing::Refuse);
    let identity = identity(table, vault);
    let key = key(table, vault);
    let Address { server, url: parsed, tail } = address?;
    let folder = ftp::folder(table, url, &parsed)?;
    // written, whether or not it is set: with an outbox it need not be
    let user_part = url.value[..tail.start].rsplit_once('@').map_or("", |(before, _)| before);
    let has_password = user_part.split_once("://").is_some_and(|(_, user)| user.contains(':'));
    let login = match (&server.login, key?) {
        (None, _) => {
            let place = part_of(table.page(), url, 0..tail.start);
            let hint = "write sftp://user@host with `key`, or sftp://user:${PASSWORD}@host";
            return Err(table.problems().add(
                "no-login",
                &place,
                "an SFTP server wants a user",
                "who logs in?",
                hint,
            ));
        }
        (Some(_), Some(_)) if has_password => {
            let what = "the url has a password and `key` is there too";
            let place = table.key_place("key");
            return Err(table.problems().add(
                "conflicting-keys",
                &place,
                what,
                "one too many",
                "keep one of them",
            ));
        }
        (Some(_), None) if !has_password => {
            let place = part_of(table.page(), url, 0..tail.start);
            let what = "nothing says how this user logs in";
            let hint = "write key = \"${file:/path/id_ed25519}\", or user:${PASSWORD}@host in the url";
            return Err(table.problems().add("no-login", &place, what, "no password, no key", hint));
        }
        (Some(_), key) => key,
    };
    Ok(SftpChannel { server, key: login, identity: identity?, folder, file: file?, placing: placing? })
}

/// Reads `key = "${file:/path/id_ed25519}"` and `passphrase = "${PASSPHRASE}"`.
fn key(table: &Table<'_>, vault: Vault<'_>) -> Read<Option<KeyLogin>> {
    let secret = |key: &'static str, what: &str| match table.string_with_secret(key)? {
        None => Ok(None),
        Some(spot) => vault.only_secret(table.page(), &spot, 0..spot.value.len(), what).map(Some),
    };
    let (key, passphrase) = (secret("key", "a private key"), secret("passphrase", "a passphrase"));
    match (key?, passphrase?) {
        (Some(key), passphrase) => Ok(Some(KeyLogin { key, passphrase: passphrase.flatten() })),
        (None, None) => Ok(None),
        (None, Some(_)) => {
            let what = "`passphrase` opens a `key`, and there is none";
            let hint = "write key = \"${file:/path/id_ed25519}\", or delete the line";
            let place = table.key_place("passphrase");
            Err(table.problems().add("misplaced-key", &place, what, "does not belong here", hint))
        }
    }
}

/// Reads `host_key = "ssh-ed25519 AAAA..."` or `known_hosts = "file"`.
fn identity(table: &Table<'_>, vault: Vault<'_>) -> Read<HostIdentity> {
    const HINT: &str = "write host_key = \"ssh-ed25519 AAAA...\": ssh-keyscan HOST shows it, and the server's operator \
                        confirms it; or known_hosts = \"FILE\"";
    let (host_key, known_hosts) = (table.string("host_key"), table.string("known_hosts"));
    match (host_key?, known_hosts?) {
        (Some(_), Some(_)) => {
            let what = "`host_key` and `known_hosts` both say who the server is";
            let place = table.key_place("known_hosts");
            Err(table.problems().add("conflicting-keys", &place, what, "one too many", "keep one of them"))
        }
        (None, None) => Err(table
            .need("host_key", Ok(None::<()>), HINT)
            .err()
            .unwrap_or_else(|| table.problems().told_later())),
        (Some(spot), None) => one_key(table, &spot),
        (None, Some(spot)) => {
            let path = vault.root.join(&spot.value);
            if path.is_file() {
                return Ok(HostIdentity::KnownHosts(path));
            }
            let what = format!("there is no file `{}`", spot.value);
            let hint = format!(
                "`known_hosts` is a file as ssh-keyscan writes it; paths begin at the folder of this file: {}",
                vault.root.display()
            );
            Err(table.problems().add("missing-file", &spot.place, what, "no such file", hint))
        }
    }
}

fn one_key(table: &Table<'_>, spot: &Spot<String>) -> Read<HostIdentity> {
    let hint = "write the kind and the text of the key: \"ssh-ed25519 AAAA...\", as the second half of a line of ssh-keyscan";
    let (what, label, hint) = match PublicKey::from_openssh(spot.value.trim()) {
        Ok(key) if key.algorithm().is_rsa() || key.algorithm().is_dsa() => (
            "parte does not check RSA and DSA keys of servers",
            "of a kind that is not checked",
            "use the server's Ed25519 key: ssh-keyscan -t ed25519 HOST",
        ),
        Ok(_) => return Ok(HostIdentity::Key(spot.value.trim().to_owned())),
        Err(_) if spot.value.contains("PRIVATE KEY") => {
            table.problems().hide(&spot.place);
            (
                "`host_key` holds a private key",
                "a secret",
                "write the server's public key, and change this private one",
            )
        }
        Err(_) if spot.value.contains("SHA256:") => {
            ("a fingerprint is not a key", "the key itself is needed", hint)
        }
        Err(_) => ("this is not a public key of SSH", "cannot be read", hint),
    };
    Err(table.problems().add("bad-host-key", &spot.place, what, label, hint))
}

//! `smtp://`, `smtp+starttls://`, `smtps://`: channels of mail.

use crate::definition::read::address::{self, Scheme, Vault};
use crate::definition::read::civil::{one_word, part_of};
use crate::definition::read::problems::{Read, Reported};
use crate::definition::read::size;
use crate::definition::read::table::{Spot, Table};
use crate::definition::{EmailChannel, InDoubt, MailLogin, ServerAddress, TlsMode};
use crate::suggest;
use lettre::message::Mailbox;

/// Keys that only channels of mail have.
pub(super) const KEYS: [&str; 6] = ["from", "reply_to", "in_doubt", "max_size", "archive", "allow"];

pub(in crate::definition::read) const IN_DOUBT: [(&str, InDoubt); 2] =
    [("resend", InDoubt::Resend), ("hold", InDoubt::Hold)];

/// What may stand in braces in `archive`.
const PLACES: [&str; 2] = ["report", "file"];

pub(super) fn read(
    table: &Table<'_>,
    url: &Spot<String>,
    scheme: Scheme,
    vault: Vault<'_>,
) -> Read<EmailChannel> {
    let address = address::read(table.page(), url, scheme, vault);
    let from = table
        .need("from", table.string("from"), "write from = \"Informes <informes@example.com>\"")
        .and_then(|spot| mailbox(table, &spot).map(|_| spot.value));
    let reply_to = match table.string("reply_to") {
        Ok(Some(spot)) => mailbox(table, &spot).map(|_| Some(spot.value)),
        Ok(None) => Ok(None),
        Err(reported) => Err(reported),
    };
    let token = token(table, vault);
    let in_doubt = one_word(table, "in_doubt", "way to treat what is in doubt", &IN_DOUBT);
    let max_size =
        size::read(table, "max_size", 10_000..=1_000_000_000, "10 KB and 1 GB", "write max_size = \"10 MB\"");
    let archive = archive(table);
    let allow = allow(table);
    let address = address?;
    if !matches!(address.url.path(), "" | "/") || address.url.query().is_some() {
        let what = "a mail server's url ends after its host";
        let hint = "delete what stands after the host and port";
        let place = part_of(table.page(), url, address.tail);
        return Err(table.problems().add("bad-url", &place, what, "has a path", hint));
    }
    let mut server = address.server;
    if scheme.tls() == TlsMode::Off && !is_this_machine(&server.host) {
        let what = format!("mail travels to `{}` unencrypted", server.host);
        let hint = "write smtp+starttls:// or smtps://, if the server offers it";
        table.problems().warn("unencrypted", &url.place, what, "everybody on the way can read it", hint);
    }
    let login = match token? {
        None => MailLogin::Password,
        Some(token) => {
            server.login = Some((token_user(table, &server)?, token));
            MailLogin::Token
        }
    };
    Ok(EmailChannel {
        server,
        tls: scheme.tls(),
        from: from?,
        reply_to: reply_to?,
        login,
        in_doubt: in_doubt?.map_or_else(InDoubt::default, |spot| spot.value),
        max_size: max_size?.map(|spot| spot.value),
        archive: archive?,
        allow: allow?,
    })
}

pub(in crate::definition::read) fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Ways to log in that are not for mail.
const UPLOAD_LOGINS: [&str; 5] = ["bearer", "basic", "api_key", "hmac", "oauth2"];

/// Reads `auth = { xoauth2 = "${TOKEN}" }`.
fn token(table: &Table<'_>, vault: Vault<'_>) -> Read<Option<Option<crate::definition::Secret>>> {
    const HINT: &str = "write auth = { xoauth2 = \"${TOKEN}\" }; a password stands in the url";
    const OF_UPLOADS: &str = "belongs to an upload channel (http, https)";
    let Some(inner) = table.table("auth", "auth", HINT, &[])? else { return Ok(None) };
    for key in UPLOAD_LOGINS {
        inner.refuse(key, &format!("`{key}` {OF_UPLOADS}"), HINT);
    }
    match inner.string_with_secret("xoauth2")? {
        Some(spot) => {
            let whole = 0..spot.value.len();
            vault.only_secret(table.page(), &spot, whole, "a token").map(Some)
        }
        None if inner.has_unknown_keys() || UPLOAD_LOGINS.iter().any(|key| inner.has(key)) => {
            Err(inner.problems().told_later())
        }
        None => Err(inner.problems().add(
            "conflicting-keys",
            &inner.place(),
            "`auth` is empty",
            "exactly one goes here",
            HINT,
        )),
    }
}

/// A token is somebody's: the url says whose, and no password beside it.
fn token_user(table: &Table<'_>, server: &ServerAddress) -> Read<String> {
    match &server.login {
        Some((user, None)) => Ok(user.clone()),
        Some((_, Some(_))) => {
            let what = "the url has a password and `auth` is there too";
            let hint = "keep one of them";
            let place = table.key_place("auth");
            Err(table.problems().add("conflicting-keys", &place, what, "one too many", hint))
        }
        None => {
            let what = "the url does not say whose token this is";
            let hint =
                "write the user into the url, with @ as %40: smtp+starttls://informes%40example.com@host";
            Err(table.problems().add("bad-auth", &table.key_place("auth"), what, "whose token?", hint))
        }
    }
}

/// Reads `archive = "https://files.example.com/{report}/{file}"`.
fn archive(table: &Table<'_>) -> Read<Option<String>> {
    const HINT: &str = "write archive = \"https://files.example.com/{report}/{file}\"";
    let Some(spot) = table.string("archive")? else { return Ok(None) };
    let mut filled = spot.value.clone();
    for name in PLACES {
        filled = filled.replace(&format!("{{{name}}}"), "x");
    }
    if let Some(open) = filled.find('{') {
        // what stands before it is written as it is, but for placeholders
        let name = filled[open + 1..].split('}').next().unwrap_or_default().to_owned();
        let start = spot.value.find(&format!("{{{name}")).unwrap_or_default();
        let place = part_of(table.page(), &spot, start..(start + name.len() + 2).min(spot.value.len()));
        let hint = suggest::hint(&name, PLACES);
        return Err(table.problems().add(
            "bad-file-pattern",
            &place,
            format!("`{{{name}}}` is not known here"),
            "cannot stand here",
            hint,
        ));
    }
    let is_web =
        url::Url::parse(&filled).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
    if !is_web || !spot.value.contains("{file}") {
        let what = "`archive` is not an address of files";
        return Err(table.problems().add("bad-url", &spot.place, what, "no link can be made of it", HINT));
    }
    Ok(Some(spot.value))
}

/// Reads `allow = ["example.com", "*.example.org"]`.
fn allow(table: &Table<'_>) -> Read<Vec<String>> {
    const HINT: &str = "write allow = [\"example.com\", \"*.example.com\"]";
    let Some(list) = table.strings("allow")? else { return Ok(Vec::new()) };
    if list.value.is_empty() {
        let what = "`allow` is empty";
        return Err(table.problems().add("empty-list", &list.place, what, "nobody may get mail", HINT));
    }
    let mut fault: Option<Reported> = None;
    let mut domains = Vec::new();
    for spot in list.value {
        let (stars, domain) = match spot.value.strip_prefix("*.") {
            Some(parent) => ("*.", parent),
            None => ("", spot.value.as_str()),
        };
        match url::Host::parse(domain) {
            Ok(url::Host::Domain(host)) if !host.contains('*') && !host.is_empty() => {
                domains.push(format!("{stars}{host}"));
            }
            _ => {
                let what = format!("`{}` is not a domain", spot.value);
                let hint = "write what stands behind the @ of an address: example.com, or *.example.com for what is below it";
                fault = Some(table.problems().add("bad-domain", &spot.place, what, "not a domain", hint));
            }
        }
    }
    fault.map_or(Ok(domains), Err)
}

/// Reads a mail address as `Name <a@b>` or `a@b`.
pub(in crate::definition::read) fn mailbox(table: &Table<'_>, spot: &Spot<String>) -> Read<Mailbox> {
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

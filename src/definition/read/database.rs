//! The url of a database on a server: of the record, or of a source.

use super::address::{self, Scheme, Vault, percent_decode};
use super::civil::part_of;
use super::problems::{Place, Read};
use super::table::{Spot, Table};
use crate::definition::{DatabaseProtection, DatabaseServer};
use crate::suggest;
use std::path::PathBuf;

/// The words of PostgreSQL's own urls; MySQL's mean the same here.
const PROTECTIONS: [(&str, DatabaseProtection); 3] = [
    ("disable", DatabaseProtection::Off),
    ("require", DatabaseProtection::Encrypted),
    ("verify-full", DatabaseProtection::Verified),
];

/// How urls of a kind of server begin.
pub(super) const BEGINNINGS: [(&str, Scheme); 4] = [
    ("postgres:", Scheme::Postgres),
    ("postgresql:", Scheme::Postgres),
    ("mysql:", Scheme::MySql),
    ("mariadb:", Scheme::MySql),
];

/// The kind of server that a url begins with.
pub(super) fn scheme_of(url: &str) -> Option<Scheme> {
    BEGINNINGS.iter().find(|(beginning, _)| url.starts_with(beginning)).map(|(_, scheme)| *scheme)
}

/// Reads the url; `whose` and `example` are for people.
pub(super) fn server(
    table: &Table<'_>,
    url: &Spot<String>,
    scheme: Scheme,
    vault: Vault<'_>,
    ca: Read<Option<PathBuf>>,
    (whose, example): (&str, &str),
) -> Read<DatabaseServer> {
    let address = address::read(table.page(), url, scheme, vault)?;
    let database = percent_decode(address.url.path().trim_start_matches('/'));
    if database.is_empty() || database.contains('/') || database.chars().any(char::is_control) {
        let what = "the url names no database";
        let hint = format!("write its name after the host: {example}");
        return Err(table.problems().add("bad-url", &url.place, what, "which database?", hint));
    }
    // Words of a key at fault stand in the url; its place in the text is that of the url's end.
    let in_url = |word: &str| -> Place {
        let at = url.value.rfind(word).unwrap_or(0);
        part_of(table.page(), url, at..at + word.len())
    };
    let local = matches!(address.server.host.as_str(), "localhost" | "127.0.0.1" | "::1");
    let mut protection = if local { DatabaseProtection::Off } else { DatabaseProtection::Verified };
    for (key, value) in address.url.query_pairs() {
        if key != "sslmode" {
            if key.contains("password") {
                // where other programs have it written
                table.problems().hide(&in_url(&value));
            }
            let what = format!("the url of {whose} has no part `{key}`");
            let hint = suggest::hint(&key, ["sslmode"]);
            return Err(table.problems().add("bad-url", &in_url(&key), what, "unknown part", hint));
        }
        let known = PROTECTIONS.iter().find(|(word, _)| *word == value);
        let Some((_, known)) = known else {
            let what = format!("a connection cannot be protected by `{value}`");
            let hint = suggest::hint(&value, PROTECTIONS.iter().map(|(word, _)| *word));
            return Err(table.problems().add("unknown-value", &in_url(&value), what, "unknown word", hint));
        };
        protection = *known;
    }
    Ok(DatabaseServer { server: address.server, database, protection, ca: ca? })
}

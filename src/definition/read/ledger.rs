//! `[ledger]`: the record's place and how long it is kept.

use super::address::{self, Scheme, Vault, percent_decode};
use super::problems::{Place, Read};
use super::source::sqlite_file;
use super::table::{Spot, Table};
use super::{civil::part_of, duration, suggest};
use crate::definition::{LedgerDefinition, LedgerPlace, LedgerProtection, LedgerServer, Secrets};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The words of PostgreSQL's own urls.
const PROTECTIONS: [(&str, LedgerProtection); 3] = [
    ("disable", LedgerProtection::Off),
    ("require", LedgerProtection::Encrypted),
    ("verify-full", LedgerProtection::Verified),
];

/// Shorter than the longest wait between two tries, a record would be gone before its work is done.
const SHORTEST_KEEP: u64 = 7;

/// A quarter of a year: the rows behind a number are asked for while people still speak of it, and they are the bulk of a record.
const KEEP_FRAMES: Duration = Duration::from_hours(90 * 24);

/// Reads `[ledger]`, or what is meant without it.
pub(super) fn read(table: &Table<'_>, root: &Path, secrets: Secrets) -> Read<LedgerDefinition> {
    let inner = table.table("ledger", "[ledger]", "write [ledger] on a line of its own", &[])?;
    let Some(inner) = inner else {
        return Ok(LedgerDefinition {
            place: LedgerPlace::File(root.join("parte.db")),
            keep: None,
            keep_frames: KEEP_FRAMES,
        });
    };
    const URL: &str = "write url = \"sqlite:parte.db\", or postgres://user:${PASSWORD}@host/database";
    let url = inner.need("url", inner.string_with_secret("url"), URL);
    let ca = super::channel::ca(&inner, root);
    let place = url.and_then(|url| {
        if ["postgres:", "postgresql:"].iter().any(|scheme| url.value.starts_with(scheme)) {
            let vault = Vault { root, optional: secrets == Secrets::Optional };
            return server(&inner, &url, vault, ca).map(LedgerPlace::Server);
        }
        if !url.value.starts_with("sqlite:") {
            let what = "the record stands in a SQLite file or in a PostgreSQL database";
            return Err(inner.problems().add("bad-url", &url.place, what, "neither of them", URL));
        }
        inner.no_secret("url", &url)?;
        inner.refuse("ca", "`ca` belongs to a server", "delete the line: a file needs no certificate");
        sqlite_file(&inner, &url, "the ledger").map(|file| LedgerPlace::File(root.join(file)))
    });
    let keep = keep(&inner);
    let keep_frames = keep_frames(&inner);
    Ok(LedgerDefinition { place: place?, keep: keep?, keep_frames: keep_frames? })
}

fn server(
    table: &Table<'_>,
    url: &Spot<String>,
    vault: Vault<'_>,
    ca: Read<Option<PathBuf>>,
) -> Read<LedgerServer> {
    let address = address::read(table.page(), url, Scheme::Postgres, vault)?;
    let database = percent_decode(address.url.path().trim_start_matches('/'));
    if database.is_empty() || database.contains('/') || database.chars().any(char::is_control) {
        let what = "the url names no database";
        let hint = "write its name after the host: postgres://user:${PASSWORD}@host/parte";
        return Err(table.problems().add("bad-url", &url.place, what, "which database?", hint));
    }
    // Words of a key at fault stand in the url; its place in the text is that of the url's end.
    let in_url = |word: &str| -> Place {
        let at = url.value.rfind(word).unwrap_or(0);
        part_of(table.page(), url, at..at + word.len())
    };
    let local = matches!(address.server.host.as_str(), "localhost" | "127.0.0.1" | "::1");
    let mut protection = if local { LedgerProtection::Off } else { LedgerProtection::Verified };
    for (key, value) in address.url.query_pairs() {
        if key != "sslmode" {
            if key.contains("password") {
                // where other programs have it written
                table.problems().hide(&in_url(&value));
            }
            let what = format!("the url of the ledger has no part `{key}`");
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
    Ok(LedgerServer { server: address.server, database, protection, ca: ca? })
}

/// Reads `keep = "400 days"`.
fn keep(table: &Table<'_>) -> Read<Option<Duration>> {
    let Some(spot) = table.string("keep")? else { return Ok(None) };
    match duration::days(&spot.value) {
        Some(days @ SHORTEST_KEEP..=36_500) => Ok(Some(Duration::from_secs(days * 24 * 60 * 60))),
        _ => {
            let what = format!("runs cannot be kept for `{}`", spot.value);
            let hint =
                format!("write {SHORTEST_KEEP} days or more: \"400 days\", or delete the line to keep all");
            Err(table.problems().add("bad-duration", &spot.place, what, "not a number of days", hint))
        }
    }
}

/// Reads `keep_frames = "90 days"`.
fn keep_frames(table: &Table<'_>) -> Read<Duration> {
    let Some(spot) = table.string("keep_frames")? else { return Ok(KEEP_FRAMES) };
    match duration::days(&spot.value) {
        Some(days @ 0..=36_500) => Ok(Duration::from_hours(days * 24)),
        _ => {
            let what = format!("what runs were made from cannot be kept for `{}`", spot.value);
            let hint = "write a number of days: \"90 days\"; \"0 days\" keeps nothing";
            Err(table.problems().add("bad-duration", &spot.place, what, "not a number of days", hint))
        }
    }
}

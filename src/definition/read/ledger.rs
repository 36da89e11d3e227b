//! `[ledger]`: the record's place and how long it is kept.

use super::address::{Scheme, Vault};
use super::problems::Read;
use super::source::sqlite_file;
use super::table::Table;
use super::{database, duration};
use crate::definition::{LedgerDefinition, LedgerPlace, Secrets};
use std::path::Path;
use std::time::Duration;

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
        if database::scheme_of(&url.value) == Some(Scheme::Postgres) {
            let vault = Vault { root, optional: secrets == Secrets::Optional, sends: false };
            let words = ("the ledger", "postgres://user:${PASSWORD}@host/parte");
            return database::server(&inner, &url, Scheme::Postgres, vault, ca, words)
                .map(LedgerPlace::Server);
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

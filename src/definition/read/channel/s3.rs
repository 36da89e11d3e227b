//! `s3://bucket/prefix`: channels of S3-compatible stores, and where such a store is and who we are there.

use super::{file, http_url};
use crate::definition::read::address::Vault;
use crate::definition::read::civil::{one_word, part_of};
use crate::definition::read::problems::Read;
use crate::definition::read::table::{Spot, Table};
use crate::definition::{S3Channel, Secret, Store};

/// Keys of stores alone.
pub(in crate::definition::read) const KEYS: [&str; 5] =
    ["endpoint", "region", "access_key", "secret_key", "path_style"];

/// What becomes of an object of the same name: does it give way?
pub(in crate::definition::read) const EXISTING: [(&str, bool); 2] = [("refuse", false), ("replace", true)];

const REGION: &str = "us-east-1";

pub(super) fn read(table: &Table<'_>, url: &Spot<String>, vault: Vault<'_>) -> Read<S3Channel> {
    let store = store(table, url, "s3://", vault);
    let file = file(table);
    let existing = one_word(table, "existing", "way with names that are taken", &EXISTING);
    Ok(S3Channel { store: store?, replace: existing?.is_some_and(|existing| existing.value), file: file? })
}

/// The store of a url that begins with `beginning`, and of the keys beside it.
pub(in crate::definition::read) fn store(
    table: &Table<'_>,
    url: &Spot<String>,
    beginning: &str,
    vault: Vault<'_>,
) -> Read<Store> {
    let place = place(table, url, beginning);
    const ENDPOINT: &str = "write endpoint = \"https://s3.example.com\", the address of the store";
    let endpoint = table
        .need("endpoint", table.string("endpoint"), ENDPOINT)
        .and_then(|spot| http_url(table, "endpoint", &spot));
    let region = table.string("region");
    let path_style = table.boolean("path_style");
    let private = table.boolean("private");
    let access_key = key(table, "access_key", "write access_key = \"${S3_ACCESS_KEY}\"", vault);
    let secret_key = key(table, "secret_key", "write secret_key = \"${S3_SECRET_KEY}\"", vault);
    let (bucket, prefix) = place?;
    Ok(Store {
        endpoint: endpoint?,
        bucket,
        prefix,
        region: region?.map_or_else(|| REGION.to_owned(), |region| region.value),
        path_style: path_style?.unwrap_or_default(),
        access_key: access_key?,
        secret_key: secret_key?,
        private: private?.unwrap_or_default(),
    })
}

/// Bucket and prefix.
fn place(table: &Table<'_>, url: &Spot<String>, beginning: &str) -> Read<(String, String)> {
    table.no_secret("url", url)?;
    let start = beginning.len().min(url.value.len());
    let (bucket, prefix) = url.value[start..].split_once('/').unwrap_or((&url.value[start..], ""));
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
    if !(3..=63).contains(&bucket.len()) || !bucket.chars().all(is_name) {
        let place = part_of(table.page(), url, start..start + bucket.len());
        let hint = format!(
            "write {beginning}BUCKET or {beginning}BUCKET/PREFIX; who we are and where the store is stand in keys of their own"
        );
        return Err(table.problems().add("bad-url", &place, "this is no bucket", "which bucket?", hint));
    }
    let prefix = prefix.trim_end_matches('/');
    let plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(char::is_control);
    if !prefix.is_empty() && !prefix.split('/').all(plain) {
        let place = part_of(table.page(), url, start + bucket.len() + 1..url.value.len());
        let hint = "write names with single slashes between them";
        let what = "this cannot begin the names of objects";
        return Err(table.problems().add("bad-url", &place, what, "not a prefix", hint));
    }
    Ok((bucket.to_owned(), prefix.to_owned()))
}

fn key(table: &Table<'_>, key: &'static str, hint: &'static str, vault: Vault<'_>) -> Read<Option<Secret>> {
    let spot = table.need(key, table.string_with_secret(key), hint)?;
    if key == "access_key" && !spot.value.contains("${") && !spot.value.trim().is_empty() {
        // it says who, and proves nothing
        return Ok(Some(Secret::new(spot.value)));
    }
    vault.only_secret(table.page(), &spot, 0..spot.value.len(), "a key")
}

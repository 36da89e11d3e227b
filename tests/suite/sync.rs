//! Copies of the platform's API: read from a mock of it, with its limits, its faults and its surprises.

mod asked;
mod bad_answers;
mod incremental;
mod killed;
mod limits;
mod listings;
mod logins;
mod program;

use crate::platform::{Listing, Platform};
use parte::definition::{ApiGeneration, ApiSource, FrameName, HttpEndpoint, RateLimit, Secret, UploadAuth};
use parte::sync::{Options, Summary, SyncError};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// A source that reads this platform with its usual key: tasks and states from 2026-03-02 on, as of 2026-03-20.
fn source(platform: &Platform, copy: &Path, generation: ApiGeneration) -> ApiSource {
    let key = Some(Secret::new(platform.key().to_owned()));
    ApiSource {
        endpoint: HttpEndpoint {
            auth: UploadAuth::ApiKey("X-API-Key".to_owned(), key),
            ..HttpEndpoint::new(platform.url().parse().unwrap())
        },
        login: None,
        tenant: None,
        generation,
        read: vec![FrameName::Tasks, FrameName::UserStates, FrameName::Sellers, FrameName::Users],
        paths: BTreeMap::new(),
        fields: BTreeMap::new(),
        page_size: 100,
        limit: RateLimit { requests: 100_000, per: Duration::from_secs(60) },
        parallel: 4,
        timeout: Duration::from_secs(5),
        ca: None,
        copy: copy.to_owned(),
        since: Some("2026-03-02".parse().unwrap()),
        window: 7,
        ahead: 5,
        sync: None,
        zone: chrono_tz::Tz::UTC,
        workdays: parte::calendar::Workdays::monday_to_friday(),
    }
}

/// The day on which these tests take place.
fn day_20() -> chrono::DateTime<chrono::Utc> {
    // time goes on, since limits are held by it; the day is the one of the data
    let since_start = STARTED.get_or_init(std::time::Instant::now).elapsed();
    "2026-03-20T12:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap()
        + chrono::TimeDelta::from_std(since_start).unwrap()
}

static STARTED: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();

fn try_sync(source: &ApiSource, full: bool) -> Result<Summary, SyncError> {
    let options = Options { now: day_20, full, backoff: Duration::from_millis(4), progress: &|_| {} };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(parte::sync::sync("reten", source, &options))
}

/// A sync that reads everything.
fn sync(source: &ApiSource) -> Summary {
    let summary = try_sync(source, false).unwrap();
    assert!(summary.complete, "{summary:#?}");
    summary
}

/// What is wrong with the first listing that was not read to its end, and what to do.
fn fault(source: &ApiSource) -> (String, String) {
    let summary = try_sync(source, false).unwrap();
    let listing = summary.listings.into_iter().find(|listing| listing.error.is_some());
    let listing = listing.expect("a listing that was not read to its end");
    (listing.error.unwrap(), listing.hint.unwrap())
}

/// The rows of a table of a copy as text, in the order of their texts; columns by name.
fn rows(copy: &Path, table: &str) -> Vec<String> {
    let connection = rusqlite::Connection::open(copy).unwrap();
    let mut names: Vec<String> = connection
        .prepare("select name from pragma_table_info(?1)")
        .unwrap()
        .query_map([table], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    names.sort();
    let list: Vec<String> =
        names.iter().map(|name| format!("'{name}=' || ifnull(quote(\"{name}\"), '')")).collect();
    let sql = format!("select {} as line from {table} order by line", list.join(" || ' ' || "));
    let mut statement = connection.prepare(&sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// Everything that a report could read of a copy.
fn everything(copy: &Path) -> BTreeMap<&'static str, Vec<String>> {
    ["tasks", "user_states", "sellers", "users"].into_iter().map(|table| (table, rows(copy, table))).collect()
}

fn count(copy: &Path, sql: &str) -> i64 {
    rusqlite::Connection::open(copy).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

/// How many rows the platform has of a list.
fn there(platform: &Platform, listing: Listing) -> u64 {
    platform.rows(listing).len() as u64
}

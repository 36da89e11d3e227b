//! A sync from its beginning to its end: each listing of a source, each of its windows that is to be read, in order.

use super::client::{Client, Patience};
use super::copy::{Copy, Ended};
use super::error::{Fault, SyncError, Tried};
use super::in_order::InOrder;
use super::listing::Listing;
use super::mapping::Mapping;
use super::plan;
use super::window::{Odd, Reader};
use crate::definition::{ApiSource, FrameName};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Who says what time it is.
pub type Clock = fn() -> DateTime<Utc>;

/// How a sync goes about it.
pub struct Options<'a> {
    /// What time it is.
    pub now: Clock,
    /// Read everything again.
    pub full: bool,
    /// How long the first try again waits, at most.
    pub backoff: Duration,
    /// Is told how far it is.
    pub progress: &'a (dyn Fn(&Progress) + Send + Sync),
}

impl Options<'_> {
    /// How long the first try again waits when nothing is said.
    pub const BACKOFF: Duration = Duration::from_millis(500);
}

/// How far a sync is.
#[derive(Debug, Clone)]
pub enum Progress {
    /// A listing is begun.
    Listing {
        /// Its frame.
        frame: FrameName,
        /// Windows that are to be read.
        windows: u64,
    },
    /// A window is in the copy.
    Window {
        /// Its frame.
        frame: FrameName,
        /// Its pages.
        pages: u64,
        /// Its rows.
        rows: u64,
        /// Requests that were made for all of the sync so far.
        requests: u64,
    },
    /// Nothing is asked for a while.
    Waiting {
        /// So long.
        wait: Duration,
        /// Why.
        why: String,
    },
}

/// What a sync came to.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// The source.
    pub source: String,
    /// Did every listing come to its end?
    pub complete: bool,
    /// The listings, in order.
    pub listings: Vec<ListingSummary>,
    /// Requests, logins and tries again among them.
    pub requests: u64,
    /// Of those, the ones that were made again.
    pub repeated: u64,
    /// How long it took.
    pub duration_ms: u64,
}

/// What a listing came to.
#[derive(Debug, Clone, Serialize, Default)]
pub struct ListingSummary {
    /// The frame.
    pub listing: String,
    /// Windows that were read.
    pub windows: u64,
    /// Their pages.
    pub pages: u64,
    /// Their rows.
    pub rows: u64,
    /// Rows that are new or say something else.
    pub changed: u64,
    /// Rows that are gone.
    pub removed: u64,
    /// What a person should know.
    pub remarks: Vec<String>,
    /// Why it did not come to its end.
    pub error: Option<String>,
    /// What to do then.
    pub hint: Option<String>,
}

/// Brings the copy of a source up to date. What cannot be read is in the summary, listing by listing; what was read is in the copy.
///
/// # Errors
/// Nothing could be begun: the copy cannot be used, is of another API, or another sync of it goes on; a key is not set.
pub async fn sync(id: &str, source: &ApiSource, options: &Options<'_>) -> Result<Summary, SyncError> {
    whole(id, source, options).await.map_err(|fault| fault.of(id))
}

async fn whole(id: &str, source: &ApiSource, options: &Options<'_>) -> Tried<Summary> {
    let began = Instant::now();
    let copy = {
        let (source, full) = (source.clone(), options.full);
        let opened = tokio::task::spawn_blocking(move || Copy::open(&source, full)).await;
        opened.map_err(|error| Fault::new(format!("opening the copy broke off: {error}"), ""))??
    };
    let started = (options.now)();
    let pass = copy.begin_pass(id, options.full, started)?;
    let mut summary = Summary {
        source: id.to_owned(),
        complete: true,
        listings: Vec::new(),
        requests: 0,
        repeated: 0,
        duration_ms: 0,
    };
    let patience = Patience::of_sync(options.backoff);
    let met = Client::meet(id, source, Some(copy.clone()), options.now, patience, options.progress).await;
    let client = match met {
        Ok(client) => client,
        Err(fault) => {
            let ended = Ended { fault: Some(fault.what.clone()), ..Ended::default() };
            copy.end_pass(pass, &ended, (options.now)())?;
            return Err(fault);
        }
    };
    for frame in &source.read {
        let listing = Listing::of(source, *frame);
        let mut done = ListingSummary { listing: frame.as_str().to_owned(), ..ListingSummary::default() };
        match one(listing, &client, &copy, options, started, &mut done).await {
            Ok(()) => {
                copy.complete(Some(*frame), started)?;
                tracing::info!(
                    source = id,
                    listing = done.listing,
                    windows = done.windows,
                    rows = done.rows,
                    changed = done.changed,
                    removed = done.removed,
                    requests = client.requests(),
                    "listing read"
                );
            }
            // told by whoever asked for the sync
            Err(fault) => {
                summary.complete = false;
                (done.error, done.hint) = (Some(fault.what), Some(fault.hint));
            }
        }
        summary.listings.push(done);
    }
    if summary.complete {
        copy.complete(None, started)?;
    }
    client.settle().await?;
    (summary.requests, summary.repeated) = (client.requests(), client.repeated());
    summary.duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let sum = |of: fn(&ListingSummary) -> u64| summary.listings.iter().map(of).sum();
    let ended = Ended {
        windows: sum(|listing| listing.windows),
        rows: sum(|listing| listing.rows),
        changed: sum(|listing| listing.changed),
        removed: sum(|listing| listing.removed),
        requests: summary.requests,
        duration_ms: summary.duration_ms,
        fault: summary.listings.iter().find_map(|listing| listing.error.clone()),
    };
    copy.end_pass(pass, &ended, (options.now)())?;
    Ok(summary)
}

/// Reads a listing: several windows at a time, written one after the other, oldest first.
async fn one(
    listing: Listing<'_>,
    client: &Client<'_>,
    copy: &Copy,
    options: &Options<'_>,
    started: DateTime<Utc>,
    done: &mut ListingSummary,
) -> Tried<()> {
    let mapping = Arc::new(Mapping::of(listing));
    let today = started.with_timezone(&listing.source.zone).date_naive();
    let frame = listing.frame;
    copy.make_table(frame, &mapping)?;
    let read = copy.windows(frame)?;
    let windows = plan::windows(listing.source, frame, today, &read);
    (options.progress)(&Progress::Listing { frame, windows: windows.len() as u64 });
    let reader = Reader { client, listing, mapping: &mapping, now: options.now };
    let reader = &reader;
    let mut waiting = windows.into_iter();
    let mut under_way = InOrder::new();
    let mut odd = Oddities::default();
    let mut outcome = Ok(());
    loop {
        while outcome.is_ok()
            && under_way.len() < listing.source.parallel
            && let Some(window) = waiting.next()
        {
            let had = read.get(&window).map_or(0, |read| read.rows);
            let marks = copy.marks(frame, window)?;
            under_way.begin(async move { reader.read(window, &marks, had).await });
        }
        let Some(read) = under_way.next().await else { break };
        let (written, found) = match read {
            Ok(read) => read,
            Err(fault) => {
                // what was begun before it is in the copy; what comes after is not waited for
                outcome = Err(fault);
                break;
            }
        };
        let pages = written.pages;
        odd.add(found);
        let counted = copy.write(&mapping, written).await?;
        done.windows += 1;
        done.pages += pages;
        done.rows += counted.rows;
        done.changed += counted.changed;
        done.removed += counted.removed;
        let requests = client.requests();
        (options.progress)(&Progress::Window { frame, pages, rows: counted.rows, requests });
    }
    done.remarks = odd.remarks(frame);
    outcome
}

/// What was found odd in all windows of a listing.
#[derive(Default)]
struct Oddities {
    keyless: u64,
    repeated: u64,
    replaced: u64,
    moved: Vec<String>,
}

impl Oddities {
    fn add(&mut self, odd: Odd) {
        self.keyless += odd.keyless;
        self.repeated += odd.repeated;
        self.replaced += odd.replaced;
        self.moved.extend(odd.moved);
    }

    fn remarks(self, frame: FrameName) -> Vec<String> {
        const SHOWN: usize = 3;
        let mut remarks = Vec::new();
        if self.keyless > 0 {
            remarks.push(format!("rows of {} without a key, left out: {}", frame.as_str(), self.keyless));
        }
        if self.repeated > 0 {
            remarks.push(format!(
                "rows of {} with the key of another, of which the one that was changed last stays: {}",
                frame.as_str(),
                self.repeated
            ));
        }
        if self.replaced > 0 {
            remarks.push(format!(
                "characters in {} that no text may hold (NUL, halves of a pair), shown as \u{fffd}: {}",
                frame.as_str(),
                self.replaced
            ));
        }
        let more = self.moved.len().saturating_sub(SHOWN);
        remarks.extend(self.moved.into_iter().take(SHOWN));
        if more > 0 {
            remarks.push(format!("and {more} more windows that changed while they were read"));
        }
        remarks
    }
}

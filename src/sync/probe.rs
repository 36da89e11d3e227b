//! What the API answers now: one small question for each thing that is copied. Nothing is taken into the copy, where the questions are
//! counted for the limit all the same.

use super::client::{Client, KEPT, Patience};
use super::copy::Copy;
use super::declared::Declared;
use super::error::{Extent, Fault, SyncError, Tried};
use super::listing::{Listing, Window};
use super::mapping::{Mapped, Mapping, needed};
use super::plan::Read;
use super::run::Clock;
use super::window::Reader;
use crate::definition::{ApiSource, FrameName};
use chrono::{Days, NaiveDate};
use rusqlite::types::Value as Cell;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Rows that are asked for: enough to see which fields are there.
const ROWS: u32 = 20;
/// Rows that are looked at, where an answer cannot be asked for fewer.
const LOOKED_AT: usize = 1000;
/// Days that are asked for, one after the other, until one has a row.
const DAYS: u64 = 7;
/// Whoever looks is waiting.
const PATIENCE: Patience = Patience {
    tries: 2,
    backoff: Duration::from_millis(500),
    wish: Duration::from_secs(5),
    limit: Some(Duration::from_secs(5)),
};

/// What an API answered.
#[derive(Debug)]
pub struct Probe {
    /// What is copied, in order, as far as it was asked for.
    pub listings: Vec<Probed>,
    /// Requests that it took, those of a login among them.
    pub requests: u64,
    /// The limit that the answers declare.
    pub declared: Option<Declared>,
    /// Why it was not asked, or not to the end, though nothing is wrong.
    pub unasked: Option<String>,
}

/// What one listing answered.
#[derive(Debug)]
pub struct Probed {
    /// Its frame.
    pub frame: FrameName,
    /// The path that was asked.
    pub path: String,
    /// What came, or why nothing did.
    pub came: Result<Sample, SyncError>,
    /// How long it took.
    pub took: Duration,
}

/// Some rows of a listing.
#[derive(Debug, Default)]
pub struct Sample {
    /// The day that was asked for; `None`: the listing has no days.
    pub day: Option<NaiveDate>,
    /// How many days were asked for, one after the other, until one had a row.
    pub days: usize,
    /// How many rows the listing says there are (of that day).
    pub entries: Option<u64>,
    /// How many were looked at.
    pub looked_at: usize,
    /// Of these, the ones without a key: a sync leaves them out.
    pub keyless: usize,
    /// The columns that fields are known for.
    pub columns: Vec<Sampled>,
    /// Fields that have a value and fill no column.
    pub unused: BTreeSet<String>,
}

/// A column of a sample.
#[derive(Debug)]
pub struct Sampled {
    /// Its name in the copy.
    pub name: String,
    /// The fields that fill it.
    pub from: Vec<String>,
    /// Without it a row is none.
    pub is_key: bool,
    /// The values as texts, one for each row.
    pub values: Vec<Option<String>>,
}

impl Sampled {
    /// Has it a value in any row?
    #[must_use]
    pub fn is_filled(&self) -> bool {
        self.values.iter().any(Option::is_some)
    }
}

/// Asks the API of a source for a page of each thing that is copied. After an answer that all others would have too, nothing more is asked.
pub async fn probe(id: &str, source: &ApiSource, now: Clock) -> Probe {
    let mut probe = Probe { listings: Vec::new(), requests: 0, declared: None, unasked: None };
    let counted = {
        let source = source.clone();
        tokio::task::spawn_blocking(move || Copy::to_count_in(&source)).await
    };
    let copy = match counted {
        Ok(Ok(copy)) => copy,
        Ok(Err(busy)) => {
            probe.unasked = Some(busy.what);
            return probe;
        }
        Err(_) => None,
    };
    let client = match Client::meet(id, source, copy.clone(), now, PATIENCE, &|_| {}).await {
        Ok(client) => client,
        Err(fault) => {
            let first = source.read.first().copied().unwrap_or(FrameName::Tasks);
            probe.listings.push(Probed {
                frame: first,
                path: Listing::of(source, first).path().to_owned(),
                came: Err(told(fault, id)),
                took: Duration::ZERO,
            });
            return probe;
        }
    };
    for frame in &source.read {
        let begun = Instant::now();
        let listing = Listing::of(source, *frame).in_pages_of(ROWS);
        let days = days(source, *frame, now, copy.as_ref());
        let came = one(listing, &client, now, &days).await;
        let extent = came.as_ref().err().map(|fault| fault.extent);
        if let (Some(Extent::Now), Err(fault)) = (extent, &came) {
            probe.unasked = Some(fault.what.clone());
            break;
        }
        probe.listings.push(Probed {
            frame: *frame,
            path: listing.path().to_owned(),
            came: came.map_err(|fault| told(fault, id)),
            took: begun.elapsed(),
        });
        if extent == Some(Extent::Api) {
            break;
        }
    }
    // what cannot be written down counts as under way: the next sync waits for longer, and not for less
    let _ = client.settle().await;
    (probe.requests, probe.declared) = (client.requests(), client.declared());
    probe
}

/// A fault in the words of somebody who has not read anything.
fn told(fault: Fault, id: &str) -> SyncError {
    let hint = fault.hint.strip_suffix(KEPT).map_or(fault.hint.as_str(), |hint| hint.trim_end_matches("; "));
    let hint = if hint.is_empty() { "ask again later" } else { hint };
    Fault { hint: hint.to_owned(), ..fault }.of(id)
}

/// The windows that are asked for until one has a row: yesterday and the days before it, but those of which the copy says that they
/// have none. Last the newest day that the copy has rows of.
fn days(source: &ApiSource, frame: FrameName, now: Clock, copy: Option<&Copy>) -> Vec<Window> {
    if !matches!(frame, FrameName::Tasks | FrameName::UserStates) {
        return vec![Window::Whole];
    }
    let read: BTreeMap<Window, Read> = copy.and_then(|copy| copy.windows(frame).ok()).unwrap_or_default();
    let today = now().with_timezone(&source.zone).date_naive();
    let recent = (1..=DAYS).map(|back| today - Days::new(back));
    let since = source.since.unwrap_or(NaiveDate::MIN).min(today - Days::new(1));
    let mut windows: Vec<Window> = recent
        .filter(|day| *day >= since)
        .map(Window::Day)
        .filter(|window| read.get(window).is_none_or(|read| !read.whole || read.rows > 0))
        .collect();
    let newest = read.iter().rev().find(|(window, read)| read.rows > 0 && **window < Window::Day(today));
    if let Some((window, _)) = newest.filter(|(window, _)| !windows.contains(window)) {
        windows.push(*window);
    }
    if windows.is_empty() {
        windows.push(Window::Day(today - Days::new(1)));
    }
    windows
}

async fn one(listing: Listing<'_>, client: &Client<'_>, now: Clock, windows: &[Window]) -> Tried<Sample> {
    let mapping = Mapping::of(listing);
    let reader = Reader { client, listing, mapping: &mapping, now };
    let mut sample = Sample::default();
    for (asked, window) in (1..).zip(windows) {
        let (entries, mut rows) = reader.first_page(*window).await?;
        rows.retain(|row| mapping.row(row) != Mapped::Other);
        rows.truncate(LOOKED_AT);
        let is_empty = rows.is_empty();
        // an empty day leaves what is said of the first one
        if !is_empty || sample.columns.is_empty() {
            let day = match window {
                Window::Day(day) => Some(*day),
                Window::Whole => None,
            };
            sample = Sample { day, entries, ..looked_at(listing.frame, &mapping, &rows) };
        }
        sample.days = asked;
        if !is_empty {
            break;
        }
    }
    Ok(sample)
}

fn looked_at(frame: FrameName, mapping: &Mapping, rows: &[Value]) -> Sample {
    let cells: Vec<Vec<Cell>> = rows.iter().map(|row| mapping.cells(row)).collect();
    let is_key = |name: &str| needed(frame).contains(&name);
    let columns: Vec<Sampled> = (mapping.columns.iter().enumerate())
        .map(|(at, column)| Sampled {
            name: column.name.clone(),
            from: column.from.clone(),
            is_key: is_key(&column.name),
            values: cells.iter().map(|row| text(&row[at])).collect(),
        })
        .collect();
    let has_key = |row: usize| columns.iter().all(|column| !column.is_key || column.values[row].is_some());
    Sample {
        looked_at: rows.len(),
        keyless: (0..rows.len()).filter(|row| !has_key(*row)).count(),
        unused: unused(mapping, rows),
        columns,
        ..Sample::default()
    }
}

fn text(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Text(text) => Some(text.clone()),
        Cell::Integer(number) => Some(number.to_string()),
        Cell::Real(number) => Some(number.to_string()),
        Cell::Null | Cell::Blob(_) => None,
    }
}

/// Fields with a value from which no column is filled; of nested ones the outer name.
fn unused(mapping: &Mapping, rows: &[Value]) -> BTreeSet<String> {
    let used: BTreeSet<&str> = (mapping.columns.iter())
        .flat_map(|column| &column.from)
        .filter_map(|path| path.split('.').next())
        .chain(mapping.columns.iter().filter(|column| column.is_name()).flat_map(|_| NAMES))
        .collect();
    let fields =
        rows.iter().filter_map(Value::as_object).flat_map(|row| row.keys().map(move |name| (row, name)));
    fields
        .filter(|(row, name)| !used.contains(name.as_str()) && row.get(*name).is_some_and(says_something))
        .map(|(_, name)| name.clone())
        .collect()
}

/// Where names in two fields stand.
const NAMES: [&str; 4] = ["firstName", "first_name", "lastName", "last_name"];

fn says_something(value: &Value) -> bool {
    let is_empty = value.is_null() || value == "" || value == &Value::Array(Vec::new());
    !is_empty && value.as_object().is_none_or(|inner| !inner.is_empty())
}

//! `parte sync`: copies of APIs brought up to date.

use super::arguments::Sync;
use super::terminal::{Terminal, duration};
use super::{Ended, runtime};
use crate::app::{self, Exit, Failure};
use crate::sync::{ListingSummary, Progress, Summary};
use indicatif::ProgressBar;
use serde_json::json;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

pub(super) fn sync(arguments: &Sync, file: &Path, terminal: &Terminal) -> Ended {
    let definitions = super::definitions(file, terminal)?;
    let sources = app::apis(&definitions, &arguments.sources, file)?;
    if sources.is_empty() {
        if arguments.json {
            terminal.json(&json!({ "sources": [], "exit": Exit::Done as u8 }))?;
        } else {
            terminal.advice("no source is an API: there is no copy to bring up to date");
        }
        return Ok(Exit::Done);
    }
    let runtime = runtime()?;
    let mut summaries: Vec<Summary> = Vec::new();
    let mut failures: Vec<(String, Failure)> = Vec::new();
    for (id, api) in sources {
        let shown = Shown::new(terminal, id.as_str());
        let done = runtime.block_on(app::sync_now(id, api, arguments.full, &|event| shown.take(event)));
        shown.bar.finish_and_clear();
        match done {
            Ok(summary) => {
                if !arguments.json {
                    show(&summary, terminal);
                }
                summaries.push(summary);
            }
            // the others are none the worse for it
            Err(failure) => {
                if !arguments.json {
                    terminal.failure(&failure);
                }
                failures.push((id.to_string(), failure));
            }
        }
    }
    runtime.shutdown_background();
    let all_read = failures.is_empty() && summaries.iter().all(|summary| summary.complete);
    let exit = if all_read { Exit::Done } else { Exit::Data };
    if arguments.json {
        let failures: Vec<_> = failures
            .iter()
            .map(|(source, failure)| json!({ "source": source, "error": failure.to_string() }))
            .collect();
        terminal.json(&json!({ "sources": summaries, "failures": failures, "exit": exit as u8 }))?;
    }
    Ok(exit)
}

/// The progress of one source: listing, windows, rows, requests, time left.
struct Shown {
    bar: ProgressBar,
    source: String,
    sums: Mutex<Sums>,
}

#[derive(Default)]
struct Sums {
    listing: &'static str,
    pages: u64,
    rows: u64,
    requests: u64,
}

impl Shown {
    fn new(terminal: &Terminal, source: &str) -> Self {
        let bar = terminal.bar(0, source);
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar, source: source.to_owned(), sums: Mutex::default() }
    }

    fn take(&self, event: &Progress) {
        let mut sums = self.sums.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match event {
            Progress::Listing { frame, windows } => {
                *sums = Sums { listing: frame.as_str(), requests: sums.requests, ..Sums::default() };
                self.bar.set_length(*windows);
                self.bar.set_position(0);
                self.bar.reset_eta();
            }
            Progress::Window { pages, rows, requests, .. } => {
                sums.pages += pages;
                sums.rows += rows;
                sums.requests = *requests;
                self.bar.inc(1);
            }
            Progress::Waiting { wait, why } => {
                self.bar.set_message(format!(
                    "{} · {} · waiting {} s: {why}",
                    self.source,
                    sums.listing,
                    wait.as_secs()
                ));
                return;
            }
        }
        let elapsed = self.bar.elapsed().as_secs_f64().max(0.001);
        let rate = sums.requests as f64 / elapsed;
        self.bar.set_message(format!(
            "{} · {} · {} rows in {} pages · {rate:.0} requests/s",
            self.source, sums.listing, sums.rows, sums.pages
        ));
    }
}

fn show(summary: &Summary, terminal: &Terminal) {
    let again = match summary.repeated {
        0 => String::new(),
        again => format!(", {again} of them again"),
    };
    terminal.result(&format!(
        "source {} · {} · {} requests{again}",
        summary.source,
        duration(Duration::from_millis(summary.duration_ms)),
        summary.requests
    ));
    let row = |listing: &ListingSummary| {
        vec![
            format!("  {}", listing.listing),
            listing.windows.to_string(),
            listing.pages.to_string(),
            listing.rows.to_string(),
            listing.changed.to_string(),
            listing.removed.to_string(),
            if listing.error.is_none() { "read" } else { "not to its end" }.to_owned(),
        ]
    };
    let header = ["  LISTING", "WINDOWS", "PAGES", "ROWS", "CHANGED", "REMOVED", "STATE"];
    terminal.result(&terminal.table(&header, &[1, 2, 3, 4, 5], summary.listings.iter().map(row).collect()));
    for listing in &summary.listings {
        for remark in &listing.remarks {
            terminal.remark(&format!("  remark: {remark}"));
        }
        if let Some(error) = &listing.error {
            terminal.failure(&Failure::Run {
                what: format!("failed to sync {} of source `{}`: {error}", listing.listing, summary.source),
                hint: listing.hint.clone().unwrap_or_default(),
                exit: Exit::Data,
            });
        }
    }
}

//! `parte pause`, `parte resume`: a report that its schedule does not run for the time being.

use super::arguments::{Pause, Resume};
use super::terminal::Terminal;
use super::{Ended, runtime};
use crate::app::{self, Exit};
use crate::clock;
use std::path::Path;

pub(super) fn pause(arguments: &Pause, file: &Path, terminal: &Terminal) -> Ended {
    let definitions = super::definitions(file, terminal)?;
    let report = app::report(&definitions, &arguments.report, file)?;
    let reason = arguments.reason.as_deref().unwrap_or_default();
    let (paused, since) = runtime()?.block_on(async {
        let ledger = app::ledger(&definitions).await?;
        let paused = ledger.pause(report.id.as_str(), reason, clock::now()).await?;
        let since = ledger.pauses().await?.into_iter().find(|pause| pause.report == report.id.as_str());
        ledger.close().await;
        Ok::<_, app::Failure>((paused, since.map(|pause| pause.since)))
    })?;
    let id = &report.id;
    if paused {
        terminal.result(&format!("{id} is paused: its schedule fires nothing until `parte resume {id}`"));
    } else {
        let since =
            since.map(|at| at.with_timezone(&report.zone).format(" since %Y-%m-%d %H:%M").to_string());
        terminal.result(&format!("{id} is paused already{}", since.unwrap_or_default()));
    }
    Ok(Exit::Done)
}

pub(super) fn resume(arguments: &Resume, file: &Path, terminal: &Terminal) -> Ended {
    let definitions = super::definitions(file, terminal)?;
    let report = app::report(&definitions, &arguments.report, file)?;
    let now = clock::now();
    let resumed = runtime()?.block_on(async {
        let ledger = app::ledger(&definitions).await?;
        let resumed = ledger.resume(report.id.as_str(), now).await?;
        ledger.close().await;
        Ok::<_, app::Failure>(resumed)
    })?;
    let id = &report.id;
    terminal.result(&match (resumed, report.paused) {
        (false, false) => format!("{id} is not paused"),
        (_, true) => format!("{id} stays paused: its definition says `paused = true`"),
        (true, false) => {
            let next = report
                .schedule
                .as_ref()
                .and_then(|schedule| schedule.next_after(now, report.zone, &report.workdays))
                .map(|at| at.with_timezone(&report.zone).format("; due next %Y-%m-%d %H:%M").to_string());
            format!("{id} goes on{}", next.unwrap_or_default())
        }
    });
    Ok(Exit::Done)
}

//! `parte runs`: what ran, and what became of it.

use super::arguments::Runs;
use super::show::period;
use super::terminal::{Terminal, duration};
use super::when::day_or_instant;
use super::{Ended, runtime};
use crate::app::{self, Exit, Failure};
use crate::definition::{Definitions, Report};
use crate::ledger::{RunFilter, RunRow, RunState};
use chrono_tz::Tz;
use std::path::Path;

pub(super) fn runs(arguments: &Runs, file: &Path, terminal: &Terminal) -> Ended {
    let definitions = super::definitions(file, terminal)?;
    if let Some(name) = &arguments.report {
        app::report(&definitions, name, file)?;
    }
    let zone = zone(arguments.report.as_deref(), &definitions);
    let instant = |option, text: &Option<String>| {
        text.as_deref().map(|text| day_or_instant(option, text, zone)).transpose()
    };
    let filter = RunFilter {
        report: arguments.report.clone(),
        state: arguments.state.as_deref().and_then(RunState::parse),
        since: instant("--since", &arguments.since)?,
        until: instant("--until", &arguments.until)?,
        recipient: arguments.recipient.clone(),
        channel: arguments.channel.clone(),
        limit: arguments.limit,
    };
    let rows = runtime()?.block_on(async {
        // looking makes no ledger
        if !app::ledger_exists(&definitions).await? {
            return Ok(Vec::new());
        }
        let ledger = app::ledger(&definitions).await?;
        let rows = ledger.runs(&filter).await?;
        ledger.close().await;
        Ok::<_, Failure>(rows)
    })?;
    if arguments.json {
        terminal.json(&rows)?;
    } else if rows.is_empty() {
        let all = RunFilter { limit: arguments.limit, ..RunFilter::default() };
        terminal.result(if filter == all { "nothing has run yet" } else { "there is no such run" });
    } else {
        let mut header =
            vec!["RUN", "REPORT", "SCHEDULED FOR", "PERIOD", "WHY", "STATE", "TOOK", "DELIVERED"];
        let mut lines: Vec<Vec<String>> = rows.iter().map(row).collect();
        // Most reports have no parameters: the column is there when a run shown was given any.
        if rows.iter().any(|run| !run.chosen.is_empty()) {
            header.push("PARAMETERS");
            lines.iter_mut().zip(&rows).for_each(|(line, run)| line.push(chosen(run)));
        }
        terminal.result(&terminal.table(&header, &[0, 6, 7], lines));
        for run in &rows {
            if let Some(error) = &run.error {
                terminal.result(&format!("run {}: {error}", run.id));
            }
            if let Some(unmet) = run.unmet.as_ref().filter(|_| run.state != RunState::Held) {
                terminal.result(&format!("run {}: made, though {unmet}", run.id));
            }
        }
    }
    Ok(Exit::Done)
}

/// The zone that days are typed in: that of the report, or where none is named, of the first one.
fn zone(report: Option<&str>, definitions: &Definitions) -> Tz {
    let named = |it: &&Report| report.is_none_or(|name| it.id.as_str() == name);
    definitions.reports.iter().find(named).map_or(Tz::UTC, |report| report.zone)
}

fn chosen(run: &RunRow) -> String {
    run.chosen.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

fn row(run: &RunRow) -> Vec<String> {
    let zone = run.zone.parse().unwrap_or(chrono_tz::UTC);
    let took = match (run.started_at, run.finished_at) {
        (Some(from), Some(to)) => (to - from).to_std().map(duration).unwrap_or_default(),
        _ => String::new(),
    };
    let counts = &run.deliveries;
    let mut delivered = format!("{} of {}", counts.done, counts.planned);
    let others = [
        (counts.open, "open"),
        (counts.in_doubt, "in doubt"),
        (counts.failed, "failed"),
        (counts.cancelled, "called off"),
        (counts.held, "held"),
    ];
    for (count, word) in others {
        if count > 0 {
            delivered.push_str(&format!(", {count} {word}"));
        }
    }
    vec![
        run.id.to_string(),
        run.report.clone(),
        run.scheduled_for.with_timezone(&zone).format("%Y-%m-%d %H:%M %Z").to_string(),
        period(run),
        run.trigger.to_string(),
        match (run.superseded_by, run.overlapped) {
            (Some(later), _) => format!("{}, again as {later}", run.state),
            (None, Some(earlier)) => format!("{}, overlaps {earlier}", run.state),
            (None, None) => run.state.to_string(),
        },
        took,
        delivered,
    ]
}

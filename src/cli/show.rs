//! `parte show`: one run from its firing to its last word, with every try.

use super::arguments::Show;
use super::care::{place, said, target};
use super::terminal::{Terminal, duration, size, wrapped};
use super::{Ended, runtime};
use crate::app::{self, Exit, Failure, possible};
use crate::ledger::{
    AttemptOutcome, AttemptRow, DeliveryRow, DeliveryState, KeptRow, RunDetail, RunRow, RunState, Target,
    Trigger,
};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use std::path::Path;

/// More tries than this are not told one by one where they went well.
const MOST_TRIES: usize = 60;

pub(super) fn show(arguments: &Show, file: &Path, terminal: &Terminal) -> Ended {
    let target = target(&arguments.target)?;
    let definitions = place(file, false)?;
    let detail = runtime()?.block_on(async {
        let ledger = app::record(&definitions).await?;
        let run = possible(ledger.run_of(target).await)?;
        let detail = ledger.run(run).await?;
        if let (Some(folder), Some(detail)) = (&arguments.out, &detail) {
            app::write_artifacts(&ledger, detail, folder).await?;
        }
        let kept = ledger.kept(run).await?;
        ledger.close().await;
        Ok::<_, Failure>((detail, kept))
    })?;
    let (Some(detail), kept) = detail else {
        return Err(Failure::Argument {
            what: format!("there is no run {}", arguments.target),
            hint: "`parte runs` lists them".to_owned(),
        });
    };
    let kept = KeptOf::new(&detail.run, kept, definitions.ledger.keep_frames);
    if arguments.json {
        terminal.json(&Shown { detail: &detail, kept: kept.as_ref() })?;
    } else {
        let only = if let Target::Delivery(delivery) = target { Some(delivery) } else { None };
        let meant = |row: &DeliveryRow| only.is_none_or(|only| row.id == only);
        terminal.result(&shown(&detail, kept.as_ref(), meant, terminal));
        if let Some(folder) = &arguments.out {
            terminal.advice(&format!("its files are written to {}", folder.display()));
        }
    }
    Ok(Exit::Done)
}

/// A run for programs.
#[derive(serde::Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    detail: &'a RunDetail,
    /// What it was made from; `null`: nothing is kept of it.
    kept: Option<&'a KeptOf>,
}

/// What a run was made from, as far as it is kept.
#[derive(serde::Serialize)]
struct KeptOf {
    /// All of it together, in bytes.
    size: u64,
    /// How long it is kept at least; `null` while the run has not ended.
    until: Option<DateTime<Utc>>,
    files: Vec<KeptRow>,
}

impl KeptOf {
    fn new(run: &RunRow, files: Vec<KeptRow>, keep: std::time::Duration) -> Option<Self> {
        if files.is_empty() {
            return None;
        }
        let age = TimeDelta::from_std(keep).ok();
        let until = run.finished_at.zip(age).and_then(|(ended, age)| ended.checked_add_signed(age));
        Some(Self { size: files.iter().map(|file| file.size).sum(), until, files })
    }

    /// `6 files it was made from, 1.2 MB, until 2026-06-11 07:00`
    fn said(&self, zone: Tz) -> String {
        let files = counted(self.files.len(), "file");
        let until = match self.until {
            Some(until) => format!("until {}", until.with_timezone(&zone).format("%Y-%m-%d %H:%M")),
            None => "for as long as `keep_frames` says once the run has ended".to_owned(),
        };
        format!("{files} it was made from, {}, {until}", size(self.size))
    }
}

fn shown(
    detail: &RunDetail,
    kept: Option<&KeptOf>,
    meant: impl Fn(&DeliveryRow) -> bool,
    terminal: &Terminal,
) -> String {
    let run = &detail.run;
    let width = terminal.width();
    let mut text = format!("run {} · {} · {} · {}", run.id, run.report, period(run), run.state);
    let zone: Tz = run.zone.parse().unwrap_or(chrono_tz::UTC);
    let of_kept = match kept {
        Some(kept) => Some(("kept", kept.said(zone))),
        // What was never made was made from nothing.
        None if detail.artifacts.is_empty() => None,
        None => Some(("kept", "nothing that it was made from".to_owned())),
    };
    for (word, said) in notes(run).into_iter().chain(of_kept) {
        text.push_str(&format!("\n  {word:<11}{}", wrapped(&said, width.saturating_sub(13), 13)));
    }
    let deliveries: Vec<&DeliveryRow> = detail.deliveries.iter().filter(|row| meant(row)).collect();
    text.push_str(&format!("\n\nWHEN ({})\n", run.zone));
    text.push_str(&timeline(detail, &deliveries, width));
    if !detail.artifacts.is_empty() {
        let rows = detail.artifacts.iter().map(|it| {
            let digest = it.sha256.get(..12).unwrap_or(&it.sha256);
            vec![format!("  {}", it.name), size(it.size), digest.to_owned()]
        });
        text.push_str(&format!("\n\n{}", terminal.table(&["MADE", "SIZE", "SHA-256"], &[1], rows.collect())));
    }
    if !deliveries.is_empty() {
        let rows = deliveries.iter().map(|it| {
            vec![
                format!("  d{}", it.id),
                it.channel.clone(),
                it.recipient.clone(),
                said(it.state).to_owned(),
                it.attempts.len().to_string(),
                artifact(detail, it).to_owned(),
            ]
        });
        let header = ["DELIVERY", "CHANNEL", "RECIPIENT", "STATE", "TRIES", "WHAT"];
        text.push_str(&format!("\n\n{}", terminal.table(&header, &[4], rows.collect())));
    }
    let next = advice(detail);
    if !next.is_empty() {
        text.push_str(&format!("\n\n{}", wrapped(&next, width, 0)));
    }
    text
}

/// The name of what is brought, where it is not that of the file at the peer.
fn artifact<'a>(detail: &'a RunDetail, delivery: &DeliveryRow) -> &'a str {
    let name =
        detail.artifacts.iter().find(|it| it.id == delivery.artifact).map_or("", |it| it.name.as_str());
    if name == delivery.recipient { "" } else { name }
}

pub(super) fn period(run: &RunRow) -> String {
    let last = run.period_to.pred_opt().unwrap_or(run.period_to);
    if last == run.period_from { last.to_string() } else { format!("{} to {last}", run.period_from) }
}

fn notes(run: &RunRow) -> Vec<(&'static str, String)> {
    let mut notes = vec![("why", why(run))];
    if !run.params.is_empty() {
        let value = |(name, value): (&String, &String)| format!("{name}={value}");
        notes.push(("parameters", run.params.iter().map(value).collect::<Vec<_>>().join(" ")));
    }
    if !run.formats.is_empty() {
        notes.push(("formats", format!("only {}", run.formats.join(", "))));
    }
    if !run.deliver {
        notes.push(("delivery", "none was asked for".to_owned()));
    }
    let overlapping = |run| format!("run {run} of this report was still to be made (overlap = \"skip\")");
    notes.extend(run.overlapped.map(|run| ("missed", overlapping(run))));
    notes.extend(run.superseded_by.map(|later| ("done again", format!("as run {later}, which counts"))));
    if run.state == RunState::Held {
        notes.extend(run.error.iter().map(|error| ("held", error.clone())));
        return notes;
    }
    notes.extend(run.unmet.iter().map(|unmet| ("not met", unmet.clone())));
    notes.extend(run.error.iter().map(|error| ("error", error.clone())));
    notes
}

fn why(run: &RunRow) -> String {
    match (run.trigger, run.backfill) {
        (Trigger::Schedule, _) => "its schedule fired".to_owned(),
        (Trigger::CatchUp, _) => "its schedule had fired while nobody was there".to_owned(),
        (Trigger::Manual, _) => "somebody asked for it".to_owned(),
        (Trigger::Backfill, Some(backfill)) => format!("backfill {backfill} asked for this firing"),
        (Trigger::Backfill, None) => "a backfill asked for this firing".to_owned(),
        (Trigger::Notice, _) => "its owners are told something".to_owned(),
    }
}

/// What happened, in order; what somebody said stands below it.
fn timeline(detail: &RunDetail, deliveries: &[&DeliveryRow], width: usize) -> String {
    let run = &detail.run;
    let zone: Tz = run.zone.parse().unwrap_or(chrono_tz::UTC);
    let mut events: Vec<(DateTime<Utc>, String, String)> = Vec::new();
    let mut add = |at, what: String, words: &str| events.push((at, what, words.to_owned()));
    if run.trigger != Trigger::Manual {
        add(run.scheduled_for, "fired".to_owned(), "");
    }
    let missed = run.state == RunState::Missed;
    add(run.created_at, if missed { "recorded as missed" } else { "queued" }.to_owned(), "");
    if let Some(at) = run.started_at {
        let worker = run.worker.as_deref().unwrap_or("a worker that let go of it");
        let again = if run.attempts > 1 { format!(" (try {})", run.attempts) } else { String::new() };
        add(at, format!("begun by {worker}{again}"), "");
    }
    if let Some(at) = produced_at(detail) {
        let bytes = detail.artifacts.iter().map(|it| it.size).sum();
        let messages = detail.artifacts.iter().filter(|it| it.format == "eml").count();
        let files = detail.artifacts.len() - messages;
        add(at, format!("made {}, {}", made(files, messages), size(bytes)), "");
    }
    if let Some(at) = run.held_at {
        add(at, "held until somebody decides".to_owned(), "");
    }
    if let Some(at) = run.released_at {
        add(at, "released by somebody".to_owned(), "");
    }
    let tries: usize = deliveries.iter().map(|it| it.attempts.len()).sum();
    let mut untold = 0;
    for delivery in deliveries {
        for attempt in &delivery.attempts {
            if tries > MOST_TRIES && attempt.outcome == AttemptOutcome::Done {
                untold += 1;
                continue;
            }
            add(attempt.finished_at, tried(delivery, attempt), &attempt.detail);
        }
        match (delivery.state, delivery.next_attempt_at, delivery.done_at) {
            (DeliveryState::Retry, Some(at), _) => add(at, format!("d{} is tried next", delivery.id), ""),
            (DeliveryState::Cancelled, _, Some(at)) => add(at, format!("d{} called off", delivery.id), ""),
            _ => {}
        }
    }
    if let (Some(at), false) = (run.finished_at, missed || run.state == RunState::Held) {
        add(at, format!("ended: {}", run.state), "");
    }
    // What happened at the same instant stays in the order above.
    events.sort_by_key(|event| event.0);
    let mut lines = Vec::new();
    let mut day = None;
    for (at, what, words) in events {
        let local = at.with_timezone(&zone);
        // A day is written once.
        let date = Some(local.date_naive());
        if day != date {
            lines.push(format!("  {}", local.format("%Y-%m-%d")));
            day = date;
        }
        lines.push(format!(
            "  {}  {}",
            local.format("%H:%M:%S"),
            wrapped(&what, width.saturating_sub(12), 12)
        ));
        if !words.is_empty() {
            lines.push(format!("            {}", wrapped(&words, width.saturating_sub(12), 12)));
        }
    }
    if untold > 0 {
        lines.push(format!("  and {untold} tries that went well; --json has all"));
    }
    lines.join("\n")
}

fn produced_at(detail: &RunDetail) -> Option<DateTime<Utc>> {
    if detail.artifacts.is_empty() {
        return None;
    }
    detail.deliveries.iter().map(|it| it.created_at).min().or(detail.run.finished_at)
}

fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

fn made(files: usize, messages: usize) -> String {
    match (files, messages) {
        (files, 0) => counted(files, "file"),
        (0, messages) => counted(messages, "message"),
        (files, messages) => format!("{} and {}", counted(files, "file"), counted(messages, "message")),
    }
}

fn tried(delivery: &DeliveryRow, attempt: &AttemptRow) -> String {
    let took = (attempt.finished_at - attempt.started_at).to_std().map(duration).unwrap_or_default();
    let outcome = match attempt.outcome {
        AttemptOutcome::InDoubt => "in doubt",
        AttemptOutcome::Retry => "not now",
        outcome => outcome.as_str(),
    };
    format!(
        "d{} {} to {}, try {}: {outcome} ({took})",
        delivery.id, delivery.channel, delivery.recipient, attempt.number
    )
}

fn advice(detail: &RunDetail) -> String {
    let (run, counts) = (&detail.run, &detail.run.deliveries);
    if run.superseded_by.is_some() {
        String::new()
    } else if run.state == RunState::Held {
        format!(
            "`parte show {run} --out DIR` writes its files to look at, `parte release {run}` sends it as it was made, \
             `parte cancel {run}` gives it up",
            run = run.id
        )
    } else if counts.failed + counts.in_doubt > 0 {
        "`parte dead` says what can be done about what did not arrive".to_owned()
    } else if run.state == RunState::Failed {
        format!("`parte retry {}` has it produced again", run.id)
    } else {
        String::new()
    }
}

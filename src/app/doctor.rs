//! Looks at everything that Parte needs, and says what is well, what somebody should look at, and what is wrong. Never: mending it.

mod machine;
mod record;

use super::{Exit, Failure, Peer, definitions, online};
use crate::definition::{Definitions, LedgerPlace, Problem, Report, Secrets, Severity};
use crate::ledger::Ledger;
use crate::{app, clock};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Area {
    /// reports.toml and what it includes.
    Definitions,
    /// Passwords and tokens.
    Secrets,
    /// Calendars of holidays.
    Holidays,
    /// The record.
    Ledger,
    /// What waits in it.
    Queue,
    /// The time of day.
    Clock,
    /// Folders and room on disks.
    Disk,
    /// Where data comes from.
    Source,
    /// The ways out.
    Channel,
}

impl Area {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Definitions => "definitions",
            Self::Secrets => "secrets",
            Self::Holidays => "holidays",
            Self::Ledger => "ledger",
            Self::Queue => "queue",
            Self::Clock => "clock",
            Self::Disk => "disk",
            Self::Source => "source",
            Self::Channel => "channel",
        }
    }

    /// The exit code of a program that finds something wrong here.
    #[must_use]
    pub fn exit(self) -> Exit {
        match self {
            Self::Definitions | Self::Secrets | Self::Holidays => Exit::Definition,
            Self::Ledger | Self::Queue => Exit::Ledger,
            Self::Clock => Exit::Unforeseen,
            Self::Disk => Exit::Output,
            Self::Source => Exit::Data,
            Self::Channel => Exit::Delivery,
        }
    }
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Well.
    Ok,
    /// Somebody should look at it.
    Look,
    /// Reports will not be made or will not arrive.
    Wrong,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// Where.
    pub area: Area,
    /// How it is.
    pub verdict: Verdict,
    /// What was seen.
    pub what: String,
    /// What to do; empty when there is nothing.
    pub to_do: String,
}

impl Finding {
    fn ok(area: Area, what: impl Into<String>) -> Self {
        Self { area, verdict: Verdict::Ok, what: what.into(), to_do: String::new() }
    }
    fn look(area: Area, what: impl Into<String>, to_do: impl Into<String>) -> Self {
        Self { area, verdict: Verdict::Look, what: what.into(), to_do: to_do.into() }
    }
    fn wrong(area: Area, what: impl Into<String>, to_do: impl Into<String>) -> Self {
        Self { area, verdict: Verdict::Wrong, what: what.into(), to_do: to_do.into() }
    }

    /// A failure's own words, as something that is wrong.
    fn of_failure(area: Area, failure: &Failure) -> Self {
        use miette::Diagnostic as _;
        let mut what = failure.to_string();
        let mut cause = std::error::Error::source(failure);
        while let Some(inner) = cause {
            let words = inner.to_string();
            if !what.contains(&words) {
                what.push_str(&format!(": {words}"));
            }
            cause = inner.source();
        }
        Self::wrong(area, what, failure.help().map(|help| help.to_string()).unwrap_or_default())
    }
}

/// Looks at everything; with `ask`, asks sources and channels too. Nothing is changed, but that a file is made and deleted to see
/// whether a folder can be written.
pub async fn examine(file: &Path, ask: bool) -> Vec<Finding> {
    let now = clock::now();
    let (definitions, mut findings, complete) = match of_definitions(file) {
        Ok(found) => found,
        Err(findings) => return findings,
    };
    let definitions = Arc::new(definitions);
    findings.extend(machine::of_secret_files(&definitions));
    findings.extend(of_holidays(&definitions.reports, now));
    findings.extend(of_clock(now));
    findings.extend(of_ledger(&definitions, now).await);
    findings.extend(machine::of_disk(&definitions).await);
    if ask && complete {
        findings.extend(of_peers(&definitions, now).await);
    } else if ask {
        let what = "sources and channels were not asked: a wrong password could lock an account";
        findings.push(Finding::look(Area::Channel, what, "set the secrets, then look again"));
    }
    findings
}

type Read = Result<(Definitions, Vec<Finding>, bool), Vec<Finding>>;

/// The definitions, whether or not their secrets are set.
fn of_definitions(file: &Path) -> Read {
    let problems = match definitions(file) {
        Ok(definitions) => {
            let findings = vec![
                described(&definitions, file),
                Finding::ok(Area::Secrets, "none is missing that is needed now"),
            ];
            return Ok((definitions, findings, true));
        }
        Err(Failure::Definition(problems)) => problems.problems,
        Err(failure) => return Err(vec![Finding::of_failure(Area::Definitions, &failure)]),
    };
    match app::checked(file, Secrets::Optional) {
        Ok(definitions) => {
            let mut findings = vec![described(&definitions, file)];
            let unset = problems.iter().filter(|it| it.severity == Severity::Error);
            for problem in unset {
                let hint = problem.hint.as_deref();
                let to_do =
                    hint.unwrap_or("set it where Parte runs, for example in the service's environment");
                let finding = Finding::wrong(Area::Secrets, problem.what.as_str(), to_do);
                // Two channels may want the same one.
                if !findings.contains(&finding) {
                    findings.push(finding);
                }
            }
            Ok((definitions, findings, false))
        }
        Err(_) => {
            let errors = problems.iter().filter(|it| it.severity == Severity::Error).count();
            let first = problems.iter().find(|it| it.severity == Severity::Error);
            let first = first.map(|it| it.what.as_str()).unwrap_or_default();
            let what = format!("{} in {}; the first: {first}", counted(errors, "problem"), file.display());
            Err(vec![Finding::wrong(Area::Definitions, what, "`parte check` shows each at its line")])
        }
    }
}

fn described(definitions: &Definitions, file: &Path) -> Finding {
    let what = format!(
        "{}: {}, {}, {}",
        file.display(),
        counted(definitions.reports.len(), "report"),
        counted(definitions.sources.len(), "source"),
        counted(definitions.channels.len(), "channel"),
    );
    match definitions.warnings.problems.len() {
        0 => Finding::ok(Area::Definitions, what),
        warnings => {
            let what = format!("{what}; {}", counted(warnings, "warning"));
            Finding::look(Area::Definitions, what, "`parte check` shows each at its line")
        }
    }
}

/// How far ahead holidays should be known.
const AHEAD: TimeDelta = TimeDelta::days(60);

/// Reports that know holidays of the past and none to come will soon be sent on one.
fn of_holidays(reports: &[Report], now: DateTime<Utc>) -> Vec<Finding> {
    let mut short: Vec<(NaiveDate, Vec<&str>)> = Vec::new();
    let mut known = 0;
    for report in reports {
        let today = now.with_timezone(&report.zone).date_naive();
        let days = (-800..800).rev().map(|days| today + TimeDelta::days(days));
        let Some(last) = days.into_iter().find(|day| report.workdays.is_holiday(*day)) else { continue };
        known += 1;
        if last < today + AHEAD {
            match short.iter_mut().find(|(day, _)| *day == last) {
                Some((_, names)) => names.push(report.id.as_str()),
                None => short.push((last, vec![report.id.as_str()])),
            }
        }
    }
    if short.is_empty() && known > 0 {
        return vec![Finding::ok(
            Area::Holidays,
            format!("known for the next {} days and longer", AHEAD.num_days()),
        )];
    }
    let finding = |(last, names): (NaiveDate, Vec<&str>)| {
        let what = format!("the last one that is known is {last}, for {}", names.join(", "));
        Finding::look(Area::Holidays, what, "renew the calendar that `workdays` names")
    };
    short.into_iter().map(finding).collect()
}

/// Nobody ran this program before it was written: a clock that says so was never set.
fn of_clock(now: DateTime<Utc>) -> Vec<Finding> {
    let said = now.format("%Y-%m-%d %H:%M UTC");
    let written = NaiveDate::from_ymd_opt(2026, 1, 1);
    if written.is_some_and(|written| now.date_naive() < written) {
        let what = format!("this machine says that it is {said}");
        return vec![Finding::wrong(Area::Clock, what, "set the clock, for example with NTP")];
    }
    vec![Finding::ok(Area::Clock, format!("this machine says that it is {said}"))]
}

async fn of_ledger(definitions: &Definitions, now: DateTime<Utc>) -> Vec<Finding> {
    let mut findings = Vec::new();
    match app::look(definitions).await {
        Ok(Some(ledger)) => {
            findings.extend(of_record(&ledger, definitions, now).await);
            ledger.close().await;
        }
        Ok(None) => findings.push(Finding::ok(Area::Ledger, "there is none yet: the first run makes it")),
        Err(failure) => findings.push(Finding::of_failure(Area::Ledger, &failure)),
    }
    findings
}

async fn of_record(ledger: &Ledger, definitions: &Definitions, now: DateTime<Utc>) -> Vec<Finding> {
    let file = match &definitions.ledger.place {
        LedgerPlace::File(path) => Some(path.as_path()),
        LedgerPlace::Server(_) => None,
    };
    let before = clock::now();
    let mut findings = match ledger.health().await {
        // asked in between: half of how long it took is not the clocks' difference
        Ok(health) => record::of_health(&health, ledger.name(), file, before + (clock::now() - before) / 2),
        Err(error) => vec![Finding::of_failure(Area::Ledger, &Failure::Ledger(error))],
    };
    match ledger.queue().await {
        Ok(queue) => findings.extend(record::of_queue(&queue, now)),
        Err(error) => findings.push(Finding::of_failure(Area::Queue, &Failure::Ledger(error))),
    }
    findings
}

async fn of_peers(definitions: &Arc<Definitions>, now: DateTime<Utc>) -> Vec<Finding> {
    let files: Vec<PathBuf> = definitions
        .files
        .iter()
        .filter(|file| file.extension().is_none_or(|kind| kind != "ics"))
        .cloned()
        .collect();
    let asked = online(definitions, &files, now).await;
    let mut findings: Vec<Finding> = Vec::new();
    for answer in &asked.answers {
        let area = match answer.peer {
            Peer::Source => Area::Source,
            Peer::Channel => Area::Channel,
        };
        // of a source's frames and listings only those where something is odd
        if (answer.frame.is_none() && answer.listing.is_none()) || !answer.problems.is_empty() {
            let said = answer.problems.iter().map(|problem| of_problem(area, &answer.name, problem));
            let well = answer.problems.is_empty().then(|| {
                let facts = if answer.facts.is_empty() { "open".to_owned() } else { answer.facts.join(", ") };
                Finding::ok(area, format!("{}: {facts}", answer.name))
            });
            findings.extend(said.chain(well));
        }
    }
    findings
}

fn of_problem(area: Area, name: &str, problem: &Problem) -> Finding {
    let what = format!("{name}: {}", problem.what);
    let to_do = problem.hint.as_deref().unwrap_or_default();
    match problem.severity {
        Severity::Error => Finding::wrong(area, what, to_do),
        _ => Finding::look(area, what, to_do),
    }
}

fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

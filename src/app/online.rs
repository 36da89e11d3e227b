//! Asks sources and channels whether a run would find what it needs and be let in. Never: running, sending, changing anything.

mod age;
mod api;
mod targets;

use super::{Exit, syncing};
use crate::calendar::Period;
use crate::definition::{
    Channel, Definitions, Diagnostics, FrameName, Problem, Report, Severity, Source, SourceKind, Way, Written,
};
use crate::deliver::{self, Welcome};
use crate::document::{self, BuildInput};
use crate::metrics::{self, Engine};
use crate::source::{self, Finding, Inspection, Remark};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

pub use crate::source::FrameFacts;
pub use age::distance;
pub use api::ListingFacts;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Peer {
    /// A source, or one of its frames.
    Source,
    /// A channel.
    Channel,
}

/// What one frame of a source, one listing of an API, or one channel, answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Source or channel.
    pub peer: Peer,
    /// Its name in the definition.
    pub name: String,
    /// What is known of the frame, where it is one.
    pub frame: Option<FrameFacts>,
    /// What is known of the listing, where it is one of an API.
    pub listing: Option<ListingFacts>,
    /// What else is known, in short sentences.
    pub facts: Vec<String>,
    /// What is wrong, or odd.
    pub problems: Vec<Problem>,
    /// How long it took.
    pub took: Duration,
}

impl Answer {
    /// The worst of its problems.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.problems.iter().map(|problem| problem.severity).min()
    }
}

/// What everybody answered.
#[derive(Debug, Clone)]
pub struct Online {
    /// Sources first, then channels, by name.
    pub answers: Vec<Answer>,
    files: Vec<(String, Arc<str>)>,
    /// When it was asked.
    pub asked: DateTime<Utc>,
}

impl Online {
    /// All problems with the files that they stand in.
    #[must_use]
    pub fn diagnostics(&self) -> Diagnostics {
        let problems = self.answers.iter().flat_map(|answer| answer.problems.clone()).collect();
        Diagnostics { files: self.files.clone(), problems }
    }

    /// A source that does not fit comes before a channel that is closed; what a person should only look at is no failure.
    #[must_use]
    pub fn exit(&self) -> Exit {
        let fails = |peer: Peer| {
            self.answers.iter().any(|answer| answer.peer == peer && answer.worst() == Some(Severity::Error))
        };
        match (fails(Peer::Source), fails(Peer::Channel)) {
            (true, _) => Exit::Data,
            (false, true) => Exit::Delivery,
            (false, false) => Exit::Done,
        }
    }
}

/// Asks all sources and channels at the same time. `files` are the definition files: problems are shown at their keys.
/// Returns when the slowest has answered or its patience is over.
pub async fn online(definitions: &Arc<Definitions>, files: &[PathBuf], now: DateTime<Utc>) -> Online {
    let written = Arc::new(Written::read(files));
    let mut asked: JoinSet<Vec<Answer>> = JoinSet::new();
    for source in definitions.sources.values() {
        let (definitions, written, source) = (Arc::clone(definitions), Arc::clone(&written), source.clone());
        asked.spawn_blocking(move || ask_source(&definitions, &source, &written, now));
    }
    for channel in definitions.channels.values() {
        let (written, channel) = (Arc::clone(&written), channel.clone());
        asked.spawn(async move { vec![ask_channel(&channel, &written).await] });
    }
    let mut answers = Vec::new();
    while let Some(answered) = asked.join_next().await {
        match answered {
            Ok(more) => answers.extend(more),
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(error) => tracing::warn!(%error, "a question was broken off"),
            },
        }
    }
    // frames of one source keep their order
    answers.sort_by(|a, b| (a.peer, &a.name).cmp(&(b.peer, &b.name)));
    Online { answers, files: written.files.clone(), asked: now }
}

fn ask_source(
    definitions: &Definitions,
    source: &Source,
    written: &Written,
    now: DateTime<Utc>,
) -> Vec<Answer> {
    let started = Instant::now();
    let reports: Vec<&Report> =
        definitions.reports.iter().filter(|report| report.source == source.id).collect();
    let path = |more: &[String]| -> Vec<String> {
        ["sources".to_owned(), source.id.to_string()].into_iter().chain(more.iter().cloned()).collect()
    };
    let problem = |finding: &Finding| {
        let path = path(&finding.keys);
        let keys: Vec<&str> = path.iter().map(String::as_str).collect();
        let (what, hint) = (finding.what.clone(), finding.hint.clone());
        written.problem("source-mismatch", finding.severity, &keys, what, "asked of the source", hint)
    };
    let mut whole = Answer {
        peer: Peer::Source,
        name: source.id.to_string(),
        frame: None,
        listing: None,
        facts: Vec::new(),
        problems: Vec::new(),
        took: Duration::ZERO,
    };
    let lent = lent(definitions, source);
    let needed = needed(definitions, source, &reports, &lent);
    let api = |findings: &[Finding]| match syncing::api(source) {
        Some((_, api)) => api::asked(source, api, &needed, findings, written, now),
        None => api::Asked::default(),
    };
    let seen = match source::inspect(source, &needed) {
        Ok(seen) => seen,
        Err(error) => {
            let keys = ["sources", source.id.as_str(), "url"];
            let (severity, label) = (Severity::Error, "asked here");
            whole.problems.push(written.problem(
                "source-unreachable",
                severity,
                &keys,
                error.what,
                label,
                error.hint,
            ));
            let asked = api(&[]);
            whole.problems.extend(asked.problems);
            whole.facts.extend(asked.facts);
            whole.took = started.elapsed();
            return std::iter::once(whole).chain(asked.answers).collect();
        }
    };
    let mut answers: Vec<Answer> = seen
        .frames
        .iter()
        .map(|facts| Answer {
            frame: Some(facts.clone()),
            problems: seen
                .findings
                .iter()
                .filter(|finding| finding.frame == Some(facts.frame))
                .map(problem)
                .collect(),
            took: facts.took,
            ..whole.clone()
        })
        .collect();
    let of_frames: BTreeSet<FrameName> = seen.frames.iter().map(|facts| facts.frame).collect();
    whole.problems.extend(
        seen.findings
            .iter()
            .filter(|finding| finding.frame.is_none_or(|frame| !of_frames.contains(&frame)))
            .map(problem),
    );
    for report in &reports {
        whole.problems.extend(rehearsed(definitions, report, &seen, written, now));
    }
    whole.problems.extend(targets::asked(definitions, source, &reports, &seen, written));
    whole.facts.push(match reports.len() {
        0 if !lent.is_empty() => {
            let names: BTreeSet<&str> = lent.iter().map(|(report, _)| report.source.as_str()).collect();
            format!("read by way of `{}`", names.into_iter().collect::<Vec<_>>().join("`, `"))
        }
        0 => "no report reads it".to_owned(),
        1 => "1 report put together from a sample".to_owned(),
        count => format!("{count} reports put together from a sample"),
    });
    let asked = api(&seen.findings);
    whole.problems.extend(asked.problems);
    whole.facts.extend(asked.facts);
    whole.took = started.elapsed();
    answers.insert(0, whole);
    answers.extend(asked.answers);
    answers
}

/// The reports that read frames of this source by way of another one, and which frames.
fn lent<'d>(definitions: &'d Definitions, source: &Source) -> Vec<(&'d Report, BTreeSet<FrameName>)> {
    let lent = |report: &'d Report| {
        let SourceKind::Several(several) = &definitions.sources.get(&report.source)?.kind else {
            return None;
        };
        let frames: BTreeSet<FrameName> =
            several.of.iter().filter(|(_, of)| of.id == source.id).map(|(frame, _)| *frame).collect();
        (!frames.is_empty()).then_some((report, frames))
    };
    definitions.reports.iter().filter_map(lent).collect()
}

/// What the reports need; of a source that no report reads, whatever it has.
fn needed(
    definitions: &Definitions,
    source: &Source,
    reports: &[&Report],
    lent: &[(&Report, BTreeSet<FrameName>)],
) -> BTreeMap<FrameName, BTreeSet<String>> {
    let mut needed: BTreeMap<FrameName, BTreeSet<String>> = BTreeMap::new();
    let all = FrameName::ALL.into_iter().collect::<BTreeSet<_>>();
    let own = reports.iter().map(|report| (*report, &all));
    for (report, frames) in own.chain(lent.iter().map(|(report, frames)| (*report, frames))) {
        // what does not parse is told when the report is put together
        let Ok(need) = metrics::need(report, &definitions.metrics, &[]) else { continue };
        for (frame, columns) in need.columns.into_iter().filter(|(frame, _)| frames.contains(frame)) {
            needed.entry(frame).or_default().extend(columns);
        }
    }
    if needed.is_empty() {
        let mapped: Vec<FrameName> = source.frames.keys().copied().collect();
        let frames = if mapped.is_empty() { FrameName::ALL.to_vec() } else { mapped };
        needed.extend(frames.into_iter().map(|frame| (frame, BTreeSet::from(["*".to_owned()]))));
    }
    needed
}

/// Puts a report together from the sample: every metric, filter, query and text meets the columns that are really there.
fn rehearsed(
    definitions: &Definitions,
    report: &Report,
    seen: &Inspection,
    written: &Written,
    now: DateTime<Utc>,
) -> Vec<Problem> {
    let keys = ["report", report.id.as_str()];
    let problem = |what: String, hint: String| {
        written.problem("source-mismatch", Severity::Error, &keys, what, "this report", hint)
    };
    let period: Period = report.period_at(now, None);
    let engine = match Engine::new(report, &definitions.metrics, &seen.sample, &period) {
        Ok(engine) => engine,
        Err(error) => return vec![problem(format!("{}: {}", error.subject, error.what), error.hint)],
    };
    // one problem for all metrics that lack the same columns
    let mut lacking: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
    for remark in engine.remarks() {
        if let Remark::Unavailable { metric, missing } = remark {
            lacking.entry(missing).or_default().push(metric);
        }
    }
    let mut problems: Vec<Problem> = lacking
        .into_iter()
        .map(|(missing, metrics)| {
            let (many, are) = if metrics.len() == 1 { ("", "has") } else { ("s", "have") };
            let what = format!(
                "metric{many} `{}` {are} no value in report `{}`: the source lacks {}",
                metrics.join("`, `"),
                report.id,
                missing.join(", ")
            );
            problem(what, where_it_may_be(&missing, seen))
        })
        .collect();
    let input = BuildInput {
        definitions,
        report,
        period: &period,
        current: &engine,
        compared: &[],
        earlier: &[],
        generated: now,
    };
    if let Err(error) = document::build(&input) {
        use miette::Diagnostic as _;
        let hint = error.help().map(|help| help.to_string()).unwrap_or_default();
        problems.push(problem(error.to_string(), hint));
    }
    // Asked last: they are told while the report is put together.
    problems.extend(targets::met(report, &engine.remarks(), written));
    problems
}

/// What to do about columns (`tasks.seller_id`) that a source lacks: the likeliest of those there.
fn where_it_may_be(missing: &[String], seen: &Inspection) -> String {
    let mut hints = Vec::new();
    for lacking in missing {
        let Some((frame, column)) = lacking.split_once('.') else { continue };
        match seen.frames.iter().find(|facts| facts.frame.as_str() == frame) {
            Some(facts) => {
                let there: Vec<&str> = facts.columns.iter().map(String::as_str).collect();
                hints.push(format!(
                    "{lacking}: {}; name it with columns = {{ {column} = \"...\" }}",
                    super::suggestion(column, &there)
                ));
            }
            None => {
                let hint = format!("{lacking}: no table is known for {frame}; name it with table = \"...\"");
                if !hints.contains(&hint) {
                    hints.push(hint);
                }
            }
        }
    }
    hints.join("\n")
}

async fn ask_channel(channel: &Channel, written: &Written) -> Answer {
    let started = Instant::now();
    let welcome = deliver::probe(channel).await;
    let took = started.elapsed();
    let keys = ["channels", channel.id.as_str(), "url"];
    let problem = |code, severity, what: String, hint: &str| {
        written.problem(code, severity, &keys, what, "asked here", hint.to_owned())
    };
    let (mut facts, problems) = match welcome {
        Welcome::Open { facts, doubts } => {
            let doubt = |what| problem("channel-doubtful", Severity::Warning, what, "");
            (facts, doubts.into_iter().map(doubt).collect())
        }
        Welcome::Closed { error, passing } => {
            let hint = match (&channel.way, passing) {
                (_, false) => "",
                (Way::Folder(_), true) => {
                    "see that the disk is there and has room, and that the user who runs Parte may write to it"
                }
                (_, true) => "see that the server runs and that host and port of the `url` are right",
            };
            (Vec::new(), vec![problem("channel-closed", Severity::Error, error, hint)])
        }
        Welcome::NotAsked { why } => {
            let hint = "set the variable that the definition names, to ask the server too";
            (Vec::new(), vec![problem("channel-doubtful", Severity::Warning, why, hint)])
        }
    };
    if let Some(outbox) = &channel.outbox {
        facts.push(format!("for now everything is written to the outbox {}", outbox.display()));
    }
    let name = channel.id.to_string();
    Answer { peer: Peer::Channel, name, frame: None, listing: None, facts, problems, took }
}

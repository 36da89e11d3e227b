//! The one place where parts are put together: definitions, ledger, worker, scheduler; and how a program that failed says so.

mod care;
mod doctor;
mod explaining;
mod failure;
pub mod figures;
mod made_again;
mod online;
mod preview;
mod reload;
mod retention;
mod serving;
mod syncing;

pub use care::{address, bring_now, possible, record};
pub use doctor::{Area, Finding, Verdict, examine};
pub use explaining::{Number, explain};
pub use failure::{Exit, Failure};
pub use made_again::{KeptRun, Remade, kept_run, write_remade};
pub use online::{Answer, FrameFacts, ListingFacts, Online, Peer, distance, online};
pub use preview::{Asked, attempt};
pub use serving::{Serving, Ticked, serve, tick, work};
pub use syncing::{apis, sync_now};

pub use crate::source::keep_brought;

use crate::backfill::Step;
use crate::calendar::Period;
use crate::definition::{
    Channel, ChannelId, DatabaseProtection, Definitions, Existing, FilePattern, FolderChannel, Format,
    LedgerPlace, Placing, Report, Secrets, Way,
};
use crate::deliver::{Outcome, Shipment};
use crate::document::Document;
use crate::ledger::{
    BackfillId, DeliveryState, Ledger, NewRun, Place, Protection, RunDetail, RunFilter, RunRow, RunState,
    Server, Trigger,
};
use crate::pipeline::{Order, PipelineError};
use crate::worker::{Hands, Options, Worker};
use crate::{backfill, definition, deliver, metrics, pipeline, suggest};
use chrono::{DateTime, Utc};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Reads and checks a definition file against the built-in catalogue.
///
/// # Errors
/// Every problem found in it.
pub fn definitions(path: &Path) -> Result<Definitions, Failure> {
    checked(path, Secrets::Needed)
}

/// The same, where it may not matter whether secrets are set.
///
/// # Errors
/// Every problem found in it.
pub fn checked(path: &Path, secrets: Secrets) -> Result<Definitions, Failure> {
    definition::load_with(path, metrics::catalogue(), secrets).map_err(Failure::Definition)
}

/// A report by its name.
///
/// # Errors
/// There is none of this name; the hint says which there are.
pub fn report<'a>(definitions: &'a Definitions, name: &str, place: &Path) -> Result<&'a Report, Failure> {
    definitions.reports.iter().find(|report| report.id.as_str() == name).ok_or_else(|| {
        let ids: Vec<&str> = definitions.reports.iter().map(|report| report.id.as_str()).collect();
        Failure::Unknown {
            kind: "report",
            name: name.to_owned(),
            place: place.display().to_string(),
            hint: suggestion(name, &ids),
        }
    })
}

/// Names of those there are that are shown, at most: a table may have hundreds of columns.
const SUGGESTED: usize = 40;

/// `did you mean ...`, or the list of what there is.
#[must_use]
pub fn suggestion(name: &str, known: &[&str]) -> String {
    match suggest::closest(name, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if known.is_empty() => "there is none yet".to_owned(),
        None => {
            let shown = known.get(..SUGGESTED).unwrap_or(known);
            let more = known.len() - shown.len();
            let more = if more == 0 { String::new() } else { format!(", and {more} more") };
            format!("there is {}{more}", shown.join(", ")).replace(char::is_control, " ")
        }
    }
}

/// What became of a run that somebody asked for and waits for.
pub struct Ran {
    /// The record of it: artifacts, deliveries, tries.
    pub detail: RunDetail,
    /// The report in no format; `None` when it could not be produced.
    pub document: Option<Document>,
    /// How long reading, computing and rendering took.
    pub produced_in: Duration,
    /// Delivering.
    pub delivered_in: Duration,
}

/// Which run somebody asks for.
pub struct Wanted<'a> {
    /// The report, with the values of its parameters.
    pub report: &'a Report,
    /// The instant it is run as if scheduled for.
    pub scheduled_for: DateTime<Utc>,
    /// Its period.
    pub period: Period,
    /// Does the period go on where the run before ended, or was it given?
    pub continues: bool,
    /// Only these formats; empty: all.
    pub formats: Vec<Format>,
    /// Is it delivered?
    pub deliver: bool,
}

/// Opens the ledger that the definitions name.
///
/// # Errors
/// It cannot be opened, made or brought up to date.
pub async fn ledger(definitions: &Definitions) -> Result<Ledger, Failure> {
    Ok(Ledger::open(place(definitions)).await?)
}

/// Is there a ledger yet where the definitions say? Nothing is made by asking.
///
/// # Errors
/// Its server cannot be asked.
pub async fn ledger_exists(definitions: &Definitions) -> Result<bool, Failure> {
    Ok(Ledger::exists(place(definitions)).await?)
}

/// Where the definitions say that the record stands.
fn place(definitions: &Definitions) -> Place {
    let server = match &definitions.ledger.place {
        LedgerPlace::File(path) => return Place::from(path),
        LedgerPlace::Server(server) => server,
    };
    let (user, password) = server.server.login.clone().unzip();
    Place::Server(Box::new(Server {
        host: server.server.host.clone(),
        port: server.server.port,
        user,
        password: password.flatten().map(|password| password.expose().to_owned().into()),
        database: server.database.clone(),
        protection: match server.protection {
            DatabaseProtection::Off => Protection::Off,
            DatabaseProtection::Encrypted => Protection::Encrypted,
            DatabaseProtection::Verified => Protection::Verified,
        },
        ca: server.ca.clone(),
    }))
}

/// The period that a report covers at an instant; where it goes on where the run before ended, the ledger knows since
/// when.
///
/// # Errors
/// The ledger cannot be read.
pub async fn period_at(ledger: &Ledger, report: &Report, at: DateTime<Utc>) -> Result<Period, Failure> {
    if !report.continues() {
        return Ok(report.period_at(at, None));
    }
    let today = at.with_timezone(&report.zone).date_naive();
    let since = ledger.reached(report.id.as_str(), &report.params.chosen(), today).await?;
    Ok(report.period_at(at, since))
}

/// Runs a report now, in the record like any other run, and tries its deliveries once.
///
/// # Errors
/// The report cannot be produced (the run is recorded as failed), or the ledger cannot be used.
pub async fn run_now(
    ledger: &Ledger,
    definitions: &Arc<Definitions>,
    wanted: Wanted<'_>,
) -> Result<Ran, Failure> {
    let seen: Arc<Mutex<Seen>> = Arc::default();
    let hands = watched_hands(&seen);
    let (_keep, definitions) = watch::channel(Arc::clone(definitions));
    let worker = Worker::with_hands(ledger.clone(), definitions, Options::named(worker_name()), hands);
    let started = Instant::now();
    let detail = worker
        .run_now(NewRun {
            report: wanted.report.id.to_string(),
            scheduled_for: wanted.scheduled_for,
            trigger: Trigger::Manual,
            period_from: wanted.period.from(),
            period_to: wanted.period.to(),
            zone: wanted.period.zone().name().to_owned(),
            deliver: wanted.deliver,
            formats: wanted.formats.iter().map(|format| format.extension().to_owned()).collect(),
            params: wanted.report.params.texts(),
            chosen: wanted.report.params.chosen(),
            continues: wanted.continues,
        })
        .await?;
    let seen = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
    if let Some(failure) = seen.failure {
        return Err(failure);
    }
    if let (RunState::Failed, Some(error), None) = (detail.run.state, &detail.run.error, &seen.document) {
        return Err(Failure::Run { what: error.clone(), hint: String::new(), exit: Exit::Unforeseen });
    }
    if detail.run.state == RunState::Cancelled {
        let what = format!("run {} was called off while it was under way", detail.run.id);
        return Err(Failure::Run { what, hint: String::new(), exit: Exit::Delivery });
    }
    let delivered_in = started.elapsed().saturating_sub(seen.took);
    Ok(Ran { detail, document: seen.document, produced_in: seen.took, delivered_in })
}

/// The worker takes the pipeline as a call: what it produced is looked at here on its way to the record.
fn watched_hands(seen: &Arc<Mutex<Seen>>) -> Hands {
    let seen = Arc::clone(seen);
    let produce = move |order: &Order<'_>| {
        let started = Instant::now();
        let outcome = pipeline::produce(order);
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.took = started.elapsed();
        match outcome {
            Ok(produced) => {
                seen.document = Some(produced.document.clone());
                Ok(produced.into())
            }
            Err(error) => {
                seen.failure = Some(told(&error));
                Err(error)
            }
        }
    };
    Hands { produce: Arc::new(produce), ..Hands::default() }
}

/// How a firing of the past stands after its run, and why it was not produced when it was not.
pub struct Backfilled {
    /// The record of its run; `None` when it was left as it is.
    pub detail: Option<RunDetail>,
    /// The pipeline's word.
    pub failure: Option<Failure>,
}

/// Does what a backfill decided about a firing, and tries its deliveries once.
///
/// # Errors
/// The ledger cannot be used. A report that cannot be produced is no error: the record and the answer say so.
pub async fn backfill(
    ledger: &Ledger,
    definitions: &Arc<Definitions>,
    id: BackfillId,
    step: &Step<'_>,
    deliver: bool,
) -> Result<Backfilled, Failure> {
    let seen: Arc<Mutex<Seen>> = Arc::default();
    let (_keep, definitions) = watch::channel(Arc::clone(definitions));
    // short, so that one that was killed goes on soon when it is started again
    let options = Options { lease: Duration::from_secs(15), ..Options::named(worker_name()) };
    let worker = Worker::with_hands(ledger.clone(), definitions, options, watched_hands(&seen));
    let detail = backfill::take(ledger, &worker, id, step, deliver).await?;
    let failure = seen.lock().unwrap_or_else(PoisonError::into_inner).failure.take();
    Ok(Backfilled { detail, failure })
}

/// Opens the ledger that the definitions name to look at it; `None` when there is none. Nothing is made or changed.
///
/// # Errors
/// It cannot be read, or is of another version.
pub async fn look(definitions: &Definitions) -> Result<Option<Ledger>, Failure> {
    if !ledger_exists(definitions).await? {
        return Ok(None);
    }
    Ok(Some(Ledger::look(place(definitions)).await?))
}

/// The latest run of a report that has come to its end, with what it made; `None` when there is none.
///
/// # Errors
/// The record cannot be read.
pub async fn last_run(ledger: &Ledger, report: &Report) -> Result<Option<RunDetail>, Failure> {
    let filter = RunFilter { report: Some(report.id.to_string()), limit: 100, ..RunFilter::default() };
    let ran = |run: &&RunRow| {
        run.trigger != Trigger::Notice && run.started_at.is_some() && run.finished_at.is_some()
    };
    match ledger.runs(&filter).await?.iter().find(ran) {
        Some(run) => Ok(ledger.run(run.id).await?),
        None => Ok(None),
    }
}

/// What the pipeline said while the worker was at it.
#[derive(Default)]
struct Seen {
    document: Option<Document>,
    failure: Option<Failure>,
    took: Duration,
}

/// The pipeline's error goes to the record; this is its twin for the person who waits.
fn told(error: &PipelineError) -> Failure {
    use miette::Diagnostic as _;
    let exit = match error {
        PipelineError::Source(_)
        | PipelineError::Metrics(_)
        | PipelineError::Document(_)
        | PipelineError::Unexpected { .. }
        | PipelineError::NotYet { .. } => Exit::Data,
        PipelineError::Render(_) | PipelineError::Disagrees { .. } | PipelineError::Compose { .. } => {
            Exit::Output
        }
    };
    Failure::Run {
        what: error.to_string(),
        hint: error.help().map(|help| help.to_string()).unwrap_or_default(),
        exit,
    }
}

/// Writes a run's artifacts into a folder, each whole or not at all.
///
/// # Errors
/// The folder cannot be written.
pub async fn write_artifacts(
    ledger: &Ledger,
    detail: &RunDetail,
    folder: &Path,
) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for artifact in detail.artifacts.iter().filter(|artifact| artifact.format != "eml") {
        let content = ledger.artifact_content(artifact.id).await?;
        let bytes = content
            .ok_or_else(|| not_written(format!("{}: it is not in the ledger any more", artifact.name)))?;
        files.push((artifact.name.clone(), artifact.media_type.clone(), bytes));
    }
    write_files(files, folder).await
}

/// Writes files (name, media type, content) into a folder, each whole or not at all.
async fn write_files(files: Vec<(String, String, Vec<u8>)>, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let id = ChannelId::parse("out").ok_or_else(|| Failure::Unforeseen("no channel for --out".to_owned()))?;
    std::fs::create_dir_all(folder).map_err(|error| not_written(format!("{}: {error}", folder.display())))?;
    // who names a folder for a run wants this run's files in it
    let placing = Placing { existing: Existing::Replace, done: None };
    let channel = Channel {
        id,
        way: Way::Folder(FolderChannel { path: folder.to_owned(), file: FilePattern::default(), placing }),
        outbox: None,
        ca: None,
        timeout: Duration::from_secs(60),
        connections: None,
    };
    let mut written = Vec::new();
    for (name, media_type, bytes) in files {
        let shipment = Shipment {
            key: format!("out-{name}"),
            recipient: name.clone(),
            media_type,
            bytes: bytes.into(),
            attempt: 1,
            name,
        };
        match deliver::deliver(&channel, &shipment).await {
            Outcome::Done { .. } => written.push(folder.join(&shipment.name)),
            Outcome::Retry { error, .. }
            | Outcome::Refused { error }
            | Outcome::Gone { error }
            | Outcome::InDoubt { error } => {
                return Err(not_written(error));
            }
        }
    }
    Ok(written)
}

fn not_written(what: String) -> Failure {
    Failure::Output { what, hint: "name another folder, or make room and run again".to_owned() }
}

/// Who this process is, in the record: machine and process, because several machines may share a ledger.
fn worker_name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = if host.trim().is_empty() { "parte" } else { host.trim() };
    format!("{host}:{}", std::process::id())
}

/// The exit code that a run's deliveries give: nothing open, in doubt or refused, or not. Of a run that is held its data are
/// the cause.
#[must_use]
pub fn delivery_exit(detail: &RunDetail) -> Exit {
    if detail.run.state == RunState::Held {
        Exit::Data
    } else if detail.deliveries.iter().all(|delivery| delivery.state == DeliveryState::Done) {
        Exit::Done
    } else {
        Exit::Delivery
    }
}

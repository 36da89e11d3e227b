//! `parte serve`, `parte worker`: until told to stop. `parte tick`: one round.

use super::arguments::{Serve, Tick, Worker};
use super::terminal::Terminal;
use super::{Ended, runtime};
use crate::app::{self, Exit, Failure, Serving, figures};
use crate::ledger::RunState;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, watch};

/// How long a report in the making is waited for in the end: it cannot be interrupted. Its run is released, and its thread ends with the
/// process.
const LAST: Duration = Duration::from_millis(200);

pub(super) fn serve(arguments: &Serve, file: &Path, terminal: &Terminal) -> Ended {
    let definitions = super::definitions(file, terminal)?;
    let scheduled =
        definitions.reports.iter().filter(|report| report.schedule.is_some() && !report.paused).count();
    terminal.remark(&format!("{scheduled} reports on schedule; Ctrl-C stops"));
    let metrics =
        arguments.metrics.map(|address| figures::listen(address, arguments.metrics_public)).transpose()?;
    let runtime = runtime()?;
    let served = runtime.block_on(async {
        let (stop, reload) = (stopping()?, hanging_up()?);
        let (file, grace) = (file.to_owned(), Duration::from_secs(arguments.grace));
        app::serve(Serving { file, definitions, reload, grace, stop, metrics }).await
    });
    ended(runtime, served.map(|()| Exit::Done))
}

pub(super) fn worker(arguments: &Worker, file: &Path, terminal: &Terminal) -> Ended {
    let definitions = super::definitions(file, terminal)?;
    terminal.remark("does what is due and schedules nothing; Ctrl-C stops");
    let runtime = runtime()?;
    let worked = runtime.block_on(async {
        let (stop, reload) = (stopping()?, hanging_up()?);
        let (file, grace) = (file.to_owned(), Duration::from_secs(arguments.grace));
        app::work(Serving { file, definitions, reload, grace, stop, metrics: None }).await
    });
    ended(runtime, worked.map(|()| Exit::Done))
}

pub(super) fn tick(arguments: &Tick, file: &Path, terminal: &Terminal) -> Ended {
    let definitions = super::definitions(file, terminal)?;
    let runtime = runtime()?;
    let ticked = runtime.block_on(async {
        let stop = stopping()?;
        app::tick(definitions, Duration::from_secs(arguments.grace), stop).await
    });
    let exit = ticked.map(|ticked| {
        for run in ticked.runs.iter().map(|detail| &detail.run) {
            let done = format!("{} of {} delivered", run.deliveries.done, run.deliveries.planned);
            let said = match (&run.error, run.state) {
                (Some(error), RunState::Failed | RunState::Queued | RunState::Partial | RunState::Held) => {
                    error.clone()
                }
                _ => done,
            };
            terminal.advice(&format!("run {}  {}  {}  {said}", run.id, run.report, run.state));
        }
        if ticked.runs.is_empty() {
            terminal.advice("nothing was due");
        }
        ticked.exit
    });
    ended(runtime, exit)
}

fn ended(runtime: Runtime, outcome: Ended) -> Ended {
    runtime.shutdown_timeout(LAST);
    outcome
}

fn unforeseen(error: std::io::Error) -> Failure {
    Failure::Unforeseen(format!("failed to listen for signals: {error}"))
}

/// Turns true at SIGTERM and Ctrl-C.
fn stopping() -> Result<watch::Receiver<bool>, Failure> {
    let (stop, stopped) = watch::channel(false);
    let mut terminate = signal(SignalKind::terminate()).map_err(unforeseen)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(unforeseen)?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stop.send_replace(true);
        // the sender lives on, so that the receivers see "stop" rather than its end
        stop.closed().await;
    });
    Ok(stopped)
}

/// Rings at SIGHUP.
fn hanging_up() -> Result<Arc<Notify>, Failure> {
    let bell = Arc::new(Notify::new());
    let mut hangup = signal(SignalKind::hangup()).map_err(unforeseen)?;
    let ring = Arc::clone(&bell);
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            ring.notify_one();
        }
    });
    Ok(bell)
}

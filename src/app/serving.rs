//! The program at work by itself: schedules and worker until told to stop, a worker alone, or one round of both.

use super::{Exit, Failure, ledger, reload, retention, told, worker_name};
use crate::clock;
use crate::definition::Definitions;
use crate::ledger::{DeliveryState, Ledger, LedgerError, RunDetail, RunId, RunState};
use crate::pipeline;
use crate::scheduler::Scheduler;
use crate::worker::{Hands, Options, Products, Worker};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// What a program works with that goes on until it is told to stop.
pub struct Serving {
    /// The definition file: read again when it is saved.
    pub file: PathBuf,
    /// What it says now.
    pub definitions: Definitions,
    /// Rings when the file is to be read again though nothing was saved.
    pub reload: Arc<Notify>,
    /// On the stop, what is in flight may go on so long.
    pub grace: Duration,
    /// Turns true when it is to stop.
    pub stop: watch::Receiver<bool>,
}

/// Schedules, runs, delivers and retries until told to stop; then what is in flight may go on for a while.
///
/// # Errors
/// The ledger cannot be used, or the wake-up tick not be started.
pub async fn serve(serving: Serving) -> Result<(), Failure> {
    let ledger = ledger(&serving.definitions).await?;
    let (change, definitions) = watch::channel(Arc::new(serving.definitions));
    let reloading = tokio::spawn(reload::follow(serving.file, change, serving.reload));
    let options = Options { drain: serving.grace, ..Options::named(worker_name()) };
    let worker = Worker::new(ledger.clone(), definitions.clone(), options);
    let keeping =
        tokio::spawn(retention::keep_house(ledger.clone(), definitions.clone(), serving.stop.clone()));
    let scheduler = Scheduler::new(ledger.clone(), definitions).ringing(worker.bell());
    let ticking = tokio::spawn(scheduler.run_until(serving.stop.clone()));
    worker.run_until(serving.stop).await;
    let ticked =
        ticking.await.map_err(|error| Failure::Unforeseen(format!("the scheduler broke off: {error}")))?;
    reloading.abort();
    keeping.abort();
    ledger.close().await;
    ticked.map_err(|error| Failure::Unforeseen(error.to_string()))
}

/// Runs, delivers and retries what others schedule, until told to stop.
///
/// # Errors
/// The ledger cannot be used.
pub async fn work(serving: Serving) -> Result<(), Failure> {
    let ledger = ledger(&serving.definitions).await?;
    let (change, definitions) = watch::channel(Arc::new(serving.definitions));
    let reloading = tokio::spawn(reload::follow(serving.file, change, serving.reload));
    let options = Options { drain: serving.grace, ..Options::named(worker_name()) };
    Worker::new(ledger.clone(), definitions, options).run_until(serving.stop).await;
    reloading.abort();
    ledger.close().await;
    Ok(())
}

/// What one round came to.
pub struct Ticked {
    /// Runs that were begun or delivered from.
    pub runs: Vec<RunDetail>,
    /// The worst of them.
    pub exit: Exit,
}

/// Schedules what is due now, does what is due, and returns when nothing is due any more: what is to be tried again later is left for
/// the next round. Another one at the same time is safe: each takes what the other has not.
///
/// # Errors
/// The ledger cannot be used.
pub async fn tick(
    definitions: Definitions,
    grace: Duration,
    stop: watch::Receiver<bool>,
) -> Result<Ticked, Failure> {
    let ledger = ledger(&definitions).await?;
    let (_keep, definitions) = watch::channel(Arc::new(definitions));
    Scheduler::new(ledger.clone(), definitions.clone()).tick(clock::now()).await?;
    let failed = Arc::new(Mutex::new(Exit::Done));
    let options = Options { drain: grace, ..Options::named(worker_name()) };
    let worker = Worker::with_hands(ledger.clone(), definitions, options, remembering(&failed));
    let touched = worker.work_off(stop).await?;
    let runs = details(&ledger, touched).await?;
    ledger.close().await;
    let not_produced = *failed.lock().unwrap_or_else(PoisonError::into_inner);
    let exit = runs.iter().map(|run| exit_of(run, not_produced)).fold(not_produced, Exit::worse);
    Ok(Ticked { runs, exit })
}

/// The usual hands, that remember the exit code of the worst report that could not be produced.
fn remembering(failed: &Arc<Mutex<Exit>>) -> Hands {
    let failed = Arc::clone(failed);
    let produce = move |order: &pipeline::Order<'_>| match pipeline::produce(order) {
        Ok(produced) => Ok(Products { artifacts: produced.artifacts, deliveries: produced.deliveries }),
        Err(error) => {
            let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
            *failed = failed.worse(told(&error).exit());
            Err(error)
        }
    };
    Hands { produce: Arc::new(produce), ..Hands::default() }
}

async fn details(ledger: &Ledger, runs: BTreeSet<RunId>) -> Result<Vec<RunDetail>, LedgerError> {
    let mut details = Vec::with_capacity(runs.len());
    for run in runs {
        details.extend(ledger.run(run).await?);
    }
    Ok(details)
}

fn exit_of(run: &RunDetail, not_produced: Exit) -> Exit {
    match run.run.state {
        RunState::Missed | RunState::Cancelled => Exit::Done,
        // the pipeline has said why, unless what failed was not the pipeline
        RunState::Failed if run.artifacts.is_empty() => match not_produced {
            Exit::Done => Exit::Unforeseen,
            said => said,
        },
        _ if run.deliveries.iter().all(|delivery| delivery.state == DeliveryState::Done) => Exit::Done,
        _ => Exit::Delivery,
    }
}

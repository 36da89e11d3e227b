//! The program at work by itself: schedules and worker until told to stop, a worker alone, or one round of both.

use super::{Exit, Failure, figures, ledger, reload, retention, syncing, told, worker_name};
use crate::clock;
use crate::definition::Definitions;
use crate::ledger::{DeliveryState, Ledger, LedgerError, RunDetail, RunId, RunState};
use crate::pipeline;
use crate::scheduler::Scheduler;
use crate::worker::{Hands, Options, Worker};
use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::{JoinError, JoinHandle};

/// A program that stays keeps in mind what it did for as long as a ledger may be away until somebody mends it.
const PATIENCE: Duration = Duration::from_hours(24);

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
    /// Where machines that watch are answered.
    pub metrics: Option<TcpListener>,
}

/// Schedules, runs, delivers and retries until told to stop; then what is in flight may go on for a while.
///
/// # Errors
/// The ledger cannot be used, or the wake-up tick not be started. A scheduler that breaks off ends all of it, so that whoever looks
/// after the program starts it again.
pub async fn serve(serving: Serving) -> Result<(), Failure> {
    let ledger = ledger(&serving.definitions).await?;
    let (change, definitions) = watch::channel(Arc::new(serving.definitions));
    let reloading = tokio::spawn(reload::follow(serving.file, change, serving.reload));
    let options = Options { drain: serving.grace, patience: PATIENCE, ..Options::named(worker_name()) };
    let worker = Worker::new(ledger.clone(), definitions.clone(), options);
    let keeping =
        tokio::spawn(retention::keep_house(ledger.clone(), definitions.clone(), serving.stop.clone()));
    let syncing = tokio::spawn(syncing::keep_up(definitions.clone(), serving.stop.clone()));
    let offering = serving
        .metrics
        .map(|listener| tokio::spawn(figures::offer(listener, ledger.clone(), definitions.clone())));
    let scheduler = Scheduler::new(ledger.clone(), definitions).ringing(worker.bell());
    let ticking = tokio::spawn(scheduler.run_until(serving.stop.clone()));
    let ticked = together(ticking, |stop| worker.run_until(stop), serving.stop).await;
    reloading.abort();
    keeping.abort();
    syncing.abort();
    offering.inspect(JoinHandle::abort);
    ledger.close().await;
    ticked
        .map_err(|error| Failure::Unforeseen(format!("the scheduler broke off: {error}")))?
        .map_err(|error| Failure::Unforeseen(error.to_string()))
}

/// Works until told to stop, or until the schedules are looked after no more: then what is in flight comes to its end.
async fn together<T, W: Future<Output = ()>>(
    mut ticking: JoinHandle<T>,
    work: impl FnOnce(watch::Receiver<bool>) -> W,
    mut stop: watch::Receiver<bool>,
) -> Result<T, JoinError> {
    let (halt, halted) = watch::channel(false);
    let ticking = async {
        let broken = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => None,
            ended = &mut ticking => Some(ended),
        };
        if broken.is_some() {
            tracing::error!("schedules are not looked after any more: the program ends");
        }
        halt.send_replace(true);
        match broken {
            Some(ended) => ended,
            None => ticking.await,
        }
    };
    tokio::join!(work(halted), ticking).1
}

/// Runs, delivers and retries what others schedule, until told to stop.
///
/// # Errors
/// The ledger cannot be used.
pub async fn work(serving: Serving) -> Result<(), Failure> {
    let ledger = ledger(&serving.definitions).await?;
    let (change, definitions) = watch::channel(Arc::new(serving.definitions));
    let reloading = tokio::spawn(reload::follow(serving.file, change, serving.reload));
    let options = Options { drain: serving.grace, patience: PATIENCE, ..Options::named(worker_name()) };
    // copies are files of their machine
    let syncing = tokio::spawn(syncing::keep_up(definitions.clone(), serving.stop.clone()));
    Worker::new(ledger.clone(), definitions, options).run_until(serving.stop).await;
    reloading.abort();
    syncing.abort();
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
    // before the reports, which then read what is new; one that is told to stop goes on the next time
    let mut stopped = stop.clone();
    tokio::select! {
        () = syncing::due_now(&definitions) => {}
        _ = stopped.wait_for(|stop| *stop) => {}
    }
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
        Ok(produced) => Ok(produced.into()),
        // It waits, and nothing is wrong so far.
        Err(error @ pipeline::PipelineError::NotYet { .. }) => Err(error),
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
        RunState::Held => Exit::Data,
        // the pipeline has said why, unless what failed was not the pipeline
        RunState::Failed if run.artifacts.is_empty() => match not_produced {
            Exit::Done => Exit::Unforeseen,
            said => said,
        },
        // what is on its way now is in the hands of another process, whose word counts
        _ if run
            .deliveries
            .iter()
            .all(|delivery| matches!(delivery.state, DeliveryState::Done | DeliveryState::Sending)) =>
        {
            Exit::Done
        }
        _ => Exit::Delivery,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_ends_with_the_schedules_and_both_when_told() {
        let (stop, stopped) = watch::channel(false);
        let work = |mut halted: watch::Receiver<bool>| async move {
            assert!(halted.wait_for(|halt| *halt).await.is_ok());
        };
        let broken: JoinHandle<()> = tokio::spawn(async { panic!("a fault in a schedule") });
        assert!(together(broken, work, stopped.clone()).await.unwrap_err().is_panic());
        let ended = together(tokio::spawn(async { "no tick" }), work, stopped.clone()).await;
        assert_eq!(ended.unwrap(), "no tick");

        let mut told = stopped.clone();
        let ticking = tokio::spawn(async move { told.wait_for(|stop| *stop).await.is_ok() });
        let both = together(ticking, work, stopped);
        let (ended, ()) = tokio::join!(both, async { stop.send_modify(|stop| *stop = true) });
        assert!(ended.unwrap());
    }
}

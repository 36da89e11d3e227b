//! One run: from its claim to artifacts and planned deliveries in the ledger, or the reason why there are none.

use super::lease::{Claim, Held, Rest};
use super::options::Products;
use super::recorded::Recorded;
use super::rounds::Worker;
use crate::calendar::PeriodKind;
use crate::clock;
use crate::definition::{Definitions, Report};
use crate::ledger::{
    ClaimedRun, EarlierTotal, Had, Held as HeldBack, LedgerError, NewArtifact, NewDelivery, NewKept,
    NewTotal, Production, RowCount, in_one_line, run_wait,
};
use crate::pipeline::{Earlier, EarlierRows, Gates, History, KeptFile, Order, Past, PipelineError, Total};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How long it is tried to keep what a run was made from; it goes out without that too.
const PATIENCE_TO_KEEP: Duration = Duration::from_secs(20);

/// How long it is tried to record what a run produced; then it is produced again.
const PATIENCE: Duration = Duration::from_mins(2);

/// What is done about a run that could not be produced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnFailure {
    /// It is tried again when that may help.
    TryAgain,
    /// It has failed: somebody waits for the answer.
    GiveUp,
}

/// Why a run was not produced, and what follows.
struct Failure {
    error: String,
    next: Next,
}

/// What follows a run that was not produced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Another try does not help.
    Nothing,
    /// Another try may help: after the waits of runs, as often as they are tried.
    Try,
    /// Its data may still come: it is looked at again after so long, and this beginning is not counted.
    Look(Duration),
}

/// How often a run that waits for its data is looked at again.
const LOOK_AGAIN: Duration = Duration::from_mins(5);

impl Worker {
    /// Produces a claimed run and records what came of it.
    pub(super) async fn work_run(&self, run: ClaimedRun, on_failure: OnFailure, rest: watch::Receiver<Rest>) {
        let started = Instant::now();
        let definitions = self.definitions();
        let produce = Arc::clone(&self.hands().produce);
        let order = run.clone();
        let limit = time_limit(&definitions, &run.report);
        let earlier = match self.earlier(&definitions, &run).await {
            Ok(earlier) => earlier,
            Err(error) => {
                // Its lease ends, and it is taken again.
                tracing::error!(run = %run.id, report = %run.report, error = error.in_full(), "earlier runs cannot be looked up");
                return;
            }
        };
        let may_wait = on_failure == OnFailure::TryAgain;
        let producing = tokio::task::spawn_blocking(move || {
            produce_run(&definitions, &order, Gates::Keep { may_wait }, earlier, &*produce)
        });
        let (id, fence) = (run.id, run.fence);
        let work = async {
            let outcome = tokio::time::timeout(limit, producing).await;
            if let Ok(Ok(Ok(products))) = &outcome {
                self.keep(&run, &products.kept, rest.clone()).await;
            }
            outcome
        };
        let claim = Claim::Run(id, fence);
        let _at_it = self.at_it(claim);
        let recorded = match self.hold(claim, work, rest.clone()).await {
            Held::Lost => return,
            Held::Abandoned => {
                tracing::info!(run = %id, report = %run.report, "run released: the program stops");
                self.ledger().release_run(id, fence).await
            }
            Held::Finished(Ok(Ok(Ok(products)))) => self.record(&run, products, started, rest).await,
            Held::Finished(Ok(Ok(Err(failure)))) => self.fail(&run, failure, on_failure, started, rest).await,
            Held::Finished(Err(_)) => {
                let error = format!(
                    "the report was not produced within its time limit of {} (let it read less, or raise its `time_limit`)",
                    in_words(limit)
                );
                tracing::warn!(run = %id, report = %run.report,
                    "its thread cannot be stopped: it goes on until it is done, and what it makes is thrown away");
                self.fail(&run, Failure { error, next: Next::Nothing }, on_failure, started, rest).await
            }
            Held::Finished(Ok(Err(stopped))) => {
                let error = format!(
                    "producing the report broke off: {stopped} (this is a fault in Parte: please report it)"
                );
                self.fail(&run, Failure { error, next: Next::Nothing }, on_failure, started, rest).await
            }
        };
        if let Err(error) = recorded {
            tracing::error!(run = %id, report = %run.report, error = error.in_full(), "what became of the run is not recorded");
        }
    }

    /// Keeps what a run was made from. A report is not held up for want of it.
    async fn keep(&self, run: &ClaimedRun, files: &[KeptFile], rest: watch::Receiver<Rest>) {
        if files.is_empty() {
            return;
        }
        let files: Vec<NewKept> = files
            .iter()
            .map(|file| NewKept { name: file.name.clone(), content: Arc::clone(&file.content) })
            .collect();
        let kept =
            self.persist(PATIENCE_TO_KEEP, rest, || self.ledger().keep(run.id, run.fence, &files)).await;
        match kept {
            // Whoever has the run now keeps what it makes it from.
            Ok(()) | Err(LedgerError::Stale { .. }) => {}
            Err(error) => {
                tracing::warn!(run = %run.id, report = %run.report, error = error.in_full(),
                    "what the run was made from is not kept: it cannot be explained or made again");
                if let Err(error) = self.ledger().forget(run.id).await {
                    tracing::debug!(run = %run.id, error = error.in_full(), "what is kept of it is not whole");
                }
            }
        }
    }

    async fn record(
        &self,
        run: &ClaimedRun,
        products: Products,
        started: Instant,
        rest: watch::Receiver<Rest>,
    ) -> Result<(), LedgerError> {
        let production = production(products);
        let counts = (production.artifacts.len(), production.deliveries.len());
        let held = production.held.as_ref().filter(|_| counts.1 > 0).map(|held| held.why.clone());
        let recorded = self
            .persist(PATIENCE, rest.clone(), || {
                self.ledger().record_production(run.id, run.fence, production.clone())
            })
            .await;
        match recorded {
            Err(error @ LedgerError::Impossible { .. }) => {
                let failure = Failure { error: error.in_full(), next: Next::Nothing };
                self.fail(run, failure, OnFailure::GiveUp, started, rest).await
            }
            Err(error) => Err(error),
            Ok(()) => {
                tracing::info!(run = %run.id, report = %run.report, artifacts = counts.0, deliveries = counts.1,
                    duration_ms = millis(started), "run produced");
                if let Some(why) = held {
                    tracing::warn!(run = %run.id, report = %run.report, why, "run held until somebody decides");
                }
                Ok(())
            }
        }
    }

    async fn fail(
        &self,
        run: &ClaimedRun,
        failure: Failure,
        on_failure: OnFailure,
        started: Instant,
        rest: watch::Receiver<Rest>,
    ) -> Result<(), LedgerError> {
        if let Next::Look(wait) = failure.next {
            tracing::info!(run = %run.id, report = %run.report, again_in_s = wait.as_secs(), why = %failure.error,
                "run waits for its data");
            return self
                .persist(PATIENCE, rest, || {
                    self.ledger().postpone_run(run.id, run.fence, &failure.error, wait)
                })
                .await;
        }
        let again = if failure.next == Next::Try && on_failure == OnFailure::TryAgain {
            run_wait(run.attempt)
        } else {
            None
        };
        tracing::error!(run = %run.id, report = %run.report, attempt = run.attempt, duration_ms = millis(started),
            again_in_s = again.map(|wait| wait.as_secs()), error = %failure.error, "run not produced");
        self.persist(PATIENCE, rest, || self.ledger().fail_run(run.id, run.fence, &failure.error, again))
            .await
    }
}

impl Worker {
    /// What earlier runs had, as far as the report asks for it. A run that is not defined any more asks for nothing: that is said where it
    /// is made.
    async fn earlier(&self, definitions: &Definitions, run: &ClaimedRun) -> Result<Earlier, LedgerError> {
        let recorded = recorded(run);
        let Ok(report) = recorded.report(definitions) else { return Ok(Earlier::default()) };
        let rows = match report.expect.as_ref().and_then(|expected| expected.volume) {
            Some(_) => self.ledger().earlier_rows(run.id).await?,
            None => Vec::new(),
        };
        let totals = match kind(&recorded, &report).filter(|_| report.summary) {
            Some(kind) => self.ledger().earlier_totals(run.id, &kind.to_string()).await?,
            None => Vec::new(),
        };
        let earlier = |it: RowCount| EarlierRows {
            from: it.period_from,
            to: it.period_to,
            frame: it.frame,
            rows: it.rows,
        };
        Ok(Earlier { rows: rows.into_iter().map(earlier).collect(), totals: histories(totals) })
    }
}

/// What a run's period is among those that it may be held against over years.
fn kind(recorded: &Recorded<'_>, report: &Report) -> Option<PeriodKind> {
    PeriodKind::of(&recorded.period(report).ok()?)
}

/// Totals of the same metric that were computed and shown in the same way, put together.
fn histories(totals: Vec<EarlierTotal>) -> Vec<History> {
    let mut histories: Vec<History> = Vec::new();
    for EarlierTotal { period_from: from, total } in totals {
        let NewTotal { metric, basis, unit, value, raw } = total;
        let past = Past { from, value, raw };
        let same = |it: &&mut History| (&it.metric, &it.basis, &it.unit) == (&metric, &basis, &unit);
        match histories.iter_mut().find(same) {
            Some(history) => history.values.push(past),
            None => histories.push(History { metric, basis, unit, values: vec![past] }),
        }
    }
    histories
}

fn recorded(run: &ClaimedRun) -> Recorded<'_> {
    Recorded {
        report: &run.report,
        params: &run.params,
        formats: &run.formats,
        scheduled_for: run.scheduled_for,
        days: (run.period_from, run.period_to),
        zone: &run.zone,
    }
}

/// How long a report may be in the making; one that is not defined fails at once.
fn time_limit(definitions: &Definitions, report: &str) -> Duration {
    let report = definitions.reports.iter().find(|defined| defined.id.as_str() == report);
    report.map_or(Duration::from_mins(1), |report| report.time_limit)
}

fn in_words(length: Duration) -> String {
    let (count, unit) = match length.as_secs() {
        seconds if seconds > 0 && seconds % 60 == 0 => (seconds / 60, "minute"),
        seconds => (seconds, "second"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

pub(super) fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

fn produce_run(
    definitions: &Definitions,
    run: &ClaimedRun,
    gates: Gates,
    earlier: Earlier,
    produce: &dyn Fn(&Order<'_>) -> Result<Products, PipelineError>,
) -> Result<Products, Failure> {
    let never = |error: String| Failure { error, next: Next::Nothing };
    let recorded = recorded(run);
    let report = &recorded.report(definitions).map_err(never)?;
    let formats = recorded.formats().map_err(never)?;
    let order = Order {
        definitions,
        report,
        period: recorded.period(report).map_err(never)?,
        scheduled_for: run.scheduled_for,
        formats,
        generated: clock::now(),
        run_key: run.key.clone(),
        deliver: run.deliver,
        gates,
        earlier,
        keep: !definitions.ledger.keep_frames.is_zero(),
    };
    produce(&order).map_err(|error| Failure {
        next: match &error {
            // Data may be there again in a minute; what cannot be computed or rendered stays so.
            PipelineError::Source(_) | PipelineError::Unexpected { .. } => Next::Try,
            PipelineError::NotYet { until, .. } => {
                let left = (*until - order.generated).to_std().unwrap_or_default();
                Next::Look(left.min(LOOK_AGAIN))
            }
            _ => Next::Nothing,
        },
        error: in_one_line(&error),
    })
}

fn production(products: Products) -> Production {
    let artifacts = products
        .artifacts
        .into_iter()
        .map(|artifact| NewArtifact {
            recipient_key: String::new(),
            name: artifact.name,
            format: artifact.format,
            section: artifact.section,
            media_type: artifact.media_type,
            content: artifact.bytes,
        })
        .collect();
    let deliveries = products
        .deliveries
        .into_iter()
        .map(|planned| NewDelivery {
            channel: planned.channel.to_string(),
            recipient: planned.recipient,
            artifact: planned.artifact,
            hold: planned.hold,
        })
        .collect();
    let rows = products.rows.into_iter().map(|(frame, rows)| (frame.as_str().to_owned(), rows)).collect();
    let held = products.held.map(|said| HeldBack {
        // The words that it would have failed with.
        why: PipelineError::Unexpected { what: products.unmet.clone().unwrap_or_default() }.to_string(),
        said,
    });
    let total = |total: Total| {
        let Total { metric, basis, unit, value, raw } = total;
        NewTotal { metric, basis, unit, value, raw }
    };
    let had = Had {
        rows,
        kind: products.kind.map(|kind| kind.to_string()),
        totals: products.totals.into_iter().map(total).collect(),
    };
    Production { artifacts, deliveries, had, unmet: products.unmet, held }
}

//! One run: from its claim to artifacts and planned deliveries in the ledger, or the reason why there are none.

use super::lease::{Claim, Held, Rest};
use super::options::Products;
use super::rounds::Worker;
use crate::calendar::Period;
use crate::clock;
use crate::definition::{Definitions, Format, Report};
use crate::ledger::{ClaimedRun, LedgerError, NewArtifact, NewDelivery, in_one_line, run_wait};
use crate::pipeline::{Order, PipelineError};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

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

/// Why a run was not produced, and whether another try may help.
struct Failure {
    error: String,
    may_pass: bool,
}

impl Worker {
    /// Produces a claimed run and records what came of it.
    pub(super) async fn work_run(&self, run: ClaimedRun, on_failure: OnFailure, rest: watch::Receiver<Rest>) {
        let started = Instant::now();
        let definitions = self.definitions();
        let produce = Arc::clone(&self.hands().produce);
        let order = run.clone();
        let limit = time_limit(&definitions, &run.report);
        let producing = tokio::task::spawn_blocking(move || produce_run(&definitions, &order, &*produce));
        let work = tokio::time::timeout(limit, producing);
        let (id, fence) = (run.id, run.fence);
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
                self.fail(&run, Failure { error, may_pass: false }, on_failure, started, rest).await
            }
            Held::Finished(Ok(Err(stopped))) => {
                let error = format!(
                    "producing the report broke off: {stopped} (this is a fault in Parte: please report it)"
                );
                self.fail(&run, Failure { error, may_pass: false }, on_failure, started, rest).await
            }
        };
        if let Err(error) = recorded {
            tracing::error!(run = %id, report = %run.report, error = error.in_full(), "what became of the run is not recorded");
        }
    }

    async fn record(
        &self,
        run: &ClaimedRun,
        products: Products,
        started: Instant,
        rest: watch::Receiver<Rest>,
    ) -> Result<(), LedgerError> {
        let (artifacts, deliveries) = rows(products);
        let counts = (artifacts.len(), deliveries.len());
        let recorded = self
            .persist(PATIENCE, rest.clone(), || {
                self.ledger().record_products(run.id, run.fence, artifacts.clone(), deliveries.clone())
            })
            .await;
        match recorded {
            Err(error @ LedgerError::Impossible { .. }) => {
                let failure = Failure { error: error.in_full(), may_pass: false };
                self.fail(run, failure, OnFailure::GiveUp, started, rest).await
            }
            Err(error) => Err(error),
            Ok(()) => {
                tracing::info!(run = %run.id, report = %run.report, artifacts = counts.0, deliveries = counts.1,
                    duration_ms = millis(started), "run produced");
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
        let again =
            if failure.may_pass && on_failure == OnFailure::TryAgain { run_wait(run.attempt) } else { None };
        tracing::error!(run = %run.id, report = %run.report, attempt = run.attempt, duration_ms = millis(started),
            again_in_s = again.map(|wait| wait.as_secs()), error = %failure.error, "run not produced");
        self.persist(PATIENCE, rest, || self.ledger().fail_run(run.id, run.fence, &failure.error, again))
            .await
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
    produce: &dyn Fn(&Order<'_>) -> Result<Products, PipelineError>,
) -> Result<Products, Failure> {
    let never = |error: String| Failure { error, may_pass: false };
    let report = definitions
        .reports
        .iter()
        .find(|report| report.id.as_str() == run.report)
        .ok_or_else(|| never(format!("report `{}` is no longer defined", run.report)))?;
    let params = report.params.recorded(&run.params).map_err(|error| {
        never(format!("a value that the run was recorded with: {} ({})", error.what, error.hint))
    })?;
    let report = &report.with_params(params);
    let formats = run
        .formats
        .iter()
        .map(|name| {
            Format::ALL
                .into_iter()
                .find(|format| format.extension() == name)
                .ok_or_else(|| never(format!("there is no format `{name}`")))
        })
        .collect::<Result<_, _>>()?;
    let order = Order {
        definitions,
        report,
        period: period(report, run).map_err(never)?,
        scheduled_for: run.scheduled_for,
        formats,
        generated: clock::now(),
        run_key: run.key.clone(),
        deliver: run.deliver,
    };
    produce(&order).map_err(|error| Failure {
        // Data may be there again in a minute; what cannot be computed or rendered stays so.
        may_pass: matches!(error, PipelineError::Source(_)),
        error: in_one_line(&error),
    })
}

/// The recorded period: what was promised when the run was enqueued, whatever the definition says today.
fn period(report: &Report, run: &ClaimedRun) -> Result<Period, String> {
    let zone: chrono_tz::Tz = run.zone.parse().map_err(|_| format!("there is no zone `{}`", run.zone))?;
    let own = report.period_at(run.scheduled_for, Some(run.period_from));
    // The report's own rule also knows which calendar unit it is. Where it goes on from the run before, it began there.
    if (own.from(), own.to(), own.zone()) == (run.period_from, run.period_to, zone) {
        return Ok(own);
    }
    Period::of_days(run.period_from, run.period_to, zone).map_err(|error| error.to_string())
}

fn rows(products: Products) -> (Vec<NewArtifact>, Vec<NewDelivery>) {
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
    (artifacts, deliveries)
}

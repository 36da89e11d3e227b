//! Runs until they are produced: queued, claimed, kept alive, failed. Never: their deliveries.

use super::claiming::{Take, claim};
use super::error::Fault;
use super::row::{micros, object, span};
use super::sql::{Db, query};
use super::{Fence, Ledger, LedgerError, RunId, RunState, Trigger};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeMap;
use std::time::Duration;

/// A run to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRun {
    /// Name of the report.
    pub report: String,
    /// The instant its schedule fired, or the one it was asked for.
    pub scheduled_for: DateTime<Utc>,
    /// Why it runs.
    pub trigger: Trigger,
    /// First civil day that it covers.
    pub period_from: NaiveDate,
    /// The civil day after the last one.
    pub period_to: NaiveDate,
    /// IANA name of the zone whose days these are.
    pub zone: String,
    /// Is it delivered, or only produced?
    pub deliver: bool,
    /// Names of the formats it is restricted to; empty: all that the report names.
    pub formats: Vec<String>,
    /// Values of the report's parameters as typed, by name.
    pub params: BTreeMap<String, String>,
    /// Those of them that differ from the report's defaults: a firing is run once for each such choice.
    pub chosen: BTreeMap<String, String>,
    /// Its period begins where that of the latest run that succeeded ended; `period_from` is what is known of it so far.
    pub continues: bool,
}

impl NewRun {
    fn params_key(&self) -> String {
        params_key(&self.chosen)
    }
}

/// The choice of parameters in the record; nothing when every value is the default.
pub(super) fn params_key(chosen: &BTreeMap<String, String>) -> String {
    if chosen.is_empty() { String::new() } else { object(chosen) }
}

/// What became of an asked-for run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enqueued {
    /// It is in the record now.
    New(RunId),
    /// The same firing had been recorded before.
    Exists(RunId),
}

impl Enqueued {
    /// The run, new or not.
    #[must_use]
    pub fn id(self) -> RunId {
        match self {
            Self::New(id) | Self::Exists(id) => id,
        }
    }
}

/// A run in the hands of one worker, until its lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedRun {
    /// The run.
    pub id: RunId,
    /// To be shown with every word about it.
    pub fence: Fence,
    /// Stays the same for this run and is given to no other, in this ledger or another: for Message-IDs.
    pub key: String,
    /// Name of the report.
    pub report: String,
    /// The instant its schedule fired, or the one it was asked for.
    pub scheduled_for: DateTime<Utc>,
    /// Why it runs.
    pub trigger: Trigger,
    /// First civil day that it covers.
    pub period_from: NaiveDate,
    /// The civil day after the last one.
    pub period_to: NaiveDate,
    /// IANA name of the zone whose days these are.
    pub zone: String,
    /// Is it delivered, or only produced?
    pub deliver: bool,
    /// Names of the formats it is restricted to; empty: all that the report names.
    pub formats: Vec<String>,
    /// Values of the report's parameters as typed, by name.
    pub params: BTreeMap<String, String>,
    /// 1 when it is begun for the first time.
    pub attempt: u32,
    /// Did the run before it take long to produce?
    pub giant: bool,
}

impl Ledger {
    /// Queues a run. A firing (any trigger but [`Trigger::Manual`]) is queued once for its report and instant.
    ///
    /// # Errors
    /// When the record cannot be written: then the run is not in it.
    pub async fn enqueue_run(&self, run: NewRun) -> Result<Enqueued, LedgerError> {
        self.write(move |db| Box::pin(async move { insert(db, &run, RunState::Queued).await })).await
    }

    /// Records a firing that nobody will make up for.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub async fn record_missed(&self, run: NewRun) -> Result<Enqueued, LedgerError> {
        self.write(move |db| Box::pin(async move { insert(db, &run, RunState::Missed).await })).await
    }

    /// Queues a run and claims it in the same step, so that no other worker takes it: for who asks and waits.
    ///
    /// # Errors
    /// When the record cannot be written, or the run is one that exists and is not waiting.
    pub async fn start_run(
        &self,
        run: NewRun,
        worker: &str,
        lease: Duration,
    ) -> Result<ClaimedRun, LedgerError> {
        let worker = worker.to_owned();
        self.write(move |db| {
            Box::pin(async move {
                let id = insert(db, &run, RunState::Queued).await?.id();
                claim(db, &worker, lease, Take::This(id)).await?.ok_or_else(|| {
                    Fault::Ledger(LedgerError::Impossible {
                        what: format!("run {id} of this firing exists and does not wait"),
                        hint: "look at it with `parte runs`",
                    })
                })
            })
        })
        .await
    }

    /// Takes the waiting run that is due first; `None` when none is due. A run waits while another one of its report is in the
    /// making. Of runs that go on where the one before ended, one is taken when the earlier ones have been produced or
    /// have failed: only then is it known where.
    ///
    /// # Errors
    /// When the record cannot be written: then nothing was taken.
    pub async fn claim_run(&self, worker: &str, lease: Duration) -> Result<Option<ClaimedRun>, LedgerError> {
        self.claim_first(worker, lease, Take::First).await
    }

    /// The same, of reports whose latest run was produced quickly, or that never ran.
    ///
    /// # Errors
    /// When the record cannot be written: then nothing was taken.
    pub async fn claim_small_run(
        &self,
        worker: &str,
        lease: Duration,
    ) -> Result<Option<ClaimedRun>, LedgerError> {
        self.claim_first(worker, lease, Take::FirstSmall).await
    }

    async fn claim_first(
        &self,
        worker: &str,
        lease: Duration,
        take: Take,
    ) -> Result<Option<ClaimedRun>, LedgerError> {
        let worker = worker.to_owned();
        self.write(move |db| Box::pin(async move { claim(db, &worker, lease, take).await })).await
    }

    /// Takes this run, if it waits (due or not).
    ///
    /// # Errors
    /// When the record cannot be written: then nothing was taken.
    pub async fn claim_run_by_id(
        &self,
        run: RunId,
        worker: &str,
        lease: Duration,
    ) -> Result<Option<ClaimedRun>, LedgerError> {
        let worker = worker.to_owned();
        self.write(move |db| Box::pin(async move { claim(db, &worker, lease, Take::This(run)).await })).await
    }

    /// Says that the run is still worked on: its lease begins anew.
    ///
    /// # Errors
    /// [`LedgerError::Stale`] when somebody else has it.
    pub async fn heartbeat_run(&self, run: RunId, fence: Fence, lease: Duration) -> Result<(), LedgerError> {
        self.write(move |db| {
            Box::pin(async move {
                let kept = query(
                    "update run set lease_until = (select now from clock) + $3
                     where id = $1 and fence = $2 and state = 'running'",
                )
                .bind(run.0)
                .bind(fence.0)
                .bind(span(lease))
                .execute(db)
                .await?;
                one(kept, || LedgerError::stale_run(run))
            })
        })
        .await
    }

    /// Records why the run was not produced: it waits for another try after `again`, or has failed.
    ///
    /// # Errors
    /// [`LedgerError::Stale`] when somebody else has it.
    pub async fn fail_run(
        &self,
        run: RunId,
        fence: Fence,
        error: &str,
        again: Option<Duration>,
    ) -> Result<(), LedgerError> {
        let error = error.to_owned();
        self.write(move |db| {
            Box::pin(async move {
                let failed = query(
                    "update run set
                         state = case when $4 is null then 'failed' else 'queued' end,
                         finished_at = case when $4 is null then (select now from clock) end,
                         next_attempt_at = (select now from clock) + coalesce($4, 0),
                         lease_until = null, error = $3
                     where id = $1 and fence = $2 and state = 'running'",
                )
                .bind(run.0)
                .bind(fence.0)
                .bind(error)
                .bind(again.map(span))
                .execute(db)
                .await?;
                one(failed, || LedgerError::stale_run(run))
            })
        })
        .await
    }

    /// Lets go of a run that was begun: it waits again, and this beginning is not counted.
    ///
    /// # Errors
    /// [`LedgerError::Stale`] when somebody else has it.
    pub async fn release_run(&self, run: RunId, fence: Fence) -> Result<(), LedgerError> {
        self.write(move |db| {
            Box::pin(async move {
                let released = query(
                    "update run set state = 'queued', lease_until = null, worker = null, attempts = attempts - 1
                     where id = $1 and fence = $2 and state = 'running'",
                )
                .bind(run.0)
                .bind(fence.0)
                .execute(db)
                .await?;
                one(released, || LedgerError::stale_run(run))
            })
        })
        .await
    }
}

/// A step that touched no row was not possible.
pub(super) fn one(rows: u64, otherwise: impl FnOnce() -> LedgerError) -> Result<(), Fault> {
    if rows == 0 { Err(Fault::Ledger(otherwise())) } else { Ok(()) }
}

/// Writes a run, unless the same firing is there.
pub(super) async fn insert(db: &mut Db, run: &NewRun, state: RunState) -> Result<Enqueued, Fault> {
    let enqueued = insert_all(db, &[(run.clone(), state)]).await?;
    enqueued
        .into_iter()
        .next()
        .ok_or_else(|| Fault::Unreadable("a run that was just written is not there".to_owned()))
}

/// Writes runs with one statement, each unless the same firing is there, and returns them in their order.
pub(super) async fn insert_all(db: &mut Db, runs: &[(NewRun, RunState)]) -> Result<Vec<Enqueued>, Fault> {
    const VALUES: usize = 12;
    let row = |row: usize, missed: bool| {
        let values: Vec<String> = (1..=VALUES).map(|value| format!("${}", row * VALUES + value)).collect();
        let finished = if missed { "(select now from clock)" } else { "null" };
        format!("({}, (select now from clock), (select now from clock), {finished})", values.join(", "))
    };
    let rows: Vec<String> =
        runs.iter().enumerate().map(|(at, (_, state))| row(at, *state == RunState::Missed)).collect();
    let mut insert = query(format!(
        "insert into run (report, scheduled_for, cause, period_from, period_to, zone, deliver, formats, state,
                          params, params_key, continues, next_attempt_at, created_at, finished_at)
         values {}
         on conflict (report, scheduled_for, params_key) where cause not in ('manual', 'notice') and superseded_by is null do nothing
         returning id, report, scheduled_for, params_key",
        rows.join(", ")
    ));
    for (run, state) in runs {
        insert = insert
            .bind(&run.report)
            .bind(micros(run.scheduled_for))
            .bind(run.trigger.as_str())
            .bind(run.period_from.to_string())
            .bind(run.period_to.to_string())
            .bind(&run.zone)
            .bind(run.deliver)
            .bind(run.formats.join(","))
            .bind(state.as_str())
            .bind(object(&run.params))
            .bind(run.params_key())
            .bind(run.continues);
    }
    let mut new: BTreeMap<(String, i64, String), i64> = BTreeMap::new();
    for row in insert.fetch_all(db).await? {
        let key = (row.try_get("report")?, row.try_get("scheduled_for")?, row.try_get("params_key")?);
        new.insert(key, row.try_get("id")?);
    }
    let mut enqueued = Vec::with_capacity(runs.len());
    for (run, _) in runs {
        let key = (run.report.clone(), micros(run.scheduled_for), run.params_key());
        enqueued.push(match new.remove(&key) {
            Some(id) => Enqueued::New(RunId(id)),
            None => Enqueued::Exists(of_firing(db, run).await?),
        });
    }
    Ok(enqueued)
}

/// The run of a firing that is there.
async fn of_firing(db: &mut Db, run: &NewRun) -> Result<RunId, Fault> {
    let id: i64 = query(
        "select id from run
         where report = $1 and scheduled_for = $2 and params_key = $3 and cause not in ('manual', 'notice') and superseded_by is null",
    )
    .bind(&run.report)
    .bind(micros(run.scheduled_for))
    .bind(run.params_key())
    .fetch_value(db)
    .await?;
    Ok(RunId(id))
}

//! Runs until they are produced: queued, claimed, kept alive, failed. Never: their deliveries.

use super::claiming::{Take, claim};
use super::error::Fault;
use super::row::{micros, object, span};
use super::rows::Rows;
use super::sql::{Db, Row, query};
use super::{Fence, Ledger, LedgerError, RunId, RunState, Trigger};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::{BTreeMap, HashMap};
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
    /// It is in the record as missed: an earlier run of its report was still to be made.
    Overlaps(RunId),
    /// The same firing had been recorded before.
    Exists(RunId),
}

impl Enqueued {
    /// The run, new or not.
    #[must_use]
    pub fn id(self) -> RunId {
        match self {
            Self::New(id) | Self::Overlaps(id) | Self::Exists(id) => id,
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
        self.write(move |db| Box::pin(async move { insert(db, &run).await })).await
    }

    /// Records a firing that nobody will make up for.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub async fn record_missed(&self, run: NewRun) -> Result<Enqueued, LedgerError> {
        self.write(move |db| {
            Box::pin(async move {
                only(insert_all(db, &[NewRow { run: &run, missed: true, overlapped: None }]).await?)
            })
        })
        .await
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
                let id = insert(db, &run).await?.id();
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

    /// Lets a run wait for its data, and records why: it is begun again after a while, and this beginning is not counted.
    ///
    /// # Errors
    /// [`LedgerError::Stale`] when somebody else has it.
    pub async fn postpone_run(
        &self,
        run: RunId,
        fence: Fence,
        why: &str,
        wait: Duration,
    ) -> Result<(), LedgerError> {
        let why = why.to_owned();
        self.write(move |db| {
            Box::pin(async move {
                let postponed = query(
                    "update run set state = 'queued', lease_until = null, attempts = attempts - 1, error = $3,
                            next_attempt_at = (select now from clock) + $4
                     where id = $1 and fence = $2 and state = 'running'",
                )
                .bind(run.0)
                .bind(fence.0)
                .bind(why)
                .bind(span(wait))
                .execute(db)
                .await?;
                one(postponed, || LedgerError::stale_run(run))
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

/// A run that is written, waiting or as missed.
#[derive(Clone, Copy)]
pub(super) struct NewRow<'r> {
    pub(super) run: &'r NewRun,
    pub(super) missed: bool,
    /// The run because of which it is missed.
    pub(super) overlapped: Option<RunId>,
}

/// Writes a run that waits, unless the same firing is there.
pub(super) async fn insert(db: &mut Db, run: &NewRun) -> Result<Enqueued, Fault> {
    only(insert_all(db, &[NewRow { run, missed: false, overlapped: None }]).await?)
}

fn only(enqueued: Vec<Enqueued>) -> Result<Enqueued, Fault> {
    enqueued
        .into_iter()
        .next()
        .ok_or_else(|| Fault::Unreadable("a run that was just written is not there".to_owned()))
}

/// What makes a firing: report, instant, choice of parameters.
type Key = (String, i64, String);

/// Writes runs with one statement, each unless the same firing is there, and returns them in their order.
pub(super) async fn insert_all(db: &mut Db, runs: &[NewRow<'_>]) -> Result<Vec<Enqueued>, Fault> {
    let state = |row: &NewRow<'_>| if row.missed { RunState::Missed } else { RunState::Queued };
    let insert = keys(runs)
        .column("cause", runs.iter().map(|row| row.run.trigger.as_str()))
        .column("period_from", runs.iter().map(|row| row.run.period_from.to_string()))
        .column("period_to", runs.iter().map(|row| row.run.period_to.to_string()))
        .column("zone", runs.iter().map(|row| &row.run.zone))
        .column("deliver", runs.iter().map(|row| row.run.deliver))
        .column("formats", runs.iter().map(|row| row.run.formats.join(",")))
        .column("params", runs.iter().map(|row| object(&row.run.params)))
        .column("continues", runs.iter().map(|row| row.run.continues))
        .column("state", runs.iter().map(|row| state(row).as_str()))
        .column("overlapped", runs.iter().map(|row| row.overlapped.map(|run| run.0)))
        .statement(|it| {
            format!(
                "insert into run ({}, next_attempt_at, created_at, finished_at)
                 select {}, now, now, case when {} = 'missed' then now end from {}, clock where true
                 on conflict (report, scheduled_for, params_key)
                     where cause not in ('manual', 'notice') and superseded_by is null do nothing
                 returning id, report, scheduled_for, params_key",
                it.names(),
                it.values(),
                it.value("state"),
                it.source
            )
        });
    let new = by_key(&insert.fetch_all(db).await?)?;
    let others: Vec<NewRow<'_>> =
        runs.iter().filter(|row| !new.contains_key(&key(row.run))).copied().collect();
    let there = if others.is_empty() { HashMap::new() } else { recorded(db, &others).await? };
    let enqueued = |row: &NewRow<'_>| {
        let key = key(row.run);
        let id = new.get(&key).or_else(|| there.get(&key)).copied().map(RunId)?;
        Some(match (new.contains_key(&key), row.overlapped) {
            (true, None) => Enqueued::New(id),
            (true, Some(_)) => Enqueued::Overlaps(id),
            (false, _) => Enqueued::Exists(id),
        })
    };
    let enqueued: Option<Vec<Enqueued>> = runs.iter().map(enqueued).collect();
    enqueued.ok_or_else(|| Fault::Unreadable("a run that was just written is not there".to_owned()))
}

fn key(run: &NewRun) -> Key {
    (run.report.clone(), micros(run.scheduled_for), run.params_key())
}

fn keys<'q>(runs: &[NewRow<'q>]) -> Rows<'q> {
    Rows::default()
        .column("report", runs.iter().map(|row| &row.run.report))
        .column("scheduled_for", runs.iter().map(|row| micros(row.run.scheduled_for)))
        .column("params_key", runs.iter().map(|row| row.run.params_key()))
}

fn by_key(rows: &[Row]) -> Result<HashMap<Key, i64>, Fault> {
    rows.iter()
        .map(|row| {
            let key = (row.try_get("report")?, row.try_get("scheduled_for")?, row.try_get("params_key")?);
            Ok((key, row.try_get("id")?))
        })
        .collect()
}

/// The runs of firings that are there.
async fn recorded(db: &mut Db, runs: &[NewRow<'_>]) -> Result<HashMap<Key, i64>, Fault> {
    let select = keys(runs).statement(|it| {
        format!(
            "select r.id, r.report, r.scheduled_for, r.params_key
             from {} join run r on r.report = {} and r.scheduled_for = {} and r.params_key = {}
             where r.cause not in ('manual', 'notice') and r.superseded_by is null",
            it.source,
            it.value("report"),
            it.value("scheduled_for"),
            it.value("params_key")
        )
    });
    by_key(&select.fetch_all(db).await?)
}

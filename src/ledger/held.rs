//! Runs that are made and held back: released as they were made, or given up; and that each is told once. Never: why they are
//! held, or in which words that is told.
//!
//! Held, a run has come to an end that somebody decides about: nothing of it is claimed, rescued or tried again, and nothing waits
//! for it. Released, its deliveries wait for their first try like those of any other run. Both are one transaction behind the lock
//! of the run, so that of two who decide at the same time one has decided, and a process that dies has decided nothing.

use super::alerts::send;
use super::care::{Decided, Target, deliveries, locked_run, state_of};
use super::error::Fault;
use super::row::instant;
use super::sql::{Db, query};
use super::{DeliveryState, Ledger, LedgerError, Notice, RunId, RunState};
use chrono::{DateTime, Utc};

/// So many are told at a time; the others are found when it is looked again.
const AT_ONCE: i64 = 200;

/// Why a run is held back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// In the record's words.
    pub why: String,
    /// In the language of its report.
    pub said: String,
}

/// A run that is held, of which nobody was told yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undecided {
    /// The run.
    pub run: RunId,
    /// Since when.
    pub at: DateTime<Utc>,
}

impl Ledger {
    /// Lets a held run go as it was made: its deliveries wait for their first try. Says which.
    ///
    /// # Errors
    /// [`LedgerError::Impossible`] when there is no such run, it is not held (any more), or a later run stands in its place.
    pub async fn release_held(&self, run: RunId) -> Result<Vec<Decided>, LedgerError> {
        self.write(move |db| {
            Box::pin(async move {
                let target = Target::Run(run);
                let id = locked_run(db, target).await?;
                let released = query(
                    "update run set state = 'delivering', finished_at = null, error = null,
                            released_at = (select now from clock)
                     where id = $1 and state = 'held'",
                )
                .bind(id)
                .execute(db)
                .await?;
                if released == 0 {
                    let state = state_of(db, id).await?;
                    return Err(Fault::Ledger(LedgerError::Impossible {
                        what: format!("run {run} is not held ({state})"),
                        hint: "`parte runs --state held` lists what is",
                    }));
                }
                let known = deliveries(db, id, target).await?;
                query(
                    "update delivery set state = 'pending', done_at = null, last_error = null,
                            next_attempt_at = (select now from clock)
                     where run_id = $1 and state = 'held'",
                )
                .bind(id)
                .execute(db)
                .await?;
                let held = known.into_iter().filter(|it| it.state == DeliveryState::Held);
                Ok(held.map(|it| it.decided).collect())
            })
        })
        .await
    }

    /// Runs that are held and of which nobody was told yet, the first one first. Of one by hand who asked for it knows.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn undecided(&self) -> Result<Vec<Undecided>, LedgerError> {
        let rows = query(
            "select r.id, r.held_at from run r
             where r.state = 'held' and r.cause <> 'manual' and r.superseded_by is null
               and not exists (select 1 from run told where told.key = r.key || '-held')
             order by r.id limit $1",
        )
        .bind(AT_ONCE)
        .fetch_all(&mut self.reader().await?)
        .await
        .map_err(|e| self.fault(e))?;
        rows.iter()
            .map(|row| Ok(Undecided { run: RunId(row.try_get("id")?), at: instant(row, "held_at")? }))
            .collect::<Result<_, Fault>>()
            .map_err(|fault| self.fault(fault))
    }

    /// Records the notice that tells of a run that is held. `None` when somebody else has told, or has decided meanwhile.
    ///
    /// # Errors
    /// When the record cannot be written: then nobody is told yet.
    pub async fn tell_held(&self, notice: Notice) -> Result<Option<RunId>, LedgerError> {
        self.write(move |db| {
            Box::pin(async move {
                match state_of(db, notice.about.0).await? {
                    RunState::Held => send(db, &notice, Some("-held")).await,
                    _ => Ok(None),
                }
            })
        })
        .await
    }
}

/// Gives up a run that is held: nothing of it is sent. Says how many deliveries that are; the run's row is locked by the caller.
pub(super) async fn give_up(db: &mut Db, run: i64) -> Result<u64, Fault> {
    let given_up = query(
        "update delivery set state = 'cancelled', done_at = (select now from clock)
         where run_id = $1 and state = 'held'",
    )
    .bind(run)
    .execute(db)
    .await?;
    end_given_up(db, run).await?;
    Ok(given_up)
}

/// Ends a held run of which every delivery was called off.
pub(super) async fn end_given_up(db: &mut Db, run: i64) -> Result<(), Fault> {
    query(
        "update run set state = 'cancelled', finished_at = (select now from clock)
         where id = $1 and state = 'held'
           and not exists (select 1 from delivery where run_id = $1 and state = 'held')",
    )
    .bind(run)
    .execute(db)
    .await?;
    Ok(())
}

/// What is held is neither tried again nor sent to others: it is decided about first.
pub(super) async fn not_held(db: &mut Db, run: i64) -> Result<(), Fault> {
    if state_of(db, run).await? != RunState::Held {
        return Ok(());
    }
    Err(Fault::Ledger(LedgerError::Impossible {
        what: format!("run {run} is held, and nothing of it has been sent"),
        hint: "`parte release RUN` sends it as it was made, `parte cancel RUN` gives it up",
    }))
}

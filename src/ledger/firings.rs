//! Firings of schedules: up to where they have been decided, and what was decided. Never: when a schedule fires.

use super::row::{micros, of_micros};
use super::runs::insert;
use super::sql::query;
use super::{Enqueued, Ledger, LedgerError, NewRun, RunState};
use chrono::{DateTime, Utc};

/// A firing and what is done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firing {
    /// The run it asks for.
    pub run: NewRun,
    /// Only recorded, not made up for.
    pub missed: bool,
}

impl Ledger {
    /// Up to which instant the firings of this schedule of this report have been decided. A schedule that was
    /// never seen before begins at `now`: what it would have fired earlier is nobody's loss.
    ///
    /// # Errors
    /// When the record cannot be read or written.
    pub async fn begin_schedule(
        &self,
        report: &str,
        schedule: &str,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, LedgerError> {
        let (report, schedule) = (report.to_owned(), schedule.to_owned());
        self.write(move |db| {
            Box::pin(async move {
                query(
                    "insert into firing_mark (report, schedule, through) values ($1, $2, $3)
                     on conflict (report, schedule) do nothing",
                )
                .bind(&report)
                .bind(&schedule)
                .bind(micros(now))
                .execute(db)
                .await?;
                let through = query("select through from firing_mark where report = $1 and schedule = $2")
                    .bind(&report)
                    .bind(&schedule)
                    .fetch_value(db)
                    .await?;
                of_micros(through, "through")
            })
        })
        .await
    }

    /// Forgets earlier schedules of a report: should one return, it begins anew and nothing is caught up.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub async fn retire_other_schedules(&self, report: &str, schedule: &str) -> Result<(), LedgerError> {
        let (report, schedule) = (report.to_owned(), schedule.to_owned());
        self.write(move |db| {
            Box::pin(async move {
                query("delete from firing_mark where report = $1 and schedule <> $2")
                    .bind(report)
                    .bind(schedule)
                    .execute(db)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Records what is done about firings, and that all up to `through` are decided, in one step. A firing that
    /// another scheduler had recorded stays as it is.
    ///
    /// # Errors
    /// When the record cannot be written: then none of it is.
    pub async fn record_firings(
        &self,
        report: &str,
        schedule: &str,
        through: DateTime<Utc>,
        firings: Vec<Firing>,
    ) -> Result<Vec<Enqueued>, LedgerError> {
        let (report, schedule) = (report.to_owned(), schedule.to_owned());
        self.write(move |db| {
            Box::pin(async move {
                let mut enqueued = Vec::with_capacity(firings.len());
                for firing in &firings {
                    let state = if firing.missed { RunState::Missed } else { RunState::Queued };
                    enqueued.push(insert(db, &firing.run, state).await?);
                }
                query(
                    "insert into firing_mark (report, schedule, through) values ($1, $2, $3)
                     on conflict (report, schedule) do update set through = excluded.through
                     where firing_mark.through < excluded.through",
                )
                .bind(report)
                .bind(schedule)
                .bind(micros(through))
                .execute(db)
                .await?;
                Ok(enqueued)
            })
        })
        .await
    }

    /// The latest instant for which a schedule of this report has a run, done or missed; `None` when it never had.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn last_scheduled(&self, report: &str) -> Result<Option<DateTime<Utc>>, LedgerError> {
        let last: Option<i64> = query(
            "select max(scheduled_for) from run where report = $1 and cause not in ('manual', 'notice')",
        )
        .bind(report)
        .fetch_value(&mut self.reader().await?)
        .await
        .map_err(|e| self.fault(e))?;
        last.map(|micros| of_micros(micros, "scheduled_for").map_err(|fault| self.fault(fault))).transpose()
    }
}

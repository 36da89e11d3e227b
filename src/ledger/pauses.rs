//! Reports that somebody paused: their schedules fire nothing until they go on. Never: which report that is, or why.

use super::error::Fault;
use super::row::{instant, micros};
use super::sql::query;
use super::{Ledger, LedgerError};
use chrono::{DateTime, Utc};

/// A report that is paused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Name of the report.
    pub report: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Why, in somebody's words; may be empty.
    pub reason: String,
}

impl Ledger {
    /// Pauses a report from `now` on; `false` when it was paused already, which stays as it is.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub async fn pause(&self, report: &str, reason: &str, now: DateTime<Utc>) -> Result<bool, LedgerError> {
        let (report, reason) = (report.to_owned(), reason.to_owned());
        self.write(move |db| {
            Box::pin(async move {
                let paused = query(
                    "insert into pause (report, since, reason) values ($1, $2, $3)
                     on conflict (report) do nothing",
                )
                .bind(report)
                .bind(micros(now))
                .bind(reason)
                .execute(db)
                .await?;
                Ok(paused == 1)
            })
        })
        .await
    }

    /// Lets a paused report go on; `false` when it was not paused. All firings up to `now` count as decided: what it
    /// would have fired meanwhile is nobody's loss, even if no scheduler was there to see it pass.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub async fn resume(&self, report: &str, now: DateTime<Utc>) -> Result<bool, LedgerError> {
        let report = report.to_owned();
        self.write(move |db| {
            Box::pin(async move {
                let resumed =
                    query("delete from pause where report = $1").bind(&report).execute(db).await? == 1;
                if resumed {
                    query("update firing_mark set through = $2 where report = $1 and through < $2")
                        .bind(&report)
                        .bind(micros(now))
                        .execute(db)
                        .await?;
                }
                Ok(resumed)
            })
        })
        .await
    }

    /// The reports that are paused, by name.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn pauses(&self) -> Result<Vec<Pause>, LedgerError> {
        let rows = query("select report, since, reason from pause order by report")
            .fetch_all(&mut self.reader().await?)
            .await
            .map_err(|e| self.fault(e))?;
        rows.iter()
            .map(|row| {
                Ok(Pause {
                    report: row.try_get("report")?,
                    since: instant(row, "since")?,
                    reason: row.try_get("reason")?,
                })
            })
            .collect::<Result<_, Fault>>()
            .map_err(|fault| self.fault(fault))
    }
}

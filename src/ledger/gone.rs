//! Addresses of channels that their peers have called gone for good: nothing goes there until somebody decides so. Never: what an
//! address is (a word that tells it from others), or what an answer means.

use super::error::Fault;
use super::row::of_micros;
use super::sql::{Db, query};
use super::{Ledger, LedgerError};
use chrono::{DateTime, Utc};

/// Rows of `firing_mark` of no report: since when the address of a channel is gone.
const NOBODY: &str = "";

fn mark(channel: &str, address: &str) -> String {
    format!("gone {channel} {address}")
}

impl Ledger {
    /// Since when this address of a channel is gone; `None` when nobody said so, or somebody decided since to ask again.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn gone_since(
        &self,
        channel: &str,
        address: &str,
    ) -> Result<Option<DateTime<Utc>>, LedgerError> {
        let since = query("select through from firing_mark where report = $1 and schedule = $2")
            .bind(NOBODY)
            .bind(mark(channel, address))
            .fetch_value_if_any(&mut self.reader().await?)
            .await
            .map_err(|e| self.fault(e))?;
        since.map(|since| of_micros(since, "through").map_err(|fault| self.fault(fault))).transpose()
    }

    /// Records that the address of a channel is gone.
    ///
    /// # Errors
    /// When the record cannot be written: then the next delivery asks there again.
    pub async fn record_gone(&self, channel: &str, address: &str) -> Result<(), LedgerError> {
        let mark = mark(channel, address);
        self.write(move |db| {
            Box::pin(async move {
                query(
                    "insert into firing_mark (report, schedule, through) select $1, $2, now from clock where true
                     on conflict (report, schedule) do nothing",
                )
                .bind(NOBODY)
                .bind(mark)
                .execute(db)
                .await?;
                Ok(())
            })
        })
        .await
    }
}

/// Somebody has deliveries of this run (or this one) sent again: then their channels are asked again.
pub(super) async fn ask_again(db: &mut Db, run: i64, delivery: Option<i64>) -> Result<(), Fault> {
    query(
        "delete from firing_mark
         where report = $3 and exists (
               select 1 from delivery d
               where d.run_id = $1 and ($2 is null or d.id = $2)
                 and substr(schedule, 1, length(d.channel) + 6) = 'gone ' || d.channel || ' ')",
    )
    .bind(run)
    .bind(delivery)
    .bind(NOBODY)
    .execute(db)
    .await?;
    Ok(())
}

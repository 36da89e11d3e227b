//! What did not reach its recipient and waits for somebody's decision. Never: deciding.

use super::error::Fault;
use super::row::{count, instant, word};
use super::sql::{Row, query};
use super::{DeliveryId, DeliveryState, Ledger, LedgerError, RunId};
use chrono::{DateTime, Utc};

/// A delivery that was refused, is dead or in doubt.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Undelivered {
    /// The delivery.
    pub delivery: DeliveryId,
    /// Its run.
    pub run: RunId,
    /// Name of the report.
    pub report: String,
    /// IANA name of the report's zone.
    pub zone: String,
    /// Name of the channel.
    pub channel: String,
    /// Mail address, or file name at the peer.
    pub recipient: String,
    /// Refused, dead or in doubt.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it ended, in the peer's words where it said something.
    pub why: String,
    /// When.
    pub since: DateTime<Utc>,
}

impl Ledger {
    /// Everything that was refused, is dead or in doubt, the latest first, at most `limit` (0: no limit). What a later run did again is
    /// settled.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn undelivered(&self, limit: u32) -> Result<Vec<Undelivered>, LedgerError> {
        let rows = query(
            "select d.id, d.run_id, r.report, r.zone, d.channel, d.recipient, d.state, d.attempts,
                    coalesce(d.last_error, '') as why, d.done_at
             from delivery d join run r on r.id = d.run_id
             where d.state in ('refused', 'dead', 'in_doubt') and r.superseded_by is null
             order by d.done_at desc, d.id desc limit $1",
        )
        .bind(if limit == 0 { i64::MAX } else { i64::from(limit) })
        .fetch_all(&mut self.reader().await?)
        .await
        .map_err(|e| self.fault(e))?;
        rows.iter().map(undelivered).collect::<Result<_, _>>().map_err(|fault| self.fault(fault))
    }
}

fn undelivered(row: &Row) -> Result<Undelivered, Fault> {
    Ok(Undelivered {
        delivery: DeliveryId(row.try_get("id")?),
        run: RunId(row.try_get("run_id")?),
        report: row.try_get("report")?,
        zone: row.try_get("zone")?,
        channel: row.try_get("channel")?,
        recipient: row.try_get("recipient")?,
        state: word(row, "state", DeliveryState::parse)?,
        attempts: count(row, "attempts")?,
        why: row.try_get("why")?,
        since: instant(row, "done_at")?,
    })
}

//! How far the runs of a report reach that go on where the one before ended. Never: which day a schedule fires on.

use super::error::Fault;
use super::runs::params_key;
use super::sql::{Db, query};
use super::{Ledger, LedgerError};
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// Where the next run begins: at the end of the latest one that was produced and goes out to everybody, or while
/// there is none, at the beginning of the first one that was to be. What lies after `$3` belongs to another future.
const REACHED: &str = "select coalesce(
    (select max(period_to) from run
     where report = $1 and params_key = $2 and continues = true and deliver = true and formats = ''
       and state in ('delivering', 'held', 'done', 'partial') and period_to <= $3),
    (select min(period_from) from run
     where report = $1 and params_key = $2 and continues = true and cause not in ('manual', 'notice') and period_from < $3))";

impl Ledger {
    /// The day on which the next run of this report begins that goes on where the one before ended, for a run that
    /// ends with `before` (excluded) and has this choice of parameters; `None` when there was never one.
    ///
    /// A run counts when it was produced and is delivered to everybody in every format, even while some deliveries
    /// are still tried: they are never given up in silence. So does one that is held, which is neither. One that failed counts
    /// nothing, nor does one that was called off.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn reached(
        &self,
        report: &str,
        chosen: &BTreeMap<String, String>,
        before: NaiveDate,
    ) -> Result<Option<NaiveDate>, LedgerError> {
        let key = params_key(chosen);
        let mut db = self.reader().await?;
        reached(&mut db, report, &key, &before.to_string()).await.map_err(|fault| self.fault(fault))
    }
}

async fn reached(db: &mut Db, report: &str, key: &str, before: &str) -> Result<Option<NaiveDate>, Fault> {
    let day: Option<String> = query(REACHED).bind(report).bind(key).bind(before).fetch_value(db).await?;
    day.map(|text| text.parse().map_err(|_| Fault::Unreadable(format!("a period ends on `{text}`"))))
        .transpose()
}

/// Settles where a run begins that has just been taken: what it was recorded with was a guess about runs still to
/// come. Returns the day.
pub(super) async fn settle(
    db: &mut Db,
    run: i64,
    report: &str,
    key: &str,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<NaiveDate, Fault> {
    match reached(db, report, key, &to.to_string()).await? {
        Some(day) if day < to && day != from => {
            query("update run set period_from = $2 where id = $1")
                .bind(run)
                .bind(day.to_string())
                .execute(db)
                .await?;
            Ok(day)
        }
        _ => Ok(from),
    }
}

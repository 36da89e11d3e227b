//! How many rows each run read of its period, by which later ones are judged. Never: what is usual.

use super::error::Fault;
use super::row::day;
use super::sql::{Db, Row, query};
use super::{Ledger, LedgerError, RunId};
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};

/// So many are looked at, the latest first; of one period only the last.
const LATEST: i64 = 200;

/// How many rows of a frame a run had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowCount {
    /// First day of its period.
    pub period_from: NaiveDate,
    /// The day after its last.
    pub period_to: NaiveDate,
    /// Name of the frame.
    pub frame: String,
    /// So many.
    pub rows: u64,
}

impl Ledger {
    /// What the runs before this one had: of the same report with the same choice of parameters, produced and sent, over other periods; the
    /// latest first, and each period once.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn earlier_rows(&self, run: RunId) -> Result<Vec<RowCount>, LedgerError> {
        let rows = query(
            "select e.period_from, e.period_to, c.frame, c.total
             from run r
             join run e on e.report = r.report and e.params_key = r.params_key and e.scheduled_for <= r.scheduled_for
             join row_count c on c.run_id = e.id
             where r.id = $1 and e.id <> r.id and e.period_from <> r.period_from
               and e.deliver = true and e.state in ('delivering', 'done', 'partial')
             order by e.scheduled_for desc, e.id desc limit $2",
        )
        .bind(run.0)
        .bind(LATEST)
        .fetch_all(&mut self.reader().await?)
        .await
        .map_err(|e| self.fault(e))?;
        let counts: Result<Vec<RowCount>, Fault> = rows.iter().map(row_count).collect();
        let mut counts = counts.map_err(|fault| self.fault(fault))?;
        let mut seen = BTreeSet::new();
        counts.retain(|it| seen.insert((it.period_from, it.period_to, it.frame.clone())));
        Ok(counts)
    }
}

/// Writes what a run had.
pub(super) async fn insert_row_counts(
    db: &mut Db,
    run: RunId,
    rows: &BTreeMap<String, u64>,
) -> Result<(), Fault> {
    for (frame, total) in rows {
        query("insert into row_count (run_id, frame, total) values ($1, $2, $3)")
            .bind(run.0)
            .bind(frame)
            .bind(i64::try_from(*total).unwrap_or(i64::MAX))
            .execute(db)
            .await?;
    }
    Ok(())
}

fn row_count(row: &Row) -> Result<RowCount, Fault> {
    let total: i64 = row.try_get("total")?;
    Ok(RowCount {
        period_from: day(row, "period_from")?,
        period_to: day(row, "period_to")?,
        frame: row.try_get("frame")?,
        rows: u64::try_from(total)
            .map_err(|_| Fault::Unreadable(format!("`total` holds {total}, which is no count")))?,
    })
}

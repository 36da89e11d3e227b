//! Runs that are still to be made when their schedule fires again. Never: whether that matters to a report.

use super::error::Fault;
use super::row::micros;
use super::sql::{Db, query};
use super::{NewRun, RunId};
use std::collections::BTreeMap;

/// Runs that schedules asked for and that wait or are in the making: by report and instant. Runs by hand and those of backfills
/// are not among them: nobody who asks for one means that the schedule is to leave something out.
pub(super) struct Unmade(BTreeMap<String, BTreeMap<i64, RunId>>);

impl Unmade {
    /// As it stands until this transaction ends: no other decides about firings or takes a run meanwhile.
    pub(super) async fn read(db: &mut Db) -> Result<Self, Fault> {
        db.one_at_a_time().await?;
        // Two queries in one, since each state has an index of its own.
        let rows = query(
            "select id, report, scheduled_for from run where state = 'queued' and cause in ('schedule', 'catch_up')
             union all
             select id, report, scheduled_for from run where state = 'running' and cause in ('schedule', 'catch_up')",
        )
        .fetch_all(db)
        .await?;
        let mut unmade: BTreeMap<String, BTreeMap<i64, RunId>> = BTreeMap::new();
        for row in rows {
            let of_report = unmade.entry(row.try_get("report")?).or_default();
            of_report.insert(row.try_get("scheduled_for")?, RunId(row.try_get("id")?));
        }
        Ok(Self(unmade))
    }

    /// The latest of them that fired before this one.
    pub(super) fn before(&self, run: &NewRun) -> Option<RunId> {
        let earlier = self.0.get(&run.report)?.range(..micros(run.scheduled_for));
        earlier.last().map(|(_, id)| *id)
    }
}

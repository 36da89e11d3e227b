//! Which waiting run is taken: what is in its way, and how long its report takes. Never: what becomes of it.

use super::coverage::settle;
use super::error::Fault;
use super::row::{count, day, instant, list, span, texts, word};
use super::sql::{Db, Row, query};
use super::{ClaimedRun, Fence, RunId, Trigger};
use std::time::Duration;

/// Which run is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Take {
    /// The one that is due first.
    First,
    /// The one that is due first of reports that are quickly produced.
    FirstSmall,
    /// This one, due or not.
    This(RunId),
}

/// A report whose last run took longer than this to produce is a giant: others do not wait behind it.
const SMALL: Duration = Duration::from_secs(30);

/// How long the latest run of report `w.report` was in the making, in microseconds: until its deliveries were planned, or it had
/// ended without any. Null when it never ran.
const LAST_TOOK: &str =
    "(select coalesce((select min(d.created_at) from delivery d where d.run_id = e.id), e.finished_at)
                                 - e.started_at
                          from run e
                          where e.report = w.report and e.cause <> 'notice' and e.started_at is not null
                            and e.state in ('delivering', 'held', 'done', 'partial', 'failed')
                          order by e.scheduled_for desc, e.id desc limit 1)";

/// A run of a report waits while another one of it is in the making; and of runs that go on where the one before ended, while an
/// earlier one may still succeed.
pub(super) const NOT_IN_THE_WAY: &str = "not exists (
                            select 1 from run o where o.state = 'running' and o.report = w.report)
                       and (not w.continues or not exists (
                            select 1 from run e
                            where e.report = w.report and e.params_key = w.params_key and e.continues = true
                              and e.state in ('queued', 'running') and e.scheduled_for < w.scheduled_for))";

/// One statement finds the run, raises its fence and returns it.
pub(super) async fn claim(
    db: &mut Db,
    worker: &str,
    lease: Duration,
    take: Take,
) -> Result<Option<ClaimedRun>, Fault> {
    // Two that claim at once would not see each other's run of the same report.
    db.one_at_a_time().await?;
    let skipping = db.skipping_locked();
    let first = format!("w.next_attempt_at <= (select now from clock) and {NOT_IN_THE_WAY}");
    let (which, id) = match take {
        Take::First => (first, None),
        Take::FirstSmall => (format!("{first} and coalesce({LAST_TOOK}, 0) < {}", SMALL.as_micros()), None),
        Take::This(run) => ("true".to_owned(), Some(run.0)),
    };
    let Some(row) = query(format!(
        "update run set state = 'running', fence = fence + 1, attempts = attempts + 1, worker = $1,
                        lease_until = (select now from clock) + $2, started_at = (select now from clock)
         where id = (select w.id from run w
                     where w.state = 'queued' and ($3 is null or w.id = $3) and {which}
                     order by w.next_attempt_at, w.id limit 1 {skipping})
         returning id, fence, key, report, scheduled_for, cause, period_from, period_to, zone, deliver, formats,
                   params, params_key, continues, attempts"
    ))
    .bind(worker)
    .bind(span(lease))
    .bind(id)
    .fetch_optional(db)
    .await?
    else {
        return Ok(None);
    };
    let mut run = claimed(&row)?;
    let took: Option<i64> = query(format!("select {LAST_TOOK} from run w where w.id = $1"))
        .bind(run.id.0)
        .fetch_value(db)
        .await?;
    run.giant = took.is_some_and(|took| took >= span(SMALL));
    if row.try_get("continues")? {
        let key: String = row.try_get("params_key")?;
        let days = (run.period_from, run.period_to);
        run.period_from = settle(db, run.id.0, &run.report, &key, days).await?;
    }
    Ok(Some(run))
}

fn claimed(row: &Row) -> Result<ClaimedRun, Fault> {
    Ok(ClaimedRun {
        id: RunId(row.try_get("id")?),
        fence: Fence(row.try_get("fence")?),
        key: row.try_get("key")?,
        report: row.try_get("report")?,
        scheduled_for: instant(row, "scheduled_for")?,
        trigger: word(row, "cause", Trigger::parse)?,
        period_from: day(row, "period_from")?,
        period_to: day(row, "period_to")?,
        zone: row.try_get("zone")?,
        deliver: row.try_get("deliver")?,
        formats: list(row, "formats")?,
        params: texts(row, "params")?,
        attempt: count(row, "attempts")?,
        giant: false,
    })
}

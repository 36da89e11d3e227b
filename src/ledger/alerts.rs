//! What owners are told about: which reports give cause, and that each cause is told once. Never: whom, or in which words.
//!
//! What has been told is a row of `alert`, written in the same step as the notice that tells it. A cause is looked for in what
//! the record says now, not in what happened since somebody looked last: whoever was killed between the end of a run and its
//! notice leaves it for the next one to find, and of two who find the same one writes.

use super::error::Fault;
use super::production::{insert_artifact, insert_delivery, sha256};
use super::row::{instant, micros, word};
use super::sql::{Db, query};
use super::{AlertKind, Ledger, LedgerError, NewArtifact, NewDelivery, RunId};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

/// Rows of `firing_mark` that say since when it is looked for something: no report has their name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mark {
    Causes,
    Successes,
}

impl Mark {
    fn row(self) -> (&'static str, &'static str) {
        match self {
            Self::Causes => ("", "alerts"),
            Self::Successes => ("", "successes"),
        }
    }
}

/// Who begins to look takes in what happened shortly before: a first run that ended before anybody looked.
const LOOK_BACK: i64 = 60 * 60 * 1_000_000;

/// What is older than this is nobody's news.
pub(super) const STALE: i64 = 7 * 24 * 60 * 60 * 1_000_000;

/// Only so many of the latest runs are looked at, so that a long record is not read every few seconds.
const LATEST: i64 = 20_000;

/// Why owners are to be told something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The report.
    pub report: String,
    /// What happened.
    pub kind: AlertKind,
    /// When.
    pub at: DateTime<Utc>,
    /// The runs that it happened to, the first one first.
    pub runs: Vec<RunId>,
}

/// What owners were told about and what is well again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// The report.
    pub report: String,
    /// What had happened.
    pub kind: AlertKind,
    /// The run that it had happened to, while the record still has it.
    pub run: Option<RunId>,
    /// The run that was done since.
    pub by: RunId,
    /// The alert's row.
    id: i64,
}

/// What is sent to say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The run that it is about.
    pub about: RunId,
    /// What is said, in one way or more.
    pub messages: Vec<Told>,
}

/// A message and who gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The message.
    pub message: NewArtifact,
    /// By which channel.
    pub channel: String,
    /// Addresses of people; of a program the name of what happened.
    pub to: Vec<String>,
}

/// Runs that gave cause, their kind and when. A run by hand that was not produced is told to whoever waits for it.
const CAUSES: &str = "
    with seen as (
        select r.id, r.report, r.state, r.cause, r.finished_at from run r, clock
        where r.id > (select coalesce(max(id), 0) from run) - $1 and r.cause <> 'notice' and r.superseded_by is null
          and (r.finished_at is null or r.finished_at > $2 and r.finished_at > now - $3)
    ), given as (
        select s.id, s.report, 'failure' as kind, s.finished_at as at from seen s
        where s.state in ('failed', 'partial')
          and (exists (select 1 from delivery d where d.run_id = s.id and d.state in ('refused', 'dead'))
               or s.cause <> 'manual' and not exists (select 1 from delivery d where d.run_id = s.id))
        union all
        select s.id, s.report, 'missed', s.finished_at from seen s where s.state = 'missed'
        union all
        select s.id, s.report, 'in_doubt', min(d.done_at) from seen s
        join delivery d on d.run_id = s.id and d.state = 'in_doubt'
        where s.state in ('delivering', 'failed', 'partial')
        group by s.id, s.report
    )
    select g.id, g.report, g.kind, g.at from given g
    where not exists (select 1 from alert a where a.report = g.report and a.kind = g.kind
                                              and (a.closed_at is null or a.closed_at >= g.at))
    order by g.report, g.kind, g.id";

/// Alerts that are open although a run that ended no earlier than theirs is done, or their own one is by now.
const WELL: &str = "
    select a.id, a.report, a.kind, a.run_id, min(r.id) as by_run
    from alert a
    left join run told on told.id = a.run_id
    join run r on r.report = a.report and r.state = 'done' and r.deliver = true and r.cause <> 'notice'
         and (r.id = a.run_id
              or r.finished_at > coalesce(told.finished_at, a.opened_at)
                 and (told.id is null or r.scheduled_for >= told.scheduled_for))
    where a.closed_at is null
    group by a.id, a.report, a.kind, a.run_id
    order by a.report, a.id";

impl Ledger {
    /// What owners are to be told about and have not been told yet.
    ///
    /// # Errors
    /// When the record cannot be read or written.
    pub async fn causes(&self) -> Result<Vec<Cause>, LedgerError> {
        let since = self.watched_since(Mark::Causes).await?;
        let rows = query(CAUSES)
            .bind(LATEST)
            .bind(since)
            .bind(STALE)
            .fetch_all(&mut self.reader().await?)
            .await
            .map_err(|e| self.fault(e))?;
        let mut causes: Vec<Cause> = Vec::new();
        for row in &rows {
            let cause = || -> Result<Cause, Fault> {
                Ok(Cause {
                    report: row.try_get("report")?,
                    kind: word(row, "kind", AlertKind::parse)?,
                    at: instant(row, "at")?,
                    runs: vec![RunId(row.try_get("id")?)],
                })
            };
            let cause = cause().map_err(|fault| self.fault(fault))?;
            match causes.last_mut() {
                Some(last) if (&last.report, last.kind) == (&cause.report, cause.kind) => {
                    last.at = last.at.max(cause.at);
                    last.runs.extend(cause.runs);
                }
                _ => causes.push(cause),
            }
        }
        Ok(causes)
    }

    pub(super) async fn watched_since(&self, mark: Mark) -> Result<i64, LedgerError> {
        let (report, schedule) = mark.row();
        let mark = move || {
            query("select through from firing_mark where report = $1 and schedule = $2")
                .bind(report)
                .bind(schedule)
        };
        let since = mark().fetch_value_if_any(&mut self.reader().await?).await.map_err(|e| self.fault(e))?;
        if let Some(since) = since {
            return Ok(since);
        }
        self.write(move |db| {
            Box::pin(async move {
                query(
                    "insert into firing_mark (report, schedule, through) select $1, $2, now - $3 from clock where true
                     on conflict (report, schedule) do nothing",
                )
                .bind(report)
                .bind(schedule)
                .bind(LOOK_BACK)
                .execute(db)
                .await?;
                Ok(mark().fetch_value(db).await?)
            })
        })
        .await
    }

    /// What owners were told about and what is well again.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn recovered(&self) -> Result<Vec<Recovered>, LedgerError> {
        let rows = query(WELL).fetch_all(&mut self.reader().await?).await.map_err(|e| self.fault(e))?;
        rows.iter()
            .map(|row| {
                Ok(Recovered {
                    report: row.try_get("report")?,
                    kind: word(row, "kind", AlertKind::parse)?,
                    run: row.try_get::<Option<i64>>("run_id")?.map(RunId),
                    by: RunId(row.try_get("by_run")?),
                    id: row.try_get("id")?,
                })
            })
            .collect::<Result<_, Fault>>()
            .map_err(|fault| self.fault(fault))
    }

    /// Records that owners are told about a cause, and the notice that tells them, in one step. `None` when somebody else
    /// has told them.
    ///
    /// # Errors
    /// When the record cannot be written: then nobody is told yet.
    pub async fn open_alert(
        &self,
        cause: Cause,
        detail: &str,
        notice: Notice,
    ) -> Result<Option<RunId>, LedgerError> {
        let detail = detail.to_owned();
        self.write(move |db| {
            Box::pin(async move {
                let opened = query(
                    "insert into alert (report, kind, run_id, detail, opened_at)
                     select $1, $2, $3, $4, $5 from clock
                     where not exists (select 1 from alert where report = $1 and kind = $2 and closed_at >= $5)
                     on conflict (report, kind) where closed_at is null do nothing",
                )
                .bind(&cause.report)
                .bind(cause.kind.as_str())
                .bind(cause.runs.first().map(|run| run.0))
                .bind(detail)
                .bind(micros(cause.at))
                .execute(db)
                .await?;
                if opened == 0 { Ok(None) } else { send(db, &notice, None).await }
            })
        })
        .await
    }

    /// Records that these are well again, and the notice that says so if there is any, in one step. `None` when there is none or
    /// somebody else has recorded it.
    ///
    /// # Errors
    /// When the record cannot be written: then nobody is told yet.
    pub async fn close_alerts(
        &self,
        recovered: Vec<Recovered>,
        notice: Option<Notice>,
    ) -> Result<Option<RunId>, LedgerError> {
        self.write(move |db| {
            Box::pin(async move {
                let mut closed = 0;
                for alert in &recovered {
                    closed += query(
                        "update alert set closed_at = (select coalesce(finished_at, opened_at) from run where id = $2)
                         where id = $1 and closed_at is null",
                    )
                    .bind(alert.id)
                    .bind(alert.by.0)
                    .execute(db)
                    .await?;
                }
                match notice {
                    Some(notice) if closed > 0 => send(db, &notice, None).await,
                    _ => Ok(None),
                }
            })
        })
        .await
    }
}

/// Records a notice as a run whose products wait to be delivered. Its key is random, or that of the run with an ending: then there is one
/// such notice, and `None` is returned when it was there.
pub(super) async fn send(db: &mut Db, notice: &Notice, ending: Option<&str>) -> Result<Option<RunId>, Fault> {
    let (column, key) = if ending.is_some() { ("key, ", "key || $2, ") } else { ("", "") };
    let mut insert = query(format!(
        "insert into run ({column}report, scheduled_for, cause, period_from, period_to, zone, deliver, formats, state,
                          next_attempt_at, created_at, started_at)
         select {key}report, scheduled_for, 'notice', period_from, period_to, zone, true, '', 'delivering', now, now, now
         from run, clock where id = $1
         on conflict (key) do nothing
         returning id, key"
    ))
    .bind(notice.about.0);
    if let Some(ending) = ending {
        insert = insert.bind(ending);
    }
    let Some(row) = insert.fetch_optional(db).await? else { return Ok(None) };
    let (run, key) = (RunId(row.try_get("id")?), row.try_get::<String>("key")?);
    for Told { message, channel, to } in &notice.messages {
        let artifact = insert_artifact(db, run, message, &sha256(&message.content)).await?;
        for recipient in to.iter().collect::<BTreeSet<_>>() {
            let (channel, recipient) = (channel.clone(), recipient.clone());
            let delivery = NewDelivery { channel, recipient, artifact: 0, hold: false };
            insert_delivery(db, run, &key, &delivery, artifact, None).await?;
        }
    }
    Ok(Some(run))
}

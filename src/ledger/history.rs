//! Reading the record: runs, what they made, where it went, every try. Never: changing it.

use super::claiming::NOT_IN_THE_WAY;
use super::error::Fault;
use super::row::{count, day, instant, instant_if_any, list, micros, texts, word};
use super::sql::{Row, query};
use super::{
    ArtifactId, AttemptOutcome, BackfillId, DeliveryId, DeliveryState, Ledger, LedgerError, RunId, RunState,
    Target, Trigger,
};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeMap;
use std::time::Duration;

/// Which runs are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunFilter {
    /// Of this report only.
    pub report: Option<String>,
    /// In this state only.
    pub state: Option<RunState>,
    /// Scheduled at this instant or later.
    pub since: Option<DateTime<Utc>>,
    /// Scheduled before this instant.
    pub until: Option<DateTime<Utc>>,
    /// With a delivery whose recipient holds this text, in whatever case.
    pub recipient: Option<String>,
    /// With a delivery by this channel.
    pub channel: Option<String>,
    /// At most this many, the latest first; 0: no limit.
    pub limit: u32,
}

/// How the deliveries of a run stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct DeliveryCounts {
    /// All.
    pub planned: u32,
    /// Confirmed by their peers.
    pub done: u32,
    /// Waiting, under way, or to be tried again.
    pub open: u32,
    /// Held until somebody decides.
    pub in_doubt: u32,
    /// Refused or dead.
    pub failed: u32,
    /// Called off.
    pub cancelled: u32,
    /// Held back with their run until somebody decides.
    pub held: u32,
}

/// A run, as it stands.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RunRow {
    /// Its name.
    pub id: RunId,
    /// Stays the same for this run and is given to no other: Message-IDs are made from it.
    pub key: String,
    /// Name of the report.
    pub report: String,
    /// The instant its schedule fired, or the one it was asked for.
    pub scheduled_for: DateTime<Utc>,
    /// Why it runs.
    pub trigger: Trigger,
    /// First civil day that it covers.
    pub period_from: NaiveDate,
    /// The civil day after the last one.
    pub period_to: NaiveDate,
    /// IANA name of the zone whose days these are.
    pub zone: String,
    /// Is it delivered, or only produced?
    pub deliver: bool,
    /// Names of the formats it is restricted to; empty: all.
    pub formats: Vec<String>,
    /// Values of the report's parameters as typed, by name.
    pub params: BTreeMap<String, String>,
    /// Those of them that differed from the report's defaults.
    pub chosen: BTreeMap<String, String>,
    /// Where it stands.
    pub state: RunState,
    /// Why it is not done, when it is not.
    pub error: Option<String>,
    /// What was expected of its data and is not so, though it was made.
    pub unmet: Option<String>,
    /// Who has or had it.
    pub worker: Option<String>,
    /// How often it was begun.
    pub attempts: u32,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
    /// When it was begun the last time.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// When it was held back, if it ever was.
    pub held_at: Option<DateTime<Utc>>,
    /// Why, in the language of its report.
    pub held_why: Option<String>,
    /// When somebody let it go.
    pub released_at: Option<DateTime<Utc>>,
    /// The backfill that it belongs to.
    pub backfill: Option<BackfillId>,
    /// The run that stands in its place, when it was done again.
    pub superseded_by: Option<RunId>,
    /// The run that was still to be made when its schedule fired, because of which it was missed.
    pub overlapped: Option<RunId>,
    /// Its deliveries.
    pub deliveries: DeliveryCounts,
}

/// A run with all that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RunDetail {
    /// The run.
    pub run: RunRow,
    /// What it made.
    pub artifacts: Vec<ArtifactRow>,
    /// Where it went.
    pub deliveries: Vec<DeliveryRow>,
}

/// An artifact without its content.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ArtifactRow {
    /// Its name in the record.
    pub id: ArtifactId,
    /// File name.
    pub name: String,
    /// Name of its format.
    pub format: String,
    /// The section it holds, when it holds one only.
    pub section: Option<String>,
    /// Its media type.
    pub media_type: String,
    /// SHA-256 of its content, hexadecimal.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
}

/// A delivery, as it stands.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct DeliveryRow {
    /// Its name.
    pub id: DeliveryId,
    /// Stays the same for every try.
    pub key: String,
    /// Name of the channel.
    pub channel: String,
    /// Mail address, or file name at the peer.
    pub recipient: String,
    /// What is delivered.
    pub artifact: ArtifactId,
    /// When it was planned: what it brings had been made then.
    pub created_at: DateTime<Utc>,
    /// Where it stands.
    pub state: DeliveryState,
    /// When it is tried next, while it waits.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// Why it is not done, when it is not.
    pub last_error: Option<String>,
    /// What proves that it is done, in the peer's words.
    pub receipt: Option<String>,
    /// When it ended.
    pub done_at: Option<DateTime<Utc>>,
    /// Every try that ended.
    pub attempts: Vec<AttemptRow>,
}

/// A try.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AttemptRow {
    /// 1 for the first.
    pub number: u32,
    /// Who tried.
    pub worker: String,
    /// From when.
    pub started_at: DateTime<Utc>,
    /// Until when.
    pub finished_at: DateTime<Utc>,
    /// What became of it.
    pub outcome: AttemptOutcome,
    /// The peer's answer, or what went wrong.
    pub detail: String,
}

impl Ledger {
    /// Runs, the latest first.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn runs(&self, filter: &RunFilter) -> Result<Vec<RunRow>, LedgerError> {
        self.select_runs(None, filter).await
    }

    /// A run with its artifacts, deliveries and their tries; `None` when there is no such run.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn run(&self, id: RunId) -> Result<Option<RunDetail>, LedgerError> {
        let Some(run) = self.select_runs(Some(id), &RunFilter::default()).await?.pop() else {
            return Ok(None);
        };
        self.detail(run).await.map(Some).map_err(|fault| self.fault(fault))
    }

    /// The run that is meant, whether or not it is in the record.
    ///
    /// # Errors
    /// [`LedgerError::Impossible`] when there is no such delivery.
    pub async fn run_of(&self, target: Target) -> Result<RunId, LedgerError> {
        let delivery = match target {
            Target::Run(run) => return Ok(run),
            Target::Delivery(delivery) => delivery,
        };
        let run: Option<i64> = query("select run_id from delivery where id = $1")
            .bind(delivery.0)
            .fetch_value_if_any(&mut self.reader().await?)
            .await
            .map_err(|e| self.fault(e))?;
        run.map(RunId).ok_or_else(|| super::care::unknown(target))
    }

    /// The runs that count for the firings of this report from one instant up to another, in order; none that was
    /// asked for by hand.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn runs_of_firings(
        &self,
        report: &str,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<RunRow>, LedgerError> {
        let ids: Vec<i64> = query(
            "select id from run
             where report = $1 and scheduled_for >= $2 and scheduled_for < $3
               and cause not in ('manual', 'notice') and superseded_by is null
             order by scheduled_for",
        )
        .bind(report)
        .bind(micros(from))
        .bind(micros(to))
        .fetch_values(&mut self.reader().await?)
        .await
        .map_err(|e| self.fault(e))?;
        let mut runs = Vec::with_capacity(ids.len());
        for id in ids {
            runs.extend(self.select_runs(Some(RunId(id)), &RunFilter::default()).await?);
        }
        Ok(runs)
    }

    /// The bytes of an artifact; `None` when there is no such artifact.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn artifact_content(&self, id: ArtifactId) -> Result<Option<Vec<u8>>, LedgerError> {
        query("select content from artifact where id = $1")
            .bind(id.0)
            .fetch_value_if_any(&mut self.reader().await?)
            .await
            .map_err(|e| self.fault(e))
    }

    /// How long until something is due: a waiting run (no other of its report being in the making) or delivery, or the end of a
    /// lease. `None` when nothing waits.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn next_due(&self) -> Result<Option<Duration>, LedgerError> {
        let micros: Option<i64> = query(format!(
            "select min(at) - (select now from clock) from (
                 select waiting.next_attempt_at as at from (
                     select w.next_attempt_at from run w where w.state = 'queued' and {NOT_IN_THE_WAY}
                     order by w.next_attempt_at limit 1) waiting
                 union all select min(lease_until) from run where state = 'running'
                 union all select min(next_attempt_at) from delivery where state in ('pending', 'retry')
                 union all select min(lease_until) from delivery where state = 'sending') t"
        ))
        .fetch_value(&mut self.reader().await?)
        .await
        .map_err(|e| self.fault(e))?;
        Ok(micros.map(|micros| Duration::from_micros(u64::try_from(micros).unwrap_or(0))))
    }

    async fn select_runs(&self, id: Option<RunId>, filter: &RunFilter) -> Result<Vec<RunRow>, LedgerError> {
        let rows = query(
            "select r.*, t.planned, t.done, t.open, t.in_doubt, t.failed, t.cancelled, t.held
             from run r
             join (select w.id as run_id,
                          count(d.id) as planned,
                          count(d.id) filter (where d.state = 'done') as done,
                          count(d.id) filter (where d.state in ('pending', 'sending', 'retry')) as open,
                          count(d.id) filter (where d.state = 'in_doubt') as in_doubt,
                          count(d.id) filter (where d.state in ('refused', 'dead')) as failed,
                          count(d.id) filter (where d.state = 'cancelled') as cancelled,
                          count(d.id) filter (where d.state = 'held') as held
                   from (select id from run
                         where ($1 is null or id = $1) and ($2 is null or report = $2) and ($3 is null or state = $3)
                           and ($5 is null or scheduled_for >= $5) and ($6 is null or scheduled_for < $6)
                           and ($7 is null and $8 is null or exists (
                                select 1 from delivery o
                                where o.run_id = run.id and ($7 is null or o.channel = $7)
                                  and ($8 is null or lower(o.recipient) like lower($8) escape '\\')))
                         order by id desc limit $4) w
                   left join delivery d on d.run_id = w.id
                   group by w.id) t on t.run_id = r.id
             order by r.id desc",
        )
        .bind(id.map(|id| id.0))
        .bind(filter.report.as_deref())
        .bind(filter.state.map(RunState::as_str))
        .bind(if filter.limit == 0 { i64::MAX } else { i64::from(filter.limit) })
        .bind(filter.since.map(micros))
        .bind(filter.until.map(micros))
        .bind(filter.channel.as_deref())
        .bind(filter.recipient.as_deref().map(containing))
        .fetch_all(&mut self.reader().await?)
        .await
        .map_err(|e| self.fault(e))?;
        rows.iter().map(run_row).collect::<Result<_, _>>().map_err(|fault| self.fault(fault))
    }

    async fn detail(&self, run: RunRow) -> Result<RunDetail, Fault> {
        let artifacts = query(
            "select id, name, format, section, media_type, sha256, size from artifact where run_id = $1 order by id",
        )
        .bind(run.id.0)
        .fetch_all(&mut self.reader().await?)
        .await?;
        let deliveries = query("select * from delivery where run_id = $1 order by id")
            .bind(run.id.0)
            .fetch_all(&mut self.reader().await?)
            .await?;
        let attempts = query(
            "select a.* from attempt a join delivery d on d.id = a.delivery_id
             where d.run_id = $1 order by a.delivery_id, a.number",
        )
        .bind(run.id.0)
        .fetch_all(&mut self.reader().await?)
        .await?;
        let mut detail = RunDetail {
            run,
            artifacts: artifacts.iter().map(artifact_row).collect::<Result<_, _>>()?,
            deliveries: deliveries.iter().map(delivery_row).collect::<Result<_, _>>()?,
        };
        for row in &attempts {
            let delivery = DeliveryId(row.try_get("delivery_id")?);
            // Both lists are in the order of the delivery's number.
            if let Ok(index) = detail.deliveries.binary_search_by_key(&delivery, |row| row.id) {
                detail.deliveries[index].attempts.push(attempt_row(row)?);
            }
        }
        Ok(detail)
    }
}

/// A pattern for texts that hold this one.
fn containing(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{text}%")
}

fn run_row(row: &Row) -> Result<RunRow, Fault> {
    Ok(RunRow {
        id: RunId(row.try_get("id")?),
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
        chosen: texts(row, "params_key")?,
        state: word(row, "state", RunState::parse)?,
        error: row.try_get("error")?,
        unmet: row.try_get("unmet")?,
        worker: row.try_get("worker")?,
        attempts: count(row, "attempts")?,
        created_at: instant(row, "created_at")?,
        started_at: instant_if_any(row, "started_at")?,
        finished_at: instant_if_any(row, "finished_at")?,
        held_at: instant_if_any(row, "held_at")?,
        held_why: row.try_get("held_why")?,
        released_at: instant_if_any(row, "released_at")?,
        backfill: row.try_get::<Option<i64>>("backfill_id")?.map(BackfillId),
        superseded_by: row.try_get::<Option<i64>>("superseded_by")?.map(RunId),
        overlapped: row.try_get::<Option<i64>>("overlapped")?.map(RunId),
        deliveries: DeliveryCounts {
            planned: count(row, "planned")?,
            done: count(row, "done")?,
            open: count(row, "open")?,
            in_doubt: count(row, "in_doubt")?,
            failed: count(row, "failed")?,
            cancelled: count(row, "cancelled")?,
            held: count(row, "held")?,
        },
    })
}

fn artifact_row(row: &Row) -> Result<ArtifactRow, Fault> {
    let size: i64 = row.try_get("size")?;
    Ok(ArtifactRow {
        id: ArtifactId(row.try_get("id")?),
        name: row.try_get("name")?,
        format: row.try_get("format")?,
        section: row.try_get("section")?,
        media_type: row.try_get("media_type")?,
        sha256: row.try_get("sha256")?,
        size: u64::try_from(size).map_err(|_| Fault::Unreadable(format!("`size` holds {size}")))?,
    })
}

fn delivery_row(row: &Row) -> Result<DeliveryRow, Fault> {
    let state = word(row, "state", DeliveryState::parse)?;
    let waits = matches!(state, DeliveryState::Pending | DeliveryState::Retry);
    Ok(DeliveryRow {
        id: DeliveryId(row.try_get("id")?),
        key: row.try_get("key")?,
        channel: row.try_get("channel")?,
        recipient: row.try_get("recipient")?,
        artifact: ArtifactId(row.try_get("artifact_id")?),
        created_at: instant(row, "created_at")?,
        state,
        next_attempt_at: if waits { Some(instant(row, "next_attempt_at")?) } else { None },
        last_error: row.try_get("last_error")?,
        receipt: row.try_get("receipt")?,
        done_at: instant_if_any(row, "done_at")?,
        attempts: Vec::new(),
    })
}

fn attempt_row(row: &Row) -> Result<AttemptRow, Fault> {
    Ok(AttemptRow {
        number: count(row, "number")?,
        worker: row.try_get("worker")?,
        started_at: instant(row, "started_at")?,
        finished_at: instant(row, "finished_at")?,
        outcome: word(row, "outcome", AttemptOutcome::parse)?,
        detail: row.try_get("detail")?,
    })
}

//! Deliveries: claimed, kept alive, finished by what the peer said. Never: how a peer is reached.

use super::ending::{Ending, end_try};
use super::error::Fault;
use super::row::{count, span};
use super::runs::one;
use super::sql::{Db, Query, Row, query};
use super::{DeliveryId, Fence, Finish, Ledger, LedgerError, RunId};
use std::sync::Arc;
use std::time::Duration;

/// Which deliveries may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pick<'a> {
    /// Of this run only.
    pub run: Option<RunId>,
    /// By this channel only.
    pub channel: Option<&'a str>,
}

impl<'a> Pick<'a> {
    /// Which rows of `delivery d` may be taken now; what [`Self::bind`] gives is numbered from `first`. What is not asked for is not
    /// in the text, so that the database finds its index.
    fn due(self, first: usize) -> String {
        let mut text =
            "d.state in ('pending', 'retry') and d.next_attempt_at <= (select now from clock)".to_owned();
        let asked = [("d.run_id", self.run.is_some()), ("d.channel", self.channel.is_some())];
        for (number, (column, _)) in (first..).zip(asked.into_iter().filter(|(_, asked)| *asked)) {
            text.push_str(&format!(" and {column} = ${number}"));
        }
        text
    }

    fn bind(self, mut query: Query<'a>) -> Query<'a> {
        if let Some(run) = self.run {
            query = query.bind(run.0);
        }
        if let Some(channel) = self.channel {
            query = query.bind(channel);
        }
        query
    }
}

/// A delivery in the hands of one worker, until its lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedDelivery {
    /// The delivery.
    pub id: DeliveryId,
    /// To be shown with every word about it.
    pub fence: Fence,
    /// Stays the same for every try: idempotency key, temporary names.
    pub key: String,
    /// Its run.
    pub run: RunId,
    /// Name of the report.
    pub report: String,
    /// Name of the channel.
    pub channel: String,
    /// Mail address, or file name at the peer.
    pub recipient: String,
    /// Name of the artifact.
    pub artifact: String,
    /// Its media type.
    pub media_type: String,
    /// SHA-256 of its content, hexadecimal.
    pub sha256: String,
    /// Its bytes; they have the SHA-256 that was recorded when they were made. Whoever else has it in hand shares them.
    pub content: Arc<[u8]>,
    /// 1 for the first try.
    pub attempt: u32,
    /// The same since somebody had it sent again: how often it may be tried is counted from there.
    pub tries: u32,
}

/// A delivery that was taken and not read yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "it is in nobody's hands until its lease ends"]
pub struct Taken(DeliveryId, Fence);

/// Who asks for a delivery, for how long, and which may be taken.
struct Asked {
    worker: String,
    lease: Duration,
    run: Option<RunId>,
    channel: Option<String>,
}

impl Asked {
    fn new(worker: &str, lease: Duration, pick: Pick<'_>) -> Self {
        let channel = pick.channel.map(str::to_owned);
        Self { worker: worker.to_owned(), lease, run: pick.run, channel }
    }
}

/// One statement finds the delivery that is due first and raises its fence.
async fn take(db: &mut Db, asked: Asked) -> Result<Option<Taken>, Fault> {
    let skipping = db.skipping_locked();
    let pick = Pick { run: asked.run, channel: asked.channel.as_deref() };
    let due = pick.due(3);
    let taking = query(format!(
        "update delivery set state = 'sending', fence = fence + 1, attempts = attempts + 1,
                worker = $1, lease_until = (select now from clock) + $2,
                started_at = (select now from clock), data_sent_at = null
         where id = (select d.id from delivery d where {due}
                     order by d.next_attempt_at, d.id limit 1 {skipping})
         returning id, fence"
    ))
    .bind(&asked.worker)
    .bind(span(asked.lease));
    let taken = pick.bind(taking).fetch_optional(db).await?;
    let Some(row) = taken else { return Ok(None) };
    Ok(Some(Taken(DeliveryId(row.try_get("id")?), Fence(row.try_get("fence")?))))
}

impl Ledger {
    /// Takes the delivery that is due first; `None` when none is due.
    ///
    /// A delivery whose artifact is not what was recorded is never handed out: it is dead, with that reason.
    ///
    /// # Errors
    /// When the record cannot be written: then nothing was taken.
    pub async fn claim_delivery(
        &self,
        worker: &str,
        lease: Duration,
        pick: Pick<'_>,
    ) -> Result<Option<ClaimedDelivery>, LedgerError> {
        loop {
            let asked = Asked::new(worker, lease, pick);
            let taken = self.write_together(move |db| Box::pin(take(db, asked))).await?;
            let Some(taken) = taken else { return Ok(None) };
            if let Some(claimed) = self.read_taken(taken).await? {
                return Ok(Some(claimed));
            }
        }
    }

    /// What was taken; `None` when somebody else has it meanwhile, or its artifact is damaged.
    ///
    /// # Errors
    /// When the record cannot be read: it is taken back when its lease ends.
    pub async fn read_taken(&self, taken: Taken) -> Result<Option<ClaimedDelivery>, LedgerError> {
        let Taken(id, fence) = taken;
        // Who was stopped here until somebody else had it must not take the other's fence for its own.
        let Some((artifact, claimed)) = self.read_claimed(id, fence).await? else { return Ok(None) };
        if let Some(content) = self.content(artifact, &claimed.sha256).await? {
            return Ok(Some(ClaimedDelivery { content, ..claimed }));
        }
        tracing::error!(run = %claimed.run, delivery = %id, "artifact is damaged in the ledger");
        let error = format!("artifact `{}` is damaged in the ledger: its SHA-256 differs", claimed.artifact);
        self.finish_delivery(id, claimed.fence, Finish::Dead { error }).await?;
        Ok(None)
    }

    /// Says that the delivery is still worked on: its lease begins anew.
    ///
    /// # Errors
    /// [`LedgerError::Stale`] when somebody else has it: stop at once.
    pub async fn heartbeat_delivery(
        &self,
        delivery: DeliveryId,
        fence: Fence,
        lease: Duration,
    ) -> Result<(), LedgerError> {
        self.write_together(move |db| {
            Box::pin(async move {
                let kept = query(
                    "update delivery set lease_until = (select now from clock) + $3
                     where id = $1 and fence = $2 and state = 'sending'",
                )
                .bind(delivery.0)
                .bind(fence.0)
                .bind(span(lease))
                .execute(db)
                .await?;
                one(kept, || LedgerError::stale_delivery(delivery))
            })
        })
        .await
    }

    /// Records that from here on the peer may have it: to be called before a message that cannot be taken back is
    /// sent. If this try is not finished, the delivery is in doubt.
    ///
    /// # Errors
    /// [`LedgerError::Stale`] when somebody else has it: the message must not be sent.
    pub async fn record_data_sent(&self, delivery: DeliveryId, fence: Fence) -> Result<(), LedgerError> {
        self.write_together(move |db| {
            Box::pin(async move {
                let marked = query(
                    "update delivery set data_sent_at = (select now from clock)
                     where id = $1 and fence = $2 and state = 'sending'",
                )
                .bind(delivery.0)
                .bind(fence.0)
                .execute(db)
                .await?;
                one(marked, || LedgerError::stale_delivery(delivery))
            })
        })
        .await
    }

    /// Records what became of a try, and ends the run when this was its last open delivery.
    ///
    /// # Errors
    /// [`LedgerError::Stale`] when somebody else has it: what this worker did is then not believed.
    pub async fn finish_delivery(
        &self,
        delivery: DeliveryId,
        fence: Fence,
        finish: Finish,
    ) -> Result<(), LedgerError> {
        self.write_together(move |db| {
            Box::pin(async move { end_try(db, delivery, fence, Ending::Said(finish)).await.map(drop) })
        })
        .await
    }

    /// The same, and takes the delivery that is due first, in one step: whoever has a place goes on without another commit.
    ///
    /// # Errors
    /// As with [`Self::finish_delivery`]: then nothing was taken.
    pub async fn finish_and_take(
        &self,
        delivery: DeliveryId,
        fence: Fence,
        finish: Finish,
        worker: &str,
        lease: Duration,
        pick: Pick<'_>,
    ) -> Result<Option<Taken>, LedgerError> {
        let asked = Asked::new(worker, lease, pick);
        self.write_together(move |db| {
            Box::pin(async move {
                end_try(db, delivery, fence, Ending::Said(finish)).await?;
                take(db, asked).await
            })
        })
        .await
    }

    /// How many bytes the delivery holds that is due first; `None` when none is due. Another worker may take it meanwhile.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn first_due_size(&self, pick: Pick<'_>) -> Result<Option<u64>, LedgerError> {
        let due = pick.due(1);
        let looking = query(format!(
            "select a.size from delivery d join artifact a on a.id = d.artifact_id
             where {due} order by d.next_attempt_at, d.id limit 1"
        ));
        let size: Option<i64> = pick
            .bind(looking)
            .fetch_value_if_any(&mut self.reader().await?)
            .await
            .map_err(|e| self.fault(e))?;
        Ok(size.map(|size| u64::try_from(size).unwrap_or(0)))
    }

    /// Channels that have a delivery waiting, due now or later. Steps from one to the next, not through all that wait.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn waiting_channels(&self) -> Result<Vec<String>, LedgerError> {
        query(
            "with recursive waiting (channel) as (
                 select min(channel) from delivery where state in ('pending', 'retry')
                 union all
                 select (select min(d.channel) from delivery d
                         where d.channel > w.channel and d.state in ('pending', 'retry'))
                 from waiting w where w.channel is not null)
             select channel from waiting where channel is not null",
        )
        .fetch_values(&mut self.reader().await?)
        .await
        .map_err(|e| self.fault(e))
    }

    /// What is to be brought, as long as this fence is the latest; without its content, of which it gives the artifact.
    async fn read_claimed(
        &self,
        id: DeliveryId,
        fence: Fence,
    ) -> Result<Option<(i64, ClaimedDelivery)>, LedgerError> {
        let row = query(
            "select d.id, d.fence, d.key, d.run_id, r.report, d.channel, d.recipient, d.attempts, d.attempts - d.tries_before as tries,
                    d.artifact_id, a.name, a.media_type, a.sha256
             from delivery d join run r on r.id = d.run_id join artifact a on a.id = d.artifact_id
             where d.id = $1 and d.fence = $2",
        )
        .bind(id.0)
        .bind(fence.0)
        .fetch_optional(&mut self.reader().await?)
        .await
        .map_err(|e| self.fault(e))?;
        row.map(|row| claimed(&row)).transpose().map_err(|fault| self.fault(fault))
    }
}

fn claimed(row: &Row) -> Result<(i64, ClaimedDelivery), Fault> {
    let claimed = ClaimedDelivery {
        id: DeliveryId(row.try_get("id")?),
        fence: Fence(row.try_get("fence")?),
        key: row.try_get("key")?,
        run: RunId(row.try_get("run_id")?),
        report: row.try_get("report")?,
        channel: row.try_get("channel")?,
        recipient: row.try_get("recipient")?,
        artifact: row.try_get("name")?,
        media_type: row.try_get("media_type")?,
        sha256: row.try_get("sha256")?,
        content: Arc::default(),
        attempt: count(row, "attempts")?,
        tries: count(row, "tries")?,
    };
    Ok((row.try_get("artifact_id")?, claimed))
}

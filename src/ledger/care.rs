//! What people decide about the record: send again, try now (to call off is in `cancelling`). Never: anything that happens by itself.

use super::error::Fault;
use super::gone::ask_again;
use super::held::not_held;
use super::production::delivery_key;
use super::row::{micros, word};
use super::sql::{Db, Row, query};
use super::{DeliveryId, DeliveryState, Ledger, LedgerError, RunId, RunState};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

/// What somebody decides about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A run with all its deliveries.
    Run(RunId),
    /// One delivery.
    Delivery(DeliveryId),
}

/// A delivery that was decided about.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Decided {
    /// The delivery.
    pub delivery: DeliveryId,
    /// Its run.
    pub run: RunId,
    /// Name of its channel.
    pub channel: String,
    /// Mail address, or file name at the peer.
    pub recipient: String,
    /// Where it stood before; `None` when it is new.
    pub was: Option<DeliveryState>,
}

/// What is tried again.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Retried {
    /// Runs that were not produced and are queued again, or due now.
    pub runs: Vec<RunId>,
    /// Deliveries that are due now.
    pub deliveries: Vec<Decided>,
}

/// States in which nobody works at a delivery any more and the peer has not said that it has it.
const FAILED: &str = "'refused', 'dead', 'in_doubt'";

/// States in which nothing happens to a delivery by itself.
const ENDED: &str = "'done', 'refused', 'dead', 'in_doubt', 'cancelled'";

pub(super) struct Known {
    pub(super) decided: Decided,
    pub(super) state: DeliveryState,
    artifact: i64,
    is_message: bool,
}

impl Ledger {
    /// Sends again what has ended: to the same recipients when `to` is empty, otherwise to these mail addresses. The bytes are the
    /// same, and with them the Message-ID; each delivery has its full number of tries again. What is still under way is left alone.
    ///
    /// # Errors
    /// [`LedgerError::Impossible`] when there is nothing of this name, nothing to send, or a later run stands in its place.
    pub async fn resend(&self, target: Target, to: Vec<String>) -> Result<Vec<Decided>, LedgerError> {
        self.write(move |db| {
            Box::pin(async move {
                let run = locked_run(db, target).await?;
                not_held(db, run).await?;
                let known = deliveries(db, run, target).await?;
                let decided = if to.is_empty() {
                    let ended: Vec<Decided> =
                        known.into_iter().filter(|it| it.state.is_final()).map(|it| it.decided).collect();
                    if ended.is_empty() {
                        return Err(nothing_to_send(db, run, target).await?.into());
                    }
                    reopen(db, run, target, ENDED).await?;
                    ended
                } else {
                    send_to_others(db, run, target, &known, &to).await?
                };
                open_run(db, run).await?;
                Ok(decided)
            })
        })
        .await
    }

    /// Sends again what was refused, is dead or in doubt: somebody decided so. Its run is open again.
    ///
    /// # Errors
    /// [`LedgerError::Impossible`] when the delivery is done or under way.
    pub async fn send_again(&self, delivery: DeliveryId) -> Result<(), LedgerError> {
        self.write(move |db| {
            Box::pin(async move {
                let target = Target::Delivery(delivery);
                let run = locked_run(db, target).await?;
                if reopen(db, run, target, FAILED).await? == 0 {
                    return Err(Fault::Ledger(LedgerError::Impossible {
                        what: format!("delivery d{delivery} is done or still under way"),
                        hint: "only what was refused, is dead or in doubt can be tried again; `parte resend` sends what is done once more",
                    }));
                }
                open_run(db, run).await
            })
        })
        .await
    }

    /// Tries now what failed (refused, dead, in doubt) and what waits for a retry. A run that was not produced is queued again.
    ///
    /// # Errors
    /// [`LedgerError::Impossible`] when there is nothing of this name, or nothing of it failed or waits.
    pub async fn retry(&self, target: Target) -> Result<Retried, LedgerError> {
        self.write(move |db| {
            Box::pin(async move {
                let run = locked_run(db, target).await?;
                not_held(db, run).await?;
                let retried = retry_locked(db, run, target, 0).await?;
                if retried.runs.is_empty() && retried.deliveries.is_empty() {
                    return Err(Fault::Ledger(LedgerError::Impossible {
                        what: format!("nothing of {} failed or waits for another try", named(target)),
                        hint: "`parte show` tells how it stands; `parte resend` sends what is done once more",
                    }));
                }
                Ok(retried)
            })
        })
        .await
    }

    /// The same for the whole record: what waits for a retry, and what failed since an instant. Runs that have failed for good are
    /// left to be asked for by name.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub async fn retry_all(&self, since: DateTime<Utc>) -> Result<Retried, LedgerError> {
        self.write(move |db| {
            Box::pin(async move {
                let locking = db.locking();
                let runs: Vec<i64> = query(format!(
                    "select id from run
                     where superseded_by is null
                       and (state = 'queued' and next_attempt_at > (select now from clock)
                            or id in (select run_id from delivery
                                      where state in ('retry', 'pending') and next_attempt_at > (select now from clock)
                                         or state in ({FAILED}) and done_at >= $1))
                     order by id {locking}"
                ))
                .bind(micros(since))
                .fetch_values(db)
                .await?;
                let mut all = Retried::default();
                for run in runs {
                    let retried = retry_locked(db, run, Target::Run(RunId(run)), micros(since)).await?;
                    all.runs.extend(retried.runs);
                    all.deliveries.extend(retried.deliveries);
                }
                Ok(all)
            })
        })
        .await
    }
}

/// `run 12`, `delivery d34`.
fn named(target: Target) -> String {
    match target {
        Target::Run(run) => format!("run {run}"),
        Target::Delivery(delivery) => format!("delivery d{delivery}"),
    }
}

pub(super) fn unknown(target: Target) -> LedgerError {
    LedgerError::Impossible {
        what: format!("there is no {}", named(target)),
        hint: "`parte runs` lists the runs, `parte show RUN` its deliveries; a delivery is written d34",
    }
}

/// The run that is meant. Nobody else changes it or its deliveries' ends until this transaction is over.
pub(super) async fn locked_run(db: &mut Db, target: Target) -> Result<i64, Fault> {
    let (run, delivery) = parts(target);
    let locking = db.locking();
    let row = query(format!(
        "select id, superseded_by from run
         where id = coalesce($1, (select run_id from delivery where id = $2)) {locking}"
    ))
    .bind(run)
    .bind(delivery)
    .fetch_optional(db)
    .await?
    .ok_or_else(|| unknown(target))?;
    if let Some(later) = row.try_get::<Option<i64>>("superseded_by")? {
        let run: i64 = row.try_get("id")?;
        return Err(Fault::Ledger(LedgerError::Impossible {
            what: format!("run {run} was done again as run {later}"),
            hint: "name the later run: that is the one that counts",
        }));
    }
    Ok(row.try_get("id")?)
}

fn parts(target: Target) -> (Option<i64>, Option<i64>) {
    match target {
        Target::Run(run) => (Some(run.0), None),
        Target::Delivery(delivery) => (None, Some(delivery.0)),
    }
}

pub(super) async fn state_of(db: &mut Db, run: i64) -> Result<RunState, Fault> {
    let locking = db.locking();
    let row =
        query(format!("select state from run where id = $1 {locking}")).bind(run).fetch_optional(db).await?;
    let row = row.ok_or_else(|| unknown(Target::Run(RunId(run))))?;
    word(&row, "state", RunState::parse)
}

pub(super) async fn deliveries(db: &mut Db, run: i64, target: Target) -> Result<Vec<Known>, Fault> {
    let rows = query(
        "select d.id, d.run_id, d.channel, d.recipient, d.state, d.artifact_id,
                a.media_type = 'message/rfc822' as is_message
         from delivery d join artifact a on a.id = d.artifact_id
         where d.run_id = $1 and ($2 is null or d.id = $2) order by d.id",
    )
    .bind(run)
    .bind(parts(target).1)
    .fetch_all(db)
    .await?;
    rows.iter().map(known).collect()
}

fn known(row: &Row) -> Result<Known, Fault> {
    let state = word(row, "state", DeliveryState::parse)?;
    Ok(Known {
        decided: Decided {
            delivery: DeliveryId(row.try_get("id")?),
            run: RunId(row.try_get("run_id")?),
            channel: row.try_get("channel")?,
            recipient: row.try_get("recipient")?,
            was: Some(state),
        },
        state,
        artifact: row.try_get("artifact_id")?,
        is_message: row.try_get("is_message")?,
    })
}

async fn nothing_to_send(db: &mut Db, run: i64, target: Target) -> Result<LedgerError, Fault> {
    let state = state_of(db, run).await?;
    let planned: i64 =
        query("select count(*) from delivery where run_id = $1").bind(run).fetch_value(db).await?;
    let (what, hint) = if planned > 0 {
        (format!("{} is still under way", named(target)), "`parte retry` makes what waits due now")
    } else {
        (format!("run {run} has nothing to send ({state})"), "`parte run` makes the report anew")
    };
    Ok(LedgerError::Impossible { what, hint })
}

/// Opens deliveries in these states again, each with its full number of tries.
async fn reopen(db: &mut Db, run: i64, target: Target, states: &str) -> Result<u64, Fault> {
    reopen_since(db, run, target, states, 0).await
}

async fn reopen_since(db: &mut Db, run: i64, target: Target, states: &str, since: i64) -> Result<u64, Fault> {
    ask_again(db, run, parts(target).1).await?;
    let opened = query(format!(
        "update delivery set state = 'pending', done_at = null, receipt = null, tries_before = attempts,
                next_attempt_at = (select now from clock)
         where run_id = $1 and ($2 is null or id = $2) and state in ({states}) and done_at >= $3"
    ))
    .bind(run)
    .bind(parts(target).1)
    .bind(since)
    .execute(db)
    .await?;
    Ok(opened)
}

async fn open_run(db: &mut Db, run: i64) -> Result<(), Fault> {
    query(
        "update run set state = 'delivering', finished_at = null, error = null
         where id = $1 and state in ('delivering', 'done', 'partial', 'failed', 'cancelled')",
    )
    .bind(run)
    .execute(db)
    .await?;
    Ok(())
}

async fn send_to_others(
    db: &mut Db,
    run: i64,
    target: Target,
    known: &[Known],
    to: &[String],
) -> Result<Vec<Decided>, Fault> {
    let impossible = |what, hint| Fault::Ledger(LedgerError::Impossible { what, hint });
    // One message for each channel: several by the same one cannot go to the same address.
    let mut messages: Vec<&Known> = Vec::new();
    for it in known.iter().filter(|it| it.is_message) {
        match messages.iter().find(|other| other.decided.channel == it.decided.channel) {
            Some(other) if other.artifact != it.artifact => {
                return Err(impossible(
                    format!("run {run} sent different messages by channel `{}`", it.decided.channel),
                    "name a delivery instead of the run; `parte show` lists them",
                ));
            }
            Some(_) => {}
            None => messages.push(it),
        }
    }
    if messages.is_empty() {
        return Err(impossible(
            format!("{} brings no message", named(target)),
            "`--to` sends a message to other mail addresses; a file goes to the name that its channel says",
        ));
    }
    let all = deliveries(db, run, Target::Run(RunId(run))).await?;
    let key: String = query("select key from run where id = $1").bind(run).fetch_value(db).await?;
    let mut decided = Vec::new();
    for message in messages {
        for address in to.iter().collect::<BTreeSet<_>>() {
            let there = all
                .iter()
                .find(|it| it.decided.channel == message.decided.channel && it.decided.recipient == *address);
            decided.push(match there {
                Some(there) => again_to(db, run, there, message).await?,
                None => first_to(db, &key, message, address).await?,
            });
        }
    }
    Ok(decided)
}

/// To an address that has had something of this run by this channel.
async fn again_to(db: &mut Db, run: i64, there: &Known, message: &Known) -> Result<Decided, Fault> {
    let delivery = there.decided.delivery;
    let impossible = |what, hint| Fault::Ledger(LedgerError::Impossible { what, hint });
    if there.artifact != message.artifact {
        return Err(impossible(
            format!("{} gets another message of run {run}: d{delivery}", there.decided.recipient),
            "name that delivery",
        ));
    }
    if reopen(db, run, Target::Delivery(delivery), ENDED).await? == 0 {
        return Err(impossible(
            format!("the message to {} is still under way: d{delivery}", there.decided.recipient),
            "`parte retry` makes what waits due now",
        ));
    }
    Ok(there.decided.clone())
}

async fn first_to(db: &mut Db, run_key: &str, message: &Known, address: &str) -> Result<Decided, Fault> {
    let channel = &message.decided.channel;
    let id: i64 = query(
        "insert into delivery (key, run_id, channel, recipient, artifact_id, hold, state, next_attempt_at, created_at)
         select $2, run_id, channel, $3, artifact_id, hold, 'pending', (select now from clock), (select now from clock)
         from delivery where id = $1
         returning id",
    )
    .bind(message.decided.delivery.0)
    .bind(delivery_key(run_key, channel, address))
    .bind(address)
    .fetch_value(db)
    .await?;
    let decided = &message.decided;
    Ok(Decided { delivery: DeliveryId(id), recipient: address.to_owned(), was: None, ..decided.clone() })
}

async fn retry_locked(db: &mut Db, run: i64, target: Target, since: i64) -> Result<Retried, Fault> {
    let mut retried = Retried::default();
    let by_name = since == 0;
    let queued = query(
        "update run set state = 'queued', finished_at = null, next_attempt_at = (select now from clock),
                attempts = case when state = 'queued' then attempts else 0 end
         where id = $1 and not exists (select 1 from delivery where run_id = run.id)
           and ($2 and state in ('failed', 'cancelled')
                or state = 'queued' and next_attempt_at > (select now from clock))",
    )
    .bind(run)
    .bind(by_name)
    .execute(db)
    .await?;
    if queued > 0 {
        retried.runs.push(RunId(run));
        return Ok(retried);
    }
    let ids: Vec<i64> = query(format!(
        "select id from delivery
         where run_id = $1 and ($2 is null or id = $2)
           and (state in ('pending', 'retry') and next_attempt_at > (select now from clock)
                or $4 and state = 'retry'
                or state in ({FAILED}) and done_at >= $3)
         order by id"
    ))
    .bind(run)
    .bind(parts(target).1)
    .bind(since)
    // its time may have come just now, and nobody is there to do it
    .bind(by_name)
    .fetch_values(db)
    .await?;
    if ids.is_empty() {
        return Ok(retried);
    }
    let chosen: BTreeSet<i64> = ids.into_iter().collect();
    let known = deliveries(db, run, target).await?.into_iter().map(|it| it.decided);
    retried.deliveries = known.filter(|it| chosen.contains(&it.delivery.0)).collect();
    query(
        "update delivery set next_attempt_at = (select now from clock)
         where run_id = $1 and ($2 is null or id = $2) and state in ('pending', 'retry')",
    )
    .bind(run)
    .bind(parts(target).1)
    .execute(db)
    .await?;
    reopen_since(db, run, target, FAILED, since).await?;
    open_run(db, run).await?;
    Ok(retried)
}

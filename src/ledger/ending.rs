//! How tries, deliveries and runs end. Never: how they begin.

use super::error::Fault;
use super::row::{count, span};
use super::runs::one;
use super::sql::{Db, query};
use super::{
    AttemptOutcome, DeliveryId, DeliveryState, Fence, LedgerError, MAX_DELIVERY_ATTEMPTS, delivery_wait,
};
use std::time::Duration;

/// What became of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finish {
    /// The peer has it.
    Done {
        /// What proves it, in the peer's words.
        receipt: String,
    },
    /// Not now.
    Retry {
        /// What happened.
        error: String,
        /// How long to wait, from the moment this is recorded.
        wait: Duration,
    },
    /// Never this way.
    Refused {
        /// What happened.
        error: String,
    },
    /// The peer may or may not have it.
    InDoubt {
        /// What happened.
        error: String,
    },
    /// Tried as often as it may be.
    Dead {
        /// What happened the last time.
        error: String,
    },
    /// Let go of in the middle, because the program stops: another worker may try at once.
    Released,
}

/// When a delivery is tried next that somebody called off while it was on its way: 9999-12-31.
pub(super) const NEVER: i64 = 253_402_214_400_000_000;

/// Did a try of this row of `delivery` end in doubt, since somebody had it sent again?
pub(super) const DOUBTED: &str = "exists (select 1 from attempt
    where delivery_id = delivery.id and outcome = 'in_doubt' and number > tries_before)";

/// How a try that is under way ended.
pub(super) enum Ending {
    /// Its worker says so.
    Said(Finish),
    /// Its worker was not heard of again.
    Abandoned,
}

/// What counts for a try's end.
struct Try {
    run: i64,
    key: String,
    worker: String,
    /// This one included, since somebody had it sent again.
    tries: u32,
    /// Somebody called it off: there is no further try.
    last: bool,
    data_sent: bool,
    doubted_before: bool,
    /// In doubt it is held at once: nobody gets it twice then.
    hold: bool,
}

/// What follows a try: the delivery's state, after which wait, what its attempt says, and the words kept with both.
struct Verdict {
    state: DeliveryState,
    wait: Duration,
    outcome: AttemptOutcome,
    detail: String,
}

impl Verdict {
    fn of(ending: Ending, tried: &Try) -> Self {
        let now = |state, outcome, detail| Self { state, wait: Duration::ZERO, outcome, detail };
        let worker = &tried.worker;
        match ending {
            Ending::Said(Finish::Done { receipt }) => now(DeliveryState::Done, AttemptOutcome::Done, receipt),
            Ending::Said(Finish::Refused { error }) => {
                now(DeliveryState::Refused, AttemptOutcome::Refused, error)
            }
            Ending::Said(Finish::Dead { error }) => now(DeliveryState::Dead, AttemptOutcome::Dead, error),
            Ending::Said(Finish::Retry { error, wait }) => {
                Self { wait, ..now(DeliveryState::Retry, AttemptOutcome::Retry, error) }
            }
            Ending::Said(Finish::InDoubt { error }) => Self::doubt(error, tried),
            Ending::Said(Finish::Released) if tried.data_sent => {
                Self::doubt(format!("{worker} was stopped before the peer had answered"), tried)
            }
            Ending::Said(Finish::Released) => {
                now(DeliveryState::Pending, AttemptOutcome::Released, format!("{worker} was stopped"))
            }
            Ending::Abandoned if tried.data_sent => {
                Self::doubt(format!("{worker} was not heard of again before the peer had answered"), tried)
            }
            Ending::Abandoned => {
                let detail = format!("{worker} was not heard of again");
                // What kills every worker that touches it must end some time.
                if tried.tries >= MAX_DELIVERY_ATTEMPTS {
                    now(DeliveryState::Dead, AttemptOutcome::Dead, detail)
                } else {
                    now(DeliveryState::Pending, AttemptOutcome::Abandoned, detail)
                }
            }
        }
    }

    /// Where an earlier try ended in doubt the peer may have it all the same: then it is not said to be refused, dead or called off.
    fn unless_doubted(self, tried: &Try) -> Self {
        let nobody_has_it =
            matches!(self.state, DeliveryState::Refused | DeliveryState::Dead | DeliveryState::Cancelled);
        if !(tried.doubted_before && nobody_has_it) {
            return self;
        }
        let detail = format!("{} (an earlier try ended in doubt)", self.detail);
        Self { state: DeliveryState::InDoubt, detail, ..self }
    }

    /// What would be tried again is called off instead, where somebody said so in the meantime.
    fn unless_called_off(self, tried: &Try) -> Self {
        let again = matches!(self.state, DeliveryState::Retry | DeliveryState::Pending);
        if tried.last && again { Self { state: DeliveryState::Cancelled, ..self } } else { self }
    }

    /// It is sent once more, under the same Message-ID or key, unless it is to be held or was in doubt before: no report is
    /// lost then, and nobody gets it more than twice.
    fn doubt(detail: String, tried: &Try) -> Self {
        let once_more = !tried.hold && !tried.doubted_before && !tried.last;
        let again = if once_more { delivery_wait(&tried.key, tried.tries, None) } else { None };
        let state = if again.is_some() { DeliveryState::Retry } else { DeliveryState::InDoubt };
        Self { state, wait: again.unwrap_or_default(), outcome: AttemptOutcome::InDoubt, detail }
    }
}

/// Ends the try that is under way, if it is still this fence's, and says where the delivery stands then.
pub(super) async fn end_try(
    db: &mut Db,
    delivery: DeliveryId,
    fence: Fence,
    ending: Ending,
) -> Result<DeliveryState, Fault> {
    lock_run_of(db, delivery).await?;
    let row = query(format!(
        "select run_id, key, worker, attempts - tries_before as tries, hold, data_sent_at is not null as data_sent,
                next_attempt_at = $3 as last, {DOUBTED} as doubted
         from delivery where id = $1 and fence = $2 and state = 'sending'"
    ))
    .bind(delivery.0)
    .bind(fence.0)
    .bind(NEVER)
    .fetch_optional(db)
    .await?
    .ok_or_else(|| LedgerError::stale_delivery(delivery))?;
    let tried = Try {
        run: row.try_get("run_id")?,
        key: row.try_get("key")?,
        worker: row.try_get("worker")?,
        tries: count(&row, "tries")?,
        last: row.try_get("last")?,
        data_sent: row.try_get("data_sent")?,
        doubted_before: row.try_get("doubted")?,
        hold: row.try_get("hold")?,
    };
    let verdict = Verdict::of(ending, &tried).unless_called_off(&tried).unless_doubted(&tried);
    record_verdict(db, delivery, fence, &verdict).await?;
    end_run(db, tried.run).await?;
    Ok(verdict.state)
}

/// Of two deliveries of a run that end at the same time the second one sees that the first has: the last one ends the
/// run. Whoever locks a run and its deliveries locks the run first, so that nobody waits in a circle.
pub(super) async fn lock_run_of(db: &mut Db, delivery: DeliveryId) -> Result<(), Fault> {
    if db.is_sqlite() {
        return Ok(());
    }
    let locking = db.locking();
    query(format!("select 1 from run where id = (select run_id from delivery where id = $1) {locking}"))
        .bind(delivery.0)
        .fetch_optional(db)
        .await?;
    Ok(())
}

async fn record_verdict(
    db: &mut Db,
    delivery: DeliveryId,
    fence: Fence,
    verdict: &Verdict,
) -> Result<(), Fault> {
    let ended = query(
        "update delivery set state = $3, lease_until = null,
                next_attempt_at = (select now from clock) + $4,
                last_error = case when $3 = 'done' then null else $5 end,
                receipt = case when $3 = 'done' then $5 end,
                done_at = case when $6 then (select now from clock) end
         where id = $1 and fence = $2 and state = 'sending'",
    )
    .bind(delivery.0)
    .bind(fence.0)
    .bind(verdict.state.as_str())
    .bind(span(verdict.wait))
    .bind(&verdict.detail)
    .bind(verdict.state.is_final())
    .execute(db)
    .await?;
    one(ended, || LedgerError::stale_delivery(delivery))?;
    query(
        "insert into attempt (delivery_id, number, worker, started_at, finished_at, outcome, detail)
         select id, attempts, worker, started_at, (select now from clock), $2, $3 from delivery where id = $1",
    )
    .bind(delivery.0)
    .bind(verdict.outcome.as_str())
    .bind(&verdict.detail)
    .execute(db)
    .await?;
    Ok(())
}

/// Ends a run whose deliveries have all ended.
pub(super) async fn end_run(db: &mut Db, run: i64) -> Result<(), Fault> {
    // One that is open is found at once, by an index of these; thousands would take long to count after each of them.
    let goes_on: bool = query(
        "select exists (select 1 from delivery where run_id = $1 and state in ('pending', 'sending', 'retry'))",
    )
    .bind(run)
    .fetch_value(db)
    .await?;
    if goes_on {
        return Ok(());
    }
    query(
        "update run set finished_at = (select now from clock),
                state = case
                    when t.done = t.planned then 'done'
                    when t.done + t.in_doubt > 0 then 'partial'
                    when t.cancelled = t.planned then 'cancelled'
                    else 'failed' end,
                error = case when t.done < t.planned
                    then (t.planned - t.done) || ' of ' || t.planned || ' deliveries not done' end
         from (select count(*) as planned,
                      count(*) filter (where state = 'done') as done,
                      count(*) filter (where state = 'in_doubt') as in_doubt,
                      count(*) filter (where state = 'cancelled') as cancelled,
                      count(*) filter (where state in ('pending', 'sending', 'retry')) as open
               from delivery where run_id = $1) t
         where id = $1 and run.state = 'delivering' and t.open = 0",
    )
    .bind(run)
    .execute(db)
    .await?;
    Ok(())
}

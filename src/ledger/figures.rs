//! The record in numbers, for machines that watch: how many runs, deliveries and tries, how long they took, what waits. Never:
//! what the numbers are called.

use super::error::Fault;
use super::row::word;
use super::sql::{Row, query};
use super::{AttemptOutcome, DeliveryState, Ledger, LedgerError, RunState};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::time::Duration;

/// Upper bounds of the classes that lengths of runs are counted in, in seconds.
pub const DURATION_BOUNDS: [u32; 9] = [1, 5, 15, 60, 300, 900, 3600, 21_600, 86_400];

/// How long the runs of a report took, from the beginning of the last try to the end of the last delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunDurations {
    /// The report.
    pub report: String,
    /// How many took at most as long as each of [`DURATION_BOUNDS`].
    pub at_most: Vec<u64>,
    /// How many there are.
    pub count: u64,
    /// All together.
    pub sum: Duration,
}

/// The record in numbers. Notices to owners are no runs here; their deliveries are deliveries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Runs by report and state.
    pub runs: Vec<(String, RunState, u64)>,
    /// Runs that were begun and have ended, by report.
    pub durations: Vec<RunDurations>,
    /// Deliveries by channel and state.
    pub deliveries: Vec<(String, DeliveryState, u64)>,
    /// Tries that ended, by channel and outcome.
    pub attempts: Vec<(String, AttemptOutcome, u64)>,
    /// How long the run has been due that waits longest.
    pub oldest_run: Duration,
    /// How long the delivery has been due that waits longest.
    pub oldest_delivery: Duration,
    /// Up to where the firings of reports are decided.
    pub decided: BTreeMap<String, DateTime<Utc>>,
}

impl Ledger {
    /// The record in numbers.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn figures(&self) -> Result<Figures, LedgerError> {
        self.count_all().await.map_err(|fault| self.fault(fault))
    }

    async fn count_all(&self) -> Result<Figures, Fault> {
        let mut db = self.reader().await?;
        let runs = query(
            "select report, state, count(*) as n from run where cause <> 'notice'
             group by report, state order by report, state",
        )
        .fetch_all(&mut db)
        .await?;
        let deliveries =
            query("select channel, state, count(*) as n from delivery group by channel, state order by channel, state")
                .fetch_all(&mut db)
                .await?;
        let attempts = query(
            "select d.channel, a.outcome, count(*) as n from attempt a join delivery d on d.id = a.delivery_id
             group by d.channel, a.outcome order by d.channel, a.outcome",
        )
        .fetch_all(&mut db)
        .await?;
        let classes: String = DURATION_BOUNDS
            .iter()
            .map(|bound| format!(", count(*) filter (where took <= {bound}000000) as at_most_{bound}"))
            .collect();
        let durations = query(format!(
            "select report, count(*) as n, cast(sum(took) as bigint) as total {classes}
             from (select report, finished_at - started_at as took from run
                   where cause <> 'notice' and started_at is not null and finished_at is not null and state <> 'held') t
             group by report order by report"
        ))
        .fetch_all(&mut db)
        .await?;
        let waits = query(
            "select (select now from clock) - coalesce((select min(next_attempt_at) from run where state = 'queued'),
                                                       (select now from clock)) as runs,
                    (select now from clock) - coalesce((select min(next_attempt_at) from delivery
                                                        where state in ('pending', 'retry')),
                                                       (select now from clock)) as deliveries",
        )
        .fetch_one(&mut db)
        .await?;
        let decided = query(
            "select report, max(through) as through from firing_mark where report <> '' group by report",
        )
        .fetch_all(&mut db)
        .await?;
        Ok(Figures {
            runs: runs
                .iter()
                .map(|row| counted(row, "report", "state", RunState::parse))
                .collect::<Result<_, _>>()?,
            durations: durations.iter().map(durations_of).collect::<Result<_, _>>()?,
            deliveries: deliveries
                .iter()
                .map(|row| counted(row, "channel", "state", DeliveryState::parse))
                .collect::<Result<_, _>>()?,
            attempts: attempts
                .iter()
                .map(|row| counted(row, "channel", "outcome", AttemptOutcome::parse))
                .collect::<Result<_, _>>()?,
            oldest_run: micros_long(&waits, "runs")?,
            oldest_delivery: micros_long(&waits, "deliveries")?,
            decided: decided
                .iter()
                .map(|row| Ok((row.try_get("report")?, super::row::instant(row, "through")?)))
                .collect::<Result<_, Fault>>()?,
        })
    }
}

fn counted<T>(
    row: &Row,
    name: &str,
    column: &str,
    parse: fn(&str) -> Option<T>,
) -> Result<(String, T, u64), Fault> {
    Ok((row.try_get(name)?, word(row, column, parse)?, number(row, "n")?))
}

fn durations_of(row: &Row) -> Result<RunDurations, Fault> {
    Ok(RunDurations {
        report: row.try_get("report")?,
        at_most: DURATION_BOUNDS
            .iter()
            .map(|bound| number(row, &format!("at_most_{bound}")))
            .collect::<Result<_, _>>()?,
        count: number(row, "n")?,
        sum: micros_long(row, "total")?,
    })
}

fn number(row: &Row, column: &str) -> Result<u64, Fault> {
    let number: i64 = row.try_get(column)?;
    u64::try_from(number).map_err(|_| Fault::Unreadable(format!("`{column}` counts {number}")))
}

/// A length; one that is not over yet has none.
fn micros_long(row: &Row, column: &str) -> Result<Duration, Fault> {
    let micros: i64 = row.try_get(column)?;
    Ok(Duration::from_micros(u64::try_from(micros).unwrap_or(0)))
}

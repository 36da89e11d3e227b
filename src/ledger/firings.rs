//! Firings of schedules: up to where they have been decided, and what was decided. Never: when a schedule fires.

use super::error::Fault;
use super::overlap::Unmade;
use super::row::{micros, of_micros};
use super::rows::Rows;
use super::runs::{NewRow, insert_all};
use super::sql::{Db, Query, query};
use super::{Enqueued, Ledger, LedgerError, NewRun};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// Rows that one statement writes: what a statement costs is shared, and its values stay far from any limit.
const AT_ONCE: usize = 200;

/// A firing and what is done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firing {
    /// The run it asks for.
    pub run: NewRun,
    /// Only recorded, not made up for.
    pub missed: bool,
}

/// What is decided about the firings of one schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecidedFirings {
    /// Name of the report.
    pub report: String,
    /// Its schedule.
    pub schedule: String,
    /// All firings up to here are decided.
    pub through: DateTime<Utc>,
    /// A firing that comes while the run of an earlier one is still to be made is missed.
    pub skip_overlapping: bool,
    /// Those that are recorded, in order.
    pub firings: Vec<Firing>,
}

impl Ledger {
    /// Up to which instant the firings of this schedule of this report have been decided; see [`Ledger::begin_schedules`].
    ///
    /// # Errors
    /// When the record cannot be read or written.
    pub async fn begin_schedule(
        &self,
        report: &str,
        schedule: &str,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, LedgerError> {
        let marks = self.begin_schedules(vec![(report.to_owned(), schedule.to_owned())], now).await?;
        Ok(marks.get(report).copied().unwrap_or(now))
    }

    /// Up to which instant the firings of each report's schedule have been decided, by report. A schedule that was never seen before
    /// begins at `now`: what it would have fired earlier is nobody's loss. Earlier schedules of these reports are
    /// forgotten: should one return, it begins anew and nothing is caught up.
    ///
    /// # Errors
    /// When the record cannot be read or written.
    pub async fn begin_schedules(
        &self,
        mut schedules: Vec<(String, String)>,
        now: DateTime<Utc>,
    ) -> Result<BTreeMap<String, DateTime<Utc>>, LedgerError> {
        schedules.sort_unstable();
        // Mostly all are known, and who only looks does not stand in a writer's way.
        let mut marks = self.marks(&schedules).await?;
        let known = marks.keys().filter(|(report, schedule)| is_among(&schedules, report, schedule)).count();
        if known < schedules.len() || marks.len() > known {
            let others: Vec<(String, String)> = marks
                .keys()
                .filter(|(report, schedule)| !is_among(&schedules, report, schedule))
                .cloned()
                .collect();
            let begun = schedules.clone();
            self.write(move |db| Box::pin(async move { begin(db, &begun, &others, now).await })).await?;
            marks = self.marks(&schedules).await?;
        }
        Ok(marks
            .into_iter()
            .filter(|((report, schedule), _)| is_among(&schedules, report, schedule))
            .map(|((report, _), through)| (report, through))
            .collect())
    }

    /// Forgets the schedules of these reports: should one return, it begins anew.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub async fn forget_schedules(&self, reports: Vec<String>) -> Result<(), LedgerError> {
        self.write(move |db| {
            Box::pin(async move {
                for report in reports {
                    query("delete from firing_mark where report = $1").bind(report).execute(db).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Up to which instant firings have been decided, by report and schedule, of the reports that are asked about.
    async fn marks(
        &self,
        schedules: &[(String, String)],
    ) -> Result<BTreeMap<(String, String), DateTime<Utc>>, LedgerError> {
        let asked: std::collections::BTreeSet<&str> =
            schedules.iter().map(|(report, _)| report.as_str()).collect();
        let rows = query("select report, schedule, through from firing_mark")
            .fetch_all(&mut self.reader().await?)
            .await
            .map_err(|e| self.fault(e))?;
        rows.iter()
            .map(|row| {
                let key: (String, String) = (row.try_get("report")?, row.try_get("schedule")?);
                Ok((key, of_micros(row.try_get("through")?, "through")?))
            })
            .filter(|mark| mark.as_ref().map_or(true, |((report, _), _)| asked.contains(report.as_str())))
            .collect::<Result<_, Fault>>()
            .map_err(|fault| self.fault(fault))
    }

    /// Records what is done about the firings of one schedule; see [`Ledger::record_decided`].
    ///
    /// # Errors
    /// When the record cannot be written: then none of it is.
    pub async fn record_firings(
        &self,
        report: &str,
        schedule: &str,
        through: DateTime<Utc>,
        firings: Vec<Firing>,
    ) -> Result<Vec<Enqueued>, LedgerError> {
        let (report, schedule) = (report.to_owned(), schedule.to_owned());
        let skip_overlapping = false;
        self.record_decided(vec![DecidedFirings { report, schedule, through, skip_overlapping, firings }])
            .await
    }

    /// Records what is done about firings of schedules, and up to where they are decided, all in one step. A firing that
    /// another scheduler had recorded stays as it is. Returns the runs of all firings, in order.
    ///
    /// # Errors
    /// When the record cannot be written: then none of it is.
    pub async fn record_decided(&self, decided: Vec<DecidedFirings>) -> Result<Vec<Enqueued>, LedgerError> {
        self.write(move |db| {
            Box::pin(async move {
                let skipping = decided.iter().any(|it| it.skip_overlapping && !it.firings.is_empty());
                let unmade = if skipping { Some(Unmade::read(db).await?) } else { None };
                let mut runs = Vec::new();
                let mut marks = Vec::with_capacity(decided.len());
                for DecidedFirings { report, schedule, through, skip_overlapping, firings } in &decided {
                    marks.push((report.as_str(), schedule.as_str(), *through));
                    let unmade = unmade.as_ref().filter(|_| *skip_overlapping);
                    runs.extend(firings.iter().map(|Firing { run, missed }| {
                        let overlapped = unmade.filter(|_| !missed).and_then(|unmade| unmade.before(run));
                        NewRow { run, missed: *missed || overlapped.is_some(), overlapped }
                    }));
                }
                let mut enqueued = Vec::with_capacity(runs.len());
                for some in runs.chunks(AT_ONCE) {
                    enqueued.extend(insert_all(db, some).await?);
                }
                for some in marks.chunks(AT_ONCE) {
                    let raise = "do update set through = excluded.through where firing_mark.through < excluded.through";
                    mark(some, raise).execute(db).await?;
                }
                Ok(enqueued)
            })
        })
        .await
    }

    /// The latest instant for which a schedule of this report has a run, done or missed; `None` when it never had.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn last_scheduled(&self, report: &str) -> Result<Option<DateTime<Utc>>, LedgerError> {
        let last: Option<i64> = query(
            "select max(scheduled_for) from run where report = $1 and cause not in ('manual', 'notice')",
        )
        .bind(report)
        .fetch_value(&mut self.reader().await?)
        .await
        .map_err(|e| self.fault(e))?;
        last.map(|micros| of_micros(micros, "scheduled_for").map_err(|fault| self.fault(fault))).transpose()
    }
}

/// Is this the schedule of this report? They are sorted, and each report is there once.
fn is_among(schedules: &[(String, String)], report: &str, schedule: &str) -> bool {
    schedules
        .binary_search_by(|(known, _)| known.as_str().cmp(report))
        .is_ok_and(|at| schedules[at].1 == schedule)
}

async fn begin(
    db: &mut Db,
    schedules: &[(String, String)],
    others: &[(String, String)],
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    let marks: Vec<Mark<'_>> =
        schedules.iter().map(|(report, schedule)| (report.as_str(), schedule.as_str(), now)).collect();
    for some in marks.chunks(AT_ONCE) {
        mark(some, "do nothing").execute(db).await?;
    }
    for (report, schedule) in others {
        query("delete from firing_mark where report = $1 and schedule = $2")
            .bind(report)
            .bind(schedule)
            .execute(db)
            .await?;
    }
    Ok(())
}

/// A report, its schedule, and up to where that is decided.
type Mark<'a> = (&'a str, &'a str, DateTime<Utc>);

/// Writes marks; where there is one of the same schedule already, this is done.
fn mark<'q>(marks: &[Mark<'q>], otherwise: &str) -> Query<'q> {
    Rows::default()
        .column("report", marks.iter().map(|mark| mark.0))
        .column("schedule", marks.iter().map(|mark| mark.1))
        .column("through", marks.iter().map(|mark| micros(mark.2)))
        .statement(|it| {
            format!(
                "insert into firing_mark ({}) select {} from {} where true on conflict (report, schedule) {otherwise}",
                it.names(),
                it.values(),
                it.source
            )
        })
}

//! What is due: compares every schedule with what the ledger says was decided, and enqueues runs. Never: does them.
//!
//! tokio-cron-scheduler only wakes this up, every second in UTC. What is due never depends on when that was: it is
//! every firing after the last decided one, so a tick that comes minutes late, or twice, changes nothing.

pub mod syncs;

use crate::calendar::Schedule;
use crate::clock;
use crate::definition::{CatchUp, Definitions, Overlap, Report, ReportId};
use crate::ledger::{DecidedFirings, Enqueued, Firing, Ledger, LedgerError, NewRun, Trigger};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

/// A firing noticed this much later is still on time: a tick may be late, a machine may have been restarted.
const GRACE: TimeDelta = TimeDelta::minutes(10);

/// A firing older than this is not made up for: its report would be history.
const MAX_AGE: TimeDelta = TimeDelta::days(7);

/// Firings older than this are not even counted, so that an old ledger and a busy schedule start at once.
const HORIZON: TimeDelta = TimeDelta::days(100);

/// Of all firings missed at once, the latest so many are recorded.
const MOST: usize = 1000;

/// Wakes up at least this often by the clock that cannot be set: the wake-up tick follows the wall clock, and one
/// that was set back by an hour would be silent for an hour.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// What is done about a firing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueKind {
    /// It is on time.
    OnTime,
    /// It is late, and made up for.
    CatchUp,
    /// It is late, and only recorded.
    Missed,
}

/// A firing that has not been decided yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The instant it fired.
    pub scheduled_for: DateTime<Utc>,
    /// What is done about it.
    pub kind: DueKind,
}

/// The firings of a report after `last` and not after `now`, in order, with what is done about each: those of the
/// last ten minutes are on time (later by the delay of a jittered schedule); of the late ones none, the latest or all are made up for, as the report says,
/// and none that is older than seven days. With `latest`, a firing that is on time stands for the late ones. Where runs are not to
/// overlap, of those that would be run the latest is, and the others are missed.
#[must_use]
pub fn due(report: &Report, last: DateTime<Utc>, now: DateTime<Utc>) -> Vec<Due> {
    let Some(schedule) = &report.schedule else { return Vec::new() };
    let next_after = |after| next_firing(report, schedule, after);
    let mut due = decide(report.catch_up, last, on_time(report, schedule, now), next_after);
    if report.overlap == Overlap::Skip {
        // Each but the latest would have its run still to be made when the next one fires.
        let others = due.iter_mut().rev().filter(|due| due.kind != DueKind::Missed).skip(1);
        others.for_each(|due| due.kind = DueKind::Missed);
    }
    due
}

/// How late the first firing is about which nothing is decided, when all up to `through` are; zero when there is none yet.
#[must_use]
pub fn lag(report: &Report, through: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    let Some(schedule) = &report.schedule else { return Duration::ZERO };
    let until = on_time(report, schedule, now);
    let next = next_firing(report, schedule, through);
    next.and_then(|next| (until - next).to_std().ok()).unwrap_or_default()
}

/// The firings that are due at `now` are those up to here: a jittered schedule's work begins later than it fires, and is late only
/// after that.
fn on_time(report: &Report, schedule: &Schedule, now: DateTime<Utc>) -> DateTime<Utc> {
    now.checked_sub_signed(schedule.delay(report.id.as_str())).unwrap_or(now)
}

fn next_firing(report: &Report, schedule: &Schedule, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
    schedule.next_after(after, report.zone, &report.workdays)
}

fn decide(
    catch_up: CatchUp,
    last: DateTime<Utc>,
    now: DateTime<Utc>,
    next_after: impl Fn(DateTime<Utc>) -> Option<DateTime<Utc>>,
) -> Vec<Due> {
    let mut firings = VecDeque::new();
    let mut at = last.max(now - HORIZON);
    while let Some(next) = next_after(at).filter(|next| *next > at && *next <= now) {
        if firings.len() == MOST {
            firings.pop_front();
        }
        firings.push_back(next);
        at = next;
    }
    let latest = firings.back().copied();
    let kind = |firing: DateTime<Utc>| {
        let age = now - firing;
        if age <= GRACE {
            DueKind::OnTime
        } else if age > MAX_AGE {
            DueKind::Missed
        } else {
            match catch_up {
                CatchUp::All => DueKind::CatchUp,
                CatchUp::Latest if Some(firing) == latest => DueKind::CatchUp,
                CatchUp::Latest | CatchUp::None => DueKind::Missed,
            }
        }
    };
    firings.iter().map(|&firing| Due { scheduled_for: firing, kind: kind(firing) }).collect()
}

/// Why the scheduler cannot work.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("failed to start the wake-up tick")]
#[diagnostic(help("this is a fault in Parte: please report it"))]
pub struct SchedulerError {
    #[from]
    source: JobSchedulerError,
}

/// Enqueues what is due. Several schedulers, here or elsewhere, may share a ledger: a firing is enqueued once.
pub struct Scheduler {
    ledger: Ledger,
    definitions: watch::Receiver<Arc<Definitions>>,
    /// The first firing of each report that is not decided, so that a tick at which nothing is due asks nobody. A report that is not
    /// in it is one about which the ledger was not asked yet.
    watched: BTreeMap<ReportId, Option<DateTime<Utc>>>,
    bell: Arc<Notify>,
}

impl Scheduler {
    /// A scheduler for these reports; it follows the definitions when they change.
    #[must_use]
    pub fn new(ledger: Ledger, definitions: watch::Receiver<Arc<Definitions>>) -> Self {
        Self { ledger, definitions, watched: BTreeMap::new(), bell: Arc::default() }
    }

    /// The same, with a bell that is rung when runs were enqueued: who does them need not look all the time.
    #[must_use]
    pub fn ringing(self, bell: Arc<Notify>) -> Self {
        Self { bell, ..self }
    }

    /// Ticks every second until `stop` turns true (or its sender is gone). A ledger that cannot be written is
    /// reported and tried again at the next tick; nothing is lost meanwhile.
    ///
    /// # Errors
    /// When the wake-up tick cannot be started.
    pub async fn run_until(mut self, mut stop: watch::Receiver<bool>) -> Result<(), SchedulerError> {
        let wake = Arc::new(Notify::new());
        let mut ticker = JobScheduler::new().await?;
        let ring = Arc::clone(&wake);
        ticker
            .add(Job::new_async("* * * * * *", move |_, _| {
                ring.notify_one();
                Box::pin(async {})
            })?)
            .await?;
        ticker.start().await?;
        let mut failing = false;
        loop {
            match self.tick(clock::now()).await {
                Ok(_) => failing = false,
                // Said when it begins, not every second.
                Err(error) if !failing => {
                    failing = true;
                    tracing::error!(
                        error = error.in_full(),
                        "schedules cannot be recorded; trying again every second"
                    );
                }
                Err(_) => {}
            }
            tokio::select! {
                () = wake.notified() => {}
                () = tokio::time::sleep(LONGEST_SLEEP) => {}
                _ = stop.wait_for(|stop| *stop) => break,
            }
        }
        ticker.shutdown().await?;
        Ok(())
    }

    /// Enqueues what is due at `now` and returns the runs that are in the ledger for it, new or not.
    ///
    /// # Errors
    /// When the ledger cannot be written: the same is due at the next tick.
    pub async fn tick(&mut self, now: DateTime<Utc>) -> Result<Vec<Enqueued>, LedgerError> {
        let changed = self.definitions.has_changed().unwrap_or(false);
        let definitions = Arc::clone(&self.definitions.borrow_and_update());
        if changed {
            self.forget_removed(&definitions).await?;
        }
        let is_due = |report: &Report, schedule: &Schedule| {
            let next = self.watched.get(&report.id);
            next.is_none_or(|next| next.is_some_and(|next| next <= on_time(report, schedule, now)))
        };
        let due: Vec<(&Report, &Schedule)> = definitions
            .reports
            .iter()
            .filter_map(|report| Some((report, report.schedule.as_ref()?)))
            .filter(|(report, schedule)| is_due(report, schedule))
            .collect();
        if due.is_empty() { Ok(Vec::new()) } else { self.decide(&due, now).await }
    }

    /// A report that is no longer defined, or has no schedule any more, and returns later begins anew.
    async fn forget_removed(&mut self, definitions: &Definitions) -> Result<(), LedgerError> {
        let scheduled: BTreeSet<&ReportId> = definitions
            .reports
            .iter()
            .filter(|report| report.schedule.is_some())
            .map(|report| &report.id)
            .collect();
        let removed: Vec<String> =
            self.watched.keys().filter(|id| !scheduled.contains(id)).map(ToString::to_string).collect();
        // Should what follows fail, the schedule is only remembered.
        self.watched.clear();
        if removed.is_empty() { Ok(()) } else { self.ledger.forget_schedules(removed).await }
    }

    /// Decides about the firings of these reports up to `now`, from where the ledger says that they are decided (another scheduler,
    /// or somebody who let a paused report go on, may have been there), and records all of it in one step.
    async fn decide(
        &mut self,
        reports: &[(&Report, &Schedule)],
        now: DateTime<Utc>,
    ) -> Result<Vec<Enqueued>, LedgerError> {
        let names: Vec<String> =
            reports.iter().map(|(report, schedule)| schedule_name(report, schedule)).collect();
        let schedules =
            reports.iter().zip(&names).map(|((report, _), name)| (report.id.to_string(), name.clone()));
        // Before the marks: a report that somebody lets go on in between has its mark raised already, and makes up for nothing.
        let pauses: BTreeSet<String> =
            self.ledger.pauses().await?.into_iter().map(|pause| pause.report).collect();
        let marks = self.ledger.begin_schedules(schedules.collect(), now).await?;
        let mut decided = Vec::new();
        let mut nexts = Vec::with_capacity(reports.len());
        for ((report, schedule), name) in reports.iter().zip(names) {
            let mut through = marks.get(report.id.as_str()).copied().unwrap_or(now);
            let until = on_time(report, schedule, now);
            if next_firing(report, schedule, through).is_some_and(|next| next <= until) {
                let due = due(report, through, now);
                // Beyond the horizon nothing is listed, yet it is decided.
                through = due.last().map_or(until, |due| due.scheduled_for);
                // What a paused report would have fired is nobody's loss.
                let paused = report.paused || pauses.contains(report.id.as_str());
                let firings = if paused { Vec::new() } else { firings(&self.ledger, report, &due).await? };
                decided.push(DecidedFirings {
                    report: report.id.to_string(),
                    schedule: name,
                    through,
                    skip_overlapping: report.overlap == Overlap::Skip,
                    firings,
                });
            }
            nexts.push((report.id.clone(), next_firing(report, schedule, through)));
        }
        let enqueued =
            if decided.is_empty() { Vec::new() } else { self.ledger.record_decided(decided.clone()).await? };
        self.watched.extend(nexts);
        self.tell(&decided, &enqueued);
        Ok(enqueued)
    }

    /// Says what was enqueued and what was missed, and rings for who does it.
    fn tell(&self, decided: &[DecidedFirings], enqueued: &[Enqueued]) {
        let mut enqueued = enqueued.iter();
        for DecidedFirings { report, firings, .. } in decided {
            for (firing, enqueued) in firings.iter().zip(&mut enqueued) {
                let scheduled_for = firing.run.scheduled_for;
                match enqueued {
                    Enqueued::New(run) if !firing.missed => {
                        self.bell.notify_one();
                        tracing::info!(%run, report, %scheduled_for, trigger = %firing.run.trigger, "run enqueued");
                    }
                    Enqueued::Overlaps(run) => {
                        let why = "firing missed: the run before is still to be made";
                        tracing::warn!(%run, report, %scheduled_for, "{why}");
                    }
                    Enqueued::New(_) | Enqueued::Exists(_) => {}
                }
            }
            let missed = firings.iter().filter(|firing| firing.missed).count();
            if missed > 0 {
                tracing::warn!(report, missed, "firings missed and not made up for");
            }
        }
    }
}

/// The runs that firings ask for, in order. Of a report that goes on where the run before ended, each one is expected to
/// succeed; should one fail, the ledger lets the next begin earlier when it is taken.
async fn firings(ledger: &Ledger, report: &Report, due: &[Due]) -> Result<Vec<Firing>, LedgerError> {
    let mut firings: Vec<Firing> = Vec::with_capacity(due.len());
    let mut since: Option<NaiveDate> = None;
    for due in due {
        if report.continues() && since.is_none() {
            let today = due.scheduled_for.with_timezone(&report.zone).date_naive();
            since = ledger.reached(report.id.as_str(), &report.params.chosen(), today).await?;
        }
        let firing = firing(report, *due, since);
        if !firing.missed {
            since = Some(firing.run.period_to);
        }
        firings.push(firing);
    }
    Ok(firings)
}

/// A schedule is another one when its words, its bounds or its zone are.
fn schedule_name(report: &Report, schedule: &Schedule) -> String {
    format!("{} ({})", schedule.in_full(), report.zone)
}

/// The run that a firing asks for. Its period comes from the scheduled instant, however late it is noticed; `since`
/// is where a period begins that goes on where the one before ended.
fn firing(report: &Report, due: Due, since: Option<NaiveDate>) -> Firing {
    let period = report.period_at(due.scheduled_for, since);
    Firing {
        missed: due.kind == DueKind::Missed,
        run: NewRun {
            report: report.id.to_string(),
            scheduled_for: due.scheduled_for,
            trigger: if due.kind == DueKind::OnTime { Trigger::Schedule } else { Trigger::CatchUp },
            period_from: period.from(),
            period_to: period.to(),
            zone: period.zone().to_string(),
            deliver: true,
            formats: Vec::new(),
            params: report.params.texts(),
            chosen: report.params.chosen(),
            continues: report.continues(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DueKind::{CatchUp as Late, Missed, OnTime};

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// Fires every `minutes` minutes, counted from the epoch.
    fn every(minutes: i64) -> impl Fn(DateTime<Utc>) -> Option<DateTime<Utc>> {
        move |after| {
            let step = minutes * 60;
            DateTime::from_timestamp((after.timestamp().div_euclid(step) + 1) * step, 0)
        }
    }

    fn kinds(catch_up: CatchUp, last: &str, now: &str) -> Vec<DueKind> {
        decide(catch_up, at(last), at(now), every(24 * 60)).iter().map(|due| due.kind).collect()
    }

    #[test]
    fn three_days_away_are_made_up_for_as_the_report_says() {
        let (last, now) = ("2026-03-10T00:00:00Z", "2026-03-13T09:00:00Z");
        assert_eq!(kinds(CatchUp::None, last, now), [Missed, Missed, Missed]);
        assert_eq!(kinds(CatchUp::Latest, last, now), [Missed, Missed, Late]);
        assert_eq!(kinds(CatchUp::All, last, now), [Late, Late, Late]);
    }

    #[test]
    fn a_firing_on_time_stands_for_the_late_ones_when_only_the_latest_is_wanted() {
        let (last, now) = ("2026-03-10T00:00:00Z", "2026-03-13T00:02:00Z");
        assert_eq!(kinds(CatchUp::None, last, now), [Missed, Missed, OnTime]);
        assert_eq!(kinds(CatchUp::Latest, last, now), [Missed, Missed, OnTime]);
        assert_eq!(kinds(CatchUp::All, last, now), [Late, Late, OnTime]);
    }

    #[test]
    fn nothing_older_than_seven_days_is_made_up_for() {
        let kinds = kinds(CatchUp::All, "2026-03-01T00:00:00Z", "2026-03-12T09:00:00Z");
        assert_eq!(kinds, [Missed, Missed, Missed, Missed, Late, Late, Late, Late, Late, Late, Late]);
    }

    #[test]
    fn a_tick_that_is_minutes_late_loses_nothing_and_a_second_one_adds_nothing() {
        let fired = decide(CatchUp::None, at("2026-03-10T08:00:00Z"), at("2026-03-10T08:05:30Z"), every(1));
        assert_eq!(fired.len(), 5);
        assert!(fired.iter().all(|due| due.kind == OnTime));
        let again = decide(CatchUp::None, fired[4].scheduled_for, at("2026-03-10T08:05:31Z"), every(1));
        assert_eq!(again, []);
    }

    #[test]
    fn years_of_a_busy_schedule_are_cut_short() {
        let fired = decide(CatchUp::All, at("2016-01-01T00:00:00Z"), at("2026-03-10T08:00:30Z"), every(1));
        assert_eq!(fired.len(), MOST);
        assert_eq!(fired[MOST - 1], Due { scheduled_for: at("2026-03-10T08:00:00Z"), kind: OnTime });
    }

    #[test]
    fn a_clock_set_back_fires_nothing_again() {
        assert_eq!(
            decide(CatchUp::All, at("2026-03-10T08:00:00Z"), at("2026-03-10T07:00:00Z"), every(1)),
            []
        );
    }
}

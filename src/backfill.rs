//! Firings of the past that are run later: which of them, and one after the other. Never: when a schedule fires, how a
//! report is made.

use crate::definition::Report;
use crate::ledger::{
    BackfillId, BackfillStart, Ledger, LedgerError, NewRun, Reprocess, RunDetail, RunId, RunRow, RunState,
    Trigger,
};
use crate::plan::Upcoming;
use crate::worker::Worker;

/// What is done about a firing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It has no run: it gets one.
    Run,
    /// Its run is done again; the earlier one stays in the record.
    Again(RunId),
    /// This backfill had begun its run, and goes on with it.
    GoOn(RunId),
    /// Its run stays as it is.
    Leave(Left),
}

/// Why a run stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// It is there, and what is there is not done again.
    There,
    /// This backfill has done it before it was interrupted.
    DoneBefore,
    /// It has not ended; whoever has it goes on.
    UnderWay,
}

/// A firing, its run when it has one, and what is done about it.
#[derive(Debug, Clone)]
pub struct Step<'a> {
    /// The firing.
    pub firing: Upcoming<'a>,
    /// The run that counts for it now.
    pub existing: Option<RunRow>,
    /// What is done.
    pub decision: Decision,
}

/// What is done about each of these firings. `runs` are those that count for them now; `backfill` is the one that goes
/// on, when it does.
#[must_use]
pub fn steps<'a>(
    firings: Vec<Upcoming<'a>>,
    runs: &[RunRow],
    reprocess: Reprocess,
    backfill: Option<BackfillId>,
) -> Vec<Step<'a>> {
    let step = |firing: Upcoming<'a>| {
        let existing = runs.iter().find(|run| run.scheduled_for == firing.at).cloned();
        let decision = existing.as_ref().map_or(Decision::Run, |run| decide(run, reprocess, backfill));
        Step { firing, existing, decision }
    };
    firings.into_iter().map(step).collect()
}

fn decide(run: &RunRow, reprocess: Reprocess, backfill: Option<BackfillId>) -> Decision {
    let own = backfill.is_some() && run.backfill == backfill;
    match (run.state.is_final(), own) {
        (true, true) => Decision::Leave(Left::DoneBefore),
        (false, true) => Decision::GoOn(run.id),
        (false, false) => Decision::Leave(Left::UnderWay),
        (true, false) => {
            // What is held is made anew and judged anew; the earlier one is given up thereby.
            let failed =
                matches!(run.state, RunState::Failed | RunState::Partial | RunState::Missed | RunState::Held);
            match reprocess {
                Reprocess::All => Decision::Again(run.id),
                Reprocess::Failed if failed => Decision::Again(run.id),
                Reprocess::Failed | Reprocess::None => Decision::Leave(Left::There),
            }
        }
    }
}

/// Does what was decided about a firing, and says how its run stands then; `None` when it is left as it is.
///
/// # Errors
/// When the ledger cannot be used. A report that cannot be produced is no error here: the answer says so.
pub async fn take(
    ledger: &Ledger,
    worker: &Worker,
    backfill: BackfillId,
    step: &Step<'_>,
    deliver: bool,
) -> Result<Option<RunDetail>, LedgerError> {
    let replacing = match step.decision {
        Decision::Leave(_) => return Ok(None),
        Decision::GoOn(run) => return worker.drain_run(run).await.map(Some),
        Decision::Run => None,
        Decision::Again(run) => Some(run),
    };
    let run = new_run(step.firing.report, step, deliver);
    let options = worker.options();
    let started = ledger.start_backfill_run(backfill, run, replacing, &options.name, options.lease).await?;
    match started {
        BackfillStart::Claimed(claimed) => worker.do_claimed(*claimed).await.map(Some),
        // somebody was faster: what becomes of it is the answer
        BackfillStart::Taken(run) => worker.drain_run(run).await.map(Some),
    }
}

fn new_run(report: &Report, step: &Step<'_>, deliver: bool) -> NewRun {
    let period = &step.firing.period;
    NewRun {
        report: report.id.to_string(),
        scheduled_for: step.firing.at,
        trigger: Trigger::Backfill,
        period_from: period.from(),
        period_to: period.to(),
        zone: period.zone().name().to_owned(),
        deliver,
        formats: Vec::new(),
        params: report.params.texts(),
        chosen: report.params.chosen(),
        continues: report.continues(),
    }
}

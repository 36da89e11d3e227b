//! `parte backfill`: what a schedule would have fired in the past, one firing after the other.

use super::arguments::{self, Backfill as Asked};
use super::terminal::Terminal;
use super::when::day_or_instant;
use super::{Ended, runtime};
use crate::app::{self, Backfilled, Exit, Failure};
use crate::backfill::{Decision, Left, Step, steps};
use crate::clock;
use crate::definition::{Definitions, Report};
use crate::ledger::{Backfill, BackfillId, Ledger, Reprocess, RunDetail, RunState};
use crate::plan;
use chrono::{DateTime, NaiveDate, Utc};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::signal::unix::{SignalKind, signal};

/// More firings than this are more often a slip than meant.
const MOST: usize = 10_000;

#[derive(serde::Serialize)]
struct BackfillView<'a> {
    report: &'a str,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    reprocess: Reprocess,
    deliver: bool,
    dry_run: bool,
    goes_on: bool,
    firings: Vec<FiringView>,
    counts: Counts,
}

#[derive(serde::Serialize)]
struct FiringView {
    at: DateTime<Utc>,
    period: PeriodView,
    existing: Option<ExistingView>,
    decision: &'static str,
    run: Option<i64>,
    state: Option<RunState>,
    error: Option<String>,
}

#[derive(serde::Serialize)]
struct PeriodView {
    from: NaiveDate,
    to: NaiveDate,
}

#[derive(serde::Serialize)]
struct ExistingView {
    run: i64,
    state: RunState,
}

/// How many firings came to what.
#[derive(Debug, Default, Clone, Copy, serde::Serialize)]
struct Counts {
    firings: usize,
    done: usize,
    not_delivered: usize,
    held: usize,
    failed: usize,
    left: usize,
}

pub(super) fn backfill(arguments: &Asked, file: &Path, terminal: &Terminal) -> Ended {
    let definitions = Arc::new(super::definitions(file, terminal)?);
    let report = app::report(&definitions, &arguments.report, file)?;
    let asked = asked(arguments, report)?;
    // what is still to come is left for its schedule
    let to = asked.to.min(clock::now());
    if to < asked.to {
        terminal.remark("firings that are still to come are left to the schedule");
    }
    let firings = plan::backfill(report, asked.from, to, MOST + 1);
    if firings.len() > MOST {
        return Err(Failure::Argument {
            what: format!("more than {MOST} firings from {} to {}", arguments.from, arguments.to),
            hint: "name fewer days; a second backfill can do the rest".to_owned(),
        });
    }
    let runtime = runtime()?;
    if arguments.dry_run {
        return runtime.block_on(dry_run(arguments, &asked, firings, &definitions, terminal));
    }
    runtime.block_on(async {
        let ledger = app::ledger(&definitions).await?;
        let ended = run(arguments, &asked, firings, &definitions, &ledger, terminal).await;
        ledger.close().await;
        ended
    })
}

fn asked(arguments: &Asked, report: &Report) -> Result<Backfill, Failure> {
    if report.schedule.is_none() {
        return Err(Failure::Argument {
            what: format!("report `{}` has no schedule: there are no firings to go through", report.id),
            hint: format!("run it for one period: parte run {} --period 2026-03-01..2026-04-01", report.id),
        });
    }
    let from = day_or_instant("--from", &arguments.from, report.zone)?;
    let to = day_or_instant("--to", &arguments.to, report.zone)?;
    if to <= from {
        return Err(Failure::Argument {
            what: format!("--to {} is not after --from {}", arguments.to, arguments.from),
            hint: "--to is the first day (or instant) that is not meant any more".to_owned(),
        });
    }
    Ok(Backfill {
        report: report.id.to_string(),
        from,
        to,
        reprocess: match arguments.reprocess {
            arguments::Reprocess::None => Reprocess::None,
            arguments::Reprocess::Failed => Reprocess::Failed,
            arguments::Reprocess::All => Reprocess::All,
        },
        deliver: !arguments.no_deliver,
    })
}

/// What is decided about each firing, by what is in the record; and the backfill that goes on, when it does.
async fn decided<'a>(
    ledger: &Ledger,
    asked: &Backfill,
    firings: Vec<plan::Upcoming<'a>>,
) -> Result<(Vec<Step<'a>>, Option<BackfillId>), Failure> {
    let unfinished = ledger.unfinished_backfill(asked).await?.map(|backfill| backfill.id);
    let runs = ledger.runs_of_firings(&asked.report, asked.from, asked.to).await?;
    Ok((steps(firings, &runs, asked.reprocess, unfinished), unfinished))
}

async fn dry_run(
    arguments: &Asked,
    asked: &Backfill,
    firings: Vec<plan::Upcoming<'_>>,
    definitions: &Definitions,
    terminal: &Terminal,
) -> Ended {
    let (steps, unfinished) = match app::look(definitions).await? {
        Some(ledger) => {
            let decided = decided(&ledger, asked, firings).await;
            ledger.close().await;
            decided?
        }
        None => (steps(firings, &[], asked.reprocess, None), None),
    };
    if arguments.json {
        let firings = steps.iter().map(|step| view(step, None)).collect();
        let counts = Counts { firings: steps.len(), left: left(&steps), ..Counts::default() };
        terminal.json(&whole(asked, true, unfinished.is_some(), firings, counts))?;
        return Ok(Exit::Done);
    }
    if steps.is_empty() {
        terminal.result("no firing in these days");
        return Ok(Exit::Done);
    }
    if unfinished.is_some() {
        terminal.remark("this backfill was interrupted: it goes on where it was");
    }
    let rows = steps
        .iter()
        .map(|step| {
            let there = step.existing.as_ref().map(|run| format!("run {}, {}", run.id, run.state));
            vec![due(step), plan::days(&step.firing.period), there.unwrap_or_default(), word(step).to_owned()]
        })
        .collect();
    terminal.result(&terminal.table(&["DUE", "PERIOD", "THERE IS", "WOULD BE"], &[], rows));
    let (all, left) = (steps.len(), left(&steps));
    terminal.result(&format!("{all} firings: {} to run, {left} left as they are", all - left));
    Ok(Exit::Done)
}

async fn run(
    arguments: &Asked,
    asked: &Backfill,
    firings: Vec<plan::Upcoming<'_>>,
    definitions: &Arc<Definitions>,
    ledger: &Ledger,
    terminal: &Terminal,
) -> Ended {
    let (steps, unfinished) = decided(ledger, asked, firings).await?;
    if unfinished.is_some() {
        terminal.remark("this backfill was interrupted: it goes on where it was");
    }
    let id = match unfinished {
        Some(id) => id,
        None => ledger.begin_backfill(asked).await?,
    };
    let stop = stop_signal(terminal)?;
    let bar = terminal.bar(u64::try_from(steps.len()).unwrap_or(u64::MAX), &asked.report);
    let mut counts = Counts { firings: steps.len(), ..Counts::default() };
    let mut views = Vec::with_capacity(steps.len());
    let mut exit = Exit::Done;
    for (number, step) in steps.iter().enumerate() {
        if stop.load(Ordering::Relaxed) {
            bar.finish_and_clear();
            return Err(Failure::Unforeseen(format!(
                "interrupted after {number} of {} firings; the same command goes on where it was",
                steps.len()
            )));
        }
        let done = app::backfill(ledger, definitions, id, step, asked.deliver).await?;
        exit = worse(exit, count(&mut counts, &done));
        if arguments.json {
            views.push(view(step, done.detail.as_ref()));
        } else if let Some(detail) = &done.detail {
            bar.suspend(|| terminal.result(&line(step, detail)));
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    ledger.end_backfill(id).await?;
    if arguments.json {
        terminal.json(&whole(asked, false, unfinished.is_some(), views, counts))?;
    } else {
        terminal.result(&told(counts));
    }
    Ok(exit)
}

/// Turns true at the first Ctrl-C or SIGTERM: the firing in hand is brought to its end. The second one ends the program
/// at once; its run is taken back when its lease ends.
fn stop_signal(terminal: &Terminal) -> Result<Arc<AtomicBool>, Failure> {
    let unforeseen = |error| Failure::Unforeseen(format!("failed to listen for signals: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(unforeseen)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(unforeseen)?;
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    let quiet = terminal.is_quiet();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if asked.swap(true, Ordering::Relaxed) {
                std::process::exit(Exit::Unforeseen as i32);
            }
            Terminal::say(quiet, "stopping when this firing is done; once more stops at once");
        }
    });
    Ok(stop)
}

/// Counts what became of a firing, and gives the exit code that it alone would end with.
fn count(counts: &mut Counts, done: &Backfilled) -> Exit {
    let Some(detail) = &done.detail else {
        counts.left += 1;
        return Exit::Done;
    };
    if let Some(failure) = &done.failure {
        counts.failed += 1;
        return failure.exit();
    }
    let nothing_made = detail.artifacts.is_empty() && detail.run.state == RunState::Failed;
    if nothing_made {
        counts.failed += 1;
        return Exit::Data;
    }
    match app::delivery_exit(detail) {
        Exit::Done => counts.done += 1,
        _ if detail.run.state == RunState::Held => counts.held += 1,
        _ => counts.not_delivered += 1,
    }
    app::delivery_exit(detail)
}

/// A report that was not made weighs more than one that was not delivered.
fn worse(one: Exit, other: Exit) -> Exit {
    let weight = |exit: Exit| match exit {
        Exit::Done => 0,
        Exit::Delivery => 1,
        _ => 2,
    };
    if weight(other) > weight(one) { other } else { one }
}

fn told(counts: Counts) -> String {
    let Counts { firings, done, not_delivered, held, failed, left } = counts;
    let mut parts = vec![format!("{done} done")];
    for (count, words) in [
        (not_delivered, "made and not all delivered"),
        (held, "held until somebody decides"),
        (failed, "failed"),
        (left, "left as they are"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {words}"));
        }
    }
    format!("{firings} firings: {}", parts.join(", "))
}

fn due(step: &Step<'_>) -> String {
    let zone = step.firing.report.zone;
    step.firing.at.with_timezone(&zone).format("%a %Y-%m-%d %H:%M %Z").to_string()
}

fn line(step: &Step<'_>, detail: &RunDetail) -> String {
    let run = &detail.run;
    let counts = run.deliveries;
    let delivered = if counts.planned > 0 {
        format!(", {} of {} delivered", counts.done, counts.planned)
    } else {
        String::new()
    };
    let error = run.error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
    format!(
        "{}  {}  run {}  {}, {} files{delivered}{error}",
        due(step),
        plan::days(&step.firing.period),
        run.id,
        run.state,
        detail.artifacts.iter().filter(|artifact| artifact.format != "eml").count()
    )
}

fn left(steps: &[Step<'_>]) -> usize {
    steps.iter().filter(|step| matches!(step.decision, Decision::Leave(_))).count()
}

fn word(step: &Step<'_>) -> &'static str {
    match step.decision {
        Decision::Run => "run",
        Decision::Again(_) => "run again",
        Decision::GoOn(_) => "gone on with",
        Decision::Leave(Left::There) => "left as it is",
        Decision::Leave(Left::DoneBefore) => "left: done before the interruption",
        Decision::Leave(Left::UnderWay) => "left: it is under way",
    }
}

fn view(step: &Step<'_>, detail: Option<&RunDetail>) -> FiringView {
    let period = &step.firing.period;
    FiringView {
        at: step.firing.at,
        period: PeriodView { from: period.from(), to: period.to() },
        existing: step.existing.as_ref().map(|run| ExistingView { run: run.id.number(), state: run.state }),
        decision: word(step),
        run: detail.map(|detail| detail.run.id.number()),
        state: detail.map(|detail| detail.run.state),
        error: detail.and_then(|detail| detail.run.error.clone()),
    }
}

fn whole<'a>(
    asked: &'a Backfill,
    dry_run: bool,
    goes_on: bool,
    firings: Vec<FiringView>,
    counts: Counts,
) -> BackfillView<'a> {
    BackfillView {
        report: &asked.report,
        from: asked.from,
        to: asked.to,
        reprocess: asked.reprocess,
        deliver: asked.deliver,
        dry_run,
        goes_on,
        firings,
        counts,
    }
}

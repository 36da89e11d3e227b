//! `parte resend`, `retry`, `release` and `cancel`: what people decide about runs and deliveries.

use super::arguments::{Cancel, Release, Resend, Retry};
use super::terminal::Terminal;
use super::{Ended, runtime};
use crate::app::{self, Exit, Failure, address, bring_now, possible};
use crate::clock;
use crate::definition::{Definitions, Secrets};
use crate::ledger::{
    Decided, DeliveryId, DeliveryRow, DeliveryState, Ledger, Retried, RunDetail, RunId, RunState, Target,
};
use chrono::TimeDelta;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// Reads `12` or `d34`.
pub(super) fn target(text: &str) -> Result<Target, Failure> {
    let number = |digits: &str| digits.parse().ok().filter(|number: &i64| *number > 0);
    let read = match text.strip_prefix(['d', 'D']) {
        Some(digits) => number(digits).map(|it| Target::Delivery(DeliveryId::from_number(it))),
        None => number(text).map(|it| Target::Run(RunId::from_number(it))),
    };
    read.ok_or_else(|| Failure::Argument {
        what: format!("`{text}` names neither a run nor a delivery"),
        hint:
            "write the number of a run (12), or a delivery (d34); `parte runs` and `parte show RUN` list them"
                .to_owned(),
    })
}

/// The definitions, to find the record: secrets are needed only where something is sent.
pub(super) fn place(file: &Path, sends: bool) -> Result<Arc<Definitions>, Failure> {
    app::checked(file, if sends { Secrets::Needed } else { Secrets::Optional }).map(Arc::new)
}

pub(super) fn resend(arguments: &Resend, file: &Path, terminal: &Terminal) -> Ended {
    let target = target(&arguments.target)?;
    let to =
        arguments.to.iter().map(|text| address("--to", text)).collect::<Result<Vec<String>, Failure>>()?;
    let definitions = place(file, arguments.wait)?;
    runtime()?.block_on(async {
        let ledger = app::record(&definitions).await?;
        let deliveries = possible(ledger.resend(target, to).await)?;
        let retried = Retried { runs: Vec::new(), deliveries };
        let ended = tell(&retried, arguments.wait, arguments.json, &definitions, &ledger, terminal).await;
        ledger.close().await;
        ended
    })
}

pub(super) fn retry(arguments: &Retry, file: &Path, terminal: &Terminal) -> Ended {
    let target = arguments.target.as_deref().map(target).transpose()?;
    let definitions = place(file, arguments.wait)?;
    runtime()?.block_on(async {
        let ledger = app::record(&definitions).await?;
        let retried = match target {
            Some(target) => possible(ledger.retry(target).await)?,
            None => ledger.retry_all(clock::now() - TimeDelta::days(arguments.days.into())).await?,
        };
        let ended = if retried.runs.is_empty() && retried.deliveries.is_empty() && !arguments.json {
            terminal.result("nothing failed or waits for another try");
            Ok(Exit::Done)
        } else {
            tell(&retried, arguments.wait, arguments.json, &definitions, &ledger, terminal).await
        };
        ledger.close().await;
        ended
    })
}

pub(super) fn release(arguments: &Release, file: &Path, terminal: &Terminal) -> Ended {
    let Target::Run(run) = target(&arguments.target)? else {
        return Err(Failure::Argument {
            what: format!("`{}` names a delivery, and a run that is held goes as a whole", arguments.target),
            hint: "write the number of the run; `parte cancel d34` takes one delivery out of it before"
                .to_owned(),
        });
    };
    let definitions = place(file, arguments.wait)?;
    runtime()?.block_on(async {
        let ledger = app::record(&definitions).await?;
        let deliveries = possible(ledger.release_held(run).await)?;
        let released = Retried { runs: Vec::new(), deliveries };
        let ended = tell(&released, arguments.wait, arguments.json, &definitions, &ledger, terminal).await;
        ledger.close().await;
        ended
    })
}

pub(super) fn cancel(arguments: &Cancel, file: &Path, terminal: &Terminal) -> Ended {
    let target = target(&arguments.target)?;
    let definitions = place(file, false)?;
    runtime()?.block_on(async {
        let ledger = app::record(&definitions).await?;
        match target {
            Target::Run(run) => {
                let off = possible(ledger.cancel_run(run).await)?;
                if arguments.json {
                    terminal.json(&json!({ "run": run, "called_off": off }))?;
                } else {
                    terminal.result(&match off.was {
                        RunState::Queued => format!("run {run} waited; it is not begun any more"),
                        RunState::Held => format!(
                            "run {run} was held; it is given up, and {} called off",
                            deliveries(off.deliveries)
                        ),
                        RunState::Running => format!(
                            "run {run} was being produced; what comes of it is not taken any more, and nothing is sent"
                        ),
                        _ => format!("run {run}: {} called off", deliveries(off.deliveries)),
                    });
                    if off.sending > 0 {
                        terminal.result(&format!(
                            "{} on the way end by themselves and are not tried again",
                            deliveries(off.sending)
                        ));
                    }
                }
            }
            Target::Delivery(delivery) => {
                let decided = possible(ledger.cancel_delivery(delivery).await)?;
                if arguments.json {
                    terminal.json(&decided)?;
                } else {
                    terminal.result(&format!("{} called off", words(&decided)));
                }
            }
        }
        ledger.close().await;
        Ok(Exit::Done)
    })
}

fn deliveries(count: u64) -> String {
    if count == 1 { "1 delivery".to_owned() } else { format!("{count} deliveries") }
}

/// `d34, mail to ana@example.com, was in doubt`.
fn words(decided: &Decided) -> String {
    let was = decided.was.map_or_else(|| "new".to_owned(), |was| format!("was {}", said(was)));
    format!("d{}, {} to {}, {was}:", decided.delivery, decided.channel, decided.recipient)
}

/// A state as people say it.
pub(super) fn said(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::InDoubt => "in doubt",
        DeliveryState::Retry => "waiting",
        state => state.as_str(),
    }
}

/// Says what is due now; with `wait`, does it and says what came of it.
async fn tell(
    retried: &Retried,
    wait: bool,
    as_json: bool,
    definitions: &Arc<Definitions>,
    ledger: &Ledger,
    terminal: &Terminal,
) -> Ended {
    let doubtful = retried.deliveries.iter().filter(|it| it.was == Some(DeliveryState::InDoubt)).count();
    if doubtful > 0 {
        terminal.remark(&format!(
            "{} in doubt: who has it already gets it twice, with the same Message-ID",
            deliveries(doubtful as u64)
        ));
    }
    if !wait {
        if as_json {
            terminal.json(&json!({ "runs": retried.runs, "deliveries": retried.deliveries }))?;
            return Ok(Exit::Done);
        }
        for run in &retried.runs {
            terminal.result(&format!("run {run} is produced again"));
        }
        if !retried.deliveries.is_empty() {
            let row = |it: &Decided| {
                let was = it.was.map_or("new", said).to_owned();
                vec![
                    format!("d{}", it.delivery),
                    it.run.to_string(),
                    it.channel.clone(),
                    it.recipient.clone(),
                    was,
                ]
            };
            let rows = retried.deliveries.iter().map(row).collect();
            terminal.result(&terminal.table(&["DELIVERY", "RUN", "CHANNEL", "RECIPIENT", "WAS"], &[1], rows));
        }
        terminal.advice("due now: `parte serve` does it, or say --wait to do it here");
        return Ok(Exit::Done);
    }
    let runs: BTreeSet<RunId> =
        retried.runs.iter().copied().chain(retried.deliveries.iter().map(|it| it.run)).collect();
    let mut details = Vec::new();
    for run in runs {
        let progress = terminal.spinner(&format!("run {run}"));
        let detail = bring_now(ledger, definitions, run).await;
        progress.finish_and_clear();
        details.push(detail?);
    }
    let meant = |detail: &RunDetail, row: &DeliveryRow| {
        retried.runs.contains(&detail.run.id) || retried.deliveries.iter().any(|it| it.delivery == row.id)
    };
    let rows: Vec<&DeliveryRow> = details
        .iter()
        .flat_map(|detail| detail.deliveries.iter().filter(move |row| meant(detail, row)))
        .collect();
    if as_json {
        let runs: Vec<_> =
            details.iter().map(|it| json!({ "run": it.run.id, "state": it.run.state })).collect();
        terminal.json(&json!({ "runs": runs, "deliveries": rows }))?;
    } else {
        for detail in details.iter().filter(|it| retried.runs.contains(&it.run.id)) {
            terminal.result(&format!("run {} · {} · {}", detail.run.id, detail.run.report, detail.run.state));
            detail.run.error.iter().for_each(|error| terminal.result(&format!("  {error}")));
        }
        if !rows.is_empty() {
            let row = |it: &&DeliveryRow| {
                let answer =
                    it.receipt.as_deref().or(it.last_error.as_deref()).unwrap_or_default().to_owned();
                vec![
                    format!("d{}", it.id),
                    it.channel.clone(),
                    it.recipient.clone(),
                    said(it.state).to_owned(),
                    answer,
                ]
            };
            let rows = rows.iter().map(row).collect();
            terminal.result(&terminal.table(
                &["DELIVERY", "CHANNEL", "RECIPIENT", "STATE", "ANSWER"],
                &[],
                rows,
            ));
        }
    }
    let produced = details.iter().all(|it| it.run.state != RunState::Failed || !it.deliveries.is_empty());
    let arrived = rows.iter().all(|it| it.state == DeliveryState::Done);
    Ok(if produced && arrived { Exit::Done } else { Exit::Delivery })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_written_as_a_number_and_a_delivery_with_a_d() {
        assert_eq!(target("12").ok(), Some(Target::Run(RunId::from_number(12))));
        assert_eq!(target("d34").ok(), Some(Target::Delivery(DeliveryId::from_number(34))));
        for wrong in ["", "d", "x12", "-1", "0", "d0", "12d", "99999999999999999999"] {
            assert!(target(wrong).is_err(), "{wrong}");
        }
    }
}

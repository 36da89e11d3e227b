//! `parte run`: one report now.

use super::arguments::Run;
use super::parameters::with_params;
use super::terminal::{Terminal, duration, size};
use super::when::{Asked, asked};
use super::{Ended, runtime};
use crate::app::{self, Exit, Failure, Ran, Wanted};
use crate::definition::{Format, Report};
use crate::document::{Body, Display, Document, Value};
use crate::ledger::{RunRow, RunState};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(serde::Serialize)]
struct RunView {
    run: i64,
    report: String,
    period: PeriodView,
    params: BTreeMap<String, String>,
    state: String,
    /// Why nothing of it is sent until somebody decides.
    held: Option<String>,
    produced_ms: u128,
    artifacts: Vec<ArtifactView>,
    deliveries: Vec<DeliveryView>,
    kpis: Vec<KpiView>,
    warnings: Vec<String>,
    remarks: Vec<String>,
    written: Vec<PathBuf>,
}

#[derive(serde::Serialize)]
struct PeriodView {
    from: chrono::NaiveDate,
    to: chrono::NaiveDate,
    zone: String,
    shown: String,
}

#[derive(serde::Serialize)]
struct ArtifactView {
    name: String,
    size: u64,
    sha256: String,
}

#[derive(serde::Serialize)]
struct DeliveryView {
    channel: String,
    recipient: String,
    state: String,
    detail: Option<String>,
}

#[derive(serde::Serialize)]
struct KpiView {
    metric: String,
    value: Option<f64>,
    shown: String,
}

pub(super) fn run(arguments: &Run, file: &Path, terminal: &Terminal) -> Ended {
    let definitions = Arc::new(super::definitions(file, terminal)?);
    let report = app::report(&definitions, &arguments.report, file)?;
    let report = &with_params(report, &arguments.params)?;
    let asked = asked(arguments.at.as_deref(), arguments.period.as_deref(), report)?;
    let formats = formats(arguments, report)?;
    let progress = terminal.spinner(report.id.as_str());
    let runtime = runtime()?;
    let outcome = runtime.block_on(async {
        let ledger = app::ledger(&definitions).await?;
        let (scheduled_for, period) = match asked {
            Asked::Period(period) => (period.end(), period),
            Asked::Instant(at) => (at, app::period_at(&ledger, report, at).await?),
        };
        let wanted = Wanted {
            report,
            scheduled_for,
            period,
            continues: report.continues() && arguments.period.is_none(),
            formats,
            deliver: !arguments.no_deliver,
        };
        let ran = app::run_now(&ledger, &definitions, wanted).await?;
        let written = match &arguments.out {
            Some(folder) => app::write_artifacts(&ledger, &ran.detail, folder).await?,
            None => Vec::new(),
        };
        ledger.close().await;
        Ok::<_, Failure>((ran, written))
    });
    progress.finish_and_clear();
    // one that took longer than it may cannot be stopped: it ends with the process
    runtime.shutdown_background();
    let (ran, written) = outcome?;
    if arguments.json {
        terminal.json(&view(&ran, written))?;
    } else {
        show(&ran, arguments.out.as_deref(), terminal);
    }
    Ok(app::delivery_exit(&ran.detail))
}

fn formats(arguments: &Run, report: &Report) -> Result<Vec<Format>, Failure> {
    let known: Vec<&str> = report.formats.iter().map(|format| format.extension()).collect();
    arguments
        .formats
        .iter()
        .map(|name| {
            report.formats.iter().copied().find(|format| format.extension() == name).ok_or_else(|| {
                Failure::Argument {
                    what: format!("--format: report `{}` has no format `{name}`", report.id),
                    hint: app::suggestion(name, &known),
                }
            })
        })
        .collect()
}

fn view(ran: &Ran, written: Vec<PathBuf>) -> RunView {
    let run = &ran.detail.run;
    RunView {
        run: run.id.number(),
        report: run.report.clone(),
        period: PeriodView {
            from: run.period_from,
            to: run.period_to,
            zone: run.zone.clone(),
            shown: ran.document.as_ref().map(|document| document.period.clone()).unwrap_or_default(),
        },
        params: run.params.clone(),
        state: run.state.to_string(),
        held: held(&ran.detail.run).cloned(),
        produced_ms: ran.produced_in.as_millis(),
        artifacts: ran
            .detail
            .artifacts
            .iter()
            .map(|a| ArtifactView { name: a.name.clone(), size: a.size, sha256: a.sha256.clone() })
            .collect(),
        deliveries: ran
            .detail
            .deliveries
            .iter()
            .map(|d| DeliveryView {
                channel: d.channel.clone(),
                recipient: d.recipient.clone(),
                state: d.state.to_string(),
                detail: d.receipt.clone().or_else(|| d.last_error.clone()),
            })
            .collect(),
        kpis: ran.document.iter().flat_map(kpis).collect(),
        warnings: ran.document.as_ref().map(|document| document.warnings.clone()).unwrap_or_default(),
        remarks: ran.document.as_ref().map(|document| document.remarks.clone()).unwrap_or_default(),
        written,
    }
}

fn kpis(document: &Document) -> Vec<KpiView> {
    let shown = |value: Option<f64>, display: &Display| {
        document.locale.show(value.map(Value::Number).as_ref(), display)
    };
    document
        .sections
        .iter()
        .filter_map(|section| if let Body::Kpis(kpis) = &section.body { Some(kpis) } else { None })
        .flatten()
        .map(|kpi| KpiView {
            metric: kpi.metric.clone(),
            value: kpi.value,
            shown: shown(kpi.value, &kpi.display),
        })
        .collect()
}

/// Why the run is held, when it is.
fn held(run: &RunRow) -> Option<&String> {
    run.error.as_ref().filter(|_| run.state == RunState::Held)
}

fn show(ran: &Ran, out: Option<&Path>, terminal: &Terminal) {
    let run = &ran.detail.run;
    let period = ran.document.as_ref().map_or_else(String::new, |document| document.period.clone());
    terminal.result(&format!(
        "run {} · {} · {period} · made in {}",
        run.id,
        run.report,
        duration(ran.produced_in)
    ));
    let files = ran.detail.artifacts.iter().map(|a| vec![format!("  {}", a.name), size(a.size)]).collect();
    terminal.result(&terminal.table(&["  FILE", "SIZE"], &[1], files));
    if !ran.detail.deliveries.is_empty() {
        let rows = ran.detail.deliveries.iter().map(|d| {
            let word = d.receipt.as_deref().or(d.last_error.as_deref()).unwrap_or_default();
            vec![format!("  {}", d.channel), d.recipient.clone(), d.state.to_string(), word.to_owned()]
        });
        terminal.result(&terminal.table(&["  CHANNEL", "RECIPIENT", "STATE", "ANSWER"], &[], rows.collect()));
    }
    for warning in ran.document.iter().flat_map(|document| &document.warnings) {
        terminal.remark(&format!("  not as expected: {warning}"));
    }
    for remark in ran.document.iter().flat_map(|document| &document.remarks) {
        terminal.remark(&format!("  remark: {remark}"));
    }
    if let Some(folder) = out {
        terminal.advice(&format!("  written to {}", folder.display()));
    }
    if let Some(why) = held(run) {
        terminal.result(&format!("  held: {why}"));
        terminal.result(&format!(
            "  nothing is sent until somebody decides: `parte release {0}` sends it as it was made, `parte cancel {0}` gives it up",
            run.id
        ));
    }
    if app::delivery_exit(&ran.detail) == Exit::Delivery {
        terminal.remark("  not everything is delivered; `parte serve` tries again what may be tried again");
    }
}

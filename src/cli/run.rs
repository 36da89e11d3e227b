//! `parte run`: one report now.

use super::arguments::Run;
use super::terminal::{Terminal, duration, size};
use super::{Ended, runtime};
use crate::app::{self, Exit, Failure, Ran, Wanted};
use crate::calendar::{Period, instant_of};
use crate::clock;
use crate::definition::{Format, Report};
use crate::document::{Body, Display, Document, Value};
use chrono::{DateTime, NaiveDateTime, Utc};
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(serde::Serialize)]
struct RunView {
    run: i64,
    report: String,
    period: PeriodView,
    state: String,
    produced_ms: u128,
    artifacts: Vec<ArtifactView>,
    deliveries: Vec<DeliveryView>,
    kpis: Vec<KpiView>,
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
    let definitions = Arc::new(app::definitions(file)?);
    let report = app::report(&definitions, &arguments.report, file)?;
    let (scheduled_for, period) = when(arguments.at.as_deref(), arguments.period.as_deref(), report)?;
    let wanted = Wanted {
        report,
        scheduled_for,
        period,
        formats: formats(arguments, report)?,
        deliver: !arguments.no_deliver,
    };
    let progress = terminal.spinner(report.id.as_str());
    let outcome = runtime()?.block_on(async {
        let ledger = app::ledger(&definitions).await?;
        let ran = app::run_now(&ledger, &definitions, wanted).await?;
        let written = match &arguments.out {
            Some(folder) => app::write_artifacts(&ledger, &ran.detail, folder).await?,
            None => Vec::new(),
        };
        ledger.close().await;
        Ok::<_, Failure>((ran, written))
    });
    progress.finish_and_clear();
    let (ran, written) = outcome?;
    if arguments.json {
        terminal.json(&view(&ran, written))?;
    } else {
        show(&ran, arguments.out.as_deref(), terminal);
    }
    Ok(app::delivery_exit(&ran.detail))
}

/// The instant it is run for, and the period it covers: by `--period`, by `--at`, or by the latest firing of its schedule.
pub(super) fn when(
    at: Option<&str>,
    period: Option<&str>,
    report: &Report,
) -> Result<(DateTime<Utc>, Period), Failure> {
    if let Some(text) = period {
        let period = Period::parse(text, report.zone).map_err(|error| Failure::Argument {
            what: format!("--period: {}", error.what),
            hint: error.hint,
        })?;
        return Ok((period.end(), period));
    }
    let at = match at {
        Some(text) => instant(text, report)?,
        None => clock::now(),
    };
    Ok((at, report.period_at(at)))
}

fn instant(text: &str, report: &Report) -> Result<DateTime<Utc>, Failure> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Ok(instant.to_utc());
    }
    ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .map(|civil| instant_of(civil, report.zone))
        .ok_or_else(|| Failure::Argument {
            what: format!("--at: `{text}` is not an instant"),
            hint: format!("write 2026-03-13T07:00 (in {}) or 2026-03-13T12:00:00Z", report.zone),
        })
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
        state: run.state.to_string(),
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
    for remark in ran.document.iter().flat_map(|document| &document.remarks) {
        terminal.remark(&format!("  remark: {remark}"));
    }
    if let Some(folder) = out {
        terminal.advice(&format!("  written to {}", folder.display()));
    }
    if app::delivery_exit(&ran.detail) == Exit::Delivery {
        terminal.remark("  not everything is delivered; `parte serve` tries again what may be tried again");
    }
}

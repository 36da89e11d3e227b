//! `parte plan`: what a run would do, doing nothing.

use super::arguments::Plan;
use super::parameters::with_params;
use super::terminal::{Terminal, duration, size};
use super::when::when;
use super::{Ended, plan_diff, runtime};
use crate::app::{self, Exit, Failure};
use crate::calendar::Period;
use crate::clock;
use crate::definition::{Definitions, Report};
use crate::ledger::RunDetail;
use crate::plan::{
    ArtifactPlan, DeliveryPlan, QueryPlan, RunPlan, SectionPlan, SourcePlan, days, plan as plan_of, upcoming,
};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeMap;
use std::path::Path;

#[derive(serde::Serialize)]
struct PlanView<'a> {
    report: &'a str,
    paused: bool,
    scheduled_for: DateTime<Utc>,
    period: PeriodView,
    compared: BTreeMap<&'static str, PeriodView>,
    source: &'a SourcePlan,
    expects: Option<&'a str>,
    sections: &'a [SectionPlan],
    artifacts: &'a [ArtifactPlan],
    deliveries: &'a [DeliveryPlan],
    faults: Vec<FaultView<'a>>,
    last_run: Option<LastRunView>,
}

#[derive(serde::Serialize)]
struct PeriodView {
    from: NaiveDate,
    to: NaiveDate,
    zone: &'static str,
}

#[derive(serde::Serialize)]
struct FaultView<'a> {
    what: &'a str,
    hint: &'a str,
}

#[derive(serde::Serialize)]
struct LastRunView {
    run: i64,
    state: String,
    scheduled_for: DateTime<Utc>,
    took_ms: Option<i64>,
    sizes: Vec<(String, u64)>,
}

pub(super) fn plan(arguments: &Plan, file: &Path, terminal: &Terminal) -> Ended {
    if let Some(old) = &arguments.diff {
        return plan_diff::plan_diff(arguments, old, file, terminal);
    }
    let definitions = super::definitions(file, terminal)?;
    let with_values;
    let reports: Vec<&Report> = match &arguments.report {
        Some(name) => {
            with_values = with_params(app::report(&definitions, name, file)?, &arguments.params)?;
            vec![&with_values]
        }
        None => definitions.reports.iter().collect(),
    };
    let mut plans = Vec::with_capacity(reports.len());
    for report in &reports {
        let (at, period) = asked(arguments, report)?;
        plans.push(plan_of(&definitions, report, at, &period));
    }
    let last = last_runs(&definitions, &reports, terminal)?;
    let planned =
        || reports.iter().zip(&plans).zip(&last).map(|((report, plan), last)| (*report, plan, last));
    if arguments.json {
        let views: Vec<PlanView<'_>> =
            planned().map(|(report, plan, last)| view(report, plan, last.as_ref())).collect();
        terminal.json(&views)?;
        return Ok(Exit::Done);
    }
    let shown: Vec<String> = planned()
        .map(|(report, plan, last)| {
            show(report, plan, last.as_ref(), arguments.verbose, &definitions, terminal)
        })
        .collect();
    terminal.result(&shown.join("\n\n"));
    if !arguments.verbose {
        terminal.advice("\n--verbose shows queries, bound values and formulas in full.");
    }
    Ok(Exit::Done)
}

/// By `--at` or `--period`; else the next firing, and now where there is none.
fn asked(arguments: &Plan, report: &Report) -> Result<(DateTime<Utc>, Period), Failure> {
    if arguments.at.is_none()
        && arguments.period.is_none()
        && let Some(next) = upcoming(report, clock::now()).next()
    {
        return Ok((next.at, next.period));
    }
    when(arguments.at.as_deref(), arguments.period.as_deref(), report)
}

/// The latest run of each report, as far as there is a ledger that can be read.
fn last_runs(
    definitions: &Definitions,
    reports: &[&Report],
    terminal: &Terminal,
) -> Result<Vec<Option<RunDetail>>, Failure> {
    let read = runtime()?.block_on(async {
        let Some(ledger) = app::look(definitions).await? else { return Ok(Vec::new()) };
        let mut last = Vec::with_capacity(reports.len());
        for report in reports {
            last.push(app::last_run(&ledger, report).await);
        }
        ledger.close().await;
        last.into_iter().collect::<Result<Vec<_>, Failure>>()
    });
    let mut last = read.unwrap_or_else(|failure| {
        terminal.remark(&format!("earlier runs are not known: {failure}"));
        Vec::new()
    });
    last.resize_with(reports.len(), || None);
    Ok(last)
}

fn view<'a>(report: &'a Report, plan: &'a RunPlan, last: Option<&RunDetail>) -> PlanView<'a> {
    let period =
        |period: &Period| PeriodView { from: period.from(), to: period.to(), zone: period.zone().name() };
    PlanView {
        report: report.id.as_str(),
        paused: report.paused,
        scheduled_for: plan.scheduled_for,
        period: period(&plan.period),
        compared: plan.compared.iter().map(|(with, other)| (with.word(), period(other))).collect(),
        source: &plan.source,
        expects: plan.expects.as_deref(),
        sections: &plan.sections,
        artifacts: &plan.artifacts,
        deliveries: &plan.deliveries,
        faults: plan.faults.iter().map(|(what, hint)| FaultView { what, hint }).collect(),
        last_run: last.map(|last| LastRunView {
            run: last.run.id.number(),
            state: last.run.state.to_string(),
            scheduled_for: last.run.scheduled_for,
            took_ms: last.run.started_at.zip(last.run.finished_at).map(|(a, b)| (b - a).num_milliseconds()),
            sizes: last.artifacts.iter().map(|artifact| (artifact.name.clone(), artifact.size)).collect(),
        }),
    }
}

fn show(
    report: &Report,
    plan: &RunPlan,
    last: Option<&RunDetail>,
    verbose: bool,
    definitions: &Definitions,
    terminal: &Terminal,
) -> String {
    let mut lines = vec![head(report)];
    let local = plan.scheduled_for.with_timezone(&report.zone).format("%a %Y-%m-%d %H:%M %Z");
    let due = format!("{local} ({})", plan.scheduled_for.format("%Y-%m-%d %H:%MZ"));
    lines.push(fact("due", &due));
    let mut period = format!("{} ({})", plan.period_shown, days(&plan.period));
    let compared: Vec<String> = plan.compared.iter().map(|(_, other)| days(other)).collect();
    if !compared.is_empty() {
        period.push_str(&format!(", compared with {}", compared.join(" and ")));
    }
    lines.push(fact("period", &period));
    let params: Vec<String> =
        report.params.texts().into_iter().map(|(name, value)| format!("{name} = {value}")).collect();
    if !params.is_empty() {
        lines.push(fact("params", &params.join(", ")));
    }
    lines.push(fact("source", &plan.source.id));
    let room = terminal.width().saturating_sub(16).max(40);
    lines.extend(plan.source.queries.iter().flat_map(|query| query_lines(query, verbose, room)));
    if let Some(expects) = &plan.expects {
        lines.push(fact("expects", expects));
    }
    for (what, hint) in &plan.faults {
        lines.push(fact("PROBLEM", what));
        if !hint.is_empty() {
            lines.push(fact("", &format!("help: {hint}")));
        }
    }
    for (number, section) in plan.sections.iter().enumerate() {
        let name = if number == 0 { "sections" } else { "" };
        lines.push(fact(name, &section_line(section, report, room)));
        if verbose {
            lines.extend(section_details(section));
        }
    }
    let files: Vec<&str> = plan.artifacts.iter().map(|artifact| artifact.name.as_str()).collect();
    for (number, name) in files.iter().enumerate() {
        lines.push(fact(if number == 0 { "makes" } else { "" }, name));
    }
    lines.extend(delivery_lines(&plan.deliveries, definitions));
    if let Some(last) = last {
        lines.push(fact("last run", &last_line(last, report)));
    }
    lines.join("\n")
}

fn head(report: &Report) -> String {
    let paused = if report.paused { ", paused" } else { "" };
    let schedule = report.schedule.as_ref().map_or("no schedule, only by hand", |schedule| schedule.text());
    format!("{} · {schedule}{paused}", report.id)
}

fn fact(name: &str, value: &str) -> String {
    format!("  {name:<9} {value}")
}

fn query_lines(query: &QueryPlan, verbose: bool, room: usize) -> Vec<String> {
    let Some(sql) = &query.sql else {
        return vec![fact("", &format!("{}: no such table, left out", query.frame))];
    };
    let mut lines = Vec::new();
    if verbose {
        lines.push(fact("", &format!("{}: {sql}", query.frame)));
        if !query.values.is_empty() {
            let values: Vec<String> =
                query.values.iter().enumerate().map(|(at, value)| format!("?{} = {value}", at + 1)).collect();
            lines.push(fact("", &format!("  with {}", values.join(", "))));
        }
    } else {
        let count = query.values.len();
        let values = if count == 0 { String::new() } else { format!(" ({count} values)") };
        lines.push(fact("", &cut(&format!("{}{values}: {sql}", query.frame), room)));
    }
    // some of them are columns of another frame, so that they are no news
    if verbose && !query.missing.is_empty() {
        lines.push(fact("", &format!("  not in {}: {}", query.frame, query.missing.join(", "))));
    }
    lines
}

fn section_line(section: &SectionPlan, report: &Report, room: usize) -> String {
    let title = section.title.as_ref().map(|title| format!(" `{title}`")).unwrap_or_default();
    let names: Vec<&str> = section.columns.iter().map(|column| column.name.as_str()).collect();
    let mut what = names.join(", ");
    if let Some(detail) = &section.detail {
        let detail = detail.split_whitespace().collect::<Vec<_>>().join(" ");
        what = if what.is_empty() { detail } else { format!("{what} ({detail})") };
    }
    let only = if section.formats.len() == report.formats.len() {
        String::new()
    } else {
        format!(" [only {}]", section.formats.join(", "))
    };
    cut(&format!("{}{title}{only}: {what}", section.kind), room)
}

fn section_details(section: &SectionPlan) -> Vec<String> {
    let mut lines: Vec<String> = section
        .columns
        .iter()
        .filter_map(|column| {
            let (format, expr) = (column.format.as_ref()?, column.expr.as_ref()?);
            let formula = column.formula.as_ref().unwrap_or(expr);
            let rows = column.rows.as_deref().unwrap_or_default();
            Some(fact("", &format!("  {} = {formula} [{format}, {rows}]", column.name)))
        })
        .collect();
    if section.kind == "sql"
        && let Some(sql) = &section.detail
    {
        lines.extend(sql.lines().map(|line| fact("", &format!("  {line}"))));
    }
    lines
}

fn delivery_lines(deliveries: &[DeliveryPlan], definitions: &Definitions) -> Vec<String> {
    if deliveries.is_empty() {
        return vec![fact("delivers", "nothing")];
    }
    let mut lines = Vec::new();
    for (number, delivery) in deliveries.iter().enumerate() {
        let mut text = format!("{} ({}) to {}", delivery.channel, delivery.way, delivery.recipient);
        if let Some(subject) = &delivery.subject {
            text.push_str(&format!(": {subject}"));
        }
        if !delivery.attachments.is_empty() {
            let count = delivery.attachments.len();
            text.push_str(&format!(" [{count} {}]", if count == 1 { "file" } else { "files" }));
        }
        lines.push(fact(if number == 0 { "delivers" } else { "" }, &text));
    }
    if let Some(outbox) = deliveries.iter().find_map(|delivery| delivery.outbox.as_ref()) {
        let outbox = outbox.strip_prefix(&definitions.root).unwrap_or(outbox);
        lines.push(fact("", &format!("all written into {}, nothing is sent (outbox)", outbox.display())));
    }
    lines
}

fn last_line(last: &RunDetail, report: &Report) -> String {
    let run = &last.run;
    let took = run.started_at.zip(run.finished_at).and_then(|(from, to)| (to - from).to_std().ok());
    let files: u64 = last.artifacts.iter().filter(|it| it.format != "eml").map(|it| it.size).sum();
    let delivered = match run.deliveries.planned {
        0 => "nothing was to be delivered".to_owned(),
        planned => format!("{} of {planned} delivered", run.deliveries.done),
    };
    format!(
        "{} for {}, {}{}, {delivered}",
        run.state,
        run.scheduled_for.with_timezone(&report.zone).format("%Y-%m-%d %H:%M"),
        size(files),
        took.map(|took| format!(", took {}", duration(took))).unwrap_or_default(),
    )
}

/// At most this many characters.
fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(room.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

//! `parte demo`: the main job on generated data, with nothing to set up.

use super::arguments::Demo;
use super::terminal::{Terminal, duration, size};
use super::{Ended, runtime};
use crate::app::{self, Exit, Failure, Ran, Wanted};
use crate::calendar::instant_of;
use crate::definition::{Definitions, Report};
use crate::demo::{FolderError, Plan, generate, prepare};
use chrono::{DateTime, NaiveTime, Utc};
use std::sync::Arc;
use std::time::Instant;

pub(super) fn demo(arguments: &Demo, terminal: &Terminal) -> Ended {
    let started = Instant::now();
    let folder = &arguments.folder;
    let kept = prepare(folder).map_err(|error| Failure::Output {
        hint: match &error {
            FolderError::NotOurs(_) => "name another folder: `parte demo FOLDER`".to_owned(),
            FolderError::Io(..) => {
                "check that the folder can be written and that the disk has room".to_owned()
            }
        },
        what: error.to_string(),
    })?;
    let plan = Plan { seed: arguments.seed, today: arguments.today, tasks: arguments.tasks as usize };
    let bar = terminal.bar(0, "generating data");
    let data = folder.join("demo.db");
    let made = generate(&plan, &data, &|done, of| {
        bar.set_length(of);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let made = made.map_err(|error| Failure::Output {
        what: format!("{}: {error}", data.display()),
        hint: "check that the folder can be written and that the disk has room".to_owned(),
    })?;
    let generated_in = started.elapsed();

    let definitions = Arc::new(app::definitions(&folder.join("reports.toml"))?);
    let bar = terminal.bar(definitions.reports.len() as u64, "");
    let reports = folder.join("reports");
    let ran = runtime()?.block_on(async {
        let ledger = app::ledger(&definitions).await?;
        let mut all = Vec::new();
        for report in &definitions.reports {
            bar.set_message(report.id.to_string());
            let scheduled_for = latest_firing(report, arguments);
            let wanted = Wanted {
                report,
                scheduled_for,
                period: report.period_at(scheduled_for, None),
                continues: report.continues(),
                formats: Vec::new(),
                deliver: true,
            };
            let ran = app::run_now(&ledger, &definitions, wanted).await?;
            app::write_artifacts(&ledger, &ran.detail, &reports).await?;
            all.push(ran);
            bar.inc(1);
        }
        ledger.close().await;
        Ok::<_, Failure>(all)
    });
    bar.finish_and_clear();
    let ran = ran?;

    terminal.advice(&format!(
        "{}: {} tasks, {} sellers and agents, {} shops, {} daily states in {}\n",
        data.display(),
        grouped(made.tasks),
        grouped(made.sellers),
        grouped(made.users),
        grouped(made.user_states),
        duration(generated_in),
    ));
    terminal.result(&table(&definitions, &ran, arguments, terminal));
    for path in kept {
        terminal.remark(&format!("kept as you edited it: {}", folder.join(path).display()));
    }
    advise(arguments, started, terminal);
    Ok(if ran.iter().all(|ran| app::delivery_exit(&ran.detail) == Exit::Done) {
        Exit::Done
    } else {
        Exit::Delivery
    })
}

/// The latest time before the noon of "today" that the report was due.
fn latest_firing(report: &Report, arguments: &Demo) -> DateTime<Utc> {
    let noon =
        instant_of(arguments.today.and_time(NaiveTime::MIN) + chrono::Duration::hours(12), report.zone);
    let schedule = report.schedule.as_ref();
    schedule.and_then(|schedule| schedule.latest_at(noon, report.zone, &report.workdays)).unwrap_or(noon)
}

fn table(definitions: &Definitions, ran: &[Ran], arguments: &Demo, terminal: &Terminal) -> String {
    let mut rows = Vec::new();
    for ran in ran {
        let period = ran.document.as_ref().map(|document| document.period.clone()).unwrap_or_default();
        let mut first = vec![ran.detail.run.report.clone(), period, duration(ran.produced_in)];
        for artifact in &ran.detail.artifacts {
            // a mail is where its outbox is; the other files are kept in one folder for looking at
            let places: Vec<String> = if artifact.format == "eml" {
                ran.detail
                    .deliveries
                    .iter()
                    .filter(|delivery| delivery.artifact == artifact.id)
                    .map(|delivery| format!("{} to {}", delivery.channel, delivery.recipient))
                    .collect()
            } else {
                vec![arguments.folder.join("reports").join(&artifact.name).display().to_string()]
            };
            for place in places {
                let lead = if first.is_empty() { vec![String::new(); 3] } else { std::mem::take(&mut first) };
                rows.push([lead, vec![place, size(artifact.size)]].concat());
            }
        }
    }
    let sent: u32 = ran.iter().map(|ran| ran.detail.run.deliveries.done).sum();
    let planned: u32 = ran.iter().map(|ran| ran.detail.run.deliveries.planned).sum();
    let outbox = definitions.channels.values().find_map(|channel| channel.outbox.as_deref());
    let place = outbox.map_or_else(String::new, |outbox| format!(" to the outbox {}", outbox.display()));
    format!(
        "{}\n\n{sent} of {planned} deliveries made{place}: mails as .eml, files as FTP and upload would receive them",
        terminal.table(&["REPORT", "PERIOD", "MADE IN", "WHERE", "SIZE"], &[2, 4], rows)
    )
}

fn advise(arguments: &Demo, started: Instant, terminal: &Terminal) {
    let folder = arguments.folder.display();
    let parte = this_program();
    terminal.advice(&format!(
        "done in {}\n\nTry next:\n  cd {folder} && {parte} check\n  {parte} run equipo-diario --at {}T07:00 --no-deliver --out salida\n  {parte} runs",
        duration(started.elapsed()),
        arguments.today,
    ));
}

/// How this program is called from anywhere: by its name where the PATH leads to it, else by its place.
fn this_program() -> String {
    let Ok(place) = std::env::current_exe() else { return "parte".to_owned() };
    let on_path = std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path)
            .any(|folder| folder.join("parte").canonicalize().is_ok_and(|found| found == place))
    });
    if on_path { "parte".to_owned() } else { place.display().to_string() }
}

/// `45,012`
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

//! `parte rerender`: a run's files made again from what was kept of it, and whether they are the same.

use super::arguments::Rerender;
use super::care::{place, target};
use super::terminal::{Terminal, size};
use super::{Ended, runtime};
use crate::app::{self, Exit, Failure, Remade, kept_run, write_remade};
use std::path::{Path, PathBuf};

#[derive(serde::Serialize)]
struct View {
    run: i64,
    report: String,
    files: Vec<FileView>,
    written: Vec<PathBuf>,
}

#[derive(serde::Serialize)]
struct FileView {
    name: String,
    size: usize,
    sha256: String,
    recorded: Option<String>,
    same: bool,
}

pub(super) fn rerender(arguments: &Rerender, file: &Path, terminal: &Terminal) -> Ended {
    let target = target(&arguments.target)?;
    let definitions = place(file, false)?;
    let progress = terminal.spinner("rerender");
    let outcome = runtime()?.block_on(async {
        let ledger = app::record(&definitions).await?;
        let run = kept_run(&ledger, target).await?;
        ledger.close().await;
        let now = arguments.as_defined_now.then_some(&*definitions);
        let mut remade = run.remake(now)?;
        if !arguments.formats.is_empty() {
            remade.retain(|it| arguments.formats.contains(&it.format));
        }
        if remade.is_empty() {
            return Err(Failure::Argument {
                what: format!("run {} made nothing of the kind", run.detail.run.id),
                hint: format!("`parte show {}` lists what it made", run.detail.run.id),
            });
        }
        let written = match &arguments.out {
            Some(folder) => write_remade(&remade, folder).await?,
            None => Vec::new(),
        };
        Ok((run, remade, written))
    });
    progress.finish_and_clear();
    let (run, remade, written) = outcome?;
    let all_same = remade.iter().all(Remade::is_same);
    if arguments.json {
        let files = remade.iter().map(|it| FileView {
            name: it.name.clone(),
            size: it.bytes.len(),
            sha256: it.sha256.clone(),
            recorded: it.recorded.clone(),
            same: it.is_same(),
        });
        terminal.json(&View {
            run: run.detail.run.id.number(),
            report: run.detail.run.report.clone(),
            files: files.collect(),
            written,
        })?;
    } else {
        let rows = remade.iter().map(|it| {
            let word = match (&it.recorded, it.is_same()) {
                (_, true) => "the same",
                (Some(_), false) => "differs",
                (None, false) => "new",
            };
            let length = size(it.bytes.len() as u64);
            vec![format!("  {}", it.name), length, it.sha256[..12].to_owned(), word.to_owned()]
        });
        terminal.result(&format!("run {} · {} made again", run.detail.run.id, run.detail.run.report));
        terminal.result(&terminal.table(&["  FILE", "SIZE", "SHA-256", ""], &[1], rows.collect()));
        if let Some(folder) = &arguments.out {
            terminal.advice(&format!("  written to {}", folder.display()));
        }
    }
    if all_same || arguments.as_defined_now {
        return Ok(Exit::Done);
    }
    let made_by = &run.kept.version;
    Err(Failure::Run {
        what: "what was made again is not the same as what went out".to_owned(),
        hint: match made_by == env!("CARGO_PKG_VERSION") {
            true => "this is a fault in Parte: please report it".to_owned(),
            false => format!("the run was made by version {made_by}; take that one for the same bytes"),
        },
        exit: Exit::Output,
    })
}

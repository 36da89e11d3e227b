//! A report made to be looked at: from the definition file as it is now to a rendition, or to what is wrong.
//! Never: the ledger, deliveries, files written.

use super::{Failure, definitions, report, told};
use crate::calendar::Period;
use crate::clock;
use crate::definition::{Definitions, Report, SourceKind};
use crate::pipeline::{self, Earlier, Gates, Order, Previewed};
use crate::saves::folder_of;
use crate::server::{Attempt, File, Letter, Rendition};
use crate::source;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use std::path::{Path, PathBuf};

/// Columns of what is wrong.
const WIDTH: usize = 100;
/// Folders beside the definition file that are watched too; more is somebody's home.
const MOST_FOLDERS: usize = 64;

/// The report with the values of its parameters, the instant and the period that it is made for.
pub type Asked = Result<(Report, DateTime<Utc>, Period), Failure>;

/// Makes the report once, as `asked` says.
pub fn attempt(file: &Path, name: &str, asked: &dyn Fn(&Report) -> Asked) -> Attempt {
    let mut files = vec![file.to_owned()];
    let outcome = definitions(file).and_then(|definitions| {
        let report = report(&definitions, name, file)?;
        files.extend(definitions.files.iter().filter(|other| *other != file).cloned());
        files.extend(data(&definitions, report));
        let (report, scheduled_for, period) = asked(report)?;
        let order = Order {
            definitions: &definitions,
            report: &report,
            period,
            scheduled_for,
            formats: Vec::new(),
            generated: clock::now(),
            run_key: "preview".to_owned(),
            gates: Gates::Tell,
            earlier: Earlier::default(),
            keep: false,
            deliver: true, // planned, so that a mail that cannot be composed is seen; nobody carries it out
        };
        pipeline::preview(&order).map_err(|error| told(&error))
    });
    if let Err(Failure::Definition(problems)) = &outcome {
        // what is broken is what will be mended
        files.extend(problems.files.iter().map(|(name, _)| PathBuf::from(name)));
        files.sort();
        files.dedup();
    }
    Attempt {
        outcome: outcome.map(rendition).map_err(|failure| shown(&failure)),
        folders: folders(file, &files),
        files,
    }
}

/// The files that the report's rows come from; SQLite writes beside the file first.
fn data(definitions: &Definitions, report: &Report) -> Vec<PathBuf> {
    let Some(source) = definitions.sources.get(&report.source) else { return Vec::new() };
    match &source.kind {
        SourceKind::Sqlite(path) => {
            let mut log = path.clone().into_os_string();
            log.push("-wal");
            vec![path.clone(), PathBuf::from(log)]
        }
        // Nobody tells when rows of a server change.
        SourceKind::Postgres(_) | SourceKind::MySql(_) => Vec::new(),
        SourceKind::Files(files) => source::watched(source, files),
    }
}

/// The folder of the definition file and those in it, where new parts may appear, and those of every file that was read.
pub(super) fn folders(file: &Path, files: &[PathBuf]) -> Vec<PathBuf> {
    let root = folder_of(file);
    let hidden = |path: &PathBuf| {
        path.file_name().and_then(|name| name.to_str()).is_none_or(|name| name.starts_with('.'))
    };
    let mut inner: Vec<PathBuf> = std::fs::read_dir(&root)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.is_dir() && !hidden(path))
        .collect();
    inner.sort();
    inner.truncate(MOST_FOLDERS);
    // the mails' templates, though the folder is only made while somebody looks
    inner.push(root.join("templates"));
    inner.insert(0, root);
    for folder in files.iter().map(|file| folder_of(file)) {
        if !inner.contains(&folder) {
            inner.push(folder);
        }
    }
    inner
}

fn rendition(previewed: Previewed) -> Rendition {
    let letters = previewed
        .letters
        .into_iter()
        .map(|letter| {
            // a browser knows no content ids: the images stand in the page
            let html = letter.body.inline.iter().fold(letter.body.html, |html, image| {
                let data = format!("data:{};base64,{}", image.media_type, STANDARD.encode(&image.bytes));
                html.replace(&format!("cid:{}", image.cid), &data)
            });
            Letter { to: letter.to.join(", "), subject: letter.subject, html, text: letter.body.text }
        })
        .collect();
    let files = previewed
        .artifacts
        .into_iter()
        .map(|a| File { name: a.name, media_type: a.media_type, bytes: a.bytes })
        .collect();
    Rendition { title: previewed.title, page: previewed.page, files, letters }
}

/// A failure as a terminal with colours shows it.
fn shown(failure: &Failure) -> String {
    use miette::Diagnostic as _;
    if let Failure::Definition(problems) = failure {
        return problems.render(true, WIDTH);
    }
    let help = failure.help().map(|help| help.to_string()).filter(|help| !help.is_empty());
    let help = help.map_or_else(String::new, |help| format!("\n \u{1b}[36mhelp:\u{1b}[0m {help}"));
    format!("\u{1b}[1;31merror:\u{1b}[0m {failure}{help}")
}

//! `parte check`: every mistake in one pass, each at its line.

use super::Ended;
use super::arguments::{Check, ProblemFormat};
use super::terminal::Terminal;
use crate::app::{self, Exit, Failure};
use crate::definition::{Definitions, Diagnostics, Secrets};
use std::path::Path;

pub(super) fn check(arguments: &Check, file: &Path, terminal: &Terminal) -> Ended {
    let path = arguments.path.as_deref().unwrap_or(file);
    let format = if arguments.json { ProblemFormat::Json } else { arguments.format };
    let secrets = if arguments.no_secrets { Secrets::Optional } else { Secrets::Needed };
    match app::checked(path, secrets) {
        Ok(definitions) if arguments.online => {
            super::online::online(definitions, path, format == ProblemFormat::Json, terminal)
        }
        Ok(definitions) => {
            let warnings = &definitions.warnings;
            match format {
                ProblemFormat::Text => taken(&definitions, path, arguments.strict, terminal),
                ProblemFormat::Json => {
                    let problems = warnings.to_json()["problems"].take();
                    terminal.json(&serde_json::json!({ "file": path, "problems": problems }))?;
                }
                other => written(warnings, other, terminal)?,
            }
            let refused = arguments.strict && !warnings.problems.is_empty();
            Ok(if refused { Exit::Definition } else { Exit::Done })
        }
        Err(Failure::Definition(problems)) if format != ProblemFormat::Text => {
            written(&problems, format, terminal)?;
            Ok(Exit::Definition)
        }
        Err(failure) => Err(failure),
    }
}

/// Problems for programs.
fn written(problems: &Diagnostics, format: ProblemFormat, terminal: &Terminal) -> Result<(), Failure> {
    // Where the folder is not known, files keep the names that were given.
    let folder = std::env::current_dir().unwrap_or_default();
    match format {
        ProblemFormat::Sarif => terminal.json(&problems.to_sarif(&folder)),
        ProblemFormat::Github => {
            // No annotation is how a file without problems looks there.
            if !problems.problems.is_empty() {
                terminal.result(problems.to_github(&folder).trim_end());
            }
            Ok(())
        }
        ProblemFormat::Json | ProblemFormat::Text => terminal.json(&problems.to_json()),
    }
}

fn taken(definitions: &Definitions, path: &Path, strict: bool, terminal: &Terminal) {
    let warnings = &definitions.warnings;
    // Where they are the reason for failing, they are no remark.
    terminal.warnings(warnings, strict);
    terminal.for_more(warnings);
    let reports = counted(definitions.reports.len(), "report");
    let found = match warnings.problems.len() {
        0 => "no problems".to_owned(),
        count => counted(count, "warning"),
    };
    terminal.result(&format!("{}: {reports}, {found}", path.display()));
}

/// `1 report`, `2 reports`.
fn counted(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

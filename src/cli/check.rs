//! `parte check`: every mistake in one pass, each at its line.

use super::Ended;
use super::arguments::{Check, ProblemFormat};
use super::terminal::Terminal;
use crate::app::{self, Exit, Failure};
use crate::definition::{Definitions, Diagnostics};
use std::path::Path;

pub(super) fn check(arguments: &Check, file: &Path, terminal: &Terminal) -> Ended {
    let path = arguments.path.as_deref().unwrap_or(file);
    let format = if arguments.json { ProblemFormat::Json } else { arguments.format };
    match (app::definitions(path), format) {
        (Ok(definitions), _) => without_problems(&definitions, path, format, terminal),
        (Err(Failure::Definition(problems)), ProblemFormat::Json) => {
            terminal.json(&problems.to_json())?;
            Ok(Exit::Definition)
        }
        (Err(Failure::Definition(problems)), ProblemFormat::Sarif) => {
            terminal.json(&problems.to_sarif())?;
            Ok(Exit::Definition)
        }
        (Err(Failure::Definition(problems)), ProblemFormat::Github) => {
            terminal.result(problems.to_github().trim_end());
            Ok(Exit::Definition)
        }
        (Err(failure), _) => Err(failure),
    }
}

fn without_problems(
    definitions: &Definitions,
    path: &Path,
    format: ProblemFormat,
    terminal: &Terminal,
) -> Ended {
    match format {
        ProblemFormat::Json => terminal.json(&serde_json::json!({ "file": path, "problems": [] }))?,
        ProblemFormat::Sarif => {
            let nothing = Diagnostics { files: Vec::new(), problems: Vec::new() };
            terminal.json(&nothing.to_sarif())?;
        }
        // No annotation is how a file without problems looks there.
        ProblemFormat::Github => {}
        ProblemFormat::Text => {
            let count = definitions.reports.len();
            let plural = if count == 1 { "" } else { "s" };
            terminal.result(&format!("{}: {count} report{plural}, no problems", path.display()));
        }
    }
    Ok(Exit::Done)
}

//! `parte check`: every mistake in one pass, each at its line.

use super::Ended;
use super::arguments::Check;
use super::terminal::Terminal;
use crate::app::{self, Exit, Failure};
use std::path::Path;

pub(super) fn check(arguments: &Check, file: &Path, terminal: &Terminal) -> Ended {
    let path = arguments.path.as_deref().unwrap_or(file);
    match app::definitions(path) {
        Ok(definitions) => {
            let warnings = &definitions.warnings;
            if arguments.json {
                let problems = warnings.to_json()["problems"].take();
                terminal.json(&serde_json::json!({ "file": path, "problems": problems }))?;
            } else {
                // Where they are the reason for failing, they are no remark.
                terminal.warnings(warnings, arguments.strict);
                let reports = counted(definitions.reports.len(), "report");
                let found = match warnings.problems.len() {
                    0 => "no problems".to_owned(),
                    count => counted(count, "warning"),
                };
                terminal.result(&format!("{}: {reports}, {found}", path.display()));
            }
            let refused = arguments.strict && !warnings.problems.is_empty();
            Ok(if refused { Exit::Definition } else { Exit::Done })
        }
        Err(Failure::Definition(problems)) if arguments.json => {
            terminal.json(&problems.to_json())?;
            Ok(Exit::Definition)
        }
        Err(failure) => Err(failure),
    }
}

/// `1 report`, `2 reports`.
fn counted(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

//! `parte check`: every mistake in one pass, each at its line.

use super::Ended;
use super::arguments::Check;
use super::terminal::Terminal;
use crate::app::{self, Exit, Failure};
use std::path::Path;

pub(super) fn check(arguments: &Check, file: &Path, terminal: &Terminal) -> Ended {
    let path = arguments.path.as_deref().unwrap_or(file);
    match app::definitions(path) {
        Ok(definitions) if arguments.online => {
            super::online::online(definitions, path, arguments.json, terminal)
        }
        Ok(definitions) => {
            if arguments.json {
                terminal.json(&serde_json::json!({ "file": path, "problems": [] }))?;
            } else {
                let count = definitions.reports.len();
                let plural = if count == 1 { "" } else { "s" };
                terminal.result(&format!("{}: {count} report{plural}, no problems", path.display()));
            }
            Ok(Exit::Done)
        }
        Err(Failure::Definition(problems)) if arguments.json => {
            terminal.json(&problems.to_json())?;
            Ok(Exit::Definition)
        }
        Err(failure) => Err(failure),
    }
}

//! Definitions that are read again while the program runs: after a save, and when somebody asks. Never: what they say.

use super::preview::folders;
use super::{Failure, definitions, place};
use crate::definition::{Definitions, Diagnostics, Severity};
use crate::saves::{Saves, seen};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::{Notify, watch};

/// Reads the file again after every save of a file that it is made of, and whenever `asked` rings, for ever. What cannot be
/// taken changes nothing: the definitions before stay in force, and the log says why.
pub(super) async fn follow(file: PathBuf, current: watch::Sender<Arc<Definitions>>, asked: Arc<Notify>) {
    let mut saves = match Saves::new() {
        Ok(saves) => Some(saves),
        Err(error) => {
            tracing::warn!(error = %error, "saved files are not noticed; a SIGHUP has them read again");
            None
        }
    };
    let mut files = current.borrow().files.clone();
    let mut last = seen(&folders(&file, &files), &files);
    loop {
        if let Some(saves) = &mut saves {
            saves.watch(&folders(&file, &files), &files);
        }
        tokio::select! {
            () = asked.notified() => {}
            saved = next(saves.as_mut()) => {
                if !saved {
                    saves = None;
                }
                if seen(&folders(&file, &files), &files) == last {
                    continue;
                }
            }
        }
        // looked at before they are read: a save meanwhile is one more difference
        last = seen(&folders(&file, &files), &files);
        let path = file.clone();
        let read = tokio::task::spawn_blocking(move || definitions(&path)).await;
        files = match read {
            Ok(Ok(new)) => take(new, &current),
            Ok(Err(Failure::Definition(problems))) => {
                refused(&problems);
                // what is broken is what will be mended
                let broken = problems.files.iter().map(|(name, _)| PathBuf::from(name));
                files
                    .into_iter()
                    .chain(broken)
                    .collect::<std::collections::BTreeSet<_>>()
                    .into_iter()
                    .collect()
            }
            Ok(Err(failure)) => {
                tracing::error!(error = %failure, "definitions cannot be read; those before stay in force");
                files
            }
            Err(error) => {
                tracing::error!(error = %error, "reading the definitions broke off; those before stay in force");
                files
            }
        };
    }
}

async fn next(saves: Option<&mut Saves>) -> bool {
    match saves {
        Some(saves) => saves.next().await,
        None => std::future::pending().await,
    }
}

/// Puts definitions in force, but for the place of the ledger, and returns the files that they are made of.
fn take(mut new: Definitions, current: &watch::Sender<Arc<Definitions>>) -> Vec<PathBuf> {
    let old = Arc::clone(&current.borrow());
    let (stands, wanted) = (place(&old).to_string(), place(&new).to_string());
    if stands != wanted {
        tracing::warn!(
            ledger = stands,
            wanted,
            "the ledger cannot move while the program runs: the old one is kept until it is started again"
        );
    }
    new.ledger.place = old.ledger.place.clone();
    let scheduled = new.reports.iter().filter(|report| report.schedule.is_some() && !report.paused).count();
    tracing::info!(
        reports = new.reports.len(),
        scheduled,
        warnings = new.warnings.count(Severity::Warning),
        "definitions read again"
    );
    let files = new.files.clone();
    current.send_replace(Arc::new(new));
    files
}

/// The first problem, and how many there are.
fn refused(problems: &Diagnostics) {
    let count = problems.count(Severity::Error);
    let first = problems.problems.iter().find(|problem| problem.severity == Severity::Error);
    let (what, at) = first.map_or_else(Default::default, |problem| {
        let file = Path::new(problems.file_name(problem.file)).display();
        let at = match &problem.span {
            Some(span) => {
                let (line, column) = problems.position(problem.file, span.start);
                format!("{file}:{line}:{column}")
            }
            None => file.to_string(),
        };
        (problem.what.clone(), at)
    });
    tracing::error!(
        problems = count,
        first = what,
        at,
        "definitions have problems: those before stay in force (`parte check` tells the rest)"
    );
}

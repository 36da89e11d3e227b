//! What admins have done at once: deliveries tried while they wait, and what they ask for that is not possible.

use super::{Failure, ledger, ledger_exists, worker_name};
use crate::definition::Definitions;
use crate::deliver::mailbox;
use crate::ledger::{Ledger, LedgerError, RunDetail, RunId};
use crate::worker::{Options, Worker};
use std::sync::Arc;
use tokio::sync::watch;

/// Opens the ledger that the definitions name, to decide about what is in it.
///
/// # Errors
/// It cannot be opened, or there is none yet.
pub async fn record(definitions: &Definitions) -> Result<Ledger, Failure> {
    if !ledger_exists(definitions).await? {
        return Err(Failure::Argument {
            what: "nothing has run yet".to_owned(),
            hint: "`parte run REPORT` makes a report; the ledger is made with it".to_owned(),
        });
    }
    ledger(definitions).await
}

/// What the ledger said to something that somebody asked for: what is not possible is a word about the question, not about the ledger.
///
/// # Errors
/// The ledger's.
pub fn possible<T>(answer: Result<T, LedgerError>) -> Result<T, Failure> {
    answer.map_err(|error| match error {
        LedgerError::Impossible { what, hint } => Failure::Argument { what, hint: hint.to_owned() },
        error => Failure::Ledger(error),
    })
}

/// A mail address as typed, without its owner's name.
///
/// # Errors
/// It is none.
pub fn address(option: &str, text: &str) -> Result<String, Failure> {
    mailbox(text).map(|it| it.email.to_string()).map_err(|what| Failure::Argument {
        what: format!("{option}: {what}"),
        hint: format!("write {option} ana@example.com, once for each"),
    })
}

/// Does what of a run is due now, and says how it stands then.
///
/// # Errors
/// The ledger cannot be used.
pub async fn bring_now(
    ledger: &Ledger,
    definitions: &Arc<Definitions>,
    run: RunId,
) -> Result<RunDetail, Failure> {
    let (_keep, definitions) = watch::channel(Arc::clone(definitions));
    let worker = Worker::new(ledger.clone(), definitions, Options::named(worker_name()));
    Ok(worker.drain_run(run).await?)
}

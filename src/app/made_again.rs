//! A run made again from what was kept of it. Never: the ledger's mind changed, anything sent.

use super::{Exit, Failure, possible, told, write_files};
use crate::definition::Definitions;
use crate::ledger::{Ledger, RunDetail, Target};
use crate::metrics::catalogue;
use crate::pipeline::{Gates, Kept, Order, produce_again};
use crate::worker::Recorded;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A run with what it was made from.
pub struct KeptRun {
    /// The record of it.
    pub detail: RunDetail,
    /// What it was made from.
    pub kept: Kept,
}

/// A file of a run, made again.
pub struct Remade {
    /// Its name.
    pub name: String,
    /// Name of its format.
    pub format: String,
    /// Its media type.
    pub media_type: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// SHA-256 of it, hexadecimal.
    pub sha256: String,
    /// SHA-256 of the one that the run made; `None` when it made none of this name.
    pub recorded: Option<String>,
}

impl Remade {
    /// Is it the same, byte for byte?
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.recorded.as_ref() == Some(&self.sha256)
    }
}

/// Reads what was kept of a run.
///
/// # Errors
/// There is no such run, nothing is kept of it any more, or it cannot be read.
pub async fn kept_run(ledger: &Ledger, target: Target) -> Result<KeptRun, Failure> {
    let run = possible(ledger.run_of(target).await)?;
    let Some(detail) = ledger.run(run).await? else {
        return Err(Failure::Argument {
            what: format!("there is no run {run}"),
            hint: "`parte runs` lists them".to_owned(),
        });
    };
    let damaged = |what: String| Failure::Run {
        what: format!("what run {run} was made from cannot be used: {what}"),
        hint: format!("`parte run {} --at ...` makes the report anew from the source", detail.run.report),
        exit: Exit::Data,
    };
    let rows = ledger.kept(run).await?;
    if rows.is_empty() {
        let why = match detail.artifacts.is_empty() {
            true => "it made nothing",
            false => "`keep_frames` of [ledger] says how long it is kept, 90 days where nothing is said",
        };
        return Err(Failure::Argument {
            what: format!("nothing is kept of what run {run} was made from"),
            hint: why.to_owned(),
        });
    }
    let mut files = BTreeMap::new();
    for row in rows {
        let content = ledger.kept_content(&row).await?;
        let content = content.ok_or_else(|| damaged(format!("`{}` is not whole", row.name)))?;
        files.insert(row.name, content);
    }
    let kept = Kept::unpack(files, catalogue()).map_err(|error| damaged(error.to_string()))?;
    Ok(KeptRun { detail, kept })
}

impl KeptRun {
    /// Does something with the run's order as it was; with `now`, by this definition instead of the one of then.
    ///
    /// # Errors
    /// The definition does not have its report or its parameters.
    pub fn as_ordered<T>(
        &self,
        now: Option<&Definitions>,
        what: impl FnOnce(&Order<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let run = &self.detail.run;
        let definitions = now.unwrap_or(&self.kept.definitions);
        let recorded = Recorded {
            report: &run.report,
            params: &run.params,
            formats: &run.formats,
            scheduled_for: run.scheduled_for,
            days: (run.period_from, run.period_to),
            zone: &run.zone,
        };
        let refused = |what: String| Failure::Argument {
            what: format!("run {} cannot be made again: {what}", run.id),
            hint: match now {
                Some(_) => "without --as-defined-now the definition of then is taken".to_owned(),
                None => format!("`parte run {} --at ...` makes the report anew from the source", run.report),
            },
        };
        let report = recorded.report(definitions).map_err(refused)?;
        what(&Order {
            definitions,
            report: &report,
            period: recorded.period(&report).map_err(refused)?,
            scheduled_for: run.scheduled_for,
            formats: recorded.formats().map_err(refused)?,
            generated: self.kept.generated,
            run_key: run.key.clone(),
            deliver: run.deliver,
            // It was made: whatever was not as expected is told in it.
            gates: Gates::Tell,
            earlier: self.kept.earlier.clone(),
            keep: false,
        })
    }

    /// Makes the run's files again.
    ///
    /// # Errors
    /// As when a report is made.
    pub fn remake(&self, now: Option<&Definitions>) -> Result<Vec<Remade>, Failure> {
        let of_then = &self.kept.inputs;
        let produced = self.as_ordered(now, |order| {
            let made = match now {
                None => produce_again(order, of_then),
                Some(_) => of_then.with_templates_of(order).and_then(|inputs| produce_again(order, &inputs)),
            };
            made.map_err(|error| told(&error))
        })?;
        let remade = produced.artifacts.into_iter().map(|artifact| {
            let recorded = self.detail.artifacts.iter().find(|known| known.name == artifact.name);
            Remade {
                sha256: Sha256::digest(&artifact.bytes).iter().map(|byte| format!("{byte:02x}")).collect(),
                recorded: recorded.map(|known| known.sha256.clone()),
                name: artifact.name,
                format: artifact.format,
                media_type: artifact.media_type,
                bytes: artifact.bytes,
            }
        });
        Ok(remade.collect())
    }
}

/// Writes what was made again into a folder, mails too.
///
/// # Errors
/// The folder cannot be written.
pub async fn write_remade(remade: &[Remade], folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let files = remade.iter().map(|it| (it.name.clone(), it.media_type.clone(), it.bytes.clone()));
    write_files(files.collect(), folder).await
}

//! Where data comes from: one file per kind of source, giving typed frames with the documented column names.
//! Never: metrics, formatting.

mod copy;
mod duplicates;
mod flaws;
mod frames;
mod gaps;
mod inspect;
mod kept;
mod legible;
mod newest;
mod parquet;
mod quality;
mod refusal;
mod remarks;
mod rows;
mod select;
mod shape;
mod sqlite;
mod status;

pub use frames::{Frames, Need, Remark, TargetFault};
pub use inspect::{Finding, FrameFacts, Inspection, inspect};
pub use kept::Known;
pub use newest::{AsOf, newest};
pub use remarks::STATES;
pub use shape::{column_type, documented_columns};

use crate::definition::{FrameName, Source, SourceKind};
use std::collections::{BTreeMap, BTreeSet};

/// Why a source could not be read.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("failed to read source `{source_id}`: {what}")]
#[diagnostic(help("{hint}"))]
pub struct SourceError {
    /// The source's name.
    pub source_id: String,
    /// What is wrong, as a lower-case fragment.
    pub what: String,
    /// What to do.
    pub hint: String,
}

/// Reads what is needed, and no more, and holds it against the rules written for the source.
///
/// # Errors
/// A file, table or column that is missing or cannot be read; a read that breaks off is an error as a whole; rows that a rule
/// refuses.
pub fn load(source: &Source, need: &Need) -> Result<Frames, SourceError> {
    let asked = with_more_columns(source, need);
    let mut frames = match &source.kind {
        SourceKind::Sqlite(path) => sqlite::load(source, path, &asked)?,
        SourceKind::Api(api) => sqlite::load(source, copy::file(source, api)?, &asked)?,
    };
    quality::judge(source, need, &mut frames)?;
    Ok(frames)
}

fn with_more_columns(source: &Source, need: &Need) -> Need {
    let mut asked = need.clone();
    ask_for_more(source, &mut asked.columns);
    asked
}

/// Asks for what only the source knows of: the columns that its rules are judged by, and the groups that its targets are said for beside
/// the documented ones. A target read without one of its groups would be taken for one of all of them.
fn ask_for_more(source: &Source, columns: &mut BTreeMap<FrameName, BTreeSet<String>>) {
    quality::ask_for_judged_columns(source, columns);
    let own = source.frames.get(&FrameName::Targets);
    if let (Some(wanted), Some(own)) = (columns.get_mut(&FrameName::Targets), own) {
        wanted.extend(own.columns.keys().cloned());
    }
}

/// How a frame would be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The frame.
    pub frame: FrameName,
    /// The query in the source's own SQL; `None` when the source has no table for the frame.
    pub sql: Option<String>,
    /// The values bound to it, in the order of their numbers, as SQL literals.
    pub values: Vec<String>,
    /// Columns asked for that the source lacks.
    pub missing: BTreeSet<String>,
}

/// The queries with which [`load`] would read what is needed. Names of tables and columns are looked up; no row is read.
///
/// # Errors
/// A file, table or column that is missing, as with [`load`].
pub fn queries(source: &Source, need: &Need) -> Result<Vec<Query>, SourceError> {
    let asked = with_more_columns(source, need);
    match &source.kind {
        SourceKind::Sqlite(path) => sqlite::queries(source, path, &asked),
        SourceKind::Api(api) => sqlite::queries(source, copy::file(source, api)?, &asked),
    }
}

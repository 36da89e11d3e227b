//! Where data comes from: one file per kind of source, giving typed frames with the documented column names.
//! Never: metrics, formatting.

mod column;
mod frames;
mod inspect;
mod instant;
mod remarks;
mod select;
mod shape;
mod sqlite;
mod status;

pub use frames::{Frames, Need, Remark};
pub use inspect::{Finding, FrameFacts, Inspection, inspect};
pub use remarks::STATES;
pub use shape::{column_type, documented_columns};

use crate::definition::{Source, SourceKind};

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

/// Reads what is needed, and no more.
///
/// # Errors
/// A file, table or column that is missing or cannot be read; a read that breaks off is an error as a whole.
pub fn load(source: &Source, need: &Need) -> Result<Frames, SourceError> {
    match &source.kind {
        SourceKind::Sqlite(path) => sqlite::load(source, path, need),
    }
}

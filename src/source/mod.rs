//! Where data comes from: one file per kind of source, giving typed frames with the documented column names.
//! Never: metrics, formatting.

mod chosen;
mod copy;
mod duplicates;
mod files;
mod flaws;
mod frames;
mod gaps;
mod inspect;
mod joined;
mod kept;
mod legible;
mod mysql;
mod newest;
mod parquet;
mod postgres;
mod quality;
mod refusal;
mod remarks;
mod rows;
mod select;
mod several;
mod shape;
mod shelf;
mod sql;
mod sqlite;
mod status;

pub use files::{Keeping, keep_brought, watched};
pub use frames::{Frames, Need, Remark, TargetFault};
pub use inspect::{Finding, FrameFacts, Inspection, inspect, unmapped_statuses};
pub use kept::Known;
pub use newest::{AsOf, newest};
pub use remarks::STATES;
pub use shape::{column_type, documented_columns};
pub use shelf::load_together;

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
    let mut frames = read(source, &with_more_columns(source, need))?;
    quality::judge(source, need, &mut frames)?;
    Ok(frames)
}

/// Reads what is asked for, before any rule.
fn read(source: &Source, asked: &Need) -> Result<Frames, SourceError> {
    match &source.kind {
        SourceKind::Sqlite(path) => sqlite::load(source, path, asked),
        SourceKind::Postgres(server) => postgres::load(source, server, asked),
        SourceKind::MySql(server) => sql::load(&mysql::connect(source, server)?, asked),
        SourceKind::Files(it) => files::load(source, it, asked),
        SourceKind::Api(api) => sqlite::load(source, copy::file(source, api)?, asked),
        SourceKind::Several(several) => several::load(source, several, asked),
    }
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
    /// The query in the source's own SQL, or in words where it has none; `None` when the source has no table for the frame.
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
        SourceKind::Sqlite(path) => sql::queries(&sqlite::reader(source, path)?, &asked),
        SourceKind::Postgres(server) => sql::queries(&postgres::connect(source, server)?, &asked),
        SourceKind::MySql(server) => sql::queries(&mysql::connect(source, server)?, &asked),
        SourceKind::Files(it) => files::queries(source, it, &asked),
        SourceKind::Api(api) => sql::queries(&sqlite::reader(source, copy::file(source, api)?)?, &asked),
        SourceKind::Several(several) => several::queries(source, several, &asked),
    }
}

//! Holds a source against what reports need of it: tables, columns, types, freshness. Never: changing anything there.

use super::status::Folding;
use super::{Frames, SourceError, files, legible, mysql, postgres, quality, several, sql, sqlite};
use crate::definition::{Flaw, FrameName, FrameSource, Severity, Source, SourceKind, Treatment};
use chrono::{DateTime, Utc};
use parte_columns::Frame;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

/// Rows looked at, spread over the table.
const SAMPLE: u64 = 1000;
/// Of targets all are looked at, as good as always: whether a metric has one is no question for a sample.
const TARGETS: u64 = 200_000;

/// How many rows of a frame are looked at.
pub(super) fn sample_of(frame: FrameName) -> u64 {
    if frame == FrameName::Targets { TARGETS } else { SAMPLE }
}
/// Unknown values shown of a column.
const SHOWN: usize = 5;

/// What a source answered.
#[derive(Debug, Default)]
pub struct Inspection {
    /// Frames that are there.
    pub frames: Vec<FrameFacts>,
    /// What is wrong, or odd.
    pub findings: Vec<Finding>,
    /// The rows looked at, as typed frames.
    pub sample: Frames,
}

/// What is known of one frame.
#[derive(Debug, Clone)]
pub struct FrameFacts {
    /// Which.
    pub frame: FrameName,
    /// ``table `tareas` ``, `query`.
    pub from: String,
    /// Columns there, by the source's names.
    pub columns: Vec<String>,
    /// Rows; `None` when counting them took too long.
    pub rows: Option<u64>,
    /// Newest instant of each time column: column of the frame, instant.
    pub newest: Vec<(String, DateTime<Utc>)>,
    /// Rows looked at.
    pub sampled: usize,
    /// How long it took.
    pub took: Duration,
}

/// Something wrong or odd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// A run would fail or lack something; or somebody should look.
    pub severity: Severity,
    /// The frame it is about; `None`: the source as a whole.
    pub frame: Option<FrameName>,
    /// The keys that lead to its place in the definition below `[sources.NAME]`, as far as they are written there.
    pub keys: Vec<String>,
    /// Lower-case fragment: what is wrong.
    pub what: String,
    /// What to do.
    pub hint: String,
    /// The values of the source that it is about.
    pub values: Vec<String>,
}

impl Finding {
    pub(super) fn of(
        frame: FrameName,
        keys: &[&str],
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        let keys = std::iter::once(frame.as_str()).chain(keys.iter().copied()).map(str::to_owned).collect();
        let (what, hint) = (what.into(), hint.into());
        Self { severity: Severity::Error, frame: Some(frame), keys, what, hint, values: Vec::new() }
    }

    pub(super) fn warning(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }
}

/// Asks a source for these columns of these frames (`*`: every column), and looks at some rows of each.
///
/// # Errors
/// The source as a whole cannot be read; what is wrong with single frames is among the findings.
pub fn inspect(
    source: &Source,
    needed: &BTreeMap<FrameName, BTreeSet<String>>,
) -> Result<Inspection, SourceError> {
    let mut asked = needed.clone();
    super::ask_for_more(source, &mut asked);
    let mut seen = match &source.kind {
        SourceKind::Sqlite(path) => sqlite::inspect(source, path, &asked)?,
        SourceKind::Api(api) => sqlite::inspect(source, super::copy::file(source, api)?, &asked)?,
        SourceKind::Postgres(server) => sql::inspect(&postgres::connect(source, server)?, &asked)?,
        SourceKind::MySql(server) => sql::inspect(&mysql::connect(source, server)?, &asked)?,
        SourceKind::Files(it) => files::inspect(source, it, &asked)?,
        // Each of them judges what is its own.
        SourceKind::Several(several) => return several::inspect(source, several, &asked),
    };
    for (frame, data) in &seen.sample.frames {
        seen.findings.extend(quality::not_to_be_judged(source, *frame, data));
    }
    Ok(seen)
}

/// Values of a column that could not be read: an error when they are most of them, so that a run would fail; else a warning with
/// their number.
pub(super) fn unreadable(
    frame: FrameName,
    own: &FrameSource,
    column: &str,
    (count, example): (usize, &str),
    values: usize,
) -> Finding {
    let keys: &[&str] = if own.columns.contains_key(column) { &["columns", column] } else { &[] };
    let (what, hint) = legible::words(frame, column, (count, example), values);
    let finding = Finding::of(frame, keys, what, hint);
    if 2 * count <= values { finding.warning() } else { finding }
}

/// Status values of tasks that no list of the mapping names.
pub(super) fn unknown_statuses(own: &FrameSource, folding: &Folding, tasks: &Frame) -> Option<Finding> {
    let values = tasks.column("status").ok()?;
    unknown_among(own, folding, values.str().ok()?.iter().flatten(), tasks.height())
}

/// The same of these values, which so many tasks have that were looked at.
#[must_use]
pub fn unmapped_statuses<'v>(
    own: &FrameSource,
    values: impl Iterator<Item = &'v str>,
    tasks: usize,
) -> Option<Finding> {
    unknown_among(own, &Folding::new(own.status.as_ref()), values, tasks)
}

fn unknown_among<'v>(
    own: &FrameSource,
    folding: &Folding,
    values: impl Iterator<Item = &'v str>,
    tasks: usize,
) -> Option<Finding> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let mut unknown: Vec<(&str, usize)> =
        counts.into_iter().filter(|(value, _)| folding.outcome(value).is_none()).collect();
    if unknown.is_empty() {
        return None;
    }
    unknown.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let total: usize = unknown.iter().map(|(_, count)| count).sum();
    let mut list: Vec<String> =
        unknown.iter().take(SHOWN).map(|(value, count)| format!("`{value}` ({count})")).collect();
    if unknown.len() > SHOWN {
        list.push(format!("{} more", unknown.len() - SHOWN));
    }
    let what =
        format!("the status of {total} of {tasks} tasks looked at means nothing here: {}", list.join(", "));
    let hint = match &own.status {
        Some(_) => "add them to one of the lists of `status`: open, done, failed, cancelled, rescheduled",
        None => {
            "say what they mean: status = { open = [...], done = [...], failed = [...], cancelled = [...] }"
        }
    };
    let keys: &[&str] = if own.status.is_some() { &["status"] } else { &[] };
    let values = unknown.iter().map(|(value, _)| (*value).to_owned()).collect();
    let finding = Finding { values, ..Finding::of(FrameName::Tasks, keys, what, hint) };
    // A run would refuse them.
    let is_refused = own.quality.treatment(Flaw::UnmappedStatus) == Treatment::Refuse;
    Some(if is_refused { finding } else { finding.warning() })
}

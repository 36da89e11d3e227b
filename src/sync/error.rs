//! Why a copy could not be brought up to date.

/// What is wrong, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
#[error("failed to sync source `{source_id}`: {what}")]
#[diagnostic(help("{hint}"))]
pub struct SyncError {
    /// The source's name.
    pub source_id: String,
    /// What is wrong, as a lower-case fragment.
    pub what: String,
    /// What to do.
    pub hint: String,
}

/// The same before it is known which source it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) what: String,
    pub(super) hint: String,
    pub(super) extent: Extent,
}

/// What else has the same fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// Nothing: it is of what was asked for.
    Listing,
    /// Whatever is asked of this API.
    Api,
    /// Nothing is wrong: it is not the time to ask.
    Now,
}

impl Fault {
    pub(super) fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: hint.into(), extent: Extent::Listing }
    }

    pub(super) fn with(self, extent: Extent) -> Self {
        Self { extent, ..self }
    }

    pub(super) fn of(self, source_id: &str) -> SyncError {
        SyncError { source_id: source_id.to_owned(), what: self.what, hint: self.hint }
    }
}

/// What came to nothing, or its fault.
pub(super) type Tried<T> = Result<T, Fault>;

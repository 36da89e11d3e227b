//! What is wrong with a file, and what to do; it travels through readers as an error of input.

use crate::definition::Source;
use crate::source::SourceError;
use crate::source::chosen::lower;
use std::io;

/// Something that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub(super) struct Problem {
    /// Lower-case fragment: what is wrong and where.
    pub(super) what: String,
    /// What to do.
    pub(super) hint: String,
}

impl Problem {
    pub(super) fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: hint.into() }
    }

    /// The problem that an error of input carries, or that it is; `shown` is the file.
    pub(super) fn of_io(shown: &str, error: io::Error) -> Self {
        let text = lower(&error.to_string());
        let kind = error.kind();
        let carried = error.into_inner().and_then(|inner| inner.downcast::<Self>().ok());
        carried.map_or_else(
            || {
                let hint = match kind {
                    io::ErrorKind::PermissionDenied => "let the user who runs Parte read it",
                    io::ErrorKind::NotFound => {
                        "it was there when the folder was listed; run the report again"
                    }
                    _ => "check that the file can be read whole",
                };
                Self::new(format!("{shown}: {text}"), hint)
            },
            |problem| *problem,
        )
    }

    /// As an error of a source.
    pub(super) fn of(self, source: &Source) -> SourceError {
        SourceError { source_id: source.id.to_string(), what: self.what, hint: self.hint }
    }
}

impl From<Problem> for io::Error {
    fn from(problem: Problem) -> Self {
        Self::other(problem)
    }
}

//! Why a command did not do what was asked, and the exit code that says so.

use crate::definition::Diagnostics;

/// The exit codes, which are part of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Everything asked for was done.
    Done = 0,
    /// Something unforeseen.
    Unforeseen = 1,
    /// The command line is wrong.
    Usage = 2,
    /// reports.toml has problems, or does not have what was named.
    Definition = 3,
    /// Data could not be read or are not as expected, or a number was not computed.
    Data = 4,
    /// A report could not be rendered or written.
    Output = 5,
    /// The report was made, and some of it is not delivered.
    Delivery = 6,
    /// The ledger cannot be used.
    Ledger = 7,
}

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum Failure {
    /// Problems in the definitions; they are shown one by one.
    #[error("{0}")]
    Definition(Diagnostics),
    /// A name that the definitions do not have.
    #[error("no {kind} `{name}` in {place}")]
    #[diagnostic(help("{hint}"))]
    Unknown {
        /// `report`, `metric`.
        kind: &'static str,
        /// As asked for.
        name: String,
        /// Where it was looked for.
        place: String,
        /// What there is.
        hint: String,
    },
    /// An argument that cannot be read.
    #[error("{what}")]
    #[diagnostic(help("{hint}"))]
    Argument {
        /// What is wrong.
        what: String,
        /// What to write.
        hint: String,
    },
    /// The ledger.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Ledger(#[from] crate::ledger::LedgerError),
    /// A file or folder that cannot be written.
    #[error("failed to write {what}")]
    #[diagnostic(help("{hint}"))]
    Output {
        /// Which, and why.
        what: String,
        /// What to do.
        hint: String,
    },
    /// Recorded by a run.
    #[error("{what}")]
    #[diagnostic(help("{hint}"))]
    Run {
        /// The run's error.
        what: String,
        /// What to do; empty when nobody knows.
        hint: String,
        /// Its exit code.
        exit: Exit,
    },
    /// Something unforeseen.
    #[error("{0}")]
    Unforeseen(String),
}

impl Exit {
    /// The worse of two ends of a run: not produced is worse than not delivered.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        let rank = |exit: Self| match exit {
            Self::Done => 0,
            Self::Delivery => 1,
            Self::Output => 2,
            Self::Data => 3,
            Self::Unforeseen | Self::Usage | Self::Definition | Self::Ledger => 4,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

impl Failure {
    /// The exit code of a program that ends with this.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Definition(_) | Self::Unknown { .. } => Exit::Definition,
            Self::Argument { .. } => Exit::Usage,
            Self::Output { .. } => Exit::Output,
            Self::Ledger(_) => Exit::Ledger,
            Self::Run { exit, .. } => *exit,
            Self::Unforeseen(_) => Exit::Unforeseen,
        }
    }
}

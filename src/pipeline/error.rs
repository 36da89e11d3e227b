//! Why a report could not be produced.

use crate::document::DocumentError;
use crate::metrics::MetricsError;
use crate::render::RenderError;
use crate::source::SourceError;
use chrono::{DateTime, Utc};

/// Why a report could not be produced.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum PipelineError {
    /// Reading.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Source(#[from] SourceError),
    /// Computing.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Metrics(#[from] MetricsError),
    /// Putting together.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Document(#[from] DocumentError),
    /// Rendering.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Render(#[from] RenderError),
    /// The data are not what the report expects.
    #[error("the data are not as the report expects: {what}")]
    #[diagnostic(help(
        "nothing was sent; `[report.expect]` in the definition says what is expected, and `parte run --no-deliver` makes the files all the same"
    ))]
    Unexpected {
        /// What of them.
        what: String,
    },
    /// The data may still come.
    #[error("the data are not there yet: {what}; they are waited for until {}", until.format("%Y-%m-%d %H:%MZ"))]
    NotYet {
        /// What is not there.
        what: String,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// A rendered file does not say what the report says.
    #[error("`{file}` does not say what the report says: {what}")]
    #[diagnostic(help(
        "nothing was sent; run the report again, and when it happens again tell us this message: it is a fault in Parte"
    ))]
    Disagrees {
        /// Its name.
        file: String,
        /// Where, and what either says.
        what: String,
    },
    /// A message or a delivery that cannot be put together.
    #[error("failed to compose {what}")]
    #[diagnostic(help("{hint}"))]
    Compose {
        /// What and why.
        what: String,
        /// What to do.
        hint: String,
    },
}

//! From a document to bytes: CSV, Excel, PDF, a page of HTML, the mail's HTML and text; a chart is one scene drawn to PDF,
//! PNG and SVG.
//! Never: sockets, files; it returns [`Artifact`]s.

mod chart;
mod csv;
mod excel;
mod mail;
mod page;
mod palette;
mod pdf;
mod png;
mod scene;
mod subject;
mod svg;
mod table_text;
mod tabular;
mod text;

pub use csv::plain_rows_csv;
pub use mail::{Inline, MailBody, Templates, mail_body};
pub use page::page;
pub use subject::subject;

use crate::definition::Format;
use crate::document::Document;

/// A rendered file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// File name without folder: `equipo-diario_20260313.pdf`, `equipo-diario_20260313_por-vendedor.csv`.
    pub name: String,
    /// Its format's name: `csv`, `xlsx`, `pdf`, `eml`.
    pub format: String,
    /// Section it holds, when it holds one only (CSV).
    pub section: Option<String>,
    /// Media type.
    pub media_type: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// Why a document could not be rendered.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("failed to render {format}: {what}")]
#[diagnostic(help("{hint}"))]
pub struct RenderError {
    /// The format.
    pub format: &'static str,
    /// What is wrong, as a lower-case fragment.
    pub what: String,
    /// What to do.
    pub hint: String,
}

/// Renders a document in a format; `stem` begins every file name. Equal input gives equal bytes.
///
/// # Errors
/// What the format cannot hold.
pub fn render(document: &Document, format: Format, stem: &str) -> Result<Vec<Artifact>, RenderError> {
    match format {
        Format::Csv => csv::render(document, stem),
        Format::Xlsx => excel::render(document, stem),
        Format::Pdf => pdf::render(document, stem),
    }
}

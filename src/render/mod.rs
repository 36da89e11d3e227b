//! From a document to bytes: CSV, Excel, PDF, JSON, Parquet, a page of HTML, the mail's HTML and text; a chart is one scene drawn to PDF,
//! PNG and SVG.
//! Never: sockets, files; it returns [`Artifact`]s.

mod chart;
mod csv;
mod excel;
mod json;
mod mail;
mod page;
mod palette;
mod parquet;
mod pdf;
mod png;
mod records;
mod scene;
mod subject;
mod svg;
mod table_text;
mod tabular;
mod text;

pub use csv::plain_rows_csv;
pub use json::report_schema;
pub use mail::{Inline, MailBody, Templates, mail_body};
pub use page::page;
pub use subject::subject;

use crate::definition::{CsvDialect, Format};
use crate::document::Document;

/// A rendered file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// File name without folder: `equipo-diario_20260313.pdf`, `equipo-diario_20260313_por-vendedor.csv`.
    pub name: String,
    /// Its format's name: `csv` (in a ZIP too), `xlsx`, `pdf`, `json`, `parquet`, `eml`.
    pub format: String,
    /// Section it holds, when it holds one only (CSV, Parquet).
    pub section: Option<String>,
    /// Media type.
    pub media_type: String,
    /// Content.
    pub bytes: Vec<u8>,
}

impl Artifact {
    /// What its name ends with: `csv`, `zip`.
    #[must_use]
    pub fn extension(&self) -> &str {
        self.name.rsplit_once('.').map_or("", |(_, extension)| extension)
    }
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

/// Renders a document in a format, CSV as a spreadsheet opens it; `stem` begins every file name. Equal input gives equal bytes.
///
/// # Errors
/// What the format cannot hold.
pub fn render(document: &Document, format: Format, stem: &str) -> Result<Vec<Artifact>, RenderError> {
    match format {
        Format::Csv => csv::render(document, &CsvDialect::EXCEL, stem),
        Format::Xlsx => excel::render(document, stem),
        Format::Pdf => pdf::render(document, stem),
        Format::Json => json::render(document, stem),
        Format::Parquet => parquet::render(document, stem),
    }
}

/// Renders a document as CSV in a dialect, a file for each section with rows; none of them in a ZIP.
///
/// # Errors
/// No section with rows, and letters that the encoding has not.
pub fn render_csv(
    document: &Document,
    dialect: &CsvDialect,
    stem: &str,
) -> Result<Vec<Artifact>, RenderError> {
    csv::render(document, dialect, stem)
}

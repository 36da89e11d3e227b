//! reports.toml: as written, checked (all problems in one pass, each with a caret), and resolved into types
//! that cannot hold nonsense. Never: I/O beyond the definition files and their secrets, polars, "now".

mod alerts;
mod api;
mod basis;
mod channel;
mod chart_section;
mod codes;
mod columns;
mod comparison;
mod csv;
mod database;
mod diagnostic;
mod expect;
mod file_pattern;
mod files;
mod ledger;
mod logo;
mod marking;
mod metric;
mod output;
mod params;
mod place;
mod quality;
mod read;
mod rendering;
mod report;
mod schema;
mod secret;
mod table_section;
mod target;
mod text;
mod texts;
mod upload;

pub use alerts::{AlertOn, Alerts};
pub use api::{ApiGeneration, ApiLogin, ApiSource, RateLimit};
pub use basis::basis;
pub use channel::{
    Channel, EmailChannel, Existing, FolderChannel, FtpChannel, HostIdentity, InDoubt, KeyLogin, MailLogin,
    Placing, ServerAddress, SftpChannel, TlsMode, Way,
};
pub use chart_section::{ChartKind, ChartSection, KpiSection};
pub use codes::{Example, Explanation, check_example, closest_code, explanation, explanations};
pub use columns::{AGGREGATES, derived_columns, frame_columns, hidden_columns};
pub use comparison::Comparison;
pub use csv::{CsvDates, CsvDialect, CsvEncoding, CsvFormulas, CsvHeadings, CsvLineEnd, CsvQuotes};
pub use database::{DatabaseProtection, DatabaseServer, SourceServer};
pub use diagnostic::{Diagnostics, Problem, Severity};
pub use expect::{Expectations, LengthUnit, Otherwise, RowBounds};
pub use file_pattern::{FileFacts, FilePattern, FilePatternError};
pub use files::{
    CsvReading, DateOrder, FileEncoding, FilesFormat, FilesPlace, FilesSource, StoredFiles, Take,
};
pub use ledger::{LedgerDefinition, LedgerPlace};
pub use logo::{Logo, LogoFault};
pub use marking::{Bound, Marking, Side};
pub use metric::{Better, MetricDefinition, Rows, ValueFormat};
pub use params::{Param, ParamError, ParamType, ParamValue, Params};
pub use place::Written;
pub use quality::{Flaw, Quality, Treatment};
pub use report::{
    Brand, CatchUp, ChannelId, Definitions, Deliver, Format, FrameName, FrameSource, Overlap, Report,
    ReportId, Section, SectionBody, Several, Source, SourceId, SourceKind, StatusMapping,
};
pub use schema::{Described, json_schema};
pub use secret::{Secret, Secrets, secret_files};
pub use table_section::{QuerySection, TableSection};
pub use target::{ByPeriod, ElseTarget, Target, unit_of};
pub use text::{Language, Text};
pub use texts::{TextFile, Texts};
pub use upload::{
    HttpEndpoint, OAuth2, Presign, PresignMethod, S3Channel, Store, UploadAuth, UploadChannel, UploadMethod,
    WebhookChannel, signing_key,
};

use rendering::moves_the_cursor;
use std::path::Path;

/// Reads and checks a definition file. `builtin` is the embedded metric catalogue: names in it are known, and
/// metrics of the file override those of the same id.
///
/// # Errors
/// Every problem found, in one pass.
pub fn load(path: &Path, builtin: &[MetricDefinition]) -> Result<Definitions, Diagnostics> {
    load_with(path, builtin, Secrets::Needed)
}

/// The same, where it may not matter whether secrets are set.
///
/// # Errors
/// Every problem found, in one pass.
pub fn load_with(
    path: &Path,
    builtin: &[MetricDefinition],
    secrets: Secrets,
) -> Result<Definitions, Diagnostics> {
    read::definitions(path, builtin, secrets)
}

/// Reads a definition again from what its files said. Secrets that are not set are no problem: nothing is sent with it.
///
/// # Errors
/// Every problem found: what one version of the program takes, another may not.
pub fn load_again(texts: &Texts, builtin: &[MetricDefinition]) -> Result<Definitions, Diagnostics> {
    read::again(texts, builtin)
}

/// Reads metric definitions from a TOML text of `[id]` tables: the shape of the embedded catalogue.
///
/// # Errors
/// Every problem found, in one pass.
pub fn read_metrics(name: &str, text: &str) -> Result<Vec<MetricDefinition>, Diagnostics> {
    read::metrics(name, text)
}

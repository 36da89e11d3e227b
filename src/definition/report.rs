//! The resolved definitions: what the rest of the house works with.

use super::{
    Alerts, Channel, ChartSection, Comparison, CsvDialect, Diagnostics, Expectations, FilesSource,
    KpiSection, LedgerDefinition, Logo, MetricDefinition, Params, Quality, QuerySection, SourceServer,
    TableSection, Take, Text, Texts,
};
use crate::calendar::{Period, PeriodRule, Schedule, Workdays};
use chrono::{DateTime, NaiveDate, Utc, Weekday};
use chrono_tz::Tz;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        pub struct $name(String);
        impl $name {
            /// Reads a name: lower-case letters, digits, `-` and `_`, starting with a letter, at most 64 characters.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                let ok = text.len() <= 64
                    && text.starts_with(|c: char| c.is_ascii_lowercase())
                    && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_');
                ok.then(|| Self(text.to_owned()))
            }
            /// The name.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// Names a report.
    ReportId
);
id!(
    /// Names a source.
    SourceId
);
id!(
    /// Names a channel.
    ChannelId
);

/// Everything a definition file says, resolved.
#[derive(Debug, Clone)]
pub struct Definitions {
    /// The folder of the file: relative paths stand from here.
    pub root: PathBuf,
    /// The company.
    pub brand: Brand,
    /// The record.
    pub ledger: LedgerDefinition,
    /// Where data comes from.
    pub sources: BTreeMap<SourceId, Source>,
    /// The ways out.
    pub channels: BTreeMap<ChannelId, Channel>,
    /// The built-in catalogue with the file's metrics over it, in catalogue order, the file's own last.
    pub metrics: Vec<MetricDefinition>,
    /// The reports, in the order written.
    pub reports: Vec<Report>,
    /// Who is told when something goes wrong; `None`: nobody.
    pub alerts: Option<Alerts>,
    /// What a person should look at though the definitions are taken; its problems are mostly empty.
    pub warnings: Diagnostics,
    /// Every file that was read: the definition file first, then those it includes, then calendars of holidays and the logo.
    pub files: Vec<PathBuf>,
    /// What these files said.
    pub texts: Arc<Texts>,
}

/// Whose reports these are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brand {
    /// The company's name.
    pub name: String,
    /// Main colour as `[red, green, blue]`.
    pub color: [u8; 3],
    /// A line at the foot of each page, for example a contact.
    pub footer: Option<String>,
    /// A picture that heads every page.
    pub logo: Option<Logo>,
}

/// A format of an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One file a table section.
    Csv,
    /// One workbook.
    Xlsx,
    /// One PDF.
    Pdf,
    /// One document for programs.
    Json,
    /// One file a table section, in typed columns.
    Parquet,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 5] = [Self::Csv, Self::Xlsx, Self::Pdf, Self::Json, Self::Parquet];
    /// Its file extension, which is also its name in definitions.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Pdf => "pdf",
            Self::Json => "json",
            Self::Parquet => "parquet",
        }
    }
    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Pdf => "application/pdf",
            Self::Json => "application/json",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }
    /// Has it a file for each section with rows, instead of one for all?
    #[must_use]
    pub fn is_by_section(self) -> bool {
        matches!(self, Self::Csv | Self::Parquet)
    }
}

/// What happens to firings missed while nobody was running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CatchUp {
    /// None is made up for.
    None,
    /// The latest one is.
    Latest,
    /// All are.
    All,
}

/// What happens to a firing that comes while an earlier run of its report is still to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlap {
    /// Its run waits until that one is made.
    Queue,
    /// It is recorded as missed.
    Skip,
}

/// One report.
#[derive(Debug, Clone)]
pub struct Report {
    /// Its name.
    pub id: ReportId,
    /// Title for people.
    pub title: Text,
    /// A sentence under the title.
    pub subtitle: Option<Text>,
    /// Civil days are of this zone.
    pub zone: Tz,
    /// BCP 47 tag: es-*, en-* or pt-*.
    pub locale: String,
    /// ISO 4217 code of amounts.
    pub currency: Option<String>,
    /// First day of a week.
    pub week_start: Weekday,
    /// Business days.
    pub workdays: Workdays,
    /// When it is due; `None`: only by hand.
    pub schedule: Option<Schedule>,
    /// What it covers.
    pub period: PeriodRule,
    /// Does it begin with what is worth reading first?
    pub summary: bool,
    /// How its CSV files are written.
    pub csv: CsvDialect,
    /// What its numbers are compared with, the main one first.
    pub compare: Vec<Comparison>,
    /// Where its data comes from.
    pub source: SourceId,
    /// SQL condition on every frame that has its columns; parsed.
    pub filter: Option<String>,
    /// Values that a run may be given; in SQL `:name`, in texts `{{ params.name }}`.
    pub params: Params,
    /// What is rendered.
    pub formats: Vec<Format>,
    /// Missed firings.
    pub catch_up: CatchUp,
    /// Firings that come before the run of an earlier one is made.
    pub overlap: Overlap,
    /// Not scheduled while true.
    pub paused: bool,
    /// How long one run may be in the making.
    pub time_limit: Duration,
    /// What must be true of its data before it is sent.
    pub expect: Option<Expectations>,
    /// What it says.
    pub sections: Vec<Section>,
    /// Whom it goes to.
    pub deliver: Vec<Deliver>,
    /// Who is told when something goes wrong; empty: those whom `[alerts]` name.
    pub owner: Vec<String>,
}

impl Report {
    /// The same report with these values for its parameters.
    #[must_use]
    pub fn with_params(&self, params: Params) -> Self {
        Self { params, ..self.clone() }
    }

    /// Does each run go on where the one before ended?
    #[must_use]
    pub fn continues(&self) -> bool {
        self.period == PeriodRule::SinceLastRun
    }

    /// Everything that its numbers or those of its tables are compared with, each once: its own first.
    #[must_use]
    pub fn comparisons(&self) -> Vec<Comparison> {
        let of_tables = self.sections.iter().flat_map(|section| match &section.body {
            SectionBody::Table(table) => table.compare.as_slice(),
            _ => &[],
        });
        let mut all: Vec<Comparison> = Vec::new();
        for comparison in self.compare.iter().chain(of_tables) {
            if !all.contains(comparison) {
                all.push(*comparison);
            }
        }
        all
    }

    /// The periods that a period of it is compared with.
    #[must_use]
    pub fn compared_periods(&self, period: &Period) -> Vec<(Comparison, Period)> {
        let of = |with: Comparison| with.period(period).map(|other| (with, other));
        self.comparisons().into_iter().filter_map(of).collect()
    }

    /// The period it covers when scheduled for this instant. `since` is where the period of its latest run that succeeded
    /// ends (the excluded day); only `since last run` asks for it.
    #[must_use]
    pub fn period_at(&self, scheduled: DateTime<Utc>, since: Option<NaiveDate>) -> Period {
        self.period.at(scheduled, self.zone, self.week_start, &self.workdays, since)
    }
}

/// One section.
#[derive(Debug, Clone)]
pub struct Section {
    /// Unique in the report: file and sheet names come from it (slug of the title, or `kpis`, `table-2`, ...).
    pub id: String,
    /// Heading.
    pub title: Option<Text>,
    /// Only in these formats; empty: in all.
    pub only: Vec<Format>,
    /// Its content.
    pub body: SectionBody,
}

/// The content of a section.
#[derive(Debug, Clone)]
pub enum SectionBody {
    /// Tiles, one a metric.
    Kpis(KpiSection),
    /// Metrics by dimensions.
    Table(TableSection),
    /// Metrics drawn.
    Chart(ChartSection),
    /// A query over the frames.
    Sql(QuerySection),
    /// Words with numbers in them (minijinja).
    Text(Text),
}

/// `[[report.deliver]]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deliver {
    /// By which channel.
    pub channel: ChannelId,
    /// Mail addresses (`Name <a@b>` or `a@b`); empty for file channels.
    pub to: Vec<String>,
    /// Those named as getting a copy.
    pub cc: Vec<String>,
    /// Those that get a copy without being named.
    pub bcc: Vec<String>,
    /// One message that names all, instead of one for each.
    pub together: bool,
    /// Of the report's formats, those that go this way.
    pub formats: Vec<Format>,
    /// How the CSV files are written that go this way; `None`: like the report's.
    pub csv: Option<CsvDialect>,
    /// Subject of a mail (minijinja); default: title and period.
    pub subject: Option<Text>,
}

impl Deliver {
    /// Everybody who gets it, named in it or not.
    pub fn recipients(&self) -> impl Iterator<Item = &String> {
        self.to.iter().chain(&self.cc).chain(&self.bcc)
    }
}

/// Where data comes from.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its name.
    pub id: SourceId,
    /// What it is.
    pub kind: SourceKind,
    /// How its tables differ from the documented frames; a frame without entry is looked for under its own name.
    pub frames: BTreeMap<FrameName, FrameSource>,
}

/// The kinds of sources.
#[derive(Debug, Clone)]
pub enum SourceKind {
    /// A SQLite file, opened read-only.
    Sqlite(PathBuf),
    /// A PostgreSQL database, in a transaction that reads alone.
    Postgres(SourceServer),
    /// A MySQL or MariaDB database, in a transaction that reads alone.
    MySql(SourceServer),
    /// CSV, NDJSON or Parquet files.
    Files(FilesSource),
}

/// The frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FrameName {
    /// Planned contacts.
    Tasks,
    /// One row a user and day.
    UserStates,
    /// Who does the work.
    Sellers,
    /// Who is contacted.
    Users,
    /// Who is in charge of whom.
    Assignments,
    /// What metrics are to reach, by group and period.
    Targets,
}

impl FrameName {
    /// Every frame.
    pub const ALL: [Self; 6] =
        [Self::Tasks, Self::UserStates, Self::Sellers, Self::Users, Self::Assignments, Self::Targets];
    /// Its name in SQL and definitions.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tasks => "tasks",
            Self::UserStates => "user_states",
            Self::Sellers => "sellers",
            Self::Users => "users",
            Self::Assignments => "assignments",
            Self::Targets => "targets",
        }
    }
}

/// How a source's table becomes a frame.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FrameSource {
    /// Its table; default: the frame's name.
    pub table: Option<String>,
    /// Or a query (one select), instead of a table.
    pub query: Option<String>,
    /// Of files: which of them are its own, as a pattern of their names; default: those that are called like the table.
    pub files: Option<String>,
    /// Of files: which of several are read.
    pub take: Take,
    /// Frame column -> the source's column. Others keep their names.
    pub columns: BTreeMap<String, String>,
    /// Zone of instants written without an offset (default UTC).
    pub zone: Option<Tz>,
    /// Status values folded; `None`: the documented common ones.
    pub status: Option<StatusMapping>,
    /// What becomes of rows that do not fit.
    pub quality: Quality,
}

/// Which of a source's status values mean what.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatusMapping {
    /// Still to do.
    pub open: Vec<String>,
    /// Done.
    pub done: Vec<String>,
    /// Tried without success.
    pub failed: Vec<String>,
    /// Called off.
    pub cancelled: Vec<String>,
    /// Moved to another date (a new task stands for it).
    pub rescheduled: Vec<String>,
}

//! The file itself, `[defaults]`, `[brand]` and `[ledger]`, as written.
#![expect(dead_code, reason = "no value is ever made: the schema is derived from the types")]

use super::channel::Channels;
use super::csv::Csv;
use super::metric::Metrics;
use super::report::Report;
use super::source::Sources;
use super::values::{
    AlertEvents, Color, Currency, Days, FilePatterns, Holidays, HookEvents, LedgerUrl, Locale, Name,
    Recipients, Timezone, Version, Weekday, Weekdays,
};
use schemars::JsonSchema;
use serde_json::json;

/// What is reported, when, from where, in which formats and to whom.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "reports.toml")]
pub(super) struct File {
    /// Which language this file is written in. The first line of every file.
    version: Version,
    /// More files with reports, sources, channels and metrics: patterns from the folder of this file.
    include: Option<FilePatterns>,
    /// What holds for every report that does not say otherwise.
    defaults: Option<Defaults>,
    /// Whose reports these are.
    brand: Option<Brand>,
    /// The record of what ran and what was sent to whom.
    ledger: Option<Ledger>,
    /// Where tasks and user states come from: [sources.NAME].
    sources: Option<Sources>,
    /// The ways out: [channels.NAME].
    channels: Option<Channels>,
    /// Metrics of your own, beside the built-in ones: [metrics.NAME].
    metrics: Option<Metrics>,
    /// The reports: a [[report]] each.
    report: Option<Vec<Report>>,
    /// Who is told when something goes wrong.
    alerts: Option<Alerts>,
}

/// A file named by `include` of another: reports, sources, channels and metrics, nothing else.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "a file included by reports.toml")]
pub(super) struct Included {
    /// Which language this file is written in; the including file says it too.
    version: Option<Version>,
    /// Where tasks and user states come from: [sources.NAME].
    sources: Option<Sources>,
    /// The ways out: [channels.NAME].
    channels: Option<Channels>,
    /// Metrics of your own, beside the built-in ones: [metrics.NAME].
    metrics: Option<Metrics>,
    /// The reports: a [[report]] each.
    report: Option<Vec<Report>>,
}

/// What holds for every report that does not say otherwise.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Defaults {
    /// Civil days and schedules are of this zone: continent and city. Without it each report must say its own.
    #[schemars(example = &"America/Bogota")]
    timezone: Option<Timezone>,
    /// Words, numbers and dates: Spanish, English or Portuguese with a country.
    #[schemars(extend("default" = "es"))]
    locale: Option<Locale>,
    /// Three letters of ISO 4217. Without it amounts have no sign.
    #[schemars(example = &"COP")]
    currency: Option<Currency>,
    /// The first day of a week.
    #[schemars(extend("default" = "monday"))]
    week_start: Option<Weekday>,
    /// Business days. Without it Monday to Friday, no holidays.
    workdays: Option<Workdays>,
    /// Whether reports begin with a summary in words, where there is something to say.
    #[schemars(extend("default" = true))]
    summary: Option<bool>,
    /// How CSV files are written.
    csv: Option<Csv>,
    /// A folder: everything that would be sent is written into it, and nothing leaves this machine.
    #[schemars(regex(pattern = "\\S"), example = &"outbox")]
    outbox: Option<String>,
}

/// Business days: { days = "mon-sat", holidays = "templates/holidays-co.ics" }.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Workdays {
    /// Days of the week that are worked: "mon-fri", "mon-sat" or a list, "mon, wed, fri".
    #[schemars(extend("default" = "mon-fri"))]
    days: Option<Weekdays>,
    /// An iCalendar file whose all-day events are holidays, or a list of dates.
    holidays: Option<Holidays>,
}

/// Whose reports these are.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Brand {
    /// The company's name; it heads every page.
    #[schemars(example = &"Distribuciones Ñandú")]
    name: String,
    /// The colour of headings and charts: # and six of 0-9, a-f.
    #[schemars(extend("default" = "#0b7a75"))]
    color: Option<Color>,
    /// A line at the foot of each page.
    footer: Option<String>,
    /// A PNG or SVG picture that heads every page, mail and workbook.
    #[schemars(example = &"templates/logo.svg")]
    logo: Option<String>,
}

/// The record of what ran and what was sent to whom.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Ledger {
    /// A SQLite file, which is made when it is not there, or a PostgreSQL database when several machines share the work.
    #[schemars(extend("default" = "sqlite:parte.db"))]
    url: LedgerUrl,
    /// How long runs that have ended are kept, with what they made and sent. Without it for ever.
    keep: Option<Days>,
    /// How long the frames are kept from which runs were made, so that a number can be explained and a run made again. "0 days" keeps none.
    #[schemars(extend("default" = "90 days"))]
    keep_frames: Option<Days>,
    /// A PEM file with certificates of the database server to trust beside the system's.
    ca: Option<String>,
}

/// Who is told when something goes wrong, once, and when it is well again.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("anyOf" = json!([{ "required": ["channel", "to"] }, { "required": ["hook"] }])))]
struct Alerts {
    /// The name of a mail channel.
    channel: Option<Name>,
    /// Addresses, each once: told about reports that have no `owner`.
    to: Option<Recipients>,
    /// The name of a channel that other programs are told by.
    hook: Option<Name>,
    /// Of what people are told. Without it of everything.
    on: Option<AlertEvents>,
    /// Of what the other programs are told. Without it of the same.
    hook_on: Option<HookEvents>,
}

//! The command line as typed.

mod care;

pub(super) use care::{Cancel, Dead, Doctor, Release, Rerender, Resend, Retry, Runs, Show};

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

const EXIT_CODES: &str = "\
Exit codes:
  0  done                                     4  data could not be read, or are not as expected
  1  something unforeseen                     5  a report could not be rendered or written
  2  the command line is wrong                6  made, but some of it is not delivered
  3  reports.toml has problems                7  the ledger cannot be used

Start here:  parte demo";

/// Scheduled reports that can be trusted: from reports.toml to CSV, Excel and PDF, delivered once and on time.
#[derive(Debug, Parser)]
#[command(name = "parte", version, after_help = EXIT_CODES, disable_help_subcommand = true, arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
    #[command(flatten)]
    pub(super) common: Common,
}

/// Said before or after any command.
#[derive(Debug, Args)]
pub(super) struct Common {
    /// The definition file.
    #[arg(
        long,
        short = 'f',
        global = true,
        default_value = "reports.toml",
        env = "PARTE_FILE",
        value_name = "FILE"
    )]
    pub(super) file: PathBuf,
    /// Only results and errors: no progress, no advice.
    #[arg(long, short, global = true)]
    pub(super) quiet: bool,
    /// Colours in what is printed.
    #[arg(long, global = true, default_value = "auto", value_name = "WHEN")]
    pub(super) color: Color,
    /// Which log lines are written to standard error, for example `info` or `parte=debug`.
    #[arg(long, global = true, env = "PARTE_LOG", value_name = "FILTER")]
    pub(super) log: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Yes.
    Always,
    /// No.
    Never,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a folder with demo data, run every report on it and show what comes out. Needs nothing.
    Demo(Demo),
    /// Begin: write a commented reports.toml to start from, and what belongs beside it.
    Init(Init),
    /// Find every mistake in reports.toml and show it at its line.
    Check(Check),
    /// Where a number of a run comes from and why it changed; or what a code of `parte check` means and how it is mended.
    Explain(Explain),
    /// The JSON Schema of reports.toml, for editors and other programs.
    Schema(Schema),
    /// The metrics there are, or one of them in full.
    Metrics(Metrics),
    /// What a run would do, doing nothing; with --diff, what a changed reports.toml changes.
    Plan(Plan),
    /// When reports are due next, and what each run will cover.
    Schedule(Schedule),
    /// Show one report in the browser while it is written: every save shows at once.
    Preview(Preview),
    /// Run one report now, and deliver it.
    Run(Run),
    /// Run what a report's schedule would have fired in the past, each firing with its own period.
    Backfill(Backfill),
    /// What ran, and what became of it.
    Runs(Runs),
    /// Wait for the schedules: run, deliver, retry, until told to stop. A saved reports.toml is read again, and at SIGHUP.
    Serve(Serve),
    /// One run from its firing to its last word: files, recipients, every try with the peer's answer.
    Show(Show),
    /// Send again what a run sent: to the same recipients, or to others; the same bytes.
    Resend(Resend),
    /// Make a run's files again from the rows it was made from, and say whether they are the same. Sends nothing.
    Rerender(Rerender),
    /// Try now what failed or waits for another try.
    Retry(Retry),
    /// Send a run that is held because of its data, as it was made.
    Release(Release),
    /// Call off a run, or one delivery.
    Cancel(Cancel),
    /// What was refused, is dead or in doubt, with why and what to do.
    Dead(Dead),
    /// Look at everything that Parte needs: definitions, ledger, disk, clock, sources, channels, what waits.
    Doctor(Doctor),
    /// Only do what is due, and leave the schedules to `parte serve` elsewhere: more machines for one ledger in PostgreSQL.
    Worker(Worker),
    /// One round for a scheduler of your own: what is due is scheduled and done, then it ends. Call it every few minutes.
    Tick(Tick),
    /// Bring the copies of sources that are APIs up to date.
    Sync(Sync),
    /// Have a report's schedule fire nothing for the time being.
    Pause(Pause),
    /// Let a paused report go on; what it did not fire meanwhile is not made up for.
    Resume(Resume),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  parte explain 12 completion_rate                       the number, what it is made of, its rows, why it changed
  parte explain 12 completion_rate --where seller=SLR_0042
  parte explain 12 sales_amount --by city                what each city added to the change
  parte explain 12 completion_rate --rows rows.csv       every row behind it
  parte explain unknown-key                              a code of `parte check`")]
pub(super) struct Explain {
    /// The run's number, as `parte runs` lists it; or a code of `parte check`; without it, all codes.
    #[arg(value_name = "RUN|CODE")]
    pub(super) subject: Option<String>,
    /// The metric that is explained.
    #[arg(value_name = "METRIC")]
    pub(super) metric: Option<String>,
    /// Only of this group: `seller=SLR_0042`, `team=` for rows without a team; may be repeated.
    #[arg(long = "where", value_name = "DIMENSION=VALUE", requires = "metric")]
    pub(super) at: Vec<String>,
    /// Show what each group of this dimension added to the change; may be repeated.
    #[arg(long, value_name = "DIMENSION", requires = "metric")]
    pub(super) by: Vec<String>,
    /// Every row behind the number as CSV: into this file, or to standard output.
    #[arg(long, value_name = "FILE", requires = "metric", num_args = 0..=1, default_missing_value = "-", conflicts_with = "json")]
    pub(super) rows: Option<std::path::PathBuf>,
    /// As JSON.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Init {
    /// The folder to begin in; made when it is not there.
    #[arg(default_value = ".", value_name = "DIR")]
    pub(super) folder: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct Schema {
    /// Of the files that `include` names, instead of reports.toml.
    #[arg(long)]
    pub(super) included: bool,
    /// Of the JSON document that a report is made as, instead of reports.toml.
    #[arg(long, conflicts_with = "included")]
    pub(super) report: bool,
}

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// The folder to make.
    #[arg(default_value = "parte-demo", value_name = "DIR")]
    pub(super) folder: PathBuf,
    /// The day taken as today; the data ends the day before.
    #[arg(long, default_value = "2026-11-20", value_name = "DATE")]
    pub(super) today: chrono::NaiveDate,
    /// About how many tasks to generate.
    #[arg(long, default_value_t = 45_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1_000..=20_000_000))]
    pub(super) tasks: u32,
    /// Another seed gives other people and numbers.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(super) seed: u64,
}

#[derive(Debug, Args)]
pub(super) struct Check {
    /// The file to check, instead of --file.
    #[arg(value_name = "FILE")]
    pub(super) path: Option<PathBuf>,
    /// Ask the sources whether tables and columns are there, and the channels whether they let us in. Changes nothing.
    #[arg(long)]
    pub(super) online: bool,
    /// How problems are written: for people, for programs, as SARIF 2.1.0, or as annotations of GitHub Actions.
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    pub(super) format: ProblemFormat,
    /// The same as --format json.
    #[arg(long, conflicts_with = "format")]
    pub(super) json: bool,
    /// Warnings refuse the file too: exit code 3.
    #[arg(long)]
    pub(super) strict: bool,
    /// Secrets that are not set are no problem: for places that check the file and send nothing, such as CI.
    #[arg(long, conflicts_with = "online")]
    pub(super) no_secrets: bool,
}

/// How problems are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ProblemFormat {
    /// With the line and a caret.
    Text,
    /// For editors and programs.
    Json,
    /// For code scanning.
    Sarif,
    /// For the checks of a pull request.
    Github,
}

#[derive(Debug, Args)]
pub(super) struct Run {
    /// The report's id.
    #[arg(value_name = "REPORT")]
    pub(super) report: String,
    /// As if it were this instant: `2026-03-13T07:00` in the report's zone, or with an offset.
    #[arg(long, value_name = "INSTANT", conflicts_with = "period")]
    pub(super) at: Option<String>,
    /// These civil days, the second excluded: `2026-03-01..2026-04-01`.
    #[arg(long, value_name = "A..B")]
    pub(super) period: Option<String>,
    /// A value for one of the report's parameters: `team=sur`; may be repeated.
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub(super) params: Vec<String>,
    /// Only this format; may be repeated.
    #[arg(long = "format", value_name = "FORMAT")]
    pub(super) formats: Vec<String>,
    /// Also write the files into this folder.
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Send nothing.
    #[arg(long)]
    pub(super) no_deliver: bool,
    /// What was made as JSON on standard output.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// On SIGTERM or Ctrl-C, wait this many seconds for what is in flight.
    #[arg(long, default_value_t = 4, value_name = "SECONDS")]
    pub(super) grace: u64,
    /// Tell machines that watch how things stand: /metrics (Prometheus) and /healthz, for example at 127.0.0.1:9464.
    #[arg(long, value_name = "ADDRESS")]
    pub(super) metrics: Option<std::net::SocketAddr>,
    /// Let other machines reach them too.
    #[arg(long, requires = "metrics")]
    pub(super) metrics_public: bool,
}

#[derive(Debug, Args)]
pub(super) struct Preview {
    /// The report's id.
    #[arg(value_name = "REPORT")]
    pub(super) report: String,
    /// As if it were this instant: `2026-03-13T07:00` in the report's zone, or with an offset.
    #[arg(long, value_name = "INSTANT", conflicts_with = "period")]
    pub(super) at: Option<String>,
    /// These civil days, the second excluded: `2026-03-01..2026-04-01`.
    #[arg(long, value_name = "A..B")]
    pub(super) period: Option<String>,
    /// The port on 127.0.0.1; without it 7300, or a free one when that is taken.
    #[arg(long, value_name = "N")]
    pub(super) port: Option<u16>,
    /// A value of one of the report's parameters; may be repeated.
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub(super) params: Vec<String>,
    /// Also open the browser.
    #[arg(long)]
    pub(super) open: bool,
}

#[derive(Debug, Args)]
pub(super) struct Metrics {
    /// One metric in full: its formula, what it divides by, rows, columns, and how to use it.
    #[arg(value_name = "METRIC")]
    pub(super) id: Option<String>,
    /// The language of names, formulas and denominators.
    #[arg(long, value_name = "LANGUAGE", default_value = "en", value_parser = ["es", "en", "pt"])]
    pub(super) lang: String,
    /// As JSON.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Schedule {
    /// One report; without it, all of them.
    #[arg(value_name = "REPORT")]
    pub(super) report: Option<String>,
    /// So many firings of each report; 5 when nothing is said, with --ics those of a year.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) next: Option<u32>,
    /// From this instant on, instead of from now: `2026-03-13T07:00` in the report's zone, or with an offset.
    #[arg(long, value_name = "INSTANT")]
    pub(super) from: Option<String>,
    /// As JSON.
    #[arg(long)]
    pub(super) json: bool,
    /// As an iCalendar feed, for a calendar program.
    #[arg(long, conflicts_with = "json")]
    pub(super) ics: bool,
}

#[derive(Debug, Args)]
pub(super) struct Plan {
    /// One report; without it, all of them.
    #[arg(value_name = "REPORT")]
    pub(super) report: Option<String>,
    /// As if it were this instant, instead of the next firing: `2026-03-13T07:00` in the report's zone, or with an offset.
    #[arg(long, value_name = "INSTANT", conflicts_with = "period")]
    pub(super) at: Option<String>,
    /// These civil days, the second excluded: `2026-03-01..2026-04-01`.
    #[arg(long, value_name = "A..B")]
    pub(super) period: Option<String>,
    /// A value of one of the report's parameters; may be repeated.
    #[arg(long = "param", value_name = "NAME=VALUE", requires = "report")]
    pub(super) params: Vec<String>,
    /// Also the formula of every metric, and every value bound to the source's queries.
    #[arg(long, short)]
    pub(super) verbose: bool,
    /// What changes when this older file becomes the current one.
    #[arg(long, value_name = "OLD.toml", conflicts_with_all = ["report", "at", "period", "verbose"])]
    pub(super) diff: Option<PathBuf>,
    /// From this instant on are the firings of --diff, instead of from now.
    #[arg(long, value_name = "INSTANT", requires = "diff")]
    pub(super) from: Option<String>,
    /// As JSON.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Backfill {
    /// The report's id.
    #[arg(value_name = "REPORT")]
    pub(super) report: String,
    /// The first day (of the report's zone) or instant whose firings are meant.
    #[arg(long, value_name = "DAY")]
    pub(super) from: String,
    /// The first day or instant that is not meant any more.
    #[arg(long, value_name = "DAY")]
    pub(super) to: String,
    /// Which runs that are in the record are done again.
    #[arg(long, default_value = "none", value_name = "WHICH")]
    pub(super) reprocess: Reprocess,
    /// Show what would be done, and do nothing.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Send nothing.
    #[arg(long)]
    pub(super) no_deliver: bool,
    /// What was done (or would be) as JSON on standard output.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Reprocess {
    /// None: only firings that have no run.
    None,
    /// Those that failed wholly or in part, and those that were missed.
    Failed,
    /// All that have ended; recipients get them again.
    All,
}

#[derive(Debug, Args)]
pub(super) struct Worker {
    /// On SIGTERM or Ctrl-C, wait this many seconds for what is in flight.
    #[arg(long, default_value_t = 4, value_name = "SECONDS")]
    pub(super) grace: u64,
}

#[derive(Debug, Args)]
pub(super) struct Tick {
    /// Once; there is no other way to tick, so it need not be said.
    #[arg(long)]
    pub(super) once: bool,
    /// On SIGTERM or Ctrl-C, wait this many seconds for what is in flight.
    #[arg(long, default_value_t = 4, value_name = "SECONDS")]
    pub(super) grace: u64,
}

#[derive(Debug, Args)]
pub(super) struct Sync {
    /// The sources; without a name, all that are APIs.
    #[arg(value_name = "SOURCE")]
    pub(super) sources: Vec<String>,
    /// Read everything again, also what is not expected to change any more.
    #[arg(long)]
    pub(super) full: bool,
    /// What was read as JSON on standard output.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Pause {
    /// The report's id.
    #[arg(value_name = "REPORT")]
    pub(super) report: String,
    /// Why, for who asks later.
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Resume {
    /// The report's id.
    #[arg(value_name = "REPORT")]
    pub(super) report: String,
}

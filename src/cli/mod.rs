//! The command line: arguments, what is printed, exit codes. Own view types. Never: SQL, rendering.

mod arguments;
mod backfill;
mod care;
mod check;
mod dead;
mod demo;
mod doctor;
mod explain;
mod explain_number;
mod init;
mod metrics;
mod online;
mod parameters;
mod pause;
mod plan;
mod plan_diff;
mod preview;
mod rerender;
mod run;
mod runs;
mod schedule;
mod schema;
mod serve;
mod show;
mod sync;
mod terminal;
mod when;

use crate::app::{self, Exit, Failure};
use crate::definition::Definitions;
use arguments::{Arguments, Command};
use clap::Parser as _;
use std::path::Path;
use std::process::ExitCode;
use terminal::Terminal;

/// Reads the arguments, does what they say, and tells how it went.
#[must_use]
pub fn main() -> ExitCode {
    let Arguments { command, common } = Arguments::parse();
    let terminal = Terminal::new(common.quiet, common.color);
    // a sync tells a person by its bar how far it is, and whoever reads its output by its log
    let tells_by_log = matches!(command, Command::Sync(_)) && !terminal.is_live() && !common.quiet;
    terminal.start_logs(
        common.log.as_deref(),
        tells_by_log || matches!(command, Command::Serve(_) | Command::Worker(_) | Command::Tick(_)),
    );
    // Whoever ends soon may keep what stores sent until then; who serves keeps it for a run.
    let ends_soon = !matches!(command, Command::Serve(_) | Command::Worker(_));
    let keeping = ends_soon.then(app::keep_brought);
    let outcome = match command {
        Command::Demo(arguments) => demo::demo(&arguments, &terminal),
        Command::Check(arguments) => check::check(&arguments, &common.file, &terminal),
        Command::Run(arguments) => run::run(&arguments, &common.file, &terminal),
        Command::Runs(arguments) => runs::runs(&arguments, &common.file, &terminal),
        Command::Serve(arguments) => serve::serve(&arguments, &common.file, &terminal),
        Command::Preview(arguments) => preview::preview(&arguments, &common.file, &terminal),
        Command::Metrics(arguments) => metrics::metrics(&arguments, &common.file, &terminal),
        Command::Schedule(arguments) => schedule::schedule(&arguments, &common.file, &terminal),
        Command::Plan(arguments) => plan::plan(&arguments, &common.file, &terminal),
        Command::Backfill(arguments) => backfill::backfill(&arguments, &common.file, &terminal),
        Command::Init(arguments) => init::init(&arguments, &terminal),
        Command::Schema(arguments) => schema::schema(&arguments, &terminal),
        Command::Explain(arguments) => explain::explain(&arguments, &common.file, &terminal),
        Command::Show(arguments) => show::show(&arguments, &common.file, &terminal),
        Command::Resend(arguments) => care::resend(&arguments, &common.file, &terminal),
        Command::Rerender(arguments) => rerender::rerender(&arguments, &common.file, &terminal),
        Command::Retry(arguments) => care::retry(&arguments, &common.file, &terminal),
        Command::Release(arguments) => care::release(&arguments, &common.file, &terminal),
        Command::Cancel(arguments) => care::cancel(&arguments, &common.file, &terminal),
        Command::Dead(arguments) => dead::dead(&arguments, &common.file, &terminal),
        Command::Doctor(arguments) => doctor::doctor(&arguments, &common.file, &terminal),
        Command::Worker(arguments) => serve::worker(&arguments, &common.file, &terminal),
        Command::Sync(arguments) => sync::sync(&arguments, &common.file, &terminal),
        Command::Tick(arguments) => serve::tick(&arguments, &common.file, &terminal),
        Command::Pause(arguments) => pause::pause(&arguments, &common.file, &terminal),
        Command::Resume(arguments) => pause::resume(&arguments, &common.file, &terminal),
    };
    drop(keeping);
    let exit = outcome.unwrap_or_else(|failure| {
        terminal.failure(&failure);
        failure.exit()
    });
    ExitCode::from(exit as u8)
}

/// The definitions of a file; what a person should look at in them is shown.
fn definitions(file: &Path, terminal: &Terminal) -> Result<Definitions, Failure> {
    let definitions = app::definitions(file)?;
    terminal.warnings(&definitions.warnings, false);
    Ok(definitions)
}

/// A runtime for commands that wait.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Unforeseen(format!("failed to start the runtime: {error}")))
}

/// What every command ends with.
type Ended = Result<Exit, Failure>;

//! The command line: arguments, what is printed, exit codes. Own view types. Never: SQL, rendering.

mod arguments;
mod check;
mod demo;
mod metrics;
mod preview;
mod run;
mod runs;
mod serve;
mod terminal;

use crate::app::{Exit, Failure};
use arguments::{Arguments, Command};
use clap::Parser as _;
use std::process::ExitCode;
use terminal::Terminal;

/// Reads the arguments, does what they say, and tells how it went.
#[must_use]
pub fn main() -> ExitCode {
    let Arguments { command, common } = Arguments::parse();
    let terminal = Terminal::new(common.quiet, common.color);
    terminal.start_logs(common.log.as_deref(), matches!(command, Command::Serve(_)));
    let outcome = match command {
        Command::Demo(arguments) => demo::demo(&arguments, &terminal),
        Command::Check(arguments) => check::check(&arguments, &common.file, &terminal),
        Command::Run(arguments) => run::run(&arguments, &common.file, &terminal),
        Command::Runs(arguments) => runs::runs(&arguments, &common.file, &terminal),
        Command::Serve(arguments) => serve::serve(&arguments, &common.file, &terminal),
        Command::Preview(arguments) => preview::preview(&arguments, &common.file, &terminal),
        Command::Metrics(arguments) => metrics::metrics(&arguments, &common.file, &terminal),
    };
    let exit = outcome.unwrap_or_else(|failure| {
        terminal.failure(&failure);
        failure.exit()
    });
    ExitCode::from(exit as u8)
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

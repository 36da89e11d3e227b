//! What is typed to look after the record.

use clap::Args;
use clap::builder::PossibleValuesParser;

/// States as typed: `in_doubt`.
fn run_states() -> PossibleValuesParser {
    PossibleValuesParser::new(crate::ledger::RunState::ALL.iter().map(|state| state.as_str()))
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  parte runs --state failed --since 2026-03-01
  parte runs --recipient ana@example.com --json")]
pub(in crate::cli) struct Runs {
    /// Only this report's.
    #[arg(long, value_name = "REPORT")]
    pub(in crate::cli) report: Option<String>,
    /// Only those that stand so.
    #[arg(long, value_name = "STATE", value_parser = run_states())]
    pub(in crate::cli) state: Option<String>,
    /// Only those scheduled on this day, at this instant, or later.
    #[arg(long, value_name = "DAY")]
    pub(in crate::cli) since: Option<String>,
    /// Only those scheduled before this day or instant.
    #[arg(long, value_name = "DAY")]
    pub(in crate::cli) until: Option<String>,
    /// Only those that went (or were to go) to a recipient whose address or file name holds this text.
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) recipient: Option<String>,
    /// Only those that went (or were to go) out by this channel.
    #[arg(long, value_name = "CHANNEL")]
    pub(in crate::cli) channel: Option<String>,
    /// At most this many, newest first.
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub(in crate::cli) limit: u32,
    /// As JSON.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  parte rerender 12                          are the files of run 12 the same, byte for byte?
  parte rerender 12 --out copy --format pdf  its PDF once more, into the folder copy
  parte rerender 12 --as-defined-now         the same rows by reports.toml as it is today")]
pub(in crate::cli) struct Rerender {
    /// The run's number, as `parte runs` lists it.
    #[arg(value_name = "RUN")]
    pub(in crate::cli) target: String,
    /// Write the files into this folder; mails as .eml.
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) out: Option<std::path::PathBuf>,
    /// Only this format; may be repeated.
    #[arg(long = "format", value_name = "FORMAT")]
    pub(in crate::cli) formats: Vec<String>,
    /// By reports.toml and the templates as they are today, instead of as they were.
    #[arg(long)]
    pub(in crate::cli) as_defined_now: bool,
    /// As JSON.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  parte show 12
  parte show 12 --out review     its files too, to look at before `parte release 12`")]
pub(in crate::cli) struct Show {
    /// The run's number, as `parte runs` lists it; or a delivery, written d34, for the run that it belongs to.
    #[arg(value_name = "RUN")]
    pub(in crate::cli) target: String,
    /// Write its files into this folder, as they were made.
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) out: Option<std::path::PathBuf>,
    /// As JSON.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  parte resend 12                            everything that the run sent, to the same recipients
  parte resend d34                           one delivery
  parte resend 12 --to ana@example.com       its messages to somebody else, the same bytes")]
pub(in crate::cli) struct Resend {
    /// The run's number, or a delivery, written d34.
    #[arg(value_name = "RUN|DELIVERY")]
    pub(in crate::cli) target: String,
    /// To this mail address instead; may be repeated.
    #[arg(long, value_name = "ADDRESS")]
    pub(in crate::cli) to: Vec<String>,
    /// Do it here and now, and wait for the answers.
    #[arg(long)]
    pub(in crate::cli) wait: bool,
    /// As JSON.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  parte retry              what waits for a retry, and what failed within seven days
  parte retry 12           of one run; one that was not produced is queued again
  parte retry d34 --wait   one delivery, here and now")]
pub(in crate::cli) struct Retry {
    /// The run's number, or a delivery, written d34; without it, the whole ledger.
    #[arg(value_name = "RUN|DELIVERY")]
    pub(in crate::cli) target: Option<String>,
    /// Without a run or delivery: what failed within so many days.
    #[arg(long, default_value_t = 7, value_name = "N", conflicts_with = "target")]
    pub(in crate::cli) days: u16,
    /// Do it here and now, and wait for the answers.
    #[arg(long)]
    pub(in crate::cli) wait: bool,
    /// As JSON.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  parte runs --state held    what is held, and why
  parte release 12           send it as it was made
  parte cancel 12            or give it up")]
pub(in crate::cli) struct Release {
    /// The run's number, as `parte runs` lists it.
    #[arg(value_name = "RUN")]
    pub(in crate::cli) target: String,
    /// Send it here and now, and wait for the answers.
    #[arg(long)]
    pub(in crate::cli) wait: bool,
    /// As JSON.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  parte cancel 12          a run that waits, is being produced or delivered, or is held
  parte cancel d34         one delivery; `parte dead` does not show it any more")]
pub(in crate::cli) struct Cancel {
    /// The run's number, or a delivery, written d34.
    #[arg(value_name = "RUN|DELIVERY")]
    pub(in crate::cli) target: String,
    /// As JSON.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Dead {
    /// At most this many, newest first; 0 for all.
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub(in crate::cli) limit: u32,
    /// As JSON.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Doctor {
    /// Ask neither sources nor channels.
    #[arg(long)]
    pub(in crate::cli) offline: bool,
    /// As JSON.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

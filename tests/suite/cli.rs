//! The program itself, as a person runs it: arguments, output, exit codes, files.

mod backfill;
mod bad_input;
mod begin;
mod broken_sources;
mod care;
mod delivering;
mod demo_run;
mod details;
mod dialects;
mod explaining;
mod gates;
mod held;
mod large_mail;
mod made_again;
mod mailing;
mod measured;
mod on_postgres;
mod params;
mod planning;
mod program;
mod readme;
mod real_data;
mod records;
mod schedule;
mod secrets;
mod serving;
mod soak;
mod targets;
mod unattended;
mod warnings;

pub(crate) use delivering::{Peers, with_secrets};
pub(crate) use program::{DEFINITIONS, Workplace, parte};
pub(crate) use real_data::departures_equal;

//! `parte schema`: the language of reports.toml as a JSON Schema, which editors complete and check with.

use super::Ended;
use super::arguments::Schema;
use super::terminal::Terminal;
use crate::app::Exit;
use crate::definition::{Described, json_schema};
use crate::metrics::catalogue;

pub(super) fn schema(arguments: &Schema, terminal: &Terminal) -> Ended {
    let described = if arguments.included { Described::Included } else { Described::Definitions };
    terminal.json(&json_schema(described, catalogue()))?;
    Ok(Exit::Done)
}

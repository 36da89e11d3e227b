//! `parte schema`: the language of reports.toml as a JSON Schema, which editors complete and check with; and the shape of reports as JSON.

use super::Ended;
use super::arguments::Schema;
use super::terminal::Terminal;
use crate::app::Exit;
use crate::definition::{Described, json_schema};
use crate::metrics::catalogue;
use crate::pipeline::report_schema;

pub(super) fn schema(arguments: &Schema, terminal: &Terminal) -> Ended {
    if arguments.report {
        terminal.json(&report_schema())?;
        return Ok(Exit::Done);
    }
    let described = if arguments.included { Described::Included } else { Described::Definitions };
    terminal.json(&json_schema(described, catalogue()))?;
    Ok(Exit::Done)
}

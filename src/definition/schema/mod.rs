//! The JSON Schema of reports.toml, for editors and other programs: one type for each table of the file as it is written.
//! Never reads a file, and checks none: that is the readers' work, which know more than a schema can say.
//!
//! | file | tables |
//! |---|---|
//! | `file` | the file itself, `[defaults]`, `[brand]`, `[ledger]` |
//! | `source`, `channel`, `metric` | one each |
//! | `api` | what a source that is an API says beside |
//! | `report`, `section`, `params`, `expect`, `csv` | `[[report]]` and what stands below it |
//! | `values` | what a single value may be; closed sets are the readers' own |
//! | `generate` | the schema put together |

mod api;
mod channel;
mod csv;
mod expect;
mod file;
mod generate;
mod metric;
mod params;
mod report;
mod section;
mod source;
mod values;

pub use generate::{Described, json_schema};

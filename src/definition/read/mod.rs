//! Reading a definition in two stages: as written (a TOML tree in which each value knows its place), then
//! resolved. Every problem is collected on the way; a value that is missing carries the proof that its problem was
//! told.
//!
//! | file | stage |
//! |---|---|
//! | `syntax`, `table`, `words`, `literal` | as written: syntax, keys, types, places |
//! | `include`, `calendars` | which other files belong to it |
//! | `file`, `civil`, `ledger`, `source`, `api`, `channel`, `address`, `metric`, `report`, `params`, `param_uses`, `schedule`, `expect`, `section`, `metric_table`, `marking`, `detail`, `deliver`, `csv` | resolved: one table each |
//! | `coverage` | what a schedule and a period mean together |
//! | `sql`, `sql_names`, `sql_scope`, `sql_functions`, `frames` | SQL inside strings: syntax, then names |
//! | `template`, `duration`, `slug`, `suggest` | other languages inside strings, names |
//! | `problems` | what was found |
//! | `vocabulary` | the closed sets of words, for whoever describes the language |

mod address;
mod alerts;
mod api;
mod calendars;
mod channel;
mod chart;
mod civil;
mod coverage;
mod csv;
mod database;
mod deliver;
mod detail;
mod duration;
mod expect;
mod file;
mod files;
mod frames;
mod include;
mod input;
mod kpis;
mod ledger;
mod literal;
mod marking;
mod metric;
mod metric_table;
mod param_uses;
mod params;
mod problems;
mod quality;
mod report;
mod schedule;
mod section;
mod size;
mod slug;
mod source;
mod sql;
mod sql_aggregates;
mod sql_functions;
mod sql_limits;
mod sql_names;
mod sql_scope;
mod syntax;
mod table;
mod template;
mod template_tokens;
pub(super) mod vocabulary;
mod words;

pub(super) use input::{again, definitions, metrics, reason, text};
pub(super) use slug::slug;

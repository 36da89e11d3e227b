//! Reading a definition in two stages: as written (a TOML tree in which each value knows its place), then
//! resolved. Every problem is collected on the way; a value that is missing carries the proof that its problem was
//! told.
//!
//! | file | stage |
//! |---|---|
//! | `syntax`, `table`, `words`, `literal` | as written: syntax, keys, types, places |
//! | `file`, `civil`, `source`, `channel`, `address`, `metric`, `report`, `section`, `deliver` | resolved: one table each |
//! | `sql`, `sql_names`, `sql_scope`, `sql_functions`, `frames` | SQL inside strings: syntax, then names |
//! | `template`, `slug`, `suggest` | other languages inside strings, names |
//! | `problems` | what was found |

mod address;
mod channel;
mod civil;
mod deliver;
mod file;
mod frames;
mod input;
mod literal;
mod metric;
mod problems;
mod report;
mod section;
mod slug;
mod source;
mod sql;
mod sql_functions;
mod sql_names;
mod sql_scope;
mod suggest;
mod syntax;
mod table;
mod template;
mod words;

pub(super) use input::{definitions, metrics, reason};

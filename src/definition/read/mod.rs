//! Reading a definition in two stages: as written (a TOML tree in which each value knows its place), then
//! resolved. Every problem is collected on the way; a value that is missing carries the proof that its problem was
//! told.
//!
//! | file | stage |
//! |---|---|
//! | `syntax`, `table`, `words`, `literal` | as written: syntax, keys, types, places |
//! | `file`, `civil`, `source`, `channel`, `address`, `metric`, `report`, `section`, `deliver` | resolved: one table each |
//! | `sql`, `template`, `slug`, `suggest` | languages inside strings, names |
//! | `problems` | what was found |
//! | `vocabulary` | the closed sets of words, for whoever describes the language |

mod address;
mod channel;
mod civil;
mod deliver;
mod file;
mod input;
mod literal;
mod metric;
mod problems;
mod report;
mod section;
mod slug;
mod source;
mod sql;
mod suggest;
mod syntax;
mod table;
mod template;
pub(super) mod vocabulary;
mod words;

pub(super) use input::{definitions, metrics, reason};

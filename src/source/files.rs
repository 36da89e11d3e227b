//! CSV, NDJSON and Parquet files: which of them are a frame's, their rows one after the other, and what a file says that is none.
//!
//! | file | what lives there |
//! |---|---|
//! | `place`, `stored`, `found` | what is there, here or in a store, and which of it is a frame's |
//! | `brought` | objects of stores that are kept for whoever asks again |
//! | `bytes`, `csv`, `ndjson`, `parquet`, `content` | a file's columns and rows |
//! | `cell`, `needed`, `asked` | a value, which rows are kept, which columns are read |
//! | `reading`, `threads`, `newest`, `inspect` | frames, how new they are, how they look |

mod asked;
mod brought;
mod bytes;
mod cell;
mod content;
mod csv;
mod found;
mod inspect;
mod ndjson;
mod needed;
mod newest;
mod parquet;
mod place;
mod problem;
mod reading;
mod stored;
mod threads;

pub use brought::{Keeping, keep_brought};
pub(super) use inspect::inspect;
pub(super) use newest::newest;
pub(super) use reading::load;

use super::{Need, Query, SourceError};
use crate::definition::{FilesPlace, FilesSource, Source};
use asked::asked;
use std::path::PathBuf;

/// What would be read, in words: names are looked up, and no row is read.
pub(super) fn queries(source: &Source, files: &FilesSource, need: &Need) -> Result<Vec<Query>, SourceError> {
    let place = place::open(source, &files.place).map_err(|problem| problem.of(source))?;
    let mut queries = Vec::new();
    for (frame, wanted) in &need.columns {
        queries.push(match asked(source, files, &place, *frame, wanted)? {
            Some(it) => {
                let columns: Vec<&str> =
                    it.columns.iter().filter_map(|(_, at)| it.there.get(*at)).map(String::as_str).collect();
                let columns = if columns.is_empty() { "no column".to_owned() } else { columns.join(", ") };
                let words = format!("{}: {columns}; {}", it.shown(), it.test(need).words(&it));
                Query { frame: *frame, sql: Some(words), values: Vec::new(), missing: it.missing }
            }
            None => {
                let missing = wanted.iter().filter(|c| *c != "*").cloned().collect();
                Query { frame: *frame, sql: None, values: Vec::new(), missing }
            }
        });
    }
    Ok(queries)
}

/// What of this machine changes when rows of the source do: the files and their folder.
#[must_use]
pub fn watched(source: &Source, files: &FilesSource) -> Vec<PathBuf> {
    let FilesPlace::Local(path) = &files.place else { return Vec::new() };
    let mut all = vec![path.clone()];
    if let Ok(place) = place::open(source, &files.place) {
        all.extend(place.paths());
    }
    all.dedup();
    all
}

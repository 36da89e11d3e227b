//! How a file takes its place among those that are there: `existing` and `done`.

use crate::definition::read::civil::one_word;
use crate::definition::read::problems::Read;
use crate::definition::read::table::Table;
use crate::definition::{Existing, Placing};

pub(in crate::definition::read) const EXISTING: [(&str, Existing); 3] =
    [("refuse", Existing::Refuse), ("keep", Existing::Keep), ("replace", Existing::Replace)];

/// The keys that are read here.
pub(super) const KEYS: [&str; 2] = ["existing", "done"];

/// `unsaid` holds when the definition does not say: a server belongs to somebody else, a folder of this machine to us.
pub(super) fn read(table: &Table<'_>, unsaid: Existing) -> Read<Placing> {
    let existing = one_word(table, "existing", "way with a file of the same name", &EXISTING);
    let done = done(table);
    Ok(Placing { existing: existing?.map_or(unsaid, |spot| spot.value), done: done? })
}

/// Reads `done = "{file}.ok"`.
fn done(table: &Table<'_>) -> Read<Option<String>> {
    let Some(spot) = table.string("done")? else { return Ok(None) };
    let around = spot.value.replacen("{file}", "", 1);
    let fault = if around.len() == spot.value.len() {
        "has no {file} in it: every file would have the same marker"
    } else if around.is_empty() {
        "is the name of the file itself"
    } else if around.contains(['{', '}']) {
        "has a placeholder other than one {file}"
    } else if around.contains(['/', '\\']) || around.chars().any(char::is_control) {
        "is not the name of a file: it stands in the same folder"
    } else if spot.value.starts_with('.') {
        "begins with a dot: whoever looks for it would not see it"
    } else {
        return Ok(Some(spot.value));
    };
    let what = format!("the marker `{}` {fault}", spot.value.escape_debug());
    Err(table.problems().add("bad-marker", &spot.place, what, "not a marker", "write done = \"{file}.ok\""))
}

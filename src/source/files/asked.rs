//! What of a frame's files is read: which columns are where in each, and by which values a row is told to be kept.

use super::cell::{Cell, key_of};
use super::content::Content;
use super::found;
use super::needed::{Between, Needed, Share};
use super::place::Place;
use super::problem::Problem;
use crate::definition::{FilesFormat, FilesSource, Flaw, FrameName, FrameSource, Source, Take, Treatment};
use crate::source::chosen::{chosen, place_of};
use crate::source::shape::{documented_columns, kind_of};
use crate::source::status::Folding;
use crate::source::{Need, SourceError};
use parte_columns::Kind;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::ControlFlow;

/// A frame whose files are open.
pub(super) struct Asked {
    pub(super) frame: FrameName,
    pub(super) own: FrameSource,
    pub(super) wanted: BTreeSet<String>,
    pub(super) files: Vec<Content>,
    /// How many files there are of it, also those that are not read.
    pub(super) of: usize,
    /// The columns of all files, by the names in them.
    pub(super) there: Vec<String>,
    /// The columns that are read, by the frame's names, and which of those there each is.
    pub(super) columns: Vec<(String, usize)>,
    pub(super) missing: BTreeSet<String>,
    pub(super) folding: Folding,
    /// Numbers are written with a decimal comma.
    pub(super) has_comma: bool,
}

/// Opens the files of a frame; `None` where there are none and none were named.
pub(super) fn asked(
    source: &Source,
    files: &FilesSource,
    place: &Place<'_>,
    frame: FrameName,
    wanted: &BTreeSet<String>,
) -> Result<Option<Asked>, SourceError> {
    let own = source.frames.get(&frame).cloned().unwrap_or_default();
    let fault = |problem: Problem| problem.of(source);
    let found =
        found::of_frame(source, frame, &own, &files.format, &place.there, &place.shown()).map_err(fault)?;
    let Some(found) = found else { return Ok(None) };
    let names = names_in_files(&own, wanted);
    let timed = timed_in_files(frame, &own);
    let open = |listed| Content::open(place.fetch(listed)?, &files.format, &names, &timed);
    let contents: Vec<Content> = found.files.iter().map(open).collect::<Result<_, _>>().map_err(fault)?;
    let mut there: Vec<String> = Vec::new();
    for file in &contents {
        for name in file.names() {
            // What another file spells otherwise is the same column, unless this one has both.
            let is_same = |other: &String| {
                other == name || other.eq_ignore_ascii_case(name) && !file.names().contains(other)
            };
            if !name.is_empty() && !there.iter().any(is_same) {
                there.push(name.clone());
            }
        }
    }
    let (columns, missing) = chosen(source, frame, &own, wanted, &there)?;
    let columns = columns.into_iter().map(|column| (column.name, column.place)).collect();
    let folding = Folding::new(own.status.as_ref());
    let (wanted, of) = (wanted.clone(), found.of);
    let has_comma = matches!(&files.format, FilesFormat::Csv(csv) if csv.decimal == ',');
    Ok(Some(Asked { frame, own, wanted, files: contents, of, there, columns, missing, folding, has_comma }))
}

/// The columns wanted, by the names that they have in the files.
fn names_in_files(own: &FrameSource, wanted: &BTreeSet<String>) -> BTreeSet<String> {
    let named = |name: &String| own.columns.get(name).cloned().unwrap_or_else(|| name.clone());
    wanted.iter().map(named).chain(own.columns.values().cloned()).collect()
}

/// The columns of days and instants, by the names that they have in the files, in lower case.
fn timed_in_files(frame: FrameName, own: &FrameSource) -> BTreeSet<String> {
    let mut all: Vec<&str> = documented_columns(frame).collect();
    all.extend(own.columns.keys().map(String::as_str));
    let timed = all.into_iter().filter(|name| matches!(kind_of(frame, name), Kind::Instant | Kind::Day));
    timed.map(|name| own.columns.get(name).map_or(name, String::as_str).to_lowercase()).collect()
}

/// What a row has to be so that it is kept.
#[derive(Default)]
pub(super) struct Test {
    /// By the values of these columns, of those there.
    pub(super) places: Vec<usize>,
    needed: Option<Needed>,
    /// The key of a task, and those of the tasks that are needed: which row of a task counts is decided among all of them.
    keys: Option<(usize, HashSet<u128>)>,
    /// The parts of the key, and of each the last row.
    latest: Option<(Vec<usize>, HashMap<u128, u64>)>,
}

impl Test {
    pub(super) fn needs_a_look(&self) -> bool {
        !self.places.is_empty()
    }

    /// Is the row of this number, with these values in the columns of the test, kept?
    pub(super) fn keeps(&self, cells: &[Cell<'_>], row: u64) -> bool {
        if let Some((parts, last)) = &self.latest {
            let parts: Vec<Cell<'_>> = parts.iter().filter_map(|at| cells.get(*at).copied()).collect();
            if key_of(&parts).and_then(|key| last.get(&key)).is_some_and(|last| *last != row) {
                return false;
            }
        }
        let Some(needed) = &self.needed else { return true };
        if needed.holds(cells) {
            return true;
        }
        let of_task = |(at, keys): &(usize, HashSet<u128>)| {
            cells.get(*at).and_then(|cell| key_of(&[*cell])).is_some_and(|key| keys.contains(&key))
        };
        self.keys.as_ref().is_some_and(of_task)
    }

    /// How many rows of a part of a file with these bounds may be kept?
    pub(super) fn share(&self, bounds: &[Between<'_>]) -> Share {
        let share = self.needed.as_ref().map_or(Share::All, |needed| needed.share(bounds));
        match share {
            Share::All if self.latest.is_some() => Share::Some,
            Share::None if self.keys.is_some() => Share::Some,
            share => share,
        }
    }

    /// Which rows are kept, in words.
    pub(super) fn words(&self, asked: &Asked) -> String {
        let rows = self.needed.as_ref().map_or_else(|| "all rows".to_owned(), Needed::words);
        match asked.own.take {
            Take::Merge => format!("the latest row of each {}; of these {rows}", keys_of(asked).join(", ")),
            Take::Newest | Take::All => rows,
        }
    }

    fn place_of(&mut self, place: usize) -> usize {
        self.places.iter().position(|other| *other == place).unwrap_or_else(|| {
            self.places.push(place);
            self.places.len() - 1
        })
    }
}

/// The columns that a row of a frame is known by, as far as the files have them.
fn keys_of(asked: &Asked) -> Vec<String> {
    let all: Vec<&str> = match asked.frame {
        FrameName::Tasks => vec!["task_id"],
        FrameName::UserStates => vec!["user_id", "date", "segment_name"],
        FrameName::Sellers => vec!["seller_id"],
        FrameName::Users => vec!["user_id"],
        FrameName::Assignments => vec!["user_id", "seller_id", "type", "from"],
        FrameName::Targets => {
            let mut all: Vec<&str> = documented_columns(FrameName::Targets).collect();
            all.extend(asked.own.columns.keys().map(String::as_str));
            all.retain(|name| *name != "value");
            all
        }
    };
    let mut names: Vec<String> = Vec::new();
    for name in all {
        if asked.place_there(name).is_some() && !names.iter().any(|other| other == name) {
            names.push(name.to_owned());
        }
    }
    names
}

impl Asked {
    /// Where a column of the frame is among those there.
    pub(super) fn place_there(&self, name: &str) -> Option<usize> {
        let written = self.own.columns.get(name).map_or(name, String::as_str);
        place_of(written, &self.there)
    }

    /// Where columns (of those there) are in a file.
    pub(super) fn places_in(
        &self,
        file: &Content,
        columns: impl Iterator<Item = usize>,
    ) -> Vec<Option<usize>> {
        let find = |at: usize| {
            let name = self.there.get(at)?;
            place_of(name, file.names())
        };
        columns.map(find).collect()
    }

    /// What makes a row one that is kept, without having looked at any.
    pub(super) fn test(&self, need: &Need) -> Test {
        let finished: Vec<&str> = self.folding.finished().collect();
        let keyless = self.own.quality.written(Flaw::NullKeys).is_some();
        let is_read = |name: &str| self.columns.iter().any(|(column, _)| column == name);
        let needed = Needed::new(self.frame, is_read, need, &finished, keyless);
        let mut test = Test::default();
        if !needed.takes_all() {
            let places = needed.columns.iter().filter_map(|name| self.place_there(name));
            test.places = places.collect();
            test.needed = Some(needed);
        }
        test
    }

    /// The same, having looked at what has to be known of all rows before any is kept.
    pub(super) fn test_of_rows(&self, need: &Need) -> Result<Test, Problem> {
        let mut test = self.test(need);
        if self.own.take == Take::Merge {
            let names = keys_of(self);
            let essential: &[&str] = match self.frame {
                FrameName::Tasks => &["task_id"],
                FrameName::UserStates => &["user_id", "date"],
                FrameName::Sellers => &["seller_id"],
                FrameName::Users => &["user_id"],
                FrameName::Assignments => &["user_id", "seller_id"],
                FrameName::Targets => &["metric"],
            };
            if let Some(lacking) = essential.iter().find(|name| !names.iter().any(|there| there == *name)) {
                return Err(Problem::new(
                    format!(
                        "{}: files are merged by `{lacking}`, which they do not have",
                        self.frame.as_str()
                    ),
                    format!(
                        "name it: columns = {{ {lacking} = \"...\" }}, or write take = \"all\" or \"newest\""
                    ),
                ));
            }
            let there: Vec<usize> = names.iter().filter_map(|name| self.place_there(name)).collect();
            let mut last = HashMap::new();
            self.pass(&there, &mut |cells, row| {
                if let Some(key) = key_of(cells) {
                    last.insert(key, row);
                }
            })?;
            let parts = there.into_iter().map(|place| test.place_of(place)).collect();
            test.latest = Some((parts, last));
        }
        let repeats = self.own.quality.treatment(Flaw::Duplicates) != Treatment::Keep;
        let id = self.columns.iter().find(|(name, _)| name == "task_id");
        if let (FrameName::Tasks, true, Some(_), Some((_, id))) = (self.frame, repeats, &test.needed, id) {
            let id = test.place_of(*id);
            let mut keys = HashSet::new();
            self.pass(&test.places, &mut |cells, row| {
                if test.keeps(cells, row)
                    && let Some(key) = cells.get(id).and_then(|cell| key_of(&[*cell]))
                {
                    keys.insert(key);
                }
            })?;
            test.keys = Some((id, keys));
        }
        Ok(test)
    }

    /// Passes every row of all files: the values of these columns (of those there), and the number of the row.
    pub(super) fn pass(
        &self,
        columns: &[usize],
        each: &mut dyn FnMut(&[Cell<'_>], u64),
    ) -> Result<(), Problem> {
        let mut row = 0;
        for file in &self.files {
            let places = self.places_in(file, columns.iter().copied());
            file.pass(&places, &mut |cells| {
                each(cells, row);
                row += 1;
                ControlFlow::Continue(())
            })?;
        }
        Ok(())
    }

    /// How many values a column has, in rows of all times.
    pub(super) fn values_of(&self, name: &str) -> Result<usize, Problem> {
        let Some(place) = self.place_there(name) else { return Ok(0) };
        let mut count = 0;
        self.pass(&[place], &mut |cells, _| {
            count += usize::from(cells.first().is_some_and(|cell| !cell.is_absent()));
        })?;
        Ok(count)
    }
}

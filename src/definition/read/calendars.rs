//! The holiday calendars of a definition: each file read once, however many reports name it. Which days are worked beside
//! them is said where `workdays` is read.

use super::input::reason;
use crate::calendar::Workdays;
use std::cell::RefCell;
use std::path::{Path, PathBuf};

/// Calendars by the folder of the main file.
#[derive(Debug)]
pub(super) struct Calendars<'a> {
    root: &'a Path,
    read: RefCell<Vec<Calendar>>,
}

#[derive(Debug)]
struct Calendar {
    path: PathBuf,
    /// The weekdays that its holidays are taken from.
    days: Workdays,
    outcome: Result<Workdays, Unusable>,
}

/// Why a calendar gives no holidays.
#[derive(Debug, Clone)]
pub(super) enum Unusable {
    /// It cannot be read.
    Unreadable(String),
    /// It is no calendar: what is wrong, and what to do.
    NotACalendar(String, String),
}

impl<'a> Calendars<'a> {
    /// None read so far; relative paths stand from `root`.
    pub(super) fn new(root: &'a Path) -> Self {
        Self { root, read: RefCell::default() }
    }

    /// The folder of the main file.
    pub(super) fn root(&self) -> &'a Path {
        self.root
    }

    /// The weekdays without the holidays of a calendar file.
    pub(super) fn with_holidays(&self, days: Workdays, file: &str) -> Result<Workdays, Unusable> {
        let path = self.root.join(file);
        let mut read = self.read.borrow_mut();
        if let Some(known) = read.iter().find(|known| known.path == path && known.days == days) {
            return known.outcome.clone();
        }
        let outcome = match std::fs::read_to_string(&path) {
            Ok(ics) => days
                .clone()
                .with_holidays_ics(&ics)
                .map_err(|error| Unusable::NotACalendar(error.what, error.hint)),
            Err(error) => Err(Unusable::Unreadable(reason(&error))),
        };
        read.push(Calendar { path, days, outcome: outcome.clone() });
        outcome
    }

    /// Every file that was looked at.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = self.read.borrow().iter().map(|known| known.path.clone()).collect();
        files.sort();
        files.dedup();
        files
    }
}

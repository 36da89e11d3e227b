//! The files that stand beside a definition: calendars of holidays, each read once however many reports name it, and the logo. Which days are
//! worked beside holidays is said where `workdays` is read.

use super::input::reason;
use crate::calendar::Workdays;
use crate::definition::{TextFile, Texts};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use std::cell::RefCell;
use std::path::{Path, PathBuf};

/// Calendars by the folder of the main file.
#[derive(Debug)]
pub(super) struct Calendars<'a> {
    root: &'a Path,
    /// What stands for the disk.
    given: Option<&'a Texts>,
    read: RefCell<Vec<Calendar>>,
    logo: RefCell<Option<(PathBuf, Vec<u8>)>>,
}

#[derive(Debug)]
struct Calendar {
    path: PathBuf,
    /// The weekdays that its holidays are taken from.
    days: Workdays,
    /// What the file says, where it can be read.
    text: String,
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
        Self { root, given: None, read: RefCell::default(), logo: RefCell::default() }
    }

    /// Those that were read before, instead of the disk's.
    pub(super) fn of_texts(root: &'a Path, given: &'a Texts) -> Self {
        Self { root, given: Some(given), read: RefCell::default(), logo: RefCell::default() }
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
        let said = self.said(&path);
        let outcome = match &said {
            Ok(ics) => days
                .clone()
                .with_holidays_ics(ics)
                .map_err(|error| Unusable::NotACalendar(error.what, error.hint)),
            Err(error) => Err(Unusable::Unreadable(reason(error))),
        };
        read.push(Calendar { path, days, text: said.unwrap_or_default(), outcome: outcome.clone() });
        outcome
    }

    fn said(&self, path: &Path) -> std::io::Result<String> {
        let Some(given) = self.given else { return std::fs::read_to_string(path) };
        let text =
            given.calendars.iter().find(|file| Path::new(&file.path) == path).map(|file| file.text.clone());
        text.ok_or_else(|| std::io::ErrorKind::NotFound.into())
    }

    /// What the logo's file holds.
    pub(super) fn logo(&self, file: &str) -> std::io::Result<Vec<u8>> {
        let path = self.root.join(file);
        let held = match self.given {
            None => std::fs::read(&path),
            Some(given) => given
                .logo
                .as_ref()
                .filter(|logo| Path::new(&logo.path) == path)
                .and_then(|logo| BASE64_STANDARD.decode(&logo.text).ok())
                .ok_or_else(|| std::io::ErrorKind::NotFound.into()),
        };
        self.logo.replace(Some((path, held.as_ref().cloned().unwrap_or_default())));
        held
    }

    /// The logo's file as text, when there is one.
    pub(super) fn logo_text(&self) -> Option<TextFile> {
        let text = |(path, bytes): &(PathBuf, Vec<u8>)| TextFile {
            path: path.display().to_string(),
            text: BASE64_STANDARD.encode(bytes),
        };
        self.logo.borrow().as_ref().map(text)
    }

    /// What every calendar said that was looked at.
    pub(super) fn texts(&self) -> Vec<TextFile> {
        let read = self.read.borrow();
        let said =
            read.iter().map(|it| TextFile { path: it.path.display().to_string(), text: it.text.clone() });
        let mut files: Vec<TextFile> = said.collect();
        files.sort_by(|one, other| one.path.cmp(&other.path));
        files.dedup();
        files
    }

    /// Every file that was looked at.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = self.read.borrow().iter().map(|known| known.path.clone()).collect();
        files.sort();
        files.dedup();
        files.extend(self.logo.borrow().as_ref().map(|(path, _)| path.clone()));
        files
    }
}

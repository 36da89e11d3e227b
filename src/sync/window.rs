//! One window, read: all its pages, held against each other and against what the API says there is. What changes while it is read is
//! read again; what still does not fit then is put together by keys, and told.

use super::client::{Answer, Asked, Client};
use super::copy::Written;
use super::error::{Fault, Tried};
use super::in_order::InOrder;
use super::listing::{Listing, Window};
use super::mapping::{Mapped, Mapping, Row, by_key};
use super::page::Page;
use super::run::Clock;
use crate::definition::FrameName;
use crate::web::answer::cut;
use rusqlite::types::Value as Cell;
use serde_json::Value;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::time::Instant;

/// How often a window is read that changes meanwhile.
const READS: u32 = 3;

/// Most pages of one window.
const MOST_PAGES: u64 = 10_000;

/// What a window is read with.
pub(super) struct Reader<'a> {
    pub(super) client: &'a Client<'a>,
    pub(super) listing: Listing<'a>,
    pub(super) mapping: &'a Mapping,
    pub(super) now: Clock,
}

/// What was found odd in a window, for people.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Odd {
    /// Rows without a key, left out.
    pub(super) keyless: u64,
    /// Characters that no text may hold.
    pub(super) replaced: u64,
    /// Rows with the key of another.
    pub(super) repeated: u64,
    /// What did not fit when it had been read as often as may be.
    pub(super) moved: Option<String>,
}

/// A listing as it came.
struct Came {
    rows: Vec<Row>,
    marks: Vec<String>,
    pages: u64,
    odd: Odd,
    /// Why it cannot be what there was at any one moment.
    moved: Option<Moved>,
}

enum Moved {
    /// It changed while it was read.
    Changed(String),
    /// A page is another one once more.
    Repeats { page: u64, of: u64 },
}

/// One page with its mark.
struct Sheet {
    page: Page,
    mark: Option<String>,
    replaced: u64,
}

/// The first page that is an earlier one once more.
fn repeated_page(sheets: &[Sheet]) -> Option<Moved> {
    let mut begin: HashMap<String, usize> = HashMap::new();
    for (at, sheet) in sheets.iter().enumerate() {
        let Some(first) = sheet.page.rows.first() else { continue };
        match begin.entry(first.to_string()) {
            Entry::Vacant(place) => _ = place.insert(at),
            Entry::Occupied(earlier) if sheets[*earlier.get()].page.rows == sheet.page.rows => {
                return Some(Moved::Repeats { page: at as u64 + 1, of: *earlier.get() as u64 + 1 });
            }
            Entry::Occupied(_) => {}
        }
    }
    None
}

impl Reader<'_> {
    /// Reads a window; `marks` are those of its pages the last time, `had` the rows that the copy has of it.
    pub(super) async fn read(&self, window: Window, marks: &[String], had: u64) -> Tried<(Written, Odd)> {
        let (began, read_at) = (Instant::now(), (self.now)());
        let before = self.client.requests();
        if !marks.is_empty() && self.is_unchanged(window, marks).await? {
            let outcome = "unchanged".to_owned();
            let pages = marks.len() as u64;
            let written = self.written(window, read_at, began, before, pages, outcome);
            return Ok((written, Odd::default()));
        }
        let mut reads = 1;
        let mut emptied = false;
        let came = loop {
            let came = self.pages(window).await?;
            // A source that says for a moment that it has nothing would take everything out of the copy.
            if came.moved.is_none() && came.rows.is_empty() && had > 0 && !emptied {
                emptied = true;
                continue;
            }
            if came.moved.is_none() || reads == READS {
                break came;
            }
            reads += 1;
        };
        let mut odd = came.odd;
        let (rows, repeated) = by_key(self.mapping, came.rows);
        let outcome = match came.moved {
            None => {
                odd.repeated = repeated;
                "read".to_owned()
            }
            Some(Moved::Repeats { page, of }) => return Err(self.repeats(page, of)),
            Some(Moved::Changed(why)) => {
                let left = if repeated > 0 { format!("; {repeated} rows came twice") } else { String::new() };
                let told = format!("{why}, {READS} times in a row{left}");
                odd.moved = Some(told.clone());
                told
            }
        };
        let whole = odd.moved.is_none();
        let marks = if whole && came.marks.len() as u64 == came.pages { came.marks } else { Vec::new() };
        let written = self.written(window, read_at, began, before, came.pages, outcome);
        Ok((Written { rows: Some(rows), marks, whole, ..written }, odd))
    }

    fn written(
        &self,
        window: Window,
        read_at: chrono::DateTime<chrono::Utc>,
        began: Instant,
        before: u64,
        pages: u64,
        outcome: String,
    ) -> Written {
        Written {
            frame: self.listing.frame,
            window,
            rows: None,
            marks: Vec::new(),
            read_at,
            whole: true,
            pages,
            // of windows that are read at the same time each counts the other's too
            requests: self.client.requests() - before,
            duration_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            outcome,
        }
    }

    /// Does the API say of every page that it is the one that was read the last time?
    async fn is_unchanged(&self, window: Window, marks: &[String]) -> Tried<bool> {
        for (number, mark) in (1..).zip(marks) {
            let url = self.listing.url(window, number);
            let asked =
                Asked { url: &url, path: self.listing.path(), frame: self.listing.frame, mark: Some(mark) };
            match self.client.get(asked).await? {
                Answer::Unchanged => {}
                Answer::Body { .. } => return Ok(false),
            }
        }
        Ok(true)
    }

    /// All pages, the first one first: it says how many there are.
    async fn pages(&self, window: Window) -> Tried<Came> {
        let first = self.sheet(window, 1).await?;
        let total = first.page.total;
        let pages = first.page.pages;
        let mut sheets = vec![first];
        match pages {
            Some(pages) if pages > MOST_PAGES => return Err(self.too_many(pages)),
            Some(pages) => {
                let mut others = InOrder::new();
                let mut next = 2;
                while next <= pages || others.len() > 0 {
                    while next <= pages && others.len() < self.listing.source.parallel {
                        others.begin(self.sheet(window, next));
                        next += 1;
                    }
                    if let Some(sheet) = others.next().await {
                        sheets.push(sheet?);
                    }
                }
            }
            None => {
                let (mut number, size) = (1, u64::from(self.listing.page_size()));
                while sheets.last().is_some_and(|sheet| sheet.page.has_next(number, size)) {
                    number += 1;
                    if number > MOST_PAGES {
                        return Err(self.too_many(number));
                    }
                    let sheet = self.sheet(window, number).await?;
                    let repeats = sheets
                        .last()
                        .is_some_and(|last| !sheet.page.rows.is_empty() && last.page.rows == sheet.page.rows);
                    sheets.push(sheet);
                    // it would go on so until the cap
                    if repeats {
                        break;
                    }
                }
            }
        }
        self.put_together(window, sheets, total)
    }

    /// The first page of a window, and how many rows the API says there are.
    pub(super) async fn first_page(&self, window: Window) -> Tried<(Option<u64>, Vec<Value>)> {
        let page = self.sheet(window, 1).await?.page;
        for answer in &page.rows {
            if let Mapped::Row(row) = self.mapping.row(answer) {
                self.belongs(window, &row)?;
            }
        }
        Ok((page.total, page.rows))
    }

    async fn sheet(&self, window: Window, number: u64) -> Tried<Sheet> {
        let url = self.listing.url(window, number);
        let asked = Asked { url: &url, path: self.listing.path(), frame: self.listing.frame, mark: None };
        match self.client.get(asked).await? {
            Answer::Body { body, mark } => {
                let page = Page::read(body.value).map_err(|what| self.unknown_shape(what))?;
                Ok(Sheet { page, mark, replaced: body.replaced })
            }
            // nobody asked for it
            Answer::Unchanged => Err(self.unknown_shape("that it is unchanged, unasked")),
        }
    }

    fn put_together(&self, window: Window, sheets: Vec<Sheet>, total: Option<u64>) -> Tried<Came> {
        let mut came = Came {
            rows: Vec::new(),
            marks: Vec::new(),
            pages: sheets.len() as u64,
            odd: Odd::default(),
            moved: None,
        };
        let mut keys: HashSet<String> = HashSet::new();
        let (mut arrived, mut twice) = (0_u64, 0_u64);
        if let Some(repeats) = repeated_page(&sheets) {
            came.moved = Some(repeats);
            return Ok(came);
        }
        for sheet in sheets {
            if let (Some(said), Some(total)) = (sheet.page.total, total)
                && said != total
                && came.moved.is_none()
            {
                came.moved = Some(Moved::Changed(format!(
                    "{} changed while it was read ({total} rows, then {said})",
                    self.called(window)
                )));
            }
            came.odd.replaced += sheet.replaced;
            came.marks.extend(sheet.mark);
            for answer in &sheet.page.rows {
                arrived += 1;
                match self.mapping.row(answer) {
                    Mapped::Row(row) => {
                        self.belongs(window, &row)?;
                        if !keys.insert(row.id.clone().unwrap_or_else(|| row.key.clone())) {
                            twice += 1;
                        }
                        came.rows.push(row);
                    }
                    Mapped::Keyless => came.odd.keyless += 1,
                    Mapped::Other => {}
                }
            }
        }
        if came.moved.is_none() && (twice > 0 || total.is_some_and(|total| total != arrived)) {
            let of = total.map_or_else(String::new, |total| format!(" of {total}"));
            came.moved = Some(Moved::Changed(format!(
                "{} does not come out: {arrived} rows{of} came, {twice} of them twice",
                self.called(window)
            )));
        }
        Ok(came)
    }

    /// A state of another day than was asked for: the API has not understood the question, and would answer every day alike.
    fn belongs(&self, window: Window, row: &Row) -> Tried<()> {
        if self.listing.frame != FrameName::UserStates {
            return Ok(());
        }
        let (Window::Day(day), Some(at)) = (window, self.mapping.at("date")) else { return Ok(()) };
        match &row.cells[at] {
            Cell::Text(date) if *date != day.to_string() => Err(Fault::new(
                format!(
                    "{} was asked for {day} and answered with a row of {}",
                    self.listing.path(),
                    cut(date, 40)
                ),
                "the API does not take `date` there: check `paths`, or ask its operator",
            )),
            _ => Ok(()),
        }
    }

    /// `tasks of 2026-03-01`, `users`.
    fn called(&self, window: Window) -> String {
        let frame = self.listing.frame.as_str();
        match window {
            Window::Whole => frame.to_owned(),
            Window::Day(day) => format!("{frame} of {day}"),
        }
    }

    fn repeats(&self, page: u64, of: u64) -> Fault {
        Fault::new(
            format!("{} answers page {page} with the rows of page {of}", self.listing.path()),
            "the API does not take `page` there, so that nobody can tell what is missing: check `api` and `paths`, or ask its operator",
        )
    }

    fn too_many(&self, pages: u64) -> Fault {
        Fault::new(
            format!("{} says that it has {pages} pages; at most {MOST_PAGES} are read", self.listing.path()),
            "write a larger `page_size`, or ask the operator whether that can be",
        )
    }

    fn unknown_shape(&self, what: &str) -> Fault {
        Fault::new(
            format!("{} answered with {what}", self.listing.path()),
            "rows are expected in a list, or in a list `data`: check `api` and `paths`, or ask the operator",
        )
    }
}

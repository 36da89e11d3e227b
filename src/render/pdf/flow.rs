//! The flow of content down pages: where the pen is, how much room is left, when a page is turned.

use super::super::palette::{INK, Palette};
use super::super::scene::{Anchor, Scene, at};
use super::super::text::{CAP_HEIGHT, Face, Typesetter};
use super::frame;
use super::structure::{Role, Step, Structure};
use crate::document::{Document, Word};
use std::sync::mpsc::SyncSender;

/// Short and long side of A4.
const A4: (f32, f32) = (595.276, 841.89);
/// Left and right margin.
pub(super) const MARGIN: f32 = 36.0;
/// Height of the band at the head of each page, its coloured edge included.
pub(super) const BAND: f32 = 59.0;
/// Where content begins.
const TOP: f32 = BAND + 15.0;
/// Room kept at the foot of each page.
const FOOT: f32 = 46.0;
/// Size of a section's heading and the room it takes.
const HEADING: f32 = 12.0;
pub(super) const HEADING_HEIGHT: f32 = 20.0;

/// How a page lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Orientation {
    Portrait,
    Landscape,
}

impl Orientation {
    fn size(self) -> (f32, f32) {
        match self {
            Self::Portrait => A4,
            Self::Landscape => (A4.1, A4.0),
        }
    }

    /// Width of the content.
    pub(super) fn width(self) -> f32 {
        self.size().0 - 2.0 * MARGIN
    }

    /// Height of the content of a fresh page.
    pub(super) fn height(self) -> f32 {
        self.size().1 - TOP - FOOT
    }
}

/// How closely things stand: several are tried, and the one with the fewest gaps at page ends is taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Density {
    /// Between sections.
    pub(super) gap: f32,
    /// Height of a chart where there is room for it, and the least it is made to fit a page.
    pub(super) chart: (f32, f32),
    /// Above and below the text of a table's row.
    pub(super) row: f32,
}

impl Density {
    /// From the loosest to the tightest.
    pub(super) const ALL: [Self; 4] = [
        Self { gap: 20.0, chart: (212.0, 165.0), row: 3.1 },
        Self { gap: 17.0, chart: (194.0, 152.0), row: 2.8 },
        Self { gap: 14.0, chart: (178.0, 142.0), row: 2.4 },
        Self { gap: 12.0, chart: (164.0, 134.0), row: 2.1 },
    ];
}

/// A section's heading, or the name of a group in its table, for the outline.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct OutlineEntry {
    pub(super) title: String,
    /// Is it part of the entry before that is none?
    pub(super) is_part: bool,
    /// Page, counted from 0.
    pub(super) page: usize,
    /// From the page's top.
    pub(super) y: f32,
}

/// A place that leads to another.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Link {
    /// Page, counted from 0.
    pub(super) page: usize,
    /// From the page's left and top: left, top, right, bottom.
    pub(super) bounds: [f32; 4],
    /// Where it leads.
    pub(super) to: OutlineEntry,
}

/// Pages that are done, with what stands on them as it is read.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) scenes: Vec<Scene>,
    pub(super) steps: Vec<Step>,
    pub(super) links: Vec<Link>,
}

/// So many pages are handed on together.
const BATCH: usize = 16;

/// Pages being filled.
pub(super) struct Flow<'a> {
    pub(super) set: &'a Typesetter,
    pub(super) document: &'a Document,
    pub(super) palette: &'a Palette,
    pub(super) density: Density,
    /// The page that is being filled.
    pub(super) page: Scene,
    /// Where the next thing goes on it, from its top.
    pub(super) y: f32,
    /// Where the title ended on the first page.
    pub(super) title_end: f32,
    done: Vec<Scene>,
    /// Pages that came before those in `done`: handed on, or of another flow.
    before: usize,
    /// Does the document begin with its first page?
    opens: bool,
    /// Takes pages as they are done; `None`: they are kept.
    hand_on: Option<&'a SyncSender<Batch>>,
    links: Vec<Link>,
    /// Unused share of each page that is done.
    unused: Vec<f32>,
    outline: Vec<OutlineEntry>,
    pub(super) structure: Structure,
}

/// All pages that were not handed on, but for their feet.
pub(super) struct Pages {
    pub(super) batch: Batch,
    pub(super) outline: Vec<OutlineEntry>,
    /// How much of each page is left unused, 0 to 1.
    pub(super) unused: Vec<f32>,
}

impl<'a> Flow<'a> {
    pub(super) fn new(
        set: &'a Typesetter,
        document: &'a Document,
        palette: &'a Palette,
        density: Density,
    ) -> Self {
        let (width, height) = Orientation::Portrait.size();
        Self {
            set,
            document,
            palette,
            density,
            page: Scene::new(width, height),
            y: TOP,
            title_end: TOP,
            done: Vec::new(),
            before: 0,
            opens: true,
            hand_on: None,
            links: Vec::new(),
            unused: Vec::new(),
            outline: Vec::new(),
            structure: Structure::default(),
        }
    }

    /// The same, with its pages handed on as they are done.
    pub(super) fn handing_on(mut self, to: &'a SyncSender<Batch>) -> Self {
        self.hand_on = Some(to);
        self.opens = false;
        self
    }

    /// The same, its pages counted after so many others.
    pub(super) fn after(mut self, pages: usize) -> Self {
        self.before = pages;
        self.structure.start(pages);
        self
    }

    /// The page that is being filled, counted from 0.
    fn page_number(&self) -> usize {
        self.before + self.done.len()
    }

    /// A link from a place on this page.
    pub(super) fn link(&mut self, bounds: [f32; 4], to: &OutlineEntry) {
        let page = self.page_number();
        self.structure.steps.push(Step::Link);
        self.links.push(Link { page, bounds, to: to.clone() });
    }

    pub(super) fn orientation(&self) -> Orientation {
        if self.page.width > self.page.height { Orientation::Landscape } else { Orientation::Portrait }
    }

    /// Width of the content.
    pub(super) fn width(&self) -> f32 {
        self.orientation().width()
    }

    /// Room left on the page.
    pub(super) fn room(&self) -> f32 {
        (self.page.height - FOOT - self.y).max(0.0)
    }

    /// Nothing on the page yet?
    pub(super) fn is_fresh(&self) -> bool {
        self.y <= TOP
    }

    /// Begins a new page.
    pub(super) fn turn(&mut self, orientation: Orientation) {
        let (width, height) = orientation.size();
        self.unused.push(self.room() / self.orientation().height());
        self.end_page_content();
        let is_first = self.done.is_empty() && self.opens;
        frame::band(self.set, self.document, self.palette, &mut self.page, is_first);
        self.done.push(std::mem::replace(&mut self.page, Scene::new(width, height)));
        if self.done.len() >= BATCH
            && let Some(to) = self.hand_on
        {
            self.before += self.done.len();
            // Nobody takes them when writing has failed: that is told there.
            let _ = to.send(self.batch());
        }
        self.y = TOP;
        self.begin_page_content();
    }

    fn batch(&mut self) -> Batch {
        Batch {
            scenes: std::mem::take(&mut self.done),
            steps: std::mem::take(&mut self.structure.steps),
            links: std::mem::take(&mut self.links),
        }
    }

    /// A page with so much room: this one, or a new one that lies like it.
    pub(super) fn make_room(&mut self, height: f32) {
        if self.room() < height && !self.is_fresh() {
            self.turn(self.orientation());
        }
    }

    /// Goes on with a page that lies like this: this one, or a new one. A page that holds no more than the title
    /// is laid that way instead.
    pub(super) fn lie(&mut self, orientation: Orientation) {
        if self.orientation() == orientation {
            return;
        }
        if self.page_number() == 0 && self.y <= self.title_end {
            (self.page.width, self.page.height) = orientation.size();
        } else if self.is_fresh() {
            let (width, height) = orientation.size();
            self.page = Scene::new(width, height);
        } else {
            self.turn(orientation);
        }
    }

    /// Leaves the room between sections, except at the head of a page.
    pub(super) fn gap(&mut self) {
        if !self.is_fresh() {
            self.y += self.density.gap;
        }
    }

    /// Draws a section's heading; the caller has made room for it and for what follows.
    pub(super) fn heading(&mut self, title: Option<&str>, continued: bool) {
        let Some(title) = title.filter(|t| !t.trim().is_empty()) else { return };
        let word = Word::Continued.in_language(self.document.language());
        let room =
            self.width() - if continued { self.set.width(Face::REGULAR, word, 9.0) + 6.0 } else { 0.0 };
        let run = self.set.shorten(Face::SEMI_BOLD, title, HEADING, room);
        let baseline = self.y + HEADING * CAP_HEIGHT + 1.5;
        let draw = |page: &mut Scene| page.text(at(MARGIN, baseline), Anchor::Start, &run, HEADING, INK);
        if continued {
            // Whoever listens has heard it, and is still in the same table.
            draw(&mut self.page);
            let after = at(MARGIN + run.width(HEADING) + 5.0, baseline);
            let word = self.set.run(Face::REGULAR, word);
            self.page.text(after, Anchor::Start, &word, 9.0, super::super::palette::MUTED);
        } else {
            self.leaf(Role::Heading, |flow| draw(&mut flow.page));
            let title = run.text.clone();
            self.outline.push(OutlineEntry {
                title,
                is_part: false,
                page: self.page_number(),
                y: self.y - 6.0,
            });
        }
        self.y += HEADING_HEIGHT;
    }

    /// A group of rows begins here, within the section.
    pub(super) fn part(&mut self, title: String) {
        let (page, y) = (self.page_number(), self.y - 6.0);
        self.outline.push(OutlineEntry { title, is_part: true, page, y });
    }

    /// The pages.
    pub(super) fn finish(mut self) -> Pages {
        if !self.is_fresh() || self.page_number() == 0 {
            let orientation = self.orientation();
            self.turn(orientation);
        }
        Pages { batch: self.batch(), outline: self.outline, unused: self.unused }
    }
}

/// Room that a heading takes; 0 without one.
pub(super) fn heading_height(title: Option<&str>) -> f32 {
    if title.is_some_and(|t| !t.trim().is_empty()) { HEADING_HEIGHT } else { 0.0 }
}

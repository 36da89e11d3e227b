//! What the content of pages means, in the order in which it is read: headings, paragraphs, tables with their cells, figures in
//! words. Never: objects of a PDF.

use super::super::scene::Point;
use super::flow::Flow;

/// What an element of the structure is; each is a standard type of ISO 32000-1, 14.8.4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Document,
    Section,
    Title,
    Heading,
    Paragraph,
    Note,
    List,
    Item,
    ItemBody,
    Table,
    TableHead,
    TableBody,
    TableFoot,
    Row,
    ColumnHeading,
    RowHeading,
    Cell,
    Figure,
    Span,
    Contents,
    ContentsItem,
    Reference,
    Link,
}

impl Role {
    /// Its type in the file.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Document => "Document",
            Self::Section => "Sect",
            Self::Title => "H1",
            Self::Heading => "H2",
            Self::Paragraph | Self::Note => "P",
            Self::List => "L",
            Self::Item => "LI",
            Self::ItemBody => "LBody",
            Self::Table => "Table",
            Self::TableHead => "THead",
            Self::TableBody => "TBody",
            Self::TableFoot => "TFoot",
            Self::Row => "TR",
            Self::ColumnHeading | Self::RowHeading => "TH",
            Self::Cell => "TD",
            Self::Figure => "Figure",
            Self::Span => "Span",
            Self::Contents => "TOC",
            Self::ContentsItem => "TOCI",
            Self::Reference => "Reference",
            Self::Link => "Link",
        }
    }
}

/// A step on the way through the structure.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// An element begins, within those that are open.
    Open(Role),
    /// What the element that was opened shows, in words.
    Alternative(Box<str>),
    /// What is read in place of what the element that was opened shows.
    Actual(Box<str>),
    /// Where it stands on its page, from the left and the top: left, top, right, bottom.
    Bounds(Box<[f32; 4]>),
    /// The element that was opened last ends.
    Close,
    /// Content of the element that was opened last: its page, counted from 0, and its number there.
    Content { page: u32, number: u32 },
    /// The place of the next link, in the order in which they are set.
    Link,
}

/// Takes down the structure while pages are filled.
#[derive(Debug, Default)]
pub(super) struct Structure {
    pub(super) steps: Vec<Step>,
    /// The page that is being filled.
    page: u32,
    /// Contents of it so far.
    contents: u32,
    /// Is content being drawn?
    in_content: bool,
}

impl Structure {
    /// Pages are counted from here.
    pub(super) fn start(&mut self, page: usize) {
        self.page = page as u32;
    }

    fn content(&mut self) -> u32 {
        let number = self.contents;
        self.contents += 1;
        self.steps.push(Step::Content { page: self.page, number });
        number
    }
}

impl Flow<'_> {
    /// An element begins; whoever opens it closes it.
    pub(super) fn open(&mut self, role: Role) {
        self.structure.steps.push(Step::Open(role));
    }

    /// The element that was opened last ends.
    pub(super) fn close(&mut self) {
        self.structure.steps.push(Step::Close);
    }

    /// An element with what is drawn in it.
    pub(super) fn within<T>(&mut self, role: Role, draw: impl FnOnce(&mut Self) -> T) -> T {
        self.open(role);
        let drawn = draw(self);
        self.close();
        drawn
    }

    /// Content of the element that is open: all that is drawn, on as many pages as it takes. What is drawn outside of contents
    /// adorns a page and is not read.
    pub(super) fn content<T>(&mut self, draw: impl FnOnce(&mut Self) -> T) -> T {
        let number = self.structure.content();
        self.page.begin(number);
        self.structure.in_content = true;
        let drawn = draw(self);
        self.structure.in_content = false;
        self.page.end();
        drawn
    }

    /// An element that has no other in it.
    pub(super) fn leaf<T>(&mut self, role: Role, draw: impl FnOnce(&mut Self) -> T) -> T {
        self.within(role, |flow| flow.content(draw))
    }

    /// A drawing in a place of the page, by its top left corner and its size, told in words to whoever does not see it.
    pub(super) fn figure(
        &mut self,
        alternative: &str,
        corner: Point,
        size: (f32, f32),
        draw: impl FnOnce(&mut Self),
    ) {
        let Point { x: left, y: top } = corner;
        self.within(Role::Figure, |flow| {
            flow.structure.steps.push(Step::Alternative(alternative.into()));
            flow.structure.steps.push(Step::Bounds(Box::new([left, top, left + size.0, top + size.1])));
            flow.content(draw);
        });
    }

    /// Something drawn that is read as a word.
    pub(super) fn read_as(&mut self, word: &str, draw: impl FnOnce(&mut Self)) {
        self.within(Role::Span, |flow| {
            flow.structure.steps.push(Step::Actual(word.into()));
            flow.content(draw);
        });
    }

    /// The page that is being filled ends, and with it the part of a content that stands on it.
    pub(super) fn end_page_content(&mut self) {
        if self.structure.in_content {
            self.page.end();
        }
    }

    /// A page begins; a content that is being drawn goes on there.
    pub(super) fn begin_page_content(&mut self) {
        self.structure.page += 1;
        self.structure.contents = 0;
        if self.structure.in_content {
            let number = self.structure.content();
            self.page.begin(number);
        }
    }
}

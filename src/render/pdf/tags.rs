//! The structure as objects of a PDF: each element written as soon as it is closed, and for each page the elements of its contents.
//! Never: what an element is (that is [`super::structure`]).

use super::objects::{Objects, text};
use super::structure::{Role, Step};
use std::fmt::Write as _;

/// An element that is open.
struct Open {
    number: u32,
    role: Role,
    alternative: Option<Box<str>>,
    actual: Option<Box<str>>,
    bounds: Option<Box<[f32; 4]>>,
    children: Vec<Child>,
}

/// What an element holds.
#[derive(Clone, Copy)]
enum Child {
    Element(u32),
    /// Content of a page (by the number of the page's object) and its number there.
    Content(u32, u32),
    /// A place that can be followed, on a page.
    Place(u32, u32),
}

/// The place of a link: its page, the object that it is in, the number by which readers find its element.
#[derive(Debug, Clone, Copy)]
pub(super) struct LinkPlace {
    pub(super) page: u32,
    pub(super) object: u32,
    pub(super) key: u32,
}

/// A page, as tags speak of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct TaggedPage {
    /// The number of its object.
    pub(super) object: u32,
    /// Its height in points.
    pub(super) height: f32,
}

/// The structure on its way into the file.
pub(super) struct Tags {
    root: u32,
    open: Vec<Open>,
    /// For each page the elements of its contents, in order; written pages are empty.
    contents: Vec<Vec<u32>>,
    /// For each number by which readers ask, the object that answers.
    parents: Vec<(u32, u32)>,
    /// Pages whose contents were written.
    done: usize,
}

impl Tags {
    /// Begins the structure of a document.
    pub(super) fn new(objects: &mut Objects) -> Self {
        let root = objects.reserve();
        let number = objects.reserve();
        Self {
            root,
            open: vec![Open::new(number, Role::Document)],
            contents: Vec::new(),
            parents: Vec::new(),
            done: 0,
        }
    }

    /// Goes through steps; `pages` are all pages so far, `links` the places of those that these steps set, in order.
    pub(super) fn go(
        &mut self,
        objects: &mut Objects,
        steps: Vec<Step>,
        pages: &[TaggedPage],
        links: Vec<LinkPlace>,
    ) {
        let mut links = links.into_iter();
        for step in steps {
            match step {
                Step::Open(role) => self.open.push(Open::new(objects.reserve(), role)),
                Step::Close => self.close(objects, pages),
                step => self.hold(step, pages, &mut links),
            }
        }
    }

    /// What the element that was opened last holds or says of itself.
    fn hold(&mut self, step: Step, pages: &[TaggedPage], links: &mut impl Iterator<Item = LinkPlace>) {
        let Some(element) = self.open.last_mut() else { return };
        match step {
            Step::Open(_) | Step::Close => {}
            Step::Alternative(words) => element.alternative = Some(words),
            Step::Actual(words) => element.actual = Some(words),
            Step::Bounds(bounds) => element.bounds = Some(bounds),
            Step::Content { page, number } => {
                let Some(tagged) = pages.get(page as usize) else { return };
                element.children.push(Child::Content(tagged.object, number));
                let page = page as usize;
                if self.contents.len() <= page {
                    self.contents.resize_with(page + 1, Vec::new);
                }
                self.contents[page].push(element.number);
            }
            Step::Link => {
                let Some(place) = links.next() else { return };
                element.children.push(Child::Place(place.page, place.object));
                self.parents.push((place.key, element.number));
            }
        }
    }

    /// What was added last, after so many others, comes first in the document.
    pub(super) fn bring_forward(&mut self, after: usize) {
        if let Some(document) = self.open.first_mut() {
            let count = document.children.len().saturating_sub(after);
            document.children.rotate_right(count);
        }
    }

    /// How much the document holds so far.
    pub(super) fn held(&self) -> usize {
        self.open.first().map_or(0, |document| document.children.len())
    }

    fn close(&mut self, objects: &mut Objects, pages: &[TaggedPage]) {
        // The document itself is closed at the end.
        if self.open.len() < 2 {
            return;
        }
        let (Some(element), Some(parent)) = (self.open.pop(), self.open.last_mut()) else { return };
        parent.children.push(Child::Element(element.number));
        objects.put(element.number, element.written(parent.number, pages).as_bytes());
    }

    /// Writes for the pages up to this number which elements their contents belong to: nothing more will stand on them.
    pub(super) fn end_pages(&mut self, objects: &mut Objects, count: usize) {
        for page in self.done..count {
            let elements = self.contents.get_mut(page).map(std::mem::take).unwrap_or_default();
            let mut array = String::with_capacity(elements.len() * 9 + 2);
            array.push('[');
            for element in elements {
                let _ = write!(array, "{element} 0 R ");
            }
            array.push(']');
            let number = objects.add(array.as_bytes());
            self.parents.push((page as u32, number));
        }
        self.done = self.done.max(count);
    }

    /// Writes the rest; gives the number of the root.
    pub(super) fn finish(mut self, objects: &mut Objects, pages: &[TaggedPage]) -> u32 {
        while self.open.len() > 1 {
            self.close(objects, pages);
        }
        self.end_pages(objects, pages.len());
        let Some(document) = self.open.pop() else { return self.root };
        objects.put(document.number, document.written(self.root, pages).as_bytes());
        self.parents.sort_unstable_by_key(|(key, _)| *key);
        let next = self.parents.last().map_or(0, |(key, _)| key + 1);
        let mut numbers = String::from("<</Nums[");
        for (key, object) in &self.parents {
            let _ = write!(numbers, "{key} {object} 0 R ");
        }
        numbers.push_str("]>>");
        let parents = objects.add(numbers.as_bytes());
        let root = format!(
            "<</Type/StructTreeRoot/K {} 0 R/ParentTree {parents} 0 R/ParentTreeNextKey {next}>>",
            document.number
        );
        objects.put(self.root, root.as_bytes());
        self.root
    }
}

impl Open {
    fn new(number: u32, role: Role) -> Self {
        Self { number, role, alternative: None, actual: None, bounds: None, children: Vec::new() }
    }

    fn written(&self, parent: u32, pages: &[TaggedPage]) -> String {
        let mut object = format!("<</S/{}/P {parent} 0 R", self.role.name());
        let page = self.children.iter().find_map(|child| match child {
            Child::Content(page, _) | Child::Place(page, _) => Some(*page),
            Child::Element(_) => None,
        });
        // Writing to a String cannot fail.
        if let Some(page) = page {
            let _ = write!(object, "/Pg {page} 0 R");
        }
        if let Some(words) = &self.alternative {
            let _ = write!(object, "/Alt{}", text(words));
        }
        if let Some(words) = &self.actual {
            let _ = write!(object, "/ActualText{}", text(words));
        }
        match self.role {
            Role::ColumnHeading => object.push_str("/A<</O/Table/Scope/Column>>"),
            Role::RowHeading => object.push_str("/A<</O/Table/Scope/Row>>"),
            _ => {}
        }
        if let Some(bounds) = &self.bounds
            && let Some(height) = pages.iter().find(|p| Some(p.object) == page).map(|p| p.height)
        {
            let [left, top, right, bottom] = **bounds;
            let _ = write!(
                object,
                "/A<</O/Layout/Placement/Block/BBox[{left:.1} {:.1} {right:.1} {:.1}]>>",
                height - bottom,
                height - top
            );
        }
        if !self.children.is_empty() {
            object.push_str("/K");
            let many = self.children.len() > 1;
            object.push(if many { '[' } else { ' ' });
            for child in &self.children {
                let _ = match child {
                    Child::Element(number) => write!(object, "{number} 0 R "),
                    Child::Content(on, number) if Some(*on) == page => write!(object, "{number} "),
                    Child::Content(on, number) => {
                        write!(object, "<</Type/MCR/Pg {on} 0 R/MCID {number}>>")
                    }
                    Child::Place(on, place) => write!(object, "<</Type/OBJR/Pg {on} 0 R/Obj {place} 0 R>>"),
                };
            }
            if many {
                object.push(']');
            }
        }
        object.push_str(">>");
        object
    }
}

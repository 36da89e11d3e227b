//! Collects problems while a definition is read, and hands out proof that one was told. Never renders them.

use crate::definition::{Problem, Severity};
use std::cell::RefCell;
use std::ops::Range;

/// Bytes of the file.
pub(super) type Place = Range<usize>;

/// Proof that the reason for a missing value is among the problems: only [`Problems`] makes one, so that no value
/// can be lost in silence.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reported(());

/// A value, or proof that its absence was told.
pub(super) type Read<T> = Result<T, Reported>;

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Problems {
    list: RefCell<Vec<Problem>>,
    hidden: RefCell<Vec<Place>>,
}

impl Problems {
    /// Adds a problem. `what` is a lower-case fragment, `label` stands at the caret, `hint` says what to do.
    pub(super) fn add(
        &self,
        code: &'static str,
        place: &Place,
        what: impl Into<String>,
        label: impl Into<String>,
        hint: impl Into<String>,
    ) -> Reported {
        self.push(code, Some(place.clone()), what.into(), label.into(), hint.into())
    }

    /// Adds a problem of the file as a whole.
    pub(super) fn add_to_file(
        &self,
        code: &'static str,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> Reported {
        self.push(code, None, what.into(), String::new(), hint.into())
    }

    fn push(
        &self,
        code: &'static str,
        span: Option<Place>,
        what: String,
        label: String,
        hint: String,
    ) -> Reported {
        let hint = (!hint.is_empty()).then_some(hint);
        let problem = Problem { code, severity: Severity::Error, what, file: 0, span, label, hint };
        let mut list = self.list.borrow_mut();
        // One fault is told once, even where it is met twice.
        if !list.contains(&problem) {
            list.push(problem);
        }
        Reported(())
    }

    /// Proof for a value that stood in lines already reported as unreadable.
    pub(super) fn told_by_syntax(&self) -> Reported {
        debug_assert!(!self.is_empty(), "a lost value needs a problem that tells of it");
        Reported(())
    }

    /// Proof for a problem that the owner of the table adds when it is done with it.
    pub(super) fn told_later(&self) -> Reported {
        Reported(())
    }

    /// Bytes that must not be shown: a secret written out.
    pub(super) fn hide(&self, place: &Place) {
        self.hidden.borrow_mut().push(place.clone());
    }

    /// Nothing found?
    pub(super) fn is_empty(&self) -> bool {
        self.list.borrow().is_empty()
    }

    /// Everything found, in the order of places, and the bytes not to be shown.
    pub(super) fn into_parts(self) -> (Vec<Problem>, Vec<Place>) {
        let mut list = self.list.into_inner();
        list.sort_by_key(|problem| problem.span.as_ref().map_or((0, 0, 0), |span| (1, span.start, span.end)));
        (list, self.hidden.into_inner())
    }
}

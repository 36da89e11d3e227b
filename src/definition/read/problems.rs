//! Collects the problems of one file while it is read, and hands out proof that one was told. Never renders them.

use crate::definition::{Problem, Severity, moves_the_cursor};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

/// Bytes of the file.
pub(super) type Place = Range<usize>;

/// Proof that the reason for a missing value is among the problems: only [`Problems`] makes one, so that no value
/// can be lost in silence.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reported(());

/// A value, or proof that its absence was told.
pub(super) type Read<T> = Result<T, Reported>;

/// A longer word is cut: it is shown where it stands as well.
const LONGEST_WORD: usize = 160;

/// A message of one line for any terminal: what the file spells may hold signs that move the cursor or turn the text
/// around, and words without an end.
fn readable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for (number, word) in text.split(' ').enumerate() {
        if number > 0 {
            shown.push(' ');
        }
        for (at, c) in word.chars().enumerate() {
            if at == LONGEST_WORD {
                shown.push('…');
                break;
            }
            if moves_the_cursor(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
        }
    }
    shown
}

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
        self.push(Severity::Error, code, Some(place.clone()), what.into(), label.into(), hint.into());
        Reported(())
    }

    /// Adds a warning: the file is taken, and a person should look.
    pub(super) fn warn(
        &self,
        code: &'static str,
        place: &Place,
        what: impl Into<String>,
        label: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.push(Severity::Warning, code, Some(place.clone()), what.into(), label.into(), hint.into());
    }

    /// Adds a problem of the file as a whole.
    pub(super) fn add_to_file(
        &self,
        code: &'static str,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> Reported {
        self.push(Severity::Error, code, None, what.into(), String::new(), hint.into());
        Reported(())
    }

    fn push(
        &self,
        severity: Severity,
        code: &'static str,
        span: Option<Place>,
        what: String,
        label: String,
        hint: String,
    ) {
        let (what, label) = (readable(&what), readable(&label));
        let hint = (!hint.is_empty()).then(|| readable(&hint));
        self.list.borrow_mut().push(Problem { code, severity, what, file: 0, span, label, hint });
    }

    /// Proof for a value that stood in lines already reported as unreadable.
    pub(super) fn told_by_syntax(&self) -> Reported {
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

    /// Nothing found for which the file is refused?
    pub(super) fn free_of_errors(&self) -> bool {
        self.errors() == 0
    }

    /// How much was found so far for which the file is refused; some of it may be one fault met twice.
    pub(super) fn errors(&self) -> usize {
        self.list.borrow().iter().filter(|problem| problem.severity == Severity::Error).count()
    }

    /// Everything found, in the order of places, and the bytes not to be shown.
    pub(super) fn into_parts(self) -> (Vec<Problem>, Vec<Place>) {
        // One fault is told once, even where it is met twice.
        let mut told = BTreeSet::new();
        let mut list = self.list.into_inner();
        list.retain(|problem| {
            let span = problem.span.as_ref().map(|span| (span.start, span.end));
            told.insert((problem.code, span, problem.what.clone(), problem.label.clone()))
        });
        list.sort_by_key(|problem| problem.span.as_ref().map_or((0, 0, 0), |span| (1, span.start, span.end)));
        (list, self.hidden.into_inner())
    }
}

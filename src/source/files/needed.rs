//! Which rows of a file are kept: those that the SQL of [`crate::source::select`] would ask a database for, judged here by value. Which
//! rows belong to a period is decided afterwards, on typed instants.

use super::cell::Cell;
use crate::definition::{FrameName, Rows};
use crate::source::Need;
use crate::source::rows::{first_state, number, shifted};
use chrono::NaiveDate;

/// A day, in every way in which a value can be compared with its beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edge {
    day: NaiveDate,
    text: String,
    digits: String,
    seconds: i64,
}

const DAY: i64 = 86_400;
/// A second of the year 5138 is a thousandth of 1973.
const THOUSANDTHS: i64 = 100_000_000_000;

impl Edge {
    fn new(day: NaiveDate) -> Self {
        let seconds = number(day) * DAY;
        Self { day, text: day.to_string(), digits: seconds.to_string(), seconds }
    }

    fn days(&self) -> i64 {
        self.seconds / DAY
    }
    fn micros(&self) -> i64 {
        self.seconds * 1_000_000
    }
}

/// The least and the greatest value of a column in a part of a file, and whether some rows have none; `None`: nothing is known.
pub(super) type Between<'a> = Option<(Cell<'a>, Cell<'a>, bool)>;

/// How many rows of a part of a file may be needed, by what is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    /// Not one.
    None,
    /// Each has to be looked at.
    Some,
    /// Every one.
    All,
}

/// What makes a row one that is needed.
#[derive(Debug, Clone)]
enum Term {
    /// An instant from the first to the second day.
    Between(usize, Edge, Edge),
    /// A civil day from the first to before the second.
    Days(usize, Edge, Edge),
    /// Not an instant at all: it is told.
    Odd(usize),
    /// No value.
    Absent(usize),
    /// Open at the end of a period.
    Open(Open),
}

/// Created before the end (or, without that, scheduled before it), and not known to be finished by then.
#[derive(Debug, Clone)]
struct Open {
    created: Option<usize>,
    scheduled: Option<usize>,
    before: Edge,
    completed: Option<usize>,
    end: Edge,
    status: Option<usize>,
}

/// The rows that are needed of a frame.
#[derive(Debug, Clone)]
pub(super) struct Needed {
    /// The frame's names of the columns that decide.
    pub(super) columns: Vec<&'static str>,
    /// One of them must hold; none at all: every row is needed.
    terms: Vec<Term>,
    finished: Vec<String>,
}

const TASKS: [&str; 4] = ["scheduled_at", "completed_at", "created_at", "status"];
const STATES: [&str; 1] = ["date"];

impl Needed {
    /// The rows of a frame that the periods can need; `is_there` says which columns are read, `finished` are status values (as written)
    /// of finished tasks. `keyless`: days that are absent are needed too.
    pub(super) fn new(
        frame: FrameName,
        is_there: impl Fn(&str) -> bool,
        need: &Need,
        finished: &[&str],
        keyless: bool,
    ) -> Self {
        let all: &[&'static str] = match frame {
            FrameName::Tasks => &TASKS,
            FrameName::UserStates => &STATES,
            FrameName::Sellers | FrameName::Users | FrameName::Assignments | FrameName::Targets => &[],
        };
        let columns: Vec<&'static str> = all.iter().copied().filter(|name| is_there(name)).collect();
        let finished = finished.iter().map(|value| (*value).to_owned()).collect();
        let mut needed = Self { columns, terms: Vec::new(), finished };
        match frame {
            FrameName::Tasks => {
                for rows in &need.rows {
                    for period in &need.periods {
                        needed.tasks(*rows, period.from(), period.to());
                    }
                }
                for name in ["scheduled_at", "completed_at", "created_at"] {
                    needed.terms.extend(needed.place(name).map(Term::Odd));
                }
            }
            FrameName::UserStates => {
                if let Some(date) = needed.place("date") {
                    for period in &need.periods {
                        let before = shifted(period.from(), -1);
                        let in_a_row =
                            need.rows.iter().any(|rows| *rows == Rows::Days || rows.window().is_some());
                        if in_a_row {
                            let first = before.min(first_state(need, period));
                            needed.terms.push(Term::Days(date, Edge::new(first), Edge::new(period.to())));
                        } else {
                            let days = [(before, period.from()), (period.last(), period.to())];
                            let term = |(from, to)| Term::Days(date, Edge::new(from), Edge::new(to));
                            needed.terms.extend(days.map(term));
                        }
                    }
                    needed.terms.push(Term::Odd(date));
                    needed.terms.extend(keyless.then_some(Term::Absent(date)));
                }
            }
            FrameName::Sellers | FrameName::Users | FrameName::Assignments | FrameName::Targets => {}
        }
        needed
    }

    /// Rows with an instant or a day in one of these columns from two days before the first of two days to two days after the second.
    pub(super) fn between(columns: &[&'static str], (first, last): (NaiveDate, NaiveDate)) -> Self {
        let (lo, hi) = (Edge::new(shifted(first, -2)), Edge::new(shifted(last, 2)));
        let term = |place| Term::Between(place, lo.clone(), hi.clone());
        Self {
            columns: columns.to_vec(),
            terms: (0..columns.len()).map(term).collect(),
            finished: Vec::new(),
        }
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| *column == name)
    }

    fn tasks(&mut self, rows: Rows, from: NaiveDate, to: NaiveDate) {
        let hi = Edge::new(shifted(to, 2));
        let within = match rows {
            Rows::Planned | Rows::Scheduled => "scheduled_at",
            Rows::Completed => "completed_at",
            Rows::Created => "created_at",
            Rows::Open => {
                let (created, scheduled) = (self.place("created_at"), self.place("scheduled_at"));
                if created.or(scheduled).is_some() {
                    self.terms.push(Term::Open(Open {
                        created,
                        scheduled,
                        before: hi,
                        completed: self.place("completed_at"),
                        end: Edge::new(shifted(to, -2)),
                        status: self.place("status"),
                    }));
                }
                return;
            }
            Rows::Edges | Rows::Days | Rows::Last7Days | Rows::Last28Days | Rows::Assigned => return,
        };
        let lo = Edge::new(shifted(from, -2));
        self.terms.extend(self.place(within).map(|place| Term::Between(place, lo, hi)));
    }

    /// Is every row needed?
    pub(super) fn takes_all(&self) -> bool {
        self.terms.is_empty()
    }

    /// Is a row with these values of the columns needed?
    pub(super) fn holds(&self, cells: &[Cell<'_>]) -> bool {
        let cell = |place: usize| cells.get(place).copied().unwrap_or(Cell::Absent);
        let holds = |term: &Term| match term {
            Term::Between(place, lo, hi) => between(cell(*place), lo, hi),
            Term::Days(place, from, to) => on_days(cell(*place), from, to),
            Term::Odd(place) => is_odd(cell(*place)),
            Term::Absent(place) => cell(*place).is_absent(),
            Term::Open(open) => self.is_open(open, &cell),
        };
        self.terms.is_empty() || self.terms.iter().any(holds)
    }

    fn is_open<'c>(&self, open: &Open, cell: &impl Fn(usize) -> Cell<'c>) -> bool {
        let created = open.created.map(cell);
        let scheduled = open.scheduled.map(cell);
        let born = match (created, scheduled) {
            (Some(created), Some(scheduled)) => {
                before(created, &open.before) || created.is_absent() && before(scheduled, &open.before)
            }
            (one, other) => one.or(other).is_some_and(|at| before(at, &open.before)),
        };
        let unfinished = || {
            open.status.map(cell).is_none_or(|status| match status {
                Cell::Absent => true,
                Cell::Text(text) => !self.finished.iter().any(|value| value.as_bytes() == text),
                Cell::Whole(number) => !self.finished.contains(&number.to_string()),
                _ => true,
            })
        };
        born && match open.completed.map(cell) {
            Some(completed) => from(completed, &open.end) || completed.is_absent() && unfinished(),
            None => unfinished(),
        }
    }

    /// How many rows with values between the least and the greatest of each column may be needed? `None` for those of which nothing is known.
    pub(super) fn share(&self, bounds: &[Between<'_>]) -> Share {
        if self.must_hold(bounds) {
            Share::All
        } else if self.may_hold(bounds) {
            Share::Some
        } else {
            Share::None
        }
    }

    /// Is every row needed, as the least and the greatest value of a column are and none is absent?
    fn must_hold(&self, bounds: &[Between<'_>]) -> bool {
        let both = |place: usize, test: &dyn Fn(Cell<'_>) -> bool| {
            let is_typed = |cell| matches!(cell, Cell::Instant(..) | Cell::Day(_));
            bounds.get(place).copied().flatten().is_some_and(|(least, greatest, nulls)| {
                // Of texts a file may say the beginnings alone.
                !nulls && is_typed(least) && is_typed(greatest) && test(least) && test(greatest)
            })
        };
        self.terms.is_empty()
            || self.terms.iter().any(|term| match term {
                Term::Between(place, lo, hi) => both(*place, &|cell| between(cell, lo, hi)),
                Term::Days(place, from, to) => both(*place, &|cell| on_days(cell, from, to)),
                Term::Odd(_) | Term::Absent(_) | Term::Open(_) => false,
            })
    }

    fn may_hold(&self, bounds: &[Between<'_>]) -> bool {
        let may = |place: usize, test: &dyn Fn(Cell<'_>, Cell<'_>, bool) -> bool| {
            bounds
                .get(place)
                .copied()
                .flatten()
                .is_none_or(|(least, greatest, nulls)| test(least, greatest, nulls))
        };
        let overlaps = |place: usize, lo: &Edge, hi: &Edge| {
            may(place, &|least, greatest, _| match (least, greatest) {
                (Cell::Instant(least, _), Cell::Instant(greatest, _)) => {
                    least < hi.micros() + DAY * 1_000_000 && greatest >= lo.micros() - DAY * 1_000_000
                }
                (Cell::Day(least), Cell::Day(greatest)) => {
                    i64::from(least) < hi.days() && i64::from(greatest) >= lo.days()
                }
                // What is between two texts of one way to write instants may be of another: only these are sure.
                (Cell::Text(least), Cell::Text(greatest)) if is_dated(least) && is_dated(greatest) => {
                    least < hi.text.as_bytes() && greatest >= lo.text.as_bytes()
                }
                _ => true,
            })
        };
        self.terms.is_empty()
            || self.terms.iter().any(|term| match term {
                Term::Between(place, lo, hi) | Term::Days(place, lo, hi) => overlaps(*place, lo, hi),
                Term::Odd(place) => may(*place, &|least, greatest, _| match (least, greatest) {
                    (Cell::Instant(..), _) | (Cell::Day(_), _) => false,
                    (Cell::Text(least), Cell::Text(greatest)) => {
                        !(is_dated(least) && is_dated(greatest) && least.get(..2) == greatest.get(..2))
                    }
                    _ => true,
                }),
                Term::Absent(place) => may(*place, &|_, _, nulls| nulls),
                Term::Open(open) => {
                    let born = |place: usize, nulls: bool| {
                        may(place, &|least, _, absent| before(least, &open.before) || nulls && absent)
                    };
                    match (open.created, open.scheduled) {
                        (Some(created), Some(_)) => born(created, true),
                        (one, other) => one.or(other).is_some_and(|place| born(place, false)),
                    }
                }
            })
    }

    /// Which rows that are, in words.
    pub(super) fn words(&self) -> String {
        if self.terms.is_empty() {
            return "all rows".to_owned();
        }
        let name = |place: &usize| self.columns.get(*place).copied().unwrap_or_default();
        let word = |term: &Term| match term {
            Term::Between(place, lo, hi) | Term::Days(place, lo, hi) => {
                format!("{} from {} to before {}", name(place), lo.day, hi.day)
            }
            Term::Odd(place) => format!("{} no instant", name(place)),
            Term::Absent(place) => format!("{} absent", name(place)),
            Term::Open(open) => {
                let born = open.created.or(open.scheduled);
                let born = born.as_ref().map(name).unwrap_or_default();
                format!("{born} before {} and not finished before {}", open.before.day, open.end.day)
            }
        };
        let words: Vec<String> = self.terms.iter().map(word).collect();
        format!("rows with {}", words.join(", or "))
    }
}

/// A text that begins with a year of 1900 to 2199, as what is not odd does.
fn is_dated(text: &[u8]) -> bool {
    text.len() >= 10 && text.get(4) == Some(&b'-') && !is_odd(Cell::Text(text))
}

#[expect(clippy::cast_possible_truncation, reason = "whole seconds are compared")]
fn whole(number: f64) -> i64 {
    number as i64
}

fn between(cell: Cell<'_>, lo: &Edge, hi: &Edge) -> bool {
    match cell {
        Cell::Absent => false,
        Cell::Text(text) => {
            lo.text.as_bytes() <= text && text < hi.text.as_bytes()
                || lo.digits.as_bytes() <= text && text < hi.digits.as_bytes()
        }
        Cell::Whole(number) => {
            (lo.seconds..hi.seconds).contains(&number)
                || (lo.seconds * 1000..hi.seconds * 1000).contains(&number)
        }
        Cell::Real(number) => between(Cell::Whole(whole(number)), lo, hi),
        Cell::Instant(micros, _) => (lo.micros()..hi.micros()).contains(&micros),
        Cell::Day(days) => (lo.days()..hi.days()).contains(&i64::from(days)),
    }
}

fn before(cell: Cell<'_>, hi: &Edge) -> bool {
    match cell {
        Cell::Absent => false,
        // Digits of an epoch sort before any year from 2013 to 2033: a superset at most.
        Cell::Text(text) => text < hi.text.as_bytes(),
        Cell::Whole(number) => number < hi.seconds || (THOUSANDTHS..hi.seconds * 1000).contains(&number),
        Cell::Real(number) => before(Cell::Whole(whole(number)), hi),
        Cell::Instant(micros, _) => micros < hi.micros(),
        Cell::Day(days) => i64::from(days) < hi.days(),
    }
}

fn from(cell: Cell<'_>, lo: &Edge) -> bool {
    match cell {
        Cell::Absent => false,
        Cell::Text(text) => text >= lo.text.as_bytes() || text >= lo.digits.as_bytes(),
        Cell::Whole(number) => number >= lo.seconds,
        Cell::Real(number) => whole(number) >= lo.seconds,
        Cell::Instant(micros, _) => micros >= lo.micros(),
        Cell::Day(days) => i64::from(days) >= lo.days(),
    }
}

fn on_days(cell: Cell<'_>, from: &Edge, to: &Edge) -> bool {
    match cell {
        Cell::Absent => false,
        Cell::Text(text) => from.text.as_bytes() <= text && text < to.text.as_bytes(),
        Cell::Whole(number) => {
            let (lo, hi) = (from.seconds - DAY, to.seconds + DAY);
            (lo..hi).contains(&number) || (lo * 1000..hi * 1000).contains(&number)
        }
        Cell::Real(number) => on_days(Cell::Whole(whole(number)), from, to),
        // An instant's day is that of its zone.
        Cell::Instant(micros, _) => {
            (from.micros() - DAY * 1_000_000..to.micros() + DAY * 1_000_000).contains(&micros)
        }
        Cell::Day(days) => (from.days()..to.days()).contains(&i64::from(days)),
    }
}

/// A value that begins with no year of 1900 to 2199 (`04/03/2013`, words), and a number too small for an epoch.
fn is_odd(cell: Cell<'_>) -> bool {
    let within = |text: &[u8], lo: &[u8], hi: &[u8]| text >= lo && text < hi;
    match cell {
        Cell::Text(text) => {
            !text.is_empty() && text < b"190".as_slice()
                || within(text, b"19:", b"200")
                || within(text, b"20:", b"210")
                || text >= b"21:".as_slice()
        }
        Cell::Whole(number) => number < 100_000_000,
        Cell::Real(number) => number < 1e8,
        Cell::Absent | Cell::Instant(..) | Cell::Day(_) => false,
    }
}

#[cfg(test)]
mod tests;

//! Which of several rows holds for a group, and what the target of a group is that no row is said for. Never: where rows come from.

use super::said::{Said, Values};
use crate::calendar::Period;
use std::collections::{BTreeMap, HashMap};

/// What a target of many means for fewer, and what those of fewer mean for many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// What parts are to reach sums to what the whole is to reach; that of the whole says nothing of a part.
    Sum,
    /// What all are to reach each is to reach (a share, a mean); those of parts say nothing of the whole.
    Each,
    /// Neither (a count of distinct things, a maximum).
    Itself,
}

/// A group for which a target is asked.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    /// What makes it this group. A value that is absent is one that no row can be said for.
    pub(super) is: Vec<(String, Option<String>)>,
    /// That, and what follows from it.
    pub(super) known: Values,
    /// Is it one of several days of the period? Then rows of the period's own kind are not said for it.
    pub(super) is_of_time: bool,
}

/// One group's row; `value` is absent where two rows of the same days say different numbers.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) said: Said,
    pub(super) value: Option<f64>,
}

/// What holds for a group.
#[derive(Debug)]
pub(super) enum Held<'r> {
    /// No row says anything.
    Nothing,
    /// A row.
    One(&'r Entry),
    /// These together.
    Sum(Vec<&'r Entry>),
    /// Rows that say different numbers.
    AtOdds,
    /// Rows that would be summed overlap.
    Overlap,
}

/// The rows that hold for a period, one a group, found by the columns that their group is told by.
#[derive(Debug, Default)]
pub(super) struct Holding {
    entries: Vec<Entry>,
    levels: BTreeMap<Vec<String>, HashMap<Vec<String>, usize>>,
}

/// Is all of one in the other?
fn is_in(some: &Values, all: &Values) -> bool {
    some.iter().all(|(column, value)| all.get(column) == Some(value))
}

impl Entry {
    /// Does it keep within a group?
    fn within(&self, group: &Group) -> bool {
        let same = |(column, value): &(String, Option<String>)| {
            value.as_ref().is_some_and(|value| self.said.known.get(column) == Some(value))
        };
        self.said.inside && group.is.iter().all(same)
    }

    /// Is it said for fewer than another?
    fn narrower_than(&self, other: &Self) -> bool {
        is_in(&other.said.group, &self.said.known) && !is_in(&self.said.group, &other.said.known)
    }
}

impl Holding {
    /// Of the rows of a group, the one that is said for the fewest days holds.
    pub(super) fn new(rows: Vec<Said>, period: &Period) -> Self {
        let mut of_group: BTreeMap<Values, Vec<Said>> = BTreeMap::new();
        for row in rows.into_iter().filter(|row| row.days.hold(period)) {
            of_group.entry(row.group.clone()).or_default().push(row);
        }
        let mut holding = Self::default();
        for rows in of_group.into_values() {
            let closest: Vec<&Said> = rows
                .iter()
                .filter(|row| !rows.iter().any(|other| other.days.closer_than(row.days)))
                .collect();
            let Some(first) = closest.first() else { continue };
            #[expect(clippy::float_cmp, reason = "two rows say the same number or they do not")]
            let agree = closest.iter().all(|row| row.value == first.value);
            let said = Said::clone(first);
            let (columns, values) = said.group.clone().into_iter().unzip();
            let value = agree.then_some(said.value);
            holding.levels.entry(columns).or_default().insert(values, holding.entries.len());
            holding.entries.push(Entry { said, value });
        }
        holding
    }

    /// The rows that are said for all of a group, and maybe for more.
    fn covering(&self, group: &Group) -> Vec<&Entry> {
        let found = self.levels.iter().filter_map(|(columns, rows)| self.at(columns, rows, &group.known));
        found.filter(|entry| !group.is_of_time || entry.said.is_for_any_period()).collect()
    }

    fn at(&self, columns: &[String], rows: &HashMap<Vec<String>, usize>, known: &Values) -> Option<&Entry> {
        let values: Option<Vec<String>> = columns.iter().map(|column| known.get(column).cloned()).collect();
        self.entries.get(*rows.get(&values?)?)
    }

    /// What holds for a group.
    pub(super) fn of(&self, group: &Group, meaning: Meaning) -> Held<'_> {
        let covering = self.covering(group);
        let exact: Vec<&Entry> = covering.iter().copied().filter(|entry| entry.within(group)).collect();
        if !exact.is_empty() {
            return agreed(&exact);
        }
        match meaning {
            Meaning::Itself => Held::Nothing,
            Meaning::Each => {
                let closest: Vec<&Entry> = covering
                    .iter()
                    .copied()
                    .filter(|entry| !covering.iter().any(|other| other.narrower_than(entry)))
                    .collect();
                agreed(&closest)
            }
            Meaning::Sum => self.sum(group),
        }
    }

    /// The widest rows within a group; those within another of them are counted by that one.
    fn sum(&self, group: &Group) -> Held<'_> {
        if group.is.iter().any(|(_, value)| value.is_none()) {
            return Held::Nothing;
        }
        let parts: Vec<&Entry> = self.entries.iter().filter(|entry| entry.within(group)).collect();
        let mut widest: Vec<&Entry> = Vec::new();
        for part in parts {
            let (mut is_counted, mut is_at_odds) = (false, false);
            for (columns, rows) in &self.levels {
                let Some(other) = self.at(columns, rows, &part.said.known) else { continue };
                if std::ptr::eq(other, part) || !other.within(group) {
                    continue;
                }
                // Two ways of writing the same group: the first of them is counted.
                let is_same = is_in(&part.said.group, &other.said.known);
                is_at_odds |= is_same && other.value != part.value;
                is_counted |= !is_same || other.said.group < part.said.group;
            }
            if is_at_odds && !is_counted {
                return Held::AtOdds;
            }
            if !is_counted {
                widest.push(part);
            }
        }
        if widest.iter().any(|entry| entry.value.is_none()) {
            return Held::AtOdds;
        }
        if !are_apart(&widest) {
            return Held::Overlap;
        }
        if widest.is_empty() { Held::Nothing } else { Held::Sum(widest) }
    }
}

/// Do these rows have nothing in common? Groups told by the same columns never have.
fn are_apart(rows: &[&Entry]) -> bool {
    let mut levels: BTreeMap<Vec<&String>, Vec<&Entry>> = BTreeMap::new();
    for row in rows {
        levels.entry(row.said.group.keys().collect()).or_default().push(row);
    }
    let levels: Vec<Vec<&Entry>> = levels.into_values().collect();
    let differ = |one: &Entry, other: &Entry| {
        one.said
            .known
            .iter()
            .any(|(column, value)| other.said.known.get(column).is_some_and(|another| another != value))
    };
    levels.iter().enumerate().all(|(number, level)| {
        let others = levels.iter().skip(number + 1).flatten();
        others.into_iter().all(|other| level.iter().all(|one| differ(one, other)))
    })
}

fn agreed<'r>(rows: &[&'r Entry]) -> Held<'r> {
    match rows.first() {
        None => Held::Nothing,
        Some(first) if first.value.is_some() && rows.iter().all(|row| row.value == first.value) => {
            Held::One(first)
        }
        Some(_) => Held::AtOdds,
    }
}

#[cfg(test)]
mod tests;

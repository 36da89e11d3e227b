//! The newest instant of a frame in files: rows from a moment on are looked at; where there are none, the greatest values.

use super::asked::asked;
use super::cell::Cell;
use super::needed::Needed;
use super::place;
use super::problem::Problem;
use crate::calendar::instant_of;
use crate::definition::{FilesSource, FrameName, Source};
use crate::source::SourceError;
use crate::source::newest::{AsOf, columns, latest};
use crate::source::shape::kind_of;
use chrono::{DateTime, Utc};
use parte_columns::{Buffer, Zone};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Asks files how new their frames are.
pub(in crate::source) fn newest(
    source: &Source,
    files: &FilesSource,
    frames: &[FrameName],
    as_of: &AsOf,
) -> Result<BTreeMap<FrameName, Option<DateTime<Utc>>>, SourceError> {
    let fault = |problem: Problem| problem.of(source);
    let place = place::open(source, &files.place).map_err(fault)?;
    let mut all = BTreeMap::new();
    for frame in frames {
        let wanted: BTreeSet<String> = columns(*frame).iter().map(|name| (*name).to_owned()).collect();
        let Some(asked) = asked(source, files, &place, *frame, &wanted)? else {
            all.insert(*frame, None);
            continue;
        };
        let names: Vec<&'static str> =
            columns(*frame).iter().copied().filter(|name| asked.place_there(name).is_some()).collect();
        let there: Vec<usize> = names.iter().filter_map(|name| asked.place_there(name)).collect();
        let days = (as_of.since.date_naive(), as_of.now.max(as_of.due).date_naive());
        let recent = Needed::between(&names, days);
        let zone = Zone::new(asked.own.zone.unwrap_or(chrono_tz::Tz::UTC), instant_of);
        let buffer = |name: &&str| Buffer::new((*name).to_owned(), kind_of(*frame, name), zone);
        let mut buffers: Vec<Buffer> = names.iter().map(buffer).collect();
        let mut greatest = vec![Greatest::None; names.len()];
        asked
            .pass(&there, &mut |cells, _| {
                if recent.holds(cells) {
                    cells.iter().zip(&mut buffers).for_each(|(cell, buffer)| cell.push(buffer));
                }
                cells.iter().zip(&mut greatest).for_each(|(cell, greatest)| greatest.see(*cell));
            })
            .map_err(fault)?;
        // Only words are made of these: the greatest text is the newest instant where a column keeps to one spelling.
        for (greatest, buffer) in greatest.iter().zip(&mut buffers) {
            greatest.cell().push(buffer);
        }
        let mut newest = None;
        for (buffer, name) in buffers.into_iter().zip(&names) {
            let latest = latest(buffer, name, as_of).map_err(|error| {
                fault(Problem::new(
                    format!("asking how new {} are: {error}", frame.as_str()),
                    "check the columns",
                ))
            })?;
            newest = newest.max(latest);
        }
        all.insert(*frame, newest);
    }
    Ok(all)
}

/// The greatest value of a column, text by text or number by number.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Greatest {
    None,
    Text(Vec<u8>),
    Other(Cell<'static>),
}

impl Greatest {
    pub(super) fn see(&mut self, cell: Cell<'_>) {
        match cell {
            Cell::Absent => {}
            Cell::Text(text) => match self {
                Self::Text(all) if all.as_slice() >= text => {}
                Self::Text(all) => {
                    all.clear();
                    all.extend_from_slice(text);
                }
                _ => *self = Self::Text(text.to_vec()),
            },
            Cell::Whole(number) => self.other(Cell::Whole(number)),
            Cell::Real(number) => self.other(Cell::Real(number)),
            Cell::Instant(micros, has_offset) => self.other(Cell::Instant(micros, has_offset)),
            Cell::Day(days) => self.other(Cell::Day(days)),
        }
    }

    fn other(&mut self, cell: Cell<'static>) {
        let order = match (&*self, cell) {
            (Self::Other(Cell::Whole(one)), Cell::Whole(other)) => one.cmp(&other),
            (Self::Other(Cell::Real(one)), Cell::Real(other)) => one.total_cmp(&other),
            (Self::Other(Cell::Instant(one, _)), Cell::Instant(other, _)) => one.cmp(&other),
            (Self::Other(Cell::Day(one)), Cell::Day(other)) => one.cmp(&other),
            (Self::None, _) => Ordering::Less,
            _ => Ordering::Greater,
        };
        if order == Ordering::Less {
            *self = Self::Other(cell);
        }
    }

    pub(super) fn cell(&self) -> Cell<'_> {
        match self {
            Self::None => Cell::Absent,
            Self::Text(text) => Cell::Text(text),
            Self::Other(cell) => *cell,
        }
    }
}

//! Looks at files without taking the rows of a report: which there are, how many rows, how new, and a sample.

use super::asked::{Asked, asked};
use super::cell::Cell;
use super::found::none_at_all;
use super::newest::Greatest;
use super::place;
use super::problem::Problem;
use crate::calendar::instant_of;
use crate::definition::{FilesSource, FrameName, Source};
use crate::source::inspect::sample_of;
use crate::source::shape::kind_of;
use crate::source::sql::{PATIENCE, first_instant, is_timed, looked_at, without_absent};
use crate::source::{Finding, FrameFacts, Inspection, SourceError};
use chrono::{DateTime, Utc};
use parte_columns::{Buffer, Zone};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::time::Instant;

/// Asks files.
pub(in crate::source) fn inspect(
    source: &Source,
    files: &FilesSource,
    needed: &BTreeMap<FrameName, BTreeSet<String>>,
) -> Result<Inspection, SourceError> {
    let place = place::open(source, &files.place).map_err(|problem| problem.of(source))?;
    let mut seen = Inspection::default();
    for (frame, wanted) in needed {
        let started = Instant::now();
        // Columns that `columns` names and the files lack are told, each at its place, and the rest is looked at.
        let mut source = source.clone();
        if let Some(own) = source.frames.get(frame)
            && !own.columns.is_empty()
        {
            let mut plain = source.clone();
            plain.frames.entry(*frame).or_default().columns.clear();
            let names: BTreeSet<String> = own.columns.values().cloned().collect();
            if let Ok(Some(asked)) = asked(&plain, files, &place, *frame, &names) {
                let own = without_absent(*frame, own, &asked.there, &mut seen);
                source.frames.insert(*frame, own);
            }
        }
        match asked(&source, files, &place, *frame, wanted) {
            Ok(Some(asked)) => match asked.look(started, &mut seen) {
                Ok(()) => {}
                Err(problem) => seen.findings.push(of_frame(&source, *frame, problem.of(&source))),
            },
            Ok(None) => {
                seen.sample.missing.insert(*frame, wanted.iter().filter(|c| *c != "*").cloned().collect());
            }
            Err(error) => seen.findings.push(of_frame(&source, *frame, error)),
        }
    }
    if seen.frames.is_empty() && seen.findings.is_empty() && !needed.is_empty() {
        let wanted: Vec<&str> = needed.keys().map(|frame| frame.as_str()).collect();
        let id = source.id.as_str();
        return Err(none_at_all(&wanted, &files.format, &place.there, &place.shown(), id).of(source));
    }
    Ok(seen)
}

/// What is wrong with the files of a frame, at the key that names them.
fn of_frame(source: &Source, frame: FrameName, error: SourceError) -> Finding {
    let keys: &[&str] = match source.frames.get(&frame) {
        Some(own) if own.files.is_some() => &["files"],
        Some(own) if own.table.is_some() => &["table"],
        _ => &[],
    };
    Finding::of(frame, keys, error.what, error.hint)
}

impl Asked {
    fn look(&self, started: Instant, seen: &mut Inspection) -> Result<(), Problem> {
        let timed: Vec<(&str, usize)> = self
            .columns
            .iter()
            .filter(|(name, _)| is_timed(self.frame, name))
            .map(|(name, place)| (name.as_str(), *place))
            .collect();
        let there: Vec<usize> = timed.iter().map(|(_, place)| *place).collect();
        let mut greatest = vec![Greatest::None; timed.len()];
        let mut rows: u64 = 0;
        let mut is_whole = true;
        self.pass_until(&there, &mut |cells| {
            rows += 1;
            cells.iter().zip(&mut greatest).for_each(|(cell, greatest)| greatest.see(*cell));
            // The clock is not looked at for every row.
            if rows.is_multiple_of(4096) && started.elapsed() > PATIENCE {
                is_whole = false;
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        let zone = self.own.zone.unwrap_or(chrono_tz::Tz::UTC);
        let newest: Vec<(String, DateTime<Utc>)> = timed
            .iter()
            .zip(&greatest)
            .filter(|_| is_whole)
            .filter_map(|((name, _), greatest)| {
                let mut buffer = self.buffer(name);
                greatest.cell().push(&mut buffer);
                Some(((*name).to_owned(), first_instant(buffer, zone)?))
            })
            .collect();
        // Of what could not be passed whole in time, the rows that were.
        let most = sample_of(self.frame);
        let step = rows.div_ceil(most).max(1);
        let mut buffers: Vec<Buffer> = self.columns.iter().map(|(name, _)| self.buffer(name)).collect();
        let places: Vec<usize> = self.columns.iter().map(|(_, place)| *place).collect();
        let (mut row, mut height, mut number) = (0_u64, 0_usize, Vec::new());
        self.pass_until(&places, &mut |cells: &[Cell<'_>]| {
            row += 1;
            if row.is_multiple_of(step) {
                self.push(cells, &mut buffers, &mut number);
                height += 1;
            }
            if row >= rows { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        let read = self.columns_of(buffers)?;
        let (data, mut findings) =
            looked_at(self.frame, &self.own, read, height).map_err(|error| self.unfit(&error))?;
        if !self.missing.is_empty() {
            seen.sample.missing.insert(self.frame, self.missing.clone());
        }
        seen.findings.append(&mut findings);
        seen.frames.push(FrameFacts {
            frame: self.frame,
            from: self.shown(),
            columns: self.there.clone(),
            rows: is_whole.then_some(rows),
            newest,
            sampled: data.height(),
            took: started.elapsed(),
        });
        seen.sample.frames.insert(self.frame, data);
        Ok(())
    }

    fn buffer(&self, name: &str) -> Buffer {
        let zone = Zone::new(self.own.zone.unwrap_or(chrono_tz::Tz::UTC), instant_of);
        Buffer::new(name.to_owned(), kind_of(self.frame, name), zone)
    }

    /// Its files, in words: ``file `tareas_20260301_000000.csv` (the newest of 3)``.
    pub(super) fn shown(&self) -> String {
        let names: Vec<String> = self.files.iter().map(|file| format!("`{}`", file.file().name())).collect();
        match names.as_slice() {
            [only] if self.of > 1 => format!("file {only} (the newest of {})", self.of),
            [only] => format!("file {only}"),
            [first, .., last] => format!("{} files, {first} to {last}", names.len()),
            [] => "no file".to_owned(),
        }
    }
}

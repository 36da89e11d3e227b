//! Puts the columns that were read together to a frame, in the parts in which they came: what could not be read is judged and told,
//! states of tasks are folded. Never: how values are read.

use super::frames::Written;
use super::legible::{Judgement, Reading, judge, own_days, words};
use super::shape::{documented_columns, kind_of};
use super::status::Folding;
use super::{Frames, Need, Remark, SourceError};
use crate::calendar::instant_of;
use crate::definition::{Flaw, FrameName, FrameSource, Source, Treatment};
use parte_columns::{Buffer, Frame, Held, ReadColumn, Zone, within};
use polars::prelude::PolarsError;
use std::collections::BTreeSet;

/// A frame that is read.
pub(super) struct Reader<'a> {
    pub(super) source: &'a Source,
    pub(super) frame: FrameName,
    pub(super) own: &'a FrameSource,
    /// The columns asked for, by the frame's names.
    pub(super) wanted: &'a BTreeSet<String>,
    /// Those of them that the source lacks.
    pub(super) missing: &'a BTreeSet<String>,
    pub(super) folding: &'a Folding,
}

impl Reader<'_> {
    /// Buffers for these columns, by the frame's names.
    pub(super) fn buffers<'n>(&self, columns: impl Iterator<Item = &'n str>) -> Vec<Buffer> {
        let zone = Zone::new(self.zone(), instant_of);
        let is_rule = self.own.quality.treatment(Flaw::MixedOffsets) != Treatment::Keep;
        let buffer = |name: &str| {
            let buffer = Buffer::new(name.to_owned(), kind_of(self.frame, name), zone);
            if is_rule { buffer.noting_bare_rows() } else { buffer }
        };
        columns.map(buffer).collect()
    }

    fn zone(&self) -> chrono_tz::Tz {
        self.own.zone.unwrap_or(chrono_tz::Tz::UTC)
    }

    /// The frame of its parts, one after the other; `values_of` says how many values a column has in rows of all times.
    pub(super) fn joined(
        &self,
        parts: Vec<(usize, Vec<Buffer>)>,
        need: &Need,
        values_of: impl Fn(&str) -> Result<usize, SourceError>,
        into: &mut Frames,
    ) -> Result<(), SourceError> {
        let height = parts.iter().map(|(rows, _)| rows).sum();
        let mut parts: Vec<_> = parts.into_iter().map(|(_, buffers)| buffers.into_iter()).collect();
        let mut columns: Vec<ReadColumn> = Vec::new();
        loop {
            let mut whole: Option<ReadColumn> = None;
            for buffer in parts.iter_mut().filter_map(Iterator::next) {
                let read = buffer.read().map_err(|e| self.polars(&e))?;
                whole = Some(match whole {
                    None => read,
                    Some(before) => before.followed_by(read).map_err(|e| self.polars(&e))?,
                });
            }
            match whole {
                Some(column) => columns.push(column),
                None => break,
            }
        }
        self.framed(height, columns, need, values_of, into)
    }

    /// The frame of these columns of so many rows.
    pub(super) fn framed(
        &self,
        height: usize,
        columns: Vec<ReadColumn>,
        need: &Need,
        values_of: impl Fn(&str) -> Result<usize, SourceError>,
        into: &mut Frames,
    ) -> Result<(), SourceError> {
        let frame = self.frame;
        if !self.missing.is_empty() {
            into.missing.insert(frame, self.missing.clone());
        }
        let mut finished: Vec<Held> = Vec::with_capacity(columns.len());
        for ReadColumn { name, column: values, readable, unreadable, offsets, .. } in columns {
            let documented = documented_columns(frame).find(|documented| *documented == name);
            if let Some(column) = documented.filter(|_| offsets.are_mixed()) {
                into.written.push(Written { frame, column, offsets, zone: self.zone() });
            }
            if let Some((count, example)) = unreadable {
                let reading = Reading { readable, unreadable: count, rows: height };
                // What only `*` asks for, nobody named.
                if self.wanted.contains(&name) {
                    self.hold_legible(&name, (reading, &example), &values, need, &values_of)?;
                }
                let column = format!("{}.{name}", frame.as_str());
                into.remarks.push(Remark::Unreadable { column, count, example });
            }
            finished.push(values);
        }
        let built = || {
            let mut data = Frame::new(height, finished)?;
            if frame == FrameName::Tasks {
                self.folding.apply(&mut data)?;
            }
            Ok(data)
        };
        into.frames.insert(frame, built().map_err(|e| self.polars(&e))?);
        Ok(())
    }

    /// An error when the values that could not be read are more than a remark; `example` is one of them.
    fn hold_legible(
        &self,
        column: &str,
        (reading, example): (Reading, &str),
        values: &Held,
        need: &Need,
        values_of: &impl Fn(&str) -> Result<usize, SourceError>,
    ) -> Result<(), SourceError> {
        let Reading { readable, unreadable, .. } = reading;
        let of_period = own_days(self.frame, need).map_or(0, |own| within(values, &own.micros, &own.days));
        let (lost, values) = match judge(self.frame, column, reading, of_period) {
            Judgement::Few => (false, 0),
            Judgement::Lost => (true, readable + unreadable),
            Judgement::AskWhole => {
                let whole = values_of(column)?;
                (unreadable.saturating_mul(2) > whole, whole)
            }
        };
        if lost {
            let (what, hint) = words(self.frame, column, (unreadable, example), values);
            return Err(SourceError { source_id: self.source.id.to_string(), what, hint: hint.to_owned() });
        }
        Ok(())
    }

    fn polars(&self, e: &PolarsError) -> SourceError {
        SourceError {
            source_id: self.source.id.to_string(),
            what: super::chosen::lower(&e.to_string()),
            hint: "the columns read do not fit together".to_owned(),
        }
    }
}

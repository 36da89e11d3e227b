//! Frames of files: each file after the other, each frame on a thread of its own. Never: which files, which columns.

use super::asked::{Asked, Test, asked};
use super::cell::Cell;
use super::content::Content;
use super::csv::with_point;
use super::found::none_at_all;
use super::parquet::{Pieces, push_all};
use super::place;
use super::problem::Problem;
use super::threads;
use crate::calendar::instant_of;
use crate::definition::{FilesFormat, FilesSource, Flaw, Source, Treatment};
use crate::source::chosen::listed;
use crate::source::joined::Reader;
use crate::source::shape::kind_of;
use crate::source::{Frames, Need, SourceError};
use parte_columns::{Buffer, Kind, ReadColumn, Zone, taken_over};
use polars::prelude::PolarsError;
use std::ops::ControlFlow;

/// Reads the frames needed.
pub(in crate::source) fn load(
    source: &Source,
    files: &FilesSource,
    need: &Need,
) -> Result<Frames, SourceError> {
    let fault = |problem: Problem| problem.of(source);
    let place = place::open(source, &files.place).map_err(fault)?;
    let mut all: Vec<Asked> = Vec::new();
    let mut frames = Frames::default();
    for (frame, wanted) in &need.columns {
        match asked(source, files, &place, *frame, wanted)? {
            Some(it) => {
                it.has_something().map_err(fault)?;
                all.push(it);
            }
            None => {
                frames.missing.insert(*frame, wanted.iter().filter(|c| *c != "*").cloned().collect());
            }
        }
    }
    if all.is_empty() && !need.columns.is_empty() {
        let wanted: Vec<&str> = need.columns.keys().map(|frame| frame.as_str()).collect();
        let id = source.id.as_str();
        return Err(none_at_all(&wanted, &files.format, &place.there, &place.shown(), id).of(source));
    }
    let span = tracing::Span::current();
    let read: Vec<Result<(usize, Vec<ReadColumn>), Problem>> = std::thread::scope(|scope| {
        let threads: Vec<_> = all
            .iter()
            .map(|it| {
                let span = &span;
                scope.spawn(move || span.in_scope(|| it.read(source, files, need)))
            })
            .collect();
        let joined = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        joined.map(|part| part.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    for (asked, read) in all.iter().zip(read) {
        let (height, columns) = read.map_err(fault)?;
        let values_of = |name: &str| asked.values_of(name).map_err(fault);
        asked.reader(source).framed(height, columns, need, values_of, &mut frames)?;
    }
    Ok(frames)
}

impl Asked {
    fn reader<'a>(&'a self, source: &'a Source) -> Reader<'a> {
        let Self { frame, own, wanted, missing, folding, .. } = self;
        Reader { source, frame: *frame, own, wanted, missing, folding }
    }

    fn read(
        &self,
        source: &Source,
        files: &FilesSource,
        need: &Need,
    ) -> Result<(usize, Vec<ReadColumn>), Problem> {
        let test = self.test_of_rows(need)?;
        let shown: Vec<&str> = self.files.iter().map(|file| file.file().shown.as_str()).collect();
        tracing::debug!(source = %source.id, frame = self.frame.as_str(), files = shown.join(", "), "reading");
        match &files.format {
            FilesFormat::Parquet => self.whole_columns(source, &test),
            FilesFormat::Csv(_) | FilesFormat::NdJson => self.by_value(source, &test),
        }
    }

    /// Refuses files that have none of the columns needed: they are others than was thought, or their header is.
    fn has_something(&self) -> Result<(), Problem> {
        if !self.columns.is_empty() || self.wanted.is_empty() || self.wanted.contains("*") {
            return Ok(());
        }
        let wanted: Vec<String> = self.wanted.iter().cloned().collect();
        Err(Problem::new(
            format!(
                "{} has none of the columns needed for {}: {}",
                self.shown(),
                self.frame.as_str(),
                listed(&wanted)
            ),
            format!(
                "the columns there are: {}; see whether the first line names them, and say which is which: columns = {{ ... }}",
                listed(&self.there)
            ),
        ))
    }

    /// Rows of text files, value by value.
    fn by_value(&self, source: &Source, test: &Test) -> Result<(usize, Vec<ReadColumn>), Problem> {
        let names = self.columns.iter().map(|(name, _)| name.as_str());
        let mut buffers = self.reader(source).buffers(names);
        // The values of the test stand first, so that they are a part of the row.
        let mut places = test.places.clone();
        places.extend(self.columns.iter().map(|(_, place)| *place));
        let tested = test.places.len();
        let mut height = 0;
        let mut number = Vec::new();
        self.pass(&places, &mut |cells, row| {
            let (of_test, values) = cells.split_at(tested);
            if test.needs_a_look() && !test.keeps(of_test, row) {
                return;
            }
            height += 1;
            self.push(values, &mut buffers, &mut number);
        })?;
        Ok((height, self.columns_of(buffers)?))
    }

    /// Adds the values of a row; `number` is room for one.
    pub(super) fn push(&self, values: &[Cell<'_>], buffers: &mut [Buffer], number: &mut Vec<u8>) {
        for (cell, buffer) in values.iter().zip(buffers) {
            match cell {
                Cell::Text(text)
                    if self.has_comma && matches!(buffer.kind(), Kind::Number | Kind::Integer) =>
                {
                    match with_point(text, number) {
                        Some(()) => Cell::Text(number).push(buffer),
                        None => buffer.push_unreadable(text),
                    }
                }
                cell => cell.push(buffer),
            }
        }
    }

    /// The columns that were read. Whatever stands in CSV is a text; what it is else, its values say.
    pub(super) fn columns_of(&self, buffers: Vec<Buffer>) -> Result<Vec<ReadColumn>, Problem> {
        let is_csv = self.files.iter().any(|file| matches!(file, Content::Csv(_)));
        let point = |text: &str| {
            let mut number = Vec::new();
            if !self.has_comma {
                return Some(text.to_owned());
            }
            with_point(text.as_bytes(), &mut number).and_then(|()| String::from_utf8(number).ok())
        };
        let column = |buffer: Buffer| {
            let is_open = is_csv && buffer.kind() == Kind::Inferred;
            let read = buffer.read()?;
            if is_open { read.narrowed(point) } else { Ok(read) }
        };
        buffers.into_iter().map(column).collect::<Result<_, _>>().map_err(|error| self.unfit(&error))
    }

    /// Columns of Parquet files, each as a whole where that can be.
    fn whole_columns(&self, source: &Source, test: &Test) -> Result<(usize, Vec<ReadColumn>), Problem> {
        let mut before = 0;
        let mut groups = Vec::new();
        for file in &self.files {
            let Content::Parquet(parquet) = file else { continue };
            let tests = self.places_in(file, test.places.iter().copied());
            let chosen = self.places_in(file, self.columns.iter().map(|(_, place)| *place));
            let kept = parquet
                .kept(&tests, &|cells, row| test.keeps(cells, before + row), &|bounds| test.share(bounds));
            let kept = parquet.file().held_still(kept)?;
            groups.extend(kept.into_iter().map(|kept| (parquet, kept, chosen.clone())));
            before += parquet.rows();
        }
        let piece = |column: usize, group: usize| -> Result<Rows, Problem> {
            let Some((parquet, kept, chosen)) = groups.get(group) else { return Ok((0, Vec::new())) };
            let pieces = parquet.column_of(kept, chosen.get(column).copied().flatten());
            Ok((kept.rows, parquet.file().held_still(pieces)?))
        };
        let zone = Zone::new(self.own.zone.unwrap_or(chrono_tz::Tz::UTC), instant_of);
        let is_noting = self.own.quality.treatment(Flaw::MixedOffsets) != Treatment::Keep;
        let reader = self.reader(source);
        let of_pieces = |column: usize, pieces: Vec<Rows>| -> Result<ReadColumn, PolarsError> {
            let Some((name, _)) = self.columns.get(column) else {
                return Err(PolarsError::NoData("no column".into()));
            };
            // Has each file the column?
            if pieces.iter().all(|(rows, pieces)| *rows == 0 || !pieces.is_empty()) {
                let all: Pieces = pieces.iter().flat_map(|(_, all)| all.iter().cloned()).collect();
                let kind = kind_of(self.frame, name);
                if let Some(column) = taken_over(name, kind, zone, is_noting, &all) {
                    return column;
                }
            }
            let mut buffers = reader.buffers(std::iter::once(name.as_str()));
            for buffer in &mut buffers {
                for (rows, pieces) in &pieces {
                    if pieces.is_empty() {
                        (0..*rows).for_each(|_| Cell::Absent.push(buffer));
                    }
                    push_all(pieces, buffer);
                }
            }
            let buffer = buffers.into_iter().next();
            buffer.map_or_else(|| Err(PolarsError::NoData("no column".into())), Buffer::read)
        };
        let columns = threads::each_of_parts(self.columns.len(), groups.len(), &piece, &|column, pieces| {
            let pieces = pieces.into_iter().collect::<Result<_, _>>()?;
            of_pieces(column, pieces).map_err(|error| self.unfit(&error))
        });
        let height = groups.iter().map(|(_, kept, _)| kept.rows).sum();
        Ok((height, columns.into_iter().collect::<Result<_, _>>()?))
    }

    pub(super) fn unfit(&self, error: &PolarsError) -> Problem {
        Problem::new(
            format!("the columns of {} do not fit together: {error}", self.frame.as_str()),
            "see whether all of its files have columns of the same types",
        )
    }

    /// Rows that are passed until somebody has seen enough, file after file.
    pub(super) fn pass_until(
        &self,
        columns: &[usize],
        each: &mut dyn FnMut(&[Cell<'_>]) -> ControlFlow<()>,
    ) -> Result<(), Problem> {
        for file in &self.files {
            let places = self.places_in(file, columns.iter().copied());
            let mut is_over = false;
            file.pass(&places, &mut |cells| {
                let next = each(cells);
                is_over = next.is_break();
                next
            })?;
            if is_over {
                break;
            }
        }
        Ok(())
    }
}

/// So many rows, and a column of them; no piece where their file has none.
type Rows = (usize, Pieces);

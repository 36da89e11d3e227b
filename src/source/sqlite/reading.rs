//! Frames of a SQLite file, each of its parts on a connection of its own, put together. Never: which rows and columns.

use super::moment;
use super::parts::Part;
use super::{Reader, Statement, no_table_at_all, open};
use crate::calendar::instant_of;
use crate::definition::{Flaw, FrameName, FrameSource, Source, Treatment};
use crate::source::frames::Written;
use crate::source::legible::Reading;
use crate::source::select::SourceColumn;
use crate::source::shape::{documented_columns, kind_of};
use crate::source::status::Folding;
use crate::source::{Frames, Need, Remark, SourceError};
use parte_columns::{Buffer, Frame, Held, ReadColumn, Zone};
use std::collections::BTreeSet;
use std::path::Path;

/// A frame that is to be read.
struct Asked {
    frame: FrameName,
    own: FrameSource,
    wanted: BTreeSet<String>,
    statement: Statement,
    folding: Folding,
    /// One after the other they give the rows of the statement, in its order.
    parts: Vec<Part>,
}

/// Reads the frames needed from a SQLite file: each on a connection of its own, a large table in parts on several, all as of the same
/// moment.
pub(in crate::source) fn load(source: &Source, path: &Path, need: &Need) -> Result<Frames, SourceError> {
    let planner = Reader { source, connection: open(source, path)?, path };
    planner.execute("begin")?;
    let tables = planner.tables()?;
    let mut asked: Vec<Asked> = Vec::new();
    let mut frames = Frames::default();
    for (frame, wanted) in &need.columns {
        match planner.asked(*frame, wanted, &tables, need)? {
            Some(it) => asked.push(it),
            None => {
                let wanted = wanted.iter().filter(|c| *c != "*").cloned().collect();
                frames.missing.insert(*frame, wanted);
            }
        }
    }
    if asked.is_empty() && !need.columns.is_empty() {
        let wanted: Vec<&str> = need.columns.keys().map(|f| f.as_str()).collect();
        let (what, hint) = no_table_at_all(source, path, &wanted, &tables);
        return Err(SourceError { source_id: source.id.to_string(), what, hint });
    }
    drop(planner);
    let parts: Vec<(&Asked, &Part)> =
        asked.iter().flat_map(|it| it.parts.iter().map(move |part| (it, part))).collect();
    let mut readers = moment::readers(source, path, parts.len().max(1))?;
    let mut read: Vec<Result<(usize, Vec<Buffer>), SourceError>> = if readers.len() < parts.len() {
        parts
            .iter()
            .flat_map(|(asked, part)| readers.first().map(|reader| reader.read_part(asked, part)))
            .collect()
    } else {
        let span = tracing::Span::current();
        std::thread::scope(|scope| {
            let read = |reader: &mut Reader<'_>, (asked, part): (&Asked, &Part)| {
                span.in_scope(|| reader.read_part(asked, part))
            };
            let threads: Vec<_> = readers
                .iter_mut()
                .zip(parts)
                .map(|(reader, part)| scope.spawn(move || read(reader, part)))
                .collect();
            let joined = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
            joined.map(|part| part.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
        })
    };
    let Some(reader) = readers.first() else { return Ok(frames) };
    // In the order of the frames, so that what is told of them stands in the same order each time.
    for asked in &asked {
        let parts = read.drain(..asked.parts.len()).collect::<Result<Vec<_>, _>>()?;
        let data = reader.joined(asked, parts, need, &mut frames)?;
        frames.frames.insert(asked.frame, data);
    }
    Ok(frames)
}

impl Reader<'_> {
    /// How a frame is read; `None` when the source has no table for it and none was named.
    fn asked(
        &self,
        frame: FrameName,
        wanted: &BTreeSet<String>,
        tables: &[String],
        need: &Need,
    ) -> Result<Option<Asked>, SourceError> {
        let own = self.source.frames.get(&frame).cloned().unwrap_or_default();
        let folding = Folding::new(own.status.as_ref());
        let Some(statement) = self.statement(frame, &own, wanted, tables, need, &folding)? else {
            return Ok(None);
        };
        let parts = self.parts(frame, &own, &statement);
        Ok(Some(Asked { frame, own, wanted: wanted.clone(), statement, parts, folding }))
    }

    /// Reads a part of a frame's rows.
    fn read_part(&self, asked: &Asked, part: &Part) -> Result<(usize, Vec<Buffer>), SourceError> {
        let Asked { frame, own, statement, .. } = asked;
        tracing::debug!(source = %self.source.id, frame = frame.as_str(), sql = part.sql, "reading");
        let zone = own.zone.unwrap_or(chrono_tz::Tz::UTC);
        let is_rule = own.quality.treatment(Flaw::MixedOffsets) != Treatment::Keep;
        let buffer = |column: &SourceColumn| {
            let buffer =
                Buffer::new(column.name.clone(), kind_of(*frame, &column.name), Zone::new(zone, instant_of));
            if is_rule { buffer.noting_bare_rows() } else { buffer }
        };
        let mut buffers: Vec<Buffer> = statement.columns.iter().map(buffer).collect();
        let height = self
            .stream(&part.sql, part.values.clone(), &mut buffers)
            .map_err(|e| self.sqlite(&format!("reading {}", frame.as_str()), &e))?;
        Ok((height, buffers))
    }

    /// The frame of its parts, one after the other.
    fn joined(
        &self,
        asked: &Asked,
        parts: Vec<(usize, Vec<Buffer>)>,
        need: &Need,
        into: &mut Frames,
    ) -> Result<Frame, SourceError> {
        let Asked { frame, own, wanted, statement, folding, .. } = asked;
        let Statement { from, columns, missing, .. } = statement;
        if !missing.is_empty() {
            into.missing.insert(*frame, missing.clone());
        }
        let height = parts.iter().map(|(rows, _)| rows).sum();
        let mut parts: Vec<_> = parts.into_iter().map(|(_, buffers)| buffers.into_iter()).collect();
        let mut finished: Vec<Held> = Vec::with_capacity(columns.len());
        for column in columns {
            let mut whole: Option<ReadColumn> = None;
            for buffer in parts.iter_mut().filter_map(Iterator::next) {
                let read = buffer.read().map_err(|e| self.polars(&e))?;
                whole = Some(match whole {
                    None => read,
                    Some(before) => before.followed_by(read).map_err(|e| self.polars(&e))?,
                });
            }
            let Some(ReadColumn { column: values, readable, unreadable, offsets, .. }) = whole else {
                continue;
            };
            let documented = documented_columns(*frame).find(|name| *name == column.name);
            if let Some(column) = documented.filter(|_| offsets.are_mixed()) {
                let zone = own.zone.unwrap_or(chrono_tz::Tz::UTC);
                into.written.push(Written { frame: *frame, column, offsets, zone });
            }
            if let Some((count, example)) = unreadable {
                let reading = Reading { readable, unreadable: count, rows: height };
                // What only `*` asks for, nobody named.
                if wanted.contains(&column.name) {
                    self.hold_legible(*frame, (from, column), (reading, &example), &values, need)?;
                }
                let column = format!("{}.{}", frame.as_str(), column.name);
                into.remarks.push(Remark::Unreadable { column, count, example });
            }
            finished.push(values);
        }
        let built = || {
            let mut data = Frame::new(height, finished)?;
            if *frame == FrameName::Tasks {
                folding.apply(&mut data)?;
            }
            Ok(data)
        };
        built().map_err(|e| self.polars(&e))
    }
}

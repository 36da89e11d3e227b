//! Frames of a SQLite file, each of its parts on a connection of its own, put together. Never: which rows and columns.

use super::parts::Part;
use super::{Reader, moment, open};
use crate::definition::{FrameName, FrameSource, Source};
use crate::source::sql::{Database, Statement, Table, count_of_values, no_table_at_all, statement};
use crate::source::status::Folding;
use crate::source::{Frames, Need, SourceError, joined};
use parte_columns::Buffer;
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
        return Err(no_table_at_all(&planner, &wanted, &tables));
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
        let Statement { from, columns, .. } = &asked.statement;
        let values_of = |name: &str| {
            let column = columns.iter().find(|column| column.name == name);
            column.map_or(Ok(0), |column| count_of_values(reader, asked.frame, from, column))
        };
        asked.reader(source).joined(parts, need, values_of, &mut frames)?;
    }
    Ok(frames)
}

impl Reader<'_> {
    /// How a frame is read; `None` when the source has no table for it and none was named.
    fn asked(
        &self,
        frame: FrameName,
        wanted: &BTreeSet<String>,
        tables: &[Table],
        need: &Need,
    ) -> Result<Option<Asked>, SourceError> {
        let own = self.source.frames.get(&frame).cloned().unwrap_or_default();
        let folding = Folding::new(own.status.as_ref());
        let Some(statement) = statement(self, frame, &own, wanted, tables, need, &folding)? else {
            return Ok(None);
        };
        let parts = self.parts(frame, &own, &statement);
        Ok(Some(Asked { frame, own, wanted: wanted.clone(), statement, parts, folding }))
    }

    /// Reads a part of a frame's rows.
    fn read_part(&self, asked: &Asked, part: &Part) -> Result<(usize, Vec<Buffer>), SourceError> {
        let Asked { frame, statement, .. } = asked;
        tracing::debug!(source = %self.source.id, frame = frame.as_str(), sql = part.sql, "reading");
        let columns = statement.columns.iter().map(|column| column.name.as_str());
        let mut buffers = asked.reader(self.source).buffers(columns);
        let doing = format!("reading {}", frame.as_str());
        let height = Database::stream(self, &doing, &part.sql, &part.values, &mut buffers)?;
        Ok((height, buffers))
    }
}

impl Asked {
    fn reader<'a>(&'a self, source: &'a Source) -> joined::Reader<'a> {
        joined::Reader {
            source,
            frame: self.frame,
            own: &self.own,
            wanted: &self.wanted,
            missing: &self.statement.missing,
            folding: &self.folding,
        }
    }
}

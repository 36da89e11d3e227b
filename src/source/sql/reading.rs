//! Frames of a server's tables, all of one moment: one after the other on one connection, or on two that see the same. Never: which rows
//! and columns.

use super::{Database, Table, count_of_values, no_table_at_all, statement::statement};
use crate::definition::FrameName;
use crate::source::joined::Reader;
use crate::source::several::put_together;
use crate::source::status::Folding;
use crate::source::{Frames, Need, SourceError};

/// Reads the frames needed. The database has been told to show the state of one moment.
pub(in crate::source) fn load(database: &dyn Database, need: &Need) -> Result<Frames, SourceError> {
    let tables = database.tables()?;
    let frames = read(database, need, &tables)?;
    held_to_be_there(database, need, &tables, frames)
}

/// The same by two connections at the same time, of which the second one reads states alone.
pub(in crate::source) fn load_in_two<D: Database + Send>(
    first: &D,
    second: D,
    need: &Need,
) -> Result<Frames, SourceError> {
    let tables = first.tables()?;
    let part = |of_states: bool| {
        let columns =
            need.columns.iter().filter(|(frame, _)| (**frame == FrameName::UserStates) == of_states);
        let columns = columns.map(|(frame, wanted)| (*frame, wanted.clone())).collect();
        Need { columns, ..need.clone() }
    };
    let (others, states) = (part(false), part(true));
    let span = tracing::Span::current();
    let (others, states) = std::thread::scope(|scope| {
        let (states, tables) = (&states, &tables);
        let reading = scope.spawn(move || span.in_scope(|| read(&second, states, tables)));
        let others = read(first, &others, tables);
        (others, reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let frames: Vec<FrameName> = need.columns.keys().copied().collect();
    held_to_be_there(first, need, &tables, put_together(vec![others?, states?], &frames))
}

/// Frames of which none has a table are no frames.
fn held_to_be_there(
    database: &dyn Database,
    need: &Need,
    tables: &[Table],
    frames: Frames,
) -> Result<Frames, SourceError> {
    if frames.frames.is_empty() && !need.columns.is_empty() {
        let wanted: Vec<&str> = need.columns.keys().map(|frame| frame.as_str()).collect();
        return Err(no_table_at_all(database, &wanted, tables));
    }
    Ok(frames)
}

fn read(database: &dyn Database, need: &Need, tables: &[Table]) -> Result<Frames, SourceError> {
    let source = database.source();
    let mut frames = Frames::default();
    for (frame, wanted) in &need.columns {
        let own = source.frames.get(frame).cloned().unwrap_or_default();
        let folding = Folding::new(own.status.as_ref());
        let Some(statement) = statement(database, *frame, &own, wanted, tables, need, &folding)? else {
            frames.missing.insert(*frame, wanted.iter().filter(|c| *c != "*").cloned().collect());
            continue;
        };
        let (columns, missing) = (&statement.columns, &statement.missing);
        let reader = Reader { source, frame: *frame, own: &own, wanted, missing, folding: &folding };
        let mut buffers = reader.buffers(columns.iter().map(|column| column.name.as_str()));
        let sql = statement.sql();
        tracing::debug!(source = %source.id, frame = frame.as_str(), sql, "reading");
        let doing = format!("reading {}", frame.as_str());
        let height = database.stream(&doing, &sql, &statement.values, &mut buffers)?;
        let values_of = |name: &str| {
            let column = columns.iter().find(|column| column.name == name);
            column.map_or(Ok(0), |column| count_of_values(database, *frame, &statement.from, column))
        };
        reader.joined(vec![(height, buffers)], need, values_of, &mut frames)?;
    }
    Ok(frames)
}

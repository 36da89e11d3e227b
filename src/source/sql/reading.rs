//! Frames of a server's tables, one after the other on one connection, so that all are of one moment. Never: which rows and columns.

use super::{Database, count_of_values, no_table_at_all, statement::statement};
use crate::source::joined::Reader;
use crate::source::status::Folding;
use crate::source::{Frames, Need, SourceError};

/// Reads the frames needed. The database has been told to show the state of one moment.
pub(in crate::source) fn load(database: &dyn Database, need: &Need) -> Result<Frames, SourceError> {
    let tables = database.tables()?;
    let source = database.source();
    let mut frames = Frames::default();
    let mut is_any = need.columns.is_empty();
    for (frame, wanted) in &need.columns {
        let own = source.frames.get(frame).cloned().unwrap_or_default();
        let folding = Folding::new(own.status.as_ref());
        let Some(statement) = statement(database, *frame, &own, wanted, &tables, need, &folding)? else {
            frames.missing.insert(*frame, wanted.iter().filter(|c| *c != "*").cloned().collect());
            continue;
        };
        is_any = true;
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
    if !is_any {
        let wanted: Vec<&str> = need.columns.keys().map(|frame| frame.as_str()).collect();
        return Err(no_table_at_all(database, &wanted, &tables));
    }
    Ok(frames)
}

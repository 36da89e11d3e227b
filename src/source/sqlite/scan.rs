//! Whether a table is read from one end to the other although an index could find the rows. Never: which rows are needed.

use super::Reader;
use crate::definition::{FrameName, FrameSource};
use crate::source::Need;
use crate::source::rows::shifted;
use crate::source::select::SourceColumn;
use chrono::NaiveDate;
use parte_columns::day_of_text;

/// From so large a part of the table's days on, rows that an index finds one by one cost more than all rows passed over: on
/// three million states of a year, a third of them takes as long either way, and two thirds take twice as long by the index.
const PART: f64 = 0.3;

impl Reader<'_> {
    /// The columns as they stand in the condition: where most rows are needed, so that no index serves them.
    pub(super) fn for_condition(
        &self,
        frame: FrameName,
        own: &FrameSource,
        columns: &[SourceColumn],
        need: &Need,
    ) -> Vec<SourceColumn> {
        let mut columns = columns.to_vec();
        if self.takes_most(frame, own, &columns, need) {
            // A plus before a column changes nothing but that SQLite looks for no index.
            columns.iter_mut().for_each(|column| column.sql = format!("+{}", column.sql));
        }
        columns
    }

    fn takes_most(&self, frame: FrameName, own: &FrameSource, columns: &[SourceColumn], need: &Need) -> bool {
        let name = match frame {
            FrameName::Tasks => "scheduled_at",
            FrameName::UserStates => "date",
            FrameName::Sellers | FrameName::Users | FrameName::Assignments | FrameName::Targets => {
                return false;
            }
        };
        let Some(column) = columns.iter().find(|column| column.name == name && own.query.is_none()) else {
            return false;
        };
        let table = own.table.as_deref().unwrap_or(frame.as_str());
        // What cannot be told is left to SQLite.
        let Ok(Some((first, last))) = self.first_and_last(table, &column.sql) else { return false };
        let all = (last - first).num_days() + 1;
        let within =
            |from: NaiveDate, to: NaiveDate| (to.min(shifted(last, 1)) - from.max(first)).num_days().max(0);
        let needed: i64 = need.periods.iter().map(|period| within(period.from(), period.to())).sum();
        #[expect(clippy::cast_precision_loss, reason = "numbers of days")]
        let part = needed as f64 / all as f64;
        part >= PART
    }

    /// The first and the last day of a column that has an index of its own; texts alone are looked at.
    fn first_and_last(
        &self,
        table: &str,
        sql: &str,
    ) -> Result<Option<(NaiveDate, NaiveDate)>, rusqlite::Error> {
        let name = sql.trim_matches('"').replace("\"\"", "\"");
        let indexed =
            "select count(*) from pragma_index_list(?1) as list, pragma_index_info(list.name) as info
            where info.seqno = 0 and info.name = ?2";
        let indexes: i64 = self.connection.query_row(indexed, [table, &name], |row| row.get(0))?;
        if indexes == 0 {
            return Ok(None);
        }
        let table = super::quoted(table);
        let edges = format!(
            "select (select min({sql}) from {table} where {sql} >= '190'), (select max({sql}) from {table} where {sql} < '22')"
        );
        let (first, last): (Option<String>, Option<String>) =
            self.connection.query_row(&edges, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let day = |text: Option<String>| {
            let number = day_of_text(text?.as_bytes())?;
            Some(shifted(NaiveDate::default(), i64::from(number)))
        };
        Ok(day(first).zip(day(last)).filter(|(first, last)| first <= last))
    }
}

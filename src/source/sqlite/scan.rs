//! Whether a table is read from one end to the other although an index could find the rows. Never: which rows are needed.

use super::Reader;
use crate::definition::{FrameName, FrameSource, Rows};
use crate::source::Need;
use crate::source::rows::{first_state, shifted};
use crate::source::select::SourceColumn;
use chrono::NaiveDate;
use parte_columns::day_of_text;

/// From so large a part of a frame's days on, rows that an index finds one by one cost more than all rows passed over. Tasks come in
/// the order of their days, and are found beside each other. Of states each user has one a day, so that those of a day lie all over the
/// table: of three million states a tenth takes 2.4 times as long by the index, a half 6.4 times; of a million tasks a tenth takes 0.4
/// times as long, a half 1.3 times (SQLite's own time, everything in memory).
fn most_of(frame: FrameName) -> Option<(&'static str, f64)> {
    match frame {
        FrameName::Tasks => Some(("scheduled_at", 0.3)),
        FrameName::UserStates => Some(("date", 0.05)),
        FrameName::Sellers | FrameName::Users | FrameName::Assignments | FrameName::Targets => None,
    }
}

impl Reader<'_> {
    /// The columns as they stand in the condition: where most rows are needed, so that no index serves them.
    pub(super) fn without_index(
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
        let Some((name, most)) = most_of(frame) else { return false };
        let Some(column) = columns.iter().find(|column| column.name == name && own.query.is_none()) else {
            return false;
        };
        let table = own.table.as_deref().unwrap_or(frame.as_str());
        // What cannot be told is left to SQLite.
        let Ok(Some((first, last))) = self.first_and_last(table, &column.sql) else { return false };
        let all = (last - first).num_days() + 1;
        let within =
            |from: NaiveDate, to: NaiveDate| (to.min(shifted(last, 1)) - from.max(first)).num_days().max(0);
        let of_edges = frame == FrameName::UserStates
            && !need.rows.iter().any(|rows| *rows == Rows::Days || rows.window().is_some());
        let needed = need.periods.iter().map(|period| {
            if of_edges {
                within(shifted(period.from(), -1), period.from()) + within(period.last(), period.to())
            } else {
                within(first_state(need, period), period.to())
            }
        });
        let needed: i64 = needed.sum();
        #[expect(clippy::cast_precision_loss, reason = "numbers of days")]
        let part = needed as f64 / all as f64;
        part >= most
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Period;
    use crate::definition::{Source, SourceId, SourceKind};
    use crate::source::select::Form;
    use crate::source::sqlite::open;
    use std::collections::{BTreeMap, BTreeSet};

    /// A hundred days from 2026-01-01.
    const DATA: &str = "
        create table user_states (user_id text, date text, state text);
        create table tasks (task_id text, scheduled_at text);
        with recursive n(i) as (select 0 union all select i + 1 from n where i < 99)
            insert into user_states select 'U', date('2026-01-01', i || ' days'), 'core' from n;
        insert into tasks select user_id, date || 'T12:00:00Z' from user_states;
        insert into user_states values ('U', '', 'core'), ('U', '04/03/2013', 'core'), ('U', null, 'core');
        create index by_date on user_states (date);
        create index by_day on tasks (scheduled_at);
    ";

    fn compared(frame: FrameName, column: &str, rows: Rows, (from, to): (&str, &str), more: &str) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("it.db");
        let file = rusqlite::Connection::open(&path).expect("a database");
        file.execute_batch(DATA).and_then(|()| file.execute_batch(more)).expect("data");
        let id = SourceId::parse("it").expect("a name");
        let source = Source { id, kind: SourceKind::Sqlite(path.clone()), frames: BTreeMap::new() };
        let reader =
            Reader { source: &source, connection: open(&source, &path).expect("a reader"), path: &path };
        let columns =
            [SourceColumn { name: column.to_owned(), sql: format!("\"{column}\""), form: Form::Text }];
        let need = Need {
            columns: BTreeMap::new(),
            periods: vec![Period::parse(&format!("{from}..{to}"), chrono_tz::UTC).expect("a period")],
            rows: BTreeSet::from([rows]),
            made: None,
        };
        reader.without_index(frame, &FrameSource::default(), &columns, &need)[0].sql.clone()
    }

    #[test]
    fn an_index_serves_where_few_days_are_needed_and_none_where_most_are() {
        let states = |rows, days| compared(FrameName::UserStates, "date", rows, days, "");
        let tasks = |days| compared(FrameName::Tasks, "scheduled_at", Rows::Planned, days, "");
        assert_eq!(states(Rows::Days, ("2026-02-01", "2026-02-04")), "\"date\"");
        assert_eq!(states(Rows::Days, ("2026-02-01", "2026-03-01")), "+\"date\"");
        // Of a long period only two days are looked at.
        assert_eq!(states(Rows::Edges, ("2026-02-01", "2026-03-01")), "\"date\"");
        assert_eq!(tasks(("2026-02-01", "2026-02-15")), "\"scheduled_at\"");
        assert_eq!(tasks(("2026-02-01", "2026-04-01")), "+\"scheduled_at\"");
        // Days that the table does not have are not needed of it.
        assert_eq!(tasks(("2027-01-01", "2028-01-01")), "\"scheduled_at\"");
    }

    #[test]
    fn without_an_index_or_a_readable_day_nothing_is_said() {
        let all = ("2026-01-01", "2026-05-01");
        let without = "drop index by_day";
        assert_eq!(
            compared(FrameName::Tasks, "scheduled_at", Rows::Planned, all, without),
            "\"scheduled_at\""
        );
        let unreadable = "update tasks set scheduled_at = 'hoy'";
        assert_eq!(
            compared(FrameName::Tasks, "scheduled_at", Rows::Planned, all, unreadable),
            "\"scheduled_at\""
        );
    }
}

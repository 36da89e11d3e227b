//! A large table that is read from one end to the other is read in parts, by as many connections as there are processors. Never: which rows
//! are needed.

use super::{Reader, value};
use crate::definition::{FrameName, FrameSource};
use crate::source::select::Bound;
use crate::source::shape::kind_of;
use crate::source::sql::Statement;
use parte_columns::Kind;

/// A part is not worth a connection of its own with fewer rows.
const ROWS: i64 = 100_000;
/// More parts hinder each other.
const MOST: usize = 8;
/// The names that SQLite gives to the number of a row, unless a column has them.
const NUMBERS: [&str; 3] = ["_rowid_", "rowid", "oid"];

/// Some of the rows of a statement.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub(super) sql: String,
    pub(super) values: Vec<Bound>,
}

impl Reader<'_> {
    /// The statement in parts, in the order of its rows: a single one where it is not known that all rows are passed in the order of their
    /// numbers, or where they are few.
    pub(super) fn parts(&self, frame: FrameName, own: &FrameSource, statement: &Statement) -> Vec<Part> {
        let whole = || vec![Part { sql: statement.sql(), values: statement.values.clone() }];
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(MOST);
        // The type of a column that is not documented follows from all of its values.
        let is_typed = statement.columns.iter().all(|column| kind_of(frame, &column.name) != Kind::Inferred);
        if own.query.is_some() || !is_typed || processors < 2 {
            return whole();
        }
        let table = own.table.as_deref().unwrap_or(frame.as_str());
        self.ranges(table, statement, processors).unwrap_or_else(whole)
    }

    /// `None`: something does not speak for it.
    fn ranges(&self, table: &str, statement: &Statement, most: usize) -> Option<Vec<Part>> {
        let connection = &self.connection;
        let is_scan = |sql: &str, values: &[Bound]| -> Option<bool> {
            let mut plan = connection.prepare(&format!("explain query plan {sql}")).ok()?;
            let details = plan
                .query_map(rusqlite::params_from_iter(values.iter().map(value)), |row| {
                    row.get::<_, String>(3)
                })
                .ok()?;
            let details: Vec<String> = details.collect::<Result<_, _>>().ok()?;
            Some(matches!(details.as_slice(), [one] if one.starts_with("SCAN") && !one.contains(" USING ")))
        };
        let taken = "select count(*) from pragma_table_xinfo(?1) where name = ?2 collate nocase";
        let is_free = |name: &&str| {
            connection
                .query_row(taken, [table, *name], |row| row.get::<_, i64>(0))
                .is_ok_and(|count| count == 0)
        };
        let number = NUMBERS.into_iter().find(is_free)?;
        if !is_scan(&statement.sql(), &statement.values)? {
            return None;
        }
        // A view, or a table without numbers of its own, fails here.
        let edges = format!(
            "select (select min({number}) from {0}), (select max({number}) from {0})",
            statement.from
        );
        let edges: (Option<i64>, Option<i64>) =
            connection.query_row(&edges, [], |row| Ok((row.get(0)?, row.get(1)?))).ok()?;
        let (first, last) = (edges.0?, edges.1?);
        let all = last.checked_sub(first)?;
        let count = usize::try_from(all / ROWS).unwrap_or(usize::MAX).min(most);
        if count < 2 {
            return None;
        }
        let step = all / i64::try_from(count).ok()?;
        let starts: Vec<i64> = (1..).map(|part| first + part * step).take(count - 1).collect();
        // Rows that are added at either end until they are read belong to the first and to the last part.
        let from = std::iter::once(None).chain(starts.iter().copied().map(Some));
        let until = starts.iter().copied().map(Some).chain(std::iter::once(None));
        let part = |(from, until): (Option<i64>, Option<i64>)| {
            let mut values = statement.values.clone();
            let mut conditions: Vec<String> =
                statement.condition.iter().map(|all| format!("({all})")).collect();
            for (bound, sign) in [(from, ">="), (until, "<")] {
                if let Some(bound) = bound {
                    values.push(Bound::Whole(bound));
                    conditions.push(format!("{number} {sign} ?{}", values.len()));
                }
            }
            let sql = format!("{} where {}", statement.select, conditions.join(" and "));
            Part { sql, values }
        };
        Some(from.zip(until).map(part).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Period;
    use crate::definition::{Rows, Source, SourceId, SourceKind};
    use crate::source::Need;
    use crate::source::sql::{Database as _, statement};
    use crate::source::sqlite::{load, open};
    use crate::source::status::Folding;
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::{Path, PathBuf};

    const ROWS_OF_TABLE: usize = 450_000;

    /// Every tenth row is of another year.
    fn database(folder: &Path, made: &str) -> PathBuf {
        let path = folder.join("it.db");
        let file = rusqlite::Connection::open(&path).expect("a database");
        file.execute_batch(made).expect("a table");
        let fill = format!(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < {ROWS_OF_TABLE})
             insert into tasks select 'T' || i, case i % 10 when 0 then '2020-01-01' else '2026-03-01' end || 'T12:00:00Z', 'S' || (i * i % 11) from n"
        );
        file.execute_batch(&fill).expect("rows");
        path
    }

    fn need() -> Need {
        let columns = ["task_id", "scheduled_at", "seller_id"].map(str::to_owned);
        Need {
            columns: BTreeMap::from([(FrameName::Tasks, BTreeSet::from(columns))]),
            periods: vec![Period::parse("2026-03-01..2026-03-02", chrono_tz::UTC).expect("a period")],
            rows: BTreeSet::from([Rows::Planned]),
            made: None,
        }
    }

    fn source(path: &Path) -> Source {
        let id = SourceId::parse("it").expect("a name");
        Source { id, kind: SourceKind::Sqlite(path.to_owned()), frames: BTreeMap::new() }
    }

    fn parts(path: &Path) -> Vec<Part> {
        let source = source(path);
        let reader = Reader { source: &source, connection: open(&source, path).expect("a reader"), path };
        let (own, need) = (FrameSource::default(), need());
        let tables = reader.tables().expect("tables");
        let wanted = &need.columns[&FrameName::Tasks];
        let folding = Folding::new(None);
        let statement = statement(&reader, FrameName::Tasks, &own, wanted, &tables, &need, &folding);
        let statement = statement.expect("a statement").expect("a table");
        let from = statement.from.clone();
        reader.ranges(&from[1..from.len() - 1], &statement, 4).unwrap_or_default()
    }

    const TABLE: &str = "create table tasks (task_id text, scheduled_at text, seller_id text)";

    #[test]
    fn a_large_table_in_parts_gives_its_rows_once_and_in_their_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = database(folder.path(), TABLE);
        let parts = parts(&path);
        assert_eq!(parts.len(), 4);
        let file = rusqlite::Connection::open(&path).expect("a database");
        let ids = |sql: &str, values: &[Bound]| -> Vec<String> {
            let mut rows = file.prepare(sql).expect("a query");
            let ids = rows
                .query_map(rusqlite::params_from_iter(values.iter().map(value)), |row| row.get("task_id"))
                .expect("rows");
            ids.collect::<Result<_, _>>().expect("texts")
        };
        let read: Vec<String> = parts.iter().flat_map(|part| ids(&part.sql, &part.values)).collect();
        let expected = ids("select task_id from tasks where scheduled_at > '2026'", &[]);
        assert_eq!(expected.len(), ROWS_OF_TABLE * 9 / 10);
        assert!(read == expected, "{} rows of {}", read.len(), expected.len());
        let frames = load(&source(&path), &path, &need()).expect("frames");
        let tasks = frames.frames[&FrameName::Tasks].column("task_id").expect("a column");
        assert!(tasks.str().expect("texts").iter().flatten().eq(expected.iter().map(String::as_str)));
    }

    #[test]
    fn a_table_that_is_not_passed_in_the_order_of_its_numbers_is_read_as_a_whole() {
        let folder = |made: &str| {
            let folder = tempfile::tempdir().expect("a folder");
            let path = database(folder.path(), made);
            (parts(&path).len(), folder)
        };
        for made in [
            format!("{TABLE}; create index by_day on tasks (scheduled_at)"),
            "create table tasks (task_id text primary key, scheduled_at text, seller_id text) without rowid"
                .to_owned(),
            format!(
                "{}; create view tasks as select * from all_tasks; create trigger t instead of insert on tasks begin insert into all_tasks values (new.task_id, new.scheduled_at, new.seller_id); end",
                TABLE.replace("tasks", "all_tasks")
            ),
        ] {
            assert_eq!(folder(&made).0, 0, "{made}");
        }
    }
}

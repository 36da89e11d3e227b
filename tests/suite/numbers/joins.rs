//! Analysts' own queries that join frames, against SQLite, which is another engine over the same rows.

use super::setting::*;
use chrono_tz::Tz;
use parte::definition::{FrameName, FrameSource, Source};
use parte::metrics::catalogue;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use std::path::Path;

/// Sellers, users and assignments that lack each other's rows; one task is of another period.
const DATA: &str = "
    create table tasks (task_id text, type text, status text, seller_id text, user_id text, scheduled_at text, completed_at text, sales_amount real);
    insert into tasks values
      ('1', 'visit', 'completed', 'S1', 'U1', '2026-03-02T15:00:00Z', '2026-03-02T16:00:00Z', 100.5),
      ('2', 'call', 'completed', 'S2', 'U2', '2026-03-03T15:00:00Z', '2026-03-03T18:00:00Z', 50),
      ('3', 'visit', 'cancelled', 'S1', 'U2', '2026-03-04T15:00:00Z', null, null),
      ('4', 'visit', 'pending', null, 'U3', '2026-03-05T15:00:00Z', null, null),
      ('5', 'visit', 'completed', 'S1', 'U1', '2026-02-02T15:00:00Z', '2026-02-02T16:00:00Z', 999);
    create table sellers (seller_id text, full_name text, team text);
    insert into sellers values ('S1', 'Ana Peña', 'Norte'), ('S2', 'Luis', 'Sur'), ('S3', 'Eva', 'Sur'), ('S4', 'Sin equipo', null);
    create table users (user_id text, name text, city text);
    insert into users values ('U1', 'Tienda Ñ', 'Cali'), ('U2', 'Kiosco', 'Bogotá'), ('U4', 'Bodega', 'Cali');
    create table assignments (seller_id text, user_id text, type text, status text, \"from\" text, \"to\" text);
    insert into assignments values ('S1', 'U1', 'primary', 'active', '2026-01-01', null), ('S2', 'U1', 'secondary', 'active', '2026-02-01', null),
      ('S2', 'U2', 'primary', 'active', '2026-01-01', null), ('S3', 'U2', 'primary', 'ended', '2025-01-01', '2025-12-31'),
      ('S9', 'U4', 'primary', 'active', '2026-03-01', null), (null, 'U4', 'temporary', 'active', '2026-03-01', '2026-03-05');
    create table user_states (user_id text, date text, state text);
    insert into user_states values ('U1', '2026-03-07', 'core'), ('U1', '2026-03-08', 'core'), ('U2', '2026-03-08', 'aha'), ('U3', '2026-03-08', 'power')";

const QUERIES: [&str; 18] = [
    "select t.task_id, s.full_name, u.name from tasks t join sellers s on s.seller_id = t.seller_id join users u on u.user_id = t.user_id order by 1",
    "select t.task_id, s.full_name from tasks t left join sellers s on s.seller_id = t.seller_id order by 1",
    "select s.seller_id, t.task_id from tasks t right join sellers s on s.seller_id = t.seller_id order by 1, 2",
    "select s.team, count(t.task_id) as n, sum(t.sales_amount) as total from sellers s left join tasks t on t.seller_id = s.seller_id where s.team is not null group by s.team order by s.team",
    "select s.seller_id, u.user_id, a.type from assignments a join sellers s using (seller_id) join users u using (user_id) order by 1, 2, 3",
    "select a.user_id, a.seller_id, a.\"from\" from assignments a where a.\"from\" <= '2026-01-31' and (a.\"to\" is null or a.\"to\" > '2026-01-31') order by 1, 2",
    "select a.user_id, count(distinct a.seller_id) as sellers from assignments a where a.status = 'active' group by a.user_id order by 1",
    "with mine as (select distinct user_id from assignments where status = 'active'), seen as (select distinct user_id from tasks where type = 'visit' and status = 'completed') \
     select count(seen.user_id) * 1.0 / count(*) as covered from mine left join seen on seen.user_id = mine.user_id",
    "select u.user_id from users u left join tasks t on t.user_id = u.user_id where t.task_id is null order by 1",
    "select name from users where user_id in (select user_id from assignments where type = 'secondary') order by 1",
    "select name from users where user_id not in (select user_id from tasks) order by 1",
    "with m as (select avg(sales_amount) as mean from tasks) select task_id from tasks cross join m where sales_amount > mean order by 1",
    "select st.state, count(distinct t.user_id) as contacted from user_states st left join tasks t on t.user_id = st.user_id where st.date = '2026-03-08' group by st.state order by 1",
    "select a.seller_id as one, b.seller_id as other from assignments a join assignments b on a.user_id = b.user_id and a.seller_id < b.seller_id order by 1, 2",
    "select a.user_id, s.seller_id as seller from assignments a full join sellers s on a.seller_id = s.seller_id order by 1, 2",
    "select a.seller_id as one, b.seller_id as other, a.user_id from assignments a join assignments b on a.user_id = b.user_id where a.seller_id < b.seller_id order by 1, 2, 3",
    "with north as (select seller_id from sellers where team = 'Norte') select t.task_id, north.seller_id from tasks t left join north on north.seller_id = t.seller_id order by 1",
    "select seller_id from tasks where seller_id is not null union select seller_id from assignments where seller_id is not null order by 1",
];

fn ruled(path: &Path) -> Source {
    // A text compares with a text in both engines.
    let query = "select user_id, date, state from user_states".to_owned();
    let how = FrameSource { query: Some(query), ..FrameSource::default() };
    source_with(path, FrameName::UserStates, how)
}

fn by_sqlite(path: &Path, sql: &str) -> Vec<Vec<String>> {
    let db = Connection::open(path).expect("a database");
    let mut statement = db.prepare(sql).unwrap_or_else(|e| panic!("{sql}: {e}"));
    let width = statement.column_count();
    let mut rows = statement.query([]).expect("rows");
    let mut all = Vec::new();
    while let Some(row) = rows.next().expect("a row") {
        let cell = |n: usize| match row.get_ref(n).expect("a cell") {
            ValueRef::Null => String::new(),
            ValueRef::Integer(n) => n.to_string(),
            ValueRef::Real(n) => format!("{n:.6}"),
            ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
            ValueRef::Blob(_) => panic!("no such column"),
        };
        all.push((0..width).map(cell).collect());
    }
    all
}

/// Where nulls stand among the values is each engine's own affair.
fn in_order(mut rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    rows.sort();
    rows
}

#[test]
fn joins_of_all_frames_give_what_sqlite_gives_over_the_same_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("crm.db");
    Connection::open(&path).expect("a database").execute_batch(DATA).expect("data");
    // A query sees the tasks scheduled in the period.
    let within = folder.path().join("within.db");
    std::fs::copy(&path, &within).expect("a copy");
    Connection::open(&within)
        .expect("a database")
        .execute_batch("delete from tasks where task_id = '5'")
        .expect("a deletion");
    let period = period("2026-03-02", "2026-03-09", Tz::UTC);
    for sql in QUERIES {
        let report = report(Tz::UTC, vec![own_query(sql)]);
        let (engine, _) = engine_over(&ruled(&path), &report, catalogue(), &period);
        let got = engine.query(sql, None).unwrap_or_else(|e| panic!("{sql}: {e} {}", e.hint));
        let expected = by_sqlite(&within, sql);
        assert!(!expected.is_empty(), "{sql} shows nothing");
        assert_eq!(in_order(rows_of(&got.0)), in_order(expected), "{sql}");
    }
}

#[test]
fn the_frame_of_assignments_is_read_mapped_and_listed_like_any_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("crm.db");
    let data = "
        create table cartera (vendedor text, user_id text, desde text);
        insert into cartera values ('S1', 'U1', '2026-01-01T00:00:00Z'), ('S2', 'U2', 'ayer')";
    Connection::open(&path).expect("a database").execute_batch(data).expect("data");
    let how = FrameSource {
        table: Some("cartera".to_owned()),
        columns: [("seller_id", "vendedor"), ("from", "desde")]
            .map(|(to, from)| (to.to_owned(), from.to_owned()))
            .into(),
        ..FrameSource::default()
    };
    let sql = "select seller_id, \"from\" from assignments order by seller_id";
    let report = report(Tz::UTC, vec![own_query(sql)]);
    let source = source_with(&path, FrameName::Assignments, how);
    let (engine, frames) =
        engine_over(&source, &report, catalogue(), &period("2026-03-02", "2026-03-09", Tz::UTC));
    assert_eq!(rows_of(&engine.query(sql, None).expect("rows").0), [["S1", "2026-01-01"], ["S2", ""]]);
    assert_eq!(frames.remarks.len(), 1, "{:?}", frames.remarks);
}

//! Reading SQLite: only what is needed, in any spelling, and with a word on what is wrong.

use super::setting::*;
use chrono_tz::Tz;
use parte::definition::{FrameName, FrameSource, Report, Rows, SectionBody};
use parte::metrics::{catalogue, need};
use parte::source::{Remark, load};
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A database made by these statements.
fn database(folder: &tempfile::TempDir, statements: &str) -> PathBuf {
    let path = folder.path().join("crm.db");
    Connection::open(&path).expect("a database").execute_batch(statements).expect("statements");
    path
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn planned_by_seller(zone: Tz) -> Report {
    report(zone, vec![table(&["seller"], &["tasks_planned", "tasks_completed"])])
}

fn failure(source: &parte::definition::Source, report: &Report) -> (String, String) {
    let period = period("2026-03-02", "2026-03-09", Tz::UTC);
    let need = need(report, catalogue(), &[period]).expect("what is needed");
    let error = load(source, &need).expect_err("an error");
    (error.to_string(), error.hint)
}

#[test]
fn a_missing_file_is_told_and_never_created() {
    let folder = folder();
    let path = folder.path().join("none.db");
    let (what, _) = failure(&source(&path), &planned_by_seller(Tz::UTC));
    assert!(what.ends_with("none.db does not exist"), "{what}");
    assert!(!path.exists());
}

#[test]
fn a_file_that_is_no_database_is_told() {
    let folder = folder();
    let path = folder.path().join("crm.db");
    std::fs::write(&path, "x".repeat(4096)).expect("a file");
    let (what, _) = failure(&source(&path), &planned_by_seller(Tz::UTC));
    assert!(what.contains("file is not a database"), "{what}");
}

#[test]
fn a_table_that_is_not_there_names_those_that_are() {
    let folder = folder();
    let path = database(&folder, "create table tareas (id text); create table clientes (id text)");
    let (what, hint) = failure(&source(&path), &planned_by_seller(Tz::UTC));
    assert!(what.contains("no table `sellers`, `tasks`") || what.contains("no table `tasks`"), "{what}");
    assert!(hint.contains("clientes, tareas"), "{hint}");
    let named = FrameSource { table: Some("tarea".to_owned()), ..FrameSource::default() };
    let (what, hint) = failure(&source_with(&path, FrameName::Tasks, named), &planned_by_seller(Tz::UTC));
    assert!(what.contains("no table `tarea` for tasks"), "{what}");
    assert!(hint.starts_with("did you mean `tareas`?"), "{hint}");
}

#[test]
fn a_renamed_column_that_is_not_there_is_a_mistake_of_the_definition() {
    let folder = folder();
    let path = database(&folder, "create table tasks (task_id text, fecha text, vendedor text)");
    let columns = BTreeMap::from([("scheduled_at".to_owned(), "fechas".to_owned())]);
    let how = FrameSource { columns, ..FrameSource::default() };
    let (what, hint) = failure(&source_with(&path, FrameName::Tasks, how), &planned_by_seller(Tz::UTC));
    assert!(what.contains("no column `fechas` for tasks.scheduled_at"), "{what}");
    assert!(hint.starts_with("did you mean `fecha`?"), "{hint}");
}

#[test]
fn names_zone_and_statuses_of_a_source_are_mapped() {
    let folder = folder();
    // 2026-03-08 01:30 in Bogotá is 06:30 in UTC; 23:30 of the 8th is already the 9th in UTC.
    let path = database(
        &folder,
        "create table tareas (\"Vendedor\" text, fecha text, estado text);
         insert into tareas values ('Ana', '2026-03-08 23:30', 'hecha'), ('Ana', '2026-03-09 00:00', 'hecha'),
           ('Ana', '2026-03-01 23:59:59', 'hecha'), ('Ana', '2026-03-02 00:00', 'anulada'), ('Ana', '2026-03-02 00:00', 'pendiente')",
    );
    let zone = Tz::America__Bogota;
    let how = FrameSource {
        table: Some("tareas".to_owned()),
        columns: [("seller_id", "vendedor"), ("scheduled_at", "fecha"), ("status", "estado")]
            .map(|(to, from)| (to.to_owned(), from.to_owned()))
            .into(),
        zone: Some(zone),
        status: Some(parte::definition::StatusMapping {
            open: vec!["pendiente".to_owned()],
            done: vec!["hecha".to_owned()],
            cancelled: vec!["anulada".to_owned()],
            ..Default::default()
        }),
        ..FrameSource::default()
    };
    let source = source_with(&path, FrameName::Tasks, how);
    let (engine, _) = engine_over(
        &source,
        &planned_by_seller(zone),
        catalogue(),
        &period("2026-03-02", "2026-03-09", zone),
    );
    let rows = rows_of(&engine.values(&["tasks_planned", "tasks_completed"], &["seller"]).expect("values"));
    assert_eq!(rows, [["Ana", "2", "1"]]);
}

#[test]
fn a_query_stands_for_a_table_and_its_mistakes_are_told() {
    let folder = folder();
    let path = database(
        &folder,
        "create table visits (id integer, at integer, who text);
         insert into visits values (1, 1772452800, 'Ana'), (2, 1772452800000, 'Ana'), (3, 20260302, 'Ana')",
    );
    let query = |sql: &str| FrameSource { query: Some(sql.to_owned()), ..FrameSource::default() };
    let how = query("select id as task_id, at as scheduled_at, who as seller_id from visits;");
    let (engine, _) = engine_over(
        &source_with(&path, FrameName::Tasks, how),
        &planned_by_seller(Tz::UTC),
        catalogue(),
        &period("2026-03-02", "2026-03-03", Tz::UTC),
    );
    assert_eq!(rows_of(&engine.values(&["tasks_planned"], &["seller"]).expect("values")), [["Ana", "2"]]);
    let unreadable = Remark::Unreadable {
        column: "tasks.scheduled_at".to_owned(),
        count: 1,
        example: "20260302".to_owned(),
    };
    assert!(engine.remarks().contains(&unreadable), "{:?}", engine.remarks());
    let how = query("select nix from visits");
    let (what, _) = failure(&source_with(&path, FrameName::Tasks, how), &planned_by_seller(Tz::UTC));
    assert!(what.contains("the query of tasks does not run: no such column: nix"), "{what}");
}

/// Tasks of every day of March written in two ways that are no instants, `iso` of them (at most 31) beside those as they should be.
fn the_other_way_round(folder: &tempfile::TempDir, iso: u32) -> PathBuf {
    let path = database(folder, "create table tasks (scheduled_at text, seller_id text)");
    let db = Connection::open(&path).expect("a database");
    let add = |at: String| db.execute("insert into tasks values (?1, 'Ana')", [at]).expect("a row");
    for day in 1..=31 {
        add(format!("{day:02}/03/2026 10:00"));
        add(format!("{day}.3.2026"));
        for _ in 0..if day <= iso { 4 } else { 0 } {
            add(format!("2026-03-{day:02}T10:00:00Z"));
        }
    }
    path
}

#[test]
fn days_written_the_other_way_round_are_told_for_every_day_of_the_month() {
    let folder = folder();
    let (what, hint) = failure(&source(&the_other_way_round(&folder, 0)), &planned_by_seller(Tz::UTC));
    let expected =
        "62 of 62 values of tasks.scheduled_at cannot be read as an instant, for example `01/03/2026 10:00`";
    assert!(what.ends_with(expected), "{what}");
    assert!(hint.contains("ISO 8601"), "{hint}");
}

#[test]
fn odd_rows_of_other_times_do_not_stop_a_report_whose_own_are_well() {
    let folder = folder();
    let path = the_other_way_round(&folder, 31);
    // 12 of its own are read beside 16 of the days around, and 62 that could be of any time: of 186 in the table.
    let (engine, _) = engine_over(
        &source(&path),
        &planned_by_seller(Tz::UTC),
        catalogue(),
        &period("2026-03-02", "2026-03-05", Tz::UTC),
    );
    assert_eq!(rows_of(&engine.values(&["tasks_planned"], &["seller"]).expect("values")), [["Ana", "12"]]);
    let count = engine.remarks().iter().find_map(|r| match r {
        Remark::Unreadable { count, .. } => Some(*count),
        _ => None,
    });
    assert_eq!(count, Some(62), "{:?}", engine.remarks());
    // The same rows before a period that has none of its own: nobody knows whether it is empty.
    let elsewhere = period("2026-05-04", "2026-05-05", Tz::UTC);
    let need = need(&planned_by_seller(Tz::UTC), catalogue(), &[elsewhere]).expect("what is needed");
    let error = load(&source(&path), &need).expect_err("an error").to_string();
    assert!(error.contains("62 of 62 values of tasks.scheduled_at"), "{error}");
}

#[test]
fn a_number_column_that_became_words_fails_the_read_and_a_single_word_in_it_does_not() {
    let folder = folder();
    let path = database(
        &folder,
        "create table tasks (scheduled_at text, status text, seller_id text, sales_amount);
         with recursive n(i) as (select 1 union all select i + 1 from n where i < 40)
         insert into tasks select '2026-03-02T10:00:00Z', 'completed', 'Ana', i from n;
         update tasks set sales_amount = 'n/d' where rowid = 7",
    );
    let sales = report(Tz::UTC, vec![SectionBody::Kpis(vec!["sales_amount".to_owned()].into())]);
    let march = period("2026-03-02", "2026-03-09", Tz::UTC);
    let (engine, _) = engine_over(&source(&path), &sales, catalogue(), &march);
    assert!(
        engine.remarks().iter().any(|r| matches!(r, Remark::Unreadable { count: 1, .. })),
        "{:?}",
        engine.remarks()
    );
    let db = Connection::open(&path).expect("a database");
    db.execute_batch("update tasks set sales_amount = sales_amount || ' COP'").expect("an update");
    let (what, _) = failure(&source(&path), &sales);
    assert!(
        what.contains(
            "40 of 40 values of tasks.sales_amount cannot be read as a number, for example `1 COP`"
        ),
        "{what}"
    );
    // A report that does not look at it goes on.
    engine_over(&source(&path), &planned_by_seller(Tz::UTC), catalogue(), &march);
}

#[test]
fn only_the_columns_and_rows_that_are_needed_are_read_and_an_index_serves() {
    let folder = folder();
    let path = database(
        &folder,
        "create table tasks (task_id text, scheduled_at text, completed_at text, created_at text, status text, seller_id text, notes text);
         create index by_day on tasks (scheduled_at);
         with recursive n(i) as (select 0 union all select i + 1 from n where i < 9999)
         insert into tasks select i, strftime('%Y-%m-%dT%H:%M:%SZ', 1767225600 + i * 3600, 'unixepoch'), null, null, 'pending', 'Ana', 'x' from n",
    );
    let report = planned_by_seller(Tz::UTC);
    let period = period("2026-03-02", "2026-03-03", Tz::UTC);
    let (engine, frames) = engine_over(&source(&path), &report, catalogue(), &period);
    let tasks = &frames.frames[&FrameName::Tasks];
    assert!(tasks.height() <= 5 * 24, "{} rows for one day with two days of margin each way", tasks.height());
    assert!(!tasks.has("notes"));
    assert_eq!(rows_of(&engine.values(&["tasks_planned"], &[]).expect("values")), [["24"]]);
}

#[test]
fn a_source_without_status_has_done_and_open_tasks() {
    let folder = folder();
    let path = database(
        &folder,
        "create table tasks (scheduled_at text, completed_at text, seller_id text);
         insert into tasks values ('2026-03-02T10:00:00Z', '2026-03-02T11:00:00Z', 'Ana'), ('2026-03-02T10:00:00Z', null, 'Ana')",
    );
    let report = report(
        Tz::UTC,
        vec![SectionBody::Kpis(vec!["completion_rate".to_owned(), "backlog".to_owned()].into())],
    );
    let (engine, _) =
        engine_over(&source(&path), &report, catalogue(), &period("2026-03-02", "2026-03-09", Tz::UTC));
    assert_eq!(
        rows_of(&engine.values(&["completion_rate", "backlog"], &[]).expect("values")),
        [["0.500000", "1"]]
    );
}

#[test]
fn a_metric_whose_columns_are_missing_says_so_and_the_rest_works() {
    let folder = folder();
    let path = database(
        &folder,
        "create table tasks (scheduled_at text, status text, seller_id text);
         insert into tasks values ('2026-03-02T10:00:00Z', 'completed', 'Ana')",
    );
    let report = report(
        Tz::UTC,
        vec![table(&["seller"], &["tasks_planned", "sales_amount", "users_total", "on_time_rate"])],
    );
    let (engine, _) =
        engine_over(&source(&path), &report, catalogue(), &period("2026-03-02", "2026-03-09", Tz::UTC));
    let ids = ["tasks_planned", "sales_amount", "users_total", "on_time_rate"];
    assert_eq!(rows_of(&engine.values(&ids, &["seller"]).expect("values")), [["Ana", "1", "", "", ""]]);
    assert_eq!(rows_of(&engine.values(&ids, &[]).expect("values")), [["1", "", "", ""]]);
    let missing: BTreeMap<String, Vec<String>> = engine
        .remarks()
        .into_iter()
        .filter_map(|r| match r {
            Remark::Unavailable { metric, missing } => Some((metric, missing)),
            _ => None,
        })
        .collect();
    assert_eq!(missing["sales_amount"], ["tasks.sales_amount"]);
    assert_eq!(missing["on_time_rate"], ["tasks.completed_at"]);
    assert!(missing["users_total"].contains(&"user_states.state".to_owned()));
    assert!(!missing.contains_key("tasks_planned"));
}

#[test]
fn a_page_that_is_destroyed_fails_the_read_as_a_whole() {
    let folder = folder();
    let path = database(
        &folder,
        "create table tasks (task_id text, scheduled_at text, seller_id text);
         with recursive n(i) as (select 0 union all select i + 1 from n where i < 20000)
         insert into tasks select hex(randomblob(20)), '2026-03-02T10:00:00Z', 'Ana' from n",
    );
    let mut bytes = std::fs::read(&path).expect("bytes");
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096 * 20].fill(0xff);
    std::fs::write(&path, bytes).expect("a file");
    let (what, _) = failure(&source(&path), &planned_by_seller(Tz::UTC));
    assert!(what.contains("malformed"), "{what}");
}

#[test]
fn rows_of_every_kind_are_asked_for_by_the_metrics_that_need_them() {
    let report = report(
        Tz::UTC,
        vec![
            table(&["day"], &["engaged_by_day"]),
            SectionBody::Text("hoy {{ overdue }} y {{ activation_rate.change }}".into()),
        ],
    );
    let need = need(&report, catalogue(), &[period("2026-03-02", "2026-03-09", Tz::UTC)]).expect("a need");
    assert_eq!(need.rows.into_iter().collect::<Vec<_>>(), [Rows::Open, Rows::Edges, Rows::Days]);
    assert!(need.columns[&FrameName::Tasks].contains("due_at"));
    assert!(!need.columns[&FrameName::Tasks].contains("sales_amount"));
}

//! The types that databases have: each arrives as the value that a person would read there.

use crate::support::{DatabaseServer, MariaDb, database};
use chrono::{DateTime, Utc};
use parte::calendar::Period;
use parte::definition::{self, FrameName, Rows, Source};
use parte::metrics::catalogue;
use parte::source::{Frames, Need, Remark, load};
use std::collections::{BTreeMap, BTreeSet};

/// Every column of a server's tasks of March 2026, as the frames have them.
pub(super) fn tasks(url: &str, more: &str) -> Frames {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reports.toml");
    let text = format!(
        "version = 1\n[brand]\nname = \"x\"\n[sources.it]\nurl = \"{url}\"\n[sources.it.tasks]\n{more}\n\
         [defaults]\ntimezone = \"UTC\"\n[[report]]\nid = \"r\"\ntitle = \"r\"\nperiod = \"previous week\"\nformats = [\"csv\"]\n[[report.section]]\ntitle = \"t\"\n\
         table = {{ by = [\"seller\"], metrics = [\"tasks_planned\"] }}\n"
    );
    std::fs::write(&path, text).unwrap();
    let definitions =
        definition::load(&path, catalogue()).unwrap_or_else(|e| panic!("{}", e.render(false, 100)));
    let source: &Source = definitions.sources.values().next().unwrap();
    let need = Need {
        columns: BTreeMap::from([(FrameName::Tasks, BTreeSet::from(["*".to_owned()]))]),
        periods: vec![Period::parse("2026-03-01..2026-04-01", chrono_tz::UTC).unwrap()],
        rows: BTreeSet::from([Rows::Planned]),
        made: None,
    };
    load(source, &need).unwrap_or_else(|e| panic!("{e}: {}", e.hint))
}

/// The values of a column as they are shown.
pub(super) fn shown(frames: &Frames, column: &str) -> Vec<String> {
    let column = frames.frames[&FrameName::Tasks].column(column).unwrap();
    (0..column.len()).map(|row| column.get(row).unwrap().str_value().into_owned()).collect()
}

fn numbers(frames: &Frames, column: &str) -> Vec<Option<f64>> {
    frames.frames[&FrameName::Tasks].column(column).unwrap().f64().unwrap().iter().collect()
}

fn instants(frames: &Frames, column: &str) -> Vec<Option<DateTime<Utc>>> {
    let column = frames.frames[&FrameName::Tasks].column(column).unwrap();
    let micros = column.cast(&polars::prelude::DataType::Int64).unwrap();
    micros.i64().unwrap().iter().map(|at| at.and_then(DateTime::from_timestamp_micros)).collect()
}

fn at(text: &str) -> Option<DateTime<Utc>> {
    Some(text.parse().unwrap())
}

fn unreadable(frames: &Frames) -> Vec<(String, usize)> {
    let of = |remark: &Remark| match remark {
        Remark::Unreadable { column, count, .. } => Some((column.clone(), *count)),
        _ => None,
    };
    frames.remarks.iter().filter_map(of).collect()
}

#[test]
fn types_of_postgresql_arrive_as_they_are_read_there() {
    let server = DatabaseServer::start();
    server.create("tipos");
    let script = "set role parte; set timezone = 'America/Bogota';
        create type canal as enum ('salesman', 'callcenter');
        create domain monto as numeric(20, 4);
        create table tasks (task_id uuid, type char(8), channel canal, status text, scheduled_at timestamptz, due_at timestamp,
            completed_at timestamptz, sales_amount monto, score float4, priority smallint, attempts bigint, label bytea, is_new boolean,
            tags text[], extra jsonb, since date, waited interval, \"Con espacio\" int, sealed_at timestamp);
        insert into tasks values
        ('6ecd8c99-4036-403d-bf84-cf8400f67836', 'visit', 'salesman', 'completed', '2026-03-02 09:00:00.25', '2026-03-02 18:00', '2026-03-02 09:30',
            12345678901234.5678, 0.1, 3, 9007199254740993, '\\x00ff', true, '{a,\"b c\"}', '{\"a\": 1}', '2026-03-01', '01:30', 7, '2026-03-05 10:00'),
        ('6ecd8c99-4036-403d-bf84-cf8400f67837', 'call', 'callcenter', 'pending', '2026-03-31 23:59:59-05', null, 'infinity', 'NaN', null, null, null,
            null, false, null, null, null, null, null, null),
        ('6ecd8c99-4036-403d-bf84-cf8400f67838', null, null, null, '2026-05-31 23:59:59-05', null, null, null, null, null, null,
            null, null, null, null, null, null, null, null);";
    database::execute(server.port.number(), "tipos", script);
    let url = format!("postgres://parte@127.0.0.1:{}/tipos", server.port);
    let frames = tasks(&url, "timezone = \"America/Bogota\"");
    // Instants of April in UTC lie outside of the report's rows, and within what is read.
    assert_eq!(
        instants(&frames, "scheduled_at"),
        [at("2026-03-02T14:00:00.25Z"), at("2026-04-01T04:59:59Z")]
    );
    assert_eq!(
        instants(&frames, "due_at"),
        [at("2026-03-02T23:00:00Z"), None],
        "without an offset: of the source's zone"
    );
    assert_eq!(instants(&frames, "sealed_at"), [at("2026-03-05T15:00:00Z"), None]);
    assert_eq!(shown(&frames, "task_id")[0], "6ecd8c99-4036-403d-bf84-cf8400f67836");
    assert_eq!(shown(&frames, "type"), ["visit", "call"], "without the blanks that fill it");
    assert_eq!(shown(&frames, "channel"), ["salesman", "callcenter"]);
    assert_eq!(numbers(&frames, "sales_amount"), [Some(12_345_678_901_234.568), None]);
    assert_eq!(shown(&frames, "score"), ["0.1", "null"]);
    assert_eq!(shown(&frames, "priority"), ["3", "null"]);
    assert_eq!(shown(&frames, "attempts"), ["9007199254740993", "null"]);
    assert_eq!(shown(&frames, "is_new"), ["1", "0"]);
    assert_eq!(shown(&frames, "tags"), ["{a,\"b c\"}", "null"]);
    assert_eq!(shown(&frames, "extra"), ["{\"a\": 1}", "null"]);
    assert_eq!(shown(&frames, "since"), ["2026-03-01", "null"]);
    assert_eq!(shown(&frames, "waited"), ["01:30:00", "null"]);
    assert_eq!(shown(&frames, "Con espacio"), ["7", "null"]);
    let mut told = unreadable(&frames);
    told.sort();
    assert_eq!(
        told,
        [
            ("tasks.completed_at".to_owned(), 1),
            ("tasks.label".to_owned(), 1),
            ("tasks.sales_amount".to_owned(), 1)
        ]
    );
}

#[test]
fn types_of_mariadb_arrive_as_they_are_read_there() {
    let server = MariaDb::start();
    let script = "set time_zone = '-05:00'; set sql_mode = '';
        create table tasks (task_id bigint unsigned, type char(8), channel enum('salesman', 'callcenter'), status varchar(20) collate utf8mb4_bin,
            scheduled_at timestamp(3) null, due_at datetime, completed_at datetime null, sales_amount decimal(20,4), score float,
            priority tinyint, attempts mediumint unsigned, label varbinary(4), is_new boolean, tags set('a','b'), extra json, since date,
            waited time, `Con espacio` int, bits bit(3), grown year, sealed_at datetime);
        insert into tasks values
        (18446744073709551615, 'visit', 'salesman', 'completed', '2026-03-02 09:00:00.25', '2026-03-02 18:00', '2026-03-02 09:30',
            12345678901234.5678, 0.1, -3, 16777215, x'00ff', true, 'a,b', '{\"a\": 1}', '2026-03-01', '01:30:00', 7, b'101', 2024, '2026-03-05 10:00'),
        (2, 'call', 'callcenter', 'pending', '2026-03-31 23:59:59', null, '0000-00-00 00:00:00', null, null, null, null,
            null, false, null, null, '0000-00-00', null, null, null, null, null),
        (3, null, null, null, '2026-05-31 23:59:59', null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null);";
    server.execute("ventas", script);
    let frames = tasks_of_mariadb(&server);
    assert_eq!(
        instants(&frames, "scheduled_at"),
        [at("2026-03-02T14:00:00.25Z"), at("2026-04-01T04:59:59Z")]
    );
    assert_eq!(
        instants(&frames, "due_at"),
        [at("2026-03-02T23:00:00Z"), None],
        "without an offset: of the source's zone"
    );
    assert_eq!(instants(&frames, "sealed_at"), [at("2026-03-05T15:00:00Z"), None]);
    assert_eq!(shown(&frames, "task_id"), ["18446744073709551615", "2"]);
    assert_eq!(shown(&frames, "type"), ["visit", "call"]);
    assert_eq!(shown(&frames, "channel"), ["salesman", "callcenter"]);
    assert_eq!(shown(&frames, "status"), ["completed", "pending"]);
    assert_eq!(numbers(&frames, "sales_amount"), [Some(12_345_678_901_234.568), None]);
    assert_eq!(shown(&frames, "score"), ["0.1", "null"]);
    assert_eq!(shown(&frames, "priority"), ["-3", "null"]);
    assert_eq!(shown(&frames, "attempts"), ["16777215", "null"]);
    assert_eq!(shown(&frames, "is_new"), ["1", "0"]);
    assert_eq!(shown(&frames, "tags"), ["a,b", "null"]);
    assert_eq!(shown(&frames, "extra"), ["{\"a\": 1}", "null"]);
    assert_eq!(shown(&frames, "waited"), ["01:30:00", "null"]);
    assert_eq!(shown(&frames, "Con espacio"), ["7", "null"]);
    assert_eq!(shown(&frames, "bits"), ["5", "null"]);
    assert_eq!(shown(&frames, "grown"), ["2024", "null"]);
    // A day of zeros says in MySQL that there is none.
    assert_eq!(instants(&frames, "completed_at")[1], None);
    assert_eq!(unreadable(&frames), [("tasks.label".to_owned(), 1)]);
}

/// As the server's own administrator, who needs no password here.
fn tasks_of_mariadb(server: &MariaDb) -> Frames {
    server.execute("", "create user abierto@'127.0.0.1'; grant select on ventas.* to abierto@'127.0.0.1'");
    tasks(&format!("mysql://abierto@127.0.0.1:{}/ventas", server.port), "timezone = \"America/Bogota\"")
}

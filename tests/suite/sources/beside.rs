//! Tasks and states of one PostgreSQL server, read at the same time: of one moment, within the connections that are allowed.

use crate::support::{DatabaseServer, database};
use parte::calendar::Period;
use parte::definition::{self, FrameName, Rows};
use parte::metrics::catalogue;
use parte::source::{Need, load};
use std::collections::{BTreeMap, BTreeSet};

/// Two tables into which a writer puts a row each, time after time, in one transaction. It pauses between them, so that the tables stay
/// small enough to be read many times; nothing depends on how long.
const TABLES: &str = "set role parte;
create table tasks (task_id text, status text, scheduled_at timestamptz);
create table user_states (user_id text, date date, state text);
create table enough ();
insert into tasks select 'first ' || n, 'completed', '2026-03-02 14:00+00' from generate_series(1, 3000) n;
insert into user_states select 'first ' || n, '2026-03-02', 'habit' from generate_series(1, 3000) n;";
const WRITER: &str = "set synchronous_commit = off;
do $$ begin for n in 1..2000000 loop
    exit when exists (select from enough);
    perform pg_sleep(0.001);
    insert into tasks values ('t' || n, 'completed', '2026-03-02 14:00+00');
    insert into user_states values ('u' || n, '2026-03-02', 'habit');
    commit;
end loop; end $$;";

/// How many tasks and states are read.
fn counts(url: &str, more: &str) -> (usize, usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reports.toml");
    let text = format!(
        "version = 1\n[brand]\nname = \"x\"\n[sources.it]\nurl = \"{url}\"\n{more}\n[defaults]\ntimezone = \"UTC\"\n[[report]]\nid = \"r\"\n\
         title = \"r\"\nperiod = \"previous week\"\nformats = [\"csv\"]\n[[report.section]]\nkpis = [\"tasks_planned\"]\n"
    );
    std::fs::write(&path, text).unwrap();
    let definitions =
        definition::load(&path, catalogue()).unwrap_or_else(|e| panic!("{}", e.render(false, 100)));
    let columns = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    let need = Need {
        columns: BTreeMap::from([
            (FrameName::Tasks, columns(&["task_id", "status", "scheduled_at"])),
            (FrameName::UserStates, columns(&["user_id", "date", "state"])),
        ]),
        periods: vec![Period::parse("2026-03-01..2026-04-01", chrono_tz::UTC).unwrap()],
        rows: BTreeSet::from([Rows::Planned, Rows::Days]),
        made: None,
    };
    let source = definitions.sources.values().next().unwrap();
    let frames = load(source, &need).unwrap_or_else(|e| panic!("{e}: {}", e.hint));
    (frames.frames[&FrameName::Tasks].height(), frames.frames[&FrameName::UserStates].height())
}

/// The processes of the server that have sent rows since the log had so many bytes.
fn senders(server: &DatabaseServer, before: usize) -> BTreeSet<String> {
    let log = server.log();
    let lines = log[before..].lines().filter(|line| line.contains("copy (select"));
    lines.filter_map(|line| Some(line.split_once('[')?.1.split_once(']')?.0.to_owned())).collect()
}

#[test]
fn tasks_and_states_come_over_two_connections_as_of_one_moment_while_somebody_writes() {
    let server = DatabaseServer::start();
    server.create("ventas");
    database::execute(server.port.number(), "ventas", TABLES);
    database::execute(server.port.number(), "postgres", "alter role parte set log_statement = 'all'");
    let url = format!("postgres://parte@127.0.0.1:{}/ventas", server.port);
    let port = server.port.number();
    let writer = std::thread::spawn(move || database::execute(port, "ventas", WRITER));
    let mut seen = BTreeSet::new();
    for _ in 0..8 {
        let before = server.log().len();
        let (tasks, states) = counts(&url, "");
        assert_eq!(tasks, states, "a row of a transaction without the other");
        assert_eq!(senders(&server, before).len(), 2, "each over a connection of its own");
        seen.insert(tasks);
    }
    assert!(seen.len() > 1, "somebody wrote meanwhile: {seen:?}");
    // Where one connection is all there is, all comes over it.
    let before = server.log().len();
    let (tasks, states) = counts(&url, "connections = 1");
    assert_eq!((tasks, senders(&server, before).len()), (states, 1));
    database::execute(port, "ventas", "insert into enough default values");
    writer.join().expect("the writer");
}

#[test]
fn a_server_that_gives_no_second_connection_gives_all_over_the_first() {
    let server = DatabaseServer::start();
    server.create("ventas");
    database::execute(server.port.number(), "ventas", TABLES);
    database::execute(
        server.port.number(),
        "postgres",
        "alter role parte set log_statement = 'all'; alter role parte connection limit 1",
    );
    let before = server.log().len();
    let url = format!("postgres://parte@127.0.0.1:{}/ventas", server.port);
    assert_eq!(counts(&url, ""), (3000, 3000));
    assert_eq!(senders(&server, before).len(), 1);
    assert!(server.log().contains("too many connections for role"), "it was asked for");
}

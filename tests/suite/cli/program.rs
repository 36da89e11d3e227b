//! Running the built program in folders of its own.

use crate::support::run;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The built program with these arguments, in a folder; nothing of this process's environment changes what it prints.
pub(crate) fn parte(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parte"));
    command.current_dir(folder).env_remove("PARTE_FILE").env_remove("PARTE_LOG").env("NO_COLOR", "1");
    command
}

/// A folder with a small task database and definitions.
pub(crate) struct Workplace {
    folder: tempfile::TempDir,
}

/// Tasks of 2026-03-02 (a Monday) to 2026-03-06, three sellers, and the states of four users on two days.
const DATA: &str = "
create table tasks(task_id text primary key, type text, channel text, status text, seller_id text, user_id text,
  scheduled_at text, due_at text, completed_at text, outcome text, sales_amount real, created_at text, duration_min real, attempts integer);
create table sellers(seller_id text primary key, full_name text, team text);
create table user_states(user_id text, date text, state text, primary key(user_id, date));
insert into sellers values ('s1', 'José Muñoz', 'Norte'), ('s2', 'Ana Peña', 'Norte'), ('s3', '=HYPERLINK(\"http://x\")', 'Sur');
insert into tasks values
 ('t1', 'visit', 'salesman', 'completed', 's1', 'u1', '2026-03-02T14:00:00Z', null, '2026-03-02T14:30:00Z', 'sale', 120.5, '2026-03-01T00:00:00Z', 25, 1),
 ('t2', 'visit', 'salesman', 'pending', 's1', 'u2', '2026-03-03T14:00:00Z', null, null, null, null, '2026-03-01T00:00:00Z', null, null),
 ('t3', 'call', 'callcenter', 'completed', 's2', 'u3', '2026-03-04T14:00:00Z', null, '2026-03-05T18:00:00Z', 'no_answer', null, '2026-03-01T00:00:00Z', 3, 2),
 ('t4', 'visit', 'salesman', 'cancelled', 's2', 'u4', '2026-03-05T14:00:00Z', null, null, null, null, '2026-03-01T00:00:00Z', null, null),
 ('t5', 'visit', 'salesman', 'completed', null, 'u1', '2026-03-06T14:00:00Z', null, '2026-03-06T14:20:00Z', 'no_sale', null, '2026-03-01T00:00:00Z', 20, 1),
 ('t6', 'visit', 'salesman', 'completed', 's3', 'u2', '2026-03-06T15:00:00Z', null, '2026-03-06T15:20:00Z', 'sale', 80, '2026-03-01T00:00:00Z', 20, 1);
insert into user_states values ('u1','2026-03-01','casual'),('u2','2026-03-01','setup'),('u1','2026-03-08','habit'),('u2','2026-03-08','casual'),('u3','2026-03-08','churned');
";

/// Definitions over that data: one weekly report, delivered into the folder `out`.
pub(crate) const DEFINITIONS: &str = r#"version = 1
[defaults]
timezone = "America/Bogota"
locale = "es-CO"
currency = "COP"
[brand]
name = "Prueba"
[ledger]
url = "sqlite:parte.db"
[sources.demo]
url = "sqlite:data.db"
[channels.disk]
url = "folder:out"
[[report]]
id = "semana"
title = "Semana"
schedule = "every monday at 07:00"
period = "previous week"
source = "demo"
formats = ["csv", "xlsx", "pdf"]
  [[report.section]]
  kpis = ["tasks_planned", "tasks_completed", "completion_rate", "sales_amount"]
  [[report.section]]
  title = "Por vendedor"
  table = { by = ["seller"], metrics = ["tasks_planned", "tasks_completed", "completion_rate"], totals = true }
  [[report.deliver]]
  channel = "disk"
"#;

impl Workplace {
    /// With the usual data and definitions.
    pub(crate) fn new() -> Self {
        let place = Self { folder: crate::support::open_folder() };
        place.sql("data.db", DATA);
        place.write("reports.toml", DEFINITIONS);
        place
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.file(name), text).expect("a file");
    }

    /// The definitions with one text in place of another, which must be there.
    pub(crate) fn define(&self, old: &str, new: &str) {
        let text = std::fs::read_to_string(self.file("reports.toml")).expect("the definitions");
        assert!(text.contains(old), "the definitions hold {old:?}");
        self.write("reports.toml", &text.replace(old, new));
    }

    /// Runs SQL on a database file here.
    pub(crate) fn sql(&self, database: &str, sql: &str) {
        run(Command::new("sqlite3").arg("-bail").arg(self.file(database)).arg(sql));
    }

    /// Runs the program here.
    pub(crate) fn parte(&self, arguments: &[&str]) -> Output {
        parte(self.path()).args(arguments).output().expect("the program starts")
    }

    /// Runs the program, which must end with this exit code, and gives what it printed on both ways.
    pub(crate) fn expect(&self, exit: i32, arguments: &[&str]) -> String {
        let output = self.parte(arguments);
        let text =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(exit), "parte {}:\n{text}", arguments.join(" "));
        assert!(!text.contains("panicked"), "{text}");
        text
    }

    /// `--json` of a run for the data's week.
    pub(crate) fn run_json(&self, arguments: &[&str]) -> serde_json::Value {
        let output = self
            .parte(&[&["run", "semana", "--period", "2026-03-02..2026-03-09", "--json"], arguments].concat());
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("JSON, not {}", String::from_utf8_lossy(&output.stderr)))
    }

    /// Names of the files below a folder, in order; hidden ones too.
    pub(crate) fn files(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.file(folder)) else { return Vec::new() };
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

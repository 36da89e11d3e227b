//! The two databases that a record may stand in: every test of the record is run on both.

use crate::support::DatabaseServer;
use crate::support::database;
use parte::ledger::{Ledger, Place};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A folder of a test, and the record that belongs to it: in a file in there, or on a server of its own.
pub(super) struct Base {
    // stopped before its folder goes
    server: Option<Arc<DatabaseServer>>,
    folder: tempfile::TempDir,
}

/// Written into the folder: port and database of a record on a server.
const ON_SERVER: &str = "record-on-server";

impl Base {
    /// A record in a file.
    pub(super) fn file() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), server: None }
    }

    /// A record on a server.
    pub(super) fn server() -> Self {
        Self::on(Arc::new(DatabaseServer::start()), "record")
    }

    fn on(server: Arc<DatabaseServer>, database: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(ON_SERVER), format!("{} {database}", server.port)).unwrap();
        Self { folder, server: Some(server) }
    }

    /// A further record of the same kind, with this name among those of the test.
    pub(super) fn another(&self, name: &str) -> Self {
        match &self.server {
            None => Self::file(),
            Some(server) => {
                server.create(name);
                Self::on(Arc::clone(server), name)
            }
        }
    }

    /// Ends the server as a crash of its machine does, and starts it again.
    pub(super) fn crash_server(&mut self) {
        let server = self.server.as_mut().and_then(Arc::get_mut);
        server.expect("a server of this record alone").restart();
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Is it a record in a file?
    pub(super) fn is_file(&self) -> bool {
        self.server.is_none()
    }

    /// Changes the record behind the ledger's back; says how many rows.
    pub(super) fn execute(&self, sql: &str) -> usize {
        execute(self.path(), sql)
    }

    /// Why such a change is refused.
    pub(super) fn refusal(&self, sql: &str) -> String {
        match on_server(self.path()) {
            None => file_database(self.path()).execute(sql, []).unwrap_err().to_string(),
            Some((port, database)) => database::refusal(port, &database, sql),
        }
    }
}

fn file_database(folder: &Path) -> rusqlite::Connection {
    let db = rusqlite::Connection::open(folder.join("ledger.db")).unwrap();
    db.busy_timeout(Duration::from_secs(30)).unwrap();
    db
}

pub(super) fn on_server(folder: &Path) -> Option<(u16, String)> {
    let text = std::fs::read_to_string(folder.join(ON_SERVER)).ok()?;
    let (port, database) = text.split_once(' ').unwrap();
    Some((port.parse().unwrap(), database.to_owned()))
}

/// The record that belongs to this folder, for other processes of the test too.
pub(super) fn place(folder: &Path) -> Place {
    match on_server(folder) {
        None => Place::from(&folder.join("ledger.db")),
        Some((port, database)) => database::place(port, &database),
    }
}

pub(super) async fn open(folder: &Path) -> Ledger {
    Ledger::open(place(folder)).await.unwrap()
}

/// Reads the record by a program that is not Parte: the library rusqlite, or psql. One line a row, columns apart by
/// blanks, `-` for null.
pub(super) fn query(folder: &Path, sql: &str) -> Vec<String> {
    match on_server(folder) {
        Some((port, database)) => database::query(port, &database, sql),
        None => query_file(folder, sql),
    }
}

/// Changes the record that belongs to this folder behind the ledger's back; says how many rows.
pub(super) fn execute(folder: &Path, sql: &str) -> usize {
    if on_server(folder).is_none() {
        return file_database(folder).execute(sql, []).unwrap();
    }
    let counting = format!("with changed as ({sql} returning 1) select count(*) from changed");
    query(folder, &counting)[0].parse().unwrap()
}

/// Is the record whole, as its database sees it?
pub(super) fn integrity(folder: &Path) {
    match on_server(folder) {
        Some((port, database)) => database::check(port, &database),
        None => {
            assert_eq!(query(folder, "pragma integrity_check"), ["ok"]);
            assert_eq!(query(folder, "pragma foreign_key_check"), [""; 0]);
        }
    }
}

fn query_file(folder: &Path, sql: &str) -> Vec<String> {
    let db = file_database(folder);
    let mut statement = db.prepare(sql).unwrap();
    let columns = statement.column_count();
    let rows = statement
        .query_map([], |row| {
            let values = (0..columns).map(|n| {
                row.get_ref(n).map(|value| match value {
                    rusqlite::types::ValueRef::Null => "-".to_owned(),
                    rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                    rusqlite::types::ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                    other => format!("{other:?}"),
                })
            });
            Ok(values.collect::<Result<Vec<_>, _>>()?.join(" "))
        })
        .unwrap();
    rows.map(Result::unwrap).collect()
}

/// Runs each of these tests on either database: as `name::on_sqlite` and as `name::on_postgres`.
macro_rules! both {
    ($($name:ident,)+) => {
        $(mod $name {
            use crate::ledger::base::Base;

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn on_sqlite() {
                super::$name(Base::file()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn on_postgres() {
                super::$name(Base::server()).await;
            }
        })+
    };
}

pub(super) use both;

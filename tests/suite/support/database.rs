//! A PostgreSQL server of one test: its data folder is a copy of one that is made once for the build's folder.

use super::{Certificates, Port, Process, configure, open_folder, require_root, run};
use parte::ledger::{Place, Protection, Server};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Where Debian has the programs.
const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";

/// What every data folder begins with: who there is, and databases of theirs.
///
/// `parte` owns the database `record`; `careful` has the password `s3cret` and owns `sealed`; `guest` may connect to
/// `record` and make nothing.
const BEGINNING: &str = "create role parte login;
create role careful login password 's3cret';
create role guest login;
create database record owner parte;
create database sealed owner careful;
";

/// A server with the databases `record` and `sealed`; stopped with the test, however the test ends.
pub(crate) struct DatabaseServer {
    // dropped before its folder
    process: Option<Process>,
    folder: tempfile::TempDir,
    pub(crate) port: Port,
}

impl DatabaseServer {
    pub(crate) fn start() -> Self {
        Self::start_with(None)
    }

    /// With a certificate of this name (`good`, `expired`, `wronghost`).
    pub(crate) fn with_certificate(certificates: &Certificates, name: &str) -> Self {
        Self::start_with(Some((certificates, name)))
    }

    fn start_with(certificate: Option<(&Certificates, &str)>) -> Self {
        require_root("postgres refuses to run as root and becomes the user postgres");
        let folder = open_folder();
        let data = folder.path().join("data");
        run(Command::new("cp").args(["-a", "--reflink=auto"]).arg(template()).arg(&data));
        let tls = certificate.map_or(String::new(), |(certificates, name)| {
            for ending in ["pem", "key"] {
                let own = data.join(format!("server.{ending}"));
                std::fs::copy(certificates.path(&format!("{name}.{ending}")), &own).expect("a certificate");
                run(Command::new("chmod").arg("600").arg(&own));
                run(Command::new("chown").arg("postgres:").arg(&own));
            }
            "ssl = on\nssl_cert_file = 'server.pem'\nssl_key_file = 'server.key'".to_owned()
        });
        let port = Port::free();
        for (name, own) in [("postgres.conf.in", "postgresql.conf"), ("postgres-hba.conf.in", "pg_hba.conf")]
        {
            let config = configure(name, folder.path(), &[("PORT", &port.to_string()), ("TLS", &tls)]);
            std::fs::copy(config, data.join(own)).expect("a configuration");
        }
        let mut server = Self { folder, port, process: None };
        server.restart();
        server
    }

    /// Ends it the hard way: what it had acknowledged is in its log.
    pub(crate) fn stop(&mut self) {
        self.process = None;
    }

    /// Starts it on the same port and waits until it answers. What was connected has lost its connection.
    pub(crate) fn restart(&mut self) {
        self.stop();
        let _ = std::fs::remove_file(self.folder.path().join("data/postmaster.pid"));
        // it ends with the test's thread, even when the test is killed
        let mut command = as_postgres(&["--pdeathsig", "KILL"]);
        command.arg(program("postgres")).arg("-D").arg(self.folder.path().join("data"));
        let log = self.folder.path().join("output");
        self.process = Some(Process::serving(&mut command, self.port.number(), &log));
        let deadline = Instant::now() + Duration::from_secs(60);
        while !psql(self.port.number(), "postgres", "select 1").status.success() {
            assert!(Instant::now() < deadline, "postgres does not answer:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Makes a further database that belongs to `parte`.
    pub(crate) fn create(&self, database: &str) {
        let output = psql(self.port.number(), "postgres", &format!("create database {database} owner parte"));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// The url of the database `record` for a definition.
    pub(crate) fn url(&self) -> String {
        format!("postgres://parte@127.0.0.1:{}/record", self.port)
    }

    /// Asks about the database `record`; see [`query`].
    pub(crate) fn query(&self, sql: &str) -> Vec<String> {
        query(self.port.number(), "record", sql)
    }

    /// What it has written down.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("output")).unwrap_or_default()
    }
}

/// Runs a script as the server's administrator.
pub(crate) fn execute(port: u16, database: &str, script: &str) {
    let mut child = connecting(port, database)
        .env_remove("PGOPTIONS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("psql starts");
    child.stdin.take().expect("its input").write_all(script.as_bytes()).expect("psql reads");
    let output = child.wait_with_output().expect("psql ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A record in this database, as its owner `parte` sees it.
pub(crate) fn place(port: u16, database: &str) -> Place {
    Place::Server(Box::new(Server {
        host: "127.0.0.1".to_owned(),
        port,
        user: Some("parte".to_owned()),
        password: None,
        database: database.to_owned(),
        protection: Protection::Off,
        ca: None,
    }))
}

/// Asks as the server's administrator, by its own program: one line a row, columns apart by blanks, `-` for null.
pub(crate) fn query(port: u16, database: &str, sql: &str) -> Vec<String> {
    let output = psql(port, database, sql);
    assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().map(str::to_owned).collect()
}

/// Why a statement is refused.
pub(crate) fn refusal(port: u16, database: &str, sql: &str) -> String {
    let output = psql(port, database, sql);
    assert!(!output.status.success(), "{sql} is not refused");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Reads every page and every index of a database by the server's own checker.
pub(crate) fn check(port: u16, database: &str) {
    run(Command::new(program("pg_amcheck"))
        .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-U", "postgres", "-d", database])
        .args(["--install-missing", "--heapallindexed", "--parent-check", "--schema=parte"]));
}

fn psql(port: u16, database: &str, sql: &str) -> std::process::Output {
    connecting(port, database).args(["-c", sql]).output().expect("psql starts")
}

fn connecting(port: u16, database: &str) -> Command {
    let mut command = Command::new(program("psql"));
    command
        .args(["-X", "-q", "-A", "-t", "-F", " ", "-P", "null=-", "-v", "ON_ERROR_STOP=1"])
        .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-U", "postgres", "-d", database])
        .env("PGOPTIONS", "-c search_path=parte,public");
    command
}

/// A session that stays inside of a transaction.
pub(crate) struct Session(std::process::Child);

impl Session {
    /// Begins one and does this in it.
    pub(crate) fn begin(port: u16, database: &str, sql: &str) -> Self {
        let mut child = connecting(port, database)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("psql starts");
        let input = child.stdin.as_mut().expect("its input");
        writeln!(input, "begin; {sql}; select 'done';").expect("psql reads");
        let mut answer = String::new();
        BufReader::new(child.stdout.as_mut().expect("its output"))
            .read_line(&mut answer)
            .expect("psql answers");
        assert_eq!(answer, "done\n");
        Self(child)
    }

    /// Ends it; what it did is there.
    pub(crate) fn commit(mut self) {
        writeln!(self.0.stdin.as_mut().expect("its input"), "commit;").expect("psql reads");
        self.end();
    }

    /// Ends it; what it did is undone.
    pub(crate) fn end(mut self) {
        drop(self.0.stdin.take());
        self.0.wait().expect("psql ends");
    }
}

fn program(name: &str) -> PathBuf {
    let path = Path::new(PROGRAMS).join(name);
    assert!(
        path.exists(),
        "{} is not installed (Debian package postgresql-15): run scripts/test as root once",
        path.display()
    );
    path
}

fn as_postgres(further: &[&str]) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]).args(further);
    // not where only root may be
    command.current_dir("/");
    command
}

/// A data folder that nobody has used yet; made by the first who asks, while the others wait.
fn template() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    std::fs::create_dir_all(folder).expect("the build's folder for tests");
    let lock = File::create(folder.join("postgres-15.lock")).expect("a lock file");
    lock.lock().expect("the lock");
    let ready = folder.join(format!("postgres-15-{}", super::sha256(BEGINNING.as_bytes())));
    if !ready.exists() {
        let made = make();
        let copy = folder.join("postgres-15-copy");
        let _ = std::fs::remove_dir_all(&copy);
        run(Command::new("cp").arg("-a").arg(made.path().join("data")).arg(&copy));
        std::fs::rename(&copy, &ready).expect("the data folder in its place");
    }
    ready
}

fn make() -> tempfile::TempDir {
    let folder = open_folder();
    run(Command::new("chown").arg("postgres:").arg(folder.path()));
    let data = folder.path().join("data");
    run(as_postgres(&[])
        .arg(program("initdb"))
        .args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--wal-segsize=1"])
        .arg("-D")
        .arg(&data));
    // one user, no socket: a statement is a line
    let input = folder.path().join("beginning.sql");
    std::fs::write(&input, BEGINNING).expect("a file");
    run(as_postgres(&[])
        .arg(program("postgres"))
        .args(["--single", "-D"])
        .arg(&data)
        .arg("postgres")
        .stdin(File::open(&input).expect("the file")));
    folder
}

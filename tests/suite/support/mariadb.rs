//! A MariaDB server of one test: its data folder is a copy of one that is made once for the build's folder.

use super::{Certificates, Port, Process, open_folder, require_program, require_root, run};
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The package that has the programs.
const PACKAGE: &str = "mariadb-server-core mariadb-client-core";
/// Whom the server runs as: not root, and there on every Debian.
const USER: &str = "nobody";

/// A server with the database `ventas` and the user `parte` (password `s3cret`); stopped with the test, however the test ends.
pub(crate) struct MariaDb {
    // dropped before its folder
    process: Option<Process>,
    folder: tempfile::TempDir,
    pub(crate) port: Port,
    tls: Vec<String>,
}

impl MariaDb {
    pub(crate) fn start() -> Self {
        Self::start_with(None)
    }

    /// With a certificate of this name (`good`, `expired`, `wronghost`).
    pub(crate) fn with_certificate(certificates: &Certificates, name: &str) -> Self {
        Self::start_with(Some((certificates, name)))
    }

    fn start_with(certificate: Option<(&Certificates, &str)>) -> Self {
        require_root("mariadbd refuses to run as root and becomes another user");
        let folder = open_folder();
        let data = folder.path().join("data");
        run(Command::new("cp").args(["-a", "--reflink=auto"]).arg(template()).arg(&data));
        let mut tls = Vec::new();
        if let Some((certificates, name)) = certificate {
            for (ending, key) in [("pem", "ssl-cert"), ("key", "ssl-key")] {
                let own = data.join(format!("server.{ending}"));
                std::fs::copy(certificates.path(&format!("{name}.{ending}")), &own).expect("a certificate");
                tls.push(format!("--{key}={}", own.display()));
            }
        }
        run(Command::new("chown").arg("-R").arg(USER).arg(folder.path()));
        let mut server = Self { process: None, folder, port: Port::free(), tls };
        server.restart();
        server.execute(
            "",
            "create database ventas character set utf8mb4; create user parte@'127.0.0.1' identified by 's3cret';
             grant select on ventas.* to parte@'127.0.0.1';",
        );
        server
    }

    /// Ends it the hard way.
    pub(crate) fn stop(&mut self) {
        self.process = None;
    }

    /// Starts it on the same port and waits until it answers.
    pub(crate) fn restart(&mut self) {
        self.stop();
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]).arg(require_program("mariadbd", PACKAGE)).arg("--no-defaults");
        command
            .arg(format!("--user={USER}"))
            .arg(format!("--datadir={}", self.folder.path().join("data").display()));
        command.arg(format!("--port={}", self.port)).arg("--bind-address=127.0.0.1").arg("--skip-log-bin");
        command.arg(format!("--socket={}", self.socket().display()));
        command.args([
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-buffer-pool-size=64M",
            "--max-allowed-packet=64M",
        ]);
        command.args(&self.tls);
        let log = self.folder.path().join("output");
        self.process = Some(Process::serving(&mut command, self.port.number(), &log));
        let deadline = Instant::now() + Duration::from_secs(60);
        while !self.client("").args(["-e", "select 1"]).output().is_ok_and(|it| it.status.success()) {
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            assert!(Instant::now() < deadline, "mariadbd does not answer:\n{said}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The url of the database `ventas` for a definition; the password is in the environment.
    pub(crate) fn url(&self) -> String {
        format!("mysql://parte:${{DB_PASSWORD}}@127.0.0.1:{}/ventas", self.port)
    }

    /// Runs statements as the server's administrator.
    pub(crate) fn execute(&self, database: &str, sql: &str) {
        let mut child = self
            .client(database)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("mariadb starts");
        child.stdin.take().expect("its input").write_all(sql.as_bytes()).expect("mariadb reads");
        let output = child.wait_with_output().expect("mariadb ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Asks as the server's administrator: the values of the first column, line ends in them written out.
    pub(crate) fn query(&self, sql: &str) -> Vec<String> {
        let output =
            self.client("").args(["--skip-column-names", "-e", sql]).output().expect("mariadb starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("data/mariadb.sock")
    }

    fn client(&self, database: &str) -> Command {
        let mut command = Command::new(require_program("mariadb", PACKAGE));
        command
            .args(["--no-defaults", "-u", "root", "--batch"])
            .arg(format!("--socket={}", self.socket().display()));
        if !database.is_empty() {
            command.arg(database);
        }
        command
    }
}

/// A data folder that nobody has used yet; made by the first who asks, while the others wait.
fn template() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    std::fs::create_dir_all(folder).expect("the build's folder for tests");
    let lock = File::create(folder.join("mariadb.lock")).expect("a lock file");
    lock.lock().expect("the lock");
    let ready = folder.join("mariadb-data");
    if !ready.exists() {
        let made = open_folder();
        run(Command::new("chown").arg(USER).arg(made.path()));
        run(Command::new(require_program("mariadb-install-db", PACKAGE))
            .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
            .arg(format!("--user={USER}"))
            .arg(format!("--datadir={}", made.path().join("data").display())));
        let copy = folder.join("mariadb-copy");
        let _ = std::fs::remove_dir_all(&copy);
        run(Command::new("cp").arg("-a").arg(made.path().join("data")).arg(&copy));
        std::fs::rename(&copy, &ready).expect("the data folder in its place");
    }
    ready
}

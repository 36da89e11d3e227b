//! APIs that `tests/peers/*.py` play: tokens, presigned addresses, signed events, an S3 store; and who counts packets.

use super::{Port, Process, open_folder, python, tests_file};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// `tests/peers/http_api.py`: the first word of a path says what it is.
pub(crate) struct HttpApi {
    // dropped before its folder
    _process: Process,
    folder: tempfile::TempDir,
    pub(crate) port: Port,
}

impl HttpApi {
    pub(crate) fn start() -> Self {
        let (process, folder, port) = start("http_api.py", &[]);
        Self { folder, port, _process: process }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Writes one of the files that say how it behaves.
    pub(crate) fn say(&self, name: &str, value: &str) {
        std::fs::write(self.folder.path().join(name), value).expect("written");
    }

    pub(crate) fn stored(&self) -> Vec<PathBuf> {
        files(&self.folder.path().join("stored"))
    }

    /// Every request to paths that begin like this.
    pub(crate) fn requests(&self, path: &str) -> Vec<serde_json::Value> {
        requests(self.folder.path(), path)
    }
}

/// `tests/peers/s3_store.py`: one bucket, `informes`.
pub(crate) struct S3Store {
    _process: Process,
    folder: tempfile::TempDir,
    pub(crate) port: Port,
}

impl S3Store {
    pub(crate) fn start(secret_key: &str) -> Self {
        let (process, folder, port) = start("s3_store.py", &[("secret_key", secret_key)]);
        Self { folder, port, _process: process }
    }

    /// Puts an object into the bucket, without having been asked.
    pub(crate) fn put(&self, name: &str, bytes: &[u8]) {
        let path = self.folder.path().join("stored/informes").join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, bytes).expect("written");
    }

    /// An object of the bucket.
    pub(crate) fn object(&self, name: &str) -> Option<Vec<u8>> {
        std::fs::read(self.folder.path().join("stored/informes").join(name)).ok()
    }

    pub(crate) fn requests(&self) -> Vec<serde_json::Value> {
        requests(self.folder.path(), "/")
    }
}

fn start(script: &str, files: &[(&str, &str)]) -> (Process, tempfile::TempDir, Port) {
    let folder = open_folder();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    let port = Port::free();
    let mut command = python();
    command.arg(tests_file("peers").join(script)).arg(port.to_string()).arg(folder.path());
    let process = Process::serving(&mut command, port.number(), &folder.path().join("output"));
    (process, folder, port)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("its folder").flatten().map(|entry| entry.path()).collect();
    files.sort();
    files
}

fn requests(folder: &Path, path: &str) -> Vec<serde_json::Value> {
    let log = std::fs::read_to_string(folder.join("requests.jsonl")).unwrap_or_default();
    let lines =
        log.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a line of JSON"));
    lines.filter(|line| line["path"].as_str().is_some_and(|it| it.starts_with(path))).collect()
}

/// Sees every packet of this machine, and counts those to one link-local address that no other test asks for.
pub(crate) struct Sniffer {
    pub(crate) address: String,
    child: Child,
    asked: ChildStdin,
    said: BufReader<ChildStdout>,
}

impl Sniffer {
    /// Returns when it has seen a packet of its own to that address.
    pub(crate) fn start() -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = std::process::id().wrapping_mul(7) + STARTED.fetch_add(1, Ordering::Relaxed);
        let address = format!("169.254.{}.{}", 1 + number / 250 % 250, 1 + number % 250);
        super::require_root("packets are seen by root alone");
        let mut child = python()
            .arg(tests_file("peers/sniffer.py"))
            .arg(&address)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python");
        let asked = child.stdin.take().expect("its input");
        let mut said = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = String::new();
        said.read_line(&mut line).expect("a line");
        assert_eq!(line, "ready\n", "packets to {address} cannot be seen");
        Self { address, child, asked, said }
    }

    /// How many there were since it was asked last.
    pub(crate) fn seen(&mut self) -> usize {
        writeln!(self.asked).expect("asked");
        let mut line = String::new();
        self.said.read_line(&mut line).expect("a line");
        line.trim().parse().expect("a number")
    }
}

impl Drop for Sniffer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

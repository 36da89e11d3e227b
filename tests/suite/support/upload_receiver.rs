//! An upload API with Idempotency-Key, digests and forms: `tests/peers/upload_receiver.py`.

use super::{Port, Process, open_folder, python, tests_file};
use std::path::PathBuf;

/// The server; the first word of a path says how it behaves.
pub(crate) struct UploadReceiver {
    // dropped before its folder
    _process: Process,
    folder: tempfile::TempDir,
    pub(crate) port: Port,
}

impl UploadReceiver {
    pub(crate) fn start() -> Self {
        let folder = open_folder();
        let port = Port::free();
        let mut command = python();
        command.arg(tests_file("peers/upload_receiver.py")).arg(port.to_string()).arg(folder.path());
        let process = Process::serving(&mut command, port.number(), &folder.path().join("output"));
        Self { folder, port, _process: process }
    }

    /// What it has stored.
    pub(crate) fn stored(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder.path().join("stored")).expect("its folder");
        let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        files.sort();
        files
    }

    /// Every request with the right digest, as JSON.
    pub(crate) fn requests(&self) -> Vec<serde_json::Value> {
        let log = std::fs::read_to_string(self.folder.path().join("requests.jsonl")).unwrap_or_default();
        log.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }
}

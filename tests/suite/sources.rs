//! Sources of every kind before real servers and real files: the same data gives the same report, and each fault has its words.

mod api;
mod beside;
mod files;
mod names;
mod real;
mod same;
mod servers;
mod together;
mod types;
mod wide;

use crate::cli::parte;
use crate::support::{python, run, tests_file};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The demo's folder, with a source of which only the url (and what stands below it) differs.
struct Demo {
    folder: tempfile::TempDir,
}

impl Demo {
    fn new() -> Self {
        Self::of("45000")
    }

    /// One of about so many tasks.
    fn of(tasks: &str) -> Self {
        let folder = crate::support::open_folder();
        let output = parte(folder.path())
            .args(["demo", "--quiet", "--tasks", tasks])
            .output()
            .expect("the program starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self { folder }
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("parte-demo")
    }

    /// The demo's tables as SQL of another server.
    fn sql(&self, kind: &str, how: &str) -> String {
        run(python()
            .arg(tests_file("readers/sources_load.py"))
            .arg(self.home().join("demo.db"))
            .args([kind, how]))
    }

    /// A definition file with another source.
    fn define(&self, name: &str, source: &str) -> PathBuf {
        let text = std::fs::read_to_string(self.home().join("reports.toml")).expect("the definitions");
        let old = "[sources.demo]\nurl = \"sqlite:demo.db\"\n";
        assert!(text.contains(old) && text.contains("\nformats  = ["), "{text}");
        // The report itself has to be among its formats.
        let text = text
            .replace("\nformats  = [", "\nformats  = [\"json\", ")
            .replace(old, source)
            .replace("sqlite:parte.db", &format!("sqlite:{name}.db"));
        let path = self.home().join(format!("{name}.toml"));
        std::fs::write(&path, text).expect("a file");
        path
    }

    fn parte(&self, file: &Path) -> Command {
        let mut command = parte(&self.home());
        command.arg("--file").arg(file).env("DB_PASSWORD", "s3cret");
        command
    }

    /// The shipped reports from this source: the JSON and the CSV files of each, by name.
    fn reports(&self, name: &str, source: &str) -> Vec<(String, Vec<u8>)> {
        let file = self.define(name, source);
        for report in ["equipo-diario", "compromiso-semanal", "resumen-mensual"] {
            let output = self
                .parte(&file)
                .args(["run", report, "--at", "2026-11-20T07:00", "--no-deliver", "--format", "json"])
                .args(["--format", "csv", "--out", name])
                .output()
                .expect("the program starts");
            assert_eq!(output.status.code(), Some(0), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        }
        self.made(name)
    }

    /// The files in a folder, by name.
    fn made(&self, name: &str) -> Vec<(String, Vec<u8>)> {
        let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(self.home().join(name))
            .expect("the files")
            .map(|entry| entry.expect("an entry").path())
            .map(|path| {
                let name = path.file_name().expect("a name").to_string_lossy().into_owned();
                (name, without_the_time(&std::fs::read(&path).expect("a file")))
            })
            .collect();
        files.sort();
        files
    }
}

/// A file without the line that says when it was made.
fn without_the_time(bytes: &[u8]) -> Vec<u8> {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    lines.filter(|line| !line.trim_ascii_start().starts_with(b"\"generated\":")).collect::<Vec<_>>().concat()
}

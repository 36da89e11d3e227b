//! Python as an independent reader.

use super::process::run;
use super::tests_file;
use std::path::Path;
use std::process::Command;

/// The interpreter with the readers' packages: `PARTE_TEST_PYTHON`, else `python3`.
#[expect(clippy::disallowed_methods, reason = "scripts/test says where its interpreter is")]
pub(crate) fn python() -> Command {
    Command::new(std::env::var("PARTE_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned()))
}

/// What `tests/readers/{script}` says about a file.
pub(crate) fn read_json(script: &str, path: &Path) -> serde_json::Value {
    let said = run(python().arg(tests_file("readers").join(script)).arg(path));
    serde_json::from_str(&said).expect("JSON")
}

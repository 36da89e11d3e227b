//! What a person should look at though the file is taken: shown once, on standard error, and fatal only where asked.

use super::{Workplace, parte};
use std::path::Path;
use std::process::Output;

fn ended(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = parte(folder).args(arguments).output().expect("the program");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (status.code(), text(stdout), text(stderr))
}

fn place() -> Workplace {
    let place = Workplace::new();
    place.define("version = 1", "version = 1\ninclude = [\"informes/*.toml\"]");
    place
}

#[test]
fn check_shows_warnings_counts_them_and_refuses_them_when_strict() {
    let place = place();
    let (code, out, err) = ended(place.path(), &["check"]);
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(out, "reports.toml: 1 report, 1 warning\n");
    assert!(err.contains("⚠ warning: no file matches `informes/*.toml`"), "{err}");
    let last = "1 warning in reports.toml\nfor more: parte explain empty-include\n";
    assert!(err.ends_with(last), "{err}");

    let (code, out, err) = ended(place.path(), &["check", "--strict", "--quiet"]);
    assert_eq!((code, out.as_str()), (Some(3), "reports.toml: 1 report, 1 warning\n"));
    assert!(err.contains("no file matches") && !err.contains("parte explain"), "{err}");

    let (code, out, err) = ended(place.path(), &["check", "--json"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let json: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    let problem = &json["problems"][0];
    assert_eq!((&problem["severity"], &problem["code"]), (&"warning".into(), &"empty-include".into()));
    assert_eq!(problem["line"], 2);
}

#[test]
fn a_file_without_warnings_says_so() {
    let (code, out, err) = ended(Workplace::new().path(), &["check", "--strict"]);
    assert_eq!((code, out.as_str(), err.as_str()), (Some(0), "reports.toml: 1 report, no problems\n", ""));
}

#[test]
fn other_commands_show_warnings_once_and_not_when_quiet() {
    let place = place();
    let run = ["run", "semana", "--period", "2026-03-02..2026-03-09", "--format", "csv", "--no-deliver"];
    let (code, _, err) = ended(place.path(), &run);
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(err.matches("no file matches").count(), 1, "{err}");
    let (code, _, err) = ended(place.path(), &[&run[..], &["--quiet"]].concat());
    assert_eq!((code, err.as_str()), (Some(0), ""));
}

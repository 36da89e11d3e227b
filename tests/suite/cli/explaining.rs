//! `parte explain`, and the ways that lead to it.

use super::{Workplace, parte};
use parte::definition::explanations;
use serde_json::Value;
use std::path::Path;
use std::process::Output;

fn ended(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = parte(folder).args(arguments).output().expect("the program");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (status.code(), text(stdout), text(stderr))
}

fn empty() -> tempfile::TempDir {
    crate::support::open_folder()
}

const PARTNER: &str =
    "[channels.partner]\nurl = \"ftps://u:${PARTE_TEST_NOT_SET}@ftp.example.com\"\n[[report]]";

#[test]
fn a_code_is_explained_with_its_caret_and_the_mended_file() {
    let folder = empty();
    let (code, out, err) = ended(folder.path(), &["explain", "bad-schedule"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    for part in [
        "bad-schedule (error): a schedule, or a cron line, that cannot be understood\n\nSchedules are written in words",
        "× `mondya` is not a day or an interval",
        "[reports.toml:12:19]",
        "schedule = \"every mondya at 07:00\"\n",
        "───┬──",
        "help: did you mean `monday`?",
        "\nMended:\n\n    version = 1\n\n    [defaults]\n",
        "\n    schedule = \"every monday at 07:00\"\n",
    ] {
        assert!(out.contains(part), "{part:?} in\n{out}");
    }
    assert!(!out.contains("problem in"), "{out}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0, "nothing is written");
}

#[test]
fn every_code_is_explained_whatever_the_folder_holds() {
    let place = Workplace::new();
    place.write("reports.toml", "this = is = no definition");
    for known in explanations() {
        let (code, out, err) = ended(place.path(), &["explain", &known.code]);
        assert_eq!((code, err.as_str()), (Some(0), ""), "{}", known.code);
        assert!(out.contains(&known.summary) && out.contains("For example:"), "{out}");
        // in its frame, unless it takes more than a file
        assert_eq!(out.contains("help:"), out.contains("\nMended:\n"), "{out}");
    }
}

#[test]
fn all_codes_are_listed_warnings_apart() {
    let folder = empty();
    let (code, out, err) = ended(folder.path(), &["explain"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let (errors, warnings) =
        out.split_once("\n\nWARNING").or_else(|| out.split_once("WARNING")).expect("two parts");
    assert!(errors.contains("unknown-key") && !errors.contains("period-repeats"), "{out}");
    assert!(warnings.contains("period-repeats") && !warnings.contains("unknown-key"), "{out}");
    for known in explanations() {
        assert!(out.contains(&known.code) && out.contains(&known.summary), "{out}");
    }
    let widest = out.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(110), "{widest:?}\n{out}");
}

#[test]
fn programs_get_the_same_as_json() {
    let folder = empty();
    let (_, out, _) = ended(folder.path(), &["explain", "unknown-key", "--json"]);
    let one: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((&one["code"], &one["severity"]), (&"unknown-key".into(), &"error".into()));
    assert!(one["wrong"].as_str().is_some_and(|text| text.contains("periodo =")));
    assert!(one["right"].is_string() && one["example"].is_null(), "{one}");
    let (_, out, _) = ended(folder.path(), &["explain", "--json"]);
    let all: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(all.as_array().map(Vec::len), Some(explanations().len()));
}

#[test]
fn a_code_that_does_not_exist_is_a_wrong_command_line() {
    let folder = empty();
    for (word, hint) in [
        ("unknwon-key", "did you mean `unknown-key`?"),
        ("BAD_SQL", "did you mean `bad-sql`?"),
        ("ñ", "`parte explain` lists every code"),
        ("", "`parte explain` lists every code"),
    ] {
        let (code, out, err) = ended(folder.path(), &["explain", word]);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
        assert!(err.contains(&format!("no problem has the code `{word}`")) && err.contains(hint), "{err}");
    }
}

#[test]
fn a_refused_file_leads_to_its_code_once_and_not_in_other_formats() {
    let place = Workplace::new();
    place.define("title = \"Semana\"", "titel = \"Semana\"");
    for command in [&["check"][..], &["run", "semana"], &["schedule"]] {
        let (code, _, err) = ended(place.path(), command);
        assert_eq!(code, Some(3), "{err}");
        assert!(err.ends_with("in reports.toml\nfor more: parte explain unknown-key\n"), "{err}");
    }
    place.define("every monday at", "every mondya at");
    let (_, _, err) = ended(place.path(), &["check"]);
    assert!(
        err.ends_with("\nfor more: parte explain CODE, for example parte explain unknown-key\n"),
        "{err}"
    );
    assert_eq!(err.matches("parte explain CODE").count(), 1, "{err}");
    for quiet in [&["--quiet"][..], &["--format", "json"], &["--format", "sarif"], &["--format", "github"]] {
        let (code, out, err) = ended(place.path(), &[&["check"], quiet].concat());
        assert_eq!(code, Some(3));
        assert!(!out.contains("parte explain") && !err.contains("parte explain"), "{out}{err}");
    }
}

#[test]
fn code_scanning_gets_the_meaning_of_codes_and_paths_from_the_folder() {
    let place = Workplace::new();
    place.define("title = \"Semana\"", "titel = \"Semana\"");
    let here = place.path().canonicalize().expect("the folder");
    let file = here.join("reports.toml").display().to_string();
    let (_, out, _) = ended(&here, &["check", &file, "--format", "sarif"]);
    let log: Value = serde_json::from_str(&out).expect("JSON");
    let run = &log["runs"][0];
    let place_of = "/results/0/locations/0/physicalLocation/artifactLocation/uri";
    assert_eq!(run.pointer(place_of), Some(&"reports.toml".into()));
    let rule = &run["tool"]["driver"]["rules"][0];
    assert_eq!(rule["shortDescription"]["text"], "A key that does not exist where it is written.");
    let (_, out, _) = ended(&here, &["check", &file, "--format", "github"]);
    assert!(out.starts_with("::error file=reports.toml,line="), "{out}");
    let elsewhere = empty();
    let (_, out, _) = ended(elsewhere.path(), &["check", &file, "--format", "sarif"]);
    let log: Value = serde_json::from_str(&out).expect("JSON");
    let uri = log["runs"][0].pointer(place_of).and_then(Value::as_str);
    assert!(uri.is_some_and(|uri| uri.starts_with("file:///") && uri.ends_with("/reports.toml")), "{uri:?}");
}

#[test]
fn a_check_without_secrets_finds_everything_else() {
    let place = Workplace::new();
    place.define("[[report]]", PARTNER);
    let (code, _, err) = ended(place.path(), &["check"]);
    assert_eq!(code, Some(3));
    assert!(err.contains("the environment has no `PARTE_TEST_NOT_SET`"), "{err}");
    assert!(err.contains("parte explain missing-secret"), "{err}");
    let (code, out, err) = ended(place.path(), &["check", "--no-secrets", "--strict"]);
    assert_eq!((code, out.as_str(), err.as_str()), (Some(0), "reports.toml: 1 report, no problems\n", ""));
    // nothing is sent without its secret all the same
    let (code, _, err) = ended(place.path(), &["run", "semana"]);
    assert_eq!(code, Some(3), "{err}");
    place.define("${PARTE_TEST_NOT_SET}", "${NOT-A-NAME}");
    let (code, _, err) = ended(place.path(), &["check", "--no-secrets"]);
    assert!(code == Some(3) && err.contains("bad-secret"), "{err}");
    let (code, _, err) = ended(place.path(), &["check", "--no-secrets", "--online"]);
    assert!(code == Some(2) && err.contains("cannot be used with"), "{err}");
}

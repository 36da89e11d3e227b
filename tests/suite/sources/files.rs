//! Files of every kind give the report that a database of the same data gives, and each fault of a file has its words.

mod faults;
mod limits;
mod stored;
mod written;

use super::Demo;
use super::same::assert_same;
use crate::support::{python, run, tests_file};

/// Ways to write the demo's data, the source that reads them, and what the frames need of words.
const WAYS: [(&str, &str); 11] = [
    ("csv", "url = \"csv:NAME\"\n"),
    ("semicolon", "url = \"csv:NAME\"\ndecimal = \",\"\nseparator = \";\"\n"),
    ("1252", "url = \"csv:NAME\"\nencoding = \"windows-1252\"\n"),
    ("unicode", "url = \"csv:NAME\"\n"),
    ("utf16be", "url = \"csv:NAME\"\nencoding = \"utf-16\"\n"),
    ("stamped", "url = \"csv:NAME\"\n"),
    (
        "split",
        "url = \"csv:NAME\"\n[sources.demo.tasks]\ntake = \"all\"\n[sources.demo.user_states]\ntake = \"all\"\n\
         [sources.demo.sellers]\ntake = \"all\"\n[sources.demo.users]\nfiles = \"users_*.csv\"\ntake = \"all\"\n\
         [sources.demo.assignments]\ntake = \"all\"\n[sources.demo.targets]\ntake = \"all\"\n",
    ),
    ("ndjson", "url = \"ndjson:NAME\"\n[sources.demo.tasks]\ncolumns = { seller_id = \"seller.id\" }\n"),
    ("parquet", "url = \"parquet:NAME\"\n"),
    ("texts", "url = \"parquet:NAME\"\n"),
    ("arrow", "url = \"parquet:NAME\"\n"),
];

fn write(demo: &Demo, how: &str, folder: &str) {
    let script = tests_file("readers/sources_write.py");
    run(python().arg(script).arg(demo.home().join("demo.db")).arg(demo.home().join(folder)).arg(how));
}

#[test]
fn the_shipped_reports_are_the_same_from_files_of_every_kind() {
    let demo = Demo::new();
    let expected = demo.reports("file", "[sources.demo]\nurl = \"sqlite:demo.db\"\n");
    for (how, source) in WAYS {
        let folder = format!("datos-{how}");
        write(&demo, how, &folder);
        let ours = demo.reports(how, &format!("[sources.demo]\n{}", source.replace("NAME", &folder)));
        assert_same(how, &expected, &ours);
    }
}

/// The rows stand in another order than in the table, which shows where rows are listed that are equal in what they are sorted by.
#[test]
fn merged_files_give_each_row_as_it_was_written_last() {
    let demo = Demo::new();
    write(&demo, "merge", "partes");
    write(&demo, "csv", "enteros");
    let merge = |frame: &str| format!("[sources.demo.{frame}]\ntake = \"merge\"\n");
    let frames = ["tasks", "user_states", "sellers", "users", "assignments", "targets"].map(merge).concat();
    let ours = demo.reports("merged", &format!("[sources.demo]\nurl = \"csv:partes\"\n{frames}"));
    let expected = demo.reports("whole", "[sources.demo]\nurl = \"csv:enteros\"\n");
    assert_same("merged", &expected, &ours);
    let all = demo
        .reports("all", &format!("[sources.demo]\nurl = \"csv:partes\"\n{}", frames.replace("merge", "all")));
    let csv = |files: &[(String, Vec<u8>)]| {
        files.iter().filter(|(name, _)| name.ends_with(".csv")).cloned().collect::<Vec<_>>()
    };
    assert_ne!(csv(&all), csv(&ours), "the older rows would have been counted");
}

#[test]
fn plan_and_check_say_which_files_would_be_read_and_how_new_they_are() {
    let demo = Demo::new();
    write(&demo, "stamped", "datos");
    let file = demo.define("planned", "[sources.demo]\nurl = \"csv:datos\"\n");
    let said = |arguments: &[&str]| {
        let output = demo.parte(&file).args(arguments).output().expect("the program starts");
        let text = [output.stdout, output.stderr].concat();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&text));
        String::from_utf8_lossy(&text).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let plan = said(&["plan", "equipo-diario", "--at", "2026-11-20T07:00", "--verbose"]);
    assert!(plan.contains("file `tasks_20260101_000000.csv` (the newest of 2): "), "{plan}");
    assert!(plan.contains("scheduled_at from 2026-11-17 to before 2026-11-22"), "{plan}");
    let check = said(&["check", "--online"]);
    let rows = |name: &str| {
        let text = std::fs::read_to_string(demo.home().join("datos").join(name)).expect("a file");
        text.lines().count() - 1
    };
    write(&demo, "semicolon", "comas");
    let comma = demo.define("comma", "[sources.demo]\nurl = \"csv:comas\"\ndecimal = \",\"\n");
    let output = demo.parte(&comma).args(["check", "--online"]).output().expect("the program starts");
    let comma = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success() && !comma.contains("cannot be read"), "{comma}");
    let count = rows("tasks_20260101_000000.csv");
    assert!(count > 10_000 && check.replace(['.', ','], "").contains(&count.to_string()), "{count}: {check}");
}

#[test]
fn how_new_rows_of_files_are_is_told_as_of_a_database() {
    let demo = Demo::new();
    write(&demo, "csv", "datos");
    write(&demo, "arrow", "tipos");
    let told = |url: &str, within: &str| {
        let file = demo.define("fresh", &format!("[sources.demo]\nurl = \"{url}\"\n"));
        let text = std::fs::read_to_string(&file).expect("the definitions");
        let (before, after) = text.split_at(text.find("\n  [[report.section]]").expect("a section"));
        std::fs::write(&file, format!("{before}\n  [report.expect]\n  fresh = \"{within}\"\n{after}"))
            .expect("written");
        let output = demo
            .parte(&file)
            .args([
                "run",
                "equipo-diario",
                "--at",
                "2026-11-27T23:30",
                "--no-deliver",
                "--quiet",
                "--format",
                "json",
                "--out",
                "fresh",
            ])
            .output()
            .expect("the program starts");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let report =
            std::fs::read(demo.home().join("fresh/equipo-diario_20261126.json")).expect("the report");
        let mut report: serde_json::Value = serde_json::from_slice(&report).expect("JSON");
        report.as_object_mut().expect("an object").remove("generated");
        report
    };
    let (well, late) = (told("sqlite:demo.db", "30 days"), told("sqlite:demo.db", "1 minute"));
    assert_ne!(well, late, "rows that are too old are told");
    for url in ["csv:datos", "parquet:tipos"] {
        assert!(told(url, "30 days") == well && told(url, "1 minute") == late, "{url}");
    }
}

#[test]
fn what_changes_about_files_is_in_the_plan() {
    let demo = Demo::new();
    write(&demo, "csv", "datos");
    write(&demo, "parquet", "lago");
    let before = demo.define("before", "[sources.demo]\nurl = \"csv:datos\"\nencoding = \"windows-1252\"\n");
    let after = demo.define(
        "after",
        "[sources.demo]\nurl = \"parquet:lago\"\n[sources.demo.tasks]\nfiles = \"tas*.parquet\"\ntake = \"all\"\n",
    );
    let output =
        demo.parte(&after).args(["plan", "--diff"]).arg(&before).output().expect("the program starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    for words in ["csv:datos", "parquet:lago", "windows-1252", "tasks.files", "tas*.parquet", "tasks.take"] {
        assert!(said.contains(words), "{words}: {said}{}", String::from_utf8_lossy(&output.stderr));
    }
}

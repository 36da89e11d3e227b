//! `parte init` and `parte schema`: what a person begins with.

use super::parte;
use crate::support::open_folder;
use parte::demo::{Plan, generate};
use std::path::Path;

/// Runs the program; its exit code and what it said.
fn say(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = parte(folder).args(arguments).output().unwrap();
    let both = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&both).into_owned())
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_beginning_passes_its_check_and_runs_on_the_demo_data() {
    let folder = open_folder();
    let (exit, said) = say(folder.path(), &["init", "informes"]);
    assert_eq!(exit, Some(0), "{said}");
    let ends = said.trim_end().ends_with(
        "cd informes && parte check\n  parte run equipo-diario --no-deliver --out salida\n  parte serve",
    );
    assert!(ends, "{said}");
    let home = folder.path().join("informes");
    assert_eq!(names(&home), [".gitignore", "reports.schema.json", "reports.toml"]);
    let (exit, said) = say(&home, &["check"]);
    assert_eq!((exit, said.as_str()), (Some(0), "reports.toml: 1 report, no problems\n"));

    generate(&Plan { tasks: 3_000, ..Plan::default() }, &home.join("crm.db"), &|_, _| ()).unwrap();
    let run = ["run", "equipo-diario", "--at", "2026-11-20T07:00", "--out", "salida"];
    let (exit, said) = say(&home, &run);
    assert_eq!(exit, Some(0), "{said}");
    let made = names(&home.join("salida"));
    for extension in [".pdf", ".xlsx", ".csv"] {
        assert!(made.iter().any(|name| name.ends_with(extension)), "{made:?}");
    }
    assert!(home.join("outbox").is_dir(), "{:?}", names(&home));
    assert!(!home.join("entregados").exists(), "nothing is delivered while the outbox is there");
}

#[test]
fn a_beginning_never_writes_over_what_is_there() {
    let folder = open_folder();
    std::fs::write(folder.path().join("reports.toml"), "mine").unwrap();
    let (exit, said) = say(folder.path(), &["init"]);
    assert_eq!(exit, Some(5), "{said}");
    assert!(said.contains("it is there already") && said.contains("parte init FOLDER"), "{said}");
    assert_eq!(names(folder.path()), ["reports.toml"]);
    assert_eq!(std::fs::read_to_string(folder.path().join("reports.toml")).unwrap(), "mine");
    let (exit, said) = say(folder.path(), &["init", "reports.toml"]);
    assert_eq!(exit, Some(5), "a file is no folder: {said}");
    assert_eq!(names(folder.path()), ["reports.toml"]);
}

#[test]
fn a_list_of_what_git_ignores_is_left_alone_and_what_it_lacks_is_said() {
    let folder = open_folder();
    std::fs::write(folder.path().join(".gitignore"), "target\noutbox/\n").unwrap();
    let (exit, said) = say(folder.path(), &["init"]);
    assert_eq!(exit, Some(0), "{said}");
    assert!(said.contains("add to it: parte.db* salida/"), "{said}");
    assert_eq!(std::fs::read_to_string(folder.path().join(".gitignore")).unwrap(), "target\noutbox/\n");
    assert_eq!(names(folder.path()), [".gitignore", "reports.schema.json", "reports.toml"]);
}

#[test]
fn the_schema_that_is_printed_is_the_one_laid_beside_the_definitions() {
    let folder = open_folder();
    let (exit, printed) = say(folder.path(), &["schema"]);
    assert_eq!(exit, Some(0), "{printed}");
    assert_eq!(say(folder.path(), &["init"]).0, Some(0));
    assert_eq!(std::fs::read_to_string(folder.path().join("reports.schema.json")).unwrap(), printed);
    let (exit, included) = say(folder.path(), &["schema", "--included"]);
    assert_eq!(exit, Some(0));
    let included: serde_json::Value = serde_json::from_str(&included).unwrap();
    assert!(included["properties"].get("defaults").is_none(), "{included}");
}

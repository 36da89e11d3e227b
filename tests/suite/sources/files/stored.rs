//! Files of a store: the same report as from a folder, and each way in which a store gives none.

use super::super::Demo;
use super::super::same::assert_same;
use super::write;
use crate::cli::parte;
use crate::support::S3Store;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

fn source(store: &S3Store, url: &str, more: &str) -> String {
    format!(
        "[sources.demo]\nurl = \"{url}\"\nendpoint = \"http://127.0.0.1:{}\"\nregion = \"sa-east-1\"\npath_style = true\n\
         access_key = \"parte-key\"\nsecret_key = \"${{DB_PASSWORD}}\"\n{more}",
        store.port
    )
}

#[test]
fn the_shipped_reports_are_the_same_from_files_of_a_store() {
    let demo = Demo::new();
    let store = S3Store::start("s3cret");
    let expected = demo.reports("file", "[sources.demo]\nurl = \"sqlite:demo.db\"\n");
    for (how, kind) in [("stamped", "csv"), ("parquet", "parquet")] {
        write(&demo, how, how);
        for entry in std::fs::read_dir(demo.home().join(how)).expect("the files") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            store.put(&format!("export/{how} ñ/{name}"), &std::fs::read(&path).expect("a file"));
        }
        let ours = demo.reports(
            &format!("stored-{how}"),
            &source(&store, &format!("{kind}+s3://informes/export/{how} ñ"), ""),
        );
        assert_same(how, &expected, &ours);
    }
    let requests = store.requests();
    assert!(requests.len() > 20 && requests.iter().all(|it| it["right"] == true), "botocore signs alike");
}

/// What a run over a store says.
fn said(folder: &Path, store: &S3Store, url: &str, password: &str, more: &str) -> String {
    let text = format!(
        "version = 1\n[defaults]\ntimezone = \"America/Bogota\"\n{}\n[[report]]\nid = \"semana\"\ntitle = \"Semana\"\nsource = \"demo\"\n\
         period = \"previous week\"\nformats = [\"json\"]\n  [[report.section]]\n  kpis = [\"tasks_planned\"]\n",
        source(store, url, more)
    );
    std::fs::write(folder.join("reports.toml"), text).expect("written");
    let mut command = parte(folder);
    command.env("DB_PASSWORD", password).args([
        "run",
        "semana",
        "--at",
        "2026-03-10T07:00",
        "--no-deliver",
        "--quiet",
    ]);
    let output = command.output().expect("the program starts");
    let text = String::from_utf8_lossy(&output.stderr).replace(&store.port.to_string(), "PORT");
    format!("exit {}\n{text}", output.status.code().unwrap_or(-1))
}

#[test]
fn each_way_in_which_a_store_gives_no_file_is_told_and_what_passes_is_asked_again() {
    let store = S3Store::start("s3cret");
    let row = format!("task_id,status,scheduled_at\n{}", "T1,completed,2026-03-04T15:00:00Z\n".repeat(2000));
    for name in ["cut", "broken", "gone", "changed", "busy", "fine"] {
        store.put(&format!("datos/{name}.csv"), row.as_bytes());
    }
    let folder = tempfile::tempdir().expect("a folder");
    let named = |name: &str| format!("[sources.demo.tasks]\ntable = \"{name}\"");
    for passing in ["cut", "busy", "fine"] {
        let said = said(folder.path(), &store, "csv+s3://informes/datos", "s3cret", &named(passing));
        assert!(said.starts_with("exit 0"), "{passing}: {said}");
    }
    let mut all = String::new();
    for (name, url, password, more) in [
        ("a wrong secret", "csv+s3://informes/datos", "wrong", named("fine")),
        ("no such bucket", "csv+s3://otro/datos", "s3cret", named("fine")),
        ("nothing under the prefix", "csv+s3://informes/nada", "s3cret", String::new()),
        ("no such file", "csv+s3://informes/datos", "s3cret", named("fin")),
        ("gone in between", "csv+s3://informes/datos", "s3cret", named("gone")),
        ("replaced in between", "csv+s3://informes/datos", "s3cret", named("changed")),
        ("cut in the middle every time", "csv+s3://informes/datos", "s3cret", named("broken")),
    ] {
        let said = said(folder.path(), &store, url, password, &more);
        assert!(!said.contains("X-Amz") && !said.contains("hush"), "{said}");
        let _ = writeln!(all, "## {name}\n{said}");
    }
    insta::assert_snapshot!(all);
}

/// How often each object was asked for since so many requests had been made.
fn fetched(store: &S3Store, before: usize) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for request in store.requests().iter().skip(before) {
        let path = request["path"].as_str().expect("a path");
        if let Some(name) = path.strip_prefix("/informes/").filter(|name| !name.is_empty()) {
            *counts.entry(name.to_owned()).or_default() += 1;
        }
    }
    counts
}

#[test]
fn each_object_is_brought_once_by_a_command_that_looks_at_it_again_and_again() {
    let demo = Demo::new();
    let store = S3Store::start("s3cret");
    for (how, kind) in [("csv", "csv"), ("parquet", "parquet")] {
        write(&demo, how, how);
        let mut all = 0;
        for entry in std::fs::read_dir(demo.home().join(how)).expect("the files") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            store.put(&format!("{how}/{name}"), &std::fs::read(&path).expect("a file"));
            all += 1;
        }
        let columns = "[sources.demo.tasks]\ncolumns = { seller_id = \"seller_id\" }\n";
        let file = demo.define(how, &source(&store, &format!("{kind}+s3://informes/{how}"), columns));
        let text = std::fs::read_to_string(&file).expect("the definitions");
        // Who asks how new rows are and then reads them looks at them twice.
        let (before, after) = text.split_at(text.find("\n  [[report.section]]").expect("a section"));
        std::fs::write(&file, format!("{before}\n  [report.expect]\n  fresh = \"366 days\"\n{after}"))
            .expect("written");
        for arguments in [
            ["plan", "--verbose"].as_slice(),
            &["check", "--online"],
            &["run", "equipo-diario", "--at", "2026-11-20T07:00", "--no-deliver", "--quiet", "--out", "out"],
        ] {
            let (before, temporary) = (store.requests().len(), tempfile::tempdir().expect("a folder"));
            let output = demo
                .parte(&file)
                .args(arguments)
                .env("TMPDIR", temporary.path())
                .output()
                .expect("the program starts");
            assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
            let fetched = fetched(&store, before);
            assert!(fetched.len() > 2 && fetched.len() <= all, "{arguments:?}: {fetched:?}");
            assert!(fetched.values().all(|count| *count == 1), "{arguments:?}: {fetched:?}");
            let left: Vec<_> = std::fs::read_dir(temporary.path()).expect("the folder").collect();
            assert!(left.is_empty(), "{arguments:?}: {left:?}");
        }
    }
    // Another command looks at what is there then.
    let before = store.requests().len();
    let file = demo.home().join("csv.toml");
    store.put("csv/tasks.csv", b"task_id,seller_id,status,scheduled_at\n");
    let output = demo.parte(&file).args(["check", "--online"]).output().expect("the program starts");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert_eq!(fetched(&store, before).get("csv/tasks.csv"), Some(&1), "{said}");
}

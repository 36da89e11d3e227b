//! Files of every kind give the report that a database of the same data gives, and each fault of a file has its words.

mod faults;
mod limits;

use super::Demo;
use super::same::assert_same;
use crate::support::{python, run, tests_file};

/// Ways to write the demo's data, the source that reads them, and what the frames need of words.
const WAYS: [(&str, &str); 9] = [
    ("csv", "url = \"csv:NAME\"\n"),
    ("semicolon", "url = \"csv:NAME\"\ndecimal = \",\"\nseparator = \";\"\n"),
    ("1252", "url = \"csv:NAME\"\nencoding = \"windows-1252\"\n"),
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
    let whole = demo
        .reports("all", &format!("[sources.demo]\nurl = \"csv:partes\"\n{}", frames.replace("merge", "all")));
    assert_ne!(whole, ours, "the older rows would have been counted");
}

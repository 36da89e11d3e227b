//! Files that are large, odd and still good: memory stays bounded, and every rule of a frame holds.

use super::faults::{define, said};
use std::fs::File;
use std::io::{BufWriter, Write as _};

const RUN: [&str; 6] = ["run", "semana", "--at", "2026-03-10T07:00", "--no-deliver", "--quiet"];

/// A KPI of the run, as its JSON file says it.
fn kpi(folder: &std::path::Path, metric: &str) -> serde_json::Value {
    let file = std::fs::read_dir(folder.join("out"))
        .expect("the files")
        .map(|entry| entry.expect("an entry").path())
        .find(|path| path.extension().is_some_and(|kind| kind == "json"))
        .expect("a file");
    let report: serde_json::Value =
        serde_json::from_slice(&std::fs::read(file).expect("read")).expect("JSON");
    let kpis = report["sections"][0]["kpis"]
        .as_array()
        .or(report["sections"][0]["tiles"].as_array())
        .expect("tiles")
        .clone();
    kpis.iter().find(|it| it["metric"] == metric || it["id"] == metric).expect("the metric")["value"].clone()
}

fn run(folder: &std::path::Path) -> String {
    let _ = std::fs::remove_dir_all(folder.join("out"));
    said(folder, &[RUN.as_slice(), &["--out", "out"]].concat())
}

#[test]
fn a_header_alone_is_no_row_and_lines_of_separators_are_none() {
    let folder = tempfile::tempdir().expect("a folder");
    define(folder.path(), "csv:tasks.csv", "");
    let path = folder.path().join("tasks.csv");
    std::fs::write(&path, "task_id,status,scheduled_at,sales_amount").expect("written");
    assert!(run(folder.path()).starts_with("exit 0"));
    assert!(kpi(folder.path(), "tasks_planned").is_null());
    let rows = "\r\nT1,completed,2026-03-04T15:00:00Z,10\r\n,,,\r\n,,,\r\n";
    std::fs::write(&path, format!("task_id,status,scheduled_at,sales_amount{rows}")).expect("written");
    assert!(run(folder.path()).starts_with("exit 0"));
    assert_eq!(kpi(folder.path(), "tasks_planned"), 1);
}

#[test]
fn amounts_with_a_decimal_comma_are_read_and_those_that_are_none_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    define(folder.path(), "csv:.", "decimal = \",\"");
    let rows = "T1;completed;2026-03-04T15:00:00Z;1.234.567,75\nT2;completed;2026-03-04T15:00:00Z;12.5\nT3;completed;2026-03-04;0,25\n";
    std::fs::write(
        folder.path().join("tasks.csv"),
        format!("task_id;status;scheduled_at;sales_amount\n{rows}"),
    )
    .expect("written");
    let said = run(folder.path());
    assert!(said.starts_with("exit 0"), "{said}");
    assert_eq!(kpi(folder.path(), "sales_amount"), 1_234_568);
}

/// The newest is chosen by the stamp in its name, not by when it was written here.
#[test]
fn the_newest_file_is_told_by_its_stamp_and_without_stamps_by_when_it_was_written() {
    let folder = tempfile::tempdir().expect("a folder");
    define(folder.path(), "csv:.", "[sources.datos.tasks]\ntable = \"tareas\"");
    let write = |name: &str, rows: usize| {
        let row = "T,completed,2026-03-04T15:00:00Z,1\n".repeat(rows);
        std::fs::write(folder.path().join(name), format!("task_id,status,scheduled_at,sales_amount\n{row}"))
            .expect("written");
    };
    write("tareas_20260309_120000.csv", 3);
    write("tareas_20260301_120000.csv", 1);
    write("tareas_resumen.csv", 9);
    assert!(run(folder.path()).starts_with("exit 0"));
    assert_eq!(kpi(folder.path(), "tasks_planned"), 3);
    write("tareas.csv", 5);
    assert!(run(folder.path()).starts_with("exit 0"));
    assert_eq!(kpi(folder.path(), "tasks_planned"), 5, "one of them has no stamp");
}

#[test]
fn a_record_without_end_is_refused_before_it_takes_the_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, url, head) in [
        ("tasks.csv", "csv:.", "task_id,status,scheduled_at,sales_amount\nT1,\""),
        ("tasks.ndjson", "ndjson:.", "{\"task_id\": \"T1\", \"status\": \""),
    ] {
        define(folder.path(), url, "");
        let file = File::create(folder.path().join(name)).expect("a file");
        // 2 GB, of which the disk holds the beginning alone.
        (&file).write_all(head.as_bytes()).expect("written");
        let block = vec![b'x'; 1 << 20];
        (0..40).try_for_each(|_| (&file).write_all(&block)).expect("written");
        file.set_len(2 << 30).expect("a length");
        let started = std::time::Instant::now();
        let said = run(folder.path());
        assert!(said.starts_with("exit 4") && said.contains("16 MB"), "{said}");
        assert!(started.elapsed().as_secs() < 20, "{name}: it was read whole");
    }
}

#[test]
fn what_is_kept_of_a_large_file_is_the_period_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    define(folder.path(), "csv:.", "");
    let mut file = BufWriter::new(File::create(folder.path().join("tasks.csv")).expect("a file"));
    writeln!(file, "task_id,status,scheduled_at,sales_amount,note").expect("written");
    for row in 0..200_000 {
        let day = row % 28 + 1;
        writeln!(
            file,
            "T{row},completed,2026-0{}-{day:02}T15:00:00Z,1,\"a note, with \"\"quotes\"\"\nand lines\"",
            row / 28 % 9 + 1
        )
        .expect("written");
    }
    file.into_inner().expect("written").sync_all().expect("on disk");
    let said = run(folder.path());
    assert!(said.starts_with("exit 0"), "{said}");
    // Seven days of the nine months of 28 days.
    let planned = kpi(folder.path(), "tasks_planned").as_u64().expect("a number");
    assert!((5500..5620).contains(&planned), "{planned}");
}

#[test]
fn lone_halves_of_letters_odd_numbers_and_nested_values_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    define(
        folder.path(),
        "ndjson:.",
        "[sources.datos.tasks]\ncolumns = { scheduled_at = \"plan.at\", sales_amount = \"sale.amount\" }",
    );
    let rows = [
        r#"{"task_id": "T\ud83d1", "status": "completed", "plan": {"at": 1772636400}, "sale": {"amount": 10.5}}"#,
        r#"{"task_id": "T2", "status": "completed", "plan": {"at": "2026-03-04T15:00:00Z"}, "sale": null}"#,
        "",
        r#"{"task_id": 3, "status": null, "plan": {"at": 1772636400000, "tags": [1, {"a": 2}]}, "sale": {"amount": "2"}, "extra": true}"#,
    ];
    std::fs::write(folder.path().join("tasks.ndjson"), rows.join("\n")).expect("written");
    let said = run(folder.path());
    assert!(said.starts_with("exit 0"), "{said}");
    assert_eq!(kpi(folder.path(), "tasks_planned"), 3);
}

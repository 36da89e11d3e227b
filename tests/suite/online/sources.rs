//! What is asked of sources: how tables, columns, values and files that are not as the reports need them are told.

use super::{answer, asked, below, frame, line, problem, says};
use crate::cli::Workplace;
use crate::support::sha256;
use std::time::{Duration, Instant};

#[test]
fn a_table_and_columns_that_are_not_there_are_told_at_their_keys() {
    let place = Workplace::new();
    place.define(
        "[channels.disk]",
        "  [sources.demo.tasks]\n  columns = { seller_id = \"seler_id\", due_at = \"deu_at\" }\n  [sources.demo.sellers]\n  table = \"selers\"\n[channels.disk]",
    );
    let value = asked(&place, 4, &[]);
    let seller = problem(&value, "no column `seler_id`");
    says(seller, &["did you mean `seller_id`?"]);
    assert!(line(&place, seller).contains("seler_id"));
    let table = problem(&value, "no table `selers`");
    says(table, &["did you mean `sellers`?"]);
    assert!(line(&place, table).contains("selers"));
}

#[test]
fn a_metric_whose_column_is_missing_is_told_at_its_report_with_the_likely_column() {
    let place = Workplace::new();
    place.sql("data.db", "alter table tasks rename column sales_amount to sale_amount");
    let value = asked(&place, 4, &[]);
    let lacking = problem(&value, "tasks.sales_amount");
    says(lacking, &["sales_amount` has no value in report `semana`", "did you mean `sale_amount`?"]);
    assert!(line(&place, lacking).contains("semana"), "{lacking}");
}

#[test]
fn a_query_of_a_report_meets_the_columns_that_are_really_there() {
    let place = Workplace::new();
    place.define(
        "[[report.deliver]]",
        "[[report.section]]\nsql = \"select city, sales_amount from tasks\"\n[[report.deliver]]",
    );
    // the definition is right: the documented column is not in this file
    place.sql("data.db", "alter table tasks rename column sales_amount to sale_amount");
    let value = asked(&place, 4, &[]);
    says(&value, &["sales_amount", "section `sql`", "sale_amount"]);
}

#[test]
fn values_that_cannot_be_read_and_statuses_without_a_meaning_are_counted() {
    let place = Workplace::new();
    place.sql(
        "data.db",
        "update tasks set status = 'anulada' where task_id in ('t1', 't2'); update tasks set completed_at = 'ayer' where task_id = 't3'",
    );
    let value = asked(&place, 0, &[]);
    assert_eq!(frame(&value, "tasks")["state"], "warning");
    says(problem(&value, "the status of 2 of 6"), &["`anulada` (2)", "warning"]);
    says(problem(&value, "1 of 4 values of tasks.completed_at"), &["`ayer`", "warning"]);
    // not one of them can be read: the column is another
    place.sql("data.db", "update tasks set scheduled_at = '04/03/2026 10:00'");
    let value = asked(&place, 4, &[]);
    says(problem(&value, "6 of 6 values of tasks.scheduled_at"), &["an instant", "error", "ISO 8601"]);
}

#[test]
fn a_large_table_is_looked_at_all_over() {
    let place = Workplace::new();
    place.sql(
        "data.db",
        "insert into tasks(task_id, status, scheduled_at, created_at) with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)
         select 'x' || i, case when i > 19000 then 'rara' else 'pending' end, '2026-03-04T10:00:00Z', '2026-03-01T00:00:00Z' from n",
    );
    let value = asked(&place, 0, &[]);
    let tasks = frame(&value, "tasks");
    assert_eq!(tasks["frame"]["rows"], 20_006, "{tasks}");
    assert!((900..=1000).contains(&tasks["frame"]["looked_at"].as_u64().unwrap_or_default()), "{tasks}");
    says(tasks, &["`rara`"]);
}

#[test]
fn files_that_are_no_database_empty_held_or_absent_each_have_their_words() {
    let place = Workplace::new();
    place.write(
        "text.db",
        "this is a text, long enough to be looked at as a header of a database file, and it is none",
    );
    place.write("empty.db", "");
    place.sql("bare.db", "create table other(a)");
    for (file, words) in [
        ("text.db", "not a database"),
        ("empty.db", "is empty"),
        ("bare.db", "no table `tasks`, `sellers`"),
        ("nowhere.db", "does not exist"),
        (".", "is not a file"),
    ] {
        place.write(
            "reports.toml",
            &crate::cli::DEFINITIONS.replace("sqlite:data.db", &format!("sqlite:{file}")),
        );
        let value = asked(&place, 4, &[]);
        let problem = problem(&value, file);
        assert!(value.to_string().contains(words), "{words:?} is not in {value}");
        assert!(line(&place, problem).contains(file), "{problem}");
        assert_eq!(answer(&value, "disk")["state"], "ok");
    }
    assert!(!place.file("nowhere.db").exists());
    assert_eq!(std::fs::metadata(place.file("empty.db")).unwrap().len(), 0);
}

#[test]
fn a_database_in_wal_mode_gets_no_files_beside_it() {
    let place = Workplace::new();
    place.sql("data.db", "pragma journal_mode = wal");
    let files = below(place.path());
    let data = sha256(&std::fs::read(place.file("data.db")).unwrap());
    let value = asked(&place, 0, &[]);
    assert_eq!(frame(&value, "tasks")["frame"]["rows"], 6);
    assert_eq!(below(place.path()), files);
    assert_eq!(sha256(&std::fs::read(place.file("data.db")).unwrap()), data);
}

#[test]
fn a_database_that_another_program_holds_is_told_soon() {
    let place = Workplace::new();
    let mut holder = std::process::Command::new("sqlite3")
        .arg(place.file("data.db"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("sqlite3 starts");
    use std::io::{BufRead as _, Write as _};
    holder.stdin.as_mut().unwrap().write_all(b"begin exclusive;\nselect 'held';\n").unwrap();
    let mut said = String::new();
    std::io::BufReader::new(holder.stdout.as_mut().unwrap()).read_line(&mut said).unwrap();
    let started = Instant::now();
    let value = asked(&place, 4, &[]);
    let took = started.elapsed();
    drop(holder.stdin.take());
    holder.wait().unwrap();
    says(&value, &["locked", "another program holds it"]);
    assert!(took < Duration::from_secs(8), "{took:?}");
}

#[test]
fn a_source_that_no_report_reads_is_asked_for_what_it_has() {
    let place = Workplace::new();
    place.define("[channels.disk]", "[sources.spare]\nurl = \"sqlite:data.db\"\n[channels.disk]");
    let value = asked(&place, 0, &[]);
    says(answer(&value, "spare"), &["no report reads it"]);
}

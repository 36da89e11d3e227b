//! What a person can do wrong, or the world can do to them: one clear error, its exit code, nothing half written.

use super::Workplace;
use crate::support::{require_root, run};
use std::process::Command;

const WEEK: &[&str] = &["run", "semana", "--period", "2026-03-02..2026-03-09"];

/// Every piece is in the text.
fn says(text: &str, pieces: &[&str]) {
    for piece in pieces {
        assert!(text.contains(piece), "{piece:?} is not in:\n{text}");
    }
}

fn week(more: &[&'static str]) -> Vec<&'static str> {
    [WEEK, more].concat()
}

#[test]
fn a_missing_definition_file_is_named() {
    let place = Workplace::new();
    std::fs::remove_file(place.file("reports.toml")).unwrap();
    says(&place.expect(3, &["check"]), &["reports.toml"]);
    says(&place.expect(3, &["run", "semana"]), &["reports.toml"]);
}

#[test]
fn a_definition_file_that_is_a_folder_or_no_text_is_named() {
    let place = Workplace::new();
    says(&place.expect(3, &["check", "."]), &["."]);
    std::fs::write(place.file("binary.toml"), [0xff, 0xfe, 0x00]).unwrap();
    says(&place.expect(3, &["check", "binary.toml"]), &["binary.toml", "UTF-8"]);
}

#[test]
fn an_unknown_report_gets_a_suggestion() {
    says(
        &Workplace::new().expect(3, &["run", "semanal"]),
        &["no report `semanal`", "did you mean `semana`?"],
    );
}

#[test]
fn an_unknown_key_and_an_unknown_metric_get_a_caret_and_a_suggestion() {
    let place = Workplace::new();
    place.define("totals = true", "total = true");
    place.define(
        "\"tasks_completed\", \"completion_rate\", \"sales_amount\"]",
        "\"task_completed\", \"completion_rate\", \"sales_amount\"]",
    );
    let text = place.expect(3, &["check"]);
    says(&text, &["total", "totals", "task_completed", "tasks_completed", "reports.toml:"]);
}

#[test]
fn six_different_mistakes_give_six_diagnostics() {
    let place = Workplace::new();
    place.define("America/Bogota", "America/Bogata");
    place.define(
        "\"tasks_planned\", \"tasks_completed\", \"completion_rate\", \"sales_amount\"",
        "\"tasks_planed\"",
    );
    place.define("every monday at 07:00", "every mondey at 07:00");
    place.define("source = \"demo\"", "source = \"crm\"");
    place.define("title = \"Semana\"", "titel = \"Semana\"\ntitle = \"Semana\"");
    place.define("channel = \"disk\"", "channel = \"disc\"");
    let text = place.expect(3, &["check"]);
    says(
        &text,
        &["America/Bogota", "tasks_planned", "monday", "titel", "disk", "6 problems in reports.toml"],
    );
    let json: serde_json::Value =
        serde_json::from_slice(&place.parte(&["check", "--json"]).stdout).expect("problems as JSON");
    assert_eq!(json["problems"].as_array().map(Vec::len), Some(6), "{json}");
}

#[test]
fn a_missing_source_file_is_named_and_not_created() {
    let place = Workplace::new();
    place.define("sqlite:data.db", "sqlite:nowhere.db");
    says(&place.expect(4, WEEK), &["source `demo`", "nowhere.db"]);
    assert!(!place.file("nowhere.db").exists());
    says(&place.expect(0, &["runs"]), &["failed", "nowhere.db"]);
}

#[test]
fn a_source_that_is_no_database_is_named() {
    let place = Workplace::new();
    place.write(
        "data.db",
        "this is a text, long enough to be looked at as a header of a database file, and it is none",
    );
    says(&place.expect(4, WEEK), &["source `demo`", "data.db"]);
}

#[test]
fn a_query_over_a_missing_table_or_column_says_which() {
    let place = Workplace::new();
    place.define(
        "[[report.deliver]]",
        "[[report.section]]\nsql = \"select seler_name from tasks\"\n[[report.deliver]]",
    );
    let text = place.expect(3, WEEK);
    says(&text, &["seler_name", "seller_name"]);
}

#[test]
fn a_metric_whose_columns_are_missing_is_a_remark_and_the_rest_works() {
    let place = Workplace::new();
    place.sql("data.db", "alter table tasks drop column sales_amount");
    let run = place.run_json(&["--no-deliver"]);
    let kpi = |id: &str| run["kpis"].as_array().unwrap().iter().find(|k| k["metric"] == id).unwrap().clone();
    assert!(kpi("sales_amount")["value"].is_null(), "{run}");
    assert_eq!(kpi("tasks_completed")["value"], 4.0, "{run}");
    assert!(run["remarks"].to_string().contains("sales_amount"), "{run}");
}

#[test]
fn a_null_seller_is_counted_and_remarked() {
    let run = Workplace::new().run_json(&["--no-deliver"]);
    assert!(run["remarks"].to_string().contains("1 de 6 tareas"), "{run}");
}

#[test]
fn an_empty_period_gives_a_report_with_dashes_and_a_remark() {
    let place = Workplace::new();
    let output =
        place.parte(&["run", "semana", "--period", "2020-01-06..2020-01-13", "--json", "--out", "vacio"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let run: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let rate =
        run["kpis"].as_array().unwrap().iter().find(|k| k["metric"] == "completion_rate").unwrap().clone();
    assert!(rate["value"].is_null(), "{run}");
    assert_eq!(rate["shown"], "–");
    assert!(!run["remarks"].as_array().unwrap().is_empty(), "{run}");
    assert!(place.files("vacio").iter().any(|name| name.ends_with(".pdf")));
}

#[test]
fn a_refused_mail_server_leaves_the_delivery_for_a_retry() {
    let place = Workplace::new();
    place.define("url = \"folder:out\"", "url = \"smtp://127.0.0.1:1\"\nfrom = \"a@example.com\"");
    place.define("channel = \"disk\"", "channel = \"disk\"\nto = [\"b@example.com\"]");
    says(&place.expect(6, WEEK), &["retry", "127.0.0.1:1"]);
    says(&place.expect(0, &["runs"]), &["0 of 1", "1 open"]);
}

#[test]
fn an_output_folder_that_cannot_be_written_leaves_nothing() {
    let place = Workplace::new();
    place.write("busy", "a file where a folder should be");
    says(&place.expect(5, &week(&["--no-deliver", "--out", "busy"])), &["busy"]);
    says(&place.expect(5, &week(&["--no-deliver", "--out", "/proc/none"])), &["/proc/none"]);
}

#[test]
fn a_full_disk_leaves_no_file_under_its_final_name() {
    require_root("a small file system is mounted");
    let place = Workplace::new();
    let small = place.file("small");
    std::fs::create_dir(&small).unwrap();
    run(Command::new("mount").args(["-t", "tmpfs", "-o", "size=8k", "tmpfs"]).arg(&small));
    let text = place.expect(5, &week(&["--no-deliver", "--out", "small", "--format", "pdf"]));
    let left = place.files("small");
    run(Command::new("umount").arg(&small));
    says(&text, &["small"]);
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn arguments_that_cannot_be_read_say_what_to_write() {
    let place = Workplace::new();
    says(&place.expect(2, &["run", "semana", "--period", "march"]), &["march", "2026-03-01..2026-04-01"]);
    says(&place.expect(2, &["run", "semana", "--at", "yesterday"]), &["yesterday", "2026-03-13T07:00"]);
    says(&place.expect(2, &["run", "semana", "--format", "docx"]), &["docx", "csv, xlsx, pdf"]);
    place.expect(2, &["launch"]);
}

#[test]
fn a_ledger_that_is_something_else_is_left_alone() {
    let place = Workplace::new();
    place.define("sqlite:parte.db", "sqlite:data.db");
    says(&place.expect(7, WEEK), &["data.db"]);
    place.write(
        "text.db",
        "not a database, but long enough to be taken for the beginning of one if nobody looks",
    );
    place.define("url = \"sqlite:data.db\"\n[sources", "url = \"sqlite:text.db\"\n[sources");
    says(&place.expect(7, WEEK), &["text.db"]);
}

#[test]
fn formulas_in_names_are_neutral_in_every_format() {
    let place = Workplace::new();
    place.run_json(&["--no-deliver", "--out", "salida"]);
    let csv = std::fs::read_to_string(place.file("salida/semana_20260302_por-vendedor.csv")).unwrap();
    assert!(csv.contains("'=HYPERLINK"), "{csv}");
}

//! `parte backfill`: firings of the past, once each, whatever is there already and however often it is interrupted.

use super::{Workplace, parte};
use serde_json::{Value, json};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const WEEKS: &[&str] = &["backfill", "semana", "--from", "2026-03-02", "--to", "2026-03-30"];

fn says(text: &str, pieces: &[&str]) {
    for piece in pieces {
        assert!(text.contains(piece), "{piece:?} is not in:\n{text}");
    }
}

fn backfill(place: &Workplace, exit: i32, arguments: &[&str]) -> Value {
    let output = place.parte(&[WEEKS, &["--json"], arguments].concat());
    assert_eq!(output.status.code(), Some(exit), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn runs(place: &Workplace) -> Vec<Value> {
    let output = place.parte(&["runs", "--limit", "1000", "--json"]);
    let runs: Value = serde_json::from_slice(&output.stdout).expect("runs as JSON");
    runs.as_array().unwrap().clone()
}

/// One answer of the ledger, as another program reads it.
fn ledger(place: &Workplace, sql: &str) -> String {
    let output = Command::new("sqlite3")
        .args(["-cmd", ".timeout 10000"])
        .arg(place.file("parte.db"))
        .arg(sql)
        .output()
        .expect("sqlite3 runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn counts(view: &Value) -> [u64; 5] {
    ["firings", "done", "not_delivered", "failed", "left"].map(|name| view["counts"][name].as_u64().unwrap())
}

#[test]
fn each_firing_of_the_past_runs_once_with_its_own_period_and_what_is_there_is_left_alone() {
    let place = Workplace::new();
    let dry = place.expect(0, &[WEEKS, &["--dry-run"]].concat());
    says(
        &dry,
        &["Mon 2026-03-02 07:00 -05", "2026-02-23 to 2026-03-01", "4 firings: 4 to run, 0 left as they are"],
    );
    assert!(!place.file("parte.db").exists() && !place.file("out").exists(), "a dry run does nothing");

    let text = place.expect(0, WEEKS);
    says(&text, &["2026-03-16 to 2026-03-22", "4 of 4 delivered", "4 firings: 4 done"]);
    let runs = runs(&place);
    let periods: Vec<&str> = runs.iter().rev().map(|run| run["period_from"].as_str().unwrap()).collect();
    assert_eq!(periods, ["2026-02-23", "2026-03-02", "2026-03-09", "2026-03-16"]);
    assert!(runs.iter().all(|run| run["trigger"] == "backfill" && run["state"] == "done"), "{runs:?}");
    assert!(place.files("out").contains(&"semana_20260316.pdf".to_owned()), "{:?}", place.files("out"));

    assert_eq!(counts(&backfill(&place, 0, &[])), [4, 0, 0, 0, 4]);
    let wider = place
        .expect(0, &["backfill", "semana", "--from", "2026-03-23", "--to", "2026-04-07T08:00", "--dry-run"]);
    says(&wider, &["run 4, done", "left as it is", "3 firings: 2 to run, 1 left"]);
}

#[test]
fn a_failed_run_is_done_again_only_when_asked_and_its_record_stays() {
    let place = Workplace::new();
    std::fs::rename(place.file("data.db"), place.file("away.db")).unwrap();
    let text = place.expect(4, WEEKS);
    says(&text, &["data.db does not exist", "4 firings: 0 done, 4 failed"]);
    std::fs::rename(place.file("away.db"), place.file("data.db")).unwrap();

    assert_eq!(counts(&backfill(&place, 0, &[])), [4, 0, 0, 0, 4], "none: left alone");
    let dry = place.expect(0, &[WEEKS, &["--reprocess", "failed", "--dry-run"]].concat());
    says(&dry, &["run 1, failed", "run again"]);
    assert_eq!(counts(&backfill(&place, 0, &["--reprocess", "failed"])), [4, 4, 0, 0, 0]);
    assert_eq!(counts(&backfill(&place, 0, &["--reprocess", "failed"])), [4, 0, 0, 0, 4], "none failed now");

    // the failed ones are kept, and say which run stands in their place
    let runs = runs(&place);
    assert_eq!(runs.len(), 8);
    let failed: Vec<&Value> = runs.iter().filter(|run| run["state"] == "failed").collect();
    assert_eq!(failed.len(), 4);
    for old in failed {
        let new = runs.iter().find(|run| run["id"] == old["superseded_by"]).expect("its successor");
        assert_eq!((&new["scheduled_for"], &new["superseded_by"]), (&old["scheduled_for"], &Value::Null));
        assert!(old["error"].as_str().unwrap().contains("does not exist"));
    }
    let twice = "select count(*) from (select 1 from run where superseded_by is null group by report, scheduled_for having count(*) > 1)";
    assert_eq!(ledger(&place, twice), "0");
    assert_eq!(ledger(&place, "pragma integrity_check; pragma foreign_key_check"), "ok");
}

#[test]
fn who_has_it_does_not_get_it_again_unless_all_is_asked_for() {
    let place = Workplace::new();
    // a second channel that refuses: a file stands where its folder should be
    place.define("[[report]]", "[channels.other]\nurl = \"folder:blocked\"\n[[report]]");
    place.define(
        "channel = \"disk\"",
        "channel = \"disk\"\n  [[report.deliver]]\n  channel = \"other\"\n  formats = [\"pdf\"]",
    );
    place.write("blocked", "a file");
    place.expect(6, WEEKS);
    let open = ledger(&place, "select distinct state from run");
    // tried again later, or given up: only what has ended is done again
    if open == "delivering" {
        assert_eq!(counts(&backfill(&place, 0, &["--reprocess", "all"])), [4, 0, 0, 0, 4], "under way");
        ledger(
            &place,
            "update delivery set state = 'dead', done_at = 1 where state = 'retry'; update run set state = 'partial', finished_at = 1",
        );
    }
    std::fs::remove_file(place.file("blocked")).unwrap();

    assert_eq!(counts(&backfill(&place, 0, &["--reprocess", "failed"])), [4, 4, 0, 0, 0]);
    let by_channel = "select channel || ' ' || count(*) from delivery d join run r on r.id = d.run_id
                      where r.superseded_by is null group by channel order by channel";
    assert_eq!(ledger(&place, by_channel), "other 4", "disk had its four files of each run");
    assert_eq!(ledger(&place, "select count(*) from delivery where channel = 'disk'"), "16");

    assert_eq!(counts(&backfill(&place, 0, &["--reprocess", "all"])), [4, 4, 0, 0, 0]);
    assert_eq!(ledger(&place, by_channel), "disk 16\nother 4");
    assert_eq!(counts(&backfill(&place, 0, &["--reprocess", "all", "--no-deliver"])), [4, 4, 0, 0, 0]);
    assert_eq!(ledger(&place, by_channel), "", "made, and nothing sent");
    // every try of every run is still there
    assert_eq!(ledger(&place, "select count(*) from run"), "16");
    assert!(ledger(&place, "select count(*) from attempt").parse::<u32>().unwrap() >= 40);
}

#[test]
fn killed_in_the_middle_and_started_again_it_goes_on_where_it_was() {
    let place = Workplace::new();
    place.define("every monday at 07:00", "every day at 07:00");
    place.define("previous week", "previous day");
    let days = ["backfill", "semana", "--from", "2026-03-02", "--to", "2026-03-22", "--reprocess", "all"];
    // runs that are there already are done again, each of them once
    place.expect(0, &["backfill", "semana", "--from", "2026-03-02", "--to", "2026-03-05"]);
    let mut child = parte(place.path())
        .args(days)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let deadline = Instant::now() + Duration::from_secs(60);
    while ledger(&place, "select count(*) from run where backfill_id = 2").parse::<u32>().unwrap() < 6 {
        assert!(Instant::now() < deadline, "nothing happens");
        assert!(child.try_wait().unwrap().is_none(), "it ended before it could be killed");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let done = ledger(&place, "select count(*) from run where backfill_id = 2 and state = 'done'");

    let output = place.parte(&[&days[..], &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let view: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(view["goes_on"], true);
    assert_eq!(view["counts"]["left"].to_string(), done, "{view}");
    assert_eq!(view["counts"]["firings"], json!(20));
    // each firing has one run of this backfill, and three have the earlier one beside it
    assert_eq!(
        ledger(&place, "select count(*), count(distinct scheduled_for) from run where backfill_id = 2"),
        "20|20"
    );
    assert_eq!(ledger(&place, "select count(*) from run where superseded_by is not null"), "3");
    assert_eq!(ledger(&place, "select distinct state from run"), "done");
    assert_eq!(place.files("out").iter().filter(|name| name.ends_with(".pdf")).count(), 20);
    assert!(place.files("out").iter().all(|name| !name.starts_with('.')), "nothing half written");
    // it has come to its end: asked for once more, it is another one
    let dry = place.expect(0, &[&days[..], &["--dry-run"]].concat());
    says(&dry, &["20 firings: 20 to run"]);
}

#[test]
fn ctrl_c_ends_after_the_firing_in_hand() {
    let place = Workplace::new();
    place.define("every monday at 07:00", "every day at 07:00");
    place.define("previous week", "previous day");
    let days = ["backfill", "semana", "--from", "2026-01-01", "--to", "2026-03-22", "--no-deliver"];
    let child = parte(place.path())
        .args(days)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let deadline = Instant::now() + Duration::from_secs(60);
    while !place.file("parte.db").exists()
        || !ledger(&place, "select count(*) from sqlite_schema where name = 'backfill'").starts_with('1')
        || ledger(&place, "select count(*) from run").starts_with('0')
    {
        assert!(Instant::now() < deadline, "nothing happens");
        std::thread::sleep(Duration::from_millis(20));
    }
    let asked = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(asked.success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    says(&said, &["interrupted after", "of 80 firings; the same command goes on where it was"]);
    assert_eq!(ledger(&place, "select distinct state from run"), "done", "nothing is left in the middle");
}

#[test]
fn what_cannot_be_gone_through_is_refused_before_anything_is_written() {
    let place = Workplace::new();
    says(
        &place.expect(2, &["backfill", "semana", "--from", "2026-03-02", "--to", "2026-03-02"]),
        &["--to 2026-03-02 is not after --from 2026-03-02"],
    );
    says(
        &place.expect(2, &["backfill", "semana", "--from", "marzo", "--to", "2026-03-02"]),
        &["--from: `marzo` is neither a date nor an instant"],
    );
    let future =
        place.expect(0, &["backfill", "semana", "--from", "2090-01-01", "--to", "2090-02-01", "--dry-run"]);
    says(&future, &["no firing in these days", "still to come"]);
    place.define("schedule = \"every monday at 07:00\"\n", "");
    says(&place.expect(2, WEEKS), &["has no schedule", "parte run semana --period"]);
    assert!(!place.file("parte.db").exists());
}

#[test]
fn a_ledger_of_before_is_brought_up_to_date_with_everything_in_it() {
    let place = Workplace::new();
    let record = include_str!("../../../src/ledger/migrations/sqlite/0001_record.sql");
    // a ledger as the first version made it: its tables and one run
    place.expect(0, WEEKS);
    let kept =
        ledger(&place, "select hex(checksum) || ' ' || description from _sqlx_migrations where version = 1");
    std::fs::remove_file(place.file("parte.db")).unwrap();
    let (checksum, description) = kept.split_once(' ').unwrap();
    // a text that began with `--` would be taken for an option
    place.sql("parte.db", &format!("\n{record}"));
    place.sql(
        "parte.db",
        &format!(
            "pragma application_id = 0x50415254; pragma journal_mode = wal;
             create table _sqlx_migrations (version bigint primary key, description text not null,
                 installed_on timestamp not null default current_timestamp, success boolean not null,
                 checksum blob not null, execution_time bigint not null);
             insert into _sqlx_migrations values (1, '{description}', current_timestamp, true, x'{checksum}', 1);
             insert into run (report, scheduled_for, cause, period_from, period_to, zone, deliver, formats, state,
                 next_attempt_at, created_at, started_at, finished_at)
             values ('semana', 1773057600000000, 'schedule', '2026-03-02', '2026-03-09', 'America/Bogota', 1, '', 'done',
                 1, 1, 1, 1);
             insert into artifact (run_id, recipient_key, name, format, media_type, sha256, size, content)
             values (1, '', 'a.csv', 'csv', 'text/csv', 'x', 1, x'00');"
        ),
    );
    let before = std::fs::read(place.file("parte.db")).unwrap();
    says(
        &place.expect(7, &[WEEKS, &["--dry-run"]].concat()),
        &["was written by an older version", "parte runs"],
    );
    says(&place.expect(0, &["plan"]), &["earlier runs are not known"]);
    assert_eq!(std::fs::read(place.file("parte.db")).unwrap(), before, "looking changes nothing");

    assert_eq!(counts(&backfill(&place, 0, &[])), [4, 3, 0, 0, 1]);
    assert_eq!(
        ledger(&place, "select cause || ' ' || count(*) from run group by cause"),
        "backfill 3\nschedule 1"
    );
    assert_eq!(ledger(&place, "select name from artifact where run_id = 1"), "a.csv");
    assert_eq!(ledger(&place, "pragma integrity_check; pragma foreign_key_check"), "ok");
    // the condition on causes is still there, with one more
    let refused = Command::new("sqlite3")
        .arg(place.file("parte.db"))
        .arg("update run set cause = 'whim' where id = 1")
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("CHECK constraint failed"), "{refused:?}");
}

#[test]
fn two_at_once_run_each_firing_once() {
    let place = Workplace::new();
    place.define("every monday at 07:00", "every day at 07:00");
    place.define("previous week", "previous day");
    let start = || {
        parte(place.path())
            .args(["backfill", "semana", "--from", "2026-03-02", "--to", "2026-03-10", "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts")
    };
    for child in [start(), start()] {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let view: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(counts(&view)[1] + counts(&view)[4], 8, "{view}");
    }
    assert_eq!(ledger(&place, "select count(*), count(distinct scheduled_for) from run"), "8|8");
    assert_eq!(
        ledger(&place, "select count(*), count(distinct recipient) from delivery where state = 'done'"),
        "32|32"
    );
}

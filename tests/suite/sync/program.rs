//! `parte sync` as a person runs it, and reports that read the copy.

use super::count;
use crate::cli::{Workplace, parte};
use crate::platform::{Data, Fault, Listing, Options, Platform, Rule, Sizes};
use chrono::{Days, NaiveDate};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The first of the data's days: a fortnight before today, by the clock that the program looks at and in the zone of [`define`].
pub(super) fn first_day() -> NaiveDate {
    parte::clock::now().with_timezone(&chrono_tz::America::Bogota).date_naive() - Days::new(14)
}

/// A platform with data of the last days, and faults.
pub(super) fn platform(sizes: Sizes, faults: Vec<Rule>) -> Platform {
    let data = Data::generated(&Sizes { first_day: first_day(), ..sizes });
    Platform::start(Options { data: Some(data), faults, ..Options::default() })
}

/// Definitions of a source `reten` that reads it, and a report of it.
pub(super) fn define(place: &Workplace, platform: &Platform, more: &str) {
    place.write(
        "reports.toml",
        &format!(
            "version = 1\n[defaults]\ntimezone = \"America/Bogota\"\n[sources.reten]\nurl = \"reten+{}\"\n\
             auth = {{ api_key = \"X-API-Key: ${{RETEN_KEY}}\" }}\nsince = {}\napi = \"integration\"\n{more}\n\
             [[report]]\nid = \"semana\"\ntitle = \"Semana\"\nperiod = \"previous 7 days\"\nformats = [\"csv\"]\n\
             [[report.section]]\nkpis = [\"tasks_planned\", \"tasks_completed\", \"completion_rate\"]\n\
             [[report.section]]\ntitle = \"Por vendedor\"\ntable = {{ by = [\"seller\"], metrics = [\"tasks_planned\"] }}\n",
            platform.url(),
            first_day()
        ),
    );
}

pub(super) fn program(place: &Workplace, platform: &Platform) -> Command {
    let mut command = parte(place.path());
    command.env("RETEN_KEY", platform.key());
    command
}

fn said(place: &Workplace, platform: &Platform, exit: i32, arguments: &[&str]) -> String {
    let output = program(place, platform).args(arguments).output().unwrap();
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(exit), "{text}");
    assert!(!text.contains(platform.key()) && !text.contains("panicked"), "{text}");
    text
}

fn copied(copy: &Path) -> i64 {
    count(copy, "select count(*) from tasks")
}

#[test]
fn a_copy_is_made_and_a_report_reads_it() {
    let platform = platform(Sizes::default(), Vec::new());
    let place = Workplace::new();
    define(&place, &platform, "");
    let never = said(&place, &platform, 4, &["run", "semana"]);
    assert!(never.contains("it was never synced") && never.contains("run `parte sync reten`"), "{never}");
    let synced = said(&place, &platform, 0, &["sync"]);
    assert!(synced.contains("source reten") && synced.contains("user_states"), "{synced}");
    let there = platform.rows(Listing::IntegrationTasks).len() as i64;
    assert_eq!(copied(&place.file("reten.db")), there);
    let output = program(&place, &platform).args(["run", "semana", "--json"]).output().unwrap();
    let run: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let planned = run["kpis"][0]["value"].as_f64().unwrap();
    assert!(planned > 20.0, "{run}");
    assert!(run["kpis"][2]["value"].as_f64().is_some_and(|rate| rate > 0.0 && rate < 1.0), "{run}");
    let again = program(&place, &platform).args(["sync", "reten", "--json"]).output().unwrap();
    let again: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!((&again["exit"], &again["sources"][0]["complete"]), (&0.into(), &true.into()), "{again}");
    let listings = again["sources"][0]["listings"].as_array().unwrap();
    assert!(listings.iter().all(|listing| listing["changed"] == 0 && listing["removed"] == 0), "{again}");
    said(&place, &platform, 0, &["check", "--online"]);
    let wrong = said(&place, &platform, 3, &["sync", "retn"]);
    assert!(wrong.contains("did you mean `reten`?"), "{wrong}");
}

#[test]
fn a_listing_that_fails_is_told_with_what_to_do_and_the_others_are_read() {
    let platform = platform(Sizes::default(), vec![Rule::always(Fault::Status(404)).at("/api/operators")]);
    let place = Workplace::new();
    define(&place, &platform, "");
    let text = said(&place, &platform, 4, &["sync"]);
    assert!(text.contains("failed to sync sellers of source `reten`"), "{text}");
    assert!(text.contains("do without sellers: read = [\"tasks\", \"user_states\", \"users\"]"), "{text}");
    assert!(copied(&place.file("reten.db")) > 0);
    let half = said(&place, &platform, 4, &["run", "semana"]);
    assert!(half.contains("it was never synced to its end") && half.contains("404 Not Found"), "{half}");
}

#[test]
fn one_sync_of_a_copy_at_a_time() {
    let slow = vec![Rule::always(Fault::Slow(Duration::from_millis(300)))];
    let platform = platform(Sizes::default(), slow);
    let place = Workplace::new();
    define(&place, &platform, "");
    let mut first =
        program(&place, &platform).arg("sync").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while platform.log().is_empty() {
        assert!(Instant::now() < deadline, "the first one has begun");
        std::thread::sleep(Duration::from_millis(20));
    }
    let second = said(&place, &platform, 4, &["sync"]);
    let holder = format!("(process {})", first.id());
    assert!(second.contains("a sync of") && second.contains(&holder), "{second}");
    first.kill().unwrap();
    first.wait().unwrap();
    platform.set_faults(Vec::new());
    said(&place, &platform, 0, &["sync"]);
}

#[test]
fn serve_keeps_a_copy_up_to_date_and_tick_does_it_before_the_reports() {
    let platform = platform(Sizes::default(), Vec::new());
    let place = Workplace::new();
    define(&place, &platform, "sync = \"every hour\"");
    said(&place, &platform, 0, &["tick"]);
    let copy = place.file("reten.db");
    assert!(copied(&copy) > 0);
    let before = platform.log().len();
    said(&place, &platform, 0, &["tick"]);
    assert_eq!(platform.log().len(), before, "it is not due again");
    // as if it had been two hours ago
    rusqlite::Connection::open(&copy)
        .unwrap()
        .execute_batch("update parte_sync_passes set started_at = '2020-01-01T00:00:00.000Z'")
        .unwrap();
    let mut serving =
        program(&place, &platform).arg("serve").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(40);
    while platform.log().len() == before
        || count(&copy, "select count(*) from parte_sync_passes where outcome = 'complete'") < 2
    {
        assert!(Instant::now() < deadline, "the copy is brought up to date");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(Command::new("kill").args(["-TERM", &serving.id().to_string()]).status().unwrap().success());
    assert!(serving.wait().unwrap().success());
}

#[test]
fn no_row_is_newer_than_the_sync_that_read_it() {
    let platform = platform(Sizes { days: 16, ..Sizes::default() }, Vec::new());
    let place = Workplace::new();
    define(&place, &platform, "");
    said(&place, &platform, 0, &["sync"]);
    place.define(
        "formats = [\"csv\"]\n",
        "formats = [\"csv\"]\nexpect = { fresh = \"26 hours\", otherwise = \"fail\" }\n",
    );
    said(&place, &platform, 0, &["run", "semana"]);
    // rows are planned up to today; that they were read three days ago is what counts
    let old = (parte::clock::now() - chrono::TimeDelta::days(3))
        .to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    rusqlite::Connection::open(place.file("reten.db"))
        .unwrap()
        .execute("update parte_sync_meta set value = ?1 where key like 'completed%'", [&old])
        .unwrap();
    let text = said(&place, &platform, 4, &["run", "semana"]);
    assert!(text.contains("the newest row of tasks is of") && text.contains("more than 26 hours"), "{text}");
}

#[test]
fn what_changed_about_an_api_is_told_without_its_key() {
    let platform = platform(Sizes::default(), Vec::new());
    let place = Workplace::new();
    define(&place, &platform, "");
    std::fs::copy(place.file("reports.toml"), place.file("old.toml")).unwrap();
    define(&place, &platform, "limit = \"60 per minute\"\nwindow = \"3 days\"\nsync = \"every hour\"");
    let text = said(&place, &platform, 0, &["plan", "--diff", "old.toml"]);
    for change in ["1000 in 60 s", "60 in 60 s", "7 days", "3 days", "by hand", "every hour"] {
        assert!(text.contains(change), "{change}: {text}");
    }
}

#[test]
fn a_field_of_answers_becomes_a_column_that_reports_can_name_and_a_program_reads_a_log() {
    let platform = platform(Sizes::default(), Vec::new());
    let place = Workplace::new();
    define(
        &place,
        &platform,
        "fields = { users = { documento = \"taxId\" }, tasks = { origen = \"activityOrigin\" } }",
    );
    place.define("by = [\"seller\"]", "by = [\"origen\"]");
    let output = program(&place, &platform).args(["sync"]).output().unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.iter().filter(|line| line["message"] == "listing read").count(), 4, "{log}");
    let quiet = program(&place, &platform).args(["sync", "--quiet"]).output().unwrap();
    assert!(quiet.status.success() && quiet.stderr.is_empty(), "{}", String::from_utf8_lossy(&quiet.stderr));
    said(&place, &platform, 0, &["run", "semana", "--out", "out"]);
    let table = place.files("out").into_iter().find(|name| name.contains("por-vendedor")).unwrap();
    let table = std::fs::read_to_string(place.file("out").join(table)).unwrap();
    assert!(table.contains("ACTIVITY"), "{table}");
    let known = platform.rows(Listing::Commerces).iter().filter(|row| !row["taxId"].is_null()).count() as i64;
    assert_eq!(count(&place.file("reten.db"), "select count(documento) from users"), known);
    assert!(known > 0);
}

//! `parte serve`: due runs once each, and a clean end.

use super::{Workplace, parte};
use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[test]
fn a_report_due_every_minute_runs_once_a_minute_and_sigterm_ends_cleanly() {
    let place = Workplace::new();
    place.define("every monday at 07:00", "every minute");
    place.define("previous week", "2026-03-02..2026-03-09");
    let mut serving = parte(place.path())
        .arg("serve")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");

    let deadline = Instant::now() + Duration::from_secs(150);
    let runs = loop {
        let output = place.parte(&["runs", "--json"]);
        let runs: serde_json::Value = serde_json::from_slice(&output.stdout).expect("runs as JSON");
        let done = runs.as_array().unwrap().iter().filter(|run| run["state"] == "done").count();
        if done >= 2 {
            break runs;
        }
        assert!(Instant::now() < deadline, "two runs are not done: {runs}");
        std::thread::sleep(Duration::from_millis(500));
    };

    let mut instants: Vec<&str> =
        runs.as_array().unwrap().iter().map(|r| r["scheduled_for"].as_str().unwrap()).collect();
    let all = instants.len();
    instants.sort_unstable();
    instants.dedup();
    assert_eq!(instants.len(), all, "each instant once: {runs}");
    for run in runs.as_array().unwrap() {
        assert_eq!((&run["trigger"], &run["deliveries"]["done"]), (&"schedule".into(), &4.into()), "{run}");
    }

    let asked = Instant::now();
    let killed = Command::new("kill").args(["-TERM", &serving.id().to_string()]).status().expect("kill runs");
    assert!(killed.success());
    let status = serving.wait().expect("it ends");
    let mut log = String::new();
    serving.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(asked.elapsed() < Duration::from_secs(5), "took {:?}", asked.elapsed());
    // where a program reads the log, each line is JSON with its identifiers
    let produced = log.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    assert!(
        produced.filter(|line| line["message"] == "run produced" && line["run"] != "").count() >= 2,
        "{log}"
    );
}

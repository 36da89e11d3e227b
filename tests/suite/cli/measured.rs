//! `parte serve --metrics`: what machines that watch are told, read by Prometheus' own parser.

use super::{Workplace, parte};
use crate::support::{Port, read_json};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// Ends with the test.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The answer to a question, once somebody is there: its first line and its body.
fn asked(port: u16, path: &str) -> (String, String) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) {
            let ask = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
            stream.write_all(ask.as_bytes()).expect("asked");
            let mut answer = String::new();
            stream.read_to_string(&mut answer).expect("answered");
            let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
            return (head.lines().next().unwrap_or_default().to_owned(), body.to_owned());
        }
        assert!(Instant::now() < deadline, "nobody answers at port {port}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn machines_that_watch_are_told_what_the_record_says() {
    let place = Workplace::new();
    let run = place.parte(&["run", "semana", "--at", "2026-03-13T07:00"]);
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let port = Port::free();
    let address = format!("127.0.0.1:{port}");
    let serving = parte(place.path())
        .args(["serve", "--metrics", &address])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let _serving = Serving(serving);
    assert_eq!(asked(port.number(), "/healthz"), ("HTTP/1.1 200 OK".to_owned(), "ok\n".to_owned()));
    assert!(asked(port.number(), "/").0.contains("404"));
    let (status, text) = asked(port.number(), "/metrics");
    assert!(status.contains("200"), "{status}\n{text}");
    let file = place.path().join("metrics.txt");
    std::fs::write(&file, &text).expect("written");
    let families = read_json("metrics.py", &file);
    let names: Vec<&str> = families.as_object().expect("families").keys().map(String::as_str).collect();
    for name in [
        "parte_build_info",
        "parte_deliveries",
        "parte_deliveries_dead",
        "parte_deliveries_in_doubt",
        "parte_delivery_attempts",
        "parte_queue_age_seconds",
        "parte_run_duration_seconds",
        "parte_runs",
        "parte_scheduler_lag_seconds",
    ] {
        assert!(names.contains(&name), "{name}: {names:?}\n{text}");
        assert!(families[name]["help"].as_str().is_some_and(|help| help.len() > 10), "{name}");
    }
    assert_eq!(families["parte_runs"]["type"], "counter");
    assert_eq!(families["parte_run_duration_seconds"]["type"], "histogram");
    let done = &families["parte_runs"]["samples"][0];
    assert_eq!((&done[1]["report"], &done[1]["state"]), (&"semana".into(), &"done".into()));
    assert_eq!(done[2].as_f64(), Some(1.0));
    let buckets = families["parte_run_duration_seconds"]["samples"].as_array().expect("samples");
    assert!(buckets.iter().any(|it| it[1]["le"] == "+Inf" && it[2].as_f64() == Some(1.0)), "{buckets:?}");
}

#[test]
fn other_machines_reach_the_metrics_only_when_that_is_said() {
    let place = Workplace::new();
    let refused = place.parte(&["serve", "--metrics", "0.0.0.0:9464"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("--metrics-public"), "{said}");
}

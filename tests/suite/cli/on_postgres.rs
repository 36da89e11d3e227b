//! The program with its record on a PostgreSQL server: the same answers as with a file, several processes at once, and what
//! is said when the server is away or does not let us in.

use super::{Workplace, parte};
use crate::support::{Certificates, DatabaseServer, open_folder};
use serde_json::Value;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The usual workplace with its record at this url.
fn workplace(url: &str) -> Workplace {
    let place = Workplace::new();
    place.define("sqlite:parte.db", url);
    place
}

fn runs(place: &Workplace) -> Vec<Value> {
    let output = place.parte(&["runs", "--limit", "1000", "--json"]);
    let runs: Value = serde_json::from_slice(&output.stdout).expect("runs as JSON");
    runs.as_array().unwrap().clone()
}

fn until(what: &str, mut reached: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while !reached() {
        assert!(Instant::now() < deadline, "{what}: not within two minutes");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn spawn(place: &Workplace, arguments: &[&str]) -> Child {
    let mut command = parte(place.path());
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
}

#[test]
fn every_command_of_the_record_answers_as_it_does_with_a_file() {
    let server = DatabaseServer::start();
    let place = workplace(&server.url());
    let dry = ["backfill", "semana", "--from", "2026-03-02", "--to", "2026-03-30", "--dry-run"];
    assert!(place.expect(0, &dry).contains("4 firings: 4 to run"));
    let made = "select to_regnamespace('parte') is null";
    assert_eq!(server.query(made), ["t"], "who only asks makes nothing");

    let run = place.run_json(&[]);
    assert_eq!((&run["state"], run["deliveries"].as_array().unwrap().len()), (&"done".into(), 4), "{run}");
    place.expect(0, &dry[..6]);
    let all = runs(&place);
    let states: Vec<_> =
        all.iter().map(|run| (&run["trigger"], &run["state"], &run["deliveries"]["done"])).collect();
    assert_eq!(states.len(), 5);
    assert!(states.iter().all(|it| (it.1, it.2) == (&"done".into(), &4.into())), "{states:?}");
    assert!(place.expect(0, &["runs"]).contains("semana"));
    place.expect(0, &["plan", "semana"]);
    place.expect(0, &["check"]);
    assert_eq!(
        server.query("select state, count(*), count(distinct artifact_id) from delivery group by state"),
        ["done 20 20"]
    );
    assert!(!place.file("parte.db").exists(), "and no file");
}

#[test]
fn processes_that_begin_at_once_make_the_tables_once_and_share_a_backfill() {
    let server = DatabaseServer::start();
    let place = workplace(&server.url());
    let weeks = ["backfill", "semana", "--from", "2026-01-05", "--to", "2026-03-30"];
    let together: Vec<Child> = (0..4).map(|_| spawn(&place, &weeks)).collect();
    for mut child in together {
        // the one that finds a firing in another's hands leaves it alone
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    let counts =
        "select count(*), count(distinct scheduled_for), count(*) filter (where state = 'done') from run";
    assert_eq!(server.query(counts), ["12 12 12"]);
    let names: Vec<_> = place.files("out").into_iter().filter(|name| name.ends_with(".pdf")).collect();
    assert_eq!(names.len(), 12, "{names:?}");
    println!("4 processes, 12 firings, 12 runs, 0 twice");
}

#[test]
fn two_that_serve_share_what_is_due_and_each_firing_runs_once() {
    let server = DatabaseServer::start();
    let place = workplace(&server.url());
    place.define("every monday at 07:00", "every minute");
    place.define("previous week", "2026-03-02..2026-03-09");
    place.define("source = \"demo\"", "source = \"demo\"\ncatch_up = \"all\"");
    let mark = "select count(*) from parte.firing_mark";
    let mut first = spawn(&place, &["serve"]);
    until("the schedule is known", || {
        server.query("select to_regclass('parte.firing_mark') is not null") == ["t"]
            && server.query(mark) == ["1"]
    });
    first.kill().unwrap();
    first.wait().unwrap();
    // as if nobody had been there for twenty minutes
    server.query("update firing_mark set through = through - 1200000000");
    let mut serving = [spawn(&place, &["serve"]), spawn(&place, &["serve"])];
    until("twenty firings are made up for", || {
        let done = server.query("select count(*) from run where state = 'done'");
        done[0].parse::<u32>().unwrap() >= 20
    });
    for child in &mut serving {
        let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    let once =
        "select count(*) - count(distinct scheduled_for), count(*) filter (where attempts > 1) from run";
    assert_eq!(server.query(once), ["0 0"]);
    let twice = "select count(*) from (select delivery_id from attempt where outcome = 'done'
                 group by delivery_id having count(*) > 1) t";
    assert_eq!(server.query(twice), ["0"]);
    let workers = server.query("select count(distinct worker) from run where state = 'done'");
    println!("2 processes, {} runs by {} of them, each once", runs(&place).len(), workers[0]);
}

#[test]
fn a_connection_is_made_only_to_the_server_that_the_certificate_names() {
    let folder = open_folder();
    let certificates = Certificates::issue(folder.path());
    let server = DatabaseServer::with_certificate(&certificates, "good");
    let url =
        |end: &str| format!("postgres://careful:${{LEDGER_PASSWORD}}@127.0.0.1:{}/sealed{end}", server.port);
    let ca = format!("\"\nca = \"{}", certificates.authority().display());
    let verified = format!("{}{ca}", url("?sslmode=verify-full"));
    let place = workplace(&verified);
    let tell = |place: &Workplace, password: &str| {
        let output = parte(place.path()).env("LEDGER_PASSWORD", password).arg("runs").output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let output = parte(place.path())
        .env("LEDGER_PASSWORD", "s3cret")
        .args(["run", "semana", "--period", "2026-03-02..2026-03-09"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));

    let (code, said) = tell(&place, "s3cre");
    assert_eq!(code, Some(7), "{said}");
    for words in [
        "failed to connect to ledger postgres://127.0.0.1:",
        "password authentication failed",
        "check user and password",
    ] {
        assert!(said.contains(words), "{words:?} is not in:\n{said}");
    }
    assert!(!said.contains("s3cre"), "{said}");
    // without the authority it is nobody's certificate
    let (code, said) = tell(&workplace(&url("?sslmode=verify-full")), "s3cret");
    assert_eq!(code, Some(7), "{said}");
    assert!(said.contains("certificate") && said.contains("check `ca`"), "{said}");
    // encrypted, whoever it is; and plain, which this server refuses for that database
    assert_eq!(tell(&workplace(&url("?sslmode=require")), "s3cret").0, Some(0));
    let (code, said) = tell(&workplace(&url("?sslmode=disable")), "s3cret");
    assert_eq!(code, Some(7), "{said}");
    assert!(said.contains("pg_hba.conf"), "{said}");

    for (name, word) in [("expired", "xpired"), ("wronghost", "not valid for name")] {
        let server = DatabaseServer::with_certificate(&certificates, name);
        let place = workplace(&verified.replace(
            &format!(":{}/", url("").split(':').next_back().unwrap().split('/').next().unwrap()),
            &format!(":{}/", server.port),
        ));
        let (code, said) = tell(&place, "s3cret");
        assert_eq!(code, Some(7), "{name}: {said}");
        assert!(said.contains(word), "{name}: {said}");
    }
}

#[test]
fn a_server_that_is_away_or_refuses_is_told_with_what_to_do() {
    let mut server = DatabaseServer::start();
    let url = |user: &str, database: &str| format!("postgres://{user}@127.0.0.1:{}/{database}", server.port);
    let (usual, unknown, guest) = (server.url(), url("parte", "nowhere"), url("guest", "record"));
    let tell = |url: &str, words: &[&str]| {
        for command in [&["runs"][..], &["run", "semana", "--period", "2026-03-02..2026-03-09"], &["serve"]] {
            let said = workplace(url).expect(7, command);
            for words in words {
                assert!(said.contains(words), "{words:?} is not in:\n{said}");
            }
        }
    };
    tell(
        &unknown,
        &["failed to connect to ledger", "database \"nowhere\" does not exist", "create database"],
    );
    for command in [&["run", "semana", "--period", "2026-03-02..2026-03-09"][..], &["serve"]] {
        let said = workplace(&guest).expect(7, command);
        for words in ["permission denied for database record", "create schema parte authorization"] {
            assert!(said.contains(words), "{words:?} is not in:\n{said}");
        }
    }
    // made by who may, it serves one who may not
    server.query("create schema parte authorization guest");
    workplace(&guest).expect(0, &["run", "semana", "--period", "2026-03-02..2026-03-09"]);
    server.stop();
    // something that takes the connection and says nothing
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let asked = Instant::now();
    let url = format!("postgres://parte@127.0.0.1:{}/record", silent.local_addr().unwrap().port());
    assert!(workplace(&url).expect(7, &["runs"]).contains("the server does not answer"));
    assert!(asked.elapsed() < Duration::from_secs(30), "took {:?}", asked.elapsed());
    tell(&usual, &["failed to connect to ledger", "refused", "see whether the server runs"]);
}

//! The program at work by itself: `tick`, `worker`, pauses, definitions read again while it runs, a stop in the middle of work.

use super::{Workplace, parte};
use crate::ledger::{artifact, delivery, run};
use crate::support::{self, UploadReceiver};
use parte::ledger::{DeliveryState, Ledger, RunFilter};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A program that goes on until it is told to stop; killed with the test.
struct Running {
    child: Child,
    log: std::path::PathBuf,
}

impl Running {
    fn start(place: &Workplace, arguments: &[&str]) -> Self {
        let logs = (0..).map(|number| place.file(&format!("{}-{number}.log", arguments[0])));
        let log = logs.into_iter().find(|log| !log.exists()).unwrap();
        let errors = std::fs::File::create(&log).unwrap();
        let child = parte(place.path()).args(arguments).stdout(Stdio::null()).stderr(errors).spawn().unwrap();
        Self { child, log }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Waits until so many lines of its log hold these words.
    fn says(&self, words: &str, times: usize) {
        until(&format!("`{words}` in the log"), || {
            let log = self.log();
            (log.lines().filter(|line| line.contains(words)).count() >= times).then_some(()).ok_or(log)
        });
    }

    fn signal(&self, signal: &str) {
        assert!(
            Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap().success()
        );
    }

    /// SIGTERM; how it ended and after how long.
    fn stop(mut self) -> (Option<i32>, Duration) {
        let asked = Instant::now();
        self.signal("-TERM");
        (self.child.wait().unwrap().code(), asked.elapsed())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until it holds; says what was seen instead.
fn until<T>(what: &str, mut holds: impl FnMut() -> Result<T, String>) -> T {
    let deadline = Instant::now() + Duration::from_secs(90);
    loop {
        match holds() {
            Ok(value) => return value,
            Err(seen) => assert!(Instant::now() < deadline, "{what}: not in time; {seen}"),
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn ask(place: &Workplace, sql: &str) -> String {
    let mut command = Command::new("sqlite3");
    support::run(command.args(["-cmd", ".timeout 10000"]).arg(place.file("parte.db")).arg(sql))
        .trim()
        .to_owned()
}

/// A workplace whose report is due every minute, and covers the week that there is data of.
fn every_minute() -> Workplace {
    let place = Workplace::new();
    place.define("every monday at 07:00", "every minute");
    place.define("previous week", "2026-03-02..2026-03-09");
    place
}

#[test]
fn a_tick_does_what_is_due_and_ends_and_two_at_once_do_it_once() {
    let place = every_minute();
    let said = place.expect(0, &["tick", "--once"]);
    assert!(said.contains("nothing was due"), "{said}");
    ask(&place, "update firing_mark set through = through - 61000000");
    let ticks: Vec<Child> = (0..3)
        .map(|_| {
            let mut tick = parte(place.path());
            tick.args(["tick", "--once"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for tick in ticks {
        let output = tick.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let fired =
        ask(&place, "select count(*) = count(distinct scheduled_for), count(*) between 1 and 2 from run");
    assert_eq!(fired, "1|1");
    assert_eq!(ask(&place, "select distinct state, attempts from run"), "done|1");
    assert_eq!(place.files("out").iter().filter(|name| !name.starts_with('.')).count(), 4);

    // What cannot be produced is the exit code, and is left for a later tick.
    std::fs::rename(place.file("data.db"), place.file("gone.db")).unwrap();
    ask(&place, "update firing_mark set through = through - 61000000; delete from run");
    let said = place.expect(4, &["tick", "--once"]);
    assert!(said.contains("queued"), "{said}");
    std::fs::rename(place.file("gone.db"), place.file("data.db")).unwrap();
    ask(&place, "update run set next_attempt_at = 0");
    let said = place.expect(0, &["tick", "--once"]);
    assert!(said.contains("done") && said.contains("4 of 4 delivered"), "{said}");
}

#[test]
fn a_paused_report_is_not_fired_until_it_goes_on() {
    let place = every_minute();
    place.expect(0, &["tick"]);
    let said = place.expect(0, &["pause", "semana", "--reason", "inventario"]);
    assert!(
        said.contains("semana is paused: its schedule fires nothing until `parte resume semana`"),
        "{said}"
    );
    let said = place.expect(0, &["pause", "semana"]);
    assert!(said.contains("semana is paused already since 20"), "{said}");
    assert_eq!(ask(&place, "select report, reason from pause"), "semana|inventario");
    ask(&place, "update firing_mark set through = through - 61000000");
    place.expect(0, &["tick"]);
    assert_eq!(ask(&place, "select count(*) from run"), "0");
    ask(&place, "update firing_mark set through = through - 61000000");
    let said = place.expect(0, &["resume", "semana"]);
    assert!(said.contains("semana goes on; due next 20"), "{said}");
    let said = place.expect(0, &["resume", "semana"]);
    assert!(said.contains("semana is not paused"), "{said}");
    assert_eq!(ask(&place, "select count(*) from run"), "0", "nothing is made up for");
    let said = place.expect(3, &["pause", "semanal"]);
    assert!(said.contains("did you mean `semana`?"), "{said}");
}

#[test]
fn a_save_or_a_sighup_has_the_definitions_read_again_and_a_broken_file_changes_nothing() {
    let place = Workplace::new();
    let begun = Instant::now();
    let serving = Running::start(&place, &["serve"]);
    until("it is at work", || {
        let marks = place.file("parte.db").exists()
            && place.parte(&["runs"]).status.success()
            && ask(&place, "select count(*) from firing_mark") == "1";
        marks.then_some(()).ok_or_else(|| serving.log())
    });
    let started = begun.elapsed();

    place.define("every monday at 07:00", "every tuesday at 07:00");
    serving.says("definitions read again", 1);
    until("the new schedule is in force", || {
        let schedules = ask(&place, "select schedule from firing_mark");
        (schedules == "every tuesday at 07:00 (America/Bogota)").then_some(()).ok_or(schedules)
    });

    place.define("every tuesday at 07:00", "every tuesdy at 07:00");
    serving.says("definitions have problems: those before stay in force", 1);
    let log = serving.log();
    let line = log.lines().find(|line| line.contains("those before stay in force")).unwrap();
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(
        (&line["problems"], &line["first"]),
        (&1.into(), &"`tuesdy` is not a day or an interval".into())
    );
    assert_eq!(line["at"], "reports.toml:17:19");
    assert_eq!(ask(&place, "select schedule from firing_mark"), "every tuesday at 07:00 (America/Bogota)");

    place.define("every tuesdy at 07:00", "every friday at 07:00");
    serving.says("definitions read again", 2);
    serving.signal("-HUP");
    serving.says("definitions read again", 3);
    place.define("sqlite:parte.db", "sqlite:elsewhere.db");
    serving.says("the ledger cannot move while the program runs", 1);
    serving.says("definitions read again", 4);
    assert!(!place.file("elsewhere.db").exists());

    // Idle: what it costs to do nothing.
    let id = serving.child.id();
    let ticks = || {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
        let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    };
    let (before, since) = (ticks(), Instant::now());
    std::thread::sleep(Duration::from_secs(6));
    let used = (ticks() - before) as f64 / 100.0 / since.elapsed().as_secs_f64() * 100.0;
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let resident: Vec<&str> =
        status.lines().filter(|line| line.starts_with("VmRSS") || line.starts_with("RssAnon")).collect();
    println!("begun within {started:?}; idle: {used:.1} % of a processor, {}", resident.join(", "));
    assert!(used < 10.0, "{used} % of a processor while nothing is due");
    let (code, took) = serving.stop();
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(5), "{took:?}");
}

/// A produced run with these deliveries of one file, in the ledger of a workplace.
fn delivering(place: &Workplace, deliveries: &[(&str, String)]) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let ledger = Ledger::open(&place.file("parte.db")).await.unwrap();
        let run = ledger.start_run(run("semana", 0), "test", Duration::from_secs(60)).await.unwrap();
        let planned = deliveries.iter().map(|(channel, recipient)| delivery(channel, recipient, 0)).collect();
        let artifact = artifact("a.csv", b"1,2\n");
        ledger.record_products(run.id, run.fence, vec![artifact], planned).await.unwrap();
        ledger.close().await;
    });
}

/// Where all deliveries stand.
fn states(place: &Workplace) -> Vec<DeliveryState> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let ledger = Ledger::open(&place.file("parte.db")).await.unwrap();
        let mut states = Vec::new();
        for run in ledger.runs(&RunFilter::default()).await.unwrap() {
            let detail = ledger.run(run.id).await.unwrap().unwrap();
            states.extend(detail.deliveries.iter().map(|delivery| delivery.state));
        }
        ledger.close().await;
        states
    })
}

#[test]
fn sigterm_with_sixteen_of_twenty_deliveries_in_flight_releases_them_by_the_deadline_and_none_is_lost() {
    let receiver = UploadReceiver::start();
    let place = Workplace::new();
    let port = receiver.port.number();
    let channel = |name: &str, host: &str, connections: usize| {
        format!(
            "[channels.{name}]\nurl = \"http://{host}:{port}/mute/{name}\"\nmethod = \"post\"\nconnections = {connections}\n"
        )
    };
    let channels =
        format!("{}{}[channels.disk]", channel("many", "127.0.0.1", 12), channel("few", "localhost", 4));
    place.define("[channels.disk]", &channels);
    // 16 places for a kind of channel, 12 and 4 of them by what the channels say; the other four wait.
    let deliveries: Vec<(&str, String)> =
        (0..20).map(|n| (if n < 15 { "many" } else { "few" }, format!("file-{n}.csv"))).collect();
    delivering(&place, &deliveries);
    let working = Running::start(&place, &["worker", "--grace", "1"]);
    // They are with the peer, which does not answer.
    until("16 are in flight", || {
        let requests = receiver.requests().len();
        (requests >= 16).then_some(()).ok_or(format!("{requests} requests; {}", working.log()))
    });
    let sending = states(&place).iter().filter(|state| **state == DeliveryState::Sending).count();
    let (code, took) = working.stop();
    let after = states(&place);
    let held = after.iter().filter(|state| **state == DeliveryState::Sending).count();
    println!("SIGTERM with {sending} in flight: ended after {took:?}, {held} still held");
    assert_eq!((code, sending, held), (Some(0), 16, 0));
    assert!(took < Duration::from_secs(4), "{took:?}");

    // The peer answers again; each file is with it once, under its key.
    place.define("/mute/many", "/accept/many");
    place.define("/mute/few", "/accept/few");
    until("all are delivered", || {
        place.parte(&["tick", "--once"]);
        let states = states(&place);
        states.iter().all(|state| *state == DeliveryState::Done).then_some(()).ok_or(format!("{states:?}"))
    });
    let stored = receiver.stored().len();
    println!("20 deliveries, {} requests, {stored} stored, 0 lost, 0 twice", receiver.requests().len());
    assert_eq!(stored, 20);
}

#[test]
fn a_worker_does_what_others_enqueue_and_schedules_nothing() {
    let place = every_minute();
    place.expect(0, &["runs"]);
    let working = Running::start(&place, &["worker"]);
    delivering(&place, &[("disk", "a.csv".to_owned())]);
    until("it is delivered", || {
        let states = states(&place);
        (states == [DeliveryState::Done]).then_some(()).ok_or(format!("{states:?} {}", working.log()))
    });
    assert_eq!(std::fs::read(place.file("out/a.csv")).unwrap(), b"1,2\n");
    assert_eq!(ask(&place, "select count(*) from firing_mark"), "0");
    assert_eq!(working.stop().0, Some(0));
}

#[test]
fn of_two_that_serve_one_deletes_what_is_older_than_it_is_kept_for() {
    let place = Workplace::new();
    place.define("url = \"sqlite:parte.db\"", "url = \"sqlite:parte.db\"\nkeep = \"30 days\"");
    for _ in 0..3 {
        place.run_json(&["--no-deliver"]);
    }
    ask(&place, "update run set finished_at = finished_at - 31 * 86400000000 where id < 3");
    let serving = [Running::start(&place, &["serve"]), Running::start(&place, &["serve"])];
    until("old runs are gone", || {
        let left = ask(&place, "select group_concat(id) from run");
        (left == "3").then_some(()).ok_or(left)
    });
    let deleted = "runs older than they are kept for were deleted";
    until("it is said", || {
        let said: usize =
            serving.iter().map(|it| it.log().lines().filter(|line| line.contains(deleted)).count()).sum();
        (said == 1).then_some(()).ok_or(format!("{said} times"))
    });
    let left = "select (select count(*) from artifact), (select count(distinct run_id) from artifact)";
    assert_eq!(ask(&place, left), "4|1");
    println!("3 runs, 2 too old, 2 processes: 1 of them deletes 2");
    for running in serving {
        assert_eq!(running.stop().0, Some(0));
    }
}

//! Several processes on one PostgreSQL server, killed and started again at random, while reports go to Exim, vsftpd and nginx.
//! Afterwards what the peers have is held against the record. `scripts/soak` does it for longer.

use super::Workplace;
use super::delivering::{Peers, names, with_secrets};
use crate::support::{DatabaseServer, count, run, sha256};
use rand::{Rng as _, SeedableRng as _};
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What the processes do: two decide what is due, and all do it.
const COMMANDS: [&str; 6] = ["serve", "serve", "worker", "worker", "worker", "worker"];

struct Crowd<'a> {
    place: &'a Workplace,
    server: &'a DatabaseServer,
    processes: Vec<Child>,
}

impl Crowd<'_> {
    fn start(&self, command: &str) -> Child {
        let mut process = with_secrets(self.place);
        process.arg(command).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
    }

    /// Kills one and starts another in its place. What it had in hand is free at once, as if its minute were over.
    fn replace(&mut self, number: usize, command: &str) {
        let process = &mut self.processes[number];
        process.kill().expect("it can be killed");
        process.wait().expect("it ends");
        let id = process.id();
        for table in ["run", "delivery"] {
            self.server.query(&format!(
                "update {table} set lease_until = 0 where lease_until is not null and worker like '%:{id}'"
            ));
        }
        self.processes[number] = self.start(command);
    }

    /// Those that decide what is due end; workers take their places.
    fn schedule_no_more(&mut self) {
        for number in (0..COMMANDS.len()).filter(|&number| COMMANDS[number] == "serve") {
            self.replace(number, "worker");
        }
    }

    /// Tells all of them to stop: what they have in hand they bring to its end.
    fn end(mut self) {
        for process in &self.processes {
            run(Command::new("kill").args(["-TERM", &process.id().to_string()]));
        }
        for mut process in self.processes.drain(..) {
            let status = process.wait().expect("it ends");
            // one that has only just begun does not listen yet
            assert!(status.success() || status.signal() == Some(15), "{status}");
        }
    }
}

impl Drop for Crowd<'_> {
    fn drop(&mut self) {
        for process in &mut self.processes {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn until(what: &str, patience: Duration, mut reached: impl FnMut() -> bool) {
    let deadline = Instant::now() + patience;
    while !reached() {
        assert!(Instant::now() < deadline, "{what}: not within {} s", patience.as_secs());
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// So many reports, each due every minute at a second of its own: of sixty one is due every second.
fn workplace(server: &DatabaseServer, peers: &Peers, reports: usize) -> Workplace {
    let place = Workplace::new();
    peers.define(&place);
    place.define("sqlite:parte.db", &server.url());
    place.define("\"every monday at 07:00\"", "\"every minute\"\njitter = \"59 seconds\"");
    place.define("previous week", "2026-03-02..2026-03-09");
    place.define("source = \"demo\"", "source = \"demo\"\ncatch_up = \"all\"");
    // every firing makes the same report of the same week: its files are told apart by the firing
    let pattern = "file = \"{report}_{run.time}_{section}.{ext}\"\n";
    place.define("[channels.portal]\n", &format!("{pattern}[channels.portal]\n"));
    place.define("method = \"put\"\n", &format!("method = \"put\"\n{pattern}"));
    let text = std::fs::read_to_string(place.file("reports.toml")).expect("the definitions");
    let (all, one) = text.split_at(text.find("[[report]]").expect("a report"));
    let many = (0..reports).map(|n| one.replace("id = \"semana\"", &format!("id = \"semana-{n:02}\"")));
    place.write("reports.toml", &many.fold(all.to_owned(), |text, report| text + &report));
    place
}

/// As if the schedules had been seen so many minutes ago, and nobody there since.
fn owe(server: &DatabaseServer, place: &Workplace, reports: usize, firings: u32) {
    let mut first =
        with_secrets(place).arg("serve").stderr(Stdio::null()).spawn().expect("the program starts");
    let mark = "select count(*) from firing_mark";
    until("the schedules are known", Duration::from_secs(60), || {
        server.query("select to_regclass('parte.firing_mark') is not null") == ["t"]
            && server.query(mark) == [reports.to_string()]
    });
    first.kill().expect("it can be killed");
    first.wait().expect("it ends");
    let ago = u64::from(firings) * 60_000_000;
    server.query(&format!("update firing_mark set through = through - {ago}"));
}

#[test]
fn what_the_peers_have_is_what_the_record_says_however_often_processes_are_killed() {
    let length = Duration::from_secs(count(20, 300));
    let (reports, owed) = (count(2, 60), count(5, 1));
    let (server, peers) = (DatabaseServer::start(), Peers::start());
    let place = workplace(&server, &peers, reports);
    owe(&server, &place, reports, owed);
    let mut crowd = Crowd { place: &place, server: &server, processes: Vec::new() };
    crowd.processes = COMMANDS.iter().map(|command| crowd.start(command)).collect();

    let mut dice = rand_chacha::ChaCha8Rng::seed_from_u64(6);
    let begun = Instant::now();
    let mut kills = 0;
    while begun.elapsed() < length {
        std::thread::sleep(Duration::from_millis(dice.random_range(300..2_000)));
        let number = dice.random_range(0..COMMANDS.len());
        crowd.replace(number, COMMANDS[number]);
        kills += 1;
    }
    // From here on they are left in peace, and nothing more comes due; what waits for another try has its time.
    crowd.schedule_no_more();
    // what comes due in the first and in the last minute depends on where in a minute it begins
    let owed = reports * (owed as usize + (length.as_secs() as usize / 60).saturating_sub(1));
    until("everything ends", 2 * length + Duration::from_secs(300), || {
        let open = "select (select count(*) from run where finished_at is null), (select count(*) from run)";
        server.query(open)[0]
            .strip_prefix("0 ")
            .is_some_and(|runs| runs.parse().is_ok_and(|runs: usize| runs >= owed))
    });
    crowd.end();
    judge(&server, &peers, kills);
}

/// Recipients and SHA-256 of what a channel brought, by the record.
fn brought(server: &DatabaseServer, channel: &str) -> BTreeMap<String, String> {
    let sql = format!(
        "select d.recipient, a.sha256 from delivery d join artifact a on a.id = d.artifact_id
         where d.channel = '{channel}' and d.state = 'done'"
    );
    let rows = server.query(&sql);
    rows.iter()
        .filter_map(|row| row.split_once(' '))
        .map(|(name, sum)| (name.to_owned(), sum.to_owned()))
        .collect()
}

/// The same by the peer.
fn stored(folder: &Path) -> BTreeMap<String, String> {
    let visible = names(folder).into_iter().filter(|name| !name.starts_with('.'));
    visible.map(|name| (name.clone(), sha256(&std::fs::read(folder.join(&name)).expect("a file")))).collect()
}

/// What a header of a message says; a long one stands on the line after its name.
fn header(message: &str, name: &str) -> String {
    let head = message.split("\n\n").next().unwrap_or_default();
    let at = head.match_indices(name).find(|(at, _)| *at == 0 || head.as_bytes()[at - 1] == b'\n');
    let (at, _) = at.unwrap_or_else(|| panic!("{name} is not in:\n{head}"));
    head[at + name.len()..].trim_start().lines().next().unwrap_or_default().trim_end().to_owned()
}

fn number(server: &DatabaseServer, sql: &str) -> usize {
    server.query(sql)[0].parse().expect("a number")
}

fn judge(server: &DatabaseServer, peers: &Peers, kills: u32) {
    let (files, puts) = (stored(&peers.ftp.entrada()), stored(&peers.web.root().join("bearer")));
    assert_eq!(files, brought(server, "partner"), "vsftpd has what the record says");
    assert_eq!(puts, brought(server, "portal"), "nginx has what the record says");

    let done = number(server, "select count(*) from delivery where channel = 'mail' and state = 'done'");
    let held = number(server, "select count(*) from delivery where channel = 'mail' and state = 'in_doubt'");
    let doubts = number(
        server,
        "select count(*) from attempt a join delivery d on d.id = a.delivery_id
         where d.channel = 'mail' and a.outcome = 'in_doubt'",
    );
    let messages = peers.mail.messages(done);
    let told: BTreeSet<(String, String)> = messages
        .iter()
        .map(|path| {
            let message = String::from_utf8_lossy(&std::fs::read(path).expect("a message")).into_owned();
            (header(&message, "Message-ID:"), header(&message, "Envelope-to:"))
        })
        .collect();
    assert!(
        (done..=done + held).contains(&told.len()),
        "{done} done, {held} held in doubt, {} arrived",
        told.len()
    );
    let twice = messages.len() - told.len();
    assert!(twice <= doubts, "{twice} messages a second time, {doubts} tries in doubt");

    for (wrong, sql) in [
        ("deliveries that were given up", "select count(*) from delivery where state in ('dead', 'refused')"),
        ("firings that ran twice", "select count(*) - count(distinct (report, scheduled_for)) from run"),
        (
            "deliveries that were done more than once",
            "select count(*) from (select delivery_id from attempt where outcome = 'done'
                                   group by delivery_id having count(*) > 1) t",
        ),
        (
            "runs that failed but for three deaths of their workers",
            "select count(*) from run where state = 'failed' and error not like '%was not heard of again%'",
        ),
    ] {
        assert_eq!(number(server, sql), 0, "{wrong}");
    }
    let runs = number(server, "select count(*) from run");
    let given_up = number(server, "select count(*) from run where state = 'failed'");
    println!(
        "{kills} kills of {} processes, {runs} runs ({given_up} given up after three deaths), {} messages of {done} promised \
         ({twice} a second time, {doubts} tries in doubt), {} files at vsftpd, {} at nginx, 0 lost",
        COMMANDS.len(),
        messages.len(),
        files.len(),
        puts.len()
    );
}

//! `parte check --online` before real peers and real files: what it says, how it ends, and that it leaves no trace.

mod channels;
mod sources;

use crate::cli::{Peers, Workplace, parte, with_secrets};
use crate::support::sha256;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Output;

/// What is asked of the peers of a whole run here.
trait Asked {
    fn place(&self) -> Workplace;
    fn stored(&self) -> Vec<PathBuf>;
}

impl Asked for Peers {
    /// A workplace with channels to all three beside the folder.
    fn place(&self) -> Workplace {
        let place = Workplace::new();
        let channels = format!(
            r#"[channels.mail]
url = "smtp+starttls://reporter:${{MAIL_PASSWORD}}@127.0.0.1:{}"
from = "Informes Ñandú <informes@example.com>"
ca = "{}"
timeout = "5s"
[channels.partner]
url = "ftps://ftp:${{FTP_PASSWORD}}@127.0.0.1:{}/entrada"
ca = "{}"
timeout = "5s"
[channels.portal]
url = "https://127.0.0.1:{}/bearer/"
auth = {{ bearer = "${{PORTAL_TOKEN}}" }}
ca = "{}"
timeout = "5s"
[channels.disk]
"#,
            self.mail.submission.number(),
            self.mail.authority().display(),
            self.ftp.port.number(),
            self.ftp.authority().display(),
            self.web.https.number(),
            self.web.authority().display(),
        );
        place.define("[channels.disk]\n", &channels);
        place
    }

    /// Everything that lies where a delivery would put something.
    fn stored(&self) -> Vec<PathBuf> {
        let mut all = below(&self.ftp.entrada());
        all.extend(below(&self.web.root()));
        all.extend(self.mail.messages(0));
        all
    }
}

/// Every file and folder below a folder, in order.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(below(&path));
        }
        found.push(path);
    }
    found.sort();
    found
}

fn output(place: &Workplace, arguments: &[&str], secrets: &[(&str, &str)]) -> Output {
    let mut command = with_secrets(place);
    command.envs(secrets.iter().copied());
    command.args(["check", "--online"]).args(arguments).output().expect("the program starts")
}

/// What is asked in JSON must end with this exit code and never show a secret.
#[track_caller]
fn asked(place: &Workplace, exit: i32, secrets: &[(&str, &str)]) -> Value {
    let output = output(place, &["--json"], secrets);
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(exit), "{text}");
    for secret in ["s3cret", "tok123"].iter().chain(secrets.iter().map(|(_, value)| value)) {
        assert!(!text.contains(secret), "a secret was printed: {text}");
    }
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{text}"))
}

/// The answer of a channel, or of a source as a whole.
fn answer<'a>(value: &'a Value, name: &str) -> &'a Value {
    let all = value["online"].as_array().expect("answers");
    all.iter()
        .find(|answer| answer["name"] == name && answer["frame"].is_null())
        .unwrap_or_else(|| panic!("no {name} in {value}"))
}

/// The answer of a frame of the source `demo`.
fn frame<'a>(value: &'a Value, name: &str) -> &'a Value {
    let all = value["online"].as_array().expect("answers");
    all.iter()
        .find(|answer| answer["frame"]["name"] == name)
        .unwrap_or_else(|| panic!("no frame {name} in {value}"))
}

#[track_caller]
fn says(value: &Value, pieces: &[&str]) {
    let text = value.to_string();
    for piece in pieces {
        assert!(text.contains(piece), "{piece:?} is not in {text}");
    }
}

/// The problem whose words hold this piece.
#[track_caller]
fn problem<'a>(value: &'a Value, piece: &str) -> &'a Value {
    let all = value["problems"].as_array().expect("problems");
    all.iter()
        .find(|problem| problem["what"].as_str().is_some_and(|what| what.contains(piece)))
        .unwrap_or_else(|| panic!("no problem with {piece:?} in {value}"))
}

/// The line of reports.toml that a problem points at.
fn line(place: &Workplace, problem: &Value) -> String {
    let text = std::fs::read_to_string(place.file("reports.toml")).expect("the definitions");
    let number = problem["line"].as_u64().unwrap_or_else(|| panic!("no line in {problem}"));
    text.lines().nth(usize::try_from(number).expect("small") - 1).expect("that line").to_owned()
}

#[test]
fn all_is_well_and_nothing_has_changed_anywhere() {
    let peers = Peers::start();
    let place = peers.place();
    std::fs::write(peers.ftp.entrada().join("theirs.csv"), "a;b\n").unwrap();
    let stored = peers.stored();
    let files = below(place.path());
    let data = sha256(&std::fs::read(place.file("data.db")).unwrap());

    let value = asked(&place, 0, &[]);
    assert_eq!(value["problems"], serde_json::json!([]), "{value}");
    says(answer(&value, "mail"), &["STARTTLS", "logged in as reporter", "307200 bytes", "sender accepted"]);
    says(
        answer(&value, "partner"),
        &["TLS", "logged in as ftp", "the folder entrada is there", "may be written shows"],
    );
    says(answer(&value, "portal"), &["TLS", "to OPTIONS", "credentials not refused"]);
    says(answer(&value, "disk"), &["not there yet", "may be written", "MB free"]);
    says(answer(&value, "demo"), &["1 report put together"]);
    let tasks = frame(&value, "tasks");
    assert_eq!(tasks["frame"]["rows"], 6, "{tasks}");
    assert_eq!(tasks["frame"]["newest"]["scheduled_at"], "2026-03-06T15:00:00Z", "{tasks}");

    assert_eq!(peers.stored(), stored);
    assert_eq!(below(place.path()), files, "no file or folder was made");
    assert_eq!(sha256(&std::fs::read(place.file("data.db")).unwrap()), data);
    let changing: Vec<Value> =
        peers.web.requests().into_iter().filter(|request| request["method"] != "OPTIONS").collect();
    assert!(changing.is_empty(), "{changing:?}");
    let commands = peers.ftp.log();
    for verb in ["STOR", "MKD", "RNFR", "DELE", "APPE"] {
        assert!(!commands.contains(&format!("FTP command: Client \"127.0.0.1\", \"{verb}")), "{commands}");
    }
}

#[test]
fn a_person_reads_a_table() {
    let place = Workplace::new();
    let text = place.expect(0, &["check", "--online"]);
    for piece in
        ["ASKED", "source demo", "tasks", "table `tasks`: 6 rows", "newest scheduled_at", "channel disk"]
    {
        assert!(text.contains(piece), "{piece:?} is not in:\n{text}");
    }
    let plain = parte(place.path()).args(["check", "--online"]).env("LC_ALL", "C").output().unwrap();
    let plain = String::from_utf8_lossy(&plain.stdout).into_owned();
    assert!(plain.contains("ok") && !plain.contains('✓'), "{plain}");
}

#[test]
fn faults_of_the_definition_come_first_and_nobody_is_asked() {
    let place = Workplace::new();
    place.define("every monday", "every mondey");
    let text = place.expect(3, &["check", "--online"]);
    assert!(text.contains("mondey") && !text.contains("ASKED"), "{text}");
}

#[test]
fn a_source_that_fails_comes_before_a_channel_that_fails() {
    let place = Workplace::new();
    place.define("folder:out", "folder:share/out");
    place.define("sqlite:data.db", "sqlite:nowhere.db");
    asked(&place, 4, &[]);
}

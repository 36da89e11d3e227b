//! One run to a real mail server, a real FTP server and a real web server; each of them down in turn.

use super::{Workplace, parte};
use crate::support::{FtpServer, FtpTls, MailServer, WebServer, read_json, sha256};
use std::collections::BTreeMap;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

pub(crate) struct Peers {
    pub(crate) mail: MailServer,
    pub(crate) ftp: FtpServer,
    pub(crate) web: WebServer,
}

impl Peers {
    pub(crate) fn start() -> Self {
        Self { mail: MailServer::start(), ftp: FtpServer::start(FtpTls::V13), web: WebServer::start() }
    }

    /// Channels to all three in place of the folder, secrets by reference.
    pub(super) fn define(&self, place: &Workplace) {
        let channels = format!(
            r#"[channels.mail]
url = "smtp+starttls://reporter:${{MAIL_PASSWORD}}@127.0.0.1:{}"
from = "Informes Ñandú <informes@example.com>"
ca = "{}"
timeout = "5s"
[channels.partner]
url = "ftps://ftp:${{FTP_PASSWORD}}@127.0.0.1:{}/entrada"
existing = "replace"
ca = "{}"
timeout = "5s"
[channels.portal]
url = "http://127.0.0.1:{}/bearer/"
method = "put"
auth = {{ bearer = "${{PORTAL_TOKEN}}" }}
timeout = "5s"
"#,
            self.mail.submission.number(),
            self.mail.authority().display(),
            self.ftp.port.number(),
            self.ftp.authority().display(),
            self.web.http.number(),
        );
        place.define("[channels.disk]\nurl = \"folder:out\"\n", &channels);
        place.define(
            "  [[report.deliver]]\n  channel = \"disk\"\n",
            r#"  [[report.deliver]]
  channel = "mail"
  to = ["Gerencia <gerencia@example.com>", "José Muñoz <jose@example.com>"]
  formats = ["pdf", "xlsx"]
  [[report.deliver]]
  channel = "partner"
  [[report.deliver]]
  channel = "portal"
  formats = ["pdf"]
"#,
        );
    }
}

pub(crate) fn with_secrets(place: &Workplace) -> Command {
    let mut command = parte(place.path());
    command.env("MAIL_PASSWORD", "s3cret").env("FTP_PASSWORD", "s3cret").env("PORTAL_TOKEN", "tok123");
    command
}

fn run(place: &Workplace) -> serde_json::Value {
    let output = with_secrets(place)
        .args(["run", "semana", "--period", "2026-03-02..2026-03-09", "--json"])
        .output()
        .expect("the program starts");
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!log.contains("s3cret") && !log.contains("tok123"), "a secret was printed: {log}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{log}"))
}

/// States of a run's deliveries by channel.
fn states(run: &serde_json::Value) -> BTreeMap<String, Vec<String>> {
    let mut states: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for delivery in run["deliveries"].as_array().expect("deliveries") {
        let text = |key: &str| delivery[key].as_str().expect("a text").to_owned();
        states.entry(text("channel")).or_default().push(text("state"));
    }
    states
}

/// `parte serve` for as long as this lives.
struct Serving(Child);

impl Serving {
    fn start(place: &Workplace) -> Self {
        Self(
            with_secrets(place)
                .arg("serve")
                .stderr(std::process::Stdio::null())
                .spawn()
                .expect("the program starts"),
        )
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until the newest run is done.
fn wait_until_done(place: &Workplace) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let output = with_secrets(place)
            .args(["runs", "--json", "--limit", "1"])
            .output()
            .expect("the program starts");
        let runs: serde_json::Value = serde_json::from_slice(&output.stdout).expect("runs as JSON");
        if runs[0]["state"] == "done" {
            return;
        }
        assert!(Instant::now() < deadline, "not done: {runs}");
        std::thread::sleep(Duration::from_millis(300));
    }
}

#[test]
fn one_run_reaches_exim_vsftpd_and_nginx_with_the_same_bytes() {
    let peers = Peers::start();
    let place = Workplace::new();
    peers.define(&place);
    let made = run(&place);
    assert!(states(&made).values().flatten().all(|state| state == "done"), "{made}");

    let digest = |name: &str| -> String {
        let artifact = made["artifacts"].as_array().unwrap().iter().find(|a| a["name"] == name).unwrap();
        artifact["sha256"].as_str().unwrap().to_owned()
    };
    let pdf = digest("semana_20260302.pdf");
    let mut recipients = Vec::new();
    for path in peers.mail.messages(2) {
        let message = read_json("delivery_mail.py", &path);
        assert_eq!(message["defects"].as_array().map(Vec::len), Some(0), "{message}");
        let parts = message["parts"].as_array().unwrap();
        let attached = |name: &str| parts.iter().find(|part| part["name"] == name).unwrap()["sha256"].clone();
        assert_eq!(attached("semana_20260302.pdf"), pdf.as_str());
        assert_eq!(attached("semana_20260302.xlsx"), digest("semana_20260302.xlsx").as_str());
        recipients.push(message["headers"]["Envelope-to"].as_str().unwrap_or_default().to_owned());
    }
    recipients.sort();
    assert_eq!(recipients, ["gerencia@example.com", "jose@example.com"]);

    let uploaded: Vec<String> = names(&peers.ftp.entrada());
    assert_eq!(
        uploaded,
        [
            "semana_20260302.pdf",
            "semana_20260302.xlsx",
            "semana_20260302_kpis.csv",
            "semana_20260302_por-vendedor.csv"
        ]
    );
    for name in &uploaded {
        assert_eq!(sha256(&std::fs::read(peers.ftp.entrada().join(name)).unwrap()), digest(name), "{name}");
    }
    let put = std::fs::read(peers.web.root().join("bearer/semana_20260302.pdf")).expect("the upload arrived");
    assert_eq!(sha256(&put), pdf);
}

pub(super) fn names(folder: &std::path::Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_peer_that_is_down_holds_nobody_up_and_gets_its_delivery_when_it_is_back() {
    let mut peers = Peers::start();
    for down in ["mail", "partner", "portal"] {
        match down {
            "mail" => peers.mail.stop(),
            "partner" => peers.ftp.stop(),
            _ => peers.web.stop(),
        }
        let place = Workplace::new();
        peers.define(&place);
        let made = run(&place);
        for (channel, states) in states(&made) {
            let expected = if channel == down { "retry" } else { "done" };
            assert!(
                states.iter().all(|state| state == expected),
                "{down} is down, {channel} is {states:?}: {made}"
            );
        }
        match down {
            "mail" => peers.mail.restart(),
            "partner" => peers.ftp.restart(),
            _ => peers.web.restart(),
        }
        let _serving = Serving::start(&place);
        wait_until_done(&place);
    }
}

#[test]
fn a_wrong_password_is_refused_at_once_and_said() {
    let peers = Peers::start();
    let place = Workplace::new();
    peers.define(&place);
    let output = with_secrets(&place)
        .env("FTP_PASSWORD", "wrong")
        .env("MAIL_PASSWORD", "wrong")
        .args(["run", "semana", "--period", "2026-03-02..2026-03-09", "--json"])
        .output()
        .expect("the program starts");
    assert_eq!(output.status.code(), Some(6));
    let made: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let states = states(&made);
    assert!(states["partner"].iter().all(|state| state == "refused"), "{made}");
    assert!(states["mail"].iter().all(|state| state == "refused"), "{made}");
    assert!(states["portal"].iter().all(|state| state == "done"), "{made}");
    assert!(made.to_string().contains("password"), "{made}");
}

//! Secrets are told to the peer they are for and to nobody else: not to a log, an error, the ledger, an artifact or the process table.

use super::{Workplace, parte};
use crate::support::{FtpServer, FtpTls, MailServer, WebServer, open_folder};
use base64::Engine as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

const SECRETS: [(&str, &str); 5] = [
    ("MAIL_PASSWORD", "correo-XyZ-81"),
    ("FTP_PASSWORD", "entrada-Qw+9/7"),
    ("PORTAL_TOKEN", "portal-Ab=42-tk"),
    ("BASIC_PASSWORD", "basica-Lm_55"),
    ("API_KEY", "llave-Rt-77"),
];

/// Read from a file.
const IN_A_FILE: &str = "archivo-Zz-19";

/// Channels of every kind; the ports are those of real peers that refuse these secrets, or nobody's.
fn define(place: &Workplace, [mail, ftp, web]: [u16; 3]) {
    place.write("clave", &format!("{IN_A_FILE}\n"));
    place.define(
        "[channels.disk]\nurl = \"folder:out\"\n",
        &format!(
            r#"[channels.mail]
url = "smtp://reporter:${{MAIL_PASSWORD}}@127.0.0.1:{mail}"
from = "informes@example.com"
timeout = "3s"
[channels.otro]
url = "smtp+starttls://reporter:${{file:clave}}@127.0.0.1:{mail}"
from = "informes@example.com"
timeout = "3s"
[channels.ftp]
url = "ftp://ftp:${{FTP_PASSWORD}}@127.0.0.1:{ftp}/entrada"
timeout = "3s"
[channels.portal]
url = "http://127.0.0.1:{web}/bearer/"
auth = {{ bearer = "${{PORTAL_TOKEN}}" }}
timeout = "3s"
[channels.basica]
url = "http://127.0.0.1:{web}/basic/"
auth = {{ basic = "u:${{BASIC_PASSWORD}}" }}
timeout = "3s"
[channels.llave]
url = "http://127.0.0.1:{web}/key/"
auth = {{ api_key = "X-Api-Key: ${{API_KEY}}" }}
timeout = "3s"
"#
        ),
    );
    let mut deliver = String::new();
    for (channel, to) in [
        ("mail", "to = [\"ana@example.com\"]\n  "),
        ("otro", "to = [\"ana@example.com\"]\n  "),
        ("ftp", ""),
        ("portal", ""),
        ("basica", ""),
        ("llave", ""),
    ] {
        deliver.push_str(&format!(
            "  [[report.deliver]]\n  channel = \"{channel}\"\n  {to}formats = [\"pdf\"]\n"
        ));
    }
    place.define("  [[report.deliver]]\n  channel = \"disk\"\n", &deliver);
}

/// How a secret might be written: as it is, in a URL, in Base64 (alone, and with what logins put before it).
fn disguises(secret: &str) -> Vec<String> {
    let base64 = |bytes: String| base64::engine::general_purpose::STANDARD.encode(bytes);
    let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let mut all = vec![secret.to_owned(), encoded, base64(secret.to_owned())];
    for before in ["\0reporter\0", "\0ftp\0", "u:", "reporter:", "ftp:"] {
        all.push(base64(format!("{before}{secret}")).trim_end_matches('=').to_owned());
    }
    all
}

fn holds(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle.as_bytes())
}

struct Search {
    looked_at: u64,
    bytes: u64,
    found: Vec<String>,
}

impl Search {
    fn look(&mut self, what: &str, text: &[u8]) {
        self.looked_at += 1;
        self.bytes += text.len() as u64;
        for secret in SECRETS.iter().map(|it| it.1).chain([IN_A_FILE]) {
            for disguise in disguises(secret).iter().filter(|it| holds(text, it)) {
                self.found.push(format!("{disguise} ({secret}) in {what}"));
            }
        }
    }

    /// Everything below a folder but the file that holds a secret.
    fn folder(&mut self, folder: &Path) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.folder(&path);
            } else if path.file_name().is_some_and(|name| name != "clave") {
                self.look(&path.display().to_string(), &std::fs::read(&path).unwrap());
            }
        }
    }
}

#[test]
fn a_secret_is_found_in_no_log_error_ledger_artifact_or_process_table() {
    let mut search = Search { looked_at: 0, bytes: 0, found: Vec::new() };
    let (mail, ftp, web) = (MailServer::start(), FtpServer::start(FtpTls::Off), WebServer::start());
    let real = [mail.submission.number(), ftp.port.number(), web.http.number()];
    for ports in [real, [1, 1, 1]] {
        let place = Workplace::new();
        define(&place, ports);
        let temporary = open_folder();
        let command = |arguments: &[&str]| {
            let mut command = parte(place.path());
            command.args(arguments).envs(SECRETS).env("TMPDIR", temporary.path()).env("RUST_BACKTRACE", "1");
            command
        };
        for arguments in [
            &["--log", "trace", "check"][..],
            &["--log", "trace", "check", "--online", "--json"],
            &["--log", "trace", "plan", "--verbose", "--at", "2026-03-09T08:00", "semana"],
            &["--log", "trace", "run", "semana", "--period", "2026-03-02..2026-03-09", "--out", "made"],
            &["--log", "trace", "doctor"],
            &["--log", "trace", "show", "1", "--json"],
            &["--log", "trace", "retry", "--wait"],
            &["--log", "trace", "dead"],
            &["--log", "trace", "runs", "--json"],
            &["--log", "trace", "run", "no-such-report"],
        ] {
            let output = command(arguments).output().unwrap();
            search.look(&format!("standard output of {arguments:?}"), &output.stdout);
            search.look(&format!("standard error of {arguments:?}"), &output.stderr);
        }
        let log = std::fs::File::create(place.file("serve.log")).unwrap();
        let mut serving =
            command(&["--log", "trace", "serve"]).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while std::fs::metadata(place.file("serve.log")).unwrap().len() < 1_000 {
            assert!(Instant::now() < deadline, "serve says nothing");
            std::thread::sleep(Duration::from_millis(20));
        }
        for file in ["cmdline", "comm", "status"] {
            let path = format!("/proc/{}/{file}", serving.id());
            search.look(&path, &std::fs::read(&path).unwrap());
        }
        serving.kill().unwrap();
        serving.wait().unwrap();
        assert!(place.file("parte.db").is_file() && place.file("made").is_dir(), "a run was made");
        search.folder(place.path());
        search.folder(temporary.path());
    }
    println!(
        "{} secrets in {} disguises each, {} outputs and files of {} bytes looked at, {} found",
        SECRETS.len() + 1,
        disguises("x").len(),
        search.looked_at,
        search.bytes,
        search.found.len()
    );
    assert_eq!(search.found, Vec::<String>::new());
}

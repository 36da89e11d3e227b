//! `parte check --online` before real peers and real files: what it says, how it ends, and that it leaves no trace.

use crate::cli::{Peers, Workplace, parte, with_secrets};
use crate::support::{FtpServer, FtpTls, MailServer, Script, ScriptedSmtp, require_root, sha256};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

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
fn wrong_passwords_are_refused_by_each_peer_and_told_at_the_url() {
    let peers = Peers::start();
    let place = peers.place();
    let wrong = [("MAIL_PASSWORD", "wr0ng-m"), ("FTP_PASSWORD", "wr0ng-f"), ("PORTAL_TOKEN", "wr0ng-t")];
    let value = asked(&place, 6, &wrong);
    for (name, host) in [("mail", "smtp+starttls://"), ("partner", "ftps://"), ("portal", "https://")] {
        assert_eq!(answer(&value, name)["state"], "error", "{value}");
        let problem = problem(&value, &format!("of channel {name}"));
        assert!(line(&place, problem).contains(host), "{problem}");
    }
    says(&value, &["refused the login", "401"]);
    assert_eq!(peers.stored(), Vec::<PathBuf>::new());
}

#[test]
fn a_peer_that_is_down_does_not_hide_the_others() {
    let mut peers = Peers::start();
    let place = peers.place();
    peers.ftp.stop();
    let value = asked(&place, 6, &[]);
    assert_eq!(answer(&value, "partner")["state"], "error");
    says(
        problem(&value, &format!("127.0.0.1:{}", peers.ftp.port)),
        &["cannot be reached", "see that the server runs"],
    );
    for name in ["mail", "portal", "disk"] {
        assert_eq!(answer(&value, name)["state"], "ok", "{value}");
    }
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_told_in_words() {
    let peers = Peers::start();
    let place = peers.place();
    place.define(&format!("ca = \"{}\"\n", peers.mail.authority().display()), "");
    let ports = (peers.web.https.number(), peers.web.expired.number());
    place.define(&format!(":{}/bearer/", ports.0), &format!(":{}/bearer/", ports.1));
    let value = asked(&place, 6, &[]);
    says(&answer(&value, "mail")["problems"], &["cannot be trusted", "`ca` of the channel"]);
    says(&answer(&value, "portal")["problems"], &["its certificate has expired"]);
}

#[test]
fn folders_that_are_not_there_are_told_and_not_made() {
    let ftp = FtpServer::start(FtpTls::Off);
    let place = Workplace::new();
    place.define(
        "[channels.disk]\nurl = \"folder:out\"\n",
        &format!(
            "[channels.disk]\nurl = \"folder:share/out\"\n[channels.partner]\nurl = \"ftp://ftp:${{FTP_PASSWORD}}@127.0.0.1:{}/entrada/nueva\"\n",
            ftp.port
        ),
    );
    let value = asked(&place, 6, &[]);
    says(&answer(&value, "disk")["problems"], &["the folder above it is missing"]);
    let partner = answer(&value, "partner");
    assert_eq!(partner["state"], "warning", "{partner}");
    says(&partner["problems"], &["the folder nueva of entrada/nueva is not there"]);
    assert_eq!(below(&ftp.entrada()), Vec::<PathBuf>::new());
    assert!(!place.file("share").exists());
}

#[test]
fn a_folder_that_may_not_be_written_is_told() {
    require_root("a folder is given to somebody else, who then asks");
    let place = Workplace::new();
    std::fs::create_dir(place.file("out")).unwrap();
    crate::support::run(std::process::Command::new("chmod").arg("755").arg(place.file("out")));
    let nobody = std::process::Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(env!("CARGO_BIN_EXE_parte"))
        .args(["check", "--online", "--json"])
        .current_dir(place.path())
        .output()
        .expect("setpriv starts");
    let text = String::from_utf8_lossy(&nobody.stdout).into_owned();
    assert_eq!(nobody.status.code(), Some(6), "{text}{}", String::from_utf8_lossy(&nobody.stderr));
    assert!(text.contains("may not be written"), "{text}");
}

#[test]
fn a_sender_that_is_not_permitted_and_a_login_without_tls_are_refused() {
    let mail = MailServer::start();
    let place = Workplace::new();
    place.define(
        "[channels.disk]\n",
        &format!(
            "[channels.blocked]\nurl = \"smtp://127.0.0.1:{0}\"\nfrom = \"blocked@example.com\"\n[channels.bare]\nurl = \"smtp://reporter:${{MAIL_PASSWORD}}@127.0.0.1:{0}\"\nfrom = \"a@example.com\"\n[channels.relay]\nurl = \"smtp://127.0.0.1:{0}\"\nfrom = \"a@example.com\"\n[channels.disk]\n",
            mail.smtp
        ),
    );
    let value = asked(&place, 6, &[]);
    says(&answer(&value, "blocked")["problems"], &["refused the sender blocked@example.com", "5.7.1"]);
    says(&answer(&value, "bare")["problems"], &["offers no login"]);
    says(answer(&value, "relay"), &["not encrypted", "no login offered", "sender accepted"]);
    assert_eq!(mail.messages(0), Vec::<PathBuf>::new());
}

#[test]
fn a_mute_server_is_given_up_after_the_channels_timeout() {
    let mute = ScriptedSmtp::start(Script::Mute);
    let place = Workplace::new();
    place.define(
        "[channels.disk]\n",
        &format!("[channels.mail]\nurl = \"smtp://127.0.0.1:{}\"\nfrom = \"a@example.com\"\ntimeout = \"1s\"\n[channels.disk]\n", mute.port),
    );
    let started = Instant::now();
    let value = asked(&place, 6, &[]);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    says(&answer(&value, "mail")["problems"], &["no answer", "1 s"]);
}

#[test]
fn an_outbox_is_told_and_the_real_server_is_asked_all_the_same() {
    let peers = Peers::start();
    let place = peers.place();
    place.define("[brand]", "outbox = \"outbox\"\n[brand]");
    let value = asked(&place, 0, &[]);
    says(answer(&value, "mail"), &["logged in as reporter", "written to the outbox"]);
    let mut command = parte(place.path());
    let output = command.args(["check", "--online", "--json"]).output().unwrap();
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{value}");
    assert_eq!(answer(&value, "mail")["state"], "warning", "{value}");
    says(answer(&value, "mail"), &["the secret of channel mail is not set"]);
    assert!(!place.file("outbox").exists());
}

#[test]
fn a_table_and_columns_that_are_not_there_are_told_at_their_keys() {
    let place = Workplace::new();
    place.define(
        "[channels.disk]",
        "  [sources.demo.tasks]\n  columns = { seller_id = \"seler_id\", due_at = \"deu_at\" }\n  [sources.demo.sellers]\n  table = \"selers\"\n[channels.disk]",
    );
    let value = asked(&place, 4, &[]);
    let seller = problem(&value, "no column `seler_id`");
    says(seller, &["did you mean `seller_id`?"]);
    assert!(line(&place, seller).contains("seler_id"));
    let table = problem(&value, "no table `selers`");
    says(table, &["did you mean `sellers`?"]);
    assert!(line(&place, table).contains("selers"));
}

#[test]
fn a_metric_whose_column_is_missing_is_told_at_its_report_with_the_likely_column() {
    let place = Workplace::new();
    place.sql("data.db", "alter table tasks rename column sales_amount to sale_amount");
    let value = asked(&place, 4, &[]);
    let lacking = problem(&value, "tasks.sales_amount");
    says(lacking, &["sales_amount` has no value in report `semana`", "did you mean `sale_amount`?"]);
    assert!(line(&place, lacking).contains("semana"), "{lacking}");
}

#[test]
fn a_query_of_a_report_meets_the_columns_that_are_really_there() {
    let place = Workplace::new();
    place.define(
        "[[report.deliver]]",
        "[[report.section]]\nsql = \"select city, sales_amount from tasks\"\n[[report.deliver]]",
    );
    // the definition is right: the documented column is not in this file
    place.sql("data.db", "alter table tasks rename column sales_amount to sale_amount");
    let value = asked(&place, 4, &[]);
    says(&value, &["sales_amount", "section `sql`", "sale_amount"]);
}

#[test]
fn values_that_cannot_be_read_and_statuses_without_a_meaning_are_counted() {
    let place = Workplace::new();
    place.sql(
        "data.db",
        "update tasks set status = 'anulada' where task_id in ('t1', 't2'); update tasks set completed_at = 'ayer' where task_id = 't3'",
    );
    let value = asked(&place, 0, &[]);
    assert_eq!(frame(&value, "tasks")["state"], "warning");
    says(problem(&value, "the status of 2 of 6"), &["`anulada` (2)", "warning"]);
    says(problem(&value, "1 of 4 values of tasks.completed_at"), &["`ayer`", "warning"]);
    // not one of them can be read: the column is another
    place.sql("data.db", "update tasks set scheduled_at = '04/03/2026 10:00'");
    let value = asked(&place, 4, &[]);
    says(problem(&value, "6 of 6 values of tasks.scheduled_at"), &["an instant", "error", "ISO 8601"]);
}

#[test]
fn a_large_table_is_looked_at_all_over() {
    let place = Workplace::new();
    place.sql(
        "data.db",
        "insert into tasks(task_id, status, scheduled_at, created_at) with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)
         select 'x' || i, case when i > 19000 then 'rara' else 'pending' end, '2026-03-04T10:00:00Z', '2026-03-01T00:00:00Z' from n",
    );
    let value = asked(&place, 0, &[]);
    let tasks = frame(&value, "tasks");
    assert_eq!(tasks["frame"]["rows"], 20_006, "{tasks}");
    assert!((900..=1000).contains(&tasks["frame"]["looked_at"].as_u64().unwrap_or_default()), "{tasks}");
    says(tasks, &["`rara`"]);
}

#[test]
fn files_that_are_no_database_empty_held_or_absent_each_have_their_words() {
    let place = Workplace::new();
    place.write(
        "text.db",
        "this is a text, long enough to be looked at as a header of a database file, and it is none",
    );
    place.write("empty.db", "");
    place.sql("bare.db", "create table other(a)");
    for (file, words) in [
        ("text.db", "not a database"),
        ("empty.db", "is empty"),
        ("bare.db", "no table `tasks`, `sellers`"),
        ("nowhere.db", "does not exist"),
        (".", "is not a file"),
    ] {
        place.write(
            "reports.toml",
            &crate::cli::DEFINITIONS.replace("sqlite:data.db", &format!("sqlite:{file}")),
        );
        let value = asked(&place, 4, &[]);
        let problem = problem(&value, file);
        assert!(value.to_string().contains(words), "{words:?} is not in {value}");
        assert!(line(&place, problem).contains(file), "{problem}");
        assert_eq!(answer(&value, "disk")["state"], "ok");
    }
    assert!(!place.file("nowhere.db").exists());
    assert_eq!(std::fs::metadata(place.file("empty.db")).unwrap().len(), 0);
}

#[test]
fn a_database_in_wal_mode_gets_no_files_beside_it() {
    let place = Workplace::new();
    place.sql("data.db", "pragma journal_mode = wal");
    let files = below(place.path());
    let data = sha256(&std::fs::read(place.file("data.db")).unwrap());
    let value = asked(&place, 0, &[]);
    assert_eq!(frame(&value, "tasks")["frame"]["rows"], 6);
    assert_eq!(below(place.path()), files);
    assert_eq!(sha256(&std::fs::read(place.file("data.db")).unwrap()), data);
}

#[test]
fn a_database_that_another_program_holds_is_told_soon() {
    let place = Workplace::new();
    let mut holder = std::process::Command::new("sqlite3")
        .arg(place.file("data.db"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("sqlite3 starts");
    use std::io::{BufRead as _, Write as _};
    holder.stdin.as_mut().unwrap().write_all(b"begin exclusive;\nselect 'held';\n").unwrap();
    let mut said = String::new();
    std::io::BufReader::new(holder.stdout.as_mut().unwrap()).read_line(&mut said).unwrap();
    let started = Instant::now();
    let value = asked(&place, 4, &[]);
    let took = started.elapsed();
    drop(holder.stdin.take());
    holder.wait().unwrap();
    says(&value, &["locked", "another program holds it"]);
    assert!(took < Duration::from_secs(8), "{took:?}");
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

#[test]
fn a_source_that_no_report_reads_is_asked_for_what_it_has() {
    let place = Workplace::new();
    place.define("[channels.disk]", "[sources.spare]\nurl = \"sqlite:data.db\"\n[channels.disk]");
    let value = asked(&place, 0, &[]);
    says(answer(&value, "spare"), &["no report reads it"]);
}

//! What is asked of channels: how servers and folders that would let nothing in are told.

use super::{Asked as _, answer, asked, below, line, problem, says};
use crate::cli::{Peers, Workplace, parte};
use crate::support::{FtpServer, FtpTls, MailServer, Script, ScriptedSmtp, require_root};
use serde_json::Value;
use std::path::PathBuf;
use std::time::{Duration, Instant};

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

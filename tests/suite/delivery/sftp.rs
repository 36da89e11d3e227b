//! SFTP, against OpenSSH's server.

use super::folder::{SmallDisk, names};
use super::{address, channel, done, file, files, hostile_bytes, in_doubt, refused, retry};
use crate::support::{Script, ScriptedSmtp, SftpServer, run, sha256};
use parte::definition::{
    Channel, Existing, FilePattern, HostIdentity, KeyLogin, Placing, Secret, SftpChannel, Way,
};
use parte::deliver::{Outcome, Shipment, Welcome, deliver, probe};
use std::os::unix::fs::MetadataExt as _;
use std::process::Command;
use std::time::Duration;

pub(super) fn sftp_channel(server: &SftpServer, folder: &str) -> Channel {
    channel(Way::Sftp(SftpChannel {
        server: address(server.port.number(), "sftp", "s3cret"),
        key: None,
        identity: HostIdentity::Key(server.public_key("host")),
        folder: if folder.is_empty() { "entrada".to_owned() } else { format!("entrada/{folder}") },
        file: FilePattern::default(),
        placing: Placing::default(),
    }))
}

fn with(channel: &Channel, change: impl FnOnce(&mut SftpChannel)) -> Channel {
    let mut channel = channel.clone();
    let Way::Sftp(sftp) = &mut channel.way else { panic!("not an SFTP channel") };
    change(sftp);
    channel
}

fn with_key(server: &SftpServer, name: &str, passphrase: Option<&str>) -> Channel {
    let secret = |text: &str| Secret::new(text.to_owned());
    with(&sftp_channel(server, ""), |sftp| {
        sftp.server.login = Some(("sftp".to_owned(), None));
        sftp.key = Some(KeyLogin {
            key: Some(secret(&server.private_key(name))),
            passphrase: passphrase.map(secret),
        });
    })
}

#[tokio::test]
async fn files_arrive_whole_in_folders_that_are_made() {
    let server = SftpServer::start();
    let channel = sftp_channel(&server, "año 2026/marzo");
    let sizes = [0, 1, 40_000, 3_000_000];
    for size in sizes {
        let bytes = hostile_bytes(size);
        let name = format!("ventas ñ {size}.csv");
        let receipt = done(deliver(&channel, &file(&name, &bytes)).await);
        assert!(
            receipt.contains(&format!("synced, renamed to {name}, {} bytes equal", bytes.len())),
            "{receipt}"
        );
        let stored = std::fs::read(server.entrada().join("año 2026/marzo").join(&name)).unwrap();
        assert_eq!(sha256(&stored), sha256(&bytes), "{name}");
    }
    let empty = deliver(&channel, &file("vacío.csv", b"")).await;
    done(empty);
    assert_eq!(files(&server.entrada()).len(), sizes.len() + 1, "{:?}", files(&server.entrada()));
}

#[tokio::test]
async fn a_key_logs_in_with_its_passphrase() {
    let server = SftpServer::start();
    done(deliver(&with_key(&server, "client", None), &file("a.csv", b"1")).await);
    done(deliver(&with_key(&server, "client_locked", Some("s3cret-phrase")), &file("b.csv", b"2")).await);
    assert!(server.log().contains("Accepted publickey for sftp"), "{}", server.log());

    let locked = with_key(&server, "client_locked", None);
    refused(deliver(&locked, &file("c.csv", b"3")).await, &["encrypted", "passphrase"]);
    let wrong = with_key(&server, "client_locked", Some("wrong"));
    refused(deliver(&wrong, &file("c.csv", b"3")).await, &["cannot be opened", "`passphrase`"]);
    let rsa = with_key(&server, "client_rsa", None);
    refused(deliver(&rsa, &file("c.csv", b"3")).await, &["RSA", "ssh-keygen -t ed25519"]);
    let stranger = with(&with_key(&server, "host_ecdsa", None), |_| {});
    refused(
        deliver(&stranger, &file("c.csv", b"3")).await,
        &["refused the login", "the key of channel partner"],
    );
    let garbage = with(&with_key(&server, "client", None), |sftp| {
        let key = Some(Secret::new("s3cret".to_owned()));
        sftp.key = Some(KeyLogin { key, passphrase: None });
    });
    refused(deliver(&garbage, &file("c.csv", b"3")).await, &["cannot be read", "ssh-keygen"]);
    assert_eq!(names(&server.entrada()), ["a.csv", "b.csv"]);
}

#[tokio::test]
async fn a_wrong_password_is_refused_with_the_channel_to_mend() {
    let server = SftpServer::start();
    let wrong = with(&sftp_channel(&server, ""), |sftp| {
        sftp.server = address(server.port.number(), "sftp", "wrong-s3cret");
    });
    refused(
        deliver(&wrong, &file("a.csv", b"1")).await,
        &["refused the login", "check the user and the password of channel partner"],
    );
    let nobody = with(&sftp_channel(&server, ""), |sftp| {
        sftp.server = address(server.port.number(), "nadie", "s3cret");
    });
    refused(deliver(&nobody, &file("a.csv", b"1")).await, &["refused the login"]);
    assert!(names(&server.entrada()).is_empty());
}

#[tokio::test]
async fn a_host_key_that_is_unknown_or_changed_is_refused_before_anything_is_said() {
    let mut server = SftpServer::start();
    let channel = sftp_channel(&server, "");
    let known = server.folder().join("known_hosts");
    let by_file = with(&channel, |sftp| sftp.identity = HostIdentity::KnownHosts(known.clone()));
    let line = |host: &str, key: &str| format!("[{host}]:{} {}\n", server.port, server.public_key(key));

    std::fs::write(&known, "# nobody yet\n").unwrap();
    refused(deliver(&by_file, &file("a.csv", b"1")).await, &["SHA256:", "has none for it", "ssh-keyscan -p"]);
    std::fs::write(&known, line("otro", "host")).unwrap();
    refused(deliver(&by_file, &file("a.csv", b"1")).await, &["has none for it"]);
    assert!(!server.log().contains("Accepted"), "{}", server.log());

    // a key of any kind that is known is asked for
    for key in ["host", "host_ecdsa"] {
        std::fs::write(&known, line("localhost", key)).unwrap();
        done(deliver(&by_file, &file(&format!("{key}.csv"), b"1")).await);
    }
    run(Command::new("ssh-keygen").arg("-H").arg("-f").arg(&known));
    assert!(std::fs::read_to_string(&known).unwrap().starts_with("|1|"), "hashed names");
    done(deliver(&by_file, &file("hashed.csv", b"1")).await);
    let revoked = format!("{}@revoked * {}\n", line("localhost", "host"), server.public_key("host"));
    std::fs::write(&known, revoked).unwrap();
    refused(deliver(&by_file, &file("a.csv", b"1")).await, &["revoked"]);
    std::fs::remove_file(&known).unwrap();
    refused(deliver(&by_file, &file("a.csv", b"1")).await, &["known_hosts", "cannot be read"]);

    let logins = server.log().matches("Accepted").count();
    assert_eq!(logins, 3);
    let before = run(Command::new("ssh-keygen").arg("-lf").arg(server.folder().join("host.pub")));
    server.change_host_keys();
    let after = run(Command::new("ssh-keygen").arg("-lf").arg(server.folder().join("host.pub")));
    let print = |text: &str| text.split_whitespace().nth(1).unwrap().to_owned();
    refused(
        deliver(&channel, &file("a.csv", b"1")).await,
        &[&print(&before), &print(&after), "nothing was said to it", "write host_key = \"ssh-ed25519 AAAA"],
    );
    assert!(!server.log().contains("Accepted") && !server.log().contains("Failed"), "{}", server.log());
    assert_eq!(names(&server.entrada()), ["hashed.csv", "host.csv", "host_ecdsa.csv"]);
    println!("7 unknown, changed or revoked keys: 7 refused before authentication");
}

#[tokio::test]
async fn a_try_after_a_lost_answer_finds_its_file_and_sends_nothing() {
    let server = SftpServer::start();
    let channel = sftp_channel(&server, "");
    let shipment = file("ventas.csv", &hostile_bytes(100_000));
    done(deliver(&channel, &shipment).await);
    let stored = server.entrada().join("ventas.csv");
    let first = std::fs::metadata(&stored).unwrap().ino();
    let receipt = done(deliver(&channel, &Shipment { attempt: 2, ..shipment.clone() }).await);
    assert!(receipt.contains("since an earlier try"), "{receipt}");
    assert_eq!(std::fs::metadata(&stored).unwrap().ino(), first, "sent again");
}

#[tokio::test]
async fn a_file_of_the_same_length_that_nobody_may_read_is_not_called_ours() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = SftpServer::start();
    let channel = sftp_channel(&server, "");
    let theirs = server.entrada().join("ventas.csv");
    std::fs::write(&theirs, "ajenos!").unwrap();
    std::fs::set_permissions(&theirs, std::fs::Permissions::from_mode(0o600)).unwrap();
    let shipment = file("ventas.csv", b"nuestro");
    refused(deliver(&channel, &shipment).await, &["ventas.csv is there already"]);
    // the first try may have come so far, or never have reached the server
    let again = Shipment { attempt: 2, ..shipment };
    in_doubt(deliver(&channel, &again).await, &["ventas.csv", "may not be read", "channel partner"]);
    assert_eq!(std::fs::read(&theirs).unwrap(), b"ajenos!");
}

#[tokio::test]
async fn a_replacement_is_one_step_even_while_somebody_reads() {
    let server = SftpServer::start();
    let channel = with(&sftp_channel(&server, ""), |sftp| sftp.placing.existing = Existing::Replace);
    let versions: Vec<Vec<u8>> = (0..8_u8).map(|n| vec![b'a' + n; 200_000]).collect();
    done(deliver(&channel, &file("ventas.csv", &versions[0])).await);
    let path = server.entrada().join("ventas.csv");
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let reader = std::thread::spawn(move || {
        let mut reads = 0;
        while stopped.try_recv().is_err() {
            let read = std::fs::read(&path).expect("always there");
            assert!(read.len() == 200_000 && read.iter().all(|byte| *byte == read[0]), "half a file");
            reads += 1;
        }
        reads
    });
    for (number, version) in versions.iter().enumerate() {
        let shipment = Shipment { key: format!("run-{number}"), ..file("ventas.csv", version) };
        done(deliver(&channel, &shipment).await);
    }
    stop.send(()).unwrap();
    let reads = reader.join().unwrap();
    assert!(reads > 0);
    println!("{} replacements, {reads} reads, 0 partial, 0 missing", versions.len());
    assert_eq!(std::fs::read(server.entrada().join("ventas.csv")).unwrap(), versions[7]);
}

/// Waits until a hidden file is there.
async fn grows(server: &SftpServer) {
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while files(&server.entrada()).is_empty() {
        assert!(std::time::Instant::now() < deadline, "nothing grows");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_server_that_is_down_mute_or_gone_in_the_middle_is_tried_again() {
    let mut server = SftpServer::start();
    let channel = sftp_channel(&server, "");
    let shipment = file("ventas.csv", &hostile_bytes(30_000_000));
    let sending = tokio::spawn({
        let (channel, shipment) = (channel.clone(), shipment.clone());
        async move { deliver(&channel, &shipment).await }
    });
    grows(&server).await;
    server.stop();
    retry(sending.await.unwrap(), &["localhost:"]);
    assert!(!server.entrada().join("ventas.csv").exists(), "half a file under the final name");
    retry(deliver(&channel, &shipment).await, &["cannot be reached", "onnection refused"]);

    server.restart();
    done(deliver(&channel, &Shipment { attempt: 2, bytes: (*b"small").into(), ..shipment.clone() }).await);
    assert_eq!(files(&server.entrada()), [("ventas.csv".to_owned(), 5)]);

    let mute = ScriptedSmtp::start(Script::Mute);
    let mute = with(&channel, |sftp| sftp.server = address(mute.port, "sftp", "s3cret"));
    let mute = Channel { timeout: Duration::from_millis(500), ..mute };
    retry(deliver(&mute, &shipment).await, &["no answer", "500 ms"]);
}

#[tokio::test]
async fn what_may_not_be_written_is_refused_and_a_full_disk_waits() {
    let mut server = SftpServer::start();
    let closed = server.entrada().join("cerrada");
    std::fs::create_dir(&closed).unwrap();
    let outcome = deliver(&sftp_channel(&server, "cerrada"), &file("a.csv", b"1")).await;
    refused(outcome, &["ermission denied", "channel partner"]);
    let below = deliver(&sftp_channel(&server, "cerrada/nueva"), &file("a.csv", b"1")).await;
    refused(below, &["ermission denied", "the folder entrada/cerrada/nueva"]);
    std::fs::write(server.entrada().join("plain"), "").unwrap();
    let in_file = deliver(&sftp_channel(&server, "plain"), &file("a.csv", b"1")).await;
    refused(in_file, &["a file where the folder entrada/plain should be"]);
    std::fs::create_dir(server.entrada().join("taken.csv")).unwrap();
    refused(deliver(&sftp_channel(&server, ""), &file("taken.csv", b"1")).await, &["is a folder"]);

    let disk = SmallDisk::mount_at(server.entrada(), "size=64k,mode=777");
    server.restart();
    let channel = sftp_channel(&server, "");
    let full = deliver(&channel, &file("ventas.csv", &hostile_bytes(200_000))).await;
    retry(full, &["the disk or the quota there may be full"]);
    assert!(files(&disk.path()).is_empty(), "{:?}", files(&disk.path()));
    done(deliver(&channel, &file("ventas.csv", b"1")).await);
}

#[tokio::test]
async fn hostile_names_do_not_reach_the_server() {
    let server = SftpServer::start();
    let channel = sftp_channel(&server, "");
    for name in ["../a.csv", "a/b.csv", "a\r\nb.csv", "a\nb", "", "..", ".ssh"] {
        refused(deliver(&channel, &file(name, b"1")).await, &["file name"]);
    }
    assert!(names(&server.entrada()).is_empty() && !server.log().contains("Accepted"));
}

#[tokio::test]
async fn what_a_killed_try_left_behind_is_removed_by_the_next() {
    let server = SftpServer::start();
    let channel = sftp_channel(&server, "");
    let shipment = file("ventas.csv", &hostile_bytes(30_000_000));
    let sending = tokio::spawn({
        let (channel, shipment) = (channel.clone(), shipment.clone());
        async move { deliver(&channel, &shipment).await }
    });
    grows(&server).await;
    sending.abort();
    assert!(sending.await.is_err(), "the upload was meant to be cut");
    let left = files(&server.entrada());
    assert!(left.len() == 1 && left[0].0.starts_with(".ventas.csv."), "hidden while it grows: {left:?}");
    let small = Shipment { bytes: (*b"small").into(), attempt: 2, ..shipment };
    done(deliver(&channel, &small).await);
    assert_eq!(files(&server.entrada()), [("ventas.csv".to_owned(), 5)]);
}

#[tokio::test]
async fn a_probe_says_what_it_saw_and_makes_nothing() {
    let server = SftpServer::start();
    let Welcome::Open { facts, doubts } = probe(&sftp_channel(&server, "")).await else { panic!("closed") };
    let facts = facts.join("; ");
    for word in ["host key as expected, SHA256:", "logged in as sftp", "the folder entrada is there"] {
        assert!(facts.contains(word), "{facts}");
    }
    assert!(doubts.is_empty());
    let Welcome::Open { doubts, .. } = probe(&sftp_channel(&server, "nueva")).await else { panic!("closed") };
    assert!(doubts.concat().contains("the folder entrada/nueva is not there"), "{doubts:?}");
    assert!(names(&server.entrada()).is_empty());
    let stranger = with(&sftp_channel(&server, ""), |sftp| {
        sftp.identity = HostIdentity::Key(server.public_key("client"));
    });
    let Welcome::Closed { passing: false, error } = probe(&stranger).await else { panic!("open") };
    assert!(error.contains("shows the host key SHA256:"), "{error}");
}

#[tokio::test]
async fn a_secret_that_is_not_set_is_told_without_asking_the_server() {
    let server = SftpServer::start();
    let unset = with(&sftp_channel(&server, ""), |sftp| {
        sftp.key = Some(KeyLogin { key: None, passphrase: None });
    });
    let Outcome::Refused { error } = deliver(&unset, &file("a.csv", b"1")).await else {
        panic!("not refused")
    };
    assert!(error.contains("the key of channel partner is not set"), "{error}");
}

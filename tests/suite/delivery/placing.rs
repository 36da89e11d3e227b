//! `existing` and `done`, alike at every kind of server and in folders of this machine; the judge is the folder.

use super::folder::names;
use super::ftp::ftp_channel;
use super::sftp::sftp_channel;
use super::{channel, done, file, refused};
use crate::support::{FtpServer, FtpTls, ProftpdServer, SftpServer, count};
use parte::definition::{Channel, Existing, FilePattern, FolderChannel, Placing, Way};
use parte::deliver::{Outcome, Shipment, deliver};
use std::path::{Path, PathBuf};

/// A channel, and the folder that it fills.
fn placed(channel: &Channel, existing: Existing, done: Option<&str>) -> Channel {
    let mut channel = channel.clone();
    let placing = Placing { existing, done: done.map(str::to_owned) };
    match &mut channel.way {
        Way::Ftp(ftp) => ftp.placing = placing,
        Way::Sftp(sftp) => sftp.placing = placing,
        Way::Folder(folder) => folder.placing = placing,
        other => panic!("no folder: {other:?}"),
    }
    channel
}

fn read(folder: &Path, name: &str) -> String {
    String::from_utf8(std::fs::read(folder.join(name)).unwrap()).unwrap()
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
    // theirs, and no server's user is kept from reading it
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder.join(name), std::fs::Permissions::from_mode(0o666)).unwrap();
}

/// Everything that is promised of a channel into an empty folder.
async fn keeps_its_promises(way: &Channel, folder: PathBuf) {
    let ours = |attempt| Shipment { attempt, ..file("ventas.csv", b"nuestro") };
    let marker = Some("{file}.ok");

    // refuse: theirs stays, nothing is left, no marker
    let refusing = placed(way, Existing::Refuse, marker);
    write(&folder, "ventas.csv", "ajenos!");
    for attempt in [1, 2] {
        refused(deliver(&refusing, &ours(attempt)).await, &["ventas.csv", "existing", "channel partner"]);
    }
    assert_eq!(
        (names(&folder), read(&folder, "ventas.csv")),
        (vec!["ventas.csv".to_owned()], "ajenos!".into())
    );

    // keep: both stay, and a try again finds ours where it is
    let keeping = placed(way, Existing::Keep, marker);
    write(&folder, "ventas-2.csv", "otro");
    done(deliver(&keeping, &ours(1)).await);
    let receipt = done(deliver(&keeping, &ours(2)).await);
    assert!(receipt.contains("ventas-3.csv is there since an earlier try"), "{receipt}");
    assert_eq!(names(&folder), ["ventas-2.csv", "ventas-3.csv", "ventas-3.csv.ok", "ventas.csv"]);
    assert_eq!(
        (read(&folder, "ventas.csv"), read(&folder, "ventas-3.csv")),
        ("ajenos!".into(), "nuestro".into())
    );
    assert_eq!(read(&folder, "ventas-3.csv.ok"), "");

    // replace: ours takes its place
    let replacing = placed(way, Existing::Replace, marker);
    write(&folder, "ventas.csv.ok", "");
    done(deliver(&replacing, &ours(1)).await);
    assert_eq!(
        (read(&folder, "ventas.csv"), read(&folder, "ventas.csv.ok")),
        ("nuestro".into(), String::new())
    );

    // a marker that a killed try did not come to is made by the next, and nothing is sent again
    std::fs::remove_file(folder.join("ventas.csv.ok")).unwrap();
    let receipt = done(deliver(&refusing, &ours(2)).await);
    assert!(receipt.contains("since an earlier try"), "{receipt}");
    assert_eq!(read(&folder, "ventas.csv.ok"), "");
    let expected = ["ventas-2.csv", "ventas-3.csv", "ventas-3.csv.ok", "ventas.csv", "ventas.csv.ok"];
    assert_eq!(names(&folder), expected, "hidden leftovers");
    println!("refuse, keep, replace and a marker: as promised, 0 leftovers");
}

/// Two writers of one name at the same time: where a name is given in one step, nobody's file is lost.
async fn lets_only_one_have_a_name(way: &Channel, folder: PathBuf) {
    let rounds = count(5, 200);
    let (one, two) = (vec![b'1'; 5000], vec![b'2'; 5000]);
    for round in 0..rounds {
        let shipment = |key: &str, bytes: &[u8]| Shipment {
            key: format!("{key}-{round}"),
            ..file(&format!("ventas-{round}.csv"), bytes)
        };
        let (ours, theirs) = (shipment("one", &one), shipment("two", &two));
        let existing = if round % 2 == 0 { Existing::Refuse } else { Existing::Keep };
        let channel = placed(way, existing, None);
        let both = tokio::join!(deliver(&channel, &ours), deliver(&channel, &theirs));
        let there: Vec<Vec<u8>> = names(&folder)
            .iter()
            .filter(|name| name.starts_with(&format!("ventas-{round}")))
            .map(|name| std::fs::read(folder.join(name)).unwrap())
            .collect();
        match (existing, both) {
            (Existing::Keep, (one_outcome, two_outcome)) => {
                done(one_outcome);
                done(two_outcome);
                assert!(there.len() == 2 && there.contains(&one) && there.contains(&two));
            }
            (_, (Outcome::Done { .. }, Outcome::Refused { .. })) => {
                assert_eq!(there, std::slice::from_ref(&one))
            }
            (_, (Outcome::Refused { .. }, Outcome::Done { .. })) => {
                assert_eq!(there, std::slice::from_ref(&two))
            }
            (_, both) => panic!("{both:?}"),
        }
    }
    assert!(names(&folder).iter().all(|name| !name.starts_with('.')), "hidden leftovers");
    println!("{rounds} names wanted twice at once, 0 files overwritten");
}

#[tokio::test]
async fn two_writers_of_one_name_do_not_overwrite_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let way = FolderChannel { path: path.clone(), file: FilePattern::default(), placing: Placing::default() };
    lets_only_one_have_a_name(&channel(Way::Folder(way)), path).await;
    let server = SftpServer::start();
    lets_only_one_have_a_name(&sftp_channel(&server, ""), server.entrada()).await;
}

#[tokio::test]
async fn a_folder_of_this_machine_keeps_its_promises() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let way = FolderChannel { path: path.clone(), file: FilePattern::default(), placing: Placing::default() };
    keeps_its_promises(&channel(Way::Folder(way)), path).await;
}

#[tokio::test]
async fn openssh_keeps_its_promises() {
    let server = SftpServer::start();
    keeps_its_promises(&sftp_channel(&server, ""), server.entrada()).await;
}

#[tokio::test]
async fn vsftpd_keeps_its_promises() {
    for tls in [FtpTls::Off, FtpTls::V12, FtpTls::V13] {
        let server = FtpServer::start(tls);
        keeps_its_promises(&ftp_channel(&server, tls, ""), server.entrada()).await;
    }
}

#[tokio::test]
async fn proftpd_keeps_its_promises() {
    for protocol in ["TLSv1.2", "TLSv1.3"] {
        let server = ProftpdServer::start(protocol, "");
        keeps_its_promises(&super::ftp_faults::proftpd_channel(&server), server.entrada()).await;
    }
}

//! Faults on the way to FTP servers: lost sessions, lost connections, lost answers. The judge is the server's folder.

use super::folder::SmallDisk;
use super::ftp::{ftp_channel, scripted};
use super::{address, channel, done, file, files, hostile_bytes, retry};
use crate::support::{FtpQuirk, FtpServer, FtpTls, ProftpdServer, ScriptedFtp, count, sha256};
use parte::definition::{Channel, Existing, FilePattern, FtpChannel, Placing, TlsMode, Way};
use parte::deliver::{Outcome, Shipment, deliver};
use std::time::Duration;

pub(super) fn proftpd_channel(server: &ProftpdServer) -> Channel {
    let ftp = FtpChannel {
        server: address(server.port.number(), "ftp", "s3cret"),
        tls: TlsMode::Explicit,
        folder: "entrada".to_owned(),
        file: FilePattern::default(),
        placing: Placing::default(),
    };
    Channel { ca: Some(server.authority()), ..channel(Way::Ftp(ftp)) }
}

fn replacing(mut channel: Channel) -> Channel {
    let Way::Ftp(ftp) = &mut channel.way else { panic!("not an FTP channel") };
    ftp.placing.existing = Existing::Replace;
    channel
}

/// A number below `below` that a test can repeat.
fn dice(state: &mut u64, below: u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state % below
}

#[tokio::test]
async fn uploads_resume_the_session_at_vsftpd_and_proftpd_under_tls_1_2_and_1_3() {
    let each = count(3, 100);
    for (peer, tls, protocol) in [
        ("vsftpd", FtpTls::V12, ""),
        ("vsftpd", FtpTls::V13, ""),
        ("proftpd", FtpTls::V12, "TLSv1.2"),
        ("proftpd", FtpTls::V13, "TLSv1.3"),
    ] {
        let (vsftpd, proftpd);
        let (channel, entrada) = if protocol.is_empty() {
            vsftpd = FtpServer::start(tls);
            (ftp_channel(&vsftpd, tls, ""), vsftpd.entrada())
        } else {
            proftpd = ProftpdServer::start(protocol, "");
            (proftpd_channel(&proftpd), proftpd.entrada())
        };
        let mut equal = 0;
        for number in 0..each {
            let bytes = hostile_bytes(number * 997 + 1);
            let name = format!("ventas {number}.csv");
            done(deliver(&channel, &file(&name, &bytes)).await);
            equal += usize::from(sha256(&std::fs::read(entrada.join(&name)).unwrap()) == sha256(&bytes));
        }
        let empty = files(&entrada).iter().filter(|(_, size)| *size == 0).count();
        println!("{peer} {tls:?}: {each} uploads, {equal} equal, {empty} of 0 bytes");
        assert_eq!((equal, empty, files(&entrada).len()), (each, 0, each));
    }
}

#[tokio::test]
async fn a_session_idle_past_its_tickets_life_leaves_no_empty_file_and_the_file_arrives() {
    let tries = count(1, 10);
    for protocol in ["TLSv1.2", "TLSv1.3"] {
        // reading the other file of this size takes longer than tickets and sessions live
        let settings = "TLSSessionCache internal: 1\nTransferRate RETR 100\n";
        let server = ProftpdServer::start(protocol, settings);
        let channel = replacing(proftpd_channel(&server));
        for number in 0..tries {
            let bytes = vec![b'a' + u8::try_from(number).unwrap(); 300_000];
            let mut other = bytes.clone();
            other[299_999] = b'!';
            let path = server.entrada().join("ventas.csv");
            std::fs::write(&path, &other).unwrap();
            for attempt in 1..=4 {
                let shipment =
                    Shipment { attempt, key: format!("run-{number}"), ..file("ventas.csv", &bytes) };
                match deliver(&channel, &shipment).await {
                    Outcome::Done { .. } => break,
                    Outcome::Retry { error, .. } => println!("{protocol}: put off: {error}"),
                    other => panic!("{other:?}"),
                }
                let there = std::fs::read(&path).unwrap();
                assert!(there == other || there == bytes, "{} bytes, neither file", there.len());
            }
            assert_eq!(std::fs::read(&path).unwrap(), bytes);
        }
        let rejected = server.tls_log().matches("did not reuse TLS session, rejecting").count();
        assert!(rejected >= tries, "no ticket ran out: {}", server.tls_log());
        let left = files(&server.entrada());
        assert_eq!(left, [("ventas.csv".to_owned(), 300_000)], "{}", server.tls_log());
        println!(
            "{protocol}: {tries} idle sessions, {rejected} rejected by the server, 0 files of 0 bytes accepted"
        );
    }
}

#[tokio::test]
async fn a_data_connection_cut_at_any_byte_is_made_good_by_the_next_try() {
    let (cuts, mut state) = (count(10, 200), 0x9e37_79b9_7f4a_7c15);
    let bytes = hostile_bytes(300_000);
    let mut equal = 0;
    for _ in 0..cuts {
        let cut = usize::try_from(dice(&mut state, 300_000)).unwrap();
        let server = ScriptedFtp::start(FtpQuirk::CutFirstDataAfter(cut));
        let shipment = file("ventas.csv", &bytes);
        retry(deliver(&scripted(&server), &shipment).await, &[]);
        assert!(server.files().iter().all(|(name, _)| name != "ventas.csv"), "cut at {cut}");
        done(deliver(&scripted(&server), &Shipment { attempt: 2, ..shipment }).await);
        equal += usize::from(server.files() == [("ventas.csv".to_owned(), bytes.clone())]);
    }
    println!("{cuts} cuts, 0 partial under the final name, {equal} eventually equal");
    assert_eq!(equal, cuts);
}

#[tokio::test]
async fn a_client_gone_at_any_instant_leaves_no_partial_file_at_vsftpd() {
    let (cuts, mut state) = (count(5, 200), 0x2545_f491_4f6c_dd1d);
    let server = FtpServer::start(FtpTls::V13);
    let channel = ftp_channel(&server, FtpTls::V13, "");
    let bytes = hostile_bytes(2_000_000);
    let mut cut = 0;
    for number in 0..cuts {
        let name = format!("ventas-{number}.csv");
        let path = server.entrada().join(&name);
        let mut attempt = 0;
        loop {
            attempt += 1;
            let shipment = Shipment { attempt, key: name.clone(), ..file(&name, &bytes) };
            let patience = match attempt {
                1..=3 => Duration::from_millis(dice(&mut state, 80)),
                _ => Duration::from_secs(60),
            };
            let outcome = tokio::time::timeout(patience, deliver(&channel, &shipment)).await;
            if path.exists() {
                assert_eq!(std::fs::metadata(&path).unwrap().len(), bytes.len() as u64, "partial: {name}");
            }
            match outcome {
                Ok(outcome) => {
                    done(outcome);
                    break;
                }
                Err(_) => cut += 1,
            }
        }
        assert_eq!(sha256(&std::fs::read(&path).unwrap()), sha256(&bytes));
        std::fs::remove_file(path).unwrap();
    }
    println!("{cut} sessions cut, 0 partial, {cuts} of {cuts} eventually equal");
}

#[tokio::test]
async fn a_full_disk_at_vsftpd_and_a_quota_are_waited_for_and_leave_nothing() {
    let server = FtpServer::start(FtpTls::V13);
    let disk = SmallDisk::mount_at(server.entrada(), "size=64k,mode=777");
    let channel = ftp_channel(&server, FtpTls::V13, "");
    retry(deliver(&channel, &file("ventas.csv", &hostile_bytes(200_000))).await, &["localhost:"]);
    assert!(files(&disk.path()).is_empty(), "{:?}", files(&disk.path()));
    done(deliver(&channel, &file("ventas.csv", b"1")).await);

    let server = ScriptedFtp::start(FtpQuirk::OverQuota);
    retry(deliver(&scripted(&server), &file("ventas.csv", b"1")).await, &["552", "no room"]);
    assert_eq!(server.files(), []);
}

#[tokio::test]
async fn a_server_that_is_slow_to_remove_leftovers_is_waited_for_and_gets_the_file() {
    let server = ScriptedFtp::start(FtpQuirk::SlowToRemove);
    let channel = Channel { timeout: Duration::from_secs(20), ..scripted(&server) };
    let shipment = Shipment { attempt: 2, ..file("ventas.csv", &hostile_bytes(1000)) };
    done(deliver(&channel, &shipment).await);
    assert_eq!(server.files(), [("ventas.csv".to_owned(), shipment.bytes.to_vec())]);

    // whose answer never comes is not asked anything else: the next answer would be the one to this
    let hasty = Channel { timeout: Duration::from_millis(500), ..scripted(&server) };
    let shipment = Shipment { attempt: 2, ..file("otra.csv", b"1") };
    retry(deliver(&hasty, &shipment).await, &["no answer to the removal of .otra.csv"]);
    assert_eq!(server.commands("STOR"), 1);
}

#[tokio::test]
async fn a_server_with_too_many_users_is_tried_again() {
    let server = ScriptedFtp::start(FtpQuirk::Crowded);
    retry(
        deliver(&scripted(&server), &file("ventas.csv", b"1")).await,
        &["530", "maximum number of clients"],
    );
}

#[tokio::test]
async fn a_rename_whose_answer_is_lost_is_recognised_and_not_sent_again() {
    let lost = count(10, 100);
    let mut recognised = 0;
    for number in 0..lost {
        let server = ScriptedFtp::start(FtpQuirk::RenameAnswerLost);
        let shipment = file("ventas.csv", &hostile_bytes(1000 * number));
        retry(deliver(&scripted(&server), &shipment).await, &["the name ventas.csv"]);
        let receipt = done(deliver(&scripted(&server), &Shipment { attempt: 2, ..shipment.clone() }).await);
        assert!(receipt.contains("since an earlier try"), "{receipt}");
        assert_eq!(server.files(), [("ventas.csv".to_owned(), shipment.bytes.to_vec())]);
        recognised += usize::from(server.commands("STOR") == 1);
    }
    println!(
        "{lost} answers lost, {recognised} recognised as delivered, {} uploaded again",
        lost - recognised
    );
    assert_eq!(recognised, lost);
}

//! FTP and FTPS, against vsftpd at its strictest.

use super::{address, channel, done, file, files, hostile_bytes, refused, retry};
use crate::support::{FtpQuirk, FtpServer, FtpTls, Script, ScriptedFtp, ScriptedSmtp, sha256};
use parte::definition::{Channel, Existing, FilePattern, FtpChannel, Placing, TlsMode, Way};
use parte::deliver::{Shipment, deliver};
use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, Instant};

pub(super) fn ftp_channel(server: &FtpServer, tls: FtpTls, folder: &str) -> Channel {
    let ftp = FtpChannel {
        server: address(server.port.number(), "ftp", "s3cret"),
        tls: if tls == FtpTls::Off { TlsMode::Off } else { TlsMode::Explicit },
        folder: format!("entrada/{folder}"),
        file: FilePattern::default(),
        placing: Placing::default(),
    };
    Channel { ca: Some(server.authority()), ..channel(Way::Ftp(ftp)) }
}

pub(super) fn scripted(server: &ScriptedFtp) -> Channel {
    let ftp = FtpChannel {
        server: address(server.port, "ftp", "s3cret"),
        tls: TlsMode::Off,
        folder: String::new(),
        file: FilePattern::default(),
        placing: Placing::default(),
    };
    Channel { timeout: Duration::from_secs(2), ..channel(Way::Ftp(ftp)) }
}

fn replacing(mut channel: Channel) -> Channel {
    let Way::Ftp(ftp) = &mut channel.way else { panic!("not an FTP channel") };
    ftp.placing.existing = Existing::Replace;
    channel
}

fn with_login(channel: &Channel, user: &str, password: &str) -> Channel {
    let Way::Ftp(ftp) = &channel.way else { panic!("not an FTP channel") };
    let server = address(ftp.server.port, user, password);
    Channel { way: Way::Ftp(FtpChannel { server, ..ftp.clone() }), ..channel.clone() }
}

async fn uploads_arrive(tls: FtpTls, count: usize) {
    let server = FtpServer::start(tls);
    let channel = ftp_channel(&server, tls, "año 2026/marzo");
    for number in 0..count {
        let bytes = hostile_bytes(number * 40_000);
        let name = format!("ventas ñ {number}.csv");
        let receipt = done(deliver(&channel, &file(&name, &bytes)).await);
        assert!(
            receipt.contains("226") && receipt.contains(&format!("SIZE {} equal", bytes.len())),
            "{receipt}"
        );
        let stored = std::fs::read(server.entrada().join("año 2026/marzo").join(&name)).expect("the file");
        assert_eq!(sha256(&stored), sha256(&bytes), "{name}");
    }
    let files = files(&server.entrada());
    assert_eq!(files.len(), count, "leftovers: {files:?}");
    assert!(files.iter().all(|(name, size)| *size > 0 && !name.contains(".part")), "{files:?}");
    let log = server.log();
    assert!(log.contains("\"EPSV\"") && !log.contains("\"PASV\""), "extended passive mode: {log}");
    assert_eq!(log.contains("AUTH TLS"), tls != FtpTls::Off);
}

#[tokio::test]
async fn files_arrive_over_plain_ftp() {
    uploads_arrive(FtpTls::Off, 3).await;
}

#[tokio::test]
async fn files_arrive_over_tls_1_2_where_the_data_channel_has_to_resume_the_session() {
    uploads_arrive(FtpTls::V12, 6).await;
}

#[tokio::test]
async fn files_arrive_over_tls_1_3_where_the_data_channel_has_to_resume_the_session() {
    uploads_arrive(FtpTls::V13, 6).await;
}

#[tokio::test]
async fn a_try_after_a_lost_answer_finds_its_file_and_sends_nothing() {
    for tls in [FtpTls::V12, FtpTls::V13] {
        let server = FtpServer::start(tls);
        let channel = ftp_channel(&server, tls, "");
        let shipment = file("ventas.csv", &hostile_bytes(100_000));
        done(deliver(&channel, &shipment).await);
        let first = std::fs::metadata(server.entrada().join("ventas.csv")).unwrap().ino();

        let again = Shipment { attempt: 2, ..shipment.clone() };
        let receipt = done(deliver(&channel, &again).await);
        assert!(receipt.contains("since an earlier try"), "{receipt}");
        assert_eq!(
            std::fs::metadata(server.entrada().join("ventas.csv")).unwrap().ino(),
            first,
            "sent again"
        );
        assert_eq!(server.log().matches("\"STOR").count(), 1);
    }
}

#[tokio::test]
async fn another_file_of_the_same_name_and_size_is_replaced() {
    let server = FtpServer::start(FtpTls::V13);
    let channel = replacing(ftp_channel(&server, FtpTls::V13, ""));
    let (yesterday, today) = (vec![b'a'; 5000], vec![b'b'; 5000]);
    done(deliver(&channel, &file("ventas.csv", &yesterday)).await);
    for attempt in [1, 2] {
        let shipment = Shipment { key: "run-20260314".to_owned(), attempt, ..file("ventas.csv", &today) };
        done(deliver(&channel, &shipment).await);
        assert_eq!(std::fs::read(server.entrada().join("ventas.csv")).unwrap(), today);
        std::fs::write(server.entrada().join("ventas.csv"), &yesterday).unwrap();
    }
    assert_eq!(files(&server.entrada()).len(), 1);
}

#[tokio::test]
async fn what_a_killed_try_left_behind_is_removed_by_the_next() {
    let server = FtpServer::with_settings(FtpTls::V13, "trans_chunk_size=4096\nanon_max_rate=20000\n");
    let channel = ftp_channel(&server, FtpTls::V13, "");
    let shipment = file("ventas.csv", &hostile_bytes(200_000));
    let cut = tokio::time::timeout(Duration::from_secs(2), deliver(&channel, &shipment)).await;
    assert!(cut.is_err(), "the upload was meant to be slow: {cut:?}");
    let left = files(&server.entrada());
    assert!(left.len() == 1 && left[0].0.starts_with(".ventas.csv."), "hidden while it grows: {left:?}");

    // the second try did not reach the server
    let small = Shipment { bytes: (*b"small").into(), attempt: 3, ..shipment };
    done(deliver(&channel, &small).await);
    assert_eq!(files(&server.entrada()), [("ventas.csv".to_owned(), 5)]);
}

#[tokio::test]
async fn a_wrong_password_is_refused_with_the_channel_to_mend() {
    let server = FtpServer::start(FtpTls::V13);
    let channel = with_login(&ftp_channel(&server, FtpTls::V13, ""), "ftp", "wrong-s3cret");
    let outcome = deliver(&channel, &file("a.csv", b"1")).await;
    refused(outcome, &["530", "check the user and password of channel partner"]);
    assert!(files(&server.entrada()).is_empty());
}

#[tokio::test]
async fn tls_is_never_optional_and_never_with_a_stranger() {
    let server = FtpServer::start(FtpTls::V13);
    let stranger = Channel { ca: None, ..ftp_channel(&server, FtpTls::V13, "") };
    refused(deliver(&stranger, &file("a.csv", b"1")).await, &["not signed", "`ca` of the channel"]);

    let plain = FtpServer::start(FtpTls::Off);
    refused(deliver(&ftp_channel(&plain, FtpTls::V13, ""), &file("a.csv", b"1")).await, &["AUTH TLS"]);
    assert!(!plain.log().contains("\"PASS"), "the password was sent in the clear");
}

#[tokio::test]
async fn a_server_that_is_down_mute_or_gone_in_the_middle_is_tried_again() {
    let mut server = FtpServer::with_settings(FtpTls::V13, "trans_chunk_size=4096\nanon_max_rate=50000\n");
    let channel = ftp_channel(&server, FtpTls::V13, "");
    let shipment = file("ventas.csv", &hostile_bytes(400_000));
    let sending = tokio::spawn({
        let (channel, shipment) = (channel.clone(), shipment.clone());
        async move { deliver(&channel, &shipment).await }
    });
    let deadline = Instant::now() + Duration::from_secs(60);
    while files(&server.entrada()).is_empty() {
        assert!(Instant::now() < deadline, "nothing grows");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    server.stop();
    retry(sending.await.unwrap(), &["localhost:"]);
    assert!(!server.entrada().join("ventas.csv").exists(), "half a file under the final name");

    retry(deliver(&channel, &shipment).await, &["cannot be reached", "onnection refused"]);

    server.restart();
    done(deliver(&channel, &Shipment { attempt: 2, bytes: (*b"small").into(), ..shipment.clone() }).await);
    assert_eq!(files(&server.entrada()), [("ventas.csv".to_owned(), 5)]);

    let mute = ScriptedSmtp::start(Script::Mute);
    let Way::Ftp(ftp) = &channel.way else { panic!("not an FTP channel") };
    let ftp = FtpChannel { server: address(mute.port, "ftp", "s3cret"), ..ftp.clone() };
    let channel = Channel { way: Way::Ftp(ftp), timeout: Duration::from_millis(500), ..channel };
    retry(deliver(&channel, &shipment).await, &["no answer", "500 ms"]);
}

#[tokio::test]
async fn a_folder_that_may_not_be_written_is_refused() {
    let server = FtpServer::with_settings(FtpTls::Off, "anon_upload_enable=NO\nanon_mkdir_write_enable=NO\n");
    refused(deliver(&ftp_channel(&server, FtpTls::Off, ""), &file("a.csv", b"1")).await, &["550"]);
    refused(deliver(&ftp_channel(&server, FtpTls::Off, "new"), &file("a.csv", b"1")).await, &["550", "new"]);
}

#[tokio::test]
async fn passive_mode_stands_in_where_the_extended_one_is_unknown_and_its_address_is_ignored() {
    let settings = "cmds_denied=EPSV\npasv_address=192.0.2.1\n";
    let server = FtpServer::with_settings(FtpTls::V13, settings);
    let channel = ftp_channel(&server, FtpTls::V13, "");
    let bytes = hostile_bytes(10_000);
    done(deliver(&channel, &file("ventas.csv", &bytes)).await);
    assert_eq!(std::fs::read(server.entrada().join("ventas.csv")).unwrap(), bytes);
    assert!(server.log().contains("192,0,2,1"), "the server did not announce the wrong address");
}

#[tokio::test]
async fn a_data_connection_cut_at_any_byte_never_gives_half_a_file_its_final_name() {
    let bytes = hostile_bytes(300_000);
    for cut in [0, 1, 70_000, 299_999] {
        let server = ScriptedFtp::start(FtpQuirk::CutDataAfter(cut));
        retry(deliver(&scripted(&server), &file("ventas.csv", &bytes)).await, &[]);
        assert!(server.files().iter().all(|(name, _)| name != "ventas.csv"), "cut at {cut}");
    }
    // the server believes in success, and only SIZE tells
    let server = ScriptedFtp::start(FtpQuirk::LosesTheEnd);
    retry(deliver(&scripted(&server), &file("ventas.csv", &bytes)).await, &["of the 300012 bytes"]);
    assert_eq!(server.files(), [], "the part is removed");
}

#[tokio::test]
async fn servers_of_every_habit_get_the_file() {
    let bytes = hostile_bytes(50_000);
    for quirk in [FtpQuirk::None, FtpQuirk::NoSize, FtpQuirk::RenameRefusesToReplace] {
        let server = ScriptedFtp::start(quirk);
        let channel = replacing(scripted(&server));
        done(deliver(&channel, &file("ventas.csv", b"yesterday")).await);
        let today = Shipment { key: "run-20260314".to_owned(), ..file("ventas.csv", &bytes) };
        done(deliver(&channel, &today).await);
        assert_eq!(server.files(), [("ventas.csv".to_owned(), bytes.clone())], "{quirk:?}");
        assert_eq!(server.commands("TYPE I"), 2, "binary mode");
    }
    let server = ScriptedFtp::start(FtpQuirk::DiskFull);
    retry(deliver(&scripted(&server), &file("ventas.csv", &bytes)).await, &["452", "disk full"]);
    assert_eq!(server.files(), []);
}

#[tokio::test]
async fn hostile_names_do_not_reach_the_server() {
    let server = FtpServer::start(FtpTls::Off);
    let channel = ftp_channel(&server, FtpTls::Off, "");
    for name in ["../a.csv", "a/b.csv", "a\r\nDELE b.csv", "a\nb", ""] {
        refused(deliver(&channel, &file(name, b"1")).await, &["file name"]);
    }
    assert!(files(&server.entrada()).is_empty());
}

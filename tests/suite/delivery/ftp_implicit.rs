//! FTPS that is encrypted from the first byte, against vsftpd and ProFTPD, both of which demand that data connections resume.

use super::ftp::ftp_channel;
use super::ftp_faults::proftpd_channel;
use super::{done, file, files, hostile_bytes, refused, retry};
use crate::support::{FtpServer, FtpTls, ProftpdServer, count, sha256};
use parte::definition::{Channel, Existing, TlsMode, Way};
use parte::deliver::{Shipment, Welcome, deliver, probe};
use std::path::Path;
use std::time::Duration;

const IMPLICIT: &str = "implicit_ssl=YES\n";

fn speaking(tls: TlsMode, mut channel: Channel) -> Channel {
    let Way::Ftp(ftp) = &mut channel.way else { panic!("not an FTP channel") };
    ftp.tls = tls;
    channel
}

fn implicit(server: &FtpServer, tls: FtpTls) -> Channel {
    speaking(TlsMode::Implicit, ftp_channel(server, tls, ""))
}

async fn uploads_arrive(peer: &str, channel: &Channel, entrada: &Path) {
    let each = count(3, 100);
    let mut equal = 0;
    for number in 0..each {
        let bytes = hostile_bytes(number * 40_000 + 1);
        let name = format!("ventas ñ {number}.csv");
        done(deliver(channel, &file(&name, &bytes)).await);
        equal += usize::from(sha256(&std::fs::read(entrada.join(&name)).unwrap()) == sha256(&bytes));
    }
    let there = files(entrada);
    let empty = there.iter().filter(|(_, size)| *size == 0).count();
    println!("{peer}, implicit: {each} uploads, {equal} equal, {empty} of 0 bytes");
    assert_eq!((equal, empty, there.len()), (each, 0, each), "{there:?}");
}

#[tokio::test]
async fn files_arrive_at_vsftpd_encrypted_from_the_first_byte() {
    for tls in [FtpTls::V12, FtpTls::V13] {
        let server = FtpServer::with_settings(tls, IMPLICIT);
        uploads_arrive(&format!("vsftpd {tls:?}"), &implicit(&server, tls), &server.entrada()).await;
        let log = server.log();
        assert!(log.contains("\"PROT P\"") && !log.contains("AUTH TLS"), "{log}");
    }
}

#[tokio::test]
async fn files_arrive_at_proftpd_encrypted_from_the_first_byte() {
    for protocol in ["TLSv1.2", "TLSv1.3"] {
        let server = ProftpdServer::start(protocol, "TLSOptions UseImplicitSSL\n");
        let channel = speaking(TlsMode::Implicit, proftpd_channel(&server));
        uploads_arrive(&format!("proftpd {protocol}"), &channel, &server.entrada()).await;
    }
}

#[tokio::test]
async fn a_session_that_reads_and_writes_begins_again_when_its_tickets_are_used_up() {
    for tls in [FtpTls::V12, FtpTls::V13] {
        let server = FtpServer::with_settings(tls, IMPLICIT);
        let mut channel = implicit(&server, tls);
        let Way::Ftp(ftp) = &mut channel.way else { panic!("not an FTP channel") };
        (ftp.placing.existing, ftp.placing.done) = (Existing::Replace, Some("{file}.ok".to_owned()));
        // the file of the day before is read, ours is written, and so is its marker
        for (day, letter) in [b'a', b'b', b'c'].into_iter().enumerate() {
            let shipment = Shipment { key: format!("run-{day}"), ..file("ventas.csv", &[letter; 5000]) };
            done(deliver(&channel, &shipment).await);
            assert_eq!(std::fs::read(server.entrada().join("ventas.csv")).unwrap(), *shipment.bytes);
        }
        let there = files(&server.entrada());
        assert_eq!(there, [("ventas.csv".to_owned(), 5000), ("ventas.csv.ok".to_owned(), 0)]);
    }
}

#[tokio::test]
async fn a_probe_of_an_implicit_server_is_let_in() {
    let server = FtpServer::with_settings(FtpTls::V13, IMPLICIT);
    match probe(&implicit(&server, FtpTls::V13)).await {
        Welcome::Open { facts, .. } => assert!(facts[0].contains("certificate trusted"), "{facts:?}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_stranger_is_refused_before_anything_is_said() {
    let server = FtpServer::with_settings(FtpTls::V13, IMPLICIT);
    let stranger = Channel { ca: None, ..implicit(&server, FtpTls::V13) };
    refused(deliver(&stranger, &file("a.csv", b"1")).await, &["not signed", "`ca` of the channel"]);

    let other = "rsa_cert_file=@DIR@/tls/wronghost.pem\nrsa_private_key_file=@DIR@/tls/wronghost.key\n";
    let elsewhere = FtpServer::with_settings(FtpTls::V13, &format!("{IMPLICIT}{other}"));
    let channel = implicit(&elsewhere, FtpTls::V13);
    refused(deliver(&channel, &file("a.csv", b"1")).await, &["another host name", "`url` of the channel"]);
    for server in [&server, &elsewhere] {
        assert!(!server.log().contains("\"USER"), "{}", server.log());
        assert!(files(&server.entrada()).is_empty());
    }
}

#[tokio::test]
async fn who_is_met_with_the_wrong_kind_of_tls_is_told_the_right_one() {
    let shipment = file("a.csv", b"1");
    for tls in [FtpTls::Off, FtpTls::V13] {
        let server = FtpServer::start(tls);
        let words = ["does not begin with TLS", "ftps://", "channel partner"];
        refused(deliver(&implicit(&server, tls), &shipment).await, &words);
        assert!(!server.log().contains("\"PASS"), "the password was sent in the clear");
    }
    let mut server = FtpServer::with_settings(FtpTls::V13, IMPLICIT);
    for tls in [TlsMode::Off, TlsMode::Explicit] {
        let channel = speaking(tls, implicit(&server, FtpTls::V13));
        let channel = Channel { timeout: Duration::from_millis(500), ..channel };
        retry(deliver(&channel, &shipment).await, &["no answer", "500 ms", "ftps+implicit://"]);
    }
    server.stop();
    retry(deliver(&implicit(&server, FtpTls::V13), &shipment).await, &["cannot be reached", "refused"]);
}

//! Deliveries to real peers on loopback; the judge is always the peer's own store.

mod email;
mod folder;
mod ftp;
mod ftp_faults;
mod ftp_implicit;
mod mail_connections;
mod mail_login;
mod placing;
mod s3;
mod sftp;
mod upload;
mod upload_api;
mod upload_faults;
mod webhook;

use parte::definition::{Channel, ChannelId, Secret, ServerAddress, Way};
use parte::deliver::{Outcome, Shipment};
use std::path::Path;
use std::time::Duration;

/// A channel with ten seconds of patience.
fn channel(way: Way) -> Channel {
    Channel {
        id: ChannelId::parse("partner").expect("a channel id"),
        way,
        outbox: None,
        ca: None,
        timeout: Duration::from_secs(10),
        connections: None,
    }
}

fn address(port: u16, user: &str, password: &str) -> ServerAddress {
    ServerAddress {
        host: "localhost".to_owned(),
        port,
        login: Some((user.to_owned(), Some(Secret::new(password.to_owned())))),
    }
}

fn file(name: &str, bytes: &[u8]) -> Shipment {
    Shipment {
        key: format!("run-20260313-{}", name.len()),
        name: name.to_owned(),
        recipient: name.to_owned(),
        media_type: "text/csv; charset=utf-8".to_owned(),
        bytes: bytes.into(),
        attempt: 1,
    }
}

/// Bytes that no text mode, no line-end rule and no codec leaves alone.
fn hostile_bytes(count: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    let mut bytes = b"\n.\r\n..\r\r\n\xff\xff\0".to_vec();
    bytes.extend((0..count).map(|_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_be_bytes()[0]
    }));
    bytes
}

/// Every file below, hidden ones too, with its size.
fn files(folder: &Path) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("a folder") {
            let entry = entry.expect("an entry");
            let facts = entry.metadata().expect("its facts");
            if facts.is_dir() {
                folders.push(entry.path());
            } else {
                let name = entry.path().strip_prefix(folder).expect("a path below").display().to_string();
                found.push((name, facts.len()));
            }
        }
    }
    found.sort();
    found
}

/// The receipt of a delivery that has to be done.
#[track_caller]
fn done(outcome: Outcome) -> String {
    match outcome {
        Outcome::Done { receipt } => receipt,
        other => panic!("not done: {other:?}"),
    }
}

/// The error of a delivery that has to be refused; `words` are what a person needs to act.
#[track_caller]
fn refused(outcome: Outcome, words: &[&str]) -> String {
    match outcome {
        Outcome::Refused { error } => said(error, words),
        other => panic!("not refused: {other:?}"),
    }
}

/// The error of a delivery after which its address has to be known as gone.
#[track_caller]
fn gone(outcome: Outcome, words: &[&str]) -> String {
    match outcome {
        Outcome::Gone { error } => said(error, words),
        other => panic!("not gone: {other:?}"),
    }
}

/// The error of a delivery that has to be tried again.
#[track_caller]
fn retry(outcome: Outcome, words: &[&str]) -> String {
    match outcome {
        Outcome::Retry { error, .. } => said(error, words),
        other => panic!("not to be tried again: {other:?}"),
    }
}

/// The error of a delivery that may or may not have happened.
#[track_caller]
fn in_doubt(outcome: Outcome, words: &[&str]) -> String {
    match outcome {
        Outcome::InDoubt { error } => said(error, words),
        other => panic!("not in doubt: {other:?}"),
    }
}

#[track_caller]
fn said(error: String, words: &[&str]) -> String {
    for word in words {
        assert!(error.contains(word), "{word:?} is missing in: {error}");
    }
    assert!(!error.contains("s3cret"), "a secret in: {error}");
    assert!(!error.contains('\n'), "not one line: {error}");
    error
}

/// Deliveries run on threads of a shared runtime.
#[test]
fn a_delivery_may_move_between_threads() {
    fn movable<T: Send>(_: T) {}
    let channel = channel(Way::Folder(parte::definition::FolderChannel {
        path: "x".into(),
        file: parte::definition::FilePattern::default(),
        placing: parte::definition::Placing::default(),
    }));
    movable(parte::deliver::deliver(&channel, &file("a.csv", b"")));
}

//! The worker as a process of its own that is killed at any instant while it delivers to real servers. The judge is the folder of
//! each server: looked into after each kill, and at the end.

use super::fixtures::{Child, child, childs_folder, definitions, fixed, open, query, report, run};
use super::working::{hands, over};
use crate::support::{FtpServer, FtpTls, ProftpdServer, SftpServer, count};
use parte::definition::{
    Channel, ChannelId, FilePattern, FolderChannel, FtpChannel, HostIdentity, Placing, Secret, ServerAddress,
    SftpChannel, TlsMode, Way,
};
use parte::ledger::{Ledger, RunFilter, RunState};
use parte::worker::{Options, Worker};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::watch;

/// Files of one run.
const FILES: usize = 6;

/// How the processes get to the peer: a file beside the ledger, a word a line.
fn describe(folder: &Path, words: &[String]) {
    std::fs::write(folder.join("peer"), words.join("\n")).unwrap();
}

fn channel_of(folder: &Path) -> Channel {
    let text = std::fs::read_to_string(folder.join("peer")).unwrap();
    let words: Vec<&str> = text.lines().collect();
    let server = |user: &str| ServerAddress {
        host: "localhost".to_owned(),
        port: words[1].parse().unwrap(),
        login: Some((user.to_owned(), Some(Secret::new("s3cret".to_owned())))),
    };
    let placing = Placing { done: Some("{file}.ok".to_owned()), ..Placing::default() };
    let (file, entrada) = (FilePattern::default(), "entrada".to_owned());
    let way = match words[0] {
        "sftp" => Way::Sftp(SftpChannel {
            server: server("sftp"),
            key: None,
            identity: HostIdentity::Key(words[2].to_owned()),
            folder: entrada,
            file,
            placing,
        }),
        "ftp" => Way::Ftp(FtpChannel {
            server: server("ftp"),
            tls: TlsMode::Explicit,
            folder: entrada,
            file,
            placing,
        }),
        _ => Way::Folder(FolderChannel { path: words[1].into(), file, placing }),
    };
    Channel {
        id: ChannelId::parse("drop").unwrap(),
        way,
        outbox: None,
        connections: None,
        ca: words.get(2).filter(|_| words[0] == "ftp").map(PathBuf::from),
        timeout: Duration::from_secs(10),
    }
}

fn worker(ledger: &Ledger, folder: &Path, name: String) -> Worker {
    let mut definitions = definitions(folder, vec![report("daily", "every day at 07:00")]);
    let channel = channel_of(folder);
    definitions.channels.insert(channel.id.clone(), channel);
    let options = Options { lease: Duration::from_millis(300), ..Options::named(name) };
    Worker::with_hands(ledger.clone(), fixed(definitions), options, hands(FILES))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child of the tests below"]
async fn delivers_until_killed() {
    let Some(folder) = childs_folder() else { return };
    let ledger = open(&folder).await;
    let (_stop, stopped) = watch::channel(false);
    worker(&ledger, &folder, format!("child:{}", std::process::id())).run_until(stopped).await;
}

/// The files that anybody sees, each whole; and a marker only beside its file.
fn visible(store: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut there = BTreeMap::new();
    for entry in std::fs::read_dir(store).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with('.') {
            continue;
        }
        // one that was hidden a moment ago may be looked at under a name that it has no more
        let Ok(bytes) = std::fs::read(entry.path()) else { continue };
        match name.strip_suffix(".ok") {
            Some(file) => assert!(bytes.is_empty() && store.join(file).exists(), "a marker without {file}"),
            None => {
                let text = String::from_utf8(bytes.clone()).unwrap();
                assert!(text.lines().count() == 2000 && text.ends_with('\n'), "partial: {name}");
                there.insert(name, bytes);
            }
        }
    }
    there
}

async fn nothing_is_lost(peer: &str, store: &Path, folder: &Path) {
    let kills = count(10, 1000);
    let ledger = open(folder).await;
    let mut state = 0x9e37_79b9_u32;
    for kill in 0..kills {
        let id = ledger.enqueue_run(run("daily", i64::try_from(kill).unwrap())).await.unwrap().id();
        let mut worker: Child = child("killed_peers::delivers_until_killed", folder);
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        // a run that is killed three times before it has anything to deliver has failed, which is another promise
        tokio::time::timeout(Duration::from_secs(120), async {
            while ledger.run(id).await.unwrap().unwrap().deliveries.is_empty() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        })
        .await
        .expect("something to deliver");
        // an instant, not a wait for something: from before the first file to after the last
        tokio::time::sleep(Duration::from_millis(u64::from(state % 400))).await;
        worker.kill();
        visible(store);
    }
    let last = worker(&ledger, folder, "last".to_owned());
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn(async move { last.run_until(stopped).await });
    over(&ledger).await;
    stop.send_replace(true);
    working.await.unwrap();

    let there = visible(store);
    let mut promised = 0;
    for run in ledger.runs(&RunFilter::default()).await.unwrap() {
        let detail = ledger.run(run.id).await.unwrap().unwrap();
        assert_eq!(run.state, RunState::Done, "{detail:?}");
        for delivery in detail.deliveries {
            let kept = ledger.artifact_content(delivery.artifact).await.unwrap().unwrap();
            assert_eq!(there.get(&delivery.recipient), Some(&kept), "lost: {}", delivery.recipient);
            assert!(store.join(format!("{}.ok", delivery.recipient)).exists(), "no marker");
            promised += 1;
        }
    }
    assert_eq!((promised, there.len()), (FILES * kills, FILES * kills), "a name twice");
    let abandoned = query(folder, "select count(*) from attempt where outcome = 'abandoned'").concat();
    println!(
        "{peer}: {kills} kills, {promised} files promised, {} seen, {abandoned} tries abandoned, 0 lost, 0 twice, 0 partial",
        there.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_at_any_instant_loses_nothing_at_openssh() {
    let (server, folder) = (SftpServer::start(), tempfile::tempdir().unwrap());
    describe(folder.path(), &["sftp".into(), server.port.to_string(), server.public_key("host")]);
    nothing_is_lost("openssh", &server.entrada(), folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_at_any_instant_loses_nothing_at_vsftpd() {
    let (server, folder) = (FtpServer::start(FtpTls::V13), tempfile::tempdir().unwrap());
    let authority = server.authority().display().to_string();
    describe(folder.path(), &["ftp".into(), server.port.to_string(), authority]);
    nothing_is_lost("vsftpd", &server.entrada(), folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_at_any_instant_loses_nothing_at_proftpd() {
    let (server, folder) = (ProftpdServer::start("TLSv1.3", ""), tempfile::tempdir().unwrap());
    let authority = server.authority().display().to_string();
    describe(folder.path(), &["ftp".into(), server.port.to_string(), authority]);
    nothing_is_lost("proftpd", &server.entrada(), folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_at_any_instant_loses_nothing_in_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("drop");
    std::fs::create_dir(&store).unwrap();
    describe(folder.path(), &["folder".into(), store.display().to_string()]);
    nothing_is_lost("folder", &store, folder.path()).await;
}

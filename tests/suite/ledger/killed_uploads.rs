//! A worker that uploads with PUT, killed at any instant. The judge is the folder of nginx.

use super::fixtures::{child, childs_folder, definitions, fixed, open, report, run};
use super::working::{hands, none_at_its_last_try, over};
use crate::support::{WebServer, count};
use parte::definition::{Definitions, FilePattern, HttpEndpoint, UploadChannel, UploadMethod, Way};
use parte::ledger::{RunFilter, RunState};
use parte::worker::{Options, Worker};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use tokio::sync::watch;

const FILES: usize = 20;

/// The channel `drop` leads to the server whose address stands in the folder.
fn uploading(folder: &Path) -> Definitions {
    let url = std::fs::read_to_string(folder.join("url")).unwrap();
    let mut definitions = definitions(folder, vec![report("daily", "every day at 07:00")]);
    for channel in definitions.channels.values_mut() {
        channel.way = Way::Upload(UploadChannel {
            endpoint: HttpEndpoint::new(url.parse().unwrap()),
            method: UploadMethod::Put,
            presign: None,
            file: FilePattern::default(),
        });
    }
    definitions
}

async fn worker(folder: &Path, name: String) -> Worker {
    let options = Options { lease: Duration::from_millis(300), ..Options::named(name) };
    Worker::with_hands(open(folder).await, fixed(uploading(folder)), options, hands(FILES))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child of `an_uploading_worker_killed_at_any_instant_loses_nothing`"]
async fn uploads_until_killed() {
    let Some(folder) = childs_folder() else { return };
    let (_stop, stopped) = watch::channel(false);
    worker(&folder, format!("child:{}", std::process::id())).await.run_until(stopped).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_uploading_worker_killed_at_any_instant_loses_nothing() {
    let kills = count(10, 1000);
    let server = WebServer::start();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("url"), format!("http://127.0.0.1:{}/open/", server.http)).unwrap();
    let ledger = open(folder.path()).await;
    for kill in 0..kills {
        ledger.enqueue_run(run("daily", i64::try_from(kill).unwrap())).await.unwrap();
        let mut child = child("killed_uploads::uploads_until_killed", folder.path());
        // the instant of the fault, not a wait for something: after it was started, while it works
        tokio::time::sleep(Duration::from_millis(80 + 41 * (kill as u64 % 11))).await;
        none_at_its_last_try(&ledger).await;
        child.kill();
    }
    let worker = worker(folder.path(), "the last".to_owned()).await;
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn(async move { worker.run_until(stopped).await });
    over(&ledger).await;
    stop.send_replace(true);
    working.await.unwrap();

    let mut there = BTreeMap::new();
    for entry in std::fs::read_dir(server.root().join("open")).unwrap() {
        let entry = entry.unwrap();
        there.insert(entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap());
    }
    let mut promised = 0;
    for run in ledger.runs(&RunFilter::default()).await.unwrap() {
        assert_eq!(run.state, RunState::Done, "{run:?}");
        for delivery in ledger.run(run.id).await.unwrap().unwrap().deliveries {
            let kept = ledger.artifact_content(delivery.artifact).await.unwrap().unwrap();
            assert_eq!(there.get(&delivery.recipient), Some(&kept), "{}", delivery.recipient);
            promised += 1;
        }
    }
    let puts = server.requests().len();
    println!(
        "{kills} kills, {puts} uploads seen, {} files, {promised} promised, 0 lost, 0 partial",
        there.len()
    );
    assert_eq!((promised, there.len()), (FILES * kills, FILES * kills));
}

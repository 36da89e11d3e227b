//! The worker as a process of its own that is killed or stopped at any instant. The judge is the folder it delivers to.

use super::base::{Base, both, integrity, on_server};
use super::fixtures::{LEASE, child, childs_folder, open, query, run};
use super::working::{attempts, hands, none_at_its_last_try, over, states, worker, worker_with};
use crate::support::count;
use parte::deliver::Outcome;
use parte::ledger::{DeliveryState, Finish, Pick, RunFilter, RunState};
use parte::worker::{Hands, Options};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

both! {
    a_process_stopped_past_its_lease_and_continued_is_not_believed,
    a_worker_killed_at_any_instant_loses_nothing_and_leaves_no_partial_file,
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child of `a_process_stopped_past_its_lease_and_continued_is_not_believed`"]
async fn delivers_slowly_until_killed() {
    let Some(folder) = childs_folder() else { return };
    let ledger = open(&folder).await;
    let slow = Hands {
        deliver: Arc::new(|_, _, _| {
            Box::pin(async {
                tokio::time::sleep(Duration::from_millis(150)).await;
                Outcome::Done { receipt: "by the one that was stopped".to_owned() }
            })
        }),
        ..hands(1)
    };
    let options = Options { lease: Duration::from_millis(400), ..Options::named("stopped") };
    let (_stop, stopped) = watch::channel(false);
    worker_with(&ledger, &folder, slow, options).run_until(stopped).await;
}

/// Can the ledger in this folder be written by somebody now, or does another process hold it?
fn writable(folder: &Path) -> bool {
    if on_server(folder).is_some() {
        let held = "select count(*) from pg_locks where locktype = 'transactionid' and granted
                    and pid in (select pid from pg_stat_activity where application_name = 'parte')";
        return query(folder, held) == ["0"];
    }
    let db = rusqlite::Connection::open(folder.join("ledger.db")).unwrap();
    db.busy_timeout(Duration::from_millis(250)).unwrap();
    match db.execute_batch("begin immediate; rollback") {
        Ok(()) => true,
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => false,
        Err(error) => panic!("{error}"),
    }
}

/// Are all threads of this process stopped?
fn stands_still(process: u32) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
    threads.flatten().all(|thread| {
        let stat = std::fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        stat.rsplit(") ").next().is_none_or(|words| words.is_empty() || words.starts_with('T'))
    })
}

async fn a_process_stopped_past_its_lease_and_continued_is_not_believed(folder: Base) {
    let wanted = count(3_u32, 200);
    let ledger = open(folder.path()).await;
    let mut child = child("killed::delivers_slowly_until_killed", folder.path());
    let signal = |signal: &str| {
        let sent = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status();
        assert!(sent.unwrap().success());
        // on a busy machine its threads stop one after the other
        while signal == "-STOP" && !stands_still(child.id()) {
            std::thread::sleep(Duration::from_millis(1));
        }
    };
    let (mut stops, mut refused) = (0_u32, 0);
    while refused < wanted {
        let minutes = stops;
        stops += 1;
        assert!(stops <= 3 * wanted + 10, "it has mostly finished before it is stopped");
        let id = ledger.enqueue_run(run("daily", minutes.into())).await.unwrap().id();
        let claimed = tokio::time::timeout(Duration::from_secs(120), async {
            while ledger.run(id).await.unwrap().unwrap().deliveries.first().map(|d| d.state)
                != Some(DeliveryState::Sending)
            {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            signal("-STOP");
            // Stopped inside a transaction it holds the file against everybody; that is another tale.
            while !writable(folder.path()) {
                signal("-CONT");
                tokio::time::sleep(Duration::from_millis(20)).await;
                signal("-STOP");
            }
            // Its lease ends while it is stopped, and this process takes over.
            loop {
                ledger.rescue().await.unwrap();
                let pick = Pick { run: Some(id), channel: None };
                if let Some(claimed) = ledger.claim_delivery("other", LEASE, pick).await.unwrap() {
                    break claimed;
                }
                if ledger.run(id).await.unwrap().unwrap().run.state == RunState::Done {
                    return None; // it had finished just before it was stopped
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            .into()
        })
        .await
        .unwrap();
        signal("-CONT");
        let Some(claimed) = claimed else { continue };
        tokio::time::sleep(Duration::from_millis(400)).await;
        let detail = ledger.run(id).await.unwrap().unwrap();
        assert_eq!(states(&detail), [DeliveryState::Sending], "what it says now is refused");
        let receipt = "by the other".to_owned();
        ledger.finish_delivery(claimed.id, claimed.fence, Finish::Done { receipt }).await.unwrap();
        assert_eq!(attempts(&ledger, id).await.1, ["abandoned", "done"]);
        refused += 1;
    }
    child.kill();
    println!(
        "{stops} stops, {} of them after it had finished; of {refused} stale finishes {refused} refused",
        stops - refused
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child of `a_worker_killed_at_any_instant_loses_nothing_and_leaves_no_partial_file`"]
async fn works_until_killed() {
    let Some(folder) = childs_folder() else { return };
    let ledger = open(&folder).await;
    let options = Options {
        lease: Duration::from_millis(300),
        ..Options::named(format!("child:{}", std::process::id()))
    };
    let worker = worker_with(&ledger, &folder, hands(40), options);
    let (_stop, stopped) = watch::channel(false);
    worker.run_until(stopped).await;
}

async fn a_worker_killed_at_any_instant_loses_nothing_and_leaves_no_partial_file(folder: Base) {
    let kills = count(8_u32, 200);
    let ledger = open(folder.path()).await;
    for kill in 0..kills {
        ledger.enqueue_run(run("daily", kill.into())).await.unwrap();
        let mut child = child("killed::works_until_killed", folder.path());
        // the instant of the fault, not a wait for something: after it was started, while it works
        tokio::time::sleep(Duration::from_millis(u64::from(80 + 41 * (kill % 9)))).await;
        none_at_its_last_try(&ledger).await;
        child.kill();
    }
    // What the killed ones held comes back when their leases end.
    let worker = worker(&ledger, folder.path(), hands(40));
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn(async move { worker.run_until(stopped).await });
    over(&ledger).await;
    stop.send_replace(true);
    working.await.unwrap();

    // The judge is the folder: every file once, whole, and nothing else that is visible.
    let there = files(&folder.path().join("drop"));
    let mut promised = 0;
    for run in ledger.runs(&RunFilter::default()).await.unwrap() {
        assert_eq!(run.state, RunState::Done, "{run:?}");
        for delivery in ledger.run(run.id).await.unwrap().unwrap().deliveries {
            let kept = ledger.artifact_content(delivery.artifact).await.unwrap().unwrap();
            assert_eq!(there.get(&delivery.recipient), Some(&kept), "{}", delivery.recipient);
            promised += 1;
        }
    }
    assert_eq!((promised, there.len()), (40 * kills as usize, 40 * kills as usize));
    let abandoned = query(folder.path(), "select count(*) from attempt where outcome = 'abandoned'");
    integrity(folder.path());
    println!("{kills} kills, {promised} deliveries, {abandoned:?} tries abandoned, 0 lost, 0 partial");
}

/// Names and contents of the files in a folder that are not hidden.
pub(super) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let named = entries.map(|entry| (entry.file_name().into_string().unwrap(), entry.path()));
    named
        .filter(|(name, _)| !name.starts_with('.'))
        .map(|(name, path)| (name, std::fs::read(path).unwrap()))
        .collect()
}

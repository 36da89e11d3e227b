//! What runs were made from: kept in parts, shared, and let go of.

use super::base::{Base, both, execute};
use super::fixtures::{LEASE, claimed, open, query};
use chrono::TimeDelta;
use parte::clock;
use parte::ledger::{KeptRow, Ledger, LedgerError, NewKept, Production, RunId};
use std::sync::Arc;

both! {
    a_file_of_many_parts_comes_back_whole_and_stands_once_however_many_runs_were_made_from_it,
    who_lost_a_run_keeps_nothing_of_it_and_another_try_replaces_what_was_kept,
    what_is_not_whole_is_not_taken_for_whole,
    frames_go_earlier_than_runs_and_those_of_others_stay,
}

fn file(name: &str, content: &[u8]) -> NewKept {
    NewKept { name: name.to_owned(), content: content.into() }
}

/// Ten megabytes, no two parts of which are alike.
fn large() -> Vec<u8> {
    (0..2_600_000_u32).flat_map(u32::to_le_bytes).collect()
}

fn parts(base: &Base) -> usize {
    query(base.path(), "select count(*) from kept_part")[0].parse().unwrap()
}

async fn content(ledger: &Ledger, run: RunId, name: &str) -> Option<Vec<u8>> {
    let rows = ledger.kept(run).await.unwrap();
    let row: &KeptRow = rows.iter().find(|row| row.name == name)?;
    ledger.kept_content(row).await.unwrap()
}

async fn a_file_of_many_parts_comes_back_whole_and_stands_once_however_many_runs_were_made_from_it(
    folder: Base,
) {
    let ledger = open(folder.path()).await;
    let (one, other) = (claimed(&ledger, 0).await, claimed(&ledger, 1).await);
    let large: Arc<[u8]> = large().into();
    for (run, own) in [(&one, b"one"), (&other, b"two")] {
        let files = [
            NewKept { name: "tasks.parquet".to_owned(), content: Arc::clone(&large) },
            file("own.json", own),
        ];
        ledger.keep(run.id, run.fence, &files).await.unwrap();
    }
    assert_eq!(parts(&folder), 3 + 2, "the large file once");
    for run in [one.id, other.id] {
        assert_eq!(content(&ledger, run, "tasks.parquet").await.as_deref(), Some(&*large));
    }
    assert_eq!(content(&ledger, other.id, "own.json").await.as_deref(), Some(&b"two"[..]));
    let names: Vec<(String, u64)> =
        ledger.kept(one.id).await.unwrap().into_iter().map(|it| (it.name, it.size)).collect();
    assert_eq!(names, [("own.json".to_owned(), 3), ("tasks.parquet".to_owned(), 10_400_000)]);
}

async fn who_lost_a_run_keeps_nothing_of_it_and_another_try_replaces_what_was_kept(folder: Base) {
    let ledger = open(folder.path()).await;
    let first = claimed(&ledger, 0).await;
    ledger.keep(first.id, first.fence, &[file("a", b"first"), file("b", b"first too")]).await.unwrap();
    ledger.release_run(first.id, first.fence).await.unwrap();
    let second = ledger.claim_run_by_id(first.id, "other", LEASE).await.unwrap().unwrap();
    let late = ledger.keep(first.id, first.fence, &[file("a", b"late")]).await;
    assert!(matches!(late, Err(LedgerError::Stale { .. })), "{late:?}");
    assert_eq!(content(&ledger, first.id, "a").await.as_deref(), Some(&b"first"[..]));
    ledger.keep(second.id, second.fence, &[file("a", b"second")]).await.unwrap();
    assert_eq!(ledger.kept(first.id).await.unwrap().len(), 1, "nothing is left of the first try");
    assert_eq!(content(&ledger, first.id, "a").await.as_deref(), Some(&b"second"[..]));
    ledger.forget(first.id).await.unwrap();
    assert!(ledger.kept(first.id).await.unwrap().is_empty());
}

async fn what_is_not_whole_is_not_taken_for_whole(folder: Base) {
    let ledger = open(folder.path()).await;
    let run = claimed(&ledger, 0).await;
    let files = [file("tasks.parquet", &large())];
    ledger.keep(run.id, run.fence, &files).await.unwrap();
    assert_eq!(execute(folder.path(), "delete from kept_part where number = 1"), 1);
    assert_eq!(content(&ledger, run.id, "tasks.parquet").await, None, "a part is gone");
    // As after a kill between two parts: the next try brings what is not there.
    ledger.keep(run.id, run.fence, &files).await.unwrap();
    assert_eq!(content(&ledger, run.id, "tasks.parquet").await, Some(large()));
}

async fn frames_go_earlier_than_runs_and_those_of_others_stay(folder: Base) {
    let ledger = open(folder.path()).await;
    let mut runs = Vec::new();
    for minute in 0..3 {
        let run = claimed(&ledger, minute).await;
        let own = format!("of {minute}");
        ledger
            .keep(run.id, run.fence, &[file("shared", b"shared"), file("own", own.as_bytes())])
            .await
            .unwrap();
        runs.push(run);
    }
    // Two have ended; of one of them nothing is old enough while it is not over.
    for run in &runs[..2] {
        ledger.record_production(run.id, run.fence, Production::default()).await.unwrap();
    }
    let soon = clock::now() + TimeDelta::minutes(5);
    assert_eq!(ledger.forget_kept(clock::now() - TimeDelta::minutes(5)).await.unwrap(), 0);
    assert_eq!(ledger.forget_kept(soon).await.unwrap(), 2);
    assert_eq!(parts(&folder), 2, "what is shared, and what the third was made from");
    assert!(ledger.run(runs[0].id).await.unwrap().is_some(), "the run stays");
    let third = &runs[2];
    assert_eq!(content(&ledger, third.id, "shared").await.as_deref(), Some(&b"shared"[..]));
    ledger.record_production(third.id, third.fence, Production::default()).await.unwrap();
    assert_eq!(ledger.prune(soon).await.unwrap(), 3);
    assert_eq!(parts(&folder), 0, "with the last run goes what it was made from");
}

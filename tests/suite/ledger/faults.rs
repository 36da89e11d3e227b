//! What the record survives: kills, a full disk, other processes that write, files that are no ledger.

use super::base::{Base, both, integrity, place};
use super::fixtures::{LEASE, artifact, child, childs_folder, claimed, delivery, open, query, run, take};
use crate::support::count;
use parte::ledger::{Finish, Ledger, LedgerError, Pick, RunFilter, RunState};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

both! {
    a_kill_at_any_instant_loses_nothing_that_was_acknowledged,
    many_processes_worth_of_writers_wait_for_each_other,
    a_ledger_written_by_a_newer_version_is_not_touched,
    a_value_that_parte_never_writes_is_reported_and_not_guessed,
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child of `a_kill_at_any_instant_loses_nothing_that_was_acknowledged`"]
async fn enqueues_produces_and_finishes_until_killed() {
    let Some(folder) = childs_folder() else { return };
    let ledger = open(&folder).await;
    ledger.rescue().await.unwrap();
    let name = std::process::id().to_string();
    let mut acknowledged =
        std::fs::File::options().create(true).append(true).open(folder.join("acknowledged")).unwrap();
    let first = i64::from(std::process::id()) * 100_000;
    for number in first.. {
        let id = ledger.enqueue_run(run("daily", number)).await.unwrap().id();
        acknowledged.write_all(format!("run {id} queued\n").as_bytes()).unwrap();
        let claimed = ledger.claim_run_by_id(id, &name, LEASE).await.unwrap().unwrap();
        let artifacts = vec![artifact("a.csv", &[7; 20_000]), artifact("b.csv", b"b")];
        let deliveries = vec![delivery("drop", "a", 0), delivery("drop", "b", 1)];
        ledger.record_products(id, claimed.fence, artifacts, deliveries).await.unwrap();
        acknowledged.write_all(format!("run {id} produced\n").as_bytes()).unwrap();
        while let Some(delivery) =
            ledger.claim_delivery(&name, LEASE, Pick { run: Some(id), channel: None }).await.unwrap()
        {
            let finish = Finish::Done { receipt: "stored".to_owned() };
            ledger.finish_delivery(delivery.id, delivery.fence, finish).await.unwrap();
            acknowledged.write_all(format!("delivery {} done\n", delivery.id).as_bytes()).unwrap();
        }
    }
}

/// Waits until a child has recorded something.
async fn until_it_works(folder: &Path, child: u32) {
    let done = format!("select count(*) from run where worker = '{child}'");
    let deadline = Instant::now() + Duration::from_secs(60);
    while query(folder, &done) == ["0"] {
        assert!(Instant::now() < deadline, "the child does nothing");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn a_kill_at_any_instant_loses_nothing_that_was_acknowledged(folder: Base) {
    let kills = count(15_u32, 500);
    if !folder.is_file() {
        // the server's checker finds fault with a schema that is not there yet
        open(folder.path()).await.close().await;
    }
    for kill in 0..kills {
        let mut child = child("faults::enqueues_produces_and_finishes_until_killed", folder.path());
        if !folder.is_file() {
            // connecting takes as long as the machine likes; what is looked at here begins after it
            until_it_works(folder.path(), child.id()).await;
        }
        tokio::time::sleep(Duration::from_millis(u64::from(150 + 37 * (kill % 11)))).await;
        child.kill();
        integrity(folder.path());
    }
    let acknowledged = std::fs::read_to_string(folder.path().join("acknowledged")).unwrap();
    let mut checked = 0;
    for line in acknowledged.lines() {
        let (what, id, word) = match line.split(' ').collect::<Vec<_>>()[..] {
            [what, id, word] => (what, id, word),
            _ => continue, // the last line may be cut short by the kill
        };
        let there = match word {
            "queued" => query(folder.path(), &format!("select count(*) from run where id = {id}")),
            "produced" => query(
                folder.path(),
                &format!("select count(*) / 2 from artifact where run_id = {id} and length(content) = size"),
            ),
            "done" => query(
                folder.path(),
                &format!(
                    "select count(*) from {what} where id = {id} and state = 'done' and receipt = 'stored'"
                ),
            ),
            _ => continue,
        };
        assert_eq!(there, ["1"], "{line}");
        checked += 1;
    }
    assert!(checked > 4 * kills, "the children did something: {checked} lines");
    // Half-done is never visible: a run has all its artifacts and deliveries, or none.
    assert_eq!(
        query(
            folder.path(),
            "select count(*) from run r where state not in ('queued', 'running')
             and (select count(*) from artifact where run_id = r.id) <> 2
             and (select count(*) from delivery where run_id = r.id) <> 2"
        ),
        ["0"]
    );
    println!("{kills} kills, {checked} acknowledged steps, 0 lost");
}

/// A file system of two megabytes; `None` where this user may not mount one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"])
            .arg(folder.path())
            .stderr(Stdio::null())
            .status();
        mounted.is_ok_and(|status| status.success()).then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_says_so_and_loses_no_acknowledged_run() {
    let disk =
        SmallDisk::mount().expect("mounting a small file system, which needs root: run scripts/test as root");
    let folder = disk.0.path();
    let ballast = folder.join("ballast");
    std::fs::write(&ballast, vec![1; 1_200_000]).unwrap();
    let ledger = open(folder).await;
    let mut acknowledged = Vec::new();
    let full = loop {
        // Each of a report of its own: runs of one report would wait for each other.
        match ledger.enqueue_run(run(&format!("daily-{}", acknowledged.len()), 0)).await {
            Ok(enqueued) => acknowledged.push(enqueued.id()),
            Err(error) => break error,
        }
        assert!(acknowledged.len() < 100_000, "the disk never fills");
    };
    assert!(matches!(full, LedgerError::DiskFull { .. }), "{full:?}");
    assert_eq!(full.to_string(), format!("failed to write ledger {}: the disk is full", ledger.name()));
    assert!(full.may_pass());
    assert!(acknowledged.len() > 20, "{}", acknowledged.len());
    // Nothing is handed out that could not be recorded.
    let mut handed_out = 0;
    while let Ok(Some(_)) = ledger.claim_run("w", LEASE).await {
        handed_out += 1;
    }
    assert_eq!(query(folder, "select count(*) from run where state = 'running'"), [handed_out.to_string()]);

    std::fs::remove_file(&ballast).unwrap();
    assert_eq!(ledger.runs(&RunFilter::default()).await.unwrap().len(), acknowledged.len());
    let next = ledger.claim_run("w", LEASE).await.unwrap().unwrap();
    assert!(acknowledged.contains(&next.id), "work goes on by itself");
    ledger.close().await;
    let reopened = open(folder).await;
    let mut there: Vec<_> =
        reopened.runs(&RunFilter::default()).await.unwrap().iter().map(|run| run.id).collect();
    there.reverse();
    assert_eq!(there, acknowledged);
    integrity(folder);
    reopened.close().await;
    println!(
        "disk full: {} runs acknowledged before, {} there after, 0 lost promised",
        acknowledged.len(),
        there.len()
    );
}

#[tokio::test]
async fn a_new_ledger_on_a_full_disk_or_in_no_folder_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let error = Ledger::open(&folder.path().join("missing/ledger.db")).await.unwrap_err();
    assert!(matches!(error, LedgerError::Open { .. }), "{error:?}");
    let hint = miette::Diagnostic::help(&error).unwrap().to_string();
    assert!(hint.starts_with("check that the folder exists"), "{hint}");
    let Some(disk) = SmallDisk::mount() else { return };
    let _ = std::fs::write(disk.0.path().join("ballast"), vec![1; 3_000_000]);
    let error = Ledger::open(&disk.0.path().join("ledger.db")).await.unwrap_err();
    assert!(matches!(error, LedgerError::DiskFull { .. } | LedgerError::Open { .. }), "{error:?}");
}

#[tokio::test]
async fn a_torn_tail_of_the_write_ahead_log_costs_only_what_was_not_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path()).await;
    for minutes in 0..20 {
        ledger.enqueue_run(run("daily", minutes)).await.unwrap();
    }
    // As after a power cut in the middle of the 21st: the files as they are, and half a page more.
    let after = tempfile::tempdir().unwrap();
    for name in ["ledger.db", "ledger.db-wal"] {
        std::fs::copy(folder.path().join(name), after.path().join(name)).unwrap();
    }
    let mut wal = std::fs::File::options().append(true).open(after.path().join("ledger.db-wal")).unwrap();
    wal.write_all(&[0x5a; 2100]).unwrap();
    let reopened = open(after.path()).await;
    assert_eq!(reopened.runs(&RunFilter::default()).await.unwrap().len(), 20);
    reopened.enqueue_run(run("daily", 20)).await.unwrap();
    integrity(after.path());
    println!("torn tail of the write-ahead log: 20 runs acknowledged, 20 there, 0 lost promised");
}

async fn many_processes_worth_of_writers_wait_for_each_other(folder: Base) {
    let runs = crate::support::count(40, 1000);
    // Opened at the same time too: one makes the file, the others wait for it.
    let opened = (0..8).map(|_| {
        let folder = folder.path().to_owned();
        tokio::spawn(async move { open(&folder).await })
    });
    let mut writers = tokio::task::JoinSet::new();
    for (number, ledger) in opened.collect::<Vec<_>>().into_iter().enumerate() {
        writers.spawn(async move {
            let ledger = ledger.await.unwrap();
            for minutes in 0..i64::from(runs) {
                ledger.enqueue_run(run(&format!("report-{number}"), minutes)).await.unwrap();
            }
        });
    }
    while let Some(ended) = writers.join_next().await {
        ended.unwrap();
    }
    assert_eq!(query(folder.path(), "select count(*) from run"), [(8 * runs).to_string()]);
    integrity(folder.path());
    println!("8 writers at once: {} runs acknowledged, all there, integrity ok", 8 * runs);
}

#[tokio::test]
async fn a_file_of_another_program_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    std::fs::write(
        &path,
        "not a database at all, but long enough to be read as the header of one ........................",
    )
    .unwrap();
    let error = Ledger::open(&path).await.unwrap_err();
    assert_eq!(error.to_string(), format!("{} is not a ledger: not a SQLite file", path.display()));

    std::fs::remove_file(&path).unwrap();
    rusqlite::Connection::open(&path).unwrap().execute_batch("create table customers (id integer)").unwrap();
    let error = Ledger::open(&path).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{} is not a ledger: a database of another program", path.display())
    );
    assert_eq!(query(folder.path(), "select name from sqlite_schema"), ["customers"], "nothing was added");
}

async fn a_ledger_written_by_a_newer_version_is_not_touched(folder: Base) {
    open(folder.path()).await.close().await;
    folder.execute(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
         values (900, 'to come', true, '', 0)",
    );
    let error = Ledger::open(place(folder.path())).await.unwrap_err();
    assert!(matches!(error, LedgerError::Newer { found: 900, .. }), "{error:?}");
}

async fn a_value_that_parte_never_writes_is_reported_and_not_guessed(folder: Base) {
    let ledger = open(folder.path()).await;
    let run = claimed(&ledger, 0).await;
    folder.execute("update run set period_from = '2026-02-3o' where id = 1");
    let error = ledger.run(run.id).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("ledger {} is damaged: `period_from` holds `2026-02-3o`", ledger.name())
    );
    assert!(take(&ledger, LEASE).await.is_none());
    assert_eq!(query(folder.path(), "select state from run"), [RunState::Running.as_str()]);
}

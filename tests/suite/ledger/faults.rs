//! What the record survives: kills, a full disk, other processes that write, files that are no ledger.

use super::fixtures::{
    LEASE, artifact, child, childs_folder, claimed, delivery, open, query, run, take, times,
};
use parte::ledger::{Finish, Ledger, LedgerError, Pick, RunFilter, RunState};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

fn integrity(folder: &Path) {
    assert_eq!(query(folder, "pragma integrity_check"), ["ok"]);
    assert_eq!(query(folder, "pragma foreign_key_check"), Vec::<String>::new());
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

#[tokio::test]
async fn a_kill_at_any_instant_loses_nothing_that_was_acknowledged() {
    let kills = times("PARTE_TEST_KILLS", 15);
    let folder = tempfile::tempdir().unwrap();
    for kill in 0..kills {
        let mut child = child("faults::enqueues_produces_and_finishes_until_killed", folder.path());
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
                &format!("select count(*) = 2 from artifact where run_id = {id} and length(content) = size"),
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
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_processes_worth_of_writers_wait_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    // Opened at the same time too: one makes the file, the others wait for it.
    let opened = (0..8).map(|_| {
        let folder = folder.path().to_owned();
        tokio::spawn(async move { open(&folder).await })
    });
    let mut writers = tokio::task::JoinSet::new();
    for (number, ledger) in opened.collect::<Vec<_>>().into_iter().enumerate() {
        writers.spawn(async move {
            let ledger = ledger.await.unwrap();
            for minutes in 0..40 {
                ledger.enqueue_run(run(&format!("report-{number}"), minutes)).await.unwrap();
            }
        });
    }
    while let Some(ended) = writers.join_next().await {
        ended.unwrap();
    }
    assert_eq!(query(folder.path(), "select count(*) from run"), ["320"]);
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

#[tokio::test]
async fn a_ledger_written_by_a_newer_version_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).await.close().await;
    rusqlite::Connection::open(folder.path().join("ledger.db"))
        .unwrap()
        .execute(
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
             values (900, 'to come', true, x'00', 0)",
            [],
        )
        .unwrap();
    let error = Ledger::open(&folder.path().join("ledger.db")).await.unwrap_err();
    assert!(matches!(error, LedgerError::Newer { found: 900, .. }), "{error:?}");
}

#[tokio::test]
async fn a_value_that_parte_never_writes_is_reported_and_not_guessed() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path()).await;
    let run = claimed(&ledger, 0).await;
    rusqlite::Connection::open(folder.path().join("ledger.db"))
        .unwrap()
        .execute("update run set period_from = '2026-02-3o' where id = 1", [])
        .unwrap();
    let error = ledger.run(run.id).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("ledger {} is damaged: `period_from` holds `2026-02-3o`", ledger.name())
    );
    assert!(take(&ledger, LEASE).await.is_none());
    assert_eq!(query(folder.path(), "select state from run"), [RunState::Running.as_str()]);
}

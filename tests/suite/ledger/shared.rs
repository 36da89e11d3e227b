//! A record on a server that many processes share, and that fails under them. The judge is the folder that they deliver to.

use super::base::{Base, integrity, on_server};
use super::fixtures::{artifact, child, childs_folder, delivery, open, query, run};
use super::killed::files;
use super::working::{hands, over_within, worker_with};
use crate::support::{count, database};
use parte::ledger::{Finish, Ledger, LedgerError, Pick, RunId};
use parte::worker::Options;
use rand::{Rng as _, SeedableRng as _};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How long all of it may take at most: a test that hangs says so.
const PATIENCE: Duration = Duration::from_hours(2);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child of the tests in this file"]
async fn shares_the_work_until_killed() {
    let Some(folder) = childs_folder() else { return };
    let ledger = open(&folder).await;
    let options =
        Options { lease: Duration::from_secs(2), ..Options::named(format!("child:{}", std::process::id())) };
    let (_stop, stopped) = watch::channel(false);
    worker_with(&ledger, &folder, hands(0), options).run_until(stopped).await;
}

/// Promises forty files more, numbered from `first`, however often the server breaks meanwhile.
async fn promise_forty(ledger: &Ledger, first: u32) {
    let deadline = Instant::now() + Duration::from_secs(120);
    let artifacts: Vec<_> = (first..first + 40).map(|n| artifact(&format!("{n}.csv"), &content(n))).collect();
    let planned: Vec<_> =
        artifacts.iter().enumerate().map(|(n, artifact)| delivery("drop", &artifact.name, n)).collect();
    for minutes in 40 * i64::from(first).. {
        assert!(Instant::now() < deadline, "the server does not come back");
        // a run that was begun and whose answer was lost comes to nothing when its lease ends
        let run = match ledger.start_run(run("daily", minutes), "test", Duration::from_secs(2)).await {
            Ok(run) => run,
            Err(error) if error.may_pass() => continue,
            Err(error) => panic!("{error:?}"),
        };
        let recorded = loop {
            match ledger.record_products(run.id, run.fence, artifacts.clone(), planned.clone()).await {
                Ok(()) => break true,
                Err(LedgerError::Stale { .. }) => {
                    break query_patiently(ledger, run.id).await;
                }
                Err(error) => assert!(error.may_pass() && Instant::now() < deadline, "{error:?}"),
            }
        };
        if recorded {
            return;
        }
    }
}

/// Were the products recorded although the answer was lost?
async fn query_patiently(ledger: &Ledger, run: RunId) -> bool {
    loop {
        match ledger.run(run).await {
            Ok(detail) => return detail.is_some_and(|detail| !detail.deliveries.is_empty()),
            Err(error) => assert!(error.may_pass(), "{error:?}"),
        }
    }
}

fn content(number: u32) -> Vec<u8> {
    format!("{number}\n").repeat(500).into_bytes()
}

/// Every delivery has arrived, whole and under its name; each try was ended once, and one of them did it.
fn judge(folder: &Path, deliveries: u32) {
    let there = files(&folder.join("drop"));
    assert_eq!(there.len(), deliveries as usize, "files that are there");
    for number in 0..deliveries {
        let file = there.get(&format!("{number}.csv")).unwrap_or_else(|| panic!("{number}.csv is lost"));
        assert_eq!(*file, content(number), "{number}.csv is whole");
    }
    for (wrong, sql) in [
        ("deliveries that are not done", "select count(*) from delivery where state <> 'done'"),
        (
            "fences that were not finished exactly once",
            "select count(*) from delivery d where fence <> (select count(*) from attempt where delivery_id = d.id)
                or fence <> attempts",
        ),
        (
            "deliveries that were done more than once",
            "select count(*) from (select delivery_id from attempt where outcome = 'done'
                                   group by delivery_id having count(*) <> 1) t",
        ),
        ("runs that are not done", "select count(*) from run where state <> 'done'"),
    ] {
        assert_eq!(query(folder, sql), ["0"], "{wrong}");
    }
    integrity(folder);
}

fn open_deliveries(folder: &Path) -> u32 {
    query(folder, "select count(*) from delivery where done_at is null")[0].parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn several_workers_killed_at_random_lose_nothing_and_finish_each_fence_once() {
    let (workers, deliveries) = (count(3, 8), count(320, 10_000));
    let base = Base::server();
    let folder = base.path();
    let ledger = open(folder).await;
    for first in (0..deliveries).step_by(40) {
        promise_forty(&ledger, first).await;
    }
    let start = || child("shared::shares_the_work_until_killed", folder);
    let mut children: Vec<_> = (0..workers).map(|_| start()).collect();
    let mut dice = rand_chacha::ChaCha8Rng::seed_from_u64(16);
    let begun = Instant::now();
    let mut kills = 0;
    while open_deliveries(folder) > 0 {
        assert!(begun.elapsed() < PATIENCE, "{} deliveries are still open", open_deliveries(folder));
        tokio::time::sleep(Duration::from_millis(dice.random_range(100..700))).await;
        let victim = dice.random_range(0..children.len());
        children[victim].kill();
        children[victim] = start();
        kills += 1;
    }
    drop(children);
    judge(folder, deliveries);
    let abandoned = &query(folder, "select count(*) from attempt where outcome = 'abandoned'")[0];
    println!(
        "{workers} workers, {kills} kills, {deliveries} deliveries promised, {} files seen, {abandoned} tries abandoned, \
         0 lost, 0 fences finished twice",
        files(&folder.join("drop")).len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_breaks_under_its_workers_loses_nothing_and_no_session_stays_in_a_transaction() {
    let faults = count(10, 500);
    let mut base = Base::server();
    let folder = base.path().to_owned();
    let ledger = open(&folder).await;
    let children: Vec<_> = (0..2).map(|_| child("shared::shares_the_work_until_killed", &folder)).collect();
    let mut dice = rand_chacha::ChaCha8Rng::seed_from_u64(18);
    let (mut deliveries, mut restarts, mut ended) = (0, 0, 0);
    for fault in 0..faults {
        // there is always something to break into
        while open_deliveries(&folder) < 40 {
            promise_forty(&ledger, deliveries).await;
            deliveries += 40;
        }
        tokio::time::sleep(Duration::from_millis(dice.random_range(50..600))).await;
        if fault % 5 == 4 {
            base.crash_server();
            restarts += 1;
        } else {
            let backends = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'parte'";
            ended += query(&folder, backends)[0].parse::<u32>().unwrap();
        }
    }
    over_within(&ledger, PATIENCE).await;
    drop(children);
    judge(&folder, deliveries);
    let hanging = "select count(*) from pg_stat_activity where application_name = 'parte' and state like 'idle in transaction%'";
    assert_eq!(query(&folder, hanging), ["0"], "sessions left in a transaction");
    println!(
        "{restarts} crashes of the server, {ended} connections ended, {deliveries} deliveries promised, {} files seen, \
         0 lost, 0 sessions left in a transaction",
        files(&folder.join("drop")).len()
    );
}

/// Claiming is two steps: the fence is raised, and what is to be brought is read. In between a process can be stopped for
/// longer than its lease.
#[tokio::test(flavor = "multi_thread")]
async fn who_was_stopped_between_its_claim_and_reading_does_not_take_the_next_ones_fence_for_its_own() {
    let base = Base::server();
    let ledger = open(base.path()).await;
    promise_forty(&ledger, 0).await;
    query(base.path(), "update delivery set state = 'cancelled', done_at = 0 where recipient <> '0.csv'");
    // Nobody can read an artifact while this connection keeps the table to itself.
    let (port, name) = on_server(base.path()).unwrap();
    let session = database::Session::begin(port, &name, "lock table artifact in access exclusive mode");
    let claim = |worker: &'static str, lease: Duration| {
        let ledger = ledger.clone();
        tokio::spawn(async move { ledger.claim_delivery(worker, lease, Pick::default()).await.unwrap() })
    };
    let fence =
        |worker: &str| format!("select fence from delivery where worker = '{worker}' and state = 'sending'");
    let stopped = claim("stopped", Duration::from_millis(1));
    until(|| query(base.path(), &fence("stopped")) == ["1"]).await;
    until(|| {
        query(base.path(), "select count(*) from delivery where lease_until < (select now from clock)")
            == ["1"]
    })
    .await;
    assert_eq!(ledger.rescue().await.unwrap().deliveries.len(), 1);
    let awake = claim("awake", Duration::from_secs(60));
    until(|| query(base.path(), &fence("awake")) == ["2"]).await;
    session.end();
    assert_eq!(stopped.await.unwrap(), None, "somebody else has it");
    let held = awake.await.unwrap().expect("the delivery");
    let finish = Finish::Done { receipt: "ok".to_owned() };
    ledger.finish_delivery(held.id, held.fence, finish).await.unwrap();
}

async fn until(mut reached: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !reached() {
        assert!(Instant::now() < deadline, "not within a minute");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

//! How much a worker does at once, and for how long: runs of one report after the other, small reports beside giants, room for
//! files, time limits, runs called off, reports that crash who produces them.

use super::base::{Base, both, execute};
use super::fixtures::{LEASE, child, childs_folder, definitions, fixed, open, query, report, run};
use super::working::{hands, over, products, worker_with};
use parte::deliver::Outcome;
use parte::ledger::{Ledger, NewRun, RunState};
use parte::worker::{Hands, Options, Worker};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

both! {
    runs_of_one_report_are_made_one_after_the_other_by_however_many_workers,
    a_run_that_waits_for_another_of_its_report_is_not_due_and_one_by_hand_does_not_wait,
    a_small_report_does_not_wait_behind_giants_and_giants_use_an_only_place,
    a_burst_of_large_files_waits_for_room_and_one_larger_than_the_room_goes_alone,
    a_run_over_its_time_limit_fails_with_that_word_and_its_place_is_free_again,
    a_run_called_off_in_the_making_makes_its_worker_stop_at_the_next_heartbeat,
    a_report_that_crashes_its_worker_each_time_is_given_up_and_the_others_go_on,
}

const PATIENCE: Duration = Duration::from_secs(60);

/// A worker at work, and how it is stopped.
fn at_work(worker: Worker) -> (watch::Sender<bool>, tokio::task::JoinHandle<()>) {
    let (stop, stopped) = watch::channel(false);
    (stop, tokio::spawn(async move { worker.run_until(stopped).await }))
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("{what}: not in time"));
}

/// Definitions with all of these reports.
fn worker_of(ledger: &Ledger, root: &Path, reports: &[&str], hands: Hands, options: Options) -> Worker {
    let reports = reports.iter().map(|id| report(id, "every day at 07:00")).collect();
    Worker::with_hands(ledger.clone(), fixed(definitions(root, reports)), options, hands)
}

async fn runs_of_one_report_are_made_one_after_the_other_by_however_many_workers(folder: Base) {
    let ledger = open(folder.path()).await;
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let highest = Arc::clone(&most);
    let slow = Hands {
        produce: Arc::new(move |order| {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(40));
            now.fetch_sub(1, Ordering::SeqCst);
            Ok(products(order, 1))
        }),
        ..Hands::default()
    };
    for minutes in 0..12 {
        ledger.enqueue_run(run("daily", minutes)).await.unwrap();
    }
    let mut working = Vec::new();
    for number in 0..3 {
        let ledger = open(folder.path()).await;
        let options = Options::named(format!("w{number}"));
        working.push(at_work(worker_with(&ledger, folder.path(), slow.clone(), options)));
    }
    over(&ledger).await;
    for (stop, working) in working {
        stop.send_replace(true);
        working.await.unwrap();
    }
    println!("12 runs of one report by 3 workers: {} at once at most", highest.load(Ordering::SeqCst));
    assert_eq!(highest.load(Ordering::SeqCst), 1);
    assert_eq!(
        query(folder.path(), "select count(*), max(attempts) from run where state = 'done'"),
        ["12 1"]
    );
}

async fn a_run_that_waits_for_another_of_its_report_is_not_due_and_one_by_hand_does_not_wait(folder: Base) {
    let ledger = open(folder.path()).await;
    ledger.enqueue_run(run("daily", 0)).await.unwrap();
    ledger.enqueue_run(run("daily", 1)).await.unwrap();
    let first = ledger.claim_run("w", LEASE).await.unwrap().unwrap();
    assert!(ledger.claim_run("w", LEASE).await.unwrap().is_none());
    assert!(ledger.next_due().await.unwrap().unwrap() > Duration::from_secs(30), "the lease of the first");
    let by_hand = NewRun { trigger: parte::ledger::Trigger::Manual, ..run("daily", 2) };
    ledger.start_run(by_hand, "w", LEASE).await.unwrap();
    ledger.enqueue_run(run("weekly", 0)).await.unwrap();
    assert_eq!(ledger.claim_run("w", LEASE).await.unwrap().unwrap().report, "weekly");
    ledger.fail_run(first.id, first.fence, "gone", None).await.unwrap();
    assert!(ledger.claim_run("w", LEASE).await.unwrap().is_none(), "the one by hand is in the making");
}

/// As if the latest run of a report had taken so long.
async fn took(ledger: &Ledger, folder: &Path, name: &str, minutes: i64, seconds: u32) {
    let id = ledger.enqueue_run(run(name, minutes)).await.unwrap().id();
    let claimed = ledger.claim_run_by_id(id, "w", LEASE).await.unwrap().unwrap();
    ledger.record_products(id, claimed.fence, Vec::new(), Vec::new()).await.unwrap();
    let earlier = format!("update run set started_at = finished_at - {seconds} * 1000000 where id = {id}");
    execute(folder, &earlier);
}

async fn a_small_report_does_not_wait_behind_giants_and_giants_use_an_only_place(folder: Base) {
    let ledger = open(folder.path()).await;
    for giant in ["giant-a", "giant-b"] {
        took(&ledger, folder.path(), giant, -60, 31).await;
    }
    took(&ledger, folder.path(), "small", -60, 29).await;
    let begun = Arc::new(Mutex::new(Vec::new()));
    let release = Arc::new(AtomicUsize::new(0));
    let (told, gate) = (Arc::clone(&begun), Arc::clone(&release));
    let hands = Hands {
        produce: Arc::new(move |order| {
            told.lock().unwrap().push(order.report.id.to_string());
            while order.report.id.as_str().starts_with("giant") && gate.load(Ordering::SeqCst) == 0 {
                std::thread::sleep(Duration::from_millis(5));
            }
            Ok(products(order, 0))
        }),
        ..Hands::default()
    };
    for name in ["giant-a", "giant-b"] {
        ledger.enqueue_run(run(name, 0)).await.unwrap();
    }
    let reports = ["giant-a", "giant-b", "small"];
    let worker = worker_of(&ledger, folder.path(), &reports, hands.clone(), Options::named("w"));
    let bell = worker.bell();
    let (stop, working) = at_work(worker);
    until("a giant begins", async || begun.lock().unwrap().len() == 1).await;
    // The second giant was due first, and the place that is free is not for it.
    ledger.enqueue_run(run("small", 0)).await.unwrap();
    bell.notify_one();
    until("the small one is done", async || {
        query(folder.path(), "select count(*) from run where report = 'small' and state = 'done'") == ["2"]
    })
    .await;
    assert_eq!(*begun.lock().unwrap(), ["giant-a", "small"]);
    release.store(1, Ordering::SeqCst);
    over(&ledger).await;
    stop.send_replace(true);
    working.await.unwrap();

    // With one place nobody waits for who is not there.
    for name in ["giant-a", "giant-b"] {
        took(&ledger, folder.path(), name, 1, 31).await;
        ledger.enqueue_run(run(name, 2)).await.unwrap();
    }
    let options = Options { runs: 1, ..Options::named("w") };
    let (stop, working) = at_work(worker_of(&ledger, folder.path(), &reports, hands, options));
    over(&ledger).await;
    stop.send_replace(true);
    working.await.unwrap();
}

async fn a_burst_of_large_files_waits_for_room_and_one_larger_than_the_room_goes_alone(folder: Base) {
    let ledger = open(folder.path()).await;
    let (held, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let highest = Arc::clone(&most);
    let slow = Hands {
        deliver: Arc::new(move |_, shipment, _| {
            let (held, most, bytes) = (Arc::clone(&held), Arc::clone(&most), shipment.bytes.len());
            Box::pin(async move {
                most.fetch_max(held.fetch_add(bytes, Ordering::SeqCst) + bytes, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(5)).await;
                held.fetch_sub(bytes, Ordering::SeqCst);
                Outcome::Done { receipt: "ok".to_owned() }
            })
        }),
        ..hands(30)
    };
    ledger.enqueue_run(run("daily", 0)).await.unwrap();
    let one = products_size();
    // Room for two and a half, and then for less than one.
    for (minutes, memory, allowed) in [(0, one * 5 / 2, 2 * one), (1, one / 2, one)] {
        ledger.enqueue_run(run("daily", minutes)).await.unwrap();
        highest.store(0, Ordering::SeqCst);
        let options = Options { memory: memory as u64, deliveries: 10, ..Options::named("w") };
        let (stop, working) = at_work(worker_with(&ledger, folder.path(), slow.clone(), options));
        over(&ledger).await;
        stop.send_replace(true);
        working.await.unwrap();
        let seen = highest.load(Ordering::SeqCst);
        println!("room for {memory} bytes, files of {one}: {seen} held at most");
        assert_eq!(seen, allowed);
    }
}

/// The size of each of [`products`]' files: a line of its scheduled instant, two thousand times.
fn products_size() -> usize {
    "2026-03-10 00:00:00 UTC 0\n".len() * 2000
}

async fn a_run_over_its_time_limit_fails_with_that_word_and_its_place_is_free_again(folder: Base) {
    let ledger = open(folder.path()).await;
    let hangs = Hands {
        produce: Arc::new(|order| {
            if order.report.id.as_str() == "hangs" {
                std::thread::sleep(Duration::from_secs(5));
            }
            Ok(products(order, 1))
        }),
        ..Hands::default()
    };
    let mut limited = report("hangs", "every day at 07:00");
    limited.time_limit = Duration::from_secs(1);
    let both = definitions(folder.path(), vec![limited, report("daily", "every day at 07:00")]);
    let options = Options { runs: 1, ..Options::named("w") };
    let worker = Worker::with_hands(ledger.clone(), fixed(both), options, hangs);
    let id = ledger.enqueue_run(run("hangs", 0)).await.unwrap().id();
    ledger.enqueue_run(run("daily", 0)).await.unwrap();
    let (stop, working) = at_work(worker);
    over(&ledger).await;
    stop.send_replace(true);
    working.await.unwrap();
    let detail = ledger.run(id).await.unwrap().unwrap();
    assert_eq!((detail.run.state, detail.artifacts.len(), detail.run.attempts), (RunState::Failed, 0, 1));
    assert_eq!(
        detail.run.error.as_deref(),
        Some(
            "the report was not produced within its time limit of 1 second (let it read less, or raise its `time_limit`)"
        )
    );
    assert_eq!(
        query(folder.path(), "select count(*) from run where report = 'daily' and state = 'done'"),
        ["1"]
    );
}

async fn a_run_called_off_in_the_making_makes_its_worker_stop_at_the_next_heartbeat(folder: Base) {
    let ledger = open(folder.path()).await;
    let release = Arc::new(AtomicUsize::new(0));
    let gate = Arc::clone(&release);
    let hands = Hands {
        produce: Arc::new(move |order| {
            while order.report.id.as_str() == "called-off" && gate.load(Ordering::SeqCst) == 0 {
                std::thread::sleep(Duration::from_millis(5));
            }
            Ok(products(order, 1))
        }),
        ..Hands::default()
    };
    let options = Options { runs: 1, lease: Duration::from_millis(900), ..Options::named("w") };
    let (stop, working) =
        at_work(worker_of(&ledger, folder.path(), &["called-off", "daily"], hands, options));
    let id = ledger.enqueue_run(run("called-off", 0)).await.unwrap().id();
    until("it is begun", async || ledger.run(id).await.unwrap().unwrap().run.state == RunState::Running)
        .await;
    ledger.cancel_run(id).await.unwrap();
    ledger.enqueue_run(run("daily", 0)).await.unwrap();
    // Its thread still hangs, and its place is free.
    over(&ledger).await;
    release.store(1, Ordering::SeqCst);
    stop.send_replace(true);
    working.await.unwrap();
    let detail = ledger.run(id).await.unwrap().unwrap();
    assert_eq!(
        (detail.run.state, detail.artifacts.len(), detail.deliveries.len()),
        (RunState::Cancelled, 0, 0)
    );
    assert!(ledger.cancel_run(id).await.is_err(), "it has ended");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child of `a_report_that_crashes_its_worker_each_time_is_given_up_and_the_others_go_on`"]
async fn crashes_when_it_touches_poison() {
    let Some(folder) = childs_folder() else { return };
    let ledger = open(&folder).await;
    let hands = Hands {
        produce: Arc::new(|order| {
            if order.report.id.as_str() == "poison" {
                std::process::abort();
            }
            Ok(products(order, 2))
        }),
        ..Hands::default()
    };
    let lease = Duration::from_millis(400);
    let options = Options { lease, ..Options::named(format!("child:{}", std::process::id())) };
    let (_stop, stopped) = watch::channel(false);
    worker_of(&ledger, &folder, &["poison", "daily"], hands, options).run_until(stopped).await;
}

async fn a_report_that_crashes_its_worker_each_time_is_given_up_and_the_others_go_on(folder: Base) {
    let ledger = open(folder.path()).await;
    let poison = ledger.enqueue_run(run("poison", 0)).await.unwrap().id();
    let others = 6;
    for minutes in 0..others {
        ledger.enqueue_run(run("daily", minutes)).await.unwrap();
    }
    let mut workers = 0;
    until("all are over", async || {
        // Somebody starts it again each time, as systemd does.
        let mut child = child("limits::crashes_when_it_touches_poison", folder.path());
        workers += 1;
        let over = ["0"];
        let open = "select count(*) from run where state in ('queued', 'running', 'delivering')";
        while !child.ended() && query(folder.path(), open) != over {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        child.kill();
        query(folder.path(), open) == over
    })
    .await;
    let detail = ledger.run(poison).await.unwrap().unwrap();
    let done = query(folder.path(), "select count(*) from run where report = 'daily' and state = 'done'");
    println!(
        "a report that crashes its worker: begun {} times, then {}; {} of {others} others done by {workers} workers",
        detail.run.attempts, detail.run.state, done[0]
    );
    assert_eq!((detail.run.state, detail.run.attempts), (RunState::Failed, parte::ledger::MAX_RUN_ATTEMPTS));
    assert_eq!(done, [others.to_string()]);
}

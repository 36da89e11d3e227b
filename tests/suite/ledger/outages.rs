//! A ledger that is away, or slow, or whose clock is set, while work goes on: what is done is not done again for it.

use super::base::{Base, both};
use super::fixtures::{LEASE, artifact, claimed, delivering, delivery, open, query, run, take};
use super::working::{attempts, hands, over, products, worker_with};
use parte::deliver::Outcome;
use parte::ledger::{Finish, NewArtifact, NewDelivery, RunState, Trigger};
use parte::worker::{Hands, Options};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;

both! {
    a_worker_does_not_take_back_what_it_is_at_itself,
    words_that_hold_a_nul_are_recorded,
    notices_of_a_single_round_go_out_in_it,
    old_runs_go_though_one_that_stays_was_done_again,
}

async fn a_worker_does_not_take_back_what_it_is_at_itself(folder: Base) {
    let ledger = open(folder.path()).await;
    let (go, going) = watch::channel(0);
    let produced = going.clone();
    let waiting = Hands {
        produce: Arc::new(move |order| {
            while *produced.borrow() < 1 {
                std::thread::sleep(Duration::from_millis(5));
            }
            Ok(products(order, 1))
        }),
        deliver: Arc::new(move |_, _, may_leave| {
            let mut going = going.clone();
            Box::pin(async move {
                assert!(may_leave().await);
                going.wait_for(|going| *going == 2).await.unwrap();
                Outcome::Done { receipt: "250 ok".to_owned() }
            })
        }),
    };
    let id = ledger.enqueue_run(run("daily", 0)).await.unwrap().id();
    let worker = worker_with(&ledger, folder.path(), waiting, Options::named("w"));
    let (stop, stopped) = watch::channel(false);
    let bell = worker.bell();
    let working = tokio::spawn(async move { worker.run_until(stopped).await });
    for (step, held) in [(1, "run"), (2, "delivery")] {
        // As after a night in which the machine slept, or when its clock is set.
        let end = if held == "run" {
            "update run set lease_until = 0 where state = 'running'"
        } else {
            "update delivery set lease_until = 0 where state = 'sending' and data_sent_at is not null"
        };
        tokio::time::timeout(LEASE, async {
            while folder.execute(end) == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await
        .unwrap();
        // Another run comes and goes meanwhile: the worker looked at what is due, and at leases.
        let other = ledger.enqueue_run(run("forgotten", step)).await.unwrap().id();
        bell.notify_one();
        tokio::time::timeout(LEASE, async {
            while ledger.run(other).await.unwrap().unwrap().run.state != RunState::Failed {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await
        .unwrap();
        go.send_replace(step);
    }
    over(&ledger).await;
    stop.send_replace(true);
    working.await.unwrap();
    assert_eq!(attempts(&ledger, id).await, (1, vec!["done"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn work_goes_on_and_is_recorded_once_while_another_process_keeps_the_ledger_locked() {
    let folder = Base::file();
    let ledger = open(folder.path()).await;
    let ticks = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&ticks);
    // Ten steps of a tenth of a second, and a lease that ends long before.
    let slow = Hands {
        deliver: Arc::new(move |_, _, _| {
            let ticks = Arc::clone(&counted);
            Box::pin(async move {
                for _ in 0..10 {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    ticks.fetch_add(1, Ordering::SeqCst);
                }
                Outcome::Done { receipt: "250 ok".to_owned() }
            })
        }),
        ..hands(1)
    };
    let id = ledger.enqueue_run(run("daily", 0)).await.unwrap().id();
    let options = Options { lease: Duration::from_millis(300), ..Options::named("w") };
    let worker = worker_with(&ledger, folder.path(), slow, options);
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn(async move { worker.run_until(stopped).await });
    tokio::time::timeout(LEASE, async {
        while query(folder.path(), "select count(*) from delivery where state = 'sending'") != ["1"] {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap();
    let other = rusqlite::Connection::open(folder.path().join("ledger.db")).unwrap();
    other.busy_timeout(LEASE).unwrap();
    other.execute_batch("begin immediate").unwrap();
    let locked = Instant::now();
    tokio::time::timeout(LEASE, async {
        while ticks.load(Ordering::SeqCst) < 10 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("its work goes on while the heartbeat waits");
    println!("the delivery ended after {:?} of a locked ledger", locked.elapsed());
    other.execute_batch("commit").unwrap();
    over(&ledger).await;
    stop.send_replace(true);
    working.await.unwrap();
    assert_eq!(attempts(&ledger, id).await, (1, vec!["done"]));
}

async fn words_that_hold_a_nul_are_recorded(folder: Base) {
    let ledger = open(folder.path()).await;
    let failed = claimed(&ledger, 0).await;
    ledger.fail_run(failed.id, failed.fence, "cell `a\0b` is no number", None).await.unwrap();
    let error = ledger.run(failed.id).await.unwrap().unwrap().run.error;
    assert_eq!(error.as_deref(), Some("cell `a\u{fffd}b` is no number"));
    let id = delivering(&ledger, 1, 1).await;
    let taken = take(&ledger, LEASE).await.unwrap();
    let receipt = "250 ok\0".to_owned();
    ledger.finish_delivery(taken.id, taken.fence, Finish::Done { receipt }).await.unwrap();
    let detail = ledger.run(id).await.unwrap().unwrap();
    assert_eq!(detail.deliveries[0].receipt.as_deref(), Some("250 ok\u{fffd}"));
}

/// A round that owners are told about is not over before they are: the next one may come tomorrow.
async fn notices_of_a_single_round_go_out_in_it(folder: Base) {
    use parte::definition::{AlertOn, Alerts, ChannelId};
    let ledger = open(folder.path()).await;
    let told = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&told);
    let hands = Hands {
        produce: Arc::new(|_| panic!("a fault in a renderer")),
        deliver: Arc::new(move |_, _, _| {
            counted.fetch_add(1, Ordering::SeqCst);
            Box::pin(async { Outcome::Done { receipt: "200".to_owned() } })
        }),
    };
    let mut definitions = super::fixtures::definitions(
        folder.path(),
        vec![super::fixtures::report("daily", "every day at 07:00")],
    );
    definitions.alerts = Some(Alerts {
        mail: None,
        hook: ChannelId::parse("drop"),
        on: vec![AlertOn::Failure],
        hook_on: vec![AlertOn::Failure],
    });
    let worker = parte::worker::Worker::with_hands(
        ledger.clone(),
        super::fixtures::fixed(definitions),
        Options::named("w"),
        hands,
    );
    ledger.enqueue_run(run("daily", 0)).await.unwrap();
    let (_stop, stopped) = watch::channel(false);
    worker.work_off(stopped).await.unwrap();
    assert_eq!(told.load(Ordering::SeqCst), 1);
    assert_eq!(query(folder.path(), "select state from run order by id"), ["failed", "done"]);
}

async fn old_runs_go_though_one_that_stays_was_done_again(folder: Base) {
    let ledger = open(folder.path()).await;
    let continuing = parte::ledger::NewRun { continues: true, trigger: Trigger::Schedule, ..run("since", 0) };
    let stays = ledger.enqueue_run(continuing.clone()).await.unwrap().id();
    let first = ledger.claim_run_by_id(stays, "w", LEASE).await.unwrap().unwrap();
    let products = |name: &str| -> (Vec<NewArtifact>, Vec<NewDelivery>) {
        (vec![artifact(name, b"x")], vec![delivery("drop", name, 0)])
    };
    let (files, deliveries) = products("a");
    ledger.record_products(stays, first.fence, files, deliveries).await.unwrap();
    let taken = take(&ledger, LEASE).await.unwrap();
    let receipt = "stored".to_owned();
    ledger.finish_delivery(taken.id, taken.fence, Finish::Done { receipt }).await.unwrap();
    // Done again twice, in vain: the first one is still how far the report reaches.
    let mut earlier = stays;
    for _ in 0..2 {
        let asked = parte::ledger::Backfill {
            report: "since".to_owned(),
            from: continuing.scheduled_for,
            to: continuing.scheduled_for + chrono::TimeDelta::days(1),
            reprocess: parte::ledger::Reprocess::All,
            deliver: true,
        };
        let backfill = ledger.begin_backfill(&asked).await.unwrap();
        let new = parte::ledger::NewRun { trigger: Trigger::Backfill, ..continuing.clone() };
        let started = ledger.start_backfill_run(backfill, new, Some(earlier), "w", LEASE).await.unwrap();
        let parte::ledger::BackfillStart::Claimed(run) = started else { panic!("{started:?}") };
        ledger.fail_run(run.id, run.fence, "the source is away", None).await.unwrap();
        ledger.end_backfill(backfill).await.unwrap();
        earlier = run.id;
    }
    delivering(&ledger, 1, 0).await;
    let future = parte::clock::now() + chrono::TimeDelta::days(1);
    assert_eq!(ledger.prune(future).await.unwrap(), 1, "what has nothing to do with it goes");
    assert_eq!(query(folder.path(), "select count(*) from run where report = 'since'"), ["3"]);
    // A later run reaches as far: then all three go.
    let later = parte::ledger::NewRun {
        scheduled_for: continuing.scheduled_for + chrono::TimeDelta::days(1),
        ..continuing.clone()
    };
    let later = ledger.enqueue_run(later).await.unwrap().id();
    let run = ledger.claim_run_by_id(later, "w", LEASE).await.unwrap().unwrap();
    ledger.record_products(later, run.fence, vec![artifact("b", b"y")], vec![]).await.unwrap();
    assert_eq!(ledger.prune(future).await.unwrap(), 3);
    assert_eq!(query(folder.path(), "select id from run"), [later.to_string()]);
}

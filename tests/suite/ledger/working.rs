//! The worker, with the real folder channel and hands that fail, hang, panic or are killed.

use super::base::{Base, both};
use super::fixtures::{LEASE, at, definitions, fixed, open, query, report, run};
use parte::definition::ChannelId;
use parte::deliver::{Outcome, Shipment};
use parte::ledger::{
    DeliveryState, Finish, Ledger, MAX_RUN_ATTEMPTS, NewRun, Pick, RunDetail, RunFilter, RunId, RunRow,
    RunState, Trigger,
};
use parte::pipeline::{Order, PipelineError, Planned};
use parte::render::Artifact;
use parte::source::SourceError;
use parte::worker::{Hands, Options, Products, Worker};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;

both! {
    a_run_by_hand_is_produced_delivered_and_told,
    each_answer_of_a_peer_becomes_what_the_record_says,
    a_report_that_cannot_be_produced_fails_with_its_cause_and_sends_nothing,
    a_panic_while_producing_fails_that_run_and_the_others_go_on,
    a_delivery_whose_channel_is_gone_is_refused_with_the_reason,
    no_more_deliveries_of_a_kind_are_under_way_at_once_than_allowed,
    long_work_keeps_its_lease_and_a_worker_that_lost_it_says_nothing,
    a_message_leaves_only_after_that_is_recorded_and_then_a_silent_worker_leaves_a_doubt,
    told_to_stop_it_finishes_what_it_can_by_the_deadline_and_releases_the_rest,
}

/// Two artifacts, and as many deliveries of them in turn as asked; the content depends on the run alone.
pub(super) fn products(order: &Order<'_>, deliveries: usize) -> Products {
    let artifacts = (0..2).map(|n| Artifact {
        name: format!("{n}.csv"),
        format: "csv".to_owned(),
        section: None,
        media_type: "text/csv".to_owned(),
        bytes: format!("{} {n}\n", order.scheduled_for).repeat(2000).into_bytes(),
    });
    let deliveries = (0..deliveries).map(|n| Planned {
        channel: ChannelId::parse("drop").unwrap(),
        recipient: format!("{}-{n}.csv", order.scheduled_for.format("%Y%m%d-%H%M")),
        artifact: n % 2,
        hold: false,
    });
    let deliveries = if order.deliver { deliveries.collect() } else { Vec::new() };
    Products { artifacts: artifacts.collect(), deliveries, ..Products::default() }
}

/// The real channels, and a pipeline that plans so many deliveries.
pub(super) fn hands(deliveries: usize) -> Hands {
    Hands { produce: Arc::new(move |order| Ok(products(order, deliveries))), ..Hands::default() }
}

/// A peer that answers by what is asked.
fn answering(deliveries: usize, answer: impl Fn(&Shipment) -> Outcome + Send + Sync + 'static) -> Hands {
    let answer = Arc::new(answer);
    Hands {
        deliver: Arc::new(move |_, shipment, _| {
            let answer = Arc::clone(&answer);
            Box::pin(async move { answer(&shipment) })
        }),
        ..hands(deliveries)
    }
}

pub(super) fn worker(ledger: &Ledger, root: &Path, hands: Hands) -> Worker {
    worker_with(ledger, root, hands, Options::named("w"))
}

pub(super) fn worker_with(ledger: &Ledger, root: &Path, hands: Hands, options: Options) -> Worker {
    let definitions = definitions(root, vec![report("daily", "every day at 07:00")]);
    Worker::with_hands(ledger.clone(), fixed(definitions), options, hands)
}

fn by_hand(minutes: i64) -> NewRun {
    NewRun { trigger: Trigger::Manual, ..run("daily", minutes) }
}

pub(super) fn states(detail: &RunDetail) -> Vec<DeliveryState> {
    detail.deliveries.iter().map(|delivery| delivery.state).collect()
}

/// Waits until every run is over, as long as something goes on.
pub(super) async fn over(ledger: &Ledger) {
    over_within(ledger, Duration::from_secs(60)).await;
}

/// Waits this long at most for the next thing to happen, whatever happens to the ledger meanwhile.
pub(super) async fn over_within(ledger: &Ledger, patience: Duration) {
    let (mut seen, mut since) = (Vec::new(), Instant::now());
    loop {
        match ledger.runs(&RunFilter::default()).await {
            Ok(runs) if runs.iter().all(|run| run.state.is_final()) => return,
            Ok(runs) => {
                let stand: Vec<_> = runs.iter().map(|run| (run.state, run.deliveries.done)).collect();
                if stand != seen {
                    (seen, since) = (stand, Instant::now());
                }
            }
            Err(error) => assert!(error.may_pass(), "{error:?}"),
        }
        assert!(since.elapsed() < patience, "every run comes to its end: {seen:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until no run would fail if its worker were killed now: one that is killed for the third time before it has anything to
/// deliver has failed, which is another promise.
pub(super) async fn none_at_its_last_try(ledger: &Ledger) {
    let near = |run: &RunRow| {
        run.attempts + 1 >= MAX_RUN_ATTEMPTS && run.deliveries.planned == 0 && !run.state.is_final()
    };
    tokio::time::timeout(Duration::from_secs(120), async {
        while ledger.runs(&RunFilter::default()).await.unwrap().iter().any(near) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("something to deliver");
}

async fn a_run_by_hand_is_produced_delivered_and_told(folder: Base) {
    let ledger = open(folder.path()).await;
    let detail = worker(&ledger, folder.path(), hands(5)).run_now(by_hand(0)).await.unwrap();
    assert_eq!(detail.run.state, RunState::Done, "{detail:?}");
    assert_eq!(detail.run.deliveries.done, 5);
    for delivery in &detail.deliveries {
        let there = std::fs::read(folder.path().join("drop").join(&delivery.recipient)).unwrap();
        let kept = ledger.artifact_content(delivery.artifact).await.unwrap().unwrap();
        assert_eq!(there, kept, "what is there is what was kept");
        assert!(delivery.receipt.as_deref().is_some_and(|words| words.contains("written")), "{delivery:?}");
    }
    let without = NewRun { deliver: false, ..by_hand(1) };
    let detail = worker(&ledger, folder.path(), hands(5)).run_now(without).await.unwrap();
    assert_eq!((detail.run.state, detail.deliveries.len(), detail.artifacts.len()), (RunState::Done, 0, 2));
}

async fn each_answer_of_a_peer_becomes_what_the_record_says(folder: Base) {
    let ledger = open(folder.path()).await;
    let held = |order: &Order<'_>| {
        let mut products = products(order, 4);
        products.deliveries.iter_mut().for_each(|planned| planned.hold = true);
        Ok(products)
    };
    let hands = answering(4, |shipment| {
        let error = "in the peer's words".to_owned();
        match shipment.recipient.as_bytes()[shipment.recipient.len() - 5] {
            b'0' => Outcome::Done { receipt: "250 ok".to_owned() },
            b'1' => Outcome::Retry { error, after: Some(Duration::from_mins(7)) },
            b'2' => Outcome::Refused { error },
            _ => Outcome::InDoubt { error },
        }
    });
    let hands = Hands { produce: Arc::new(held), ..hands };
    let detail = worker(&ledger, folder.path(), hands).run_now(by_hand(0)).await.unwrap();
    use DeliveryState::{Done, InDoubt, Refused, Retry};
    assert_eq!(states(&detail), [Done, Retry, Refused, InDoubt]);
    assert_eq!(detail.run.state, RunState::Delivering, "one is still to be tried again");
    let next = detail.deliveries[1].next_attempt_at.unwrap() - detail.deliveries[1].attempts[0].finished_at;
    // the wait is counted from a moment before the try's end is written down
    let wait = next.num_milliseconds();
    assert!(
        (415_000..=420_000).contains(&wait),
        "the peer's own wish is longer than the schedule: {wait} ms"
    );
}

async fn a_report_that_cannot_be_produced_fails_with_its_cause_and_sends_nothing(folder: Base) {
    let ledger = open(folder.path()).await;
    let missing = Hands {
        produce: Arc::new(|_| {
            Err(PipelineError::Source(SourceError {
                source_id: "crm".to_owned(),
                what: "table `tasks` has no column `done_at`".to_owned(),
                hint: "name it under [sources.crm.tasks] columns".to_owned(),
            }))
        }),
        ..Hands::default()
    };
    let detail = worker(&ledger, folder.path(), missing.clone()).run_now(by_hand(0)).await.unwrap();
    assert_eq!((detail.run.state, detail.artifacts.len()), (RunState::Failed, 0));
    assert_eq!(
        detail.run.error.as_deref(),
        Some(
            "failed to read source `crm`: table `tasks` has no column `done_at` \
             (name it under [sources.crm.tasks] columns)"
        )
    );
    // By schedule, a source that could not be read is tried again later.
    let id = ledger.enqueue_run(run("daily", 0)).await.unwrap().id();
    let worker = worker(&ledger, folder.path(), missing);
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn(async move { worker.run_until(stopped).await });
    tokio::time::timeout(Duration::from_secs(60), async {
        while ledger.run(id).await.unwrap().unwrap().run.error.is_none() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .unwrap();
    stop.send_replace(true);
    working.await.unwrap();
    assert_eq!(ledger.run(id).await.unwrap().unwrap().run.state, RunState::Queued);
    let due = ledger.next_due().await.unwrap().unwrap();
    assert!(due > Duration::from_secs(50) && due <= Duration::from_secs(60), "{due:?}");
}

async fn a_panic_while_producing_fails_that_run_and_the_others_go_on(folder: Base) {
    let ledger = open(folder.path()).await;
    let panicking = Hands {
        produce: Arc::new(|order| {
            assert_ne!(order.scheduled_for, at("2026-03-10T00:01:00Z"), "a fault in a renderer");
            Ok(products(order, 1))
        }),
        ..Hands::default()
    };
    for minutes in 0..3 {
        ledger.enqueue_run(run("daily", minutes)).await.unwrap();
    }
    ledger.enqueue_run(run("forgotten", 0)).await.unwrap();
    let worker = worker(&ledger, folder.path(), panicking);
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn(async move { worker.run_until(stopped).await });
    over(&ledger).await;
    stop.send_replace(true);
    working.await.unwrap();
    assert_eq!(
        query(folder.path(), "select state from run order by id"),
        ["done", "failed", "done", "failed"]
    );
    assert_eq!(
        query(folder.path(), "select error from run where id = 4"),
        ["report `forgotten` is no longer defined"]
    );
}

async fn a_delivery_whose_channel_is_gone_is_refused_with_the_reason(folder: Base) {
    let ledger = open(folder.path()).await;
    let elsewhere = Hands {
        produce: Arc::new(|order| {
            let mut products = products(order, 1);
            products.deliveries[0].channel = ChannelId::parse("removed").unwrap();
            Ok(products)
        }),
        ..Hands::default()
    };
    let detail = worker(&ledger, folder.path(), elsewhere).run_now(by_hand(0)).await.unwrap();
    assert_eq!((detail.run.state, states(&detail)), (RunState::Failed, vec![DeliveryState::Refused]));
    assert_eq!(
        detail.deliveries[0].last_error.as_deref(),
        Some("channel `removed` is no longer defined; define it and send again")
    );
}

async fn no_more_deliveries_of_a_kind_are_under_way_at_once_than_allowed(folder: Base) {
    let ledger = open(folder.path()).await;
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let highest = Arc::clone(&most);
    let slow = Hands {
        deliver: Arc::new(move |_, _, _| {
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            Box::pin(async move {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                // the first wait for the others that may come, however slow the machine is
                let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
                while most.load(Ordering::SeqCst) < 4 && tokio::time::Instant::now() < deadline {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
                now.fetch_sub(1, Ordering::SeqCst);
                Outcome::Done { receipt: "ok".to_owned() }
            })
        }),
        ..hands(20)
    };
    for minutes in 0..3 {
        ledger.enqueue_run(run("daily", minutes)).await.unwrap();
    }
    let worker = worker(&ledger, folder.path(), slow);
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn(async move { worker.run_until(stopped).await });
    over(&ledger).await;
    stop.send_replace(true);
    working.await.unwrap();
    assert_eq!(
        query(folder.path(), "select count(*), max(attempts) from delivery where state = 'done'"),
        ["60 1"]
    );
    assert_eq!(highest.load(Ordering::SeqCst), 4);
}

async fn long_work_keeps_its_lease_and_a_worker_that_lost_it_says_nothing(folder: Base) {
    let ledger = open(folder.path()).await;
    let lease = Duration::from_millis(600);
    // One delivery at a time: while it is at one it cannot take up again what was taken from it.
    let options = Options { lease, deliveries: 1, ..Options::named("slow") };
    let slow = Hands {
        produce: Arc::new(|order| {
            std::thread::sleep(Duration::from_millis(1500));
            Ok(products(order, 1))
        }),
        deliver: Arc::new(|_, _, _| {
            Box::pin(async {
                tokio::time::sleep(Duration::from_millis(1500)).await;
                Outcome::Done { receipt: "slow".to_owned() }
            })
        }),
    };
    let id = ledger.enqueue_run(run("daily", 0)).await.unwrap().id();
    let slow = worker_with(&ledger, folder.path(), slow, options);
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn({
        let slow = slow.clone();
        async move { slow.run_until(stopped).await }
    });
    over(&ledger).await;
    assert_eq!(attempts(&ledger, id).await, (1, vec!["done"]), "kept by heartbeats");

    // The second run's delivery is taken away from it, as after a SIGSTOP longer than the lease.
    let id = ledger.enqueue_run(run("daily", 1)).await.unwrap().id();
    let thief = tokio::time::timeout(Duration::from_secs(60), async {
        loop {
            let stolen =
                folder.execute("update delivery set lease_until = 0 where run_id = 2 and state = 'sending'");
            ledger.rescue().await.unwrap();
            if stolen > 0 {
                let pick = Pick { run: Some(id), channel: None };
                if let Some(claimed) = ledger.claim_delivery("thief", LEASE, pick).await.unwrap() {
                    break claimed;
                }
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .unwrap();
    tokio::time::sleep(Duration::from_millis(1800)).await;
    let receipt = "by the thief".to_owned();
    ledger.finish_delivery(thief.id, thief.fence, Finish::Done { receipt }).await.unwrap();
    stop.send_replace(true);
    working.await.unwrap();
    let detail = ledger.run(id).await.unwrap().unwrap();
    assert_eq!(detail.deliveries[0].receipt.as_deref(), Some("by the thief"));
    // Between the theft and the thief's claim the slow one may have taken it up again, and lost it again.
    let outcomes = attempts(&ledger, id).await.1;
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == "done").count(), 1, "{outcomes:?}");
    assert!(outcomes.len() > 1 && outcomes.ends_with(&["abandoned", "done"]), "{outcomes:?}");
}

pub(super) async fn attempts(ledger: &Ledger, id: RunId) -> (u32, Vec<&'static str>) {
    let detail = ledger.run(id).await.unwrap().unwrap();
    let outcomes = detail.deliveries.iter().flat_map(|d| &d.attempts).map(|attempt| attempt.outcome.as_str());
    (detail.run.attempts, outcomes.collect())
}

async fn a_message_leaves_only_after_that_is_recorded_and_then_a_silent_worker_leaves_a_doubt(folder: Base) {
    let ledger = open(folder.path()).await;
    let mail = Hands {
        deliver: Arc::new(|_, shipment, may_leave| {
            Box::pin(async move {
                assert!(may_leave().await);
                // The first try is stopped between the message and its answer.
                let answer = if shipment.attempt == 1 { 60 } else { 0 };
                tokio::time::sleep(Duration::from_secs(answer)).await;
                Outcome::Done { receipt: "250 ok".to_owned() }
            })
        }),
        ..hands(1)
    };
    let id = ledger.enqueue_run(run("daily", 0)).await.unwrap().id();
    let options = Options { drain: Duration::from_millis(50), ..Options::named("w") };
    let stopping = worker_with(&ledger, folder.path(), mail, options);
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn(async move { stopping.run_until(stopped).await });
    tokio::time::timeout(Duration::from_secs(60), async {
        while query(folder.path(), "select count(*) from delivery where data_sent_at is not null") != ["1"] {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap();
    stop.send_replace(true);
    working.await.unwrap();
    let detail = ledger.run(id).await.unwrap().unwrap();
    assert_eq!(attempts(&ledger, id).await.1, ["in_doubt"]);
    assert_eq!(states(&detail), [DeliveryState::Retry], "sent once more, with the same Message-ID");
}

async fn told_to_stop_it_finishes_what_it_can_by_the_deadline_and_releases_the_rest(folder: Base) {
    let ledger = open(folder.path()).await;
    // All of them are under way when it is told to stop; then all but one come to their end.
    let (go, going) = watch::channel(false);
    let mixed = Hands {
        deliver: Arc::new(move |_, shipment, _| {
            let hangs = shipment.attempt == 1 && shipment.recipient.ends_with("-0.csv");
            let mut going = going.clone();
            Box::pin(async move {
                going.wait_for(|going| *going).await.unwrap();
                tokio::time::sleep(Duration::from_millis(if hangs { 60_000 } else { 50 })).await;
                Outcome::Done { receipt: "ok".to_owned() }
            })
        }),
        ..hands(20)
    };
    ledger.enqueue_run(run("daily", 0)).await.unwrap();
    let options = Options { deliveries: 20, drain: Duration::from_secs(4), ..Options::named("first") };
    let first = worker_with(&ledger, folder.path(), mixed.clone(), options);
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn(async move { first.run_until(stopped).await });
    tokio::time::timeout(Duration::from_secs(60), async {
        while query(folder.path(), "select count(*) from delivery where state = 'sending'") != ["20"] {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap();
    stop.send_replace(true);
    go.send_replace(true);
    tokio::time::timeout(Duration::from_secs(60), working).await.unwrap().unwrap();
    assert_eq!(
        query(folder.path(), "select state, count(*) from delivery group by state order by state"),
        ["done 19", "pending 1"]
    );
    println!("told to stop with 20 in flight: 19 done by the deadline, 1 released, 0 lost");
    // The next process takes it up at once: no lease has to run out.
    let second = worker_with(&ledger, folder.path(), mixed, Options::named("second"));
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn(async move { second.run_until(stopped).await });
    over(&ledger).await;
    stop.send_replace(true);
    working.await.unwrap();
    assert_eq!(
        query(folder.path(), "select outcome, count(*) from attempt group by outcome order by outcome"),
        ["done 20", "released 1"]
    );
}

//! One hand at a time: claims, fences, leases, and the steps that are not possible.

use super::base::{Base, both};
use super::fixtures::{
    LEASE, artifact, claimed, delivering, delivering_with, delivery, open, query, run, take,
};
use parte::ledger::{
    AttemptOutcome, DeliveryState, Enqueued, Finish, LedgerError, MAX_DELIVERY_ATTEMPTS, MAX_RUN_ATTEMPTS,
    Pick, RunFilter, RunState, Trigger,
};
use std::collections::BTreeMap;
use std::time::Duration;

both! {
    each_delivery_is_claimed_by_exactly_one_of_many_workers_in_several_processes_worth_of_connections,
    a_firing_is_enqueued_once_and_a_run_by_hand_as_often_as_asked,
    what_a_worker_says_after_its_lease_was_taken_over_is_refused,
    a_stale_run_records_no_products,
    a_heartbeat_keeps_the_lease,
    what_kills_every_worker_that_touches_it_ends_and_the_others_go_on,
    a_worker_that_goes_silent_after_a_message_left_leaves_a_delivery_in_doubt_and_held,
    what_is_in_doubt_is_sent_once_more_and_then_held,
    a_delivery_to_be_retried_waits_and_its_run_stays_open,
    a_run_ends_as_its_deliveries_do,
    impossible_steps_are_refused_and_leave_no_trace,
    attempts_cannot_be_rewritten_even_with_a_database_tool,
    an_artifact_damaged_on_the_disk_is_never_sent,
    a_caller_that_stops_waiting_leaves_no_transaction_behind,
}

const SHORT: Duration = Duration::from_millis(40);

fn done() -> Finish {
    Finish::Done { receipt: "250 ok".to_owned() }
}

async fn past(lease: Duration) {
    tokio::time::sleep(lease + Duration::from_millis(20)).await;
}

async fn each_delivery_is_claimed_by_exactly_one_of_many_workers_in_several_processes_worth_of_connections(
    folder: Base,
) {
    let ledger = open(folder.path()).await;
    delivering(&ledger, 0, 200).await;
    let mut workers = tokio::task::JoinSet::new();
    for number in 0..12 {
        // Every third has connections of its own, as another process would.
        let ledger = if number % 3 == 0 { open(folder.path()).await } else { ledger.clone() };
        workers.spawn(async move {
            let mut mine = Vec::new();
            let name = format!("worker-{number}");
            while let Some(claimed) = ledger.claim_delivery(&name, LEASE, Pick::default()).await.unwrap() {
                assert_eq!(*claimed.content, *b"1,2\n");
                ledger.finish_delivery(claimed.id, claimed.fence, done()).await.unwrap();
                mine.push(claimed.id);
            }
            mine
        });
    }
    let mut claims = BTreeMap::new();
    while let Some(mine) = workers.join_next().await {
        for id in mine.unwrap() {
            *claims.entry(id).or_insert(0) += 1;
        }
    }
    assert_eq!(claims.len(), 200);
    assert!(claims.values().all(|&times| times == 1), "{claims:?}");
    assert_eq!(query(folder.path(), "select count(*), max(number) from attempt"), ["200 1"]);
    assert_eq!(ledger.runs(&RunFilter::default()).await.unwrap()[0].state, RunState::Done);
}

async fn a_firing_is_enqueued_once_and_a_run_by_hand_as_often_as_asked(folder: Base) {
    let ledger = open(folder.path()).await;
    let first = ledger.enqueue_run(run("daily", 0)).await.unwrap();
    assert_eq!(ledger.enqueue_run(run("daily", 0)).await.unwrap(), Enqueued::Exists(first.id()));
    let mut late = run("daily", 0);
    late.trigger = Trigger::CatchUp;
    assert_eq!(ledger.record_missed(late).await.unwrap(), Enqueued::Exists(first.id()));
    assert!(matches!(ledger.enqueue_run(run("weekly", 0)).await.unwrap(), Enqueued::New(_)));
    assert!(matches!(ledger.enqueue_run(run("daily", 1)).await.unwrap(), Enqueued::New(_)));
    let mut by_hand = run("daily", 0);
    by_hand.trigger = Trigger::Manual;
    assert!(matches!(ledger.enqueue_run(by_hand.clone()).await.unwrap(), Enqueued::New(_)));
    assert!(matches!(ledger.enqueue_run(by_hand).await.unwrap(), Enqueued::New(_)));
    assert_eq!(
        ledger.last_scheduled("daily").await.unwrap(),
        Some(run("daily", 1).scheduled_for),
        "runs by hand do not count"
    );
}

async fn what_a_worker_says_after_its_lease_was_taken_over_is_refused(folder: Base) {
    let ledger = open(folder.path()).await;
    delivering(&ledger, 0, 1).await;
    let asleep = take(&ledger, SHORT).await.unwrap();
    past(SHORT).await;
    assert_eq!(ledger.rescue().await.unwrap().deliveries, [(asleep.id, DeliveryState::Pending)]);
    let awake = take(&ledger, LEASE).await.unwrap();
    assert_eq!((awake.id, &awake.key, awake.attempt), (asleep.id, &asleep.key, 2), "same delivery, same key");
    assert!(awake.fence > asleep.fence);

    for refused in [
        ledger.finish_delivery(asleep.id, asleep.fence, done()).await,
        ledger.finish_delivery(asleep.id, asleep.fence, Finish::Released).await,
        ledger.heartbeat_delivery(asleep.id, asleep.fence, LEASE).await,
        ledger.record_data_sent(asleep.id, asleep.fence).await,
    ] {
        assert!(matches!(refused, Err(LedgerError::Stale { .. })), "{refused:?}");
    }
    ledger.finish_delivery(awake.id, awake.fence, done()).await.unwrap();
    let again = ledger.finish_delivery(awake.id, awake.fence, done()).await;
    assert!(matches!(again, Err(LedgerError::Stale { .. })), "a fence finishes once: {again:?}");

    let outcomes: Vec<_> = ledger.run(awake.run).await.unwrap().unwrap().deliveries[0]
        .attempts
        .iter()
        .map(|attempt| (attempt.number, attempt.outcome))
        .collect();
    assert_eq!(outcomes, [(1, AttemptOutcome::Abandoned), (2, AttemptOutcome::Done)]);
}

async fn a_stale_run_records_no_products(folder: Base) {
    let ledger = open(folder.path()).await;
    let id = ledger.enqueue_run(run("daily", 0)).await.unwrap().id();
    let asleep = ledger.claim_run("asleep", SHORT).await.unwrap().unwrap();
    assert!(ledger.claim_run("other", LEASE).await.unwrap().is_none(), "one hand at a time");
    past(SHORT).await;
    assert_eq!(ledger.rescue().await.unwrap().runs, [(id, RunState::Queued)]);
    let awake = ledger.claim_run("awake", LEASE).await.unwrap().unwrap();
    assert_eq!((awake.id, &awake.key, awake.attempt), (id, &asleep.key, 2));

    let products = || (vec![artifact("a.csv", b"x")], vec![delivery("drop", "a.csv", 0)]);
    let (artifacts, deliveries) = products();
    let stale = ledger.record_products(id, asleep.fence, artifacts, deliveries).await;
    assert!(matches!(stale, Err(LedgerError::Stale { .. })), "{stale:?}");
    for stale in [
        ledger.fail_run(id, asleep.fence, "broken", None).await,
        ledger.release_run(id, asleep.fence).await,
        ledger.heartbeat_run(id, asleep.fence, LEASE).await,
    ] {
        assert!(matches!(stale, Err(LedgerError::Stale { .. })), "{stale:?}");
    }
    assert_eq!(query(folder.path(), "select count(*) from artifact"), ["0"]);
    let (artifacts, deliveries) = products();
    ledger.record_products(id, awake.fence, artifacts, deliveries).await.unwrap();
    assert_eq!(ledger.run(id).await.unwrap().unwrap().run.state, RunState::Delivering);
}

async fn a_heartbeat_keeps_the_lease(folder: Base) {
    let ledger = open(folder.path()).await;
    delivering(&ledger, 0, 1).await;
    let claimed = take(&ledger, Duration::from_millis(150)).await.unwrap();
    for _ in 0..6 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        ledger.heartbeat_delivery(claimed.id, claimed.fence, Duration::from_millis(150)).await.unwrap();
        assert_eq!(ledger.rescue().await.unwrap().deliveries, []);
    }
    ledger.finish_delivery(claimed.id, claimed.fence, done()).await.unwrap();
}

async fn what_kills_every_worker_that_touches_it_ends_and_the_others_go_on(folder: Base) {
    let ledger = open(folder.path()).await;
    let poison = ledger.enqueue_run(run("poison", 0)).await.unwrap().id();
    for attempt in 1..=MAX_RUN_ATTEMPTS {
        let claimed = ledger.claim_run_by_id(poison, "w", SHORT).await.unwrap().unwrap();
        assert_eq!(claimed.attempt, attempt);
        past(SHORT).await;
        ledger.rescue().await.unwrap();
    }
    let detail = ledger.run(poison).await.unwrap().unwrap();
    assert_eq!(detail.run.state, RunState::Failed);
    assert_eq!(detail.run.error.as_deref(), Some("worker w was not heard of again (begun 3 times)"));

    delivering(&ledger, 0, 2).await;
    let good = ledger.claim_delivery("w", LEASE, Pick::default()).await.unwrap().unwrap();
    for _ in 0..MAX_DELIVERY_ATTEMPTS {
        take(&ledger, SHORT).await.unwrap();
        past(SHORT).await;
        ledger.rescue().await.unwrap();
    }
    assert!(take(&ledger, SHORT).await.is_none());
    ledger.finish_delivery(good.id, good.fence, done()).await.unwrap();
    let detail = ledger.run(good.run).await.unwrap().unwrap();
    assert_eq!(detail.run.state, RunState::Partial);
    assert_eq!(detail.run.error.as_deref(), Some("1 of 2 deliveries not done"));
    assert_eq!(detail.deliveries[1].state, DeliveryState::Dead);
    assert_eq!(detail.deliveries[1].attempts.len(), 10);
}

async fn a_worker_that_goes_silent_after_a_message_left_leaves_a_delivery_in_doubt_and_held(folder: Base) {
    let ledger = open(folder.path()).await;
    delivering_with(&ledger, 0, 2, true).await;
    let gone = take(&ledger, SHORT).await.unwrap();
    ledger.record_data_sent(gone.id, gone.fence).await.unwrap();
    let stopped = take(&ledger, LEASE).await.unwrap();
    ledger.record_data_sent(stopped.id, stopped.fence).await.unwrap();
    ledger.finish_delivery(stopped.id, stopped.fence, Finish::Released).await.unwrap();
    past(SHORT).await;
    assert_eq!(ledger.rescue().await.unwrap().deliveries, [(gone.id, DeliveryState::InDoubt)]);
    assert!(take(&ledger, LEASE).await.is_none(), "nothing is sent again by itself");
    let detail = ledger.run(gone.run).await.unwrap().unwrap();
    assert_eq!((detail.run.state, detail.run.deliveries.in_doubt), (RunState::Partial, 2));

    ledger.send_again(gone.id).await.unwrap();
    assert_eq!(ledger.run(gone.run).await.unwrap().unwrap().run.state, RunState::Delivering);
    let again = take(&ledger, LEASE).await.unwrap();
    assert_eq!((again.id, again.key), (gone.id, gone.key), "same key, so that the peer can tell");
    ledger.finish_delivery(again.id, again.fence, done()).await.unwrap();
    let refused = ledger.send_again(again.id).await;
    assert!(matches!(refused, Err(LedgerError::Impossible { .. })), "{refused:?}");
}

async fn what_is_in_doubt_is_sent_once_more_and_then_held(folder: Base) {
    let ledger = open(folder.path()).await;
    let id = delivering(&ledger, 0, 1).await;
    let doubt = || Finish::InDoubt { error: "no answer to the final dot".to_owned() };
    let first = take(&ledger, LEASE).await.unwrap();
    ledger.finish_delivery(first.id, first.fence, doubt()).await.unwrap();
    let detail = ledger.run(id).await.unwrap().unwrap();
    assert_eq!((detail.run.state, detail.deliveries[0].state), (RunState::Delivering, DeliveryState::Retry));
    assert_eq!(detail.deliveries[0].attempts[0].outcome, AttemptOutcome::InDoubt);
    folder.execute("update delivery set next_attempt_at = 0");
    let second = take(&ledger, LEASE).await.unwrap();
    assert_eq!(second.key, first.key);
    ledger.finish_delivery(second.id, second.fence, doubt()).await.unwrap();
    let detail = ledger.run(id).await.unwrap().unwrap();
    assert_eq!((detail.run.state, detail.deliveries[0].state), (RunState::Partial, DeliveryState::InDoubt));
}

async fn a_delivery_to_be_retried_waits_and_its_run_stays_open(folder: Base) {
    let ledger = open(folder.path()).await;
    delivering(&ledger, 0, 1).await;
    let first = take(&ledger, LEASE).await.unwrap();
    let wait = Duration::from_millis(300);
    let error = "451 greylisted".to_owned();
    ledger.finish_delivery(first.id, first.fence, Finish::Retry { error, wait }).await.unwrap();
    assert!(take(&ledger, LEASE).await.is_none(), "not before its time");
    let due = ledger.next_due().await.unwrap().unwrap();
    assert!(due > Duration::from_millis(100) && due <= wait, "{due:?}");
    let detail = ledger.run(first.run).await.unwrap().unwrap();
    assert_eq!((detail.run.state, detail.run.deliveries.open), (RunState::Delivering, 1));
    assert_eq!(detail.deliveries[0].last_error.as_deref(), Some("451 greylisted"));
    tokio::time::sleep(due + Duration::from_millis(20)).await;
    assert_eq!(ledger.next_due().await.unwrap(), Some(Duration::ZERO));
    let second = take(&ledger, LEASE).await.unwrap();
    ledger.finish_delivery(second.id, second.fence, done()).await.unwrap();
    let detail = ledger.run(first.run).await.unwrap().unwrap();
    assert_eq!(detail.run.state, RunState::Done);
    assert_eq!(detail.deliveries[0].receipt.as_deref(), Some("250 ok"));
    assert_eq!(detail.deliveries[0].last_error, None);
    assert_eq!(ledger.next_due().await.unwrap(), None);
}

async fn a_run_ends_as_its_deliveries_do(folder: Base) {
    let ledger = open(folder.path()).await;
    let refused = || Finish::Refused { error: "550 no such user".to_owned() };
    let dead = || Finish::Dead { error: "timeout".to_owned() };
    let doubt = || Finish::InDoubt { error: "no answer to the final dot".to_owned() };
    for (minutes, (ends, state)) in [
        (vec![done(), done()], RunState::Done),
        (vec![done(), refused()], RunState::Partial),
        (vec![refused(), doubt()], RunState::Partial),
        (vec![refused(), dead()], RunState::Failed),
    ]
    .into_iter()
    .enumerate()
    {
        let id = delivering_with(&ledger, minutes as i64, ends.len(), true).await;
        for finish in ends {
            assert_eq!(ledger.run(id).await.unwrap().unwrap().run.state, RunState::Delivering);
            let claimed = take(&ledger, LEASE).await.unwrap();
            ledger.finish_delivery(claimed.id, claimed.fence, finish).await.unwrap();
        }
        assert_eq!(ledger.run(id).await.unwrap().unwrap().run.state, state);
    }
    let nothing = claimed(&ledger, 99).await;
    ledger.record_products(nothing.id, nothing.fence, vec![artifact("a.csv", b"x")], vec![]).await.unwrap();
    assert_eq!(ledger.run(nothing.id).await.unwrap().unwrap().run.state, RunState::Done);
}

async fn impossible_steps_are_refused_and_leave_no_trace(folder: Base) {
    let ledger = open(folder.path()).await;
    let run = claimed(&ledger, 0).await;
    let two = || vec![artifact("a.csv", b"x"), artifact("b.csv", b"y")];
    for (artifacts, deliveries, words) in [
        (
            vec![artifact("a.csv", b"x"), artifact("a.csv", b"y")],
            vec![],
            "run 1 made two files named `a.csv`",
        ),
        (
            two(),
            vec![delivery("drop", "f", 0), delivery("drop", "f", 1)],
            "run 1 has two deliveries to `f` by channel `drop`",
        ),
        (two(), vec![delivery("drop", "f", 2)], "run 1 has a delivery by channel `drop` of nothing"),
    ] {
        let refused = ledger.record_products(run.id, run.fence, artifacts, deliveries).await.unwrap_err();
        assert_eq!(refused.to_string(), words);
    }
    assert_eq!(query(folder.path(), "select count(*) from artifact"), ["0"]);
    ledger.cancel_run(run.id).await.unwrap();
    assert!(ledger.release_run(run.id, run.fence).await.is_err(), "it is called off");
    assert!(ledger.claim_run_by_id(run.id, "w", LEASE).await.unwrap().is_none());
    assert!(ledger.claim_run("w", LEASE).await.unwrap().is_none());
}

async fn attempts_cannot_be_rewritten_even_with_a_database_tool(folder: Base) {
    let ledger = open(folder.path()).await;
    delivering(&ledger, 0, 1).await;
    let claimed = take(&ledger, LEASE).await.unwrap();
    ledger.finish_delivery(claimed.id, claimed.fence, done()).await.unwrap();
    let refused = folder.refusal("update attempt set outcome = 'refused'");
    assert!(refused.contains("attempts are never changed"), "{refused}");
}

async fn an_artifact_damaged_on_the_disk_is_never_sent(folder: Base) {
    let ledger = open(folder.path()).await;
    let id = delivering(&ledger, 0, 1).await;
    assert_eq!(folder.execute("update artifact set content = substr(content, 2)"), 1);
    assert!(take(&ledger, LEASE).await.is_none());
    let detail = ledger.run(id).await.unwrap().unwrap();
    assert_eq!(detail.run.state, RunState::Failed);
    assert_eq!(
        detail.deliveries[0].last_error.as_deref(),
        Some("artifact `a.csv` is damaged in the ledger: its SHA-256 differs")
    );
}

async fn a_caller_that_stops_waiting_leaves_no_transaction_behind(folder: Base) {
    let ledger = open(folder.path()).await;
    for minutes in 0..50 {
        let enqueue = ledger.enqueue_run(run("daily", minutes));
        let _ =
            tokio::time::timeout(Duration::from_micros(u64::try_from(minutes).unwrap() * 20), enqueue).await;
    }
    tokio::time::timeout(Duration::from_secs(5), ledger.enqueue_run(run("other", 0))).await.unwrap().unwrap();
    assert!(ledger.claim_run("w", LEASE).await.unwrap().is_some());
}

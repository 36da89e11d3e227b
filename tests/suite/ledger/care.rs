//! What people decide: sent again, tried now, called off; and what is older than it is kept for.

use super::base::{Base, both, execute, integrity};
use super::fixtures::{LEASE, artifact, claimed, delivering, delivery, open, query, run, take};
use chrono::TimeDelta;
use parte::ledger::{
    DeliveryState, Finish, Ledger, LedgerError, MAX_DELIVERY_ATTEMPTS, NewArtifact, RunId, RunState, Target,
    Trigger,
};
use std::path::Path;
use std::time::Duration;

both! {
    a_run_is_sent_again_to_the_same_recipients_with_the_same_bytes_and_key,
    messages_go_to_others_once_and_files_do_not,
    what_was_sent_again_has_its_full_number_of_tries,
    a_retry_takes_what_failed_and_what_waits_and_leaves_the_rest,
    a_run_is_called_off_wherever_it_stands,
    what_is_older_than_it_is_kept_for_goes_and_the_file_shrinks,
    of_all_who_keep_house_one_begins_a_day,
    the_run_at_whose_end_the_next_one_begins_is_kept,
}

fn done() -> Finish {
    Finish::Done { receipt: "250 ok".to_owned() }
}

fn refused() -> Finish {
    Finish::Refused { error: "550 no such user".to_owned() }
}

fn message() -> NewArtifact {
    NewArtifact {
        media_type: "message/rfc822".to_owned(),
        format: "eml".to_owned(),
        ..artifact("m.eml", b"To: all\r\n\r\n")
    }
}

/// A run that has sent one message to these, with these ends.
async fn mailed(ledger: &Ledger, minutes: i64, ends: Vec<(&str, Finish)>) -> RunId {
    let run = claimed(ledger, minutes).await;
    let deliveries = ends.iter().map(|(to, _)| delivery("mail", to, 0)).collect();
    ledger.record_products(run.id, run.fence, vec![message()], deliveries).await.unwrap();
    for (_, end) in ends {
        let taken = take(ledger, LEASE).await.unwrap();
        ledger.finish_delivery(taken.id, taken.fence, end).await.unwrap();
    }
    run.id
}

async fn states(ledger: &Ledger, run: RunId) -> Vec<DeliveryState> {
    ledger.run(run).await.unwrap().unwrap().deliveries.iter().map(|it| it.state).collect()
}

fn impossible<T: std::fmt::Debug>(answer: Result<T, LedgerError>, words: &str) {
    match answer {
        Err(error @ LedgerError::Impossible { .. }) => assert!(error.to_string().contains(words), "{error}"),
        other => panic!("{other:?}"),
    }
}

async fn a_run_is_sent_again_to_the_same_recipients_with_the_same_bytes_and_key(folder: Base) {
    let ledger = open(folder.path()).await;
    let id = mailed(&ledger, 0, vec![("a@x.example", done()), ("b@x.example", refused())]).await;
    let before = ledger.run(id).await.unwrap().unwrap();
    let decided = ledger.resend(Target::Run(id), vec![]).await.unwrap();
    let was: Vec<_> = decided.iter().map(|it| it.was.unwrap()).collect();
    assert_eq!(was, [DeliveryState::Done, DeliveryState::Refused]);
    assert_eq!(ledger.run(id).await.unwrap().unwrap().run.state, RunState::Delivering);
    impossible(ledger.resend(Target::Run(id), vec![]).await, "is still under way");
    for delivery in &before.deliveries {
        let again = take(&ledger, LEASE).await.unwrap();
        assert_eq!((again.id, &again.key, again.attempt, again.tries), (delivery.id, &delivery.key, 2, 1));
        assert_eq!(*again.content, *b"To: all\r\n\r\n");
        ledger.finish_delivery(again.id, again.fence, done()).await.unwrap();
    }
    let after = ledger.run(id).await.unwrap().unwrap();
    assert_eq!((after.run.state, after.run.error), (RunState::Done, None));
    let tries: Vec<_> = after.deliveries.iter().map(|it| it.attempts.len()).collect();
    assert_eq!(tries, [2, 2], "every try is kept");
}

async fn messages_go_to_others_once_and_files_do_not(folder: Base) {
    let ledger = open(folder.path()).await;
    let id = mailed(&ledger, 0, vec![("a@x.example", done())]).await;
    let to = vec!["c@x.example".to_owned(), "a@x.example".to_owned(), "c@x.example".to_owned()];
    let decided = ledger.resend(Target::Run(id), to).await.unwrap();
    let shown: Vec<_> = decided.iter().map(|it| (it.recipient.as_str(), it.was)).collect();
    assert_eq!(shown, [("a@x.example", Some(DeliveryState::Done)), ("c@x.example", None)]);
    let detail = ledger.run(id).await.unwrap().unwrap();
    assert_eq!(detail.deliveries[1].artifact, detail.deliveries[0].artifact);
    assert_ne!(detail.deliveries[1].key, detail.deliveries[0].key);
    impossible(ledger.resend(Target::Run(id), vec!["c@x.example".to_owned()]).await, "still under way");

    let files = delivering(&ledger, 1, 1).await;
    impossible(ledger.resend(Target::Run(files), vec!["c@x.example".to_owned()]).await, "brings no message");
    impossible(ledger.resend(Target::Run(RunId::from_number(99)), vec![]).await, "there is no run 99");
}

async fn what_was_sent_again_has_its_full_number_of_tries(folder: Base) {
    let ledger = open(folder.path()).await;
    let id = delivering(&ledger, 0, 1).await;
    let silent = Duration::from_millis(1);
    let until_dead = async || {
        let mut tries = 0;
        while take(&ledger, silent).await.is_some() {
            tries += 1;
            while ledger.rescue().await.unwrap().deliveries.is_empty() {
                tokio::task::yield_now().await;
            }
        }
        tries
    };
    assert_eq!(until_dead().await, MAX_DELIVERY_ATTEMPTS);
    let delivery = ledger.run(id).await.unwrap().unwrap().deliveries[0].id;
    ledger.send_again(delivery).await.unwrap();
    assert_eq!(until_dead().await, MAX_DELIVERY_ATTEMPTS);
    assert_eq!(states(&ledger, id).await, [DeliveryState::Dead]);
}

async fn a_retry_takes_what_failed_and_what_waits_and_leaves_the_rest(folder: Base) {
    let ledger = open(folder.path()).await;
    let later = Finish::Retry { error: "451 later".to_owned(), wait: Duration::from_hours(3) };
    let ends = vec![("a@x.example", done()), ("b@x.example", refused()), ("c@x.example", later)];
    let id = mailed(&ledger, 0, ends).await;
    let retried = ledger.retry(Target::Run(id)).await.unwrap();
    let shown: Vec<_> = retried.deliveries.iter().map(|it| it.recipient.as_str()).collect();
    assert_eq!(shown, ["b@x.example", "c@x.example"]);
    for _ in 0..2 {
        let again = take(&ledger, LEASE).await.unwrap();
        ledger.finish_delivery(again.id, again.fence, done()).await.unwrap();
    }
    assert_eq!(ledger.run(id).await.unwrap().unwrap().run.state, RunState::Done);
    impossible(ledger.retry(Target::Run(id)).await, "nothing of run 1 failed or waits");

    // a run that was not produced is produced again; of the whole record only when it waits
    let run = claimed(&ledger, 1).await;
    ledger.fail_run(run.id, run.fence, "no data", None).await.unwrap();
    assert_eq!(ledger.retry_all(parte::clock::now() - TimeDelta::days(1)).await.unwrap().runs, []);
    assert_eq!(ledger.retry(Target::Run(run.id)).await.unwrap().runs, [run.id]);
    let again = ledger.claim_run("w", LEASE).await.unwrap().unwrap();
    assert_eq!((again.id, again.attempt), (run.id, 1));

    let old = mailed(&ledger, 2, vec![("a@x.example", refused())]).await;
    let nothing = ledger.retry_all(parte::clock::now() + TimeDelta::hours(1)).await.unwrap();
    assert_eq!(nothing.deliveries, [], "what failed long ago is not sent by a slip");
    let all = ledger.retry_all(parte::clock::now() - TimeDelta::hours(1)).await.unwrap();
    assert_eq!(all.deliveries.iter().map(|it| it.run).collect::<Vec<_>>(), [old]);
}

async fn a_run_is_called_off_wherever_it_stands(folder: Base) {
    let ledger = open(folder.path()).await;
    let queued = ledger.enqueue_run(run("daily", 0)).await.unwrap().id();
    assert_eq!(ledger.cancel_run(queued).await.unwrap().was, RunState::Queued);
    impossible(ledger.cancel_run(queued).await, "run 1 has ended (cancelled)");

    let running = claimed(&ledger, 1).await;
    assert_eq!(ledger.cancel_run(running.id).await.unwrap().was, RunState::Running);
    let stale = ledger.heartbeat_run(running.id, running.fence, LEASE).await;
    assert!(matches!(stale, Err(LedgerError::Stale { .. })), "{stale:?}");
    let stale = ledger.record_products(running.id, running.fence, vec![artifact("a", b"x")], vec![]).await;
    assert!(matches!(stale, Err(LedgerError::Stale { .. })), "{stale:?}");

    let id = delivering(&ledger, 2, 3).await;
    let on_its_way = take(&ledger, LEASE).await.unwrap();
    let off = ledger.cancel_run(id).await.unwrap();
    assert_eq!((off.was, off.deliveries, off.sending), (RunState::Delivering, 2, 1));
    assert_eq!(ledger.run(id).await.unwrap().unwrap().run.state, RunState::Delivering);
    let again = Finish::Retry { error: "451".to_owned(), wait: Duration::ZERO };
    ledger.finish_delivery(on_its_way.id, on_its_way.fence, again).await.unwrap();
    assert_eq!(states(&ledger, id).await, [DeliveryState::Cancelled; 3], "no further try");
    let detail = ledger.run(id).await.unwrap().unwrap();
    assert_eq!((detail.run.state, detail.run.deliveries.cancelled), (RunState::Cancelled, 3));

    // what the peer may have stays in doubt, and is not sent once more
    let id = delivering(&ledger, 3, 1).await;
    let on_its_way = take(&ledger, LEASE).await.unwrap();
    ledger.record_data_sent(on_its_way.id, on_its_way.fence).await.unwrap();
    ledger.cancel_run(id).await.unwrap();
    ledger.finish_delivery(on_its_way.id, on_its_way.fence, Finish::Released).await.unwrap();
    assert_eq!(states(&ledger, id).await, [DeliveryState::InDoubt]);
    assert_eq!(ledger.undelivered(0).await.unwrap().len(), 1);
    ledger.cancel_delivery(on_its_way.id).await.unwrap();
    assert_eq!(ledger.undelivered(0).await.unwrap(), [], "settled");
}

fn age(folder: &Path, days: i64) {
    let micros = days * 86_400_000_000;
    let runs = "where finished_at is not null and id % 2 = 1";
    execute(folder, &format!("update run set finished_at = finished_at - {micros} {runs}"));
}

async fn what_is_older_than_it_is_kept_for_goes_and_the_file_shrinks(folder: Base) {
    let ledger = open(folder.path()).await;
    for minutes in 0..120 {
        let run = claimed(&ledger, minutes).await;
        let files = vec![artifact("a.csv", &[7; 50_000])];
        ledger.record_products(run.id, run.fence, files, vec![delivery("drop", "a", 0)]).await.unwrap();
        if minutes < 118 {
            let taken = take(&ledger, LEASE).await.unwrap();
            ledger.finish_delivery(taken.id, taken.fence, done()).await.unwrap();
        }
    }
    age(folder.path(), 500);
    // On a server its own housekeeping makes room.
    let pages = || match folder.is_file() {
        true => query(folder.path(), "pragma page_count")[0].parse::<u64>().unwrap(),
        false => 0,
    };
    let before = pages();
    assert_eq!(ledger.prune(parte::clock::now() - TimeDelta::days(400)).await.unwrap(), 59);
    assert_eq!(query(folder.path(), "select count(*) from run"), ["61"]);
    for table in ["artifact", "delivery"] {
        assert_eq!(query(folder.path(), &format!("select count(*) from {table}")), ["61"]);
    }
    assert!(pages() <= before * 6 / 10, "{before} pages, then {}", pages());
    integrity(folder.path());
    assert_eq!(ledger.prune(parte::clock::now() - TimeDelta::days(400)).await.unwrap(), 0);
}

async fn of_all_who_keep_house_one_begins_a_day(folder: Base) {
    let day = Duration::from_hours(24);
    let ledgers = [open(folder.path()).await, open(folder.path()).await, open(folder.path()).await];
    let mut begun = Vec::new();
    for hours in [0, 23, 1, 0, 24 * 30, -24 * 40] {
        folder.execute(&format!("update firing_mark set through = through - {hours} * 3600000000"));
        let mut asking = tokio::task::JoinSet::new();
        for ledger in ledgers.clone() {
            asking.spawn(async move { ledger.begin_pruning(day).await.unwrap() });
        }
        begun.push(asking.join_all().await.into_iter().filter(|it| *it).count());
    }
    println!(
        "of three who ask, after 0, 23, 24, 24 hours, a month, with the clock set back: {begun:?} begin"
    );
    assert_eq!(begun, [1, 0, 1, 0, 1, 1]);
}

async fn the_run_at_whose_end_the_next_one_begins_is_kept(folder: Base) {
    let ledger = open(folder.path()).await;
    for minutes in 0..3 {
        let new =
            parte::ledger::NewRun { continues: true, trigger: Trigger::Schedule, ..run("since", minutes) };
        let id = ledger.enqueue_run(new).await.unwrap().id();
        let run = ledger.claim_run_by_id(id, "w", LEASE).await.unwrap().unwrap();
        ledger.record_products(id, run.fence, vec![artifact("a", b"x")], vec![]).await.unwrap();
    }
    let future = parte::clock::now() + TimeDelta::days(1);
    assert_eq!(ledger.prune(future).await.unwrap(), 2);
    assert_eq!(query(folder.path(), "select id from run"), ["3"]);
}

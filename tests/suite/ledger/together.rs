//! Many small writes at the same time: each is believed or refused by itself, whoever shares its commit; contents in hand are
//! shared; a run of thousands.

use super::base::{Base, both, integrity};
use super::fixtures::{LEASE, artifact, claimed, delivering, delivery, open, query, take};
use crate::support::count;
use parte::ledger::{Finish, LedgerError, NewDelivery, Pick, RunState};
use std::sync::Arc;
use std::time::Instant;

both! {
    writes_that_come_at_once_are_each_believed_or_refused_by_themselves,
    whoever_finishes_takes_the_next_of_their_own_in_the_same_step,
    what_several_have_in_hand_is_in_memory_once,
    a_message_for_thousands_is_kept_once_and_its_run_ends_with_the_last_of_them,
}

fn done() -> Finish {
    Finish::Done { receipt: "250 ok".to_owned() }
}

async fn writes_that_come_at_once_are_each_believed_or_refused_by_themselves(base: Base) {
    let number = count(60, 2_000) as usize;
    let ledger = open(base.path()).await;
    let id = delivering(&ledger, 0, number).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..number {
        let taken = take(&ledger, LEASE).await.unwrap();
        for _ in 0..2 {
            let ledger = ledger.clone();
            tasks.spawn(async move {
                let _ = ledger.record_data_sent(taken.id, taken.fence).await;
                match ledger.finish_delivery(taken.id, taken.fence, done()).await {
                    Ok(()) => true,
                    Err(LedgerError::Stale { .. }) => false,
                    Err(error) => panic!("{error}"),
                }
            });
        }
    }
    let said = tasks.join_all().await;
    let believed = said.iter().filter(|believed| **believed).count();
    assert_eq!((said.len(), believed), (2 * number, number), "a fence finishes once");
    let run = ledger.run(id).await.unwrap().unwrap().run;
    assert_eq!((run.state, run.deliveries.done as usize), (RunState::Done, number));
    assert_eq!(query(base.path(), "select count(*) from attempt"), [number.to_string()]);
    integrity(base.path());
    println!("{} words about {number} fences: {believed} believed", said.len());
}

async fn whoever_finishes_takes_the_next_of_their_own_in_the_same_step(base: Base) {
    let ledger = open(base.path()).await;
    let id = delivering(&ledger, 0, 3).await;
    let other = delivering(&ledger, 1, 1).await;
    let pick = Pick { run: Some(id), channel: Some("drop") };
    let mut held = ledger.claim_delivery("w", LEASE, pick).await.unwrap().unwrap();
    ledger.finish_delivery(held.id, held.fence, done()).await.unwrap();
    let refused = ledger.finish_and_take(held.id, held.fence, done(), "w", LEASE, pick).await;
    assert!(matches!(refused, Err(LedgerError::Stale { .. })), "{refused:?}");
    assert_eq!(
        query(base.path(), "select count(*) from delivery where state = 'sending'"),
        ["0"],
        "nothing is taken"
    );
    let mut seen = vec![held.id];
    held = ledger.claim_delivery("w", LEASE, pick).await.unwrap().unwrap();
    seen.push(held.id);
    while let Some(taken) =
        ledger.finish_and_take(held.id, held.fence, done(), "w", LEASE, pick).await.unwrap()
    {
        held = ledger.read_taken(taken).await.unwrap().unwrap();
        assert_eq!((held.run, held.attempt), (id, 1));
        seen.push(held.id);
    }
    assert_eq!(seen.len(), 3);
    assert_eq!(ledger.run(id).await.unwrap().unwrap().run.state, RunState::Done);
    assert_eq!(ledger.run(other).await.unwrap().unwrap().run.state, RunState::Delivering);
}

async fn what_several_have_in_hand_is_in_memory_once(base: Base) {
    let ledger = open(base.path()).await;
    delivering(&ledger, 0, 3).await;
    let [one, two] = [take(&ledger, LEASE).await.unwrap(), take(&ledger, LEASE).await.unwrap()];
    assert!(Arc::ptr_eq(&one.content, &two.content));
    drop((one, two));
    base.execute("update artifact set content = substr(content, 2)");
    assert!(take(&ledger, LEASE).await.is_none(), "read and checked again when nobody has it any more");
}

async fn a_message_for_thousands_is_kept_once_and_its_run_ends_with_the_last_of_them(base: Base) {
    let number = count(300, 10_000) as usize;
    let ledger = open(base.path()).await;
    let run = claimed(&ledger, 0).await;
    let message = b"Subject: all\r\n\r\n".repeat(4_000);
    let recipients = (0..number).map(|n| format!("r{n:05}@nandu.example"));
    let deliveries: Vec<NewDelivery> = recipients.map(|it| delivery("mail", &it, 0)).collect();
    let began = Instant::now();
    ledger.record_products(run.id, run.fence, vec![artifact("all.eml", &message)], deliveries).await.unwrap();
    let promised = began.elapsed();
    assert_eq!(
        query(base.path(), "select count(*), sum(size) from artifact"),
        [format!("1 {}", message.len())]
    );
    let pick = Pick { run: None, channel: Some("mail") };
    let mut held = ledger.claim_delivery("w", LEASE, pick).await.unwrap().unwrap();
    let mut tried = 1;
    let began = Instant::now();
    while let Some(taken) =
        ledger.finish_and_take(held.id, held.fence, done(), "w", LEASE, pick).await.unwrap()
    {
        held = ledger.read_taken(taken).await.unwrap().unwrap();
        tried += 1;
    }
    assert_eq!(tried, number);
    let run = ledger.run(run.id).await.unwrap().unwrap().run;
    assert_eq!((run.state, run.deliveries.done as usize), (RunState::Done, number));
    println!(
        "{number} recipients of one message: promised in {promised:.1?}, finished one after the other, {:.0} a second",
        number as f64 / began.elapsed().as_secs_f64()
    );
}

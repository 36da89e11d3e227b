//! What may have arrived: whatever becomes of it later, the record does not say that nobody has it.

use super::base::{Base, both, on_server};
use super::fixtures::{LEASE, delivering, open, query, take};
use crate::support::database::Session;
use parte::ledger::{ClaimedDelivery, DeliveryState, Finish, Ledger, RunId, RunState};
use std::time::Duration;

both! {
    what_may_have_arrived_is_not_said_to_be_refused_or_dead,
    what_may_have_arrived_is_not_called_off_with_its_run,
}

fn no() -> String {
    "550 no such user".to_owned()
}

/// A delivery whose first try ended in doubt, in hand for its second.
async fn tried_in_doubt(folder: &Base, ledger: &Ledger) -> ClaimedDelivery {
    let first = take(ledger, LEASE).await.unwrap();
    let error = "no answer to the final dot".to_owned();
    ledger.finish_delivery(first.id, first.fence, Finish::InDoubt { error }).await.unwrap();
    folder.execute("update delivery set next_attempt_at = 0 where state = 'retry'");
    take(ledger, LEASE).await.unwrap()
}

async fn stands(ledger: &Ledger, run: RunId) -> (RunState, Vec<DeliveryState>) {
    let detail = ledger.run(run).await.unwrap().unwrap();
    (detail.run.state, detail.deliveries.iter().map(|it| it.state).collect())
}

async fn what_may_have_arrived_is_not_said_to_be_refused_or_dead(folder: Base) {
    let ledger = open(folder.path()).await;
    for (minutes, end) in [(0, Finish::Refused { error: no() }), (1, Finish::Dead { error: no() })] {
        let run = delivering(&ledger, minutes, 1).await;
        let again = tried_in_doubt(&folder, &ledger).await;
        ledger.finish_delivery(again.id, again.fence, end).await.unwrap();
        assert_eq!(stands(&ledger, run).await, (RunState::Partial, vec![DeliveryState::InDoubt]));
        let told = ledger.undelivered(0).await.unwrap().remove(0).why;
        assert_eq!(told, "550 no such user (an earlier try ended in doubt)");
        // Somebody decided that it is sent again: from there on the peer's word counts.
        ledger.send_again(again.id).await.unwrap();
        let decided = take(&ledger, LEASE).await.unwrap();
        ledger.finish_delivery(decided.id, decided.fence, Finish::Refused { error: no() }).await.unwrap();
        assert_eq!(stands(&ledger, run).await, (RunState::Failed, vec![DeliveryState::Refused]));
    }
}

async fn what_may_have_arrived_is_not_called_off_with_its_run(folder: Base) {
    let ledger = open(folder.path()).await;
    let wait = Duration::from_secs(60);
    // One waits when its run is called off, one is on its way, and one was never in doubt.
    for waits in [true, false] {
        let run = delivering(&ledger, i64::from(waits), 2).await;
        let again = tried_in_doubt(&folder, &ledger).await;
        let retry = || Finish::Retry { error: "451 later".to_owned(), wait };
        if waits {
            ledger.finish_delivery(again.id, again.fence, retry()).await.unwrap();
        }
        let off = ledger.cancel_run(run).await.unwrap();
        assert_eq!((off.deliveries, off.sending), if waits { (2, 0) } else { (1, 1) });
        if !waits {
            ledger.finish_delivery(again.id, again.fence, retry()).await.unwrap();
        }
        let (state, mut deliveries) = stands(&ledger, run).await;
        deliveries.sort_by_key(|state| state.as_str());
        assert_eq!(state, RunState::Partial);
        assert_eq!(deliveries, [DeliveryState::Cancelled, DeliveryState::InDoubt]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_worker_takes_while_it_is_called_off_is_not_tried_again() {
    let folder = Base::server();
    let ledger = open(folder.path()).await;
    let (port, database) = on_server(folder.path()).unwrap();
    for (minutes, whole) in [(0, true), (1, false)] {
        let run = delivering(&ledger, minutes, 1).await;
        let delivery = ledger.run(run).await.unwrap().unwrap().deliveries[0].id;
        // As a worker's claim does it, with the commit still to come.
        let claiming = format!(
            "update delivery set state = 'sending', fence = 1, attempts = 1, worker = 'w', started_at = 1,
                    lease_until = (select now from clock) + 60000000 where run_id = {run}"
        );
        let claim = Session::begin(port, &database, &claiming);
        let calling_off = tokio::spawn({
            let ledger = ledger.clone();
            async move {
                if whole {
                    ledger.cancel_run(run).await.map(|off| off.sending)
                } else {
                    ledger.cancel_delivery(delivery).await.map(|_| 1)
                }
            }
        });
        let waits =
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and usename = 'parte'";
        tokio::time::timeout(Duration::from_secs(60), async {
            while query(folder.path(), waits) != ["1"] {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await
        .expect("it waits for the claim");
        claim.commit();
        assert_eq!(calling_off.await.unwrap().unwrap(), 1, "it is on its way");
        folder.execute(&format!("update delivery set lease_until = 0 where run_id = {run}"));
        ledger.rescue().await.unwrap();
        assert_eq!(stands(&ledger, run).await, (RunState::Cancelled, vec![DeliveryState::Cancelled]));
    }
}

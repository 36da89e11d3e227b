//! The ledger does what the model does, step by step: so that what is shown of the model is true of the ledger.

use super::base::{Base, both};
use super::fixtures::{LEASE, delivering, open};
use crate::model::{Action, Answer, Delivery, Plan, State, Worker, fence_of};
use crate::support::count;
use parte::ledger::{
    AttemptOutcome, ClaimedDelivery, DeliveryState, Finish, Ledger, LedgerError, MAX_DELIVERY_ATTEMPTS, Pick,
    RunId, delivery_wait,
};
use rand::{Rng as _, SeedableRng as _};
use stateright::Model as _;

both! {
    random_walks_of_the_model_are_walks_of_the_ledger,
}

async fn random_walks_of_the_model_are_walks_of_the_ledger(folder: Base) {
    let walks = if folder.is_file() { count(20_u32, 400) } else { count(8, 200) };
    let ledger = open(folder.path()).await;
    let plan = Plan::sound(3, u8::try_from(MAX_DELIVERY_ATTEMPTS).unwrap());
    let (mut steps, mut ended) = (0, 0);
    for seed in 0..walks {
        let run = delivering(&ledger, seed.into(), 1).await;
        let mut dice = rand_chacha::ChaCha8Rng::seed_from_u64(seed.into());
        let mut there = Real { folder: &folder, ledger: ledger.clone(), run, held: vec![None; plan.workers] };
        let mut state = plan.init_states().remove(0);
        for _ in 0..60 {
            let mut actions = Vec::new();
            plan.actions(&state, &mut actions);
            if actions.is_empty() {
                break;
            }
            let action = actions[dice.random_range(0..actions.len())];
            let next = plan.next_state(&state, action).unwrap();
            there.step(&state, &next, action).await;
            there.compare(&next, action).await;
            state = next;
            steps += 1;
        }
        ended += u32::from(state.record.state.is_final());
        // nothing of it is due in the next walk
        folder.execute(&format!(
            "update delivery set state = 'cancelled', done_at = 0, lease_until = null where run_id = {run}"
        ));
    }
    println!("{walks} walks, {steps} steps, {ended} deliveries ended; the ledger and the model agree");
    assert!(ended > 0 && steps > 10 * walks, "{ended} of {walks} walks end, after {steps} steps in all");
}

/// What the model's parts are in truth.
struct Real<'a> {
    folder: &'a Base,
    ledger: Ledger,
    run: RunId,
    /// What each worker has in hand.
    held: Vec<Option<ClaimedDelivery>>,
}

impl Real<'_> {
    async fn step(&mut self, before: &Delivery, after: &Delivery, action: Action) {
        match action {
            Action::Claim { worker, lost } => {
                // every wait is over at some time
                let due = format!("update delivery set next_attempt_at = 0 where run_id = {}", self.run);
                self.folder.execute(&due);
                let pick = Pick { run: Some(self.run), channel: None };
                let claimed = self.ledger.claim_delivery(&format!("w{worker}"), LEASE, pick).await.unwrap();
                assert!(claimed.is_some(), "{before:?} {action:?}");
                self.held[worker] = claimed.filter(|_| !lost);
            }
            Action::Heartbeat(worker) => {
                let held = self.held(worker);
                let kept = self.ledger.heartbeat_delivery(held.id, held.fence, LEASE).await;
                agree(kept, fence_of(after.workers[worker]).is_some(), before, action);
            }
            Action::RecordDataSent { worker, lost } => {
                let held = self.held(worker);
                let recorded = self.ledger.record_data_sent(held.id, held.fence).await;
                if !lost {
                    let believed = matches!(after.workers[worker], Worker::MayLeave { .. });
                    agree(recorded, believed, before, action);
                }
            }
            Action::Finish { worker, .. } => {
                let Worker::Answered { answer, .. } = before.workers[worker] else { panic!("{before:?}") };
                let held = self.held(worker);
                let finished = self.ledger.finish_delivery(held.id, held.fence, said(answer, held)).await;
                agree(finished, before.record.ended != after.record.ended, before, action);
            }
            Action::LeaseEnds => {
                self.folder
                    .execute(&format!("update delivery set lease_until = 0 where run_id = {}", self.run));
            }
            Action::Rescue => {
                assert_eq!(self.ledger.rescue().await.unwrap().deliveries.len(), 1, "{before:?}");
            }
            // Of these the record hears nothing.
            Action::Send(_)
            | Action::SendFails { .. }
            | Action::AnswerArrives(_)
            | Action::AnswerIsLost(_)
            | Action::Release(_)
            | Action::Crash(_)
            | Action::Stop(_)
            | Action::Continue(_) => {}
        }
    }

    fn held(&self, worker: usize) -> &ClaimedDelivery {
        self.held[worker].as_ref().unwrap()
    }

    /// Does the record say what the model says?
    async fn compare(&self, model: &Delivery, action: Action) {
        let delivery = self.ledger.run(self.run).await.unwrap().unwrap().deliveries.remove(0);
        let state = match delivery.state {
            DeliveryState::Pending | DeliveryState::Retry => State::Waiting,
            DeliveryState::Sending => State::Sending,
            DeliveryState::Done => State::Done,
            DeliveryState::Refused => State::Refused,
            DeliveryState::InDoubt => State::InDoubt,
            DeliveryState::Dead => State::Dead,
            DeliveryState::Cancelled | DeliveryState::Held => panic!("nobody cancels or holds it"),
        };
        let doubts = delivery.attempts.iter().filter(|it| it.outcome == AttemptOutcome::InDoubt).count();
        let ended: u8 = model.record.ended.iter().sum();
        assert_eq!(
            (state, doubts, delivery.attempts.len()),
            (model.record.state, model.record.doubts.into(), ended.into()),
            "after {action:?}, {model:?}"
        );
    }
}

/// The words in which a worker says it.
fn said(answer: Answer, held: &ClaimedDelivery) -> Finish {
    let error = "as the model has it".to_owned();
    match answer {
        Answer::Done => Finish::Done { receipt: error },
        Answer::Refused => Finish::Refused { error },
        Answer::InDoubt => Finish::InDoubt { error },
        Answer::Released => Finish::Released,
        Answer::Retry => match delivery_wait(&held.key, held.attempt, None) {
            Some(wait) => Finish::Retry { error, wait },
            None => Finish::Dead { error },
        },
    }
}

fn agree(answer: Result<(), LedgerError>, believed: bool, before: &Delivery, action: Action) {
    match answer {
        Ok(()) => assert!(believed, "{before:?} {action:?} is believed"),
        Err(LedgerError::Stale { .. }) => assert!(!believed, "{before:?} {action:?} is refused"),
        Err(error) => panic!("{before:?} {action:?}: {error}"),
    }
}

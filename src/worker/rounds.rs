//! The worker itself: looks what is due, hands it out within its limits, and comes to a rest when told to stop.

use super::lease::Rest;
use super::options::{Hands, Options};
use super::places::Places;
use super::production::OnFailure;
use crate::definition::{AlertOn, Definitions};
use crate::ledger::{
    ClaimedRun, DeliveryState, InHand, Ledger, LedgerError, NewRun, Pick, RunDetail, RunId, RunState,
};
use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

/// How soon the ledger is asked again when nothing is known to be due: another process may have enqueued something.
const POLL: Duration = Duration::from_secs(1);

/// How soon at the latest, after nothing was due for a while.
const LONGEST_POLL: Duration = Duration::from_secs(5);

/// How often somebody who waits for a run has it looked at.
const LOOK: Duration = Duration::from_millis(100);

/// How often it is looked whether owners are to be told something: they wait seconds longer, the ledger is asked rarely.
const CAUSES: Duration = Duration::from_secs(2);

/// How long is waited after the ledger failed, at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Does what is due. Clones share their limits. Several workers, here or elsewhere, may share a ledger: each run
/// and each delivery is in the hands of one of them.
#[derive(Clone)]
pub struct Worker {
    inner: Arc<Inner>,
}

struct Inner {
    ledger: Ledger,
    definitions: watch::Receiver<Arc<Definitions>>,
    options: Options,
    hands: Hands,
    places: Places,
    bell: Arc<Notify>,
    in_hand: Mutex<InHand>,
    /// What cannot be told, of which the log has said so: by report, or by run where each run is told of.
    untold: Mutex<HashSet<(String, AlertOn)>>,
}

impl Worker {
    /// A worker for this ledger; it follows the definitions when they change.
    #[must_use]
    pub fn new(ledger: Ledger, definitions: watch::Receiver<Arc<Definitions>>, options: Options) -> Self {
        Self::with_hands(ledger, definitions, options, Hands::default())
    }

    /// The same, with other calls in place of the pipeline and the channels.
    #[must_use]
    pub fn with_hands(
        ledger: Ledger,
        definitions: watch::Receiver<Arc<Definitions>>,
        options: Options,
        hands: Hands,
    ) -> Self {
        let places = Places::new(&options);
        let (bell, in_hand, untold) = Default::default();
        Self { inner: Arc::new(Inner { ledger, definitions, options, hands, places, bell, in_hand, untold }) }
    }

    /// Rung by who enqueues something, it has the worker look at once.
    #[must_use]
    pub fn bell(&self) -> Arc<Notify> {
        Arc::clone(&self.inner.bell)
    }

    pub(super) fn ledger(&self) -> &Ledger {
        &self.inner.ledger
    }

    /// Its limits and times.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.inner.options
    }

    pub(super) fn hands(&self) -> &Hands {
        &self.inner.hands
    }

    /// What this process is at.
    pub(super) fn in_hand(&self) -> MutexGuard<'_, InHand> {
        self.inner.in_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn untold(&self) -> MutexGuard<'_, HashSet<(String, AlertOn)>> {
        self.inner.untold.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn definitions(&self) -> Arc<Definitions> {
        Arc::clone(&self.inner.definitions.borrow())
    }

    /// Works until `stop` turns true (or its sender is gone). Then nothing new is begun; what is in flight may go
    /// on for [`Options::drain`], and what is not done by then is released for others to do. A ledger that cannot
    /// be written is reported and tried again; nothing is begun that cannot be recorded.
    ///
    /// Producing a report cannot be interrupted: a released run's thread ends by itself, so end the runtime with
    /// `shutdown_timeout` rather than waiting for it.
    pub async fn run_until(&self, mut stop: watch::Receiver<bool>) {
        let (rest, resting) = watch::channel(Rest::None);
        let mut tasks = JoinSet::new();
        let mut pause = POLL;
        let mut looked: Option<Instant> = None;
        while !*stop.borrow() {
            let busy = tasks.len();
            let wait = match self.round(&mut tasks, &resting).await {
                Ok(due) => {
                    // The longer nothing is due, the more seldom it is asked for.
                    pause = if tasks.len() > busy { POLL } else { (pause * 5 / 4).min(LONGEST_POLL) };
                    due.map_or(pause, |due| due.clamp(Duration::from_millis(5), pause))
                }
                Err(error) => {
                    tracing::error!(worker = %self.options().name, error = error.in_full(), "ledger cannot be used; trying again");
                    pause = (2 * pause).min(LONGEST_PAUSE);
                    pause
                }
            };
            if looked.is_none_or(|looked| looked.elapsed() >= CAUSES) {
                self.look_for_causes().await;
                looked = Some(Instant::now());
            }
            tokio::select! {
                Some(ended) = tasks.join_next() => {
                    touched_by(ended);
                    pause = POLL;
                }
                () = self.inner.bell.notified() => pause = POLL,
                () = tokio::time::sleep(wait) => {}
                stopped = stop.wait_for(|stop| *stop) => if stopped.is_err() { break },
            }
        }
        tracing::info!(worker = %self.options().name, in_flight = tasks.len(), "worker stops");
        self.come_to_rest(tasks, &rest).await;
    }

    /// Works until nothing is due any more, or `stop` turns true, and returns the runs that were begun or delivered from. What is to be
    /// tried again later, or is in the hands of other workers, is not waited for.
    ///
    /// # Errors
    /// When the ledger cannot be used: what was in flight has then come to its end or was released.
    pub async fn work_off(&self, mut stop: watch::Receiver<bool>) -> Result<BTreeSet<RunId>, LedgerError> {
        let (rest, resting) = watch::channel(Rest::None);
        let mut tasks = JoinSet::new();
        let mut touched = BTreeSet::new();
        let mut outcome = Ok(());
        let mut told = false;
        while outcome.is_ok() && !*stop.borrow() {
            outcome = self.round(&mut tasks, &resting).await.map(drop);
            tokio::select! {
                ended = tasks.join_next() => match ended {
                    Some(ended) => touched.extend(touched_by(ended)),
                    // Nothing could be handed out, and nothing is in flight: what owners are to be told of it goes out too.
                    None if told => break,
                    None => {
                        self.look_for_causes().await;
                        told = true;
                    }
                },
                _ = stop.wait_for(|stop| *stop) => break,
            }
        }
        touched.extend(self.come_to_rest(tasks, &rest).await);
        outcome.map(|()| touched)
    }

    /// Waits for what is in flight as long as that may go on, and has the rest released.
    async fn come_to_rest(
        &self,
        mut tasks: JoinSet<BTreeSet<RunId>>,
        rest: &watch::Sender<Rest>,
    ) -> BTreeSet<RunId> {
        rest.send_replace(Rest::Draining);
        let mut touched = BTreeSet::new();
        let drained = async {
            while let Some(ended) = tasks.join_next().await {
                touched.extend(touched_by(ended));
            }
        };
        if tokio::time::timeout(self.options().drain, drained).await.is_err() {
            rest.send_replace(Rest::Over);
            while let Some(ended) = tasks.join_next().await {
                touched.extend(touched_by(ended));
            }
        }
        // Told now, delivered by whoever works next.
        self.look_for_causes().await;
        touched
    }

    async fn look_for_causes(&self) {
        if let Err(error) = self.tell_owners().await {
            tracing::warn!(worker = %self.options().name, error = error.in_full(), "owners are told later");
        }
    }

    /// Hands out what is due as far as there are places, and says when to look again: `None` when nothing waits.
    async fn round(
        &self,
        tasks: &mut JoinSet<BTreeSet<RunId>>,
        resting: &watch::Receiver<Rest>,
    ) -> Result<Option<Duration>, LedgerError> {
        // Looking takes no lock; only when something is due is the record written.
        match self.ledger().next_due().await? {
            Some(Duration::ZERO) => {}
            later => return Ok(later),
        }
        self.rescue().await?;
        let (name, lease) = (&self.options().name, self.options().lease);
        while let Some(place) = self.inner.places.for_run() {
            let claimed = if place.takes_giants() {
                self.ledger().claim_run(name, lease).await?
            } else {
                self.ledger().claim_small_run(name, lease).await?
            };
            let Some(run) = claimed else { break };
            let (worker, resting) = (self.clone(), resting.clone());
            let (id, place) = (run.id, place.taken(run.giant));
            tasks.spawn(async move {
                worker.work_run(run, OnFailure::TryAgain, resting).await;
                drop(place);
                BTreeSet::from([id])
            });
        }
        for channel in self.ledger().waiting_channels().await? {
            self.hand_out(tasks, resting, Pick { run: None, channel: Some(&channel) }, &channel).await?;
        }
        // What is due and has no place yet waits for one: a finished task wakes the loop.
        Ok(None)
    }

    /// Begins deliveries by one channel while there are places for its kind and host, and room for what they hold.
    async fn hand_out(
        &self,
        tasks: &mut JoinSet<BTreeSet<RunId>>,
        resting: &watch::Receiver<Rest>,
        pick: Pick<'_>,
        channel: &str,
    ) -> Result<(), LedgerError> {
        while self.inner.places.is_one_free(&self.definitions(), channel) {
            let Some(bytes) = self.ledger().first_due_size(pick).await? else { break };
            let place = self.inner.places.for_delivery(&self.definitions(), channel, bytes);
            let Some(mut place) = place else { break };
            let claimed =
                self.ledger().claim_delivery(&self.options().name, self.options().lease, pick).await?;
            let Some(delivery) = claimed else { break };
            place.holds(delivery.content.len() as u64);
            let (worker, resting, run) = (self.clone(), resting.clone(), pick.run);
            tasks.spawn(async move { worker.work_deliveries(delivery, place, run, resting).await });
        }
        Ok(())
    }

    async fn rescue(&self) -> Result<(), LedgerError> {
        let own = self.in_hand().clone();
        let rescued = self.ledger().rescue_from_others(own).await?;
        for (run, state) in rescued.runs {
            tracing::warn!(%run, %state, "run taken back from a worker that was not heard of");
        }
        for (delivery, state) in rescued.deliveries {
            tracing::warn!(%delivery, %state, "delivery taken back from a worker that was not heard of");
        }
        Ok(())
    }

    /// Enqueues a run, does it at once and tries its deliveries once: for who asks and waits for the answer.
    ///
    /// # Errors
    /// When the ledger cannot be used. A report that cannot be produced is no error here: the answer says so.
    pub async fn run_now(&self, run: NewRun) -> Result<RunDetail, LedgerError> {
        let claimed = self.ledger().start_run(run, &self.options().name, self.options().lease).await?;
        self.do_claimed(claimed).await
    }

    /// Does a run that this worker has claimed, and tries its deliveries once.
    ///
    /// # Errors
    /// As with [`Self::run_now`].
    pub async fn do_claimed(&self, claimed: ClaimedRun) -> Result<RunDetail, LedgerError> {
        let id = claimed.id;
        let (_working, resting) = watch::channel(Rest::None);
        self.work_run(claimed, OnFailure::GiveUp, resting).await;
        self.drain_run(id).await
    }

    /// Does a run that is in the ledger, if it waits, tries its deliveries that are due once, and says what became
    /// of each. What another worker has in hand is waited for; what is to be tried again later is left for then.
    ///
    /// # Errors
    /// When the ledger cannot be used, or there is no such run.
    pub async fn drain_run(&self, run: RunId) -> Result<RunDetail, LedgerError> {
        let (_working, resting) = watch::channel(Rest::None);
        let mut tasks = JoinSet::new();
        let outcome = self.drain(run, &mut tasks, &resting).await;
        // What is under way comes to its end, even when the ledger failed meanwhile.
        while let Some(ended) = tasks.join_next().await {
            touched_by(ended);
        }
        outcome
    }

    async fn drain(
        &self,
        run: RunId,
        tasks: &mut JoinSet<BTreeSet<RunId>>,
        resting: &watch::Receiver<Rest>,
    ) -> Result<RunDetail, LedgerError> {
        loop {
            if tasks.is_empty() {
                let waiting =
                    self.ledger().claim_run_by_id(run, &self.options().name, self.options().lease).await?;
                if let Some(claimed) = waiting {
                    self.work_run(claimed, OnFailure::GiveUp, resting.clone()).await;
                }
            }
            for channel in self.ledger().waiting_channels().await? {
                let pick = Pick { run: Some(run), channel: Some(&channel) };
                self.hand_out(tasks, resting, pick, &channel).await?;
            }
            if let Some(ended) = tasks.join_next().await {
                touched_by(ended);
                continue;
            }
            let detail = self.ledger().run(run).await?.ok_or_else(|| LedgerError::Impossible {
                what: format!("there is no run {run}"),
                hint: "`parte runs` lists them",
            })?;
            let in_hand = matches!(detail.run.state, RunState::Queued | RunState::Running)
                || detail.deliveries.iter().any(|d| d.state == DeliveryState::Sending);
            let due = detail.deliveries.iter().any(|d| d.state == DeliveryState::Pending);
            if !in_hand && !due {
                return Ok(detail);
            }
            self.rescue().await?;
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// The runs that a task was about. A panic in it is a fault in Parte; its lease runs out and the work is taken back.
fn touched_by(ended: Result<BTreeSet<RunId>, tokio::task::JoinError>) -> BTreeSet<RunId> {
    ended.unwrap_or_else(|stopped| {
        tracing::error!(error = %stopped, "work broke off; it is taken back when its lease ends");
        BTreeSet::new()
    })
}

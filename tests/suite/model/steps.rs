//! The states of a delivery and of its workers, and the steps between them.

use stateright::{Model, Property};

/// Where the delivery stands in the record, as [`parte::ledger::DeliveryState`] has it; one that waits for another try is
/// `Waiting` too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum State {
    Waiting,
    Sending,
    Done,
    Refused,
    InDoubt,
    Dead,
}

impl State {
    pub(crate) fn is_final(self) -> bool {
        !matches!(self, Self::Waiting | Self::Sending)
    }
}

/// The row of the delivery, and what its attempts say.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Record {
    pub(crate) state: State,
    pub(crate) fence: u8,
    /// The lease of who is at it has ended.
    pub(crate) expired: bool,
    /// It is recorded that a message of this try may leave.
    pub(crate) data_sent: bool,
    /// Tries that ended in doubt.
    pub(crate) doubts: u8,
    /// How often the try of each fence was ended, by its worker or by a rescuer. For the checks alone.
    pub(crate) ended: [u8; 12],
    /// It was done at some time. For the checks alone.
    pub(crate) was_done: bool,
}

/// How far a worker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Worker {
    /// Without work; also one that has just been started again.
    Idle,
    /// Has claimed it.
    Holds { fence: u8 },
    /// Was told that the message may leave.
    MayLeave { fence: u8 },
    /// Was told that somebody else has the work, or was not told anything.
    MayNotLeave { fence: u8 },
    /// The peer has the message; its answer is under way.
    Sent { fence: u8 },
    /// Knows what to say about its try.
    Answered { fence: u8, answer: Answer },
}

/// What a worker says about its try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Answer {
    Done,
    Retry,
    Refused,
    InDoubt,
    Released,
}

/// Everything there is: the record, the workers, and the peer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Delivery {
    pub(crate) record: Record,
    pub(crate) workers: Vec<Worker>,
    /// Stopped by the system, or the machine under it: takes no step until it is continued.
    pub(crate) stopped: Vec<bool>,
    /// Messages that the peer has.
    pub(crate) received: u8,
    /// A message left although its worker was not told that it may.
    pub(crate) left_unasked: bool,
}

/// A step. The number is the worker's; `lost` means that the database did it and its answer did not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    Claim {
        worker: usize,
        lost: bool,
    },
    Heartbeat(usize),
    RecordDataSent {
        worker: usize,
        lost: bool,
    },
    /// The peer takes the message.
    Send(usize),
    /// The peer answers before it has taken the message, or the connection breaks before.
    SendFails {
        worker: usize,
        answer: Answer,
    },
    AnswerArrives(usize),
    AnswerIsLost(usize),
    /// The program is told to stop and does not wait for the try.
    Release(usize),
    Finish {
        worker: usize,
        lost: bool,
    },
    Crash(usize),
    Stop(usize),
    Continue(usize),
    LeaseEnds,
    Rescue,
}

/// What is checked: how many workers, how many tries, which policy, and what is left out to see that it is needed.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) workers: usize,
    pub(crate) tries: u8,
    /// What is in doubt is held, and not sent once more.
    pub(crate) hold: bool,
    /// A finish is believed whoever says it.
    pub(crate) without_fence: bool,
    /// A message leaves even if that could not be recorded.
    pub(crate) without_asking: bool,
}

impl Plan {
    /// As Parte does it.
    pub(crate) fn sound(workers: usize, tries: u8) -> Self {
        Self { workers, tries, hold: false, without_fence: false, without_asking: false }
    }

    /// Ends the try that is under way, as the ledger's `end_try`; `None` for a rescuer's word.
    fn end(&self, record: &mut Record, answer: Option<Answer>) {
        let doubted_before = record.doubts > 0;
        let last = record.fence >= self.tries;
        let doubt = |record: &mut Record| {
            record.doubts += 1;
            if self.hold || doubted_before || last { State::InDoubt } else { State::Waiting }
        };
        record.ended[usize::from(record.fence)] += 1;
        record.state = match answer {
            Some(Answer::Done) => State::Done,
            Some(Answer::Refused) => State::Refused,
            Some(Answer::Retry) if last => State::Dead,
            Some(Answer::Retry) => State::Waiting,
            Some(Answer::InDoubt) => doubt(record),
            Some(Answer::Released) | None if record.data_sent => doubt(record),
            Some(Answer::Released) => State::Waiting,
            None if last => State::Dead,
            None => State::Waiting,
        };
        if doubted_before && matches!(record.state, State::Refused | State::Dead) {
            record.state = State::InDoubt;
        }
        record.expired = false;
        record.was_done |= record.state == State::Done;
    }

    /// Is what a worker with this fence says believed?
    fn believes(&self, record: &Record, fence: u8) -> bool {
        record.state == State::Sending && record.fence == fence
    }

    fn steps_of(&self, it: &Delivery, worker: usize, actions: &mut Vec<Action>) {
        if it.stopped[worker] {
            actions.extend([Action::Continue(worker), Action::Crash(worker)]);
            return;
        }
        let both = [false, true];
        match it.workers[worker] {
            Worker::Idle => {
                if it.record.state == State::Waiting && it.record.fence < self.tries {
                    actions.extend(both.map(|lost| Action::Claim { worker, lost }));
                }
                // Nothing is lost by the crash of an idle one, and nothing gained by stopping it.
                return;
            }
            Worker::Holds { fence } => {
                actions.extend(both.map(|lost| Action::RecordDataSent { worker, lost }));
                // A bound of the model: released at its last try it could be claimed for ever.
                if fence < self.tries {
                    actions.push(Action::Release(worker));
                }
            }
            Worker::MayLeave { fence } => {
                actions.push(Action::Send(worker));
                let failures = [Answer::Retry, Answer::Refused, Answer::InDoubt];
                actions.extend(failures.map(|answer| Action::SendFails { worker, answer }));
                if fence < self.tries {
                    actions.push(Action::Release(worker));
                }
            }
            Worker::MayNotLeave { .. } => {
                actions.push(Action::SendFails { worker, answer: Answer::Retry });
                if self.without_asking {
                    actions.push(Action::Send(worker));
                }
            }
            Worker::Sent { .. } => {
                actions.extend([Action::AnswerArrives(worker), Action::AnswerIsLost(worker)]);
                actions.push(Action::Release(worker));
            }
            Worker::Answered { .. } => {
                actions.extend(both.map(|lost| Action::Finish { worker, lost }));
            }
        }
        actions.extend([Action::Crash(worker), Action::Stop(worker), Action::Heartbeat(worker)]);
    }
}

/// The fence of a worker that has one.
pub(crate) fn fence_of(worker: Worker) -> Option<u8> {
    match worker {
        Worker::Idle => None,
        Worker::Holds { fence }
        | Worker::MayLeave { fence }
        | Worker::MayNotLeave { fence }
        | Worker::Sent { fence }
        | Worker::Answered { fence, .. } => Some(fence),
    }
}

impl Model for Plan {
    type State = Delivery;
    type Action = Action;

    fn init_states(&self) -> Vec<Delivery> {
        let record = Record {
            state: State::Waiting,
            fence: 0,
            expired: false,
            data_sent: false,
            doubts: 0,
            ended: [0; 12],
            was_done: false,
        };
        vec![Delivery {
            record,
            workers: vec![Worker::Idle; self.workers],
            stopped: vec![false; self.workers],
            received: 0,
            left_unasked: false,
        }]
    }

    fn actions(&self, it: &Delivery, actions: &mut Vec<Action>) {
        for worker in 0..self.workers {
            self.steps_of(it, worker, actions);
        }
        if it.record.state == State::Sending {
            actions.push(if it.record.expired { Action::Rescue } else { Action::LeaseEnds });
        }
    }

    fn next_state(&self, before: &Delivery, action: Action) -> Option<Delivery> {
        let mut it = before.clone();
        let record = &mut it.record;
        match action {
            Action::Claim { worker, lost } => {
                record.state = State::Sending;
                record.fence += 1;
                record.data_sent = false;
                record.expired = false;
                if !lost {
                    it.workers[worker] = Worker::Holds { fence: record.fence };
                }
            }
            Action::Heartbeat(worker) => {
                let fence = fence_of(it.workers[worker])?;
                if self.believes(record, fence) {
                    record.expired = false;
                } else {
                    it.workers[worker] = Worker::Idle;
                }
            }
            Action::RecordDataSent { worker, lost } => {
                let fence = fence_of(it.workers[worker])?;
                let believed = self.believes(record, fence);
                record.data_sent |= believed;
                it.workers[worker] = if believed && !lost {
                    Worker::MayLeave { fence }
                } else {
                    Worker::MayNotLeave { fence }
                };
            }
            Action::Send(worker) => {
                let fence = fence_of(it.workers[worker])?;
                it.left_unasked |= matches!(it.workers[worker], Worker::MayNotLeave { .. });
                it.received += 1;
                it.workers[worker] = Worker::Sent { fence };
            }
            Action::SendFails { worker, answer } => {
                it.workers[worker] = Worker::Answered { fence: fence_of(it.workers[worker])?, answer };
            }
            Action::AnswerArrives(worker) => {
                let answer = Answer::Done;
                it.workers[worker] = Worker::Answered { fence: fence_of(it.workers[worker])?, answer };
            }
            Action::AnswerIsLost(worker) => {
                let answer = Answer::InDoubt;
                it.workers[worker] = Worker::Answered { fence: fence_of(it.workers[worker])?, answer };
            }
            Action::Release(worker) => {
                let answer = Answer::Released;
                it.workers[worker] = Worker::Answered { fence: fence_of(it.workers[worker])?, answer };
            }
            Action::Finish { worker, lost } => {
                let Worker::Answered { fence, answer } = it.workers[worker] else { return None };
                let believed = self.believes(record, fence) || self.without_fence;
                if believed {
                    self.end(record, Some(answer));
                }
                // Who hears nothing says it again.
                if !(believed && lost) {
                    it.workers[worker] = Worker::Idle;
                }
            }
            Action::Crash(worker) => {
                it.workers[worker] = Worker::Idle;
                it.stopped[worker] = false;
            }
            Action::Stop(worker) => it.stopped[worker] = true,
            Action::Continue(worker) => it.stopped[worker] = false,
            Action::LeaseEnds => record.expired = true,
            Action::Rescue => self.end(record, None),
        }
        Some(it)
    }

    /// What is broken already need not be broken more and more.
    fn within_boundary(&self, it: &Delivery) -> bool {
        it.record.ended.iter().all(|&times| times <= 2) && it.record.doubts <= self.tries && it.received <= 3
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("a fence is finished at most once", |_, it: &Delivery| {
                it.record.ended.iter().all(|&times| times <= 1)
            }),
            Property::always("at most one holder is believed", |plan: &Plan, it: &Delivery| {
                let held = it.workers.iter().filter_map(|worker| fence_of(*worker));
                held.filter(|fence| plan.believes(&it.record, *fence)).count() <= 1
            }),
            Property::always("done is final", |_, it: &Delivery| {
                !it.record.was_done || it.record.state == State::Done
            }),
            Property::always("what is done has arrived", |_, it: &Delivery| {
                it.record.state != State::Done || it.received > 0
            }),
            Property::always("no message leaves unasked", |_, it: &Delivery| !it.left_unasked),
            Property::always("a second message only beside a doubt in the record", |_, it: &Delivery| {
                it.received <= 1 + it.record.doubts
            }),
            Property::always("nobody gets it more than twice, and once where doubts are held", {
                |plan: &Plan, it: &Delivery| it.received <= if plan.hold { 1 } else { 2 }
            }),
            Property::always(
                "of what may have arrived it is not said that nobody has it",
                |_, it: &Delivery| {
                    it.received == 0 || !matches!(it.record.state, State::Refused | State::Dead)
                },
            ),
            Property::sometimes("it is done", |_, it: &Delivery| it.record.state == State::Done),
            Property::sometimes("it is held in doubt", |_, it: &Delivery| it.record.state == State::InDoubt),
            Property::sometimes("it is done after a doubt", |_, it: &Delivery| {
                it.record.state == State::Done && it.record.doubts > 0
            }),
        ]
    }
}

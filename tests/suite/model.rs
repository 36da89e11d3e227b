//! A model of one delivery, checked in every state that it can reach: workers that claim, crash, are stopped for any length of
//! time and go on, answers that are lost, leases that end at any instant. What each step does to the record is what the
//! ledger's statements of that name do; `ledger/modelled.rs` walks the model at random and holds the ledger against it.
//!
//! There is no clock in it: a lease may end, and a wait be over, at any instant. So nothing that is shown here rests on
//! clocks that agree, on how long a lease is, or on a heartbeat that comes in time.

mod check;
mod steps;

pub(crate) use steps::{Action, Answer, Delivery, Plan, State, Worker, fence_of};

//! Does what is due: claims runs and deliveries, calls the pipeline and the channels, records what became of them.
//! Never: decides what is due, or how often something is tried (that is the ledger's word).

mod delivering;
mod gone;
mod lease;
mod options;
mod places;
mod production;
mod recorded;
mod rounds;
mod telling;

pub use options::{Hands, Options, Products};
pub use recorded::Recorded;
pub use rounds::Worker;

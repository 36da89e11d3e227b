//! How a worker works: its name, its limits, and the two calls it makes.

use crate::calendar::PeriodKind;
use crate::definition::{Channel, FrameName};
use crate::deliver::{Connections, MayLeave, Outcome, Shipment, deliver_asking};
use crate::pipeline::{KeptFile, Order, PipelineError, Planned, Produced, Total, produce};
use crate::render::Artifact;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// Limits and times of a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Who it is, in the record: unique among those that share a ledger, for example `host:pid`.
    pub name: String,
    /// How long it may be silent before others take its work; it says that it is there three times as often.
    pub lease: Duration,
    /// Runs produced at once. Each uses memory for its data and, while rendering, several cores. One of these places is kept for
    /// reports that are quickly produced.
    pub runs: usize,
    /// Deliveries under way at once to one host whose channel says nothing else, and into folders; four times as many to all
    /// hosts of a kind of channel together.
    pub deliveries: usize,
    /// Bytes that deliveries under way may hold together: a burst of large files waits for room.
    pub memory: u64,
    /// How long work in flight may go on after the stop.
    pub drain: Duration,
    /// How long it is tried to record what a peer said, while the ledger cannot be written: nobody can be asked again.
    pub patience: Duration,
    /// A single try that takes longer than this is given up: no peer may hold a place for ever.
    pub longest_try: Duration,
}

impl Options {
    /// The usual: leases of a minute, two runs and four deliveries to a host at once, 256 MB.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            lease: Duration::from_mins(1),
            runs: 2,
            deliveries: 4,
            memory: 256 << 20,
            drain: Duration::from_secs(30),
            patience: Duration::from_mins(2),
            longest_try: Duration::from_hours(1),
        }
    }
}

type Produce = dyn Fn(&Order<'_>) -> Result<Products, PipelineError> + Send + Sync;
type Deliver =
    dyn Fn(Channel, Shipment, Arc<MayLeave>) -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync;

/// What a worker keeps of a produced report.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Products {
    /// Files and messages.
    pub artifacts: Vec<Artifact>,
    /// Who gets what.
    pub deliveries: Vec<Planned>,
    /// Rows of its period by frame.
    pub rows: BTreeMap<FrameName, u64>,
    /// What its period is among those that it may be held against over years.
    pub kind: Option<PeriodKind>,
    /// Metrics as a whole.
    pub totals: Vec<Total>,
    /// What was expected of its data and is not so.
    pub unmet: Option<String>,
    /// Why it is held back until somebody decides, in the language of its report; it goes out without.
    pub held: Option<String>,
    /// What it was made from, to be kept.
    pub kept: Vec<KeptFile>,
}

impl From<Produced> for Products {
    fn from(it: Produced) -> Self {
        let Produced { document, artifacts, attached: _, deliveries, rows, kind, totals, unmet, held, kept } =
            it;
        let held = held.then(|| document.warnings.join("\n"));
        Self { artifacts, deliveries, rows, kind, totals, unmet, held, kept }
    }
}

/// The two calls a worker makes. [`Hands::default`] are the real ones; tests give others to see what a worker does
/// when they fail, hang or never return.
#[derive(Clone)]
pub struct Hands {
    /// Produces a report; called on a blocking thread.
    pub produce: Arc<Produce>,
    /// Brings a shipment by a channel; asks before a message leaves, which is recorded first.
    pub deliver: Arc<Deliver>,
}

impl Default for Hands {
    fn default() -> Self {
        let connections = Connections::default();
        Self {
            produce: Arc::new(|order| Ok(produce(order)?.into())),
            deliver: Arc::new(move |channel, shipment, may_leave| {
                let connections = connections.clone();
                Box::pin(async move { deliver_asking(&connections, &channel, &shipment, &*may_leave).await })
            }),
        }
    }
}

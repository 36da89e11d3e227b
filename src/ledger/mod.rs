//! The record: runs, artifacts, deliveries, attempts; claims and fences. Never: anything but the record.
//!
//! A run is claimed, produces artifacts and deliveries in one transaction, and ends when its deliveries have
//! ended. A delivery is claimed, tried, and finished by what the peer said; every try is kept.
//!
//! ```text
//! run:       queued -> running -> delivering -> done | partial | failed        missed never ran; cancelled was called off
//!                          `-> held: made, and released by somebody (delivering), or given up (cancelled)
//! delivery:  pending -> sending -> done | refused | dead
//!                          |-> retry -> sending ...
//!                          `-> in doubt: sent once more (retry), then held (in_doubt); or held at once
//!            held with its run: pending when that is released, cancelled when it is given up
//!            what people decide (sent again, tried now, called off) is in `care`
//! ```
//!
//! A run is `done` when every delivery is, `partial` when some are done or may be, `failed` when none is.
//! A message is marked before it leaves; if its try does not end, the delivery is in doubt and not simply pending.
//!
//! A firing has one run that counts. Done again, it is a new run; the earlier one stays as it is and says which run
//! stands in its place.
//!
//! Who claims something gets a [`Fence`]: a number that rises with every claim. Each later word about it carries
//! the fence, and one that is no longer the latest is refused with [`LedgerError::Stale`]: who was away longer
//! than its lease must stop, somebody else has the work. Leases are measured by the database's clock.
//!
//! The record is a SQLite file, or stands in a PostgreSQL database when several machines share the work. What it means is
//! said once for both: `sql` is the seam, `store` opens either, `migrations` has the tables of each.

mod alerts;
mod backfills;
mod cancelling;
mod care;
mod claiming;
mod contents;
mod coverage;
mod deliveries;
mod ending;
mod error;
mod figures;
mod firings;
mod gone;
mod health;
mod held;
mod history;
mod id;
mod kept;
mod overlap;
mod past;
mod pauses;
mod production;
mod rescue;
mod retention;
mod retry;
mod row;
mod rows;
mod runs;
mod sql;
mod state;
mod store;
mod successes;
mod undelivered;

pub use alerts::{Cause, Notice, Recovered, Told};
pub use backfills::{Backfill, BackfillRow, BackfillStart};
pub use cancelling::CalledOff;
pub use care::{Decided, Retried, Target};
pub use deliveries::{ClaimedDelivery, Pick, Taken};
pub use ending::Finish;
pub use error::{LedgerError, in_one_line};
pub use figures::{DURATION_BOUNDS, Figures, RunDurations};
pub use firings::{DecidedFirings, Firing};
pub use health::{Health, Queue};
pub use held::{Held, Undecided};
pub use history::{ArtifactRow, AttemptRow, DeliveryCounts, DeliveryRow, RunDetail, RunFilter, RunRow};
pub use id::{ArtifactId, BackfillId, DeliveryId, Fence, RunId};
pub use kept::{KeptRow, NewKept};
pub use past::{EarlierTotal, Had, NewTotal, RowCount};
pub use pauses::Pause;
pub use production::{NewArtifact, NewDelivery, Production};
pub use rescue::{InHand, Rescued};
pub use retry::{MAX_DELIVERY_ATTEMPTS, MAX_RUN_ATTEMPTS, delivery_wait, run_wait};
pub use runs::{ClaimedRun, Enqueued, NewRun};
pub use state::{AlertKind, AttemptOutcome, DeliveryState, Reprocess, RunState, Trigger};
pub use store::{Ledger, Place, Protection, Server};
pub use successes::Success;
pub use undelivered::Undelivered;

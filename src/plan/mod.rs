//! What schedules and runs would do, and what a changed definition would change. Never: does any of it, writes anything,
//! asks for "now".

mod compare;
mod diff;
mod feed;
mod firings;
mod run;
mod sections;
mod words;

pub use diff::{Change, Changes, Mark, Subject, changes};
pub use feed::{MOST_EVENTS, feed};
pub use firings::{Upcoming, backfill, upcoming};
pub use run::{ArtifactPlan, DeliveryPlan, QueryPlan, RunPlan, SourcePlan, plan};
pub use sections::{ColumnPlan, SectionPlan};
pub use words::days;

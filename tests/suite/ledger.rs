//! The record, the scheduler that fills it and the worker that empties it: claims and fences, what survives a kill
//! or a full disk, what is due after days away, what becomes of deliveries.

#![expect(clippy::unwrap_used, reason = "a test that cannot set the scene has failed")]

mod backfills;
mod base;
mod care;
mod claims;
mod doubts;
mod faults;
mod figures;
mod fixtures;
mod gone;
mod held;
mod kept;
mod killed;
mod killed_peers;
mod killed_uploads;
mod limits;
mod mails;
mod modelled;
mod notices;
mod outages;
mod overlaps;
mod pauses;
mod row_counts;
mod schedules;
mod shared;
mod since;
mod successes;
mod together;
mod totals;
mod working;

pub(crate) use fixtures::{artifact, delivery, run};

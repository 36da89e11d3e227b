//! Parte: scheduled reports that can be trusted.
//!
//! The rooms of the house, in the order in which data passes them. Each room knows only what
//! stands left of it, plus [`calendar`] and `suggest`:
//!
//! ```text
//! definition -> source -> metrics -> document -> render -> deliver     (pipeline calls them in this order)
//! sync -> a copy -> source                                             (an API is copied; a report reads the copy)
//! scheduler -> ledger <- worker -> pipeline                            (what is due, who does it, what became of it)
//! cli -> app                                                           (the one place where parts are put together)
//! ```
//!
//! `docs/architecture.md` holds the map, the reasons and the "never" rules; a test enforces them.

pub mod app;
pub mod backfill;
pub mod calendar;
pub mod cli;
pub mod clock;
pub mod definition;
pub mod deliver;
pub mod demo;
pub mod document;
pub mod ledger;
pub mod metrics;
pub mod notices;
pub mod pipeline;
pub mod plan;
pub mod render;
pub mod saves;
pub mod scheduler;
pub mod server;
pub mod source;
mod suggest;
pub mod sync;
mod web;
pub mod worker;

//! One integration binary: the rooms of the house from outside, with real peers and readers.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where by panicking")]

mod architecture;
mod calendar;
mod cli;
mod definition;
mod delivery;
mod demo;
mod document;
mod ledger;
mod model;
mod numbers;
mod online;
#[path = "../platform/mod.rs"]
mod platform;
mod platform_mock;
mod preview;
mod render;
mod render_pdf;
mod sources;
mod support;
mod sync;

//! Documents put together from a real source by the real engine.

mod charts;
mod comparisons;
mod content;
mod dump;
mod heatmaps;
mod locales;
mod setting;
mod snapshots;
mod subtotals;
mod summary;
mod targets;

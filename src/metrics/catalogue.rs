//! The built-in metrics, read from the embedded catalogue.

use crate::definition::{MetricDefinition, read_metrics};
use std::sync::OnceLock;

/// The catalogue as shipped.
const TEXT: &str = include_str!("catalogue.toml");

/// The built-in metrics in catalogue order.
#[must_use]
pub fn catalogue() -> &'static [MetricDefinition] {
    static READ: OnceLock<Vec<MetricDefinition>> = OnceLock::new();
    READ.get_or_init(|| {
        read_metrics("catalogue.toml", TEXT).unwrap_or_else(|problems| {
            // The text is part of the program, and a test reads it: without it there are no built-in metrics.
            tracing::error!(%problems, "the built-in catalogue cannot be read");
            Vec::new()
        })
    })
}

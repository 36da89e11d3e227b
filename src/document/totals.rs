//! Metrics as a whole, as the later reports of the same kind are held against them. Never: what follows from that.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A metric as a whole, over the report's own period.
#[derive(Debug, Clone, PartialEq)]
pub struct Total {
    /// Its name in definitions.
    pub metric: String,
    /// By what it is computed, in one word ([`crate::definition::basis`]).
    pub basis: String,
    /// How it is shown: `percent.1`, `currency.0 COP`.
    pub unit: String,
    /// Rounded as it is shown; shares as shares (0.853).
    pub value: f64,
    /// As computed.
    pub raw: f64,
}

/// The same metric, computed and shown in the same way, over earlier periods of the same kind and zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Its name in definitions.
    pub metric: String,
    /// By what it was computed.
    pub basis: String,
    /// How it was shown.
    pub unit: String,
    /// Each period once, in any order.
    pub values: Vec<Past>,
}

/// A metric's value in an earlier period.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Past {
    /// First day of the period.
    pub from: NaiveDate,
    /// Rounded as it was shown.
    pub value: f64,
    /// As computed.
    pub raw: f64,
}

impl History {
    /// May its values be held against this one?
    #[must_use]
    pub fn is_of(&self, total: &Total) -> bool {
        (&self.metric, &self.basis, &self.unit) == (&total.metric, &total.basis, &total.unit)
    }
}

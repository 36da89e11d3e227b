//! The one place that asks the machine what time it is; everything else is given an instant.

use chrono::{DateTime, Utc};

/// The current instant of this machine's clock, in UTC.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

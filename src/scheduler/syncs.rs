//! Whether a copy of an API is to be brought up to date now. The copy's own record says when it was last; no firing is made up for
//! twice: one sync stands for all that were missed.

use crate::calendar::{Schedule, Workdays};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

/// One that failed, or was killed, is tried again so long after it began.
const AGAIN: TimeDelta = TimeDelta::minutes(5);

/// The last sync of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Last {
    /// When it began.
    pub started: DateTime<Utc>,
    /// When it ended; `None` when it was killed.
    pub ended: Option<DateTime<Utc>>,
    /// Did it come to its end?
    pub came_to_its_end: bool,
}

/// Is a sync due? One that never was is.
#[must_use]
pub fn is_due(
    schedule: &Schedule,
    zone: Tz,
    workdays: &Workdays,
    last: Option<&Last>,
    now: DateTime<Utc>,
) -> bool {
    let Some(last) = last else { return true };
    // a clock that was set back since then must not put the next one off for long
    let started = last.started.min(now);
    if !last.came_to_its_end && now - last.ended.unwrap_or(started).min(now) >= AGAIN {
        return true;
    }
    schedule.next_after(started, zone, workdays).is_some_and(|next| next <= now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    fn due(last: Option<&Last>, now: &str) -> bool {
        let hourly = Schedule::parse("every hour").expect("a schedule");
        is_due(&hourly, chrono_tz::America::Bogota, &Workdays::monday_to_friday(), last, at(now))
    }

    #[test]
    fn a_copy_is_due_once_a_firing_and_one_that_failed_soon_again() {
        assert!(due(None, "2026-03-09T12:00:00Z"), "one that never was");
        let done = Last {
            started: at("2026-03-09T12:00:05Z"),
            ended: Some(at("2026-03-09T12:03:00Z")),
            came_to_its_end: true,
        };
        assert!(!due(Some(&done), "2026-03-09T12:59:59Z"));
        assert!(due(Some(&done), "2026-03-09T13:00:00Z"));
        assert!(due(Some(&done), "2026-03-12T13:30:00Z"));
        let failed = Last { came_to_its_end: false, ..done };
        assert!(!due(Some(&failed), "2026-03-09T12:07:59Z"));
        assert!(due(Some(&failed), "2026-03-09T12:08:00Z"));
        let killed = Last { ended: None, ..failed };
        assert!(due(Some(&killed), "2026-03-09T12:05:05Z"));
        // the clock was set back by an hour
        assert!(!due(Some(&done), "2026-03-09T11:30:00Z"));
        assert!(!due(Some(&Last { started: at("2026-03-09T13:30:00Z"), ..done }), "2026-03-09T13:00:00Z"));
    }
}

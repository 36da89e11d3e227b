//! How often something is tried, and how long is waited in between: the one place that says so.

use sha2::{Digest as _, Sha256};
use std::time::Duration;

/// Waits before the second and every further try of a delivery: about 23 hours in all, so that a peer's bad day
/// passes and somebody can mend what is wrong before the report is given up.
const DELIVERY_WAITS: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_mins(2),
    Duration::from_mins(10),
    Duration::from_mins(30),
    Duration::from_hours(1),
    Duration::from_hours(3),
    Duration::from_hours(6),
    Duration::from_hours(12),
];

/// A delivery is tried this often, then it is dead.
pub const MAX_DELIVERY_ATTEMPTS: u32 = DELIVERY_WAITS.len() as u32 + 1;

/// Waits before the second and every further try of producing a run.
const RUN_WAITS: [Duration; 2] = [Duration::from_mins(1), Duration::from_mins(10)];

/// A run is begun this often, then it has failed. A worker that dies of a run counts too.
pub const MAX_RUN_ATTEMPTS: u32 = RUN_WAITS.len() as u32 + 1;

/// A peer's wish is honoured up to this long.
const LONGEST_WISH: Duration = Duration::from_hours(24);

/// How long to wait after try number `attempt` (1 is the first) of the delivery with this key; `None` when there
/// is no further try. Up to a tenth is added by the key, so that deliveries refused together do not return
/// together; what the peer itself asked for wins when it is longer.
#[must_use]
pub fn delivery_wait(key: &str, attempt: u32, wish: Option<Duration>) -> Option<Duration> {
    let wait = *DELIVERY_WAITS.get(usize::try_from(attempt.checked_sub(1)?).ok()?)?;
    let wait = wait + wait.mul_f64(0.1 * spread(key, attempt));
    Some(wait.max(wish.unwrap_or_default().min(LONGEST_WISH)))
}

/// How long to wait after beginning number `attempt` (1 is the first) of a run; `None` when there is no further.
#[must_use]
pub fn run_wait(attempt: u32) -> Option<Duration> {
    RUN_WAITS.get(usize::try_from(attempt.checked_sub(1)?).ok()?).copied()
}

/// A number in `[0, 1)`, always the same for the same key and try.
fn spread(key: &str, attempt: u32) -> f64 {
    let digest = Sha256::new().chain_update(key).chain_update(attempt.to_be_bytes()).finalize();
    f64::from(u16::from_be_bytes([digest[0], digest[1]])) / 65_536.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_from_five_seconds_to_half_a_day_and_then_there_is_no_further_try() {
        let seconds: Vec<u64> =
            (1..).map_while(|n| delivery_wait("k", n, None)).map(|w| w.as_secs()).collect();
        assert_eq!(seconds.len() as u32 + 1, MAX_DELIVERY_ATTEMPTS);
        for (seconds, least) in seconds.iter().zip([5, 30, 120, 600, 1800, 3600, 10_800, 21_600, 43_200]) {
            assert!((least..=least + least / 10 + 1).contains(seconds), "{seconds} s for {least} s");
        }
        assert_eq!(delivery_wait("k", 0, None), None);
        assert_eq!(delivery_wait("k", MAX_DELIVERY_ATTEMPTS, Some(Duration::from_secs(1))), None);
    }

    #[test]
    fn the_wait_is_the_same_for_a_key_and_differs_between_keys() {
        assert_eq!(delivery_wait("a", 4, None), delivery_wait("a", 4, None));
        let waits: std::collections::BTreeSet<_> =
            (0..100).map(|n| delivery_wait(&format!("key-{n}"), 4, None)).collect();
        assert!(waits.len() > 90, "{} waits for 100 keys", waits.len());
    }

    #[test]
    fn what_the_peer_asks_for_wins_when_it_is_longer_but_not_beyond_a_day() {
        assert_eq!(delivery_wait("k", 1, Some(Duration::from_secs(90))), Some(Duration::from_secs(90)));
        assert_eq!(delivery_wait("k", 3, Some(Duration::from_secs(1))), delivery_wait("k", 3, None));
        assert_eq!(delivery_wait("k", 1, Some(Duration::from_hours(999))), Some(Duration::from_hours(24)));
    }
}

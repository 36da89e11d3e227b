//! The limit of requests holds in every stretch of its length, by the platform's own count, whatever happens to a sync.

use super::{source, sync, try_sync};
use crate::platform::{Fault, Limit, Options, Platform, Rule};
use parte::definition::{ApiGeneration, RateLimit};
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn no_second_sees_more_requests_than_the_limit_also_when_a_sync_is_begun_again() {
    let faults = vec![Rule::share(0.05, Fault::Status(503)), Rule::share(0.03, Fault::Reset)];
    let platform = Platform::start(Options { faults, ..Options::default() });
    let folder = tempfile::tempdir().unwrap();
    let mut source = source(&platform, &folder.path().join("reten.db"), ApiGeneration::V1);
    source.limit = RateLimit { requests: 12, per: SECOND };
    source.parallel = 8;
    let began = Instant::now();
    for _ in 0..3 {
        sync(&source);
    }
    let counts = platform.counts();
    assert!(counts.requests > 60, "{counts:?}");
    assert!(platform.busiest(SECOND) <= 12, "{} in a second", platform.busiest(SECOND));
    let most = 12.0 * (began.elapsed().as_secs_f64() + 1.0);
    assert!((counts.requests as f64) <= most, "{counts:?}");
}

#[test]
fn a_platform_that_refuses_for_its_limit_is_left_alone_for_as_long_as_it_says() {
    let mut limit = Limit::per_minute(20);
    limit.window = SECOND;
    let platform = Platform::start(Options { limit: Some(limit), ..Options::default() });
    let folder = tempfile::tempdir().unwrap();
    let mut source = source(&platform, &folder.path().join("reten.db"), ApiGeneration::V1);
    // the definition says more than the platform allows
    source.limit = RateLimit { requests: 1000, per: SECOND };
    let summary = sync(&source);
    let refused = platform.counts().refused;
    assert!(refused > 0 && refused == summary.repeated, "{refused} refused, {} repeated", summary.repeated);
}

#[test]
fn retry_after_is_waited_for_and_one_that_is_too_long_ends_the_sync() {
    let folder = tempfile::tempdir().unwrap();
    let platform =
        Platform::start(Options { faults: vec![Rule::nth(3, Fault::Unavailable(1))], ..Options::default() });
    let mut source = source(&platform, &folder.path().join("reten.db"), ApiGeneration::V1);
    let began = Instant::now();
    sync(&source);
    assert!(began.elapsed() >= SECOND);
    platform.set_faults(vec![Rule::always(Fault::TooMany(Some(7200)))]);
    source.read.truncate(1);
    let summary = try_sync(&source, false).unwrap();
    let error = summary.listings[0].error.as_deref().unwrap();
    assert!(error.contains("429") && error.ends_with("it asks to be left alone for 2 hours"), "{error}");
}

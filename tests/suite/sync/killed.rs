//! A sync that is killed at any instant leaves a copy that goes on and ends equal to that of one that was not.

use super::program::{define, platform, program};
use super::{count, everything};
use crate::cli::Workplace;
use crate::platform::{Fault, Rule, Sizes};
use std::process::Stdio;
use std::time::Duration;

/// How often a sync is killed; more by the environment.
#[expect(clippy::disallowed_methods, reason = "a longer run is asked for by the environment")]
fn kills() -> u32 {
    std::env::var("PARTE_TEST_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(5)
}

/// Instants that are another each time, and told when the test fails.
fn random(below: u64) -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    std::hash::RandomState::new().build_hasher().finish() % below
}

#[test]
fn a_sync_that_is_killed_at_any_instant_goes_on_and_ends_equal_to_a_clean_one() {
    let faults = || {
        vec![
            Rule::share(0.02, Fault::Status(503)),
            Rule::share(0.02, Fault::ResetInBody),
            Rule::share(0.02, Fault::HalfWithLength),
            Rule::always(Fault::Slow(Duration::from_millis(40))),
        ]
    };
    let sizes = || Sizes { users: 300, segments: true, ..Sizes::default() };
    let platform = platform(sizes(), faults());
    let place = Workplace::new();
    define(&place, &platform, "page_size = 50\nlimit = \"60 per second\"");
    let copy = place.file("reten.db");
    let (mut killed, mut done) = (0, 0);
    let mut instants = Vec::new();
    while killed < kills() {
        let wait = Duration::from_millis(60 + random(1800));
        let mut syncing = program(&place, &platform)
            .arg("sync")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(wait);
        match syncing.try_wait().unwrap() {
            Some(_) => {
                // it was faster: all of it again
                done += 1;
                let full = program(&place, &platform)
                    .args(["sync", "--full"])
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .spawn();
                let mut full = full.unwrap();
                std::thread::sleep(wait / 2);
                full.kill().unwrap();
                full.wait().unwrap();
            }
            None => {
                syncing.kill().unwrap();
                syncing.wait().unwrap();
            }
        }
        killed += 1;
        instants.push(wait);
        if copy.is_file() {
            // whatever is in it belongs to windows that are noted as read, and nothing else
            let check =
                count(&copy, "select count(*) from pragma_integrity_check where integrity_check <> 'ok'");
            assert_eq!(check, 0, "after {instants:?}");
            let noted =
                "select (select ifnull(sum(rows), 0) from parte_sync_windows where listing = 'user_states')";
            let tables = count(&copy, "select count(*) from sqlite_schema where name = 'user_states'");
            if tables == 1 {
                let there = count(&copy, "select count(*) from user_states");
                let noted = count(&copy, noted);
                assert!(there >= noted, "{there} states, {noted} noted, after {instants:?}");
            }
        }
    }
    let output = program(&place, &platform).args(["sync", "--json"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let busiest = platform.busiest(Duration::from_secs(1));
    assert!(busiest <= 60, "{busiest} requests in a second, over all that were killed at {instants:?}");
    platform.set_faults(Vec::new());
    let clean = Workplace::new();
    define(&clean, &platform, "");
    assert!(program(&clean, &platform).arg("sync").output().unwrap().status.success());
    let (left, right) = (everything(&copy), everything(&clean.file("reten.db")));
    for (table, rows) in &right {
        assert!(left[table] == *rows, "{table} differs after kills at {instants:?} ({done} had ended)");
    }
    assert!(
        right["user_states"].len() > 4000 && right["tasks"].len() > 100,
        "the test has something to compare"
    );
}

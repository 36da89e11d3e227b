//! The arithmetic of gates: bounds, what is usual, how old is too old.

use super::*;
use crate::definition::RowBounds;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use std::time::Duration;

const NOTHING: Expectations = Expectations {
    fresh: None,
    rows: RowBounds { min: None, max: None },
    volume: None,
    identities: false,
    otherwise: Otherwise::Fail,
    wait: None,
};

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

/// Earlier runs over so many days each, the latest first.
fn earlier(days: i64, rows: &[u64]) -> Vec<EarlierRows> {
    let from =
        |n: usize| NaiveDate::from_ymd_opt(2026, 3, 2).expect("a day") - TimeDelta::days(days * n as i64);
    let row = |(n, &rows)| EarlierRows {
        from: from(n),
        to: from(n) + TimeDelta::days(days),
        frame: "tasks".to_owned(),
        rows,
    };
    rows.iter().enumerate().map(row).collect()
}

fn unmet(expected: &Expectations, rows: u64, days: i64, earlier: &[EarlierRows]) -> Vec<Unmet> {
    let newest = BTreeMap::new();
    let due = instant("2026-03-09T12:00:00Z");
    of_source(expected, &Facts { due, days, newest: &newest, rows: (FrameName::Tasks, rows), earlier })
}

fn seen(rows: u64, earlier: &[EarlierRows]) -> bool {
    !unmet(&Expectations { volume: Some(3.0), ..NOTHING }, rows, 7, earlier).is_empty()
}

#[test]
fn bounds_of_rows_belong_to_what_is_expected() {
    let expected = Expectations { rows: RowBounds { min: Some(5), max: Some(7) }, ..NOTHING };
    let met: Vec<u64> = (0..12).filter(|rows| unmet(&expected, *rows, 7, &[]).is_empty()).collect();
    assert_eq!(met, [5, 6, 7]);
}

#[test]
fn a_third_and_three_times_the_median_are_usual_and_what_lies_beyond_is_not() {
    let runs = earlier(7, &[90, 100, 110, 1_000_000]);
    // The median of four is between the middle two: 105.
    let unusual: Vec<u64> = [34, 35, 105, 315, 316].into_iter().filter(|rows| seen(*rows, &runs)).collect();
    assert_eq!(unusual, [34, 316]);
}

#[test]
fn fewer_than_three_earlier_runs_say_nothing_nor_do_those_of_another_length_or_frame() {
    assert!(!seen(1_000, &earlier(7, &[1, 1])));
    assert!(seen(1_000, &earlier(7, &[1, 1, 1])));
    assert!(!seen(1_000, &earlier(30, &[1, 1, 1])));
    assert!(!seen(1_000, &earlier(9, &[1, 1, 1])));
    let states: Vec<EarlierRows> = earlier(7, &[1, 1, 1])
        .into_iter()
        .map(|it| EarlierRows { frame: "user_states".to_owned(), ..it })
        .collect();
    assert!(!seen(1_000, &states));
    assert!(!seen(1_000, &earlier(7, &[0, 0, 0])), "a usual of nothing says nothing");
}

#[test]
fn months_are_held_against_months() {
    let expected = Expectations { volume: Some(2.0), ..NOTHING };
    let of_31_days = earlier(31, &[100, 100, 100]);
    assert!(!unmet(&expected, 1_000, 28, &of_31_days).is_empty());
    assert!(unmet(&expected, 1_000, 7, &of_31_days).is_empty());
}

#[test]
fn only_the_latest_eight_make_the_usual() {
    let runs = earlier(7, &[10, 10, 10, 10, 10, 10, 10, 10, 900, 900, 900, 900, 900, 900, 900, 900, 900]);
    assert!(seen(900, &runs) && !seen(10, &runs));
}

#[test]
fn a_row_as_old_as_allowed_is_fresh_and_one_of_later_than_due_too() {
    let expected = Expectations { fresh: Some(Duration::from_secs(26 * 3600)), ..NOTHING };
    let due = instant("2026-03-09T12:00:00Z");
    let stale = |newest: Option<&str>| {
        let newest = BTreeMap::from([(FrameName::Tasks, newest.map(instant))]);
        let facts = Facts { due, days: 7, newest: &newest, rows: (FrameName::Tasks, 0), earlier: &[] };
        !of_source(&expected, &facts).is_empty()
    };
    assert!(!stale(Some("2026-03-08T10:00:00Z")));
    assert!(stale(Some("2026-03-08T09:59:59Z")));
    assert!(!stale(Some("2026-03-09T13:00:00Z")));
    assert!(stale(None), "nobody knows how old it is");
}

#[test]
fn identities_count_only_where_they_are_expected_to_hold() {
    let remarks = || {
        vec![
            Remark::Identity { identity: "a = b".to_owned(), left: 1.0, right: 2.0 },
            Remark::Empty { frame: FrameName::Tasks },
        ]
    };
    assert!(of_identities(&NOTHING, remarks()).is_empty());
    assert_eq!(of_identities(&Expectations { identities: true, ..NOTHING }, remarks()).len(), 1);
}

/// What is usual is judged the same whatever the unit and the order of earlier runs.
#[test]
fn the_judgement_does_not_depend_on_order_or_scale() {
    let mut random = ChaCha8Rng::seed_from_u64(8);
    let mut unusual = 0;
    for _ in 0..2_000 {
        let mut below = |n: u32| u64::from(random.next_u32() % n) + 1;
        let mut rows: Vec<u64> = (0..2 + below(6)).map(|_| below(10_000)).collect();
        let (now, scale) = (below(30_000), below(50));
        let judged = seen(now, &earlier(7, &rows));
        unusual += usize::from(judged);
        let scaled: Vec<u64> = rows.iter().map(|it| it * scale).collect();
        assert_eq!(judged, seen(now * scale, &earlier(7, &scaled)), "{now} after {rows:?}, times {scale}");
        rows.reverse();
        assert_eq!(judged, seen(now, &earlier(7, &rows)), "{now} after {rows:?}");
    }
    assert!((200..1_800).contains(&unusual), "{unusual} of 2000: both ends are met");
}

/// Of earlier runs that do not differ threefold, none would be unusual.
#[test]
fn what_has_been_is_usual() {
    let mut random = ChaCha8Rng::seed_from_u64(9);
    for _ in 0..2_000 {
        let mut below = |n: u32| u64::from(random.next_u32() % n);
        let base = below(10_000) + 1;
        let rows: Vec<u64> = (0..3 + below(6)).map(|_| base * (100 + 2 * below(101))).collect();
        for count in &rows {
            assert!(!seen(*count, &earlier(7, &rows)), "{count} after {rows:?}");
        }
    }
}

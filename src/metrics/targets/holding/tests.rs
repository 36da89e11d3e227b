//! Which row holds, over groups and rows made by hand.

use super::super::said::{Days, Within};
use super::*;
use crate::calendar::Unit;
use chrono::NaiveDate;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

fn march() -> Period {
    Period::parse("2026-03-01..2026-04-01", chrono_tz::UTC).expect("a period")
}

fn week() -> Period {
    Period::parse("2026-03-02..2026-03-09", chrono_tz::UTC).expect("a period")
}

fn each(unit: Unit, from: Option<&str>, to: Option<&str>) -> Days {
    Days::Each(unit, Within { from: from.map(day), to: to.map(day) })
}

const MONTHLY: Days = Days::Each(Unit::Month, Within { from: None, to: None });
const ALWAYS: Days = Days::Any(Within { from: None, to: None });

fn values(pairs: &[(&str, &str)]) -> Values {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// S1 and S2 are of the team Norte, S3 is of Sur.
fn complete(mut known: Values) -> Values {
    let team = match known.get("seller_id").map(String::as_str) {
        Some("S1" | "S2") => "Norte",
        Some("S3") => "Sur",
        _ => return known,
    };
    known.entry("team".to_owned()).or_insert_with(|| team.to_owned());
    known
}

fn said(group: &[(&str, &str)], days: Days, value: f64) -> Said {
    let group = values(group);
    Said { known: complete(group.clone()), group, days, value, inside: true }
}

fn group(is: &[(&str, &str)]) -> Group {
    Group {
        is: is.iter().map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned()))).collect(),
        known: complete(values(is)),
        is_of_time: false,
    }
}

/// What holds, in a word or as a number.
fn held(rows: Vec<Said>, period: &Period, of: &Group, meaning: Meaning) -> Result<f64, &'static str> {
    match Holding::new(rows, period).of(of, meaning) {
        Held::Nothing => Err("nothing"),
        Held::One(entry) => Ok(entry.said.value),
        Held::Sum(parts) => Ok(parts.iter().map(|part| part.said.value).sum()),
        Held::AtOdds => Err("at odds"),
        Held::Overlap => Err("overlap"),
    }
}

#[test]
fn a_row_said_for_the_very_group_holds_before_any_other() {
    let rows = || {
        vec![
            said(&[], MONTHLY, 1000.0),
            said(&[("team", "Norte")], MONTHLY, 600.0),
            said(&[("seller_id", "S1")], MONTHLY, 100.0),
            said(&[("seller_id", "S2")], MONTHLY, 200.0),
        ]
    };
    for meaning in [Meaning::Sum, Meaning::Each, Meaning::Itself] {
        let of = |is: &[(&str, &str)]| held(rows(), &march(), &group(is), meaning);
        assert_eq!(of(&[]), Ok(1000.0));
        assert_eq!(of(&[("team", "Norte")]), Ok(600.0));
        assert_eq!(of(&[("seller_id", "S1")]), Ok(100.0));
        // The seller's team says nothing new of the seller.
        assert_eq!(of(&[("team", "Norte"), ("seller_id", "S1")]), Ok(100.0));
    }
}

#[test]
fn what_sums_is_summed_over_the_widest_rows_within_a_group_and_never_handed_down() {
    let rows = || {
        vec![
            said(&[("team", "Norte")], MONTHLY, 600.0),
            said(&[("seller_id", "S1")], MONTHLY, 100.0),
            said(&[("seller_id", "S2")], MONTHLY, 200.0),
            said(&[("seller_id", "S3")], MONTHLY, 50.0),
        ]
    };
    let of = |is: &[(&str, &str)]| held(rows(), &march(), &group(is), Meaning::Sum);
    assert_eq!(of(&[]), Ok(650.0), "the team's own and the seller of another team");
    assert_eq!(of(&[("team", "Sur")]), Ok(50.0));
    assert_eq!(of(&[("team", "Norte"), ("channel", "call")]), Err("nothing"), "a part of what is said");
    let only_all = vec![said(&[], MONTHLY, 1000.0)];
    assert_eq!(held(only_all, &march(), &group(&[("team", "Norte")]), Meaning::Sum), Err("nothing"));
}

#[test]
fn a_share_of_all_is_that_of_each_and_never_an_average() {
    let rows = || {
        vec![
            said(&[], MONTHLY, 0.8),
            said(&[("team", "Norte")], MONTHLY, 0.9),
            said(&[("team", "Norte"), ("channel", "call")], MONTHLY, 0.7),
        ]
    };
    let of = |is: &[(&str, &str)]| held(rows(), &march(), &group(is), Meaning::Each);
    assert_eq!(of(&[("team", "Sur")]), Ok(0.8));
    assert_eq!(of(&[("seller_id", "S1")]), Ok(0.9), "her team's is closer than everybody's");
    assert_eq!(of(&[("seller_id", "S1"), ("channel", "call")]), Ok(0.7));
    let parts = vec![said(&[("team", "Norte")], MONTHLY, 0.9), said(&[("team", "Sur")], MONTHLY, 0.7)];
    assert_eq!(held(parts, &march(), &group(&[]), Meaning::Each), Err("nothing"));
}

#[test]
fn a_distinct_count_has_only_what_is_said_for_it() {
    let rows = || vec![said(&[], MONTHLY, 500.0), said(&[("team", "Sur")], MONTHLY, 90.0)];
    let of = |is: &[(&str, &str)]| held(rows(), &march(), &group(is), Meaning::Itself);
    assert_eq!(of(&[]), Ok(500.0));
    assert_eq!(of(&[("team", "Sur")]), Ok(90.0));
    assert_eq!(of(&[("team", "Norte")]), Err("nothing"));
}

#[test]
fn rows_that_are_equally_close_and_say_different_numbers_say_nothing() {
    let crossing = |other: f64| {
        vec![said(&[("team", "Norte")], MONTHLY, 0.9), said(&[("channel", "call")], MONTHLY, other)]
    };
    let both = group(&[("team", "Norte"), ("channel", "call")]);
    assert_eq!(held(crossing(0.7), &march(), &both, Meaning::Each), Err("at odds"));
    assert_eq!(held(crossing(0.9), &march(), &both, Meaning::Each), Ok(0.9), "they agree");
    let twice = |other: f64| vec![said(&[], MONTHLY, 100.0), said(&[], MONTHLY, other)];
    assert_eq!(held(twice(90.0), &march(), &group(&[]), Meaning::Sum), Err("at odds"));
    assert_eq!(
        held(twice(100.0), &march(), &group(&[]), Meaning::Sum),
        Ok(100.0),
        "written twice, counted once"
    );
    let in_a_sum = vec![
        said(&[("team", "Norte")], MONTHLY, 100.0),
        said(&[("team", "Norte")], MONTHLY, 90.0),
        said(&[("team", "Sur")], MONTHLY, 50.0),
    ];
    assert_eq!(held(in_a_sum, &march(), &group(&[]), Meaning::Sum), Err("at odds"));
}

#[test]
fn the_same_seller_with_and_without_her_team_is_counted_once() {
    let rows = |other: f64| {
        vec![
            said(&[("seller_id", "S1")], MONTHLY, 100.0),
            said(&[("seller_id", "S1"), ("team", "Norte")], MONTHLY, other),
        ]
    };
    assert_eq!(held(rows(100.0), &march(), &group(&[]), Meaning::Sum), Ok(100.0));
    assert_eq!(held(rows(90.0), &march(), &group(&[]), Meaning::Sum), Err("at odds"));
    assert_eq!(held(rows(90.0), &march(), &group(&[("seller_id", "S1")]), Meaning::Sum), Err("at odds"));
}

#[test]
fn parts_that_overlap_are_not_summed() {
    let rows = vec![said(&[("team", "Norte")], MONTHLY, 600.0), said(&[("channel", "call")], MONTHLY, 300.0)];
    assert_eq!(held(rows, &march(), &group(&[]), Meaning::Sum), Err("overlap"));
    let apart = vec![
        said(&[("team", "Norte"), ("channel", "call")], MONTHLY, 600.0),
        said(&[("team", "Sur")], MONTHLY, 300.0),
    ];
    assert_eq!(held(apart, &march(), &group(&[]), Meaning::Sum), Ok(900.0));
}

#[test]
fn a_target_is_of_a_whole_unit_or_of_the_very_days() {
    let of =
        |days: Days, period: &Period| held(vec![said(&[], days, 1.0)], period, &group(&[]), Meaning::Sum);
    assert_eq!(of(MONTHLY, &march()), Ok(1.0));
    assert_eq!(of(MONTHLY, &week()), Err("nothing"), "a month's says nothing of a week");
    assert_eq!(of(each(Unit::Week, None, None), &week()), Ok(1.0));
    assert_eq!(of(Days::Exactly(day("2026-03-01"), day("2026-03-31")), &march()), Ok(1.0));
    assert_eq!(of(Days::Exactly(day("2026-03-01"), day("2026-03-31")), &week()), Err("nothing"));
    assert_eq!(of(ALWAYS, &week()), Ok(1.0));
    assert_eq!(of(each(Unit::Month, Some("2026-03-02"), None), &march()), Err("nothing"), "it begins later");
    assert_eq!(of(each(Unit::Month, Some("2026-03-01"), Some("2026-03-31")), &march()), Ok(1.0));
    assert_eq!(of(each(Unit::Month, None, Some("2026-03-30")), &march()), Err("nothing"), "it ends before");
    let to_date = crate::calendar::PeriodRule::parse("month to date").expect("a rule");
    let at = "2026-03-11T12:00:00Z".parse().expect("an instant");
    let workdays = crate::calendar::Workdays::monday_to_friday();
    let ten_days = to_date.at(at, chrono_tz::UTC, chrono::Weekday::Mon, &workdays, None);
    assert_eq!(of(MONTHLY, &ten_days), Err("nothing"), "ten days of a month are no month");
}

#[test]
fn of_a_groups_rows_that_for_the_fewest_days_holds() {
    let rows = [
        said(&[], ALWAYS, 1.0),
        said(&[], MONTHLY, 2.0),
        said(&[], each(Unit::Month, Some("2026-01-01"), None), 3.0),
        said(&[], each(Unit::Month, Some("2026-03-01"), None), 4.0),
        said(&[], Days::Exactly(day("2026-03-01"), day("2026-03-31")), 5.0),
    ];
    for most in (1..=rows.len()).rev() {
        #[expect(clippy::cast_precision_loss, reason = "a handful of rows")]
        let expected = most as f64;
        let some = rows[..most].to_vec();
        assert_eq!(held(some.clone(), &march(), &group(&[]), Meaning::Sum), Ok(expected));
        let backwards = some.into_iter().rev().collect();
        assert_eq!(held(backwards, &march(), &group(&[]), Meaning::Sum), Ok(expected), "in any order");
    }
    let crossing = vec![
        said(&[], each(Unit::Month, Some("2026-01-01"), Some("2026-03-31")), 1.0),
        said(&[], each(Unit::Month, Some("2026-03-01"), Some("2026-06-30")), 2.0),
    ];
    assert_eq!(held(crossing, &march(), &group(&[]), Meaning::Sum), Err("at odds"));
}

#[test]
fn days_of_the_period_have_only_what_is_said_without_days() {
    let of = |days: Days| {
        let day = Group { is: vec![("day".to_owned(), None)], known: Values::new(), is_of_time: true };
        held(vec![said(&[], days, 0.8)], &march(), &day, Meaning::Each)
    };
    assert_eq!(of(ALWAYS), Ok(0.8));
    assert_eq!(of(MONTHLY), Err("nothing"));
}

#[test]
fn rows_that_go_beyond_the_reports_condition_are_no_part_of_it() {
    let beyond = || vec![Said { inside: false, ..said(&[], MONTHLY, 0.8) }];
    assert_eq!(held(beyond(), &march(), &group(&[]), Meaning::Sum), Err("nothing"));
    assert_eq!(held(beyond(), &march(), &group(&[]), Meaning::Each), Ok(0.8), "all of them, so these too");
}

#[test]
fn rows_without_a_seller_have_no_target_of_their_own() {
    let nobody = Group { is: vec![("seller_id".to_owned(), None)], known: Values::new(), is_of_time: false };
    let rows = || vec![said(&[], MONTHLY, 7.0), said(&[("seller_id", "S1")], MONTHLY, 3.0)];
    assert_eq!(held(rows(), &march(), &nobody, Meaning::Sum), Err("nothing"));
    assert_eq!(held(rows(), &march(), &nobody, Meaning::Each), Ok(7.0));
}

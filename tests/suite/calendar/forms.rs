//! The forms of a schedule, over a year: on which days they fall.

use super::firings;
use chrono_tz::Tz;

#[test]
fn monthly_on_31_is_the_last_day_of_a_shorter_month() {
    let dates: Vec<String> =
        firings("on day 31 of the month at 06:00", Tz::UTC, "2026-01-01T00:00:00Z", "2026-07-01T00:00:00Z");
    let days: Vec<&str> = dates.iter().map(|text| &text[..10]).collect();
    assert_eq!(days, ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30"]);
}

#[test]
fn the_forms_of_a_month_and_a_quarter_fall_on_their_days() {
    let (after, until) = ("2026-10-31T00:00:00Z", "2027-02-01T00:00:00Z");
    let days = |schedule: &str| -> Vec<String> {
        firings(schedule, Tz::UTC, after, until).iter().map(|text| text[..10].to_owned()).collect()
    };
    assert_eq!(
        days("on the first workday of the month at 08:00"),
        ["2026-11-02", "2026-12-01", "2027-01-01"]
    );
    assert_eq!(days("on the last workday of the month at 08:00"), ["2026-11-30", "2026-12-31", "2027-01-29"]);
    assert_eq!(
        days("on the second tuesday of the month at 07:00"),
        ["2026-11-10", "2026-12-08", "2027-01-12"]
    );
    assert_eq!(days("on the last friday of the month at 07:00"), ["2026-11-27", "2026-12-25", "2027-01-29"]);
    assert_eq!(days("every quarter on day 2 at 07:00"), ["2027-01-02"]);
    assert_eq!(
        days("on the last day of the month at 20:00"),
        ["2026-10-31", "2026-11-30", "2026-12-31", "2027-01-31"]
    );
    assert_eq!(days("0 7 * * mon#2"), ["2026-11-09", "2026-12-14", "2027-01-11"]);
}

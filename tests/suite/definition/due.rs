//! When a report is due and what its periods cover: the keys that bound a schedule, and schedules and periods that do
//! not go together.

use super::{SMALL, check_places, definitions_of, problems_of, report, told};
use parte::calendar::{OnFreeDay, Schedule};
use parte::definition::{Problem, Severity};

/// The small definition with these lines in its report.
fn with(lines: &str) -> String {
    SMALL.replace("formats =", &format!("{lines}\nformats ="))
}

/// The warnings of a report with this schedule and period.
fn warnings(schedule: &str, period: &str) -> Vec<Problem> {
    let text = with(schedule).replace("previous week", period);
    let warnings = definitions_of(&text).warnings;
    assert!(warnings.problems.iter().all(|problem| problem.severity == Severity::Warning));
    let under_period = |problem: &Problem| {
        problem.span.clone().is_some_and(|span| warnings.files[0].1[span] == format!("\"{period}\""))
    };
    assert!(warnings.problems.iter().all(under_period), "{warnings:?}");
    warnings.problems
}

/// What is warned of, in its words; empty when nothing is.
fn warned(schedule: &str, period: &str) -> String {
    let schedule = format!("schedule = \"{schedule}\"");
    let all: Vec<String> = warnings(&schedule, period)
        .into_iter()
        .map(|problem| format!("{} ({})", problem.what, problem.label))
        .collect();
    all.join("; ")
}

#[test]
fn the_keys_that_bound_a_schedule_are_read() {
    let text = with(
        "schedule = \"every monday at 07:00\"\nstarts = 2026-01-01\nends = \"2026-12-31\"\nexcept = [2026-03-02, \"2026-04-06\"]\n\
         on_free_day = \"next workday\"\njitter = \"5 minutes\"",
    );
    let definitions = definitions_of(&text);
    let day = |text: &str| text.parse().expect("a day");
    let expected = Schedule::parse("every monday at 07:00")
        .expect("a schedule")
        .on_free_day(OnFreeDay::NextWorkday)
        .starting(day("2026-01-01"))
        .ending(day("2026-12-31"))
        .except([day("2026-03-02"), day("2026-04-06")])
        .jittered(chrono::TimeDelta::minutes(5));
    assert_eq!(report(&definitions, "ventas").schedule, Some(expected));
}

#[test]
fn bounds_that_cannot_be_meant_are_refused_at_their_place() {
    let monday = "schedule = \"every monday at 07:00\"\n";
    for (lines, code, under) in [
        ("starts = 2026-01-01", "misplaced-key", "starts"),
        ("jitter = \"5 minutes\"", "misplaced-key", "jitter"),
        (&format!("{monday}starts = 20260101"), "wrong-type", "20260101"),
        (&format!("{monday}starts = 2026-01-01T07:00:00"), "wrong-type", "2026-01-01T07:00:00"),
        (&format!("{monday}ends = \"2026-02-30\""), "bad-date", "\"2026-02-30\""),
        (&format!("{monday}ends = \"+12026-02-01\""), "bad-date", "\"+12026-02-01\""),
        (&format!("{monday}except = 2026-02-02"), "wrong-type", "2026-02-02"),
        (&format!("{monday}except = [2026-02-02, \"2026-02-02\"]"), "duplicate", "\"2026-02-02\""),
        (&format!("{monday}starts = 2026-03-01\nexcept = [2026-02-02]"), "out-of-range", "2026-02-02"),
        (&format!("{monday}ends = 2026-03-01\nexcept = [2027-02-01]"), "out-of-range", "2027-02-01"),
        (&format!("{monday}on_free_day = \"next wrokday\""), "unknown-value", "\"next wrokday\""),
        (&format!("{monday}jitter = \"5\""), "bad-duration", "\"5\""),
        (&format!("{monday}jitter = \"25 hours\""), "bad-duration", "\"25 hours\""),
        (&format!("{monday}jitter = \"0 minutes\""), "bad-duration", "\"0 minutes\""),
        ("schedule = \"every 15 minutes\"\nperiod2 = 1\njitter = \"5 minutes\"", "unknown-key", "period2"),
        ("schedule = \"every 15 minutes\"\njitter = \"16 minutes\"", "jitter-too-long", "\"16 minutes\""),
        ("schedule = \"every day at 07:00 and 07:30\"\njitter = \"1 hour\"", "jitter-too-long", "\"1 hour\""),
        (&format!("{monday}starts = 2026-02-01\nends = 2026-01-01"), "never-fires", "2026-01-01"),
        (&format!("{monday}starts = 2026-02-03\nends = 2026-02-08"), "never-fires", "2026-02-08"),
        (
            &format!("{monday}starts = 2026-02-03\nends = 2026-02-10\nexcept = [2026-02-09]"),
            "never-fires",
            "[2026-02-09]",
        ),
        ("schedule = \"every sunday at 07:00\"\non_free_day = \"skip\"", "never-fires", "\"skip\""),
        ("schedul = \"every monday at 07:00\"\nstarts = 2026-01-01", "unknown-key", "schedul"),
    ] {
        let problems = problems_of(&with(lines));
        let errors: Vec<_> = told(&problems)
            .into_iter()
            .zip(&problems.problems)
            .filter(|(_, problem)| problem.severity == Severity::Error)
            .map(|(told, _)| told)
            .collect();
        assert_eq!(errors, [(code, under.to_owned())], "{lines}\n{}", problems.render(false, 100));
        check_places(&problems);
    }
    definitions_of(&with("schedule = \"every 15 minutes\"\njitter = \"15 minutes\""));
    definitions_of(&with("schedule = \"every day at 07:00\"\njitter = \"24 hours\"\npaused = true"));
}

#[test]
fn periods_that_follow_their_schedule_are_no_fault() {
    for (schedule, period) in [
        ("every day at 07:00", "previous day"),
        ("every monday at 07:00", "previous week"),
        ("every monday at 07:00", "previous 7 days"),
        ("every day at 07:00", "previous 7 days"),
        ("every monday and thursday at 07:00", "previous 28 days"),
        ("every workday at 07:00", "previous workday"),
        ("on day 1 of the month at 06:00", "previous month"),
        ("on day 31 of the month at 06:00", "previous month"),
        ("on the first workday of the month at 06:00", "previous month"),
        ("every quarter on day 2 at 07:00", "previous quarter"),
        ("every day at 07:00", "month to date"),
        ("every 15 minutes", "week to date"),
        ("every monday at 07:00", "since last run"),
    ] {
        assert_eq!(warned(schedule, period), "", "{period}, {schedule}");
    }
    assert!(warnings("", "2026-03-01..2026-04-01").is_empty(), "only by hand");
    let once = "schedule = \"every day at 07:00\"\nstarts = 2026-04-01\nends = 2026-04-01";
    assert!(warnings(once, "2026-03-01..2026-04-01").is_empty(), "due once");
    let paused = "schedule = \"every day at 07:00\"\npaused = true";
    assert!(warnings(paused, "previous month").is_empty(), "covers nothing for the time being");
    let christmas = "schedule = \"every day at 07:00\"\nexcept = [2026-01-06]";
    assert!(warnings(christmas, "previous day").is_empty(), "left out on purpose");
}

#[test]
fn days_that_no_report_covers_are_named() {
    for (schedule, period, expected) in [
        (
            "every monday at 07:00",
            "previous day",
            "days are left out: Monday 2026-01-05 to Saturday 2026-01-10 are in no report \
             (due on Monday 2026-01-05 and next on Monday 2026-01-12)",
        ),
        (
            "every weekday at 07:00",
            "previous day",
            "days are left out: Friday 2026-01-02 to Saturday 2026-01-03 are in no report \
             (due on Friday 2026-01-02 and next on Monday 2026-01-05)",
        ),
        (
            "every monday and thursday at 07:00",
            "previous workday",
            "days are left out: Thursday 2026-01-01 is in no report",
        ),
        (
            "on day 1 of the month at 06:00",
            "previous 30 days",
            "days are left out: Thursday 2026-01-01 is in no report \
             (due on Thursday 2026-01-01 and next on Sunday 2026-02-01)",
        ),
        (
            "on day 1 of the month at 06:00",
            "previous week",
            "days are left out: Monday 2025-12-29 to Sunday 2026-01-18",
        ),
    ] {
        let found = warned(schedule, period);
        assert!(found.starts_with(expected), "{period}, {schedule}: {found}");
    }
    let later = "schedule = \"every monday at 07:00\"\nstarts = 2027-05-01";
    let [warning] = warnings(later, "previous day").try_into().expect("one");
    assert_eq!(warning.code, "period-leaves-gaps");
    assert!(warning.label.contains("2027-05-03"), "{warning:?}");
}

#[test]
fn days_that_are_reported_again_are_named() {
    for (schedule, period, expected) in [
        (
            "every day at 07:00",
            "previous month",
            "days are repeated: Monday 2025-12-01 to Wednesday 2025-12-31 are in two reports alike \
             (due on Thursday 2026-01-01 and next on Friday 2026-01-02)",
        ),
        ("every hour", "previous day", "days are repeated: Wednesday 2025-12-31 is in two reports alike"),
        (
            "every day at 07:00",
            "previous workday",
            "days are repeated: Friday 2026-01-02 is in two reports alike",
        ),
        (
            "every day at 07:00",
            "2026-03-01..2026-04-01",
            "the period never changes, and the report is due more than once (always these days)",
        ),
    ] {
        let found = warned(schedule, period);
        assert!(found.starts_with(expected), "{period}, {schedule}: {found}");
    }
}

#[test]
fn free_days_that_move_or_drop_a_firing_are_followed() {
    let daily = "schedule = \"every day at 07:00\"\non_free_day = \"skip\"";
    let [warning] = warnings(daily, "previous day").try_into().expect("one");
    assert!(
        warning.what.starts_with("days are left out: Friday 2026-01-02 to Saturday 2026-01-03"),
        "{warning:?}"
    );
    assert!(warnings(daily, "previous workday").is_empty());
    // A Monday that is a holiday: the report of that week is due on Tuesday, and covers the same week.
    let holiday =
        "workdays = { holidays = [2026-01-12] }\nschedule = \"every monday at 07:00\"\non_free_day = ";
    assert!(warnings(&format!("{holiday}\"next workday\""), "previous week").is_empty());
    // Moved to the Friday before, it would say what the Monday before said.
    let [warning] =
        warnings(&format!("{holiday}\"previous workday\""), "previous week").try_into().expect("one");
    assert_eq!(warning.code, "period-leaves-gaps");
    assert!(warning.label.contains("Friday 2026-01-09"), "{warning:?}");
}

#[test]
fn parameters_of_the_condition_of_a_detail_are_looked_for_too() {
    let detail = "detail = { columns = [\"status\"], where = \"team = :tema\" }";
    let text = with("params = { team = \"norte\" }").replace("kpis = [\"tasks_planned\"]", detail);
    assert_eq!(told(&problems_of(&text)), [("unknown-param", ":tema".to_owned())]);
    definitions_of(&text.replace(":tema", ":team"));
}

